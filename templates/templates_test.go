package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

func TestOptionsThatMakeTextsTooLongAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		options Options
		want    string // "" = accepted
	}{
		{"plain", Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"}, ""},
		{"no contact", Options{Programme: "Microreach", Country: "US"}, ""},
		{"20 characters", Options{Programme: strings.Repeat("x", 20), Country: "US"}, ""},
		{"21 characters", Options{Programme: strings.Repeat("x", 21), Country: "US"}, "20 is the most"},
		{"11 extended characters", Options{Programme: strings.Repeat("€", 11), Country: "US"}, "takes 22"},
		{"no name", Options{Programme: " ", Country: "US"}, "no name"},
		{"name not in the alphabet", Options{Programme: "Мост", Country: "US"}, "GSM-7 lacks"},
		{"contact too long", Options{Programme: "Microreach", Contact: strings.Repeat("contact@example.org ", 9), Country: "US"}, "shorter contact"},
		{"country without lines", Options{Programme: "Microreach", Country: "XX"}, "only for AT, AU, CA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.options)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheCatalogueHasEveryPracticeOfTheDesign(t *testing.T) {
	want := map[checkins.PracticeKind]string{
		checkins.Reach: "check-in-text appreciate eye-contact one-feeling hard-day small-favour upset-text accept-help miss-you-first " +
			"stay-two-minutes notice-urge listen-and-acknowledge warm-return name-a-need name-the-hurt rehearse read-together",
		checkins.Boundary:   "small-no ask-for-space",
		checkins.ValueKind:  "value-act eightieth kind-of-partner",
		checkins.Journal:    "after-distance after-reach unsent-letter wished-reply win",
		checkins.Thought:    "having-the-thought evidence balanced experiment secure-self",
		checkins.Ground:     "breath-478 ground-senses body-word muscle-release soften loving-kindness",
		checkins.CheckInAsk: "closeness tension",
	}
	s := newSet(t, "US")
	count := 0
	for kind, ids := range want {
		for _, id := range strings.Fields(ids) {
			count++
			if p, ok := s.Practice(checkins.PracticeID(id)); !ok || p.Kind != kind {
				t.Errorf("%s: %+v", id, p)
			}
		}
	}
	if n := len(s.Practices()); n != count {
		t.Errorf("%d practices, want %d", n, count)
	}
}

func TestEveryMomentHasAPractice(t *testing.T) {
	s := newSet(t, "US")
	for word, want := range map[string]checkins.PracticeID{
		"breathe": "breath-478", "ground": "ground-senses", "urge": "notice-urge", "win": "win", "journal": "after-distance",
	} {
		if id, ok := s.Moment(word); !ok || id != want {
			t.Errorf("%s: %q", word, id)
		}
	}
	if id, ok := s.Moment(""); ok {
		t.Errorf("no word gives %s", id)
	}
}

func TestEveryTapPlanCanBeStarted(t *testing.T) {
	s := newSet(t, "US")
	plans := s.TapPlans()
	if len(plans) != 5 || plans[0].Label != "One small reach a week" {
		t.Fatalf("%d plans, the first %q", len(plans), plans[0].Label)
	}
	for _, p := range plans {
		rule := pace.Rule{Pace: p.Pace, Days: p.Days, At: p.At, Zone: time.UTC, Anchor: pace.DateOf(now)}
		if err := rule.Validate(); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
		if septets(p.Label) > maxLabel || len(segmentProblems(p.Label, 1)) > 0 {
			t.Errorf("%s: label %q", p.ID, p.Label)
		}
		for _, id := range p.Practices {
			if e, ok := s.Practice(id); !ok || e.Level > 2 || s.catalogue.practices[id].Page {
				t.Errorf("%s offers %s, level %d", p.ID, id, e.Level)
			}
		}
	}
}

func TestNoWordingComesTwiceRunning(t *testing.T) {
	s := newSet(t, "US")
	for _, p := range s.Practices() {
		for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
			for _, hide := range []bool{false, true} {
				last := ""
				for turn := range 13 {
					who := ana()
					who.Discreet = hide
					w, err := s.Words(checkins.Say{Template: "prompt", Channel: channel, Practice: p.ID, Turn: turn, Person: who})
					if err != nil {
						t.Fatal(err)
					}
					if w.Text == last && !s.catalogue.practices[p.ID].Page {
						t.Errorf("%s by %s, turn %d: %s", p.ID, channel, turn, w.Text)
					}
					last = w.Text
				}
			}
		}
	}
}

func TestNamesAreMadeFitForALine(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Ana", "Ana"},
		{"  Ana   Lee ", "Ana Lee"},
		{"", ""},
		{"Dr. J. R. O'Neil-Smith", "Dr. J. R. O'Neil-Smith"},
		{"Ana\r\n\r\nBcc", "Ana Bcc"},
		{"Ana\u2028\u2029B", "Ana B"},
		{"\u202eanA\u202c", "anA"},
		{"A\x00B\u200b", "A B"},
		{"Zoë 👩‍👧", "Zoë 👩‍👧"},
		{strings.Repeat("ä", 60), strings.Repeat("ä", 40)},
		{"evil.example", ""},
		{"see WWW evil", "see WWW evil"},
		{"www evil", ""},
		{"https://evil.example", ""},
		{"me@example.org", ""},
		{"\xff\xfe", ""},
	} {
		if got := calledName(c.name); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzNamesStayOneLineAndNoLink(f *testing.F) {
	for _, s := range []string{"Ana", "a.b", "a\nb", "\u202e", "👩‍👧", "\xff."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := calledName(name)
		if strings.ContainsAny(got, "\r\n@/:") || len([]rune(got)) > maxName || got != strings.TrimSpace(got) {
			t.Errorf("%q", got)
		}
	})
}

func TestMailsHoldNothingRemoteAndNoMarkupOfThePerson(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	s := newSet(t, "US")
	remote := regexp.MustCompile(`(?i)<img|<link|<script|<iframe|<a\s|https?:|url\(|@import|<[^>]*\son\w+=|<[^>]*javascript:|cid:`)
	evil := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `javascript:alert(1)`, `"><a href="http://evil.example">x</a>`,
		`</title><script>`, `<!--`, `{{.Contact}}`, "`${1}`",
	}
	for _, name := range names(t, checkins.Email) {
		for _, text := range evil {
			who := ana()
			who.Name = strings.NewReplacer("/", "", ":", "", ".", "").Replace(text)
			say := usual(who)
			say.Template, say.Channel, say.Subject = name, checkins.Email, "Re: "+text
			w, err := s.Words(say)
			if err != nil {
				t.Fatal(err)
			}
			body := w.HTML[strings.Index(w.HTML, "</title>"):]
			if found := remote.FindString(body); found != "" {
				t.Errorf("%s holds %q for %q", name, found, text)
			}
			if strings.Count(w.HTML, "</title>") != 1 || strings.Count(w.HTML, "<!--") != strings.Count(w.HTML, "<!--[if mso]>") {
				t.Errorf("%s is broken by %q", name, text)
			}
		}
	}
}

func TestASubjectThatIsAnsweredStaysOneLine(t *testing.T) {
	s := newSet(t, "US")
	say := usual(ana())
	say.Template, say.Channel, say.Subject = "noted", checkins.Email, "Re: small thing\r\n Bcc: x@example.org"
	w, err := s.Words(say)
	if err != nil || w.Subject != "Re: small thing Bcc: x@example.org" {
		t.Errorf("%q %v", w.Subject, err)
	}
}

func TestAnUnknownTemplateIsAnError(t *testing.T) {
	s := newSet(t, "US")
	for _, c := range []checkins.Channel{checkins.SMS, checkins.Email} {
		if _, err := s.Words(checkins.Say{Template: "no_such", Channel: c}); err == nil {
			t.Errorf("%s: no error", c)
		}
	}
}

func TestADiscreetAnswerNamesTheOutcomeOnly(t *testing.T) {
	s := newSet(t, "US")
	who := ana()
	who.Discreet = true
	say := usual(who)
	say.Reading.Feelings, say.Reading.Sensations, say.Reading.Note = []string{"anxious"}, []string{"knot"}, "he shouted"
	for _, name := range []string{"noted", "noted_hard", "noted_short"} {
		for _, c := range []checkins.Channel{checkins.SMS, checkins.Email} {
			say.Template, say.Channel = name, c
			w, err := s.Words(say)
			if err != nil {
				t.Fatal(err)
			}
			body, _, _ := strings.Cut(w.Text, "If that is not")
			if regexp.MustCompile(`8|tension|anxious|knot|shouted`).MatchString(body) {
				t.Errorf("%s by %s: %s", name, c, body)
			}
		}
	}
}

func TestNoSMSHoldsWhatThePersonWrote(t *testing.T) {
	s := newSet(t, "US")
	say := usual(ana())
	say.Person.Name, say.Subject = "Canary", "canary"
	say.Reading.Note, say.Reading.Practice = "canary", "canary"
	for _, name := range names(t, checkins.SMS) {
		say.Template, say.Channel = name, checkins.SMS
		w, err := s.Words(say)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(w.Text), "canary") {
			t.Errorf("%s: %s", name, w.Text)
		}
	}
}

func TestNoCommandOfOursIsAWordOfTheCarriers(t *testing.T) {
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Answers {
		if slices.Contains(r.Reserved.all(), a) {
			t.Errorf("%s is reserved (A08)", a)
		}
	}
}

// TestOurOwnWordsAreNeverReadAsALeave reads the texts of ours as if the person
// had sent them back whole, as phones do when they quote (B17, A10). Those that
// speak of leaving are not among them: they say the very words.
func TestOurOwnWordsAreNeverReadAsALeave(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	lexicon, err := Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	reader := reply.New(lexicon)
	s := newSet(t, "US")
	read := func(what, text string, after reply.After) {
		got := reader.Read(text, reply.Context{Now: now, After: after})
		if got.Crisis || slices.Contains([]reply.Intent{reply.IntentStop, reply.IntentMaybeStop, reply.IntentDelete, reply.IntentCrisis}, got.Intent) {
			t.Errorf("%s is read as %s (crisis %v): %s", what, got.Intent, got.Crisis, text)
		}
	}
	for _, id := range s.catalogue.order {
		p := s.catalogue.practices[id]
		for _, text := range slices.Concat(p.SMS, p.Mail, p.Parts, []string{p.Before, p.After, p.Label, p.Why}) {
			for _, quoted := range []string{text, "Microreach: " + text, "> " + text} {
				read(string(id), quoted, reply.After(p.Asks))
			}
		}
	}
	for _, name := range names(t, checkins.SMS) {
		for _, c := range goldenCases() {
			c.say.Template, c.say.Channel = name, checkins.SMS
			w, err := s.Words(c.say)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(w.Text, "STOP") && !strings.Contains(w.Text, s.crisis.in(c.say.Person.Zone).Text) {
				read(name, w.Text, reply.AfterReach)
			}
		}
	}
}
