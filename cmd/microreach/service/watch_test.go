package service_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// newService builds a service under watch; there is no other way to one here.
func newService(t testing.TB, o service.Options) (*service.Service, error) {
	t.Helper()
	w := leaktest.On(t)
	o.Core = watched(t, o.Core)
	if o.SMS != nil {
		w.Private(o.SMS.AuthTokens...)
		w.Private(o.SMS.Twilio.AuthToken, o.SMS.Twilio.APIKeySecret)
	}
	if m := o.Mail; m != nil {
		w.Private(m.SMTP.Password)
		if m.Hook != nil {
			w.Private(m.Hook.Secret)
		}
		if m.IMAP != nil {
			if secret, err := m.IMAP.Secret(); err == nil {
				w.Private(secret)
			}
		}
	}
	s, err := service.New(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { w.Saw("the metrics", service.MetricsPage(s)) })
	}
	return s, err
}

// openCore opens the house without doors, under watch.
func openCore(t testing.TB, o service.CoreOptions) (*service.Core, error) {
	t.Helper()
	return service.OpenCore(context.WithoutCancel(t.Context()), watched(t, o))
}

// watched lets the watch know what a house keeps, and hear what it says.
func watched(t testing.TB, o service.CoreOptions) service.CoreOptions {
	t.Helper()
	w := leaktest.On(t)
	if o.Log == nil {
		o.Log = w.Log()
	}
	w.Database(o.Database, o.Vault)
	w.Public(o.Words.Contact)
	if make := o.NewToken; make != nil {
		o.NewToken = func() string {
			token := make()
			w.Private(token)
			return token
		}
	}
	return o
}

// unwatched are the files that need no watch, and why.
var unwatched = map[string]string{
	"service/watch_test.go":      "it holds what is allowed",
	"service/masked_test.go":     "shows the mask what it is to mask",
	"service/throughput_test.go": "benchmarks: a log of theirs would be measured, too",
	"service/peer_test.go":       "the far end of the benchmarks, which is none of ours",
	"service/process_test.go":    "starts processes, with their stderr under watch",
	"weeks/weeks_test.go":        "one log of all lives, which a test of its own looks through",
	"hour_test.go":               "starts the real program, with its stderr under watch",
	"keys_test.go":               "starts processes of the program, with their stderr under watch",
	"config_test.go":             "prints secrets on purpose, to see that they do not show",
	"layout_test.go":             "asks the go command about the packages",
}

// blind are the ways to log, or to run something, that no watch sees.
var blind = map[string][]string{
	"slog":       {"New", "NewTextHandler", "NewJSONHandler", "NewLogLogger", "DiscardHandler", "Default", "SetDefault", "Info", "Warn", "Error", "Debug"},
	"log":        {"New", "Default", "Print", "Printf", "Println", "SetOutput"},
	"exec":       {"Command", "CommandContext"},
	"service":    {"New", "OpenCore"},
	"twiliotest": {"Start", "New"},
	"emailtest":  {"Start"},
}

// No test of the whole program may log, or run it, where no watch looks.
func TestNothingIsRunUnwatched(t *testing.T) {
	root := ".."
	files := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || unwatched[filepath.ToSlash(name)] != "" {
			return err
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, is := n.(*ast.SelectorExpr); is {
				if of, is := s.X.(*ast.Ident); is && slices.Contains(blind[of.Name], s.Sel.Name) {
					t.Errorf("%s uses %s.%s: take what watches instead (leaktest.On, newService, openCore)", name, of.Name, s.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || files < 40 {
		t.Errorf("%d files were looked at: %v", files, err)
	}
	for name := range unwatched {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("an exception for what is not there: %v", err)
		}
	}
}
