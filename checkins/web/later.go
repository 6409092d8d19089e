package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// laterDraft is the reminder that can be put off, and by how much, as the fields
// of its form hold it.
type laterDraft struct {
	checkins.Deferrable
	Slot   string   // which it is: a press on an old page puts off no other
	Labels []string // of what it offers
	By     string   // hour, hours, today or tomorrow
	At     string   // the time of day, with today and tomorrow
}

// laterOf is the form as it is shown first, or with what was typed.
func (s *Site) laterOf(state checkins.State, form url.Values) *laterDraft {
	what, ok := s.House.ToPutOff(state, s.Now())
	if !ok {
		return nil
	}
	d := laterDraft{Deferrable: what, Slot: slotText(what.Slot), By: "hours"}
	for _, id := range what.Practices {
		d.Labels = append(d.Labels, s.label(state, id))
	}
	if form.Get("form") == "later" {
		d.By, d.At = form.Get("by"), strings.TrimSpace(form.Get("later_at"))
	}
	return &d
}

func slotText(slot checkins.Slot) string {
	return fmt.Sprintf("%s.%d.%d", slot.Date, slot.Position, slot.Round)
}

// laterWishes are what the form wishes for. misread: the reminder that it is about
// cannot be put off any more, or the time is none to come.
func (s *Site) laterWishes(state checkins.State, form url.Values) (wishes []checkins.Wish, misread bool) {
	d := s.laterOf(state, form)
	if d == nil || d.Slot != form.Get("slot") || string(d.Plan) != form.Get("plan") {
		return nil, true
	}
	until, ok := d.until(s.Now(), state.Participant.Location())
	return []checkins.Wish{{Kind: checkins.WishLater, Plan: d.Plan, Slot: d.Deferrable.Slot, Until: until}}, !ok
}

// until is when it is to come. Not ok: that is no time to come.
func (d laterDraft) until(now time.Time, loc *time.Location) (time.Time, bool) {
	date := pace.DateOf(now.In(loc))
	switch d.By {
	case "hour":
		return d.From(now).Add(time.Hour), true
	case "hours":
		return d.From(now).Add(3 * time.Hour), true
	case "tomorrow":
		date = date.AddDays(1)
	case "today":
	default:
		return time.Time{}, false
	}
	clock, err := pace.ParseClock(d.At)
	if err != nil {
		return time.Time{}, false
	}
	at, how := pace.Instant(date, clock, loc)
	return at, how != pace.NoInstant && at.After(now)
}
