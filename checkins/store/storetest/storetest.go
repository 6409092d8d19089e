// Package storetest gives tests a real PostgreSQL.
//
// The first test of a process that asks for a database starts a throwaway cluster
// from the distribution's binaries: on a Unix socket in a directory of its own, so
// that it meets no other server, and as an unprivileged user where the test runs
// as root, because PostgreSQL refuses to. Every further call makes a fresh database
// in the same cluster. Most tests want one with tables and do not care how they
// came about: [Prepared] lends them a database that an earlier test has used and that
// was emptied, which takes some milliseconds; [PreparedFile] is the same for SQLite.
//
// A helper package cannot know which test is the last, and a test process may be
// killed. So the cluster is looked after by a small shell process that waits on a
// pipe from the test process: when that ends, in whatever way, the pipe closes, and
// the shell stops the server and removes the directory.
//
// Where PostgreSQL is not installed, tests skip and say so; with CI=true they fail,
// so that a green run in CI always means that both databases were tried.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/microreach/microreach/checkins/skiptest"
)

// patience bounds one administrative statement; a machine busy with other tests
// may need seconds for one.
const patience = time.Minute

// The clusters of this process, each started by its first user.
var (
	fastCluster = sync.OnceValues(func() (*cluster, error) {
		return startCluster("fsync=off", "synchronous_commit=off", "full_page_writes=off")
	})
	durableCluster = sync.OnceValues(func() (*cluster, error) { return startCluster() })
)

// databases numbers the databases of this process, so that no two calls share one.
var databases atomic.Int64

// Postgres returns the URL of a fresh, empty database for this test alone, dropped
// when the test and its cleanups are done. The server does not wait for the disk:
// it is fast, and what it holds would not survive a power cut.
func Postgres(t testing.TB) string {
	t.Helper()
	return fresh(t, fastCluster)
}

// DurablePostgres is Postgres on a server with the durability of a new
// installation, for tests of crashes and for benchmarks whose figure counts.
func DurablePostgres(t testing.TB) string {
	t.Helper()
	return fresh(t, durableCluster)
}

func fresh(t testing.TB, start func() (*cluster, error)) string {
	t.Helper()
	c, err := start()
	skipIfMissing(t, err)
	if err != nil {
		t.Fatalf("storetest: starting PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("microreach_%d", databases.Add(1))
	if err := c.admin("CREATE DATABASE " + name); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.admin("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return c.url(name)
}

// skipIfMissing ends a test that found no PostgreSQL.
func skipIfMissing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNotInstalled) {
		skiptest.Missing(t, err)
	}
}

// url is the address of one database. It names host, port and TLS mode itself, so
// that no PG… variable of the environment leads the test to another server.
func (c *cluster) url(database string) string {
	q := url.Values{"host": {c.dir}, "port": {port}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// admin runs one statement that belongs to no database of a test.
func (c *cluster) admin(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return fmt.Errorf("connecting to the test cluster: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
