package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// An exchange is a message that asks something, what is answered, and what we
// ask after that: the words of a picked practice, its questions before and
// after, its parts. The answers of one exchange become one record. An exchange
// that we began takes three texts of ours at the most.

// mostTexts is how many texts of ours an exchange may take that we began.
const mostTexts = 3

// questionLife is how long a question stays open that only belongs to the
// moment. A practice stays open until the next one.
const questionLife = 12 * time.Hour

// longestOpen is more than the time between two prompts of the slowest pace.
const longestOpen = 62 * day

// openQuestions lists what can still be answered on the channel, newest first:
// the message that a mail's token names, before all others.
func (t *turn) openQuestions() (open []*Message) {
	if t.Message != nil && t.Message.Asked != "" && !t.closed(*t.Message) && (t.Message.Kind != OptIn || t.via.State != Active) {
		open = append(open, t.Message)
	}
	for i := range t.Recent {
		m := &t.Recent[i]
		late := t.now.Sub(m.BegunAt) >= m.openFor() || t.closed(*m) || m.Kind == OptIn && t.via.State == Active ||
			m.Asked == reply.AfterStop && !t.Participant.QuietAt(t.now) // it went on
		asks := m.Asked != "" && m.Asked != reply.AfterNone && m.Kind != Digest // a digest is answered by its own token
		if m.Channel == t.in.Channel && asks && m.State.Left() && !late {
			open = append(open, m)
		}
	}
	return open
}

// openFor is how long the question that m puts can be answered: a practice until the
// next one, and so where it stays quiet until it is answered.
func (m Message) openFor() time.Duration {
	keepsQuiet := m.Asked == reply.AfterStop || m.Asked == reply.AfterOffer && m.Step != StepOffer
	if m.Step == StepWhole || keepsQuiet {
		return longestOpen
	}
	return questionLife
}

// hear reads the text as an answer to what was asked last. Where it tells of
// something done and the last question is of another sort, it answers the
// practice that is still open: a late "did it" finds its reach.
func (t *turn) hear() {
	if t.asked = t.saidInDigest(); t.asked != "" {
		return
	}
	open := t.openQuestions()
	for i, q := range open {
		t.question = q
		t.read = t.reader.Read(t.in.Text, t.context())
		if t.passesOver(q) {
			open[i] = nil
			continue
		}
		if t.answersOne(q) {
			return
		}
		if first(open) == q && t.read.Intent != reply.IntentCheckIn {
			return
		}
		if t.read.Intent == reply.IntentCheckIn && t.fitsQuestion() {
			return
		}
	}
	t.question = first(open)
	t.read = t.reader.Read(t.in.Text, t.context())
}

// first is the first question that was not let go of; nil when there is none.
func first(open []*Message) *Message {
	for _, q := range open {
		if q != nil {
			return q
		}
	}
	return nil
}

// answersOne reports whether the text answers one of the practices that q offers,
// without its number: by its form it fits one of them better than the others.
// The question is then that practice.
func (t *turn) answersOne(q *Message) bool {
	picked := t.read.Intent == reply.IntentChoose && t.read.Choice <= len(q.Offers)
	if q.Kind != Prompt || len(q.Offers) == 0 || picked || t.read.Intent != reply.IntentCheckIn && t.read.Intent != reply.IntentChoose {
		return false
	}
	best, score, alone := Practice{}, 0, true
	var said reply.Reading
	for _, o := range q.Offers {
		p, _ := t.practice(t.State, o.Practice)
		c := t.context()
		c.After = p.Asks
		r := t.reader.Read(t.in.Text, c)
		switch fit := fits(r, p.Asks); {
		case fit > score:
			best, score, alone, said = p, fit, true, r
		case fit == score:
			alone = false
		}
	}
	if score == 0 || !alone {
		if t.read.Intent == reply.IntentChoose { // a number that is on no list tells something else
			c := t.context()
			c.After = reply.AfterNone
			t.read = t.reader.Read(t.in.Text, c)
		}
		return false
	}
	one := *q
	one.Step, one.Practice, one.Asked, one.Offers = StepWhole, best.ID, best.Asks, nil
	t.question, t.read = &one, said
	return true
}

// fits tells how well a reading answers what a practice asks; 0 is not at all.
func fits(r reply.Reading, asks reply.After) int {
	switch {
	case r.Intent != reply.IntentCheckIn:
		return 0
	case asks == reply.AfterBeforeAfter && r.RatingBefore != nil && r.Rating != nil:
		return 3
	case asks == reply.AfterRating && r.Rating != nil && r.Outcome == "":
		return 2
	case (asks == reply.AfterReach || asks == reply.AfterBeforeAfter || asks == reply.AfterPrediction) &&
		r.Outcome != "" && r.Outcome != reply.OutcomeSkipped:
		return 1
	case (asks == reply.AfterJournal || asks == reply.AfterText) && r.Note != "" && r.Outcome == "" && r.Rating == nil:
		return 1
	}
	return 0
}

// fitsQuestion reports whether the reading can answer the question.
func (t *turn) fitsQuestion() bool {
	q, r := t.question, t.read
	switch {
	case q.Step == StepMenu:
		return r.Passes && q.Asked == reply.AfterOffer // else a list was put; what is told now belongs to something else
	case r.Outcome == "" || r.Outcome == reply.OutcomeSkipped || r.Rating != nil:
		return true
	}
	return q.Step != StepWhole || q.Asked == reply.AfterReach || q.Asked == reply.AfterBeforeAfter ||
		q.Asked == reply.AfterPrediction || q.Asked == reply.AfterChoice
}

// passes reports whether the text leaves one question of an exchange, or a
// list, and says nothing more: that is no outcome of the practice.
func (t *turn) passes() bool {
	r := t.read
	return t.question != nil && (t.question.Step != StepWhole || t.question.asksWish()) && r.Intent == reply.IntentCheckIn &&
		r.Outcome == reply.OutcomeSkipped && (r.Passes || t.question.Step == StepMenu || t.question.Step == StepOffer) && r.Rating == nil && r.Note == ""
}

// pass goes on without an answer.
func (t *turn) pass() error {
	if t.question.asksReview() {
		return t.reviewed(Wish{Kind: WishAlter, Plan: t.question.Plan})
	}
	if asked, err := t.goOn(CheckIn{}); asked {
		return err
	}
	return t.say(Say{Template: "noted_short"})
}

// goOn asks what comes next in the exchange, if something does. c is the
// record as it stands; zero when there is none.
func (t *turn) goOn(c CheckIn) (asked bool, err error) {
	q := t.question
	if q == nil || t.read.Amends || c.Outcome == reply.OutcomeSkipped {
		return false, nil
	}
	p, _ := t.practice(t.State, q.Practice)
	switch {
	case q.Step == StepBefore:
		return true, t.giveWhole(p, q.Plan, q.Exchange())
	case q.Step == StepPart && q.Turn+1 < p.Parts:
		return true, t.askPart(p, q.Turn+1)
	case q.Step == StepWhole && t.byParts(p) && c.Outcome == "" && c.Note != "":
		return true, t.askPart(p, 1)
	case q.Step == StepWhole && t.wantsFollowUp(p, c):
		return true, t.askAfter(p, c)
	}
	return false, nil
}

// byParts reports whether the questions of p are put one at a time. A mail
// holds all of them.
func (t *turn) byParts(p Practice) bool { return p.Parts > 1 && t.in.Channel == SMS }

// wantsFollowUp reports whether the one question after a practice is put: it
// was done, the answer did not tell it already, and there is room for it. A
// mail has put it from the start.
func (t *turn) wantsFollowUp(p Practice, c CheckIn) bool {
	if !c.did() || !p.After || t.in.Channel != SMS || t.Participant.Acks == AcksNone || t.hard(c) {
		return false
	}
	asks, keep := p.followUpAsks(), t.Participant.Keep
	if asks == reply.AfterText && (c.Note != "" || keep.dropsWords()) || asks != reply.AfterText && (c.Rating != nil || keep == KeepAnswered) {
		return false // it was told, or would not be kept
	}
	texts, ours := 0, false
	for _, m := range t.Recent {
		if m.Exchange() != t.question.Exchange() {
			continue
		}
		if m.Step == StepAfter {
			return false // it was put
		}
		texts++
		ours = ours || m.Kind == Prompt
	}
	return !ours || texts < mostTexts-1
}

// question is what a message asks.
type question struct {
	step     Step
	practice PracticeID
	turn     int
	plan     PlanID
	root     MessageID
	asked    reply.After
	offers   []Offer
}

// ask answers with words that ask something.
func (t *turn) ask(say Say, q question) error {
	say.Turn = q.turn
	if say.Practice == "" {
		say.Practice = q.practice
	}
	before := len(t.e.Messages)
	if err := t.answer(Answer, say); err != nil || len(t.e.Messages) == before {
		return err
	}
	m := &t.e.Messages[before]
	m.Step, m.Practice, m.Turn, m.Plan, m.Root, m.Asked, m.Offers = q.step, q.practice, q.turn, q.plan, q.root, q.asked, q.offers
	return nil
}

// begin gives a practice that was picked or asked for, its question before it
// first where there is time for one.
func (t *turn) begin(p Practice, plan PlanID, root MessageID, unhurried bool) error {
	switch {
	case unhurried && p.asksBefore():
		return t.ask(Say{Template: "before"}, question{StepBefore, p.ID, 0, plan, root, reply.AfterRating, nil})
	case t.byParts(p):
		return t.ask(Say{Template: "part"}, question{StepPart, p.ID, 0, plan, root, reply.AfterJournal, nil})
	}
	return t.giveWhole(p, plan, root)
}

// giveWhole gives the words of a practice.
func (t *turn) giveWhole(p Practice, plan PlanID, root MessageID) error {
	return t.ask(Say{Template: "show"}, question{StepWhole, p.ID, t.turnOf(p.ID), plan, root, p.Asks, nil})
}

func (t *turn) askPart(p Practice, n int) error {
	q := t.question
	return t.ask(Say{Template: "part"}, question{StepPart, p.ID, n, q.Plan, q.Exchange(), reply.AfterJournal, nil})
}

// askAfter puts the follow-up, and says back what was understood so far in the
// same breath.
func (t *turn) askAfter(p Practice, c CheckIn) error {
	r := c.reading()
	say := Say{Template: "follow_up", Reading: &r, Before: c.RatingBefore}
	return t.ask(say, question{StepAfter, p.ID, 0, t.question.Plan, t.question.Exchange(), p.followUpAsks(), nil})
}

// noted answers an answer: by what comes next in the exchange, else by saying
// back what now stands, so that a wrong reading is seen.
func (t *turn) noted() error {
	c, ok := t.standing()
	if !ok {
		return t.say(Say{Template: "noted"})
	}
	if t.lateCare() {
		r := c.reading()
		return t.answer(Answer, Say{Template: "noted_quiet", Reading: &r})
	}
	if asked, err := t.goOn(c); asked {
		return err
	}
	r := c.reading()
	r.Amends = t.read.Amends
	say := Say{Template: "noted", Practice: c.Practice, Reading: &r, NotKept: t.read.Note != "" && t.Participant.Keep.dropsWords()}
	switch next, ready := t.nextLevel(t.State, c); {
	case t.guessed(c):
		return t.afterGuess()
	case t.hard(c) && !r.Amends:
		say.Template = "noted_hard"
	case ready && !r.Amends && t.question != nil && t.Participant.Acks != AcksNone:
		return t.offerLevel(next, say)
	}
	return t.say(say)
}

// standing is the record that this text has made or mended.
func (t *turn) standing() (CheckIn, bool) {
	if n := len(t.e.CheckIns); n > 0 {
		return t.e.CheckIns[n-1], true
	}
	return CheckIn{}, false
}

// reading is the record in the form in which answers are said back.
func (c CheckIn) reading() reply.Reading {
	return reply.Reading{
		Intent: reply.IntentCheckIn, Outcome: c.Outcome, RatingBefore: c.RatingBefore, Rating: c.Rating,
		Feelings: c.Feelings, Sensations: c.Sensations, Note: c.Note,
	}
}

// guessed reports whether the text told what the person expects, and nothing
// that happened yet.
func (t *turn) guessed(c CheckIn) bool {
	return t.question != nil && t.question.Step == StepWhole && c.Expectation != "" && c.Outcome == "" && c.Note == ""
}

// afterGuess says that the guess is kept until it is done. In an exchange that
// we began it says nothing: the prompt has told what comes next, and the guess
// is said back with DONE.
func (t *turn) afterGuess() error {
	if t.question.Kind == Prompt && t.in.Channel == SMS {
		return nil
	}
	return t.say(Say{Template: "noted_guess"})
}

// say answers an answer as loud as the person chose.
func (t *turn) say(say Say) error {
	switch t.Participant.Acks {
	case AcksNone:
		return nil
	case AcksShort:
		if !say.NotKept && (say.Reading == nil || !say.Reading.Amends) {
			say.Template = "noted_short"
		}
	}
	return t.answer(Answer, say)
}

// offerLevel offers a practice of the next level, in the same text that says
// back the answer. Nothing changes unless it is taken.
func (t *turn) offerLevel(p Practice, say Say) error {
	say.Template, say.Practice, say.Choices = "offer", t.question.Practice, []string{p.Label}
	w := Wish{Kind: WishAdd, Plan: t.question.Plan, Practice: p.ID}
	offers := []Offer{{Wish: &w}}
	if w.Plan == "" {
		offers = []Offer{{Practice: p.ID}}
	}
	return t.ask(say, question{StepOffer, p.ID, 0, w.Plan, t.question.Exchange(), reply.AfterOffer, offers})
}
