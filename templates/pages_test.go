package templates

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// flatWords are the words of the pages in one language, by page.key.
func flatWords(l language) map[string]string {
	all := map[string]string{}
	for page, words := range l.words {
		for key, line := range words {
			all[page+"."+key] = line
		}
	}
	return all
}

var slot = regexp.MustCompile(`\{\d\}`)

func TestThePagesSayTheSameInEveryLanguage(t *testing.T) {
	s := newSet(t, "US")
	want := flatWords(s.pages[defaultLanguage])
	for _, tag := range s.Languages() {
		got := flatWords(s.pages[tag])
		if a, b := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); !slices.Equal(a, b) {
			t.Errorf("%s: the keys differ:\n%v\n%v", tag, a, b)
		}
		for key, line := range got {
			a, b := slot.FindAllString(want[key], -1), slot.FindAllString(line, -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Errorf("%s: %s fills in %v, in English %v", tag, key, b, a)
			}
			named := key == "when.weekdays" || key == "when.months" || strings.HasPrefix(key, "region.")
			if !named && tag != defaultLanguage && line == want[key] && strings.Contains(line, " ") && len(slot.FindAllString(line, -1)) == 0 {
				t.Errorf("%s: %s is still in English: %q", tag, key, line)
			}
		}
	}
}

func TestThePagesKeepTheVoice(t *testing.T) {
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	for key, line := range flatWords(newSet(t, "US").pages[defaultLanguage]) {
		for _, what := range r.voice(slot.ReplaceAllString(line, "it"), everywhere) {
			t.Errorf("%s %s: %q", key, what, line)
		}
	}
}

// used finds the words that a page names in full.
var used = regexp.MustCompile(`say "([a-z_]+\.[a-z_]+)"`)

func TestEveryWordThatAPageNamesIsThere(t *testing.T) {
	words := flatWords(newSet(t, "US").pages[defaultLanguage])
	found, err := fs.Glob(files, "web/*.html")
	if err != nil || len(found) == 0 {
		t.Fatal("no pages", err)
	}
	for _, name := range found {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllStringSubmatch(string(raw), -1) {
			if words[m[1]] == "" {
				t.Errorf("%s: there are no words for %s", name, m[1])
			}
		}
		page := strings.TrimSuffix(strings.TrimPrefix(name, "web/"), ".html")
		titled := func(key string) bool { return strings.HasPrefix(key, page+".title") }
		if !strings.HasPrefix(page, "layout") && !slices.ContainsFunc(slices.Collect(maps.Keys(words)), titled) {
			t.Errorf("%s has no title", name)
		}
	}
}

func TestPacesAndMomentsAreSaidInEveryLanguage(t *testing.T) {
	s := newSet(t, "US")
	plan := checkins.Plan{Pace: pace.Pace{N: 2, Every: 1, Unit: pace.Week}, Days: pace.DaysOf(time.Monday, time.Thursday), At: []pace.Clock{19 * 60}}
	loc := time.FixedZone("", -5*3600)
	for tag, want := range map[string]string{
		"en": "2 a week, Mon and Thu 19:00|once a month|once every 3 days|today 16:00|tomorrow 00:30|Mon 9 Mar 15:30|Thu 4 Mar 2027 15:30",
		"es": "2 por semana, lun y jue 19:00|una vez al mes|una vez cada 3 días|hoy a las 16:00|mañana a las 00:30|lun 9 mar a las 15:30|jue 4 mar 2027 a las 15:30",
	} {
		_, l := s.pages.in(tag)
		var got []string
		take := func(words string, err error) {
			if err != nil {
				t.Error(tag, err)
			}
			got = append(got, words)
		}
		take(l.rhythm(plan))
		take(l.pace(pace.Pace{N: 1, Every: 1, Unit: pace.Month}))
		take(l.pace(pace.Pace{N: 1, Every: 3, Unit: pace.Day}))
		for _, at := range []time.Time{now.Add(30 * time.Minute), now.Add(9 * time.Hour), now.AddDate(0, 0, 5), now.AddDate(1, 0, 0)} {
			take(l.when(at, now, loc))
		}
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("%s:\n%s, want\n%s", tag, joined, want)
		}
	}
}

func TestWhatIsFilledInIsNoMarkup(t *testing.T) {
	s := newSet(t, "US")
	for _, tag := range s.Languages() {
		raw, err := s.Page(checkins.Page{Template: "confirm", State: "ask", Locale: tag, Now: now, Data: struct {
			State string
			Pace  pace.Pace
		}{"ask", pace.Pace{N: 2, Every: 1, Unit: pace.Week}}})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), fmt.Sprintf("lang=%q", tag)) {
			t.Errorf("the page in %s says it is in another language", tag)
		}
	}
	odd, err := New(Options{Programme: "<b>A&B</b>", Country: "US"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := odd.Page(checkins.Page{Template: "sent", Locale: "xx", Now: now})
	if err != nil || strings.Contains(string(raw), "<b>") || !strings.Contains(string(raw), "&lt;b&gt;A&amp;B") {
		t.Errorf("%v:\n%s", err, raw)
	}
}

// wishKind is how the domain names what can be changed.
var wishKind = regexp.MustCompile(`(?m)^\s+([Ww]ish\w+)\s+WishKind = "(\w+)"`)

// The settings tell the last change, of whatever kind it was.
func TestEveryChangeHasWordsOnThePage(t *testing.T) {
	source, err := os.ReadFile("../checkins/change.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := wishKind.FindAllStringSubmatch(string(source), -1)
	if len(kinds) < 20 {
		t.Fatalf("only %d kinds of wish are found", len(kinds))
	}
	all, err := readPages()
	if err != nil {
		t.Fatal(err)
	}
	unwritten := []string{"WishUndo", "WishErase", "WishCopy"} // none of these is kept as a change
	for _, kind := range kinds {
		if _, ok := all[defaultLanguage].words["change"][kind[2]]; !ok && !slices.Contains(unwritten, kind[1]) {
			t.Errorf("[change] has no words for %s = %q", kind[1], kind[2])
		}
	}
}
