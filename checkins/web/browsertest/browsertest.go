// Package browsertest shows pages and mails in a real browser: a headless Chromium
// of the system. Where there is none, tests are skipped aloud, and fail where CI is
// set (skiptest).
package browsertest

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins/skiptest"
)

// patience is how long one thing may take in the browser, on a machine that is
// busy with other tests.
const patience = 30 * time.Second

// Tab is a tab of a browser that ends with the test.
type Tab struct {
	T       testing.TB
	Context context.Context // what chromedp knows the tab by
}

// Open starts a browser with one tab of that size, in CSS pixels.
func Open(t testing.TB, width, height int64) *Tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(find(t)), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log("the browser did not end by itself:", err)
		}
		end()
		endAllocator()
	})
	tab := &Tab{t, ctx}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil { // it makes the browser, which lives as long as ctx
		t.Fatal(err)
	}
	return tab
}

// find looks for the browser.
func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	skiptest.Missing(t, "no browser, so nothing is shown in one: install chromium")
	return ""
}

// For is the same tab for a part of the test.
func (b *Tab) For(t testing.TB) *Tab { return &Tab{t, b.Context} }

// Do does one thing after the other.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.T.Fatal(err)
	}
}

// Follow does what leads to another page, and waits for it.
func (b *Tab) Follow(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, steps...); err != nil {
		b.T.Fatal(err)
	}
}

// Ask is the value of a JavaScript expression on the page.
func Ask[V any](b *Tab, expression string, options ...chromedp.EvaluateOption) V {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[V](expression, options...))
	if err != nil {
		b.T.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// Picture is a picture of the whole page, as PNG.
func (b *Tab) Picture() []byte {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.T.Fatal(err)
	}
	return shot
}

// Width sets the window's width, in CSS pixels.
func (b *Tab) Width(pixels int64) { b.Do(chromedp.EmulateViewport(pixels, 844)) }

// Scripts lets the page's own scripts run, or not.
func (b *Tab) Scripts(on bool) {
	b.T.Helper()
	if _, err := chromedp.Call(b.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.T.Fatal(err)
	}
}

// Scheme makes somebody look who prefers that colour scheme: light or dark.
func (b *Tab) Scheme(name string) {
	b.T.Helper()
	_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	if err != nil {
		b.T.Fatal(err)
	}
}

// Zone makes the page think that it is looked at in that IANA zone.
func (b *Tab) Zone(name string) {
	b.T.Helper()
	if _, err := chromedp.Call(b.Context, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name}); err != nil {
		b.T.Fatal(err)
	}
}
