package reply

import (
	"strconv"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Dates are read forwards: "Monday" is the next Monday, 3 March in April is that of
// next year. What cannot be is refused with a reason and never bent into something
// that can.

// longestWait is how far ahead a person can put something off, in days.
const longestWait = 731

// moment is a point in time as it was said: a date, a time of day, both, or a span
// from now.
type moment struct {
	date     pace.Date
	clock    pace.Clock
	span     time.Duration
	hasDate  bool
	hasClock bool
	hasSpan  bool
	bare     bool // the hour was said without saying which half of the day
	tonight  bool // this evening, this afternoon
	reason   string
	part     pace.Clock
	hasPart  bool
}

// manner is how a moment is tied to what comes before it.
type manner uint8

const (
	plainly manner = iota // "tomorrow"
	till                  // "until tomorrow"
	during                // "for this week": its end is meant
	ahead                 // "in two days"
)

// moment reads what stands at pos, with its preposition: "until Monday at 9", "for a
// week", "in 2 hours", "tomorrow morning". Without a preposition it is read as unless says.
func (t *said) moment(pos int32, unless manner) (m moment, next int32, how manner, ok bool) {
	if t.c.Now.IsZero() {
		return m, pos, how, false
	}
	how, at, inclusive := t.preposition(pos)
	if how == plainly {
		how = unless
	}
	_, _, whole := t.role(at, "moment")
	if _, after, ok := t.role(at, "after"); ok && how == till && !whole { // until after Christmas
		if _, _, weekend := t.role(at, "after_weekend"); !weekend {
			at, inclusive = after, true
		}
	}
	start := at
	for range 4 {
		if int(at) >= len(t.toks) || at > start && t.toks[at].gap == stop {
			break
		}
		after, found := t.momentPart(&m, at, how)
		_, _, rule, _ := t.weekday(at) // "los martes" is no single day
		if skip := t.past(t.past(t.past(at, "at"), "of"), "about"); !found && !rule && skip > at && int(skip) < len(t.toks) {
			after, found = t.momentPart(&m, skip, how)
		}
		if !found {
			break
		}
		next, ok, at = after, true, after
	}
	if ok && inclusive && m.hasDate && !m.hasClock {
		m.date = m.date.AddDays(1)
	}
	m.settlePart()
	return m, next, how, ok
}

func (t *said) preposition(pos int32) (how manner, next int32, inclusive bool) {
	if _, _, ok := t.role(pos, "moment"); ok {
		return plainly, pos, false // "after dinner" is one time, not the time after one
	}
	if _, next, ok := t.role(pos, "through"); ok {
		return till, next, true
	}
	if _, next, ok := t.role(pos, "until"); ok {
		if _, after, in := t.role(next, "in"); in && t.isCount(after) { // back in 2 weeks
			return ahead, after, false
		}
		return till, next, false
	}
	if _, next, ok := t.role(pos, "for"); ok {
		return during, next, false
	}
	if _, next, ok := t.role(pos, "in"); ok {
		return ahead, next, false
	}
	return plainly, pos, false
}

func (t *said) isCount(pos int32) bool { _, _, ok := t.count(pos); return ok }

// momentPart reads one part of a moment into m: a span, a date, or a time of day.
func (t *said) momentPart(m *moment, pos int32, how manner) (next int32, ok bool) {
	if !m.hasSpan && !m.hasDate && !m.hasClock {
		if next, ok := t.span(m, pos, how); ok {
			return next, true
		}
	}
	v, next, ok := t.role(pos, "moment")
	if ok && m.hasDate && !m.hasPart && !m.hasClock { // tomorrow after work
		m.part, _ = pace.ParseClock(v)
		m.hasPart = true
		return next, true
	}
	if ok && !m.hasDate {
		m.date, m.hasDate, m.tonight = t.today(), true, true
		m.part, _ = pace.ParseClock(v)
		m.hasPart = true
		if how == during {
			m.date, m.hasPart, m.tonight = t.today().AddDays(1), false, false
		}
		return next, true
	}
	_, _, named := t.role(pos, "day")
	if !m.hasDate || named && m.tonight { // after dinner tomorrow
		d, next, reason, ok := t.date(pos, how)
		if ok {
			m.date, m.hasDate, m.tonight = d, true, false
			if m.reason == "" {
				m.reason = reason
			}
			return next, true
		}
	}
	if v, next, ok := t.role(pos, "part"); ok && !m.hasPart {
		m.part, _ = pace.ParseClock(v)
		m.hasPart = true
		return next, true
	}
	if m.hasClock {
		return pos, false
	}
	c, next, bare, reason, ok := t.clock(pos, t.saidAt(pos) || how == till && t.toks[pos].digits <= 2 || t.lonelyHour(pos))
	if ok {
		m.clock, m.hasClock, m.bare = c, true, bare
		if m.reason == "" {
			m.reason = reason
		}
	}
	return next, ok
}

// saidAt reports whether "at" stands before pos, perhaps with an "about" between.
func (t *said) saidAt(pos int32) bool {
	if _, next, ok := t.role(pos-1, "about"); ok && next == pos {
		pos--
	}
	_, next, ok := t.role(pos-1, "at")
	return ok && next == pos
}

// lonelyHour reports whether the number at pos ends its clause after a near day:
// "tmrw 8", "tonight 9".
func (t *said) lonelyHour(pos int32) bool {
	if int(pos) >= len(t.toks) || t.toks[pos].digits > 2 || t.ends(pos+1) < clauseEdge {
		return false
	}
	for _, part := range [...]string{"day", "moment"} {
		for from := max(pos-3, 0); from < pos; from++ {
			if _, next, ok := t.role(from, part); ok && next == pos {
				return true
			}
		}
	}
	return false
}

// settlePart lets a part of the day stand for a time of its own, or say which half of
// the day an hour belongs to ("tomorrow evening at 8").
func (m *moment) settlePart() {
	const noon = 12 * 60
	switch {
	case !m.hasPart:
	case !m.hasClock:
		m.clock, m.hasClock = m.part, true
	case m.bare && m.part < noon && m.clock >= noon+60:
		m.clock -= noon
	case m.bare && m.part > noon && m.clock < noon:
		m.clock += noon
	}
}

func (t *said) zone() *time.Location {
	if t.c.Zone == nil {
		return time.UTC
	}
	return t.c.Zone
}

func (t *said) today() pace.Date { return pace.DateOf(t.c.Now.In(t.zone())) }

// instant turns m into an instant after now; reason tells when there is none.
func (t *said) instant(m moment) (at time.Time, reason string) {
	now := t.c.Now.In(t.zone()).Truncate(time.Second)
	switch {
	case m.reason != "":
		return time.Time{}, m.reason
	case m.hasSpan:
		at = now.Add(m.span)
	case m.hasDate:
		at = t.firstOn(m.date, m.clock)
		if !at.After(now) && m.tonight {
			at = now.Add(time.Hour)
		}
	default:
		at = t.firstOn(t.today(), m.clock)
		if !at.After(now) {
			at = t.firstOn(t.today().AddDays(1), m.clock)
		}
	}
	switch {
	case !at.After(now):
		return time.Time{}, ReasonPast
	case at.Sub(now) > longestWait*24*time.Hour:
		return time.Time{}, ReasonTooLong
	}
	return at, ""
}

// firstOn is the instant of a date and time; on the next date that exists where this
// one does not.
func (t *said) firstOn(d pace.Date, c pace.Clock) time.Time {
	for range 3 {
		if at, how := pace.Instant(d, c, t.zone()); how != pace.NoInstant {
			return at
		}
		d, c = d.AddDays(1), 0
	}
	return time.Time{}
}

// span reads a number of units: "a week", "2 hours", "an hour and a half", "3d".
func (t *said) span(m *moment, pos int32, how manner) (next int32, ok bool) {
	n, at, ok := t.count(pos)
	if !ok {
		return pos, false
	}
	unit, next, ok := t.role(at, "unit")
	if _, _, after := t.role(pos-1, "after"); !ok && how == ahead && !after && at == pos+1 && t.ends(at) >= clauseEdge {
		m.reason = unitless(n)
		t.addSpan(m, n, "minute")
		return at, true
	}
	if !ok || t.toks[at].sep == '/' { // 2/week is a pace
		return pos, false
	}
	if _, after, ok := t.role(next, "and_half"); ok {
		n, next = n+0.5, after
	}
	if _, after, ok := t.role(next, "ago"); ok {
		m.reason = ReasonPast
		next = after
	}
	next = t.past(next, "from_now")
	if n <= 0 && m.reason == "" {
		m.reason = ReasonPast
	}
	t.addSpan(m, n, unit)
	return next, true
}

// unitless tells what is wrong with a number of no unit: "in 20" is minutes, and
// "in 2" may be hours or days.
func unitless(n float64) string {
	if n >= 5 && n <= 90 {
		return ""
	}
	return ReasonAmbiguous
}

// addSpan reckons hours and minutes exactly, and longer spans in whole dates.
func (t *said) addSpan(m *moment, n float64, unit string) {
	if n > 1e6 {
		m.reason = ReasonTooLong
		n = 1
	}
	days := map[string]float64{"day": 1, "week": 7, "fortnight": 14}[unit]
	switch {
	case unit == "minute":
		m.span, m.hasSpan = time.Duration(n*float64(time.Minute)), true
	case unit == "hour":
		m.span, m.hasSpan = time.Duration(n*float64(time.Hour)), true
	case days > 0 && n*days > 3*longestWait, days == 0 && n > 36:
		m.reason = ReasonTooLong
		m.hasDate = true
	case days > 0:
		m.date, m.hasDate = t.today().AddDays(int(n*days+0.5)), true
	case n != float64(int(n)): // a month and a half
		m.date, m.hasDate = t.today().AddDays(int(n*30+0.5)), true
	default:
		months := int(n)
		if unit == "year" {
			months *= 12
		}
		m.date, m.hasDate = t.today().AddMonths(months), true
	}
}

// date reads a date; reason tells why what stands there is none.
func (t *said) date(pos int32, how manner) (d pace.Date, next int32, reason string, ok bool) {
	for _, read := range [...]func(*said, int32, manner) (pace.Date, int32, string, bool){
		(*said).nearDay, (*said).pastDay, (*said).weekdayDate, (*said).spanOfCalendar, (*said).numericDate, (*said).monthDate, (*said).yearDate,
	} {
		if d, next, reason, ok = read(t, pos, how); ok {
			return d, next, reason, true
		}
	}
	return d, pos, "", false
}

// nearDay reads today, tomorrow, yesterday, and holidays.
func (t *said) nearDay(pos int32, how manner) (d pace.Date, next int32, reason string, ok bool) {
	if v, next, ok := t.role(pos, "day"); ok {
		n, _ := strconv.Atoi(v)
		if n < 0 {
			return d, next, ReasonPast, true
		}
		if how == during {
			n++
		}
		return t.today().AddDays(n), next, "", true
	}
	if v, next, ok := t.role(pos, "holiday"); ok {
		return comingFeast(v, t.today()), next, "", true
	}
	return d, pos, "", false
}

// pastDay reads "last Monday", "last week": always too late.
func (t *said) pastDay(pos int32, _ manner) (d pace.Date, next int32, reason string, ok bool) {
	_, at, ok := t.role(pos, "last")
	if !ok {
		return d, pos, "", false
	}
	if _, next, _, ok := t.weekday(at); ok {
		return d, next, ReasonPast, true
	}
	for _, part := range [...]string{"unit", "month", "weekend"} {
		if _, next, ok := t.role(at, part); ok {
			return d, next, ReasonPast, true
		}
	}
	return d, pos, "", false
}

// weekdayDate reads "Monday" (the next one, never today) and "next Monday" (the one
// of next week).
func (t *said) weekdayDate(pos int32, _ manner) (d pace.Date, next int32, reason string, ok bool) {
	_, at, following := t.role(pos, "next")
	if !following {
		at = t.past(pos, "this")
	}
	day, next, plural, ok := t.weekday(at)
	if !ok || plural {
		return d, pos, "", false
	}
	if _, after, two := t.eitherDay(next); two {
		return d, after, ReasonAmbiguous, true
	}
	d = t.today().AddDays(1)
	if following {
		d = t.mondayAfter()
	}
	for !day.Has(d.Weekday()) {
		d = d.AddDays(1)
	}
	return d, next, "", true
}

// eitherDay reads "or Tuesday".
func (t *said) eitherDay(pos int32) (pace.Days, int32, bool) {
	_, at, ok := t.role(pos, "or")
	if !ok {
		return 0, pos, false
	}
	d, next, _, ok := t.weekday(at)
	return d, next, ok
}

// mondayAfter is the first day of next week.
func (t *said) mondayAfter() pace.Date {
	d := t.today().AddDays(1)
	for d.Weekday() != time.Monday {
		d = d.AddDays(1)
	}
	return d
}

// spanOfCalendar reads weeks, weekends, months and years by their place: "next week",
// "the weekend", "the rest of the month", "the end of the year".
func (t *said) spanOfCalendar(pos int32, how manner) (d pace.Date, next int32, reason string, ok bool) {
	if _, next, ok := t.role(pos, "after_weekend"); ok {
		return t.mondayAfter(), next, "", true
	}
	_, at, rest := t.role(pos, "rest")
	if !rest {
		_, at, rest = t.role(pos, "end")
	}
	if !rest {
		at = pos
	}
	steps := 0
	_, after, following := t.role(at, "next")
	_, after2, current := t.role(at, "this")
	switch {
	case following:
		at, steps = after, 1
	case current:
		at = after2
	}
	if _, next, ok := t.role(at, "weekend"); ok {
		return t.weekendDate(steps, rest || how == during), next, "", true
	}
	if v, next, ok := t.role(at, "month"); ok && rest { // the end of March
		n, _ := strconv.Atoi(v)
		d, _ = t.comingDay(time.Month(n), 1)
		return d.AddMonths(1), next, "", true
	}
	unit, next, ok := t.role(at, "unit")
	if !ok || !rest && !following && !current {
		return d, pos, "", false
	}
	if rest || how == during || current {
		steps++
	}
	return t.beginOf(unit, steps), next, "", true
}

// weekendDate is Saturday, or Monday where the end of the weekend is meant.
func (t *said) weekendDate(steps int, after bool) pace.Date {
	saturday := t.mondayAfter().AddDays(-2)
	if !t.today().Before(saturday) {
		saturday = saturday.AddDays(7) // it is the weekend: the next one
		if after {
			return t.mondayAfter()
		}
	} else {
		saturday = saturday.AddDays(7 * steps)
	}
	if after {
		return saturday.AddDays(2)
	}
	return saturday
}

// beginOf is the first date of the unit that many steps ahead; 1 is the next one.
func (t *said) beginOf(unit string, steps int) pace.Date {
	today := t.today()
	switch unit {
	case "week":
		return t.mondayAfter().AddDays(7 * (steps - 1))
	case "month":
		return pace.Date{Year: today.Year, Month: today.Month, Day: 1}.AddMonths(steps)
	case "year":
		return pace.Date{Year: today.Year + steps, Month: time.January, Day: 1}
	}
	return today.AddDays(steps)
}

// comingDay is the next such day of the year after today; for 29 February that may be
// years ahead, and a day that no year has is impossible.
func (t *said) comingDay(month time.Month, day int) (pace.Date, string) {
	d := pace.Date{Year: t.today().Year, Month: month, Day: day}
	for range 9 {
		if day >= 1 && day <= pace.DaysIn(d.Year, month) && t.today().Before(d) {
			return d, ""
		}
		d.Year++
	}
	return pace.Date{}, ReasonImpossibleDate
}
