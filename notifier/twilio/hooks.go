package twilio

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

const (
	maxHookBody = 64 << 10         // bytes; REQUIREMENTS E04
	hookTimeout = 10 * time.Second // Twilio gives up after 15 s and must see a 5xx before that (A30)
)

// HookOptions are the parts of Handler. All but Log are needed.
type HookOptions struct {
	PublicURL *url.URL // exactly as entered at Twilio, without the paths of this package

	// AuthTokens are the account's tokens; Twilio signs with the primary one.
	// Give two while a token is being changed.
	AuthTokens []string

	// Receiver stores a text. It returns nil only when what it did is
	// committed, and nil as well for a text that it had already. Its errors
	// are logged, so they must hold nothing of the text.
	Receiver interface {
		Receive(context.Context, checkins.Incoming) error
	}

	// Witness stores what became of a message, with the same promise.
	Witness interface {
		Witness(context.Context, checkins.Evidence) error
	}

	Now func() time.Time
	Log *slog.Logger // nil = silent
}

// Handler serves Twilio's webhooks, POST InboundPath and POST StatusPath, also
// below the path of PublicURL where no proxy cuts it off. It refuses to be made
// without a token or without the public address.
//
// The answer is 200 with an empty <Response/> once the message is committed,
// 5xx when that failed, so that Twilio tries again; 403 for whatever Twilio did
// not sign, 413 for more than 64 KiB, 400 for a signed request that is no
// message, and 405 for another method. Answers to people go through the outbox,
// never in the response (REQUIREMENTS A32).
func Handler(o HookOptions) (http.Handler, error) {
	v, err := newVerifier(o.PublicURL, o.AuthTokens)
	if err != nil {
		return nil, err
	}
	if o.Receiver == nil || o.Witness == nil || o.Now == nil {
		return nil, errors.New("twilio: the webhooks need a receiver, a witness and a clock")
	}
	h := &hooks{verifier: v, HookOptions: o}
	h.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	mux := http.NewServeMux()
	prefixes := []string{""}
	if v.path != "" {
		prefixes = append(prefixes, v.path)
	}
	for _, prefix := range prefixes {
		mux.Handle("POST "+prefix+InboundPath, h.signed(h.inbound))
		mux.Handle("POST "+prefix+StatusPath, h.signed(h.status))
	}
	return mux, nil
}

type hooks struct {
	*verifier
	HookOptions
}

// errNoMessage is the error of a signed request that lacks what makes a message.
var errNoMessage = errors.New("no message: does the webhook of another Twilio product point here?")

// signed lets through what Twilio signed. The body is read whole first: only
// all of it can be verified.
func (h *hooks) signed(next func(*http.Request, url.Values) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), hookTimeout)
		defer cancel()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
		if err != nil {
			h.refuse(w, r, bodyStatus(err), "body", err)
			return
		}
		form, err := h.verify(r.RequestURI, body, r.Header.Get("X-Twilio-Signature"))
		switch {
		case errors.Is(err, errForged):
			h.refuse(w, r, http.StatusForbidden, "signature", err)
			return
		case err == nil:
			err = next(r.WithContext(ctx), form)
		default:
			err = errNoMessage
		}
		switch {
		case errors.Is(err, errNoMessage):
			h.refuse(w, r, http.StatusBadRequest, "content", err)
		case err != nil:
			h.refuse(w, r, http.StatusInternalServerError, "not stored; Twilio will try again", err)
		default:
			w.Header().Set("Content-Type", "text/xml; charset=utf-8")
			io.WriteString(w, "<Response/>")
		}
	})
}

// refuse logs and answers. The reason is ours and holds nothing of the request.
func (h *hooks) refuse(w http.ResponseWriter, r *http.Request, status int, reason string, err error) {
	h.Log.Warn("twilio webhook refused", "path", hookOf(r), "status", status, "reason", reason, "err", err)
	http.Error(w, http.StatusText(status), status)
}

// hookOf names the webhook without the rest of the path, which a stranger chose.
func hookOf(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, StatusPath) {
		return StatusPath
	}
	return InboundPath
}

func bodyStatus(err error) int {
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// inbound takes a text. A picture without words is an Incoming too, with an
// empty Text: it is a sign of life.
func (h *hooks) inbound(r *http.Request, form url.Values) error {
	in := checkins.Incoming{
		Channel:    checkins.SMS,
		ProviderID: sidOf(form),
		From:       form.Get("From"),
		Text:       strings.ToValidUTF8(form.Get("Body"), "\uFFFD"),
		OptOutType: form.Get("OptOutType"),
		Unread:     pictures(form.Get("NumMedia")),
		At:         h.Now(),
	}
	if in.ProviderID == "" || in.From == "" {
		return errNoMessage
	}
	return h.Receiver.Receive(r.Context(), in)
}

// pictures is how many pictures and files came with a text.
func pictures(count string) int {
	n, err := strconv.Atoi(count)
	if err != nil {
		return 0 // it came without
	}
	return max(n, 0)
}

// status takes what became of a message. A word that is not known is no fault
// of Twilio's, so it is told to the operator and answered with 200.
func (h *hooks) status(r *http.Request, form url.Values) error {
	ev, known := evidence(cmp.Or(form.Get("MessageStatus"), form.Get("SmsStatus")), form.Get("ErrorCode"))
	ev.Attempt = checkins.AttemptID(r.URL.Query().Get("attempt"))
	ev.ProviderID = sidOf(form)
	ev.Source = "callback"
	ev.At = h.Now()
	switch {
	case ev.ProviderID == "":
		return errNoMessage
	case !known:
		h.Log.Warn("twilio callback with a status that is not known", "sid", ev.ProviderID)
		return nil
	}
	h.alert(ev)
	return h.Witness.Witness(r.Context(), ev)
}

// alert tells an operator of an error that needs a look. What holds back more
// than its message is told once, by the breaker that it opens.
func (h *hooks) alert(ev checkins.Evidence) {
	if row, ok := rowOf(ev.Code); ok && row.Alert && row.Hold == checkins.HoldNothing {
		h.Log.Error(notifier.AlertText, "sid", ev.ProviderID, "code", ev.Code, "note", row.Note)
	}
}

// sidOf is the id of the message; the older names stand for the same.
func sidOf(form url.Values) string {
	return cmp.Or(form.Get("MessageSid"), form.Get("SmsMessageSid"), form.Get("SmsSid"))
}
