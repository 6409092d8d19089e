package pace

import (
	"testing"
	"time"
)

func BenchmarkInstant(b *testing.B) {
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"} {
		b.Run(zone, func(b *testing.B) {
			loc := mustZone(b, zone)
			d := Date{2031, time.August, 14} // outside the period that package time keeps at hand
			b.ReportAllocs()
			for b.Loop() {
				Instant(d, 19*60, loc)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	ny := mustZone(b, "America/New_York")
	anchor := Date{2026, time.March, 2}
	cases := []struct {
		name string
		rule Rule
	}{
		{"fixed time, 1 a day", Rule{Pace: Pace{1, 1, Day}, At: []Clock{19 * 60}}},
		{"fixed time, 2 a week", Rule{Pace: Pace{2, 1, Week}, Days: 0b1001, At: []Clock{7*60 + 30}}},
		{"fixed time, every 365 days", Rule{Pace: Pace{1, 365, Day}, At: []Clock{19 * 60}}},
		{"fixed time, 1 a month", Rule{Pace: Pace{1, 1, Month}, At: []Clock{19 * 60}}},
		{"three fixed times", Rule{Pace: Pace{1, 1, Day}, At: []Clock{19 * 60, 8 * 60, 12 * 60}}},
		{"default time with jitter", Rule{Pace: Pace{3, 1, Week}, Jitter: 10, Seed: 5}},
		{"window, 3 draws", Rule{Pace: Pace{3, 1, Day}, Window: Window{Span: Span{540, 1200}, Gap: time.Hour}}},
		{"24 a day", Rule{Pace: Pace{24, 1, Day}}},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			c.rule.Zone, c.rule.Anchor = ny, anchor
			if err := c.rule.Validate(); err != nil {
				b.Fatal(err)
			}
			start := time.Date(2031, time.August, 14, 12, 0, 0, 0, time.UTC)
			after := start
			b.ReportAllocs()
			for b.Loop() {
				s, ok := c.rule.Next(after)
				if after = s.At; !ok || s.At.Year() > 2060 {
					after = start
				}
			}
		})
	}
}
