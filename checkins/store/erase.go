package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

const (
	sqlKeepProofs = `INSERT INTO proofs (id, address_index, topic, given, wording, route, at, ended_at)
		SELECT id, address_index, topic, given, wording, route, at,
			(SELECT max(CASE WHEN state IN ('stopped', 'suppressed', 'invalid') THEN state_since ELSE CAST(? AS BIGINT) END) FROM addresses a WHERE a.participant_id = consents.participant_id)
		FROM consents WHERE participant_id = ?`
	sqlKeepSilent = `INSERT INTO suppressions (channel, address_index, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT (channel, address_index) DO NOTHING`
	sqlSilent     = `SELECT count(*) FROM suppressions WHERE channel = ? AND address_index = ?`
	sqlSpeakAgain = `DELETE FROM suppressions WHERE channel = ? AND address_index = ?`
	sqlErased     = `INSERT INTO erasures (participant_id, at) VALUES (?, ?) ON CONFLICT (participant_id) DO UPDATE SET at = excluded.at`
	sqlOurTexts   = `SELECT a.provider_id FROM attempts a JOIN messages m ON m.id = a.message_id
		WHERE m.participant_id = ? AND m.channel = 'sms' AND a.provider_id IS NOT NULL`
	sqlTheirTexts = `SELECT id, provider_id FROM inbound WHERE participant_id = ? AND channel = 'sms' AND provider_id <> ''`
	sqlPutCopy    = `INSERT INTO copies (provider_id, since, next_at) VALUES (?, ?, ?) ON CONFLICT (provider_id) DO NOTHING`
)

// erase leaves nothing of the person but proofs, suppressions and the list of
// what is still to be deleted at the provider.
func (w writer) erase(e *checkins.Erasure) error {
	if e == nil {
		return nil
	}
	for _, k := range e.Keep {
		if _, err := w.t.exec(sqlKeepSilent, k.Channel, w.s.addressIndex(k.Channel, k.Value), k.Reason, at(k.At)); err != nil {
			return wrap("keep an address silent", err)
		}
	}
	if _, err := w.t.exec(sqlKeepProofs, at(w.now), w.person); err != nil {
		return wrap("keep proofs", err)
	}
	if err := w.copies(); err != nil {
		return wrap("list copies", err)
	}
	if _, err := w.t.exec(sqlErased, w.person, at(w.now)); err != nil {
		return wrap("note an erasure", err)
	}
	return w.s.leaveNothing(w.t, w.person)
}

// leaveNothing deletes every row of a person.
func (s *Store) leaveNothing(t *tx, id string) error {
	for _, statement := range deletions() {
		if _, err := t.exec(statement, id); err != nil {
			return wrap("erase", err)
		}
	}
	return nil
}

// copies notes which texts of the person the provider still has.
func (w writer) copies() error {
	var ids []string
	if err := w.t.all(&ids, sqlOurTexts, w.person); err != nil {
		return err
	}
	var theirs []struct {
		ID       string `db:"id"`
		Provider string `db:"provider_id"`
	}
	if err := w.t.all(&theirs, sqlTheirTexts, w.person); err != nil {
		return err
	}
	for _, r := range theirs {
		o := opener{s: w.s, table: "inbound", row: r.ID}
		ids = append(ids, o.open("provider_id", r.Provider))
		if o.err != nil {
			return o.err
		}
	}
	for _, id := range ids {
		if _, err := w.t.exec(sqlPutCopy, id, at(w.now), at(w.now)); err != nil {
			return err
		}
	}
	return nil
}

// admitted reports an error where an address that is new to us stays silent.
func (w writer) admitted(a checkins.Address, index string) error {
	var silent int
	if err := w.t.get(&silent, sqlSilent, a.Channel, index); err != nil {
		return wrap("look up an address", err)
	}
	if silent > 0 {
		return fmt.Errorf("the address stays silent until its owner says START: %w", checkins.ErrSuppressed)
	}
	return nil
}

// speakAgain ends the silence of addresses whose owner said START.
func (w writer) speakAgain(a checkins.Address) error {
	_, err := w.t.exec(sqlSpeakAgain, a.Channel, w.s.addressIndex(a.Channel, a.Value))
	return wrap("end a silence", err)
}

// Copies lists up to limit texts that the provider is to be asked to delete now.
func (s *Store) Copies(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.read.SelectContext(ctx, &ids, s.read.Rebind(`SELECT provider_id FROM copies WHERE next_at <= ? ORDER BY next_at, provider_id LIMIT ?`), at(now), limit)
	return ids, wrap("list copies", err)
}

// CopyGone notes that the provider has a text no more.
func (s *Store) CopyGone(ctx context.Context, id string) error {
	return wrap("note a copy", s.in(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM copies WHERE provider_id = ?`, id)
		return err
	}))
}

// CopyLater puts off asking again for a text that could not be deleted yet.
func (s *Store) CopyLater(ctx context.Context, id string, next time.Time) error {
	return wrap("note a copy", s.in(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE copies SET next_at = ? WHERE provider_id = ?`, at(next), id)
		return err
	}))
}

// Scrub takes the remains of what was deleted out of the database's files. It
// holds up whoever writes meanwhile, for as long as the database is large. What
// the disk itself keeps, and PostgreSQL's own log of the last minutes, is beyond
// it.
func (s *Store) Scrub(ctx context.Context) error {
	if s.dialect.postgres {
		return s.scrubPostgres(ctx)
	}
	if _, err := s.write.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	return s.unseen(ctx, func() (busy bool, err error) { // it waits for readers, and says so where it gave up
		var pages, done int
		err = s.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &done)
		return busy, err
	})
}

// sqlOlderSnapshots counts who can still see what was deleted: VACUUM keeps it for them.
// It cannot see through to the processes of other roles.
const sqlOlderSnapshots = `SELECT count(*) > 0 FROM pg_stat_activity
	WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL`

func (s *Store) scrubPostgres(ctx context.Context) error {
	err := s.unseen(ctx, func() (busy bool, err error) {
		err = s.write.GetContext(ctx, &busy, sqlOlderSnapshots)
		return busy, err
	})
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.whose == "" {
			continue
		}
		if _, err := s.write.ExecContext(ctx, `VACUUM (FULL) `+t.name); err != nil {
			return fmt.Errorf("scrub %s: %w", t.name, err)
		}
	}
	return nil
}

// scrubWait is how long a scrub waits for the readers before it to end, and scrubPause how
// long between two looks at them.
const (
	scrubWait  = 30 * time.Second
	scrubPause = 100 * time.Millisecond
)

// errSeen is that a scrub waited for a reader in vain.
var errSeen = errors.New("scrub: somebody reads the database, and so what was erased may still be in its files: try again when nothing else runs")

// unseen waits until nobody reads what is to go.
func (s *Store) unseen(ctx context.Context, look func() (busy bool, err error)) error {
	waits, cancel := context.WithTimeoutCause(ctx, scrubWait, errSeen)
	defer cancel()
	for {
		busy, err := look()
		if err != nil {
			return fmt.Errorf("scrub: %w", err)
		}
		if !busy {
			return nil
		}
		select {
		case <-waits.Done():
			return context.Cause(waits)
		case <-time.After(scrubPause):
		}
	}
}
