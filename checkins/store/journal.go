package store

import (
	"fmt"
	"slices"

	"github.com/microreach/microreach/checkins"
)

const (
	sqlJournal = sqlCheckIn + ` WHERE participant_id = ? AND NOT amended AND local_date >= ? AND local_date <= ? ORDER BY local_date DESC, at DESC, id DESC LIMIT 5000`
	sqlOneOf   = sqlCheckIn + ` WHERE participant_id = ? AND NOT amended AND id = ?`
	sqlCode    = `SELECT address_id, code_index, expires_at, tries FROM codes WHERE address_id = ?`
	sqlPutCode = `INSERT INTO codes (address_id, participant_id, code_index, expires_at, tries) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (address_id) DO UPDATE SET code_index = excluded.code_index, expires_at = excluded.expires_at, tries = excluded.tries`
	sqlKin          = `SELECT id FROM check_ins WHERE participant_id = ? AND (amends = ? OR id = (SELECT amends FROM check_ins WHERE id = ?))`
	sqlRemoveRecord = `DELETE FROM check_ins WHERE id = ? AND participant_id = ?`
)

// journal reads the records that who asks for, and the last code of the address
// that a link went to.
func (s *Store) journal(t *tx, state *checkins.State, who checkins.Who) (err error) {
	id := string(state.Participant.ID)
	switch {
	case who.Record != "":
		state.Journal, err = s.checkIns(t, sqlOneOf, id, who.Record)
	case !who.To.IsZero():
		state.Journal, err = s.checkIns(t, sqlJournal, id, who.From.String(), who.To.String())
	}
	if err != nil || who.Link == "" {
		return err
	}
	var row struct {
		Address   string  `db:"address_id"`
		Sum       string  `db:"code_index"`
		ExpiresAt instant `db:"expires_at"`
		Tries     int     `db:"tries"`
	}
	if err := t.get(&row, sqlCode, state.Via); none(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read code: %w", err)
	}
	state.Code = checkins.Code{Address: checkins.AddressID(row.Address), Sum: row.Sum, ExpiresAt: row.ExpiresAt.Time, Tries: row.Tries}
	return nil
}

func (w writer) code(c *checkins.Code) error {
	if c == nil {
		return nil
	}
	_, err := w.t.exec(sqlPutCode, c.Address, w.person, c.Sum, at(c.ExpiresAt), c.Tries)
	return wrap("write code", err)
}

// remove deletes a record with all that it corrected, or that corrected it and was
// taken back, and erases the texts that they came of.
func (w writer) remove(id checkins.CheckInID) error {
	all := []checkins.CheckInID{id}
	for i := 0; i < len(all); i++ {
		var kin []checkins.CheckInID
		if err := w.t.all(&kin, sqlKin, w.person, all[i], all[i]); err != nil {
			return wrap("remove check-in", err)
		}
		for _, k := range kin {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	for _, one := range all {
		if err := w.forgetInbound(one); err != nil {
			return err
		}
	}
	for len(all) > 0 { // what refers to another goes before it
		left := all[:0:0]
		for _, one := range all {
			var referred int
			if err := w.t.get(&referred, `SELECT count(*) FROM check_ins WHERE amends = ?`, one); err != nil {
				return wrap("remove check-in", err)
			}
			if referred > 0 {
				left = append(left, one)
				continue
			}
			if _, err := w.t.exec(sqlRemoveRecord, one, w.person); err != nil {
				return wrap("remove check-in", err)
			}
		}
		if len(left) == len(all) {
			return fmt.Errorf("remove check-in: %d records refer to one another in a ring", len(all))
		}
		all = left
	}
	return nil
}
