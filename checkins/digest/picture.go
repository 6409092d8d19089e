package digest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Picture is what a chart is drawn of: lines over the points of a week, one
// place for each record that has a number. It is kept with the mail, sealed like
// its words, and drawn when the mail is sent.
type Picture struct {
	Days  []string `json:"days"` // under each place
	Lines []Line   `json:"lines"`
}

// Line is one thing that was measured.
type Line struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values"` // by place; nil = no number there
}

// mostPlaces is how many records one picture shows: the last ones.
const mostPlaces = 21

// Picture draws the series of a week up. day names the day of a point, name a
// line: of the numbers before, or after.
func (w Week) Picture(day func(time.Time) string, name func(measure string, before, paired bool) string) Picture {
	places := w.places()
	var p Picture
	index := map[time.Time]int{}
	for i, at := range places {
		index[at] = i
		p.Days = append(p.Days, day(at))
	}
	for _, s := range w.Series {
		before, after := make([]*float64, len(places)), make([]*float64, len(places))
		pairs := false
		for _, point := range s.Points {
			i, shown := index[point.At]
			if !shown {
				continue
			}
			before[i], after[i] = point.Before, point.After
			pairs = pairs || point.Before != nil
		}
		if pairs {
			p.Lines = append(p.Lines, Line{name(s.Measure, true, true), before})
		}
		p.Lines = append(p.Lines, Line{name(s.Measure, false, pairs), after})
	}
	return p
}

// places are the moments of the points, the oldest first.
func (w Week) places() (all []time.Time) {
	seen := map[time.Time]bool{}
	for _, s := range w.Series {
		for _, point := range s.Points {
			if !seen[point.At] {
				seen[point.At] = true
				all = append(all, point.At)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all[max(0, len(all)-mostPlaces):]
}

// String writes p as ParsePicture reads it.
func (p Picture) String() string {
	raw, _ := json.Marshal(p) // strings and numbers
	return string(raw)
}

// ParsePicture reads what String wrote.
func ParsePicture(s string) (Picture, error) {
	var p Picture
	if err := json.Unmarshal([]byte(s), &p); err != nil {
		return p, fmt.Errorf("read a picture: %w", err)
	}
	for _, l := range p.Lines {
		if len(l.Values) != len(p.Days) {
			return p, fmt.Errorf("read a picture: a line has %d values for %d places", len(l.Values), len(p.Days))
		}
	}
	return p, nil
}
