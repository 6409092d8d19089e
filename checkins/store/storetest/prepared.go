package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// shelf holds the databases of this process that were made ready and are not in
// use: making one takes far longer than emptying one.
var shelf struct {
	mu    sync.Mutex
	names []string
}

// Prepared is [Postgres] with tables: the URL of a database for this test alone
// that prepare has made ready, and without a row. A test that passed leaves it to
// another one, emptied; so every caller in a process must pass the same prepare, and
// no test may alter a table.
func Prepared(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	c, err := fastCluster()
	skipIfMissing(t, err)
	if err != nil {
		t.Fatalf("storetest: starting PostgreSQL: %v", err)
	}
	name := fromShelf()
	if name == "" {
		name = fmt.Sprintf("microreach_%d", databases.Add(1))
		if err := c.admin("CREATE DATABASE " + name); err != nil {
			t.Fatalf("storetest: %v", err)
		}
		if err := prepare(c.url(name)); err != nil {
			t.Fatalf("storetest: preparing a database: %v", err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() { // who knows what it holds
			_ = c.admin("DROP DATABASE " + name + " WITH (FORCE)")
			return
		}
		if err := c.empty(name); err != nil {
			t.Errorf("storetest: emptying a database: %v", err)
			return
		}
		shelf.mu.Lock()
		defer shelf.mu.Unlock()
		shelf.names = append(shelf.names, name)
	})
	return c.url(name)
}

func fromShelf() (name string) {
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	if n := len(shelf.names); n > 0 {
		name, shelf.names = shelf.names[n-1], shelf.names[:n-1]
	}
	return name
}

// empty deletes every row but those of the migrations' own table, and ends the
// connections that a test left open.
func (c *cluster) empty(database string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url(database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
	if _, err := conn.Exec(ctx, others); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, `SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'`)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	statements := []string{"SET session_replication_role = replica"} // no order among the tables
	for _, table := range tables {
		statements = append(statements, "DELETE FROM "+table)
	}
	_, err = conn.PgConn().Exec(ctx, strings.Join(statements, ";")).ReadAll()
	return err
}

// file is the SQLite database that was prepared, as bytes.
var file struct {
	once  sync.Once
	bytes []byte
	err   error
}

// PreparedFile writes a SQLite database that prepare has made ready to a new file
// called name, and returns its path. prepare runs once in a process, so every
// caller must pass the same; it must have closed the file when it returns.
func PreparedFile(t testing.TB, name string, prepare func(url string) error) string {
	t.Helper()
	file.once.Do(func() { file.bytes, file.err = prepareFile(prepare) })
	if file.err != nil {
		t.Fatalf("storetest: preparing a file: %v", file.err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, file.bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func prepareFile(prepare func(url string) error) ([]byte, error) {
	dir, err := os.MkdirTemp("", "microreach-file-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "prepared.db")
	if err := prepare("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
