package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// What LATER moves: the prompt that came last and was not answered, or, where
// there is none, the next one.

// usualDelay is how long a reminder is put off where no time was said.
const usualDelay = reply.BareLater

// laterWish moves the reminder that is being answered, or the last one, or
// where none came lately the next one: by three hours where no time was said.
// What was asked for in the moment belongs to no reminder, and moves none.
func (t *turn) laterWish() Wish {
	w := Wish{Kind: WishLater, Until: t.read.Until}
	from := t.now
	answers := t.reminder()
	switch m := t.lastPrompt(); {
	case answers != nil && answers.Plan != "":
		w.Plan, w.Slot = answers.Plan, answers.Slot
	case t.question != nil && t.question.Kind == Answer && t.question.Step != StepMenu:
	case m != nil:
		w.Plan, w.Slot = m.Plan, m.Slot
	default:
		if p := t.firstDue(); p != nil {
			w.Plan, w.Slot, from = p.ID, p.Due().Slot, p.Due().At
		}
	}
	if w.Until.IsZero() || w.Until.Equal(t.now.Truncate(time.Second).Add(usualDelay)) { // no time was said; one to come is never brought nearer
		w.Until = from.Add(usualDelay)
	}
	return w
}

// Deferrable is a reminder that can be put off.
type Deferrable struct {
	Plan      PlanID
	Slot      Slot
	Practices []PracticeID // that it offers
	Came      time.Time    // zero = it is still to come
	Comes     time.Time    // where it is still to come, or was put off already; else zero
}

// From is what "in three hours" counts from.
func (d Deferrable) From(now time.Time) time.Time {
	if d.Came.IsZero() {
		return d.Comes
	}
	return now
}

// ToPutOff is the reminder that somebody on a page may put off: the newest that
// came within a week and has no answer, whatever channel it came by, else the
// next one. Not ok where there is none, or where it is quiet.
func (h House) ToPutOff(s State, now time.Time) (d Deferrable, ok bool) {
	if s.Participant.QuietAt(now) {
		return Deferrable{}, false
	}
	if m := s.lastPromptBy(now, SMS, Email); m != nil && s.isOpen(*m) && s.Plan(m.Plan).Status == PlanActive {
		d = Deferrable{Plan: m.Plan, Slot: m.Slot, Practices: m.puts(), Came: m.BegunAt}
		if again := s.Plan(m.Plan).Later; again.Slot.Date == m.Slot.Date && again.Slot.Position == m.Slot.Position {
			d.Comes = again.At
		}
		return d, true
	}
	p := s.firstDue()
	list := h.Preview(s, 1)
	if p == nil || len(list) == 0 {
		return Deferrable{}, false
	}
	d = Deferrable{Plan: p.ID, Slot: p.Due().Slot, Comes: p.Due().At}
	if list[0].Plan == p.ID {
		d.Practices = list[0].Practices
	}
	return d, true
}

// isOpen reports whether a prompt that asks something has no answer yet.
func (s State) isOpen(m Message) bool {
	return m.Asked != "" && m.Asked != reply.AfterNone && !slices.ContainsFunc(s.Records, func(c CheckIn) bool { return c.Message == m.Exchange() })
}
