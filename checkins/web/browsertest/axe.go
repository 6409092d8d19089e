package browsertest

import (
	"encoding/json"
	"fmt"
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

// violations asks axe-core about the page as it is shown.
const violations = `axe.run(document, {runOnly: %s})
	.then(r => JSON.stringify({passes: r.passes.length, found: r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 90) + " " + n.failureSummary.slice(0, 160)))}))`

// What it is asked in each colour scheme: the rules of WCAG 2.2 AA and its own of
// best practice, and once more in the other scheme those that look at colours. A page
// at which fewer of them than that had something to look at was not looked at.
var schemes = []struct {
	name, rules string
	least       int
}{
	{"light", `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`, 10},
	{"dark", `["color-contrast", "link-in-text-block"]`, 1},
}

// Judge asks axe-core about the page in both colour schemes.
func (b *Tab) Judge(axe, name string) {
	b.T.Helper()
	Ask[int](b, axe+"; 0")
	for _, scheme := range schemes {
		b.Scheme(scheme.name)
		var said struct {
			Passes int
			Found  []string
		}
		if err := json.Unmarshal([]byte(Ask[string](b, fmt.Sprintf(violations, scheme.rules), chromedp.EvalAwaitPromise)), &said); err != nil {
			b.T.Fatal(err)
		}
		if said.Passes < scheme.least {
			b.T.Errorf("%s, %s: only %d rules had something to look at", name, scheme.name, said.Passes)
		}
		for _, v := range said.Found {
			b.T.Errorf("%s, %s: %s", name, scheme.name, v)
		}
	}
}
