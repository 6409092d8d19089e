package checkins

import "time"

// Erasing leaves nothing of a person but what must outlive them (REQUIREMENTS
// C03): that an address stays silent, and that there was a consent, both by the
// keyed hash of the address and without a word. The notice of that is given
// before, in the question that asks whether it is meant.

// Erasure is the end of everything that is kept of a person.
type Erasure struct {
	Keep []Suppression // what stays silent afterwards
}

// Suppression is an address that nothing goes to any more, although nobody of
// that address is known. Only its owner ends it, by START.
type Suppression struct {
	Channel Channel
	Value   string // E.164 number or mailbox; kept as keyed hash
	Reason  SuppressionReason
	At      time.Time
}

// SuppressionReason is why an address stays silent.
type SuppressionReason string

// The reasons.
const (
	SaidStop        SuppressionReason = "stopped"    // by the person
	ByProvider      SuppressionReason = "suppressed" // blocked, or a complaint
	AskedForErasure SuppressionReason = "erased"     // the person wanted everything gone
)

// Eraser is who wanted everything gone. The zero value is the person.
type Eraser int

// The erasers.
const (
	ErasedByPerson   Eraser = iota // all of their addresses stay silent
	ErasedByOperator               // those that stopped do
)

// Erase ends everything that is kept of a person.
func (h House) Erase(s State, by Eraser, now time.Time) (Effects, error) {
	if !s.Known() {
		return Effects{}, ErrNotFound
	}
	e := Erasure{}
	for _, a := range s.Addresses {
		if reason, stays := a.silent(by); stays {
			e.Keep = append(e.Keep, Suppression{Channel: a.Channel, Value: a.Value, Reason: reason, At: now})
		}
	}
	return Effects{Erase: &e}, nil
}

// silent reports whether an address stays silent once its person is erased.
func (a Address) silent(by Eraser) (SuppressionReason, bool) {
	switch {
	case a.State == Stopped:
		return SaidStop, true
	case a.State == Suppressed:
		return ByProvider, true
	case by == ErasedByPerson:
		return AskedForErasure, true
	}
	return "", false
}
