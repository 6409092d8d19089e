package service_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// post is a whole service for texts that is moved by hand: Now stands still
// until a test moves it, and nothing is done until Drain.
type post struct {
	*service.Service
	t      *testing.T
	twilio *twiliotest.Server
	here   *url.URL // where callbacks come to
	log    *lockedBuffer
	faults func() twiliotest.Fault // of each create; nil = none
	phones int
	skew   time.Duration // of Twilio's clock

	mu  sync.Mutex
	now time.Time
}

// lockedBuffer is a log that may be read while others write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var wednesday = time.Date(2026, time.March, 4, 17, 0, 0, 0, time.UTC)

func (p *post) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *post) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

func (p *post) twilioNow() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.Add(p.skew)
}

func (p *post) setSkew(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skew = d
}

// suffer sets the faults of the creates from here on; nil ends them.
func (p *post) suffer(faults func() twiliotest.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = faults
}

// newPost builds a post on a database; callbacks reach it, unless late is set.
func newPost(t *testing.T, database string, alter func(*service.Options)) *post {
	t.Helper()
	p := &post{t: t, log: &lockedBuffer{}, now: wednesday}
	p.twilio = leaktest.On(t).Twilio(twiliotest.Options{Now: p.twilioNow, Faults: func(int) twiliotest.Fault {
		p.mu.Lock()
		next := p.faults
		p.mu.Unlock()
		if next == nil {
			return twiliotest.Fault{}
		}
		return next()
	}})
	var hooks http.Handler
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hooks.ServeHTTP(w, r) }))
	t.Cleanup(web.Close)
	here, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.here = here
	base, err := url.Parse(p.twilio.URL)
	if err != nil {
		t.Fatal(err)
	}
	core := coreOptions(database, vault.Ephemeral(), leaktest.On(t).Log(p.log))
	core.Now = p.Now
	o := service.Options{
		Core: core, Clock: p.Now,
		SMS: &service.SMS{Twilio: twilio.Options{
			AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: twiliotest.Number, BaseURL: base, PublicURL: here, Now: p.Now,
		}, AuthTokens: []string{twiliotest.AuthToken}},
	}
	if alter != nil {
		alter(&o)
	}
	if p.Service, err = newService(t, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Store.Close() })
	hooks, err = twilio.Handler(twilio.HookOptions{
		PublicURL: here, AuthTokens: []string{twiliotest.AuthToken}, Receiver: p.Inbox, Witness: checkins.Witness{Decider: p.Store}, Now: p.Now, Log: core.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// onBothPosts runs a test on SQLite and on PostgreSQL.
func onBothPosts(t *testing.T, test func(*testing.T, *post)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, newPost(t, sqlite(t, "post.db"), nil))
	})
	t.Run("postgres", func(t *testing.T) { test(t, newPost(t, storetest.Prepared(t, prepared), nil)) })
}

// person enrols somebody who said yes; a reminder is due in an hour and once a
// day. What was sent for it is not kept.
func (p *post) person() checkins.ParticipantID {
	p.t.Helper()
	p.phones++
	id, number, now := checkins.ParticipantID(newID()), fmt.Sprintf("+1212555%04d", p.phones), p.Now()
	err := p.Enrol(p.t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: id, Name: "Canary Nightingale", Zone: "UTC", Locale: "en", CreatedAt: now, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number}},
		Plans: []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"check-in-text"}, Channel: checkins.SMS, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Day}, At: []pace.Clock{pace.Clock(now.Hour()*60 + now.Minute() + 60)}, Anchor: pace.DateOf(now), CreatedAt: now,
		}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.say(id, "YES")
	p.drain()
	return id
}

func (p *post) say(who checkins.ParticipantID, text string) {
	p.t.Helper()
	in := checkins.Incoming{Channel: checkins.SMS, ProviderID: "SM" + newID(), From: p.state(who).Addresses[0].Value, Text: text, At: p.Now()}
	if err := p.Inbox.Receive(p.t.Context(), in); err != nil {
		p.t.Fatal(err)
	}
}

// drain does all that is due, callbacks included.
func (p *post) drain() {
	p.t.Helper()
	if err := p.Drain(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	if err := p.twilio.Settle(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) state(who checkins.ParticipantID) checkins.State {
	p.t.Helper()
	s, err := p.Store.State(p.t.Context(), checkins.Who{Participant: who}, p.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// prompt is the person's newest prompt.
func (p *post) prompt(who checkins.ParticipantID) checkins.Message {
	p.t.Helper()
	for _, m := range p.state(who).Recent {
		if m.Kind == checkins.Prompt {
			return m
		}
	}
	p.t.Fatal("there is no prompt")
	return checkins.Message{}
}

// prompts is how many prompts Twilio took for the person.
func (p *post) prompts(who checkins.ParticipantID) (n int) {
	for _, m := range p.twilio.Thread(p.state(who).Addresses[0].Value) {
		if strings.Contains(m.Body, "short text") {
			n++
		}
	}
	return n
}

func TestAnUnknownTextIsSettledByEvidenceAndNeverSentAgain(t *testing.T) {
	lost := func(f twiliotest.Fault) twiliotest.Fault { f.Callbacks = twiliotest.Never; return f }
	cases := []struct {
		fault twiliotest.Fault
		taken int
		soon  checkins.MessageState // at once
		after time.Duration
		then  checkins.MessageState // after that
	}{
		{twiliotest.CutAfter(), 1, checkins.Delivered, 0, checkins.Delivered}, // by the callback's token
		{twiliotest.ServerError(), 1, checkins.Delivered, 0, checkins.Delivered},
		{lost(twiliotest.CutAfter()), 1, checkins.Unknown, 2 * time.Minute, checkins.Delivered}, // by the list
		{lost(twiliotest.BrokenJSON()), 1, checkins.Unknown, 2 * time.Minute, checkins.Delivered},
		{lost(twiliotest.NoSID()), 1, checkins.Unknown, 2 * time.Minute, checkins.Delivered},
		{lost(twiliotest.HTML(502, true)), 1, checkins.Unknown, 2 * time.Minute, checkins.Delivered},
		{twiliotest.CutBefore(), 0, checkins.Unknown, 2 * time.Minute, checkins.Unknown},
		{twiliotest.CutBefore(), 0, checkins.Unknown, 10 * time.Minute, checkins.UnknownNotResent},
		{twiliotest.ServerErrorLost(), 0, checkins.Unknown, 10 * time.Minute, checkins.UnknownNotResent},
	}
	onBothPosts(t, func(t *testing.T, p *post) {
		for _, c := range cases {
			who := p.person()
			p.pass(time.Hour)
			p.twilio.Misbehave(c.fault)
			p.drain()
			if got := p.prompt(who).State; got != c.soon {
				t.Errorf("%s: at once it is %s, not %s", c.fault.Name, got, c.soon)
			}
			p.pass(c.after)
			p.drain()
			if got := p.prompt(who).State; got != c.then {
				t.Errorf("%s: after %s it is %s, not %s", c.fault.Name, c.after, got, c.then)
			}
			p.pass(time.Hour)
			p.drain()
			if got := p.prompts(who); got != c.taken {
				t.Errorf("%s: Twilio took it %d times, not %d", c.fault.Name, got, c.taken)
			}
			p.say(who, "STOP") // the next case is about somebody else
			p.pass(10 * time.Hour)
		}
	})
}
