package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/microreach/microreach/checkins/vault"
)

// resealAtOnce bounds one step of a rotation, so that nobody waits long behind it.
const resealAtOnce = 200

// LockKeys makes this the one process that changes the keys of the database; not
// ok where another one does. It ends with release, or with the process.
func (s *Store) LockKeys(ctx context.Context) (release func(), ok bool, err error) {
	if s.dialect.postgres {
		return s.TryLock(ctx, "keys")
	}
	release, err = s.claimFile(ctx, ".keys")
	if errors.Is(err, ErrInUse) {
		return nil, false, nil
	}
	return release, err == nil, err
}

// Reseal seals every value anew that another key than the current one has sealed,
// in small steps, each of which is whole: it may be ended at any of them and begun
// again, and a service may read and write meanwhile. resealed is how many values it
// sealed. Values that cannot be opened stay as they are; the error names the first.
func (s *Store) Reseal(ctx context.Context, step func(table string)) (resealed int, err error) {
	for _, of := range tables {
		if len(of.of(isSealed)) == 0 {
			continue
		}
		n, tableErr := s.resealTable(ctx, of, step)
		resealed += n
		if ctx.Err() != nil {
			return resealed, ctx.Err()
		}
		if err == nil {
			err = wrap("seal anew", tableErr)
		}
	}
	return resealed, err
}

func (s *Store) resealTable(ctx context.Context, of table, step func(string)) (resealed int, err error) {
	r := reseal{s: s, table: of, columns: of.of(isSealed)}
	for after := ""; ; {
		if ctx.Err() != nil {
			return resealed, ctx.Err()
		}
		r.rows, r.values, r.last = 0, 0, after
		if inErr := s.in(ctx, func(t *tx) error { return r.batch(t, after) }); inErr != nil {
			return resealed, inErr
		}
		resealed += r.values
		if r.rows == 0 {
			return resealed, r.unopened
		}
		step(of.name)
		after = r.last
	}
}

// reseal is the rotation of one table.
type reseal struct {
	s        *Store
	table    table
	columns  []string
	rows     int    // seen in this batch
	values   int    // sealed anew in this batch
	last     string // the key of the last row of this batch
	unopened error  // the first value that could not be opened
}

// others is the condition that picks the rows with a value of another key.
func (r *reseal) others() (condition string, args []any) {
	prefix := r.s.vault.Prefix()
	var parts []string
	for _, c := range r.columns {
		parts = append(parts, fmt.Sprintf(`(%s <> '' AND substr(%s, 1, %d) <> ?)`, c, c, len(prefix)))
		args = append(args, prefix)
	}
	return strings.Join(parts, " OR "), args
}

func (r *reseal) batch(t *tx, after string) error {
	r.rows, r.values = 0, 0
	condition, args := r.others()
	query := fmt.Sprintf(`SELECT %s AS row_key, %s FROM %s WHERE %s > ? AND (%s) ORDER BY %s LIMIT %d`,
		r.table.by(), strings.Join(r.columns, ", "), r.table.name, r.table.by(), condition, r.table.by(), resealAtOnce)
	var found [][]any
	err := t.eachRow(query, append([]any{after}, args...), func(values []any) error {
		found = append(found, values)
		return nil
	})
	if err != nil {
		return err
	}
	for _, values := range found {
		r.rows++
		r.last = text(values[0])
		if err := r.row(t, r.last, values[1:]); err != nil {
			return err
		}
	}
	return nil
}

// row seals the values of one row anew, unless somebody changed it meanwhile: then
// the next look finds it, if it needs to.
func (r *reseal) row(t *tx, key string, values []any) error {
	var set, where []string
	var fresh, old []any
	for i, c := range r.columns {
		was := text(values[i])
		if was == "" || strings.HasPrefix(was, r.s.vault.Prefix()) {
			continue
		}
		plain, err := r.s.vault.Open(r.table.name, c, key, was)
		if err != nil {
			if r.unopened == nil {
				r.unopened = err
			}
			continue
		}
		set, where = append(set, c+" = ?"), append(where, c+" = ?")
		fresh, old = append(fresh, r.s.vault.Seal(r.table.name, c, key, plain)), append(old, was)
	}
	if len(set) == 0 {
		return nil
	}
	update := fmt.Sprintf(`UPDATE %s SET %s WHERE %s = ? AND %s`, r.table.name, strings.Join(set, ", "), r.table.by(), strings.Join(where, " AND "))
	n, err := t.exec(update, append(append(fresh, key), old...)...)
	if n > 0 {
		r.values += len(set)
	}
	return err
}

// SealedBy counts the values that each key has sealed, by its id. What has not the
// form of a sealed value is counted under "".
func (s *Store) SealedBy(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	length := len(s.vault.Prefix())
	for _, of := range tables {
		for _, c := range of.of(isSealed) {
			var rows []struct {
				Prefix string `db:"prefix"`
				N      int    `db:"n"`
			}
			query := fmt.Sprintf(`SELECT substr(%s, 1, %d) AS prefix, count(*) AS n FROM %s WHERE %s <> '' GROUP BY 1`, c, length, of.name, c)
			if err := s.read.SelectContext(ctx, &rows, query); err != nil {
				return nil, fmt.Errorf("count sealed values: %w", err)
			}
			for _, r := range rows {
				id, _ := vault.KeyOf(r.Prefix)
				counts[id] += r.N
			}
		}
	}
	return counts, nil
}
