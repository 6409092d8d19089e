package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

const (
	sqlHolders = sqlParticipantColumns + ` WHERE id IN (SELECT participant_id FROM messages WHERE id IN (%s))`
	// sqlClaimed reads claimed messages with all that the gate asks about them. It
	// follows the statement that holds the people, so that it sees what was
	// committed before that. days is the midnight of each person's day.
	sqlClaimed = `WITH days (person, midnight) AS (VALUES %s)
		SELECT ` + messageColumns + `, token_at,
		(SELECT a.value FROM addresses a WHERE a.id = messages.address_id) AS address_value,
		(SELECT a.state FROM addresses a WHERE a.id = messages.address_id) AS address_state,
		(SELECT c.given FROM consents c WHERE c.address_id = messages.address_id AND c.topic = 'messages' ORDER BY c.at DESC, c.id DESC LIMIT 1) AS consented,
		(SELECT p.status FROM plans p WHERE p.id = messages.plan_id) AS plan_status,
		(SELECT count(*) FROM messages m WHERE m.participant_id = messages.participant_id AND ` + countsToday + ` AND ` + startedSince + `days.midnight) AS started,
		(SELECT at FROM ticks WHERE name = ?) AS outage_at,
		(SELECT at FROM ticks WHERE name = ?) AS restored_at,
		(SELECT count(*) FROM breakers) AS breakers
		FROM messages JOIN days ON person = participant_id WHERE id IN (%s) AND state = 'claimed'`
	sqlDay      = `(CAST(? AS TEXT), CAST(? AS BIGINT))`
	sqlBegin    = `UPDATE messages SET state = 'sending', begun_at = ?, attempts = attempts + 1, lease_until = ?, changed_at = ? WHERE id IN (%s) AND state = 'claimed' RETURNING id`
	sqlAttempts = `INSERT INTO attempts (id, message_id, begun_at, outcome, code) VALUES %s`
	sqlAttempt  = `(?, ?, ?, 'unknown', '')`
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

// beginning is a message whose worker is ready to send it.
type beginning struct {
	id         checkins.MessageID
	perDay     int
	now, lease time.Time

	m    claimed
	open []breakerRow      // those that it tries
	out  checkins.Outgoing // without an attempt it does not go out
	why  checkins.Refusal  // of the gate or of the rate, where that is why
}

// Begin asks the gate once more and commits the message as sending, with an
// attempt whose outcome is unknown until it is settled. From here on the
// message is never sent again by itself. ErrNotSent: it does not go out now, and
// that is written down; with ErrCrowded, because there is no turn for it in time.
//
// Callers who are ready at the same moment share one transaction, at the latest
// of their moments.
func (s *Store) Begin(ctx context.Context, id checkins.MessageID, perDay int, now, leaseUntil time.Time) (checkins.Outgoing, error) {
	b := beginning{id: id, perDay: perDay, now: now, lease: leaseUntil}
	err := s.begins.run(ctx, &b)
	switch {
	case err != nil:
		return checkins.Outgoing{}, wrap("begin message", err)
	case b.out.Attempt != "":
		return b.out, nil
	case b.why == checkins.Crowded:
		return checkins.Outgoing{}, fmt.Errorf("%w: %w", checkins.ErrNotSent, checkins.ErrCrowded)
	}
	return checkins.Outgoing{}, checkins.ErrNotSent
}

// begin is Begin for all who are ready, within their transaction. Left are those
// whom another has to be committed before: a second message of one person, whose
// day may be full with the first, and any where a breaker is open, which only one
// may try. The order counts: what may not leave takes no turn, and what waits for
// its turn is no probe of a breaker.
func (s *Store) begin(t *tx, list []*beginning) (left []*beginning, err error) {
	now, lease := list[0].now, list[0].lease
	for _, b := range list {
		now, lease = later(b.now, now), later(b.lease, lease)
		b.m, b.open, b.out, b.why = claimed{}, nil, checkins.Outgoing{}, checkins.NotRefused
	}
	people, err := s.hold(t, list)
	if err != nil {
		return nil, err
	}
	ready, left, err := s.claimed(t, list, people, now)
	if err != nil {
		return nil, err
	}
	turns := turns{s: s, t: t, now: now}
	for _, may := range []func(*beginning) (bool, error){
		func(b *beginning) (bool, error) { return s.passes(t, b, now) },
		turns.take,
	} {
		if ready, err = those(ready, may); err != nil {
			return nil, err
		}
	}
	if err := turns.write(); err != nil || len(ready) == 0 {
		return left, err
	}
	return left, s.send(t, ready, now, lease)
}

// those are the members of list of which may is true.
func those(list []*beginning, may func(*beginning) (bool, error)) (kept []*beginning, err error) {
	for _, b := range list {
		yes, err := may(b)
		if err != nil {
			return nil, err
		}
		if yes {
			kept = append(kept, b)
		}
	}
	return kept, nil
}

// hold holds the people of the messages and reads them. Who was erased meanwhile
// is not among them; nor is, where there are several, whoever somebody else holds
// or whose row cannot be read.
func (s *Store) hold(t *tx, list []*beginning) (map[checkins.ParticipantID]checkins.Participant, error) {
	ids := make([]any, len(list))
	for i, b := range list {
		ids[i] = b.id
	}
	var rows []participantRow
	if err := t.all(&rows, fmt.Sprintf(sqlHolders, marks("?", len(ids)))+s.dialect.hold(len(ids)), ids...); err != nil {
		return nil, fmt.Errorf("read participant: %w", err)
	}
	people := make(map[checkins.ParticipantID]checkins.Participant, len(rows))
	for _, r := range rows {
		who, err := r.participant(s)
		switch {
		case err == nil:
			people[who.ID] = who
		case len(list) == 1:
			return nil, err
		}
	}
	return people, nil
}

// claimed reads the messages of people who are held, with their words and what
// the gate asks. A single message that is not among them was withdrawn, or its
// lease ran out; of several, it may have to go by itself.
func (s *Store) claimed(t *tx, list []*beginning, people map[checkins.ParticipantID]checkins.Participant, now time.Time) (ready, left []*beginning, err error) {
	rows, err := s.claimedRows(t, list, people, now)
	if err != nil {
		return nil, nil, err
	}
	seen := map[checkins.ParticipantID]bool{}
	for _, b := range list {
		row, ok := rows[b.id]
		if !ok {
			left = append(left, b)
			continue
		}
		who := people[checkins.ParticipantID(row.Participant)]
		if len(list) > 1 && (seen[who.ID] || row.Breakers > 0) {
			left = append(left, b)
			continue
		}
		seen[who.ID] = true
		if b.m, err = s.asked(t, row, who, b.perDay, now); err == nil {
			ready = append(ready, b)
			continue
		}
		if len(list) == 1 {
			return nil, nil, err
		}
		left = append(left, b)
	}
	return ready, left, nil
}

func (s *Store) claimedRows(t *tx, list []*beginning, people map[checkins.ParticipantID]checkins.Participant, now time.Time) (map[checkins.MessageID]claimedRow, error) {
	if len(people) == 0 {
		return nil, nil
	}
	var args []any
	for id, who := range people {
		args = append(args, id, at(midnightOf(who, now)))
	}
	args = append(args, checkins.AfterOutage, checkins.AfterRestore)
	for _, b := range list {
		args = append(args, b.id)
	}
	var rows []claimedRow
	if err := t.all(&rows, fmt.Sprintf(sqlClaimed, marks(sqlDay, len(people)), marks("?", len(list))), args...); err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	byID := make(map[checkins.MessageID]claimedRow, len(rows))
	for _, r := range rows {
		byID[checkins.MessageID(r.ID)] = r
	}
	return byID, nil
}

// asked is a claimed message with its words and what the gate is asked.
func (s *Store) asked(t *tx, row claimedRow, who checkins.Participant, perDay int, now time.Time) (c claimed, err error) {
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

// passes asks the gate and the breakers, and writes down a refusal.
func (s *Store) passes(t *tx, b *beginning, now time.Time) (bool, error) {
	if b.why = checkins.MayWrite(b.m.gate, now); b.why != checkins.NotRefused {
		to := b.why.Disposal()
		_, err := t.exec(sqlMove(to, 1), to, string(b.why), at(now), b.id)
		return false, err
	}
	var held bool
	var err error
	b.open, held, err = s.held(t, b.m, now)
	return !held, err
}

// send commits the messages as sending, each with its attempt.
func (s *Store) send(t *tx, ready []*beginning, now, lease time.Time) error {
	args := []any{at(now), at(lease), at(now)}
	for _, b := range ready {
		args = append(args, b.id)
	}
	var moved []checkins.MessageID // not those whose lease ran out at this very moment
	if err := t.all(&moved, fmt.Sprintf(sqlBegin, marks("?", len(ready))), args...); err != nil || len(moved) == 0 {
		return err
	}
	args = nil
	for _, b := range ready {
		if !slices.Contains(moved, b.id) {
			continue
		}
		b.m.State, b.m.BegunAt, b.m.Attempts = checkins.Sending, now, b.m.Attempts+1
		b.out = checkins.Outgoing{Message: b.m.Message, Attempt: checkins.AttemptID(s.newID()), To: b.m.to}
		args = append(args, b.out.Attempt, b.id, at(now))
	}
	if _, err := t.exec(fmt.Sprintf(sqlAttempts, marks(sqlAttempt, len(moved))), args...); err != nil {
		return err
	}
	for _, b := range ready {
		if b.out.Attempt == "" {
			continue
		}
		var err error
		if b.out.InReplyTo, err = s.answered(t, b.m.Message); err != nil {
			return err
		}
		if err := s.probe(t, b.open, b.out.Attempt, now); err != nil {
			return err
		}
	}
	return nil
}

// marks is a list of n of the same marks.
func marks(mark string, n int) string {
	return strings.TrimSuffix(strings.Repeat(mark+", ", n), ", ")
}
