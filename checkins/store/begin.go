package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

const (
	sqlHolder = sqlParticipantColumns + ` WHERE id = (SELECT participant_id FROM messages WHERE id = ?)`
	// sqlClaimed reads a claimed message with all that the gate asks about it. It
	// follows the statement that holds the person, so that it sees what was
	// committed before that.
	sqlClaimed = `SELECT ` + messageColumns + `, token_at,
		(SELECT a.value FROM addresses a WHERE a.id = messages.address_id) AS address_value,
		(SELECT a.state FROM addresses a WHERE a.id = messages.address_id) AS address_state,
		(SELECT c.given FROM consents c WHERE c.address_id = messages.address_id AND c.topic = 'messages' ORDER BY c.at DESC, c.id DESC LIMIT 1) AS consented,
		(SELECT p.status FROM plans p WHERE p.id = messages.plan_id) AS plan_status,
		(SELECT count(*) FROM messages m WHERE m.participant_id = messages.participant_id AND ` + startedSince + ` AND ` + countsToday + `) AS started,
		(SELECT at FROM ticks WHERE name = ?) AS outage_at,
		(SELECT at FROM ticks WHERE name = ?) AS restored_at,
		(SELECT count(*) FROM breakers) AS breakers
		FROM messages WHERE id = ? AND state = 'claimed'`
	sqlBegin   = `UPDATE messages SET state = 'sending', begun_at = ?, attempts = attempts + 1, lease_until = ?, changed_at = ? WHERE id = ? AND state = 'claimed'`
	sqlAttempt = `INSERT INTO attempts (id, message_id, begun_at, outcome, code) VALUES (?, ?, ?, 'unknown', '')`
)

// claimedRow is a claimed message and what the gate asks about it.
type claimedRow struct {
	messageRow
	TokenAt      instant  `db:"token_at"`
	AddressValue string   `db:"address_value"`
	AddressState string   `db:"address_state"`
	Consented    nullBool `db:"consented"`
	PlanStatus   optional `db:"plan_status"`
	Started      int      `db:"started"`
	OutageAt     instant  `db:"outage_at"`
	RestoredAt   instant  `db:"restored_at"`
	Breakers     int      `db:"breakers"`
}

// claimed is a message that may be about to leave.
type claimed struct {
	checkins.Message
	gate  checkins.Gate
	to    string    // in the clear
	token time.Time // its turn by the sender's rate; zero = it has none yet
	open  int       // breakers, whatever they hold back
}

// Begin asks the gate once more and commits the message as sending, with an
// attempt whose outcome is unknown until it is settled. From here on the
// message is never sent again by itself. ErrNotSent: it does not go out now, and
// that is written down; with ErrCrowded, because there is no turn for it in time.
func (s *Store) Begin(ctx context.Context, id checkins.MessageID, perDay int, now, leaseUntil time.Time) (checkins.Outgoing, error) {
	var out checkins.Outgoing
	err := s.in(ctx, func(t *tx) (err error) {
		out, err = s.begin(t, id, perDay, now, leaseUntil)
		return err
	})
	if err == nil && out.Attempt == "" {
		err = s.notSent(ctx, id)
	}
	if errors.Is(err, checkins.ErrNotSent) {
		return out, err
	}
	return out, wrap("begin message", err)
}

// begin is Begin within its transaction; without an attempt the message does not
// go out. The order counts: what may not leave takes no turn, and what waits for
// its turn is no probe of a breaker.
func (s *Store) begin(t *tx, id checkins.MessageID, perDay int, now, leaseUntil time.Time) (out checkins.Outgoing, err error) {
	m, err := s.claimed(t, id, perDay, now)
	if err != nil || m.ID == "" {
		return out, err
	}
	if refusal := checkins.MayWrite(m.gate, now); refusal != checkins.NotRefused {
		_, err := t.exec(sqlMove(refusal.Disposal()), refusal.Disposal(), string(refusal), at(now), id)
		return out, err
	}
	open, held, err := s.held(t, m, now)
	if err != nil || held {
		return out, err
	}
	if mine, err := s.turn(t, m, now); err != nil || !mine {
		return out, err
	}
	if n, err := t.exec(sqlBegin, at(now), at(leaseUntil), at(now), id); err != nil || n == 0 {
		return out, err // none: the lease ran out at this very moment
	}
	m.State, m.BegunAt, m.Attempts = checkins.Sending, now, m.Attempts+1
	out = checkins.Outgoing{Message: m.Message, Attempt: checkins.AttemptID(s.newID()), To: m.to}
	if out.InReplyTo, err = s.answered(t, m.Message); err != nil {
		return out, err
	}
	if _, err := t.exec(sqlAttempt, out.Attempt, id, at(now)); err != nil {
		return out, err
	}
	return out, s.probe(t, open, out.Attempt, now)
}

// claimed holds the person of a claimed message and reads it, with its words and
// its gate; without an id it was withdrawn, or its lease ran out.
func (s *Store) claimed(t *tx, id checkins.MessageID, perDay int, now time.Time) (c claimed, err error) {
	var holder participantRow
	err = t.get(&holder, sqlHolder+s.dialect.forUpdate(), id)
	if none(err) {
		return c, nil // erased meanwhile
	}
	if err != nil {
		return c, fmt.Errorf("read participant: %w", err)
	}
	who, err := holder.participant(s)
	if err != nil {
		return c, err
	}
	loc := who.Location()
	midnight, _ := pace.Instant(pace.DateOf(now.In(loc)), 0, loc)
	var row claimedRow
	err = t.get(&row, sqlClaimed, at(midnight), checkins.AfterOutage, checkins.AfterRestore, id)
	if none(err) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read message: %w", err)
	}
	if c.Message, err = row.worded(s); err != nil {
		return claimed{}, err
	}
	o := opener{s: s, table: "addresses", row: row.Address}
	c.to, c.token, c.open = o.open("value", row.AddressValue), row.TokenAt.Time, row.Breakers
	state := checkins.State{
		Participant: who, Started: row.Started, Restored: row.RestoredAt.Time,
		Addresses: []checkins.Address{{ID: c.Address, Channel: c.Channel, Value: c.to, State: checkins.AddressState(row.AddressState), Consented: bool(row.Consented)}},
	}
	if row.PlanStatus != "" {
		state.Plans = []checkins.Plan{{ID: c.Plan, Status: checkins.PlanStatus(row.PlanStatus)}}
	}
	if err := firstOf(o.err, s.calmAfter(t, &state, row.OutageAt.Time, now)); err != nil {
		return claimed{}, err
	}
	c.gate = state.Gate(c.Message, perDay, now)
	return c, nil
}

// notSent is the error of a message that was not begun.
func (s *Store) notSent(ctx context.Context, id checkins.MessageID) error {
	if len(s.rates) == 0 {
		return checkins.ErrNotSent
	}
	var why string
	err := s.read.GetContext(ctx, &why, s.read.Rebind(`SELECT why FROM messages WHERE id = ?`), id)
	if err == nil && why == string(checkins.Crowded) {
		return fmt.Errorf("%w: %w", checkins.ErrNotSent, checkins.ErrCrowded)
	}
	return checkins.ErrNotSent
}
