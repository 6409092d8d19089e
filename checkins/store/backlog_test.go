package store_test

import (
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

func TestTheBacklogIsWhatWaits(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		before, err := h.Backlog(t.Context())
		if err != nil || len(before.Open) != 0 || !before.DueAt.IsZero() || before.HeldBy != 0 {
			t.Fatalf("an empty house waits for %+v, %v", before, err)
		}
		_, lost := h.begun(t, "+15005550360", noon)
		h.settle(t, checkins.Settlement{Attempt: lost.Attempt, Outcome: checkins.OutcomeUnknown, At: noon})
		_, sent := h.begun(t, "+15005550361", noon)
		h.settle(t, checkins.Settlement{Attempt: sent.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: "SM1", At: noon})
		h.begun(t, "+15005550362", noon)
		h.join(t, "+15005550363")
		b, err := h.Backlog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts := map[checkins.MessageState]int{}
		for _, s := range b.Open {
			counts[s.State] += s.Count
			if s.Channel != checkins.SMS || s.Since.After(noon) {
				t.Errorf("%+v", s)
			}
		}
		if counts[checkins.Unknown] != 1 || counts[checkins.Sending] != 1 || counts[checkins.Queued] == 0 || len(counts) != 3 {
			t.Errorf("it counts %v", counts)
		}
		if b.DueAt.IsZero() || b.DueAt.Sub(noon) > 48*time.Hour {
			t.Errorf("the first plan is due at %v", b.DueAt)
		}
	})
}
