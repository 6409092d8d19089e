package store

import (
	"context"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

const sqlDueDigests = `SELECT id FROM participants WHERE digest_due_at IS NOT NULL AND digest_due_at <= ?
	AND NOT EXISTS (SELECT 1 FROM ticks WHERE name = ?) ORDER BY digest_due_at, id LIMIT ?`

// DueDigests lists up to limit people whose weekly digest is to be decided by
// now, the longest due first.
func (s *Store) DueDigests(ctx context.Context, now time.Time, limit int) ([]checkins.DueDigest, error) {
	var ids []checkins.ParticipantID
	if err := s.read.SelectContext(ctx, &ids, s.read.Rebind(sqlDueDigests), at(now), checkins.UntilRelease, limit); err != nil {
		return nil, fmt.Errorf("read due digests: %w", err)
	}
	list := make([]checkins.DueDigest, len(ids))
	for i, id := range ids {
		list[i].Participant = id
	}
	return list, nil
}

// digestRow is what of a person's row is about their digest.
type digestRow struct {
	DigestBy    string  `db:"digest_by"`
	DigestDay   int     `db:"digest_day"`
	DigestClock *int    `db:"digest_clock"`
	DigestForm  string  `db:"digest_form"`
	DigestPast  bool    `db:"digest_past"`
	DigestWeek  string  `db:"digest_week"`
	DigestDueAt instant `db:"digest_due_at"`
	DigestLast  string  `db:"digest_last"`
	DigestUntil instant `db:"digest_until"`
}

func (r digestRow) digest() (checkins.DigestChoice, checkins.Weekly, error) {
	c := checkins.DigestChoice{
		By: checkins.DigestBy(r.DigestBy), Day: time.Weekday(r.DigestDay), Form: checkins.DigestForm(r.DigestForm), Past: r.DigestPast,
	}
	if r.DigestClock != nil {
		at := pace.Clock(*r.DigestClock)
		c.At = &at
	}
	next, err1 := week(r.DigestWeek)
	last, err2 := week(r.DigestLast)
	return c, checkins.Weekly{Week: next, Due: r.DigestDueAt.Time, Last: last, Until: r.DigestUntil.Time}, firstOf(err1, err2)
}

// week reads an ISO week as it is written; empty is none.
func week(s string) (pace.ISOWeek, error) {
	if s == "" {
		return pace.ISOWeek{}, nil
	}
	return pace.ParseISOWeek(s)
}

// clock is a time of day that may be NULL.
func clock(c *pace.Clock) *int {
	if c == nil {
		return nil
	}
	n := int(*c)
	return &n
}
