package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// outbox is a queue and ledger in memory.
type outbox struct {
	mu       sync.Mutex
	queue    []checkins.MessageID
	refuse   map[checkins.MessageID]bool
	crowded  map[checkins.MessageID]bool
	released []checkins.MessageID
	begun    []checkins.MessageID
	settled  []checkins.Settlement
	facts    []checkins.Evidence
}

func (o *outbox) Claim(_ context.Context, _ checkins.Channel, _, _ time.Time, limit int) ([]checkins.MessageID, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(limit, len(o.queue))
	ids := o.queue[:n]
	o.queue = o.queue[n:]
	return ids, nil
}

func (o *outbox) Release(_ context.Context, ids []checkins.MessageID, _ time.Time) error {
	o.released = append(o.released, ids...)
	return nil
}

func (o *outbox) Begin(_ context.Context, id checkins.MessageID, _ int, now, _ time.Time) (checkins.Outgoing, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse[id] {
		return checkins.Outgoing{}, checkins.ErrNotSent
	}
	if o.crowded[id] {
		return checkins.Outgoing{}, fmt.Errorf("%w: %w", checkins.ErrNotSent, checkins.ErrCrowded)
	}
	o.begun = append(o.begun, id)
	m := checkins.Message{ID: id, Channel: checkins.SMS, Attempts: 1, ExpiresAt: now.Add(time.Hour)}
	return checkins.Outgoing{Message: m, Attempt: checkins.AttemptID("try " + id), To: "+15005550111"}, nil
}

func (o *outbox) Settle(_ context.Context, s checkins.Settlement) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.settled = append(o.settled, s)
	return nil
}

func (o *outbox) Witness(_ context.Context, e checkins.Evidence) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.facts = append(o.facts, e)
	return nil
}

// sendFunc is a Sender.
type sendFunc func(context.Context, checkins.Outgoing) (string, error)

func (f sendFunc) Send(ctx context.Context, out checkins.Outgoing) (string, error) {
	return f(ctx, out)
}

func dispatcher(o *outbox, send sendFunc, log *slog.Logger) *notifier.Dispatcher {
	return &notifier.Dispatcher{
		Channel: checkins.SMS, Queue: o, Ledger: o, Sender: send, Witness: o, Workers: 3, PerDay: 3,
		Now: time.Now, Clock: time.Now, Log: log,
	}
}

func messages(n int) []checkins.MessageID {
	ids := make([]checkins.MessageID, n)
	for i := range ids {
		ids[i] = checkins.MessageID(fmt.Sprint("m", i))
	}
	return ids
}

func TestEveryBegunMessageIsSettledOnce(t *testing.T) {
	o := &outbox{queue: messages(100), refuse: map[checkins.MessageID]bool{"m7": true, "m50": true}}
	n, err := dispatcher(o, func(context.Context, checkins.Outgoing) (string, error) { return "SM", nil }, slog.New(slog.DiscardHandler)).Run(t.Context())
	if err != nil || n != 98 || len(o.begun) != 98 || len(o.settled) != 98 {
		t.Errorf("%d settled of %d begun, %v; two of a hundred were refused", n, len(o.begun), err)
	}
}

func TestWhatASendErrorMeans(t *testing.T) {
	cases := []struct {
		name string
		err  error
		want checkins.Outcome
	}{
		{"none", nil, checkins.OutcomeAccepted},
		{"untyped", errors.New("what was that"), checkins.OutcomeUnknown},
		{"half filled", &notifier.SendError{Err: errors.New("x")}, checkins.OutcomeUnknown},
		{"wrapped", fmt.Errorf("send: %w", &notifier.SendError{Outcome: checkins.OutcomePermanent, Err: errors.New("x")}), checkins.OutcomePermanent},
		{"time-out", context.DeadlineExceeded, checkins.OutcomeUnknown},
		{"temporary", &notifier.SendError{Outcome: checkins.OutcomeTemporary, RetryAfter: time.Hour, Err: errors.New("x")}, checkins.OutcomeTemporary},
	}
	for _, c := range cases {
		o := &outbox{queue: messages(1)}
		if _, err := dispatcher(o, func(context.Context, checkins.Outgoing) (string, error) { return "", c.err }, slog.New(slog.DiscardHandler)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := o.settled[0]
		if s.Outcome != c.want {
			t.Errorf("%s: %v, not %v", c.name, s.Outcome, c.want)
		}
		if wait := s.RetryAt.Sub(s.At); c.want == checkins.OutcomeTemporary && wait < time.Hour {
			t.Errorf("the provider asked for an hour and gets %s", wait)
		}
	}
}

func TestAFactAboutTheAddressIsPassedOn(t *testing.T) {
	o := &outbox{queue: messages(1)}
	refused := &notifier.SendError{Outcome: checkins.OutcomePermanent, Fact: checkins.FactOptedOut, Code: "21610", Err: errors.New("x")}
	if _, err := dispatcher(o, func(context.Context, checkins.Outgoing) (string, error) { return "", refused }, slog.New(slog.DiscardHandler)).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(o.facts) != 1 || o.facts[0].Fact != checkins.FactOptedOut || o.facts[0].Attempt != "try m0" {
		t.Errorf("facts: %+v", o.facts)
	}
}

func TestAtTheEndWhatIsBegunIsFinishedAndTheRestGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outbox{queue: messages(12)}
		ctx, cancel := context.WithCancel(t.Context())
		send := func(ctx context.Context, _ checkins.Outgoing) (string, error) {
			select {
			case <-time.After(5 * time.Second):
				return "SM", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		time.AfterFunc(time.Second, cancel)
		n, err := dispatcher(o, send, slog.New(slog.DiscardHandler)).Run(ctx)
		if err != nil || n != 3 || len(o.settled) != 3 || len(o.released) != 9 {
			t.Errorf("%d settled, %d went back, %v; three were begun", n, len(o.released), err)
		}
		for _, s := range o.settled {
			if s.Outcome != checkins.OutcomeAccepted {
				t.Errorf("a send that was under way ended %v", s.Outcome)
			}
		}
	})
}

func TestASendThatHangsEndsUnknownInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outbox{queue: messages(1)}
		began := time.Now()
		hang := func(ctx context.Context, _ checkins.Outgoing) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}
		if _, err := dispatcher(o, hang, slog.New(slog.DiscardHandler)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != notifier.ProviderTime {
			t.Errorf("it took %s", took)
		}
		if o.settled[0].Outcome != checkins.OutcomeUnknown {
			t.Errorf("it ended %v", o.settled[0].Outcome)
		}
	})
}

func TestAWorkerBeginsNothingBeforeItsLastIsSettled(t *testing.T) {
	o, begun := &outbox{queue: messages(10)}, 0
	d := dispatcher(o, func(_ context.Context, m checkins.Outgoing) (string, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.settled) != begun {
			t.Errorf("%s leaves when %d of the %d before it are settled", m.ID, len(o.settled), begun)
		}
		begun++
		return "SM", nil
	}, slog.New(slog.DiscardHandler))
	d.Workers = 1
	if n, err := d.Run(t.Context()); err != nil || n != 10 {
		t.Errorf("%d settled, %v", n, err)
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	var out strings.Builder
	o := &outbox{queue: messages(2)}
	leaky := errors.New("no route to +15005550111: Dear canary")
	send := func(_ context.Context, m checkins.Outgoing) (string, error) {
		if m.ID == "m0" {
			return "", leaky
		}
		return "SM", nil
	}
	if _, err := dispatcher(o, send, slog.New(slog.NewTextHandler(&out, nil))).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"5005550111", "canary"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log says %q: %s", secret, out.String())
		}
	}
	if !strings.Contains(out.String(), "attempt=") {
		t.Errorf("the log names no attempt: %s", out.String())
	}
}

func TestWhatTheRateCannotCarryIsToldOnce(t *testing.T) {
	var out strings.Builder
	o := &outbox{queue: messages(40), crowded: map[checkins.MessageID]bool{"m3": true, "m20": true, "m39": true}}
	send := func(context.Context, checkins.Outgoing) (string, error) { return "SM", nil }
	if _, err := dispatcher(o, send, slog.New(slog.NewTextHandler(&out, nil))).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log := out.String(); strings.Count(log, "[limits]") != 1 || !strings.Contains(log, "not_sent=3") {
		t.Errorf("the log says: %s", log)
	}
}

func TestBackoffGrowsAndStaysBounded(t *testing.T) {
	last := time.Duration(0)
	for attempt := 1; attempt < 100; attempt++ {
		wait := notifier.Backoff(attempt)
		if wait < 15*time.Second || wait > 15*time.Minute*5/4 {
			t.Errorf("after attempt %d: %s", attempt, wait)
		}
		if attempt < 6 && wait < last {
			t.Errorf("after attempt %d the wait shrank from %s to %s", attempt, last, wait)
		}
		last = wait
	}
}
