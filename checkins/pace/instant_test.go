package pace

import (
	"testing"
	"time"
)

// The cases that REQUIREMENTS F02 and 0.9 name, and those that were met on the way.
func TestInstantWhereClocksChange(t *testing.T) {
	cases := []struct {
		name, zone, date, clock string
		want                    string // "" for none
		how                     Shift
	}{
		{"an ordinary day", "Europe/Berlin", "2026-05-04", "19:00", "2026-05-04T19:00:00+02:00", Exact},
		{"New York gap, where time.Date goes back", "America/New_York", "2026-03-08", "02:30", "2026-03-08T03:00:00-04:00", Gap},
		{"New York, the gap's first minute", "America/New_York", "2026-03-08", "02:00", "2026-03-08T03:00:00-04:00", Gap},
		{"New York, the minute before the gap", "America/New_York", "2026-03-08", "01:59", "2026-03-08T01:59:00-05:00", Exact},
		{"New York, the first minute after the gap", "America/New_York", "2026-03-08", "03:00", "2026-03-08T03:00:00-04:00", Exact},
		{"London gap, where time.Date goes on", "Europe/London", "2026-03-29", "01:30", "2026-03-29T02:00:00+01:00", Gap},
		{"Santiago gap at midnight stays on its date", "America/Santiago", "2026-09-06", "00:00", "2026-09-06T01:00:00-03:00", Gap},
		{"Santiago, last minute before that midnight", "America/Santiago", "2026-09-05", "23:59", "2026-09-05T23:59:00-04:00", Exact},
		{"Beirut gap at midnight", "Asia/Beirut", "2026-03-29", "00:30", "2026-03-29T01:00:00+03:00", Gap},
		{"Lord Howe's gap of half an hour", "Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-04T02:30:00+11:00", Gap},
		{"Lord Howe, after the gap", "Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-04T02:30:00+11:00", Exact},
		{"Lord Howe's overlap", "Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-05T01:45:00+11:00", Overlap},
		{"Lord Howe, before the overlap", "Australia/Lord_Howe", "2026-04-05", "01:15", "2026-04-05T01:15:00+11:00", Exact},
		{"Troll's gap of two hours", "Antarctica/Troll", "2026-03-29", "01:10", "2026-03-29T03:00:00+02:00", Gap},
		{"New York overlap, first", "America/New_York", "2026-11-01", "01:30", "2026-11-01T01:30:00-04:00", Overlap},
		{"New York, first minute of the overlap", "America/New_York", "2026-11-01", "01:00", "2026-11-01T01:00:00-04:00", Overlap},
		{"New York, first minute after the overlap", "America/New_York", "2026-11-01", "02:00", "2026-11-01T02:00:00-05:00", Exact},
		{"London overlap, first", "Europe/London", "2026-10-25", "01:30", "2026-10-25T01:30:00+01:00", Overlap},
		{"Havana overlap back to midnight", "America/Havana", "2026-11-01", "00:30", "2026-11-01T00:30:00-04:00", Overlap},
		{"Santiago overlap before midnight", "America/Santiago", "2026-04-04", "23:30", "2026-04-04T23:30:00-03:00", Overlap},
		{"Santiago, the midnight that comes once", "America/Santiago", "2026-04-05", "00:00", "2026-04-05T00:00:00-04:00", Exact},
		{"Apia's missing day", "Pacific/Apia", "2011-12-30", "12:00", "", NoInstant},
		{"Apia's missing midnight", "Pacific/Apia", "2011-12-30", "00:00", "", NoInstant},
		{"Apia, the last minute before it", "Pacific/Apia", "2011-12-29", "23:59", "2011-12-29T23:59:00-10:00", Exact},
		{"Apia, the first minute after it", "Pacific/Apia", "2011-12-31", "00:00", "2011-12-31T00:00:00+14:00", Exact},
		{"Kwajalein's missing day", "Pacific/Kwajalein", "1993-08-21", "09:00", "", NoInstant},
		{"Nuuk, a day that ends at 23:00", "America/Nuuk", "2026-03-28", "23:30", "", NoInstant},
		{"Nuuk, its last minute", "America/Nuuk", "2026-03-28", "22:59", "2026-03-28T22:59:00-02:00", Exact},
		{"Casey changes zone just after midnight", "Antarctica/Casey", "2020-10-04", "00:30", "2020-10-04T03:01:00+11:00", Gap},
		{"last day of a leap year", "America/New_York", "2048-12-31", "19:00", "2048-12-31T19:00:00-05:00", Exact},
		{"last day of a leap year in the east", "Australia/Sydney", "2048-12-31", "23:30", "2048-12-31T23:30:00+11:00", Exact},
		{"a new year's day after a leap year", "America/New_York", "2049-01-01", "00:30", "2049-01-01T00:30:00-05:00", Exact},
		{"long before zones", "America/New_York", "1850-05-01", "12:00", "1850-05-01T12:00:00-04:56", Exact},
		{"Manila left out a day in 1844", "Asia/Manila", "1844-12-31", "12:00", "", NoInstant},
		{"offset of seconds", "Africa/Monrovia", "1960-01-01", "12:00", "1960-01-01T12:00:00-00:44", Exact},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, err1 := ParseDate(c.date)
			clock, err2 := ParseClock(c.clock)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			got, how := Instant(d, clock, mustZone(t, c.zone))
			if how != c.how || (c.want == "") != got.IsZero() || (c.want != "" && got.Format(time.RFC3339) != c.want) {
				t.Errorf("got %s, %d; want %s, %d", got.Format(time.RFC3339), how, c.want, c.how)
			}
		})
	}
}

// Every change of the clocks of the sample's zones in 80 years, and every last day
// of December, quarter hour by quarter hour from the day before to the day after.
func TestInstantKeepsItsWordAroundEveryChange(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	for _, name := range sampleZones {
		loc, looked := mustZone(t, name), 0
		for day := (Date{1981, time.January, 1}).number(); day < (Date{2061, time.January, 1}).number(); day++ {
			_, before := time.Unix(int64(day-1)*daySeconds, 0).In(loc).Zone()
			_, after := time.Unix(int64(day+2)*daySeconds, 0).In(loc).Zone()
			if d := dateAt(day); before == after && (d.Month != time.December || d.Day < 30) {
				continue
			}
			looked++
			for c := Clock(0); c < 24*60; c += 15 {
				checkInstant(t, dateAt(day), c, loc)
			}
		}
		if looked < 160 {
			t.Errorf("%s: only %d days looked at", name, looked)
		}
	}
}

func FuzzInstantKeepsItsWord(f *testing.F) {
	zones := []string{"UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "America/Nuuk",
		"Africa/Casablanca", "Europe/Dublin", "America/St_Johns", "Asia/Manila", "Asia/Gaza", "Antarctica/Troll"}
	f.Add(20520, 150, 1)
	f.Add(15338, 700, 4)
	f.Add(28854, 1430, 1)
	f.Fuzz(func(t *testing.T, day, minute, zone int) {
		if day < -100_000 || day > 2_000_000 || minute < 0 || minute >= 24*60 {
			return
		}
		checkInstant(t, dateAt(day), Clock(minute), mustZone(t, zones[uint(zone)%uint(len(zones))]))
	})
}

// checkInstant holds what Instant promises against what the clock itself shows.
func checkInstant(t *testing.T, d Date, c Clock, loc *time.Location) {
	t.Helper()
	at, how := Instant(d, c, loc)
	if how == NoInstant {
		return
	}
	switch shown := ClockOf(at); {
	case DateOf(at) != d:
		t.Fatalf("%s %s became %s, another date", d, c, at)
	case how == Gap && shown <= c:
		t.Errorf("%s %s in a gap became %s", d, c, at)
	case how != Gap && (shown != c || at.Second() != 0):
		t.Errorf("%s %s became %s", d, c, at)
	}
	if again := comesAgain(at); how != Gap && d.Year > 1980 && again != (how == Overlap) {
		t.Errorf("%s %s became %s: comes again is %v, reported %d", d, c, at, again, how)
	}
	if before := at.Add(-time.Minute); DateOf(before) == d && ClockOf(before) >= c {
		t.Errorf("%s %s became %s, but %s came before", d, c, at, before)
	}
}

// comesAgain looks at the clock every quarter of an hour for three hours.
func comesAgain(at time.Time) bool {
	for later := at; later.Sub(at) < 3*time.Hour; {
		later = later.Add(15 * time.Minute)
		if ClockOf(later) == ClockOf(at) {
			return true
		}
	}
	return false
}
