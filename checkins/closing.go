package checkins

import (
	"strings"
	"time"
)

// finish ends the plan that asks whether it is still wanted, or else all of
// them. One closing mail goes to the mailbox, if there is one
// that may be written to, else one closing text; then there is silence for
// ever.
func (t *turn) finish() error {
	if o, ok := t.picked(); ok && o.Wish != nil {
		return t.grant(*o.Wish)
	}
	if _, unable := t.change(Wish{Kind: WishFinish}); unable != Granted {
		return t.answer(Answer, Say{Template: "closing"})
	}
	if box := t.Reach(Email); t.in.Channel == SMS && box.State == Active {
		say := t.dressed(Say{Template: "closing", Past: t.ownPast()})
		say.Channel, say.Leave = Email, t.Links.LeaveURL(box)
		words, err := t.Wording.Words(say)
		if err != nil {
			return err
		}
		m := t.message(box, Answer, words, t.now)
		m.Answers = t.inbound
		t.e.Messages = append(t.e.Messages, m)
	}
	say := Say{Template: "closing"}
	if t.in.Channel == Email && t.proof().May(ToWrite) {
		say.Past = t.ownPast()
	}
	return t.answer(Answer, say)
}

// pastWords is how many of a person's own notes the closing mail gives back.
const pastWords = 5

// fewWords is how many words a note has that is worth giving back: "3 :)" is
// not.
const fewWords = 3

// ownPast lists what the person wrote last, the oldest first. It goes to their
// own mailbox only.
func (t *turn) ownPast() (past []string) {
	for _, r := range t.Records {
		if len(strings.Fields(r.Note)) >= fewWords && len(past) < pastWords {
			past = append([]string{r.Note}, past...)
		}
	}
	return past
}

// forget erases the words that were written last, and keeps that there was an
// answer.
func (t *turn) forget() error {
	if len(t.Records) == 0 {
		return t.answer(Answer, Say{Template: "undo_nothing"})
	}
	t.e.Forget = append(t.e.Forget, t.Records[0].ID)
	return t.answer(Answer, Say{Template: "forgotten"})
}

// settings says what can be changed by a word.
// settings says what can be changed, and leads to the page for it.
func (t *turn) settings() error {
	return t.answer(Answer, Say{Template: "settings", Link: t.Links.to(&t.e, LinkSettings, t.via, t.now)})
}

// askOperator says who erases everything, or gives a copy, where there is no
// mailbox that could prove who asks.
func (t *turn) askOperator() error { return t.answer(Answer, Say{Template: "ask_operator"}) }

// finishAll ends every plan, and it stays quiet until the person says
// otherwise.
func (h House) finishAll(s State, w Wish, now time.Time) (Effects, Unable) {
	who := s.Participant
	c := h.newChange(w, now)
	c.Before = s.settings()
	who.QuietUntil = Forever
	e := Effects{Participant: &who}
	for _, p := range s.Plans {
		if p.Status == PlanFinished {
			continue
		}
		c.Before.Plans = append(c.Before.Plans, p.ID)
		p.Status, p.Next, p.Later = PlanFinished, Due{}, Due{}
		e.Plans = append(e.Plans, p)
	}
	if len(e.Plans) == 0 {
		return Effects{}, AlreadySo
	}
	s.Participant = who
	c.After = s.with(e.Plans).settings()
	e.Changes = []Change{c}
	return e, Granted
}
