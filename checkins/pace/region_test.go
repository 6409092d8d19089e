package pace

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Every row of the table, on a Monday, a Saturday and a Sunday of an ordinary
// week: the hours that are left of the default 09:00-20:00, and of the widest
// that an installation can have.
const regionHours = `
US-FL   09:00-20:00 09:00-20:00 09:00-20:00   08:00-20:00 08:00-20:00 08:00-20:00
US-OK   09:00-20:00 09:00-20:00 09:00-20:00   08:00-20:00 08:00-20:00 08:00-20:00
US-MD   09:00-20:00 09:00-20:00 09:00-20:00   08:00-20:00 08:00-20:00 08:00-20:00
US-NJ   09:00-20:00 09:00-20:00 09:00-20:00   08:00-20:00 08:00-20:00 08:00-20:00
US-WA   09:00-20:00 09:00-20:00 09:00-20:00   08:00-20:00 08:00-20:00 08:00-20:00
US-MS   09:00-20:00 09:00-20:00 none          08:00-20:00 08:00-20:00 none
US-CT   09:00-20:00 09:00-20:00 09:00-20:00   09:00-20:00 09:00-20:00 09:00-20:00
US-TX   09:00-20:00 09:00-20:00 12:00-20:00   09:00-21:00 09:00-21:00 12:00-21:00
US-RI   09:00-18:00 10:00-17:00 10:00-17:00   09:00-18:00 10:00-17:00 10:00-17:00
US-AL   09:00-20:00 09:00-20:00 none          08:00-21:00 08:00-21:00 none
US-LA   09:00-20:00 09:00-20:00 none          08:00-21:00 08:00-21:00 none
US-KY   10:00-20:00 10:00-20:00 10:00-20:00   10:00-21:00 10:00-21:00 10:00-21:00
GB      09:00-20:00 09:00-20:00 09:00-20:00   09:00-20:00 09:00-20:00 09:00-20:00
BE      09:00-20:00 09:00-20:00 09:00-20:00   09:00-20:00 09:00-20:00 09:00-20:00
FR      09:00-20:00 09:00-20:00 none          08:00-21:00 08:00-21:00 none
US-CA   09:00-20:00 09:00-20:00 09:00-20:00   08:00-21:00 08:00-21:00 08:00-21:00
`

func known(t testing.TB) Regions {
	t.Helper()
	all, err := KnownRegions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEachRegionNarrowsTheHoursAsItsRowsSay(t *testing.T) {
	all := known(t)
	rows := 0
	for line := range strings.SplitSeq(strings.TrimSpace(regionHours), "\n") {
		fields := strings.Fields(line)
		rows++
		for i, want := range fields[1:] {
			day := Date{2026, time.June, []int{15, 20, 21}[i%3]} // Monday, Saturday, Sunday; no holiday anywhere
			rule := Rule{Region: all.Of(fields[0])}
			if i >= 3 {
				rule.Hours = Span{EarliestFrom, LatestTo}
			}
			got := "none"
			if hours := rule.hoursOn(day); hours.From < hours.To {
				got = hours.String()
			}
			if got != want {
				t.Errorf("%s on %s: %s, not %s", fields[0], day.Weekday(), got, want)
			}
		}
	}
	if rows != len(all)+1 { // and one region without rows
		t.Errorf("%d regions are tested, the table has %d", rows-1, len(all))
	}
}

func TestARegionNeverWidensTheHours(t *testing.T) {
	for code, region := range known(t) {
		for _, own := range []Span{{}, {EarliestFrom, LatestTo}, {10 * 60, 11 * 60}, {19 * 60, 20 * 60}} {
			for d := (Date{2026, time.January, 1}); d.Year < 2028; d = d.AddDays(1) {
				narrow := Rule{Hours: own, Region: region}.Hours.OrDefault().Within(region.On(d))
				if h := own.OrDefault(); narrow.From < h.From || narrow.To > h.To {
					t.Fatalf("%s on %s makes %s of %s", code, d, narrow, h)
				}
			}
		}
	}
}

func TestNothingComesOnAFrenchHoliday(t *testing.T) {
	fr := known(t).Of("FR")
	// Easter was on 5 April in 2026, on 28 March in 2027 and on 16 April in 2028.
	for _, day := range []string{
		"2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-08-15", "2026-11-11", "2026-12-25",
		"2027-03-29", "2027-05-06", "2027-05-17", "2027-11-01", "2028-04-17", "2028-05-25", "2028-06-05",
	} {
		d, err := ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if hours := fr.On(d); hours.From < hours.To {
			t.Errorf("on %s there are the hours %s", d, hours)
		}
		if d.Weekday() != time.Monday {
			continue
		}
		if hours := fr.On(d.AddDays(1)); hours.From >= hours.To {
			t.Errorf("on the day after %s there are no hours", d)
		}
	}
}

func TestEasterOfEveryYearIsASundayInItsSpan(t *testing.T) {
	for year := 1900; year < 2300; year++ {
		d := easter(year)
		if d.Weekday() != time.Sunday || d.Before(Date{year, time.March, 22}) || (Date{year, time.April, 25}).Before(d) {
			t.Errorf("Easter of %d is on %s, a %s", year, d, d.Weekday())
		}
	}
	for year, want := range map[int]string{1954: "1954-04-18", 1981: "1981-04-19", 2000: "2000-04-23", 2008: "2008-03-23", 2011: "2011-04-24", 2024: "2024-03-31", 2038: "2038-04-25", 2049: "2049-04-18", 2076: "2076-04-19", 2285: "2285-03-22"} {
		if got := easter(year).String(); got != want {
			t.Errorf("Easter of %d is on %s, not %s", year, got, want)
		}
	}
}

func TestDefaultAndRandomTimesKeepToTheRegion(t *testing.T) {
	all := known(t)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)
	for code, region := range all {
		for _, r := range []Rule{
			{Pace: Pace{1, 1, Day}, Jitter: 10},
			{Pace: Pace{3, 1, Day}},
			{Pace: Pace{1, 1, Day}, Window: Window{Span: Span{8 * 60, 21 * 60}, PerDay: 4, Gap: 2 * time.Hour}, Hours: Span{EarliestFrom, LatestTo}},
		} {
			r.Zone, r.Region, r.Seed = zone, region, 7
			n := 0
			for slot := range r.All(from, time.Time{}) {
				if n++; n > 1200 {
					break
				}
				if !region.On(slot.Date).Has(ClockOf(slot.At)) {
					t.Errorf("%s %s: %s is outside the region's hours", code, r.Pace, slot.At)
				}
				if end, ok := r.Closes(slot); !ok || ClockOf(end) > region.On(slot.Date).To {
					t.Errorf("%s: a slot of %s closes at %s", code, slot.Date, end)
				}
			}
			if n < 1200 {
				t.Errorf("%s %s: only %d slots", code, r.Pace, n)
			}
		}
	}
}

func TestATimeThatWasPickedKnowsNoRegion(t *testing.T) {
	r := Rule{Pace: Pace{1, 1, Week}, Days: DaysOf(time.Sunday), At: []Clock{21 * 60}, Zone: time.UTC, Region: known(t).Of("US-AL")}
	slot, ok := r.Next(time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC))
	if !ok || slot.At.Format("Mon 15:04") != "Sun 21:00" {
		t.Errorf("the next slot is %v, %v", slot, ok)
	}
	r.At = nil
	if slot, ok := r.Next(time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC)); ok {
		t.Errorf("a default time on a day without hours is at %v", slot)
	}
}

func TestRegionsAreFoundByTheirCountryToo(t *testing.T) {
	all := known(t)
	for code, want := range map[string]string{"GB-ENG": "GB", "FR": "FR", "US-TX": "US-TX", "US": "", "US-CA": "", "": "", "DE": ""} {
		got := ""
		if r := all.Of(code); r != nil {
			got = r.Code
		}
		if got != want {
			t.Errorf("%q is found as %q, not %q", code, got, want)
		}
	}
	if (Regions)(nil).Of("FR") != nil {
		t.Error("a table that was not read knows a region")
	}
}

func TestAWrongTableSaysWhere(t *testing.T) {
	for _, c := range []struct{ table, want string }{
		{"US-TX mon-sat 09:00-21:00 x 2026-11-22", "no row for sun"},
		{"\nTexas every any x 2026-11-22", "line 2: region \"Texas\""},
		{"GB every 20:00-09:00 x 2026-11-22", "line 1: span"},
		{"GB every any x yesterday", "line 1: date"},
		{"GB sat-mon any x 2026-11-22", "dates"},
		{"GB every any", "3 fields"},
		{"GB every any x 2026-11-22\nGB sun none x 2026-11-22", "line 2: GB has a row for sun already"},
		{"GB 13-01 x 2026-11-22", "holiday"},
		{"GB easter+x x 2026-11-22", "holiday"},
	} {
		if _, err := ParseRegions(c.table); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, which does not say %q", c.table, err, c.want)
		}
	}
}

func ExampleRegion_On() {
	all, err := KnownRegions()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(all.Of("US-TX").On(Date{2026, time.June, 21})) // a Sunday
	// Output: 12:00-21:00
}
