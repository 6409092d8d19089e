package checkins

import (
	"errors"
	"strings"
	"time"
)

// What those who run this may read of a person is that person's choice ([Sharing]).
// Whatever is read is written down, and is in the person's copy (REQUIREMENTS C12, E11).

// Disclosure is one row of that: who read what of whom, when, and why.
type Disclosure struct {
	ID      string
	By      string    // the account at the machine
	Of      Disclosed // what was read
	Reason  string    // why what is not shared was read; empty = it is shared
	Records int       // how many records
	At      time.Time
}

// Disclosed is what was read.
type Disclosed string

// What can be read. A digest and a copy hold words.
const (
	DisclosedNumbers Disclosed = "numbers" // outcomes and ratings
	DisclosedWords   Disclosed = "words"   // records with what was written
	DisclosedDigest  Disclosed = "digest"  // a weekly digest, written anew
	DisclosedCopy    Disclosed = "copy"    // everything that is kept
)

// ErrNotShared is that the person does not show that to those who run this, and no
// reason was given to read it all the same.
var ErrNotShared = errors.New("they do not share that")

// LongestReason is the most characters of a reason.
const LongestReason = 300

// Disclose writes down that somebody reads, and says how much they may see. d.Of is
// empty for records; then it follows from what is seen. ErrNotShared: nothing may be
// read, and nothing was written down.
func (h House) Disclose(s State, d Disclosure, now time.Time) (Effects, Sharing, error) {
	d.Reason = strings.TrimSpace(d.Reason)
	seen := s.Participant.Shares
	if d.Reason != "" {
		seen = ShareWords
	}
	switch {
	case d.Of == DisclosedDigest && seen != ShareWords:
		return Effects{}, ShareNothing, ErrNotShared
	case d.Of == "" && seen == ShareWords:
		d.Of = DisclosedWords
	case d.Of == "" && seen == ShareNumbers:
		d.Of = DisclosedNumbers
	case d.Of == "":
		return Effects{}, ShareNothing, nil // that there was an answer is no record of anything
	}
	if d.Of != DisclosedCopy {
		d.Records = len(s.Journal)
	}
	d.ID, d.At = h.NewID(), now
	e := Effects{Disclosures: []Disclosure{d}}
	if d.Of == DisclosedCopy {
		e.Fulfilled = []RequestKind{AsksCopy}
	}
	return e, seen, nil
}

// Seen is what of a record is seen by who sees so much of a person.
func (c CheckIn) Seen(by Sharing) CheckIn {
	seen := CheckIn{ID: c.ID, Date: c.Date, At: c.At}
	if by == ShareWords {
		return c
	}
	if by == ShareNumbers {
		seen.Practice, seen.Kind, seen.Channel, seen.Plan = c.Practice, c.Kind, c.Channel, c.Plan
		seen.Outcome, seen.Rating, seen.RatingBefore, seen.Remembered = c.Outcome, c.Rating, c.RatingBefore, c.Remembered
	}
	return seen
}
