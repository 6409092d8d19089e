package pace_test

import (
	"testing"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

func TestWeeksAreNumberedByTheirThursday(t *testing.T) {
	for _, c := range []struct{ date, week, monday, sunday string }{
		{"2026-11-26", "2026-W48", "2026-11-23", "2026-11-29"},
		{"2026-12-31", "2026-W53", "2026-12-28", "2027-01-03"},
		{"2027-01-03", "2026-W53", "2026-12-28", "2027-01-03"},
		{"2027-01-04", "2027-W01", "2027-01-04", "2027-01-10"},
		{"2024-12-30", "2025-W01", "2024-12-30", "2025-01-05"},
		{"2021-01-01", "2020-W53", "2020-12-28", "2021-01-03"},
	} {
		date, err := pace.ParseDate(c.date)
		if err != nil {
			t.Fatal(err)
		}
		w := pace.ISOWeekOf(date)
		if w.String() != c.week || w.Monday().String() != c.monday || w.Day(time.Sunday).String() != c.sunday || w.Day(time.Monday) != w.Monday() {
			t.Errorf("%s: %s from %s to %s, want %s from %s to %s", c.date, w, w.Monday(), w.Day(time.Sunday), c.week, c.monday, c.sunday)
		}
		if read, err := pace.ParseISOWeek(c.week); err != nil || read != w {
			t.Errorf("%s reads as %s, %v", c.week, read, err)
		}
		if next := w.Add(1); !w.Before(next) || next.Before(w) || next.Add(-1) != w || next.Monday() != w.Day(time.Sunday).AddDays(1) {
			t.Errorf("after %s comes %s", w, next)
		}
	}
}

func TestWeeksThatAreNoneAreRefused(t *testing.T) {
	for _, s := range []string{"", "2026", "2026-48", "2026-W", "2026-W00", "2026-W54", "2025-W53", "2026-W4", "2026-W048", "26-W48", "2026-W48 ", "x2026-W48"} {
		if w, err := pace.ParseISOWeek(s); err == nil {
			t.Errorf("%q reads as %s", s, w)
		}
	}
	if (pace.ISOWeek{}).String() != "" {
		t.Error("no week has a name")
	}
}
