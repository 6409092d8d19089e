package web

import (
	"net/url"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// confirmData is the page on which a mailbox says yes.
type confirmData struct {
	State string // ask, done or over
	Pace  pace.Pace
	Next  time.Time // zero = it is not known yet
	Zone  *time.Location
}

func (s *Site) showConfirm(state checkins.State) page {
	d := confirmData{State: "over", Zone: state.Participant.Location()}
	switch via := state.Address(state.Via); via.State {
	case checkins.Pending:
		d.State = "ask"
		for _, p := range state.Plans {
			if p.Channel == via.Channel {
				d.Pace = p.Pace
				break
			}
		}
	case checkins.Active, checkins.Held:
		d.State = "done"
		if next := s.House.Preview(state, 1); len(next) > 0 {
			d.Next = next[0].Due.At
		}
	}
	return page{template: "confirm", state: d.State, person: state.Participant, data: d}
}

// confirm says yes. What was pressed is part of what is kept of it (A02).
func (s *Site) confirm(state checkins.State, form url.Values, v checkins.Visit) (checkins.Effects, error) {
	if form.Get("do") != "confirm" {
		return checkins.Effects{}, nil
	}
	v.Pressed = s.Words.Line(state.Participant.Locale, "confirm.button")
	return s.House.Confirm(state, v, s.Now())
}
