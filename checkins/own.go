package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// What is kept of a person is theirs: EXPORT brings a copy of it, DELETE ends it.
// Both need the proof of a mailbox. Whoever has the phone in hand may not be the
// person (REQUIREMENTS C22), so a text only begins it: the question goes to their
// mailbox. Erasing is asked about once in any case. The answer counts where it
// bears the token of that very question, which nobody has but who reads the
// mailbox. Without a mailbox the operator does it by hand, and sees it until then.

// confirmWithin is how long the question can be answered.
const confirmWithin = 24 * time.Hour

// askErase asks whether everything is to be erased.
func (t *turn) askErase() error { return t.askMailbox(WishErase, "confirm_erase") }

// askCopy sends a copy to a mailbox whose own signature the mail bears, and asks
// any other first.
func (t *turn) askCopy() error {
	if t.proof().May(ToExport) {
		return t.sendCopy()
	}
	return t.askMailbox(WishCopy, "confirm_copy")
}

// askMailbox puts a question to the person's mailbox, and says so to a phone.
func (t *turn) askMailbox(kind WishKind, template string) error {
	box := t.via
	if t.in.Channel == SMS {
		if box = t.Reach(Email); box.State != Active {
			t.request(requestOf[kind])
			return t.askOperator()
		}
	}
	before := len(t.e.Messages)
	if err := t.put(box, kind, template); err != nil || len(t.e.Messages) == before || t.in.Channel != SMS {
		return err
	}
	return t.answer(Answer, Say{Template: "asked_by_mail"})
}

// put puts the question to a mailbox.
func (t *turn) put(box Address, kind WishKind, template string) error {
	if t.Answered >= answersAnHour {
		return nil // nobody writes that much
	}
	say := t.dressed(Say{Template: template})
	say.Channel = Email
	words, err := t.Wording.Words(say)
	if err != nil {
		return err
	}
	m := t.message(box, Answer, words, t.now)
	m.Answers, m.Step, m.Asked, m.Offers = t.inbound, StepMenu, reply.AfterOffer, []Offer{{Wish: &Wish{Kind: kind}}}
	t.e.Messages = append(t.e.Messages, m)
	return nil
}

// asksMailbox reports whether m is such a question. It stays open whatever is said
// elsewhere meanwhile.
func (m Message) asksMailbox() bool {
	return len(m.Offers) > 0 && m.Offers[0].Wish != nil && (m.Offers[0].Wish.Kind == WishErase || m.Offers[0].Wish.Kind == WishCopy)
}

// confirmed reports whether the mail answers the question itself, in time, from
// the mailbox that it went to: that proves what a link in it would.
func (t *turn) confirmed() bool {
	q, mine := t.question, t.proof() == MailProof || t.proof() == MailboxProof
	return q != nil && t.Message != nil && t.Message.ID == q.ID && q.Address == t.via.ID &&
		mine && t.now.Sub(q.BegunAt) < confirmWithin
}

// eraseAll ends everything. Nothing more is said: the question told that.
func (t *turn) eraseAll() error {
	if !t.confirmed() {
		return t.askErase()
	}
	e, err := t.Erase(t.State, ErasedByPerson, t.now)
	t.e.Erase = e.Erase
	return err
}

// confirmedCopy sends the copy that was asked about.
func (t *turn) confirmedCopy() error {
	if !t.confirmed() {
		return t.askCopy()
	}
	return t.sendCopy()
}

// sendCopy answers with everything that is kept.
func (t *turn) sendCopy() error {
	before := len(t.e.Messages)
	if err := t.answer(Answer, Say{Template: "copy"}); err != nil || len(t.e.Messages) == before {
		return err
	}
	t.e.Messages[before].Encloses = EncloseCopy
	t.e.Fulfilled = append(t.e.Fulfilled, AsksCopy)
	return nil
}
