package storetest

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// tables is a schema with a reference, which forbids one order of deleting.
func tables(url string) error {
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), `CREATE TABLE a (id TEXT PRIMARY KEY); CREATE TABLE b (id TEXT PRIMARY KEY, a TEXT REFERENCES a (id));
		CREATE TABLE goose_versions (id TEXT PRIMARY KEY); INSERT INTO goose_versions VALUES ('1')`)
	return err
}

func TestAPreparedDatabaseHasTablesAndNoRows(t *testing.T) {
	used := map[string]bool{}
	for _, name := range []string{"first", "second", "third"} {
		t.Run(name, func(t *testing.T) {
			url := Prepared(t, tables)
			used[url] = true
			conn, err := pgx.Connect(t.Context(), url) // and it stays open
			if err != nil {
				t.Fatal(err)
			}
			if n := one(t, conn, "SELECT (SELECT count(*) FROM a) || ' ' || (SELECT count(*) FROM b) || ' ' || (SELECT count(*) FROM goose_versions)"); n != "0 0 1" {
				t.Errorf("rows: %s", n)
			}
			if _, err := conn.Exec(t.Context(), "INSERT INTO a VALUES ('x'); INSERT INTO b VALUES ('y', 'x')"); err != nil {
				t.Error(err)
			}
		})
	}
	if len(used) != 1 {
		t.Errorf("three tests after one another used %d databases", len(used))
	}
}

func TestTwoTestsAtOnceNeverShareAPreparedDatabase(t *testing.T) {
	if a, b := Prepared(t, tables), Prepared(t, tables); a == b {
		t.Error("they do")
	}
}

func TestAFileIsPreparedOnceAndCopied(t *testing.T) {
	made := 0
	prepare := func(url string) error {
		made++
		return os.WriteFile(url[len("sqlite:"):], []byte("tables"), 0o600)
	}
	a, b := PreparedFile(t, "a.db", prepare), PreparedFile(t, "b.db", prepare)
	content, err := os.ReadFile(b)
	if made != 1 || a == b || err != nil || string(content) != "tables" {
		t.Errorf("made %d times, %s and %s, holding %q, %v", made, a, b, content, err)
	}
}
