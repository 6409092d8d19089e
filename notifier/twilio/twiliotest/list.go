package twiliotest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// list gives the messages that fit the filters, the newest first, a page at a
// time. DateSent knows days in GMT only and leaves out what has not left yet.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	if s.fails(w, r, s.nextListFault()) {
		return
	}
	query := r.URL.Query()
	days, ok := readDays(query)
	if !ok {
		refuse(w, apiError{http.StatusBadRequest, 20001, "a date cannot be read"})
		return
	}
	found := s.where(func(m *Message) bool {
		return (query.Get("To") == "" || m.To == query.Get("To")) &&
			(query.Get("From") == "" || m.From == query.Get("From")) && days.hold(m.Sent)
	})
	slices.Reverse(found)

	size := within(query.Get("PageSize"), 50, 1, 1000)
	page := within(query.Get("Page"), 0, 0, len(found)/size)
	start := min(page*size, len(found))
	end := min(start+size, len(found))
	resources := make([]any, 0, end-start)
	for _, m := range found[start:end] {
		resources = append(resources, s.resource(m))
	}
	var next any
	if end < len(found) {
		next = s.pageURI(query, page+1)
	}
	respond(w, http.StatusOK, map[string]any{
		"messages": resources, "page": page, "page_size": size, "start": start, "end": max(start, end-1),
		"uri": s.pageURI(query, page), "first_page_uri": s.pageURI(query, 0), "next_page_uri": next, "previous_page_uri": nil,
	})
}

func (s *Server) pageURI(query url.Values, page int) string {
	q := make(url.Values, len(query)+1)
	for key := range query {
		q.Set(key, query.Get(key))
	}
	q.Set("Page", strconv.Itoa(page))
	return "/2010-04-01/Accounts/" + s.options.AccountSID + "/Messages.json?" + q.Encode()
}

func within(text string, fallback, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fallback
	}
	return min(max(n, least), most)
}

// days is the filter by day; a zero time is no bound.
type days struct{ on, from, to time.Time }

func readDays(query url.Values) (d days, ok bool) {
	for key, field := range map[string]*time.Time{"DateSent": &d.on, "DateSent>": &d.from, "DateSent<": &d.to} {
		text := query.Get(key)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
		if err != nil {
			return days{}, false
		}
		*field = at
	}
	return d, true
}

func (d days) hold(sent time.Time) bool {
	if d == (days{}) {
		return true
	}
	day := sent.UTC().Truncate(24 * time.Hour)
	return !sent.IsZero() &&
		(d.on.IsZero() || day.Equal(d.on)) &&
		(d.from.IsZero() || !day.Before(d.from)) &&
		(d.to.IsZero() || !day.After(d.to))
}
