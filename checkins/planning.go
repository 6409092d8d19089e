package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// House is what every decision is made with: the words, fresh ids and the
// house's limits. It is built once and never changes.
type House struct {
	Wording   Wording
	NewID     func() string
	Joining   Joining      // how strangers may join; zero = not at all
	Codes     Codes        // to phones, that open the journal; zero = there are none
	Links     Links        // the addresses of pages; zero = there are none
	PerDay    int          // messages that we start, for one person on one local date
	Languages []string     // that pages and people can be spoken to in, the default first
	Regions   pace.Regions // whose stricter hours are kept (A21); nil = none
	Digests   Digester     // writes the weekly digest; nil = there is none
}

// PlanDue decides about one due moment of a plan: it writes the message into
// the outbox, or says why not, and moves the plan on to its next moment. A
// moment that is too old leaves one expired row, however many were missed with
// it: late is not sent (rule 6).
func (h House) PlanDue(s State, id PlanID, now time.Time) (Effects, error) {
	plan := s.Plan(id)
	if plan == nil || plan.Due().At.IsZero() || plan.Due().At.After(now) {
		return Effects{}, nil // planned by somebody else meanwhile
	}
	next := clonePlan(*plan)
	if next.tooEarly(s.Participant, s.lastTapered()) {
		return Effects{Plans: []Plan{next}}, nil
	}
	if plan.longAway() {
		return h.askBack(s, plan, now)
	}
	who, step := s.Participant, noStep
	if !plan.NoAnswer {
		who, step = s.silence()
	}
	if step == restsNow {
		s.Participant = who
		return h.rest(s, now), nil
	}
	m, err := h.prompt(s, plan, h.promptTemplate(s, plan, step), who.Spacing)
	if err != nil {
		return Effects{}, err
	}
	s.InCalm = s.inCalm(s.CalmUntil)
	refusal := MayWrite(s.Gate(m, h.PerDay, now), now)
	if refusal == NotRefused && step != noStep {
		return h.quieten(s, next, m, who, step, now), nil
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
		if m.asksWish() { // a question went out, and the practice keeps its turn
			next.Reviewed, next.Sent = now, plan.Sent
		}
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

// quieten takes the step that silence asks for. The prompt that is due says so.
func (h House) quieten(s State, plan Plan, m Message, who Participant, step step, now time.Time) Effects {
	plan.advance(who)
	e := Effects{Participant: &who, Plans: []Plan{plan}, Messages: []Message{m}}
	if step == taper {
		c := h.newChange(Wish{Kind: WishSilence, Route: ByService}, now)
		c.Before, c.After = s.Participant.settings(), who.settings()
		e.Changes = []Change{c}
	}
	return e
}

// rest puts the plans that silence makes slower to rest, until the person says
// otherwise. Nothing is said any more.
func (h House) rest(s State, now time.Time) Effects {
	return h.restThose(s, now, func(p Plan) bool { return !p.NoAnswer })
}

func (h House) restThose(s State, now time.Time, which func(Plan) bool) Effects {
	c := h.newChange(Wish{Kind: WishSilence, Route: ByService}, now)
	c.Before = s.settings()
	who := s.Participant
	e := Effects{Participant: &who}
	s.Plans = slices.Clone(s.Plans)
	for i := range s.Plans {
		if p := &s.Plans[i]; p.Status == PlanActive && which(*p) {
			p.Status = PlanPaused
			p.reschedule(s, now)
			e.Plans = append(e.Plans, *p)
		}
	}
	c.After = s.settings()
	e.Changes = []Change{c}
	return e
}

// longPause is how long a pause may be for reminders simply to come back. After
// more, one question comes, and nothing if it is not answered.
const longPause = 60 * day

// afterLongPause is why a plan is due for the first time after more than
// longPause.
const afterLongPause = "after long pause"

func (p *Plan) longAway() bool { return p.Due().Why == afterLongPause }

// askBack puts the question after a long pause, and all plans to rest: only the
// answer wakes them. The question belongs to no plan, so that it may go out.
func (h House) askBack(s State, plan *Plan, now time.Time) (Effects, error) {
	m, err := h.prompt(s, plan, "long_pause_return", 0)
	if err != nil {
		return Effects{}, err
	}
	m.Kind, m.Asked, m.Practice, m.Plan, m.Slot = FollowUp, reply.AfterOffer, "", "", Slot{}
	m.Step, m.Offers = StepMenu, []Offer{{Wish: &Wish{Kind: WishResume}}}
	if refusal := MayWrite(s.Gate(m, h.PerDay, now), now); refusal != NotRefused {
		m.State, m.Why = refusal.Disposal(), string(refusal)
	}
	e := h.restThose(s, now, func(Plan) bool { return true })
	e.Messages = []Message{m}
	return e, nil
}

// closes is when the part of the day ends that the plan's due prompt belongs to:
// the window or the hours, and for one that was moved the hours where it is now.
func (s State) closes(plan *Plan) time.Time {
	due := plan.Due()
	if due.Slot.Round > 0 {
		return s.Participant.HoursEnd(due.At, plan.Channel)
	}
	end, _ := plan.Rule(s.Participant).Closes(due.slot())
	return end
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
