package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

// joinData is the form by which strangers join, with what was filled in so far.
type joinData struct {
	Closed   bool
	Problem  string // which of the problems; empty = none
	Plans    []tapPlan
	Plan     checkins.TapPlanID
	Address  string
	Only     checkins.Channel // the only one there is; empty = there are both
	AskZone  bool             // neither the programme nor anything else tells it
	Usual    string           // the programme's zone
	Zone     string           // that was picked; empty = none
	Zones    []string
	Discreet bool
	Keep     checkins.Keep
	Keeps    []checkins.Keep
	Open     bool // more was chosen than the defaults
	PerDay   string
}

type tapPlan struct {
	ID    checkins.TapPlanID
	Label string
	Plan  checkins.Plan // for how often it comes
}

var keeps = []checkins.Keep{checkins.KeepEverything, checkins.KeepNumbers, checkins.KeepAnswered}

// joinForm is the form as it is first shown: everything chosen but the address and
// the two boxes.
func (s *Site) joinForm() joinData {
	j := s.House.Joining
	d := joinData{
		Closed: s.closed(), Plan: j.Plan, Only: s.Only, Usual: j.Zone, AskZone: j.Zone == "", Zones: zones, Keep: checkins.KeepNumbers, Keeps: keeps,
		PerDay: strconv.Itoa(s.House.PerDay),
	}
	for _, tap := range s.House.Wording.TapPlans() {
		d.Plans = append(d.Plans, tapPlan{tap.ID, tap.Label, checkins.Plan{Pace: tap.Pace, Days: tap.Days, At: tap.At}})
	}
	return d
}

// filled is the form with what somebody filled in.
func (d joinData) filled(form url.Values) joinData {
	if tap := checkins.TapPlanID(form.Get("plan")); slices.ContainsFunc(d.Plans, func(p tapPlan) bool { return p.ID == tap }) {
		d.Plan = tap
	}
	if keep := checkins.Keep(form.Get("keep")); slices.Contains(keeps, keep) {
		d.Keep = keep
	}
	if zone := form.Get("zone"); slices.Contains(d.Zones, zone) {
		d.Zone = zone
	}
	d.Address, d.Discreet = form.Get("address"), form.Get("screen") == "discreet"
	d.Open = d.Discreet || d.Keep != checkins.KeepNumbers || d.Zone != ""
	return d
}

func (s *Site) showJoin(w http.ResponseWriter, r *http.Request) {
	s.writeJoin(w, r, http.StatusOK, s.joinForm())
}

func (s *Site) writeJoin(w http.ResponseWriter, r *http.Request, status int, d joinData) {
	state := ""
	if d.Closed {
		state = "closed"
	}
	s.write(w, r, status, page{template: "join", state: state, data: d})
}

// join takes the form. What is wrong with it is told at once, and by nothing that
// is known of anybody; whether there is anything to do is found out afterwards.
func (s *Site) join(w http.ResponseWriter, r *http.Request, form url.Values) {
	d := s.joinForm().filled(form)
	if d.Closed {
		s.writeJoin(w, r, http.StatusOK, d)
		return
	}
	a, problem := s.application(r, d, form)
	if problem != "" {
		d.Problem = problem
		s.writeJoin(w, r, http.StatusUnprocessableEntity, d)
		return
	}
	visit := checkins.Visit{Pressed: s.Words.Line(s.language(r), "join.button"), IP: s.visitor(r).String()}
	now := s.Now() // of the visit, not of the work
	s.queue.add(func() { s.take(a, visit, now) })
	w.Header().Set("Location", root(r)+"joining")
	w.WriteHeader(http.StatusSeeOther)
}

// application is what the form asks for, or what is wrong with it.
func (s *Site) application(r *http.Request, d joinData, form url.Values) (a checkins.Application, problem string) {
	a = checkins.Application{
		Plan: d.Plan, Zone: d.Zone, Discreet: d.Discreet, Keep: d.Keep,
		Agreed: form.Get("agree") == "yes", Adult: form.Get("adult") == "yes",
		Shown:    s.agreed(s.language(r), d.PerDay),
		KeepWord: s.Words.Line(s.language(r), "join.keep") + " " + s.Words.Line(s.language(r), "join.keep_"+string(d.Keep)),
	}
	if !a.Agreed || !a.Adult {
		return a, "agreed"
	}
	a.Channel, a.Address = s.Address(d.Address)
	switch {
	case a.Address == "":
		return a, "address"
	case a.Channel == checkins.SMS && !s.House.Joining.Numbers.May(a.Address):
		return a, "refused"
	case a.Zone == "" && d.AskZone && a.Channel == checkins.Email:
		return a, "zone" // a number may tell it, or is asked for it
	}
	return a, ""
}

// agreed is what somebody saw beside the boxes that they ticked.
func (s *Site) agreed(locale, perDay string) string {
	consent := strings.NewReplacer("{1}", s.Name, "{2}", perDay).Replace(s.Words.Line(locale, "join.consent"))
	return consent + "\n" + s.Words.Line(locale, "join.adult")
}

// take asks whoever is to be asked.
func (s *Site) take(a checkins.Application, v checkins.Visit, now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), workTime)
	defer cancel()
	who := checkins.Who{Channel: a.Channel, Address: a.Address}
	err := s.People.Decide(ctx, who, now, func(state checkins.State) (checkins.Effects, error) {
		return s.House.Join(state, a, v, now)
	})
	var full *checkins.FullError
	switch {
	case err == nil, errors.Is(err, checkins.ErrDuplicate), errors.Is(err, checkins.ErrSuppressed): // and nobody learns which (E08)
	case errors.As(err, &full):
		if full.Quota == checkins.JoiningQuota {
			s.fullOn.Store(dayOf(now))
		}
		if s.Full != nil {
			s.Full(full.Quota)
		}
	default:
		s.Log.Error("somebody could not join", "error", err)
	}
}

// closed reports whether nobody can join: it is not set up, or the day is full.
func (s *Site) closed() bool {
	return s.House.Joining.Plan == "" || s.fullOn.Load() == dayOf(s.Now())
}

// dayOf is the UTC date, by which quotas count.
func dayOf(t time.Time) int64 { return t.Unix() / int64((24 * time.Hour).Seconds()) }
