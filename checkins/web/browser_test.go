package web_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/web/browsertest"
)

var pictures = flag.String("pictures", "", "write a picture of each page into this folder")

// browser is a tab of a browser in which a page is tried.
type browser struct{ *browsertest.Tab }

func openBrowser(t *testing.T) *browser { return &browser{browsertest.Open(t, 390, 844)} }

func ask[V any](b *browser, expression string) V {
	b.T.Helper()
	return browsertest.Ask[V](b.Tab, expression)
}

// picture looks at the page in both schemes and at three widths, and lists its faults.
func (b *browser) picture(name string) {
	b.T.Helper()
	b.Scheme("dark")
	b.look(name+", dark", 320)
	b.keep(name + "-dark")
	b.Scheme("light")
	for _, width := range []int64{320, 1280, 390} {
		b.look(name, width)
	}
	b.keep(name + "-light")
}

// look lists the faults of the page at a width.
func (b *browser) look(name string, width int64) {
	b.T.Helper()
	b.Width(width)
	for _, fault := range ask[[]string](b, faults) {
		b.T.Errorf("%s, %d wide: %s", name, width, fault)
	}
}

// keep writes a picture of the page, where pictures are asked for.
func (b *browser) keep(name string) {
	b.T.Helper()
	if *pictures == "" {
		return
	}
	b.Width(360)
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), b.Picture(), 0o600); err != nil {
		b.T.Fatal(err)
	}
}

// faults lists texts whose contrast is below WCAG 2.2 AA (1.4.3), edges of fields
// and buttons below 3 to 1 (1.4.11), targets lower than 44, fields without a
// label, and a page wider than the window.
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
	const ratio = (x, y) => { const [a, b] = [light(x), light(y)].sort((p, q) => q - p); return (a + 0.05) / (b + 0.05); };
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.nodeValue.trim()) || !e.checkVisibility() || e.closest(".unseen")) continue;
		const r = ratio(channels(getComputedStyle(e).color), ground(e));
		if (r < 4.5) found.push("contrast " + r.toFixed(2) + " of " + e.outerHTML.slice(0, 60));
	}
	for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")) {
		if (!e.checkVisibility()) continue;
		const box = (e.closest("label") ?? e).getBoundingClientRect();
		if (box.height < 44) found.push("target " + box.width + " by " + box.height + " of " + e.outerHTML.slice(0, 60));
		const edge = ratio(channels(getComputedStyle(e).borderTopColor), ground(e.parentElement));
		if (e.matches("button, input[type=text], select") && edge < 3) found.push("edge " + edge.toFixed(2) + " of " + e.outerHTML.slice(0, 60));
		if (e.matches("input, select, textarea") && e.labels.length === 0) found.push("no label: " + e.outerHTML.slice(0, 60));
	}
	if (document.querySelectorAll("h1").length !== 1) found.push("not one heading");
	if (document.documentElement.scrollWidth > innerWidth) found.push("the page is " + document.documentElement.scrollWidth + " wide");
	return found;
})()`

func button(value string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(`button[value="` + value + `"]`))
}

// A mail scanner looks at each link with a real browser and runs what it finds;
// then the person comes, with a browser that runs nothing.
func TestAPersonConfirmsAndLeavesInABrowser(t *testing.T) {
	s := light(t, nil)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	who := s.enrol(ada, phone)
	confirm, leave := server.URL+s.newest(checkins.LinkConfirm), server.URL+s.leavePath(who)
	b := openBrowser(t)
	for _, page := range []string{confirm, leave, confirm} {
		if response, err := http.Head(page); err != nil || response.StatusCode != http.StatusOK {
			t.Fatal("HEAD", err)
		}
		b.Do(chromedp.Navigate(page), chromedp.WaitVisible(chromedp.CSS("main")))
		b.Do(chromedp.Reload())
	}
	if got := s.states(who); !slices.Equal(got, []string{"email pending", "sms pending"}) {
		t.Fatalf("a scanner made it %v", got)
	}
	b.Do(chromedp.Navigate(confirm))
	b.Scripts(false)
	b.Do(chromedp.Navigate(confirm))
	b.Follow(button("confirm"))
	if got := s.states(who); got[0] != "email active" {
		t.Fatalf("a press made it %v", got)
	}
	b.Scripts(true)
	b.Do(chromedp.Reload())
	b.Do(chromedp.Navigate(leave))
	b.Scripts(false)
	b.Do(chromedp.Navigate(leave))
	b.Follow(button("here"))
	if got := s.states(who); got[0] != "email stopped" {
		t.Fatalf("a press made it %v", got)
	}
	b.Follow(button("all"))
	b.Scripts(true)
	b.Do(chromedp.Reload())
	if got := s.states(who); !slices.Equal(got, []string{"email stopped", "sms stopped"}) {
		t.Fatalf("a press made it %v", got)
	}
}

func TestADeadLinkLeadsToANewOneInABrowser(t *testing.T) {
	s := light(t, nil)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	b := openBrowser(t)
	b.Do(chromedp.Navigate(server.URL + "/c/x"))
	b.Do(chromedp.SendKeys(chromedp.CSS("#address"), "nobody@example.org"))
	b.Follow(chromedp.Submit(chromedp.CSS("#address")))
	if at := ask[string](b, "location.pathname"); at != "/sent" {
		t.Errorf("asking for a link leads to %s", at)
	}
}
