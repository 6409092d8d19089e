package service_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// letterbox is a service that people know by mail and by its pages.
type letterbox struct {
	*service.Service
	t   *testing.T
	out *emailtest.Server
	log bytes.Buffer
}

func openLetterbox(t *testing.T, address *url.URL) *letterbox {
	t.Helper()
	p := &letterbox{t: t}
	var err error
	if p.out, err = leaktest.On(t).Mail(emailtest.Options{}); err != nil {
		t.Fatal(err)
	}
	v := vault.Ephemeral()
	core := coreOptions(sqlite(t, "post.db"), v, leaktest.On(t).Log(&p.log))
	core.PublicURL, core.NewToken = address, rand.Text
	core.Joining = checkins.Joining{Plan: "small-reach-weekly", Locale: "en", Zone: "UTC", PerDay: 5}
	p.Service, err = newService(t, service.Options{
		Core: core, Listen: "127.0.0.1:0", Clock: time.Now,
		Mail: &service.Mail{SMTP: email.Options{
			Host: p.out.Host(), Port: p.out.Port(), TLS: email.TLSNone,
			From: mail.Address{Name: "Microreach", Address: robinsDoor}, Token: v.Token, Now: time.Now,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.out.Close() })
	return p
}

// here is a page of the public address, where it is served.
func (p *letterbox) here(address string) string {
	return "http://" + p.WebAddress().String() + strings.TrimPrefix(address, public.String())
}

func (p *letterbox) press(address string, form url.Values) (status int, body string) {
	p.t.Helper()
	response, err := http.PostForm(p.here(address), form)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, string(raw)
}

func (p *letterbox) mails(n int) emailtest.Message {
	p.t.Helper()
	until(p.t, "a mail", 20*time.Second, func() bool { return len(p.out.Mailbox(robin)) >= n })
	return p.out.Mailbox(robin)[n-1]
}

var (
	confirmLink = regexp.MustCompile(`https://reach\.example\.org/c/\w+`)
	leaveLink   = regexp.MustCompile(`https://reach\.example\.org/u/\w+`)
)

// From the form to the one click, by nothing but pages and mail.
func TestSomebodyJoinsByThePageAndLeavesByOneClick(t *testing.T) {
	p := openLetterbox(t, public)
	form := url.Values{"address": {robin}, "plan": {"daily-closeness"}, "agree": {"yes"}, "adult": {"yes"}}
	if status, body := p.press("/join", form); status != http.StatusOK || !strings.Contains(body, "One more step") {
		t.Fatalf("the form: %d\n%s", status, body)
	}
	question := p.mails(1)
	if status, body := p.press(confirmLink.FindString(question.Text), url.Values{"do": {"confirm"}}); status != http.StatusOK || !strings.Contains(body, "all it takes") {
		t.Fatalf("the yes: %d\n%s", status, body)
	}
	welcome := p.mails(2)
	header := welcome.Header.Get("List-Unsubscribe")
	leave := leaveLink.FindString(header)
	if leave == "" || !strings.HasPrefix(header, "<"+leave+">, <mailto:") || welcome.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("the mail offers %q and %q", header, welcome.Header.Get("List-Unsubscribe-Post"))
	}
	if got := leaveLink.FindString(welcome.Text); got != leave {
		t.Errorf("its foot leads to %q, its header to %q", got, leave)
	}
	if status, body := p.press(leave, url.Values{"List-Unsubscribe": {"One-Click"}}); status != http.StatusOK || !strings.Contains(body, "You are unsubscribed") {
		t.Errorf("the click: %d\n%s", status, body)
	}
	s, err := p.Store.State(t.Context(), checkins.Who{Channel: checkins.Email, Address: robin}, time.Now())
	if err != nil || s.Addresses[0].State != checkins.Stopped {
		t.Errorf("after one click the mailbox is %+v: %v", s.Addresses, err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{"robin@", leave[len(leave)-26:]} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, p.log.String())
		}
	}
}

func TestWithoutAPublicAddressAMailLeadsNowhere(t *testing.T) {
	p := openLetterbox(t, nil)
	if status, _ := p.press("/join", url.Values{"address": {robin}, "agree": {"yes"}, "adult": {"yes"}}); status != http.StatusOK {
		t.Fatalf("the form on the local network: %d", status)
	}
	m := p.mails(1)
	if strings.Contains(m.Text, "://") || !strings.Contains(m.Text, "reply YES") || !strings.HasPrefix(m.Header.Get("List-Unsubscribe"), "<mailto:") || m.Header.Get("List-Unsubscribe-Post") != "" {
		t.Errorf("the mail is %s\n%s", fmt.Sprint(m.Header), m.Text)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}
