package service

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Masked is a logger that writes no number, mailbox or token of a link, whatever it is
// handed (REQUIREMENTS C11): +12125550147 comes out as +1***0147. Nothing of ours logs
// any of these; this stands below whatever an error of somebody else's code may quote.
func Masked(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	if _, is := log.Handler().(masking); is {
		return log
	}
	return slog.New(masking{log.Handler()})
}

// masking is a slog.Handler before another one.
type masking struct{ slog.Handler }

// Handle implements slog.Handler.
func (m masking) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, mask(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(maskAttr(a))
		return true
	})
	return m.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (m masking) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = maskAttr(a)
	}
	return masking{m.Handler.WithAttrs(clean)}
}

// WithGroup implements slog.Handler.
func (m masking) WithGroup(name string) slog.Handler { return masking{m.Handler.WithGroup(name)} }

// maskAttr masks what is text or turns into it: strings, errors, lists.
func maskAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(mask(v.String()))
	case slog.KindGroup:
		var clean []slog.Attr
		for _, inner := range v.Group() {
			clean = append(clean, maskAttr(inner))
		}
		a.Value = slog.GroupValue(clean...)
	case slog.KindAny:
		if text := fmt.Sprint(v.Any()); mask(text) != text {
			a.Value = slog.StringValue(mask(text))
		} else if _, is := v.Any().(error); is {
			a.Value = slog.StringValue(text)
		}
	}
	return a
}

var personal = regexp.MustCompile(`\+[1-9][0-9]{7,14}\b|%2B[1-9][0-9]{7,14}\b|[\w.+-]+(@|%40)[\w-]+(\.[\w-]+)+|\b[a-z2-7]{26}\b`)

// mask covers up numbers, mailboxes and tokens in a text.
func mask(text string) string {
	if !strings.ContainsAny(text, "+@%234567") {
		return text
	}
	return personal.ReplaceAllStringFunc(text, func(found string) string {
		if strings.ContainsAny(found, "@%") && !strings.HasPrefix(found, "%2B") {
			return "***@***"
		}
		if found[0] == '+' || found[0] == '%' {
			found = strings.Replace(found, "%2B", "+", 1)
			return found[:2] + "***" + found[len(found)-4:]
		}
		return "***"
	})
}
