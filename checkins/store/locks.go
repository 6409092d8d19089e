package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrInUse says that another process serves the same SQLite file.
var ErrInUse = errors.New("another microreach serve works on this database: stop it first (several at once need PostgreSQL)")

// names are the locks that this process holds on SQLite, which has no other.
type names struct {
	mu   sync.Mutex
	held map[string]bool
}

// TryLock takes the lock called name, if nobody has it, in this process or in
// another one on the same database. ok is false when somebody does. The lock
// ends with release, or with the process.
func (s *Store) TryLock(ctx context.Context, name string) (release func(), ok bool, err error) {
	if !s.dialect.postgres {
		release, ok = s.names.try(name)
		return release, ok, nil
	}
	conn, err := s.write.Conn(ctx) // an advisory lock belongs to a session
	if err != nil {
		return nil, false, fmt.Errorf("take lock: %w", err)
	}
	key := lockKey(name)
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&ok); err != nil || !ok {
		return nil, false, wrap("take lock", errors.Join(err, discard(conn, err)))
	}
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key)
		_ = discard(conn, err) // without its session the lock is gone
	}, true, nil
}

// discard gives a connection back, or ends its session where err leaves in the
// open what it holds.
func discard(conn *sql.Conn, err error) error {
	if err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool drops it
	}
	return conn.Close()
}

// lockKey is the number that PostgreSQL knows a lock by. The high half is ours,
// so that it meets no lock of another program or of the migrations.
func lockKey(name string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	return 0x6d726368<<32 | int64(h.Sum32())
}

func (n *names) try(name string) (release func(), ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.held[name] {
		return nil, false
	}
	if n.held == nil {
		n.held = map[string]bool{}
	}
	n.held[name] = true
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.held, name)
	}, true
}

// Serve makes this the one process that serves a SQLite file; ErrInUse says that
// there is one already. Commands may still work on the file. On PostgreSQL any
// number may serve. The claim ends with release, or with the process, however it
// dies: it is SQLite's own lock on a file beside the database.
func (s *Store) Serve(ctx context.Context) (release func(), err error) {
	if s.dialect.postgres {
		return func() {}, nil
	}
	return s.claimFile(ctx, ".serve")
}

// claimFile holds a file beside a SQLite database for as long as release is not
// called and the process lives. ErrInUse: another process holds it.
func (s *Store) claimFile(ctx context.Context, suffix string) (release func(), err error) {
	db, err := sqlx.Open("sqlite", sqliteFile(s.path+suffix))
	if err != nil {
		return nil, fmt.Errorf("claim the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		_ = db.Close() // err says what is wrong
		var lite *sqlite.Error
		if errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY {
			return nil, fmt.Errorf("%s: %w", s.path, ErrInUse)
		}
		return nil, fmt.Errorf("claim the database: %w", err)
	}
	return func() { _ = db.Close() }, nil // the lock goes with its connection
}
