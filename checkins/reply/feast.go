package reply

import (
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Feasts are the days that people name instead of a date: "pause until Christmas", "until
// after Thanksgiving". Their names in a calendar file say how they are reckoned:
//
//	12-25         a day of the year
//	11-thu-4      the fourth Thursday of November; the fifth is the last one
//	easter, easter-2, easter+1    Easter Sunday in the West, and days before and after it

// feastName reports whether a name can be reckoned.
func feastName(name string) bool {
	_, ok := feast(name, 2024) // a leap year, so that 29 February may stand
	return ok
}

// comingFeast is the next such day after today. The name is one that [feastName] takes.
func comingFeast(name string, today pace.Date) (d pace.Date) {
	for year := today.Year; ; year++ {
		if d, ok := feast(name, year); ok && today.Before(d) {
			return d
		}
	}
}

// feast is the day in a year; that year may not have it.
func feast(name string, year int) (pace.Date, bool) {
	if rest, ok := strings.CutPrefix(name, "easter"); ok {
		days, err := strconv.Atoi(rest)
		return easter(year).AddDays(days), rest == "" || err == nil
	}
	if parts := strings.Split(name, "-"); len(parts) == 3 {
		return weekdayOf(year, parts[0], parts[1], parts[2])
	}
	d, err := pace.ParseDate(strconv.Itoa(year) + "-" + name)
	return d, err == nil
}

// weekdayOf is the nth such weekday of a month, the last one where there is no fifth.
func weekdayOf(year int, month, weekday, nth string) (pace.Date, bool) {
	m, err1 := strconv.Atoi(month)
	n, err2 := strconv.Atoi(nth)
	days, err3 := pace.ParseDays(weekday)
	if err1 != nil || err2 != nil || err3 != nil || m < 1 || m > 12 || n < 1 || n > 5 || days.Len() != 1 {
		return pace.Date{}, false
	}
	d := pace.Date{Year: year, Month: time.Month(m), Day: 1}
	for !days.Has(d.Weekday()) {
		d = d.AddDays(1)
	}
	d = d.AddDays(7 * (n - 1))
	if d.Month != time.Month(m) {
		d = d.AddDays(-7)
	}
	return d, true
}

// easter is Easter Sunday of the Gregorian calendar: the Sunday after the first full moon
// of spring, both by the tables of the Church. The moon's age comes out of the place of
// the year in the 19 years after which moon and sun agree, corrected by the leap days that
// the centuries leave out and by the moon's own drift of 8 days in 25 centuries.
func easter(year int) pace.Date {
	golden, century := year%19, year/100
	leftOut := century - century/4
	drift := (8*century + 13) / 25
	age := (19*golden + leftOut - drift + 15) % 30
	if age == 29 || age == 28 && golden > 10 {
		age--
	}
	moon := pace.Date{Year: year, Month: time.March, Day: 21}.AddDays(age)
	sunday := moon.AddDays(1)
	for sunday.Weekday() != time.Sunday {
		sunday = sunday.AddDays(1)
	}
	return sunday
}
