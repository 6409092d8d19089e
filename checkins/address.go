package checkins

import (
	"slices"
	"time"
)

// newAddressesADay is how many addresses one person may add on one day.
const newAddressesADay = 3

// AddAddress asks another address of the person, as if they joined with it, and
// tells those in use (REQUIREMENTS E10). Nothing goes there before it says yes, and
// the old ones stay until they are stopped. One that the person has already is left
// as it is. ErrNotFound: the proof is not enough. ErrRefused: the number may not be
// texted. ErrDuplicate, ErrSuppressed: of somebody else, or silent; the page must
// not tell which.
func (h House) AddAddress(s State, channel Channel, value string, v Visit, now time.Time) (Effects, error) {
	value = CanonicalAddress(channel, value)
	switch {
	case !s.Proof().May(ToAddAddress):
		return Effects{}, ErrNotFound
	case channel == SMS && (h.Joining.Numbers == nil || !h.Joining.Numbers.May(value)):
		return Effects{}, ErrRefused
	case slices.ContainsFunc(s.Addresses, func(a Address) bool { return a.Channel == channel && a.Value == value }):
		return Effects{}, nil
	}
	t := h.visit(s, v, now)
	t.in.Channel = channel
	t.via = Address{ID: AddressID(h.NewID()), Channel: channel, Value: value, State: Invited, StateSince: now}
	err := t.ask24()
	if err == nil {
		err = h.tellOfAddress(&t.e, s, now)
	}
	return t.e, err
}

// TriedAddress tells the person's addresses as if another had been asked, where
// AddAddress found that it is somebody else's or silent.
func (h House) TriedAddress(s State, now time.Time) (Effects, error) {
	if !s.Proof().May(ToAddAddress) {
		return Effects{}, ErrNotFound
	}
	e := Effects{}
	err := h.tellOfAddress(&e, s, now)
	return e, err
}

func (h House) tellOfAddress(e *Effects, s State, now time.Time) error {
	e.Takes = []Quota{{Name: "new addresses of one person", Number: string(s.Participant.ID), Most: newAddressesADay}}
	return h.tellAll(e, s, "new_address", s.Participant, now)
}
