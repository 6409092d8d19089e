package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

const (
	sqlBreaker      = `SELECT name, code, source, opened_at, probe_at, probes FROM breakers`
	sqlTrip         = `INSERT INTO breakers (name, code, source, opened_at, probe_at, probes, probe, told) VALUES (?, ?, ?, ?, ?, 0, '', FALSE) ON CONFLICT (name) DO NOTHING`
	sqlProbe        = `UPDATE breakers SET probe_at = ?, probes = probes + 1, probe = ? WHERE name = ?`
	sqlProbeTaken   = `DELETE FROM breakers WHERE probe = ? AND source = 'send'`
	sqlProbeArrived = `DELETE FROM breakers WHERE probe = ?`
	sqlResume       = `DELETE FROM breakers WHERE name = ? OR ? = ''`
	sqlUntold       = `UPDATE breakers SET told = TRUE WHERE NOT told RETURNING name, code, source, opened_at, probe_at, probes`
	sqlHold         = `UPDATE messages SET state = 'queued', why = 'held back', lease_until = NULL, not_before = ?, changed_at = ? WHERE id = ? AND state = 'claimed'`
	sqlLetGo        = `UPDATE messages SET not_before = ?, why = '' WHERE state = 'queued' AND why = 'held back'`
)

type breakerRow struct {
	Name     string  `db:"name"`
	Code     string  `db:"code"`
	Source   string  `db:"source"`
	OpenedAt instant `db:"opened_at"`
	ProbeAt  instant `db:"probe_at"`
	Probes   int     `db:"probes"`
}

func breakersOf(rows []breakerRow) []checkins.Breaker {
	list := make([]checkins.Breaker, len(rows))
	for i, r := range rows {
		list[i] = checkins.Breaker{Name: r.Name, Code: r.Code, Source: r.Source, OpenedAt: r.OpenedAt.Time, ProbeAt: r.ProbeAt.Time, Probes: r.Probes}
	}
	return list
}

// trip opens a breaker, unless it is open already.
func (w writer) trip(b *checkins.Breaker) error {
	if b == nil {
		return nil
	}
	return w.s.trip(w.t, *b)
}

func (s *Store) trip(t *tx, b checkins.Breaker) error {
	_, err := t.exec(sqlTrip, b.Name, b.Code, b.Source, at(b.OpenedAt), at(b.ProbeAt))
	return wrap("open breaker", err)
}

// probing is how many messages of a channel may be claimed: limit; while its
// breaker is open none; and one when it is time to try.
func (s *Store) probing(t *tx, c checkins.Channel, now time.Time, limit int) (int, error) {
	var row breakerRow
	err := t.get(&row, sqlBreaker+` WHERE name = ?`, checkins.BreakerOf(checkins.HoldChannel, c))
	switch {
	case none(err):
		return limit, nil
	case err != nil:
		return 0, fmt.Errorf("read breaker: %w", err)
	case now.Before(row.ProbeAt.Time):
		return 0, nil
	}
	return min(limit, 1), nil
}

// held reports whether an open breaker keeps m from being begun now. Such a
// message waits in the queue for the moment to try, or is withdrawn where that
// never comes by itself. Otherwise open are the breakers that m may try.
func (s *Store) held(t *tx, m claimed, now time.Time) (open []breakerRow, held bool, err error) {
	if m.open == 0 {
		return nil, false, nil
	}
	names := checkins.HeldBy(m.Message, m.to)
	args := make([]any, len(names))
	for i, n := range names {
		args[i] = n
	}
	err = t.all(&open, sqlBreaker+` WHERE name IN (`+marks("?", len(names))+`) ORDER BY name`+s.dialect.forUpdate(), args...)
	if err != nil {
		return nil, true, fmt.Errorf("read breakers: %w", err)
	}
	for _, b := range open {
		if b.ProbeAt.IsZero() {
			_, err := t.exec(sqlMove(checkins.Withdrawn, 1), checkins.Withdrawn, "words held back", at(now), m.ID)
			return open, true, err
		}
		if now.Before(b.ProbeAt.Time) {
			_, err := t.exec(sqlHold, b.ProbeAt, at(now), m.ID)
			return open, true, err
		}
	}
	return open, false, nil
}

// probe makes an attempt the one that tries the open breakers, whichever process
// it is of: what becomes of it closes them.
func (s *Store) probe(t *tx, open []breakerRow, attempt checkins.AttemptID, now time.Time) error {
	for _, b := range open {
		if _, err := t.exec(sqlProbe, at(now.Add(checkins.ProbeAfter(b.Probes+1))), attempt, b.Name); err != nil {
			return fmt.Errorf("try a breaker: %w", err)
		}
	}
	return nil
}

// judge opens the breaker that a settlement asks for, or closes those whose
// probe was taken. Where a callback opened it, being taken proves nothing: it
// closes when a probe has arrived.
func (s *Store) judge(t *tx, c checkins.Channel, x checkins.Settlement) error {
	if x.Hold != checkins.HoldNothing {
		return s.trip(t, checkins.Breaker{
			Name: checkins.BreakerOf(x.Hold, c), Code: x.Code, Source: "send", OpenedAt: x.At, ProbeAt: x.At.Add(checkins.ProbeAfter(0)),
		})
	}
	if x.Outcome != checkins.OutcomeAccepted {
		return nil
	}
	_, err := s.closeBreakers(t, x.At, sqlProbeTaken, x.Attempt)
	return err
}

// closeBreakers deletes the breakers that a statement names, and lets what
// waited for them try at once: should another one hold it, it waits again.
func (s *Store) closeBreakers(t *tx, now time.Time, statement string, args ...any) (int, error) {
	n, err := t.exec(statement, args...)
	if err == nil && n > 0 {
		_, err = t.exec(sqlLetGo, at(now))
	}
	return int(n), wrap("close breakers", err)
}

// Breakers lists what is held back.
func (s *Store) Breakers(ctx context.Context) ([]checkins.Breaker, error) {
	var rows []breakerRow
	err := s.read.SelectContext(ctx, &rows, sqlBreaker+` ORDER BY opened_at, name`)
	return breakersOf(rows), wrap("list breakers", err)
}

// Untold lists the breakers that nobody was told of yet. Each is listed once,
// whoever asks.
func (s *Store) Untold(ctx context.Context) ([]checkins.Breaker, error) {
	var rows []breakerRow
	err := s.in(ctx, func(t *tx) error {
		rows = nil
		return t.all(&rows, sqlUntold)
	})
	return breakersOf(rows), wrap("list new breakers", err)
}

// Resume closes the breaker called name, or all of them where name is empty,
// and returns how many those were.
func (s *Store) Resume(ctx context.Context, name string, now time.Time) (closed int, err error) {
	err = s.in(ctx, func(t *tx) error {
		closed, err = s.closeBreakers(t, now, sqlResume, name, name)
		return err
	})
	return closed, err
}
