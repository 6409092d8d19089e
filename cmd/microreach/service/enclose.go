package service

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// enclosing makes what a mail brings along at the moment when it leaves, so that
// the outbox holds no copy of it.
type enclosing struct {
	notifier.Sender
	core *Core
}

// mostPlain is how large a file may be to go as it is; a larger one is compressed.
const mostPlain = 1 << 20

// Send implements notifier.Sender. What cannot be enclosed has certainly not left.
func (e enclosing) Send(ctx context.Context, out checkins.Outgoing) (string, error) {
	if out.Encloses == checkins.EncloseCopy {
		var err error
		if out.Enclosed, err = e.core.copies(ctx, out.Participant); err != nil {
			return "", &notifier.SendError{Outcome: checkins.OutcomeTemporary, Code: "copy", Err: err}
		}
	}
	return e.Sender.Send(ctx, out)
}

// copies are two files with everything that is kept of a person.
func (c *Core) copies(ctx context.Context, who checkins.ParticipantID) ([]checkins.File, error) {
	var asJSON, asCSV bytes.Buffer
	if err := c.ExportJSON(ctx, who, &asJSON); err != nil {
		return nil, err
	}
	if err := c.ExportCSV(ctx, who, &asCSV); err != nil {
		return nil, err
	}
	files := []checkins.File{
		{Name: "microreach.csv", Type: "text/csv", Data: asCSV.Bytes()},
		{Name: "microreach.json", Type: "application/json", Data: asJSON.Bytes()},
	}
	for i, f := range files {
		if len(f.Data) <= mostPlain {
			continue
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(f.Data); err != nil {
			return nil, fmt.Errorf("compress a copy: %w", err)
		}
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("compress a copy: %w", err)
		}
		files[i] = checkins.File{Name: f.Name + ".gz", Type: "application/gzip", Data: packed.Bytes()}
	}
	return files, nil
}
