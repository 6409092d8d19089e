package pace

import (
	"archive/zip"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	yearsFlag = flag.Int("years", 1, "how many years from 2026 on TestYears walks")
	zonesFlag = flag.String("zones", "sample", `the zones of TestYears: "sample", or "all" that come with Go`)
)

// sampleZones have changes of every sort: none, an hour, half an hour, at
// midnight, into the next date, in Ramadan, and by a law of their own year.
var sampleZones = []string{"UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Santiago", "America/Nuuk",
	"Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "Asia/Beirut", "America/Havana", "Antarctica/Troll"}

// walkClocks are the times of day that the walk looks for.
var walkClocks = []Clock{0, 30, 60, 90, 135, 150, 180, 12 * 60, 19 * 60, 23 * 60, 23*60 + 30, 23*60 + 59}

// seen is what a walk over every minute saw on one local date: the first instant
// at which the clock showed each of walkClocks, or later. Zero is never.
type seen struct {
	date  Date
	first [12]int64
}

// walk asks the clock at every minute what it shows, and knows no rule at all.
func walk(loc *time.Location, from, to time.Time) []seen {
	var days []seen
	for unix := from.Unix(); unix < to.Unix(); unix += 60 {
		_, offset := time.Unix(unix, 0).In(loc).Zone()
		shown := unix + int64(offset)
		d := dateAt(int(floorDiv(shown, daySeconds)))
		if len(days) == 0 || days[len(days)-1].date.Before(d) {
			days = append(days, seen{date: d})
		}
		day := &days[len(days)-1]
		if day.date != d {
			continue // the clock went back over midnight: that date had its chance
		}
		minute := Clock(shown/60 - int64(d.number())*24*60)
		for i, c := range walkClocks {
			if minute >= c && day.first[i] == 0 {
				day.first[i] = unix
			}
		}
	}
	return days[1 : len(days)-1] // the whole dates
}

// plainPaces say on what dates they are due in the most pedestrian way there is.
var plainPaces = []struct {
	pace Pace
	days Days
	due  func(d, anchor Date) bool
}{
	{Pace{1, 1, Day}, 0, func(Date, Date) bool { return true }},
	{Pace{1, 3, Day}, 0, func(d, a Date) bool { return d.DaysSince(a)%3 == 0 }},
	{Pace{2, 1, Week}, 0, func(d, _ Date) bool { return d.Weekday() == time.Monday || d.Weekday() == time.Thursday }},
	{Pace{2, 1, Week}, Weekend, func(d, _ Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }},
	{Pace{1, 2, Week}, 0, func(d, a Date) bool { return d.DaysSince(a)%14 == 0 }},
	{Pace{2, 1, Month}, 0, func(d, _ Date) bool { return d.Day == 1 || d.Day == 16 }},
}

// TestYears holds Next against an independent reckoning: over every minute of
// the years, each plan has one slot on each due local date that has its time,
// at the very minute when a clock first showed it; none twice, none missing.
// The whole of it is -years 10 -zones all.
func TestYears(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	slots := 0
	zones := yearsZones(t)
	for _, loc := range zones {
		from := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
		days := walk(loc, from, from.AddDate(*yearsFlag, 0, 0))
		for _, p := range plainPaces {
			for i, c := range walkClocks {
				slots += comparePlan(t, loc, days, i, Rule{Pace: p.pace, Days: p.days, At: []Clock{c}}, p.due)
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d zones, %d years, %d slots compared", len(zones), *yearsFlag, slots)
}

func comparePlan(t *testing.T, loc *time.Location, days []seen, i int, r Rule, due func(d, anchor Date) bool) (n int) {
	r.Zone, r.Anchor, r.Until = loc, days[0].date, days[len(days)-1].date
	name := fmt.Sprintf("%s, %s %s at %s", loc, r.Pace, r.Days, r.At[0])
	if err := r.Validate(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	last := Slot{At: time.Unix(days[0].first[0]-1, 0)}
	for _, day := range days {
		if !due(day.date, r.Anchor) || day.first[i] == 0 {
			continue
		}
		s, ok := r.Next(last.At)
		if !ok || s.Date != day.date || s.At.Unix() != day.first[i] || s.Position != 0 {
			t.Errorf("%s: slot %s at %s; the clock says %s at %s", name, s.Date, s.At, day.date, time.Unix(day.first[i], 0).In(loc))
			return n
		}
		last = s
		n++
	}
	if s, ok := r.Next(last.At); ok {
		t.Errorf("%s: one slot too many, at %s", name, s.At)
	}
	return n
}

func yearsZones(t *testing.T) (zones []*time.Location) {
	if *zonesFlag != "all" {
		for _, name := range sampleZones {
			zones = append(zones, mustZone(t, name))
		}
		return zones
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := time.LoadLocationFromTZData(f.Name, data)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		zones = append(zones, loc)
	}
	return zones
}
