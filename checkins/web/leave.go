package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/microreach/microreach/checkins"
)

// leaveData is the page on which somebody leaves, or keeps a part.
type leaveData struct {
	Addresses []standing
	Here      bool // mail still comes to the mailbox of the link
	Plans     []leavePlan
	Others    bool   // something comes by another address too
	Texts     bool   // only the phone itself can bring texts back (A15)
	Number    string // where START goes to
}

// standing is how it is with one way to reach the person. No address is shown.
type standing struct {
	Channel checkins.Channel
	State   string // on, off, waiting or blocked
}

type leavePlan struct {
	ID   checkins.PlanID
	Name string // empty = one of their own, whose words are not for this page
	Plan checkins.Plan
}

// standings says of each state what it means to the person.
var standings = map[checkins.AddressState]string{
	checkins.Active: "on", checkins.Held: "on", checkins.Stopped: "off", checkins.Pending: "waiting", checkins.Invited: "waiting",
	checkins.Suppressed: "blocked", checkins.Invalid: "off",
}

func (s *Site) showLeave(state checkins.State) page {
	d := leaveData{Number: s.Number}
	for _, a := range state.Addresses {
		d.Addresses = append(d.Addresses, standing{a.Channel, standings[a.State]})
		on := a.State != checkins.Stopped && a.State != checkins.Invalid
		if a.ID == state.Via {
			d.Here = on
		} else if on {
			d.Others = true
		}
		d.Texts = d.Texts || a.Channel == checkins.SMS && (a.State == checkins.Stopped || a.State == checkins.Suppressed)
	}
	d.Plans = s.plansOf(state)
	title := ""
	if !d.Here {
		title = "over"
	}
	return page{template: "leave", state: title, person: state.Participant, data: d}
}

// plansOf are the plans that still come to the mailbox of the link, where there are
// several to choose from.
func (s *Site) plansOf(state checkins.State) (list []leavePlan) {
	var plans []checkins.Plan
	via := state.Address(state.Via)
	for _, p := range state.Plans {
		if p.Channel == via.Channel && p.Status == checkins.PlanActive && via.State == checkins.Active {
			plans = append(plans, p)
		}
	}
	if len(plans) < 2 {
		return nil
	}
	for i, name := range s.Plans(state.Participant.Locale, plans) {
		list = append(list, leavePlan{plans[i].ID, name, plans[i]})
	}
	return list
}

// leaving takes the one click that a mail program offers (RFC 8058 §3.2), and the
// buttons of the page. The click comes from anywhere, without cookies, and is
// answered at once.
func (s *Site) leaving(w http.ResponseWriter, r *http.Request) {
	if !s.mayAct(w, r) {
		return
	}
	if r.PostForm.Get("List-Unsubscribe") != "One-Click" {
		s.press(w, r, checkins.LinkLeave, s.leave)
		return
	}
	s.oneClick(w, r, checkins.LinkLeave, s.showLeave, func(state checkins.State, v checkins.Visit) (checkins.Effects, error) {
		return s.House.Leave(state, checkins.Parting{}, v, s.Now())
	})
}

// oneClick does what a mail program's one click asks for, and answers with the
// page at once.
func (s *Site) oneClick(w http.ResponseWriter, r *http.Request, purpose checkins.LinkPurpose, show func(checkins.State) page,
	do func(checkins.State, checkins.Visit) (checkins.Effects, error)) {
	err := s.decide(r, purpose, func(state checkins.State, _ url.Values, v checkins.Visit) (checkins.Effects, error) {
		v.Pressed = "List-Unsubscribe=One-Click"
		return do(state, v)
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.link(purpose, show)(w, r)
}

// leave does what was pressed on the page.
func (s *Site) leave(state checkins.State, form url.Values, v checkins.Visit) (checkins.Effects, error) {
	p, line := checkins.Parting{}, "leave.here"
	switch what := form.Get("stop"); {
	case what == "here":
	case what == "all":
		p.All, line = true, "leave.all"
	case strings.HasPrefix(what, "plan:"):
		p.Plan, line = checkins.PlanID(strings.TrimPrefix(what, "plan:")), "leave.end_plan"
	default:
		return checkins.Effects{}, nil
	}
	v.Pressed = s.Words.Line(state.Participant.Locale, line)
	return s.House.Leave(state, p, v, s.Now())
}
