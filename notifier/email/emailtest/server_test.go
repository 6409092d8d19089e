package emailtest_test

import (
	"bytes"
	"context"
	"errors"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/microreach/microreach/notifier/email/emailtest"
)

var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

func start(t *testing.T, o emailtest.Options) *emailtest.Server {
	t.Helper()
	o.Now = func() time.Time { return noon }
	s, err := emailtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const prompt = "From: Microreach <hello@m.example>\r\nTo: ana@p.example\r\nReply-To: reply+tok@m.example\r\nMessage-ID: <tok@m.example>\r\nSubject: =?utf-8?q?gr=C3=BCn?=\r\nDate: Mon, 09 Mar 2026 12:00:00 +0000\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nText somebody.\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Text somebody.</p>\r\n--b--\r\n"

func TestWhatArrivesCanBeReadAndWatched(t *testing.T) {
	s := start(t, emailtest.Options{})
	var seen []string
	cancel := s.Watch(func(m emailtest.Message) { seen = append(seen, m.Subject) })
	if err := emailtest.Submit(t.Context(), s.Addr(), "hello@m.example", "ana@p.example", []byte(prompt)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := emailtest.Submit(t.Context(), s.Addr(), "hello@m.example", "bob@p.example", []byte(prompt)); err != nil {
		t.Fatal(err)
	}
	if len(s.Messages()) != 2 || len(s.Mailbox("ANA@p.example")) != 1 || strings.Join(seen, "|") != "grün" {
		t.Errorf("%d messages, %d for ana, seen %q", len(s.Messages()), len(s.Mailbox("ana@p.example")), seen)
	}
	m := s.Mailbox("ana@p.example")[0]
	if m.From != "hello@m.example" || m.Subject != "grün" || m.Text != "Text somebody." || m.HTML != "<p>Text somebody.</p>" || !m.At.Equal(noon) || m.QueueID == "" || m.ReplyTo() != "reply+tok@m.example" || string(m.Raw) != prompt {
		t.Errorf("%+v", m)
	}
}

func TestAReplyLooksLikeAPersons(t *testing.T) {
	s := start(t, emailtest.Options{})
	if err := emailtest.Submit(t.Context(), s.Addr(), "hello@m.example", "ana@p.example", []byte(prompt)); err != nil {
		t.Fatal(err)
	}
	if err := s.Reply(t.Context(), s.Addr(), s.Messages()[0], "done 7\nfelt <warm>"); err != nil {
		t.Fatal(err)
	}
	m := s.Messages()[1]
	if m.From != "ana@p.example" || m.To[0] != "reply+tok@m.example" || m.Subject != "Re: grün" {
		t.Errorf("from %s to %v: %q", m.From, m.To, m.Subject)
	}
	if m.Header.Get("In-Reply-To") != "<tok@m.example>" || m.Header.Get("References") != "<tok@m.example>" {
		t.Errorf("threading: %v", m.Header)
	}
	if want := "done 7\nfelt <warm>\n\nOn Mon, Mar 9, 2026 at 12:00 PM Microreach <hello@m.example> wrote:\n\n> Text somebody.\n"; m.Text != want {
		t.Errorf("text %q, want %q", m.Text, want)
	}
	if !strings.Contains(m.HTML, "felt &lt;warm&gt;") || !strings.Contains(m.HTML, `<blockquote class="gmail_quote"`) {
		t.Errorf("html %s", m.HTML)
	}
	if _, err := mail.ReadMessage(bytes.NewReader(m.Raw)); err != nil {
		t.Error(err)
	}
}

func TestFaultsHappenOnceOrAlways(t *testing.T) {
	s := start(t, emailtest.Options{})
	send := func() int {
		err := emailtest.Submit(t.Context(), s.Addr(), "a@m.example", "b@p.example", []byte(prompt))
		var refused *smtp.SMTPError
		if errors.As(err, &refused) {
			return refused.Code
		}
		if err != nil {
			return -1
		}
		return 0
	}
	s.Misbehave(emailtest.Fault{At: emailtest.AtRcpt, Reply: "450 4.7.1 later"})
	if a, b := send(), send(); a != 450 || b != 0 {
		t.Errorf("once: %d, %d", a, b)
	}
	s.Misbehave(emailtest.Fault{At: emailtest.AtData, Reply: "554 no", Always: true})
	if a, b := send(), send(); a != 554 || b != 554 {
		t.Errorf("always: %d, %d", a, b)
	}
	s.Behave()
	s.Misbehave(emailtest.Fault{At: emailtest.AtDot, Drop: true, Taken: true})
	if a, b := send(), send(); a != -1 || b != 0 || len(s.Messages()) != 3 {
		t.Errorf("lost: %d, %d, %d messages", a, b, len(s.Messages()))
	}
}

func TestClosingFreesWhoWaits(t *testing.T) {
	s := start(t, emailtest.Options{})
	s.Misbehave(emailtest.Fault{At: emailtest.AtMail, Wait: make(chan struct{})})
	sent := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		sent <- emailtest.Submit(ctx, s.Addr(), "a@m.example", "b@p.example", []byte(prompt))
	}()
	cancel()
	if <-sent == nil {
		t.Error("the context did not end it")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
