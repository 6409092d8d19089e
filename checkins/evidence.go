package checkins

import (
	"context"
	"errors"
	"time"
)

// factMessage is what a fact makes of a message; factAddress what it makes of
// the address. Nothing else maps facts to states.
var (
	factMessage = map[Fact]MessageState{
		FactAccepted: Accepted, FactSent: Accepted, FactDelivered: Delivered,
		FactUndelivered: Undelivered, FactFailed: Failed, FactOptedOut: Failed,
		FactInvalid: Failed, FactUnreachable: Undelivered, FactFull: Undelivered,
	}
	factAddress = map[Fact]AddressState{
		FactOptedOut: Suppressed, FactComplaint: Suppressed,
		FactInvalid: Invalid, FactUnreachable: Held,
	}
)

// Witness takes in what becomes known about an attempt after it was made.
type Witness struct {
	Decider Decider
}

// Witness records e and draws its consequences. Evidence about an attempt that
// nobody knows is no error: there is nothing to settle.
func (w Witness) Witness(ctx context.Context, e Evidence) error {
	who := Who{Attempt: e.Attempt, ProviderID: e.ProviderID, MailToken: e.Token}
	if who.Attempt != "" {
		who.ProviderID = ""
	}
	err := w.Decider.Decide(ctx, who, e.At, func(s State) (Effects, error) { return weigh(s, e), nil })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// weigh draws the consequences of evidence. Facts may come out of order (A34):
// one that would lead a message back is kept as evidence and moves nothing.
func weigh(s State, e Evidence) Effects {
	if s.Message == nil {
		return Effects{}
	}
	e.Attempt = s.Attempt
	f := Effects{Evidence: &e}
	if to, ok := factMessage[e.Fact]; ok && s.Message.State.MayBecome(to) {
		f.Moves = []Move{{s.Message.ID, to, e.Code}}
	}
	if to, ok := factAddress[lasting(s, e.Fact)]; ok {
		a := s.Address(s.Message.Address)
		if a.State == Active || a.State == Pending || a.State == Invited {
			a.State, a.StateSince = to, e.At
			f.Addresses = []Address{a}
			f.Withdraw = []AddressID{a.ID}
		}
	}
	return f
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
