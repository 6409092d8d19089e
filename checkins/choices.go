package checkins

import (
	"slices"
	"strings"
	"time"
)

// What people choose about how they are spoken to, what is kept of them, and who
// may see it. Each is a wish like any other: UNDO takes it back.

// Sharing is what the operator may see of a person's records, beyond that there
// was an answer. The zero value is nothing.
type Sharing string

// The choices, each holding the one before it.
const (
	ShareNothing Sharing = "nothing"
	ShareNumbers Sharing = "numbers" // outcomes and ratings
	ShareWords   Sharing = "words"   // what they wrote, too
)

var sharings = []Sharing{ShareNothing, ShareNumbers, ShareWords}

// wider reports whether an operator sees more by s than by o.
func (s Sharing) wider(o Sharing) bool {
	return slices.Index(sharings, s) > max(slices.Index(sharings, o), 0)
}

// LongestOwn is the most characters of a person's own words in a reach or a reason.
const LongestOwn = 200

// chosen says what each wish of this kind makes of a person; false where what is
// wished for is nothing that there is.
var chosen = map[WishKind]func(House, *Participant, Wish) bool{
	WishAcks: func(_ House, who *Participant, w Wish) bool {
		who.Acks = w.Acks
		return w.Acks == AcksNormal || w.Acks == AcksShort || w.Acks == AcksNone
	},
	WishDiscreet: func(_ House, who *Participant, w Wish) bool {
		who.Discreet = w.On
		return true
	},
	WishLocale: func(h House, who *Participant, w Wish) bool {
		who.Locale = w.Locale
		return slices.Contains(h.Languages, w.Locale)
	},
	WishHours: func(_ House, who *Participant, w Wish) bool {
		who.Hours = w.Hours
		return w.Hours.From >= 0 && w.Hours.From < w.Hours.To && w.Hours.To <= 24*60
	},
	WishSharing: func(_ House, who *Participant, w Wish) bool {
		who.Shares = w.Shares
		return slices.Contains(sharings, w.Shares)
	},
	WishCodes: func(_ House, who *Participant, w Wish) bool {
		who.Codes = w.On
		return true
	},
	WishWords: func(_ House, who *Participant, w Wish) bool {
		who.Keep = w.Keep
		return w.Keep == KeepEverything || w.Keep == KeepNumbers || w.Keep == KeepAnswered
	},
}

// forbids reports whether a wish needs more proof than there is. Nobody but the
// person, well proved, lets others see more of them; the operator may write down
// words of theirs, and that codes go to their phone, of which they are told.
func (s State) forbids(w Wish) bool {
	need, byOperator := Act(""), true
	switch w.Kind {
	case WishOwn, WishBecause:
		need = ToOwnWords
	case WishCodes:
		if need = ToNarrow; w.On {
			need = ToWiden
		}
	case WishSharing:
		need, byOperator = ToNarrow, w.Route == ByOperator && !w.Shares.wider(s.Participant.Shares)
		if w.Shares.wider(s.Participant.Shares) {
			need = ToWiden
		}
	case WishUndo:
		if !s.undoWidens() {
			return false
		}
		need, byOperator = ToWiden, false
	default:
		return false
	}
	if w.Route == ByOperator {
		return !byOperator
	}
	return !w.Proof.May(need)
}

// undoWidens reports whether taking back the last change lets somebody see more
// than now: a text may not take back what was narrowed.
func (s State) undoWidens() bool {
	if len(s.Changes) == 0 {
		return false
	}
	last := s.Changes[0]
	return last.Plan == "" && (last.Before.Shares.wider(s.Participant.Shares) || last.Before.Codes && !s.Participant.Codes)
}

// widens reports whether what was changed lets somebody see more: every address
// of the person is told.
func (s State) widens(next Participant) bool {
	return next.Shares.wider(s.Participant.Shares) || next.Codes && !s.Participant.Codes
}

// tellAll tells every address in use of what somebody did who may not be the person.
func (h House) tellAll(e *Effects, s State, template string, who Participant, now time.Time) error {
	for _, a := range s.Addresses {
		if a.State != Active {
			continue
		}
		words, err := h.Wording.Words(Say{Template: template, Channel: a.Channel, Person: who, Now: now, Leave: h.Links.LeaveURL(a)})
		if err != nil {
			return err
		}
		m := h.message(a, Answer, words, now)
		m.ExpiresAt = now.Add(Life(Help, ""))
		e.Messages = append(e.Messages, m)
	}
	return nil
}

// addOwn adds a reach in the person's own words to a plan. UNDO takes it out of
// the plan again.
func (h House) addOwn(s State, w Wish, now time.Time) (Effects, Unable) {
	own := h.NewOwn(w.Words)
	if own.Words == "" || len([]rune(own.Words)) > LongestOwn {
		return Effects{}, NotPossible
	}
	s.Own = append(slices.Clone(s.Own), own)
	w.Practice = own.ID
	c := w
	c.Kind = WishAdd
	e, unable := h.Apply(s, c, now)
	if unable == Granted {
		e.Own = []OwnPractice{own}
	}
	return e, unable
}

// because writes down what a plan is for, in the person's words. The words that
// were there before are kept for UNDO, sealed like them.
func (h House) because(s State, w Wish, now time.Time) (Effects, Unable) {
	plan, unable := s.planFor(w)
	words := strings.Join(strings.Fields(w.Words), " ")
	switch {
	case unable != Granted:
		return Effects{}, unable
	case len([]rune(words)) > LongestOwn:
		return Effects{}, NotPossible
	case words == plan.Because:
		return Effects{}, AlreadySo
	}
	next := clonePlan(*plan)
	next.Because = words
	c := h.newChange(w, now)
	c.Plan, c.Before, c.After, c.Words = plan.ID, plan.settings(), next.settings(), plan.Because
	return Effects{Plans: []Plan{next}, Changes: []Change{c}}, Granted
}

// Grant applies wishes one after another, each to what the former leave, or none.
// It returns what follows, and the state after it.
func (h House) Grant(s State, wishes []Wish, now time.Time) (Effects, State, Unable) {
	all := Effects{}
	for _, w := range wishes {
		e, unable := h.Apply(s, w, now)
		if unable != Granted {
			return Effects{}, s, unable
		}
		s = s.after(e)
		all.absorb(e)
	}
	return all, s, Granted
}

// Note grants what an operator writes down of a person's choices, all of it or none.
func (h House) Note(s State, wishes []Wish, now time.Time) (Effects, Unable, error) {
	for i := range wishes {
		wishes[i].Route = ByOperator
	}
	return h.grantTold(s, wishes, now)
}

// grantTold grants wishes, and tells every address where more can be seen by them.
func (h House) grantTold(s State, wishes []Wish, now time.Time) (Effects, Unable, error) {
	e, next, unable := h.Grant(s, wishes, now)
	if unable == Granted && s.widens(next.Participant) {
		return e, Granted, h.tellAll(&e, s, "wider", next.Participant, now)
	}
	return e, unable, nil
}

// after is the state that effects leave, as far as the next moments of its plans
// and UNDO depend on it.
func (s State) after(e Effects) State {
	if e.Participant != nil {
		s.Participant = *e.Participant
	}
	s.Plans, s.Changes = slices.Clone(s.Plans), slices.Clone(s.Changes)
	for _, p := range e.Plans {
		if q := s.Plan(p.ID); q != nil {
			*q = p
			continue
		}
		s.Plans = append(s.Plans, p)
	}
	for _, c := range e.Changes {
		if c.Undone {
			s.Changes = slices.DeleteFunc(s.Changes, func(o Change) bool { return o.ID == c.ID })
			continue
		}
		s.Changes = append([]Change{c}, s.Changes...)
	}
	s.Own = append(slices.Clone(s.Own), e.Own...)
	return s
}

// absorb adds what follows from one more wish.
func (e *Effects) absorb(more Effects) {
	if more.Participant != nil {
		e.Participant = more.Participant
	}
	for _, p := range more.Plans {
		e.putPlan(p)
	}
	e.Changes = append(e.Changes, more.Changes...)
	e.Own = append(e.Own, more.Own...)
}
