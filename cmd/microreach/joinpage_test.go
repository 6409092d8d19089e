package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// entrance is a service that strangers join by its page, with a phone and a mailbox
// at its far ends.
type entrance struct {
	*command
	at      string // where the pages are
	carrier *twiliotest.Server
	post    *emailtest.Server
}

func openEntrance(t *testing.T) *entrance {
	t.Helper()
	e := &entrance{command: newCommand(t)}
	clock := func() time.Time { return morning }
	e.carrier = leaktest.On(t).Twilio(twiliotest.Options{CallbackDelay: time.Millisecond, RetryDelay: time.Millisecond, Now: clock})
	var err error
	if e.post, err = leaktest.On(t).Mail(emailtest.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.post.Close() })
	address := freeAddress(t)
	e.at = "http://" + address
	e.carrier.SetInbound(e.at + twilio.InboundPath)
	e.must("init")
	e.settings(fmt.Sprintf("[programme]\ncontact = 'care@example.org'\nzone = 'America/New_York'\npublic_url = '%s'\n[server]\nlisten = '%s'\n[joining]\nplan = 'small-reach-weekly'\n"+
		"[twilio]\naccount_sid = '%s'\nauth_token = '%s'\nfrom = '%s'\nbase_url = '%s'\n[smtp]\nhost = '%s'\nport = %d\ntls = 'none'\nfrom = 'reach@example.org'\n",
		e.at, address, twiliotest.AccountSID, twiliotest.AuthToken, twiliotest.Number, e.carrier.URL, e.post.Host(), e.post.Port()))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan string, 1)
	go func() {
		_, _, errs := e.runContext(ctx, "serve")
		done <- errs
	}()
	t.Cleanup(func() {
		stop()
		if errs := <-done; t.Failed() {
			t.Log(errs)
		}
	})
	until(t, "the service", func() bool {
		r, err := http.Get(e.at + "/healthz")
		return err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
	return e
}

// press posts a form, and gives the page that follows.
func (e *entrance) press(address string, form url.Values) string {
	e.t.Helper()
	r, err := http.PostForm(address, form)
	return e.page(r, err)
}

func (e *entrance) open(address string) string {
	e.t.Helper()
	r, err := http.Get(address)
	return e.page(r, err)
}

func (e *entrance) page(r *http.Response, err error) string {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		e.t.Fatalf("%d: %v\n%s", r.StatusCode, err, raw)
	}
	return string(raw)
}

// text is the nth text that came to a phone.
func (e *entrance) text(phone string, n int) (body string) {
	e.t.Helper()
	until(e.t, "a text", func() bool {
		seen := 0
		for _, m := range e.carrier.Thread(phone) {
			if m.Direction != "inbound" {
				if seen++; seen == n {
					body = m.Body
				}
			}
		}
		return body != ""
	})
	return body
}

func (e *entrance) mail(mailbox string, n int) string {
	e.t.Helper()
	until(e.t, "a mail", func() bool { return len(e.post.Mailbox(mailbox)) >= n })
	return e.post.Mailbox(mailbox)[n-1].Text
}

// shown is what the operator sees of whoever has an address of the channel.
func (e *entrance) shown(channel string) string {
	e.t.Helper()
	for line := range strings.Lines(e.must("participant", "list")) {
		if strings.Contains(line, channel+" active") {
			id, _, _ := strings.Cut(line, " ")
			return e.must("participant", "show", id)
		}
	}
	e.t.Fatalf("nobody has an active address by %s", channel)
	return ""
}

func (e *entrance) says(where, page string, words ...string) {
	e.t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			e.t.Errorf("%s does not say %q:\n%s", where, w, page)
		}
	}
}

// Two people fill in the form, one for a phone, one in Spanish for a mailbox, and
// get what they chose when they have said yes.
func TestWhoFillsInTheFormGetsThatPlanAfterTheirYes(t *testing.T) {
	e := openEntrance(t)
	const phone, mailbox = "+12125550147", "lucia@participant.net"
	agreed := url.Values{"agree": {"yes"}, "adult": {"yes"}, "offer": {"own"}, "do": {"join"}}
	with := func(more url.Values) url.Values {
		for name, values := range agreed {
			more[name] = values
		}
		return more
	}
	e.says("the form", e.press(e.at+"/join", with(url.Values{
		"address": {"(212) 555-0147"}, "plan": {"evening-journal"}, "n": {"3"}, "unit": {"week"}, "day": {"mon", "wed", "fri"}, "at": {"06:45", "", ""},
		"practice": {"soften", "tension"},
	})), "One more step")
	e.says("the question", e.text(phone, 1), "small reminders that you choose, 3 a week. Reply YES to start (18+)")
	if _, err := e.carrier.Text(t.Context(), phone, e.carrier.Number, "Yes"); err != nil {
		t.Fatal(err)
	}
	e.says("the welcome", e.text(phone, 2), "you're in. First one Wed 4 Mar 06:45")
	e.says("the plan", e.shown("sms"), "active by sms: 3/week on mon,wed,fri 06:45",
		"next   Wed 4 Mar 2026 06:45  soften or tension by sms (slot)", "next   Fri 6 Mar 2026 06:45", "next   Mon 9 Mar 2026 06:45")

	e.says("the form", e.press(e.at+"/join?lang=es", with(url.Values{
		"address": {mailbox}, "plan": {"small-reach-weekly"}, "n": {"2"}, "unit": {"day"}, "at": {"08:00", "21:30"}, "zone": {"Europe/Madrid"},
		"practice": {"win", "unsent-letter"}, "screen": {"discreet"}, "keep": {"everything"}, "locale": {"es"},
	})), `<html lang="es">`, "Un paso más")
	question := e.mail(mailbox, 1)
	e.says("the question", question, ", 2 a") // in whatever language mails are
	confirm := regexp.MustCompile(`http://\S+/c/\w+`).FindString(question)
	e.says("the page", e.open(confirm), `<html lang="es">`, "2 al día")
	e.says("the page", e.press(confirm, url.Values{"do": {"confirm"}}), `<html lang="es">`, "hoy a las 21:30")
	welcome := e.mail(mailbox, 2)
	e.says("the welcome", welcome, " 21:30.")
	e.says("the plan", e.shown("email"), "zone Europe/Madrid", "active by email: 2/day 08:00 21:30",
		"next   Mon 2 Mar 2026 21:30", "next   Tue 3 Mar 2026 08:00", "win or unsent-letter by email (slot)")
	settings := regexp.MustCompile(`http://\S+/s/\w+`).FindString(welcome)
	e.says("the settings", e.open(settings), `<html lang="es">`)
	e.says("the settings", e.open(settings+"?you=1"), `name="discreet" value="yes" checked`, `value="everything" checked`)
}
