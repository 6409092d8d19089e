package checkins

import (
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// recordable reports whether the message holds something to keep as a record.
func (t *turn) recordable() bool {
	r := t.read
	return r.Intent == reply.IntentCheckIn ||
		r.Outcome != "" || r.Rating != nil || r.RatingBefore != nil || len(r.Feelings)+len(r.Sensations) > 0
}

// record keeps the reading, as an answer to the open question where there is
// one. All answers of an exchange become one record.
func (t *turn) record() {
	c := t.newRecord()
	if q := t.question; q != nil {
		p, _ := t.practice(t.State, q.Practice)
		c.Plan, c.Message, c.Practice, c.Kind = q.Plan, q.Exchange(), q.Practice, p.Kind
		c.answersTo(q, p)
		if q.Kind == Digest {
			c.Kind = Journal
		}
	}
	c = c.kept(t.Participant.Keep)
	switch base := t.carriedOn(c); {
	case base != nil:
		c = base.amended(c)
	case t.read.Outcome == reply.OutcomeDone && t.answeredAlready():
		t.takeSlot(&c)
	}
	t.e.CheckIns = append(t.e.CheckIns, c)
}

// newRecord is the reading as a record that belongs to nothing yet.
func (t *turn) newRecord() CheckIn {
	r := t.read
	return CheckIn{
		ID: CheckInID(t.NewID()), Inbound: t.inbound, Channel: t.in.Channel, At: t.now,
		Date:    pace.DateOf(t.now.In(t.Participant.Location())),
		Outcome: r.Outcome, RatingBefore: r.RatingBefore, Rating: r.Rating, Remembered: r.RatingBefore != nil,
		Feelings: r.Feelings, Sensations: r.Sensations, Note: r.Note,
	}
}

// recordAs keeps what was told along with a word that asks for a practice, as
// an answer to that practice.
func (t *turn) recordAs(p Practice, exchange MessageID) {
	c := t.newRecord()
	c.Practice, c.Kind, c.Message = p.ID, p.Kind, exchange
	t.e.CheckIns = []CheckIn{c.kept(t.Participant.Keep)}
}

// answersTo sorts what was said by what was asked: a number asked for before is
// the one before, and words asked for before are what the person expects.
func (c *CheckIn) answersTo(q *Message, p Practice) {
	switch {
	case q.Step == StepBefore:
		if c.RatingBefore == nil {
			c.RatingBefore, c.Rating = c.Rating, nil
		}
		c.Remembered = false
	case p.Asks == reply.AfterPrediction && q.Step == StepWhole && c.Outcome == "" && c.Rating == nil:
		c.Expectation, c.Note = c.Note, ""
	}
}

// kept is the record without what the person does not want kept (C01).
func (c CheckIn) kept(keep Keep) CheckIn {
	if keep.dropsWords() {
		c.Note, c.Expectation, c.Feelings, c.Sensations = "", "", nil, nil
	}
	if keep == KeepAnswered {
		c.Rating, c.RatingBefore, c.Remembered = nil, nil, false
	}
	return c
}

func (k Keep) dropsWords() bool { return k == KeepNumbers || k == KeepAnswered }

// stillCorrecting is for how long after an answer a "sorry" is about it, also where the
// next prompt has come meanwhile.
const stillCorrecting = 10 * time.Minute

// corrects reports whether words of correcting are about the last record. Where a newer
// prompt waits for its answer they only are polite: "sorry, not today".
func (t *turn) corrects() bool {
	return len(t.Records) > 0 && (t.answeredAlready() || t.now.Sub(t.Records[0].At) <= stillCorrecting)
}

// carriedOn is the record that the text adds to or corrects; nil when it makes
// one of its own.
func (t *turn) carriedOn(c CheckIn) *CheckIn {
	if len(t.Records) > 0 && (t.read.Amends || t.goesOn(t.Records[0])) {
		return &t.Records[0]
	}
	if t.question == nil {
		return nil
	}
	for i := range t.Records {
		r := &t.Records[i]
		if r.Message != t.question.Exchange() {
			continue
		}
		if t.question.Step != StepWhole || r.completedBy(c) {
			return r
		}
		return nil
	}
	return nil
}

// completedBy reports whether later says what r leaves open: how it went after
// what was told before, that it was done after all, or its number.
func (r CheckIn) completedBy(later CheckIn) bool {
	switch {
	case r.Outcome == "" && (r.RatingBefore != nil || r.Expectation != ""):
		return true
	case r.Outcome != "" && r.Outcome != reply.OutcomeDone && later.did():
		return true
	}
	return r.Outcome == reply.OutcomeDone && later.Outcome == "" && r.Rating == nil && later.Rating != nil
}

// Texts come in parts, and some phones send them twice.
const (
	oneBreath = 90 * time.Second // two texts within it are one answer
	oneTouch  = 4 * time.Second  // the same text within it was sent once
)

// saidTwice reports whether the text is the last one over again.
func (t *turn) saidTwice() bool {
	h := t.Heard
	return h.ID != "" && h.Channel == t.in.Channel && h.Text == t.in.Text && t.now.Sub(h.At) <= oneTouch
}

// goesOn reports whether the text carries on the answer that became last:
// shortly after it, to the same question.
func (t *turn) goesOn(last CheckIn) bool {
	if last.Channel != SMS || t.in.Channel != SMS || t.now.Sub(last.At) > oneBreath || t.now.Before(last.At) {
		return false
	}
	return t.question == nil && last.Message == "" || t.question != nil && t.question.Exchange() == last.Message
}

// undoRecord takes back the last correction or joining of two texts, where that
// is later than the last change. Of a text that was joined to the one before it
// becomes a record of its own.
func (t *turn) undoRecord() bool {
	if len(t.Records) == 0 || t.Records[0].Amends == "" {
		return false
	}
	last := t.Records[0]
	if len(t.Changes) > 0 && t.Changes[0].At.After(last.At) || t.now.Sub(last.At) > 30*day {
		return false
	}
	t.e.Split = &last
	if t.Heard.ID != last.Inbound || t.Heard.Text == "" { // it may be too old to be kept
		return true
	}
	said := t.reader.Read(t.Heard.Text, t.context())
	if said.Amends {
		return true // a correction: what it corrected stands again, and that is all
	}
	c := last
	c.ID, c.Amends, c.Expectation = CheckInID(t.NewID()), "", ""
	c.Outcome, c.Rating, c.RatingBefore, c.Remembered = said.Outcome, said.Rating, said.RatingBefore, said.RatingBefore != nil
	c.Feelings, c.Sensations, c.Note = said.Feelings, said.Sensations, said.Note
	t.e.CheckIns = append(t.e.CheckIns, c.kept(t.Participant.Keep))
	return true
}

// answeredAlready reports whether nothing is open that "done" could answer.
func (t *turn) answeredAlready() bool {
	if t.question == nil {
		return true
	}
	for _, r := range t.Records {
		if r.Message == t.question.Exchange() {
			return true
		}
	}
	return false
}

// whichOf is the one of several practices that the text answers by its form;
// not ok where it could be more than one.
func (t *turn) whichOf(ids []PracticeID) (found Practice, ok bool) {
	for _, id := range ids {
		p, _ := t.practice(t.State, id)
		if len(ids) > 1 && fits(t.read, p.Asks) == 0 {
			continue
		}
		if ok {
			return Practice{}, false
		}
		found, ok = p, true
	}
	return found, ok
}

// takeSlot lets a reach that was reported before its reminder take the place
// of today's: it does not come on top.
func (t *turn) takeSlot(c *CheckIn) {
	for _, p := range t.Plans {
		due := p.Due()
		if p.Channel != t.in.Channel || due.At.IsZero() || pace.DateOf(due.At.In(t.Participant.Location())) != c.Date {
			continue
		}
		c.Plan, c.Message, c.Practice, c.Kind = p.ID, "", "", ""
		if entry, ok := t.whichOf(t.offered(t.State, &p)); ok {
			c.Practice, c.Kind = entry.ID, entry.Kind
		}
		p.advance(t.Participant)
		t.setPlan(p)
		return
	}
}

// amended is the record that stands instead of c once by corrects it: what by
// does not say stays as it was.
func (c CheckIn) amended(by CheckIn) CheckIn {
	mended := c
	mended.ID, mended.Amends, mended.Inbound, mended.At = by.ID, c.ID, by.Inbound, by.At
	if by.Outcome != "" {
		mended.Outcome = by.Outcome
	}
	if by.Rating != nil {
		mended.Rating = by.Rating
	}
	if by.RatingBefore != nil {
		mended.RatingBefore, mended.Remembered = by.RatingBefore, by.Remembered
	}
	if by.Expectation != "" {
		mended.Expectation = by.Expectation
	}
	if mended.Practice == "" {
		mended.Practice, mended.Kind = by.Practice, by.Kind
	}
	if len(by.Feelings) > 0 {
		mended.Feelings = by.Feelings
	}
	if len(by.Sensations) > 0 {
		mended.Sensations = by.Sensations
	}
	if by.Note != "" {
		mended.Note = strings.TrimSpace(c.Note + "\n" + by.Note)
	}
	return mended
}
