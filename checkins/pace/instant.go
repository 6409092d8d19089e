package pace

import "time"

// Shift says how a local date and time of day became an instant. The zero value
// is "it did not", so that a forgotten check sends nothing.
type Shift uint8

// What the local clocks may do to a time of day.
const (
	NoInstant Shift = iota // the date has no such time and none after it
	Exact                  // the clock shows that time once
	Gap                    // clocks skip it; the instant is the first after the gap
	Overlap                // clocks show it twice; the instant is the first
)

// widest is more than any zone has ever differed from UTC (it was 15 h 57 min
// in Manila until 1844), in seconds.
const widest = 16 * 60 * 60

// Instant is the first instant of the date d, in loc, at which a clock on the
// wall shows c or later. That one sentence holds the rules of DESIGN 5 and of
// REQUIREMENTS F02: a time skipped when clocks go forward becomes the first
// valid instant after the gap, and a time shown twice is taken the first time.
//
// It never leaves the date. Where a date does not exist (30 December 2011 in
// Apia), or ends in the gap before c comes (23:30 in Nuuk on the night when
// clocks jump from 23:00 to 00:00), there is NoInstant and the zero time.
//
// time.Date is not asked: in a gap it moves backwards in New York, forwards in
// London, and to the previous date in Santiago. The periods between two changes
// of the clocks are walked instead, from before the earliest instant possible.
func Instant(d Date, c Clock, loc *time.Location) (time.Time, Shift) {
	wall := d.utc().Unix() + int64(c)*60 // what the clock shows, as if it were UTC
	t := time.Unix(wall-widest, 0).In(loc)
	for {
		_, offset := t.Zone()
		end := periodEnd(t)
		at := wall - int64(offset)
		switch {
		case at < t.Unix(): // this period begins later than c: c fell in the gap before it
			if floorDiv(t.Unix()+int64(offset), daySeconds) != floorDiv(wall, daySeconds) {
				return time.Time{}, NoInstant
			}
			return t, Gap
		case end.IsZero() || at < end.Unix():
			if !end.IsZero() && shownAgain(wall, at, end) {
				return time.Unix(at, 0).In(loc), Overlap
			}
			return time.Unix(at, 0).In(loc), Exact
		}
		t = end
	}
}

// periodEnd is when the period that t lies in ends, at the latest; zero for never.
//
// ZoneBounds is exact about changes of the clocks, but where it reckons from the
// zone's rule for all years to come it also ends a period with the year, and in a
// leap year one day before. On that day its end is not after t; the day's is.
func periodEnd(t time.Time) time.Time {
	_, end := t.ZoneBounds()
	if end.IsZero() || end.After(t) {
		return end
	}
	return time.Unix((floorDiv(t.Unix(), daySeconds)+1)*daySeconds, 0).In(t.Location())
}

// shownAgain reports whether the wall time that was shown at the instant at
// comes again in the period that begins at end.
func shownAgain(wall, at int64, end time.Time) bool {
	if end.Unix()-at > 2*widest {
		return false
	}
	_, offset := end.Zone()
	return wall-int64(offset) >= end.Unix()
}

const daySeconds = 24 * 60 * 60

// floorDiv is a/b rounded down, for a positive b.
func floorDiv[T int | int64](a, b T) T {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
