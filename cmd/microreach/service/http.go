package service

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/twilio"
)

// buildHTTP makes the door to the web: webhooks and health, with the limits of
// REQUIREMENTS E04.
func (s *Service) buildHTTP() error {
	if s.options.Listen == "" && s.options.Socket == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	if sms := s.options.SMS; sms != nil && s.options.Core.PublicURL != nil {
		hooks, err := twilio.Handler(twilio.HookOptions{
			PublicURL: s.options.Core.PublicURL, AuthTokens: sms.AuthTokens,
			Receiver: s.Inbox, Witness: checkins.Witness{Decider: s.Store}, Now: s.options.Core.Now, Log: s.log,
		})
		if err != nil {
			return err
		}
		mux.Handle("/", hooks)
	}
	if hook, err := s.mailHook(); err != nil {
		return err
	} else if hook != nil {
		mux.Handle(email.HookPath, hook)
		if public := s.options.Core.PublicURL; public != nil && strings.Trim(public.Path, "/") != "" {
			mux.Handle(strings.TrimRight(public.Path, "/")+email.HookPath, hook)
		}
	}
	s.http = &http.Server{
		Handler: guard(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	return nil
}

// guard sets the headers that every answer bears (E03).
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Strict-Transport-Security", "max-age=63072000")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex")
		next.ServeHTTP(w, r)
	})
}

// stale is how old the last planning round may be in a service that is ready.
const stale = time.Minute

// ready says whether the service does its work: the database answers, and the
// planning round ran lately. What is held back is told, and is no reason to
// restart anything.
func (s *Service) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	last, err := s.Store.LastBeat(ctx, notifier.PlanRound)
	held, err2 := s.Store.Breakers(ctx)
	switch {
	case err != nil || err2 != nil:
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
	case s.options.Clock().Sub(last) > stale:
		http.Error(w, "the planning round has not run in the last minute", http.StatusServiceUnavailable)
	default:
		_, _ = fmt.Fprintln(w, "ready")
		for _, b := range held {
			_, _ = fmt.Fprintf(w, "held back: %s since %s (code %s)\n", b.Name, b.OpenedAt.UTC().Format(time.RFC3339), b.Code)
		}
	}
}
