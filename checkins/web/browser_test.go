package web_test

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
)

var pictures = flag.String("pictures", "", "write a picture of each page into this folder")

// browser is a tab of a headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		skiptest.Missing(t, "no browser, so the pages are not tried in one: install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, endAllocator := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	c, end := chromedp.NewContext(allocator)
	b := &browser{t, c}
	b.do(chromedp.EmulateViewport(390, 844))
	t.Cleanup(func() {
		if err := chromedp.Cancel(c); err != nil {
			t.Log("the browser did not end by itself:", err)
		}
		end()
		endAllocator()
	})
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	c := b.ctx
	if chromedp.FromContext(c).Target != nil { // the first call makes the browser, and lives as long
		var cancel context.CancelFunc
		c, cancel = context.WithTimeout(c, 20*time.Second)
		defer cancel()
	}
	if err := chromedp.Do(c, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// follow does what leads to another page, and waits for it.
func (b *browser) follow(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	c, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if _, err := chromedp.RunResponse(c, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *browser) scripts(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// picture looks at the page in both schemes, and lists its faults.
func (b *browser) picture(name string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{320, 390, 1280} {
			b.do(chromedp.EmulateViewport(width, 844))
			for _, fault := range ask[[]string](b, faults) {
				b.t.Errorf("%s, %s, %d wide: %s", name, scheme, width, fault)
			}
		}
		if *pictures != "" {
			b.do(chromedp.EmulateViewport(390, 844))
			shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(*pictures, name+"-"+scheme+".png"), shot, 0o600)
			}
			if err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.do(chromedp.EmulateViewport(390, 844))
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
		b.do(chromedp.Navigate(page), chromedp.WaitVisible(chromedp.CSS("main")))
		b.do(chromedp.Reload())
	}
	if got := s.states(who); !slices.Equal(got, []string{"email pending", "sms pending"}) {
		t.Fatalf("a scanner made it %v", got)
	}
	b.do(chromedp.Navigate(confirm))
	b.picture("confirm")
	b.scripts(false)
	b.do(chromedp.Navigate(confirm))
	b.follow(button("confirm"))
	if got := s.states(who); got[0] != "email active" {
		t.Fatalf("a press made it %v", got)
	}
	b.scripts(true)
	b.do(chromedp.Reload())
	b.picture("confirmed")
	b.do(chromedp.Navigate(leave))
	b.picture("leave")
	b.scripts(false)
	b.do(chromedp.Navigate(leave))
	b.follow(button("here"))
	if got := s.states(who); got[0] != "email stopped" {
		t.Fatalf("a press made it %v", got)
	}
	b.follow(button("all"))
	b.scripts(true)
	b.do(chromedp.Reload())
	b.picture("left")
	if got := s.states(who); !slices.Equal(got, []string{"email stopped", "sms stopped"}) {
		t.Fatalf("a press made it %v", got)
	}
}

func TestPagesWithoutALinkInABrowser(t *testing.T) {
	s := light(t, nil)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	b := openBrowser(t)
	for name, path := range map[string]string{"home": "/", "dead": "/c/" + s.rules.Links.NewToken(), "link": "/link", "sent": "/sent"} {
		b.do(chromedp.Navigate(server.URL + path))
		b.picture(name)
	}
	b.do(chromedp.Navigate(server.URL + "/c/x"))
	b.do(chromedp.SendKeys(chromedp.CSS("#address"), "nobody@example.org"))
	b.follow(chromedp.Submit(chromedp.CSS("#address")))
	if at := ask[string](b, "location.pathname"); at != "/sent" {
		t.Errorf("asking for a link leads to %s", at)
	}
}
