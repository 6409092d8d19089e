package store

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// A dump is one format for both databases, so that what was written out of one can
// be read into the other. It is lines of JSON: a header; for each table, in an
// order in which each refers only to those before it, a line that names its
// columns and then a list for each row; and an end that counts the rows, without
// which a dump is not whole. References within one table come after its rows, as
// pairs. Sealed values stay sealed: a dump is useless without the key file.

// dumpHeader is the first line of a dump.
type dumpHeader struct {
	Microreach string `json:"microreach"` // what it is
	Version    int    `json:"version"`    // of this format
	Schema     int64  `json:"schema"`     // the last migration
	At         int64  `json:"at"`         // UTC milliseconds
	Lookup     string `json:"lookup"`     // tells key files apart
}

const (
	dumpName    = "backup"
	dumpVersion = 1
)

// dumpTable announces rows: of a table, or with Column the pairs of key and
// reference of that one column.
type dumpTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns,omitempty"`
	Column  string   `json:"column,omitempty"`
}

// dumpEnd is the last line of a dump.
type dumpEnd struct {
	Rows *int `json:"rows"`
}

// Dump writes everything in the database to w, as of one moment, without holding
// anybody up. It returns the number of rows. step is told each table.
func (s *Store) Dump(ctx context.Context, w io.Writer, now time.Time, step func(table string)) (rows int, err error) {
	schema, err := s.schemaVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("write a dump: %w", err)
	}
	d := dump{w: bufio.NewWriterSize(w, 64<<10)}
	d.line(dumpHeader{dumpName, dumpVersion, schema, now.UnixMilli(), s.lookupMark()})
	err = s.snapshot(ctx, func(t *tx) error {
		for _, of := range tables {
			step(of.name)
			if err := d.table(t, of); err != nil {
				return fmt.Errorf("%s: %w", of.name, err)
			}
		}
		return nil
	})
	if err == nil {
		d.line(dumpEnd{&d.rows})
		if err = d.err; err == nil {
			err = d.w.Flush()
		}
	}
	return d.rows, wrap("write a dump", err)
}

// lookupMark is the same for the same lookup key, and says nothing about it.
func (s *Store) lookupMark() string { return s.vault.Index("backup", "lookup") }

func (s *Store) schemaVersion(ctx context.Context) (int64, error) {
	p, err := s.migrator()
	if err != nil {
		return 0, err
	}
	return p.GetDBVersion(ctx)
}

// dump is a dump that is being written. It keeps the first error.
type dump struct {
	w    *bufio.Writer
	rows int
	err  error
}

func (d *dump) line(v any) {
	raw, err := json.Marshal(v)
	if d.err == nil {
		d.err = err
	}
	if d.err == nil {
		_, d.err = d.w.Write(append(raw, '\n'))
	}
}

func (d *dump) table(t *tx, of table) error {
	d.line(dumpTable{Table: of.name, Columns: of.names()})
	query := fmt.Sprintf(`SELECT %s FROM %s ORDER BY %s`, of.list(), of.name, of.by())
	err := t.eachRow(query, nil, func(values []any) error {
		for i, c := range of.columns {
			values[i] = c.portable(values[i])
		}
		d.rows++
		d.line(values)
		return d.err
	})
	for _, self := range of.of(isSelf) {
		if err != nil {
			return err
		}
		d.line(dumpTable{Table: of.name, Column: self})
		pairs := fmt.Sprintf(`SELECT %s, %s FROM %s WHERE %s IS NOT NULL ORDER BY %s`, of.by(), self, of.name, self, of.by())
		err = t.eachRow(pairs, nil, func(values []any) error {
			d.line([]string{text(values[0]), text(values[1])})
			return d.err
		})
	}
	return err
}

// portable is a value in the form that both databases take.
func (c column) portable(v any) any {
	switch {
	case v == nil || c.kind == isSelf:
		return nil
	case c.kind == isTruth:
		return truth(v)
	case c.kind == isNumber || c.kind == isInstant:
		return v
	}
	return text(v)
}

// insert is the statement that writes a row with these columns.
func (t table) insert(columns []string) string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	return fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, t.name, strings.Join(columns, ", "), marks)
}
