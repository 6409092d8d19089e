package service_test

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
	"github.com/microreach/microreach/templates"
)

// shop is the running service with a person for each entry of the catalogue and
// channel. Texts go by HTTP and mails by SMTP; only the time is ours.
type shop struct {
	*service.Service
	t       *testing.T
	now     atomic.Int64
	phone   *twiliotest.Server
	mailbox *emailtest.Server
	people  []*customer
}

// customer is somebody whose plan holds one entry only.
type customer struct {
	*shop
	id       checkins.ParticipantID
	practice checkins.Practice
	channel  checkins.Channel
	address  string
	discreet bool
}

func (s *shop) clock() time.Time { return time.UnixMilli(s.now.Load()).UTC() }

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t}
	s.now.Store(begin.Add(10 * time.Hour).UnixMilli())
	s.phone = leaktest.On(t).Twilio(twiliotest.Options{Now: s.clock, CallbackDelay: time.Millisecond})
	var err error
	if s.mailbox, err = leaktest.On(t).Mail(emailtest.Options{Now: s.clock}); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	here := &url.URL{Scheme: "http", Host: socket.Addr().String()}
	s.phone.SetInbound(here.String() + twilio.InboundPath)
	base, err := url.Parse(s.phone.URL)
	if err != nil {
		t.Fatal(err)
	}
	v, log := vault.Ephemeral(), leaktest.On(t).Log()
	core := coreOptions(sqlite(t, "catalogue.db"), v, log)
	core.Now, core.PublicURL = s.clock, here
	s.Service, err = newService(t, service.Options{
		Core: core, Socket: socket, Clock: time.Now,
		SMS: &service.SMS{
			Twilio: twilio.Options{
				AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: s.phone.Number,
				PublicURL: here, BaseURL: base, Now: s.clock,
			},
			AuthTokens: []string{twiliotest.AuthToken},
		},
		Mail: &service.Mail{
			SMTP: email.Options{
				Host: s.mailbox.Host(), Port: s.mailbox.Port(), TLS: email.TLSNone,
				From: mail.Address{Name: "Microreach", Address: "checkin@microreach.example"}, Token: v.Token, Now: s.clock,
			},
			Inbound: &email.ListenerOptions{Listen: "127.0.0.1:0", Intake: email.Intake{Address: "checkin@microreach.example", Now: s.clock, Log: log}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		_ = s.mailbox.Close()
	})
	return s
}

// enrol takes somebody in whose plan by the channel holds one entry.
func (s *shop) enrol(p checkins.Practice, channel checkins.Channel, discreet bool) (*customer, error) {
	n := len(s.people)
	c := &customer{shop: s, id: checkins.ParticipantID(newID()), practice: p, channel: channel, discreet: discreet}
	c.address = fmt.Sprintf("+1212556%04d", n)
	if channel == checkins.Email {
		c.address = fmt.Sprintf("person%d@mail.example", n)
	}
	err := s.Enrol(s.t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{
			ID: c.id, Zone: "UTC", Locale: "en", Discreet: discreet, CreatedAt: s.clock(),
			Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
		},
		Addresses: []checkins.Address{{ID: checkins.AddressID(newID()), Channel: channel, Value: c.address}},
		Plans: []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{p.ID}, Channel: channel, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Week}, At: []pace.Clock{19 * 60}, Anchor: pace.DateOf(begin), CreatedAt: s.clock(),
		}},
	})
	if err == nil {
		s.people = append(s.people, c)
	}
	return c, err
}

// goOn sends what is due now.
func (s *shop) goOn() {
	s.t.Helper()
	if err := s.Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// say writes to the service as the person's phone or mail program would.
func (c *customer) say(text string) {
	c.t.Helper()
	if c.channel == checkins.SMS {
		receipt, err := c.phone.Text(c.t.Context(), c.address, c.phone.Number, text)
		if err != nil || receipt.Status != 200 {
			c.t.Fatalf("%s: the webhook answered %d, %v", c.practice.ID, receipt.Status, err)
		}
		return
	}
	inbox := c.mailbox.Mailbox(c.address)
	if err := c.mailbox.Reply(c.t.Context(), c.MailAddress().String(), inbox[len(inbox)-1], text); err != nil {
		c.t.Fatalf("%s: %v", c.practice.ID, err)
	}
}

// newest is the last that came.
func (c *customer) newest() string {
	if c.channel == checkins.Email {
		inbox := c.mailbox.Mailbox(c.address)
		return inbox[len(inbox)-1].Text
	}
	last := ""
	for _, m := range c.phone.Thread(c.address) {
		if m.Direction != "inbound" {
			last = m.Body
		}
	}
	return last
}

// words are those of the entry, as they are said in full at its first turn.
func (c *customer) words() string {
	c.t.Helper()
	w, err := c.Words.Words(checkins.Say{
		Template: "show", Channel: checkins.SMS, Person: checkins.Participant{Zone: "UTC"}, Practice: c.practice.ID, Now: c.clock(),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return w.Text
}

// Answers of all sorts, and what must stand after them.
const (
	note  = "we cooked, and I stayed at the table"
	guess = "they will be too busy"
)

// answers is how the entry asks to be answered over the channel, a message
// each, and the record that must come of it.
func (c *customer) answers() (texts []string, want checkins.CheckIn) {
	p, number := c.practice, func(n float64) *float64 { return &n }
	byText := c.channel == checkins.SMS
	switch p.Asks {
	case reply.AfterRating:
		return []string{"7"}, checkins.CheckIn{Rating: number(7)}
	case reply.AfterBeforeAfter:
		return []string{"done 8 3"}, checkins.CheckIn{Outcome: reply.OutcomeDone, RatingBefore: number(8), Rating: number(3)}
	case reply.AfterPrediction:
		if byText {
			return []string{guess, "done", note}, checkins.CheckIn{Outcome: reply.OutcomeDone, Expectation: guess, Note: note}
		}
		return []string{guess, "DONE"}, checkins.CheckIn{Outcome: reply.OutcomeDone, Expectation: guess}
	case reply.AfterReach:
		want = checkins.CheckIn{Outcome: reply.OutcomeDone}
		switch {
		case !byText || !p.After:
			return []string{"DONE"}, want
		case p.Measure != "":
			want.Rating = number(6)
			return []string{"DONE", "6"}, want
		}
		want.Note = note
		return []string{"DONE", note}, want
	}
	if byText && p.Parts > 1 {
		for n := range p.Parts {
			texts = append(texts, fmt.Sprintf("%s, part %c", note, 'a'+n))
		}
		return texts, checkins.CheckIn{Note: strings.Join(texts, "\n")}
	}
	return []string{note}, checkins.CheckIn{Note: note}
}

// check compares the person's one record with what must stand.
func (c *customer) check(want checkins.CheckIn) {
	c.t.Helper()
	records, err := c.Store.Records(c.t.Context(), c.id, 10)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(records) != 1 {
		c.t.Errorf("%s by %s: %d records, want one", c.practice.ID, c.channel, len(records))
		return
	}
	want.Practice, want.Remembered = c.practice.ID, want.RatingBefore != nil
	got := records[0]
	got.Feelings, got.Sensations = nil, nil
	if brief(got) != brief(want) || got.Kind != c.practice.Kind || got.Channel != c.channel {
		c.t.Errorf("%s by %s is recorded as %s %s, want %s %s", c.practice.ID, c.channel, got.Kind, brief(got), c.practice.Kind, brief(want))
	}
}

// The whole catalogue, through every door: each entry goes out on each of its
// channels, is answered in the way it asks, and stands as one record.
func TestEveryEntryOfTheCatalogueIsSentAnsweredAndRecorded(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	s := openShop(t)
	for _, p := range s.Words.Practices() {
		for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
			_, err := s.enrol(p, channel, false)
			if byMailOnly := p.Page && channel == checkins.SMS; byMailOnly != (err != nil) {
				t.Errorf("%s by %s: enrolled with %v", p.ID, channel, err)
			}
		}
		if !p.Page {
			if _, err := s.enrol(p, checkins.SMS, true); err != nil {
				t.Errorf("%s, discreet: %v", p.ID, err)
			}
		}
	}
	s.goOn()
	for _, c := range s.people {
		c.say("YES")
	}
	s.goOn()
	s.now.Store(begin.Add(19 * time.Hour).UnixMilli())
	s.goOn()
	for _, c := range s.people {
		c.prompted()
	}
	s.converse()
	if n := len(s.people); n < 100 {
		t.Errorf("only %d people took part", n)
	}
}

// prompted checks that the reminder came, in full or discreetly.
func (c *customer) prompted() {
	c.t.Helper()
	came, full := c.newest(), strings.TrimPrefix(c.words(), "Microreach: ")
	switch {
	case c.channel == checkins.Email:
		if !strings.Contains(came, "LATER and NOT TODAY are whole answers too.") || strings.Contains(came, "You're in") {
			c.t.Errorf("%s by mail: there came %q", c.practice.ID, came)
		}
	case c.discreet:
		if strings.Contains(came, full) || !strings.Contains(came, "SHOW") {
			c.t.Errorf("%s, discreet: there came %q", c.practice.ID, came)
		}
	case !strings.Contains(came, full):
		c.t.Errorf("%s: there came %q, want %q", c.practice.ID, came, full)
	}
	if c.channel == checkins.SMS {
		if encoding, n := templates.Segments(came); n != 1 {
			c.t.Errorf("%s: %d segments of %s: %q", c.practice.ID, n, encoding, came)
		}
	}
}

// converse lets everybody give their answers, one message each in turn.
func (s *shop) converse() {
	s.t.Helper()
	for _, c := range s.people {
		if c.discreet {
			c.say("SHOW")
		}
	}
	s.goOn()
	for _, c := range s.people {
		if c.discreet && c.newest() != c.words() {
			s.t.Errorf("SHOW for %s gives %q, want %q", c.practice.ID, c.newest(), c.words())
		}
	}
	for turn := range 3 {
		s.now.Add((3 * time.Minute).Milliseconds())
		for _, c := range s.people {
			if texts, _ := c.answers(); !c.discreet && turn < len(texts) {
				c.say(texts[turn])
			}
		}
		s.goOn()
	}
	for _, c := range slices.DeleteFunc(slices.Clone(s.people), func(c *customer) bool { return c.discreet }) {
		_, want := c.answers()
		c.check(want)
	}
}
