package service

import (
	"context"
	"errors"
	"io"

	"github.com/microreach/microreach/checkins"
)

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
