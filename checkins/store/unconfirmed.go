package store

import (
	"time"

	"github.com/microreach/microreach/checkins"
)

// sqlUnconfirmed finds who came by a text of their own, said neither yes nor
// stop, and has been here long enough.
const sqlUnconfirmed = `SELECT id FROM participants WHERE self_joined AND created_at <= ?
	AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.participant_id = participants.id) LIMIT 200`

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
