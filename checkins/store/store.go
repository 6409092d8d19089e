// Package store keeps everything in a SQL database: SQLite inside by default,
// PostgreSQL where one machine is not enough. It is the only package that
// knows SQL, and no statement is written twice for the two.
//
// Everything that decides about a person goes through [Store.Decide]: one
// transaction that holds the person, reads their state, asks a pure function
// what follows, and writes it. The way out of the house has three steps of its
// own, [Store.Claim], [Store.Begin] and [Store.Settle], because what leaves
// must be committed as leaving before its first byte goes.
//
// On SQLite there is one writer. It commits the units of work that are waiting
// together, each in a savepoint of its own, and answers none of them before
// the commit (write.go); its statements are read by SQLite once (prepared.go). On
// PostgreSQL every unit is a transaction, and the row of the participant is the
// lock. On both, the Begins of workers that are ready are one unit, and so are
// their Settles: a few statements for all of them, whatever their number
// (together.go).
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/jmoiron/sqlx"

	// The two drivers, by the names "sqlite" and "pgx".
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
)

// Options says how to open a Store.
type Options struct {
	URL     string // "sqlite:PATH" or "postgres://…"
	Vault   *vault.Vault
	NewID   func() string
	Regions pace.Regions // whose stricter hours are kept; nil = none
	Rates   map[checkins.Channel]Rate
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect dialect
	read    *sqlx.DB
	write   *sqlx.DB
	group   *groupWriter // SQLite only
	begins  *together[beginning]
	settles *together[settling]
	vault   *vault.Vault
	newID   func() string
	regions pace.Regions
	rates   map[checkins.Channel]Rate
	path    string // SQLite only
	names   names
}

// dialect is what little the two databases differ in.
type dialect struct {
	postgres bool
	bind     int
}

// forUpdate is the clause that holds a row; SQLite's one writer holds them all.
func (d dialect) forUpdate() string {
	if d.postgres {
		return " FOR UPDATE"
	}
	return ""
}

// skipLocked is the clause that passes over what another instance holds.
func (d dialect) skipLocked() string {
	if d.postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// hold is the clause that holds n rows: a single one is waited for, of several
// those that somebody else holds are passed over.
func (d dialect) hold(n int) string {
	if n == 1 {
		return d.forUpdate()
	}
	return d.skipLocked()
}

// Open connects to the database at o.URL. It does not look at the schema: see
// [Store.Migrate] and [Store.CheckSchema].
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Vault == nil || o.NewID == nil {
		return nil, errors.New("open database: a vault and a source of ids are needed")
	}
	s := &Store{vault: o.Vault, newID: o.NewID, regions: o.Regions, rates: o.Rates}
	s.begins, s.settles = newTogether(s, s.begin), newTogether(s, s.settle)
	var err error
	switch {
	case strings.HasPrefix(o.URL, "sqlite:"):
		err = s.openSQLite(strings.TrimPrefix(o.URL, "sqlite:"))
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		err = s.openPostgres(o.URL)
	default:
		return nil, errors.New("open database: the address must begin with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) openSQLite(path string) error {
	if path == "" || strings.ContainsAny(path, "?#") {
		return fmt.Errorf("sqlite:%s: write it as sqlite:FILE, such as sqlite:microreach.db", path)
	}
	s.path = path
	if err := ownersAlone(path); err != nil {
		return err
	}
	file := sqliteFile(path)
	const pragmas = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)"
	const writerCache, readerCache = "&_pragma=cache_size(-6000)", "&_pragma=cache_size(-1000)" // KB, of each connection: a small server has little
	sqlx.BindDriver("sqlite", sqlx.QUESTION)
	s.dialect = dialect{bind: sqlx.QUESTION}
	var err error
	if s.write, err = sqlx.Open("sqlite", file+pragmas+writerCache+"&_txlock=immediate"); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(2) // the writer's, and one for migrations and looks at its health
	if s.read, err = sqlx.Open("sqlite", file+pragmas+readerCache+"&_pragma=query_only(1)"); err != nil {
		return errors.Join(err, s.write.Close())
	}
	s.read.SetMaxOpenConns(4)
	s.group = newGroupWriter(s)
	return nil
}

// sqliteFile is a path as the driver wants it.
func sqliteFile(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
}

// ownersAlone makes the file where there is none, for its owner alone: states and dates
// stand in it in the clear. SQLite would ask the umask, and gives the files beside it
// the same mode.
func ownersAlone(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder of %s is not there: make it, or mend database.url", path)
	case err != nil:
		return err
	}
	return f.Close()
}

func (s *Store) openPostgres(address string) error {
	s.dialect = dialect{postgres: true, bind: sqlx.DOLLAR}
	db, err := sqlx.Open("pgx", address)
	if err != nil {
		return errors.New("the PostgreSQL address cannot be read: write it as postgres://USER@HOST/DATABASE") // err may quote the password
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	s.read, s.write = db, db
	return nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.write.PingContext(ctx); err != nil {
		return err
	}
	return s.read.PingContext(ctx)
}

// Close ends what is being written and closes the database.
func (s *Store) Close() error {
	if s.group != nil {
		s.group.close()
		return errors.Join(s.read.Close(), s.write.Close())
	}
	return s.write.Close()
}
