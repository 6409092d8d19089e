package checkins

import (
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// What people do with their own records, on the page that shows them.

// Correction is what a record says instead.
type Correction struct {
	Outcome      reply.Outcome
	RatingBefore *float64
	Rating       *float64
	Note         string
	Expectation  string
}

// valid reports whether a record may say that.
func (c Correction) valid() bool {
	fits := func(n *float64) bool { return n == nil || *n >= 0 && *n <= 10 && *n*2 == float64(int(*n*2)) }
	switch c.Outcome {
	case "", reply.OutcomeDone, reply.OutcomePartly, reply.OutcomeNotYet, reply.OutcomeSkipped:
		return fits(c.RatingBefore) && fits(c.Rating) && len([]rune(c.Note)) <= LongestNote && len([]rune(c.Expectation)) <= LongestNote
	}
	return false
}

// LongestNote is the most characters of a note that is written on a page.
const LongestNote = 4000

// Correct puts a record in place of the one that Who named; that one is kept, as by
// any correction. NotPossible: it cannot say that. ErrNotFound: the proof is not
// enough, or there is no such record.
func (h House) Correct(s State, said Correction, now time.Time) (Effects, Unable, error) {
	if len(s.Journal) != 1 || !s.Proof().May(ToSeeRecords) {
		return Effects{}, NotProved, ErrNotFound
	}
	base := s.Journal[0]
	said.Note, said.Expectation = strings.TrimSpace(said.Note), strings.TrimSpace(said.Expectation)
	if !said.valid() {
		return Effects{}, NotPossible, nil
	}
	next := base
	next.ID, next.Amends = CheckInID(h.NewID()), base.ID
	next.Outcome, next.Rating, next.RatingBefore = said.Outcome, said.Rating, said.RatingBefore
	next.Note, next.Expectation = kept(base.Note, said.Note, s.Participant.Keep), kept(base.Expectation, said.Expectation, s.Participant.Keep)
	if said.RatingBefore == nil {
		next.Remembered = false
	} else if base.RatingBefore == nil {
		next.Remembered = true // told only now
	}
	return Effects{CheckIns: []CheckIn{next}}, Granted, nil
}

// kept is what stands instead of words: no new ones where the person wants none
// kept (C01).
func kept(was, now string, keep Keep) string {
	if was != now && keep.dropsWords() {
		return ""
	}
	return now
}

// Remove takes out the record that Who named, with what it corrected and the texts
// that it came of.
func (h House) Remove(s State) (Effects, error) {
	if len(s.Journal) != 1 || !s.Proof().May(ToSeeRecords) {
		return Effects{}, ErrNotFound
	}
	return Effects{Remove: []CheckInID{s.Journal[0].ID}}, nil
}
