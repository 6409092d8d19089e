package reply

import "github.com/microreach/microreach/checkins/pace"

// stretch reads days from the one to the other, "from Friday to Sunday", "Dec 20 - Jan 3",
// "the 20th until the 27th", and gives where it ends: the last day is within it, but for
// "until", which ends on that day as it does elsewhere.
func (t *said) stretch(pos int32) (m moment, next int32, ok bool) {
	if t.c.Now.IsZero() {
		return m, pos, false
	}
	pos = t.past(pos, "from", "of")
	first, at, reason, ok := t.date(pos, plainly)
	if !ok || reason != "" {
		first = pace.Date{}
		if _, at, ok = t.dayNumber(pos); !ok { // "20-27 December" names its month at the end
			return m, pos, false
		}
	}
	at, within, ok := t.joint(at)
	if !ok {
		return m, pos, false
	}
	last, next, ok := t.stretchEnd(t.past(at, "of"), first)
	if within {
		last = last.AddDays(1)
	}
	return moment{date: last, hasDate: true}, next, ok
}

// joint reads what stands between the ends of a stretch; within tells that the last day
// is part of it.
func (t *said) joint(pos int32) (next int32, within, ok bool) {
	for _, part := range [...]string{"to", "through"} {
		if _, next, ok := t.role(pos, part); ok {
			return next, true, true
		}
	}
	if _, next, ok := t.role(pos, "until"); ok {
		return next, false, true
	}
	return pos, true, int(pos) < len(t.toks) && t.toks[pos].sep == '-'
}

// stretchEnd reads the last day of a stretch. A weekday comes after the first day, and a
// bare number is a day of its month: "Wednesday to Monday", "Dec 20-27".
func (t *said) stretchEnd(pos int32, first pace.Date) (d pace.Date, next int32, ok bool) {
	d, next, reason, ok := t.date(pos, plainly)
	if ok && reason == "" {
		_, _, _, weekday := t.weekday(pos)
		for weekday && d.Before(first) {
			d = d.AddDays(7)
		}
		return d, next, true
	}
	n, next, ok := t.dayNumber(pos)
	if !ok || first == (pace.Date{}) || n > pace.DaysIn(first.Year, first.Month) {
		return d, pos, false
	}
	if d = first; n < d.Day {
		d = d.AddMonths(1)
	}
	d.Day = min(n, pace.DaysIn(d.Year, d.Month))
	return d, next, true
}

// dayNumber reads a number that can be a day of a month and is none of units.
func (t *said) dayNumber(pos int32) (n int, next int32, ok bool) {
	n, next, ok = t.whole(pos)
	next = t.past(next, "ordinal")
	_, _, unit := t.role(next, "unit")
	return n, next, ok && !unit && n >= 1 && n <= 31
}
