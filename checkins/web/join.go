package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

func (s *Site) showJoin(w http.ResponseWriter, r *http.Request) {
	s.writeJoin(w, r, http.StatusOK, s.joinForm(r))
}

func (s *Site) writeJoin(w http.ResponseWriter, r *http.Request, status int, d joinData) {
	state := ""
	if d.Closed {
		state = "closed"
	}
	s.write(w, r, status, page{template: "join", state: state, script: !d.Closed, data: d})
}

// join takes the form. What is wrong with it is told at once, and by nothing that
// is known of anybody; whether there is anything to do is found out afterwards.
func (s *Site) join(w http.ResponseWriter, r *http.Request, form url.Values) {
	d := s.joinForm(r)
	if d.Closed {
		s.writeJoin(w, r, http.StatusOK, d)
		return
	}
	d.read(form)
	a := s.application(r, &d, form)
	now := s.Now() // of the visit, not of the work
	d.judge(s.House.Flaws(a, now), a)
	if len(d.Wrong) > 0 {
		d.open()
		s.writeJoin(w, r, http.StatusUnprocessableEntity, d)
		return
	}
	visit := checkins.Visit{Pressed: s.Words.Line(s.language(r), "join.button"), IP: s.visitor(r).String()}
	s.queue.add(func() { s.take(a, visit, now) })
	w.Header().Set("Location", root(r)+"joining"+d.Tongue)
	w.WriteHeader(http.StatusSeeOther)
}

// application is what the form asks for. What cannot be read of it is noted in the
// form.
func (s *Site) application(r *http.Request, d *joinData, form url.Values) checkins.Application {
	tongue := s.language(r)
	a := checkins.Application{
		Plan: d.Plan, Days: d.Rhythm.Days, Zone: d.Zone, Region: d.Region, Locale: s.unlessUsual(d.Locale),
		Discreet: d.Discreet, Keep: d.Keep, Shares: d.Shares, Codes: d.Codes,
		Agreed: form.Get("agree") == "yes", Adult: form.Get("adult") == "yes",
		Shown:    s.agreed(tongue, d.PerDay),
		KeepWord: s.Words.Line(tongue, "join.keep") + " " + s.Words.Line(tongue, "join.keep_"+string(d.Keep)),
	}
	if a.Channel, a.Address = s.Address(d.Address); a.Address == "" {
		d.Wrong.say("address", "address")
	}
	if a.Zone == "" && d.AskZone && a.Channel == checkins.Email {
		d.Wrong.say("zone", "zone") // a number may tell it, or is asked for it
	}
	d.readRhythm(&a)
	if d.Own {
		for _, i := range items(d.Groups) {
			if i.On {
				a.Practices = append(a.Practices, i.ID)
			}
		}
		if len(a.Practices) == 0 {
			d.Wrong.say("practices", "none")
		}
	}
	return a
}

// unlessUsual is a language; empty where it is that of the programme, whose locale
// may say more than the language.
func (s *Site) unlessUsual(locale string) string {
	if locale == s.usual() {
		return ""
	}
	return locale
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
