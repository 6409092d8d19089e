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
// one.
func (t *turn) record() {
	r := t.read
	c := CheckIn{
		ID: CheckInID(t.NewID()), Inbound: t.inbound, Channel: t.in.Channel, At: t.now,
		Date:    pace.DateOf(t.now.In(t.Participant.Location())),
		Outcome: r.Outcome, RatingBefore: r.RatingBefore, Rating: r.Rating,
		Feelings: r.Feelings, Sensations: r.Sensations, Note: r.Note,
	}
	if q := t.question; q != nil {
		c.Plan, c.Message, c.Practice = q.Plan, q.ID, q.Practice
		if p, ok := t.Wording.Practice(q.Practice); ok {
			c.Kind = p.Kind
		}
	}
	switch {
	case len(t.Records) > 0 && (r.Amends || t.goesOn(t.Records[0])):
		c = t.Records[0].amended(c)
	case r.Outcome == reply.OutcomeDone && t.answeredAlready():
		t.takeSlot(&c)
	}
	t.e.CheckIns = append(t.e.CheckIns, c)
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
	return t.question == nil && last.Message == "" || t.question != nil && t.question.ID == last.Message
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
	if t.Heard.ID != last.Inbound {
		return true
	}
	said := t.reader.Read(t.Heard.Text, t.context())
	if said.Amends {
		return true // a correction: what it corrected stands again, and that is all
	}
	c := last
	c.ID, c.Amends = CheckInID(t.NewID()), ""
	c.Outcome, c.Rating, c.RatingBefore = said.Outcome, said.Rating, said.RatingBefore
	c.Feelings, c.Sensations, c.Note = said.Feelings, said.Sensations, said.Note
	t.e.CheckIns = append(t.e.CheckIns, c)
	return true
}

// answeredAlready reports whether nothing is open that "done" could answer.
func (t *turn) answeredAlready() bool {
	if t.question == nil {
		return true
	}
	for _, r := range t.Records {
		if r.Message == t.question.ID {
			return true
		}
	}
	return false
}

// takeSlot lets a reach that was reported before its reminder take the place
// of today's: it does not come on top.
func (t *turn) takeSlot(c *CheckIn) {
	for _, p := range t.Plans {
		due := p.Due()
		if p.Channel != t.in.Channel || due.At.IsZero() || pace.DateOf(due.At.In(t.Participant.Location())) != c.Date {
			continue
		}
		c.Plan, c.Message, c.Practice = p.ID, "", p.Practice()
		if entry, ok := t.Wording.Practice(c.Practice); ok {
			c.Kind = entry.Kind
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
		mended.RatingBefore = by.RatingBefore
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
