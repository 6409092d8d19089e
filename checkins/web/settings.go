package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// settingsData is the page on which somebody sees their plan and changes it: all
// of it, one plan of it, or what they chose about themselves.
type settingsData struct {
	View     string // "", "plan", "you" or "code"
	Zone     *time.Location
	Quiet    bool
	Until    time.Time // the end of the quiet; zero = when they say so
	Rest     rest
	Later    *laterDraft // what can be put off; nil = nothing
	Plans    []planCard
	Plan     *planDraft // of the view "plan"
	You      *youDraft  // of the view "you"
	Taps     []tapPlan
	Channels []checkins.Channel // by which they can be reached
	Coming   []coming
	Draft    bool // Coming is what would come, if it were changed
	Last     *checkins.Change
	Journal  bool   // it can be opened from here
	Code     bool   // by six digits
	Address  string // a new one that was typed
	Asked    bool   // a new one may have been asked
	Problem  string
}

// planCard is a plan in the list of all.
type planCard struct {
	ID             checkins.PlanID
	Name           string // empty = one of their own
	Plan           checkins.Plan
	Slower, Faster *checkins.Plan // what a step makes of it; nil = there is none
}

// coming is one reminder to come.
type coming struct {
	At      time.Time
	Channel checkins.Channel
	Labels  []string // of what it offers; none = a question
	Why     string
}

// howMany reminders the preview lists.
const howMany = 10

// settings answers for the page of a link to the settings. The page itself, and
// what a change would mean, are looked at; only a press on a button that changes
// something changes it.
func (s *Site) settings(w http.ResponseWriter, r *http.Request) {
	state, err := s.People.State(r.Context(), who(r, checkins.LinkSettings), s.Now())
	if err == nil && !state.Proof().May(checkins.ToSeeChoices) {
		err = checkins.ErrNotFound
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, s.settingsPage(state, r.URL.Query(), nil, checkins.Granted))
}

// set does what was pressed on the page, or shows what it would mean.
func (s *Site) set(w http.ResponseWriter, r *http.Request) {
	if !s.mayPress(w, r) {
		return
	}
	if s.unlock(w, r) {
		return
	}
	look := r.PostForm.Get("do") == "show"
	var page page
	unable := checkins.Granted
	decide := func(state checkins.State) (checkins.Effects, error) {
		wishes, misread := s.wishes(state, r.PostForm)
		visit := checkins.Visit{IP: s.visitor(r).String(), Pressed: s.Words.Line(state.Participant.Locale, "settings.change"), Shown: s.keepLine(state, r.PostForm)}
		e, no, err := s.House.Change(state, wishes, visit, s.Now())
		if err == nil && misread {
			no = checkins.NotPossible
		}
		if unable = no; unable == checkins.AlreadySo {
			unable = checkins.Granted
		}
		if err != nil || unable != checkins.Granted || look {
			page = s.settingsPage(state, r.URL.Query(), r.PostForm, unable)
			return checkins.Effects{}, err
		}
		return e, nil
	}
	var err error
	if look {
		var state checkins.State
		if state, err = s.People.State(r.Context(), who(r, checkins.LinkSettings), s.Now()); err == nil {
			_, err = decide(state)
		}
	} else {
		err = s.People.Decide(r.Context(), who(r, checkins.LinkSettings), s.Now(), decide)
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
	case unable != checkins.Granted:
		s.write(w, r, http.StatusUnprocessableEntity, page)
	case look:
		s.write(w, r, http.StatusOK, page)
	default:
		s.again(w, r)
	}
}

// settingsPage is the page in one of its views. With a form it is what the form
// would make of it, with what was typed in its fields.
func (s *Site) settingsPage(state checkins.State, view url.Values, form url.Values, unable checkins.Unable) page {
	who, now := state.Participant, s.Now()
	d := settingsData{Zone: who.Location(), Quiet: who.QuietAt(now), Rest: restOf(form), Problem: problemOf(unable, form.Get("form"))}
	if who.QuietUntil.Before(checkins.Forever) {
		d.Until = who.QuietUntil
	}
	for _, c := range []checkins.Channel{checkins.SMS, checkins.Email} {
		if state.Reach(c).State == checkins.Active {
			d.Channels = append(d.Channels, c)
		}
	}
	switch plan := state.Plan(checkins.PlanID(view.Get("plan"))); {
	case plan != nil && plan.Status != checkins.PlanFinished:
		draft := s.draftOf(state, *plan)
		if form.Get("form") == "plan" {
			draft.read(form)
		}
		d.View, d.Plan = "plan", &draft
	case view.Has("code") && s.House.MayAskCode(state):
		d.View = "code"
	case view.Has("you"):
		draft := s.youOf(state)
		if form.Get("form") == "you" {
			draft.read(form)
		}
		d.View, d.You, d.Asked = "you", &draft, view.Has("asked")
	default:
		d.Plans, d.Taps, d.Later = s.cards(state), s.tapPlans(state.Participant.Locale), s.laterOf(state, form)
	}
	d.Journal, d.Code = state.Proof().May(checkins.ToSeeRecords), s.House.MayAskCode(state)
	if form == nil && d.View != "code" && len(state.Changes) > 0 && now.Sub(state.Changes[0].At) < checkins.Undoable {
		d.Last = &state.Changes[0]
	}
	seen := state
	if form != nil && unable == checkins.Granted {
		wishes, _ := s.wishes(state, form)
		if _, next, no := s.House.Grant(state, proved(state, wishes), now); no == checkins.Granted {
			seen, d.Draft = next, len(wishes) > 0
		}
	}
	d.Coming = s.comingOf(seen)
	return page{template: "settings", state: d.View, person: who, data: d, script: true}
}

// proved are wishes with the proof of the link, to look at what they would mean.
func proved(state checkins.State, wishes []checkins.Wish) []checkins.Wish {
	wishes = slices.Clone(wishes)
	for i := range wishes {
		wishes[i].Route, wishes[i].Proof = checkins.ByPage, state.Proof()
	}
	return wishes
}

// problems are what may be wrong with a wish, by its line of the page.
var problems = map[checkins.Unable]string{
	checkins.AtTheEnd: "end", checkins.NothingToUndo: "undo", checkins.TheOnlyOne: "only", checkins.UnknownAddress: "address", checkins.NotProved: "proof",
}

func problemOf(unable checkins.Unable, form string) string {
	if unable == checkins.Granted {
		return ""
	}
	if key := problems[unable]; key != "" {
		return key
	}
	if form == "pause" || form == "later" || form == "plan" || form == "you" {
		return form // a field of it cannot be what it says
	}
	return "form"
}

// comingOf are the next reminders of somebody, if nothing changes any more.
func (s *Site) comingOf(state checkins.State) (list []coming) {
	for _, u := range s.House.Preview(state, howMany) {
		c := coming{At: u.Due.At, Channel: u.Channel, Why: u.Due.Why}
		for _, id := range u.Practices {
			c.Labels = append(c.Labels, s.label(state, id))
		}
		list = append(list, c)
	}
	return list
}

// label names a practice. The words of one of their own are for those alone who
// have proved that they are the person's; else it is empty.
func (s *Site) label(state checkins.State, id checkins.PracticeID) string {
	if p, ok := s.House.Wording.Practice(id); ok {
		return p.Named(state.Participant.Locale)
	}
	if state.Proof().May(checkins.ToSeeRecords) {
		return state.OwnWords(id)
	}
	return ""
}

// cards are the plans that go on, each with what a step would make of it.
func (s *Site) cards(state checkins.State) (list []planCard) {
	for _, p := range state.Plans {
		if p.Status == checkins.PlanFinished {
			continue
		}
		card := planCard{ID: p.ID, Plan: p, Slower: s.step(state, p.ID, checkins.WishSlower), Faster: s.step(state, p.ID, checkins.WishFaster)}
		if len(p.Practices) > 0 {
			card.Name = s.label(state, p.Practices[0])
		}
		list = append(list, card)
	}
	return list
}

// step is what one step makes of a plan; nil where there is none.
func (s *Site) step(state checkins.State, id checkins.PlanID, kind checkins.WishKind) *checkins.Plan {
	_, next, unable := s.House.Grant(state, []checkins.Wish{{Kind: kind, Plan: id, Route: checkins.ByPage}}, s.Now())
	if unable != checkins.Granted {
		return nil
	}
	return next.Plan(id)
}

// rest is what the form says about a pause.
type rest struct {
	For  string // day, week, month, open or date
	Date string
}

func restOf(form url.Values) rest {
	if form.Get("form") != "pause" {
		return rest{For: "week"}
	}
	return rest{form.Get("for"), form.Get("date")}
}

// until is the end of the pause: zero = open. Not ok: that is no date to come.
func (r rest) until(now time.Time, loc *time.Location) (time.Time, bool) {
	today := pace.DateOf(now.In(loc))
	date := today
	switch r.For {
	case "open":
		return time.Time{}, true
	case "day":
		date = today.AddDays(1)
	case "week":
		date = today.AddDays(7)
	case "month":
		date = today.AddMonths(1)
	case "date":
		var err error
		if date, err = pace.ParseDate(r.Date); err != nil {
			return time.Time{}, false
		}
	default:
		return time.Time{}, false
	}
	at, _ := pace.Instant(date, 0, loc)
	return at, at.After(now) && date.DaysSince(today) <= longestPause
}

// longestPause is the most days of a pause with an end: two years, as by text.
const longestPause = 731
