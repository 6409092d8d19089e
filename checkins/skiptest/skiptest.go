// Package skiptest ends tests that lack something of the machine: a server, a
// browser, a file of the system.
//
// A skip is easily overlooked, so it is said aloud; and where CI is set it is a
// failure, so that a green run there always means that everything was tried.
package skiptest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Missing ends t because of what it lacks: as a failure where the variable CI is
// set, else as a skip that is also written to standard error, where it shows
// without -v. What is missing should say what to install.
func Missing(t testing.TB, what any) {
	t.Helper()
	if ci := os.Getenv("CI"); mustNotSkip(ci) {
		t.Fatalf("%v (CI=%s, so this is a failure)", what, ci)
	}
	fmt.Fprintf(os.Stderr, "SKIPPING %s: %v\n", t.Name(), what)
	t.Skip(what)
}

// mustNotSkip reads the variable CI as the providers of CI write it.
func mustNotSkip(ci string) bool {
	return ci != "" && ci != "0" && !strings.EqualFold(ci, "false")
}
