package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// What people choose of the catalogue: a ready plan, and what they never want
// again. Both are changes like any other, and UNDO takes them back.

// beginPlan starts one of the plans that one tap starts. UNDO ends it again.
func (h House) beginPlan(s State, w Wish, now time.Time) (Effects, Unable) {
	i := slices.IndexFunc(h.Wording.TapPlans(), func(t TapPlan) bool { return t.ID == w.Tap })
	if i < 0 {
		return Effects{}, NotPossible
	}
	if s.Reach(w.Channel).State != Active {
		return Effects{}, UnknownAddress
	}
	tap, who := h.Wording.TapPlans()[i], s.Participant
	p := tap.Plan(PlanID(h.NewID()), w.Channel, pace.DateOf(now.In(who.Location())), now)
	c := h.newChange(w, now)
	c.Plan, c.After = p.ID, p.settings()
	c.Before = c.After
	c.Before.Status = PlanFinished
	e := Effects{Changes: []Change{c}}
	if !who.QuietUntil.Before(Forever) { // it was finished, or at rest: this wakes it
		who.QuietUntil = time.Time{}
		e.Participant = &who
		s.Participant = who
	}
	p.reschedule(s, now)
	e.Plans = []Plan{p}
	return e, Granted
}

// Plan is the plan that a tap starts, with its first date not reckoned yet.
func (t TapPlan) Plan(id PlanID, channel Channel, anchor pace.Date, now time.Time) Plan {
	return Plan{
		ID: id, Practices: slices.Clone(t.Practices), Channel: channel, Status: PlanActive,
		Pace: t.Pace, Days: t.Days, At: slices.Clone(t.At), Anchor: anchor, CreatedAt: now,
	}
}

// notThis takes a practice out of the plan it came from, for good: it is never
// suggested again. A plan that held nothing else goes on with something of the
// same kind.
func (h House) notThis(s State, w Wish, now time.Time) (Effects, Unable) {
	if w.Practice == "" {
		return Effects{}, NotPossible
	}
	who := s.Participant
	c := h.newChange(w, now)
	c.Before = who.settings()
	who.NotThese = append(slices.Clone(who.NotThese), w.Practice)
	s.Participant = who
	e := Effects{Participant: &who}
	if p := s.Plan(w.Plan); p != nil && slices.Contains(p.Practices, w.Practice) {
		next := clonePlan(*p)
		next.Practices = slices.DeleteFunc(next.Practices, func(id PracticeID) bool { return id == w.Practice })
		if len(next.Practices) == 0 {
			next.Practices = h.instead(s, w.Practice)
		}
		if len(next.Practices) == 0 {
			return Effects{}, NotPossible
		}
		c.Plan, c.Before, c.After = p.ID, p.settings(), next.settings()
		c.Before.NotThese = s.Participant.NotThese[:len(who.NotThese)-1]
		e.Plans = []Plan{next}
	}
	c.After.NotThese = who.NotThese
	e.Changes = []Change{c}
	return e, Granted
}

// instead is what a plan goes on with whose only practice was refused.
func (h House) instead(s State, id PracticeID) []PracticeID {
	was, _ := h.Wording.Practice(id)
	list := h.suggestions(s, func(p Practice) bool { return p.Kind == was.Kind && p.Level <= was.Level })
	if len(list) == 0 {
		list = h.suggestions(s, func(p Practice) bool { return p.gentle() })
	}
	if len(list) == 0 {
		return nil
	}
	return []PracticeID{list[0].ID}
}
