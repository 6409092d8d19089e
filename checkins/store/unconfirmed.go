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

// forgetUnconfirmed leaves nothing of those who never said yes.
func (s *Store) forgetUnconfirmed(t *tx, now time.Time) error {
	var ids []string
	if err := t.all(&ids, sqlUnconfirmed, at(now.Add(-checkins.Unconfirmed))); err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.leaveNothing(t, id); err != nil {
			return err
		}
	}
	return nil
}
