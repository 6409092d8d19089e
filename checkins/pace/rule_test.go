package pace

import (
	"strings"
	"testing"
	"time"
)

func TestValidateNamesWhatDisagrees(t *testing.T) {
	weekly, daily := Pace{2, 1, Week}, Pace{1, 1, Day}
	morning := Span{9 * 60, 12 * 60}
	cases := []struct {
		name string
		rule Rule
		says string // parts of the error, "" for none; ";" between them
	}{
		{"nothing but a pace", Rule{Pace: weekly}, ""},
		{"no pace", Rule{}, "no pace;2/week"},
		{"a pace too fast", Rule{Pace: Pace{30, 1, Day}}, "30/day;24/day"},
		{"as many days as the pace", Rule{Pace: weekly, Days: 0b1001}, ""},
		{"more days than the pace", Rule{Pace: weekly, Days: 0b10101}, "2/week;2 days;3 were;mon,wed,fri"},
		{"fewer days than the pace", Rule{Pace: weekly, Days: 1}, "2 days;1 was"},
		{"days for a daily pace", Rule{Pace: daily, Days: 0b10101}, ""},
		{"days in every second week", Rule{Pace: Pace{1, 2, Week}, Days: 0b1001}, ""},
		{"days for a monthly pace", Rule{Pace: Pace{1, 1, Month}, Days: 1}, "1/month;mon"},
		{"days for every third day", Rule{Pace: Pace{1, 3, Day}, Days: 1}, "1/3days;mon"},
		{"an eighth day", Rule{Pace: weekly, Days: 0b11000001}, "seven"},
		{"several times a due day", Rule{Pace: weekly, At: []Clock{600, 900}}, ""},
		{"as many times as the pace", Rule{Pace: Pace{2, 1, Day}, At: []Clock{900, 600}}, ""},
		{"fewer times than the pace", Rule{Pace: Pace{2, 1, Day}, At: []Clock{600, 600}}, "2/day;2 different times;1 was"},
		{"more times than the pace", Rule{Pace: Pace{2, 1, Day}, At: []Clock{600, 700, 800}}, "2/day;3 were"},
		{"a time past midnight", Rule{Pace: daily, At: []Clock{1440}}, "1440"},
		{"a time outside hours, which was chosen", Rule{Pace: daily, At: []Clock{0, 1439}}, ""},
		{"too many times", Rule{Pace: daily, At: make([]Clock, 25)}, "25;24"},
		{"hours of one's own", Rule{Pace: daily, Hours: Span{480, 1260}}, ""},
		{"hours too early", Rule{Pace: daily, Hours: Span{479, 1200}}, "07:59;08:00"},
		{"hours too late", Rule{Pace: daily, Hours: Span{540, 1261}}, "21:01;21:00"},
		{"hours over midnight", Rule{Pace: daily, Hours: Span{1200, 540}}, "20:00-09:00;before"},
		{"hours too short", Rule{Pace: Pace{3, 1, Day}, Hours: Span{540, 545}}, "3/day;6 minutes;leave 5"},
		{"a window", Rule{Pace: daily, Window: Window{morning, 2, 2 * time.Hour}}, ""},
		{"a window with the pace's own number", Rule{Pace: Pace{3, 1, Day}, Window: Window{Span: morning}}, ""},
		{"a window with another number", Rule{Pace: Pace{3, 1, Day}, Window: Window{morning, 2, 0}}, "3/day;3 times;2"},
		{"a window outside hours", Rule{Pace: daily, Window: Window{Span: Span{1200, 1300}}}, "20:00-21:40;09:00-20:00"},
		{"a window partly outside hours", Rule{Pace: daily, Window: Window{Span: Span{420, 600}}}, ""},
		{"a window backwards", Rule{Pace: daily, Window: Window{Span: Span{700, 600}}}, "11:40-10:00;before"},
		{"gaps that do not fit", Rule{Pace: daily, Window: Window{morning, 3, 2 * time.Hour}}, "3 times;120 minutes;240;09:00-12:00;180"},
		{"gaps that do not fit after clipping", Rule{Pace: daily, Window: Window{Span{360, 600}, 2, 2 * time.Hour}}, "09:00-10:00 leaves 60"},
		{"a negative gap", Rule{Pace: daily, Window: Window{morning, 2, -1}}, "gap;0 to 24h"},
		{"a gap without end", Rule{Pace: daily, Window: Window{morning, 2, 1<<63 - 1}}, "gap;0 to 24h"},
		{"a negative number", Rule{Pace: daily, Window: Window{morning, -2, 0}}, "-2"},
		{"a window and a time", Rule{Pace: daily, At: []Clock{600}, Window: Window{Span: morning}}, "10:00;09:00-12:00;choose"},
		{"a number without a window", Rule{Pace: daily, Window: Window{PerDay: 2}}, "window"},
		{"a last date before the first", Rule{Pace: daily, Until: Date{2026, 3, 1}}, "2026-03-01;2026-03-04"},
		{"jitter too wide", Rule{Pace: daily, Jitter: 11}, "11;10"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Zone, c.rule.Anchor = time.UTC, Date{2026, 3, 4}
			checkError(t, c.rule.Validate(), c.says)
		})
	}
	t.Run("no zone", func(t *testing.T) { checkError(t, Rule{Pace: daily}.Validate(), "zone;Europe/London") })
	t.Run("no first date to count from", func(t *testing.T) {
		checkError(t, Rule{Pace: Pace{1, 2, Week}, Zone: time.UTC}.Validate(), "1/2weeks;first date")
	})
}

func checkError(t *testing.T, err error, says string) {
	t.Helper()
	if (err == nil) != (says == "") {
		t.Fatalf("error %v, want one that says %q", err, says)
	}
	for part := range strings.SplitSeq(says, ";") {
		if err != nil && !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestDueDates(t *testing.T) {
	cases := []struct {
		name, pace, days, anchor string
		want                     string // the first dates, without the year 2026 or 2027
	}{
		{"daily from the anchor", "1/day", "", "2026-03-04", "03-04 03-05 03-06 03-07"},
		{"daily on chosen days", "1/day", "mon,thu", "2026-03-04", "03-05 03-09 03-12 03-16"},
		{"every third day", "1/3days", "", "2026-03-04", "03-04 03-07 03-10 03-13"},
		{"every 365 days over a leap year", "1/365days", "", "2027-03-04", "03-04 03-03 03-03 03-03"},
		{"once a week", "1/week", "", "2026-03-04", "03-09 03-16 03-23 03-30"},
		{"twice a week", "2/week", "", "2026-03-04", "03-05 03-09 03-12 03-16"},
		{"three a week", "3/week", "", "2026-03-04", "03-04 03-06 03-09 03-11"},
		{"four a week", "4/week", "", "2026-03-04", "03-04 03-06 03-07 03-09"},
		{"five a week", "5/week", "", "2026-03-06", "03-06 03-09 03-10 03-11"},
		{"six a week", "6/week", "", "2026-03-07", "03-07 03-09 03-10 03-11"},
		{"seven a week", "7/week", "", "2026-03-07", "03-07 03-08 03-09 03-10"},
		{"chosen days of the week", "2/week", "sat,sun", "2026-03-04", "03-07 03-08 03-14 03-15"},
		{"every other week on the anchor's weekday", "1/2weeks", "", "2026-03-04", "03-04 03-18 04-01 04-15"},
		{"every other week on an earlier day than the anchor", "1/2weeks", "mon", "2026-03-04", "03-16 03-30 04-13 04-27"},
		{"every other week on a later day than the anchor", "1/2weeks", "sun", "2026-03-04", "03-08 03-22 04-05 04-19"},
		{"every other week on two days", "1/2weeks", "mon,thu", "2026-03-04", "03-05 03-16 03-19 03-30"},
		{"every 52 weeks", "1/52weeks", "", "2026-03-04", "03-04 03-03 03-01 02-28"},
		{"over the year's end", "1/3weeks", "", "2026-12-28", "12-28 01-18 02-08 03-01"},
		{"once a month", "1/month", "", "2026-03-04", "04-01 05-01 06-01 07-01"},
		{"twice a month", "2/month", "", "2026-12-04", "12-16 01-01 01-16 02-01"},
		{"four a month", "4/month", "", "2026-02-01", "02-01 02-08 02-16 02-23"},
		{"fifteen a month at February's end", "15/month", "", "2026-02-23", "02-23 02-25 02-27 02-28 03-01 03-03"},
		{"fifteen a month in a leap year", "15/month", "", "2028-02-25", "02-25 02-27 02-29 03-01"},
		{"28 a month at February's end", "28/month", "", "2026-02-26", "02-26 02-27 02-28 03-01"},
		{"28 a month in the middle", "28/month", "", "2026-03-13", "03-13 03-14 03-16 03-17"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := parsed(t, c.pace, c.days, c.anchor)
			from := r.Anchor.utc().Add(-time.Second)
			var got []string
			for s := range r.All(from, time.Time{}) {
				if got = append(got, s.Date.String()[5:]); len(got) == len(strings.Fields(c.want)) {
					break
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("due on %v, want %s", got, c.want)
			}
		})
	}
}

// parsed is a valid rule at 12:00 UTC.
func parsed(t *testing.T, pace, days, anchor string) (r Rule) {
	t.Helper()
	var err error
	if r.Pace, err = Parse(pace); err != nil {
		t.Fatal(err)
	}
	if days != "" {
		if r.Days, err = ParseDays(days); err != nil {
			t.Fatal(err)
		}
	}
	if r.Anchor, err = ParseDate(anchor); err != nil {
		t.Fatal(err)
	}
	r.At, r.Zone = []Clock{12 * 60}, time.UTC
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// Every month, February too, has as many dates as the pace says, however many.
func TestMonthlyPacesKeepTheirNumberInEveryMonth(t *testing.T) {
	for n := 1; n <= 28; n++ {
		r := Rule{Pace: Pace{n, 1, Month}, At: []Clock{720}, Zone: time.UTC}
		months := map[time.Month]int{}
		after := time.Date(2025, time.December, 31, 23, 0, 0, 0, time.UTC)
		for s := range r.All(after, time.Time{}) {
			if s.Date.Year != 2026 {
				break
			}
			months[s.Date.Month]++
		}
		for m := time.January; m <= time.December; m++ {
			if months[m] != n {
				t.Errorf("%s: %d dates in %s", r.Pace, months[m], m)
			}
		}
	}
}
