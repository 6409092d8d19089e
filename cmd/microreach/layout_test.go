package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/microreach/microreach"

// arrows says which of our packages each of them may import, with all that
// those import in turn. A package that is not named here fails the test: say
// where its place is first.
var arrows = map[string][]string{
	"migrations":                 {},
	"checkins/pace":              {},
	"checkins/vault":             {},
	"checkins/reply":             {"checkins/pace"},
	"checkins":                   {"checkins/reply", "checkins/pace"},
	"checkins/phone":             {"checkins"},
	"checkins/store":             {"checkins", "checkins/vault", "migrations"},
	"checkins/web":               {"checkins"},
	"checkins/digest":            {"checkins"},
	"templates":                  {"checkins", "checkins/reply", "checkins/digest"},
	"templates/chart":            {"checkins/digest"},
	"notifier":                   {"checkins"},
	"notifier/twilio":            {"notifier", "checkins"},
	"notifier/email":             {"notifier", "checkins", "notifier/email/replytext"},
	"cmd/microreach":             {"*"},
	"cmd/microreach/demo":        {"*"},
	"cmd/microreach/weeks":       {"cmd/microreach/service"},
	"notifier/email/replytext":   {},
	"notifier/email/emailtest":   {},
	"notifier/twilio/twiliotest": {},
	"checkins/skiptest":          {},
	"checkins/store/storetest":   {"checkins/skiptest"},
	"checkins/web/browsertest":   {"checkins/skiptest"},
	"cmd/microreach/leaktest":    {"checkins/store", "notifier/twilio/twiliotest", "notifier/email/emailtest"},
	"cmd/microreach/service":     {"checkins", "checkins/phone", "checkins/store", "checkins/vault", "checkins/web", "checkins/digest", "templates", "templates/chart", "notifier", "notifier/twilio", "notifier/email"},
}

// closed says which packages of others a package of ours may never lead to,
// directly or through anything.
var closed = map[string][]string{
	"database/sql":            {"checkins/store", "checkins/store/storetest", "migrations", "cmd/microreach/service", "cmd/microreach/leaktest", "cmd/microreach/demo", "cmd/microreach/weeks", "cmd/microreach"},
	"github.com/jmoiron/sqlx": {"checkins/store", "cmd/microreach/service", "cmd/microreach/leaktest", "cmd/microreach/demo", "cmd/microreach/weeks", "cmd/microreach"},
}

// webless may not know the web.
var webless = []string{"checkins", "checkins/pace", "checkins/reply", "checkins/digest"}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "-deps", module+"/...")
	command.Dir = filepath.Join("..", "..")
	raw, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	ours := map[string]listed{}
	for decoder := json.NewDecoder(strings.NewReader(string(raw))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return ours
		} else if err != nil {
			t.Fatal(err)
		}
		if name, is := strings.CutPrefix(p.ImportPath, module+"/"); is {
			ours[name] = p
		}
	}
}

func TestArrowsPointInwards(t *testing.T) {
	ours := packages(t)
	for name, p := range ours {
		allowed, known := arrows[name]
		if !known {
			t.Errorf("%s has no place in the layout", name)
			continue
		}
		reach := reachable(allowed)
		for _, d := range p.Deps {
			dep, is := strings.CutPrefix(d, module+"/")
			if is && !slices.Contains(allowed, "*") && !reach[dep] {
				t.Errorf("%s leads to %s; it may lead to %v", name, dep, allowed)
			}
		}
	}
	for name := range arrows {
		if _, there := ours[name]; !there {
			t.Errorf("%s stands in the layout and is not there", name)
		}
	}
}

// reachable is what the allowed packages may lead to.
func reachable(allowed []string) map[string]bool {
	reach := map[string]bool{}
	for _, name := range allowed {
		reach[name] = true
		for deeper := range reachable(arrows[name]) {
			reach[deeper] = true
		}
	}
	return reach
}

func TestOnlyTheStoreKnowsSQL(t *testing.T) {
	for name, p := range packages(t) {
		for library, may := range closed {
			if slices.Contains(p.Deps, library) && !slices.Contains(may, name) {
				t.Errorf("%s leads to %s", name, library)
			}
		}
		if slices.Contains(webless, name) && slices.Contains(p.Deps, "net/http") {
			t.Errorf("%s leads to net/http", name)
		}
	}
	if imports := packages(t)["checkins/store"].Imports; slices.Contains(imports, "net/http") {
		t.Error("checkins/store imports net/http")
	}
}

func TestTheDomainStandsOnTheStandardLibrary(t *testing.T) {
	for _, name := range []string{"checkins", "checkins/pace", "checkins/reply", "checkins/digest"} {
		for _, d := range packages(t)[name].Deps {
			if strings.Contains(strings.SplitN(d, "/", 2)[0], ".") && !strings.HasPrefix(d, module) {
				t.Errorf("%s leads to %s", name, d)
			}
		}
	}
}

// Clocks and ids are made in cmd alone; test helpers have their own.
func TestTimeAndIDsAreMadeInCmd(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if name == "cmd" || strings.HasSuffix(name, "test") || strings.HasPrefix(name, ".git") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, word := range []string{"time.Now(", "time.Sleep(", "uuid.New", "time.Now,", ": time.Now"} {
			if strings.Contains(string(source), word) {
				t.Errorf("%s has %s", name, strings.TrimRight(word, "(,"))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
