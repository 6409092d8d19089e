package email_test

import (
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// submission is a real server that takes mail of who signs in over STARTTLS, and passes it on to next.
func submission(t *testing.T, next *emailtest.Server) (*emailtest.Dovecot, email.Options) {
	t.Helper()
	server, err := emailtest.StartDovecot(emailtest.DovecotOptions{RelayTo: net.JoinHostPort(next.Host(), strconv.Itoa(next.Port()))})
	if errors.Is(err, emailtest.ErrNoDovecot) {
		skiptest.Missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(server.Log())
		}
		_ = server.Close()
	})
	o := options(next)
	o.Host, o.Port, o.TLS = server.Host(), server.SubmissionPort, email.TLSStart
	o.Username, o.Password, o.TLSConfig = "ana", server.Password, &tls.Config{RootCAs: server.RootCAs()}
	return server, o
}

// A real server that wants STARTTLS and a password gets both in that order, and the mail (REQUIREMENTS B14).
func TestAMailGoesOutOverSTARTTLSWithAPassword(t *testing.T) {
	next := start(t, emailtest.Options{})
	server, o := submission(t, next)
	if _, err := newSender(t, o).Send(t.Context(), prompt("m1")); err != nil {
		t.Fatal(err)
	}
	until(t, "the mail", func() bool { return len(next.Mailbox("ana@participant.example")) == 1 })
	if m := next.Messages()[0]; !strings.Contains(m.From, "btok-m1") || m.Header.Get("Message-Id") == "" {
		t.Errorf("passed on from %q with %v", m.From, m.Header)
	}
	if log := server.Log(); !strings.Contains(log, "TLS") {
		t.Errorf("nobody spoke TLS:\n%s", log)
	}
}

func TestWithoutATrustedCertificateOrPasswordNothingGoesOut(t *testing.T) {
	next := start(t, emailtest.Options{})
	_, o := submission(t, next)
	for name, change := range map[string]func(*email.Options){
		"an unknown certificate": func(o *email.Options) { o.TLSConfig = nil },
		"a wrong password":       func(o *email.Options) { o.Password = "wrong" },
		"no password":            func(o *email.Options) { o.Username, o.Password = "", "" },
	} {
		changed := o
		change(&changed)
		_, err := newSender(t, changed).Send(t.Context(), prompt("m1"))
		var refused *notifier.SendError
		if !errors.As(err, &refused) || refused.Outcome == checkins.OutcomeUnknown || refused.Outcome == checkins.OutcomeAccepted {
			t.Errorf("%s: %v, which does not say that the mail was not taken", name, err)
		}
	}
	if n := len(next.Messages()); n != 0 {
		t.Errorf("%d mails went on", n)
	}
}
