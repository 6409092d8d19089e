package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// weeklyData is the page that a digest leads to: the pace of the week ahead, as
// it is now, and one button for each thing that can be done about it.
type weeklyData struct {
	Asked  checkins.DigestAction // what the link in the mail was for: its button comes first
	Plans  []weeklyPlan
	Quiet  bool
	Until  time.Time // with Quiet; zero = open
	Next   time.Time // the next reminder; zero = none
	Digest bool      // the weekly mail comes
	Zone   *time.Location
}

type weeklyPlan struct {
	leavePlan
	Rests bool
	Days  []weeklyDay
}

type weeklyDay struct {
	Day string // "mon"
	On  bool
}

// showWeekly shows the page. What its address asks for is only put first:
// nothing happens before a button is pressed.
func (s *Site) showWeekly(w http.ResponseWriter, r *http.Request) {
	asked := checkins.DigestAction(r.URL.RawQuery)
	if !slices.Contains(checkins.DigestActions(), asked) {
		asked = ""
	}
	s.link(checkins.LinkWeekly, func(state checkins.State) page { return s.weeklyPage(state, asked) })(w, r)
}

func (s *Site) weeklyPage(state checkins.State, asked checkins.DigestAction) page {
	who := state.Participant
	d := weeklyData{Asked: asked, Quiet: who.QuietAt(s.Now()), Digest: who.Digest.By != checkins.DigestOff, Zone: who.Location()}
	if d.Quiet && who.QuietUntil.Before(checkins.Forever) {
		d.Until = who.QuietUntil
	}
	if next := s.House.Preview(state, 1); len(next) > 0 {
		d.Next = next[0].Due.At
	}
	going := slices.DeleteFunc(slices.Clone(state.Plans), func(p checkins.Plan) bool { return p.Status == checkins.PlanFinished })
	for i, name := range s.Plans(who.Locale, going) {
		p := going[i]
		plan := weeklyPlan{leavePlan: leavePlan{p.ID, name, p}, Rests: p.Status == checkins.PlanPaused}
		for _, day := range pace.EveryDay.Names() {
			one, _ := pace.ParseDays(day) // a name of ours
			plan.Days = append(plan.Days, weeklyDay{day, p.Days&one != 0})
		}
		d.Plans = append(d.Plans, plan)
	}
	return page{template: "weekly", person: who, data: d}
}

// weekly does what was pressed.
func (s *Site) weekly(state checkins.State, form url.Values, v checkins.Visit) (checkins.Effects, error) {
	action := checkins.DigestAction(form.Get("do"))
	if !slices.Contains(checkins.DigestActions(), action) {
		return checkins.Effects{}, nil
	}
	wish := action.Wish(state, s.Now())
	wish.Plan = checkins.PlanID(form.Get("plan"))
	if action == checkins.DigestDays {
		days, err := pace.ParseDays(strings.Join(form["day"], ","))
		if err != nil {
			return checkins.Effects{}, nil // none was picked: it stays as it is
		}
		wish = checkins.Wish{Kind: checkins.WishDays, Plan: wish.Plan, Days: days}
	}
	v.Pressed = s.Words.Line(state.Participant.Locale, "weekly."+string(action))
	return s.House.FromDigest(state, wish, v, s.Now())
}

func (s *Site) showNoDigest(state checkins.State) page {
	on, title := state.Participant.Digest.By != checkins.DigestOff, ""
	if !on {
		title = "over"
	}
	return page{template: "digest", state: title, person: state.Participant, data: struct{ On bool }{on}}
}

// stoppingDigest takes the one click that a mail program offers, and the button
// of the page.
func (s *Site) stoppingDigest(w http.ResponseWriter, r *http.Request) {
	if !s.mayAct(w, r) {
		return
	}
	stop := func(state checkins.State, v checkins.Visit) (checkins.Effects, error) {
		return s.House.NoDigest(state, v, s.Now())
	}
	if r.PostForm.Get("List-Unsubscribe") == "One-Click" {
		s.oneClick(w, r, checkins.LinkNoDigest, s.showNoDigest, stop)
		return
	}
	s.press(w, r, checkins.LinkNoDigest, func(state checkins.State, form url.Values, v checkins.Visit) (checkins.Effects, error) {
		if form.Get("do") != "stop" {
			return checkins.Effects{}, nil
		}
		v.Pressed = s.Words.Line(state.Participant.Locale, "digest.button")
		return stop(state, v)
	})
}
