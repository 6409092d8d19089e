package checkins

import (
	"errors"
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Errors of joining on a page.
var (
	ErrClosed    = errors.New("joining is closed")
	ErrNotAgreed = errors.New("nobody agreed") // a box is not ticked
	ErrRefused   = errors.New("the number may not be texted")
	ErrFlawed    = errors.New("the choices do not go together") // see House.Flaws
)

// Application is what a stranger fills in to join. It starts nothing: one question
// goes to the address, and the answer to that does.
type Application struct {
	Channel   Channel
	Address   string       // E.164 number or mailbox
	Plan      TapPlanID    // the ready plan; what stands below takes the place of its own
	Practices []PracticeID // none = the plan's
	Pace      pace.Pace    // zero = the plan's
	Days      pace.Days    // zero = the plan's, or those of the pace
	At        []pace.Clock // none = the plan's
	Zone      string       // empty = what the number tells, or the programme's
	Region    string       // where they say that they live, "US-TX"; empty = they do not say
	Locale    string       // one of House.Languages; empty = the programme's
	Discreet  bool
	Keep      Keep    // what is kept of an answer: a choice of its own (C01)
	Shares    Sharing // what the operator may see
	Codes     bool    // six digits to the phone open the journal: for a number alone
	Agreed    bool    // the box was ticked
	Adult     bool    // so was that one
	Shown     string  // the words of both
	KeepWord  string  // the words of the choice of Keep
}

// Flaw is something in an application that cannot be, or not beside the rest of it.
type Flaw string

// The flaws.
const (
	FlawAgreed    Flaw = "agreed"    // a box is not ticked
	FlawNumber    Flaw = "refused"   // the number may not be texted
	FlawZone      Flaw = "zone"      // there is no such zone
	FlawRegion    Flaw = "region"    // there is no such place
	FlawNever     Flaw = "never"     // in that place no text may come on any of the plan's days
	FlawLocale    Flaw = "locale"    // there are no words in it
	FlawPace      Flaw = "pace"      // it cannot be that often
	FlawPerDay    Flaw = "per_day"   // that is more than anybody gets on a day
	FlawDays      Flaw = "days"      // they do not fit the pace
	FlawTimes     Flaw = "times"     // as many times of day as the pace has on a day are needed
	FlawPractices Flaw = "practices" // one that the catalogue does not have
	FlawMailOnly  Flaw = "mail_only" // one that cannot come by text
	FlawShares    Flaw = "shares"    // there is no such choice
)

// Flaws lists what is wrong with an application, as far as it tells by itself:
// nothing that is known of anybody is asked (E08).
func (h House) Flaws(a Application, now time.Time) []Flaw {
	list := h.flawsOfPerson(a)
	who := h.applicant(a, "")
	_, unfit := h.planOf(a, "", who, now)
	return append(list, unfit...)
}

func (h House) flawsOfPerson(a Application) (list []Flaw) {
	for _, f := range []struct {
		is   bool
		flaw Flaw
	}{
		{!a.Agreed || !a.Adult, FlawAgreed},
		{a.Channel == SMS && !h.Joining.Numbers.May(a.Address), FlawNumber},
		{a.Zone != "" && !isZone(a.Zone), FlawZone},
		{a.Region != "" && !pace.IsRegion(a.Region), FlawRegion},
		{a.Locale != "" && !slices.Contains(h.Languages, a.Locale), FlawLocale},
		{a.Shares != "" && !slices.Contains(sharings, a.Shares), FlawShares},
	} {
		if f.is {
			list = append(list, f.flaw)
		}
	}
	return list
}

// applicant is who an application is of, as far as it says. usual is the zone of
// whoever names none.
func (h House) applicant(a Application, usual string) Participant {
	who := Participant{
		Locale: h.Joining.Locale, Zone: usual, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
		Discreet: a.Discreet, Keep: a.Keep, Shares: a.Shares, Codes: a.Codes && a.Channel == SMS, Region: a.Region, Local: h.Regions.Of(a.Region),
	}
	if a.Locale != "" {
		who.Locale = a.Locale
	}
	if a.Zone != "" {
		who.Zone = a.Zone
	}
	return who
}

// planOf is the plan that an application asks for: the ready one, with what was
// chosen in place of its own.
func (h House) planOf(a Application, id PlanID, who Participant, now time.Time) (p Plan, list []Flaw) {
	p = h.readyPlan(a.Plan).Plan(id, a.Channel, pace.DateOf(now.In(who.Location())), now)
	if len(a.Practices) > 0 {
		p.Practices = slices.Clone(a.Practices)
	}
	list = h.flawsOfPractices(a)
	if flaw := p.take(a, h.PerDay, who); flaw != "" {
		return p, append(list, flaw)
	}
	if _, comes := p.Rule(who).Next(now); !comes {
		list = append(list, FlawNever)
	}
	return p, list
}

// readyPlan is the ready plan with that id, or the one that people join who name
// none that there is.
func (h House) readyPlan(id TapPlanID) TapPlan {
	all := h.Wording.TapPlans()
	for _, id := range []TapPlanID{id, h.Joining.Plan} {
		if i := slices.IndexFunc(all, func(t TapPlan) bool { return t.ID == id }); i >= 0 {
			return all[i]
		}
	}
	return TapPlan{}
}

// flawsOfPractices judges what was chosen; a ready plan is as it is.
func (h House) flawsOfPractices(a Application) (list []Flaw) {
	for _, id := range a.Practices {
		switch entry, known := h.Wording.Practice(id); {
		case !known:
			return []Flaw{FlawPractices}
		case entry.Page && a.Channel == SMS: // it would never come, and nobody would be told
			list = []Flaw{FlawMailOnly}
		}
	}
	return list
}

// take puts the rhythm that was chosen in place of the plan's own. Days and times
// that were chosen without a pace lead it; beside a pace they have to fit it.
func (p *Plan) take(a Application, perDay int, who Participant) Flaw {
	trial := Plan{Pace: a.Pace, Anchor: p.Anchor, Channel: p.Channel}
	if a.Pace != (pace.Pace{}) {
		switch {
		case trial.Rule(who).Validate() != nil:
			return FlawPace
		case a.Pace.Unit == pace.Day && a.Pace.N > perDay:
			return FlawPerDay
		}
		p.setPace(Wish{Pace: a.Pace})
	}
	if a.Days != 0 {
		if trial.Days = a.Days; a.Pace != (pace.Pace{}) && trial.Rule(who).Validate() != nil || p.setDays(a.Days) != Granted || p.Days != a.Days {
			return FlawDays
		}
		p.fitTimes()
	}
	if len(a.At) > 0 {
		p.At = slices.Clone(a.At)
		if len(p.At) != p.timesADay() {
			return FlawTimes
		}
	}
	if p.Rule(who).Validate() != nil {
		return FlawTimes
	}
	return ""
}

// timesADay is how many times of day the pace asks for.
func (p Plan) timesADay() int {
	if p.Pace.Unit == pace.Day {
		return p.Pace.N
	}
	return 1
}

// check is why an application is not taken; nil where it is.
func (h House) check(a Application, now time.Time) error {
	if h.Joining.Plan == "" {
		return ErrClosed
	}
	switch flaws := h.Flaws(a, now); {
	case slices.Contains(flaws, FlawAgreed):
		return ErrNotAgreed
	case slices.Contains(flaws, FlawNumber):
		return ErrRefused
	case len(flaws) > 0:
		return ErrFlawed
	}
	return nil
}

// Join takes what a stranger filled in. It goes to a stranger once, to somebody who
// was asked and has not answered once a day, then with what was filled in last, and
// to nobody else; and nobody can tell which by what the page says (E08). ErrClosed, ErrNotAgreed, ErrRefused, ErrFlawed.
func (h House) Join(s State, a Application, v Visit, now time.Time) (Effects, error) {
	if err := h.check(a, now); err != nil {
		return Effects{}, err
	}
	t := h.visit(s, v, now)
	switch {
	case !s.Known():
		t.in.Channel, t.in.From = a.Channel, a.Address
		t.newcomer()
		t.applies(a)
	case t.via.State != Pending && t.via.State != Invited:
		return Effects{}, nil
	case s.Participant.SelfJoined && len(s.Addresses) == 1 && !t.askedLately():
		t.applies(a) // nobody has said yes to what was filled in before
	}
	err := t.ask24()
	return t.e, err
}

// applies gives somebody who never said yes what they filled in.
func (t *turn) applies(a Application) {
	t.chose(a)
	id := PlanID(t.NewID())
	if len(t.Plans) > 0 {
		id = t.Plans[0].ID
	}
	p, _ := t.planOf(a, id, t.Participant, t.now)
	t.begins(p)
	pressed := t.in.Text
	t.Shown = a.Shown
	t.consent(ToMessages, true, "join/1")
	t.Shown, t.in.Text = a.KeepWord, string(a.Keep)
	t.consent(ToWords, a.Keep == KeepEverything, "join_keep/1")
	t.in.Text = pressed
}

// chose gives a newcomer what they chose about themselves. That others may see
// more of them is a change from the beginning on, so that UNDO takes it back.
func (t *turn) chose(a Application) {
	who, c := t.Participant, t.applicant(a, t.Participant.Zone)
	who.Locale, who.Zone, who.Region, who.Local = c.Locale, c.Zone, c.Region, c.Local
	who.Discreet, who.Keep = c.Discreet, c.Keep
	who.reckonDigest(t.now)
	narrow := who
	who.Shares, who.Codes = c.Shares, c.Codes
	if (State{Participant: narrow}).widens(who) {
		change := t.newChange(Wish{Kind: WishSharing, Route: ByPage}, t.now)
		narrow.Shares = ShareNothing
		change.Before, change.After = narrow.settings(), who.settings()
		t.e.Changes = []Change{change}
	}
	t.setPerson(who)
}

// tellWidened tells whoever joined by the form that more of them can be seen than
// usual: anybody could have filled that in.
func (t *turn) tellWidened() error {
	if !(State{Participant: Participant{Shares: ShareNothing}}).widens(t.Participant) {
		return nil
	}
	return t.tellAll(&t.e, t.State, "wider", t.Participant, t.now)
}
