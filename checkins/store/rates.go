package store

import (
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Rate is how fast messages may leave by one channel, over all processes
// (rule 12). The zero value is no limit.
type Rate struct {
	Sender    string                     // whose rate it is: a number, a host
	PerSecond int                        // 0 = no limit
	Cost      func(checkins.Message) int // how much of the rate a message takes; nil = 1
}

func (r Rate) costs(m checkins.Message) time.Duration {
	cost := 1
	if r.Cost != nil {
		cost = max(r.Cost(m), 1)
	}
	return time.Duration(cost) * time.Second / time.Duration(r.PerSecond)
}

// tokenLife is how long after its moment a message may still leave on it. A
// process that was away for longer takes new moments, so that it does not send
// in one go what was to leave over an hour.
const tokenLife = time.Minute

const (
	sqlRate     = `SELECT free_at FROM rates WHERE name = ?`
	sqlNewRate  = `INSERT INTO rates (name, free_at) VALUES (?, 0) ON CONFLICT (name) DO NOTHING`
	sqlPutRate  = `UPDATE rates SET free_at = ? WHERE name = ?`
	sqlToken    = `SELECT token_at FROM messages WHERE id = ?`
	sqlPutToken = `UPDATE messages SET state = 'queued', why = 'in turn', lease_until = NULL, not_before = ?, token_at = ?, changed_at = ?
		WHERE id = ? AND state = 'claimed'`
)

// crowded is why a message expired for which there is no turn in time.
const crowded = "more than the rate carries"

// turn asks whether it is m's turn to leave by the sender's rate. Where it is
// not, m goes back into the queue until its own moment, so that nobody waits
// and the queue is gone through once; one whose moment would be too late has
// expired. What answers a person never waits, but counts.
func (s *Store) turn(t *tx, m checkins.Message, now time.Time) (bool, error) {
	rate := s.rates[m.Channel]
	if rate.PerSecond <= 0 {
		return true, nil
	}
	var token instant
	if err := t.get(&token, sqlToken, m.ID); err != nil {
		return false, fmt.Errorf("read turn: %w", err)
	}
	if !token.IsZero() && !now.Before(token.Time) && now.Sub(token.Time) < tokenLife {
		return true, nil // it was counted when it got its moment
	}
	name := string(m.Channel) + " " + rate.Sender
	free, err := s.freeAt(t, name)
	if err != nil {
		return false, fmt.Errorf("read rate: %w", err)
	}
	moment := free
	if moment.Before(now) {
		moment = now
	}
	mine := moment.Equal(now) || !m.Kind.Started()
	if !mine && !moment.Before(m.ExpiresAt) {
		_, err := t.exec(sqlMove(checkins.Expired), checkins.Expired, crowded, at(now), m.ID)
		return false, err
	}
	if _, err := t.exec(sqlPutRate, at(moment.Add(rate.costs(m))), name); err != nil || mine {
		return mine, wrap("take turn", err)
	}
	_, err = t.exec(sqlPutToken, at(moment), at(moment), at(now), m.ID)
	return false, wrap("wait for turn", err)
}

// freeAt is from when on the rate called name is free, and holds its row.
func (s *Store) freeAt(t *tx, name string) (time.Time, error) {
	var free instant
	err := t.get(&free, sqlRate+s.dialect.forUpdate(), name)
	if none(err) {
		if _, err = t.exec(sqlNewRate, name); err == nil {
			err = t.get(&free, sqlRate+s.dialect.forUpdate(), name)
		}
	}
	return free.Time, err
}
