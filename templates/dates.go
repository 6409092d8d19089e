package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// number writes a rating: 7, 6.5.
func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'g', -1, 64)
}

// maxListed is how many words a list names before it counts the rest, so that
// an answer stays one segment.
const maxListed = 3

// list writes words as a person would: "sad", "sad and tired", "sad, tired and
// sore", "sad, tired, sore and 2 more".
func list(words ...[]string) string {
	var all []string
	for _, w := range words {
		all = append(all, w...)
	}
	if more := len(all) - maxListed; more > 0 {
		all = append(all[:maxListed:maxListed], fmt.Sprintf("%d more", more))
	}
	return series(all)
}

// series writes words with commas and an "and".
func series(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// maxChoices is how many choices one text names.
const maxChoices = 6

// choices numbers labels, a line each: "1 One small reach a week".
// The longest are clipped until all of them take no more than room septets;
// four or fewer read well.
func choices(labels []string, room int) string {
	labels = labels[:min(len(labels), maxChoices)]
	for each := maxLabel; ; each-- {
		var named []string
		for i, label := range labels {
			named = append(named, fmt.Sprintf("%d %s", i+1, clip(label, each)))
		}
		if line := strings.Join(named, "\n"); septets(line) <= room || each == 1 {
			return line
		}
	}
}

// clip is label, cut at a word where it takes more than room septets.
func clip(label string, room int) string {
	if septets(label) <= room {
		return label
	}
	kept, used := 0, 0
	for i, r := range label {
		if used += septetsOf(r); used > room {
			break
		}
		if r == ' ' || kept == 0 {
			kept = i
		}
	}
	return strings.TrimRight(label[:kept], " ,:;")
}

// farAhead is from when on a date bears its year.
const farAhead = 300 * 24 * time.Hour

// day writes the date of t as the person reads a calendar; with the time where
// it is not midnight, with the year where it is not near. An open end is empty.
func day(t, now time.Time, loc *time.Location) string {
	if t.IsZero() || !t.Before(checkins.Forever) {
		return ""
	}
	layout := "Mon 2 Jan"
	if t.Sub(now) > farAhead {
		layout += " 2006"
	}
	if local := t.In(loc); local.Hour() != 0 || local.Minute() != 0 {
		layout += " 15:04"
	}
	return t.In(loc).Format(layout)
}

// moment writes t with its time: "today 19:00", "Mon 9 Mar 19:00".
func moment(t, now time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(loc)
	switch pace.DateOf(local).DaysSince(pace.DateOf(now.In(loc))) {
	case 0:
		return local.Format("today 15:04")
	case 1:
		return local.Format("tomorrow 15:04")
	}
	if t.Sub(now) > farAhead {
		return local.Format("Mon 2 Jan 2006 15:04")
	}
	return local.Format("Mon 2 Jan 15:04")
}

var units = map[pace.Unit]string{pace.Day: "day", pace.Week: "week", pace.Month: "month"}

// paceWords writes a pace as a frequency: "once a week", "2 a week", "once
// every 3 days".
func paceWords(p pace.Pace) string {
	unit := units[p.Unit]
	switch {
	case unit == "":
		return ""
	case p.Every > 1:
		return fmt.Sprintf("once every %d %ss", p.Every, unit)
	case p.N == 1:
		return "once a " + unit
	}
	return fmt.Sprintf("%d a %s", p.N, unit)
}

// rhythmWords writes a pace with its days and times: "2 a week, Mon and Thu
// 19:00".
func rhythmWords(p pace.Pace, days pace.Days, at []pace.Clock) string {
	words := paceWords(p)
	if words == "" {
		return ""
	}
	when := strings.TrimSpace(daysWords(days) + " " + clockWords(at))
	if when == "" {
		return words
	}
	return words + ", " + when
}

func daysWords(days pace.Days) string {
	switch days {
	case pace.Weekdays:
		return "weekdays"
	case pace.Weekend:
		return "weekends"
	case pace.EveryDay:
		return "any day"
	}
	names := days.Names()
	for i, n := range names {
		names[i] = strings.ToUpper(n[:1]) + n[1:]
	}
	return series(names)
}

func clockWords(at []pace.Clock) string {
	var times []string
	for _, c := range at {
		times = append(times, c.String())
	}
	return list(times)
}
