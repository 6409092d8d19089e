package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/templates"
)

func TestJoiningSaysWhenTheFirstOneComes(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("2/week", "one-feeling", 19*60))
	l.want(l.texts[len(l.texts)-1], "you're in. First one tomorrow 19:00")
}

func TestTheLadderEndsPolitelyOnBothSides(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("3/week", "one-feeling", 19*60))
	for _, rung := range []string{"2 a week", "once a week", "once every 2 weeks", "once a month", "now at rest", "slower than that it does not go"} {
		l.want(l.say("slower"), rung)
	}
	for _, rung := range []string{
		"once a month", "once every 2 weeks", "once a week", "2 a week", "3 a week", "5 a week", "once a day", "2 a day", "as often as it gets",
	} {
		l.want(l.say("faster"), rung)
	}
	l.wantPaces("2/day")
}

func TestFasterAfterSilenceBringsTheEarlierPaceAndNoMore(t *testing.T) {
	silent := func(t *testing.T) *life {
		l := onPaper(t).live(t, nil, rhythm("2/day", "one-feeling"))
		came := strings.Join(l.until("2026-03-13 22:00"), "\n")
		l.want(came, "now once a week, FASTER for more")
		return l
	}
	for _, c := range []struct{ say, answer, paces string }{
		{"faster", "2 a day", "2/day"},
		{"slower", "once every 2 weeks", "1/2weeks"},
		{"resume", "on again", "2/day"},
		{"tue and thu", "2 a day, Tue and Thu", "2/day"},
		{"once a day", "once a day", "1/day"},
	} {
		t.Run(c.say, func(t *testing.T) {
			l := silent(t)
			spaced := l.me().Participant.Spacing
			l.want(l.say(c.say), c.answer)
			l.wantPaces(c.paces)
			if now := l.me().Participant.Spacing; now != 0 && c.say != "slower" {
				t.Errorf("the spacing of silence is still %s", now)
			}
			l.say("undo")
			l.wantPaces("2/day")
			if now := l.me().Participant.Spacing; now != spaced {
				t.Errorf("after UNDO the spacing is %s, not %s", now, spaced)
			}
		})
	}
	l := silent(t)
	l.want(l.say("7pm"), "once a week") // a time asks for no other pace, and none is promised
}

func TestUndoPutsBackWhatWokeAndWhatRests(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/month", "one-feeling"), rhythm("1/week", "win"))
	l.say("slower")
	l.say("1")
	l.wantPaces("1/month paused, 1/week")
	l.say("resume")
	l.wantPaces("1/month, 1/week")
	l.say("undo")
	l.wantPaces("1/month paused, 1/week")
	l.say("pause")
	l.want(l.say("when"), "nothing is set to come")
	l.say("undo")
	l.want(l.say("when"), "next:")
	l.wantPaces("1/month paused, 1/week")
}

func TestUndoBringsAWindowBack(t *testing.T) {
	plan := rhythm("2/day", "one-feeling")
	plan.Window = pace.Window{Span: pace.Span{From: 9 * 60, To: 12 * 60}, PerDay: 2, Gap: time.Hour}
	l := onPaper(t).live(t, nil, plan)
	before := l.me().Plans[0]
	for _, change := range []string{"7pm and 9pm", "slower", "7pm"} {
		l.say(change)
		l.say("undo")
		if got := l.me().Plans[0]; got.Window != before.Window || got.Pace != before.Pace || got.Next.At != before.Next.At {
			t.Errorf("after %q and UNDO the plan is %v in %v, next %v", change, got.Pace, got.Window, got.Next)
		}
	}
}

func TestUndoReachesBackThirtyDays(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/month", "one-feeling"))
	l.say("slower")
	l.now = l.now.AddDate(0, 0, 29)
	l.want(l.say("undo"), "put back")
	l.say("slower")
	l.now = l.now.AddDate(0, 0, 31)
	l.want(l.say("undo"), "no change to take back")
}

func TestUndoTakesBackTheLastChangeWhateverItsRoute(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("3/week", "one-feeling", 19*60))
	l.say("slower")
	l.now = l.now.Add(time.Minute)
	l.apply(t, l.who, checkins.Wish{Kind: checkins.WishZone, Zone: "Asia/Tokyo"}, l.now)
	l.say("undo")
	if zone := l.me().Participant.Zone; zone != "America/New_York" {
		t.Errorf("the zone is %s", zone)
	}
	l.wantPaces("2/week")
	l.say("undo")
	l.wantPaces("3/week")
	l.want(l.say("undo"), "no change to take back")
}

func TestLaterMovesOneReminderAndNotThePlan(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling win soften", 18*60))
	first := l.until("2026-03-04 18:30")
	next := l.me().Plans[0].Next
	l.want(l.say("later tomorrow 10am"), "later it is: tomorrow 10:00")
	if got := l.me().Plans[0].Next; got != next {
		t.Errorf("LATER moved the plan to %v", got)
	}
	l.say("later tomorrow 11am") // once more: the same reminder, not another
	came := l.until("2026-03-06 23:00")
	if len(came) != 3 || !strings.HasPrefix(came[0], "2026-03-05 11:00") || !strings.HasPrefix(came[1], "2026-03-05 18:00") {
		t.Fatalf("there came %q", came)
	}
	practices := map[string]bool{}
	for _, m := range l.me().Recent {
		if m.Kind == checkins.Prompt {
			for _, o := range m.Offers {
				practices[string(o.Practice)] = true
			}
		}
	}
	if _, text, _ := strings.Cut(first[0], "\n"); !strings.HasSuffix(came[0], text) {
		t.Errorf("moved was %q, and %q came", first[0], came[0])
	}
	if len(practices) != 3 {
		t.Errorf("in three days came %v: LATER took a turn away", practices)
	}
}

func TestLaterNeverGoesIntoQuietHours(t *testing.T) {
	for _, c := range []struct{ at, say, moved string }{
		{"2026-03-04 18:30", "later", "2026-03-05 09:00"},           // three hours on it is 21:30
		{"2026-03-04 18:30", "later at 10pm", "2026-03-05 09:00"},   // also when it is asked for
		{"2026-03-04 18:30", "later at 7:30pm", "2026-03-04 19:30"}, // in hours
		{"2026-03-04 18:30", "tomorrow at 6am", "2026-03-05 09:00"},
	} {
		l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 18*60))
		if came := l.until(c.at); len(came) != 1 {
			t.Fatalf("before it there came %q", came)
		}
		l.say(c.say)
		if came := l.until("2026-03-05 17:00"); len(came) != 1 || !strings.HasPrefix(came[0], c.moved) {
			t.Errorf("%q at %s: there came %q, not at %s", c.say, c.at, came, c.moved)
		}
	}
}

// A bare LATER before the reminder counts from when that comes: it is not brought
// nearer.
func TestABareLaterNeverBringsAReminderNearer(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 16*60))
	l.want(l.say("later"), "later it is: today 19:00")
}

func TestLaterBeforeTheReminderMovesIt(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 15*60))
	l.want(l.say("later at 5pm"), "later it is: today 17:00")
	l.say("undo")
	if next := l.me().Plans[0].Next; next.Why != "slot" {
		t.Errorf("after UNDO the next one is %v", next)
	}
	l.say("later at 5pm")
	came := l.until("2026-03-05 16:00")
	if len(came) != 2 || !strings.HasPrefix(came[0], "2026-03-04 17:00") || !strings.HasPrefix(came[1], "2026-03-05 15:00") {
		t.Errorf("there came %q", came)
	}
}

func TestLaterInAPauseSaysThatNothingComes(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 15*60))
	l.until("2026-03-04 15:30")
	l.say("pause")
	l.want(l.say("later"), "paused")
	if came := l.until("2026-03-07 23:00"); len(came) != 0 {
		t.Errorf("in the pause came %q", came)
	}
}

func TestAPauseEndsByItselfGentlyAndWithoutBacklog(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("2/day", "one-feeling", 10*60, 18*60))
	l.want(l.say("pause for 3 days"), "paused. Nothing until Sat 7 Mar", "RESUME")
	came := l.until("2026-03-08 23:00")
	if len(came) == 0 {
		t.Fatal("nothing came after the pause")
	}
	l.want(came[0], "your pause is over")
	if len(came) > 4 || strings.HasPrefix(came[0], "2026-03-06") {
		t.Errorf("after the pause came %q", came)
	}
	for _, text := range came[1:] {
		if strings.Contains(text, "pause is over") {
			t.Errorf("it is said again: %q", text)
		}
	}
}

func TestAPauseOfMoreThanSixtyDaysEndsWithOneQuestion(t *testing.T) {
	for _, c := range []struct {
		pause string
		also  string
		asks  bool
	}{
		{"pause until may 2", "", false},
		{"pause until may 20", "", true},
		{"pause until may 20", "slower", true}, // a change meanwhile makes the pause no shorter
	} {
		t.Run(c.pause+" "+c.also, func(t *testing.T) {
			l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 19*60), rhythm("1/month", "win"))
			l.say(c.pause)
			if c.also != "" {
				l.now = l.now.AddDate(0, 0, 30)
				l.say(c.also)
				l.say("1")
			}
			came := l.until("2026-06-30 23:00")
			if !c.asks {
				l.want(came[0], "your pause is over. Share")
				return
			}
			if len(came) != 1 {
				t.Fatalf("there came %d: %q", len(came), came)
			}
			l.want(came[0], "Go on", "RESUME", "With no answer it stays quiet")
			l.want(l.say("resume"), "on again")
			if came := l.until("2026-07-06 23:00"); len(came) == 0 {
				t.Error("RESUME brings nothing")
			}
		})
	}
}

func TestWhatWasDoneBeforeItsReminderTakesThatSlot(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling win", 19*60))
	l.want(l.say("did my reach already"), "noted: done")
	came := l.until("2026-03-05 23:00")
	if len(came) != 1 || !strings.HasPrefix(came[0], "2026-03-05 19:00") {
		t.Errorf("after it was reported early came %q", came)
	}
	records, err := l.Records(t.Context(), l.who, 10)
	if err != nil || len(records) != 1 || records[0].Practice != "one-feeling" || records[0].Plan == "" {
		t.Errorf("the record is %+v, %v", records, err)
	}
}

func TestWhenTellsTheNextOnesAndWhy(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 2*60+30)) // in the gap of 8 March
	l.now = time.Date(2026, time.March, 7, 17, 0, 0, 0, time.UTC)
	l.apply(t, l.who, checkins.Wish{Kind: checkins.WishTime, At: []pace.Clock{2*60 + 30}}, l.now)
	l.want(l.say("when?"), "next: tomorrow 03:00 (clocks change), Mon 9 Mar 02:30")
	l.say("pause until wednesday")
	l.want(l.say("when?"), "(after your pause)")
}

func TestAfterAnOutageComesOneMessageAnHour(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		l := h.live(t, nil, rhythm("1/day", "one-feeling", 18*60), rhythm("1/day", "win", 18*60), rhythm("1/day", "closeness", 18*60+40))
		l.until("2026-03-04 17:00")
		l.now = l.now.Add(time.Hour)
		l.plan(t, l.who, l.now) // two are in the queue, and the house goes down
		l.now = l.now.Add(20 * time.Minute)
		if err := l.Beat(t.Context(), checkins.AfterOutage, l.now); err != nil {
			t.Fatal(err)
		}
		if sent := l.send(); len(sent) != 1 {
			t.Errorf("after the outage left at once %q", sent)
		}
		if came := l.until("2026-03-04 19:19"); len(came) != 0 {
			t.Errorf("in the hour after it came also %q", came)
		}
		if came := l.until("2026-03-05 23:00"); len(came) != 3 {
			t.Errorf("the day after came %d, not 3: %q", len(came), came)
		}
	})
}

func TestTwoRemindersAreKeptApartAndTheDayHasItsMost(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("2/day", "one-feeling", 12*60+30, 18*60), rhythm("1/day", "win", 18*60), rhythm("1/day", "breathe", 18*60+5))
	came := l.until("2026-03-04 23:00")
	if len(came) != 3 || !strings.HasPrefix(came[1], "2026-03-04 18:00") || !strings.HasPrefix(came[2], "2026-03-04 18:15") {
		t.Errorf("in one day came %q", came)
	}
}

func TestWhatCannotBeIsSaidAndNotCalledUnread(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("2/week", "one-feeling"))
	for say, want := range map[string]string{
		"email me instead":   "can't come by mail",
		"text me instead":    "stays as it is",
		"remove one feeling": "the one thing it sends",
		"add one feeling":    "stays as it is",
	} {
		l.want(l.say(say), want)
	}
	l.wantPaces("2/week")
	if n := len(l.me().Changes); n != 0 {
		t.Errorf("%d changes came of it", n)
	}
}

func TestTheAnswerToAChangeOfChannelNamesIt(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 4000)
		l := &life{house: h, t: t, who: who, number: "+15005584000", now: noon.Add(time.Minute)}
		l.send()
		l.want(l.say("email me instead"), "it comes by mail from now on. First one today 19:00")
	})
}

func TestWhatIsListedIsWhatIsSent(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	quiet := rhythm("1/day", "breathe", 8*60)
	quiet.NoAnswer = true
	random := rhythm("3/day", "one-feeling win")
	random.Window = pace.Window{Span: pace.Span{From: 9 * 60, To: 19 * 60}, Gap: time.Hour}
	ends := rhythm("1/2days", "win")
	ends.Until = pace.Date{Year: 2026, Month: time.March, Day: 20}
	for name, plans := range map[string][]checkins.Plan{
		"one daily":              {rhythm("1/day", "one-feeling win")},
		"two at the same minute": {rhythm("1/day", "one-feeling", 19*60), rhythm("1/day", "win", 19*60)},
		"more than a day has":    {rhythm("2/day", "one-feeling", 10*60, 11*60), rhythm("2/day", "win", 12*60, 13*60)},
		"at random":              {random},
		"no answer needed":       {quiet},
		"needed by one of two":   {quiet, rhythm("3/week", "win")},
		"one that ends":          {ends, rhythm("1/month", "one-feeling")},
		"twelve weeks and more": {func() checkins.Plan {
			p := quiet
			p.Pace = pace.Pace{N: 1, Every: 1, Unit: pace.Week}
			p.Days = 0
			return p
		}()},
		"in the last of the hours": {rhythm("1/day", "one-feeling", 19*60+55), rhythm("1/day", "win")},
	} {
		t.Run(name, func(t *testing.T) {
			l := onPaper(t).live(t, nil, plans...)
			listed := l.rules.Preview(l.me(), 30)
			if len(listed) == 0 {
				t.Fatal("nothing is listed")
			}
			var want []string
			for _, u := range listed {
				want = append(want, u.Due.At.In(l.zone()).Format("2006-01-02 15:04"))
			}
			var got []string
			for _, text := range l.until(want[len(want)-1]) {
				got = append(got, text[:16])
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("listed were\n%s\nsent were\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
			}
		})
	}
}

func TestEachThingThatChangesAfterTheClaimKeepsTheMessageBack(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for name, flip := range map[string]func(l *life){
			"stop":           func(l *life) { l.text(t, l.number, "stop", l.now) },
			"pause":          func(l *life) { l.text(t, l.number, "pause", l.now) },
			"rest":           func(l *life) { l.apply(t, l.who, checkins.Wish{Kind: checkins.WishFinish}, l.now) },
			"night":          func(l *life) { l.apply(t, l.who, checkins.Wish{Kind: checkins.WishZone, Zone: "Europe/London"}, l.now) },
			"time goes by":   func(l *life) { l.now = l.now.Add(91 * time.Minute) },
			"an outage":      func(l *life) { l.outageWithOne() },
			"the day's most": func(l *life) { l.most = 0 },
			"the provider": func(l *life) {
				err := l.Decide(t.Context(), checkins.Who{Participant: l.who}, l.now, func(s checkins.State) (checkins.Effects, error) {
					a := s.Addresses[0]
					a.State = checkins.Suppressed
					return checkins.Effects{Addresses: []checkins.Address{a}}, nil
				})
				if err != nil {
					t.Fatal(err)
				}
			},
			"nothing": func(*life) {},
		} {
			l := h.live(t, nil, rhythm("1/day", "one-feeling"))
			l.most = 3
			l.now = l.me().Plans[0].Next.At
			l.plan(t, l.who, l.now)
			ids := l.claimAll(t, l.now)
			if len(ids) != 1 {
				t.Fatalf("%s: %d are claimed", name, len(ids))
			}
			flip(l)
			_, err := l.Begin(t.Context(), ids[0], l.most, l.now, l.now.Add(time.Minute))
			if sent := err == nil; sent != (name == "nothing") {
				t.Errorf("after the claim comes %s: sent %v (%v)", name, sent, err)
			}
			for _, id := range l.claimAll(t, l.now) { // leave nothing to the next one
				_, _ = l.Begin(t.Context(), id, 3, l.now, l.now.Add(time.Minute))
			}
		}
	})
}

// outageWithOne lets the house come back from an outage, in which another
// message that it started has gone out already.
func (l *life) outageWithOne() {
	l.t.Helper()
	if err := l.Beat(l.t.Context(), checkins.AfterOutage, l.now); err != nil {
		l.t.Fatal(err)
	}
	s := l.me()
	m := checkins.Message{
		ID: checkins.MessageID(newID()), Address: s.Addresses[0].ID, Channel: checkins.SMS, Kind: checkins.FollowUp, State: checkins.Queued,
		DueAt: l.now, NotBefore: l.now, ExpiresAt: l.now.Add(time.Hour),
	}
	err := l.Decide(l.t.Context(), checkins.Who{Participant: l.who}, l.now, func(checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Messages: []checkins.Message{m}}, nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if sent := l.send(); len(sent) != 1 {
		l.t.Fatalf("%d went out", len(sent))
	}
}

func TestAnotherPlanIsAChangeThatUNDOTakesBack(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/week", "one-feeling"))
	more := rhythm("1/day", "win", 21*60)
	more.ID, more.Channel, more.Status, more.Anchor, more.CreatedAt = checkins.PlanID(newID()), checkins.SMS, checkins.PlanActive, pace.DateOf(l.now), l.now
	err := l.Decide(t.Context(), checkins.Who{Participant: l.who}, l.now, func(s checkins.State) (checkins.Effects, error) {
		e, unable := l.rules.Begin(s, more, checkins.ByPage, l.now)
		if unable != checkins.Granted {
			t.Errorf("it is not granted: %s", unable)
		}
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.want(l.say("when"), "today 21:00")
	l.say("undo")
	l.wantPaces("1/week, 1/day finished")
	if came := l.until("2026-03-05 23:00"); len(came) != 0 {
		t.Errorf("after UNDO came %q", came)
	}
}

func TestATextThatSaysMorePutsOneThingAndFitsOneSegment(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "breath-478 one-feeling win"))
	for _, text := range l.until("2026-04-20 12:00") {
		text = text[len("2026-03-04 19:00 "):]
		if encoding, n := templates.Segments(text); n != 1 {
			t.Errorf("%d segments of %v: %s", n, encoding, text)
		}
	}
}
