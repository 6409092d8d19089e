package store

import (
	"context"
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

// name is that of the row that keeps the rate.
func (r Rate) name(c checkins.Channel) string { return string(c) + " " + r.Sender }

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

// questionsAhead is how much of the time that is to come may be given to the
// questions of an import, which live for a day: reminders come first.
const questionsAhead = 10 * time.Minute

const (
	sqlRate     = `SELECT free_at FROM rates WHERE name = ?`
	sqlNewRate  = `INSERT INTO rates (name, free_at) VALUES (?, 0) ON CONFLICT (name) DO NOTHING`
	sqlPutRate  = `UPDATE rates SET free_at = ? WHERE name = ?`
	sqlPutToken = `UPDATE messages SET state = 'queued', why = 'in turn', lease_until = NULL, not_before = ?, token_at = ?, changed_at = ?
		WHERE id = ? AND state = 'claimed'`
)

// turns are the turns that are taken in one transaction.
type turns struct {
	s    *Store
	t    *tx
	now  time.Time
	free map[string]time.Time // from when on each rate is free, once it is held
}

// take asks whether it is b's turn to leave by the sender's rate. Where it is
// not, the message goes back into the queue until its own moment, so that nobody
// waits and the queue is gone through once; one whose moment would be too late has
// expired. What answers a person never waits, but counts. A prompt has its moment
// since it was planned ([writer.turn]), unless it missed that.
func (u *turns) take(b *beginning) (bool, error) {
	m, now := b.m, u.now
	rate := u.s.rates[m.Channel]
	if rate.PerSecond <= 0 {
		return true, nil
	}
	if !m.token.IsZero() && !now.Before(m.token) && now.Sub(m.token) < tokenLife {
		return true, nil // it was counted when it got its moment
	}
	name := rate.name(m.Channel)
	free, err := u.freeAt(name)
	if err != nil {
		return false, fmt.Errorf("read rate: %w", err)
	}
	moment := later(free, now)
	mine := moment.Equal(now) || !m.MayWait()
	switch {
	case !mine && !moment.Before(m.ExpiresAt):
		b.why = checkins.Crowded
		_, err := u.t.exec(sqlMove(checkins.Expired, 1), checkins.Expired, string(checkins.Crowded), at(now), m.ID)
		return false, err
	case !mine && m.Kind == checkins.OptIn && moment.Sub(now) > questionsAhead:
		_, err := u.t.exec(sqlPutToken, at(moment.Add(-questionsAhead)), nil, at(now), m.ID)
		return false, wrap("wait for turn", err)
	}
	u.free[name] = moment.Add(rate.costs(m.Message))
	if mine {
		return true, nil
	}
	_, err = u.t.exec(sqlPutToken, at(moment), at(moment), at(now), m.ID)
	return false, wrap("wait for turn", err)
}

// freeAt is from when on a rate is free, with what was taken of it so far.
func (u *turns) freeAt(name string) (time.Time, error) {
	if free, ok := u.free[name]; ok {
		return free, nil
	}
	free, err := u.s.freeAt(u.t, name)
	if err == nil {
		if u.free == nil {
			u.free = map[string]time.Time{}
		}
		u.free[name] = free
	}
	return free, err
}

// write writes from when on the rates are free now.
func (u *turns) write() error {
	for name, free := range u.free {
		if _, err := u.t.exec(sqlPutRate, at(free), name); err != nil {
			return fmt.Errorf("take turn: %w", err)
		}
	}
	return nil
}

// turn gives a new message its moment, where it may have to wait for one: so
// reminders that are due together are spread when they are planned, and how far
// the rate is taken up is known before the next one is ([Store.turns]). The zero
// time: it needs none, or gets one when it is begun.
func (w writer) turn(m checkins.Message) (time.Time, error) {
	rate := w.s.rates[m.Channel]
	if rate.PerSecond <= 0 || m.State != checkins.Queued || !m.Kind.Started() || m.NotBefore.After(w.now) {
		return time.Time{}, nil
	}
	name := rate.name(m.Channel)
	free, err := w.s.freeAt(w.t, name)
	if err != nil {
		return time.Time{}, fmt.Errorf("read rate: %w", err)
	}
	moment := later(free, w.now)
	_, err = w.t.exec(sqlPutRate, at(moment.Add(rate.costs(m))), name)
	return moment, wrap("take turn", err)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// turns reads from when on each channel with a rate has a turn to give. The rows
// are not held: while another process takes a turn this is off by that one, and
// Begin looks again.
func (s *Store) turns(t *tx, state *checkins.State) error {
	for channel, rate := range s.rates {
		if rate.PerSecond <= 0 {
			continue
		}
		var free instant
		err := t.get(&free, sqlRate, rate.name(channel))
		if none(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read rate: %w", err)
		}
		if state.Turns == nil {
			state.Turns = map[checkins.Channel]time.Time{}
		}
		state.Turns[channel] = free.Time
	}
	return nil
}

const sqlAhead = `SELECT due_at FROM plans WHERE channel = ? AND due_at > ? AND due_at <= ? ORDER BY due_at`

// Ahead tells, of each channel with a rate, what comes due after now up to until,
// so that an operator hears of too much before it is.
func (s *Store) Ahead(ctx context.Context, now, until time.Time) ([]checkins.Crowd, error) {
	var list []checkins.Crowd
	for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
		rate := s.rates[channel]
		if rate.PerSecond <= 0 {
			continue
		}
		var rows []instant
		if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlAhead), channel, at(now), at(until)); err != nil {
			return nil, fmt.Errorf("read what comes due: %w", err)
		}
		due := make([]time.Time, len(rows))
		for i, r := range rows {
			due[i] = r.Time
		}
		list = append(list, checkins.Foresee(channel, due, time.Second/time.Duration(rate.PerSecond)))
	}
	return list, nil
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
