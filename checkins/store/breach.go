package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Breach says what came into wrong hands (REQUIREMENTS C05). The zero value is
// everything.
type Breach struct {
	From   time.Time // what was made before is not in it, but for what stands: people, addresses, plans; zero = since ever
	Until  time.Time // what was made at or after it is not in it; zero = no end
	Fields []string  // tables, or columns as table.column; none = all
	Keys   []string  // only values that these keys sealed; none = all values
}

// Affected is one person of whom something came into wrong hands.
type Affected struct {
	Participant checkins.ParticipantID
	Addresses   []checkins.Address // how to reach them; the value is opened only where it was asked for
	Name        string             // likewise
	Fields      []AffectedField
}

// AffectedField is one column with something of a person in it.
type AffectedField struct {
	Table, Column string
	Sealed        bool // it could be read with the key alone
	Records       int
}

// trail says of each table with rows of people whose each row is, and when it was made.
type trail struct {
	owner  string
	made   string
	stands bool // what a person is and chose: it stays as long as they do
}

const ownerColumn = "participant_id"

var trails = map[string]trail{
	"participants":  {"id", "created_at", true},
	"addresses":     {ownerColumn, "(SELECT p.created_at FROM participants p WHERE p.id = participant_id)", true},
	"links":         {ownerColumn, "created_at", false},
	"codes":         {ownerColumn, "expires_at", false},
	"consents":      {ownerColumn, "at", true},
	"plans":         {ownerColumn, "created_at", true},
	"inbound":       {ownerColumn, "at", false},
	"own_practices": {ownerColumn, "created_at", true},
	"messages":      {ownerColumn, "created_at", false},
	"attempts":      {"(SELECT m.participant_id FROM messages m WHERE m.id = message_id)", "begun_at", false},
	"evidence":      {"(SELECT m.participant_id FROM attempts a JOIN messages m ON m.id = a.message_id WHERE a.id = attempt_id)", "at", false},
	"changes":       {ownerColumn, "at", false},
	"check_ins":     {ownerColumn, "at", false},
	"disclosures":   {ownerColumn, "at", false},
	"requests":      {ownerColumn, "at", false},
}

// Affected lists of whom something is in a breach, by their ids, and how much. It
// opens nothing but, with open, names and addresses. A field or key that there cannot
// be is an error.
func (s *Store) Affected(ctx context.Context, b Breach, open bool) ([]Affected, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	people := map[checkins.ParticipantID]*Affected{}
	err := s.snapshot(ctx, func(t *tx) error {
		for _, of := range tables {
			if of.whose == "" {
				continue
			}
			if err := b.count(t, of, people); err != nil {
				return fmt.Errorf("%s: %w", of.name, err)
			}
		}
		return s.reachable(t, people, open)
	})
	if err != nil {
		return nil, wrap("list who is affected", err)
	}
	list := make([]Affected, 0, len(people))
	for _, a := range people {
		list = append(list, *a)
	}
	slices.SortFunc(list, func(a, b Affected) int { return strings.Compare(string(a.Participant), string(b.Participant)) })
	return list, nil
}

func (b Breach) check() error {
	for _, field := range b.Fields {
		if !slices.ContainsFunc(tables, func(t table) bool {
			return t.whose != "" && (field == t.name || slices.ContainsFunc(t.told(), func(c column) bool { return field == t.name+"."+c.name }))
		}) {
			return fmt.Errorf("there is no %q with something of people in it; there are the tables %s, and their columns, such as check_ins.note", field, strings.Join(personal(), ", "))
		}
	}
	for _, key := range b.Keys {
		if len(key) != 8 || strings.Trim(key, "0123456789abcdef") != "" {
			return fmt.Errorf("%q is no id of a key: those have eight letters and digits, see microreach keys list", key)
		}
	}
	return nil
}

// personal are the tables with rows of people.
func personal() (names []string) {
	for _, t := range tables {
		if t.whose != "" {
			names = append(names, t.name)
		}
	}
	return names
}

// told are the columns that say something of a person: no ids, no keyed hashes.
func (t table) told() (columns []column) {
	for _, c := range t.columns {
		if c.kind != isHash && c.kind != isSelf && c.name != "id" && (c.kind != isText || !strings.HasSuffix(c.name, "_id") || t.name == "attempts" && c.name == "provider_id") {
			columns = append(columns, c)
		}
	}
	return columns
}

// holds are the columns of a table that are in the breach.
func (b Breach) holds(t table) (columns []column) {
	for _, c := range t.told() {
		if len(b.Keys) > 0 && c.kind != isSealed {
			continue
		}
		if len(b.Fields) == 0 || slices.Contains(b.Fields, t.name) || slices.Contains(b.Fields, t.name+"."+c.name) {
			columns = append(columns, c)
		}
	}
	return columns
}

// count adds up what of one table is in the breach.
func (b Breach) count(t *tx, of table, people map[checkins.ParticipantID]*Affected) error {
	columns, path := b.holds(of), trails[of.name]
	if len(columns) == 0 {
		return nil
	}
	var sums []string
	for _, c := range columns {
		sums = append(sums, fmt.Sprintf("SUM(CASE WHEN %s THEN 1 ELSE 0 END)", b.filled(c)))
	}
	where, args := []string{"1 = 1"}, []any{}
	if !b.From.IsZero() && !path.stands {
		where, args = append(where, path.made+" >= ?"), append(args, at(b.From))
	}
	if !b.Until.IsZero() {
		where, args = append(where, path.made+" < ?"), append(args, at(b.Until))
	}
	query := fmt.Sprintf("SELECT %s AS person, %s FROM %s WHERE %s GROUP BY 1", path.owner, strings.Join(sums, ", "), of.name, strings.Join(where, " AND "))
	return t.eachRow(query, args, func(values []any) error {
		who := checkins.ParticipantID(text(values[0]))
		for i, c := range columns {
			n, _ := values[i+1].(int64)
			if n == 0 {
				continue
			}
			if people[who] == nil {
				people[who] = &Affected{Participant: who}
			}
			people[who].Fields = append(people[who].Fields, AffectedField{Table: of.name, Column: c.name, Sealed: c.kind == isSealed, Records: int(n)})
		}
		return nil
	})
}

// filled is the condition that something stands in a column; with keys, that one of
// them sealed it.
func (b Breach) filled(c column) string {
	switch {
	case len(b.Keys) > 0:
		var any []string
		for _, key := range b.Keys { // looked at by check: nothing but letters and digits
			any = append(any, fmt.Sprintf("%s LIKE 'v1|%s|%%'", c.name, key))
		}
		return "(" + strings.Join(any, " OR ") + ")"
	case c.kind == isText || c.kind == isSealed:
		return c.name + " <> ''"
	}
	return c.name + " IS NOT NULL"
}

const sqlReachable = `SELECT id, participant_id, channel, value, state FROM addresses ORDER BY channel, id`

// reachable says how the people can be told.
func (s *Store) reachable(t *tx, people map[checkins.ParticipantID]*Affected, open bool) error {
	err := t.eachRow(sqlReachable, nil, func(values []any) error {
		who, there := people[checkins.ParticipantID(text(values[1]))]
		if !there {
			return nil
		}
		a := checkins.Address{ID: checkins.AddressID(text(values[0])), Channel: checkins.Channel(text(values[2])), State: checkins.AddressState(text(values[4]))}
		o := opener{s: s, table: "addresses", row: string(a.ID)}
		if open {
			a.Value = o.open("value", text(values[3]))
		}
		who.Addresses = append(who.Addresses, a)
		return o.err
	})
	if err != nil || !open {
		return err
	}
	return t.eachRow(`SELECT id, name FROM participants`, nil, func(values []any) error {
		id := text(values[0])
		who, there := people[checkins.ParticipantID(id)]
		if !there {
			return nil
		}
		o := opener{s: s, table: "participants", row: id}
		who.Name = o.open("name", text(values[1]))
		return o.err
	})
}
