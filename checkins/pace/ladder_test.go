package pace

import "testing"

func TestLadderGoesARungAtATime(t *testing.T) {
	p, d := Pace{2, 1, Day}, Days(0)
	for _, want := range []string{"1/day", "5/week", "3/week", "2/week", "1/week", "1/2weeks", "1/month", ""} {
		var ok bool
		if p, d, ok = Slower(p, d); !ok || p.String() != want || d != 0 {
			t.Fatalf("slower is %q %s %v, want %q", p, d, ok, want)
		}
	}
	if _, _, ok := Slower(p, d); ok {
		t.Error("there is something below rest")
	}
	for _, want := range []string{"1/month", "1/2weeks", "1/week", "2/week", "3/week", "5/week", "1/day", "2/day"} {
		var ok bool
		if p, d, ok = Faster(p, d); !ok || p.String() != want || d != 0 {
			t.Fatalf("faster is %q %s %v, want %q", p, d, ok, want)
		}
	}
	if _, _, ok := Faster(p, d); ok {
		t.Error("there is something above 2/day")
	}
}

func TestLadderFromBetweenItsRungs(t *testing.T) {
	cases := []struct{ from, slower, faster string }{
		{"24/day", "2/day", "24/day"},
		{"3/day", "2/day", "3/day"},
		{"7/week", "5/week", "2/day"}, // which is daily
		{"6/week", "5/week", "1/day"},
		{"4/week", "3/week", "5/week"},
		{"1/2days", "3/week", "5/week"},
		{"1/3days", "2/week", "3/week"},
		{"1/7days", "1/2weeks", "2/week"},
		{"4/month", "1/2weeks", "2/week"}, // which a person calls weekly
		{"2/month", "1/month", "1/week"},  // and this every two weeks
		{"1/3weeks", "1/month", "1/2weeks"},
		{"1/4weeks", "", "1/2weeks"}, // and this monthly
		{"1/30days", "", "1/2weeks"},
		{"1/52weeks", "", "1/month"},
		{"1/365days", "", "1/month"},
	}
	for _, c := range cases {
		t.Run(c.from, func(t *testing.T) {
			p, err := Parse(c.from)
			if err != nil {
				t.Fatal(err)
			}
			slower, _, _ := Slower(p, 0)
			faster, _, _ := Faster(p, 0)
			if slower.String() != c.slower || faster.String() != c.faster {
				t.Errorf("slower %q, faster %q; want %q, %q", slower, faster, c.slower, c.faster)
			}
		})
	}
}

func TestLadderKeepsChosenDays(t *testing.T) {
	cases := []struct {
		name, from, days string
		faster           bool
		to, kept         string
	}{
		{"two become the first", "2/week", "tue,fri", false, "1/week", "tue"},
		{"three lose the middle one", "3/week", "mon,wed,fri", false, "2/week", "mon,fri"},
		{"weekdays become every other", "5/week", "mon,tue,wed,thu,fri", false, "3/week", "mon,wed,fri"},
		{"one stays every two weeks", "1/week", "sun", false, "1/2weeks", "sun"},
		{"a month knows no day", "1/2weeks", "sun", false, "1/month", ""},
		{"two every two weeks become one", "1/2weeks", "tue,sat", false, "1/2weeks", "tue"},
		{"four drop one", "4/week", "mon,wed,fri,sat", false, "3/week", "mon,wed,fri"},
		{"daily on two days counts as two a week", "1/day", "mon,thu", false, "1/week", "mon"},
		{"twice a day at weekends becomes once", "2/day", "sat,sun", false, "2/week", "sat,sun"},
		{"one gains the day furthest off", "1/week", "sat", true, "2/week", "tue,sat"},
		{"two gain one", "2/week", "sat,sun", true, "3/week", "wed,sat,sun"},
		{"three gain two", "3/week", "mon,wed,fri", true, "5/week", "mon,tue,wed,thu,fri"},
		{"five become all", "5/week", "mon,tue,wed,sat,sun", true, "1/day", ""},
		{"one day of two weeks stays weekly", "1/2weeks", "thu", true, "1/week", "thu"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err1 := Parse(c.from)
			d, err2 := ParseDays(c.days)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			step := Slower
			if c.faster {
				step = Faster
			}
			if to, kept, ok := step(p, d); !ok || to.String() != c.to || kept.String() != c.kept {
				t.Errorf("got %s %q %v, want %s %q", to, kept, ok, c.to, c.kept)
			}
		})
	}
}

// Whatever someone has, a step of the ladder is a rule that can run, and a step
// in the asked direction: SLOWER never sends more often than before.
func TestLadderStepsAreValidRulesInTheAskedDirection(t *testing.T) {
	anchor, zone := Date{2026, 3, 4}, mustZone(t, "UTC")
	for _, unit := range []Unit{Day, Week, Month} {
		for n := 1; n <= 28; n++ {
			for every := 1; every <= 60; every++ {
				for days := range EveryDay + 1 {
					r := Rule{Pace: Pace{n, every, unit}, Days: days, Zone: zone, Anchor: anchor}
					if r.Validate() != nil {
						continue
					}
					checkStep(t, r, Slower, func(was, is int) bool { return is < was })
					checkStep(t, r, Faster, func(was, is int) bool { return is > was })
				}
			}
		}
	}
}

func checkStep(t *testing.T, r Rule, step func(Pace, Days) (Pace, Days, bool), right func(was, is int) bool) {
	t.Helper()
	to, kept, ok := step(r.Pace, r.Days)
	if !ok || to == (Pace{}) {
		return
	}
	times, span := rate(r.Pace, r.Days)
	toTimes, toSpan := rate(to, kept)
	if !right(times*toSpan, toTimes*span) {
		t.Errorf("%s %s went to %s %s", r.Pace, r.Days, to, kept)
	}
	r.Pace, r.Days = to, kept
	if err := r.Validate(); err != nil {
		t.Errorf("%s %s is no rule: %v", to, kept, err)
	}
}
