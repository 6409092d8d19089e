package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/microreach/microreach/checkins"
)

// ask takes what somebody posts without a link. do returns what is wrong with the
// form, or does it.
func (s *Site) ask(do func(http.ResponseWriter, *http.Request, url.Values)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.counted(w, r, s.asks) || !s.readForm(w, r) {
			return
		}
		if err := s.sources.Check(r); err != nil {
			s.trouble(w, r, http.StatusForbidden)
			return
		}
		do(w, r, r.PostForm)
	}
}

// workTime bounds what is done after the answer.
const workTime = 10 * time.Second

// sendLink sends a new link to an address, if it is one that we write to. The
// answer is the same for any.
func (s *Site) sendLink(w http.ResponseWriter, r *http.Request, form url.Values) {
	channel, address := s.Address(form.Get("address"))
	if address == "" {
		s.write(w, r, http.StatusUnprocessableEntity, page{template: "link", data: plainData{Problem: "form"}})
		return
	}
	now := s.Now()
	s.queue.add(func() {
		ctx, cancel := context.WithTimeout(context.Background(), workTime)
		defer cancel()
		to := checkins.Who{Channel: channel, Address: address}
		err := s.People.Decide(ctx, to, now, func(state checkins.State) (checkins.Effects, error) {
			return s.House.SendLink(state, now)
		})
		var full *checkins.FullError
		if err != nil && !errors.As(err, &full) {
			s.Log.Error("a new link could not be sent", "error", err)
		}
	})
	w.Header().Set("Location", root(r)+"sent")
	w.WriteHeader(http.StatusSeeOther)
}
