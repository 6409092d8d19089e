package skiptest

import "testing"

func TestMissingPartIsAFailureInCI(t *testing.T) {
	for ci, want := range map[string]bool{"": false, "false": false, "False": false, "0": false, "true": true, "1": true, "woodpecker": true} {
		t.Run("CI="+ci, func(t *testing.T) {
			if got := mustNotSkip(ci); got != want {
				t.Errorf("mustNotSkip = %v, want %v", got, want)
			}
			t.Setenv("CI", ci)
			met := &ended{TB: t}
			Missing(met, "a thing")
			if met.failed != want || met.skipped == want {
				t.Errorf("failed %v, skipped %v; want failure %v", met.failed, met.skipped, want)
			}
		})
	}
}

// ended notes how a test was ended instead of ending it.
type ended struct {
	testing.TB
	failed, skipped bool
}

func (e *ended) Fatalf(string, ...any) { e.failed = true }
func (e *ended) Skip(...any)           { e.skipped = !e.failed }
