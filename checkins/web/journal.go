package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// journalData is the page on which somebody reads back what is kept of them.
type journalData struct {
	View     string // "", "entry", "pick" or "erase"
	Zone     *time.Location
	Monday   pace.Date // of the week that is shown
	Earlier  pace.Date
	Later    pace.Date // zero = it is to come
	Latest   pace.Date // the week of the newest record, where this one is empty
	Search   search
	Kinds    []checkins.PracticeKind
	Entries  []entry
	More     bool // there are more than are shown
	Charts   []chart
	Entry    *entry
	Words    bool // words may be written
	From, To pace.Date
	Problem  string
}

// search is what is looked for among all records.
type search struct {
	Text    string
	Kind    checkins.PracticeKind
	Outcome reply.Outcome
}

func (q search) on() bool { return q != search{} }

// entry is one record.
type entry struct {
	checkins.CheckIn
	Label   string // empty = it belongs to no practice
	Measure string
	Cut     bool // its note goes on
}

const (
	chartWeeks = 12
	mostShown  = 25
	shownNote  = 400 // characters of a note in the list
)

// monday begins the week of a date.
func monday(d pace.Date) pace.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// journal answers for a link to the journal: the week, what was looked for, one
// entry, the choice of a session sheet, the sheet, or the way to erase all.
func (s *Site) journal(purpose checkins.LinkPurpose) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := s.journalPage(r, purpose, r.URL.Query(), nil)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.write(w, r, http.StatusOK, p)
	}
}

// readJournal reads the records of dates, for whoever may see them.
func (s *Site) readJournal(r *http.Request, who checkins.Who) (checkins.State, error) {
	state, err := s.People.State(r.Context(), who, s.Now())
	if err == nil && !state.Proof().May(checkins.ToSeeRecords) {
		err = checkins.ErrNotFound
	}
	return state, err
}

// journalPage is the page in one of its views; with what was typed, where it could
// not be kept.
func (s *Site) journalPage(r *http.Request, purpose checkins.LinkPurpose, view url.Values, typed url.Values) (page, error) {
	who := who(r, purpose)
	switch {
	case view.Get("entry") != "":
		return s.entryPage(r, who, checkins.CheckInID(view.Get("entry")), typed)
	case view.Has("sheet"):
		return s.sheetPage(r, who, view)
	}
	// The zone of the person is known only with their state: a day more on either
	// side is read, and what is shown goes by the local dates of the records.
	today := pace.DateOf(s.Now())
	q := search{strings.TrimSpace(view.Get("q")), checkins.PracticeKind(view.Get("kind")), reply.Outcome(view.Get("outcome"))}
	week, err := pace.ParseDate(view.Get("week"))
	if err != nil || week.DaysSince(today) > 7 {
		week = today
	}
	week = monday(week)
	who.From, who.To = week.AddDays(-7*(chartWeeks-1)), week.AddDays(7)
	if q.on() {
		who.From, who.To = pace.Date{Year: 1, Month: 1, Day: 1}, today.AddDays(1)
	}
	state, err := s.readJournal(r, who)
	if err != nil {
		return page{}, err
	}
	d := journalData{Zone: state.Participant.Location(), Search: q, Kinds: kinds(s.House.Wording.Practices())}
	if view.Get("week") == "" {
		week = monday(pace.DateOf(s.Now().In(d.Zone)))
	}
	switch {
	case view.Has("erase"):
		d.View = "erase"
	case q.on():
		s.found(&d, state)
	default:
		s.week(&d, state, week)
	}
	return page{template: "journal", state: d.View, person: state.Participant, data: d}, nil
}

// week fills in one week, and the charts of those up to it.
func (s *Site) week(d *journalData, state checkins.State, week pace.Date) {
	d.Monday, d.Earlier = week, week.AddDays(-7)
	if next := week.AddDays(7); !pace.DateOf(s.Now().In(d.Zone)).Before(next) {
		d.Later = next
	}
	until := week.AddDays(7)
	var seen []checkins.CheckIn
	for _, c := range state.Journal {
		if !c.Date.Before(until) {
			continue
		}
		seen = append(seen, c)
		if c.Date.Before(week) {
			continue
		}
		s.list(d, state, c)
	}
	if len(d.Entries) == 0 && len(state.Records) > 0 {
		if latest := monday(state.Records[0].Date); latest != week {
			d.Latest = latest
		}
	}
	d.Charts = s.charts(seen, week)
}

// found fills in what was looked for.
func (s *Site) found(d *journalData, state checkins.State) {
	text := strings.ToLower(d.Search.Text)
	for _, c := range state.Journal {
		words := strings.Join(append(append([]string{c.Note, c.Expectation, s.label(state, c.Practice)}, c.Feelings...), c.Sensations...), "\n")
		if (d.Search.Kind == "" || c.Kind == d.Search.Kind) && (d.Search.Outcome == "" || c.Outcome == d.Search.Outcome) &&
			strings.Contains(strings.ToLower(words), text) {
			s.list(d, state, c)
		}
	}
}

// list adds an entry, if there is room for it.
func (s *Site) list(d *journalData, state checkins.State, c checkins.CheckIn) {
	if len(d.Entries) == mostShown {
		d.More = true
		return
	}
	e := s.entry(state, c)
	if note := []rune(e.Note); len(note) > shownNote {
		e.Note, e.Cut = string(note[:shownNote]), true
	}
	d.Entries = append(d.Entries, e)
}

func (s *Site) entry(state checkins.State, c checkins.CheckIn) entry {
	e := entry{CheckIn: c, Measure: s.measure(c)}
	if c.Practice != "" {
		e.Label = s.label(state, c.Practice)
	}
	return e
}

// measure is what a record's number is of. One that belongs to no practice is taken
// for tension where it is a pair.
func (s *Site) measure(c checkins.CheckIn) string {
	p, known := s.House.Wording.Practice(c.Practice)
	switch {
	case known && p.Measure != "":
		return p.Measure
	case c.RatingBefore != nil:
		return "tension"
	}
	return "number"
}

func kinds(all []checkins.Practice) (list []checkins.PracticeKind) {
	for _, p := range all {
		if !slices.Contains(list, p.Kind) {
			list = append(list, p.Kind)
		}
	}
	return list
}

// entryPage is one entry, to be corrected or removed.
func (s *Site) entryPage(r *http.Request, who checkins.Who, id checkins.CheckInID, typed url.Values) (page, error) {
	who.Record = id
	state, err := s.readJournal(r, who)
	if err == nil && len(state.Journal) == 0 {
		err = checkins.ErrNotFound
	}
	if err != nil {
		return page{}, err
	}
	e := s.entry(state, state.Journal[0])
	d := journalData{View: "entry", Zone: state.Participant.Location(), Entry: &e, Words: state.Participant.Keep.KeepsWords()}
	if typed != nil {
		d.Problem = "entry"
		said, _ := correction(typed)
		e.Outcome, e.RatingBefore, e.Rating, e.Note, e.Expectation = said.Outcome, said.RatingBefore, said.Rating, said.Note, said.Expectation
	}
	return page{template: "journal", state: "entry", person: state.Participant, data: d}, nil
}
