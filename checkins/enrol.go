package checkins

import (
	"context"
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Enrolment is what an operator enters about a person who agreed to be asked.
type Enrolment struct {
	Participant Participant
	Addresses   []Address
	Plans       []Plan
	Own         []OwnPractice // reaches in the person's own words
}

// Registrar takes people in.
type Registrar struct {
	House   House
	Decider Decider
}

// Enrol takes a person in. Their addresses are only asked: one question goes
// to each, and nothing else before it is answered with yes. ErrDuplicate: one
// of the addresses is somebody's already. ErrSuppressed: one said stop before
// it was erased. ErrMailOnly: a plan by text holds nothing that may go by text.
func (r Registrar) Enrol(ctx context.Context, en Enrolment, now time.Time) error {
	if len(en.Addresses) == 0 {
		return ErrNotFound
	}
	first := Who{Channel: en.Addresses[0].Channel, Address: en.Addresses[0].Value}
	return r.Decider.Decide(ctx, first, now, func(s State) (Effects, error) { return r.House.enrol(s, en, now) })
}

func (h House) enrol(s State, en Enrolment, now time.Time) (Effects, error) {
	if s.Known() {
		return Effects{}, ErrDuplicate
	}
	if s.Silent {
		return Effects{}, ErrSuppressed
	}
	en.Participant.StopSaidAt = now // the question says how to leave
	en.Participant.reckonDigest(now)
	for _, p := range en.Plans {
		if h.mailOnly(p) {
			return Effects{}, ErrMailOnly
		}
	}
	e := Effects{Participant: &en.Participant, Plans: en.Plans, Own: en.Own}
	for _, a := range en.Addresses {
		a.State, a.StateSince, a.AskedAt = Pending, now, now
		words, err := h.Wording.Words(Say{
			Template: "opt_in", Channel: a.Channel, Person: en.Participant, Now: now, Pace: en.paceOn(a.Channel),
			Link: h.confirmLink(&e, a, now), Leave: h.Links.LeaveURL(a),
		})
		if err != nil {
			return Effects{}, err
		}
		m := h.message(a, OptIn, words, now)
		m.Asked = "optin"
		e.Addresses = append(e.Addresses, a)
		e.Messages = append(e.Messages, m)
	}
	return e, nil
}

// confirmLink is the page with the button that says yes: a mailbox gets one, a
// phone answers YES.
func (h House) confirmLink(e *Effects, a Address, now time.Time) string {
	if a.Channel != Email {
		return ""
	}
	return h.Links.to(e, LinkConfirm, a, now)
}

// mailOnly reports whether a plan by text holds nothing that may go by text.
func (h House) mailOnly(p Plan) bool {
	if p.Channel != SMS || len(p.Practices) == 0 {
		return false
	}
	return !slices.ContainsFunc(p.Practices, func(id PracticeID) bool {
		entry, known := h.Wording.Practice(id)
		return !known || !entry.Page // what the catalogue does not know is the person's own
	})
}

// paceOn is how often the first plan of a channel writes.
func (en Enrolment) paceOn(c Channel) pace.Pace {
	for _, p := range en.Plans {
		if p.Channel == c {
			return p.Pace
		}
	}
	return pace.Pace{}
}
