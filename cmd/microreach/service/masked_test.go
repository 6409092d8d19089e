package service_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/microreach/microreach/cmd/microreach/service"
)

func TestTheLogMasksWhatAnErrorQuotes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a number", "the 'To' number +12125550147 is not valid", "the 'To' number +1***0147 is not valid"},
		{"a number in an address", "GET /Messages.json?To=%2B12125550147&x=1", "GET /Messages.json?To=+1***0147&x=1"},
		{"a mailbox", "550 <ada.lovelace+x@mail.example.org>: not here", "550 <***@***>: not here"},
		{"a mailbox in an address", "/u?to=ada%40example.org", "/u?to=***@***"},
		{"a link", "open https://reach.example.org/s/abcdefghijklmnopqrstuvwxy2: EOF", "open https://reach.example.org/s/***: EOF"},
		{"an id", "0199d6c2-4f00-7000-8000-0123456789ab is not there", "0199d6c2-4f00-7000-8000-0123456789ab is not there"},
		{"a SID", "SM0123456789abcdef0123456789abcdef", "SM0123456789abcdef0123456789abcdef"},
		{"an offset", "at 2026-03-02T14:00:00+01:00 of 127.0.0.1:8080, code 21211", "at 2026-03-02T14:00:00+01:00 of 127.0.0.1:8080, code 21211"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			log := service.Masked(slog.New(slog.NewTextHandler(&out, nil)))
			log.With("with", c.text).WithGroup("g").Error(c.text, "error", fmt.Errorf("send: %w", errors.New(c.text)), "list", []string{c.text},
				slog.Group("more", "text", c.text), "ip", netip.MustParseAddr("192.0.2.7"))
			if n := strings.Count(strings.ReplaceAll(out.String(), `\`, ""), c.want); n != 5 {
				t.Errorf("%q stands %d times, not 5, in %s", c.want, n, out.String())
			}
			if c.want != c.text && strings.Contains(out.String(), c.text) {
				t.Errorf("not masked: %s", out.String())
			}
		})
	}
	if log := service.Masked(nil); log == nil {
		t.Error("no logger is nil")
	}
}
