package templates

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file under testdata/golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test ./templates -update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test ./templates -update and read the difference:\n%s", file, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n\twant %s\n\tgot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// now is a Wednesday afternoon in New York.
var now = time.Date(2026, time.March, 4, 20, 30, 0, 0, time.UTC)

// goldenCase is a person and what there is to say to them.
type goldenCase struct {
	name string
	say  checkins.Say
}

func ana() checkins.Participant {
	return checkins.Participant{Name: "Ana", Zone: "America/New_York", Locale: "en"}
}

// usual is a situation in which every template has something to say.
func usual(who checkins.Participant) checkins.Say {
	eight, three := 8.0, 3.0
	return checkins.Say{
		Person: who, Practice: "one-feeling", Now: now,
		Pace: pace.Pace{N: 2, Every: 1, Unit: pace.Week}, Days: pace.DaysOf(time.Monday, time.Thursday), At: []pace.Clock{19 * 60},
		By: checkins.Email, Code: "123456",
		Until: time.Date(2026, time.March, 9, 4, 0, 0, 0, time.UTC), Next: checkins.Due{At: time.Date(2026, time.March, 6, 0, 0, 0, 0, time.UTC), Why: "slot"},
		Reading: &reply.Reading{Intent: reply.IntentCheckIn, Outcome: reply.OutcomeDone, RatingBefore: &eight, Rating: &three},
	}
}

var twoChoices = []string{"One small reach a week", "Closeness check-in, daily"}

// choosing are the templates that are about a list.
var choosing = []string{"menu", "menu_plans", "offer", "prompt_choice", "which_plan", "which_zone"}

// leading are the templates whose golden file shows links to pages: those that
// lead somewhere, and one with the usual foot.
var leading = []string{"opt_in", "settings", "prompt"}

// goldenCases are the awkward people, then the awkward moments.
func goldenCases() (all []goldenCase) {
	for _, p := range []struct {
		name  string
		alter func(*checkins.Participant)
	}{
		{"usual", func(*checkins.Participant) {}},
		{"no name", func(p *checkins.Participant) { p.Name = "" }},
		{"a name of 40 letters", func(p *checkins.Participant) { p.Name = "Maria-Magdalena von und zu Hohenlohe-Lang" }},
		{"a name with quotes and HTML", func(p *checkins.Participant) { p.Name = `Ann "Nan" <b>O'Hara & Co <script>` }},
		{"a name with emoji", func(p *checkins.Participant) { p.Name = "Zoë 🌿👩‍👧" }},
		{"a name from right to left", func(p *checkins.Participant) { p.Name = "\u202eשרה כהן\u2069" }},
		{"a name with line breaks", func(p *checkins.Participant) { p.Name = "Ana\r\nBcc: x\n\nstranger" }},
		{"a name that is a link", func(p *checkins.Participant) { p.Name = "Win http://evil.example/now" }},
		{"discreet", func(p *checkins.Participant) { p.Discreet = true }},
		{"another zone", func(p *checkins.Participant) { p.Zone = "Pacific/Auckland" }},
	} {
		who := ana()
		p.alter(&who)
		all = append(all, goldenCase{name: p.name, say: usual(who)})
	}
	quiet := ana()
	quiet.Discreet = true
	all = append(all, awkwardMoments(ana(), "")...)
	return append(all, awkwardMoments(quiet, "discreet, ")...)
}

// awkwardMoments are the moments that one person goes through.
func awkwardMoments(who checkins.Participant, prefix string) (all []goldenCase) {
	add := func(name string, alter func(*checkins.Say)) {
		say := usual(who)
		read := *say.Reading
		say.Reading = &read
		alter(&say)
		all = append(all, goldenCase{name: prefix + name, say: say})
	}
	half := 6.5
	for _, o := range []reply.Outcome{reply.OutcomeDone, reply.OutcomePartly, reply.OutcomeNotYet, reply.OutcomeSkipped} {
		add("only "+string(o), func(s *checkins.Say) { s.Reading = &reply.Reading{Outcome: o} })
	}
	add("numbers only", func(s *checkins.Say) { s.Reading.Outcome = "" })
	add("one number", func(s *checkins.Say) { s.Practice = "closeness"; s.Reading = &reply.Reading{Rating: &half} })
	add("only the number before", func(s *checkins.Say) { s.Reading = &reply.Reading{RatingBefore: &half} })
	add("own words", func(s *checkins.Say) { s.Reading = &reply.Reading{Note: "it rained"} })
	add("feelings", func(s *checkins.Say) { s.Reading.Feelings = []string{"anxious", "relieved"} })
	add("five feelings and a body word", func(s *checkins.Say) {
		s.Reading.Feelings = []string{"anxious", "sad", "angry", "hopeful", "tired"}
		s.Reading.Sensations = []string{"tight chest"}
	})
	add("a correction", func(s *checkins.Say) { s.Reading.Amends = true })
	add("hard words", func(s *checkins.Say) { s.Reading.Crisis = true })
	for _, reason := range []string{reply.ReasonImpossibleDate, reply.ReasonImpossibleTime, reply.ReasonPast, reply.ReasonTooLong, reply.ReasonAmbiguous} {
		add(reason, func(s *checkins.Say) { s.Reading = &reply.Reading{Intent: reply.IntentUnclear, Reason: reason} })
	}
	add("open pause", func(s *checkins.Say) { s.Until = time.Time{}; s.Next = checkins.Due{} })
	add("a pause till an hour", func(s *checkins.Say) { s.Until = now.Add(3 * time.Hour) })
	add("long pause into another year", func(s *checkins.Say) { s.Until = time.Date(2027, time.February, 1, 5, 0, 0, 0, time.UTC) })
	add("next one today", func(s *checkins.Say) { s.Next = checkins.Due{At: now.Add(time.Hour), Why: "moved by you"} })
	add("next one tomorrow", func(s *checkins.Say) { s.Next = checkins.Due{At: now.Add(26 * time.Hour), Why: "dst gap"} })
	add("next one another year", func(s *checkins.Say) { s.Next = checkins.Due{At: now.AddDate(1, 0, 0)} })
	add("three ahead", func(s *checkins.Say) {
		s.Coming = []checkins.Due{s.Next, {At: now.AddDate(0, 0, 5), Why: "moved into hours"}, {At: now.AddDate(0, 0, 8), Why: "slot"}}
	})
	add("at rest", func(s *checkins.Say) { s.Pace = pace.Pace{} })
	add("twice a day", func(s *checkins.Say) {
		s.Pace, s.Days, s.At = pace.Pace{N: 2, Every: 1, Unit: pace.Day}, 0, []pace.Clock{8 * 60, 20*60 + 30}
	})
	add("once in 3 weeks", func(s *checkins.Say) { s.Pace, s.Days, s.At = pace.Pace{N: 1, Every: 3, Unit: pace.Week}, 0, nil })
	add("two to choose from", func(s *checkins.Say) { s.Choices = twoChoices })
	add("two practices to choose from", func(s *checkins.Say) {
		s.Choices, s.Picks = []string{"Share one honest feeling", "Ask someone how they are"}, []checkins.PracticeID{"one-feeling", "check-in-text"}
	})
	add("an own reach", func(s *checkins.Say) { s.Practice, s.Own = "own-1", "Text my sister on Sundays" })
	add("a reason", func(s *checkins.Say) { s.Because = "I want to be there." })
	add("a longer reason", func(s *checkins.Say) { s.Because = strings.Repeat("I want to be a present partner. ", 8) })
	add("words that are not kept", func(s *checkins.Say) { s.NotKept = true })
	add("a number before", func(s *checkins.Say) { s.Before = &half })
	add("past words", func(s *checkins.Say) { s.Past = []string{"I stayed <b>put</b>\n-- \nand it was fine", "she laughed"} })
	add("five to choose from", func(s *checkins.Say) {
		s.Choices = []string{"Ask someone how they are", "Tell someone one good thing", "Soften hands, jaw, shoulders", "One word for your body", "Say it's a hard day"}
	})
	add("several plans", func(s *checkins.Say) {
		s.Plan = "b"
		s.Plans = []checkins.Plan{
			{ID: "a", Practices: []checkins.PracticeID{"one-feeling"}, Pace: s.Pace, Channel: checkins.SMS},
			{ID: "b", Practices: []checkins.PracticeID{"breathe", "win"}, Pace: s.Pace, Channel: checkins.SMS},
		}
	})
	add("several plans of one practice", func(s *checkins.Say) {
		s.Choices = nil
		s.Plans = []checkins.Plan{
			{ID: "a", Practices: []checkins.PracticeID{"one-feeling"}, Pace: s.Pace, Channel: checkins.SMS},
			{ID: "b", Practices: []checkins.PracticeID{"one-feeling"}, Pace: s.Pace, Channel: checkins.Email},
			{ID: "c", Practices: []checkins.PracticeID{"one-feeling", "win"}, Pace: pace.Pace{N: 1, Every: 2, Unit: pace.Week}, Channel: checkins.SMS},
		}
	})
	add("a practice with a guess", func(s *checkins.Say) { s.Practice = "small-favour" })
	add("a practice in parts", func(s *checkins.Say) { s.Practice = "after-distance" })
	add("its second part", func(s *checkins.Say) { s.Practice, s.Turn = "after-distance", 1 })
	add("a check-in", func(s *checkins.Say) { s.Practice = "tension" })
	add("pages", func(s *checkins.Say) {
		s.Link, s.Leave = "https://reach.example.org/s/abcdefghijklmnopqrstuvwxyz", "https://reach.example.org/u/234567abcdefghijklmnopqrst"
	})
	add("the next wording", func(s *checkins.Say) { s.Turn = 1 })
	return all
}

func TestWordsAreAsInTheGoldenFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many words: nothing here for the race detector to see")
	}
	s := newSet(t, "US")
	for _, name := range names(t, checkins.SMS) {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			fmt.Fprintf(&b, "# %s\n", name)
			for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
				fmt.Fprintf(&b, "\n## %s\n", channel)
				writeCases(t, &b, s, name, channel)
			}
			golden(t, name+".txt", b.String())
		})
	}
}

// writeCases writes what each case gets, those that get the same together.
func writeCases(t *testing.T, b *strings.Builder, s *Set, name string, channel checkins.Channel) {
	var order []string
	who := map[string][]string{}
	for _, c := range goldenCases() {
		c.say.Template, c.say.Channel = name, channel
		if slices.Contains(choosing, name) && c.say.Choices == nil {
			c.say.Choices = twoChoices
		}
		if name == "offer" {
			c.say.Choices = c.say.Choices[:1]
		}
		if !asksFor(name, s.catalogue.practices[c.say.Practice]) || strings.HasSuffix(c.name, "pages") && !slices.Contains(leading, name) {
			continue
		}
		words := rendered(t, s, name, channel, s.view(c.say))
		if len(who[words]) == 0 {
			order = append(order, words)
		}
		who[words] = append(who[words], c.name)
	}
	most := order[0]
	for _, words := range order {
		if len(who[words]) > len(who[most]) {
			most = words
		}
	}
	who[most] = []string{who[most][0] + ", and all who are not named here"}
	for _, words := range order {
		fmt.Fprintf(b, "\n--- %s\n%s\n", few(who[words]), words)
	}
}

// few names the first of many.
func few(cases []string) string {
	const most = 5
	if more := len(cases) - most; more > 1 {
		return fmt.Sprintf("%s; and %d more", strings.Join(cases[:most], "; "), more)
	}
	return strings.Join(cases, "; ")
}

// rendered is one message as a golden file shows it.
func rendered(t *testing.T, s *Set, name string, channel checkins.Channel, v view) string {
	t.Helper()
	if channel == checkins.SMS {
		text, err := render(s.sms, name, v)
		if err != nil {
			t.Fatal(err)
		}
		encoding, n := Segments(text)
		return fmt.Sprintf("%s\n    (%s, %d characters, %d segment%s)", text, encoding, septets(text), n, map[bool]string{true: "s"}[n != 1])
	}
	w, err := s.mail(name, v, "")
	if err != nil {
		t.Fatal(err)
	}
	if said, want := seen(w.HTML), flat(w.Text); said != want {
		t.Errorf("the HTML says\n%s\nthe text says\n%s", said, want)
	}
	return "Subject: " + w.Subject + "\n\n" + strings.TrimSpace(w.Text)
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	hidden = regexp.MustCompile(`(?s)<head>.*</head>|<div style="display:none.*?</div>`)
)

// seen is what a reader sees of a mail's HTML, in one line.
func seen(page string) string {
	return flat(html.UnescapeString(tags.ReplaceAllString(hidden.ReplaceAllString(page, ""), " ")))
}

// flat is text in one line, without the mark over its foot.
func flat(text string) string {
	return strings.Join(strings.Fields(strings.Replace(text, footMark, "\n", 1)), " ")
}

func TestTheWholePageOfAMailIsAsInItsGoldenFile(t *testing.T) {
	s := newSet(t, "US")
	who := ana()
	who.Name = `Ann "Nan" <b>O'Hara & Co <script>`
	say := usual(who)
	say.Template, say.Channel = "prompt", checkins.Email
	w, err := s.Words(say)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "prompt.html", w.HTML)
}

func TestEveryWordingIsAsInTheGoldenFile(t *testing.T) {
	s := newSet(t, "US")
	var b strings.Builder
	for _, id := range s.catalogue.order {
		p := s.catalogue.practices[id]
		fmt.Fprintf(&b, "# %s: %s (%s, level %d, asks %s)\n", id, p.Label, p.Kind, p.Level, p.Asks)
		for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
			for turn := range p.full(channel) {
				say := usual(ana())
				say.Template, say.Channel, say.Practice, say.Turn = "prompt", channel, id, turn
				fmt.Fprintf(&b, "\n%s\n", rendered(t, s, "prompt", channel, s.view(say)))
			}
		}
		b.WriteString("\n\n")
	}
	golden(t, "catalogue.txt", b.String())
}
