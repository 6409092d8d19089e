package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/microreach/microreach/checkins"
)

// Round is one piece of work that is done over and over. Do must be harmless
// when it runs late, twice, or on two machines at once.
type Round struct {
	Name  string
	Every time.Duration
	Alone bool // one process at a time does it, by a lock of its name: more would only be in each other's way
	Do    func(context.Context) error
}

// run does the round once. A panic is an error of it.
func (r Round) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = checkins.Panicked(p)
		}
	}()
	return r.Do(ctx)
}

// Locks are locks over all processes. ok is false when another has it.
type Locks interface {
	TryLock(ctx context.Context, name string) (release func(), ok bool, err error)
}

// Rounds runs each Round at its pace, never twice at a time.
type Rounds struct {
	scheduler gocron.Scheduler
}

// NewRounds sets the rounds up; nothing runs before Start. stop bounds how
// long Stop waits for a round that is under way.
func NewRounds(rounds []Round, locks Locks, stop time.Duration, log *slog.Logger) (*Rounds, error) {
	s, err := gocron.NewScheduler(gocron.WithStopTimeout(stop), gocron.WithLocation(time.UTC))
	if err != nil {
		return nil, fmt.Errorf("set up rounds: %w", err)
	}
	for _, r := range rounds {
		do := func(ctx context.Context) {
			if err := r.run(ctx); err != nil && ctx.Err() == nil {
				log.Error("a round failed; the next one tries again", "round", r.Name, "error", err)
			}
		}
		// Singleton mode also keeps a clock that jumps from starting a storm
		// of runs to catch up: there is exactly one.
		options := []gocron.JobOption{
			gocron.WithName(r.Name), gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithStartAt(gocron.WithStartImmediately()),
		}
		if r.Alone {
			options = append(options, gocron.WithDistributedJobLocker(locker{locks, log}))
		}
		_, err := s.NewJob(gocron.DurationJob(r.Every), gocron.NewTask(do), options...)
		if err != nil {
			return nil, fmt.Errorf("set up round %s: %w", r.Name, err)
		}
	}
	return &Rounds{s}, nil
}

// locker is Locks as gocron asks for them: an error skips the round.
type locker struct {
	locks Locks
	log   *slog.Logger
}

// errElsewhere is why a round is skipped that another process is doing.
var errElsewhere = errors.New("another process is doing it")

// Lock implements gocron.Locker.
func (l locker) Lock(ctx context.Context, name string) (gocron.Lock, error) {
	release, ok, err := l.locks.TryLock(ctx, name)
	if err != nil {
		if ctx.Err() == nil {
			l.log.Error("a round could not be locked; the next one tries again", "round", name, "error", err)
		}
		return nil, err
	}
	if !ok {
		return nil, errElsewhere
	}
	return unlock(release), nil
}

type unlock func()

// Unlock implements gocron.Lock.
func (u unlock) Unlock(context.Context) error {
	u()
	return nil
}

// Start begins the rounds.
func (r *Rounds) Start() { r.scheduler.Start() }

// Stop ends the rounds and waits for those under way.
func (r *Rounds) Stop() error {
	if err := r.scheduler.Shutdown(); err != nil {
		return fmt.Errorf("stop rounds: %w", err)
	}
	return nil
}
