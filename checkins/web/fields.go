package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// The fields that several forms have: those of the settings, and that by which
// people join. Their shape is templates/web/layout_fields.html.

// rhythm is how often, on which days and at what times, as the fields hold it.
type rhythm struct {
	N      string
	Unit   string // day, week, month, days or weeks
	Days   pace.Days
	At     []string
	Window pace.Window
	Free   bool   // what is left empty is not chosen
	Wrong  wrongs // what cannot be as it is
}

// wrongs are what cannot be as it was filled in, by field.
type wrongs map[string]*wrong

// wrong says what is wrong with a field.
type wrong struct {
	Field string
	Line  string   // of the page's words
	Fill  []string // what is filled in there
}

// mostTimes is how many times of day a form has room for.
const mostTimes = 6

// rhythmOf is the fields as a plan is.
func rhythmOf(p checkins.Plan) rhythm {
	d := rhythm{Days: daysOf(p), Window: p.Window}
	d.N, d.Unit = paceFields(p.Pace)
	for _, c := range p.At {
		d.At = append(d.At, c.String())
	}
	times := 1
	if p.Pace.Unit == pace.Day && p.Window.IsZero() {
		times = min(p.Pace.N, mostTimes)
	}
	return d.withRoom(times)
}

// withRoom is the fields with room for that many times of day.
func (d rhythm) withRoom(times int) rhythm {
	for len(d.At) < times {
		d.At = append(d.At, "")
	}
	return d
}

// read takes over what was typed.
func (d *rhythm) read(form url.Values) {
	d.N, d.Unit, d.At = strings.TrimSpace(form.Get("n")), form.Get("unit"), form["at"]
	d.Days, _ = pace.ParseDays(strings.Join(form["day"], ",")) // none, or what no box says: no day
}

// rate is the pace that the fields say.
func (d rhythm) rate() (pace.Pace, error) {
	switch one := strings.TrimSuffix(d.Unit, "s"); {
	case one == d.Unit:
		return pace.Parse(d.N + "/" + d.Unit)
	case d.N == "1":
		return pace.Parse("1/" + one)
	}
	return pace.Parse(fmt.Sprintf("1/%s%s", d.N, d.Unit))
}

// daysOf are the plan's days: those that were chosen, or those of its pace.
func daysOf(p checkins.Plan) pace.Days {
	return cmp.Or(p.Days, p.Pace.UsualDays(p.Anchor))
}

// paceFields are a pace as two fields of a form.
func paceFields(p pace.Pace) (n, unit string) {
	name := map[pace.Unit]string{pace.Day: "day", pace.Week: "week", pace.Month: "month"}[p.Unit]
	if p.Every > 1 {
		return strconv.Itoa(p.Every), name + "s"
	}
	return strconv.Itoa(p.N), name
}

// clocks reads times of day; empty fields are none.
func clocks(typed []string) (list []pace.Clock, ok bool) {
	for _, t := range typed {
		if t = strings.TrimSpace(t); t == "" {
			continue
		}
		c, err := pace.ParseClock(t)
		if err != nil {
			return nil, false
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list, true
}

// group is the practices of a kind, those of lower levels first.
type group struct {
	Kind  checkins.PracticeKind
	Items []item
}

type item struct {
	ID    checkins.PracticeID
	Label string
	Level int  // 0 = one of their own
	Mail  bool // it comes by mail alone
	On    bool
}

// catalogue is what can be chosen, by kind; mail: also what comes by mail alone.
// What is on is there whatever it is.
func (s *Site) catalogue(locale string, mail bool, on []checkins.PracticeID) (list []group) {
	for _, p := range s.House.Wording.Practices() {
		ticked := slices.Contains(on, p.ID)
		if p.Page && !mail && !ticked {
			continue
		}
		at := slices.IndexFunc(list, func(g group) bool { return g.Kind == p.Kind })
		if at < 0 {
			at = len(list)
			list = append(list, group{Kind: p.Kind})
		}
		list[at].Items = append(list[at].Items, item{p.ID, p.Named(locale), p.Level, p.Page, ticked})
	}
	for _, g := range list {
		slices.SortStableFunc(g.Items, func(a, b item) int { return a.Level - b.Level })
	}
	return list
}

// takeTicks takes over what was ticked.
func takeTicks(groups []group, ids []string) {
	for _, g := range groups {
		for i := range g.Items {
			g.Items[i].On = slices.Contains(ids, string(g.Items[i].ID))
		}
	}
}

func items(groups []group) (list []item) {
	for _, g := range groups {
		list = append(list, g.Items...)
	}
	return list
}
