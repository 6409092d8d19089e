package service

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// KeysEvery is how often a running service looks whether the key file was changed.
const KeysEvery = 5 * time.Second

// AliveRound is the name of the row by which others see that a service runs.
const AliveRound = notifier.PlanRound

// ExportJSON writes everything that is kept of a person to w, as one JSON object
// with a list for each table. ErrNotFound: there is no such person.
func (c *Core) ExportJSON(ctx context.Context, who checkins.ParticipantID, w io.Writer) error {
	a := checkins.NewJSONArchive(w)
	return errors.Join(c.Store.Export(ctx, who, a), a.Close())
}

// ExportCSV writes the same as one spreadsheet.
func (c *Core) ExportCSV(ctx context.Context, who checkins.ParticipantID, w io.Writer) error {
	a := checkins.NewCSVArchive(w)
	return errors.Join(c.Store.Export(ctx, who, a), a.Close())
}

// Erase ends everything that is kept of a person. What must outlive them is told
// at checkins.Erasure.
func (c *Core) Erase(ctx context.Context, who checkins.ParticipantID, by checkins.Eraser) error {
	now := c.options.Now()
	return c.Store.Decide(ctx, checkins.Who{Participant: who}, now, func(s checkins.State) (checkins.Effects, error) {
		return c.House.Erase(s, by, now)
	})
}

// readKeys takes up a key that a rotation made the one that seals.
func (s *Service) readKeys(context.Context) error {
	changed, err := s.options.Core.Vault.Reload()
	if changed {
		s.log.Info("the key file was changed, and is read again")
	}
	return err
}

// sayHeld tells an operator that nothing leaves because a backup was restored.
func (s *Service) sayHeld(ctx context.Context) error {
	since, err := s.Store.Held(ctx)
	if err == nil && !since.IsZero() {
		s.log.Warn("a backup was restored: what comes in is kept, and nothing leaves until microreach release", "since", since)
	}
	return err
}
