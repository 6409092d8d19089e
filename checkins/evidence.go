package checkins

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"
)

// factMessage is what a fact makes of a message; factAddress what it makes of
// the address. Nothing else maps facts to states.
var (
	factMessage = map[Fact]MessageState{
		FactAccepted: Accepted, FactSent: Accepted, FactDelivered: Delivered,
		FactUndelivered: Undelivered, FactFailed: Failed, FactOptedOut: Failed,
		FactInvalid: Failed, FactUnreachable: Undelivered, FactBlocked: Undelivered, FactFull: Undelivered, FactNotReached: Undelivered,
		FactTurnedAway: Undelivered, FactFiltered: Undelivered, FactNoTrace: UnknownNotResent,
	}
	factAddress = map[Fact]AddressState{
		FactOptedOut: Suppressed, FactComplaint: Suppressed,
		FactInvalid: Invalid, FactUnreachable: Held, FactBlocked: Held,
	}
)

// SourceList is the Source of evidence that was looked for in a provider's
// list. One listed message settles one attempt: evidence of this source whose
// ProviderID belongs to another attempt is ErrDuplicate.
const SourceList = "list"

// Looks are how long after its attempt an unknown message is looked for: two
// looks into Twilio's list (REQUIREMENTS F08); for mail, which has no list, one
// day in which a bounce or an answer may come. What the last look does not find
// is closed as unknown_not_resent. Evidence that comes later still moves it.
func Looks(c Channel) (first, last time.Duration) {
	if c == SMS {
		return 2 * time.Minute, 10 * time.Minute
	}
	return day, day
}

// A message that did not reach the person is tried once more after 30 to 60
// minutes; an address that was missed three times in MissedSince is held
// (REQUIREMENTS A6).
const (
	MissedSince = 14 * day
	missedMost  = 3
)

// Witness takes in what becomes known about an attempt after it was made.
type Witness struct {
	Decider Decider
	House   House // tells people that an address of theirs is lost; zero = nobody is told
}

// Witness records e and draws its consequences. Evidence about an attempt that
// nobody knows is no error: there is nothing to settle. ErrDuplicate: see
// [SourceList].
func (w Witness) Witness(ctx context.Context, e Evidence) error {
	who := Who{Attempt: e.Attempt, ProviderID: e.ProviderID, MailToken: e.Token}
	if who.Attempt != "" {
		who.ProviderID = ""
	}
	err := w.Decider.Decide(ctx, who, e.At, func(s State) (Effects, error) {
		f := weigh(s, e)
		if w.House.Wording == nil || e.Fact == FactBlocked {
			return f, nil
		}
		for _, a := range f.Addresses {
			told, err := w.House.tellOfLoss(s, a, e.At)
			if err != nil {
				return f, err
			}
			f.Messages = append(f.Messages, told...)
		}
		return f, nil
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// weigh draws the consequences of evidence.
func weigh(s State, e Evidence) Effects {
	if s.Message == nil {
		return Effects{}
	}
	e.Attempt = s.Attempt
	f := Effects{Evidence: &e, Moves: onward(s, e), Trip: trip(s, e)}
	to, ok := factAddress[lasting(s, e.Fact)]
	if e.Fact == FactNotReached && s.Missed.Lately+1 >= missedMost {
		to, ok = Held, true
	}
	a := s.Address(s.Message.Address)
	if ok && (a.State == Active || a.State == Pending || a.State == Invited) {
		a.State, a.StateSince = to, e.At
		f.Addresses = []Address{a}
		f.Withdraw = []AddressID{a.ID}
	} else if at, again := laterTry(s, e); again && len(f.Moves) > 0 {
		f.Moves = append(f.Moves, Move{Message: s.Message.ID, To: Queued, Why: e.Code, NotBefore: at})
	}
	return f
}

// tellOfLoss says by the person's other address, once, that one of theirs is held
// or wrong, and how to go on (REQUIREMENTS A6). Who blocked us is not written to
// another way about it, nor is anybody of whom no plan came by that address.
func (h House) tellOfLoss(s State, lost Address, now time.Time) ([]Message, error) {
	if lost.State != Held && lost.State != Invalid {
		return nil, nil
	}
	plan := slices.IndexFunc(s.Plans, func(p Plan) bool { return p.Channel == lost.Channel && p.Status != PlanFinished })
	by := SMS
	if lost.Channel == SMS {
		by = Email
	}
	to := s.Reach(by)
	if plan < 0 || to.State != Active || !to.Consented {
		return nil, nil
	}
	words, err := h.Wording.Words(Say{Template: "address_lost", Channel: by, Person: s.Participant, Now: now})
	if err != nil {
		return nil, err
	}
	return []Message{h.message(to, FollowUp, words, now)}, nil
}

// A full mailbox is one that nobody empties, and held, once this many mails
// found no room in it within this time (REQUIREMENTS B12).
const (
	fullLimit  = 3
	FullWithin = 14 * 24 * time.Hour
)

// lasting is what a fact says about the address, with those before it.
func lasting(s State, f Fact) Fact {
	if f == FactFull && s.Full+1 >= fullLimit {
		return FactUnreachable
	}
	return f
}

// onward is where evidence takes its message. Facts may come out of order (A34):
// one that would lead it back is kept as evidence and moves nothing. Nor does
// what became of an earlier attempt, unless the message arrived by it.
func onward(s State, e Evidence) []Move {
	m := s.Message
	to, ok := factMessage[e.Fact]
	_, last := Looks(m.Channel)
	switch {
	case !ok, !m.State.MayBecome(to):
		return nil
	case s.Outdated && to != Delivered:
		return nil
	case e.Fact == FactNoTrace && e.At.Before(m.BegunAt.Add(last)):
		return nil // lists lag: it is looked for once more
	}
	return []Move{{Message: m.ID, To: to, Why: e.Code}}
}

// laterTry is when a message that certainly did not arrive is tried again, if
// that is in time: one that did not reach the person once more, one that was
// turned away for a passing reason after 5 minutes, 10, 20 and so on. Its moment
// is its own, so that many that failed together do not come back together.
func laterTry(s State, e Evidence) (time.Time, bool) {
	var wait, spread time.Duration
	switch {
	case e.Fact == FactNotReached && s.Missed.Message == 0:
		wait, spread = 30*time.Minute, 30*time.Minute
	case e.Fact == FactTurnedAway:
		wait = 5 * time.Minute << min(max(s.Message.Attempts-1, 0), 3)
		spread = wait / 4
	default:
		return time.Time{}, false
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.Message.ID)) // a hash never fails
	at := e.At.Add(wait + time.Duration(h.Sum32()%1000)*spread/1000)
	return at, at.Before(s.Message.ExpiresAt)
}

// arrived moves a message of which nobody knew whether it had left: whoever
// answers it has it.
func arrived(m *Message) []Move {
	if m == nil || m.State != Unknown && m.State != UnknownNotResent {
		return nil
	}
	return []Move{{Message: m.ID, To: Delivered, Why: "answered"}}
}
