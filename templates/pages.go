package templates

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// The web pages: their shape is in web/*.html, once for all languages; what they
// say is in web/en.toml and web/es.toml, by page and key.

// pages are the web pages, by language.
type pages map[string]language

// language is the pages in one language.
type language struct {
	words map[string]map[string]string
	felt  map[string]string // feelings and body words, as the digest says them
	html  *htmltemplate.Template
}

// defaultLanguage is that of a locale for which there are no words.
const defaultLanguage = "en"

func readPages() (pages, error) {
	all := pages{}
	for _, tag := range []string{defaultLanguage, "es"} {
		l := language{words: map[string]map[string]string{}, felt: map[string]string{}}
		if err := decodeFile("web/"+tag+".toml", &l.words); err != nil {
			return nil, err
		}
		var err error
		if l.html, err = htmltemplate.New("web").Funcs(l.funcs()).ParseFS(files, "web/*.html"); err != nil {
			return nil, fmt.Errorf("read pages: %w", err)
		}
		all[tag] = l
	}
	return all, nil
}

// in is the language of a locale.
func (p pages) in(locale string) (tag string, l language) {
	tag, _, _ = strings.Cut(strings.ToLower(locale), "-")
	if l, ok := p[tag]; ok {
		return tag, l
	}
	return defaultLanguage, p[defaultLanguage]
}

// Languages lists what the pages are written in, the default first.
func (s *Set) Languages() []string { return []string{defaultLanguage, "es"} }

// Style is the style sheet of the pages.
func (s *Set) Style() []byte { return s.style }

// Script is the script of the pages that are better with one.
func (s *Set) Script() []byte { return s.script }

// Line is one line of the pages, such as "confirm.button": what a button says is
// part of what is agreed to by pressing it.
func (s *Set) Line(locale, key string) string {
	_, l := s.pages.in(locale)
	line, err := l.say(key)
	if err != nil {
		return ""
	}
	return line
}

// pageView is what the shape of every page may speak of.
type pageView struct {
	Programme string
	Contact   string
	Crisis    string
	Lang      string
	Root      string
	Script    bool
	Title     string
	Now       time.Time
	Data      any
}

// Page renders a web page.
func (s *Set) Page(p checkins.Page) ([]byte, error) {
	tag, l := s.pages.in(p.Locale)
	v := pageView{
		Programme: s.options.Programme, Contact: s.options.Contact, Crisis: s.crisis.in(p.Zone).said(tag).Text,
		Lang: tag, Root: p.Root, Script: p.Script, Title: l.title(p), Now: p.Now, Data: p.Data,
	}
	var b bytes.Buffer
	if err := l.html.ExecuteTemplate(&b, p.Template+".html", v); err != nil {
		return nil, fmt.Errorf("page %q: %w", p.Template, err)
	}
	return b.Bytes(), nil
}

// title is that of the page in its state, or the one that it has in every state.
func (l language) title(p checkins.Page) string {
	if title := l.words[p.Template]["title_"+p.State]; title != "" {
		return title
	}
	return l.words[p.Template]["title"]
}

// funcs are what a page says things with.
func (l language) funcs() htmltemplate.FuncMap {
	return htmltemplate.FuncMap{
		"say": l.say, "fill": func(key string, fill []string) (string, error) { return l.say(key, fill...) }, "pace": l.pace, "rhythm": l.rhythm, "when": l.when, "day": l.day, "city": l.city, "felt": l.feltWord, "reason": l.reason, "weekdays": l.weekdays, "step": asStep,
		"date": l.date, "shortdate": l.shortDate, "number": number,
		"list": func(all ...string) []string { return all },
		"add":  func(a, b int) int { return a + b },
	}
}

// city names a zone by its city, and the part of the world after it.
func (l language) city(zone string) string {
	at := strings.LastIndexByte(zone, '/')
	if at < 0 {
		return zone
	}
	part, _, _ := strings.Cut(zone, "/")
	name := strings.ReplaceAll(zone[at+1:], "_", " ")
	return wordFor(l.words["city"], zone[at+1:], name) + " (" + wordFor(l.words["part"], part, part) + ")"
}

// feltWord is the word for a feeling, or for what the body felt.
func (l language) feltWord(word string) string { return wordFor(l.felt, word, word) }

// say is a line with {1}, {2} filled in.
func (l language) say(key string, fill ...string) (string, error) {
	page, name, _ := strings.Cut(key, ".")
	line, ok := l.words[page][name]
	if !ok {
		return "", fmt.Errorf("there are no words for %q", key)
	}
	for i, f := range fill {
		line = strings.ReplaceAll(line, "{"+strconv.Itoa(i+1)+"}", f)
	}
	return line, nil
}

// date is a local date: "Mon 2 Mar 2026".
func (l language) date(d pace.Date) string {
	weekday := strings.Fields(l.words["when"]["weekdays"])[d.Weekday()]
	return weekday + " " + l.shortDate(d) + " " + strconv.Itoa(d.Year)
}

// shortDate is a date without its year: "2 Mar".
func (l language) shortDate(d pace.Date) string {
	return strconv.Itoa(d.Day) + " " + strings.Fields(l.words["when"]["months"])[d.Month-1]
}

// reason is why a reminder comes when it does; empty where there is nothing to say.
func (l language) reason(why string) string {
	return l.words["why"][strings.ReplaceAll(strings.ReplaceAll(why, ",", ""), " ", "_")]
}

// weekday is a day to tick.
type weekday struct {
	ID, Name string
	Day      time.Weekday
}

func (l language) weekdays() (list []weekday) {
	names := strings.Fields(l.words["when"]["weekdays"])
	for _, day := range []time.Weekday{1, 2, 3, 4, 5, 6, 0} {
		list = append(list, weekday{pace.DaysOf(day).String(), names[day], day})
	}
	return list
}

// stepView is a button that makes a plan slower or faster.
type stepView struct {
	Kind  string
	Plan  checkins.PlanID
	Name  string
	After *checkins.Plan
}

func asStep(kind string, plan checkins.PlanID, name string, after *checkins.Plan) stepView {
	return stepView{kind, plan, name, after}
}

// pace is how often: "2 a week"; empty for none.
func (l language) pace(p pace.Pace) (string, error) {
	unit := units[p.Unit]
	switch {
	case unit == "":
		return "", nil
	case p.Every > 1:
		return l.say("pace."+unit+"_every", strconv.Itoa(p.Every))
	case p.N == 1:
		return l.say("pace." + unit + "_once")
	}
	return l.say("pace."+unit+"_times", strconv.Itoa(p.N))
}

// rhythm is how often, on which days and at what time a plan comes.
func (l language) rhythm(p checkins.Plan) (string, error) {
	words, err := l.pace(p.Pace)
	if err != nil {
		return "", err
	}
	days, err := l.days(p.Days)
	if err != nil {
		return "", err
	}
	var times []string
	for _, c := range p.At {
		times = append(times, c.String())
	}
	clocks, err := l.series(times)
	if err != nil {
		return "", err
	}
	if when := strings.TrimSpace(days + " " + clocks); when != "" {
		words += ", " + when
	}
	return words, nil
}

func (l language) days(days pace.Days) (string, error) {
	switch days {
	case 0:
		return "", nil
	case pace.Weekdays:
		return l.say("when.workdays")
	case pace.Weekend:
		return l.say("when.weekends")
	case pace.EveryDay:
		return l.say("when.any_day")
	}
	var names []string
	all := strings.Fields(l.words["when"]["weekdays"])
	for _, day := range []time.Weekday{1, 2, 3, 4, 5, 6, 0} {
		if days.Has(day) {
			names = append(names, all[day])
		}
	}
	return l.series(names)
}

// series writes words with commas and an "and".
func (l language) series(words []string) (string, error) {
	if len(words) < 2 {
		return strings.Join(words, ""), nil
	}
	last := len(words) - 1
	return l.say("when.and", strings.Join(words[:last], ", "), words[last])
}

// when is an instant with its time, as somebody in a zone says it now.
func (l language) when(t, now time.Time, loc *time.Location) (string, error) {
	local := t.In(loc)
	clock := local.Format("15:04")
	switch pace.DateOf(local).DaysSince(pace.DateOf(now.In(loc))) {
	case 0:
		return l.say("when.today", clock)
	case 1:
		return l.say("when.tomorrow", clock)
	}
	weekday := strings.Fields(l.words["when"]["weekdays"])[local.Weekday()]
	month := strings.Fields(l.words["when"]["months"])[local.Month()-1]
	if t.Sub(now) > farAhead || now.Sub(t) > farAhead {
		month += " " + strconv.Itoa(local.Year())
	}
	return l.say("when.date", weekday, strconv.Itoa(local.Day()), month, clock)
}

// PlanNames names plans in the language of a locale, by what they begin with; empty
// for one of the person's own.
func (s *Set) PlanNames(locale string, plans []checkins.Plan) []string {
	_, l := s.pages.in(locale)
	return s.planNamesIn(planTongue{
		label:   func(p practice) string { return p.entry().Named(locale) },
		pace:    func(p pace.Pace) string { words, _ := l.pace(p); return words }, // its words are there: a test renders all
		channel: func(c checkins.Channel) string { words, _ := l.say("settings.by_" + string(c)); return words },
	}, plans)
}
