package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
)

// BenchmarkNothingDue asks what is due of 10,000 and of 1,000,000 plans when
// nothing is: the question must not grow with the plans.
func BenchmarkNothingDue(b *testing.B) {
	for _, plans := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("sqlite/%d", plans), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "due.db")
			benchmarkNothingDue(b, "sqlite:"+path, "sqlite", "file:"+path, plans)
		})
		b.Run(fmt.Sprintf("postgres/%d", plans), func(b *testing.B) {
			url := storetest.Postgres(b)
			benchmarkNothingDue(b, url, "pgx", url, plans)
		})
	}
}

func benchmarkNothingDue(b *testing.B, url, driver, address string, plans int) {
	s, err := store.Open(b.Context(), store.Options{URL: url, Vault: vault.Ephemeral(), NewID: newID})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	db, err := sqlx.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.MustExec(`INSERT INTO participants (id, name, zone, region, locale, discreet, hours_from, hours_to, spacing_ms, silence, created_at)
		VALUES ('p', '', 'UTC', '', 'en', FALSE, 540, 1200, 0, 0, 0)`)
	db.MustExec(fmt.Sprintf(`INSERT INTO plans (id, participant_id, practices, channel, status, pace, days, at, span, per_day, gap_ms, jitter,
		anchor, until, no_answer, sent, next_date, next_position, next_round, next_at, next_why, later_date, later_position, later_round, later_why,
		last_date, last_position, last_zone, due_at, created_at)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		SELECT 'plan' || i, 'p', 'closeness', 'sms', 'active', '1/day', '', '', '', 0, 0, 0, '2026-03-04', '', FALSE, 0, '2026-03-05', 0, 0, %d + i, 'slot',
		'', 0, 0, '', '', 0, '', %d + i, 0 FROM n`, plans, noon.UnixMilli(), noon.UnixMilli()))
	db.MustExec(`ANALYZE`)
	for b.Loop() {
		due, err := s.Due(b.Context(), noon.Add(-time.Hour), 200)
		if err != nil || len(due) != 0 {
			b.Fatalf("%d due, %v", len(due), err)
		}
	}
}
