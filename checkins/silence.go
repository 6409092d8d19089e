package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

const day = 24 * time.Hour

// spacings are the steps that silence takes: once a week over all plans, then
// every two weeks, then once in thirty days. After them comes rest.
var spacings = []time.Duration{7 * day, 14 * day, 30 * day}

// patience is how many prompts in a row may stay unanswered before a step.
const patience = 3

// atRest is the step at which nothing comes any more until the person says so.
const atRest = 2

// unanswered counts the prompts that reached the person, asked for an answer
// and had none, since anything was heard of them.
func (s State) unanswered() int {
	n := 0
	for _, m := range s.Recent {
		arrived := m.State == Accepted || m.State == Delivered
		if m.Kind == Prompt && m.Asked != "" && arrived && m.BegunAt.After(s.Heard.At) {
			n++
		}
	}
	return n
}

// silence is the step that the unanswered prompts ask for, before the next one
// goes out: more room between them, or rest. Nothing else makes a pace slower
// by itself, and nothing makes it faster.
func (s State) silence() (who Participant, rest, changed bool) {
	who = s.Participant
	n := s.unanswered()
	switch {
	case who.Silence == 0 && n >= patience:
		spacing, ok := s.slowerSpacing()
		if !ok {
			return who, true, true
		}
		who.Spacing, who.Silence = spacing, 1
		return who, false, true
	case who.Silence > 0 && n >= 2*patience-1: // the note takes the place of the third
		return who, true, true
	}
	return who, false, false
}

// slowerSpacing is the first step that is clearly slower than all plans
// together are now; none when they come as seldom as the last one already.
func (s State) slowerSpacing() (time.Duration, bool) {
	perDay := 0.0
	for _, p := range s.Plans {
		if p.Status == PlanActive {
			perDay += p.rate()
		}
	}
	if s.Participant.Spacing > 0 {
		perDay = min(perDay, float64(day)/float64(s.Participant.Spacing))
	}
	for _, spacing := range spacings {
		if float64(day)/float64(spacing) < 0.9*perDay {
			return spacing, true
		}
	}
	return 0, false
}

// rate is how many prompts a day the plan sends.
func (p Plan) rate() float64 {
	span := map[pace.Unit]int{pace.Day: 1, pace.Week: 7, pace.Month: 30}[p.Pace.Unit] * p.Pace.Every
	if span == 0 {
		return 0
	}
	n := p.Pace.N
	if p.Pace.Unit == pace.Day && p.Pace.N == 1 && len(p.At) > 1 {
		n = len(p.At)
	}
	if p.Pace.Unit == pace.Day && p.Days != 0 {
		return float64(n*p.Days.Len()) / 7
	}
	return float64(n) / float64(span)
}

// lastStarted is when the last message that we start went out, or will.
func (s State) lastStarted() time.Time {
	var last time.Time
	for _, m := range s.Recent {
		if m.Kind.Started() && m.State != Expired && m.State != Withdrawn && m.NotBefore.After(last) {
			last = m.NotBefore
		}
	}
	return last
}

// After an outage nobody gets more than one message that we start within calm
// (rule 6); an outage is a planning round that did not run for longer than
// Outage.
const (
	calm   = time.Hour
	Outage = 5 * time.Minute
)

// CalmAfter is when the calm after an outage is over that ended at now.
func CalmAfter(now time.Time) time.Time { return now.Add(calm) }

// keepApart is the least time between two messages that we start: what is due
// earlier waits for it.
const keepApart = 15 * time.Minute

// slack lets a weekly plan keep its weekday and hour under a spacing of a week,
// whatever the clocks do.
const slack = 12 * time.Hour

// tooEarly reports whether the plan's due moment lies within the spacing that
// silence has made, and moves it behind that.
func (p *Plan) tooEarly(who Participant, last time.Time) bool {
	if who.Spacing == 0 || last.IsZero() {
		return false
	}
	free := last.Add(who.Spacing - slack)
	if !p.Due().At.Before(free) {
		return false
	}
	p.Later = Due{}
	p.Next = p.NextDue(who, free.Add(-time.Millisecond))
	return true
}

// apart is the due moment, moved behind the last message where the two would
// come together.
func (d Due) apart(last time.Time) Due {
	if free := last.Add(keepApart); d.At.Before(free) && !last.IsZero() {
		d.At, d.Why = free, "kept apart"
	}
	return d
}
