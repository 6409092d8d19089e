package browsertest

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins/skiptest"
)

// axePath names the variable that says where axe-core's axe.min.js is. It is not
// part of the module: .ci/run fetches the version that it pins.
const axePath = "MICROREACH_AXE"

// Axe is the source of axe-core, for [Tab.Judge].
func Axe(t testing.TB) string {
	t.Helper()
	path := os.Getenv(axePath)
	if path == "" {
		skiptest.Missing(t, "axe-core is not here, so what only it finds on the pages is not found: see .ci/run, and set "+axePath+" to its axe.min.js")
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// violations asks axe-core about the page as it is shown: the rules of WCAG 2.2 AA,
// and its own of best practice.
const violations = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(r => JSON.stringify({passes: r.passes.length, found: r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 90) + " " + n.failureSummary.slice(0, 160)))}))`

// Judge asks axe-core about the page in both colour schemes. A page at which fewer
// than ten of its rules had something to look at was not looked at.
func (b *Tab) Judge(axe, name string) {
	b.T.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.Scheme(scheme)
		Ask[int](b, axe+"; 0")
		var said struct {
			Passes int
			Found  []string
		}
		if err := json.Unmarshal([]byte(Ask[string](b, violations, chromedp.EvalAwaitPromise)), &said); err != nil {
			b.T.Fatal(err)
		}
		if said.Passes < 10 {
			b.T.Errorf("%s, %s: only %d rules had something to look at", name, scheme, said.Passes)
		}
		for _, v := range said.Found {
			b.T.Errorf("%s, %s: %s", name, scheme, v)
		}
	}
}
