package notifier

import (
	"context"
	"log/slog"
	"time"
)

// Copies remembers which texts of people who were erased the provider still has.
type Copies interface {
	Copies(ctx context.Context, now time.Time, limit int) ([]string, error)
	CopyGone(ctx context.Context, providerID string) error
	CopyLater(ctx context.Context, providerID string, next time.Time) error
}

// Deleter lets a provider forget a text.
type Deleter interface {
	Delete(ctx context.Context, providerID string) error
}

// Eraser lets the provider forget the texts of people who were erased. What it
// could not delete is tried again after an hour, for as long as it takes.
type Eraser struct {
	Copies  Copies
	Deleter Deleter
	Now     func() time.Time
	Log     *slog.Logger
}

const (
	eraseAtOnce = 100
	eraseAgain  = time.Hour
)

// Run deletes some of what is to be deleted, and returns how many that were.
func (e *Eraser) Run(ctx context.Context) (deleted int, err error) {
	ids, err := e.Copies.Copies(ctx, e.Now(), eraseAtOnce)
	for _, id := range ids {
		if ctx.Err() != nil || err != nil {
			return deleted, err
		}
		one, cancel := context.WithTimeout(ctx, ProviderTime)
		failed := e.Deleter.Delete(one, id)
		cancel()
		if failed != nil {
			e.Log.Warn("a text of somebody who was erased could not be deleted at the provider; it is tried again in an hour", "error", failed)
			err = e.Copies.CopyLater(ctx, id, e.Now().Add(eraseAgain))
			continue
		}
		deleted++
		err = e.Copies.CopyGone(ctx, id)
	}
	return deleted, err
}
