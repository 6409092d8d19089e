package templates

import (
	"fmt"
	"strings"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/digest"
	"github.com/microreach/microreach/checkins/pace"
)

// digestView is what a digest's template may speak of. What a person wrote is in
// it as a token: see own.
type digestView struct {
	Programme string
	Name      string
	Span      string
	Keep      checkins.Keep
	Numbers   bool
	Quiet     bool
	Bare      bool // something was written, and nothing of it is shown
	Done      int

	Approached, Grounded, Written []entryView
	Series                        []seriesView
	Chart                         bool
	Feelings, Body                string
	Rest                          []string
	News                          []newsView
	Values                        []valueView
	Past                          *entryView
	Coming                        []comingView
	Actions                       []checkins.DigestAction
}

type entryView struct {
	Day, Label, Outcome, Measure, Before, After, Expected, Words string
	Remembered                                                   bool
}

type seriesView struct {
	Name, Points string
	Pairs        bool
}

type newsView struct{ ID, Measure, Then, Now, First string }

type valueView struct {
	Words string
	Times int
}

type comingView struct{ When, By, What string }

// shortView is what a digest by text may speak of: numbers, and when the next one
// comes. Nothing that a person wrote gets into a text (C20).
type shortView struct {
	Programme string
	Done      int
	Short     []string
	Next      string
}

func (w digestWriter) view(programme string, who checkins.Participant, week digest.Week) digestView {
	v := digestView{
		Programme: programme, Name: w.own.put(calledName(who.Name)), Keep: who.Keep, Numbers: week.Numbers, Quiet: week.Quiet, Chart: week.Chart,
		Span: w.span(pace.DateOf(week.From), pace.DateOf(week.To)), Done: week.Counts.All(),
		Feelings: w.counted(week.Feelings, w.set.words.Feelings), Body: w.counted(week.Body, w.set.words.Sensations),
		Approached: w.entries(week.Approached), Grounded: w.entries(week.Grounded), Written: w.entries(week.Written),
	}
	if v.Keep == "" {
		v.Keep = checkins.KeepEverything
	}
	v.Bare = len(v.Approached)+len(v.Grounded)+len(v.Written)+len(week.Series) == 0
	for _, s := range week.Series {
		v.Series = append(v.Series, w.series(s))
	}
	for _, r := range week.Rest {
		v.Rest = append(v.Rest, w.span(r.From, r.To))
	}
	for _, n := range week.News {
		v.News = append(v.News, w.news(n))
	}
	for _, value := range week.Values {
		v.Values = append(v.Values, valueView{w.own.put(value.Words), value.Times})
	}
	if week.Past != nil {
		past := w.entry(*week.Past)
		v.Past = &past
	}
	for _, c := range week.Coming {
		v.Coming = append(v.Coming, w.coming(c))
	}
	v.Actions = w.actions(week)
	return v
}

// actions are those that are offered in the body: in a quiet week none of them
// is faster.
func (w digestWriter) actions(week digest.Week) (list []checkins.DigestAction) {
	for _, a := range checkins.DigestActions() {
		if a != checkins.DigestNoMore && (a != checkins.DigestFaster || !week.Quiet) {
			list = append(list, a)
		}
	}
	return list
}

func (w digestWriter) entries(list []digest.Entry) (all []entryView) {
	for _, e := range list {
		all = append(all, w.entry(e))
	}
	return all
}

func (w digestWriter) entry(e digest.Entry) entryView {
	v := entryView{
		Day: w.day(e.At), Label: w.own.put(w.label(e.Practice, e.Label)), Outcome: string(e.Outcome), Remembered: e.Remembered,
		Before: rating(e.Before), After: rating(e.After), Expected: w.own.put(e.Expected), Words: w.own.put(e.Words),
	}
	if e.Measure != "" {
		v.Measure = capital(w.measure(e.Measure))
	}
	return v
}

func capital(word string) string {
	r := []rune(word)
	if len(r) == 0 {
		return word
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

func (w digestWriter) series(s digest.Series) seriesView {
	v := seriesView{Name: capital(w.measure(s.Measure))}
	for _, p := range s.Points {
		v.Pairs = v.Pairs || p.Before != nil
	}
	var points []string
	for _, p := range s.Points {
		points = append(points, w.set.words.Days[p.At.Weekday()]+" "+w.point(p))
	}
	v.Points = strings.Join(points, ", ")
	return v
}

// point writes one number, or two: "8 to 3".
func (w digestWriter) point(p digest.Point) string {
	switch {
	case p.Before != nil && p.After != nil:
		return fmt.Sprintf("%s %s %s", rating(p.Before), w.set.words.To, rating(p.After))
	case p.Before != nil:
		return rating(p.Before)
	}
	return rating(p.After)
}

func (w digestWriter) news(n digest.News) newsView {
	if n.Measure == "" {
		return newsView{First: w.own.put(w.label(n.Practice, n.FirstLabel))}
	}
	return newsView{ID: n.Measure, Measure: w.measure(n.Measure), Then: rating(&n.Then), Now: rating(&n.Now)}
}

func (w digestWriter) coming(c digest.Coming) comingView {
	v := comingView{When: w.day(c.At) + " " + c.At.Format("15:04"), By: w.set.words.By[c.Channel]}
	var labels []string
	for i, id := range c.Practices {
		if label := w.label(id, c.Labels[i]); label != "" {
			labels = append(labels, label)
		}
	}
	v.What = w.own.put(strings.Join(labels, " "+w.set.words.Or+" "))
	return v
}

// mostShort is how many numbers of one thing a text names: the last ones.
const mostShort = 4

// short is the same for a text. What the person is asked about is named only
// where others may not read the screen.
func (w digestWriter) short(v digestView, who checkins.Participant) shortView {
	s := shortView{Programme: v.Programme, Done: v.Done}
	if len(v.Coming) > 0 {
		s.Next = v.Coming[0].When
	}
	if who.Discreet || v.Quiet {
		return s
	}
	for _, series := range v.Series {
		points := strings.Split(series.Points, ", ")
		s.Short = append(s.Short, series.Name+" "+strings.Join(points[max(0, len(points)-mostShort):], ", "))
	}
	return s
}
