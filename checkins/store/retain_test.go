package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

const aDay = 24 * time.Hour

var usual = store.Retention{Raw: 7 * aDay, Bodies: 90 * aDay, Words: 365 * aDay, Delivery: 400 * aDay, Proof: 1461 * aDay}

// left counts what is left of what grows old.
func (h *house) left(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for name, query := range map[string]string{
		"raw": `SELECT count(*) FROM inbound WHERE body <> ''`, "bodies": `SELECT count(*) FROM messages WHERE body <> '' AND kind <> 'opt_in'`,
		"questions": `SELECT count(*) FROM messages WHERE body <> '' AND kind = 'opt_in'`,
		"words":     `SELECT count(*) FROM check_ins WHERE note <> '' OR feelings <> '' OR sensations <> '' OR expectation <> ''`,
		"numbers":   `SELECT count(*) FROM check_ins WHERE rating <> ''`, "messages": `SELECT count(*) FROM messages WHERE kind <> 'opt_in'`,
		"attempts": `SELECT count(*) FROM attempts a JOIN messages m ON m.id = a.message_id WHERE m.kind <> 'opt_in'`, "inbound": `SELECT count(*) FROM inbound`, "changes": `SELECT count(*) FROM changes`,
		"consents": `SELECT count(*) FROM consents`, "proofs": `SELECT count(*) FROM proofs`, "quotas": `SELECT count(*) FROM quotas`, "own": `SELECT count(*) FROM own_practices WHERE words <> ''`,
	} {
		var n int
		if err := h.raw(t).Get(&n, query); err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	return counts
}

func TestWhatIsOldGoesAndWhatIsNotStays(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.fullLife(t, 1, "ada")
		brief := h.fullLife(t, 2, "ben")
		err := h.Decide(t.Context(), checkins.Who{Participant: brief}, noon, func(s checkins.State) (checkins.Effects, error) {
			who := s.Participant
			who.WordsDays = 30
			return checkins.Effects{Participant: &who, Takes: []checkins.Quota{{Name: "join", Most: 5}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		gone := h.enrolBoth(t, 3)
		h.text(t, "+15005580003", "STOP", noon)
		h.erase(t, gone, checkins.ErasedByOperator, noon)
		h.lapse(t)
		was := h.left(t)
		for _, name := range []string{"raw", "bodies", "questions", "words", "numbers", "messages", "attempts", "inbound", "changes", "consents", "proofs", "quotas", "own"} {
			if was[name] == 0 {
				t.Fatalf("there is no %s to begin with: %v", name, was)
			}
		}
		at := func(days int) map[string]int {
			t.Helper()
			if _, err := h.Retain(t.Context(), usual, noon.Add(time.Duration(days)*aDay+12*time.Hour), func(string) {}); err != nil {
				t.Fatal(err)
			}
			return h.left(t)
		}
		expect := func(days int, changed map[string]int) {
			t.Helper()
			for name, n := range changed {
				was[name] = n
			}
			for name, n := range at(days) {
				if n != was[name] {
					t.Errorf("after %d days %d of %s are left, not %d", days, n, name, was[name])
				}
			}
		}
		expect(6, nil)
		expect(8, map[string]int{"raw": 0, "quotas": 0})
		expect(29, nil)
		expect(31, map[string]int{"words": was["words"] / 2}) // who chose 30 days
		expect(89, nil)
		expect(91, map[string]int{"bodies": 0})
		expect(364, nil)
		expect(366, map[string]int{"words": 0})
		expect(399, nil)
		expect(401, map[string]int{"messages": 0, "attempts": 0, "inbound": 0, "changes": 0})
		expect(1459, nil)
		expect(1462, map[string]int{"proofs": 0})
		// The house works on.
		later := noon.Add(1500 * aDay)
		h.text(t, "+15005580001", "done 5", later)
		if records, err := h.Records(t.Context(), h.state(t, brief, later).Participant.ID, 10); err != nil || len(records) == 0 {
			t.Errorf("%d records, %v", len(records), err)
		}
	})
}

func TestTidyingUpGoesOnWhereItWasInterrupted(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for n := range 3 {
			h.fullLife(t, n, "ada")
		}
		h.lapse(t)
		old := noon.Add(500 * aDay)
		for ended := false; !ended; {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := h.Retain(ctx, usual, old, func(string) { cancel() })
			cancel()
			if ended = err == nil; err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if left := h.left(t); left["raw"]+left["bodies"]+left["words"]+left["messages"]+left["inbound"] > 0 {
			t.Errorf("left is %v", left)
		}
	})
}

func TestWhoLeftLongAgoIsListed(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		gone, half := h.enrolBoth(t, 1), h.enrolBoth(t, 2)
		h.text(t, "+15005580001", "stop all", noon)
		h.text(t, "+15005580002", "STOP", noon)
		for after, want := range map[time.Duration]int{time.Hour: 1, -time.Hour: 0} {
			ids, err := h.Departed(t.Context(), noon.Add(after), 10)
			if err != nil || len(ids) != want || want == 1 && ids[0] != gone {
				t.Errorf("of %s and %s, %v left before %v, %v", gone, half, ids, after, err)
			}
		}
	})
}

// lapse lets what was never sent expire.
func (h *house) lapse(t *testing.T) {
	t.Helper()
	if _, _, err := h.Lapse(t.Context(), noon.Add(5*aDay), noon); err != nil {
		t.Fatal(err)
	}
}
