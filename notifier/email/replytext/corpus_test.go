package replytext_test

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/email/replytext"
)

// corpusPath names a file of cases that is not part of the project: JSON lines
// with id, kind (text or html), input and checks, pairs of a type and a value.
const corpusPath = "MICROREACH_REPLY_CORPUS"

// checks says how a reply is compared with the value of a check.
var checks = map[string]func(got, want string) bool{
	"eq": func(got, want string) bool { return trimmed(got) == trimmed(want) },
	"eqns": func(got, want string) bool {
		return strings.Join(strings.Fields(got), "") == strings.Join(strings.Fields(want), "")
	},
	"starts": func(got, want string) bool { return strings.HasPrefix(trimmed(got), trimmed(want)) },
	"has":    strings.Contains,
	"hasnt":  func(got, want string) bool { return !strings.Contains(got, want) },
	"re":     func(got, want string) bool { return regexp.MustCompile("(?s)" + want).MatchString(trimmed(got)) },
}

// trimmed leaves out what a comparison does not care for.
func trimmed(s string) string {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\u00a0", " ").Replace(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func TestCorpusOfReplies(t *testing.T) {
	file, err := os.Open(os.Getenv(corpusPath))
	if err != nil {
		t.Skipf("set %s to a file of cases", corpusPath)
	}
	defer func() { _ = file.Close() }()
	passed, all := map[string]int{}, map[string]int{}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var c struct {
			ID, Kind, Input string
			Checks          [][2]string
		}
		if err := json.Unmarshal(scanner.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		got := replytext.Cut(c.Input)
		if c.Kind == "html" {
			got = replytext.CutHTML(c.Input)
		}
		source, _, _ := strings.Cut(c.ID, "/")
		all[source]++
		if ok := meets(got, c.Checks); ok {
			passed[source]++
		} else {
			t.Logf("not as expected: %s", c.ID)
		}
	}
	for source, n := range all {
		t.Logf("%s: %d of %d", source, passed[source], n)
		if passed[source]*100 < n*85 {
			t.Errorf("%s: under 85 %%", source)
		}
	}
}

// meets reports whether a reply passes every check of a case.
func meets(got string, list [][2]string) bool {
	for _, c := range list {
		if check, known := checks[c[0]]; !known || !check(got, c[1]) {
			return false
		}
	}
	return true
}
