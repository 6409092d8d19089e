package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/microreach/microreach/checkins"
)

// tx is one unit of work. Statements are written with ? and bound here.
type tx struct {
	runner
	ctx  context.Context
	bind int
}

func (t *tx) exec(query string, args ...any) (int64, error) {
	r, err := t.ExecContext(t.ctx, sqlx.Rebind(t.bind, query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) get(dest any, query string, args ...any) error {
	return t.GetContext(t.ctx, dest, sqlx.Rebind(t.bind, query), args...)
}

func (t *tx) all(dest any, query string, args ...any) error {
	return t.SelectContext(t.ctx, dest, sqlx.Rebind(t.bind, query), args...)
}

// in runs do as one unit of work: all of it is committed when in returns nil,
// and nothing of it otherwise. do may run more than once.
func (s *Store) in(ctx context.Context, do func(*tx) error) error {
	if s.group != nil {
		return s.group.in(ctx, do)
	}
	var err error
	for range 5 { // a conflict with another instance: begin again
		if err = s.inPostgres(ctx, do); !conflict(err) {
			return err
		}
	}
	return err
}

func (s *Store) inPostgres(ctx context.Context, do func(*tx) error) error {
	t, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = t.Rollback() }() // after Commit this does nothing
	if err := caught(do, &tx{t, ctx, s.dialect.bind}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// caught turns a panic into an error: nothing of the unit is kept, as with any other,
// and what panicked is not printed, which may be what somebody wrote.
func caught(do func(*tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a decision failed: %w", checkins.Panicked(p))
		}
	}()
	return do(t)
}

// conflict reports whether err says that another transaction was in the way
// and that trying again is right.
func conflict(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// taken reports whether err says that a unique key was there already.
func taken(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) &&
		(lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// groupWriter is SQLite's one writer. A commit costs one flush to the disk
// however much is in it, so the units that wait meanwhile share the next one.
type groupWriter struct {
	store *Store
	conn  prepared
	units chan unit
	done  chan struct{}

	mu     sync.RWMutex
	closed bool
}

type unit struct {
	ctx   context.Context
	do    func(*tx) error
	reply chan error
}

// mostTogether bounds one commit, so that the first unit in it does not wait
// long for the last.
const mostTogether = 128

func newGroupWriter(s *Store) *groupWriter {
	g := &groupWriter{store: s, units: make(chan unit, mostTogether), done: make(chan struct{})}
	go g.run()
	return g
}

var errClosed = errors.New("the database is closed")

func (g *groupWriter) in(ctx context.Context, do func(*tx) error) error {
	u := unit{ctx, do, make(chan error, 1)}
	g.mu.RLock()
	if g.closed {
		g.mu.RUnlock()
		return errClosed
	}
	select {
	case g.units <- u:
		g.mu.RUnlock()
	case <-ctx.Done():
		g.mu.RUnlock()
		return ctx.Err()
	}
	return <-u.reply // the unit is in the writer's hands: its true end is awaited
}

func (g *groupWriter) close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		close(g.units)
	}
	g.mu.Unlock()
	<-g.done
}

func (g *groupWriter) run() {
	defer close(g.done)
	defer func() { _ = g.conn.close() }() // the database is closed next
	for first := range g.units {
		g.commit(first)
	}
}

// commit runs first and whatever else is waiting in one transaction, then
// answers them all.
func (g *groupWriter) commit(first unit) {
	if err := g.begin(); err != nil {
		first.reply <- fmt.Errorf("begin: %w", err)
		return
	}
	type result struct {
		unit
		err error
	}
	results := []result{{first, g.one(first)}}
	for waiting := true; waiting && len(results) < mostTogether; {
		select {
		case u, ok := <-g.units:
			if waiting = ok; ok {
				results = append(results, result{u, g.one(u)})
			}
		default:
			waiting = false
		}
	}
	commitErr := g.end()
	for _, r := range results {
		if r.err == nil && commitErr != nil {
			r.err = fmt.Errorf("commit: %w", commitErr)
		}
		r.reply <- r.err
	}
}

// begin opens the transaction. A connection that cannot is given up for a new one.
func (g *groupWriter) begin() error {
	err := g.conn.open(context.Background(), g.store.write)
	if err == nil {
		err = g.conn.run("BEGIN IMMEDIATE")
	}
	if err != nil {
		return errors.Join(err, g.conn.close())
	}
	return nil
}

func (g *groupWriter) end() error {
	err := g.conn.run("COMMIT")
	if err != nil {
		_ = g.conn.run("ROLLBACK") // fails where the commit has undone it already
		return errors.Join(err, g.conn.close())
	}
	return nil
}

// one runs a unit in a savepoint, so that its failure undoes nothing but
// itself.
func (g *groupWriter) one(u unit) (err error) {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	if err := g.conn.run("SAVEPOINT unit"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	defer func() {
		if err != nil {
			if undo := g.conn.run("ROLLBACK TO unit"); undo != nil {
				err = errors.Join(err, undo)
			}
		}
		if release := g.conn.run("RELEASE unit"); release != nil && err == nil {
			err = fmt.Errorf("release savepoint: %w", release)
		}
	}()
	// The unit's own context must not reach the driver: an interrupt in the
	// middle would take the whole transaction with it.
	return caught(u.do, &tx{&g.conn, context.WithoutCancel(u.ctx), g.store.dialect.bind})
}

// none turns "no rows" into ErrNotFound's cousin that callers test for.
func none(err error) bool { return errors.Is(err, sql.ErrNoRows) }
