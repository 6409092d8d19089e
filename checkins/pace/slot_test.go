package pace

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func daily(t testing.TB, zone string, times ...Clock) Rule {
	return Rule{Pace: Pace{1, 1, Day}, At: times, Zone: mustZone(t, zone)}
}

func checkSlot(t *testing.T, got Slot, ok bool, local string, position int, why Why) {
	t.Helper()
	if local == "" {
		if ok {
			t.Errorf("got %s, want no slot", got.At.Format(time.RFC3339))
		}
		return
	}
	if !ok || got.At.Format(time.RFC3339) != local || got.Position != position || got.Why != why || got.Date != DateOf(got.At) {
		t.Errorf("got %s, date %s position %d, %q, %v; want %s position %d %q",
			got.At.Format(time.RFC3339), got.Date, got.Position, got.Why, ok, local, position, why)
	}
}

func TestNextIsStrictlyAfter(t *testing.T) {
	r := daily(t, "Europe/London", 19*60)
	s, ok := r.Next(at(t, "2026-03-04T18:59:59Z"))
	checkSlot(t, s, ok, "2026-03-04T19:00:00Z", 0, Plain)
	s, ok = r.Next(s.At)
	checkSlot(t, s, ok, "2026-03-05T19:00:00Z", 0, Plain)
	s, ok = r.Next(s.At.Add(-1))
	checkSlot(t, s, ok, "2026-03-05T19:00:00Z", 0, Plain)
}

func TestNothingIsDueBeforeTheAnchorOrAfterUntil(t *testing.T) {
	r := daily(t, "Asia/Tokyo", 19*60)
	r.Anchor, r.Until = Date{2026, 3, 4}, Date{2026, 3, 5}
	s, ok := r.Next(at(t, "2020-01-01T00:00:00Z"))
	checkSlot(t, s, ok, "2026-03-04T19:00:00+09:00", 0, Plain)
	s, ok = r.Next(s.At)
	checkSlot(t, s, ok, "2026-03-05T19:00:00+09:00", 0, Plain)
	s, ok = r.Next(s.At)
	checkSlot(t, s, ok, "", 0, NoWhy)
}

func TestRulesThatCannotRunHaveNoSlot(t *testing.T) {
	now := at(t, "2026-03-04T12:00:00Z")
	rules := map[string]Rule{
		"the zero rule":          {},
		"a pace without a zone":  {Pace: Pace{1, 1, Day}},
		"a zone without a pace":  {Zone: time.UTC},
		"at rest":                {Zone: time.UTC, At: []Clock{720}, Days: Weekdays},
		"until yesterday":        {Pace: Pace{1, 1, Day}, Zone: time.UTC, Until: Date{2026, 3, 3}},
		"until before the first": {Pace: Pace{1, 1, Day}, Zone: time.UTC, Anchor: Date{2027, 1, 1}, Until: Date{2026, 12, 31}},
		"window outside hours":   {Pace: Pace{1, 1, Day}, Zone: time.UTC, Window: Window{Span: Span{0, 60}}},
		"window without room":    {Pace: Pace{1, 1, Day}, Zone: time.UTC, Window: Window{Span{600, 660}, 9, time.Hour}},
	}
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			s, ok := r.Next(now)
			checkSlot(t, s, ok, "", 0, NoWhy)
			if s, ok := r.Resume(Slot{}, now); ok || s != (Slot{}) {
				t.Errorf("after a pause there is %+v", s)
			}
		})
	}
	if s, ok := daily(t, "UTC", 60).Next(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)); ok {
		t.Errorf("after the year 9999 there is %+v", s)
	}
}

func TestTheZeroInstantIsBeforeEverySlot(t *testing.T) {
	r := daily(t, "America/New_York", 60)
	r.Anchor = Date{2026, 3, 4}
	for _, after := range []time.Time{{}, time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)} {
		s, ok := r.Next(after)
		checkSlot(t, s, ok, "2026-03-04T01:00:00-05:00", 0, Plain)
	}
}

func TestSlotsWhereClocksChange(t *testing.T) {
	cases := []struct {
		name, zone, after string
		times             []Clock
		want              string
		position          int
		why               Why
	}{
		{"in a gap", "America/New_York", "2026-03-08T00:00:00-05:00", []Clock{150}, "2026-03-08T03:00:00-04:00", 0, DSTGap},
		{"in an overlap, first", "America/New_York", "2026-11-01T00:00:00-04:00", []Clock{90}, "2026-11-01T01:30:00-04:00", 0, DSTOverlap},
		{"in an overlap, not again", "America/New_York", "2026-11-01T01:30:00-04:00", []Clock{90}, "2026-11-02T01:30:00-05:00", 0, Plain},
		{"between the two of an overlap", "America/New_York", "2026-11-01T01:10:00-05:00", []Clock{90}, "2026-11-02T01:30:00-05:00", 0, Plain},
		{"three in one gap are one", "America/New_York", "2026-03-08T03:00:00-04:00", []Clock{130, 150, 180, 240}, "2026-03-08T04:00:00-04:00", 3, Plain},
		{"the last of a day that ends early", "America/Nuuk", "2026-03-28T12:00:00-02:00", []Clock{1410}, "2026-03-29T23:30:00-01:00", 0, Plain},
		{"over a missing day", "Pacific/Apia", "2011-12-29T19:00:00-10:00", []Clock{1140}, "2011-12-31T19:00:00+14:00", 0, Plain},
		{"several times a day, in any order", "UTC", "2026-05-05T09:00:00Z", []Clock{1140, 480, 720}, "2026-05-05T12:00:00Z", 1, Plain},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, ok := daily(t, c.zone, c.times...).Next(at(t, c.after))
			checkSlot(t, s, ok, c.want, c.position, c.why)
		})
	}
}

func TestDefaultTimesStayInHours(t *testing.T) {
	cases := []struct {
		name  string
		perN  int
		hours Span
		want  []Clock
		why   Why
	}{
		{"one in the default hours", 1, Span{}, []Clock{1140}, Plain},
		{"one, hours that end just after it", 1, Span{540, 1141}, []Clock{1140}, Plain},
		{"one, hours that end at it", 1, Span{540, 1140}, []Clock{1080}, Moved},
		{"one, hours of the morning", 1, Span{480, 720}, []Clock{660}, Moved},
		{"one, hours shorter than an hour", 1, Span{600, 630}, []Clock{600}, Moved},
		{"one, hours of the evening", 1, Span{1200, 1260}, []Clock{1200}, Moved},
		{"two", 2, Span{}, []Clock{600, 1140}, Plain},
		{"three", 3, Span{}, []Clock{600, 870, 1140}, Plain},
		{"four", 4, Span{}, []Clock{600, 780, 960, 1140}, Plain},
		{"two in short hours", 2, Span{600, 604}, []Clock{600, 603}, Plain},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := Rule{Pace: Pace{c.perN, 1, Day}, Hours: c.hours, Zone: time.UTC}
			if err := r.Validate(); err != nil {
				t.Fatal(err)
			}
			var got []Clock
			for s := range r.All(at(t, "2026-05-04T23:59:00Z"), time.Time{}) {
				if s.Date.Day != 5 {
					break
				}
				if got = append(got, ClockOf(s.At)); s.Why != c.why {
					t.Errorf("%s is %q, want %q", s.At, s.Why, c.why)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("at %v, want %v", got, c.want)
			}
		})
	}
}

func TestJitterIsStableSmallAndOnlyForDefaultTimes(t *testing.T) {
	now := at(t, "2026-05-05T00:00:00Z")
	var spread [MaxJitter + 1]int
	for i := range uint64(2200) {
		r := Rule{Pace: Pace{1, 1, Day}, Zone: time.UTC, Jitter: MaxJitter, Seed: i}
		s, _ := r.Next(now)
		next, _ := r.Next(s.At)
		late := int(ClockOf(s.At) - DefaultAt)
		if late < 0 || late > MaxJitter || ClockOf(next.At) != ClockOf(s.At) {
			t.Fatalf("seed %d: at %s, then %s", i, s.At, next.At)
		}
		spread[late]++
		r.At = []Clock{DefaultAt}
		if s, _ := r.Next(now); ClockOf(s.At) != DefaultAt {
			t.Fatalf("seed %d: a chosen time was moved to %s", i, s.At)
		}
	}
	for minute, n := range spread {
		if n < 140 || n > 260 { // 200 expected, 4 standard deviations are 54
			t.Errorf("%d of 2200 come %d minutes late: %v", n, minute, spread)
		}
	}
	tight := Rule{Pace: Pace{1, 1, Day}, Zone: time.UTC, Jitter: MaxJitter, Hours: Span{540, 1142}}
	for tight.Seed = range 50 {
		if s, _ := tight.Next(now); !tight.Hours.Has(ClockOf(s.At)) {
			t.Errorf("jitter left the hours: %s", s.At)
		}
	}
}

func TestWindowDrawsTheSameEveryTimeAndKeepsItsGap(t *testing.T) {
	r := Rule{Pace: Pace{1, 1, Day}, Zone: mustZone(t, "Europe/Berlin"), Seed: 1,
		Window: Window{Span{7 * 60, 12 * 60}, 3, 50 * time.Minute}}
	open := Span{9 * 60, 12 * 60} // clipped to the hours
	start := at(t, "2026-01-01T00:00:00+01:00")
	perDate, distinct := map[Date]int{}, map[Clock]bool{}
	var last Slot
	for s := range r.All(start, time.Time{}) {
		if s.Date.Year > 2026 {
			break
		}
		if s.Position != perDate[s.Date] || s.Why != Drawn || !open.Has(ClockOf(s.At)) {
			t.Fatalf("slot %+v", s)
		}
		if s.Position > 0 && s.At.Sub(last.At) < 50*time.Minute {
			t.Fatalf("%s is too soon after %s", s.At, last.At)
		}
		if again, _ := r.Next(s.At.Add(-1)); again != s {
			t.Fatalf("asked again, %+v became %+v", s, again)
		}
		perDate[s.Date]++
		distinct[ClockOf(s.At)] = true
		last = s
	}
	for d, n := range perDate {
		if n != 3 {
			t.Errorf("%d slots on %s", n, d)
		}
	}
	if len(perDate) != 365 || len(distinct) < 170 {
		t.Errorf("%d dates, %d different minutes of 180", len(perDate), len(distinct))
	}
	other := r
	other.Seed = 2
	a, _ := r.Next(start)
	b, _ := other.Next(start)
	if a.At.Equal(b.At) {
		t.Error("another seed draws the same")
	}
}

// The draws are a promise to those whose plans run already: this must not change.
func TestWindowDrawsOfSeedOne(t *testing.T) {
	r := Rule{Pace: Pace{2, 1, Day}, Zone: time.UTC, Seed: 1, Window: Window{Span: Span{540, 720}, Gap: time.Hour}}
	var got []string
	for s := range r.All(at(t, "2026-03-01T00:00:00Z"), time.Time{}) {
		if got = append(got, s.At.Format("02 15:04")); len(got) == 6 {
			break
		}
	}
	want := []string{"01 09:21", "01 11:13", "02 10:22", "02 11:50", "03 09:36", "03 10:59"}
	if !slices.Equal(got, want) {
		t.Errorf("drawn %q, want %q", got, want)
	}
	if SeedOf("plan-1") != 0xe7340eb0065c3d94 {
		t.Errorf("seed of plan-1 is %#x", SeedOf("plan-1"))
	}
}

func TestPauseLeavesNoBacklogAndSaysSo(t *testing.T) {
	r := daily(t, "America/New_York", 19*60)
	var got []Slot
	for s := range r.All(at(t, "2026-03-04T12:00:00-05:00"), at(t, "2026-03-09T00:00:00-04:00")) {
		if got = append(got, s); len(got) == 2 {
			break
		}
	}
	checkSlot(t, got[0], true, "2026-03-09T19:00:00-04:00", 0, AfterPause)
	checkSlot(t, got[1], true, "2026-03-10T19:00:00-04:00", 0, Plain)

	s, ok := r.Resume(Slot{}, at(t, "2026-03-09T19:00:00-04:00"))
	checkSlot(t, s, ok, "2026-03-09T19:00:00-04:00", 0, AfterPause)
	s, ok = r.Resume(s, at(t, "2026-03-09T19:00:00-04:00"))
	checkSlot(t, s, ok, "2026-03-10T19:00:00-04:00", 0, AfterPause)
	for s := range r.All(at(t, "2026-03-04T12:00:00-05:00"), at(t, "2026-03-01T00:00:00-05:00")) {
		checkSlot(t, s, true, "2026-03-04T19:00:00-05:00", 0, Plain)
		break
	}
}

func TestAChangedTimeDoesNotRepeatADate(t *testing.T) {
	morning, evening := daily(t, "UTC", 8*60), daily(t, "UTC", 19*60)
	sent, _ := morning.Next(at(t, "2026-05-05T00:00:00Z"))
	s, ok := evening.NextAfter(sent, at(t, "2026-05-05T12:00:00Z"))
	checkSlot(t, s, ok, "2026-05-06T19:00:00Z", 0, Plain)
	s, ok = evening.NextAfter(Slot{Date: Date{2027, 5, 5}}, sent.At) // only the key is known
	checkSlot(t, s, ok, "2027-05-06T19:00:00Z", 0, Plain)
	twice := daily(t, "UTC", 8*60, 19*60)
	s, ok = twice.NextAfter(sent, at(t, "2026-05-05T12:00:00Z"))
	checkSlot(t, s, ok, "2026-05-05T19:00:00Z", 1, Plain)
}

func TestTimesOfOneGapAreSentOnce(t *testing.T) {
	r := daily(t, "America/New_York", 130, 150, 240)
	midnight := at(t, "2026-03-08T00:00:00-05:00")
	first, ok := r.Next(midnight)
	checkSlot(t, first, ok, "2026-03-08T03:00:00-04:00", 0, DSTGap)
	s, ok := r.NextAfter(first, midnight) // planned, and not sent yet
	checkSlot(t, s, ok, "2026-03-08T04:00:00-04:00", 2, Plain)
}

// REQUIREMENTS F04: no date twice, twelve hours between, and never at night.
func TestMovesBetweenZonesKeepDateAndGap(t *testing.T) {
	cases := []struct {
		name, from, to string
		times          []Clock
		sentAfter, now string
		want           string
		position       int
	}{
		{"New York to Tokyo, evening", "America/New_York", "Asia/Tokyo", []Clock{1140},
			"2026-05-05T00:00:00-04:00", "2026-05-06T15:00:00+09:00", "2026-05-07T19:00:00+09:00", 0},
		{"Tokyo to Honolulu repeats the date", "Asia/Tokyo", "Pacific/Honolulu", []Clock{1140},
			"2026-05-05T00:00:00+09:00", "2026-05-05T09:00:00-10:00", "2026-05-06T19:00:00-10:00", 0},
		{"Tokyo to Honolulu, two a day", "Asia/Tokyo", "Pacific/Honolulu", []Clock{600, 1140},
			"2026-05-05T00:00:00+09:00", "2026-05-05T07:00:00-10:00", "2026-05-05T19:00:00-10:00", 1},
		{"over the date line eastwards", "Pacific/Apia", "Pacific/Pago_Pago", []Clock{1140},
			"2026-05-05T00:00:00+13:00", "2026-05-04T20:00:00-11:00", "2026-05-06T19:00:00-11:00", 0},
		{"one hour west", "America/New_York", "America/Chicago", []Clock{1140},
			"2026-05-05T00:00:00-04:00", "2026-05-05T18:30:00-05:00", "2026-05-06T19:00:00-05:00", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sent, _ := daily(t, c.from, c.times...).Next(at(t, c.sentAfter))
			after := at(t, c.now)
			if earliest := sent.At.Add(MoveGap); earliest.After(after) {
				after = earliest
			}
			s, ok := daily(t, c.to, c.times...).NextAfter(sent, after)
			checkSlot(t, s, ok, c.want, c.position, Plain)
		})
	}
}

func TestSlotsCloseWithTheirWindowOrHours(t *testing.T) {
	now := at(t, "2026-05-05T00:00:00Z")
	cases := []struct {
		name string
		rule Rule
		want string
	}{
		{"a chosen time never", Rule{At: []Clock{1300}}, ""},
		{"a default time with the hours", Rule{}, "2026-05-05T20:00:00Z"},
		{"hours of one's own", Rule{Hours: Span{480, 1230}}, "2026-05-05T20:30:00Z"},
		{"a window", Rule{Window: Window{Span: Span{540, 720}}}, "2026-05-05T12:00:00Z"},
		{"a window clipped", Rule{Window: Window{Span: Span{1080, 1380}}}, "2026-05-05T20:00:00Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Pace, c.rule.Zone = Pace{1, 1, Day}, time.UTC
			s, _ := c.rule.Next(now)
			end, ok := c.rule.Closes(s)
			if ok != (c.want != "") || (ok && end.Format(time.RFC3339) != c.want) {
				t.Errorf("closes at %s, %v; want %s", end, ok, c.want)
			}
		})
	}
}

func TestNextNeedsNoMemory(t *testing.T) {
	now := at(t, "2031-05-05T00:00:00Z")
	window := Window{Span: Span{540, 720}, PerDay: 3}
	for _, r := range []Rule{daily(t, "America/New_York", 480, 1140), {Pace: Pace{1, 1, Day}, Zone: time.UTC, Window: window}} {
		if n := testing.AllocsPerRun(100, func() { r.Next(now) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// anyRule makes a rule, mostly valid, of random numbers.
func anyRule(rnd *rand.Rand, zones []*time.Location) Rule {
	paces := []Pace{{1, 1, Day}, {2, 1, Day}, {5, 1, Day}, {24, 1, Day}, {1, 3, Day}, {1, 1, Week}, {2, 1, Week}, {5, 1, Week},
		{1, 2, Week}, {1, 52, Week}, {1, 1, Month}, {15, 1, Month}, {28, 1, Month}}
	r := Rule{Pace: paces[rnd.IntN(len(paces))], Zone: zones[rnd.IntN(len(zones))], Seed: rnd.Uint64(), Jitter: rnd.IntN(11),
		Anchor: dateAt(15_000 + rnd.IntN(8000))}
	if rnd.IntN(3) == 0 {
		r.Days = Days(rnd.IntN(128))
	}
	switch rnd.IntN(3) {
	case 0:
		for range max(1, r.perDay(), rnd.IntN(4)) {
			r.At = append(r.At, Clock(rnd.IntN(24*60)))
		}
	case 1:
		from := Clock(rnd.IntN(1200))
		r.Window = Window{Span{from, from + 1 + Clock(rnd.IntN(400))}, rnd.IntN(4), time.Duration(rnd.IntN(90)) * time.Minute}
	}
	if rnd.IntN(2) == 0 {
		r.Hours = Span{480 + Clock(rnd.IntN(200)), 700 + Clock(rnd.IntN(560))}
	}
	if rnd.IntN(5) == 0 {
		r.Until = r.Anchor.AddDays(rnd.IntN(60))
	}
	return r
}

// What holds for every rule: slots and keys only go forward, a slot is on its
// own date, and times that nobody chose are inside the hours.
func TestEveryRuleGoesForwardAndStaysInItsHours(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var zones []*time.Location
	for _, name := range sampleZones {
		zones = append(zones, mustZone(t, name))
	}
	valid := 0
	for range 6000 {
		r := anyRule(rnd, zones)
		if r.Validate() != nil {
			continue
		}
		valid++
		checkForward(t, r, r.Anchor.utc().AddDate(0, 0, rnd.IntN(400)), 40)
	}
	if valid < 2000 {
		t.Errorf("only %d rules were valid", valid)
	}
}

func checkForward(t *testing.T, r Rule, after time.Time, n int) {
	t.Helper()
	last := Slot{At: after}
	for s := range r.All(after, time.Time{}) {
		shown := ClockOf(s.At)
		switch {
		case !s.At.After(last.At) || !s.later(last) || s.Date != DateOf(s.At):
			t.Fatalf("%+v: %+v after %+v", r, s, last)
		case s.Date.Before(r.Anchor) || (!r.Until.IsZero() && r.Until.Before(s.Date)):
			t.Fatalf("%+v: %+v lies outside the plan", r, s)
		case len(r.At) == 0 && !r.Hours.OrDefault().Has(shown):
			t.Fatalf("%+v: %+v lies outside the hours", r, s)
		case len(r.At) > 0 && s.Why != DSTGap && !slices.Contains(r.At, shown):
			t.Fatalf("%+v: %+v is no chosen time", r, s)
		case s.Why == NoWhy || s.Why.String() == "":
			t.Fatalf("%+v: %+v has no reason", r, s)
		}
		if end, ok := r.Closes(s); ok && !end.After(s.At) {
			t.Fatalf("%+v: %+v closes at %s", r, s, end)
		}
		last = s
		if n--; n == 0 {
			return
		}
	}
	if r.Until.IsZero() {
		t.Fatalf("%+v: nothing after %+v", r, last)
	}
}

func FuzzNextEndsAndGoesForward(f *testing.F) {
	f.Add(uint64(1), int64(1_772_600_000), 1, 1, 1, 0, 1140, 0, 0, 0, 0, 0)
	f.Add(uint64(9), int64(1_772_600_000), 2, 1, 2, 9, -1, 540, 720, 2, 20000, 20500)
	f.Add(uint64(0), int64(-62_135_596_800), 28, 1, 3, 128, 1439, 9, 8, 99, -20000, -30000)
	zone := mustZone(f, "America/Nuuk")
	f.Fuzz(func(t *testing.T, seed uint64, unix int64, n, every, unit, days, clock, from, to, perDay, anchor, until int) {
		r := Rule{Pace: Pace{n, every, Unit(unit)}, Days: Days(days), Seed: seed, Zone: zone, Jitter: n,
			Window: Window{Span{Clock(from), Clock(to)}, perDay, time.Duration(every) * time.Minute}, Hours: Span{Clock(to), Clock(from)}}
		if clock >= 0 {
			r.At, r.Window = []Clock{Clock(clock), Clock(clock / 2)}, Window{}
		}
		if anchor > -700_000 && anchor < 2_900_000 && anchor != 0 {
			r.Anchor = dateAt(anchor)
		}
		if until > -700_000 && until < 2_900_000 && until != 0 {
			r.Until = dateAt(until)
		}
		after := time.Unix(unix, 0)
		if s, ok := r.Next(after); ok && !s.At.After(after) {
			t.Fatalf("%+v: %+v", r, s)
		}
		r.Hours = Span{}
		if r.Validate() == nil && after.Year() > 1 && after.Year() < 9000 && r.Until.IsZero() && r.Anchor.Year < 9000 {
			checkForward(t, r, after, 20)
		}
	})
}
