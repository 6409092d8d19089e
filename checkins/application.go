package checkins

import (
	"errors"
	"slices"
	"time"
)

// Errors of joining on a page.
var (
	ErrClosed    = errors.New("joining is closed")
	ErrNotAgreed = errors.New("nobody agreed") // a box is not ticked
	ErrRefused   = errors.New("the number may not be texted")
)

// Application is what a stranger fills in to join. It starts nothing: one question
// goes to the address, and the answer to that does.
type Application struct {
	Channel  Channel
	Address  string // E.164 number or mailbox
	Plan     TapPlanID
	Zone     string // empty = what the number tells, or the programme's
	Discreet bool
	Keep     Keep   // what is kept of an answer: a choice of its own (C01)
	Agreed   bool   // the box was ticked
	Adult    bool   // so was that one
	Shown    string // the words of both
	KeepWord string // the words of the choice of Keep
}

// check is why an application is not taken; nil where it is.
func (j Joining) check(a Application) error {
	switch {
	case j.Plan == "":
		return ErrClosed
	case !a.Agreed || !a.Adult:
		return ErrNotAgreed
	case a.Channel == SMS && !j.Numbers.May(a.Address):
		return ErrRefused
	}
	return nil
}

// Join takes what a stranger filled in. It goes to a stranger once, to somebody who
// was asked and has not answered once a day, and to nobody else; and nobody can tell
// which by what the page says (E08). ErrClosed, ErrNotAgreed, ErrRefused.
func (h House) Join(s State, a Application, v Visit, now time.Time) (Effects, error) {
	if err := h.Joining.check(a); err != nil {
		return Effects{}, err
	}
	t := h.visit(s, v, now)
	if s.Known() {
		if t.via.State != Pending && t.via.State != Invited {
			return Effects{}, nil
		}
		err := t.ask24()
		return t.e, err
	}
	t.in.Channel, t.in.From = a.Channel, a.Address
	t.newcomer()
	who := t.Participant
	who.Discreet, who.Keep = a.Discreet, a.Keep
	if a.Zone != "" {
		who.Zone = a.Zone
	}
	t.setPerson(who)
	plan := a.Plan
	if !slices.ContainsFunc(t.Wording.TapPlans(), func(p TapPlan) bool { return p.ID == plan }) {
		plan = h.Joining.Plan
	}
	t.begins(plan)
	t.Shown = a.Shown
	t.consent(ToMessages, true, "join/1")
	t.Shown, t.in.Text = a.KeepWord, string(a.Keep)
	t.consent(ToWords, a.Keep == KeepEverything, "join_keep/1")
	err := t.ask24()
	return t.e, err
}
