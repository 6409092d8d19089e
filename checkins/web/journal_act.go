package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// journalAct does what was pressed in the journal.
func (s *Site) journalAct(purpose checkins.LinkPurpose) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.mayPress(w, r) {
			return
		}
		switch r.PostForm.Get("do") {
		case "correct":
			s.correct(w, r, purpose)
		case "remove":
			s.remove(w, r, purpose)
		case "json", "csv":
			s.export(w, r, purpose)
		case "erase":
			s.erase(w, r, purpose)
		default:
			if _, err := s.readJournal(r, who(r, purpose)); err != nil { // a dead link is one whatever is posted
				s.fail(w, r, err)
				return
			}
			s.trouble(w, r, http.StatusBadRequest)
		}
	}
}

// correction reads the fields of an entry. Not ok: a number is none.
func correction(form url.Values) (c checkins.Correction, ok bool) {
	c = checkins.Correction{Outcome: reply.Outcome(form.Get("outcome")), Note: plain(form.Get("note")), Expectation: plain(form.Get("expectation"))}
	var ok1, ok2 bool
	c.RatingBefore, ok1 = rating(form.Get("before"))
	c.Rating, ok2 = rating(form.Get("after"))
	return c, ok1 && ok2
}

// plain is what was typed with the line ends of the rest of the house.
func plain(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

func rating(text string) (*float64, bool) {
	if text = strings.TrimSpace(strings.Replace(text, ",", ".", 1)); text == "" {
		return nil, true
	}
	n, err := strconv.ParseFloat(text, 64)
	return &n, err == nil
}

// entryOf is the link's person with the record that a form is about.
func entryOf(r *http.Request, purpose checkins.LinkPurpose) checkins.Who {
	who := who(r, purpose)
	who.Record = checkins.CheckInID(r.PostForm.Get("entry"))
	return who
}

func (s *Site) correct(w http.ResponseWriter, r *http.Request, purpose checkins.LinkPurpose) {
	said, fits := correction(r.PostForm)
	err := s.People.Decide(r.Context(), entryOf(r, purpose), s.Now(), func(state checkins.State) (checkins.Effects, error) {
		e, unable, err := s.House.Correct(state, said, s.Now())
		if fits = fits && unable == checkins.Granted; err != nil || !fits {
			return checkins.Effects{}, err
		}
		return e, nil
	})
	if err == nil && !fits {
		var p page
		if p, err = s.journalPage(r, purpose, url.Values{"entry": {r.PostForm.Get("entry")}}, r.PostForm); err == nil {
			s.write(w, r, http.StatusUnprocessableEntity, p)
			return
		}
	}
	s.back(w, r, err)
}

func (s *Site) remove(w http.ResponseWriter, r *http.Request, purpose checkins.LinkPurpose) {
	err := s.People.Decide(r.Context(), entryOf(r, purpose), s.Now(), s.House.Remove)
	s.back(w, r, err)
}

// back leads from an entry to the week that it is in.
func (s *Site) back(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	r.URL.RawQuery = ""
	if week := r.PostForm.Get("week"); week != "" {
		r.URL.RawQuery = url.Values{"week": {week}}.Encode()
	}
	s.again(w, r)
}

// chunkTime is how long each part of a download may take (E03).
const chunkTime = 15 * time.Second

// patient is a download, as long as it moves.
type patient struct {
	w       http.ResponseWriter
	control *http.ResponseController
	clock   func() time.Time
}

func (p patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.clock().Add(chunkTime)) // where there is none to set, nothing ends it
	return p.w.Write(b)
}

// export streams everything that is kept of the person.
func (s *Site) export(w http.ResponseWriter, r *http.Request, purpose checkins.LinkPurpose) {
	state, err := s.People.State(r.Context(), who(r, purpose), s.Now())
	if err == nil && !state.Proof().May(checkins.ToExport) {
		err = checkins.ErrNotFound
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	form := r.PostForm.Get("do")
	out := patient{w, http.NewResponseController(w), s.Clock}
	kind, archive := "application/json", closer(checkins.NewJSONArchive(out))
	if form == "csv" {
		kind, archive = "text/csv; charset=utf-8", checkins.NewCSVArchive(out)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="journal-%s.%s"`, s.Now().UTC().Format(time.DateOnly), form))
	err = s.People.Export(r.Context(), state.Participant.ID, archive)
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		s.Log.Error("a copy was cut off", "error", err)
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
}

// closer is an archive with an end.
type closer interface {
	checkins.Archive
	Close() error
}

// erase ends everything that is kept of the person, if the word is typed.
func (s *Site) erase(w http.ResponseWriter, r *http.Request, purpose checkins.LinkPurpose) {
	typed, person := false, checkins.Participant{}
	err := s.People.Decide(r.Context(), who(r, purpose), s.Now(), func(state checkins.State) (checkins.Effects, error) {
		if !state.Proof().May(checkins.ToErase) {
			return checkins.Effects{}, checkins.ErrNotFound
		}
		person = state.Participant
		word := s.Words.Line(person.Locale, "journal.erase_word")
		if typed = strings.EqualFold(strings.TrimSpace(r.PostForm.Get("word")), word); !typed {
			return checkins.Effects{}, nil
		}
		return s.House.Erase(state, checkins.ErasedByPerson, s.Now())
	})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !typed:
		d := journalData{View: "erase", Zone: person.Location(), Problem: "erase"}
		s.write(w, r, http.StatusUnprocessableEntity, page{template: "journal", state: "erase", person: person, data: d})
	default:
		s.write(w, r, http.StatusOK, page{template: "erased", person: checkins.Participant{Locale: person.Locale}})
	}
}
