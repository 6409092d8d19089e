package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// sheetData is what somebody takes along to a talk, if they want to: on one sheet
// of paper, and nothing that they did not pick.
type sheetData struct {
	From, To pace.Date
	Pairs    []entry // what they expected, beside what happened
	Entries  []entry
}

// mostPicked is how many entries one sheet may hold.
const mostPicked = 40

// sheetPage lets the person pick from a range of dates; with entries picked, it is
// the sheet.
func (s *Site) sheetPage(r *http.Request, who checkins.Who, view url.Values) (page, error) {
	today := pace.DateOf(s.Now())
	from, err1 := pace.ParseDate(view.Get("from"))
	to, err2 := pace.ParseDate(view.Get("to"))
	if err1 != nil || err2 != nil || to.Before(from) {
		from, to = today.AddDays(-13), today
	}
	who.From, who.To = from, to
	state, err := s.readJournal(r, who)
	if err != nil {
		return page{}, err
	}
	if picked := view["e"]; len(picked) > 0 {
		return page{template: "sheet", person: state.Participant, data: s.sheet(state, picked, from, to)}, nil
	}
	d := journalData{View: "pick", Zone: state.Participant.Location(), From: from, To: to}
	for _, c := range slices.Backward(state.Journal) {
		if len(d.Entries) == 2*mostPicked {
			d.More = true
			break
		}
		e := s.entry(state, c)
		e.Note, e.Expectation = opening(e.Note), opening(e.Expectation)
		d.Entries = append(d.Entries, e)
	}
	return page{template: "journal", state: "pick", person: state.Participant, data: d}, nil
}

// opening is the beginning of words, by which they are known again.
func opening(words string) string {
	const most = 80
	if r := []rune(words); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return words
}

// sheet is what was picked, the oldest first.
func (s *Site) sheet(state checkins.State, picked []string, from, to pace.Date) sheetData {
	d := sheetData{From: from, To: to}
	for _, c := range slices.Backward(state.Journal) {
		if !slices.Contains(picked, string(c.ID)) || len(d.Pairs)+len(d.Entries) == mostPicked {
			continue
		}
		if e := s.entry(state, c); e.Expectation != "" || e.RatingBefore != nil {
			d.Pairs = append(d.Pairs, e)
		} else {
			d.Entries = append(d.Entries, e)
		}
	}
	return d
}
