package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

const day = 24 * time.Hour

// spacings are the steps that silence takes: once a week over all plans, then
// every two weeks, then once in thirty days. After them comes rest.
var spacings = []time.Duration{7 * day, 14 * day, 30 * day}

// patience is how many prompts in a row may stay unanswered before a step.
const patience = 3

// Silence is how far unanswered prompts have led since the person was last
// heard. The zero value is not at all.
type Silence int

// The steps of silence.
const (
	SilenceNone       Silence = iota
	SilenceTapered            // the plans come more seldom together, and that was said
	SilenceLast               // and the prompt that goes before rest has said so
	SilenceLastAtOnce         // the same without a slower pace between: there was none
)

// step is what silence asks for when a prompt is due.
type step int

const (
	noStep   step = iota
	taper         // from this prompt on they come more seldom; it says so
	lastOne       // this prompt says that rest follows if it is not answered
	restsNow      // nothing goes out any more
)

// unanswered counts the prompts that reached the person, asked for an answer
// and had none, since anything was heard of them. Plans that need no answer do
// not ask for one.
func (s State) unanswered() int {
	n := 0
	for _, m := range s.Recent {
		arrived := m.State == Accepted || m.State == Delivered
		if m.Kind == Prompt && m.Asked != "" && arrived && m.BegunAt.After(s.Heard.At) && s.tapers(m.Plan) {
			n++
		}
	}
	return n
}

// tapers reports whether silence makes the plan slower.
func (s State) tapers(id PlanID) bool {
	p := s.Plan(id)
	return p == nil || !p.NoAnswer
}

// silence is the step that the unanswered prompts ask for, before the next one
// goes out, and the person as that step leaves them. Nothing else makes a pace
// slower by itself, and nothing makes it faster. The note that rest follows
// stands in the last prompt, so that silence is never answered with a message
// of its own.
func (s State) silence() (Participant, step) {
	who, n := s.Participant, s.unanswered()
	spacing, slower := s.slowerSpacing()
	switch who.Silence {
	case SilenceNone:
		switch {
		case slower && n >= patience:
			who.Spacing, who.Silence = spacing, SilenceTapered
			return who, taper
		case !slower && n >= patience-1:
			who.Silence = SilenceLastAtOnce
			return who, lastOne
		}
	case SilenceTapered:
		if n >= 2*patience-1 {
			who.Silence = SilenceLast
			return who, lastOne
		}
	case SilenceLast, SilenceLastAtOnce:
		if n >= patience && who.Silence == SilenceLastAtOnce || n >= 2*patience {
			who.Silence = SilenceNone
			return who, restsNow
		}
		return who, lastOne // the one that said so did not arrive
	}
	return who, noStep
}

// slowerSpacing is the first step that is clearly slower than all plans
// together are now; none when they come as seldom as the last one already.
func (s State) slowerSpacing() (time.Duration, bool) {
	perDay := 0.0
	for _, p := range s.Plans {
		if p.Status == PlanActive && !p.NoAnswer {
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

// lastStarted is when the last message that we start went out, or will. A digest
// by mail keeps apart from reminders, and never moves one.
func (s State) lastStarted() time.Time {
	var last time.Time
	for _, m := range s.Recent {
		aside := m.Kind == Digest && m.Channel == Email
		if m.Kind.Started() && !aside && m.State != Expired && m.State != Withdrawn && m.NotBefore.After(last) {
			last = m.NotBefore
		}
	}
	return last
}

// lastTapered is the same of the plans that silence makes slower. The others do
// not hold them back.
func (s State) lastTapered() time.Time {
	recent := s.Recent
	s.Recent = slices.DeleteFunc(slices.Clone(recent), func(m Message) bool { return m.Kind == Digest || !s.tapers(m.Plan) })
	return s.lastStarted()
}

// spacedPace is a spacing as a pace.
func spacedPace(spacing time.Duration) pace.Pace {
	if spacing == 30*day {
		return pace.Pace{N: 1, Every: 1, Unit: pace.Month}
	}
	return pace.Pace{N: 1, Every: max(int(spacing/(7*day)), 1), Unit: pace.Week}
}

// isSpaced reports whether silence has made the plan slower than its own pace.
func (p Plan) isSpaced(who Participant) bool {
	return who.Spacing > 0 && !p.NoAnswer && p.rate() > 1.1*float64(day)/float64(who.Spacing)
}

// After an outage nobody gets more than one message that we start within calm
// (rule 6); an outage is a planning round that did not run for longer than
// Outage.
const (
	calm   = time.Hour
	Outage = 5 * time.Minute
)

// AfterOutage is the name under which the end of the last outage is noted.
const AfterOutage = "plan after outage"

// CalmAfter is when the calm after an outage is over that ended at now.
func CalmAfter(now time.Time) time.Time { return now.Add(calm) }

// inCalm is how many messages that we started left in the calm that ends at
// until, or wait to do so.
func (s State) inCalm(until time.Time) int {
	n := 0
	for _, m := range s.Recent {
		waits := m.State == Queued || m.State == Claimed
		if m.Kind.Started() && (waits || m.State.Left() && !m.BegunAt.Before(until.Add(-calm))) {
			n++
		}
	}
	return n
}

// keepApart is the least time between two messages that we start: what is due
// earlier waits for it.
const keepApart = 15 * time.Minute

// slack lets a weekly plan keep its weekday and hour under a spacing of a week,
// whatever the clocks do.
const slack = 12 * time.Hour

// tooEarly reports whether the plan's due moment lies within the spacing that
// silence has made, and moves it behind that.
func (p *Plan) tooEarly(who Participant, last time.Time) bool {
	if who.Spacing == 0 || last.IsZero() || p.NoAnswer {
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
