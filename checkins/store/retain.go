package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Retention is how long what is kept (REQUIREMENTS C04).
type Retention struct {
	Raw      time.Duration // what came in, word for word
	Bodies   time.Duration // the words of what we sent
	Words    time.Duration // what people wrote, in their records, unless they chose a time of their own; 0 = until they say so
	Delivery time.Duration // when what was sent and what became of it
	Proof    time.Duration // proofs of consent after its end
}

// retainAtOnce bounds one step of tidying up, so that nobody waits long behind it.
const retainAtOnce = 200

// quotasKept is how long the counts of a day are kept.
const quotasKept = 7 * 24 * time.Hour

// Retain removes what is older than it is kept, in small steps, each of which is
// whole: it may be ended at any of them and begun again. It returns how many rows
// it changed or deleted. step is told what is gone through.
func (s *Store) Retain(ctx context.Context, keep Retention, now time.Time, step func(what string)) (rows int, err error) {
	for _, c := range chores(keep, now) {
		n, err := s.chore(ctx, c, step)
		rows += n
		if err != nil {
			return rows, wrap("tidy up "+c.what, err)
		}
	}
	return rows, nil
}

// chore is one kind of thing that grows old. query finds the keys of the next rows
// after one, at most a number of them; each of do is done to each row.
type chore struct {
	what  string
	query string
	args  []any
	do    []string
}

func (s *Store) chore(ctx context.Context, c chore, step func(string)) (rows int, err error) {
	for after := ""; ; {
		if ctx.Err() != nil {
			return rows, ctx.Err()
		}
		var keys []string
		args := append(append([]any{after}, c.args...), retainAtOnce)
		if err := s.read.SelectContext(ctx, &keys, s.read.Rebind(c.query), args...); err != nil {
			return rows, err
		}
		if len(keys) == 0 {
			return rows, nil
		}
		err := s.in(ctx, func(t *tx) error {
			for _, key := range keys {
				for _, statement := range c.do {
					if _, err := t.exec(statement, key); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return rows, err
		}
		rows += len(keys)
		after = keys[len(keys)-1]
		step(c.what)
	}
}

const (
	// The question and its words are part of what a yes is to: they stay as long as
	// the address does.
	left       = `kind <> 'opt_in' AND state NOT IN ('queued', 'claimed', 'sending')`
	sqlOldRaw  = `SELECT id FROM inbound WHERE id > ? AND at < ? AND body <> '' ORDER BY id LIMIT ?`
	sqlOldSaid = `SELECT id FROM messages WHERE id > ? AND created_at < ? AND ` + left + ` AND (%s) ORDER BY id LIMIT ?`
	sqlOldWord = `SELECT c.id FROM check_ins c JOIN participants p ON p.id = c.participant_id
		WHERE c.id > ? AND c.at < CASE WHEN p.words_days > 0 THEN CAST(? AS BIGINT) - CAST(p.words_days AS BIGINT) * 86400000 ELSE CAST(? AS BIGINT) END
		AND (c.note <> '' OR c.expectation <> '' OR c.feelings <> '' OR c.sensations <> '') ORDER BY c.id LIMIT ?`
	sqlOldMessages = `SELECT id FROM messages WHERE id > ? AND created_at < ? AND ` + left + ` ORDER BY id LIMIT ?`
	sqlOldInbound  = `SELECT id FROM inbound WHERE id > ? AND at < ? ORDER BY id LIMIT ?`
	sqlOldChanges  = `SELECT id FROM changes WHERE id > ? AND at < ? ORDER BY id LIMIT ?`
	sqlOldQuotas   = `SELECT name FROM quotas WHERE name > ? AND day < ? ORDER BY name LIMIT ?`
	sqlOldProofs   = `SELECT id FROM proofs WHERE id > ? AND ended_at < ? ORDER BY id LIMIT ?`
	sqlOldErasures = `SELECT participant_id FROM erasures WHERE participant_id > ? AND at < ? ORDER BY participant_id LIMIT ?`
)

// chores are all kinds of things that grow old.
func chores(keep Retention, now time.Time) []chore {
	before := func(d time.Duration) instant { return at(now.Add(-d)) }
	words := before(keep.Words).UnixMilli()
	if keep.Words == 0 {
		words = 0
	}
	said := wordColumns("messages")
	return []chore{
		{"what came in", sqlOldRaw, []any{before(keep.Raw)}, []string{`UPDATE inbound SET body = '' WHERE id = ?`}},
		{"what was sent", fmt.Sprintf(sqlOldSaid, strings.Join(said, " <> '' OR ")+" <> ''"), []any{before(keep.Bodies)},
			[]string{`UPDATE messages SET ` + strings.Join(said, " = '', ") + ` = '' WHERE id = ?`}},
		{"what people wrote", sqlOldWord, []any{now.UnixMilli(), words},
			[]string{`UPDATE check_ins SET note = '', expectation = '', feelings = '', sensations = '' WHERE id = ?`}},
		{"messages", sqlOldMessages, []any{before(keep.Delivery)}, []string{
			`DELETE FROM evidence WHERE attempt_id IN (SELECT id FROM attempts WHERE message_id = ?)`,
			`DELETE FROM attempts WHERE message_id = ?`,
			`UPDATE messages SET root = NULL WHERE root = ?`,
			`UPDATE check_ins SET message_id = NULL WHERE message_id = ?`,
			`DELETE FROM messages WHERE id = ?`,
		}},
		{"inbound messages", sqlOldInbound, []any{before(keep.Delivery)}, []string{
			`UPDATE messages SET answers = NULL WHERE answers = ?`,
			`UPDATE check_ins SET inbound_id = NULL WHERE inbound_id = ?`,
			`DELETE FROM inbound WHERE id = ?`,
		}},
		{"changes", sqlOldChanges, []any{before(keep.Delivery)}, []string{`DELETE FROM changes WHERE id = ?`}},
		{"quotas", sqlOldQuotas, []any{now.Add(-quotasKept).UTC().Format(time.DateOnly)}, []string{`DELETE FROM quotas WHERE name = ?`}},
		{"proofs", sqlOldProofs, []any{before(keep.Proof)}, []string{`DELETE FROM proofs WHERE id = ?`}},
		{"erasures", sqlOldErasures, []any{before(keep.Delivery)}, []string{`DELETE FROM erasures WHERE participant_id = ?`}},
	}
}

// wordColumns are the sealed columns of a table.
func wordColumns(name string) []string {
	for _, t := range tables {
		if t.name == name {
			return t.of(isSealed)
		}
	}
	return nil
}

const sqlDeparted = `SELECT participant_id FROM addresses GROUP BY participant_id
	HAVING max(CASE WHEN state IN ('stopped', 'suppressed', 'invalid') THEN state_since ELSE CAST(? AS BIGINT) END) < ? ORDER BY participant_id LIMIT ?`

// Departed lists up to limit people who have had no open address since before.
func (s *Store) Departed(ctx context.Context, before time.Time, limit int) ([]checkins.ParticipantID, error) {
	var ids []checkins.ParticipantID
	err := s.read.SelectContext(ctx, &ids, s.read.Rebind(sqlDeparted), at(checkins.Forever), at(before), limit)
	return ids, wrap("list who left", err)
}

// Flush lets the files forget what was deleted, as far as that holds nobody up.
func (s *Store) Flush(ctx context.Context) error {
	if s.dialect.postgres {
		return nil // it tidies up by itself
	}
	_, err := s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	return wrap("tidy up files", err)
}
