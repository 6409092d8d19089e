package web

import (
	"net/url"
	"slices"
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
	case "later":
		return s.laterWishes(state, form)
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
	rhythm
	ID       checkins.PlanID
	Name     string
	Channel  checkins.Channel
	Groups   []group
	Own      string // a new one
	Because  string
	MayWrite bool // own words may be seen and written
	Anchor   pace.Date
}

// draftOf is the form as the plan is.
func (s *Site) draftOf(state checkins.State, p checkins.Plan) planDraft {
	d := planDraft{
		ID: p.ID, rhythm: rhythmOf(p), Channel: p.Channel, Because: p.Because, Anchor: p.Anchor,
		MayWrite: state.Proof().May(checkins.ToOwnWords), Groups: s.groups(state, p),
	}
	if len(p.Practices) > 0 {
		d.Name = s.label(state, p.Practices[0])
	}
	if !d.MayWrite {
		d.Because = ""
	}
	return d
}

// groups are the practices that the plan may hold, by kind.
func (s *Site) groups(state checkins.State, p checkins.Plan) []group {
	list := s.catalogue(state.Participant.Locale, p.Channel == checkins.Email, p.Practices)
	own := group{Kind: "own"}
	for _, o := range state.Own {
		if on := slices.Contains(p.Practices, o.ID); on || state.Proof().May(checkins.ToSeeRecords) {
			own.Items = append(own.Items, item{ID: o.ID, Label: s.label(state, o.ID), On: on})
		}
	}
	if len(own.Items) > 0 {
		list = append(list, own)
	}
	return list
}

// read takes over what was typed.
func (d *planDraft) read(form url.Values) {
	d.rhythm.read(form)
	d.Channel = checkins.Channel(form.Get("channel"))
	takeTicks(d.Groups, form["practice"])
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
	rate, err := d.rate()
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
		for _, i := range items(d.Groups) {
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
