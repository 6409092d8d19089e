package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// joinData is the form by which strangers join, with what was filled in so far.
type joinData struct {
	Closed  bool
	Wrong   wrongs
	Tongue  string   // the end of the ways to other pages for strangers, in the language that was asked for
	Tongues []tongue // the other languages
	Plans   []tapPlan
	Plan    checkins.TapPlanID
	Address string
	Only    checkins.Channel // the only one there is; empty = there are both
	PerDay  string

	// What is folded away.
	Rhythm    rhythm
	AskZone   bool   // neither the programme nor anything else tells it
	Usual     string // the programme's zone
	Zone      string // that was picked; empty = none
	Zones     []string
	Region    string
	Countries []country // with hours of their own, where those are kept to
	Own       bool      // what the plan offers is of their own choosing
	Groups    []group
	Discreet  bool
	Locale    string
	Languages []string
	Keep      checkins.Keep
	Keeps     []checkins.Keep
	Shares    checkins.Sharing
	Codes     bool
	MayCodes  bool
	Open      bool // something of it was chosen, or is wrong
	Part      map[string]bool
}

type tapPlan struct {
	ID    checkins.TapPlanID
	Label string
	Plan  checkins.Plan // for how often it comes
}

// tongue is another language that the page can be read in.
type tongue struct{ Tag, Name string }

// country has hours of its own for texts, or parts that have.
type country struct {
	Code  string
	Parts []string
}

var keeps = []checkins.Keep{checkins.KeepEverything, checkins.KeepNumbers, checkins.KeepAnswered}

// joinForm is the form as it is first shown: everything chosen but the address and
// the two boxes.
func (s *Site) joinForm(r *http.Request) joinData {
	j := s.House.Joining
	d := joinData{
		Closed: s.closed(), Wrong: wrongs{}, Plan: j.Plan, Only: s.Only, Usual: j.Zone, AskZone: j.Zone == "", Zones: zones,
		Rhythm: rhythm{Free: true}.withRoom(max(1, min(s.House.PerDay, mostTimes))), Groups: s.catalogue(s.language(r), s.Only != checkins.SMS, s.firstSteps()),
		Locale: s.language(r), Languages: s.Languages, Keep: checkins.KeepNumbers, Keeps: keeps, Shares: checkins.ShareNothing,
		MayCodes: s.House.Codes.New != nil && s.Only != checkins.Email, PerDay: strconv.Itoa(s.House.PerDay),
	}
	d.Rhythm.Wrong = d.Wrong
	if s.Only != checkins.Email {
		d.Countries = countries(s.House.Regions)
	}
	if lang := s.asked(r); lang != "" {
		d.Tongue = "?lang=" + lang
	}
	for _, tag := range s.Languages {
		if tag != d.Locale {
			d.Tongues = append(d.Tongues, tongue{tag, s.Words.Line(tag, "settings.locale_"+tag)})
		}
	}
	d.Plans = s.tapPlans(d.Locale)
	return d
}

// tapPlans are the ready plans, named in a language.
func (s *Site) tapPlans(locale string) (list []tapPlan) {
	for _, tap := range s.House.Wording.TapPlans() {
		list = append(list, tapPlan{tap.ID, tap.Named(locale), checkins.Plan{Pace: tap.Pace, Days: tap.Days, At: tap.At}})
	}
	return list
}

// firstSteps are the practices that are ticked for whoever wants to choose their
// own: those of the first level of the kind that the usual plan begins with.
func (s *Site) firstSteps() (list []checkins.PracticeID) {
	var kind checkins.PracticeKind
	for _, tap := range s.House.Wording.TapPlans() {
		if tap.ID == s.House.Joining.Plan && len(tap.Practices) > 0 {
			first, _ := s.House.Wording.Practice(tap.Practices[0])
			kind = first.Kind
		}
	}
	for _, p := range s.House.Wording.Practices() {
		if p.Kind == kind && p.Level <= 1 && !p.Page {
			list = append(list, p.ID)
		}
	}
	return list
}

// countries groups the regions that have hours of their own by country.
func countries(regions pace.Regions) (list []country) {
	for _, code := range slices.Sorted(maps.Keys(regions)) {
		head, _, part := strings.Cut(code, "-")
		if len(list) == 0 || list[len(list)-1].Code != head {
			list = append(list, country{Code: head})
		}
		if last := &list[len(list)-1]; part {
			last.Parts = append(last.Parts, code)
		}
	}
	return list
}

// read takes over what somebody filled in.
func (d *joinData) read(form url.Values) {
	if tap := checkins.TapPlanID(form.Get("plan")); slices.ContainsFunc(d.Plans, func(p tapPlan) bool { return p.ID == tap }) {
		d.Plan = tap
	}
	if keep := checkins.Keep(form.Get("keep")); slices.Contains(keeps, keep) {
		d.Keep = keep
	}
	if form.Has("shares") {
		d.Shares = checkins.Sharing(form.Get("shares"))
	}
	if form.Has("locale") {
		d.Locale = form.Get("locale")
	}
	if d.Zone = strings.TrimSpace(form.Get("zone")); d.Zone != "" && !slices.Contains(d.Zones, d.Zone) {
		d.Zones = append([]string{d.Zone}, d.Zones...) // a browser tells its own name of it
	}
	if len(d.Countries) > 0 {
		d.Region = form.Get("region")
	}
	d.Address, d.Discreet, d.Codes = form.Get("address"), form.Get("screen") == "discreet", d.MayCodes && form.Get("codes") == "yes"
	room := len(d.Rhythm.At)
	d.Rhythm.read(form)
	d.Rhythm = d.Rhythm.withRoom(room)
	d.readPractices(form)
}

// readPractices takes over what was ticked. Other ticks than those that were there
// count even where the list was not picked: without scripts nothing picks it.
func (d *joinData) readPractices(form url.Values) {
	if !form.Has("offer") {
		return // a form without the list
	}
	was := items(d.Groups)
	takeTicks(d.Groups, form["practice"])
	d.Own = form.Get("offer") == "own" || !slices.Equal(was, items(d.Groups))
}

// readRhythm reads pace and times; days are read already.
func (d *joinData) readRhythm(a *checkins.Application) {
	rate, err := d.Rhythm.rate()
	switch {
	case d.Rhythm.N == "" && d.Rhythm.Unit == "":
	case d.Rhythm.N == "":
		d.Wrong.say("pace", "number")
	case d.Rhythm.Unit == "":
		d.Wrong.say("pace", "unit")
	case err != nil:
		d.Wrong.say("pace", "pace")
	default:
		a.Pace = rate
	}
	var readable bool
	if a.At, readable = clocks(d.Rhythm.At); !readable {
		d.Wrong.say("times", "clock")
	}
}

// fields are where a flaw is told, if not in the field of its own name.
var fields = map[checkins.Flaw]string{
	checkins.FlawNumber: "address", checkins.FlawPerDay: "pace", checkins.FlawMailOnly: "practices", checkins.FlawNever: "region",
}

// judge tells the flaws of what was read beside the fields.
func (d *joinData) judge(flaws []checkins.Flaw, a checkins.Application) {
	for _, flaw := range flaws {
		field := string(flaw)
		if other, ok := fields[flaw]; ok {
			field = other
		}
		if field == "address" && a.Address == "" || len(d.Wrong) > 0 && (flaw == checkins.FlawDays || flaw == checkins.FlawTimes) && d.Wrong["pace"] != nil {
			continue // it follows from what was told
		}
		d.Wrong.say(field, string(flaw), d.fill(flaw)...)
	}
}

// fill is what the line of a flaw fills in.
func (d *joinData) fill(flaw checkins.Flaw) []string {
	switch flaw {
	case checkins.FlawPerDay:
		return []string{d.PerDay}
	case checkins.FlawDays:
		return []string{strconv.Itoa(d.Rhythm.Days.Len())}
	case checkins.FlawTimes:
		typed, _ := clocks(d.Rhythm.At)
		return []string{strconv.Itoa(len(typed))}
	}
	return nil
}

// say tells what is wrong with a field; the first that is found is told.
func (w wrongs) say(field, line string, fill ...string) {
	if w[field] == nil {
		w[field] = &wrong{Field: field, Line: "join.problem_" + line, Fill: fill}
	}
}

// open unfolds the parts of the form in which something was chosen or is wrong.
func (d *joinData) open() {
	r := d.Rhythm
	d.Part = map[string]bool{
		"when":   r.N+r.Unit+strings.Join(r.At, "") != "" || r.Days != 0 || d.Zone != "" || d.Region != "",
		"what":   d.Own,
		"screen": d.Discreet,
		"kept":   d.Keep != checkins.KeepNumbers || d.Shares != checkins.ShareNothing || d.Codes,
	}
	for part, fields := range map[string][]string{
		"when": {"pace", "days", "times", "zone", "region"}, "what": {"practices"}, "screen": {"locale"}, "kept": {"shares"},
	} {
		if slices.ContainsFunc(fields, func(f string) bool { return d.Wrong[f] != nil }) {
			d.Part[part] = true
		}
	}
	d.Open = d.Part["when"] || d.Part["what"] || d.Part["screen"] || d.Part["kept"]
}
