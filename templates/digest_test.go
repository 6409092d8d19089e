package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/digest"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

func val(v float64) *float64 { return &v }

// fullWeek has something of everything that a digest can say, in people's words
// where they have some.
func fullWeek(theirs string) digest.Week {
	at := time.Date(2026, time.November, 24, 19, 0, 0, 0, time.UTC)
	entries := []digest.Entry{
		{At: at, Practice: "one-feeling", Outcome: reply.OutcomeDone, Measure: "tension", Before: val(8), After: val(3), Words: theirs},
		{At: at, Practice: "small-favour", Outcome: reply.OutcomePartly, Measure: "tension", Before: val(8), After: val(3), Remembered: true, Expected: theirs, Words: theirs},
		{At: at, Practice: "own-1", Label: theirs, Expected: theirs, Measure: "closeness", After: val(6.5)},
		{At: at, Measure: "tension", Before: val(5)},
	}
	var coming []digest.Coming
	for i := range 3 {
		coming = append(coming, digest.Coming{
			At: at.AddDate(0, 0, 6+i), Practices: []checkins.PracticeID{"soften", "own-1"}, Labels: []string{"", theirs}, Channel: []checkins.Channel{checkins.SMS, checkins.Email}[i%2],
		})
	}
	past := entries[0]
	return digest.Week{
		From: at.AddDate(0, 0, -2), To: at.AddDate(0, 0, 5), Approached: entries, Grounded: entries, Written: entries,
		Counts: digest.Counts{Approached: 4, Grounded: 4, Written: 4}, Chart: true,
		Series: []digest.Series{
			{Measure: "closeness", Points: []digest.Point{{At: at, After: val(4)}, {At: at.Add(25 * time.Hour), After: val(7)}}},
			{Measure: "tension", Points: []digest.Point{{At: at, Before: val(8), After: val(3)}, {At: at.Add(time.Hour), Before: val(6)}, {At: at.Add(2 * time.Hour), After: val(2)}}},
		},
		Feelings: []digest.Count{{Word: "nervous", Times: 3}, {Word: "glad", Times: 1}}, Body: []digest.Count{{Word: "tight chest", Times: 1}},
		Rest:   []digest.Rest{{From: pace.DateOf(at), To: pace.DateOf(at.AddDate(0, 0, 2))}, {From: pace.DateOf(at), To: pace.DateOf(at)}},
		News:   []digest.News{{Measure: "closeness", Then: 4, Now: 6}, {Measure: "tension", Then: 7.5, Now: 5}, {Practice: "small-favour"}, {Practice: "own-1", FirstLabel: theirs}},
		Values: []digest.Value{{Words: theirs, Times: 1}, {Words: theirs, Times: 2}}, Past: &past, Coming: coming,
	}
}

// digestCases are the kinds of week, by name.
func digestCases(theirs string) map[string]digest.Week {
	full := fullWeek(theirs)
	numbers, quiet := full, full
	numbers.Numbers, numbers.Approached, numbers.Grounded, numbers.Written, numbers.Past = true, nil, nil, nil, nil
	numbers.Feelings, numbers.Body, numbers.News, numbers.Values = nil, nil, nil, nil
	quiet.Quiet, quiet.Chart, quiet.Past, quiet.News, quiet.Values, quiet.Feelings, quiet.Body = true, false, nil, nil, nil, nil, nil
	bare := digest.Week{From: full.From, To: full.To, Quiet: true, Counts: digest.Counts{Written: 1}}
	return map[string]digest.Week{"full": full, "numbers": numbers, "quiet": quiet, "bare": bare}
}

var digestLanguages = []string{"en", "es"}

// eachDigest writes the digest of each kind of week in each language, with pages
// and without.
func eachDigest(t *testing.T, theirs string, check func(t *testing.T, lang string, week digest.Week, w checkins.Words)) {
	t.Helper()
	s := newSet(t, "US")
	for _, lang := range digestLanguages {
		for name, week := range digestCases(theirs) {
			for _, links := range []DigestLinks{
				{Reply: "checkin+token@example.org", Picture: "cid:week"},
				{Picture: "cid:week", Stop: "https://reach.example/u/t", Page: func(a checkins.DigestAction) string { return "https://reach.example/w/t?do=" + string(a) }},
			} {
				t.Run(fmt.Sprint(lang, "/", name, "/", links.Stop != ""), func(t *testing.T) {
					who := ana()
					who.Locale = lang
					w, err := s.Digest(who, week, checkins.Email, links)
					if err != nil {
						t.Fatal(err)
					}
					check(t, lang, week, w)
				})
			}
		}
	}
}

// marksOfText are what the plain form has and the HTML shows in another way:
// lines under headings, points before items, and the addresses of pages.
var marksOfText = regexp.MustCompile(`(?m)^-+$|^\* |: https://\S+$`)

// spans stand around words in the middle of a line.
var spans = regexp.MustCompile(`</?span[^>]*>`)

func TestBothFormsOfADigestSayTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	for _, theirs := range []string{"I was <b>nervous</b> & \"glad\"", "two\nlines", "## no heading", "- no point", "[chart]", "[action slower]", "> no quote", "{{.Name}}", "-- ", "שלום", "%s \\n"} {
		eachDigest(t, theirs, func(t *testing.T, _ string, week digest.Week, w checkins.Words) {
			said, want := seen(spans.ReplaceAllString(w.HTML, "")), flat(marksOfText.ReplaceAllString(w.Text, ""))
			if said != want {
				t.Errorf("the HTML says\n%s\nthe text says\n%s", said, want)
			}
			if !week.Numbers && week.Written != nil && !strings.Contains(w.Text, `"`+strings.ReplaceAll(theirs, "\n", "\n  ")+`"`) {
				t.Errorf("%q does not stand in\n%s", theirs, w.Text)
			}
			if strings.Contains(w.HTML, "<b>nervous") || strings.Contains(w.HTML, "\x02") || strings.Contains(w.Text, "\x02") {
				t.Error("what a person wrote is not put in as words")
			}
			if n := strings.Count(w.HTML, "<img"); week.Chart != (n == 1) || n > 1 {
				t.Errorf("%d pictures", n)
			}
		})
	}
}

func TestAMailLoadsNothing(t *testing.T) {
	eachDigest(t, "x", func(t *testing.T, lang string, week digest.Week, w checkins.Words) {
		for _, source := range regexp.MustCompile(`(?:src|background)="([^"]*)"`).FindAllStringSubmatch(w.HTML, -1) {
			if source[1] != "cid:week" {
				t.Errorf("it loads %s", source[1])
			}
		}
		if strings.Contains(w.HTML, "url(") || strings.Contains(w.HTML, "@import") || strings.Contains(w.HTML, "<script") {
			t.Error("it loads something")
		}
		if !strings.Contains(w.HTML, `<html lang="`+lang+`">`) || week.Chart && !strings.Contains(w.HTML, `alt="`) {
			t.Error("it does not say its language, or what its picture shows")
		}
	})
}

func TestTheWordsOfADigestKeepTheVoice(t *testing.T) {
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	eachDigest(t, "it", func(t *testing.T, lang string, _ digest.Week, w checkins.Words) {
		m, err := parseMail("Subject: " + w.Subject + "\nPreview: " + between(w.HTML, "mso-hide:all\">", "&#") + "\n")
		if err != nil {
			t.Fatal(err)
		}
		for _, head := range []string{m.Subject, m.Preview} {
			for _, what := range r.banned(strings.TrimPrefix(head, "Microreach"), discreet) {
				t.Errorf("%q %s", head, what)
			}
		}
		if lang == "en" {
			for _, what := range append(r.voice(bodyOf(marksOfText.ReplaceAllString(w.Text, "")), everywhere), r.offersReserved(bodyOf(w.Text))...) {
				t.Errorf("it %s", what)
			}
		}
		for _, banned := range []string{"%", "!", "streak", "racha", "no hiciste", "fallaste", "deberías", "tienes que"} {
			if strings.Contains(strings.ToLower(bodyOf(w.Text)), banned) {
				t.Errorf("it says %q", banned)
			}
		}
	})
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	words, _, _ := strings.Cut(rest, to)
	return words
}

// What stands in a digest beside people's own words is read with ease in the
// sixth year of school, each sentence of it: by Kincaid's formula in English, by
// Crawford's in Spanish.
func TestADigestIsReadWithEase(t *testing.T) {
	formula := map[string]func(string) float64{"en": Grade, "es": GradeSpanish}
	s := newSet(t, "US")
	for _, lang := range digestLanguages {
		d := s.digests[lang].words
		sentences := []string{d.Picture}
		for _, words := range d.Actions {
			sentences = append(sentences, words+".")
		}
		for _, name := range []string{".txt", ".sms.txt"} {
			raw, err := files.ReadFile("digest/" + lang + name)
			if err != nil {
				t.Fatal(err)
			}
			_, words, _ := strings.Cut(string(raw), "*/ -}}")
			for _, piece := range action.Split(words, -1) {
				sentences = append(sentences, strings.FieldsFunc(piece, func(r rune) bool { return r == '\n' })...)
			}
		}
		sentences = slices.DeleteFunc(sentences, func(one string) bool { return len(strings.Fields(one)) <= 4 }) // they tell nothing
		all := strings.Join(sentences, "\n\n")
		t.Logf("%s: %.1f over all", lang, formula[lang](all))
		if grade := formula[lang](all); grade > 6 {
			t.Errorf("%s: grade %.1f", lang, grade)
		}
		for _, one := range sentences {
			if grade := formula[lang](one); grade > 6 {
				t.Errorf("%s: grade %.1f: %s", lang, grade, one)
			}
		}
	}
}

func TestADigestByTextIsOneSegment(t *testing.T) {
	s, err := New(Options{Programme: strings.Repeat("M", maxProgramme), Country: "US"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range digestLanguages {
		weeks := digestCases("secret")
		long := weeks["full"]
		at := long.From
		for i := range 9 {
			long.Series = append(long.Series, digest.Series{Measure: fmt.Sprint("measure ", i), Points: []digest.Point{{At: at, Before: val(9.5), After: val(10)}}})
		}
		weeks["long"] = long
		for name, week := range weeks {
			for _, hidden := range []bool{false, true} {
				who := ana()
				who.Locale, who.Discreet = lang, hidden
				w, err := s.Digest(who, week, checkins.SMS, DigestLinks{})
				if err != nil {
					t.Fatal(err)
				}
				at := lockscreen
				if hidden {
					at = discreet
				}
				problems := append(segmentProblems(w.Text, 1), r.banned(strings.TrimPrefix(w.Text, s.options.Programme), at)...)
				if strings.Contains(w.Text, "secret") || strings.Contains(w.Text, "Ana") || w.HTML != "" || w.Chart != "" {
					problems = append(problems, "tells more than numbers")
				}
				report(t, lang+" "+name, problems, w.Text)
			}
		}
	}
}

func TestTheWordsOfAnActionAreUnderstood(t *testing.T) {
	lexicon, err := Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	reader, s := reply.New(lexicon), newSet(t, "US")
	intents := map[checkins.DigestAction]reply.Intent{
		checkins.DigestSlower: reply.IntentSlower, checkins.DigestFaster: reply.IntentFaster, checkins.DigestPause: reply.IntentPause,
	}
	for _, lang := range digestLanguages {
		for _, a := range checkins.DigestActions() {
			words := s.digests[lang].words.Actions[a]
			for _, said := range []string{words, strings.ToUpper(words), " " + words + ".\n", "* " + words} {
				if got := s.DigestAction(said, lang+"-XX"); got != a {
					t.Errorf("%q in %s is %q", said, lang, got)
				}
			}
			c := reply.Context{Now: now, Zone: time.UTC, Locale: lang, Via: reply.ViaEmail, After: reply.AfterJournal}
			if want, ok := intents[a]; ok && reader.Read(words, c).Intent != want {
				t.Errorf("%q in %s is read as %s", words, lang, reader.Read(words, c).Intent)
			}
		}
	}
	for _, said := range []string{"", "slower please, it was a lot", "keep", "Otros días"} {
		if got := s.DigestAction(said, "en"); got != "" {
			t.Errorf("%q is %q", said, got)
		}
	}
}

func TestSpanishHasAWordForEverything(t *testing.T) {
	s := newSet(t, "US")
	words := s.digests["es"].words
	for _, p := range s.Practices() {
		if p.Labels["es"] == "" {
			t.Errorf("no name for %s", p.ID)
		}
		if p.Measure != "" && words.Measures[p.Measure] == "" {
			t.Errorf("no word for %s", p.Measure)
		}
	}
	for _, p := range s.TapPlans() {
		if p.Named("es-MX") == p.Label {
			t.Errorf("no name for %s", p.ID)
		}
	}
	for country, lines := range s.crisis.byCountry {
		if lines.In["es"].Text == "" || lines.In["es"].Safe == "" {
			t.Errorf("no crisis lines of %s", country)
		}
	}
	lexicon, err := Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lexicon.Locales {
		for word := range l.Feelings {
			if words.Feelings[word] == "" {
				t.Errorf("no word for the feeling %s", word)
			}
		}
		for word := range l.Sensations {
			if words.Sensations[word] == "" {
				t.Errorf("no word for %s", word)
			}
		}
	}
	for _, lang := range digestLanguages {
		d := s.digests[lang].words
		if len(d.Days) != 7 || len(d.Months) != 12 || len(d.Actions) != len(checkins.DigestActions()) || len(d.By) != 2 {
			t.Errorf("%s is not complete", lang)
		}
		if slices.Contains([]string{d.Marker, d.Span, d.To, d.Or, d.Before, d.After, d.Picture}, "") {
			t.Errorf("%s lacks a word", lang)
		}
	}
	if got := s.digestIn("fr-CA").lang; got != "en" {
		t.Errorf("who speaks French is written to in %s", got)
	}
}
