package store

import (
	"context"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Backlog is what waits to be done, over all processes.
type Backlog struct {
	Open   []Standing // messages that are queued, claimed, being sent or unknown, each with its earliest moment
	DueAt  time.Time  // the longest due plan, or the next one; zero = none is
	HeldBy int        // open breakers
}

// The states are asked for one by one because each then has its index.
const (
	sqlOpen = `SELECT channel, state, count(*) AS count, min(not_before) AS since FROM messages WHERE state = 'queued' GROUP BY channel, state
		UNION ALL SELECT channel, state, count(*), min(not_before) FROM messages
			WHERE lease_until IS NOT NULL AND state IN ('claimed', 'sending') GROUP BY channel, state
		UNION ALL SELECT channel, state, count(*), min(changed_at) FROM messages WHERE state = 'unknown' GROUP BY channel, state`
	sqlFirstDue = `SELECT min(due_at) FROM plans WHERE due_at IS NOT NULL`
)

// Backlog counts what waits. It reads indexes only, however much was sent.
func (s *Store) Backlog(ctx context.Context) (Backlog, error) {
	var rows []struct {
		Channel checkins.Channel
		State   checkins.MessageState
		Count   int
		Since   instant
	}
	if err := s.read.SelectContext(ctx, &rows, sqlOpen); err != nil {
		return Backlog{}, wrap("count what waits", err)
	}
	var b Backlog
	for _, r := range rows {
		b.Open = append(b.Open, Standing{Channel: r.Channel, State: r.State, Count: r.Count, Since: r.Since.Time})
	}
	var due instant
	if err := s.read.GetContext(ctx, &due, sqlFirstDue); err != nil {
		return Backlog{}, wrap("read the first due plan", err)
	}
	b.DueAt = due.Time
	held, err := s.Breakers(ctx)
	b.HeldBy = len(held)
	return b, err
}
