package web

import (
	"errors"
	"net/http"

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
	state, err := s.People.State(r.Context(), who(r, checkins.LinkSettings), s.Now())
	if err != nil {
		s.fail(w, r, err)
		return true
	}
	p := s.settingsPage(state, map[string][]string{"code": {"1"}}, nil, checkins.Granted)
	d, _ := p.data.(settingsData)
	d.Problem = problem
	p.data = d
	s.write(w, r, http.StatusUnprocessableEntity, p)
	return true
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
