package reply_test

import (
	"os"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins/reply"
)

// phrases reads a file of one text a line.
func phrases(tb testing.TB, name string) (list []string) {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

func TestWordingsOfStoppingStopAfterEveryQuestion(t *testing.T) {
	r := reader(t)
	for _, text := range phrases(t, "testdata/stop.txt") {
		for _, after := range allAfter {
			if got := r.Read(text, reply.Context{After: after, Now: now}); got.Intent != reply.IntentStop {
				t.Errorf("after %q, %q reads as %s", after, text, got.Intent)
			}
		}
	}
}

func TestOrdinaryTalkWithSuchWordsNeverStops(t *testing.T) {
	r := reader(t)
	for _, text := range phrases(t, "testdata/not_stop.txt") {
		for _, after := range allAfter {
			got := r.Read(text, reply.Context{After: after, Now: now}).Intent
			if got == reply.IntentStop || got == reply.IntentMaybeStop {
				t.Errorf("after %q, %q reads as %s", after, text, got)
			}
		}
	}
}
