package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

// sqlUnknown lists the unknown messages that are to be looked for: after the
// first patience once, after the last one until the look succeeds.
const sqlUnknown = `SELECT m.id AS message_id, a.id AS attempt_id FROM messages m JOIN attempts a ON a.message_id = m.id AND a.outcome = 'unknown'
	WHERE m.state = 'unknown' AND m.channel = ? AND m.begun_at <= ? AND (m.begun_at <= ? OR NOT EXISTS
		(SELECT 1 FROM evidence e WHERE e.attempt_id = a.id AND e.fact = 'no_trace'))
	ORDER BY m.begun_at, a.id LIMIT ?`

// Unknown lists up to limit messages of a channel of which it is time to find
// out what became of them, with the attempt that nobody knows the end of, the
// longest begun first. See [checkins.Looks].
func (s *Store) Unknown(ctx context.Context, channel checkins.Channel, now time.Time, limit int) ([]checkins.Outgoing, error) {
	first, last := checkins.Looks(channel)
	var rows []struct {
		Message string `db:"message_id"`
		Attempt string `db:"attempt_id"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlUnknown), channel, at(now.Add(-first)), at(now.Add(-last)), limit)
	if err != nil {
		return nil, fmt.Errorf("list unknown messages: %w", err)
	}
	list := make([]checkins.Outgoing, 0, len(rows))
	for _, r := range rows {
		out, err := s.outgoing(ctx, r.Message)
		if err != nil {
			return nil, fmt.Errorf("read unknown message: %w", err)
		}
		out.Attempt = checkins.AttemptID(r.Attempt)
		list = append(list, out)
	}
	return list, nil
}

const sqlAddressOf = `SELECT id, channel, value, state, state_since, asked_at, NULL AS consented FROM addresses WHERE id = ?`

// outgoing reads a message with its words and its address.
func (s *Store) outgoing(ctx context.Context, id string) (checkins.Outgoing, error) {
	var row messageRow
	if err := s.read.GetContext(ctx, &row, s.read.Rebind(sqlMessage+` WHERE id = ?`), id); err != nil {
		return checkins.Outgoing{}, err
	}
	m, err := row.worded(s)
	if err != nil {
		return checkins.Outgoing{}, err
	}
	var to addressRow
	if err := s.read.GetContext(ctx, &to, s.read.Rebind(sqlAddressOf), row.Address); err != nil {
		return checkins.Outgoing{}, err
	}
	a, err := to.address(s)
	return checkins.Outgoing{Message: m, To: a.Value}, err
}
