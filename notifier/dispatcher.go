package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Sender hands one message to a provider. It ends within ctx's deadline, and
// its error says what is certain about the message: a *SendError, or anything
// else for "unknown".
type Sender interface {
	Send(ctx context.Context, out checkins.Outgoing) (providerID string, err error)
}

// Queue is where messages wait.
type Queue interface {
	Claim(ctx context.Context, channel checkins.Channel, now, leaseUntil time.Time, limit int) ([]checkins.MessageID, error)
	Release(ctx context.Context, ids []checkins.MessageID, now time.Time) error
}

// Ledger is where it is written that a message leaves, before it does, and
// what became of it.
type Ledger interface {
	Begin(ctx context.Context, id checkins.MessageID, perDay int, now, leaseUntil time.Time) (checkins.Outgoing, error)
	Settle(ctx context.Context, s checkins.Settlement) error
}

// Witness takes in what a send said about an address.
type Witness interface {
	Witness(ctx context.Context, e checkins.Evidence) error
}

// The patience of a send. A provider gets ProviderTime; the lease is longer,
// so that it only runs out on a process that died.
const (
	ProviderTime = 8 * time.Second
	LeaseTime    = 30 * time.Second
)

// Dispatcher hands the messages of one channel to its Sender, each at most
// once.
//
// An attempt is committed as "sending" before its first byte leaves, so a
// crash can only ever leave a message unknown, never sent twice.
type Dispatcher struct {
	Channel checkins.Channel
	Queue   Queue
	Ledger  Ledger
	Sender  Sender
	Witness Witness
	Workers int              // how many send at once; at least 1
	PerDay  int              // messages that we start, for one person on one local date
	Lease   time.Duration    // longer than ProviderTime; 0 = LeaseTime
	Now     func() time.Time // the time that people live in
	Clock   func() time.Time // real time, for leases; the same as Now but in the demo

	// Ready is asked before each batch whether messages may leave at all; nil =
	// always.
	Ready func(context.Context) (bool, error)

	Log *slog.Logger

	running sync.Mutex
	crowded atomic.Int64
}

// Run delivers what is due and returns how many messages it settled. When ctx
// ends it begins nothing more; what it had begun is finished and settled. A
// second Run waits for the first, so whoever returns from one knows that
// nothing is under way.
func (d *Dispatcher) Run(ctx context.Context) (settled int, err error) {
	d.running.Lock()
	defer d.running.Unlock()
	defer d.warn()
	w := d.work(ctx)
	err = d.feed(ctx, w)
	n, workErr := w.wait()
	return n, errors.Join(err, workErr)
}

// feed claims what is due, a batch whenever the last one is nearly handed out, and
// puts back what nobody takes any more.
func (d *Dispatcher) feed(ctx context.Context, w *workers) error {
	batch := 4 * max(d.Workers, 1)
	for ctx.Err() == nil && !w.failed.Load() {
		if ready, err := d.ready(ctx); err != nil || !ready {
			return err
		}
		ids, err := d.Queue.Claim(ctx, d.Channel, d.Now(), d.lease(), batch)
		if err != nil {
			return fmt.Errorf("dispatch %s: %w", d.Channel, err)
		}
		if left := w.take(ctx, ids); len(left) > 0 {
			return d.Queue.Release(context.WithoutCancel(ctx), left, d.Now())
		}
		if len(ids) < batch {
			return nil
		}
	}
	return nil
}

func (d *Dispatcher) ready(ctx context.Context) (bool, error) {
	if d.Ready == nil {
		return true, nil
	}
	ready, err := d.Ready(ctx)
	if err != nil {
		return false, fmt.Errorf("dispatch %s: %w", d.Channel, err)
	}
	return ready, nil
}

// workers send what they are handed.
type workers struct {
	jobs    chan checkins.MessageID
	group   sync.WaitGroup
	settled atomic.Int64
	failed  atomic.Bool // one met an error of the database

	mu   sync.Mutex
	errs []error              // read after wait, as is left
	left []checkins.MessageID // handed over and not begun

	leave func([]checkins.MessageID) error // puts those back
}

// work starts the workers. As many messages as there are workers may wait for
// them, so that none is idle while the next are claimed.
func (d *Dispatcher) work(ctx context.Context) *workers {
	n := max(d.Workers, 1)
	w := &workers{jobs: make(chan checkins.MessageID, n)}
	for range n {
		w.group.Go(func() { d.serve(ctx, w) })
	}
	w.leave = func(left []checkins.MessageID) error {
		return d.Queue.Release(context.WithoutCancel(ctx), left, d.Now())
	}
	return w
}

// serve is a worker: it begins, sends and settles one message after the other. It
// begins none before the last is settled, so that a message that is begun leaves at
// once: what a crash finds between the two is never sent.
func (d *Dispatcher) serve(ctx context.Context, w *workers) {
	for id := range w.jobs {
		if ctx.Err() != nil || w.failed.Load() {
			w.mu.Lock()
			w.left = append(w.left, id)
			w.mu.Unlock()
			continue
		}
		switch done, err := d.deliver(context.WithoutCancel(ctx), id); { // what is begun is settled
		case err != nil:
			w.fail(err)
		case done:
			w.settled.Add(1)
		}
	}
}

func (w *workers) fail(err error) {
	w.mu.Lock()
	w.errs = append(w.errs, err)
	w.mu.Unlock()
	w.failed.Store(true)
}

// take hands messages over, each when there is room, and returns those that it did
// not.
func (w *workers) take(ctx context.Context, ids []checkins.MessageID) (left []checkins.MessageID) {
	for i, id := range ids {
		if ctx.Err() != nil || w.failed.Load() {
			return ids[i:]
		}
		select {
		case w.jobs <- id:
		case <-ctx.Done():
			return ids[i:]
		}
	}
	return nil
}

// wait lets everything that was handed over come to its end.
func (w *workers) wait() (settled int, err error) {
	close(w.jobs)
	w.group.Wait()
	if len(w.left) > 0 {
		w.errs = append(w.errs, w.leave(w.left))
	}
	return int(w.settled.Load()), errors.Join(w.errs...)
}

// deliver begins, sends and settles one message. It reports whether the message left;
// an error is one of the database.
func (d *Dispatcher) deliver(ctx context.Context, id checkins.MessageID) (left bool, err error) {
	out, ok, err := d.begin(ctx, id)
	if !ok {
		return false, err
	}
	return true, d.settle(ctx, d.send(ctx, out))
}

// begin reports whether a message leaves now; an error is one of the database.
func (d *Dispatcher) begin(ctx context.Context, id checkins.MessageID) (out checkins.Outgoing, ok bool, err error) {
	out, err = d.Ledger.Begin(ctx, id, d.PerDay, d.Now(), d.lease())
	if errors.Is(err, checkins.ErrCrowded) {
		d.crowded.Add(1)
	}
	if errors.Is(err, checkins.ErrNotSent) {
		return out, false, nil
	}
	return out, err == nil, err
}

// send hands over a message that was begun, and says what became of it.
func (d *Dispatcher) send(ctx context.Context, out checkins.Outgoing) checkins.Settlement {
	ctx, cancel := context.WithTimeout(ctx, ProviderTime)
	defer cancel()
	providerID, err := d.caught(ctx, out)
	s := d.settlement(out, providerID, err)
	d.log(out, s, err)
	return s
}

// caught sends a message. A panic leaves it unknown, as any error does that says
// nothing of what became of it.
func (d *Dispatcher) caught(ctx context.Context, out checkins.Outgoing) (providerID string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = checkins.Panicked(p)
			d.Log.Error("sending a message failed", "message", string(out.ID), "error", err)
		}
	}()
	return d.Sender.Send(ctx, out)
}

// settle writes what became of an attempt, and what that says of the address.
func (d *Dispatcher) settle(ctx context.Context, s checkins.Settlement) error {
	if err := d.Ledger.Settle(ctx, s); err != nil || s.Fact == checkins.FactNone {
		return err
	}
	return d.Witness.Witness(ctx, checkins.Evidence{
		Attempt: s.Attempt, ProviderID: s.ProviderID, Source: "send", Fact: s.Fact, Code: s.Code, At: s.At,
	})
}

// warn tells of messages that expired because too many were due at once.
func (d *Dispatcher) warn() {
	if n := d.crowded.Swap(0); n > 0 {
		d.Log.Warn(CrowdedText, "channel", string(d.Channel), "not_sent", n)
	}
}

func (d *Dispatcher) lease() time.Time {
	if d.Lease == 0 {
		return d.Clock().Add(LeaseTime)
	}
	return d.Clock().Add(d.Lease)
}

// settlement is what a Sender's answer means for the attempt.
func (d *Dispatcher) settlement(out checkins.Outgoing, providerID string, err error) checkins.Settlement {
	s := checkins.Settlement{Attempt: out.Attempt, Outcome: OutcomeOf(err), ProviderID: providerID, At: d.Now()}
	wait := Backoff(out.Attempts)
	var se *SendError
	if errors.As(err, &se) {
		s.Fact, s.Code, s.Hold = se.Fact, se.Code, se.Hold
		wait = max(wait, se.RetryAfter)
	}
	if s.Outcome == checkins.OutcomeTemporary {
		s.RetryAt = s.At.Add(wait)
	}
	return s
}

// Backoff is how long to wait after the nth attempt that was certainly not
// taken: 15 s, doubled each time up to 15 minutes, and up to a quarter more so
// that many do not come back together.
func Backoff(attempt int) time.Duration {
	wait := min(15*time.Second<<min(max(attempt-1, 0), 10), 15*time.Minute)
	return wait + rand.N(wait/4)
}

// log says what became of an attempt, in ids and codes only: a provider's
// error text may quote a number.
func (d *Dispatcher) log(out checkins.Outgoing, s checkins.Settlement, err error) {
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
	}
	d.Log.Log(context.Background(), level, "message sent",
		"message", string(out.ID), "attempt", string(out.Attempt), "channel", string(out.Channel), "kind", string(out.Kind),
		"outcome", s.Outcome.String(), "code", s.Code)
	var se *SendError
	if errors.As(err, &se) && se.Alert != "" && se.Hold == checkins.HoldNothing { // a breaker tells of the others, once
		d.Log.Error(AlertText, "message", string(out.ID), "code", se.Code, "note", se.Alert)
	}
}

// AlertText is the log line of an error that an operator must look at.
const AlertText = "a provider reports an error that needs a look"
