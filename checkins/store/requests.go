package store

import (
	"context"

	"github.com/microreach/microreach/checkins"
)

const (
	sqlPutRequest = `INSERT INTO requests (id, participant_id, kind, address_id, at, done_at) VALUES (?, ?, ?, ?, ?, NULL)
		ON CONFLICT (participant_id, kind) WHERE done_at IS NULL DO NOTHING`
	sqlDoneRequest  = `UPDATE requests SET done_at = ? WHERE participant_id = ? AND kind = ? AND done_at IS NULL`
	sqlOpenRequests = `SELECT id, participant_id, kind, address_id, at FROM requests WHERE done_at IS NULL ORDER BY at, id LIMIT ?`
)

func (w writer) request(r checkins.Request) error {
	_, err := w.t.exec(sqlPutRequest, r.ID, w.person, r.Kind, r.Address, at(r.At))
	return wrap("write a request", err)
}

func (w writer) fulfilled(kind checkins.RequestKind) error {
	_, err := w.t.exec(sqlDoneRequest, at(w.now), w.person, kind)
	return wrap("end a request", err)
}

// Requests lists what people asked for and the operator has not done yet, the oldest
// first, at most limit of them.
func (s *Store) Requests(ctx context.Context, limit int) ([]checkins.Request, error) {
	var rows []struct {
		ID          string  `db:"id"`
		Participant string  `db:"participant_id"`
		Kind        string  `db:"kind"`
		Address     string  `db:"address_id"`
		At          instant `db:"at"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlOpenRequests), limit); err != nil {
		return nil, wrap("list requests", err)
	}
	list := make([]checkins.Request, len(rows))
	for i, r := range rows {
		list[i] = checkins.Request{
			ID: r.ID, Participant: checkins.ParticipantID(r.Participant), Kind: checkins.RequestKind(r.Kind), Address: checkins.AddressID(r.Address), At: r.At.Time,
		}
	}
	return list, nil
}
