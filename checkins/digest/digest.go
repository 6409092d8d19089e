// Package digest answers one question: what does somebody's week hold?
//
// [Of] takes the records of a person and a span of time, and gives a [Week]:
// what was done, moments of approach first; their own words, never rewritten;
// the numbers; what was felt; the days of rest; what is ahead. It is pure, and
// it chooses, counts and orders, but has no words of its own: those are in the
// templates.
//
// # What it leaves out
//
// Nothing here can tell what was not done. A record that says "not today" was a
// whole answer, and is not brought up again; one that says "couldn't" stands in
// no count, and only with what was written about it. There is no field for
// misses, rows of days or shares of anything. What has changed is told only where it is welcome
// news, and true by a margin.
//
// # Hard words
//
// Where an entry of the week has words of the crisis list, it is not quoted, nor
// is anything counted from its feelings, and the whole week is [Week.Quiet]: no
// picture, no comparison, no word of earlier days. Nothing of that is stored. It
// is found anew from the words themselves each time that a digest is written,
// so that it leaves no mark (rule 11), and ends when the words are erased.
package digest

import (
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// Input is what a week is put together from.
type Input struct {
	Person   checkins.Participant
	From, To time.Time          // the week: from From on, before To
	Records  []checkins.CheckIn // in any order; those before From are earlier weeks, those from To on are left out
	Changes  []checkins.Change  // in any order
	Plans    []checkins.Plan
	Done     map[checkins.PracticeID]int // how often each was ever done
	Coming   []checkins.Upcoming         // next week's reminders, the soonest first
	Win      checkins.PracticeID         // the practice that tells of a moment of approach
	Practice func(checkins.PracticeID) (checkins.Practice, bool)
	Hard     func(text string) bool // whether words of the crisis list occur; nil = never
}

// Week is what a week holds. Its instants are in the person's zone.
type Week struct {
	From, To time.Time
	Numbers  bool // numbers only, as the person chose: no entry, no word of theirs
	Quiet    bool // hard words occur: nothing cheerful, nothing compared

	Approached []Entry // reaches, boundaries, acts for a value, moments told as a win
	Grounded   []Entry
	Written    []Entry // what else was told in words
	Counts     Counts  // of what was done, whatever Numbers says

	Series   []Series // the numbers that were given, by what they are of
	Chart    bool     // there are enough of them for a picture
	Feelings []Count  // named most often, the most frequent first
	Body     []Count
	Rest     []Rest // pauses, the first first
	News     []News // what has changed, where that is welcome
	Values   []Value
	Past     *Entry // one moment of an earlier week, for who asked for it

	Coming []Coming // the reminders of the next seven days; the first names what is offered next
}

// Counts is how many things were done in a week.
type Counts struct{ Approached, Grounded, Written int }

// All is their sum.
func (c Counts) All() int { return c.Approached + c.Grounded + c.Written }

// Entry is one record as it is shown.
type Entry struct {
	At            time.Time
	Practice      checkins.PracticeID // empty = written by themselves
	Label         string              // of a practice in the person's own words; empty = the catalogue's
	Outcome       reply.Outcome       // done or partly; empty = not told, or nothing to tell
	Measure       string              // what its numbers are of; empty = none
	Before, After *float64
	Remembered    bool   // Before was asked for only afterwards
	Expected      string // what they expected, in their words
	Words         string // in their words
}

// Series is the numbers of one thing over the week.
type Series struct {
	Measure string // "closeness", "tension"
	Points  []Point
}

// Point is one number, or two.
type Point struct {
	At            time.Time
	Before, After *float64
}

// Count is how often a word of the lexicon was said.
type Count struct {
	Word  string
	Times int
}

// Rest is a pause, as far as it lies in the week.
type Rest struct{ From, To pace.Date }

// News is one thing that has changed compared with the weeks before.
type News struct {
	Measure     string // its numbers became kinder: closeness more, tension less
	Then, Now   float64
	Practice    checkins.PracticeID // or it was done for the first time
	FirstLabel  string              // of one in the person's own words
	FirstOfKind bool
}

// Value is something that a plan is for, in the person's words.
type Value struct {
	Words string
	Times int // what was done for it in the week
}

// Coming is one reminder ahead.
type Coming struct {
	At        time.Time
	Practices []checkins.PracticeID
	Labels    []string // of those in the person's own words, by position; else empty
	Channel   checkins.Channel
}

// Empty reports whether there is nothing to say about the week: no digest is
// sent then. Answers that say "not today" are whole answers, and no news.
func (w Week) Empty() bool {
	return len(w.Approached)+len(w.Grounded)+len(w.Written)+len(w.Series) == 0 && w.Counts.All() == 0
}

// The measures that have a better way to go.
const (
	closeness = "closeness"
	tension   = "tension"
)

// Limits of what one mail shows.
const (
	chartFrom    = 3 // points
	mostWords    = 5 // feelings, body words
	mostNews     = 2
	mostEntries  = 40   // of each part of the week
	longestQuote = 2000 // runes
	fewWords     = 3    // a note is worth giving back from so many on
)

// weaver puts a week together.
type weaver struct {
	Input
	loc   *time.Location
	week  []checkins.CheckIn // the oldest first
	older []checkins.CheckIn // the newest first
	out   Week
}

// Of is what the week holds. It may be empty.
func Of(in Input) Week {
	w := weaver{Input: in, loc: in.Person.Location()}
	w.out = Week{From: in.From.In(w.loc), To: in.To.In(w.loc), Numbers: in.Person.InNumbers()}
	w.sort()
	w.out.Quiet = slices.ContainsFunc(w.week, w.hard)
	w.week = slices.DeleteFunc(w.week, func(c checkins.CheckIn) bool { return c.Outcome == reply.OutcomeSkipped })
	for _, c := range w.week {
		w.count(c)
		w.point(c)
	}
	slices.SortFunc(w.out.Series, func(a, b Series) int { return strings.Compare(a.Measure, b.Measure) })
	w.out.Rest = w.rests()
	w.ahead()
	if w.out.Numbers {
		w.out.Chart = w.chart()
		return w.out
	}
	for _, c := range w.week {
		w.entry(c)
	}
	if !w.out.Quiet {
		w.out.Chart = w.chart()
		w.felt()
		w.news()
		w.values()
		w.past()
	}
	return w.out
}

// sort parts the records of the week from those before it.
func (w *weaver) sort() {
	for _, c := range w.Records {
		switch {
		case c.At.Before(w.From):
			w.older = append(w.older, c)
		case c.At.Before(w.To):
			w.week = append(w.week, c)
		}
	}
	byTime := func(a, b checkins.CheckIn) int {
		if n := a.At.Compare(b.At); n != 0 {
			return n
		}
		return strings.Compare(string(a.ID), string(b.ID))
	}
	slices.SortFunc(w.week, byTime)
	slices.SortFunc(w.older, func(a, b checkins.CheckIn) int { return byTime(b, a) })
}

// hard reports whether words of the crisis list stand in a record.
func (w *weaver) hard(c checkins.CheckIn) bool {
	return w.hardWords(c.Note) || w.hardWords(c.Expectation)
}

func (w *weaver) hardWords(text string) bool { return w.Hard != nil && text != "" && w.Hard(text) }

func did(c checkins.CheckIn) bool {
	return c.Outcome == reply.OutcomeDone || c.Outcome == reply.OutcomePartly
}

// part is where in the week a record belongs.
type part int

const (
	nowhere part = iota
	approached
	grounded
	written
)

// partOf sorts a record. What was not done stands nowhere, unless it was told in
// words; then it stands among the words.
func (w *weaver) partOf(c checkins.CheckIn) part {
	told := c.Note != "" || c.Expectation != ""
	switch kind := c.Kind; {
	case c.Practice == w.Win && w.Win != "" && c.Note != "", did(c) && (kind == checkins.Reach || kind == checkins.Boundary || kind == checkins.ValueKind || kind == ""):
		return approached
	case kind == checkins.Ground && (did(c) || c.Outcome == "" && (told || hasNumbers(c) || len(c.Sensations) > 0)):
		return grounded
	case told, did(c):
		return written
	case c.Outcome == "" && len(c.Feelings)+len(c.Sensations) > 0:
		return written
	}
	return nowhere
}

func hasNumbers(c checkins.CheckIn) bool { return c.Rating != nil || c.RatingBefore != nil }

func (w *weaver) count(c checkins.CheckIn) {
	switch w.partOf(c) {
	case approached:
		w.out.Counts.Approached++
	case grounded:
		w.out.Counts.Grounded++
	case written:
		w.out.Counts.Written++
	}
}

// measure is what a record's numbers are of. A pair that belongs to no practice
// is of tension: nothing else is asked in pairs.
func (w *weaver) measure(c checkins.CheckIn) string {
	if p, ok := w.Practice(c.Practice); ok && p.Measure != "" {
		return p.Measure
	}
	if c.RatingBefore != nil {
		return tension
	}
	return ""
}

// point takes up the numbers of a record.
func (w *weaver) point(c checkins.CheckIn) {
	measure := w.measure(c)
	if measure == "" || !hasNumbers(c) {
		return
	}
	i := slices.IndexFunc(w.out.Series, func(s Series) bool { return s.Measure == measure })
	if i < 0 {
		i = len(w.out.Series)
		w.out.Series = append(w.out.Series, Series{Measure: measure})
	}
	w.out.Series[i].Points = append(w.out.Series[i].Points, Point{c.At.In(w.loc), c.RatingBefore, c.Rating})
}

// chart reports whether there are points enough for a picture.
func (w *weaver) chart() bool {
	n := 0
	for _, s := range w.out.Series {
		n += len(s.Points)
	}
	return n >= chartFrom && !w.out.Quiet
}

// entry shows a record.
func (w *weaver) entry(c checkins.CheckIn) {
	to := map[part]*[]Entry{approached: &w.out.Approached, grounded: &w.out.Grounded, written: &w.out.Written}[w.partOf(c)]
	if to == nil || len(*to) == mostEntries {
		return
	}
	e := w.shown(c)
	alone := e.Outcome == "" && e.Words == "" && e.Expected == ""
	if alone && (e.Measure != "" || !hasNumbers(c)) {
		return // its numbers stand with the others
	}
	*to = append(*to, e)
}

// shown is a record as an entry. What has hard words is there without words.
func (w *weaver) shown(c checkins.CheckIn) Entry {
	e := Entry{At: c.At.In(w.loc), Practice: c.Practice, Label: w.ownLabel(c.Practice), Before: c.RatingBefore, After: c.Rating, Remembered: c.Remembered}
	if did(c) {
		e.Outcome = c.Outcome
	}
	if hasNumbers(c) {
		e.Measure = w.measure(c)
	}
	if !w.hard(c) {
		e.Words, e.Expected = quote(c.Note), quote(c.Expectation)
	}
	return e
}

// ownLabel is the name of a practice that a person wrote; hard words are no
// name.
func (w *weaver) ownLabel(id checkins.PracticeID) string {
	p, ok := w.Practice(id)
	if !ok || !p.Own || w.hardWords(p.Label) {
		return ""
	}
	return p.Label
}

// quote is what a person wrote, as they wrote it; only the end of a very long
// text is left out, and marked.
func quote(words string) string {
	words = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\u007f' {
			return -1
		}
		return r
	}, strings.ReplaceAll(words, "\r\n", "\n")))
	if r := []rune(words); len(r) > longestQuote {
		return strings.TrimSpace(string(r[:longestQuote])) + " […]"
	}
	return words
}
