package service_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// phone lets the person's phone send a text that no webhook brings.
func (p *post) phone(who checkins.ParticipantID, text string) {
	p.t.Helper()
	if _, err := p.twilio.Text(p.t.Context(), p.state(who).Addresses[0].Value, p.twilio.Number, text); err != nil {
		p.t.Fatal(err)
	}
}

// got is what the person's phone got since a number of texts had passed.
func (p *post) got(who checkins.ParticipantID, since int) (texts []string) {
	p.t.Helper()
	for _, m := range p.twilio.Thread(p.state(who).Addresses[0].Value)[since:] {
		if m.Direction == "outbound-api" {
			texts = append(texts, m.Body)
		}
	}
	return texts
}

func TestAfterAnOutageTextsThatCameAreReadBeforeAnyLeaves(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		stops, back, talks, silent := p.person(), p.person(), p.person(), p.person()
		p.pass(50 * time.Minute) // down, until the reminders are due
		p.phone(talks, "done 7")
		p.phone(stops, "please stop texting me")
		p.phone(back, "STOP")
		p.phone(back, "START")
		p.pass(10 * time.Minute)
		people := []checkins.ParticipantID{stops, back, talks, silent}
		passed := map[checkins.ParticipantID]int{}
		for _, who := range people {
			passed[who] = len(p.twilio.Thread(p.state(who).Addresses[0].Value))
		}

		p.twilio.MisbehaveList(twiliotest.Fault{Status: http.StatusServiceUnavailable, Code: 20503})
		before := p.twilio.Requests()
		p.drain()
		if n := p.twilio.Requests() - before; n != 0 {
			t.Errorf("while the list could not be read %d texts left", n)
		}
		p.drain()
		for _, text := range p.got(stops, passed[stops]) {
			if strings.Contains(text, "short text") {
				t.Errorf("after STOP came %q", text)
			}
		}
		if a := p.state(stops).Addresses[0].State; a != checkins.Stopped {
			t.Errorf("after STOP the address is %s", a)
		}
		if a := p.state(back).Addresses[0].State; a != checkins.Active {
			t.Errorf("after STOP and START the address is %s", a)
		}
		if list, err := p.Store.Records(t.Context(), talks, 10); err != nil || len(list) != 1 {
			t.Errorf("of an answer in the outage there are %d records, %v", len(list), err)
		}
		if p.prompts(silent) != 1 {
			t.Errorf("who said nothing got %d reminders", p.prompts(silent))
		}
	})
}

func TestTextsOfAnOutageCountOnceAndFromWhereverItBegan(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		who := p.person()
		p.phone(who, "done 3")
		p.pass(3 * 24 * time.Hour) // down
		p.phone(who, "done 8")
		for range 4 {
			p.drain()
			p.pass(2 * time.Minute) // each time long enough to look again
		}
		if list, err := p.Store.Records(t.Context(), who, 10); err != nil || len(list) != 2 {
			t.Errorf("two answers left %d records, %v", len(list), err)
		}
	})
}

func TestWhenTheClockJumpsForwardNothingLateIsSent(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		var people []checkins.ParticipantID
		for range 5 {
			people = append(people, p.person())
		}
		p.pass(72 * time.Hour)
		p.drain()
		for _, who := range people {
			if n := p.prompts(who); n > 1 {
				t.Errorf("after three days somebody gets %d reminders at once", n)
			}
		}
		if !strings.Contains(p.log.String(), "nothing was planned for a while") {
			t.Error("the outage is not told")
		}
	})
}

func TestWhenTheClockIsSetBackNothingIsSentTwice(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		who := p.person()
		p.pass(time.Hour)
		p.drain()
		p.pass(-90 * time.Minute)
		for range 12 {
			p.drain()
			p.pass(10 * time.Minute)
		}
		if n := p.prompts(who); n != 1 {
			t.Errorf("the reminder came %d times", n)
		}
	})
}

func TestALeaseFromTheFutureEnds(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		p.person()
		p.pass(time.Hour)
		who := p.person()
		p.say(who, "help")
		future := p.Now().AddDate(4, 0, 0)
		if ids, err := p.Store.Claim(t.Context(), checkins.SMS, p.Now(), future, 10); err != nil || len(ids) == 0 {
			t.Fatal(len(ids), err)
		}
		requeued, _, err := p.Store.Lapse(t.Context(), p.Now(), p.Now())
		if err != nil || requeued == 0 {
			t.Errorf("%d claims ended, %v", requeued, err)
		}
	})
}

func TestWithAWrongClockNoTextLeaves(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		who := p.person()
		p.pass(time.Hour)
		p.setSkew(7 * time.Minute)
		before := p.twilio.Requests()
		p.drain()
		if n := p.twilio.Requests() - before; n != 0 {
			t.Errorf("%d texts left by a clock that is 7 minutes off", n)
		}
		if !strings.Contains(p.log.String(), "NTP") {
			t.Error("the operator is not told")
		}
		p.setSkew(0)
		p.drain()
		if p.prompts(who) != 1 {
			t.Error("with the clock set right nothing left")
		}
	})
}

func TestWithNothingListeningPubliclyAllOfItWorks(t *testing.T) {
	polling := func(o *service.Options) { o.SMS.Poll, o.SMS.Twilio.PublicURL = true, nil }
	for name, database := range map[string]func() string{
		"sqlite":   func() string { return sqlite(t, "poll.db") },
		"postgres": func() string { return storetest.Prepared(t, prepared) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t, database(), polling)
			who := p.person()
			p.pass(time.Hour)
			p.twilio.Misbehave(twiliotest.CutAfter())
			p.drain()
			if m := p.prompt(who); m.State != checkins.Unknown || p.prompts(who) != 1 {
				t.Fatalf("the reminder is %s, and %d came", m.State, p.prompts(who))
			}
			p.phone(who, "done 7")
			p.pass(15 * time.Second)
			p.drain()
			if list, err := p.Store.Records(t.Context(), who, 10); err != nil || len(list) != 1 {
				t.Errorf("a reply left %d records, %v", len(list), err)
			}
			p.pass(2 * time.Minute)
			p.drain()
			if m := p.prompt(who); m.State != checkins.Delivered {
				t.Errorf("after a look into the list the reminder is %s", m.State)
			}
			for _, m := range p.twilio.Outbound() {
				if m.StatusCallback != "" {
					t.Errorf("Twilio was asked to call %s", m.StatusCallback)
				}
			}
		})
	}
}

func TestMoreThanTheRateCarriesIsNotPlannedAndTold(t *testing.T) {
	slow := store.Rate{Sender: twiliotest.Number, PerSecond: 1, Cost: func(checkins.Message) int { return 3000 }} // 50 minutes each
	p := newPost(t, sqlite(t, "rate.db"), func(o *service.Options) {
		o.Core.Rates = map[checkins.Channel]store.Rate{checkins.SMS: slow}
	})
	var people []checkins.ParticipantID
	for range 4 {
		people = append(people, p.person())
		p.pass(24 * time.Hour) // the question and the answer took their turns too
	}
	p.pass(time.Hour)
	p.drain()
	states := map[checkins.MessageState]int{}
	for _, who := range people {
		states[p.prompt(who).State]++
	}
	if states[checkins.Delivered] != 1 || states[checkins.Queued] != 1 || states[checkins.Expired] != 2 {
		t.Errorf("of four reminders at 50 minutes each: %v", states)
	}
	if log := p.log.String(); strings.Count(log, notifier.CrowdedText) != 1 || !strings.Contains(log, "not_planned=2") {
		t.Errorf("the operator hears: %s", log)
	}
}
