package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/microreach/microreach/checkins"
)

const (
	// sqlAttempted reads the messages of attempts and holds them, before the
	// attempts are written: evidence takes them in that order, too.
	sqlAttempted = `WITH tried (attempt, tried) AS (SELECT id, message_id FROM attempts WHERE id IN (%s))
		SELECT attempt, id, channel, state, expires_at, (SELECT count(*) FROM breakers) AS breakers FROM messages JOIN tried ON id = tried`
	sqlSettle = `WITH ends (attempt, outcome, code, provider, at) AS (VALUES %s)
		UPDATE attempts SET outcome = ends.outcome, code = ends.code, provider_id = COALESCE(provider_id, ends.provider), settled_at = ends.at
		FROM ends WHERE id = attempt AND (settled_at IS NULL OR attempts.code = 'lapsed') RETURNING id`
	sqlEnd   = `(CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT))`
	sqlRetry = `UPDATE messages SET not_before = ? WHERE id = ? AND state = 'queued'`
)

// settling is the end of an attempt.
type settling struct {
	checkins.Settlement
	row attemptedRow // of its message
}

type attemptedRow struct {
	Attempt   string  `db:"attempt"`
	ID        string  `db:"id"`
	Channel   string  `db:"channel"`
	State     string  `db:"state"`
	ExpiresAt instant `db:"expires_at"`
	Breakers  int     `db:"breakers"`
}

func (r attemptedRow) message() checkins.Message {
	return checkins.Message{
		ID: checkins.MessageID(r.ID), Channel: checkins.Channel(r.Channel), State: checkins.MessageState(r.State), ExpiresAt: r.ExpiresAt.Time,
	}
}

// Settle writes what became of an attempt. Evidence that came first stands: a
// message that is no longer sending is not moved, unless all that happened
// meanwhile is that its lease ran out. Then the answer that came after all is
// evidence like any other, and never a reason to send again.
//
// What ends at the same moment is written in one transaction.
func (s *Store) Settle(ctx context.Context, x checkins.Settlement) error {
	return wrap("settle attempt", s.settles.run(ctx, &settling{Settlement: x}))
}

// settle is Settle for all attempts that ended, within their transaction. A single
// one of which nothing is there was of somebody who was erased meanwhile; of
// several, somebody else may hold it.
func (s *Store) settle(t *tx, list []*settling) (left []*settling, err error) {
	found, left, err := s.attempted(t, list)
	if err != nil || len(found) == 0 {
		return left, err
	}
	ended, err := s.end(t, found)
	if err != nil {
		return nil, err
	}
	if err := s.conclude(t, ended); err != nil {
		return nil, err
	}
	for _, x := range ended {
		if x.row.Breakers == 0 && x.Hold == checkins.HoldNothing {
			continue
		}
		if err := s.judge(t, checkins.Channel(x.row.Channel), x.Settlement); err != nil {
			return nil, err
		}
	}
	return left, nil
}

func (s *Store) attempted(t *tx, list []*settling) (found, left []*settling, err error) {
	ids := make([]any, len(list))
	for i, x := range list {
		ids[i] = x.Attempt
	}
	var rows []attemptedRow
	if err := t.all(&rows, fmt.Sprintf(sqlAttempted, marks("?", len(ids)))+s.dialect.hold(len(ids)), ids...); err != nil {
		return nil, nil, err
	}
	byAttempt := make(map[checkins.AttemptID]attemptedRow, len(rows))
	for _, r := range rows {
		byAttempt[checkins.AttemptID(r.Attempt)] = r
	}
	for _, x := range list {
		if row, ok := byAttempt[x.Attempt]; ok {
			x.row = row
			found = append(found, x)
			delete(byAttempt, x.Attempt) // should it be settled twice at once, the second goes by itself
			continue
		}
		left = append(left, x)
	}
	return found, left, nil
}

// end writes the ends of attempts, and returns those that had none yet.
func (s *Store) end(t *tx, list []*settling) (ended []*settling, err error) {
	var args []any
	for _, x := range list {
		args = append(args, x.Attempt, x.Outcome.String(), x.Code, optional(x.ProviderID), at(x.At))
	}
	var ids []checkins.AttemptID
	if err := t.all(&ids, fmt.Sprintf(sqlSettle, marks(sqlEnd, len(list))), args...); err != nil {
		return nil, err
	}
	for _, x := range list {
		if slices.Contains(ids, x.Attempt) {
			ended = append(ended, x)
		}
	}
	return ended, nil
}

// conclude moves the messages of attempts that ended, and sets the moment of the
// next try.
func (s *Store) conclude(t *tx, list []*settling) error {
	type step struct {
		to  checkins.MessageState
		why string
	}
	var now time.Time
	var again []*settling
	moved := map[step][]any{}
	for _, x := range list {
		m := x.row.message()
		to := m.SettledState(x.Settlement)
		lapsed := m.State == checkins.Unknown || m.State == checkins.UnknownNotResent
		if m.State != checkins.Sending && !(lapsed && m.State.MayBecome(to)) {
			continue
		}
		now = later(x.At, now)
		moved[step{to, x.Code}] = append(moved[step{to, x.Code}], m.ID)
		if to == checkins.Queued {
			again = append(again, x)
		}
	}
	for step, ids := range moved {
		if _, err := t.exec(sqlMove(step.to, len(ids)), append([]any{step.to, step.why, at(now)}, ids...)...); err != nil {
			return err
		}
	}
	for _, x := range again {
		if _, err := t.exec(sqlRetry, at(x.RetryAt), x.row.ID); err != nil {
			return err
		}
	}
	return nil
}
