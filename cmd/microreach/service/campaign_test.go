package service_test

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// crash is where in a delivery a process ends. Everything before it is
// committed, nothing after it happens.
type crash string

const (
	nowhere      crash = "no crash"
	afterClaim   crash = "after Claim"
	afterBegin   crash = "after Begin"  // before the first byte
	beforeSettle crash = "after Send"   // the provider answered, and nobody wrote it down
	afterSettle  crash = "after Settle" // before what it says of the address
)

var errCrash = errors.New("the process ends here")

// dying is the ports of a Dispatcher in a process that ends at a point.
type dying struct {
	*post
	notifier.Sender
	at crash
}

func (d dying) Claim(ctx context.Context, c checkins.Channel, now, lease time.Time, limit int) ([]checkins.MessageID, error) {
	ids, err := d.Store.Claim(ctx, c, now, lease, limit)
	if d.at == afterClaim {
		err = errCrash
	}
	return ids, err
}

func (d dying) Release(ctx context.Context, ids []checkins.MessageID, now time.Time) error {
	if d.at != nowhere {
		return nil // who is dead puts nothing back
	}
	return d.Store.Release(ctx, ids, now)
}

func (d dying) Begin(ctx context.Context, id checkins.MessageID, perDay int, now, lease time.Time) (checkins.Outgoing, error) {
	out, err := d.Store.Begin(ctx, id, perDay, now, lease)
	if d.at == afterBegin && err == nil {
		err = errCrash
	}
	return out, err
}

func (d dying) Settle(ctx context.Context, x checkins.Settlement) error {
	if d.at == beforeSettle {
		return errCrash
	}
	if err := d.Store.Settle(ctx, x); err != nil || d.at == nowhere {
		return err
	}
	return errCrash
}

// dispatch lets a process that ends at a point, with a worker for each message,
// deliver what is due.
func (p *post) dispatch(at crash, workers int) {
	p.t.Helper()
	base, err := url.Parse(p.twilio.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	sender, err := twilio.New(twilio.Options{
		AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: twiliotest.Number, BaseURL: base, PublicURL: p.here,
		Timeout: 500 * time.Millisecond, Now: p.Now,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	defer sender.Close()
	d := dying{p, sender, at}
	run := notifier.Dispatcher{
		Channel: checkins.SMS, Queue: d, Ledger: d, Sender: d, Witness: checkins.Witness{Decider: p.Store}, Workers: workers, PerDay: 99,
		Now: p.Now, Clock: p.Now, Log: leaktest.On(p.t).Log(),
	}
	if _, err := run.Run(p.t.Context()); err != nil && !errors.Is(err, errCrash) {
		p.t.Fatal(err)
	}
}

// campaign holds the faults of Twilio, and whether the message was taken.
func campaign() []twiliotest.Fault {
	silent := func(f twiliotest.Fault) twiliotest.Fault {
		f.Callbacks, f.Name = twiliotest.Never, f.Name+", no callbacks"
		return f
	}
	return []twiliotest.Fault{
		{Name: "none"}, silent(twiliotest.Fault{Name: "none"}),
		twiliotest.Slow(time.Second), silent(twiliotest.Slow(time.Second)),
		twiliotest.TooMany(30), twiliotest.ServerError(), silent(twiliotest.ServerError()), twiliotest.ServerErrorLost(),
		twiliotest.CutBefore(), twiliotest.CutAfter(), silent(twiliotest.CutAfter()),
		twiliotest.HTML(http.StatusBadGateway, true), twiliotest.HTML(http.StatusBadGateway, false), silent(twiliotest.BrokenJSON()), silent(twiliotest.NoSID()),
		twiliotest.CallbacksLate(300 * time.Millisecond), twiliotest.CallbacksReversed(), twiliotest.CallbacksTwice(),
		twiliotest.Refuse(http.StatusBadRequest, 21610), twiliotest.Refuse(http.StatusUnauthorized, 20003), twiliotest.Undeliverable(30003), twiliotest.Undeliverable(30005),
	}
}

// tally is what a row of the campaign came to.
type tally struct {
	messages, taken, unknown, resent, lost int
	states                                 map[checkins.MessageState]int
}

// final is where a message may stay.
var final = map[checkins.MessageState]bool{
	checkins.Accepted: true, checkins.Delivered: true, checkins.Undelivered: true, checkins.Failed: true,
	checkins.UnknownNotResent: true, checkins.Expired: true, checkins.Withdrawn: true,
}

func (p *post) tally(people []checkins.ParticipantID) tally {
	t := tally{states: map[checkins.MessageState]int{}}
	for _, who := range people {
		m := p.prompt(who)
		t.messages++
		t.states[m.State]++
		if !final[m.State] {
			t.lost++
		}
		if m.State == checkins.UnknownNotResent {
			t.unknown++
		}
		arrived := 0
		for _, text := range p.twilio.Thread(p.state(who).Addresses[0].Value) {
			if strings.Contains(text.Body, "short text") {
				t.taken++
				if text.Status != "undelivered" { // which Twilio itself says did not arrive
					arrived++
				}
			}
		}
		t.resent += max(arrived-1, 0)
	}
	return t
}

var campaignPeople = flag.Int("people", 1, "people in each row of the campaign of faults and crashes")

// TestEveryFaultAtEveryPointOfACrash is the promise: whatever Twilio does and
// wherever the process ends, nobody gets a slot twice and every message ends
// accounted for.
func TestEveryFaultAtEveryPointOfACrash(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		t.Logf("%-36s %-13s %8s %6s %8s %7s %5s  %s", "fault", "crash", "messages", "taken", "unknown", "resent", "lost", "ends")
		var sum tally
		points := []crash{nowhere, afterClaim, afterBegin, beforeSettle, afterSettle}
		if testing.Short() {
			points = []crash{beforeSettle}
		}
		for _, fault := range campaign() {
			for _, at := range points {
				row := p.campaign(fault, at, *campaignPeople)
				t.Logf("%-36s %-13s %8d %6d %8d %7d %5d  %v", fault.Name, at, row.messages, row.taken, row.unknown, row.resent, row.lost, row.states)
				if row.resent > 0 || row.lost > 0 {
					t.Errorf("%s, %s: %d came twice, %d are not accounted for", fault.Name, at, row.resent, row.lost)
				}
				sum.messages, sum.taken, sum.unknown = sum.messages+row.messages, sum.taken+row.taken, sum.unknown+row.unknown
			}
		}
		if attempt, n := p.twilio.MostCreated(); n > 1 {
			t.Errorf("attempt %s was created %d times", attempt, n)
		}
		t.Logf("in all %d messages, %d taken, %d unknown and not resent, resent 0, lost 0", sum.messages, sum.taken, sum.unknown)
	})
}

// campaign lets a fault meet the reminders of some people in a process that
// ends, and another process carry on for an hour and a half.
func (p *post) campaign(fault twiliotest.Fault, at crash, n int) tally {
	p.t.Helper()
	var people []checkins.ParticipantID
	for range n {
		people = append(people, p.person())
	}
	p.pass(time.Hour)
	for _, who := range people {
		p.planFor(who)
	}
	p.suffer(func() twiliotest.Fault { return fault })
	p.dispatch(at, n)
	p.suffer(nil)
	if err := p.twilio.Settle(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	for _, step := range []time.Duration{time.Minute, time.Minute, 2 * time.Minute, 4 * time.Minute, 7 * time.Minute, 45 * time.Minute, 15 * time.Minute, 16 * time.Minute} {
		p.pass(step)
		if _, _, err := p.Store.Lapse(p.t.Context(), p.Now(), p.Now()); err != nil {
			p.t.Fatal(err)
		}
		p.drain()
	}
	row := p.tally(people)
	for _, who := range people {
		p.say(who, "STOP") // the next row is about others
	}
	if _, err := p.Store.Resume(p.t.Context(), "", p.Now()); err != nil {
		p.t.Fatal(err)
	}
	p.drain()
	p.pass(24*time.Hour - 151*time.Minute)
	return row
}
