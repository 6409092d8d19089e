package service

import (
	"context"
	"errors"
	"time"

	"github.com/microreach/microreach/checkins"
)

// TextList lists the texts that came in at since or later, the oldest first.
type TextList interface {
	Inbound(ctx context.Context, since time.Time) ([]checkins.Incoming, error)
}

const (
	pollRound = "poll texts"
	pollEvery = 15 * time.Second
	// pollOverlap is how far each look goes back behind the last one: Twilio's
	// list may be behind. What was taken in already counts once all the same.
	pollOverlap = 10 * time.Minute
)

// poll takes in texts from Twilio's list, for a server that Twilio cannot
// reach. The first look goes back by the overlap alone; after an outage of any
// length the next one goes back to where the last good one was.
func (s *Service) poll(ctx context.Context, list TextList) error {
	now := s.options.Core.Now()
	last, err := s.Store.LastBeat(ctx, pollRound)
	if err != nil {
		return err
	}
	if last.IsZero() {
		last = now
	}
	texts, err := list.Inbound(ctx, last.Add(-pollOverlap))
	if err != nil {
		return err
	}
	var errs []error
	for _, in := range texts {
		errs = append(errs, s.Inbox.Receive(ctx, in))
	}
	if err := errors.Join(errs...); err != nil {
		return err // the watermark stays, so that the next look sees them again
	}
	return s.Store.Beat(ctx, pollRound, now)
}
