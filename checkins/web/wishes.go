package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// What a form of the settings says becomes the wishes that the same words by text
// would be: only what differs from how it is now is wished for.

// wishes reads a form. misread: a field holds what cannot be read.
func (s *Site) wishes(state checkins.State, form url.Values) (wishes []checkins.Wish, misread bool) {
	plan := checkins.PlanID(form.Get("plan"))
	switch form.Get("form") {
	case "pause":
		until, ok := restOf(form).until(s.Now(), state.Participant.Location())
		return []checkins.Wish{{Kind: checkins.WishPause, Until: until}}, !ok
	case "resume":
		return []checkins.Wish{{Kind: checkins.WishResume}}, false
	case "undo":
		if len(state.Changes) == 0 || string(state.Changes[0].ID) != form.Get("change") {
			return nil, false // it was taken back already, or there is a later one
		}
		return []checkins.Wish{{Kind: checkins.WishUndo}}, false
	case "slower":
		return []checkins.Wish{{Kind: checkins.WishSlower, Plan: plan}}, false
	case "faster":
		return []checkins.Wish{{Kind: checkins.WishFaster, Plan: plan}}, false
	case "finish":
		return []checkins.Wish{{Kind: checkins.WishFinish, Plan: plan}}, plan == ""
	case "begin":
		return []checkins.Wish{{Kind: checkins.WishBegin, Tap: checkins.TapPlanID(form.Get("tap")), Channel: checkins.Channel(form.Get("channel"))}}, false
	case "plan":
		p := state.Plan(plan)
		if p == nil {
			return nil, true
		}
		draft := s.draftOf(state, *p)
		draft.read(form)
		return draft.wishes(*p)
	case "you":
		draft := s.youOf(state)
		draft.read(form)
		return draft.wishes(state.Participant)
	}
	return nil, false
}

// planDraft is a plan as the fields of its form hold it.
type planDraft struct {
	ID       checkins.PlanID
	Name     string
	N        string
	Unit     string // day, week, month, days or weeks
	Days     pace.Days
	At       []string
	Window   pace.Window
	Channel  checkins.Channel
	Groups   []group
	Own      string // a new one
	Because  string
	MayWrite bool // own words may be seen and written
	Anchor   pace.Date
}

// group is the practices of a kind.
type group struct {
	Kind  checkins.PracticeKind
	Items []item
}

type item struct {
	ID    checkins.PracticeID
	Label string
	Level int // 0 = one of their own
	On    bool
}

// mostTimes is how many times of day the form has room for.
const mostTimes = 6

// draftOf is the form as the plan is.
func (s *Site) draftOf(state checkins.State, p checkins.Plan) planDraft {
	d := planDraft{
		ID: p.ID, Days: daysOf(p), Window: p.Window, Channel: p.Channel, Because: p.Because, Anchor: p.Anchor,
		MayWrite: state.Proof().May(checkins.ToOwnWords), Groups: s.groups(state, p),
	}
	if len(p.Practices) > 0 {
		d.Name = s.label(state, p.Practices[0])
	}
	if !d.MayWrite {
		d.Because = ""
	}
	d.N, d.Unit = fields(p.Pace)
	for _, c := range p.At {
		d.At = append(d.At, c.String())
	}
	times := 1
	if p.Pace.Unit == pace.Day && p.Window.IsZero() {
		times = min(p.Pace.N, mostTimes)
	}
	for len(d.At) < times {
		d.At = append(d.At, "")
	}
	return d
}

// daysOf are the plan's days: those that were chosen, or those of its pace.
func daysOf(p checkins.Plan) pace.Days {
	if p.Days != 0 {
		return p.Days
	}
	return p.Pace.UsualDays(p.Anchor)
}

// fields are a pace as two fields of a form.
func fields(p pace.Pace) (n, unit string) {
	name := map[pace.Unit]string{pace.Day: "day", pace.Week: "week", pace.Month: "month"}[p.Unit]
	if p.Every > 1 {
		return strconv.Itoa(p.Every), name + "s"
	}
	return strconv.Itoa(p.N), name
}

// groups are the practices that the plan may hold, by kind.
func (s *Site) groups(state checkins.State, p checkins.Plan) []group {
	var list []group
	add := func(kind checkins.PracticeKind, i item) {
		if at := slices.IndexFunc(list, func(g group) bool { return g.Kind == kind }); at >= 0 {
			list[at].Items = append(list[at].Items, i)
			return
		}
		list = append(list, group{kind, []item{i}})
	}
	for _, entry := range s.House.Wording.Practices() {
		on := slices.Contains(p.Practices, entry.ID)
		if on || !entry.Page || p.Channel == checkins.Email {
			add(entry.Kind, item{entry.ID, entry.Label, entry.Level, on})
		}
	}
	for _, o := range state.Own {
		if on := slices.Contains(p.Practices, o.ID); on || state.Proof().May(checkins.ToSeeRecords) {
			add("own", item{ID: o.ID, Label: s.label(state, o.ID), On: on})
		}
	}
	return list
}

// read takes over what was typed.
func (d *planDraft) read(form url.Values) {
	d.N, d.Unit, d.At, d.Channel = strings.TrimSpace(form.Get("n")), form.Get("unit"), form["at"], checkins.Channel(form.Get("channel"))
	d.Days, _ = pace.ParseDays(strings.Join(form["day"], ",")) // none, or what no box says: no day
	for _, g := range d.Groups {
		for i := range g.Items {
			g.Items[i].On = slices.Contains(form["practice"], string(g.Items[i].ID))
		}
	}
	if d.MayWrite {
		d.Own, d.Because = strings.TrimSpace(form.Get("own")), strings.TrimSpace(form.Get("because"))
	}
}

// wishes are what the draft wants different of the plan.
func (d planDraft) wishes(p checkins.Plan) (list []checkins.Wish, misread bool) {
	want := func(w checkins.Wish) {
		w.Plan = p.ID
		list = append(list, w)
	}
	rate, err := pace.Parse(rateText(d.N, d.Unit))
	at, readable := clocks(d.At)
	days := pace.Days(0)
	if d.Days != daysOf(p) {
		days = d.Days
	}
	noDay := d.Days == 0 && daysOf(p) != 0
	if slices.Equal(at, p.At) {
		at = nil
	}
	switch {
	case err != nil || !readable:
		return nil, true
	case rate != p.Pace:
		want(checkins.Wish{Kind: checkins.WishPace, Pace: rate, Days: days, At: at})
	case noDay:
		return nil, true
	default:
		if days != 0 {
			want(checkins.Wish{Kind: checkins.WishDays, Days: days})
		}
		if len(at) > 0 {
			want(checkins.Wish{Kind: checkins.WishTime, At: at})
		}
	}
	if d.Channel != "" && d.Channel != p.Channel {
		want(checkins.Wish{Kind: checkins.WishChannel, Channel: d.Channel})
	}
	if d.Own != "" {
		want(checkins.Wish{Kind: checkins.WishOwn, Words: d.Own})
	}
	for _, on := range []bool{true, false} { // what comes in first, so that it is never empty between
		for _, i := range d.items() {
			switch has := slices.Contains(p.Practices, i.ID); {
			case on && i.On && !has:
				want(checkins.Wish{Kind: checkins.WishAdd, Practice: i.ID})
			case !on && !i.On && has:
				want(checkins.Wish{Kind: checkins.WishRemove, Practice: i.ID})
			}
		}
	}
	if d.MayWrite && strings.Join(strings.Fields(d.Because), " ") != p.Because {
		want(checkins.Wish{Kind: checkins.WishBecause, Words: d.Because})
	}
	return list, false
}

func (d planDraft) items() (list []item) {
	for _, g := range d.Groups {
		list = append(list, g.Items...)
	}
	return list
}

// rateText is what two fields say, as a pace is written.
func rateText(n, unit string) string {
	if strings.HasSuffix(unit, "s") {
		if n == "1" {
			return "1/" + strings.TrimSuffix(unit, "s")
		}
		return fmt.Sprintf("1/%s%s", n, unit)
	}
	return n + "/" + unit
}

// clocks reads times of day; empty fields are none.
func clocks(typed []string) (list []pace.Clock, ok bool) {
	for _, t := range typed {
		if t = strings.TrimSpace(t); t == "" {
			continue
		}
		c, err := pace.ParseClock(t)
		if err != nil {
			return nil, false
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list, true
}
