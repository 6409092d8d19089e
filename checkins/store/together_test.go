package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
)

// ready brings people with one claimed prompt each.
func (h *house) ready(t *testing.T, people int) (who []checkins.ParticipantID, ids []checkins.MessageID, due time.Time) {
	t.Helper()
	for i := range people {
		who = append(who, h.join(t, fmt.Sprintf("+1500556%04d", i)))
	}
	h.round(t, noon) // the answers to YES
	for _, p := range who {
		due = h.state(t, p, noon).Plans[0].Next.At
		h.plan(t, p, due)
		ids = append(ids, h.newestOf(t, p, due))
	}
	h.claimAll(t, due)
	return who, ids, due
}

func (h *house) newestOf(t *testing.T, who checkins.ParticipantID, now time.Time) checkins.MessageID {
	t.Helper()
	return h.state(t, who, now).Recent[0].ID
}

// beginAll begins all messages at once, at most perDay for each person, and returns
// what came of each.
func (h *house) beginAll(ids []checkins.MessageID, perDay int, now time.Time) ([]checkins.Outgoing, []error) {
	outs, errs := make([]checkins.Outgoing, len(ids)), make([]error, len(ids))
	h.AtOnce(len(ids), func(i int) {
		outs[i], errs[i] = h.Begin(context.Background(), ids[i], perDay, now, now.Add(time.Minute))
	})
	return outs, errs
}

// Whoever shares a transaction is asked like one who comes alone.
func TestOfThoseWhoBeginTogetherEachIsAsked(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, ids, due := h.ready(t, 8)
		h.text(t, "+15005560001", "STOP", due)
		h.text(t, "+15005560002", "pause", due)
		h.erase(t, who[3], checkins.ErasedByOperator, due)
		db := h.raw(t)
		db.MustExec(fmt.Sprintf(`UPDATE messages SET body = 'v1|nokey|AAAA' WHERE id = '%s'`, ids[4]))
		db.MustExec(fmt.Sprintf(`UPDATE messages SET state = 'queued', lease_until = NULL WHERE id = '%s'`, ids[5]))
		outs, errs := h.beginAll(ids, 3, due)
		for i, err := range errs {
			switch i {
			case 1, 2, 3, 5:
				if !errors.Is(err, checkins.ErrNotSent) {
					t.Errorf("stopped, paused, erased, given back: the message of %d says %v", i, err)
				}
			case 4:
				if err == nil || errors.Is(err, checkins.ErrNotSent) {
					t.Errorf("a message that nobody can read says %v", err)
				}
			default:
				if err != nil || outs[i].ID != ids[i] || outs[i].Participant != who[i] || outs[i].To != fmt.Sprintf("+1500556%04d", i) || outs[i].Words.Text == "" {
					t.Errorf("%d: %v, %+v", i, err, outs[i])
				}
				if got := h.stands(t, who[i]); got != checkins.Sending {
					t.Errorf("%d is %s", i, got)
				}
			}
		}
		for i, want := range map[int]checkins.MessageState{1: checkins.Withdrawn, 2: checkins.Withdrawn, 4: checkins.Claimed, 5: checkins.Queued} {
			if m := h.message(t, who[i], ids[i], due); m.State != want || m.Attempts != 0 {
				t.Errorf("%d is %s after %d attempts, not %s", i, m.State, m.Attempts, want)
			}
		}
	})
}

func (h *house) message(t *testing.T, who checkins.ParticipantID, id checkins.MessageID, now time.Time) checkins.Message {
	t.Helper()
	recent := h.state(t, who, now).Recent
	i := slices.IndexFunc(recent, func(m checkins.Message) bool { return m.ID == id })
	if i < 0 {
		t.Fatalf("message %s is not there", id)
	}
	return recent[i]
}

func TestTwoMessagesThatBeginTogetherDoNotOverfillADay(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, ids, due := h.ready(t, 2)
		h.another(t, who[0], due)
		ids = append(ids, h.claimAll(t, due)...)
		if len(ids) != 3 {
			t.Fatalf("%d messages", len(ids))
		}
		_, errs := h.beginAll(ids, 1, due)
		if began := (errs[0] == nil) != (errs[2] == nil); !began || errs[1] != nil {
			t.Errorf("with one a day for each, two of one person and one of another say %v", errs)
		}
	})
}

// another puts one more prompt of a person into the queue.
func (h *house) another(t *testing.T, who checkins.ParticipantID, due time.Time) {
	t.Helper()
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, due, func(s checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Messages: []checkins.Message{{
			ID: checkins.MessageID(newID()), Address: s.Addresses[0].ID, Channel: checkins.SMS, Kind: checkins.Prompt, State: checkins.Queued,
			Words: checkins.Words{Text: "words"}, DueAt: due, NotBefore: due, ExpiresAt: due.Add(time.Hour), OwnTime: true,
		}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestThoseWhoBeginTogetherKeepTheRate(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		_, ids, due := h.ready(t, 6)
		slow := h.twin(t, store.Rate{Sender: "+1", PerSecond: 1})
		_, errs := slow.beginAll(ids, 3, due)
		left := 0
		for _, err := range errs {
			if err == nil {
				left++
			}
		}
		if left != 1 {
			t.Errorf("at one a second %d of six left at once: %v", left, errs)
		}
		for second := 1; second < 6; second++ {
			if n := slow.round(t, due.Add(time.Duration(second)*time.Second)); n != 1 {
				t.Errorf("in second %d %d left", second, n)
			}
		}
	})
}

// A transaction that fails for all of them is no reason for any of them to fail.
func TestWhenASharedTransactionFailsEachGoesAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, ids, due := h.ready(t, 5)
		taken, err := h.Begin(t.Context(), ids[0], 3, due, due.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var calls atomic.Int64
		clumsy, err := store.Open(t.Context(), store.Options{URL: h.url, Vault: h.vault, NewID: func() string {
			if calls.Add(1) == 2 {
				return string(taken.Attempt)
			}
			return newID()
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = clumsy.Close() }()
		two := *h
		two.Store = clumsy
		outs, errs := two.beginAll(ids[1:], 3, due)
		for i, err := range errs {
			if err != nil || outs[i].Attempts != 1 || h.message(t, who[i+1], ids[i+1], due).Attempts != 1 {
				t.Errorf("%d: %v, attempt %d", i+1, err, outs[i].Attempts)
			}
		}
		if calls.Load() != 8 {
			t.Errorf("ids were made %d times, not for four together and then for each", calls.Load())
		}
	})
}

// Whom somebody else holds, those who come together do not wait for.
func TestAHeldPersonHoldsUpNobodyElse(t *testing.T) {
	h := open(t, storetest.Prepared(t, migrated), "") // SQLite holds everybody or nobody
	who, ids, due := h.ready(t, 4)
	holder, err := h.raw(t).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback() }()
	if _, err := holder.Exec(`SELECT 1 FROM participants WHERE id = $1 FOR UPDATE`, who[2]); err != nil {
		t.Fatal(err)
	}
	var done atomic.Int64
	h.AtOnce(4, func(i int) {
		if _, err := h.Begin(context.Background(), ids[i], 3, due, due.Add(time.Minute)); err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if i == 2 && done.Load() != 3 {
			t.Errorf("who was held began after %d others", done.Load())
		}
		if i != 2 && done.Add(1) == 3 {
			_ = holder.Rollback() // only when the others are through
		}
	})
}

func TestWhatEndsTogetherIsSettledEachByItself(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, ids, due := h.ready(t, 7)
		outs, errs := h.beginAll(ids, 3, due)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		h.erase(t, who[4], checkins.ErasedByOperator, due)
		h.witness(t, checkins.Evidence{Attempt: outs[5].Attempt, ProviderID: "SM5", Source: "callback", Fact: checkins.FactDelivered, At: due})
		ends := []checkins.Settlement{
			{Outcome: checkins.OutcomeAccepted, ProviderID: "SM0"},
			{Outcome: checkins.OutcomeTemporary, Code: "429", RetryAt: due.Add(time.Minute)},
			{Outcome: checkins.OutcomePermanent, Code: "21211"},
			{},
			{Outcome: checkins.OutcomeAccepted, ProviderID: "SM4"},
			{Outcome: checkins.OutcomeAccepted, ProviderID: "SM5"},
			{Outcome: checkins.OutcomeAccepted, ProviderID: "SM6"},
			{Outcome: checkins.OutcomeAccepted, ProviderID: "SM0"}, // the first one again
		}
		h.AtOnce(len(ends), func(i int) {
			x := ends[i]
			x.Attempt, x.At = outs[i%len(outs)].Attempt, due
			if err := h.Settle(context.Background(), x); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
		for i, want := range map[int]checkins.MessageState{
			0: checkins.Accepted, 1: checkins.Queued, 2: checkins.Failed, 3: checkins.Unknown, 5: checkins.Delivered, 6: checkins.Accepted,
		} {
			m := h.message(t, who[i], ids[i], due)
			if m.State != want || m.Why != ends[i].Code {
				t.Errorf("%d is %s because of %q, not %s", i, m.State, m.Why, want)
			}
			if i == 1 && !m.NotBefore.Equal(due.Add(time.Minute)) {
				t.Errorf("it is tried again at %s", m.NotBefore)
			}
		}
		for i, sid := range map[int]string{0: "SM0", 5: "SM5", 6: "SM6"} {
			s, err := h.State(t.Context(), checkins.Who{ProviderID: sid}, due)
			if err != nil || s.Attempt != outs[i].Attempt {
				t.Errorf("%s leads to %s, %v", sid, s.Attempt, err)
			}
		}
	})
}

func TestSomebodyErasedAfterTheClaimIsSentNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, ids, due := h.ready(t, 1)
		h.erase(t, who[0], checkins.ErasedByOperator, due)
		if _, err := h.Begin(t.Context(), ids[0], 3, due, due.Add(time.Minute)); !errors.Is(err, checkins.ErrNotSent) {
			t.Errorf("Begin says %v", err)
		}
		counts, err := h.Counts(t.Context())
		if err != nil || len(counts) != 0 {
			t.Errorf("messages are left in the outbox: %v, %v", counts, err)
		}
		var attempts, erasures int
		db := h.raw(t)
		if err := errors.Join(db.Get(&attempts, `SELECT count(*) FROM attempts`), db.Get(&erasures, `SELECT count(*) FROM erasures`)); err != nil {
			t.Fatal(err)
		}
		if attempts != 0 || erasures != 1 {
			t.Errorf("%d attempts and %d erasures are written down", attempts, erasures)
		}
	})
}

func TestOfThoseWhoBeginTogetherOneTriesTheBreaker(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		_, ids, due := h.ready(t, 5)
		out, err := h.Begin(t.Context(), ids[0], 3, due, due.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		h.settle(t, checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeTemporary, Code: "20003", Hold: checkins.HoldChannel, RetryAt: due.Add(time.Hour), At: due})
		_, errs := h.beginAll(ids[1:], 3, due.Add(checkins.ProbeAfter(0)))
		tried := 0
		for _, err := range errs {
			switch {
			case err == nil:
				tried++
			case !errors.Is(err, checkins.ErrNotSent):
				t.Error(err)
			}
		}
		if tried != 1 {
			t.Errorf("%d of four try: %v", tried, errs)
		}
	})
}
