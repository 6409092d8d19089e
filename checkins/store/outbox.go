package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

const sqlDue = `SELECT participant_id, id FROM plans WHERE due_at IS NOT NULL AND due_at <= ? AND NOT EXISTS (SELECT 1 FROM ticks WHERE name = ?)
	ORDER BY due_at, id LIMIT ?`

// Due lists up to limit plans whose moment has come by now, the longest due
// first. What is done about each is decided one by one. Between the restoring of a
// backup and its release nothing is due.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]checkins.DuePlan, error) {
	var rows []struct {
		Participant checkins.ParticipantID `db:"participant_id"`
		Plan        checkins.PlanID        `db:"id"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlDue), at(now), checkins.UntilRelease, limit); err != nil {
		return nil, fmt.Errorf("read due plans: %w", err)
	}
	list := make([]checkins.DuePlan, len(rows))
	for i, r := range rows {
		list[i] = checkins.DuePlan(r)
	}
	return list, nil
}

// sqlClaim takes what is due under a lease. One statement serves both
// databases; on PostgreSQL it passes over what another instance is claiming. The
// batch is materialized, for else PostgreSQL may read it once for each row, with
// other rows each time, and take more than the limit.
const sqlClaim = `WITH batch AS MATERIALIZED (
		SELECT id FROM messages WHERE state = 'queued' AND channel = ? AND not_before <= ?
		ORDER BY not_before, id LIMIT ?%s)
	UPDATE messages SET state = 'claimed', lease_until = ?, changed_at = ? WHERE state = 'queued' AND id IN (SELECT id FROM batch)
	RETURNING id`

// Claim takes up to limit messages of a channel that may go out by now, until
// the lease ends. Claimed messages may still be withdrawn. While the channel's
// breaker is open it takes none, and one when it is time for it to try. Between the
// restoring of a backup and its release it takes none at all.
func (s *Store) Claim(ctx context.Context, channel checkins.Channel, now, leaseUntil time.Time, limit int) ([]checkins.MessageID, error) {
	var ids []checkins.MessageID
	err := s.in(ctx, func(t *tx) error {
		ids = nil
		var unreleased int
		if err := t.get(&unreleased, sqlUnreleased, checkins.UntilRelease); err != nil || unreleased > 0 {
			return err
		}
		limit, err := s.probing(t, channel, now, limit)
		if err != nil || limit == 0 {
			return err
		}
		return t.all(&ids, fmt.Sprintf(sqlClaim, s.dialect.skipLocked()), channel, at(now), limit, at(leaseUntil), at(now))
	})
	return ids, wrap("claim messages", err)
}

const sqlUnreleased = `SELECT count(*) FROM ticks WHERE name = ?`

const sqlRelease = `UPDATE messages SET state = 'queued', lease_until = NULL, changed_at = ? WHERE id = ? AND state = 'claimed'`

// Release puts claimed messages back that nobody will begin.
func (s *Store) Release(ctx context.Context, ids []checkins.MessageID, now time.Time) error {
	return wrap("release messages", s.in(ctx, func(t *tx) error {
		for _, id := range ids {
			if _, err := t.exec(sqlRelease, at(now), id); err != nil {
				return err
			}
		}
		return nil
	}))
}

const (
	sqlLapsed       = `(lease_until < ? OR lease_until > ?)`
	sqlLapsedClaims = `UPDATE messages SET state = 'queued', lease_until = NULL, changed_at = ? WHERE state = 'claimed' AND ` + sqlLapsed
	sqlLapsedSends  = `UPDATE messages SET state = 'unknown', why = 'lapsed', lease_until = NULL, changed_at = ? WHERE state = 'sending' AND ` + sqlLapsed
	sqlLapsedTries  = `UPDATE attempts SET settled_at = ?, code = 'lapsed' WHERE settled_at IS NULL AND message_id IN
		(SELECT id FROM messages WHERE state = 'sending' AND ` + sqlLapsed + `)`
	sqlStale = `UPDATE messages SET state = 'expired', why = 'late', changed_at = ? WHERE state = 'queued' AND expires_at <= ?`
)

// Lapse ends the leases that ran out by realNow: what was only claimed goes
// back into the queue; what was being sent may have left, and is unknown. What
// waited in the queue for longer than its life expires. A lease that ends more
// than an hour from now was given before the clock was set back, and is over too.
func (s *Store) Lapse(ctx context.Context, now, realNow time.Time) (requeued, unknown int, err error) {
	past, future := at(realNow), at(realNow.Add(time.Hour))
	err = s.in(ctx, func(t *tx) error {
		n, err := t.exec(sqlLapsedClaims, at(now), past, future)
		if err != nil {
			return err
		}
		requeued = int(n)
		if _, err := t.exec(sqlStale, at(now), at(now)); err != nil {
			return err
		}
		if _, err := t.exec(sqlLapsedTries, at(now), past, future); err != nil {
			return err
		}
		n, err = t.exec(sqlLapsedSends, at(now), past, future)
		unknown = int(n)
		return err
	})
	return requeued, unknown, wrap("end leases", err)
}

const sqlCareGone = `UPDATE participants SET care_sent_at = NULL,
	quiet_until = CASE WHEN quiet_until <= ? THEN NULL ELSE quiet_until END
	WHERE (care_sent_at IS NOT NULL AND care_sent_at <= ?) OR quiet_until <= ?`

// Forget removes what is kept only for a while: the mark that a help text was
// sent, quiet times that are over (rule 11), links that have expired, and whoever texted JOIN or HELP and
// never said yes.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return wrap("forget", s.in(ctx, func(t *tx) error {
		if _, err := t.exec(sqlCareGone, at(now), at(now.Add(-20*time.Hour)), at(now)); err != nil {
			return err
		}
		if _, err := t.exec(sqlLinksGone, at(now)); err != nil {
			return err
		}
		return s.forgetUnconfirmed(t, now)
	}))
}

const (
	sqlBeat  = `INSERT INTO ticks (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at`
	sqlBeats = `SELECT at FROM ticks WHERE name = ?`
)

// Beat notes that the round called name ran.
func (s *Store) Beat(ctx context.Context, name string, now time.Time) error {
	return wrap("note round", s.in(ctx, func(t *tx) error {
		_, err := t.exec(sqlBeat, name, at(now))
		return err
	}))
}

// LastBeat is when the round called name last ran; zero = never.
func (s *Store) LastBeat(ctx context.Context, name string) (time.Time, error) {
	var when instant
	err := s.read.GetContext(ctx, &when, s.read.Rebind(sqlBeats), name)
	if none(err) {
		err = nil
	}
	return when.Time, wrap("read round", err)
}
