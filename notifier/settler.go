package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Unknowns lists the messages of which it is time to find out what became of
// them, each with its attempt.
type Unknowns interface {
	Unknown(ctx context.Context, channel checkins.Channel, now time.Time, limit int) ([]checkins.Outgoing, error)
}

// List is a provider's list of what it took. Find gives whatever may be the
// message of an attempt that was begun at since, the likeliest first.
type List interface {
	Find(ctx context.Context, to, body string, since time.Time) ([]checkins.Evidence, error)
}

// Settler finds out what became of unknown messages, by evidence only: nothing
// is ever sent again for it (REQUIREMENTS F08).
type Settler struct {
	Channel  checkins.Channel
	Unknowns Unknowns
	List     List // nil = the provider has none, and only time is to pass
	Witness  Witness
	Now      func() time.Time
	Log      *slog.Logger
}

// lookAtOnce bounds the look-ups of one round, each of which is a request.
const lookAtOnce = 20

// Run looks for each message whose time it is, and returns how many looks it
// took. A look that fails is repeated by the next round.
func (s *Settler) Run(ctx context.Context) (looked int, err error) {
	unknown, err := s.Unknowns.Unknown(ctx, s.Channel, s.Now(), lookAtOnce)
	if err != nil {
		return 0, fmt.Errorf("settle %s: %w", s.Channel, err)
	}
	var errs []error
	for _, out := range unknown {
		if ctx.Err() != nil {
			break
		}
		if err := s.look(ctx, out); err != nil {
			errs = append(errs, fmt.Errorf("settle message %s: %w", out.ID, err))
			continue
		}
		looked++
	}
	return looked, errors.Join(errs...)
}

// look takes the first of what was found that no other attempt has, or notes
// that there is no trace.
func (s *Settler) look(ctx context.Context, out checkins.Outgoing) error {
	var found []checkins.Evidence
	if s.List != nil {
		var err error
		if found, err = s.List.Find(ctx, out.To, out.Words.Text, out.BegunAt); err != nil {
			return err
		}
	}
	none := checkins.Evidence{Source: checkins.SourceList, Fact: checkins.FactNoTrace, At: s.Now()}
	for _, e := range append(found, none) {
		e.Attempt = out.Attempt
		err := s.Witness.Witness(ctx, e)
		if errors.Is(err, checkins.ErrDuplicate) {
			continue
		}
		if err == nil {
			s.Log.Info("looked for a message of unknown end", "message", string(out.ID), "attempt", string(out.Attempt), "fact", string(e.Fact), "code", e.Code)
		}
		return err
	}
	return nil
}
