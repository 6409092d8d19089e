package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// chart is the numbers of one measure over weeks: as a picture, and as a table that
// says the same.
type chart struct {
	Measure string
	Before  string // a path with a square where each number before is
	After   string // a path with a round dot where each number is, or each one after
	Ticks   []tick
	Rows    []weekRow
	Pairs   bool
}

// tick is the beginning of a week below the picture.
type tick struct {
	X    int
	Date pace.Date
}

// weekRow is one week as text.
type weekRow struct {
	Monday        pace.Date
	Count         int
	Before, After *float64 // the middle of them; nil = there are none
}

// The picture's room for numbers, in its own units.
const (
	chartLeft, chartTop  = 24, 8
	chartWide, chartHigh = 328, 110
	chartDays            = 7 * chartWeeks
)

// charts are drawn of the records of the weeks that end with last.
func (s *Site) charts(records []checkins.CheckIn, last pace.Date) []chart {
	first := last.AddDays(-7 * (chartWeeks - 1))
	measures := map[string][]checkins.CheckIn{}
	var names []string
	for _, c := range records {
		if c.Rating == nil && c.RatingBefore == nil || c.Date.Before(first) {
			continue
		}
		m := s.measure(c)
		if _, known := measures[m]; !known {
			names = append(names, m)
		}
		measures[m] = append(measures[m], c)
	}
	slices.Sort(names)
	var list []chart
	for _, m := range names {
		list = append(list, draw(m, measures[m], first))
	}
	return list
}

func draw(measure string, records []checkins.CheckIn, first pace.Date) chart {
	c := chart{Measure: measure}
	var before, after strings.Builder
	rows := make([]struct {
		before, after []float64
		count         int
	}, chartWeeks)
	for _, r := range records {
		day := r.Date.DaysSince(first)
		row := &rows[min(day/7, chartWeeks-1)]
		row.count++
		if r.RatingBefore != nil {
			dot(&before, day, *r.RatingBefore)
			row.before, c.Pairs = append(row.before, *r.RatingBefore), true
		}
		if r.Rating != nil {
			dot(&after, day, *r.Rating)
			row.after = append(row.after, *r.Rating)
		}
	}
	c.Before, c.After = before.String(), after.String()
	for i, row := range rows {
		monday := first.AddDays(7 * i)
		if i%4 == 0 {
			c.Ticks = append(c.Ticks, tick{chartLeft + chartWide*7*i/chartDays, monday})
		}
		if row.count > 0 {
			c.Rows = append(c.Rows, weekRow{monday, row.count, middle(row.before), middle(row.after)})
		}
	}
	return c
}

// dot adds a point: a line of no length, which its ends make a dot.
func dot(path *strings.Builder, day int, value float64) {
	x := chartLeft + 3 + (chartWide-6)*day/(chartDays-1)
	y := chartTop + chartHigh*(10-value)/10
	fmt.Fprintf(path, "M%d %.0fh0", x, y)
}

// middle is the mean, in halves like the numbers themselves.
func middle(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	mean := math.Round(2*sum/float64(len(values))) / 2
	return &mean
}
