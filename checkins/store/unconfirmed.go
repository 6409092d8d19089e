package store

import (
	"time"

	"github.com/microreach/microreach/checkins"
)

// sqlUnconfirmed finds who came by themselves, said neither yes nor stop, and has
// been here long enough. What was ticked on the page is no yes before the address
// itself has answered: anybody can write down a number.
const sqlUnconfirmed = `SELECT id FROM participants WHERE self_joined AND created_at <= ?
	AND (NOT EXISTS (SELECT 1 FROM consents c WHERE c.participant_id = participants.id)
		OR NOT EXISTS (SELECT 1 FROM addresses a WHERE a.participant_id = participants.id AND a.state NOT IN ('invited', 'pending'))) LIMIT 200`

// sqlGone deletes all that is there of one person, what refers to it first.
var sqlGone = []string{
	`DELETE FROM evidence WHERE attempt_id IN (SELECT a.id FROM attempts a JOIN messages m ON m.id = a.message_id WHERE m.participant_id = ?)`,
	`DELETE FROM attempts WHERE message_id IN (SELECT id FROM messages WHERE participant_id = ?)`,
	`DELETE FROM check_ins WHERE participant_id = ?`,
	`DELETE FROM changes WHERE participant_id = ?`,
	`UPDATE messages SET root = NULL WHERE participant_id = ?`,
	`DELETE FROM messages WHERE participant_id = ?`,
	`DELETE FROM inbound WHERE participant_id = ?`,
	`DELETE FROM own_practices WHERE participant_id = ?`,
	`DELETE FROM plans WHERE participant_id = ?`,
	`DELETE FROM consents WHERE participant_id = ?`,
	`DELETE FROM links WHERE participant_id = ?`,
	`DELETE FROM addresses WHERE participant_id = ?`,
	`DELETE FROM participants WHERE id = ?`,
}

// forgetUnconfirmed leaves nothing of those who never said yes.
func (s *Store) forgetUnconfirmed(t *tx, now time.Time) error {
	var ids []string
	if err := t.all(&ids, sqlUnconfirmed, at(now.Add(-checkins.Unconfirmed))); err != nil {
		return err
	}
	for _, id := range ids {
		for _, query := range sqlGone {
			if _, err := t.exec(query, id); err != nil {
				return err
			}
		}
	}
	return nil
}
