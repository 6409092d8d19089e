package store

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
)

// KnownTable is a table as the list has it, for the tests of the package.
type KnownTable struct {
	Name, Key, Whose string
	Columns, Sealed  []string
	Hashes           []string
}

// KnownTables is the list of tables, for the tests of the package.
func KnownTables() (list []KnownTable) {
	for _, t := range tables {
		list = append(list, KnownTable{t.name, t.by(), t.whose, t.names(), t.of(isSealed), t.of(isHash)})
	}
	return list
}

// described is the schema as the list has it, a line for each column.
func described() (lines []string) {
	types := map[kind]string{isText: "text", isSealed: "text", isHash: "text", isSelf: "text", isNumber: "number", isInstant: "number", isTruth: "boolean"}
	for _, t := range tables {
		for _, c := range t.columns {
			lines = append(lines, t.name+"."+c.name+" "+types[c.kind])
		}
	}
	slices.Sort(lines)
	return lines
}

// TestNoTableOrColumnIsForgotten fails when the database has a table or column
// that export, erasure, rotation and backup do not know.
func TestNoTableOrColumnIsForgotten(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "t.db"), "postgres": ""} {
		t.Run(name, func(t *testing.T) {
			if url == "" {
				url = storetest.Postgres(t)
			}
			s, err := Open(t.Context(), Options{URL: url, Vault: vault.Ephemeral(), NewID: func() string { return "" }})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if _, err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			print, err := s.Fingerprint(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(print) {
				words := strings.Fields(line)
				if words[0] == "index" {
					continue
				}
				got = append(got, words[0]+" "+strings.NewReplacer("bigint", "number", "integer", "number").Replace(words[1]))
			}
			slices.Sort(got)
			want := described()
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("the database has %s, and the list of tables (tables.go) does not: say there what it holds and whose it is", line)
				}
			}
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("the list of tables has %s, and the database does not", line)
				}
			}
		})
	}
}

// references finds what each table of the migration refers to, and which of its
// columns the comments call sealed or a hash.
func migrationSays(t *testing.T) (references map[string][]string, said map[string]kind) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "migrations", "00001_first.sql"))
	if err != nil {
		t.Fatal(err)
	}
	references, said = map[string][]string{}, map[string]kind{}
	reference, current := regexp.MustCompile(`REFERENCES (\w+)`), ""
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		if len(words) > 2 && words[0] == "CREATE" && words[1] == "TABLE" {
			current = words[2]
			references[current] = nil
		}
		if len(words) < 2 || current == "" {
			continue
		}
		if m := reference.FindStringSubmatch(line); m != nil && m[1] != current {
			references[current] = append(references[current], m[1])
		}
		_, comment, _ := strings.Cut(line, "--")
		switch comment = strings.TrimSpace(comment); {
		case strings.HasPrefix(comment, "sealed"):
			said[current+"."+words[0]] = isSealed
		case strings.Contains(comment, "keyed hash") || strings.HasPrefix(comment, "hash of"):
			said[current+"."+words[0]] = isHash
		}
	}
	return references, said
}

// TestWhoseRowsTheyAre fails when a table that leads to a person is not counted
// among a person's, or stands before one that it refers to, and when the comments
// of the migration and the list disagree about what is sealed.
func TestWhoseRowsTheyAre(t *testing.T) {
	references, said := migrationSays(t)
	var seen []string
	for _, of := range tables {
		personal := of.name == "participants"
		for _, other := range references[of.name] {
			if !slices.Contains(seen, other) {
				t.Errorf("%s refers to %s, which comes after it", of.name, other)
			}
			i := slices.IndexFunc(tables, func(x table) bool { return x.name == other })
			personal = personal || i >= 0 && tables[i].whose != ""
		}
		if personal != (of.whose != "") {
			t.Errorf("%s leads to a person: %v; the list says whose its rows are: %q", of.name, personal, of.whose)
		}
		if of.whose == "" && of.nobody == "" {
			t.Errorf("%s is about nobody, and does not say why", of.name)
		}
		if _, known := trails[of.name]; known != (of.whose != "") {
			t.Errorf("%s leads to a person, and the list of who is affected by a breach (breach.go) does not know it, or the other way round", of.name)
		}
		for _, c := range of.columns {
			marked := c.kind == isSealed || c.kind == isHash
			if kind := said[of.name+"."+c.name]; marked && kind != c.kind || kind == isSealed && !marked {
				t.Errorf("%s.%s: the migration calls it %q, the list %q", of.name, c.name, string(kind), string(c.kind))
			}
		}
		if of.whose == "" && len(of.of(isSealed)) > 0 {
			t.Errorf("%s has sealed columns and is nobody's", of.name)
		}
		seen = append(seen, of.name)
	}
	if len(tables) != len(references) {
		t.Errorf("%d tables are listed, and the migration makes %d", len(tables), len(references))
	}
}
