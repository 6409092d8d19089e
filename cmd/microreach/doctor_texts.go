package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins/phone"
	"github.com/microreach/microreach/notifier/twilio"
)

// textsView is what was seen of Twilio, once for the checks that want it.
type textsView struct {
	once     sync.Once
	account  twilio.Account
	clockOff time.Duration
	err      error
}

// publicAddress looks whether the service answers where the outside world would
// find it.
func (d *doctor) publicAddress(ctx context.Context) []finding {
	if !d.sound("programme") {
		return nil
	}
	public := d.cfg.Programme.PublicURL
	if public == "" {
		return ok("none: everything goes by reply, and serve names what is different then")
	}
	answer, err := health(ctx, public)
	switch {
	case err == nil && answer:
		return ok("%s reaches the service", public)
	case !d.home.running:
		return warn("run microreach serve, then microreach doctor again", "%s does not reach the service, which does not run", public)
	case err != nil:
		return warn("see whether the name, the certificate and the proxy are right; from inside a home network it may fail and yet work from outside", "%s does not answer: %v", public, err)
	}
	return warn("let the proxy pass everything below it to server.listen, path and query as they are", "%s is answered by something else than the service", public)
}

func health(ctx context.Context, public string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, public+"/healthz", nil)
	if err != nil {
		return false, err
	}
	resp, err := (&http.Client{Timeout: 8 * time.Second}).Do(req)
	if err != nil {
		return false, withoutAddress(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16))
	return err == nil && resp.StatusCode == http.StatusOK && strings.TrimSpace(string(text)) == "ok", nil
}

func withoutAddress(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// see asks Twilio, once.
func (d *doctor) see(ctx context.Context) *textsView {
	t := &d.texts
	t.once.Do(func() {
		var public *url.URL // callbacks play no part here
		o, err := d.smsOptions(d.cfg, public)
		if err != nil {
			t.err = err
			return
		}
		sender, err := twilio.New(o.Twilio)
		if err != nil {
			t.err = err
			return
		}
		defer sender.Close()
		t.account, t.err = sender.Inspect(ctx)
		t.clockOff = sender.ClockOff()
	})
	return t
}

func (d *doctor) textsOn() bool { return d.sound("twilio", "programme") && d.cfg.Twilio.enabled() }

func (d *doctor) twilio(ctx context.Context) []finding {
	if !d.textsOn() {
		return nil
	}
	t := d.see(ctx)
	switch {
	case errors.Is(t.err, twilio.ErrSignIn):
		return fail("copy account_sid and the auth token again from the first page of the Twilio console; an API key needs its own secret", "%v", twilio.ErrSignIn)
	case errors.Is(t.err, twilio.ErrAccount):
		return fail("look at the Twilio console: it says why (often the balance)", "%v", twilio.ErrAccount)
	case t.err != nil:
		return fail("see whether this machine is online and may reach "+d.cfg.Twilio.BaseURL, "Twilio does not answer: %v", t.err)
	}
	list := d.sender(t.account)
	if t.account.Trial {
		list = append(list, warn("upgrade the account before you write to anybody else",
			"this is a trial account: every text begins with a sentence of Twilio's, and only numbers that you verified get one")...)
	}
	return append(list, d.keywords()...)
}

// sender looks at the number or service that texts come from.
func (d *doctor) sender(a twilio.Account) (list []finding) {
	t := d.cfg.Twilio
	what := "twilio.from"
	if t.MessagingServiceSID != "" {
		what = "twilio.messaging_service_sid"
	}
	switch {
	case a.Status != "" && a.Status != "active":
		return fail("look at the Twilio console: it says why", "the account is %s", a.Status)
	case !a.Found:
		return fail("copy it from the Twilio console (Phone Numbers, Active numbers; or Messaging, Services)", "%s is none of this account's", what)
	case !a.TakesTexts:
		return fail("get a number that takes texts (SMS)", "%s takes no texts", what)
	}
	list = ok("the account is active, and %s is its own", what)
	return append(list, d.webhook(a)...)
}

// demoWebhook is what Twilio gives a new number: it answers every text with a
// sentence about Twilio.
const demoWebhook = "demo.twilio.com"

// webhook compares where Twilio hands texts to with where we expect them.
func (d *doctor) webhook(a twilio.Account) []finding {
	if a.Application {
		return warn("take the application out of the number's messaging settings", "a TwiML application decides about texts that come in, not the number's webhook")
	}
	if d.cfg.Twilio.Inbound == "poll" {
		switch {
		case strings.Contains(a.Webhook, demoWebhook):
			return fail("empty the webhook for incoming messages in the number's settings", "Twilio answers every text that comes in with its own demo sentence")
		case a.Webhook != "":
			return warn("empty the webhook for incoming messages in the number's settings, unless that program only listens", "texts that come in are handed to another program too, which may answer them")
		}
		return ok("texts that come in are fetched every %d s", d.cfg.Twilio.PollSeconds)
	}
	return d.pushed(a)
}

// pushed looks at the webhook of an installation that waits for it.
func (d *doctor) pushed(a twilio.Account) []finding {
	public, err := url.Parse(d.cfg.Programme.PublicURL)
	if err != nil {
		return nil // said by configuration
	}
	want, err := twilio.InboundURL(public)
	if err != nil {
		return fail("mend programme.public_url", "%v", err)
	}
	set := fmt.Sprintf("set the webhook for incoming messages to %s (POST)", want)
	address, _, _ := strings.Cut(want, "#")
	is, retries, _ := strings.Cut(a.Webhook, "#")
	switch {
	case a.ByNumber:
		return warn(set+" at each of its numbers", "the messaging service leaves texts that come in to the webhooks of its numbers, which are not looked at here")
	case is == "":
		return fail(set, "texts that come in are handed to nobody")
	case is != address:
		return fail(set, "texts that come in are handed to %s, not to programme.public_url", is)
	case a.Method != http.MethodPost:
		return fail(set, "texts that come in are handed over by %s, and only POST is taken", a.Method)
	case retries == "":
		return warn(set, "the webhook lacks what stands after #: without it Twilio tries only once more when we do not answer")
	}
	return ok("texts that come in are handed to programme.public_url")
}

// keywords says what Twilio answers by itself.
func (d *doctor) keywords() []finding {
	t := d.cfg.Twilio
	country := phone.Country(t.From)
	switch {
	case t.MessagingServiceSID != "":
		return ok("Twilio answers HELP and STOP with what stands in Advanced Opt-Out, which cannot be read from here; microreach kit 10dlc prints what belongs there")
	case country == "US" || country == "CA":
		return warn("for other people than yourself: put the number into a messaging service, and the words of microreach kit 10dlc into its Advanced Opt-Out",
			"Twilio answers HELP and STOP with its own words, which name neither you nor a crisis line")
	}
	return ok("HELP and STOP are answered by the service")
}

// clockMost is how far this machine's clock may be off before texts are held back,
// and clockNoted before it is worth a word.
const (
	clockMost  = 5 * time.Minute
	clockNoted = 30 * time.Second
)

const setClock = "set this machine's clock by NTP (timedatectl set-ntp true)"

// clock compares this machine's with Twilio's, and with the last mail in the
// mailbox, which cannot be from the future.
func (d *doctor) clock(ctx context.Context) []finding {
	if d.textsOn() {
		off := d.see(ctx).clockOff
		switch {
		case d.texts.err != nil && off == 0:
			return nil // Twilio did not answer, which is said
		case off.Abs() > clockMost:
			return fail(setClock, "it is %s off Twilio's, so no text would leave", off.Abs().Round(time.Second))
		case off.Abs() > clockNoted:
			return warn(setClock, "it is %s off Twilio's", off.Abs().Round(time.Second))
		}
		return ok("it agrees with Twilio's")
	}
	if !d.mailOn() || !d.cfg.IMAP.enabled() || !d.sound("imap") {
		return nil
	}
	m := d.peek(ctx)
	if m.err != nil {
		return nil // said by mail in
	}
	if ahead := m.sight.Newest.Sub(d.Now()); ahead > clockMost {
		return fail(setClock, "the last mail in the mailbox is from %s ahead of it", ahead.Round(time.Second))
	}
	return ok("no mail in the mailbox is from its future")
}
