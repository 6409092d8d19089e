package store_test

import (
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

// sendNow asks for the next reminder at once and sends what comes of it.
func (l *life) sendNow() (checkins.Refusal, []string) {
	l.t.Helper()
	refused := checkins.NotRefused
	err := l.Decide(l.t.Context(), checkins.Who{Participant: l.who}, l.now, func(s checkins.State) (checkins.Effects, error) {
		e, refusal, err := l.rules.SendNow(s, "", l.now)
		refused = refusal
		return e, err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return refused, l.send()
}

func TestAReminderAskedForNowComesOnceAndThePlanGoesOn(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling hard-day small-favour upset-text", 19*60))
	before := l.me().Plans[0]
	refused, texts := l.sendNow()
	if refused != checkins.NotRefused || len(texts) != 1 {
		t.Fatalf("%q, and %d texts", refused, len(texts))
	}
	after := l.me().Plans[0]
	if after.Next != before.Next || after.Sent != before.Sent+1 {
		t.Errorf("the plan went from %+v to %+v", before, after)
	}
	if said := l.say("1, done 7"); said == "" || len(l.me().Records) != 1 {
		t.Errorf("its answer left %d records; %q", len(l.me().Records), said)
	}
	if came := l.until("2026-03-04 19:30"); len(came) != 1 {
		t.Errorf("the day's own reminder: %q", came)
	}
}

func TestTwoAskedForNowStayApartAndCountInTheDay(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/week", "one-feeling"))
	for i := range 3 {
		refused, texts := l.sendNow()
		atOnce := i == 0 // each of the others is asked for a moment after the one before
		if refused != checkins.NotRefused || atOnce != (len(texts) == 1) {
			t.Fatalf("number %d: %q, %d texts at once", i, refused, len(texts))
		}
		if !atOnce {
			l.now = l.now.Add(15 * time.Minute)
			if texts = l.send(); len(texts) != 1 {
				t.Fatalf("number %d: a quarter of an hour later %d texts", i, len(texts))
			}
		}
		l.say("done")
	}
	if refused, texts := l.sendNow(); refused != checkins.DayIsFull || len(texts) != 0 {
		t.Errorf("the fourth of a day: %q, %d texts", refused, len(texts))
	}
}

func TestWhatIsAskedForNowPassesTheGate(t *testing.T) {
	for name, test := range map[string]struct {
		before func(*life)
		want   checkins.Refusal
	}{
		"paused":     {func(l *life) { l.say("pause") }, checkins.Resting},
		"stopped":    {func(l *life) { l.say("stop") }, checkins.NotReachable},
		"finished":   {func(l *life) { l.say("finish") }, checkins.Resting},
		"at night":   {func(l *life) { l.now = l.now.Add(12 * time.Hour) }, checkins.OutOfHours},
		"unanswered": {func(l *life) { l.until("2026-03-09 12:00") }, checkins.Quieter},
		"no plan":    {func(*life) {}, checkins.PlanIsOver},
		"within an hour of an outage": {func(l *life) {
			if err := l.Beat(l.t.Context(), checkins.AfterOutage, l.now); err != nil {
				l.t.Fatal(err)
			}
			l.sendNow()
			l.now = l.now.Add(16 * time.Minute)
		}, checkins.OneAnHour},
	} {
		t.Run(name, func(t *testing.T) {
			plans := []checkins.Plan{rhythm("1/day", "one-feeling", 19*60)}
			if name == "no plan" {
				plans = nil
			}
			l := onPaper(t).live(t, nil, plans...)
			test.before(l)
			if refused, texts := l.sendNow(); refused != test.want || len(texts) != 0 {
				t.Errorf("refused for %q, not %q, and %d texts", refused, test.want, len(texts))
			}
		})
	}
}
