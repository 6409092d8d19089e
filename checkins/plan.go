package checkins

import (
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// PlanStatus is whether a plan sends. The zero value does not.
type PlanStatus string

// The states of a plan.
const (
	PlanActive   PlanStatus = "active"
	PlanPaused   PlanStatus = "paused"
	PlanFinished PlanStatus = "finished"
)

// Plan is what a participant chose: practices at a pace, on days and at times,
// over one channel.
type Plan struct {
	ID        PlanID
	Practices []PracticeID
	Channel   Channel
	Status    PlanStatus
	Pace      pace.Pace
	Days      pace.Days    // zero = the pace's own
	At        []pace.Clock // picked by the person; empty = the default time
	Window    pace.Window  // random times instead; zero = none
	Jitter    int          // minutes by which a default time is spread, so that not everybody is texted at once
	Anchor    pace.Date    // what "every other" counts from
	Until     pace.Date    // the last date; zero = open
	Because   string       // the value that it serves, in the person's own words; may be empty
	NoAnswer  bool         // it asks for no answer: silence leaves it as it is, and now and then it asks whether it is still wanted
	Reviewed  time.Time    // when a plan without answers last asked that; zero = never
	Sent      int          // prompts planned so far: the turn in the rotation
	Next      Due          // by the rule
	Later     Due          // one reminder that the person moved; zero = none
	Last      Due          // the slot last used up: none before it comes again
	CreatedAt time.Time
}

// Due is the earlier of the plan's next moments; zero when there is none or
// the plan does not send.
func (p Plan) Due() Due {
	switch {
	case p.Status != PlanActive:
		return Due{}
	case p.Next.At.IsZero(), !p.Later.At.IsZero() && p.Later.At.Before(p.Next.At):
		return p.Later
	}
	return p.Next
}

// Due is the next moment of a plan, as the rule gave it. The zero value is
// "nothing due".
type Due struct {
	Slot Slot
	At   time.Time
	Why  string
	Zone string // of Plan.Last: the zone that its date was in
}

// Rule is the plan as the reckoning of time takes it.
func (p Plan) Rule(who Participant) pace.Rule {
	rule := pace.Rule{
		Pace: p.Pace, Days: p.Days, At: p.At, Window: p.Window, Jitter: p.Jitter, Hours: who.Hours, Seed: pace.SeedOf(string(p.ID)),
		Zone: who.Location(), Anchor: p.Anchor, Until: p.Until,
	}
	if p.Channel == SMS {
		rule.Region = who.Local
	}
	return rule
}

// NextDue is the plan's first due moment strictly after after, with the
// person's quiet time respected: a pause leaves no backlog. It is zero when
// nothing is due any more, or before the person says so.
func (p Plan) NextDue(who Participant, after time.Time) Due {
	rule, last := p.Rule(who), p.Last.slot()
	slot, ok := rule.NextAfter(last, after)
	if ok && who.QuietAt(slot.At) {
		if !who.QuietUntil.Before(Forever) {
			return Due{}
		}
		slot, ok = rule.Resume(last, who.QuietUntil)
	}
	if !ok {
		return Due{}
	}
	due := Due{Slot: Slot{Date: slot.Date, Position: slot.Position}, At: slot.At, Why: slot.Why.String()}
	if slot.Why == pace.AfterPause && who.QuietUntil.Sub(after) > longPause {
		due.Why = afterLongPause
	}
	return due
}

func (d Due) slot() pace.Slot {
	return pace.Slot{Date: d.Slot.Date, Position: d.Slot.Position, At: d.At}
}

// Upcoming is one line of a preview: what will go out, when, and why then.
type Upcoming struct {
	Plan      PlanID
	Practices []PracticeID // that it offers; none where it is a question or a note
	Channel   Channel
	NoAnswer  bool // of the plan
	Due       Due
}

// What names what the reminder offers, by the ids of the catalogue.
func (u Upcoming) What() string {
	ids := make([]string, len(u.Practices))
	for i, id := range u.Practices {
		ids[i] = string(id)
	}
	return strings.Join(ids, " or ")
}

// Preview lists the next count reminders of a participant, if nobody changes
// anything and nothing is answered: it walks through the same rules as PlanDue,
// so that it lists exactly what will be sent.
func (h House) Preview(s State, count int) []Upcoming {
	s.Plans = slices.Clone(s.Plans)
	var list []Upcoming
	for len(list) < count {
		p := s.firstDue()
		if p == nil {
			break
		}
		if p.tooEarly(s.Participant, s.lastTapered()) {
			continue
		}
		due := p.Due().apart(s.lastStarted())
		if end := s.closes(p); s.startedOn(due.At) >= h.PerDay || !end.IsZero() && !due.At.Before(end) {
			p.advance(s.Participant)
			continue
		}
		if p.longAway() {
			return append(list, Upcoming{p.ID, nil, p.Channel, p.NoAnswer, due}) // one question, and its answer decides
		}
		step := s.foresee(p, &due)
		if step == restsNow {
			continue
		}
		practices := h.put(s, p, h.promptTemplate(s, p, step))
		if p.wantsReview(p.Due().At) {
			practices, due.Why, p.Reviewed, p.Sent = nil, "asks keep, change or finish", due.At, p.Sent-1
		}
		list = append(list, Upcoming{p.ID, practices, p.Channel, p.NoAnswer, due})
		p.advance(s.Participant)
		s.Recent = append([]Message{{
			Kind: Prompt, Plan: p.ID, Asked: reply.AfterText, State: Accepted, BegunAt: due.At, NotBefore: due.At,
		}}, s.Recent...)
	}
	return list
}

// foresee takes the step of silence that comes before the plan's due moment, if
// nothing is answered till then, and says so in its reason.
func (s *State) foresee(p *Plan, due *Due) step {
	if p.NoAnswer {
		return noStep
	}
	known := *s
	known.Recent = slices.DeleteFunc(slices.Clone(s.Recent), func(m Message) bool { return m.Kind == Prompt && !m.BegunAt.Before(p.Due().At) })
	who, step := known.silence() // what waits while this one is planned was not left unanswered yet
	s.Participant = who
	switch {
	case step == restsNow:
		for i := range s.Plans {
			if q := &s.Plans[i]; q.Status == PlanActive && !q.NoAnswer {
				q.Status = PlanPaused
			}
		}
	case step == lastOne:
		due.Why = "then rest, while unanswered"
	case who.Silence != SilenceNone:
		due.Why = "slower while unanswered"
	}
	return step
}

// startedOn is how many messages that we start left on the local date of t.
func (s State) startedOn(t time.Time) int {
	loc, n := s.Participant.Location(), 0
	date := pace.DateOf(t.In(loc))
	for _, m := range s.Recent {
		counts := m.Kind.Started() && (m.Kind != Digest || m.Channel == SMS)
		if counts && m.State.Left() && pace.DateOf(m.BegunAt.In(loc)) == date {
			n++
		}
	}
	return n
}

// firstDue is the plan whose moment comes first; nil when nothing is due.
func (s State) firstDue() *Plan {
	var first *Plan
	for i := range s.Plans {
		p := &s.Plans[i]
		if d := p.Due(); !d.At.IsZero() && (first == nil || d.At.Before(first.Due().At)) {
			first = p
		}
	}
	return first
}

// advance moves the plan past its due moment.
func (p *Plan) advance(who Participant) {
	if p.Due() == p.Later {
		p.Later = Due{} // the same reminder again, which was counted
		return
	}
	p.Last = p.Next
	p.Last.Zone = who.Zone
	p.Next = p.NextDue(who, p.Next.At)
	p.Sent++
}
