package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins/web/browsertest"
)

// browser is a tab of a browser, with what its console said.
type browser struct {
	*browsertest.Tab

	mu       sync.Mutex
	problems []string
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{Tab: browsertest.Open(t, 1280, 900)}
	console, endConsole := context.WithCancel(b.Context)
	messages := chromedp.Console(console)
	var reading sync.WaitGroup
	reading.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.problems = append(b.problems, m.String())
			b.mu.Unlock()
		}
	})
	t.Cleanup(func() { // before the browser ends
		endConsole()
		reading.Wait()
	})
	return b
}

// until waits for a JavaScript expression to hold.
func (b *browser) until(expression string) {
	b.T.Helper()
	if _, err := chromedp.Run(b.Context, chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		b.T.Fatalf("waiting for %s: %v", expression, err)
	}
}

func ask[V any](b *browser, expression string) V {
	b.T.Helper()
	return browsertest.Ask[V](b.Tab, expression)
}

// quiet fails the test if the console said anything.
func (b *browser) quiet() {
	b.T.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.T.Error("console:", p)
	}
}

func press(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func write(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}

// The parts of the page that the tests press and read.
const (
	nextButton = `#clock button[value="next"]`
	weekButton = `#clock button[value="week"]`
	textField  = "#text"
	mailField  = "#answer"
	mailButton = "#mailbox .compose button"
)

func texts(b *browser) int { return ask[int](b, `document.querySelectorAll("#phone .theirs").length`) }

func mails(b *browser) int {
	return ask[int](b, `document.querySelectorAll("#mailbox .mails li").length`)
}

func TestAPersonPlaysTheStoryInABrowser(t *testing.T) {
	s, b := newTryout(t), openBrowser(t)
	b.Do(chromedp.Navigate(s.URL), chromedp.WaitVisible(chromedp.CSS("#phone")), chromedp.WaitVisible(chromedp.CSS("#mailbox")),
		chromedp.WaitVisible(chromedp.CSS("#records")), chromedp.WaitVisible(chromedp.CSS("#next")), chromedp.WaitVisible(chromedp.CSS("#clock")))

	n := mails(b)
	b.Do(press(nextButton))
	b.until(fmt.Sprintf(`document.querySelectorAll("#mailbox .mails li").length > %d`, n))

	b.Do(write(mailField, "7"), press(mailButton))
	b.until(`document.querySelector("#records tbody tr.fresh td.rating")?.textContent.trim() === "7"`)
	b.until(`document.querySelector("#mailbox .sent")?.textContent.includes("7")`)

	n = texts(b)
	b.Do(press(nextButton))
	b.until(fmt.Sprintf(`document.querySelectorAll("#phone .theirs").length > %d`, n))

	b.Do(write(textField, "done 8 3"))
	start := time.Now()
	b.Do(write(textField, "\r"))
	b.until(`document.querySelector("#records tbody tr.fresh b.done") && /^8\s.*\s3$/.test(document.querySelector("#records tbody .rating").textContent.trim())`)
	if took := time.Since(start); took > time.Second {
		t.Errorf("the record took %s to appear", took)
	}
	b.until(`document.querySelector("#text").value === ""`)

	b.Do(press(`#phone button[value="pause for a week"]`))
	b.until(`document.querySelector("#next .state")?.textContent.startsWith("Robin paused")`)
	b.Do(press(`#phone button[value="resume"]`))
	b.until(`!document.querySelector("#next .state")`)
	b.quiet()
}

// listedAndArrived reads from the page itself: "Robin 2026-…" of each.
const (
	listed  = `[...document.querySelectorAll("#next li")].map(li => li.textContent.trim().split(",")[0] + " " + li.querySelector("time").dateTime)`
	arrived = `[...document.querySelectorAll("#phone .theirs time")].map(t => "Robin " + t.dateTime)
		.concat([...document.querySelectorAll("#mailbox .mails time")].map(t => "Alex " + t.dateTime))`
	present = `document.querySelector("#clock time").dateTime`
)

func TestAWeekBringsWhatThePageListed(t *testing.T) {
	s, b := newTryout(t), openBrowser(t)
	b.Do(chromedp.Navigate(s.URL), chromedp.WaitVisible(chromedp.CSS("#next li")))
	before := instant(t, ask[string](b, present)).Add(time.Minute) // the page shows whole minutes
	want := within(t, ask[[]string](b, listed), before, before.AddDate(0, 0, 7))
	b.Do(press(weekButton))
	b.until(`document.querySelector("#clock .report").textContent.includes("exactly as listed")`)
	b.until(`document.querySelector("#clock .report").textContent.includes("Clocks went forward in New York")`)
	got := within(t, ask[[]string](b, arrived), before, before.AddDate(0, 0, 7))
	if len(want) < 4 || !slices.Equal(want, got) {
		t.Errorf("the page listed\n%s\nand there arrived\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	b.quiet()
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// within are the lines "NAME INSTANT" of a time after from and not after to.
func within(t *testing.T, lines []string, from, to time.Time) []string {
	t.Helper()
	var kept []string
	for _, line := range lines {
		name, at, _ := strings.Cut(line, " ")
		if when := instant(t, at); when.After(from) && !when.After(to) {
			kept = append(kept, name+" "+when.UTC().Format(time.RFC3339))
		}
	}
	slices.Sort(kept)
	return kept
}

func TestNewsComeByThemselvesAndLeaveADraftAlone(t *testing.T) {
	s, b := newTryout(t), openBrowser(t)
	b.Do(chromedp.Navigate(s.URL), write(textField, "half"))
	s.post(t, "/jump", url.Values{"to": {"next"}})
	s.post(t, "/jump", url.Values{"to": {"next"}})
	s.post(t, "/text", url.Values{"text": {"not today"}})
	b.until(`document.querySelector("#records tbody tr")`)
	b.Do(chromedp.KeyEvent(" a sen"))
	const hidden = `document.querySelector("#phone input[type=hidden]")`
	ask[any](b, `history.replaceState(null, "", "/?mail=1"), refresh(), 0`) // puts a field before the one with the draft
	b.until(hidden)
	b.Do(chromedp.KeyEvent("ten"))
	ask[any](b, `history.replaceState(null, "", "/"), refresh(), 0`)
	b.until("!" + hidden)
	b.Do(chromedp.KeyEvent("ce"))
	if draft := ask[string](b, `document.querySelector("#text").value`); draft != "half a sentence" {
		t.Errorf("the draft became %q", draft)
	}
	b.quiet()
}

func TestTheHTMLOfAMailStandsInASandbox(t *testing.T) {
	s, b := newTryout(t), openBrowser(t)
	b.Do(chromedp.Navigate(s.URL), press("#mailbox .about a:last-child"), chromedp.WaitVisible(chromedp.CSS("#mailbox iframe[sandbox]")))
	b.Do(press("#mailbox .mails li:last-child a"))
	b.until(`document.querySelector("#mailbox .mails li:last-child a[aria-current]") && document.querySelector("#mailbox .words")`)
	b.quiet()
}

func TestMarkupRunsNowhere(t *testing.T) {
	const typed = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>`
	s, b := newTryout(t), openBrowser(t)
	title := `document.title`
	b.Do(chromedp.Navigate(s.URL), write(textField, typed+"\r"))
	b.until(`[...document.querySelectorAll("#phone .mine .bubble")].some(e => e.textContent.includes("onerror"))`)
	b.Do(write(mailField, typed), press(mailButton))
	b.until(`document.querySelector("#mailbox .sent")`)
	b.Do(chromedp.Reload())
	if got := ask[string](b, title); got != "Microreach demo" || ask[int](b, `document.querySelectorAll("img, body script").length`) != 0 {
		t.Errorf("typed markup became part of the page, whose title is %q", got)
	}
	b.quiet()
}

func TestWithoutJavaScriptTheFormsDoIt(t *testing.T) {
	s, b := newTryout(t), openBrowser(t)
	_, err := chromedp.Call(b.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	if err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.Navigate(s.URL), chromedp.WaitVisible(chromedp.CSS("noscript .alert")))
	follow := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		ctx, cancel := context.WithTimeout(b.Context, 20*time.Second)
		defer cancel()
		if _, err := chromedp.RunResponse(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	follow(press(nextButton))
	b.Do(write(mailField, "7"))
	follow(press(mailButton))
	b.Do(chromedp.WaitVisible(chromedp.CSS("#mailbox .sent")), chromedp.WaitVisible(chromedp.CSS("#records tbody tr.fresh")))
	follow(press(nextButton))
	b.Do(write(textField, "done 8 3"))
	follow(write(textField, "\r"))
	b.Do(chromedp.WaitVisible(chromedp.CSS("#records tbody tr.fresh b.done")))
	follow(press(`#phone button[value="pause for a week"]`))
	b.Do(chromedp.WaitVisible(chromedp.CSS("#next .state")))
	b.quiet()
}

// faults lists texts whose contrast is below WCAG 2.2 AA (1.4.3: 4.5 to 1; none
// here counts as large), targets smaller than 24 by 24 (2.5.8, links in a line
// of text excepted, of which there are none), fields cut off by their
// section, and a page wider than the window.
const faults = `(() => {
	const channels = c => c.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = e => {
		for (; e; e = e.parentElement) {
			const c = channels(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		const own = [...e.childNodes].some(n => n.nodeType === 3 && n.nodeValue.trim());
		if ((!own && e.placeholder === undefined) || !e.checkVisibility() || e.closest(".unseen, noscript")) continue;
		const style = getComputedStyle(e, e.placeholder ? "::placeholder" : null);
		const [a, b] = [light(channels(style.color)), light(ground(e))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < 4.5) found.push("contrast " + ((a + 0.05) / (b + 0.05)).toFixed(2) + " of " + e.outerHTML.slice(0, 60));
	}
	for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), textarea")) {
		const r = e.getBoundingClientRect();
		if (r.width < 24 || r.height < 24) found.push("target " + r.width + " by " + r.height + " of " + e.outerHTML.slice(0, 60));
	}
	for (const e of document.querySelectorAll(".compose")) {
		if (e.getBoundingClientRect().bottom > e.closest("section").getBoundingClientRect().bottom) found.push("cut off: " + e.action);
	}
	if (document.documentElement.scrollWidth > innerWidth) found.push("the page is " + document.documentElement.scrollWidth + " wide");
	return found;
})()`

func TestThePageCanBeReadAndTappedOnEveryScreen(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	s, b := newTryout(t), openBrowser(t)
	s.next(t, s.world.mailOwner())
	s.post(t, "/mail", url.Values{"mail": {s.newest()}, "text": {"7. We cooked together and I stayed at the table, and later we talked"}})
	s.next(t, s.world.phoneOwner())
	s.post(t, "/text", url.Values{"text": {"done 8 3, and " + strings.Repeat("averylongword", 12)}})
	s.post(t, "/text", url.Values{"text": {"pause for a week"}})
	for _, size := range [][2]int64{{1280, 900}, {1920, 1080}, {1200, 800}, {1199, 800}, {900, 1100}, {620, 900}, {390, 844}, {320, 640}} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d by %d %s", size[0], size[1], scheme), func(t *testing.T) {
				_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
				}})
				if err != nil {
					t.Fatal(err)
				}
				b.Do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(s.URL), chromedp.WaitVisible(chromedp.CSS("#records")))
				for _, fault := range ask[[]string](b, faults) {
					t.Error(fault)
				}
			})
		}
	}
	b.quiet()
}
