package pace

import (
	"fmt"
	"time"
)

// ISOWeek is a week of the calendar, Monday to Sunday, as ISO 8601 numbers
// them: the first of a year is the one that holds its first Thursday, so that
// some years have 53. The zero value is no week.
type ISOWeek struct{ Year, Week int }

// ISOWeekOf is the week that d lies in.
func ISOWeekOf(d Date) ISOWeek {
	year, week := d.utc().ISOWeek()
	return ISOWeek{year, week}
}

// ParseISOWeek reads "2026-W48" and refuses weeks that a year does not have.
func ParseISOWeek(s string) (ISOWeek, error) {
	var w ISOWeek
	n, err := fmt.Sscanf(s, "%4d-W%2d", &w.Year, &w.Week)
	if err != nil || n != 2 || w.String() != s || ISOWeekOf(w.Monday()) != w {
		return ISOWeek{}, fmt.Errorf("week %q: write it as 2026-W48; a year has 52 or 53", s)
	}
	return w, nil
}

// String writes w as "2026-W48"; "" for the zero value.
func (w ISOWeek) String() string {
	if w.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-W%02d", w.Year, w.Week)
}

// IsZero reports whether w is no week.
func (w ISOWeek) IsZero() bool { return w == ISOWeek{} }

// Monday is the first date of w.
func (w ISOWeek) Monday() Date {
	fourth := Date{w.Year, time.January, 4} // always in the first week
	first := mondayOf(weekOf(fourth.number()))
	return dateAt(first + 7*(w.Week-1))
}

// Day is the date of a weekday in w. Sunday is the last.
func (w ISOWeek) Day(day time.Weekday) Date { return w.Monday().AddDays(int(day+6) % 7) }

// Add is the week n weeks later (earlier for a negative n).
func (w ISOWeek) Add(n int) ISOWeek { return ISOWeekOf(w.Monday().AddDays(7 * n)) }

// Before reports whether w is earlier than o.
func (w ISOWeek) Before(o ISOWeek) bool {
	return w.Year < o.Year || w.Year == o.Year && w.Week < o.Week
}

// After reports whether w is later than o.
func (w ISOWeek) After(o ISOWeek) bool { return o.Before(w) }
