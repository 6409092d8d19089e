package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/cmd/microreach/leaktest"
)

// command runs one command line in a folder of its own.
type command struct {
	t   *testing.T
	dir string
	in  string
	env map[string]string
	tls *tls.Config
	dns map[string][]string // TXT records; nil = the system's DNS
}

func newCommand(t *testing.T) *command {
	t.Helper()
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c := &command{t: t, dir: dir, env: map[string]string{}}
	w := leaktest.On(t)
	w.Public("+12025550147", "you@fastmail.com", "hello@example.org", "ada@example.org") // examples in the errors of commands
	t.Cleanup(func() {
		for name, value := range c.env {
			if secretName.MatchString(name) {
				w.Private(value)
			}
		}
		p := c.program()
		if core, _, err := p.openCore(context.WithoutCancel(t.Context())); err == nil { // without a configuration there is nobody
			if err := w.Kept(core.Store); err != nil {
				t.Logf("the watch for leaks could not read the database: %v", err)
			}
			_ = core.Close() // it was only read
		}
	})
	return c
}

// secretName is how keys of the configuration that hold secrets are called.
var secretName = regexp.MustCompile(`_(PASSWORD|TOKEN|TOKEN_OLD|SECRET|API_KEY_SECRET|PASSPHRASE)$`)

var morning = time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC)

func (c *command) run(args ...string) (code int, out, errs string) {
	c.t.Helper()
	return c.runContext(c.t.Context(), args...)
}

func (c *command) runContext(ctx context.Context, args ...string) (code int, out, errs string) {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	p := c.program()
	p.Out, p.Err = &stdout, io.MultiWriter(&stderr, leaktest.On(c.t).Output("the stderr of a command"))
	code = run(ctx, p, args)
	return code, stdout.String(), stderr.String()
}

// program is the program in the folder, without a terminal.
func (c *command) program() program {
	return program{
		Now: func() time.Time { return morning }, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, NewToken: rand.Text,
		Env: func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }, In: strings.NewReader(c.in),
		Out: io.Discard, Err: io.Discard, TLS: c.tls, LookupTXT: c.lookup(), User: "tess",
	}
}

// lookup is the DNS of a test; nil = the system's.
func (c *command) lookup() func(context.Context, string) ([]string, error) {
	if c.dns == nil {
		return nil
	}
	return func(_ context.Context, name string) ([]string, error) {
		switch records, there := c.dns[name]; {
		case there && records == nil:
			return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
		case there:
			return records, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
}

// must runs a command that has to succeed.
func (c *command) must(args ...string) string {
	c.t.Helper()
	code, out, errs := c.run(args...)
	if code != exitOK {
		c.t.Fatalf("microreach %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func TestExitCodes(t *testing.T) {
	c := newCommand(t)
	for _, test := range []struct {
		args string
		want int
		says string
	}{
		{"", exitOK, ""},
		{"--help", exitOK, ""},
		{"serve --help", exitOK, ""},
		{"sing", exitUsage, "unknown command"},
		{"try sing", exitUsage, "unknown command"},
		{"serve now", exitUsage, "takes no arguments"},
		{"demo --fro 20s", exitUsage, "unknown flag"},
		{"demo --for 0s", exitUsage, "above zero"},
		{"demo --for soon", exitUsage, "invalid argument"},
		{"demo --speed 0", exitUsage, "above 0"},
		{"try reply", exitUsage, "TEXT"},
		{"try reply one two", exitUsage, "TEXT"},
		{"try reply hi --after lunch", exitUsage, "reach"},
		{"try reply hi --zone Mars/Base", exitUsage, "IANA"},
		{"try reply hi --now today", exitUsage, "2026-03-08T19:00:00"},
		{"try reply hi --via pigeon", exitUsage, "sms or email"},
		{"try schedule", exitUsage, "2/week"},
		{"try schedule --pace 3/week --days mon,thu", exitUsage, "3"},
		{"try schedule --pace 1/day --zone Mars", exitUsage, "IANA"},
		{"try schedule --pace 1/day --region XX", exitUsage, "US-TX"},
		{"participant move x", exitUsage, "--zone, --region"},
		{"participant move x --zone Mars", exitUsage, "IANA"},
		{"try weeks", exitUsage, "steady, reads-and-never-answers"},
		{"try weeks --life happy", exitUsage, "finishes, or all"},
		{"try weeks --life steady --channel pigeon", exitUsage, "sms or email"},
		{"plan preview x --count 0", exitUsage, "1 to 1000"},
		{"serve", exitFailure, "microreach.keys"},
		{"--config nowhere.toml serve", exitFailure, "nowhere.toml"},
		{"participant list", exitFailure, "microreach.keys"},
	} {
		code, _, errs := c.run(strings.Fields(test.args)...)
		if code != test.want || !strings.Contains(errs, test.says) {
			t.Errorf("microreach %s: exit %d, not %d, and says %q; %q is missing", test.args, code, test.want, errs, test.says)
		}
	}
}

func TestEveryCommandHelpsWithAnExample(t *testing.T) {
	p := program{}
	for _, parent := range p.root().Commands() {
		for _, cmd := range append(parent.Commands(), parent) {
			if cmd.HasSubCommands() || cmd.Name() == "help" || cmd.Name() == "completion" || cmd.Parent().Name() == "completion" {
				continue
			}
			if cmd.Example == "" || cmd.Short == "" || cmd.Long == "" {
				t.Errorf("%s has no example, or does not say what it does", cmd.CommandPath())
			}
		}
	}
}

func TestInitMakesEverythingAndHarmsNothing(t *testing.T) {
	c := newCommand(t)
	out := c.must("init")
	if !strings.Contains(out, "without it the database cannot be read") || !strings.Contains(out, "Next:") {
		t.Errorf("init does not warn about the keys, or does not say what is next:\n%s", out)
	}
	keys := filepath.Join(c.dir, "microreach.keys")
	info, err := os.Stat(keys)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file has mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(c.dir, "microreach.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the database has mode %v, %v", info.Mode(), err)
	}
	before, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	if again := c.must("init"); !strings.Contains(again, "stays as it is") {
		t.Errorf("init says of a second time:\n%s", again)
	}
	after, err := os.ReadFile(keys)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("init replaced the keys, %v", err)
	}
	if out := c.must("migrate"); !strings.Contains(out, "up to date") {
		t.Errorf("migrate says %q", out)
	}
}

func TestServeRefusesKeysThatOthersCanRead(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	if err := os.Chmod(filepath.Join(c.dir, "microreach.keys"), 0o640); err != nil {
		t.Fatal(err)
	}
	code, _, errs := c.run("serve")
	if code != exitFailure || !strings.Contains(errs, "chmod 600") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestServeRefusesAnOldSchema(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	if err := os.Remove(filepath.Join(c.dir, "microreach.db")); err != nil {
		t.Fatal(err)
	}
	code, _, errs := c.run("serve")
	if code != exitFailure || !strings.Contains(errs, "microreach migrate") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestServeRunsUntilItIsTold(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	c.env["MICROREACH_SERVER_LISTEN"] = "127.0.0.1:0"            // 8080 may be taken
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // it starts, and is told soon after
	defer cancel()
	code, _, errs := c.runContext(ctx, "serve")
	if code != exitOK {
		t.Errorf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"texts are off", "mail is off", "stopped"} {
		if !strings.Contains(errs, want) {
			t.Errorf("the log does not say %q: %s", want, errs)
		}
	}
}

func TestAPersonIsEnrolledAndShown(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	out := c.must("participant", "add", "--name", "Ada", "--sms", "(212) 555-0147", "--zone", "America/New_York",
		"--pace", "2/week", "--days", "mon,thu", "--at", "19:00", "--practices", "one-feeling,check-in-text")
	id, _, _ := strings.Cut(out, "\n")
	if !strings.Contains(out, "Next: ") {
		t.Errorf("add does not say what is next: %s", out)
	}
	list := c.must("participant", "list")
	if !strings.Contains(list, id) || !strings.Contains(list, "sms pending") || strings.Contains(list, "5550147") {
		t.Errorf("list shows\n%s", list)
	}
	shown := c.must("participant", "show", id)
	for _, want := range []string{"+1***0147", "2/week on mon,thu 19:00", "No reminder is due"} {
		if !strings.Contains(shown, want) {
			t.Errorf("show does not say %q:\n%s", want, shown)
		}
	}
	if preview := c.must("plan", "preview", id); !strings.Contains(preview, "has not said yes") {
		t.Errorf("preview says %q", preview)
	}
	code, _, errs := c.run("participant", "add", "--sms", "+12125550147")
	if code != exitFailure || !strings.Contains(errs, "enrolled already") {
		t.Errorf("the same number again: exit %d, %s", code, errs)
	}
	code, _, errs = c.run("participant", "show", "nobody")
	if code != exitFailure || !strings.Contains(errs, "participant list") {
		t.Errorf("a stranger: exit %d, %s", code, errs)
	}
}

func TestMistakesOfEnrolmentAreExplainedAndKeepNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	c.must("init")
	for args, says := range map[string]string{
		"":                                            "--sms, --email",
		"--sms 12":                                    "--sms",
		"--email ada@example.org":                     "--zone",
		"--email ada":                                 "--email",
		"--email a@b.example --zone Mars":             "IANA",
		"--sms +12125550147 --pace often":             "2/week",
		"--sms +12125550147 --days funday":            "mon",
		"--sms +12125550147 --at 25:00":               "00:00 to 23:59",
		"--sms +12125550147 --practices jog":          "one-feeling",
		"--sms +12125550147 --pace 2/week --days mon": "2",
		"--sms +12125550147 --pace 2/day --at 09:00":  "2",
		"--sms +12125550147 --email not-a-mailbox":    "--email",
	} {
		code, _, errs := c.run(append([]string{"participant", "add"}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("add %s: exit %d and %q; %q is missing", args, code, errs, says)
		}
	}
	if list := c.must("participant", "list"); !strings.Contains(list, "Nobody is enrolled") {
		t.Errorf("a mistake left somebody behind:\n%s", list)
	}
}

func TestTrySchedulePrintsTheContract(t *testing.T) {
	c := newCommand(t)
	out := c.must("try", "schedule", "--pace", "1/day", "--at", "02:30", "--zone", "America/New_York", "--from", "2026-03-07T00:00:00-05:00", "--count", "3")
	want := "2026-03-07T02:30:00-05:00\t2026-03-07T07:30:00Z\tslot\n" +
		"2026-03-08T03:00:00-04:00\t2026-03-08T07:00:00Z\tdst gap\n" +
		"2026-03-09T02:30:00-04:00\t2026-03-09T06:30:00Z\tslot\n"
	if out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	paused := c.must("try", "schedule", "--pace", "1/day", "--zone", "UTC", "--from", "2026-03-07T00:00:00Z", "--pause-until", "2026-03-09T00:00:00Z", "--count", "1")
	if paused != "2026-03-09T19:00:00Z\t2026-03-09T19:00:00Z\tafter pause\n" {
		t.Errorf("after a pause: %s", paused)
	}
}

func TestTryReplyPrintsTheContract(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	var reading map[string]any
	if err := json.Unmarshal([]byte(c.must("try", "reply", "--after", "reach", "done 8 3")), &reading); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(fmt.Sprintln(reading["intent"], reading["crisis"], reading["outcome"], reading["rating_before"], reading["rating"])); got != "check_in false done 8 3" {
		t.Errorf("it reads %s", got)
	}
	c.in = "STOP\ndone\\nfelt calm\n\n7"
	lines := strings.Split(strings.TrimSpace(c.must("try", "reply", "--lines", "--after", "rating")), "\n")
	if len(lines) != 4 {
		t.Fatalf("four lines gave %d objects: %q", len(lines), lines)
	}
	for i, want := range []string{`"stop"`, `"check_in"`, `"empty"`, `"check_in"`} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d gives %s, without %s", i+1, lines[i], want)
		}
	}
	c.in = "done 7"
	if out := c.must("try", "reply", "-", "--after", "reach"); !strings.Contains(out, `"rating":7`) {
		t.Errorf("standard input gives %s", out)
	}
}
