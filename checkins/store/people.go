package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

const sqlPeople = `SELECT id FROM participants ORDER BY created_at, id LIMIT ? OFFSET ?`

// People lists the participants in the order in which they were enrolled.
func (s *Store) People(ctx context.Context, limit, offset int) ([]checkins.ParticipantID, error) {
	var ids []checkins.ParticipantID
	err := s.read.SelectContext(ctx, &ids, s.read.Rebind(sqlPeople), limit, offset)
	return ids, wrap("list participants", err)
}

const sqlRecordsAll = sqlCheckIn + ` WHERE participant_id = ? AND NOT amended ORDER BY at, id LIMIT ?`

// Records lists a participant's check-ins, the oldest first; an amended one is
// replaced by what stands instead of it.
func (s *Store) Records(ctx context.Context, who checkins.ParticipantID, limit int) ([]checkins.CheckIn, error) {
	t, err := s.read.BeginTxx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("read check-ins: %w", err)
	}
	defer func() { _ = t.Rollback() }() // it only read
	return s.checkIns(&tx{t, ctx, s.dialect.bind}, sqlRecordsAll, who, limit)
}

const sqlConsents = `SELECT id, address_id, topic, given, wording, shown, words, route, proof, at FROM consents WHERE participant_id = ? ORDER BY at, id`

// Consents lists the rows of a person's ledger, the oldest first.
func (s *Store) Consents(ctx context.Context, who checkins.ParticipantID) ([]checkins.Consent, error) {
	var rows []struct {
		ID      string  `db:"id"`
		Address string  `db:"address_id"`
		Topic   string  `db:"topic"`
		Given   bool    `db:"given"`
		Wording string  `db:"wording"`
		Shown   string  `db:"shown"`
		Words   string  `db:"words"`
		Route   string  `db:"route"`
		Proof   string  `db:"proof"`
		At      instant `db:"at"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(sqlConsents), who); err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	list := make([]checkins.Consent, len(rows))
	for i, r := range rows {
		o := opener{s: s, table: "consents", row: r.ID}
		list[i] = checkins.Consent{
			ID: checkins.ConsentID(r.ID), Address: checkins.AddressID(r.Address), Topic: checkins.ConsentTopic(r.Topic), Given: r.Given,
			Wording: r.Wording, Shown: o.open("shown", r.Shown), Words: o.open("words", r.Words),
			Route: checkins.Route(r.Route), Proof: o.open("proof", r.Proof), At: r.At.Time,
		}
		if o.err != nil {
			return nil, o.err
		}
	}
	return list, nil
}

const sqlCounts = `SELECT state, count(*) AS n FROM messages GROUP BY state`

// Counts is how many messages stand in each state.
func (s *Store) Counts(ctx context.Context) (map[checkins.MessageState]int, error) {
	var rows []struct {
		State string `db:"state"`
		N     int    `db:"n"`
	}
	if err := s.read.SelectContext(ctx, &rows, sqlCounts); err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	counts := make(map[checkins.MessageState]int, len(rows))
	for _, r := range rows {
		counts[checkins.MessageState(r.State)] = r.N
	}
	return counts, nil
}

const sqlNextWork = `SELECT min(t) FROM (
	SELECT min(due_at) AS t FROM plans WHERE due_at IS NOT NULL
	UNION ALL SELECT min(digest_due_at) FROM participants WHERE digest_due_at IS NOT NULL
	UNION ALL SELECT min(not_before) FROM messages WHERE state = 'queued') AS moments`

// NextWork is the next instant at which anything is to be done; zero = never.
// The demo jumps from one to the next.
func (s *Store) NextWork(ctx context.Context) (time.Time, error) {
	var when instant
	err := s.read.GetContext(ctx, &when, sqlNextWork)
	return when.Time, wrap("read next moment", err)
}
