package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

// twin opens the same database as another process would, at a rate of texts.
func (h *house) twin(t *testing.T, rate store.Rate) *house {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		URL: h.url, Vault: h.vault, NewID: newID, Rates: map[checkins.Channel]store.Rate{checkins.SMS: rate},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	two := *h
	two.Store = s
	return &two
}

// round claims and begins what may leave now, and returns how many did.
func (h *house) round(t *testing.T, now time.Time) (left int) {
	t.Helper()
	for _, id := range h.claimAll(t, now) {
		_, err := h.Begin(t.Context(), id, 99, now, now.Add(time.Minute))
		switch {
		case err == nil:
			left++
		case !errors.Is(err, checkins.ErrNotSent):
			t.Fatal(err)
		}
	}
	return left
}

// evening brings people whose prompts are all due, and the moment that they are.
func (h *house) evening(t *testing.T, people int) time.Time {
	t.Helper()
	var due time.Time
	for i := range people {
		who := h.join(t, fmt.Sprintf("+1500559%04d", i))
		due = h.state(t, who, noon).Plans[0].Next.At
	}
	h.round(t, noon) // the answers to YES
	list, err := h.Due(t.Context(), due, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		h.plan(t, d.Participant, due)
	}
	return due
}

func TestManyProcessesKeepOneRate(t *testing.T) {
	const people, perSecond = 60, 4
	onBoth(t, func(t *testing.T, h *house) {
		due := h.evening(t, people)
		twins := []*house{h.twin(t, store.Rate{Sender: "+1", PerSecond: perSecond}), h.twin(t, store.Rate{Sender: "+1", PerSecond: perSecond})}
		total := 0
		for second := range people {
			now := due.Add(time.Duration(second) * time.Second)
			var mu sync.Mutex
			var group sync.WaitGroup
			left := 0
			for _, twin := range twins {
				group.Go(func() {
					n := twin.round(t, now)
					mu.Lock()
					defer mu.Unlock()
					left += n
				})
			}
			group.Wait()
			if left > perSecond {
				t.Errorf("in second %d %d messages left", second, left)
			}
			if total += left; total == people {
				if second < people/perSecond-1 || second > people/perSecond {
					t.Errorf("%d messages took %d seconds at %d a second", people, second, perSecond)
				}
				return
			}
		}
		t.Errorf("after a minute %d of %d had left", total, people)
	})
}

func TestAMessageOfThreeSegmentsTakesThreeTurns(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		due := h.evening(t, 4)
		two := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1, Cost: func(checkins.Message) int { return 3 }})
		for second := range 11 {
			want := 0
			if second%3 == 0 {
				want = 1
			}
			if n := two.round(t, due.Add(time.Duration(second)*time.Second)); n != want {
				t.Errorf("in second %d %d messages left, not %d", second, n, want)
			}
		}
	})
}

func TestAnAnswerNeverWaitsForTheRate(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		due := h.evening(t, 5)
		two := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1})
		two.round(t, due)
		for i := range 3 {
			h.text(t, fmt.Sprintf("+1500559%04d", i), "help", due)
		}
		if n := two.round(t, due); n != 3 {
			t.Errorf("%d of 3 answers left at once", n)
		}
	})
}

func TestWhatTheRateCannotCarryInTimeExpires(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		due := h.evening(t, 5)
		two := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1, Cost: func(checkins.Message) int { return 3000 }}) // 50 minutes each
		two.round(t, due)
		counts, err := h.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if counts[checkins.Queued] != 1 || counts[checkins.Expired] != 3 {
			t.Errorf("of five prompts that live for 90 minutes, at 50 minutes each: %v", counts)
		}
	})
}

func TestAProcessThatWasAwayDoesNotSendAllAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		due := h.evening(t, 30)
		two := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1})
		two.round(t, due)
		if n := two.round(t, due.Add(10*time.Minute)); n != 1 {
			t.Errorf("after ten minutes away %d messages left at once", n)
		}
	})
}
