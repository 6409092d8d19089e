package pace

import (
	"testing"
	"time"
)

func TestParseReadsWhatStringWrites(t *testing.T) {
	cases := []struct {
		text string
		want Pace
		back string
	}{
		{"1/day", Pace{1, 1, Day}, "1/day"},
		{"2/week", Pace{2, 1, Week}, "2/week"},
		{" 24/day ", Pace{24, 1, Day}, "24/day"},
		{"28/month", Pace{28, 1, Month}, "28/month"},
		{"1/3days", Pace{1, 3, Day}, "1/3days"},
		{"1/2weeks", Pace{1, 2, Week}, "1/2weeks"},
		{"1/1weeks", Pace{1, 1, Week}, "1/week"},
		{"1/365days", Pace{1, 365, Day}, "1/365days"},
		{"2/weeks", Pace{2, 1, Week}, "2/week"},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			got, err := Parse(c.text)
			if err != nil || got != c.want || got.String() != c.back {
				t.Errorf("got %+v (%s), %v; want %+v (%s)", got, got, err, c.want, c.back)
			}
		})
	}
}

func TestParseRefusesWhatIsNoPace(t *testing.T) {
	for _, text := range []string{"", "/", "day", "2", "2/", "/week", "0/day", "-1/week", "25/day", "8/week", "29/month", "2/2weeks",
		"1/0days", "1/366days", "1/53weeks", "1/2months", "2/year", "two/week", "2/weekss", "2 /week", "2/ week", "1/99999999999999999999days"} {
		if p, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, p)
		}
	}
}

func TestDaysAreNamedFromMondayOn(t *testing.T) {
	d, err := ParseDays("Sun, mon,thu,mon")
	if err != nil || d.String() != "mon,thu,sun" || d.Len() != 3 {
		t.Errorf("got %s (%d), %v", d, d.Len(), err)
	}
	if !d.Has(time.Sunday) || d.Has(time.Saturday) || d != DaysOf(time.Monday, time.Thursday, time.Sunday) {
		t.Errorf("%s has the wrong days", d)
	}
	if Days(0).String() != "" || Weekdays|Weekend != EveryDay {
		t.Error("the sets that people name do not add up")
	}
	for _, text := range []string{"", "monday", "mon,", "mon thu"} {
		if d, err := ParseDays(text); err == nil {
			t.Errorf("ParseDays(%q) = %s, want an error", text, d)
		}
	}
}

func TestClocksAndSpansAreReadStrictly(t *testing.T) {
	for text, want := range map[string]Clock{"19:00": 1140, "9:05": 545, "00:00": 0, "23:59": 1439} {
		if c, err := ParseClock(text); err != nil || c != want {
			t.Errorf("ParseClock(%q) = %d, %v; want %d", text, c, err, want)
		}
	}
	for _, text := range []string{"", "19", "19:0", "24:00", "19:60", "+9:00", "009:00", "7pm", "19:00:00", "-1:00"} {
		if c, err := ParseClock(text); err == nil {
			t.Errorf("ParseClock(%q) = %s, want an error", text, c)
		}
	}
	if s, err := ParseSpan("9:00-20:00"); err != nil || s.String() != "09:00-20:00" || s.Has(1200) || !s.Has(540) {
		t.Errorf("got %s, %v", s, err)
	}
	for _, text := range []string{"", "09:00", "20:00-09:00", "09:00-09:00", "-", "09:00-25:00"} {
		if s, err := ParseSpan(text); err == nil {
			t.Errorf("ParseSpan(%q) = %s, want an error", text, s)
		}
	}
}

func TestDatesThatDoNotExistAreRefused(t *testing.T) {
	for _, text := range []string{"", "2026-02-29", "2026-13-01", "2026-3-8", "08.03.2026"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", text, d)
		}
	}
	d, err := ParseDate("2028-02-29")
	if err != nil || d.AddDays(1).String() != "2028-03-01" || d.AddDays(-29).String() != "2028-01-31" || d.Weekday() != time.Tuesday {
		t.Errorf("2028-02-29 reckons wrongly: %v", err)
	}
	for months, want := range map[int]string{0: "2028-02-29", 1: "2028-03-29", 12: "2029-02-28", -1: "2028-01-29", -26: "2025-12-29", 48: "2032-02-29"} {
		if got := d.AddMonths(months).String(); got != want {
			t.Errorf("%d months from 2028-02-29 it is %s, not %s", months, got, want)
		}
	}
	if n := (Date{2029, time.March, 1}).DaysSince(d); n != 366 {
		t.Errorf("a year later is %d days", n)
	}
	if (Date{}).String() != "" || !(Date{}).IsZero() || !(Date{}).Before(d) {
		t.Error("the zero date is no date, before every other")
	}
}

func FuzzParsersReadWhatTheyWrite(f *testing.F) {
	for _, s := range []string{"2/week", "1/3days", "mon,thu", "19:00", "09:00-20:00", "2026-03-08", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := Parse(s); err == nil {
			if again, err := Parse(p.String()); err != nil || again != p || !p.Valid() {
				t.Errorf("pace %q: %+v came back as %+v, %v", s, p, again, err)
			}
		}
		if d, err := ParseDays(s); err == nil {
			if again, err := ParseDays(d.String()); err != nil || again != d {
				t.Errorf("days %q: %s came back as %s, %v", s, d, again, err)
			}
		}
		if c, err := ParseClock(s); err == nil {
			if again, err := ParseClock(c.String()); err != nil || again != c {
				t.Errorf("clock %q: %s came back as %s, %v", s, c, again, err)
			}
		}
		if sp, err := ParseSpan(s); err == nil {
			if again, err := ParseSpan(sp.String()); err != nil || again != sp {
				t.Errorf("span %q: %s came back as %s, %v", s, sp, again, err)
			}
		}
		if d, err := ParseDate(s); err == nil {
			if again, err := ParseDate(d.String()); err != nil || again != d || dateAt(d.number()) != d {
				t.Errorf("date %q: %s came back as %s, %v", s, d, again, err)
			}
		}
	})
}
