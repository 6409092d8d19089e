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

// fifty is a rate by which each message takes 50 minutes.
var fifty = store.Rate{Sender: "+1", PerSecond: 1, Cost: func(checkins.Message) int { return 3000 }}

// planned lets prompts be planned at a rate and returns how each person's stands.
func (h *house) planned(t *testing.T, people int, rate store.Rate, now func(due time.Time) time.Time) (due time.Time, list []checkins.Message) {
	t.Helper()
	var who []checkins.ParticipantID
	for i := range people {
		id := h.join(t, fmt.Sprintf("+1500558%04d", i))
		who, due = append(who, id), h.state(t, id, noon).Plans[0].Next.At
	}
	h.round(t, noon) // the answers to YES
	two := h.twin(t, rate)
	for _, id := range who {
		two.plan(t, id, now(due))
		list = append(list, h.state(t, id, due).Recent[0])
	}
	return due, list
}

func TestWhatTheWindowCannotCarryIsNotPlanned(t *testing.T) {
	onTime := func(due time.Time) time.Time { return due }
	onBoth(t, func(t *testing.T, h *house) {
		due, list := h.planned(t, 5, fifty, onTime)
		for i, m := range list {
			switch {
			case i < 2 && (m.State != checkins.Queued || !m.NotBefore.Equal(due.Add(time.Duration(i)*50*time.Minute))):
				t.Errorf("the prompt of person %d is %s, for %s after it is due", i, m.State, m.NotBefore.Sub(due))
			case i >= 2 && (m.State != checkins.Expired || m.Why != string(checkins.Crowded)):
				t.Errorf("at 50 minutes each the prompt of person %d is %s: %s", i, m.State, m.Why)
			}
		}
		if s := h.state(t, list[4].Participant, due); !s.Plans[0].Next.At.After(due) {
			t.Error("what was not planned is due again")
		}
		two := h.twin(t, fifty)
		if at0, at50 := two.round(t, due), two.round(t, due.Add(50*time.Minute)); at0 != 1 || at50 != 1 {
			t.Errorf("at once %d leave, after fifty minutes %d", at0, at50)
		}
	})
}

func TestALatePlannerSpreadsOnlyWhatIsLeftOfTheWindow(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		_, list := h.planned(t, 3, fifty, func(due time.Time) time.Time { return due.Add(45 * time.Minute) })
		if list[0].State != checkins.Queued || list[1].State != checkins.Expired || list[2].State != checkins.Expired {
			t.Errorf("45 minutes late, at 50 minutes each: %s, %s, %s", list[0].State, list[1].State, list[2].State)
		}
	})
}

func TestTheQuestionsOfAnImportLeaveRoomForReminders(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005580100")
		due := h.state(t, who, noon).Plans[0].Next.At
		h.round(t, noon)
		two := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1, Cost: func(checkins.Message) int { return 60 }}) // a minute each
		for i := range 30 {
			h.enrol(t, fmt.Sprintf("+1500558%04d", 200+i))
		}
		for _, id := range two.claimAll(t, due) {
			if _, err := two.Begin(t.Context(), id, 99, due, due.Add(time.Minute)); err != nil && !errors.Is(err, checkins.ErrNotSent) {
				t.Fatal(err)
			}
		}
		two.plan(t, who, due)
		if m := h.state(t, who, due).Recent[0]; m.State != checkins.Queued || m.NotBefore.Sub(due) > 12*time.Minute {
			t.Errorf("behind thirty questions of a minute each a reminder is %s, for %s later", m.State, m.NotBefore.Sub(due))
		}
		left := 0
		for minute := range 60 {
			n := two.round(t, due.Add(time.Duration(minute)*time.Minute))
			if left += n; n > 1 {
				t.Errorf("in minute %d %d left", minute, n)
			}
		}
		if left != 30 { // one left at once, and the reminder is among these
			t.Errorf("in an hour %d left, of 29 questions and a reminder", left)
		}
	})
}

func TestAnOperatorHearsADayAheadOfTooMuch(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for i := range 3 {
			h.join(t, fmt.Sprintf("+1500557%04d", i))
		}
		two := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1})
		crowds, err := two.Ahead(t.Context(), noon, noon.Add(24*time.Hour))
		if err != nil || len(crowds) != 1 || crowds[0] != (checkins.Crowd{Channel: checkins.SMS, Due: 3}) {
			t.Errorf("of three reminders: %+v, %v", crowds, err)
		}
		if crowds, err := two.Ahead(t.Context(), noon, noon.Add(time.Minute)); err != nil || crowds[0].Due != 0 {
			t.Errorf("in the next minute: %+v, %v", crowds, err)
		}
	})
}
