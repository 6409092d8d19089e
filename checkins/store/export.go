package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/microreach/microreach/checkins"
)

// Export hands everything that is kept of a person to a, table by table and row
// by row: sealed values opened, instants as text, without the keyed hashes that
// only serve to find things. It is one consistent moment, and holds nothing in
// memory but a row. ErrNotFound: there is no such person.
func (s *Store) Export(ctx context.Context, who checkins.ParticipantID, a checkins.Archive) error {
	err := s.snapshot(ctx, func(t *tx) error {
		var there int
		if err := t.get(&there, `SELECT count(*) FROM participants WHERE id = ?`, who); err != nil {
			return err
		}
		if there == 0 {
			return checkins.ErrNotFound
		}
		for _, of := range tables {
			if of.whose == "" {
				continue
			}
			if err := s.exportTable(t, of, who, a); err != nil {
				return fmt.Errorf("%s: %w", of.name, err)
			}
		}
		return nil
	})
	return wrap("export", err)
}

// snapshot runs do on one consistent moment of the database, without holding
// anybody up.
func (s *Store) snapshot(ctx context.Context, do func(*tx) error) error {
	var options *sql.TxOptions // SQLite reads one moment anyway
	if s.dialect.postgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	t, err := s.read.BeginTxx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = t.Rollback() }() // it only read
	return do(&tx{t, ctx, s.dialect.bind})
}

func (s *Store) exportTable(t *tx, of table, who checkins.ParticipantID, a checkins.Archive) error {
	var shown []column
	for _, c := range of.columns {
		if c.kind != isHash {
			shown = append(shown, c)
		}
	}
	if err := a.Table(of.name, table{columns: shown}.names()); err != nil {
		return err
	}
	query := fmt.Sprintf(`SELECT %s AS row_key, %s FROM %s WHERE %s ORDER BY %s`, of.by(), table{columns: shown}.list(), of.name, of.whose, of.by())
	return t.eachRow(query, []any{who}, func(values []any) error {
		o := opener{s: s, table: of.name, row: text(values[0])}
		row := make([]any, len(shown))
		for i, c := range shown {
			row[i] = c.readable(values[i+1], &o)
		}
		if o.err != nil {
			return o.err
		}
		return a.Row(row)
	})
}

// readable is a value of the database in the form for people.
func (c column) readable(v any, o *opener) any {
	if v == nil {
		return nil
	}
	switch c.kind {
	case isSealed:
		return o.open(c.name, text(v))
	case isInstant:
		if ms, ok := v.(int64); ok {
			return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
		}
	case isNumber:
		if n, ok := v.(int64); ok {
			return n
		}
	case isTruth:
		return truth(v)
	}
	return text(v)
}

// text is a TEXT value, however the driver gives it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}

// truth is a BOOLEAN value, however the driver gives it.
func truth(v any) bool {
	if n, ok := v.(int64); ok {
		return n != 0
	}
	b, _ := v.(bool)
	return b
}

// eachRow goes through the rows of a query, one at a time.
func (t *tx) eachRow(query string, args []any, do func(values []any) error) error {
	rows, err := t.QueryxContext(t.ctx, sqlx.Rebind(t.bind, query), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what went wrong
	for rows.Next() {
		values, err := rows.SliceScan()
		if err != nil {
			return err
		}
		if err := do(values); err != nil {
			return err
		}
	}
	return rows.Err()
}
