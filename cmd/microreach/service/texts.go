package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins"
)

// TextList is Twilio's list of the texts that came in, and its clock.
type TextList interface {
	// Inbound lists the texts that came in at since or later, the oldest first.
	Inbound(ctx context.Context, since time.Time) ([]checkins.Incoming, error)
	// ClockOff is how far Twilio's clock is ahead of ours, by its last answer.
	ClockOff() time.Duration
}

// Pulse remembers when something was last done, over all processes.
type Pulse interface {
	Beat(ctx context.Context, name string, at time.Time) error
	LastBeat(ctx context.Context, name string) (time.Time, error)
}

const (
	textsRound = "texts"
	textsEvery = 15 * time.Second

	// The rows that remember up to when the list was read, and when texts were
	// last looked after.
	textsListed = "texts listed"
	textsAlive  = "texts alive"

	// awayFor is how long nobody may have looked after texts before those that
	// came meanwhile are fetched, and before that no text leaves (A33).
	awayFor = time.Minute
	// listEvery is how often the list is read although webhooks bring the texts:
	// a proxy that is down loses them without a word.
	listEvery = 10 * time.Minute
	// listOverlap is how far each look goes back behind the last one: Twilio's
	// list may be behind. What was taken in already counts once all the same.
	listOverlap = 10 * time.Minute
	// clockMost is how far our clock may be off Twilio's (F11).
	clockMost = 5 * time.Minute
)

// texts keeps the texts that come in complete. Webhooks bring them, or the list
// alone where Twilio cannot reach us; after an outage, and at the start, the
// list is read before any text leaves, so that a STOP that came meanwhile wins.
type texts struct {
	list  TextList
	every time.Duration // how often the list is read
	inbox *checkins.Inbox
	pulse Pulse
	now   func() time.Time // the time that people live in
	clock func() time.Time // real time, by which an outage is noticed
	began time.Time        // by clock
	log   *slog.Logger

	mu   sync.Mutex
	read time.Time // by clock: when this process last read the list; zero = never
}

// keepUp reads the list if it is time to, and notes that texts are looked after.
func (t *texts) keepUp(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	alive, err := t.pulse.LastBeat(ctx, textsAlive)
	if err != nil {
		return err
	}
	now := t.clock()
	// The tenth is for a round that comes a little early: it would else be passed over.
	if t.read.IsZero() || away(alive, now) || now.Sub(t.read).Abs() >= t.every-t.every/10 || t.wrongClock() {
		if err := t.fetch(ctx); err != nil {
			return fmt.Errorf("no text leaves until those that came in are read: %w", err)
		}
		t.read = now
	}
	if t.wrongClock() {
		t.log.Error("this machine's clock is wrong, so no text leaves: set it right (NTP)", "minutes_behind_twilio", int(t.list.ClockOff().Minutes()))
		return nil
	}
	return t.pulse.Beat(ctx, textsAlive, now)
}

// ready reports whether texts may leave: somebody has looked after those that
// come in since this process began, and a moment ago.
func (t *texts) ready(ctx context.Context) (bool, error) {
	alive, err := t.pulse.LastBeat(ctx, textsAlive)
	if err != nil {
		return false, err
	}
	return !alive.Before(t.began.Truncate(time.Millisecond)) && !away(alive, t.clock()), nil
}

// away reports whether nobody looked after texts for a while. A beat from the
// future is one from before the clock was set back.
func away(alive, now time.Time) bool {
	gap := now.Sub(alive)
	return gap > awayFor || gap < -awayFor
}

func (t *texts) wrongClock() bool { return t.list.ClockOff().Abs() > clockMost }

// fetch takes in what the list holds since the last good look, however long ago
// that was; the first look goes back by the overlap alone. Whoever wants to be
// left alone is heard first.
func (t *texts) fetch(ctx context.Context) error {
	now := t.now()
	since, err := t.pulse.LastBeat(ctx, textsListed)
	if err != nil {
		return err
	}
	if since.IsZero() || since.After(now) {
		since = now
	}
	list, err := t.list.Inbound(ctx, since.Add(-listOverlap))
	if err != nil {
		return err
	}
	var errs []error
	for _, in := range t.inbox.OptOutsFirst(list) {
		errs = append(errs, t.inbox.Receive(ctx, in))
	}
	if err := errors.Join(errs...); err != nil {
		return err // the watermark stays, so that the next look sees them again
	}
	return t.pulse.Beat(ctx, textsListed, now)
}
