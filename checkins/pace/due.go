package pace

import "time"

// Dates are reckoned with as numbers: days since 1 January 1970, a Thursday.

// number is d as days since 1970-01-01.
func (d Date) number() int { return int(d.utc().Unix() / daySeconds) }

// dateAt is the date with the given number.
func dateAt(number int) Date { return DateOf(time.Unix(int64(number)*daySeconds, 0).UTC()) }

// weekOf is the number of the week, Monday to Sunday, that a day lies in.
func weekOf(day int) int { return floorDiv(day+3, 7) }

// mondayOf is the first day of a week.
func mondayOf(week int) int { return week*7 - 3 }

// usualDays are the days of N/week when the person named none.
var usualDays = [8]Days{
	1: 0b0000001, // mon
	2: 0b0001001, // mon thu
	3: 0b0010101, // mon wed fri
	4: 0b0110101, // mon wed fri sat
	5: Weekdays,
	6: 0b0111111, // all but sun
	7: EveryDay,
}

// due is the first due day not before the given one; false when there is none.
func (r *Rule) due(day int) (int, bool) {
	if !r.Anchor.IsZero() {
		day = max(day, r.Anchor.number())
	}
	ok := true
	switch r.Pace.Unit {
	case Day:
		day = r.dueByDay(day)
	case Week:
		day, ok = r.dueByWeek(day)
	case Month:
		day = r.dueByMonth(day)
	default:
		return 0, false
	}
	if !ok || (!r.Until.IsZero() && day > r.Until.number()) {
		return 0, false
	}
	return day, true
}

// dueByDay counts from the anchor, or leaves out the days that were not chosen.
func (r *Rule) dueByDay(day int) int {
	if n := r.Pace.Every; n > 1 {
		gone := day - r.Anchor.number()
		return day + (n-gone%n)%n
	}
	if r.Days&EveryDay != 0 {
		return firstOf(r.Days, day)
	}
	return day
}

// dueByWeek finds a chosen day in this week, if it is one of every Nth, or in
// the next such week.
func (r *Rule) dueByWeek(day int) (int, bool) {
	n, days := r.Pace.Every, r.Days&EveryDay
	if days == 0 {
		days = usualDays[r.Pace.N]
		if n > 1 {
			days = DaysOf(r.Anchor.Weekday())
		}
	}
	first := weekOf(r.Anchor.number())
	if n == 1 {
		return firstOf(days, day), true
	}
	for range 2 { // this week may have no chosen day left; the next one then has
		week := weekOf(day)
		if over := floorDiv(week-first, n)*n + first; over != week {
			day = mondayOf(over + n)
			week = over + n
		}
		if found := firstOf(days, day); weekOf(found) == week {
			return found, true
		}
		day = mondayOf(week + 1)
	}
	return 0, false
}

// firstOf is the first day of the set that is not before day. The set has one.
func firstOf(set Days, day int) int {
	weekday := day - mondayOf(weekOf(day))
	for set&(1<<(weekday%7)) == 0 {
		weekday++
		day++
	}
	return day
}

// dueByMonth finds the next date of this month's or the first of the next's.
func (r *Rule) dueByMonth(day int) int {
	d := dateAt(day)
	length := Date{d.Year, d.Month + 1, 0}.utc().Day()
	for k := range r.Pace.N {
		if at := dayOfMonth(k, r.Pace.N, length); at >= d.Day {
			return day + at - d.Day
		}
	}
	return Date{d.Year, d.Month + 1, 1}.number()
}

// dayOfMonth is the date of the kth time, from 0, of n in a month of the given
// length: 1+30k/n rounded down. From 15 a month on the last is the 29th; where
// February has none, the last ones move up by a day, so that there are always n.
func dayOfMonth(k, n, length int) int { return min(1+30*k/n, length-(n-1-k)) }
