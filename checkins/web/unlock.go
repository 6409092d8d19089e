package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/microreach/microreach/checkins"
)

// The way from the settings to the journal: at once for a mailbox, by six digits
// for a phone (DESIGN, proofs).

// unlock does what was pressed about the journal on the page of the settings;
// false = something else was pressed.
func (s *Site) unlock(w http.ResponseWriter, r *http.Request) bool {
	var decide func(checkins.State) (checkins.Effects, error)
	switch r.PostForm.Get("form") {
	case "journal":
		decide = func(state checkins.State) (checkins.Effects, error) { return s.House.OpenJournal(state, s.Now()) }
	case "code":
		decide = func(state checkins.State) (checkins.Effects, error) { return s.House.SendCode(state, s.Now()) }
	case "open":
		decide = func(state checkins.State) (checkins.Effects, error) {
			return s.House.OpenByCode(state, digits(r.PostForm.Get("code")), s.Now())
		}
	case "address":
		s.addAddress(w, r)
		return true
	default:
		return false
	}
	var made checkins.Effects
	err := s.People.Decide(r.Context(), who(r, checkins.LinkSettings), s.Now(), func(state checkins.State) (checkins.Effects, error) {
		e, err := decide(state)
		made = e
		return e, err
	})
	var full *checkins.FullError
	problem := ""
	switch {
	case errors.As(err, &full):
		problem = "codes"
	case err != nil:
		s.fail(w, r, err)
		return true
	case len(made.Links) > 0:
		w.Header().Set("Location", root(r)+made.Links[0].Purpose.Way()+"/"+made.Links[0].Token)
		w.WriteHeader(http.StatusSeeOther)
		return true
	case r.PostForm.Get("form") == "open":
		problem = "code"
	}
	if problem == "" {
		r.URL.RawQuery = "code=1"
		s.again(w, r)
		return true
	}
	s.problem(w, r, "code", problem, "")
	return true
}

// problem shows a view of the settings with what is wrong.
func (s *Site) problem(w http.ResponseWriter, r *http.Request, view, problem, address string) {
	state, err := s.People.State(r.Context(), who(r, checkins.LinkSettings), s.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := s.settingsPage(state, url.Values{view: {"1"}}, nil, checkins.Granted)
	d, _ := p.data.(settingsData)
	d.Problem, d.Address = problem, address
	p.data = d
	s.write(w, r, http.StatusUnprocessableEntity, p)
}

// addAddress asks another address. Whether it is somebody's, or silent, shows in
// nothing that is answered (E08).
func (s *Site) addAddress(w http.ResponseWriter, r *http.Request) {
	typed := r.PostForm.Get("address")
	channel, address := s.Address(typed)
	if address == "" {
		s.problem(w, r, "you", "address_form", typed)
		return
	}
	visit := checkins.Visit{IP: s.visitor(r).String()}
	err := s.People.Decide(r.Context(), who(r, checkins.LinkSettings), s.Now(), func(state checkins.State) (checkins.Effects, error) {
		return s.House.AddAddress(state, channel, address, visit, s.Now())
	})
	if errors.Is(err, checkins.ErrDuplicate) || errors.Is(err, checkins.ErrSuppressed) {
		err = s.People.Decide(r.Context(), who(r, checkins.LinkSettings), s.Now(), func(state checkins.State) (checkins.Effects, error) {
			return s.House.TriedAddress(state, s.Now())
		})
	}
	var full *checkins.FullError
	switch {
	case errors.Is(err, checkins.ErrRefused):
		s.problem(w, r, "you", "address_form", typed)
	case errors.As(err, &full):
		s.problem(w, r, "you", "address_full", typed)
	case err != nil:
		s.fail(w, r, err)
	default:
		r.URL.RawQuery = "asked=1&you=1"
		s.again(w, r)
	}
}

// digits are those of what was typed.
func digits(typed string) string {
	var b []byte
	for i := range len(typed) {
		if c := typed[i]; c >= '0' && c <= '9' {
			b = append(b, c)
		}
	}
	return string(b)
}
