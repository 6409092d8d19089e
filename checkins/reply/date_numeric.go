package reply

import (
	"strconv"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// numericDate reads 2026-03-15, 3/15, 15.3., 3/15/26; in America the month comes
// first, elsewhere the day.
func (t *said) numericDate(pos int32, _ manner) (d pace.Date, next int32, reason string, ok bool) {
	a, sep, ok := t.numberBefore(pos)
	if !ok {
		return d, pos, "", false
	}
	b, _, _ := t.whole(pos + 1)
	next = pos + 2
	c, hasYear := 0, false
	if int(next) < len(t.toks) && t.toks[next].sep == sep && t.toks[next].glued {
		if c, _, hasYear = t.whole(next); hasYear {
			next++
		}
	}
	iso := a > 31 && hasYear && t.toks[pos].digits == 4
	switch {
	case iso:
		a, b, c = b, c, a
	case !t.monthFirst() || sep == '.':
		a, b = b, a
	}
	if a > 12 && b <= 12 && !iso { // 15/3 in America can only be one thing
		a, b = b, a
	}
	if !hasYear {
		d, reason = t.dayInYear(a, b)
		return d, next, reason, true
	}
	d, reason = t.dayOfYear(fullYear(c), a, b)
	return d, next, reason, true
}

// numberBefore reads a whole number that a slash or dash joins to another one.
func (t *said) numberBefore(pos int32) (n int, sep byte, ok bool) {
	n, _, ok = t.whole(pos)
	if !ok || int(pos)+1 >= len(t.toks) || t.toks[pos].kind != isNumber {
		return 0, 0, false
	}
	b := t.toks[pos+1]
	if b.kind != isNumber || !b.glued || b.frac > 0 || b.sep != '/' && b.sep != '-' {
		return 0, 0, false
	}
	if b.sep == '-' && t.toks[pos].digits < 4 { // 3-4 is a range
		return 0, 0, false
	}
	return n, b.sep, true
}

func fullYear(y int) int {
	if y < 100 {
		return 2000 + y
	}
	return y
}

// whole reads a whole number below 10,000.
func (t *said) whole(pos int32) (n int, next int32, ok bool) {
	v, ok := t.number(pos)
	if !ok || v != float64(int(v)) || v < 0 || v > 9999 {
		return 0, pos, false
	}
	return int(v), pos + 1, true
}

// monthDate reads "March 3", "3 March", "the 3rd of March 2027", "the 15th", "March".
func (t *said) monthDate(pos int32, how manner) (d pace.Date, next int32, reason string, ok bool) {
	if v, at, ok := t.role(pos, "month"); ok {
		return t.afterMonth(v, at, how)
	}
	day, at, ok := t.whole(pos)
	if !ok || t.toks[pos].frac > 0 {
		return d, pos, "", false
	}
	_, after, ordinal := t.role(at, "ordinal")
	if ordinal {
		at = after
	}
	if v, next, ok := t.role(t.past(at, "of"), "month"); ok {
		d, next, reason = t.withYear(v, day, next)
		return d, next, reason, true
	}
	if !ordinal && !t.saidThe(pos) {
		return d, pos, "", false
	}
	if _, unit, ok := t.role(at, "unit"); ok && unit > at {
		return d, pos, "", false // "the 3 days"
	}
	d, reason = t.dayOfMonth(day)
	return d, at, reason, true
}

// yearDate reads "until 2027": its first day.
func (t *said) yearDate(pos int32, how manner) (d pace.Date, next int32, reason string, ok bool) {
	y, next, ok := t.whole(pos)
	if !ok || how != till || y < 1900 || y > 2999 || t.saidAt(pos) {
		return d, pos, "", false
	}
	return pace.Date{Year: y, Month: time.January, Day: 1}, next, "", true
}

// saidThe reports whether an article or "day" stands right before pos, as in "until
// the 15".
func (t *said) saidThe(pos int32) bool {
	_, next, ok := t.role(pos-1, "of")
	return ok && next == pos && t.toks[pos].kind == isNumber
}

// afterMonth reads what follows the name of a month.
func (t *said) afterMonth(month string, at int32, how manner) (d pace.Date, next int32, reason string, ok bool) {
	first := t.past(at, "of")
	if day, after, ok := t.whole(first); ok && t.toks[first].digits <= 2 && t.toks[first].frac == 0 {
		if _, end, ordinal := t.role(after, "ordinal"); ordinal {
			after = end
		}
		d, next, reason = t.withYear(month, day, after)
		return d, next, reason, true
	}
	if how == plainly {
		return d, at, "", false // "may", "march" on their own are more often no months
	}
	d, next, reason = t.withYear(month, 1, at)
	if how == during && reason == "" { // "no texts in December": to its end
		if m := t.today().Month; m == d.Month && d.Year == t.today().Year+1 {
			d.Year-- // it has begun
		}
		d = d.AddMonths(1)
	}
	return d, next, reason, true
}

// withYear reads a year, if one follows, and makes the date.
func (t *said) withYear(month string, day int, at int32) (d pace.Date, next int32, reason string) {
	m, _ := strconv.Atoi(month)
	if y, after, ok := t.whole(t.past(at, "of")); ok && y >= 1000 && t.toks[after-1].gap < stop {
		d, reason = t.dayOfYear(y, m, day)
		return d, after, reason
	}
	d, reason = t.dayInYear(m, day)
	return d, at, reason
}

// dayInYear is the coming such day.
func (t *said) dayInYear(month, day int) (pace.Date, string) {
	if month < 1 || month > 12 {
		return pace.Date{}, ReasonImpossibleDate
	}
	return t.comingDay(time.Month(month), day)
}

func (t *said) dayOfYear(year, month, day int) (pace.Date, string) {
	if month < 1 || month > 12 || day < 1 || day > pace.DaysIn(year, time.Month(month)) {
		return pace.Date{}, ReasonImpossibleDate
	}
	return pace.Date{Year: year, Month: time.Month(month), Day: day}, ""
}

// dayOfMonth is the coming such day of this month or a later one that has it.
func (t *said) dayOfMonth(day int) (pace.Date, string) {
	if day < 1 || day > 31 {
		return pace.Date{}, ReasonImpossibleDate
	}
	first := pace.Date{Year: t.today().Year, Month: t.today().Month, Day: 1}
	for n := range 3 {
		month := first.AddMonths(n)
		if d := month.AddDays(day - 1); d.Month == month.Month && t.today().Before(d) {
			return d, ""
		}
	}
	return pace.Date{}, ReasonImpossibleDate
}

// clock reads a time of day. bareOK says that a lone hour counts as one ("at 7"); it
// is then read within waking hours, 9:00 to 20:59.
func (t *said) clock(pos int32, bareOK bool) (c pace.Clock, next int32, bare bool, reason string, ok bool) {
	if _, at, ok := t.role(pos, "half_past"); ok {
		c, next, bare, reason, ok = t.clock(at, true)
		return c + 30, next, bare, reason, ok
	}
	if int(pos) >= len(t.toks) || t.toks[pos].kind != isNumber && !bareOK {
		if v, known := t.number(pos); !known || !t.halfOfDay(pos+1) || v > 12 {
			return 0, pos, false, "", false
		}
	}
	hour, minute, at, form, ok := t.hourMinute(pos)
	if !ok {
		return 0, pos, false, "", false
	}
	half, after := t.half(at)
	if half != "" {
		at = after
	} else if form == loneHour && !bareOK {
		return 0, pos, false, "", false
	}
	if hour > 24 || minute > 59 || hour == 24 && minute > 0 || half == "am" && hour > 12 {
		return 0, at, false, ReasonImpossibleTime, true
	}
	hour, bare = halved(hour%24, half, form == wholeTime)
	return pace.Clock(hour*60 + minute), at, bare, "", true
}

// halved puts an hour into its half of the day; bare tells that this was a guess.
func halved(hour int, half string, certain bool) (h int, bare bool) {
	switch {
	case half == "pm" && hour < 12:
		return hour + 12, false
	case half == "am" && hour == 12:
		return 0, false
	case half == "" && !certain && hour >= 1 && hour <= 8:
		return hour + 12, true
	}
	return hour, half == "" && !certain && hour >= 1 && hour <= 12
}

// half reads am or pm.
func (t *said) half(pos int32) (half string, next int32) {
	for _, part := range [...]string{"am", "pm"} {
		_, next, ok := t.role(pos, part)
		if ok && (t.toks[pos].glued || t.toks[next-1].to-t.toks[pos].from > 1) { // 7p, but not 7 a
			return part, next
		}
	}
	return "", pos
}

func (t *said) halfOfDay(pos int32) bool { half, _ := t.half(pos); return half != "" }

// timeForm is how surely a number is a time of day.
type timeForm uint8

const (
	loneHour  timeForm = iota // 7: only where a time is expected
	halfTime                  // 7:30: a time, in one half of the day or the other
	wholeTime                 // 19:30
)

// hourMinute reads "19:30", "7.30", "19h30", "1930", "7".
func (t *said) hourMinute(pos int32) (hour, minute int, next int32, form timeForm, ok bool) {
	v, ok := t.number(pos)
	if !ok || v > 9999 {
		return 0, 0, pos, loneHour, false
	}
	tok, next := t.toks[pos], pos+1
	hour = int(v)
	if tok.frac == 2 {
		return hour, int((v-float64(hour))*100 + 0.5), next, loneHour, true
	}
	if tok.frac > 0 {
		return 0, 0, pos, loneHour, false
	}
	form = halfTime
	if hour > 12 || hour == 0 || tok.digits == 2 && hour < 10 {
		form = wholeTime
	}
	if _, at, ok := t.role(next, "oclock"); ok {
		if m, after, ok := t.whole(at); ok && t.toks[at].glued {
			return hour, m, after, form, true
		}
		return hour, 0, at, form, true
	}
	if int(next) < len(t.toks) && t.toks[next].sep == ':' && t.toks[next].glued && t.toks[next].digits == 2 {
		m, after, _ := t.whole(next)
		return hour, m, after, form, true
	}
	if tok.digits == 3 || tok.digits == 4 {
		return hour / 100, hour % 100, next, loneHour, true
	}
	return hour, 0, next, loneHour, tok.digits <= 2 || tok.kind == isWord
}
