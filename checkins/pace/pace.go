// Package pace answers one question: when is a plan due next?
//
// A person sets a [Pace] ("2/week"), perhaps days and times, in the zone they
// live in. What is stored is that rule, never a computed instant, and every
// instant is reckoned from the rule anew, so that nothing drifts when clocks
// are put forward or back. The package is pure: the present moment is always
// an argument.
//
// [Rule] is all that is stored: the pace and days, the times or the random
// window, the hours, the zone, the first and last date. [Rule.Next] reckons the
// next [Slot] in four steps, each in a file of its own: the next due date
// (due.go), that date's times of day (times.go), their instants (instant.go),
// and the first of these that is still to come (slot.go). Every slot says why it
// is when it is. [Slower] and [Faster] go one rung of a ladder of paces.
package pace

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Unit is the span that a Pace counts in. The zero value is no span at all.
type Unit uint8

// The spans of a Pace.
const (
	NoUnit Unit = iota
	Day
	Week
	Month
)

var unitNames = [...]string{"", "day", "week", "month"}

// Pace is how often: N times per Every units. Either N or Every is 1.
// The zero value is "no pace said".
type Pace struct {
	N     int  // times: up to 24 a day, 7 a week, 28 a month
	Every int  // units: up to 365 days or 52 weeks, always 1 month
	Unit  Unit // Day, Week or Month
}

// Parse reads "N/day", "N/week", "N/month", "1/Ndays" or "1/Nweeks".
func Parse(s string) (Pace, error) {
	left, right, ok := strings.Cut(strings.TrimSpace(s), "/")
	n, err := strconv.Atoi(left)
	if !ok || err != nil {
		return Pace{}, paceError(s)
	}
	every := 1
	if i := strings.IndexFunc(right, func(r rune) bool { return r < '0' || r > '9' }); i > 0 {
		if every, err = strconv.Atoi(right[:i]); err != nil {
			return Pace{}, paceError(s)
		}
		right = right[i:]
	}
	p := Pace{N: n, Every: every}
	switch strings.TrimSuffix(right, "s") {
	case "day":
		p.Unit = Day
	case "week":
		p.Unit = Week
	case "month":
		p.Unit = Month
	}
	if !p.Valid() {
		return Pace{}, paceError(s)
	}
	return p, nil
}

func paceError(s string) error {
	return fmt.Errorf("pace %q: write N/day, N/week, N/month, 1/Ndays or 1/Nweeks, such as 2/week", s)
}

// Valid reports whether p is one of the paces that a person can set: up to 24
// a day, 7 a week, 28 a month, or one per up to 365 days or 52 weeks.
func (p Pace) Valid() bool {
	switch {
	case p.N < 1 || p.Every < 1 || (p.N > 1 && p.Every > 1):
		return false
	case p.Unit == Day:
		return p.N <= 24 && p.Every <= 365
	case p.Unit == Week:
		return p.N <= 7 && p.Every <= 52
	case p.Unit == Month:
		return p.N <= 28 && p.Every == 1
	}
	return false
}

// String writes p as Parse reads it; "" for the zero value.
func (p Pace) String() string {
	switch {
	case p.Unit == NoUnit:
		return ""
	case p.Every > 1:
		return fmt.Sprintf("%d/%d%ss", p.N, p.Every, unitNames[p.Unit])
	}
	return fmt.Sprintf("%d/%s", p.N, unitNames[p.Unit])
}

// Days is a set of weekdays; bit 0 is Monday. The zero value is "no days said".
type Days uint8

// Sets that people name.
const (
	Weekdays Days = 0b0011111
	Weekend  Days = 0b1100000
	EveryDay Days = 0b1111111
)

var dayNames = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// DaysOf is the set of the given weekdays.
func DaysOf(days ...time.Weekday) Days {
	var d Days
	for _, w := range days {
		d |= 1 << ((w + 6) % 7)
	}
	return d
}

// ParseDays reads a comma-separated list such as "mon,thu".
func ParseDays(s string) (Days, error) {
	var d Days
	for part := range strings.SplitSeq(s, ",") {
		i := 0
		for i < 7 && dayNames[i] != strings.ToLower(strings.TrimSpace(part)) {
			i++
		}
		if i == 7 {
			return 0, fmt.Errorf("day %q: write mon, tue, wed, thu, fri, sat or sun", part)
		}
		d |= 1 << i
	}
	return d, nil
}

// Has reports whether w is in the set.
func (d Days) Has(w time.Weekday) bool { return d&(1<<((w+6)%7)) != 0 }

// Len is the number of days in the set.
func (d Days) Len() int { return bits.OnesCount8(uint8(d)) }

// Names lists the set from Monday on, as "mon", "thu"; nil for the empty set.
func (d Days) Names() []string {
	var names []string
	for i, n := range dayNames {
		if d&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String writes d as ParseDays reads it; "" for the empty set.
func (d Days) String() string { return strings.Join(d.Names(), ",") }

// Clock is a time of day as a wall clock shows it, in minutes after midnight:
// 0 to 1439.
type Clock int

// ParseClock reads "19:00" or "9:05".
func ParseClock(s string) (Clock, error) {
	h, m, ok := strings.Cut(strings.TrimSpace(s), ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	if !ok || err1 != nil || err2 != nil || len(h) > 2 || len(m) != 2 || hour > 23 || minute > 59 {
		return 0, fmt.Errorf("time of day %q: write it as 19:00, from 00:00 to 23:59", s)
	}
	return Clock(hour*60 + minute), nil
}

// ClockOf is the time of day that t shows in its own location, seconds dropped.
func ClockOf(t time.Time) Clock { return Clock(t.Hour()*60 + t.Minute()) }

// String writes c as "19:00".
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// Date is a day of the calendar, in no zone. The zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date that t shows in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads "2026-03-08" and refuses dates that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: write it as 2026-03-08", s)
	}
	return DateOf(t), nil
}

// String writes d as "2026-03-08"; "" for the zero value.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// utc is d's midnight in UTC, where every date has one: the carrier of all
// reckoning with dates.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// AddDays is the date n days later (earlier for a negative n).
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n)) }

// AddMonths is the date n months later: on the same day of the month where that
// month has it, else on its last day.
func (d Date) AddMonths(n int) Date {
	first := DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	first.Day = min(d.Day, DaysIn(first.Year, first.Month))
	return first
}

// DaysIn is how many days a month has.
func DaysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 12, 0, 0, 0, time.UTC).Day()
}

// Weekday is d's day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// DaysSince is the number of days from o to d, negative when d is earlier.
func (d Date) DaysSince(o Date) int { return int(d.utc().Sub(o.utc()) / (24 * time.Hour)) }

// Before reports whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.utc().Before(o.utc()) }
