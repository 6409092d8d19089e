package storetest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/microreach/microreach/checkins/skiptest"
)

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func one(t testing.TB, conn *pgx.Conn, query string) (value string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func TestEveryCallGetsAnEmptyDatabaseOfItsOwn(t *testing.T) {
	for _, name := range []string{"first", "second", "third"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, Postgres(t))
			if _, err := conn.Exec(t.Context(), "CREATE TABLE same_name (id TEXT PRIMARY KEY)"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerIsOutOfReachOfNetworkAndEnvironment(t *testing.T) {
	t.Setenv("PGPORT", "1")
	t.Setenv("PGHOST", "example.invalid")
	t.Setenv("PGDATABASE", "elsewhere")
	t.Setenv("PGSSLMODE", "verify-full")
	conn := connect(t, Postgres(t))
	if got := one(t, conn, "SHOW listen_addresses"); got != "" {
		t.Errorf("the server listens on %q", got)
	}
	if got := one(t, conn, "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("encoding = %q", got)
	}
}

func TestDatabaseIsDroppedThoughAConnectionStaysOpen(t *testing.T) {
	var url string
	t.Run("user", func(t *testing.T) {
		url = Postgres(t)
		if _, err := pgx.Connect(t.Context(), url); err != nil { // never closed
			t.Fatal(err)
		}
	})
	if _, err := pgx.Connect(t.Context(), url); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("err = %v; want a database that does not exist", err)
	}
}

func TestOnlyTheDurableClusterWaitsForTheDisk(t *testing.T) {
	if got := one(t, connect(t, Postgres(t)), "SHOW fsync"); got != "off" {
		t.Errorf("fast cluster: fsync = %s", got)
	}
	conn := connect(t, DurablePostgres(t))
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if got := one(t, conn, "SHOW "+setting); got != "on" {
			t.Errorf("durable cluster: %s = %s", setting, got)
		}
	}
}

func TestTextIsOrderedAsInTheWorld(t *testing.T) {
	conn := connect(t, Postgres(t))
	if one(t, conn, "SELECT (SELECT count(*) FROM pg_collation WHERE collprovider = 'i')::text") == "0" {
		skiptest.Missing(t, "this PostgreSQL was built without ICU")
	}
	if got := one(t, conn, "SELECT string_agg(v, '' ORDER BY v) FROM (VALUES ('b'), ('B'), ('a'), ('A')) AS t(v)"); got != "aAbB" {
		t.Errorf("order = %s, want aAbB", got)
	}
}

func TestNewestReleaseIsTaken(t *testing.T) {
	for path, want := range map[string]float64{
		"/usr/lib/postgresql/9.6/bin": 9.6, "/usr/lib/postgresql/17/bin": 17, "/usr/pgsql-16/bin": 16, "/usr/local/pgsql/bin": 0,
	} {
		if got := release(path); got != want {
			t.Errorf("release(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestFailureToStartShowsTheLogAndLeavesNothing(t *testing.T) {
	_, err := findBinaries()
	skipIfMissing(t, err)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	_, err = startCluster("no_such_setting=1")
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("err = %v; want the server's own words", err)
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

const childVariable = "MICROREACH_STORETEST_CHILD"

// TestKilledProcessLeavesNoServer runs this test binary again as a child that
// starts a cluster and then hangs, kills the child, and waits for the keeper.
func TestKilledProcessLeavesNoServer(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		hangWithCluster(t)
	}
	_, err := findBinaries()
	skipIfMissing(t, err)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcessLeavesNoServer$")
	child.Env = append(os.Environ(), childVariable+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	dir, url, keeper := readReport(t, out)
	conn := connect(t, url)
	wait := exitOf(t, keeper)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	wait()
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the server still answers")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory %s is still there (%v)", dir, err)
	}
}
