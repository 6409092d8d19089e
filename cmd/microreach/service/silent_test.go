package service_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
)

// rhythms is one way to be written to: a plan for each of its paces.
type rhythms struct {
	name     string
	paces    string
	window   pace.Window
	noAnswer int // the first so many plans need no answer
}

// everyRung has a row for each rung of the ladder and for what lies beside it.
var everyRung = []rhythms{
	{name: "1/month", paces: "1/month"}, {name: "1/2weeks", paces: "1/2weeks"}, {name: "1/week", paces: "1/week"},
	{name: "2/week", paces: "2/week"}, {name: "3/week", paces: "3/week"}, {name: "weekdays", paces: "5/week"},
	{name: "1/day", paces: "1/day"}, {name: "2/day", paces: "2/day"}, {name: "3/day", paces: "3/day"},
	{name: "1/2days", paces: "1/2days"}, {name: "4/month", paces: "4/month"}, {name: "1/3weeks", paces: "1/3weeks"},
	{name: "at random times", paces: "2/day", window: pace.Window{Span: pace.Span{From: 9 * 60, To: 18 * 60}, Gap: 2 * time.Hour}},
	{name: "two plans", paces: "1/day 3/week"}, {name: "three slow plans", paces: "1/week 1/2weeks 1/month"},
}

// silentSouls is a simulation of people who say YES and nothing after it.
func silentSouls(t *testing.T, rows []rhythms) *simulation {
	t.Helper()
	s := &simulation{
		t: t, now: begin, vault: vault.Ephemeral(), database: sqlite(t, "silent.db"),
		byNumber: map[string]*soul{}, rng: rand.New(rand.NewPCG(7, 11)),
	}
	s.open()
	t.Cleanup(func() { _ = s.core.Close() })
	for i, row := range rows {
		who := &soul{
			id: checkins.ParticipantID(newID()), number: fmt.Sprintf("+1212556%04d", i), zone: time.UTC,
			slots: map[string]bool{}, perDate: map[string]int{},
		}
		s.byNumber[who.number] = who
		s.souls = append(s.souls, who)
		var plans []checkins.Plan
		for n, p := range strings.Fields(row.paces) {
			rhythm, err := pace.Parse(p)
			if err != nil {
				t.Fatal(err)
			}
			plans = append(plans, checkins.Plan{
				ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"check-in-text", "closeness"}, Channel: checkins.SMS,
				Status: checkins.PlanActive, Pace: rhythm, Window: row.window, Anchor: pace.DateOf(s.now), CreatedAt: s.now, NoAnswer: n < row.noAnswer,
			})
		}
		err := s.core.Enrol(t.Context(), checkins.Enrolment{
			Participant: checkins.Participant{ID: who.id, Zone: "UTC", Locale: "en", CreatedAt: s.now, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
			Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: who.number}},
			Plans:       plans,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.step()
	for _, who := range s.souls {
		s.say(who, "YES")
	}
	s.step()
	return s
}

// days lets time go by until so many days are over.
func (s *simulation) days(n int) {
	for d := range 2 * n {
		if at := begin.Add(time.Duration(d+1) * 12 * time.Hour); at.After(s.now) {
			s.until(at)
			s.step()
		}
	}
}

func TestASilentPersonGetsAtMostEightMessagesInSixtyDaysAtEveryRung(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	s := silentSouls(t, everyRung)
	s.days(60)
	for i, who := range s.souls {
		t.Logf("%-20s %d messages, the question and the welcome among them", everyRung[i].name, who.messages)
		if who.messages > 8 {
			t.Errorf("%s: %d messages in 60 days", everyRung[i].name, who.messages)
		}
	}
}

func TestSilenceEndsInRestThatTheLastPromptForetold(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	s := silentSouls(t, everyRung)
	s.days(364)
	for i, who := range s.souls {
		name := everyRung[i].name
		if n := len(s.said(who, "Unanswered, it rests")); n != 1 {
			t.Errorf("%s: rest was said %d times", name, n)
		}
		if last := who.texts[len(who.texts)-1]; !strings.Contains(last, "Unanswered, it rests") {
			t.Errorf("%s: the last text was %q", name, last)
		}
		slower := len(s.said(who, "FASTER for more"))
		if monthly := everyRung[i].paces == "1/month"; slower != 1 && !monthly || slower != 0 && monthly {
			t.Errorf("%s: slower was said %d times", name, slower)
		}
		state, err := s.core.Store.State(t.Context(), checkins.Who{Participant: who.id}, s.now)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range state.Plans {
			if p.Status != checkins.PlanPaused || !p.Due().At.IsZero() {
				t.Errorf("%s: after a silent year a plan is %s, due %s", name, p.Status, p.Due().At)
			}
		}
		before := who.messages
		s.say(who, "resume")
		s.step()
		if list := s.upcoming(who); len(list) == 0 || who.messages != before+1 {
			t.Errorf("%s: RESUME after rest brings %d messages, and then %d reminders", name, who.messages-before, len(list))
		}
	}
}

func TestPlansThatNeedNoAnswerNeverTaperAndAskOnceInTwelveWeeks(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	rows := []rhythms{
		{name: "daily", paces: "1/day", noAnswer: 1},
		{name: "weekly", paces: "1/week", noAnswer: 1},
		{name: "one of two", paces: "1/day 3/week", noAnswer: 1},
	}
	s := silentSouls(t, rows)
	s.days(85)
	for i, want := range []int{85, 13} { // two of them with the opt-in and the welcome
		if got := s.souls[i].messages - 2; got != want {
			t.Errorf("%s: %d messages in 85 days, not %d", rows[i].name, got, want)
		}
	}
	if got := s.souls[2].messages - 2; got != 85+6 { // the other plan: three, then three weekly, then rest
		t.Errorf("%s: %d messages in 85 days", rows[2].name, got)
	}
	for i, who := range s.souls {
		if n := len(s.said(who, "1 keep, 2 change, 3 finish")); n != 1 {
			t.Errorf("%s: asked %d times in 85 days whether it is still wanted", rows[i].name, n)
		}
	}
	s.say(s.souls[0], "3")
	s.step()
	if list := s.upcoming(s.souls[0]); len(list) != 0 {
		t.Errorf("after finish still comes %v", list)
	}
	s.say(s.souls[0], "undo")
	s.say(s.souls[1], "keep it, thanks")
	if a, b := s.upcoming(s.souls[0]), s.upcoming(s.souls[1]); len(a) == 0 || len(b) == 0 {
		t.Errorf("after undo %v, after keep %v", a, b)
	}
	s.days(85 + 83)
	if n := len(s.said(s.souls[1], "1 keep, 2 change, 3 finish")); n != 1 {
		t.Errorf("it asked again within twelve weeks")
	}
	for day := 84; day <= 92 && len(s.said(s.souls[1], "1 keep, 2 change, 3 finish")) < 2; day++ {
		s.days(85 + day)
	}
	if n := len(s.said(s.souls[1], "1 keep, 2 change, 3 finish")); n != 2 {
		t.Errorf("after twelve weeks more it had asked %d times", n)
	}
	s.say(s.souls[1], "no")
	s.step()
	if s.said(s.souls[1], "as you like it") == nil || len(s.upcoming(s.souls[1])) == 0 {
		t.Errorf("a no to whether it is still wanted does not bring how to change it: %q", s.souls[1].texts[len(s.souls[1].texts)-3:])
	}
}

// said lists the texts to somebody that hold some words.
func (s *simulation) said(who *soul, words string) (list []string) {
	for _, text := range who.texts {
		if strings.Contains(text, words) {
			list = append(list, text)
		}
	}
	return list
}

func (s *simulation) upcoming(who *soul) []checkins.Upcoming {
	list, err := s.core.Preview(s.t.Context(), who.id, 5)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}
