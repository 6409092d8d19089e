package notifier

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// Round is one piece of work that is done over and over. Do must be harmless
// when it runs late, twice, or on two machines at once.
type Round struct {
	Name  string
	Every time.Duration
	Do    func(context.Context) error
}

// Rounds runs each Round at its pace, never twice at a time.
type Rounds struct {
	scheduler gocron.Scheduler
}

// NewRounds sets the rounds up; nothing runs before Start. stop bounds how
// long Stop waits for a round that is under way.
func NewRounds(rounds []Round, stop time.Duration, log *slog.Logger) (*Rounds, error) {
	s, err := gocron.NewScheduler(gocron.WithStopTimeout(stop), gocron.WithLocation(time.UTC))
	if err != nil {
		return nil, fmt.Errorf("set up rounds: %w", err)
	}
	for _, r := range rounds {
		do := func(ctx context.Context) {
			if err := r.Do(ctx); err != nil && ctx.Err() == nil {
				log.Error("a round failed; the next one tries again", "round", r.Name, "error", err)
			}
		}
		// Singleton mode also keeps a clock that jumps from starting a storm
		// of runs to catch up: there is exactly one.
		_, err := s.NewJob(gocron.DurationJob(r.Every), gocron.NewTask(do), gocron.WithName(r.Name),
			gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithStartAt(gocron.WithStartImmediately()))
		if err != nil {
			return nil, fmt.Errorf("set up round %s: %w", r.Name, err)
		}
	}
	return &Rounds{s}, nil
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
