package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// Some of what people ask for the program cannot do by itself: to erase everything, or
// to give a copy, where they ask by text and have no mailbox that a question can go to,
// or have said STOP everywhere. Then it is put before the operator, until it is done
// (REQUIREMENTS C02, C03).

// Request is what a person asked for and the operator has to do.
type Request struct {
	ID          string
	Participant ParticipantID // where many are listed
	Kind        RequestKind
	Address     AddressID // from which it came
	At          time.Time
}

// RequestKind is what was asked for.
type RequestKind string

// The kinds. A person has one open request of each.
const (
	AsksErasure RequestKind = "erase"
	AsksCopy    RequestKind = "copy"
)

// AnswerWithin is how long the laws give for it: a month (GDPR, article 12), which is
// less than the 45 days of Washington.
const AnswerWithin = 30 * day

// request puts it before the operator.
func (t *turn) request(kind RequestKind) {
	t.e.Requests = append(t.e.Requests, Request{ID: t.NewID(), Kind: kind, Address: t.via.ID, At: t.now})
}

// requestOf is the request for what a wish would do.
var requestOf = map[WishKind]RequestKind{WishErase: AsksErasure, WishCopy: AsksCopy}

// beyondStop hears what people may ask for after a STOP, too, and reports whether it is
// that. Nothing goes to the address that stopped, not even an answer. A mail whose
// domain vouches for it, with the token of one that went to that mailbox, is all the
// proof that erasing needs; and no question can be put there any more.
func (t *turn) beyondStop() (heard bool, err error) {
	kind, template := WishErase, "confirm_erase"
	switch t.read.Intent {
	case reply.IntentDelete:
		if t.proof().May(ToErase) && t.Message != nil && t.Message.Address == t.via.ID {
			e, err := t.Erase(t.State, ErasedByPerson, t.now)
			t.e.Erase = e.Erase
			return true, err
		}
	case reply.IntentExport:
		kind, template = WishCopy, "confirm_copy"
	default:
		return false, nil
	}
	if t.proof() == TokenProof {
		return true, nil // somebody else has the mail
	}
	if box := t.Reach(Email); box.State == Active && box.ID != t.via.ID {
		return true, t.put(box, kind, template)
	}
	t.request(requestOf[kind])
	return true, nil
}
