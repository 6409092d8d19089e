package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

const (
	sqlSilentAddresses = `SELECT channel, value_index AS address_index, state, state_since AS at FROM addresses WHERE state IN ('stopped', 'suppressed', 'invalid')`
	sqlSuppressions    = `SELECT channel, address_index, CASE WHEN reason = 'suppressed' THEN 'suppressed' ELSE 'stopped' END AS state, at FROM suppressions`
	sqlErasures        = `SELECT participant_id, at FROM erasures`
	sqlPastPeople      = `SELECT id, quiet_until, keep FROM participants`
	sqlAddressIDs      = `SELECT id, participant_id, channel, value_index FROM addresses`
)

// Stops lists who must be left alone: the addresses that are silent, and the
// people who were erased. It is what a backup cannot know of the time after it.
func (s *Store) Stops(ctx context.Context) (list []checkins.Stop, err error) {
	err = s.snapshot(ctx, func(t *tx) error {
		list, err = stops(t)
		return err
	})
	return list, wrap("list who must be left alone", err)
}

func stops(t *tx) (list []checkins.Stop, err error) {
	for _, query := range []string{sqlSilentAddresses, sqlSuppressions} {
		var rows []struct {
			Channel checkins.Channel      `db:"channel"`
			Index   string                `db:"address_index"`
			State   checkins.AddressState `db:"state"`
			At      instant               `db:"at"`
		}
		if err := t.all(&rows, query); err != nil {
			return nil, err
		}
		for _, r := range rows {
			list = append(list, checkins.Stop{At: r.At.Time, Channel: r.Channel, Index: r.Index, State: r.State})
		}
	}
	var gone []struct {
		ID checkins.ParticipantID `db:"participant_id"`
		At instant                `db:"at"`
	}
	if err := t.all(&gone, sqlErasures); err != nil {
		return nil, err
	}
	for _, r := range gone {
		list = append(list, checkins.Stop{At: r.At.Time, Person: r.ID})
	}
	return list, nil
}

// past is what a database knew before a backup took its place.
type past map[checkins.ParticipantID]checkins.Hush

// remember adds to the stops what the database itself knows.
func (l *load) remember() error {
	known, err := stops(l.t)
	if err != nil {
		return err
	}
	l.how.Stops = append(l.how.Stops, known...)
	var people []struct {
		ID    checkins.ParticipantID `db:"id"`
		Quiet instant                `db:"quiet_until"`
		Keep  checkins.Keep          `db:"keep"`
	}
	if err := l.t.all(&people, sqlPastPeople); err != nil {
		return err
	}
	l.past = make(past, len(people))
	for _, p := range people {
		l.past[p.ID] = checkins.Hush{QuietUntil: p.Quiet.Time, Keep: p.Keep}
	}
	return nil
}

// erase erases again who was erased since.
func (l *load) erase() error {
	for _, stop := range l.how.Stops {
		if stop.Person == "" {
			continue
		}
		var there int
		if err := l.t.get(&there, `SELECT count(*) FROM participants WHERE id = ?`, stop.Person); err != nil {
			return err
		}
		if there > 0 {
			l.done.Erased++
			if err := (writer{l.s, l.t, string(stop.Person), l.now}).erase(&checkins.Erasure{}); err != nil {
				return err
			}
		}
		if _, err := l.t.exec(sqlErased, stop.Person, at(stop.At)); err != nil {
			return err
		}
	}
	return nil
}

// indexed names an address by what a stop knows of it.
type indexed struct {
	channel checkins.Channel
	index   string
}

// latest is the last stop of each address.
func (l *load) latest() map[indexed]checkins.Stop {
	last := map[indexed]checkins.Stop{}
	for _, stop := range l.how.Stops {
		key := indexed{stop.Channel, stop.Index}
		if was, known := last[key]; stop.Index != "" && (!known || stop.At.After(was.At)) {
			last[key] = stop
		}
	}
	return last
}

// quieten lets the domain decide about each person what is quieter than the backup.
func (l *load) quieten() error {
	var addresses []struct {
		ID      checkins.AddressID     `db:"id"`
		Person  checkins.ParticipantID `db:"participant_id"`
		Channel checkins.Channel       `db:"channel"`
		Index   string                 `db:"value_index"`
	}
	if err := l.t.all(&addresses, sqlAddressIDs); err != nil {
		return err
	}
	last := l.latest()
	quieter := map[checkins.ParticipantID]checkins.Hush{}
	for _, a := range addresses {
		q, known := quieter[a.Person]
		if !known {
			q = l.past[a.Person]
			q.Stops = map[checkins.AddressID]checkins.Stop{}
		}
		if stop, there := last[indexed{a.Channel, a.Index}]; there {
			q.Stops[a.ID] = stop
		}
		quieter[a.Person] = q
	}
	for id, q := range quieter {
		if err := l.decide(id, q); err != nil {
			return fmt.Errorf("participant %s: %w", id, err)
		}
	}
	return nil
}

func (l *load) decide(id checkins.ParticipantID, q checkins.Hush) error {
	state, err := l.s.state(l.t, checkins.Who{Participant: id}, l.now, false)
	if err != nil {
		return err
	}
	l.done.People++
	e := l.how.Decide(state, q, l.now)
	l.done.Stopped += len(e.Addresses)
	return l.s.apply(l.t, state, e, l.now)
}

// keepSilent keeps the stops of addresses that the backup does not know.
func (l *load) keepSilent() error {
	for key, stop := range l.latest() {
		var known int
		if err := l.t.get(&known, `SELECT count(*) FROM addresses WHERE channel = ? AND value_index = ?`, key.channel, key.index); err != nil {
			return err
		}
		if known > 0 {
			continue
		}
		reason := checkins.SaidStop
		if stop.State != checkins.Stopped {
			reason = checkins.ByProvider
		}
		if _, err := l.t.exec(sqlKeepSilent, key.channel, key.index, reason, at(stop.At)); err != nil {
			return err
		}
	}
	return nil
}

const (
	sqlExpireAll  = `UPDATE messages SET state = 'expired', why = 'restored', lease_until = NULL, changed_at = ? WHERE state IN ('queued', 'claimed')`
	sqlUnknownAll = `UPDATE messages SET state = 'unknown', why = 'restored', lease_until = NULL, changed_at = ? WHERE state = 'sending'`
	sqlUnsettled  = `UPDATE attempts SET settled_at = ?, code = 'lapsed' WHERE settled_at IS NULL`
	sqlFreeAll    = `UPDATE mailboxes SET holder = '', held_until = NULL`
)

// settle ends what was under way when the backup was made.
func (l *load) settle() error {
	n, err := l.t.exec(sqlExpireAll, at(l.now))
	l.done.Expired = int(n)
	for _, statement := range []string{sqlUnknownAll, sqlUnsettled} {
		if err == nil {
			_, err = l.t.exec(statement, at(l.now))
		}
	}
	for _, statement := range []string{sqlFreeAll, `DELETE FROM rates`, `DELETE FROM breakers`} {
		if err == nil {
			_, err = l.t.exec(statement)
		}
	}
	return err
}

// hold notes that a backup was restored, and that nothing leaves.
func (l *load) hold() error {
	for _, name := range []string{checkins.AfterRestore, checkins.UntilRelease} {
		if _, err := l.t.exec(sqlBeat, name, at(l.now)); err != nil {
			return err
		}
	}
	return nil
}

// Held is since when nothing leaves because a backup was restored; zero = it does.
func (s *Store) Held(ctx context.Context) (time.Time, error) {
	return s.LastBeat(ctx, checkins.UntilRelease)
}

// Unhold lets messages leave again, calmly, as after an outage.
func (s *Store) Unhold(ctx context.Context, now time.Time) error {
	return wrap("release", s.in(ctx, func(t *tx) error {
		if _, err := t.exec(sqlBeat, checkins.AfterOutage, at(now)); err != nil {
			return err
		}
		_, err := t.exec(`DELETE FROM ticks WHERE name = ?`, checkins.UntilRelease)
		return err
	}))
}
