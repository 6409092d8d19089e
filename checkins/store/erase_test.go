package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store"
)

// fullLife is a person with at least one row in every table that is about people,
// and words in every sealed column, each with mark and the name of its column in
// it.
func (h *house) fullLife(t *testing.T, n int, mark string) checkins.ParticipantID {
	t.Helper()
	who := h.enrolBoth(t, n)
	number := fmt.Sprintf("+1500558%04d", n)
	evening := h.state(t, who, noon).Plans[0].Next.At
	h.plan(t, who, evening)
	out := h.beginFor(t, who, evening)
	h.settle(t, checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: "SMout" + mark, At: evening})
	h.witness(t, checkins.Evidence{Attempt: out.Attempt, Source: "callback", Fact: checkins.FactDelivered, At: evening})
	h.text(t, number, "done 8 3, told her", evening.Add(time.Minute))
	h.text(t, number, "no, 4 not 3", evening.Add(2*time.Minute))
	h.text(t, number, "slower", evening.Add(5*time.Minute))
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, evening, func(s checkins.State) (checkins.Effects, error) {
		return checkins.Effects{
			Own: []checkins.OwnPractice{h.rules.NewOwn("call my sister")},

			Requests:    []checkins.Request{{ID: newID(), Kind: checkins.AsksCopy, Address: s.Addresses[0].ID, At: evening}},
			Disclosures: []checkins.Disclosure{{ID: newID(), By: "operator", Of: checkins.DisclosedWords, Reason: "asked to", Records: 1, At: evening}},
			Code:        &checkins.Code{Address: s.Addresses[0].ID, Sum: h.vault.Index(store.PurposeCode, mark), ExpiresAt: evening},
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db := h.raw(t)
	for _, of := range store.KnownTables() {
		if of.Whose == "" {
			continue
		}
		if len(h.rowsOf(t, db, of, who)) == 0 {
			t.Fatalf("the person has no row in %s", of.Name)
		}
		for _, id := range h.rowsOf(t, db, of, who) {
			for _, c := range of.Sealed {
				if of.Name == "addresses" || c == "provider_id" {
					continue // what they are found by stays what it is
				}
				sealed := h.vault.Seal(of.Name, c, id, canary(mark, of.Name, c))
				if strings.Contains(c, "rating") {
					sealed = h.vault.Seal(of.Name, c, id, "7.5")
				}
				db.MustExec(db.Rebind(`UPDATE `+of.Name+` SET `+c+` = ? WHERE `+of.Key+` = ?`), sealed, id)
			}
		}
	}
	return who
}

func canary(mark, table, column string) string { return "canary " + mark + " " + table + " " + column }

// rowsOf are the keys of a person's rows in a table.
func (h *house) rowsOf(t *testing.T, db *sqlx.DB, of store.KnownTable, who checkins.ParticipantID) (keys []string) {
	t.Helper()
	if err := db.Select(&keys, db.Rebind(`SELECT `+of.Key+` FROM `+of.Name+` WHERE `+of.Whose), who); err != nil {
		t.Fatal(err)
	}
	return keys
}

// stored is every text that stands in a person's rows: sealed values, keyed
// hashes and ids.
func (h *house) stored(t *testing.T, db *sqlx.DB, who checkins.ParticipantID) (texts []string) {
	t.Helper()
	for _, of := range store.KnownTables() {
		if of.Whose == "" {
			continue
		}
		rows, err := db.Queryx(db.Rebind(`SELECT `+strings.Join(of.Columns, ", ")+` FROM `+of.Name+` WHERE `+of.Whose), who)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if s, ok := v.(string); ok && len(s) > 24 && !strings.HasPrefix(s, "{") {
					texts = append(texts, s)
				}
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func TestAnExportHoldsEveryTableAndNothingOfOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ada, ben := h.fullLife(t, 1, "ada"), h.fullLife(t, 2, "ben")
		var raw bytes.Buffer
		a := checkins.NewJSONArchive(&raw)
		if err := errors.Join(h.Export(t.Context(), ada, a), a.Close()); err != nil {
			t.Fatal(err)
		}
		var got map[string][]map[string]any
		if err := json.Unmarshal(raw.Bytes(), &got); err != nil {
			t.Fatalf("the export is no JSON: %v", err)
		}
		for _, of := range store.KnownTables() {
			if of.Whose == "" {
				continue
			}
			if len(got[of.Name]) == 0 {
				t.Errorf("nothing of %s is in the export", of.Name)
				continue
			}
			for _, c := range of.Columns {
				_, there := got[of.Name][0][c]
				if hash := slices.Contains(of.Hashes, c); there == hash {
					t.Errorf("%s.%s is in the export: %v; it is a keyed hash: %v", of.Name, c, there, hash)
				}
			}
		}
		for _, want := range []string{"+15005580001", "ada1@example.org", canary("ada", "check_ins", "note"), canary("ada", "messages", "body"), `"rating": "7.5"`, `"at": "2026-03-04T17:00:00.000Z"`, `"given": true`} {
			if !strings.Contains(raw.String(), want) {
				t.Errorf("the export lacks %s", want)
			}
		}
		for _, other := range []string{"ben", string(ben), "5580002", "v1|"} {
			if strings.Contains(raw.String(), other) {
				t.Errorf("the export holds %q", other)
			}
		}
		if err := h.Export(t.Context(), "nobody", checkins.NewJSONArchive(&raw)); !errors.Is(err, checkins.ErrNotFound) {
			t.Errorf("the export of nobody: %v", err)
		}
		h.sameAsCSV(t, ada, got)
	})
}

// sameAsCSV holds the spreadsheet against the JSON.
func (h *house) sameAsCSV(t *testing.T, who checkins.ParticipantID, want map[string][]map[string]any) {
	t.Helper()
	var raw bytes.Buffer
	a := checkins.NewCSVArchive(&raw)
	if err := errors.Join(h.Export(t.Context(), who, a), a.Close()); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&raw).ReadAll()
	if err != nil {
		t.Fatalf("a strict reader refuses the spreadsheet: %v", err)
	}
	var head []string
	n := map[string]int{}
	for _, line := range lines {
		if line[0] == "table" {
			head = line
			continue
		}
		row := want[line[0]][n[line[0]]]
		n[line[0]]++
		for i, c := range head[1:] {
			if c == "" {
				continue
			}
			text := fmt.Sprint(row[c])
			if row[c] == nil {
				text = ""
			}
			if f, ok := row[c].(float64); ok {
				text = fmt.Sprint(int64(f))
			}
			if line[i+1] != text {
				t.Errorf("%s.%s is %q in the spreadsheet and %q in the JSON", line[0], c, line[i+1], text)
			}
		}
	}
	for name, rows := range want {
		if n[name] != len(rows) {
			t.Errorf("%s has %d rows in the spreadsheet and %d in the JSON", name, n[name], len(rows))
		}
	}
}

// erase erases a person .
func (h *house) erase(t *testing.T, who checkins.ParticipantID, by checkins.Eraser, now time.Time) {
	t.Helper()
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, now, func(s checkins.State) (checkins.Effects, error) {
		return h.rules.Erase(s, by, now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAfterErasureNothingIsLeftInTheDatabaseFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ada, ben := h.fullLife(t, 1, "ada"), h.fullLife(t, 2, "ben")
		db := h.raw(t)
		gone, kept := h.erasable(t, db, ada), h.stored(t, db, ben)
		files := h.files(t)
		if !files.hold(gone[0]) || !files.hold(kept[0]) {
			t.Fatal("the files do not even hold what is stored")
		}
		if h.path != "" {
			h.text(t, "+15005580001", "stop", noon.Add(48*time.Hour))
		}
		h.erase(t, ada, checkins.ErasedByPerson, noon.Add(49*time.Hour))
		for _, of := range store.KnownTables() {
			if of.Whose != "" && len(h.rowsOf(t, db, of, ada)) > 0 {
				t.Errorf("rows are left in %s", of.Name)
			}
		}
		if left := h.stored(t, db, ben); !slices.Equal(left, kept) {
			t.Error("the erasure of one person changed the rows of another")
		}
		if err := h.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		files = h.files(t)
		for _, text := range gone {
			if files.hold(text) && !slices.Contains(kept, text) {
				t.Errorf("%s is still in the files", text)
			}
		}
		if !files.hold(kept[0]) {
			t.Error("the files do not hold what must be there")
		}
	})
}

// Whoever still reads what was deleted keeps it in the files: a scrub waits for them,
// and does not say that it is done before.
func TestAScrubWaitsForReaders(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ada := h.fullLife(t, 1, "ada")
		db := h.raw(t)
		gone := h.erasable(t, db, ada)
		reader, err := db.BeginTxx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: h.path == ""})
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() {
			t.Skip("it lets the database do all that it would do without waiting")
		}
		look, patience := `SELECT count(*) FROM pg_class`, 3*time.Second // no table of ours, whose lock it would wait for
		if h.path != "" {
			look, patience = `SELECT count(*) FROM sqlite_master`, 12*time.Second // twice what SQLite waits by itself
		}
		var n int
		if err := reader.Get(&n, look); err != nil {
			t.Fatal(err)
		}
		h.erase(t, ada, checkins.ErasedByPerson, noon.Add(49*time.Hour))
		impatient, cancel := context.WithCancel(t.Context())
		scrubbed := make(chan error, 1)
		go func() { scrubbed <- h.Scrub(impatient) }()
		select {
		case err := <-scrubbed:
			t.Fatalf("it did not wait: %v", err)
		case <-time.After(patience):
		}
		cancel()
		if err := <-scrubbed; err == nil {
			t.Error("it was called off, and says that it is done")
		}
		if err := reader.Rollback(); err != nil {
			t.Fatal(err)
		}
		if err := h.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		if files := h.files(t); files.hold(gone[0]) {
			t.Error("what was erased is still in the files")
		}
	})
}

// erasable is what is stored of a person and goes with them. What stays is what a proof
// keeps of a consent, the id of its row and the hash of the address, and that somebody of
// this id was erased, so that no backup brings them back.
func (h *house) erasable(t *testing.T, db *sqlx.DB, who checkins.ParticipantID) []string {
	t.Helper()
	stays := []string{string(who)}
	if err := db.Select(&stays, db.Rebind(`SELECT id FROM consents WHERE participant_id = ? UNION SELECT address_index FROM consents WHERE participant_id = ? UNION SELECT CAST(? AS TEXT)`), who, who, who); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(h.stored(t, db, who), func(text string) bool { return slices.Contains(stays, text) })
}

// dataFiles is what a database's files hold.
type dataFiles [][]byte

func (f dataFiles) hold(text string) bool {
	return slices.ContainsFunc(f, func(raw []byte) bool { return bytes.Contains(raw, []byte(text)) })
}

// files reads the database's files: of PostgreSQL those of the tables, after a
// checkpoint, without its log.
func (h *house) files(t *testing.T) (list dataFiles) {
	t.Helper()
	var paths []string
	if h.path != "" {
		paths = []string{h.path, h.path + "-wal"}
	} else {
		db := h.raw(t)
		db.MustExec(`CHECKPOINT`)
		var dir, base string
		if err := errors.Join(db.Get(&dir, `SHOW data_directory`), db.Get(&base, `SELECT oid::text FROM pg_database WHERE datname = current_database()`)); err != nil {
			t.Fatal(err)
		}
		paths, _ = filepath.Glob(filepath.Join(dir, "base", base, "*"))
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err == nil {
			list = append(list, raw)
		}
	}
	if len(list) == 0 {
		t.Fatal("the database has no files")
	}
	return list
}

func TestAStoppedNumberStaysSilentAfterErasure(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.rules.Joining = checkins.Joining{Plan: "three-weekly", Locale: "en", Zone: "UTC", PerDay: 10, PerPrefix: 10, Numbers: anyNumber{}}
		h.inbox.House = h.rules
		for i, c := range []struct {
			by    checkins.Eraser
			stop  bool
			stays bool
		}{{checkins.ErasedByOperator, true, true}, {checkins.ErasedByOperator, false, false}, {checkins.ErasedByPerson, false, true}} {
			who, number := h.enrolBoth(t, 10+i), fmt.Sprintf("+1500558%04d", 10+i)
			if c.stop {
				h.text(t, number, "STOP", noon)
			}
			h.erase(t, who, c.by, noon)
			later := noon.Add(time.Hour)
			err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), checkins.Enrolment{
				Participant: checkins.Participant{ID: checkins.ParticipantID(newID()), Zone: "UTC", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: later},
				Addresses: []checkins.Address{ // the second one, so that the store alone can know
					{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: fmt.Sprintf("new%d@example.org", i)},
					{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number},
				},
			}, later)
			if refused := errors.Is(err, checkins.ErrSuppressed); refused != c.stays || err != nil && !refused {
				t.Errorf("stopped %v, erased by %d: enrolling again gives %v", c.stop, c.by, err)
			}
		}
	})
}

// anyNumber lets every number join.
type anyNumber struct{}

func (anyNumber) Read(typed string) (string, bool) { return typed, true }
func (anyNumber) Zones(string) []string            { return []string{"UTC"} }
func (anyNumber) May(string) bool                  { return true }

func TestOnlyStartBringsAnErasedNumberBack(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.rules.Joining = checkins.Joining{Plan: "three-weekly", Locale: "en", Zone: "UTC", PerDay: 10, PerPrefix: 10, Numbers: anyNumber{}}
		h.inbox.House = h.rules
		const number = "+15005580001"
		who := h.enrolBoth(t, 1)
		h.text(t, number, "STOP", noon)
		h.erase(t, who, checkins.ErasedByOperator, noon.Add(time.Minute))
		later := noon.Add(time.Hour)
		known := func() checkins.State {
			s, err := h.State(t.Context(), checkins.Who{Channel: checkins.SMS, Address: number}, later)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		for _, text := range []string{"JOIN", "HELP", "YES", "hello", "kill myself"} {
			h.text(t, number, text, later)
			if s := known(); s.Known() || !s.Silent {
				t.Fatalf("%q from a silent number: known %v, silent %v", text, s.Known(), s.Silent)
			}
		}
		h.text(t, number, "START", later)
		s := known()
		if !s.Known() || s.Participant.ID == who || s.Addresses[0].State != checkins.Pending {
			t.Fatalf("after START: %+v", s.Addresses)
		}
		if ids := h.claimAll(t, later); len(ids) != 1 {
			t.Errorf("after START %d messages wait, not the one question", len(ids))
		}
	})
}

func TestAProofOutlivesThePersonWithoutAWord(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		db := h.raw(t)
		var before, after int
		if err := db.Get(&before, db.Rebind(`SELECT count(*) FROM consents WHERE participant_id = ?`), who); err != nil {
			t.Fatal(err)
		}
		h.erase(t, who, checkins.ErasedByOperator, noon)
		if err := db.Get(&after, `SELECT count(*) FROM proofs WHERE given AND wording = 'opt_in/1' AND topic = 'messages'`); err != nil {
			t.Fatal(err)
		}
		if before != 2 || after != before {
			t.Errorf("%d consents left %d proofs", before, after)
		}
	})
}

func TestWhatIsBeingSentToSomebodyErasedSettlesInPeace(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		evening := h.state(t, who, noon).Plans[0].Next.At
		h.plan(t, who, evening)
		out := h.beginFor(t, who, evening)
		h.erase(t, who, checkins.ErasedByOperator, evening)
		h.settle(t, checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: "SM1", At: evening})
		h.witness(t, checkins.Evidence{Attempt: out.Attempt, Source: "callback", Fact: checkins.FactDelivered, At: evening})
		h.text(t, "+15005580001", "done", evening)
	})
}
