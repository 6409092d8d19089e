package store

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/microreach/microreach/migrations"
)

// ErrOldSchema says that the database was made by another version of the
// program.
var ErrOldSchema = errors.New("the database has an older schema: run `microreach migrate`, after a backup")

// noTables is ErrOldSchema of a database that was never used.
type noTables struct{}

// Error tells what to do.
func (noTables) Error() string {
	return "the database has no tables yet: run `microreach init`, or `microreach migrate`; if there should be something in it, database.url names another one"
}

// Is makes it an ErrOldSchema.
func (noTables) Is(target error) bool { return target == ErrOldSchema }

func (s *Store) migrator() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if s.dialect.postgres {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, s.write.DB, migrations.FS, goose.WithVerbose(false))
}

// Migrate brings the schema up to date and returns the numbers of the
// migrations that it applied; none when there was nothing to do. On PostgreSQL
// several may try at once: one does it.
func (s *Store) Migrate(ctx context.Context) (applied []int64, err error) {
	p, err := s.migrator()
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	if s.dialect.postgres {
		unlock, err := s.lockSchema(ctx)
		if err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		defer unlock()
	}
	results, err := p.Up(ctx)
	for _, r := range results {
		applied = append(applied, r.Source.Version)
	}
	return applied, wrap("migrate", err)
}

// schemaLock is the advisory lock of whoever migrates.
const schemaLock = 7162837

func (s *Store) lockSchema(ctx context.Context) (unlock func(), err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", schemaLock); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		// The lock ends with its session, so a failure here cannot hold it.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", schemaLock)
		_ = conn.Close()
	}, nil
}

// CheckSchema is nil when the schema is the one this program was built for,
// and ErrOldSchema when migrations are missing.
func (s *Store) CheckSchema(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return fmt.Errorf("check schema: %w", err)
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("check schema: %w", err)
	}
	if version, err := p.GetDBVersion(ctx); err == nil && version == 0 {
		return noTables{}
	}
	if pending {
		return ErrOldSchema
	}
	return nil
}

const (
	sqlColumnsSQLite = `SELECT m.name AS tab, c.name AS col, lower(c.type) AS kind, c."notnull" = 0 AND c.pk = 0 AS nullable
		FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%'`
	sqlColumnsPostgres = `SELECT table_name AS tab, column_name AS col, data_type AS kind, is_nullable = 'YES' AS nullable
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose_%'`
	sqlIndexesSQLite = `SELECT m.tbl_name AS tab, m.name AS col, m.sql AS kind FROM sqlite_master m
		WHERE m.type = 'index' AND m.sql IS NOT NULL AND m.tbl_name NOT LIKE 'goose_%'`
	sqlIndexesPostgres = `SELECT tablename AS tab, indexname AS col, indexdef AS kind FROM pg_indexes
		WHERE schemaname = current_schema() AND tablename NOT LIKE 'goose_%' AND indexname NOT LIKE '%_pkey'`
)

// Fingerprint describes the schema as the database itself reports it, in a
// form that is the same for both: a line for each column and index, sorted.
func (s *Store) Fingerprint(ctx context.Context) (string, error) {
	columns, indexes := sqlColumnsSQLite, sqlIndexesSQLite
	if s.dialect.postgres {
		columns, indexes = sqlColumnsPostgres, sqlIndexesPostgres
	}
	type row struct {
		Table    string `db:"tab"`
		Name     string `db:"col"`
		Kind     string `db:"kind"`
		Nullable bool   `db:"nullable"`
	}
	var rows []row
	if err := s.read.SelectContext(ctx, &rows, columns); err != nil {
		return "", fmt.Errorf("read columns: %w", err)
	}
	var lines []string
	for _, r := range rows {
		null := "not null"
		if r.Nullable {
			null = "null"
		}
		lines = append(lines, fmt.Sprintf("%s.%s %s %s", r.Table, r.Name, r.Kind, null))
	}
	rows = nil
	if err := s.read.SelectContext(ctx, &rows, indexes); err != nil {
		return "", fmt.Errorf("read indexes: %w", err)
	}
	for _, r := range rows {
		lines = append(lines, indexLine(r.Table, r.Name, r.Kind))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n", nil
}

// indexLine keeps of an index's definition what both databases write alike:
// its columns, and whether it is unique and partial.
func indexLine(table, name, definition string) string {
	line := "index " + table + " " + name
	if strings.Contains(definition, "UNIQUE") {
		line += " unique"
	}
	if open, end := strings.Index(definition, "("), strings.Index(definition, ")"); open >= 0 && end > open {
		line += " (" + strings.ReplaceAll(definition[open+1:end], `"`, "") + ")"
	}
	if strings.Contains(definition, " WHERE ") {
		line += " partial"
	}
	return line
}
