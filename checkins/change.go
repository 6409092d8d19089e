package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// WishKind is what somebody wants to be different.
type WishKind string

// The kinds of wish.
const (
	WishPause   WishKind = "pause"
	WishResume  WishKind = "resume"
	WishSlower  WishKind = "slower"
	WishFaster  WishKind = "faster"
	WishPace    WishKind = "pace"
	WishDays    WishKind = "days"
	WishTime    WishKind = "time"
	WishLater   WishKind = "later"
	WishChannel WishKind = "channel"
	WishAdd     WishKind = "add"
	WishRemove  WishKind = "remove"
	WishZone    WishKind = "zone"
	WishRegion  WishKind = "region"
	WishUndo    WishKind = "undo"
	WishWords   WishKind = "words"    // what is kept of an answer
	WishNotThis WishKind = "not_this" // out of every plan, and never suggested again
	WishBegin   WishKind = "begin"    // one more plan: one that a tap starts, or House.Begin
	WishKeep    WishKind = "keep"     // a plan that asks whether it is still wanted: it is
	WishAlter   WishKind = "alter"    // the same: with a change, and in what words
	WishFinish  WishKind = "finish"   // a plan, for good; without a plan all of them, and it stays quiet
	WishDigest  WishKind = "digest"   // how and when the weekly digest comes, or that it does not
	WishErase   WishKind = "erase"    // everything that is kept, for good: House.Erase
	WishCopy    WishKind = "copy"     // a copy of everything that is kept

	// See choices.go.
	WishAcks     WishKind = "acks"     // how much is said back
	WishDiscreet WishKind = "discreet" // wordings for a lock screen that others may read
	WishLocale   WishKind = "locale"
	WishHours    WishKind = "hours"   // of the day, for times that the person did not pick
	WishSharing  WishKind = "sharing" // what the operator may see
	WishCodes    WishKind = "codes"   // whether a code to the phone opens the journal
	WishOwn      WishKind = "own"     // a reach in the person's own words, into a plan
	WishBecause  WishKind = "because" // what a plan is for, in the person's own words

	// What the service does by itself, written down as a change.
	WishSilence WishKind = "silence"
	wishReturn  WishKind = "return"
)

// Wish is one thing that a person wants changed, whatever route it came by.
type Wish struct {
	Kind     WishKind
	Plan     PlanID       // which plan; empty = the person's only one, or their own settings
	Until    time.Time    // pause: its end, zero = open; later: when
	Pace     pace.Pace    // pace
	Days     pace.Days    // pace, days
	At       []pace.Clock // pace, time
	Channel  Channel      // channel
	Practice PracticeID   // add, remove, not_this
	Tap      TapPlanID    // begin
	Slot     Slot         // later: the reminder that is moved
	Zone     string       // zone: an IANA name
	Keep     Keep         // words
	Acks     Acks         // acks
	On       bool         // discreet, codes
	Locale   string       // locale: one of House.Languages
	Hours    pace.Span    // hours
	Shares   Sharing      // sharing
	Words    string       // own, because: private
	Digest   DigestChoice // digest
	Region   string       // region: where the person says that they live, "US-TX"; empty = they do not say any more
	Route    Route
	Proof    Proof // for what needs one: own words, and that more can be seen
}

// Unable is why a wish could not be granted; the zero value is that it was.
type Unable string

// The reasons.
const (
	Granted        Unable = ""
	NoSuchPlan     Unable = "no plan"
	WhichPlan      Unable = "which plan" // several could be meant
	AtTheEnd       Unable = "at the end" // of the ladder
	NotPossible    Unable = "not possible"
	NothingToUndo  Unable = "nothing to undo"
	UnknownAddress Unable = "no such address"
	AlreadySo      Unable = "already so"
	TheOnlyOne     Unable = "the only one" // of the plan's practices
	AtRest         Unable = "at rest"      // quiet until the person says otherwise
	NotProved      Unable = "not proved"   // it could be somebody else: see Proof
)

// Apply is the one place that changes a plan or a person's settings. It returns
// what follows, with what was replaced, so that UNDO can put it back; or why
// nothing does.
func (h House) Apply(s State, w Wish, now time.Time) (Effects, Unable) {
	if s.forbids(w) {
		return Effects{}, NotProved
	}
	switch w.Kind {
	case WishPause, WishResume, WishZone, WishRegion, WishWords, WishAcks, WishDiscreet, WishLocale, WishHours, WishSharing, WishCodes, WishDigest:
		return h.changePerson(s, w, now)
	case WishOwn:
		return h.addOwn(s, w, now)
	case WishBecause:
		return h.because(s, w, now)
	case WishBegin:
		return h.beginPlan(s, w, now)
	case WishNotThis:
		return h.notThis(s, w, now)
	case WishUndo:
		return h.undo(s, w, now)
	case WishFinish:
		if w.Plan == "" {
			return h.finishAll(s, w, now)
		}
	}
	plan, unable := s.planFor(w)
	if unable != Granted {
		return Effects{}, unable
	}
	alter, ok := alterations[w.Kind]
	if _, known := h.practice(s, w.Practice); !ok || w.Kind == WishAdd && !known {
		return Effects{}, NotPossible
	}
	next := clonePlan(*plan)
	if unable := alter(s, &next, w); unable != Granted {
		return Effects{}, unable
	}
	who := s.Participant.hastened(w, plan)
	if err := next.Rule(who).Validate(); err != nil && next.Status == PlanActive || h.mailOnly(next) {
		return Effects{}, NotPossible
	}
	c := h.newChange(w, now)
	c.Plan, c.Before, c.After = plan.ID, plan.settings(), next.settings()
	e := Effects{}
	if who.Spacing != s.Participant.Spacing {
		c.Before.Spacing, e.Participant = s.Participant.Spacing, &who
	}
	e.Changes = []Change{c}
	if w.Kind != WishLater && w.Kind != WishAdd && w.Kind != WishRemove {
		s.Participant = who
		next.reschedule(s, now)
	}
	e.Plans = []Plan{next}
	return e, Granted
}

// Begin starts one more plan. It is a change like any other: UNDO finishes the
// plan. UnknownAddress: the person has none of its channel.
func (h House) Begin(s State, p Plan, route Route, now time.Time) (Effects, Unable) {
	switch {
	case s.Reach(p.Channel).ID == "":
		return Effects{}, UnknownAddress
	case p.Rule(s.Participant).Validate() != nil:
		return Effects{}, NotPossible
	}
	p.reschedule(s, now)
	c := h.newChange(Wish{Kind: WishBegin, Route: route}, now)
	c.Plan, c.Before, c.After = p.ID, p.settings(), p.settings()
	c.Before.Status = PlanFinished
	return Effects{Plans: []Plan{p}, Changes: []Change{c}}, Granted
}

// alterations says what each wish makes of a plan. They change nothing else.
var alterations = map[WishKind]func(State, *Plan, Wish) Unable{
	WishSlower: (State).slower,
	WishFaster: (State).faster,
	WishFinish: func(_ State, p *Plan, _ Wish) Unable {
		p.Status = PlanFinished
		return Granted
	},
	WishPace:    func(_ State, p *Plan, w Wish) Unable { return p.setPace(w) },
	WishDays:    func(_ State, p *Plan, w Wish) Unable { return p.setDays(w.Days) },
	WishTime:    func(_ State, p *Plan, w Wish) Unable { return p.setTimes(w.At) },
	WishLater:   (State).later,
	WishChannel: (State).changeChannel,
	WishAdd: func(_ State, p *Plan, w Wish) Unable {
		if w.Practice == "" {
			return NotPossible
		}
		if slices.Contains(p.Practices, w.Practice) {
			return AlreadySo
		}
		p.Practices = append(p.Practices, w.Practice)
		return Granted
	},
	WishRemove: func(_ State, p *Plan, w Wish) Unable {
		i := slices.Index(p.Practices, w.Practice)
		switch {
		case i < 0:
			return NotPossible
		case len(p.Practices) == 1:
			return TheOnlyOne
		}
		p.Practices = slices.Delete(p.Practices, i, i+1)
		return Granted
	},
}

// slower moves the plan one rung down from how often it comes in fact, which
// silence may have made less than its own pace.
func (s State) slower(p *Plan, _ Wish) Unable {
	for p.Status == PlanActive && p.isSpaced(s.Participant) {
		if unable := p.step(pace.Slower); unable != Granted {
			return unable
		}
	}
	return p.step(pace.Slower)
}

// faster moves the plan one rung up. Where silence had made it slower, its own
// pace comes back instead (see hastened); where it was at rest, it wakes.
func (s State) faster(p *Plan, _ Wish) Unable {
	switch {
	case p.Status == PlanPaused:
		p.Status = PlanActive
		return Granted
	case p.isSpaced(s.Participant):
		return Granted
	}
	return p.step(pace.Faster)
}

// hastened is the person without what silence has made of their pace, where the
// wish for the plan asks for more than that again.
func (who Participant) hastened(w Wish, p *Plan) Participant {
	if !p.NoAnswer && (w.Kind == WishFaster || w.Kind == WishPace || w.Kind == WishDays) {
		who.Spacing, who.Silence = 0, SilenceNone
	}
	return who
}

// step moves the plan one rung. Below the lowest rung is rest.
func (p *Plan) step(rung func(pace.Pace, pace.Days) (pace.Pace, pace.Days, bool)) Unable {
	to, days, ok := rung(p.Pace, p.chosenDays())
	switch {
	case !ok || p.Status != PlanActive:
		return AtTheEnd
	case to == pace.Pace{}:
		p.Status = PlanPaused
		return Granted
	}
	p.Pace, p.Days = to, days
	p.fitTimes()
	return Granted
}

// chosenDays are the plan's days; for one every few weeks, that counts from its
// anchor, the weekday that it has in fact.
func (p *Plan) chosenDays() pace.Days {
	if p.Days == 0 && p.Pace.Unit == pace.Week && p.Pace.Every > 1 {
		return pace.DaysOf(p.Anchor.Weekday())
	}
	return p.Days
}

// fitTimes drops times that the pace has no room for, and all of them where it
// has more room than times.
func (p *Plan) fitTimes() {
	perDay := 1
	if p.Pace.Unit == pace.Day {
		perDay = p.Pace.N
	}
	if !p.Window.IsZero() {
		p.Window.PerDay = 0 // as many as the pace says
		return
	}
	switch {
	case len(p.At) > perDay:
		p.At = p.At[:perDay]
	case len(p.At) < perDay:
		p.At = nil
	}
}

func (p *Plan) setPace(w Wish) Unable {
	p.Pace, p.Status = w.Pace, PlanActive
	switch {
	case w.Days != 0:
		if unable := p.setDays(w.Days); unable != Granted {
			return unable
		}
	case p.Pace.Unit != pace.Week || p.Pace.Every == 1 && p.Days.Len() != p.Pace.N:
		p.Days = 0
	}
	if len(w.At) > 0 {
		return p.setTimes(w.At)
	}
	p.fitTimes()
	return Granted
}

// setDays chooses days. A pace by the week follows their number; a pace that
// counts dates becomes the nearest one by weeks, on the first of the days.
func (p *Plan) setDays(days pace.Days) Unable {
	switch {
	case days == 0:
		return NotPossible
	case p.Pace.Unit == pace.Month || p.Pace.Unit == pace.Day && p.Pace.Every > 6:
		every := p.Pace.Every
		if p.Pace.Unit == pace.Month {
			every = max(30/p.Pace.N, 7)
		}
		p.Pace = pace.Pace{N: 1, Every: max(every/7, 1), Unit: pace.Week}
		for w := time.Monday; days.Len() > 1; w++ { // keep the first of the week
			if days.Has(w) {
				days = pace.DaysOf(w)
			}
		}
	case p.Pace.Unit == pace.Day && p.Pace.Every > 1, p.Pace.Unit == pace.Week && p.Pace.Every == 1,
		p.Pace.Unit == pace.Day && p.Pace.N == 1:
		p.Pace = pace.Pace{N: days.Len(), Every: 1, Unit: pace.Week}
	}
	p.Days = days
	return Granted
}

// setTimes chooses times. One new time for a plan with several a day takes the
// place of the nearest.
func (p *Plan) setTimes(at []pace.Clock) Unable {
	if len(at) == 0 {
		return NotPossible
	}
	if p.Pace.Unit == pace.Day && p.Pace.N > 1 && len(at) == 1 && len(p.At) == p.Pace.N {
		nearest := 0
		for i, c := range p.At {
			if abs(c-at[0]) < abs(p.At[nearest]-at[0]) {
				nearest = i
			}
		}
		p.At = slices.Clone(p.At)
		p.At[nearest] = at[0]
		return Granted
	}
	if p.Pace.Unit == pace.Day && p.Pace.N > 1 && len(at) != p.Pace.N {
		p.Pace.N = len(at)
	}
	p.At, p.Window = slices.Clone(at), pace.Window{}
	return Granted
}

func abs(c pace.Clock) pace.Clock { return max(c, -c) }

// later moves one reminder, never into quiet hours nor into a pause.
func (s State) later(p *Plan, w Wish) Unable {
	until := w.Until
	switch {
	case p.Status != PlanActive || !s.Participant.QuietUntil.Before(Forever):
		return AtRest
	case w.Slot == Slot{} || until.IsZero():
		return NotPossible
	case s.Participant.QuietAt(until):
		until = s.Participant.QuietUntil
	}
	slot, notYetSent := w.Slot, w.Slot == p.Next.Slot
	slot.Round++
	moved := Due{Slot: slot, At: s.Participant.NextInHours(until, p.Channel), Why: movedByYou}
	if moved.At.IsZero() {
		return NotPossible
	}
	if notYetSent {
		p.Next = moved
		return Granted
	}
	p.Later = moved
	return Granted
}

// movedByYou is why a reminder comes when LATER put it there.
const movedByYou = "moved by you"

// changeChannel takes the plan to the person's other address.
func (s State) changeChannel(p *Plan, w Wish) Unable {
	switch {
	case p.Channel == w.Channel:
		return AlreadySo
	case s.Reach(w.Channel).State != Active:
		return UnknownAddress
	}
	p.Channel = w.Channel
	return Granted
}

// changePerson pauses, resumes, and moves the person to another zone. A pause
// belongs to the person, and ends by itself.
func (h House) changePerson(s State, w Wish, now time.Time) (Effects, Unable) {
	who := s.Participant
	c := h.newChange(w, now)
	c.Before = s.settings()
	who.Silence = SilenceNone // they are heard, by whatever route
	choose := chosen[w.Kind]
	switch until := w.Until; {
	case choose != nil:
		if !choose(h, &who, w) {
			return Effects{}, NotPossible
		}
	case w.Kind == WishZone:
		if !isZone(w.Zone) {
			return Effects{}, NotPossible
		}
		who.Zone = w.Zone
	case w.Kind == WishDigest:
		switch {
		case !w.Digest.valid():
			return Effects{}, NotPossible
		case w.Digest.Same(who.Digest):
			return Effects{}, AlreadySo
		}
		who.Digest = w.Digest
	case w.Kind == WishRegion:
		if w.Region != "" && !pace.IsRegion(w.Region) {
			return Effects{}, NotPossible
		}
		who.Region, who.Local = w.Region, h.Regions.Of(w.Region)
	case w.Kind == WishResume:
		who.QuietUntil, who.Spacing = time.Time{}, 0
	case until.IsZero():
		who.QuietUntil = Forever
	case !until.After(now):
		return Effects{}, NotPossible
	default:
		who.QuietUntil = until
	}
	if w.Kind == WishZone || w.Kind == WishRegion || w.Kind == WishHours || w.Kind == WishDigest {
		who.reckonDigest(now)
	}
	e := Effects{Consents: h.digestConsent(s, who, w, now)}
	s.Participant = who
	e.Participant = &who
	if choose == nil && w.Kind != WishDigest || w.Kind == WishHours { // nothing else moves a reminder that is due this moment
		e.Plans = s.rescheduled(now, w.Kind == WishResume)
	}
	c.After = s.with(e.Plans).settings()
	if c.Before.Zone != "" { // the first zone is no change that could be taken back
		e.Changes = []Change{c}
	}
	return e, Granted
}

// rescheduled reckons every plan that sends anew. wake also wakes those at
// rest, and where all are over, all of them.
func (s State) rescheduled(now time.Time, wake bool) []Plan {
	var plans []Plan
	over := !slices.ContainsFunc(s.Plans, func(p Plan) bool { return p.Status != PlanFinished })
	for _, p := range s.Plans {
		if wake && (p.Status == PlanPaused || over) {
			p.Status = PlanActive
		}
		if p.Status == PlanActive {
			p.reschedule(s, now)
			plans = append(plans, p)
		}
	}
	return plans
}

// with is the state with plans in place of those with the same ids.
func (s State) with(plans []Plan) State {
	s.Plans = slices.Clone(s.Plans)
	for _, p := range plans {
		if q := s.Plan(p.ID); q != nil {
			*q = p
		}
	}
	return s
}

// reschedule reckons the plan's next moment from now. Without an address that
// may be written to nothing is due. A reminder that was moved stays where it is,
// unless a pause swallows it.
func (p *Plan) reschedule(s State, now time.Time) {
	moved := p.Last.Zone != "" && p.Last.Zone != s.Participant.Zone
	if apart := p.Last.At.Add(pace.MoveGap); moved && apart.After(now) {
		now = apart
	}
	long := p.longAway() && s.Participant.QuietAt(now)
	p.Next = Due{}
	if p.Status != PlanActive || s.Reach(p.Channel).State != Active || s.Participant.Zone == "" {
		p.Later = Due{}
		return
	}
	if p.Next = p.NextDue(s.Participant, now); long && p.Next.Why == pace.AfterPause.String() {
		p.Next.Why = afterLongPause // a change in the pause makes it no shorter
	}
	if moved || s.Participant.QuietAt(p.Later.At) {
		p.Later = Due{}
	}
}

func (h House) newChange(w Wish, now time.Time) Change {
	return Change{ID: ChangeID(h.NewID()), Kind: string(w.Kind), Route: w.Route, At: now}
}

func (p Plan) settings() Settings {
	return Settings{
		Pace: p.Pace.String(), Days: p.Days, At: p.At, Window: p.Window, Channel: p.Channel, Status: p.Status, Practices: p.Practices,
	}
}

// settings are those of the person, with which plans rest.
func (s State) settings() Settings {
	set := s.Participant.settings()
	for _, p := range s.Plans {
		if p.Status == PlanPaused {
			set.Resting = append(set.Resting, p.ID)
		}
	}
	return set
}

// restore puts settings back. They were a plan's own, so they can be read.
func (p *Plan) restore(b Settings) {
	if was, err := pace.Parse(b.Pace); err == nil {
		p.Pace = was
	}
	p.Days, p.At, p.Window, p.Channel, p.Status, p.Practices = b.Days, b.At, b.Window, b.Channel, b.Status, b.Practices
}

func clonePlan(p Plan) Plan {
	p.Practices, p.At = slices.Clone(p.Practices), slices.Clone(p.At)
	return p
}
