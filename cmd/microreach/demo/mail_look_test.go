package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/templates"
)

// picturesPath names a directory that pictures of the mails are written to, for whoever wants to see them.
const picturesPath = "MICROREACH_PICTURES"

// looks are mails of every shape: a few words, a list, a link, long words, another direction of writing.
var looks = map[string]func(*checkins.Say){
	"prompt": func(s *checkins.Say) { s.Template = "prompt" },
	"prompt_choice": func(s *checkins.Say) {
		s.Template, s.Choices = "prompt_choice", []string{"One honest feeling", "A cup of tea for two"}
	},
	"long words": func(s *checkins.Say) {
		s.Template, s.Own, s.Because = "prompt", "text "+strings.Repeat("donaudampfschiff", 12), "I want to be there"
	},
	"right to left": func(s *checkins.Say) { s.Template, s.Person.Name = "prompt", "שרה כהן" },
	"opt_in":        func(s *checkins.Say) { s.Template = "opt_in" },
	"crisis":        func(s *checkins.Say) { s.Template = "crisis" },
	"settings": func(s *checkins.Say) {
		s.Template, s.Link = "settings", "https://reach.example/s/"+strings.Repeat("a1", 16)
	},
}

// Every mail can be read at the widths of a reading pane and of a telephone, in the light and in the dark, with nothing
// fetched from anywhere.
func TestMailsCanBeReadOnEveryScreen(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	set, err := templates.New(templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"})
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t)
	for name, alter := range looks {
		page := mailPage(t, set, name, alter)
		for _, width := range []int64{600, 360} {
			for _, scheme := range []string{"light", "dark"} {
				t.Run(fmt.Sprintf("%s, %d, %s", name, width, scheme), func(t *testing.T) {
					_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
					if err != nil {
						t.Fatal(err)
					}
					b.Do(chromedp.EmulateViewport(width, 800), chromedp.Navigate("file://"+page), chromedp.WaitVisible(chromedp.CSS(".words")))
					for _, fault := range ask[[]string](b, faults) {
						t.Error(fault)
					}
					if n := ask[int](b, `performance.getEntriesByType("resource").length + document.querySelectorAll("img, script, link, iframe, form").length`); n != 0 {
						t.Errorf("%d things are fetched, or could be", n)
					}
					picture(t, b, fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(name, " ", "-"), width, scheme))
				})
			}
		}
	}
}

// mailPage writes one mail as a page.
func mailPage(t *testing.T, set *templates.Set, name string, alter func(*checkins.Say)) string {
	t.Helper()
	say := checkins.Say{
		Channel: checkins.Email, Person: checkins.Participant{Name: "Ana", Zone: "America/New_York", Locale: "en"}, Practice: "one-feeling",
		Now: time.Date(2026, time.March, 4, 17, 0, 0, 0, time.UTC), Pace: pace.Pace{N: 2, Every: 1, Unit: pace.Week}, Days: pace.DaysOf(time.Monday, time.Thursday), At: []pace.Clock{19 * 60},
		Next: checkins.Due{At: time.Date(2026, time.March, 6, 0, 0, 0, 0, time.UTC), Why: "slot"}, Reading: &reply.Reading{},
	}
	alter(&say)
	words, err := set.Words(say)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	page := filepath.Join(t.TempDir(), "mail.html")
	if err := os.WriteFile(page, []byte(words.HTML), 0o600); err != nil {
		t.Fatal(err)
	}
	return page
}

// picture keeps what the browser shows, where somebody asked for it.
func picture(t *testing.T, b *browser, name string) {
	t.Helper()
	dir := os.Getenv(picturesPath)
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.Context, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o600); err != nil {
		t.Fatal(err)
	}
}
