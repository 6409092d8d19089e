package reply

import (
	"testing"

	"github.com/microreach/microreach/checkins/pace"
)

// The dates of Easter are those of the tables that churches print, the odd ones among
// them: the earliest and latest that occur, and the years where the rule takes a day off
// the moon.
func TestFeastsAreReckonedAsCalendarsPrintThem(t *testing.T) {
	for _, c := range []struct{ name, today, want string }{
		{"easter", "1818-01-01", "1818-03-22"},
		{"easter", "1943-01-01", "1943-04-25"},
		{"easter", "1954-01-01", "1954-04-18"},
		{"easter", "1981-01-01", "1981-04-19"},
		{"easter", "2000-01-01", "2000-04-23"},
		{"easter", "2024-01-01", "2024-03-31"},
		{"easter", "2025-01-01", "2025-04-20"},
		{"easter", "2025-04-20", "2026-04-05"},
		{"easter", "2038-01-01", "2038-04-25"},
		{"easter", "2049-01-01", "2049-04-18"},
		{"easter", "2076-01-01", "2076-04-19"},
		{"easter-2", "2026-01-01", "2026-04-03"},
		{"easter+1", "2026-04-05", "2026-04-06"},
		{"11-thu-4", "2026-11-26", "2027-11-25"},
		{"11-thu-4", "2026-11-25", "2026-11-26"},
		{"05-mon-5", "2026-01-01", "2026-05-25"},
		{"05-mon-5", "2027-01-01", "2027-05-31"},
		{"02-29", "2026-01-01", "2028-02-29"},
	} {
		today, err := pace.ParseDate(c.today)
		if err != nil {
			t.Fatal(err)
		}
		if got := comingFeast(c.name, today); got.String() != c.want {
			t.Errorf("%s after %s: %s, want %s", c.name, c.today, got, c.want)
		}
	}
	for _, name := range []string{"", "13-01", "02-30", "11-thu-6", "11-thu", "11-thu-four", "00-mon-1", "easterly", "easter 1"} {
		if feastName(name) {
			t.Errorf("%q is taken for a feast", name)
		}
	}
}
