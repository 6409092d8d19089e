// Package templates holds every word that the service says, and renders it.
//
// An occasion ("noted", "paused", "prompt") is one file in sms/ and one in
// email/, and in further languages one in email/es/ (tongue.go); the web pages are in web/, and what they say in web/en.toml and es.toml;
// what can be chosen is in practices/, whom to call in crisis.toml,
// what people are understood by in locales/, what carriers are told of it all
// in kit/. A mail's file begins with its subject and the line that a lock
// screen may show of it; its HTML is the same words in email/layout.html, so
// that the two can never differ. The weekly digest is in digest/, in each language
// that has it. Nothing in Go speaks to a person.
//
// lint.toml holds what our words never say. The tests hold every file to it,
// [CheckCatalogue] an operator's own catalogue: one segment of GSM-7
// ([Segments]), plain words ([Grade]), two ways to answer, nothing that
// presses, promises or gives away.
package templates

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"slices"
	"strings"
	"text/template"

	"github.com/microreach/microreach/checkins"
)

//go:embed sms/*.txt email/*.txt email/*/*.txt email/*.html kit/*.txt web/*.html web/*.toml web/*.css web/*.js practices/*.toml crisis.toml lint.toml digest/*
var files embed.FS

// Options is what an installation says about itself.
type Options struct {
	Programme string   // who writes: at most 20 GSM-7 characters, discreet
	Contact   string   // how to reach the operator: a mailbox, a number or a page; empty = not said, though A05 asks for one
	Country   string   // whose crisis lines are named where a person's own country is not known, "US"
	Countries []string // the others that are texted: each must have crisis lines
	MailOnly  bool     // no texts are sent: a Country without crisis lines is not refused, its people are shown a directory
	Crisis    []byte   // the operator's own crisis lines, in the form of crisis.toml; nil = none
	Catalogue []byte   // the operator's own catalogue file; nil = none
}

// Set is the words of one installation. It is safe for concurrent use.
type Set struct {
	options      Options
	sms          *template.Template
	email        *template.Template
	tongues      map[string]tongue  // mails in further languages, by their tag
	kit          *template.Template // for whoever registers the programme
	layout       *htmltemplate.Template
	digestLayout *htmltemplate.Template
	pages        pages
	style        []byte
	script       []byte
	catalogue    *catalogue
	plans        []checkins.TapPlan
	digests      map[string]*digestSet // by language
	crisis       *crisisBook
	marker       string   // stands over every mail
	ours         []string // pieces of our texts, in small letters: see Ours
}

// New reads the words. An error means that a file of the program itself, or an
// option, is wrong, and says which; a *NoLinesError, that a country has no
// crisis lines.
func New(o Options) (*Set, error) {
	s := &Set{options: o}
	if err := s.parse(); err != nil {
		return nil, err
	}
	var err error
	if s.pages, err = readPages(); err != nil {
		return nil, err
	}
	if s.style, err = files.ReadFile("web/style.css"); err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	if s.script, err = files.ReadFile("web/page.js"); err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	if s.catalogue, err = readCatalogue(); err != nil {
		return nil, err
	}
	if s.plans, err = readPlans(); err != nil {
		return nil, err
	}
	if err = s.readDigests(); err != nil {
		return nil, err
	}
	if s.crisis, err = readCrisis(o); err != nil {
		return nil, err
	}
	if o.Catalogue != nil {
		file, problems := s.catalogue.check("the catalogue", o.Catalogue)
		if len(problems) > 0 {
			return nil, fmt.Errorf("catalogue, line %d: %s (%d to mend in all; `microreach try catalogue FILE` lists them)",
				problems[0].Line, problems[0].Message, len(problems))
		}
		s.catalogue.take(file)
	}
	if s.ours, err = s.fixedWords(); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	return s, s.checkOptions()
}

func (s *Set) parse() (err error) {
	funcs := template.FuncMap{"number": number, "list": list, "series": series, "choices": choices, "variant": func(turn, of int) int { return turn % of }, "inc": func(i int) int { return i + 1 }}
	if s.sms, err = template.New("sms").Funcs(funcs).ParseFS(files, "sms/*.txt"); err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	if s.email, err = template.New("email").Funcs(funcs).ParseFS(files, "sms/_*.txt", "email/*.txt"); err != nil {
		return fmt.Errorf("read mails: %w", err)
	}
	if err = s.readTongues(funcs); err != nil {
		return err
	}
	if s.kit, err = template.New("kit").Funcs(funcs).ParseFS(files, "kit/*.txt"); err != nil {
		return fmt.Errorf("read the kit: %w", err)
	}
	var marker strings.Builder
	if err = s.email.ExecuteTemplate(&marker, "marker", nil); err != nil {
		return fmt.Errorf("read mails: %w", err)
	}
	s.marker = marker.String()
	layoutFuncs := htmltemplate.FuncMap{"outlook": func(part string) htmltemplate.HTML { return outlook[part] }}
	if s.layout, err = htmltemplate.New("layout.html").Funcs(layoutFuncs).ParseFS(files, "email/layout.html"); err != nil {
		return fmt.Errorf("read mail layout: %w", err)
	}
	return nil
}

// checkOptions refuses names that would make texts longer than they may be.
func (s *Set) checkOptions() error {
	name := s.options.Programme
	if strings.TrimSpace(name) == "" {
		return fmt.Errorf("the programme has no name: every text begins with it")
	}
	for _, what := range segmentProblems(name, 1) {
		return fmt.Errorf("the programme's name %q %s", name, what)
	}
	if n := septets(name); n > maxProgramme {
		return fmt.Errorf("the programme's name %q takes %d characters: %d is the most", name, n, maxProgramme)
	}
	for _, lines := range s.crisis.byCountry {
		help, err := render(s.sms, "help", view{Programme: name, Contact: s.options.Contact, Crisis: lines.Text})
		if err != nil {
			return err
		}
		for _, what := range segmentProblems(help, 2) {
			return fmt.Errorf("the text for HELP %s: choose a shorter contact", what)
		}
	}
	return nil
}

// Words implements checkins.Wording.
func (s *Set) Words(say checkins.Say) (checkins.Words, error) {
	return s.say(say, s.crisis.in(say.Person.Zone))
}

// say renders words with the crisis lines of a country.
func (s *Set) say(say checkins.Say, lines crisisLines) (checkins.Words, error) {
	v := s.view(say)
	v.Crisis, v.Safe = lines.Text, lines.Safe
	if say.Channel == checkins.SMS {
		text, err := render(s.sms, say.Template, v)
		if err == nil && v.Because != "" && len(segmentProblems(text, 1)) > 0 {
			v.Because = "" // a reason of their own is said where there is room for it
			text, err = render(s.sms, say.Template, v)
		}
		return checkins.Words{Text: text}, err
	}
	t, ok := s.tongueOf(say)
	if !ok {
		return s.mail(say.Template, v, say.Subject)
	}
	lines = lines.said(t.tag)
	v.Crisis, v.Safe = lines.Text, lines.Safe
	if err := s.speak(&v, say, t.tag); err != nil {
		return checkins.Words{}, fmt.Errorf("words for %q: %w", say.Template, err)
	}
	return s.mailIn(t, say.Template, v, say.Subject)
}

// mail renders a mail in English. answered is the subject of the mail that it answers.
func (s *Set) mail(name string, v view, answered string) (checkins.Words, error) {
	return s.mailIn(tongue{tag: defaultLanguage, mails: s.email, marker: s.marker}, name, v, answered)
}

// mailIn renders a mail in a language.
func (s *Set) mailIn(in tongue, name string, v view, answered string) (checkins.Words, error) {
	text, err := render(in.mails, name, v)
	if err != nil {
		return checkins.Words{}, err
	}
	m, err := parseMail(text)
	if err != nil {
		return checkins.Words{}, fmt.Errorf("words for %q: %w", name, err)
	}
	m.Lang, m.Marker, m.Link, m.Leave = in.tag, in.marker, v.Link, v.Leave
	if answered = strings.Join(strings.Fields(answered), " "); answered != "" {
		m.Subject = answered
	}
	var html bytes.Buffer
	if err := s.layout.Execute(&html, m); err != nil {
		return checkins.Words{}, fmt.Errorf("words for %q: %w", name, err)
	}
	return checkins.Words{Subject: m.Subject, Text: m.text(), HTML: html.String()}, nil
}

func render(t *template.Template, name string, v view) (string, error) {
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name+".txt", v); err != nil {
		return "", fmt.Errorf("words for %q: %w", name, err)
	}
	return strings.TrimSpace(b.String()), nil
}

// Practice implements checkins.Wording. An entry that the operator hid is
// still known, for the records that name it.
func (s *Set) Practice(id checkins.PracticeID) (checkins.Practice, bool) {
	p, ok := s.catalogue.practices[id]
	return p.entry(), ok
}

// Practices lists what can be chosen, in the catalogue's own order.
func (s *Set) Practices() []checkins.Practice {
	var shown []checkins.Practice
	for _, id := range s.catalogue.order {
		if p := s.catalogue.practices[id]; !p.Hide {
			shown = append(shown, p.entry())
		}
	}
	return shown
}

// TapPlans implements checkins.Wording. The default comes first.
func (s *Set) TapPlans() []checkins.TapPlan { return s.plans }

// Names lists the templates of a channel.
func (s *Set) Names(c checkins.Channel) (names []string) {
	set := s.email
	if c == checkins.SMS {
		set = s.sms
	}
	for _, t := range set.Templates() {
		if name, ok := strings.CutSuffix(t.Name(), ".txt"); ok && !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// OwnLength says how long a text with a reach in somebody's own words is: its
// encoding and its segments.
func (s *Set) OwnLength(words string) string {
	text, err := render(s.sms, "show", view{Programme: s.options.Programme, Own: sentence(oneLine(words))})
	if err != nil {
		return "an unknown number of segments"
	}
	encoding, n := Segments(text)
	if n == 1 {
		return fmt.Sprintf("one segment by text (%s)", encoding)
	}
	return fmt.Sprintf("%d segments by text (%s)", n, encoding)
}

// Moment is the practice that a word asks for in the moment: breathe, ground,
// urge, win or journal. The first of the catalogue that has the word is it.
func (s *Set) Moment(word string) (checkins.PracticeID, bool) {
	for _, id := range s.catalogue.order {
		if p := s.catalogue.practices[id]; word != "" && p.Moment == word && !p.Hide {
			return id, true
		}
	}
	return "", false
}
