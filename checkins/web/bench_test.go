package web_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store/storetest"
)

// The crowd that stands around those whose pages are asked for.
const (
	crowd       = 100_000
	tenEach     = 10
	theirYears  = 100
	daysOfAYear = 365
)

const (
	sqlCrowd = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO participants (id, name, zone, region, locale, discreet, hours_from, hours_to, spacing_ms, silence, acks, keep, shares, codes, not_these, words_days, self_joined,
			digest_by, digest_day, digest_form, digest_past, digest_week, digest_last, created_at)
		SELECT 'p' || i, '', 'UTC', '', 'en', FALSE, 540, 1200, 0, 0, 'normal', 'everything', 'nothing', FALSE, '', 0, FALSE, '', 0, '', FALSE, '', '', 0 FROM n`
	sqlMailboxes = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO addresses (id, participant_id, channel, value, value_index, state, state_since)
		SELECT 'a' || i, 'p' || i, 'email', '', 'v' || i, 'active', 0 FROM n`
	sqlLinks = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO links (token_index, participant_id, address_id, purpose, created_at, expires_at)
		SELECT 't' || i, 'p' || i, 'a' || i, 'settings', 0, 1 FROM n`
	sqlTheirs = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d)
		INSERT INTO check_ins (id, participant_id, practice, kind, channel, local_date, at, outcome, rating_before, rating, feelings, sensations, note, expectation, remembered, amended)
		SELECT 'c' || i, 'p' || (i / %d + 1), 'win', 'journal', 'sms', '2026-01-01', i, 'done', '', '', '', '', '', '', FALSE, FALSE FROM n`
)

// BenchmarkFirstByte asks for the pages of people with a full year behind them, in
// a database of 100,000 people and 1,000,000 records more, over a socket. It reports
// how long the first byte took: the middle, and of twenty the slowest.
//
//	go test ./checkins/web -run '^$' -bench FirstByte -benchtime 500x
func BenchmarkFirstByte(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "crowd.db")
		benchmarkFirstByte(b, "sqlite:"+path, "sqlite", "file:"+path)
	})
	b.Run("postgres", func(b *testing.B) {
		url := storetest.Postgres(b)
		benchmarkFirstByte(b, url, "pgx", url)
	})
}

// fill makes so many people with what they have.
func fill(t testing.TB, db *sqlx.DB, people int) {
	t.Helper()
	for _, some := range []string{
		fmt.Sprintf(sqlCrowd, people), fmt.Sprintf(sqlMailboxes, people), fmt.Sprintf(sqlLinks, people), fmt.Sprintf(sqlTheirs, people*tenEach, tenEach), "ANALYZE",
	} {
		if _, err := db.Exec(some); err != nil {
			t.Fatal(err)
		}
	}
}

// The benchmark, which nobody runs every day, keeps up with the schema.
func TestTheCrowdOfTheBenchmarkFitsTheSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crowd.db")
	s := open(t, "sqlite:"+path, nil)
	db, err := sqlx.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	fill(t, db, 3)
	if people, err := s.People(t.Context(), 10, 0); err != nil || len(people) != 3 {
		t.Errorf("%d people, %v", len(people), err)
	}
}

func benchmarkFirstByte(b *testing.B, database, driver, address string) {
	s := open(b, database, nil)
	db, err := sqlx.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	fill(b, db, crowd)
	at := s.served()
	var settings, journals []string
	for i := range theirYears {
		who := s.enrol(fmt.Sprintf("ada%d@example.org", i))
		s.post(s.newest(checkins.LinkConfirm), form("do", "confirm"))
		var year []checkins.CheckIn
		for day := range daysOfAYear {
			year = append(year, checkins.CheckIn{
				Practice: "one-feeling", Kind: checkins.Reach, Date: daysAgo(day), Outcome: reply.OutcomeDone,
				RatingBefore: f(7), Rating: f(4), Feelings: []string{"calm"}, Note: "It went better than I thought it would.",
			})
		}
		s.wrote(who, year...)
		settings = append(settings, at+s.linkTo(who, checkins.LinkSettings, checkins.Email))
		journals = append(journals, at+s.linkTo(who, checkins.LinkJournal, checkins.Email))
	}
	for name, pages := range map[string][]string{"settings": settings, "journal": journals} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				asked := time.Now()
				answer, err := http.Get(pages[len(took)%len(pages)])
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(asked)) // the head is there: so is the first byte
				if answer.StatusCode != http.StatusOK {
					b.Fatal(answer.Status)
				}
				_, _ = io.Copy(io.Discard, answer.Body) // so that the socket is used again
				_ = answer.Body.Close()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-middle")
			b.ReportMetric(float64(took[len(took)*19/20].Microseconds())/1000, "ms-slowest-of-20")
		})
	}
}
