package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// House is what every decision is made with: the words, fresh ids and the
// house's limits. It is built once and never changes.
type House struct {
	Wording Wording
	NewID   func() string
	PerDay  int // messages that we start, for one person on one local date
}

// PlanDue decides about one due moment of a plan: it writes the message into
// the outbox, or says why not, and moves the plan on to its next moment. A
// moment that is too old leaves one expired row, however many were missed with
// it: late is not sent (rule 6). In the hour after an outage, that is before
// calmUntil, nobody gets a second message that we start.
func (h House) PlanDue(s State, id PlanID, now, calmUntil time.Time) (Effects, error) {
	plan := s.Plan(id)
	if plan == nil || plan.Due().At.IsZero() || plan.Due().At.After(now) {
		return Effects{}, nil // planned by somebody else meanwhile
	}
	next := clonePlan(*plan)
	if next.tooEarly(s.Participant, s.lastStarted()) {
		return Effects{Plans: []Plan{next}}, nil
	}
	if plan.longAway() {
		return h.askBack(s, plan, now)
	}
	who, rest, changed := s.silence()
	m, err := h.prompt(s, plan, h.promptTemplate(s, plan, changed && !rest), who.Spacing)
	if err != nil {
		return Effects{}, err
	}
	refusal := MayWrite(s.Gate(m, h.PerDay, now), now)
	if refusal == NotRefused && now.Before(calmUntil) && s.lastStarted().After(calmUntil.Add(-calm)) {
		refusal = OneAnHour
	}
	if refusal == NotRefused && changed {
		return h.quieten(s, next, m, who, rest, now)
	}
	e := Effects{}
	switch refusal {
	case NoConsent, NotReachable: // nothing is due until the person comes back
		next.Next, next.Later = Due{}, Due{}
	case Resting:
		next.Later = Due{}
		next.Next = next.NextDue(s.Participant, now)
	case NotRefused:
		next.advance(s.Participant)
		e.Messages = []Message{m}
		if who := s.Participant; m.Channel == SMS && who.dueToSayStop(plan.Due().At) {
			who.StopSaidAt = now
			e.Participant = &who
		}
	default:
		next.advance(s.Participant)
		m.State, m.Why = refusal.Disposal(), string(refusal)
		e.Messages = []Message{m}
	}
	if horizon := now.Add(-3 * time.Hour); !next.Next.At.IsZero() && next.Next.At.Before(horizon) {
		next.Next = next.NextDue(s.Participant, horizon)
	}
	e.Plans = []Plan{next}
	return e, nil
}

// quieten takes the step that silence asks for, and says so: inside the prompt
// that is due, or by one note when all plans go to rest.
func (h House) quieten(s State, plan Plan, m Message, who Participant, rest bool, now time.Time) (Effects, error) {
	if rest {
		return h.rest(s, m, "rest_note", now)
	}
	c := h.newChange(Wish{Kind: wishSilence, Route: ByService}, now)
	c.Before, c.After = s.Participant.settings(), who.settings()
	plan.advance(who)
	return Effects{Participant: &who, Changes: []Change{c}, Plans: []Plan{plan}, Messages: []Message{m}}, nil
}

// rest makes the person quiet until they say otherwise, with one note in place
// of the message m.
func (h House) rest(s State, m Message, template string, now time.Time) (Effects, error) {
	who := s.Participant
	who.QuietUntil, who.Silence = Forever, atRest
	c := h.newChange(Wish{Kind: wishSilence, Route: ByService}, now)
	c.Before, c.After = s.Participant.settings(), who.settings()
	words, err := h.Wording.Words(Say{Template: template, Channel: m.Channel, Person: who, Pace: s.Plan(m.Plan).Pace, Now: now})
	if err != nil {
		return Effects{}, err
	}
	m.Kind, m.Words, m.Asked, m.Practice = FollowUp, words, "", ""
	s.Participant = who
	return Effects{Participant: &who, Changes: []Change{c}, Plans: s.rescheduled(now, false), Messages: []Message{m}}, nil
}

// longPause is how long somebody may have been away for reminders simply to
// come back. After more, one question comes, and nothing if it is not answered.
const longPause = 60 * day

func (p *Plan) longAway() bool {
	return p.Due().Why == pace.AfterPause.String() && !p.Last.At.IsZero() && p.Due().At.Sub(p.Last.At) > longPause
}

// askBack puts the question after a long pause.
func (h House) askBack(s State, plan *Plan, now time.Time) (Effects, error) {
	m, err := h.prompt(s, plan, "pause_return", 0)
	if err != nil {
		return Effects{}, err
	}
	e, err := h.rest(s, m, "long_pause_return", now)
	if refusal := MayWrite(s.Gate(m, h.PerDay, now), now); refusal != NotRefused && err == nil {
		e.Messages[0].State, e.Messages[0].Why = refusal.Disposal(), string(refusal)
	}
	return e, err
}

// message is the beginning of every row of the outbox.
func (h House) message(to Address, kind Kind, w Words, due time.Time) Message {
	return Message{
		ID: MessageID(h.NewID()), Address: to.ID, Channel: to.Channel, Kind: kind, Words: w, State: Queued,
		DueAt: due, NotBefore: due, ExpiresAt: due.Add(Life(kind, "")),
	}
}

// SettledState is what a message becomes when an attempt of it ends.
func (m Message) SettledState(s Settlement) MessageState {
	switch {
	case s.Outcome == OutcomeAccepted:
		return Accepted
	case s.Outcome == OutcomePermanent && s.Fact == FactExpired:
		return Expired
	case s.Outcome == OutcomePermanent:
		return Failed
	case s.Outcome == OutcomeTemporary && s.RetryAt.Before(m.ExpiresAt):
		return Queued
	case s.Outcome == OutcomeTemporary:
		return Expired
	}
	return Unknown
}
