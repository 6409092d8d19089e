package service

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
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

// Disclose reads records for one of those who run this: those that who asks for, each
// with as much as they may see of it. That they read is written down first. With d.Of
// nothing is read here. checkins.ErrNotShared: they may not.
func (c *Core) Disclose(ctx context.Context, who checkins.Who, d checkins.Disclosure) (records []checkins.CheckIn, seen checkins.Sharing, err error) {
	now := c.options.Now()
	err = c.Store.Decide(ctx, who, now, func(s checkins.State) (e checkins.Effects, err error) {
		e, seen, err = c.House.Disclose(s, d, now)
		records = nil // decided anew after a conflict
		for _, r := range s.Journal {
			records = append(records, r.Seen(seen))
		}
		return e, err
	})
	return records, seen, err
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

// mostRequests is how many requests are counted; more need no exact number.
const mostRequests = 1000

// sayRequests reminds an operator, once a day, of what people asked for.
func (s *Service) sayRequests(ctx context.Context) error {
	list, err := s.Store.Requests(ctx, mostRequests)
	if len(list) > 0 {
		s.log.Warn("people asked to be erased, or for a copy, and it is for you to do: see microreach participant requests",
			"requests", len(list), "answer_by", list[0].At.Add(checkins.AnswerWithin).UTC().Format(time.DateOnly))
	}
	return err
}

// Settled ends what a person asked for, once they have it or took it back. done is how
// much that was.
func (c *Core) Settled(ctx context.Context, who checkins.ParticipantID) (done int, err error) {
	open, err := c.Store.Requests(ctx, mostRequests)
	if err != nil {
		return 0, err
	}
	for _, r := range open {
		if r.Participant == who {
			done++
		}
	}
	return done, c.Store.Decide(ctx, checkins.Who{Participant: who}, c.options.Now(), func(s checkins.State) (checkins.Effects, error) {
		if !s.Known() {
			return checkins.Effects{}, checkins.ErrNotFound
		}
		return checkins.Effects{Fulfilled: []checkins.RequestKind{checkins.AsksErasure, checkins.AsksCopy}}, nil
	})
}

// tidyEvery is how often a service removes what is too old, tidyLook how often it
// looks whether it is time to.
const (
	tidyEvery = 24 * time.Hour
	tidyLook  = 10 * time.Minute
	tidyRound = "tidied"
)

// Tidy removes what is older than it is kept, and erases whoever left so long ago
// that not even the proof of their consent is kept. It returns how many rows that
// were. It may be ended at any point, and goes on the next time.
func (c *Core) Tidy(ctx context.Context, keep store.Retention, step func(what string)) (rows int, err error) {
	now := c.options.Now()
	for {
		gone, err := c.Store.Departed(ctx, now.Add(-keep.Proof), 100)
		if err != nil {
			return rows, err
		}
		for _, who := range gone {
			if err := c.Erase(ctx, who, checkins.ErasedByOperator); err != nil {
				return rows, err
			}
			rows++
			step("people who left")
		}
		if len(gone) == 0 {
			break
		}
	}
	n, err := c.Store.Retain(ctx, keep, now, step)
	if err == nil {
		err = c.Store.Flush(ctx)
	}
	return rows + n, err
}

// tidy does it once a day, over all processes.
func (s *Service) tidy(ctx context.Context) error {
	now := s.options.Core.Now()
	last, err := s.Store.LastBeat(ctx, tidyRound)
	if err != nil || now.Sub(last).Abs() < tidyEvery {
		return err
	}
	rows, err := s.Tidy(ctx, s.options.Keep, func(string) {})
	if err != nil {
		return err
	}
	s.log.Info("what was too old is gone", "rows", rows)
	return s.Store.Beat(ctx, tidyRound, now)
}
