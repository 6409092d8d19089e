package templates

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

func TestOurCatalogueHasNoProblems(t *testing.T) {
	raw, err := files.ReadFile("practices/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range CheckCatalogue("practices/en.toml", raw) {
		t.Errorf("line %d: %s", p.Line, p.Message)
	}
}

// longest is a view whose every word is as long as it may be, one for each
// case that a template tells apart.
func longest(s *Set) []view {
	eight, nine := 8.5, 9.5
	v := view{
		Programme: strings.Repeat("M", maxProgramme), Contact: "reminders-desk@example-clinic.org", Crisis: s.crisis.in("").Text,
		Safe: s.crisis.in("").Safe,
		Name: strings.Repeat("Wilhelmina ", 4)[:maxName], Measure: "closeness",
		Pace: "once every 2 weeks", Rhythm: "6 a week, Mon, Tue, Wed, Thu, Fri and Sat 19:00",
		Until: "Wed 25 Mar 2026 19:00", Next: "Wed 25 Mar 2026 19:00",
		Coming:  []coming{{"Wed 25 Mar 19:00", "moved into hours"}, {"Thu 26 Mar 19:00", "after pause"}, {"Fri 27 Mar 19:00", "slot"}},
		Choices: slices.Repeat([]string{"Slow breath: in 4, hold 7, out 8"}, 4),
		Others:  true, Offered: "Slow breath: in 4, hold 7, out 8", By: "by text", Plan: "Let someone help with two things",
	}
	v.Reading = reply.Reading{
		Outcome: reply.OutcomePartly, RatingBefore: &nine, Rating: &eight, Crisis: true,
		Feelings: []string{"disconnected", "disappointed", "overwhelmed", "hopeful"}, Sensations: []string{"tight chest"},
	}
	v.Body = true
	var all []view
	for _, reason := range []string{"", reply.ReasonImpossibleDate, reply.ReasonImpossibleTime, reply.ReasonPast, reply.ReasonTooLong, reply.ReasonAmbiguous, reply.ReasonUnknown} {
		w := v
		w.Reading.Reason = reason
		all = append(all, w)
	}
	quiet := v
	quiet.Coming, quiet.Rhythm = nil, ""
	hidden := v
	hidden.Discreet = true
	paged := v
	paged.Link = "https://" + strings.Repeat("x", 64-8-3-26) + "/s/" + strings.Repeat("m", 26)
	paged.Leave = paged.Link
	return append(all, paged, quiet, hidden)
}

// ofPractice is what a template that speaks of a practice holds.
var ofPractice = regexp.MustCompile(`\.(Prompt|Full|Label|Before|After|Part)\b|"(short|mailanswers|whole|afterwards|ask)"`)

// filled are the longest views of a template: one for each wording of each
// practice where it speaks of one.
func filled(s *Set, name string, channel checkins.Channel) (all []view) {
	views := longest(s)
	if name == "which_zone" {
		for i := range views { // it lists cities, not practices
			views[i].Choices = []string{"New York", "Chicago", "Denver", "Phoenix", "Los Angeles", "Anchorage"}
		}
	}
	if !ofPractice.MatchString(templateText(name, channel)) {
		return views
	}
	for _, base := range []view{views[0], views[len(views)-1]} {
		for _, id := range s.catalogue.order {
			p := s.catalogue.practices[id]
			if channel == checkins.SMS && p.Page || !asksFor(name, p) {
				continue
			}
			for turn := range max(len(p.full(channel)), len(p.Parts)) {
				v := base
				v.speakOf(p, s.catalogue.smsDiscreet, checkins.Say{Channel: channel, Turn: turn})
				all = append(all, v)
			}
		}
	}
	return all
}

// asksFor reports whether a practice has what a template is about.
func asksFor(name string, p practice) bool {
	switch name {
	case "before":
		return p.Before != ""
	case "follow_up":
		return p.After != ""
	case "part":
		return len(p.Parts) > 0
	}
	return true
}

func templateText(name string, c checkins.Channel) string {
	raw, _ := files.ReadFile(path.Join(string(c), name+".txt"))
	return string(raw)
}

// names lists the templates of a channel.
func names(t *testing.T, c checkins.Channel) (all []string) {
	t.Helper()
	found, err := fs.Glob(files, string(c)+"/[a-z]*.txt")
	if err != nil || len(found) == 0 {
		t.Fatal("no templates", err)
	}
	for _, f := range found {
		all = append(all, strings.TrimSuffix(path.Base(f), ".txt"))
	}
	return all
}

// twoSegments are the texts that may be two segments long (A24).
var twoSegments = []string{"opt_in", "help", "crisis", "crisis_safe", "stopped", "maybe_stop"}

// asking are the templates that ask for something: each names two ways on.
var asking = []string{
	"opt_in", "prompt", "prompt_choice", "prompt_monthly", "prompt_neutral", "pause_return", "long_pause_return", "taper_note", "rest_note",
	"show", "before", "follow_up", "part", "menu", "offer", "which_plan", "review", "how_to_change", "maybe_stop", "status", "noted_hard", "slowest",
}

// frank are the texts that say the same on every lock screen: what was asked to
// be shown, and whom to call.
var frank = []string{"show", "crisis", "stopped", "maybe_stop"}

func newSet(t testing.TB, country string) *Set {
	t.Helper()
	s, err := New(Options{Programme: "Microreach", Contact: "help@example.org", Country: country})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryTemplateExistsForBothChannels(t *testing.T) {
	if sms, mail := names(t, checkins.SMS), names(t, checkins.Email); !slices.Equal(sms, mail) {
		t.Errorf("texts %v\nmails %v", sms, mail)
	}
}

func TestEveryTemplateSaysWhatItNeeds(t *testing.T) {
	for _, c := range []checkins.Channel{checkins.SMS, checkins.Email} {
		for _, name := range names(t, c) {
			if !strings.HasPrefix(templateText(name, c), "{{- /* Needs: ") {
				t.Errorf("%s/%s does not begin with what it needs", c, name)
			}
		}
	}
}

func TestEveryTextKeepsTheRules(t *testing.T) {
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	s := newSet(t, "US")
	for _, name := range names(t, checkins.SMS) {
		most := 1
		if slices.Contains(twoSegments, name) {
			most = 2
		}
		for _, v := range filled(s, name, checkins.SMS) {
			text, err := render(s.sms, name, v)
			if err != nil {
				t.Fatal(err)
			}
			problems := segmentProblems(text, most)
			if !strings.HasPrefix(text, v.Programme+": ") {
				problems = append(problems, "does not begin with the programme's name")
			}
			at := lockscreen
			if v.Discreet && !slices.Contains(frank, name) {
				at = discreet
			}
			words := strings.TrimPrefix(text, v.Programme+": ")
			problems = append(problems, r.voice(withoutFilled(words, v), at)...)
			problems = append(problems, r.offersReserved(strings.ReplaceAll(words, "Reply YES to start", ""))...)
			if slices.Contains(asking, name) && r.ways(words)+named(words) < 2 {
				problems = append(problems, "names fewer than two ways to go on")
			}
			report(t, "sms/"+name, problems, text)
		}
	}
}

func report(t *testing.T, name string, problems []string, text string) {
	t.Helper()
	for _, what := range problems {
		t.Errorf("%s %s\n\t%s", name, what, text)
	}
}

// withoutFilled is a text without what was filled in from the lexicon or the
// options: those are not the template's words.
func withoutFilled(text string, v view) string {
	for _, filled := range append(append([]string{v.Contact, v.Crisis, v.Safe, v.Name, v.Link, v.Leave}, v.Reading.Feelings...), v.Reading.Sensations...) {
		if filled != "" {
			text = strings.ReplaceAll(text, filled, "it")
		}
	}
	return text
}

// named counts the ways on that are no answers to a prompt: to leave, to let it
// be, to say something to a question.
func named(text string) (n int) {
	for _, way := range []string{"STOP", "YES", "leave it", "no answer", "?"} {
		if strings.Contains(text, way) || strings.Contains(strings.ToLower(text), way) {
			n++
		}
	}
	return n
}

func TestEveryMailKeepsTheRules(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	s := newSet(t, "US")
	for _, name := range names(t, checkins.Email) {
		for _, v := range filled(s, name, checkins.Email) {
			words, err := s.mail(name, v, "")
			if err != nil {
				t.Fatal(err)
			}
			problems := r.voice(withoutFilled(bodyOf(words.Text), v), everywhere)
			problems = append(problems, r.offersReserved(strings.ReplaceAll(words.Text, "reply YES to this mail", ""))...)
			rendered, _ := render(s.email, name, v)
			m, err := parseMail(rendered)
			if err != nil {
				t.Fatal(err)
			}
			for _, head := range []string{m.Subject, m.Preview} {
				for _, what := range r.voice(strings.TrimPrefix(head, v.Programme), discreet) {
					problems = append(problems, fmt.Sprintf("subject or preview %q %s", head, what))
				}
			}
			if n := len(words.Subject); n > 60 {
				problems = append(problems, fmt.Sprintf("subject of %d characters", n))
			}
			if len(m.Preview) < 12 {
				problems = append(problems, "has no preview")
			}
			report(t, "email/"+name, problems, words.Text)
		}
	}
}

// The documents promise no more than the texts do (D03).
func TestNoDocumentPromisesWhatAMachineCannotKeep(t *testing.T) {
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	r.Banned = slices.DeleteFunc(r.Banned, func(b bannedWords) bool { return !strings.Contains(b.Why, "(D03)") })
	documents, err := filepath.Glob("../cmd/microreach/*.go")
	if err != nil || len(r.Banned) != 1 || len(documents) == 0 {
		t.Fatalf("%d rules, %d files, %v", len(r.Banned), len(documents), err)
	}
	for _, file := range append(documents, "../README.md", "../config.example.toml", "kit/10dlc.txt") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range r.banned(string(raw), everywhere) {
			t.Errorf("%s: %s", file, what)
		}
	}
}

// bodyOf is a mail's text without marker and foot.
func bodyOf(text string) string {
	body, _, _ := strings.Cut(text, footMark)
	return body
}

// withLines are the texts that say whom to call.
var withLines = append([]string{"crisis_again"}, twoSegments...)

func TestEveryTextByEveryCountryFitsItsSegments(t *testing.T) {
	book := newSet(t, "US").crisis
	for _, country := range book.countries() {
		s := newSet(t, country)
		for _, name := range withLines {
			most := 1
			if slices.Contains(twoSegments, name) {
				most = 2
			}
			for _, v := range filled(s, name, checkins.SMS) {
				text, err := render(s.sms, name, v)
				if err != nil {
					t.Fatal(err)
				}
				for _, what := range segmentProblems(text, most) {
					t.Errorf("%s %s %s: %s", country, name, what, text)
				}
			}
		}
	}
}
