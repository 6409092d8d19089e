package store_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
)

// mayDiffer are the columns in which every two rows differ: names, moments and
// what is sealed. Of these only whether there is something counts.
var mayDiffer = []string{
	"id", "_id", "_at", "_index", "at", "value", "body", "words", "shown", "proof", "name", "note", "rating", "rating_before", "feelings",
	"sensations", "expectation", "root", "answers", "amends", "because", "html", "subject", "code", "quiet_until", "lease_until",
	"next_date", "last_date", "slot_date", "local_date", "sent", "turn",
}

// Hard words leave no mark (rule 11): two days later there is no row of the
// person who wrote them that a person who never did could not have as well.
func TestHardWordsLeaveNoMark(t *testing.T) {
	hard, calm := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 19*60)), onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 19*60))
	hard.want(hard.say("I want to die"), "call or text 988")
	calm.want(calm.say("help"), "In a crisis")
	for _, l := range []*life{hard, calm} {
		l.until("2026-03-06 20:00")
		if err := l.Forget(t.Context(), l.now); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"participants", "addresses", "consents", "plans", "inbound", "messages", "changes", "check_ins", "own_practices"} {
		column := "participant_id"
		if table == "participants" {
			column = "id"
		}
		known := kindsOfRows(t, calm, table, column)
		for _, kind := range kindsOfRows(t, hard, table, column) {
			if !slices.Contains(known, kind) {
				t.Errorf("only who wrote hard words has this row in %s:\n%s\nthe other has\n%s", table, kind, strings.Join(known, "\n"))
			}
		}
	}
}

// kindsOfRows lists the rows of a person without what differs in every row.
func kindsOfRows(t *testing.T, l *life, table, column string) (kinds []string) {
	t.Helper()
	db, err := sqlx.Open("sqlite", "file:"+l.path+"?_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Queryx("SELECT * FROM "+table+" WHERE "+column+" = ?", string(l.who))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row := map[string]any{}
		if err := rows.MapScan(row); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for name, value := range row {
			if slices.ContainsFunc(mayDiffer, func(m string) bool { return name == m || strings.HasPrefix(m, "_") && strings.HasSuffix(name, m) }) {
				parts = append(parts, fmt.Sprintf("%s:%v", name, value != nil && value != ""))
				continue
			}
			parts = append(parts, fmt.Sprintf("%s=%v", name, value))
		}
		sort.Strings(parts)
		kinds = append(kinds, strings.Join(parts, " "))
	}
	return kinds
}
