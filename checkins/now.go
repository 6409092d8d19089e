package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Quieter is why an operator cannot bring a reminder forward: nobody answered
// the last ones, and only the person makes it louder again.
const Quieter Refusal = "unanswered"

// askedNow is why a reminder comes when it was asked for at once.
const askedNow = "asked for now"

// nowPositions are the positions of reminders that were asked for at once: far
// behind those of any day, whose slots they leave alone.
const nowPositions = 1000

// SendNow puts the next reminder of a plan into the outbox at once instead of at
// its moment; the plan goes on by its rule. It passes the same gate as any other
// and is counted like one. Without an id it is the plan that would write first.
// A refusal writes nothing. The plan must be one of the person's.
func (h House) SendNow(s State, id PlanID, now time.Time) (Effects, Refusal, error) {
	plan := s.Plan(id)
	if id == "" {
		plan = s.nextToWrite()
	}
	if plan == nil {
		return Effects{}, PlanIsOver, nil
	}
	if !plan.NoAnswer {
		if who, step := s.silence(); step != noStep || who.Silence != SilenceNone {
			return Effects{}, Quieter, nil
		}
	}
	m, err := h.prompt(s, s.dueNow(*plan, now), h.promptTemplate(s, s.dueNow(*plan, now), noStep), 0)
	if err != nil {
		return Effects{}, NotRefused, err
	}
	s.InCalm = s.inCalm(s.CalmUntil)
	if refusal := MayWrite(s.Gate(m, h.PerDay, now), now); refusal != NotRefused {
		return Effects{}, refusal, nil
	}
	next := clonePlan(*plan)
	if next.Sent++; m.asksWish() { // a question goes out, and the practice keeps its turn
		next.Reviewed, next.Sent = now, plan.Sent
	}
	e := Effects{Plans: []Plan{next}, Messages: []Message{m}}
	if who := s.Participant; m.Channel == SMS && who.dueToSayStop(now) {
		who.StopSaidAt = now
		e.Participant = &who
	}
	return e, NotRefused, nil
}

// nextToWrite is the plan whose moment comes first, else an active one, else
// any; nil when there is none.
func (s State) nextToWrite() *Plan {
	if p := s.firstDue(); p != nil {
		return p
	}
	for i := range s.Plans {
		if s.Plans[i].Status == PlanActive {
			return &s.Plans[i]
		}
	}
	if len(s.Plans) > 0 {
		return &s.Plans[0]
	}
	return nil
}

// dueNow is the plan as if a reminder of it were due at now, in a slot that no
// rule ever gives. Whether it may write is left to the gate, which knows its
// true state.
func (s State) dueNow(p Plan, now time.Time) *Plan {
	date, before := pace.DateOf(now.In(s.Participant.Location())), 0
	for _, m := range s.Recent {
		if m.Plan == p.ID && m.Slot.Date == date && m.Slot.Position >= nowPositions {
			before = max(before, m.Slot.Position-nowPositions+1)
		}
	}
	p.Status, p.Next = PlanActive, Due{}
	p.Later = Due{Slot: Slot{Date: date, Position: nowPositions + before, Round: 1}, At: now, Why: askedNow}
	return &p
}
