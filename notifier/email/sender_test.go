package email_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"bytes"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// noon is the fixed instant of these tests.
var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

func token(purpose, id string) string { return purpose[:1] + "tok-" + id }

// start runs a mail server for the length of a test.
func start(t *testing.T, o emailtest.Options) *emailtest.Server {
	t.Helper()
	o.Now = now
	server, err := emailtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// options are those of a sender to server, in the clear.
func options(server *emailtest.Server) email.Options {
	return email.Options{
		Host: server.Host(), Port: server.Port(), TLS: email.TLSNone,
		From:         mail.Address{Name: "Microreach", Address: "hello@microreach.example"},
		ReplyAddress: "reply@microreach.example",
		Token:        token, Now: now, Timeout: 5 * time.Second,
		TLSConfig: nil,
	}
}

func newSender(t *testing.T, o email.Options) *email.Sender {
	t.Helper()
	s, err := email.NewSender(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// prompt is a message as the dispatcher hands it over.
func prompt(id string) checkins.Outgoing {
	return checkins.Outgoing{
		Message: checkins.Message{
			ID: checkins.MessageID(id), Channel: checkins.Email, Kind: checkins.Prompt,
			Words: checkins.Words{Subject: "today's small thing", Text: "Text one honest feeling.\nDONE, LATER or NOT TODAY.", HTML: "<p>Text one honest feeling.</p>"},
		},
		Attempt: "attempt-1", To: "ana@participant.example",
	}
}

func TestAPromptArrivesWithItsTokensAndHeaders(t *testing.T) {
	server := start(t, emailtest.Options{})
	o := options(server)
	o.UnsubscribeURL = func(m checkins.Message) string { return "https://m.example/u/" + string(m.ID) }
	o.Thread = func(checkins.Message) []string { return []string{"root@microreach.example", "last@microreach.example"} }
	id, err := newSender(t, o).Send(t.Context(), prompt("m1"))
	if err != nil {
		t.Fatal(err)
	}
	got := server.Mailbox("ana@participant.example")
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1", len(got))
	}
	m := got[0]
	if id != m.QueueID {
		t.Errorf("provider id %q, the server said %q", id, m.QueueID)
	}
	if m.From != "reply+btok-m1@microreach.example" {
		t.Errorf("return path %q does not bear the bounce token", m.From)
	}
	if m.Text != "Text one honest feeling.\nDONE, LATER or NOT TODAY." || m.HTML != "<p>Text one honest feeling.</p>" {
		t.Errorf("text %q, html %q", m.Text, m.HTML)
	}
	for name, want := range map[string]string{
		"From":                     `"Microreach" <hello@microreach.example>`,
		"To":                       "<ana@participant.example>",
		"Reply-To":                 `"Microreach" <reply+rtok-m1@microreach.example>`,
		"Message-ID":               "<rtok-m1@microreach.example>",
		"Subject":                  "today's small thing",
		"Date":                     "Mon, 09 Mar 2026 12:00:00 +0000",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"X-Microreach":             "1",
		"In-Reply-To":              "<last@microreach.example>",
		"References":               "<root@microreach.example> <last@microreach.example>",
		"List-Unsubscribe":         "<https://m.example/u/m1>, <mailto:reply+rtok-m1@microreach.example?subject=STOP&body=STOP>",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"User-Agent":               "",
		"X-Mailer":                 "",
	} {
		if v := m.Header[map[bool]string{true: "Message-Id", false: name}[name == "Message-ID"]]; strings.Join(v, "|") != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
}

func TestWithoutAPublicAddressUnsubscribingIsAMail(t *testing.T) {
	for name, url := range map[string]func(checkins.Message) string{
		"no address":   nil,
		"not https":    func(checkins.Message) string { return "http://192.168.1.2/u" },
		"none for it":  func(checkins.Message) string { return "" },
		"broken words": func(checkins.Message) string { return "https://m.example/u>, <https://evil.example" },
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, emailtest.Options{})
			o := options(server)
			o.UnsubscribeURL = url
			if _, err := newSender(t, o).Send(t.Context(), prompt("m1")); err != nil {
				t.Fatal(err)
			}
			h := server.Messages()[0].Header
			if got := h.Get("List-Unsubscribe"); got != "<mailto:reply+rtok-m1@microreach.example?subject=STOP&body=STOP>" {
				t.Errorf("List-Unsubscribe: %q", got)
			}
			if h.Get("List-Unsubscribe-Post") != "" {
				t.Error("one-click is offered without an address for it")
			}
		})
	}
}

func TestAnswersSayThatTheyAreReplies(t *testing.T) {
	server := start(t, emailtest.Options{})
	s := newSender(t, options(server))
	for _, kind := range []checkins.Kind{checkins.Answer, checkins.Help, checkins.StopConfirmation} {
		out := prompt(string(kind))
		out.Kind = kind
		if _, err := s.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range server.Messages() {
		if got := m.Header.Get("Auto-Submitted"); got != "auto-replied" {
			t.Errorf("Auto-Submitted: %q", got)
		}
	}
}

func TestARetryRendersTheSameMail(t *testing.T) {
	server := start(t, emailtest.Options{})
	s := newSender(t, options(server))
	for range 2 {
		if _, err := s.Send(t.Context(), prompt("m1")); err != nil {
			t.Fatal(err)
		}
	}
	got := server.Messages()
	if !bytes.Equal(got[0].Raw, got[1].Raw) || got[0].From != got[1].From {
		t.Errorf("the second rendering differs:\n%s\n%s", got[0].Raw, got[1].Raw)
	}
}

func TestNothingCanInjectAHeader(t *testing.T) {
	server := start(t, emailtest.Options{})
	o := options(server)
	o.From.Name = "a\r\nBcc: x@evil.example"
	s := newSender(t, o)
	out := prompt("m1")
	out.Words.Subject = "hello\r\nBcc: y@evil.example\r\n\r\nbody"
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	m := server.Messages()[0]
	if m.Header.Get("Bcc") != "" || len(m.To) != 1 || len(m.Header["Subject"]) != 1 {
		t.Errorf("injected: to %v, header %v", m.To, m.Header)
	}
	for name, to := range map[string]string{
		"line break":    "a@b.example\r\nRCPT TO:<x@evil.example>",
		"second one":    "a@b.example, x@evil.example",
		"brackets":      "<a@b.example>",
		"name":          "A <a@b.example>",
		"no host":       "a@",
		"nothing":       "",
		"blank":         "a b@b.example",
		"route":         "@x.example:a@b.example",
		"very long one": strings.Repeat("a", 300) + "@b.example",
	} {
		t.Run(name, func(t *testing.T) {
			out := prompt("m2")
			out.To = to
			_, err := s.Send(t.Context(), out)
			wantOutcome(t, err, checkins.OutcomePermanent, checkins.FactInvalid, "")
		})
	}
	if n := len(server.Messages()); n != 1 {
		t.Errorf("%d messages arrived, want 1", n)
	}
}

func TestATokenThatCannotStandInAMailboxIsRefused(t *testing.T) {
	server := start(t, emailtest.Options{})
	for _, tok := range []string{"", "a b", "a@b", "a+b", "a\r\n", strings.Repeat("a", 49)} {
		o := options(server)
		o.Token = func(string, string) string { return tok }
		_, err := newSender(t, o).Send(t.Context(), prompt("m1"))
		wantOutcome(t, err, checkins.OutcomePermanent, checkins.FactNone, "")
	}
}

// wantOutcome checks the facts of a delivery error.
func wantOutcome(t *testing.T, err error, outcome checkins.Outcome, fact checkins.Fact, code string) {
	t.Helper()
	var se *notifier.SendError
	if !errors.As(err, &se) {
		t.Fatalf("error %v is no SendError", err)
	}
	if se.Outcome != outcome || se.Fact != fact || se.Code != code {
		t.Errorf("outcome %v, fact %q, code %q; want %v, %q, %q (%v)", se.Outcome, se.Fact, se.Code, outcome, fact, code, err)
	}
	if text := err.Error(); strings.Contains(text, "participant.example") || strings.Contains(text, "honest") || strings.Contains(text, "tok-") {
		t.Errorf("the error tells who or what: %s", text)
	}
}

func TestFaultsBecomeOutcomes(t *testing.T) {
	const (
		temporary = checkins.OutcomeTemporary
		permanent = checkins.OutcomePermanent
		unknown   = checkins.OutcomeUnknown
	)
	tests := []struct {
		name    string
		fault   emailtest.Fault
		outcome checkins.Outcome
		fact    checkins.Fact
		code    string
	}{
		{"greeting 421", emailtest.Fault{At: emailtest.AtConnect, Reply: "421 4.3.2 busy"}, temporary, "", "421 4.3.2"},
		{"greeting 554", emailtest.Fault{At: emailtest.AtConnect, Reply: "554 5.7.1 go away"}, temporary, "", "554 5.7.1"},
		{"lost before the greeting", emailtest.Fault{At: emailtest.AtConnect, Drop: true}, temporary, "", ""},
		{"lost at EHLO", emailtest.Fault{At: emailtest.AtEHLO, Drop: true}, temporary, "", ""},
		{"421 at MAIL", emailtest.Fault{At: emailtest.AtMail, Reply: "421 4.7.0 too many"}, temporary, "", "421 4.7.0"},
		{"450 at MAIL", emailtest.Fault{At: emailtest.AtMail, Reply: "450 4.7.1 later"}, temporary, "", "450 4.7.1"},
		{"550 at MAIL", emailtest.Fault{At: emailtest.AtMail, Reply: "550 5.7.1 not from you"}, permanent, "", "550 5.7.1"},
		{"lost at MAIL", emailtest.Fault{At: emailtest.AtMail, Drop: true}, temporary, "", ""},
		{"451 at RCPT", emailtest.Fault{At: emailtest.AtRcpt, Reply: "451 4.7.1 greylisted"}, temporary, "", "451 4.7.1"},
		{"no such user", emailtest.Fault{At: emailtest.AtRcpt, Reply: "550 5.1.1 <ana@participant.example> unknown"}, permanent, checkins.FactInvalid, "550 5.1.1"},
		{"null MX", emailtest.Fault{At: emailtest.AtRcpt, Reply: "556 5.1.10 no mail"}, permanent, checkins.FactInvalid, "556 5.1.10"},
		{"mailbox disabled", emailtest.Fault{At: emailtest.AtRcpt, Reply: "550 5.2.1 inactive"}, permanent, checkins.FactUnreachable, "550 5.2.1"},
		{"mailbox full", emailtest.Fault{At: emailtest.AtRcpt, Reply: "552 5.2.2 full"}, permanent, checkins.FactFull, "552 5.2.2"},
		{"policy at RCPT", emailtest.Fault{At: emailtest.AtRcpt, Reply: "550 5.7.26 not authenticated"}, permanent, "", "550 5.7.26"},
		{"550 without a second code", emailtest.Fault{At: emailtest.AtRcpt, Reply: "550 unknown"}, permanent, checkins.FactUnreachable, "550"},
		{"lost at RCPT", emailtest.Fault{At: emailtest.AtRcpt, Drop: true}, temporary, "", ""},
		{"452 at DATA", emailtest.Fault{At: emailtest.AtData, Reply: "452 4.3.1 no room"}, temporary, "", "452 4.3.1"},
		{"554 at DATA", emailtest.Fault{At: emailtest.AtData, Reply: "554 5.5.1 no"}, permanent, "", "554 5.5.1"},
		{"lost at DATA", emailtest.Fault{At: emailtest.AtData, Drop: true}, temporary, "", ""},
		{"451 at the final dot", emailtest.Fault{At: emailtest.AtDot, Reply: "451 4.3.0 later"}, temporary, "", "451 4.3.0"},
		{"550 at the final dot", emailtest.Fault{At: emailtest.AtDot, Reply: "550 5.7.1 spam"}, permanent, "", "550 5.7.1"},
		{"lost after the final dot, kept", emailtest.Fault{At: emailtest.AtDot, Drop: true, Taken: true}, unknown, "", ""},
		{"lost after the final dot, not kept", emailtest.Fault{At: emailtest.AtDot, Drop: true}, unknown, "", ""},
		{"nonsense after the final dot", emailtest.Fault{At: emailtest.AtDot, Reply: "299 hm", Drop: true, Taken: true}, unknown, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t, emailtest.Options{})
			s := newSender(t, options(server))
			server.Misbehave(tt.fault)
			_, err := s.Send(t.Context(), prompt("m1"))
			wantOutcome(t, err, tt.outcome, tt.fact, tt.code)
			kept := 0
			if tt.fault.Taken {
				kept = 1
			}
			if n := len(server.Messages()); n != kept {
				t.Errorf("%d messages kept, want %d", n, kept)
			}
			server.Behave()
			if _, err := s.Send(t.Context(), prompt("m2")); err != nil {
				t.Errorf("the next message suffers: %v", err)
			}
		})
	}
}

// A server that says "later" is left alone for half an hour where the mail is good for a day (REQUIREMENTS B13); a reminder
// would be late by then.
func TestADigestWaitsLongerForAServerThatSaysLater(t *testing.T) {
	for kind, want := range map[checkins.Kind]time.Duration{checkins.Digest: 30 * time.Minute, checkins.Prompt: 0} {
		server := start(t, emailtest.Options{})
		server.Misbehave(emailtest.Fault{At: emailtest.AtRcpt, Reply: "450 4.2.0 later"})
		out := prompt("m1")
		out.Kind = kind
		_, err := newSender(t, options(server)).Send(t.Context(), out)
		var se *notifier.SendError
		if !errors.As(err, &se) || se.Outcome != checkins.OutcomeTemporary || se.RetryAfter != want {
			t.Errorf("%s: %+v (%v), want to wait %s", kind, se, err, want)
		}
	}
}

func TestALargeMessageCutInTheMiddleIsTemporaryAndNeverArrivesTorn(t *testing.T) {
	server := start(t, emailtest.Options{})
	s := newSender(t, options(server))
	server.Misbehave(emailtest.Fault{At: emailtest.AtBody, Drop: true})
	out := prompt("m1")
	out.Words.Text = strings.Repeat("a line of some length to fill every buffer on the way\n", 200_000)
	_, err := s.Send(t.Context(), out)
	wantOutcome(t, err, checkins.OutcomeTemporary, "", "")
	if n := len(server.Messages()); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
}

func TestNoServerIsTemporary(t *testing.T) {
	server := start(t, emailtest.Options{})
	o := options(server)
	_ = server.Close()
	_, err := newSender(t, o).Send(t.Context(), prompt("m1"))
	wantOutcome(t, err, checkins.OutcomeTemporary, "", "")
}

func TestWhatIsTakenIsAcceptedWhateverFollows(t *testing.T) {
	for name, fault := range map[string]emailtest.Fault{
		"RSET refused":     {At: emailtest.AtReset, Reply: "500 no", Always: true},
		"QUIT refused":     {At: emailtest.AtQuit, Reply: "500 no", Always: true},
		"lost at QUIT":     {At: emailtest.AtQuit, Drop: true},
		"silent when idle": {At: emailtest.AtReset, Drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, emailtest.Options{})
			server.Misbehave(fault)
			s := newSender(t, options(server))
			if _, err := s.Send(t.Context(), prompt("m1")); err != nil {
				t.Fatal(err)
			}
			s.Close()
			if n := len(server.Messages()); n != 1 {
				t.Errorf("%d messages, want 1", n)
			}
		})
	}
}

func TestOneConnectionServesManyMessages(t *testing.T) {
	server := start(t, emailtest.Options{})
	s := newSender(t, options(server))
	for range 5 {
		if _, err := s.Send(t.Context(), prompt("m1")); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.Connections(); n != 1 {
		t.Errorf("%d connections for 5 messages", n)
	}
}

func TestManyWorkersSendAtOnce(t *testing.T) {
	server := start(t, emailtest.Options{})
	s := newSender(t, options(server))
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for range 5 {
				if _, err := s.Send(t.Context(), prompt("m"+string(rune('a'+worker)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if n := len(server.Messages()); n != 40 {
		t.Errorf("%d messages, want 40", n)
	}
	if n := server.Connections(); n > 8 {
		t.Errorf("%d connections for 8 workers", n)
	}
}

func TestAnIdleConnectionThatTheServerClosedIsDialledAnew(t *testing.T) {
	for name, fault := range map[string]emailtest.Fault{
		"silently": {At: emailtest.AtMail, Drop: true},
		"with 421": {At: emailtest.AtMail, Reply: "421 4.4.2 idle too long", Drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, emailtest.Options{})
			s := newSender(t, options(server))
			if _, err := s.Send(t.Context(), prompt("m1")); err != nil {
				t.Fatal(err)
			}
			server.Misbehave(fault)
			if _, err := s.Send(t.Context(), prompt("m2")); err != nil {
				t.Fatalf("the second message: %v", err)
			}
			if n := server.Connections(); n != 2 {
				t.Errorf("%d connections, want 2", n)
			}
		})
	}
}

func TestContextEndsASendAtEveryStep(t *testing.T) {
	tests := map[emailtest.Stage]checkins.Outcome{
		emailtest.AtConnect: checkins.OutcomeTemporary,
		emailtest.AtEHLO:    checkins.OutcomeTemporary,
		emailtest.AtMail:    checkins.OutcomeTemporary,
		emailtest.AtRcpt:    checkins.OutcomeTemporary,
		emailtest.AtData:    checkins.OutcomeTemporary,
		emailtest.AtDot:     checkins.OutcomeUnknown,
	}
	for stage, outcome := range tests {
		t.Run(string(stage), func(t *testing.T) {
			server := start(t, emailtest.Options{})
			o := options(server)
			o.Timeout = time.Minute // so that only the context can end it
			s := newSender(t, o)
			hold := make(chan struct{})
			defer close(hold)
			server.Misbehave(emailtest.Fault{At: stage, Wait: hold})
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := s.Send(ctx, prompt("m1"))
			wantOutcome(t, err, outcome, "", "")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v does not say that the time was up", err)
			}
		})
	}
}

func TestTheTimeoutBoundsASend(t *testing.T) {
	server := start(t, emailtest.Options{})
	o := options(server)
	o.Timeout = 100 * time.Millisecond
	hold := make(chan struct{})
	defer close(hold)
	server.Misbehave(emailtest.Fault{At: emailtest.AtDot, Wait: hold})
	_, err := newSender(t, o).Send(t.Context(), prompt("m1"))
	wantOutcome(t, err, checkins.OutcomeUnknown, "", "")
}

func TestEncryptionIsRequired(t *testing.T) {
	t.Run("a server without STARTTLS gets no password and no mail", func(t *testing.T) {
		server := start(t, emailtest.Options{NoSTARTTLS: true, InsecureAuth: true, Username: "u", Password: "p"})
		o := options(server)
		o.TLS, o.Username, o.Password = email.TLSStart, "u", "p"
		_, err := newSender(t, o).Send(t.Context(), prompt("m1"))
		wantOutcome(t, err, checkins.OutcomeTemporary, "", "")
		if server.PasswordsSeen() != 0 || len(server.Messages()) != 0 {
			t.Error("the password or the mail went over the wire")
		}
	})
	t.Run("an unknown certificate is not trusted", func(t *testing.T) {
		server := start(t, emailtest.Options{})
		o := options(server)
		o.TLS = email.TLSStart
		_, err := newSender(t, o).Send(t.Context(), prompt("m1"))
		wantOutcome(t, err, checkins.OutcomeTemporary, "", "")
		var unknown x509.UnknownAuthorityError
		if !errors.As(err, &unknown) {
			t.Errorf("%v does not say why", err)
		}
	})
	for name, tlsPolicy := range map[string]email.TLSPolicy{"STARTTLS": email.TLSStart, "implicit": email.TLSImplicit} {
		t.Run(name+" with a password", func(t *testing.T) {
			server := start(t, emailtest.Options{TLS: tlsPolicy == email.TLSImplicit, Username: "u", Password: "p"})
			o := options(server)
			o.TLS, o.Username, o.Password = tlsPolicy, "u", "p"
			o.TLSConfig = trust(server)
			if _, err := newSender(t, o).Send(t.Context(), prompt("m1")); err != nil {
				t.Fatal(err)
			}
			if m := server.Messages()[0]; !m.TLS || m.User != "u" {
				t.Errorf("encrypted %v, user %q", m.TLS, m.User)
			}
		})
	}
	t.Run("a wrong password is refused", func(t *testing.T) {
		server := start(t, emailtest.Options{Username: "u", Password: "p"})
		o := options(server)
		o.TLS, o.Username, o.Password, o.TLSConfig = email.TLSStart, "u", "wrong", trust(server)
		_, err := newSender(t, o).Send(t.Context(), prompt("m1"))
		wantOutcome(t, err, checkins.OutcomeTemporary, "", "535 5.7.8") // and mail is held back
	})
	t.Run("on the loopback a password may go in the clear", func(t *testing.T) {
		server := start(t, emailtest.Options{NoSTARTTLS: true, InsecureAuth: true, Username: "u", Password: "p"})
		o := options(server)
		o.TLS, o.Username, o.Password = email.TLSDefault, "u", "p"
		if _, err := newSender(t, o).Send(t.Context(), prompt("m1")); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBadOptionsAreRefusedWithAWayOut(t *testing.T) {
	good := email.Options{Host: "mail.example.com", From: mail.Address{Address: "a@example.com"}, Token: token, Now: now}
	if _, err := email.NewSender(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*email.Options){
		"password in the clear": func(o *email.Options) { o.TLS, o.Username = email.TLSNone, "u" },
		"unknown policy":        func(o *email.Options) { o.TLS = "ssl" },
		"no host":               func(o *email.Options) { o.Host = "" },
		"no sender":             func(o *email.Options) { o.From.Address = "" },
		"bad sender":            func(o *email.Options) { o.From.Address = "a b@example.com"; o.ReplyAddress = "r@example.com" },
		"bad reply mailbox":     func(o *email.Options) { o.ReplyAddress = "nobody" },
		"no token":              func(o *email.Options) { o.Token = nil },
		"no clock":              func(o *email.Options) { o.Now = nil },
		"reply mailbox too long": func(o *email.Options) {
			o.ReplyAddress = strings.Repeat("a", 30) + "@example.com"
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			change(&o)
			if s, err := email.NewSender(o); err == nil {
				t.Errorf("taken: %v", s)
			}
		})
	}
}

func TestTheSignatureIsValidAndCoversUnsubscribing(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	server := start(t, emailtest.Options{})
	o := options(server)
	o.DKIM = &email.DKIM{Domain: "microreach.example", Selector: "s1", Key: private}
	o.UnsubscribeURL = func(checkins.Message) string { return "https://m.example/u/1" }
	out := prompt("m1")
	out.Words.Subject = "grüß dich, " + strings.Repeat("a longer subject that must be folded ", 5)
	if _, err := newSender(t, o).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	raw := server.Messages()[0].Raw
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if name != "s1._domainkey.microreach.example" {
			t.Errorf("asked for %s", name)
		}
		return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}, nil
	}})
	if err != nil || len(found) != 1 || found[0].Err != nil {
		t.Fatalf("%v %+v\n%s", err, found[0], raw)
	}
	signed := strings.ToLower(strings.Join(found[0].HeaderKeys, " "))
	for _, name := range []string{"from", "to", "subject", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post"} {
		if !strings.Contains(" "+signed+" ", " "+name+" ") {
			t.Errorf("%s is not signed: %s", name, signed)
		}
	}
}
