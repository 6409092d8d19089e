package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/web"
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
			Receiver: s.Inbox, Witness: s.witness(), Now: s.options.Core.Now, Log: s.log,
		})
		if err != nil {
			return err
		}
		for _, prefix := range s.prefixes() {
			mux.Handle(prefix+"/twilio/", hooks)
		}
	}
	if hook, err := s.mailHook(); err != nil {
		return err
	} else if hook != nil {
		for _, prefix := range s.prefixes() {
			mux.Handle(prefix+email.HookPath, hook)
		}
	}
	pages, err := s.buildPages()
	if err != nil {
		return err
	}
	s.closers = append(s.closers, pages.Close)
	mux.Handle("/", pages)
	s.http = &http.Server{
		Handler: web.Guard(s.caught(mux), s.secure()), ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	return nil
}

// caught answers for a request on which the program panicked. The library would print
// what panicked, and that may be what somebody wrote.
func (s *Service) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler: //nolint:errorlint // the library compares it like this
				panic(p)
			default:
				s.log.Error("a request failed", "error", checkins.Panicked(p))
				http.Error(w, "something is wrong here; please try again later", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// prefixes are the paths below which everything is found: at the top, and below
// that of the public address, where no proxy cuts it off.
func (s *Service) prefixes() []string {
	list := []string{""}
	if public := s.options.Core.PublicURL; public != nil && strings.Trim(public.Path, "/") != "" {
		list = append(list, strings.TrimRight(public.Path, "/"))
	}
	return list
}

func (s *Service) secure() bool {
	return s.options.Core.PublicURL != nil && s.options.Core.PublicURL.Scheme == "https"
}

// buildPages makes the pages, on the network that the door is on.
func (s *Service) buildPages() (*web.Site, error) {
	o := web.Options{
		People: measuredPeople{s.Store, s.decider}, House: s.House, Words: s.Words, Plans: s.Words.PlanNames, Languages: s.Words.Languages(), Address: s.typed,
		Name: s.options.Core.Words.Programme, Full: s.Inbox.Full,
		Public: s.options.Core.PublicURL, Proxies: s.options.Proxies, Now: s.options.Core.Now, Clock: s.options.Clock, Log: s.log,
	}
	switch {
	case s.options.SMS == nil:
		o.Only = checkins.Email
	case s.options.Mail == nil:
		o.Only = checkins.SMS
	}
	if s.options.SMS != nil {
		o.Number = s.options.SMS.Twilio.From
	}
	return web.New(o)
}

// typed is the number or mailbox that somebody typed, as it is kept; empty where
// it is none, or its channel is off.
func (s *Service) typed(text string) (checkins.Channel, string) {
	if strings.Contains(text, "@") {
		a, err := mail.ParseAddress(strings.TrimSpace(text))
		if err != nil || a.Name != "" || s.options.Mail == nil {
			return "", ""
		}
		return checkins.Email, checkins.CanonicalAddress(checkins.Email, a.Address)
	}
	if numbers := s.House.Joining.Numbers; numbers != nil && s.options.SMS != nil {
		if number, ok := numbers.Read(text); ok {
			return checkins.SMS, number
		}
	}
	return "", ""
}

// stale is how old the last planning round may be in a service that is ready.
const stale = time.Minute

// ready says whether the service does its work: the database answers, and the
// planning round ran lately. What is held back is told, and is no reason to
// restart anything.
func (s *Service) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := s.well(ctx)
	held, errHeld := s.Store.Breakers(ctx)
	if err == nil && errHeld != nil {
		err = errNoDatabase
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
	for _, b := range held {
		_, _ = fmt.Fprintf(w, "held back: %s since %s (code %s)\n", b.Name, b.OpenedAt.UTC().Format(time.RFC3339), b.Code)
	}
}
