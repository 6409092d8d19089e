package service_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net/http"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

const (
	robin      = "robin@participant.example"
	robinsDoor = "answers@microreach.example"
	hookSecret = "canary-0123456789abcdef"
)

// letters is a service that people know by mail only: it sends by SMTP, and
// has every way in: a mailbox at a real IMAP server, a provider's hook, SMTP.
type letters struct {
	*service.Service
	t     *testing.T
	who   checkins.ParticipantID
	out   *emailtest.Server
	in    *emailtest.Dovecot
	vault *vault.Vault
	log   bytes.Buffer
}

func openLetters(t *testing.T) *letters {
	t.Helper()
	l := &letters{t: t, vault: vault.Ephemeral(), who: checkins.ParticipantID(newID())}
	var err error
	if l.in, err = emailtest.StartDovecot(emailtest.DovecotOptions{}); errors.Is(err, emailtest.ErrNoDovecot) {
		skiptest.Missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if l.out, err = leaktest.On(t).Mail(emailtest.Options{}); err != nil {
		t.Fatal(err)
	}
	log := leaktest.On(t).Log(&l.log)
	in := email.Intake{Address: robinsDoor, Now: time.Now, Log: log}
	l.Service, err = newService(t, service.Options{
		Core: coreOptions(sqlite(t, "mail.db"), l.vault, log), Listen: "127.0.0.1:0", Clock: time.Now,
		Mail: &service.Mail{
			SMTP: email.Options{
				Host: l.out.Host(), Port: l.out.Port(), TLS: email.TLSNone,
				From: mail.Address{Name: "Microreach", Address: robinsDoor}, Token: l.vault.Token, Now: time.Now,
			},
			Inbound: &email.ListenerOptions{Intake: in, Listen: "127.0.0.1:0"},
			Hook:    &email.HookOptions{Intake: in, Secret: hookSecret},
			IMAP: &email.ReaderOptions{
				Intake: in, Host: l.in.Host(), Port: l.in.TLSPort, TLSConfig: &tls.Config{RootCAs: l.in.RootCAs()},
				Username: "answers", Secret: func() (string, error) { return l.in.Password, nil }, Holder: "test", Clock: time.Now,
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = l.out.Close(), l.in.Close() })
	err = l.Enrol(t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: l.who, Name: "Canary Nightingale", Zone: "UTC", Locale: "en", CreatedAt: time.Now(), Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: robin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// arrived waits for the nth mail to the person.
func (l *letters) arrived(n int) emailtest.Message {
	l.t.Helper()
	until(l.t, "a mail", 20*time.Second, func() bool { return len(l.out.Mailbox(robin)) >= n })
	return l.out.Mailbox(robin)[n-1]
}

// bring hands a mail to the hook.
func (l *letters) bring(raw []byte) int {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, "http://"+l.WebAddress().String()+email.HookPath, bytes.NewReader(raw))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+hookSecret)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func (l *letters) records() []checkins.CheckIn {
	l.t.Helper()
	list, err := l.Store.Records(l.t.Context(), l.who, 100)
	if err != nil {
		l.t.Fatal(err)
	}
	return list
}

func messageID(raw []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	return m.Header.Get("Message-ID")
}

// The whole of a day by mail, as it goes at home behind a router: the answers
// lie in a mailbox, and come in by whatever way finds them first.
func TestADayByMail(t *testing.T) {
	l := openLetters(t)
	question := l.arrived(1)
	yes := question.Reply("Yes", time.Now())
	if err := l.in.Deliver("answers", yes); err != nil {
		t.Fatal(err)
	}
	welcome := l.arrived(2)
	if welcome.Header.Get("In-Reply-To") != messageID(yes) || !strings.HasSuffix(welcome.Header.Get("References"), messageID(yes)) {
		t.Errorf("the answer to %s names %q and %q", messageID(yes), welcome.Header.Get("In-Reply-To"), welcome.Header.Get("References"))
	}
	root, _, _ := strings.Cut(welcome.Header.Get("References"), " ")
	if root == "" || root != question.Header.Get("References") {
		t.Errorf("two mails of a week continue %q and %q", root, question.Header.Get("References"))
	}

	done := welcome.Reply("done 7, felt warm", time.Now())
	for _, way := range []func(){
		func() {
			if code := l.bring(done); code != http.StatusOK {
				t.Errorf("the hook answers %d", code)
			}
		},
		func() {
			if err := l.in.Deliver("answers", done); err != nil {
				t.Fatal(err)
			}
			until(t, "reading the mailbox", 20*time.Second, func() bool { list, _ := l.in.Files("answers", ""); return len(seen(list)) == 2 })
		},
		func() {
			if err := emailtest.Submit(t.Context(), l.MailAddress().String(), robin, welcome.ReplyTo(), done); err != nil {
				t.Error(err)
			}
		},
	} {
		way()
		if n := len(l.records()); n != 1 {
			t.Fatalf("the same mail by several ways left %d records", n)
		}
	}

	if code := l.bring(welcome.Reply("done 4, felt calm", time.Now().Add(time.Minute))); code != http.StatusOK {
		t.Errorf("the hook answers %d", code)
	}
	if list := l.records(); len(list) != 2 || *list[0].Rating != 7 || *list[1].Rating != 4 {
		t.Errorf("a second mail on the same day: %d records, want a second one", len(list))
	}
	l.bounces(welcome)
	if err := l.Stop(); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{"felt", "robin@", hookSecret, l.in.Password, strings.Trim(welcome.ReplyTo(), "<>")} {
		if strings.Contains(l.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, l.log.String())
		}
	}
}

// seen keeps the files that are marked as read.
func seen(list []string) (marked []string) {
	for _, name := range list {
		if strings.HasSuffix(name, "S") {
			marked = append(marked, name)
		}
	}
	return marked
}

// bounces brings a forged report, which does nothing, and then a real one.
func (l *letters) bounces(of emailtest.Message) {
	l.t.Helper()
	state := func() checkins.AddressState {
		s, err := l.Store.State(l.t.Context(), checkins.Who{Participant: l.who}, time.Now())
		if err != nil {
			l.t.Fatal(err)
		}
		return s.Reach(checkins.Email).State
	}
	report := func(to string) []byte {
		return []byte(strings.ReplaceAll("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: "+to+"\nMessage-ID: <"+newID()+"@mx.example>\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSTOP\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; "+robin+"\nAction: failed\nStatus: 5.1.1\n--b--\n", "\n", "\r\n"))
	}
	if code := l.bring(report(robinsDoor)); code != http.StatusOK || state() != checkins.Active {
		l.t.Errorf("a forged report: %d, and the address is %s", code, state())
	}
	if err := l.in.Deliver("answers", report(of.From)); err != nil {
		l.t.Fatal(err)
	}
	until(l.t, "holding the address", 20*time.Second, func() bool { return state() == checkins.Held })
	if n := len(l.records()); n != 2 {
		l.t.Errorf("a report became a record: %d", n)
	}
}
