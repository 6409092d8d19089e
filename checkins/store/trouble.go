package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Standing is how many messages of a channel stand in a state, and since when
// the one has that has stood there longest.
type Standing struct {
	Channel checkins.Channel
	State   checkins.MessageState
	Count   int
	Crowded int // of Count, because more was due than the sender's rate carries
	Since   time.Time
}

// Trouble is a message that an operator may want to look at. It holds no words
// and no address.
type Trouble struct {
	Message    checkins.MessageID
	Attempt    checkins.AttemptID // the last; empty = there was none
	Channel    checkins.Channel
	Kind       checkins.Kind
	State      checkins.MessageState
	Why        string // a provider's code
	ProviderID string // what the provider calls it; empty = not known
	Since      time.Time
}

const (
	sqlStandings = `SELECT channel, state, count(*) AS count, sum(CASE WHEN why = ? THEN 1 ELSE 0 END) AS crowded, min(changed_at) AS since
		FROM messages GROUP BY channel, state`
	sqlTroubles = `SELECT m.id AS message, m.channel, m.kind, m.state, m.why, m.changed_at AS since, a.id AS attempt, a.provider_id
		FROM messages m LEFT JOIN attempts a ON a.message_id = m.id AND a.begun_at = m.begun_at
		WHERE m.state IN ('unknown', 'unknown_not_resent', 'undelivered', 'failed') AND m.changed_at > ?
		ORDER BY m.changed_at DESC, m.id LIMIT ?`
)

// Standings counts the messages by channel and state.
func (s *Store) Standings(ctx context.Context) ([]Standing, error) {
	var rows []struct {
		Channel checkins.Channel
		State   checkins.MessageState
		Count   int
		Crowded int
		Since   instant
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlStandings), string(checkins.Crowded)); err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	list := make([]Standing, len(rows))
	for i, r := range rows {
		list[i] = Standing{r.Channel, r.State, r.Count, r.Crowded, r.Since.Time}
	}
	return list, nil
}

// Troubles lists up to limit messages that are unknown, undelivered or failed
// and came to that after since, the latest first.
func (s *Store) Troubles(ctx context.Context, since time.Time, limit int) ([]Trouble, error) {
	var rows []struct {
		Message  checkins.MessageID
		Attempt  optional
		Channel  checkins.Channel
		Kind     checkins.Kind
		State    checkins.MessageState
		Why      string
		Provider optional `db:"provider_id"`
		Since    instant
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlTroubles), at(since), limit); err != nil {
		return nil, fmt.Errorf("list messages in trouble: %w", err)
	}
	list := make([]Trouble, len(rows))
	for i, r := range rows {
		list[i] = Trouble{r.Message, checkins.AttemptID(r.Attempt), r.Channel, r.Kind, r.State, r.Why, string(r.Provider), r.Since.Time}
	}
	return list, nil
}
