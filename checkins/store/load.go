package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/vault"
)

// ErrNotEmpty says that a database that a backup is to be restored into holds
// people already.
var ErrNotEmpty = errors.New("the database holds people already")

// Restoring says how a dump is read in.
type Restoring struct {
	Stops   []checkins.Stop // who must be left alone, as the list beside the backups says
	Replace bool            // take the place of what is there, whose silences are kept
	Decide  func(checkins.State, checkins.Hush, time.Time) checkins.Effects
	Step    func(table string)
}

// Restored is what a restored backup came to.
type Restored struct {
	At      time.Time // when the backup was made
	Rows    int
	People  int
	Stopped int // addresses that were silenced because they said stop since
	Erased  int // people who were erased since, and are again
	Expired int // messages that waited, and will not leave
}

// Load reads a dump into the database, in one transaction: all of it, or nothing.
// Afterwards nothing leaves until [Store.Unhold]; what waited in it has expired,
// and what is known from elsewhere to be quieter has been merged. ErrNotEmpty: see
// Restoring.Replace.
func (s *Store) Load(ctx context.Context, r io.Reader, how Restoring, now time.Time) (Restored, error) {
	schema, err := s.schemaVersion(ctx) // asked here, since SQLite has one writer and load.all holds it
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	l := load{s: s, how: how, now: now, schema: schema, in: bufio.NewReaderSize(r, 64<<10)}
	err = s.once(ctx, l.all)
	return l.done, wrap("restore", err)
}

// once is in for work that cannot be begun again.
func (s *Store) once(ctx context.Context, do func(*tx) error) error {
	if s.group != nil {
		return s.group.in(ctx, do)
	}
	return s.inPostgres(ctx, do)
}

// load is a dump that is being read.
type load struct {
	s      *Store
	how    Restoring
	now    time.Time
	schema int64
	in     *bufio.Reader
	t      *tx
	past   past // what the database knew before
	done   Restored
}

func (l *load) all(t *tx) error {
	l.t = t
	if err := l.header(); err != nil {
		return err
	}
	if err := l.empty(); err != nil {
		return err
	}
	if err := l.rows(); err != nil {
		return err
	}
	for _, step := range []func() error{l.settle, l.erase, l.quieten, l.keepSilent, l.hold} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// errTruncated is what a file says that ends too early.
var errTruncated = errors.New("the backup is not whole: it ends before its end; use another copy")

func (l *load) next() ([]byte, error) {
	line, err := l.in.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return nil, errTruncated
	}
	return line, err
}

func (l *load) header() error {
	line, err := l.next()
	if err != nil {
		return err
	}
	var h dumpHeader
	if json.Unmarshal(line, &h) != nil || h.Microreach != dumpName {
		return errors.New("this is no backup of Microreach")
	}
	switch {
	case h.Version != dumpVersion || h.Schema != l.schema:
		return fmt.Errorf("the backup was made by another version of the program (format %d, schema %d; this one has %d and %d): "+
			"restore it with that version, then run microreach migrate with this one", h.Version, h.Schema, dumpVersion, l.schema)
	case h.Lookup != l.s.lookupMark():
		return errors.New("the backup belongs to another key file: bring back the copy of microreach.keys that was in use when it was made")
	}
	l.done.At = time.UnixMilli(h.At).UTC()
	return nil
}

// empty makes room, and remembers what is quieter there than the backup may know.
func (l *load) empty() error {
	var people int
	if err := l.t.get(&people, `SELECT count(*) FROM participants`); err != nil {
		return err
	}
	if people > 0 && !l.how.Replace {
		return ErrNotEmpty
	}
	if err := l.remember(); err != nil {
		return err
	}
	for _, of := range slices.Backward(tables) {
		for _, self := range of.of(isSelf) {
			if _, err := l.t.exec(fmt.Sprintf(`UPDATE %s SET %s = NULL WHERE %s IS NOT NULL`, of.name, self, self)); err != nil {
				return err
			}
		}
		if _, err := l.t.exec(`DELETE FROM ` + of.name); err != nil {
			return err
		}
	}
	return nil
}

// rows reads every table, up to the end.
func (l *load) rows() error {
	var row func([]any) error
	for {
		line, err := l.next()
		if err != nil {
			return err
		}
		if line[0] == '[' {
			if row == nil {
				return errors.New("the backup is damaged: a row stands before its table")
			}
			if err := l.row(line, row); err != nil {
				return err
			}
			continue
		}
		var end dumpEnd
		if err := json.Unmarshal(line, &end); err != nil {
			return errors.New("the backup is damaged: a line cannot be read")
		}
		if end.Rows != nil {
			return l.counted(*end.Rows)
		}
		if row, err = l.table(line); err != nil {
			return err
		}
	}
}

func (l *load) counted(rows int) error {
	if rows != l.done.Rows {
		return errTruncated
	}
	return nil
}

// table says what becomes of the rows that follow.
func (l *load) table(line []byte) (row func([]any) error, err error) {
	var head dumpTable
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, errors.New("the backup is damaged: a line cannot be read")
	}
	i := slices.IndexFunc(tables, func(t table) bool { return t.name == head.Table })
	if i < 0 || head.Column == "" && !slices.Equal(head.Columns, tables[i].names()) || head.Column != "" && !slices.Contains(tables[i].of(isSelf), head.Column) {
		return nil, fmt.Errorf("the backup has a table %q that this version does not know in that form", head.Table)
	}
	of := tables[i]
	if head.Column != "" {
		link := fmt.Sprintf(`UPDATE %s SET %s = ? WHERE %s = ?`, of.name, head.Column, of.by())
		return func(pair []any) error {
			_, err := l.t.exec(link, pair[1], pair[0])
			return err
		}, nil
	}
	l.how.Step(of.name)
	insert := of.insert(of.names())
	return func(values []any) error {
		l.done.Rows++
		if err := l.openable(of, values); err != nil {
			return err
		}
		_, err := l.t.exec(insert, values...)
		return err
	}, nil
}

// row reads the values of a line. Numbers are whole.
func (l *load) row(line []byte, write func([]any) error) error {
	var values []any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return errors.New("the backup is damaged: a row cannot be read")
	}
	for i, v := range values {
		if n, ok := v.(json.Number); ok {
			whole, err := n.Int64()
			if err != nil {
				return errors.New("the backup is damaged: a number in it is none")
			}
			values[i] = whole
		}
	}
	return write(values)
}

// openable refuses a row that the key file cannot open: better now than when the
// person is to be written to.
func (l *load) openable(of table, values []any) error {
	if len(values) != len(of.columns) {
		return errors.New("the backup is damaged: a row has too few values")
	}
	for i, c := range of.columns {
		sealed, _ := values[i].(string)
		if c.kind != isSealed || sealed == "" {
			continue
		}
		id, ok := vault.KeyOf(sealed)
		if !ok || !l.s.vault.Has(id) {
			return fmt.Errorf("the backup needs the key %q, which is not in the key file: bring back the copy that holds it", id)
		}
	}
	return nil
}
