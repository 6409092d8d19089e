package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

const sqlIssued = `SELECT count(*) FROM messages WHERE reply_index = ? OR bounce_index = ?`

// Issued reports whether token stands in a mail of ours, as the reply token or
// in the return path.
func (s *Store) Issued(ctx context.Context, token string) (bool, error) {
	var n int
	err := s.read.GetContext(ctx, &n, s.read.Rebind(sqlIssued), replyIndex(token), replyIndex(token))
	return n > 0, wrap("look up a token", err)
}

const sqlMailID = `SELECT provider_id FROM inbound WHERE id = ? AND channel = 'email'`

// answered is the Message-ID of the mail that m answers; empty where m answers
// none, or one that bore no Message-ID and is known by its hash.
func (s *Store) answered(t *tx, m checkins.Message) (string, error) {
	if m.Answers == "" || m.Channel != checkins.Email {
		return "", nil
	}
	var sealed string
	err := t.get(&sealed, sqlMailID, string(m.Answers))
	if none(err) {
		return "", nil // a text is answered by mail, as a last word is
	}
	if err != nil {
		return "", fmt.Errorf("read inbound: %w", err)
	}
	o := opener{s: s, table: "inbound", row: string(m.Answers)}
	id := o.open("provider_id", sealed)
	if strings.HasPrefix(id, "sha256:") {
		id = ""
	}
	return id, o.err
}

const (
	// sqlHoldMailbox takes a mailbox that nobody holds, or goes on holding it.
	sqlHoldMailbox = `INSERT INTO mailboxes (name_index, validity, uid, holder, held_until) VALUES (?, 0, 0, ?, ?)
		ON CONFLICT (name_index) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
		WHERE mailboxes.holder = excluded.holder OR mailboxes.held_until IS NULL OR mailboxes.held_until <= ?`
	sqlBookmark    = `SELECT validity, uid, at FROM mailboxes WHERE name_index = ?`
	sqlPutBookmark = `UPDATE mailboxes SET validity = ?, uid = ?, at = ? WHERE name_index = ? AND holder = ?`
	sqlFreeMailbox = `UPDATE mailboxes SET held_until = NULL WHERE name_index = ? AND holder = ?`
)

func (s *Store) mailboxIndex(name string) string { return s.vault.Index(purposeMailbox, name) }

// HoldMailbox takes the mailbox called name for holder until then, or goes on
// holding it, and tells how far it was read. It reports false while somebody
// else holds it: one process reads a mailbox at a time. Both instants are real
// time.
func (s *Store) HoldMailbox(ctx context.Context, name, holder string, now, until time.Time) (mark checkins.Bookmark, held bool, err error) {
	err = s.in(ctx, func(t *tx) error {
		index := s.mailboxIndex(name)
		n, err := t.exec(sqlHoldMailbox, index, holder, at(until), at(now))
		if held = n > 0; err != nil || !held {
			return err
		}
		var row struct {
			Validity int64   `db:"validity"`
			UID      int64   `db:"uid"`
			At       instant `db:"at"`
		}
		if err := t.get(&row, sqlBookmark, index); err != nil {
			return err
		}
		mark = checkins.Bookmark{Validity: uint32(row.Validity), UID: uint32(row.UID), At: row.At.Time}
		return nil
	})
	return mark, held, wrap("hold a mailbox", err)
}

// MarkMailbox notes how far holder has read the mailbox. It does nothing where
// another process took it over meanwhile, which reads that part again.
func (s *Store) MarkMailbox(ctx context.Context, name, holder string, mark checkins.Bookmark) error {
	return wrap("mark a mailbox", s.in(ctx, func(t *tx) error {
		_, err := t.exec(sqlPutBookmark, int64(mark.Validity), int64(mark.UID), at(mark.At), s.mailboxIndex(name), holder)
		return err
	}))
}

// FreeMailbox lets others read the mailbox at once.
func (s *Store) FreeMailbox(ctx context.Context, name, holder string) error {
	return wrap("free a mailbox", s.in(ctx, func(t *tx) error {
		_, err := t.exec(sqlFreeMailbox, s.mailboxIndex(name), holder)
		return err
	}))
}
