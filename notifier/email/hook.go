package email

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// HookPath is where a Hook expects mail.
const HookPath = "/mail/inbound"

// HookOptions are what a Hook needs to know. Secret is required, beside what
// Intake asks for.
type HookOptions struct {
	Intake

	// Secret is shared with whoever brings mail. It comes with each request,
	// as "Authorization: Bearer SECRET" or as the password of basic
	// authentication, or it signs the body: "X-Signature: sha256=" and the
	// HMAC-SHA256 in hex digits.
	Secret string

	ReceiveTimeout time.Duration // for the Receiver; 0 is 10 s
}

const (
	leastSecret        = 16               // bytes; below that it could be tried out
	defaultHookTimeout = 10 * time.Second // less than a web server's own
	retryAfter         = "60"             // seconds
)

// Hook takes raw mail by HTTP, from a provider or a mail server's pipe. A
// request is a POST whose body is one message as it came in (RFC 5322), of
// 1 MiB at most.
//
//	200  everything that follows from it is committed
//	400  there was nothing in it; bringing it again is of no use
//	401  without the secret
//	413  too large
//	503  it could not be kept; bring it again
//
// NewHook makes one.
type Hook struct{ options HookOptions }

// NewHook checks the options. Its errors say what to change.
func NewHook(o HookOptions) (*Hook, error) {
	if err := o.settle(); err != nil {
		return nil, err
	}
	if len(o.Secret) < leastSecret {
		return nil, fmt.Errorf("email: the secret of the mail hook is shorter than %d characters; make one with: openssl rand -hex 32", leastSecret)
	}
	if o.ReceiveTimeout <= 0 {
		o.ReceiveTimeout = defaultHookTimeout
	}
	return &Hook{o}, nil
}

// ServeHTTP takes one mail.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a mail is brought by POST", http.StatusMethodNotAllowed)
		return
	}
	signature := r.Header.Get("X-Signature")
	if signature == "" && !h.knows(r) {
		h.refuse(w)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "a mail may have 1 MiB", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the mail was cut short", http.StatusBadRequest)
		return
	case signature != "" && !h.signed(raw, signature):
		h.refuse(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.ReceiveTimeout)
	defer cancel()
	switch err := h.options.take(ctx, raw, origin{at: h.options.Now()}); {
	case errors.Is(err, errEmpty):
		http.Error(w, "there is no mail in the request", http.StatusBadRequest)
	case err != nil:
		h.options.Log.Error("mail not kept; the provider will bring it again", "error", err)
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "not kept, bring it again", http.StatusServiceUnavailable)
	default:
		_, _ = io.WriteString(w, "kept\n") // the mail is kept whether or not the answer arrives
	}
}

func (h *Hook) refuse(w http.ResponseWriter) {
	h.options.Log.Warn("the mail hook was called without its secret")
	w.Header().Set("WWW-Authenticate", "Bearer")
	http.Error(w, "the secret is missing or wrong", http.StatusUnauthorized)
}

// knows reports whether a request bears the secret itself.
func (h *Hook) knows(r *http.Request) bool {
	_, given, basic := r.BasicAuth()
	if !basic {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return false
		}
		given = strings.TrimSpace(token)
	}
	// Hashed first, so that the time tells nothing about the length either.
	want, got := sha256.Sum256([]byte(h.options.Secret)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// signed reports whether the secret signed the body.
func (h *Hook) signed(raw []byte, signature string) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(signature), "sha256="))
	mac := hmac.New(sha256.New, []byte(h.options.Secret))
	_, _ = mac.Write(raw) // a hash never fails
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}
