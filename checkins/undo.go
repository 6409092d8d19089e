package checkins

import (
	"slices"
	"time"
)

// Undoable is how long UNDO works. Changes are read for longer: what made a
// pause has to be known when it ends.
const (
	Undoable    = 30 * day
	ChangesKept = 400 * day
)

// woken are the plans with those of ids active again.
func woken(plans []Plan, ids []PlanID) []Plan {
	plans = slices.Clone(plans)
	for i := range plans {
		if slices.Contains(ids, plans[i].ID) {
			plans[i].Status = PlanActive
		}
	}
	return plans
}

// undo puts back what the person's last change replaced.
func (h House) undo(s State, w Wish, now time.Time) (Effects, Unable) {
	if len(s.Changes) == 0 || now.Sub(s.Changes[0].At) > Undoable {
		return Effects{}, NothingToUndo
	}
	last := s.Changes[0]
	last.Undone = true
	if last.Plan == "" {
		e := h.restorePerson(s, last, now)
		e.Changes = []Change{last}
		return e, Granted
	}
	p := s.Plan(last.Plan)
	if p == nil {
		return Effects{}, NothingToUndo
	}
	e := Effects{Changes: []Change{last}}
	if last.Before.Spacing != 0 {
		who := s.Participant
		who.Spacing = last.Before.Spacing
		s.Participant, e.Participant = who, &who
	}
	back := clonePlan(*p)
	back.restore(last.Before)
	if last.Kind == string(WishNotThis) {
		who := s.Participant
		who.NotThese = last.Before.NotThese
		e.Participant = &who
	}
	switch WishKind(last.Kind) {
	case WishBecause:
		back.Because = last.Words
	case WishLater:
		if back.Later = (Due{}); back.Next.Why == movedByYou {
			back.reschedule(s, now)
		}
	case WishAdd, WishRemove, WishNotThis: // when it comes was not changed
	default:
		back.reschedule(s, now)
	}
	e.Plans = []Plan{back}
	return e, Granted
}

// restorePerson puts back what a change of the person's own settings replaced,
// with the plans that it woke or put to rest.
func (h House) restorePerson(s State, last Change, now time.Time) Effects {
	who, was := s.Participant, last.Before
	who.QuietUntil, who.Spacing, who.Zone = was.QuietUntil, was.Spacing, was.Zone
	who.Region, who.Local = was.Region, h.Regions.Of(was.Region)
	who.NotThese, who.Keep = was.NotThese, was.Keep
	who.Acks, who.Discreet, who.Locale, who.Hours, who.Shares, who.Codes = was.Acks, was.Discreet, was.Locale, was.Hours, was.Shares, was.Codes
	if was.Digest != nil {
		who.Digest = *was.Digest
	}
	who.reckonDigest(now)
	consents := h.digestConsent(s, who, Wish{Route: last.Route}, now)
	s.Participant, s.Plans = who, woken(s.Plans, was.Plans)
	e := Effects{Participant: &who, Consents: consents}
	for i := range s.Plans {
		p := &s.Plans[i]
		rested, rests := slices.Contains(was.Resting, p.ID), slices.Contains(last.After.Resting, p.ID)
		switch {
		case p.Status == PlanFinished:
			continue
		case rested && !rests:
			p.Status = PlanPaused
		case rests && !rested:
			p.Status = PlanActive
		}
		p.reschedule(s, now)
		e.Plans = append(e.Plans, *p)
	}
	return e
}
