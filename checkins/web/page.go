package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/microreach/microreach/checkins"
)

// page is one page for one person.
type page struct {
	template string
	state    string
	person   checkins.Participant // zero = nobody is known
	script   bool                 // it is better with our script
	data     any
}

// write renders a page. Nothing is written before all of it is there.
func (s *Site) write(w http.ResponseWriter, r *http.Request, status int, p page) {
	locale := p.person.Locale
	if locale == "" {
		locale = s.language(r)
	}
	body, err := s.Words.Page(checkins.Page{
		Template: p.template, State: p.state, Locale: locale, Zone: p.person.Zone, Root: root(r), Script: p.script, Now: s.Now(), Data: p.data,
	})
	if err != nil {
		s.Log.Error("a page cannot be shown", "page", p.template, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	if p.script {
		w.Header().Set("Content-Security-Policy", scripted)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone away
}

// root is the way from the page that was asked for to where all pages are.
func root(r *http.Request) string {
	return strings.Repeat("../", max(0, strings.Count(r.URL.Path, "/")-1))
}

// asked is the language that a way to a page for everybody asks for; empty = none.
func (s *Site) asked(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); slices.Contains(s.Languages, lang) {
		return lang
	}
	return ""
}

// usual is the language of the programme, or the first.
func (s *Site) usual() string {
	if tag, _, _ := strings.Cut(strings.ToLower(s.House.Joining.Locale), "-"); slices.Contains(s.Languages, tag) {
		return tag
	}
	return s.Languages[0]
}

// language is the one that was asked for, or the first that the browser names and
// that there are words in.
func (s *Site) language(r *http.Request) string {
	if lang := s.asked(r); lang != "" {
		return lang
	}
	for wanted := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(wanted), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		for _, known := range s.Languages {
			if tag == known {
				return known
			}
		}
	}
	return s.usual()
}

// plain shows a page that is the same for everybody.
func (s *Site) plain(template string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, http.StatusOK, page{template: template, data: plainData{PerDay: strconv.Itoa(s.House.PerDay)}})
	}
}

// plainData is what a page for everybody may speak of.
type plainData struct {
	Problem string
	PerDay  string
}

// home is where all pages are: the way in, and the way back to one's own.
func (s *Site) home(w http.ResponseWriter, r *http.Request) {
	s.write(w, r, http.StatusOK, page{template: "home", data: struct{ Open bool }{!s.closed()}})
}

// dead is the answer to whatever leads nowhere.
func (s *Site) dead(w http.ResponseWriter, r *http.Request) {
	s.write(w, r, http.StatusNotFound, page{template: "dead"})
}

// troubles are what may go wrong, by the status that says it to a program.
var troubles = map[int]string{
	http.StatusBadRequest:            "form",
	http.StatusForbidden:             "cross",
	http.StatusRequestEntityTooLarge: "large",
	http.StatusTooManyRequests:       "busy",
	http.StatusInternalServerError:   "broken",
}

func (s *Site) trouble(w http.ResponseWriter, r *http.Request, status int) {
	kind := troubles[status]
	s.write(w, r, status, page{template: "trouble", state: kind, data: struct{ Kind string }{kind}})
}

// fail answers for an error: what is not there is a dead link, anything else is
// told to the operator.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, checkins.ErrNotFound):
		s.dead(w, r)
		return
	case !errors.Is(err, context.Canceled):
		s.Log.Error("a page failed", "error", err)
	}
	s.trouble(w, r, http.StatusInternalServerError)
}

// who is whom the token of a request names.
func who(r *http.Request, purpose checkins.LinkPurpose) checkins.Who {
	return checkins.Who{Link: r.PathValue("token"), Purpose: purpose}
}

// link shows the page of a link.
func (s *Site) link(purpose checkins.LinkPurpose, show func(checkins.State) page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		state, err := s.People.State(r.Context(), who(r, purpose), s.Now())
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.write(w, r, http.StatusOK, show(state))
	}
}

// change is what a button does.
type change func(checkins.State, url.Values, checkins.Visit) (checkins.Effects, error)

// act does what was pressed on the page of a link, and shows the page again.
func (s *Site) act(purpose checkins.LinkPurpose, do change) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.mayAct(w, r) {
			s.press(w, r, purpose, do)
		}
	}
}

// mayPress is mayAct for what only our own pages may post.
func (s *Site) mayPress(w http.ResponseWriter, r *http.Request) bool {
	return s.mayAct(w, r) && s.ours(w, r)
}

// ours turns away what was posted from another site.
func (s *Site) ours(w http.ResponseWriter, r *http.Request) bool {
	if err := s.sources.Check(r); err != nil {
		s.trouble(w, r, http.StatusForbidden)
		return false
	}
	return true
}

// press does what was pressed, unless it was pressed on another site.
func (s *Site) press(w http.ResponseWriter, r *http.Request, purpose checkins.LinkPurpose, do change) {
	if !s.ours(w, r) {
		return
	}
	if err := s.decide(r, purpose, do); err != nil {
		s.fail(w, r, err)
		return
	}
	s.again(w, r)
}

// again sends the browser back to the page, so that a reload presses nothing. The
// place is told by its last part: a proxy may have cut off what stands before it.
func (s *Site) again(w http.ResponseWriter, r *http.Request) {
	place := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if r.URL.RawQuery != "" {
		place += "?" + r.URL.Query().Encode() // the same view of it
	}
	w.Header().Set("Location", place)
	w.WriteHeader(http.StatusSeeOther)
}

func (s *Site) decide(r *http.Request, purpose checkins.LinkPurpose, do change) error {
	visit := checkins.Visit{IP: s.visitor(r).String()}
	return s.People.Decide(r.Context(), who(r, purpose), s.Now(), func(state checkins.State) (checkins.Effects, error) {
		return do(state, r.PostForm, visit)
	})
}

// maxForm is the most that a form may hold (E04).
const maxForm = 64 << 10

// mayAct counts what is posted and reads its form; false = it was answered.
func (s *Site) mayAct(w http.ResponseWriter, r *http.Request) bool {
	return s.counted(w, r, s.acts) && s.readForm(w, r)
}

func (s *Site) counted(w http.ResponseWriter, r *http.Request, c *counter) bool {
	if !c.take(s.visitor(r)) {
		s.trouble(w, r, http.StatusTooManyRequests)
		return false
	}
	return true
}

// readForm reads a form in either encoding.
func (s *Site) readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(maxForm)
	}
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil // it was read already
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.trouble(w, r, http.StatusRequestEntityTooLarge)
		return false
	case err != nil:
		s.trouble(w, r, http.StatusBadRequest)
		return false
	}
	return true
}
