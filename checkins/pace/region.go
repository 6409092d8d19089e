package pace

import (
	_ "embed" // regions.txt stands beside the code that reads it
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed regions.txt
var regionTable string

// wholeDay narrows nothing.
var wholeDay = Span{0, 24 * 60}

// Region is the hours of a state or country that are stricter than those of an
// installation (REQUIREMENTS A21). A nil Region narrows nothing.
type Region struct {
	Code      string  // ISO 3166, "US-TX"
	days      [7]Span // from Monday; an empty one is a day without hours
	said      Days    // the days that have a row
	onHoliday Span
	holidays  []holiday
}

// holiday is a date of every year: a month and day, or days after Easter Sunday
// where the month is 0.
type holiday struct {
	month time.Month
	day   int
}

// Regions are the regions that have hours of their own, by code.
type Regions map[string]*Region

// KnownRegions reads the table of this package. An error means that the table
// is wrong, and says in which line.
func KnownRegions() (Regions, error) { return ParseRegions(regionTable) }

// Of is the region with that code, else its country; nil where neither has hours
// of its own, and where the table was not read.
func (r Regions) Of(code string) *Region {
	if found, ok := r[code]; ok {
		return found
	}
	country, _, _ := strings.Cut(code, "-")
	return r[country]
}

// On is the hours of the date d. It is empty where nothing may be sent on it.
func (r *Region) On(d Date) Span {
	if r == nil {
		return wholeDay
	}
	hours := r.days[(d.Weekday()+6)%7]
	if r.isHoliday(d) {
		hours = hours.Within(r.onHoliday)
	}
	return hours
}

func (r *Region) isHoliday(d Date) bool {
	after := d.DaysSince(easter(d.Year))
	return slices.ContainsFunc(r.holidays, func(h holiday) bool {
		return h.month == d.Month && h.day == d.Day || h.month == 0 && h.day == after
	})
}

// easter is the date of Easter Sunday in the Gregorian calendar: the first Sunday
// after the first full moon of the church on or after 21 March.
func easter(year int) Date {
	century := year / 100
	skipped := century - century/4                     // leap days that the calendar left out
	moon := (century - (century-17)/25) / 3            // and what that did to the moon
	epact := (19*(year%19) + skipped - moon + 15) % 30 // days from 21 March to the full moon
	if epact == 29 || epact == 28 && year%19 > 10 {
		epact-- // the month of the moon is never that long
	}
	full := Date{year, time.March, 21 + epact}
	return full.AddDays(7 - int(full.Weekday()))
}

var regionShape = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)

// IsRegion reports whether code has the form of an ISO 3166 code of a country or
// of a part of one. Whether there is such a place it does not say.
func IsRegion(code string) bool { return regionShape.MatchString(code) }

// ParseRegions reads a table in the form of regions.txt.
func ParseRegions(text string) (Regions, error) {
	all := Regions{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := all.take(fields); err != nil {
			return nil, fmt.Errorf("regions, line %d: %w", n, err)
		}
	}
	for code, r := range all {
		if r.said != EveryDay {
			return nil, fmt.Errorf("regions: %s has no row for %s", code, EveryDay&^r.said)
		}
	}
	return all, nil
}

// take reads one row: of hours with five fields, of a holiday with four. The last
// two are where it stands and when that was read.
func (r Regions) take(fields []string) error {
	if len(fields) != 4 && len(fields) != 5 {
		return fmt.Errorf("%d fields: write region, dates, hours, source and date, or region, holiday, source and date", len(fields))
	}
	code := fields[0]
	if !IsRegion(code) {
		return fmt.Errorf("region %q: write an ISO 3166 code, such as US-TX or GB", code)
	}
	if _, err := ParseDate(fields[len(fields)-1]); err != nil {
		return err
	}
	region := r[code]
	if region == nil {
		region = &Region{Code: code, onHoliday: wholeDay}
		r[code] = region
	}
	if len(fields) == 4 {
		return region.takeHoliday(fields[1])
	}
	return region.takeHours(fields[1], fields[2])
}

func (r *Region) takeHours(dates, hours string) error {
	span := wholeDay
	switch hours {
	case "any":
	case "none":
		span = Span{}
	default:
		var err error
		if span, err = ParseSpan(hours); err != nil {
			return err
		}
	}
	if dates == "holidays" {
		r.onHoliday = span
		return nil
	}
	days, err := parseDayRange(dates)
	if err != nil {
		return err
	}
	if days&r.said != 0 {
		return fmt.Errorf("%s has a row for %s already", r.Code, days&r.said)
	}
	r.said |= days
	for i := range r.days {
		if days&(1<<i) != 0 {
			r.days[i] = span
		}
	}
	return nil
}

// parseDayRange reads every, sun or mon-sat.
func parseDayRange(s string) (Days, error) {
	if s == "every" {
		return EveryDay, nil
	}
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		return ParseDays(s)
	}
	from, to := slices.Index(dayNames[:], first), slices.Index(dayNames[:], last)
	if from < 0 || to < from {
		return 0, fmt.Errorf("dates %q: write every, holidays, a day or a span such as mon-sat", s)
	}
	var days Days
	for i := from; i <= to; i++ {
		days |= 1 << i
	}
	return days, nil
}

func (r *Region) takeHoliday(s string) error {
	if after, ok := strings.CutPrefix(s, "easter+"); ok {
		n, err := strconv.Atoi(after)
		if err != nil {
			return fmt.Errorf("holiday %q: write easter+1", s)
		}
		r.holidays = append(r.holidays, holiday{day: n})
		return nil
	}
	d, err := ParseDate("2000-" + s)
	if err != nil {
		return fmt.Errorf("holiday %q: write month and day, such as 07-14, or easter+1", s)
	}
	r.holidays = append(r.holidays, holiday{month: d.Month, day: d.Day})
	return nil
}
