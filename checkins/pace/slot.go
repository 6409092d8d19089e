package pace

import (
	"iter"
	"time"
)

// Why says how a slot came by its instant. The zero value is "not said".
type Why uint8

// The reasons, in the words of whyNames.
const (
	NoWhy      Why = iota
	Plain          // the plan's own time, as it is
	DSTGap         // clocks skip the time; this is the first instant after the gap
	DSTOverlap     // clocks show the time twice; this is the first
	Moved          // the default time lies outside the hours
	Drawn          // a random time in the window
	AfterPause     // the first one after a pause
)

var whyNames = [...]string{
	NoWhy:      "",
	Plain:      "slot",
	DSTGap:     "dst gap",
	DSTOverlap: "dst overlap",
	Moved:      "moved into hours",
	Drawn:      "drawn in window",
	AfterPause: "after pause",
}

// String is the fixed word of the command line for w: slot, dst gap, dst
// overlap, moved into hours, drawn in window, after pause; "" for NoWhy. What
// people read is written in templates, by these.
func (w Why) String() string {
	if int(w) < len(whyNames) {
		return whyNames[w]
	}
	return ""
}

// Slot is one time at which a plan is due. Date and Position are its key: a plan
// has each once (REQUIREMENTS F03). The zero value is no slot.
type Slot struct {
	Date     Date      // local; always the date that At shows in the rule's zone
	Position int       // 0 for the first time of the date, and so on
	At       time.Time // in the rule's zone
	Why      Why
}

// later reports whether s's key comes after o's.
func (s Slot) later(o Slot) bool {
	if s.Date != o.Date {
		return o.Date.Before(s.Date)
	}
	return s.Position > o.Position || o.Date.IsZero()
}

// MoveGap is the least time between two sends of a plan when the person changed
// zone in between (REQUIREMENTS F04). See NextAfter.
const MoveGap = 12 * time.Hour

// patience is for how many due dates on end Next looks for a slot before it
// takes a rule to have none. Dates without their time come alone or, for a pace
// that meets one yearly change of the clocks every time, a handful on end.
const patience = 32

// Next is the first slot strictly after the given instant. It is false when
// there is none: after Until, and for a rule that is not valid.
func (r Rule) Next(after time.Time) (Slot, bool) { return r.NextAfter(Slot{}, after) }

// NextAfter is the first slot strictly after the given instant and after last,
// the slot that was last planned or sent: later than its instant, and with a
// later key. With it a changed rule never plans a local date and position twice:
// not when someone moves the time from 8:00 to 19:00 at noon, and not when a
// flight from Tokyo to Honolulu repeats the date.
//
// When the zone changed since last, pass an instant not before
// last.At.Add(MoveGap): then nothing comes within twelve hours of anything sent
// in the old zone, whatever its position, and from there on Next is as usual.
func (r Rule) NextAfter(last Slot, after time.Time) (Slot, bool) {
	if r.Zone == nil || !r.Pace.Valid() {
		return Slot{}, false
	}
	if after.Before(last.At) {
		after = last.At
	}
	after = after.In(r.Zone)
	today := DateOf(after)
	if today.Year > 9999 { // no date is written so
		return Slot{}, false
	}
	from := max(today.number(), last.Date.number())
	sought := search{after: after, last: last}
	for range patience {
		day, ok := r.due(from)
		if !ok {
			return Slot{}, false
		}
		date := dateAt(day)
		sought.gone = -1
		if date == today {
			sought.gone = ClockOf(after)
		}
		if s, ok := r.first(date, &sought); ok {
			return s, true
		}
		from = day + 1
	}
	return Slot{}, false
}

// Resume is the first slot of a plan whose pause ends at until: the first at or
// after that instant with a key later than last's. What would have been due in
// the pause is gone, and does not come later (REQUIREMENTS F13).
func (r Rule) Resume(last Slot, until time.Time) (Slot, bool) {
	s, ok := r.NextAfter(last, until.Add(-1))
	if ok {
		s.Why = AfterPause
	}
	return s, ok
}

// All yields the slots strictly after the given instant, in order, without end
// unless the rule has one. A pause that ends at pausedUntil is kept if it ends
// later than after; the zero time is no pause.
func (r Rule) All(after, pausedUntil time.Time) iter.Seq[Slot] {
	return func(yield func(Slot) bool) {
		s, ok := r.Next(after)
		if pausedUntil.After(after) {
			s, ok = r.Resume(Slot{}, pausedUntil)
		}
		for ok && yield(s) {
			s, ok = r.NextAfter(s, s.At)
		}
	}
}

// Closes is when s's own part of the day ends: that of the window, or of the
// hours. A message for s expires then at the latest (DESIGN rule 6). It is false
// for a time that the person picked, which knows no such end.
func (r Rule) Closes(s Slot) (time.Time, bool) {
	if len(r.At) > 0 || r.Zone == nil {
		return time.Time{}, false
	}
	to := r.hoursOn(s.Date).To
	if r.hasWindow() {
		to = min(to, r.Window.To)
	}
	t, how := Instant(s.Date, to, r.Zone)
	return t, how != NoInstant
}
