package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (c *command) read(name string) string {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(raw)
}

func (c *command) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

const account = "AC00000000000000000000000000000001"

// Whatever init writes is a configuration that loads, with what was said in it.
func TestInitWritesWhatItWasTold(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	for name, test := range map[string]struct {
		args string
		has  []string // lines of the file
		todo []string
	}{
		"fastmail":  {"--mail fastmail --mailbox ada@fastmail.com --zone Europe/Berlin", []string{`host = "smtp.fastmail.com"`, `host = "imap.fastmail.com"`, `port = 465`, `country = "DE"`, `username = "ada@fastmail.com"`}, []string{"mail-password"}},
		"gmail":     {"--mail gmail --mailbox ada@gmail.com", []string{`host = "smtp.gmail.com"`, `tls = "starttls"`, `host = "imap.gmail.com"`, `country = "US"`}, []string{"apppasswords"}},
		"icloud":    {"--mail icloud --mailbox ada@icloud.com --country IE", []string{`host = "smtp.mail.me.com"`, `host = "imap.mail.me.com"`, `country = "IE"`}, []string{"App-Specific"}},
		"generic":   {"--mail generic --mailbox a@b.example --smtp-host mx.b.example --smtp-port 465 --smtp-tls tls --imap-host mx.b.example", []string{`host = "mx.b.example"`, `port = 465`}, []string{"mail-password"}},
		"texts":     {"--twilio " + account + " --twilio-number +12025550147 --zone America/Chicago --contact help@example.org", []string{`inbound = "poll"`, `from = "+12025550147"`, `contact = "help@example.org"`}, []string{"twilio-token"}},
		"public":    {"--twilio " + account + " --twilio-number +12025550147 --public-url https://reach.example.org", []string{`public_url = "https://reach.example.org"`, "# listen"}, []string{"twilio-token"}},
		"both":      {"--mail gmail --mailbox ada@gmail.com --twilio " + account + " --twilio-number +12025550147", []string{`host = "smtp.gmail.com"`, `inbound = "poll"`}, []string{"mail-password", "twilio-token"}},
		"neither":   {"--mail none --twilio none --programme Steps", []string{`name = "Steps"`, `# host = "smtp.example.org"`}, nil},
		"a \" name": {`--programme A"B`, []string{`name = "A\"B"`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCommand(t)
			out := c.must(append([]string{"init"}, strings.Fields(test.args)...)...)
			file := c.read("microreach.toml")
			for _, line := range test.has {
				if !strings.Contains(file, line) {
					t.Errorf("%q is missing in\n%s", line, file)
				}
			}
			for _, todo := range test.todo {
				if !strings.Contains(out, todo) {
					t.Errorf("it does not tell of %q:\n%s", todo, out)
				}
			}
			if !strings.Contains(out, "Next: ") || (len(test.todo) > 0) != strings.Contains(out, "Still to do") {
				t.Errorf("it ends with\n%s", out)
			}
			for _, secret := range []string{"mail-password", "twilio-token"} {
				if info, err := os.Stat(filepath.Join(c.dir, secret)); err == nil {
					if info.Mode().Perm() != 0o600 || info.Size() != 0 {
						t.Errorf("%s has mode %v and %d bytes", secret, info.Mode(), info.Size())
					}
					c.write(secret, "word\n")
				}
			}
			if _, err := loadConfig("", c.program().Env); err != nil {
				t.Errorf("with its secrets it does not load: %v", err)
			}
			if again := c.must(append([]string{"init"}, strings.Fields(test.args)...)...); c.read("microreach.toml") != file || !strings.Contains(again, "stays as it is") {
				t.Errorf("again, init says\n%s", again)
			}
		})
	}
}

func TestInitRefusesWhatWouldNotWorkAndWritesNothing(t *testing.T) {
	for args, says := range map[string]string{
		"--mail pigeon":                                    "fastmail, gmail, icloud, generic, none",
		"--mail fastmail":                                  "--mailbox",
		"--mailbox a@b.example":                            "--mail",
		"--mail generic --mailbox a@b.example":             "--smtp-host",
		"--mail gmail --mailbox ada":                       "no mailbox",
		"--twilio AC1 --twilio-number +12025550147":        "32 hex digits",
		"--twilio " + account:                              "--twilio-number",
		"--twilio-number +12025550147":                     "--twilio",
		"--zone EST":                                       "America/New_York",
		"--country UK":                                     `"GB"`,
		"--programme ThisNameIsMuchTooLongForATextMessage": "at most 20",
		"--public-url http://reach.example.org":            "https://",
		"--mail generic --mailbox a@b.example --smtp-host smtp.b.example --smtp-port 465": `"tls"`,
	} {
		c := newCommand(t)
		code, _, errs := c.run(append([]string{"init"}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("init %s: exit %d; %q is missing from %s", args, code, says, errs)
		}
		if files, err := os.ReadDir(c.dir); err != nil || len(files) > 0 {
			t.Errorf("init %s left %v, %v", args, files, err)
		}
	}
}

func TestInitAsksWhatItIsNotTold(t *testing.T) {
	c := newCommand(t)
	c.in = strings.Join([]string{
		"Steps", "EST", "Europe/London", "", "hotmail", "icloud", "ada", "ada@icloud.com", "app-pass-word",
		"AC12", account, "+12025550147", "secret-token-1", "Ada", "07400 123456", "ada@example.org",
	}, "\n") + "\n"
	out := c.must("init")
	for _, want := range []string{"no time zone", "[GB]", "none of the choices", "no mailbox", "is not an account SID", "Enrolled Ada", "Next: microreach doctor"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from\n%s", want, out)
		}
	}
	cfg, err := loadConfig("", c.program().Env)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Programme.Name != "Steps" || cfg.Programme.Zone != "Europe/London" || cfg.Programme.Country != "GB" ||
		cfg.SMTP.Password.reveal() != "app-pass-word" || cfg.Twilio.AuthToken.reveal() != "secret-token-1" || cfg.Twilio.Inbound != "poll" {
		t.Errorf("it wrote %+v", cfg)
	}
	if strings.Contains(out, "app-pass-word") || strings.Contains(out, "secret-token-1") {
		t.Errorf("it prints a secret:\n%s", out)
	}
	if list := c.must("participant", "list"); !strings.Contains(list, "sms pending, email pending") {
		t.Errorf("enrolled is\n%s", list)
	}
	if again := c.must("init", "--name", "Ada", "--email", "ada@example.org"); !strings.Contains(again, "enrolled already") {
		t.Errorf("again, with the same person:\n%s", again)
	}
}

func TestAnswersThatEndTooSoonWriteNothing(t *testing.T) {
	c := newCommand(t)
	c.in = "\n\n\nfastmail\n"
	code, _, errs := c.run("init")
	if files, err := os.ReadDir(c.dir); code != exitFailure || !strings.Contains(errs, "nothing was written") || err != nil || len(files) > 0 {
		t.Errorf("exit %d, %s; left %v, %v", code, errs, files, err)
	}
}

// New keys beside an old database would only hide that the right ones are lost.
func TestInitMakesNoKeysForADatabaseThatHasPeople(t *testing.T) {
	c := newCommand(t)
	c.must("init", "--zone", "Europe/London")
	c.must("participant", "add", "--email", "ada@example.org")
	if err := os.Remove(filepath.Join(c.dir, "microreach.keys")); err != nil {
		t.Fatal(err)
	}
	code, _, errs := c.run("init")
	if code != exitFailure || !strings.Contains(errs, "safe copy") || exists(filepath.Join(c.dir, "microreach.keys")) {
		t.Errorf("exit %d, %s", code, errs)
	}
}

func TestInitTellsOnlyWhatIsWrongAndWhatIsStillToDo(t *testing.T) {
	c := newCommand(t)
	mail := []string{"init", "--mail", "gmail", "--mailbox", "ada@gmail.com"}
	if code, _, errs := c.run(append(mail, "--zone", "Mars/Base")...); code != exitUsage || strings.Contains(errs, "password") || !strings.Contains(errs, "Mars/Base") {
		t.Errorf("exit %d: of the file that it makes itself it says %s", code, errs)
	}
	c.must(append(mail, "--zone", "Europe/Berlin")...)
	if again := c.must("init"); !strings.Contains(again, "Still to do:") || !strings.Contains(again, "mail-password is empty") {
		t.Errorf("again, with a secret missing, it says\n%s", again)
	}
	c.write("mail-password", "word\n")
	if again := c.must("init"); strings.Contains(again, "Still to do:") {
		t.Errorf("with all there it says\n%s", again)
	}
}

// Whatever makes the database, it is its owner's alone; and a database without tables
// is told from an old one.
func TestADatabaseIsItsOwnersAlone(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	for _, line := range []string{"migrate", "release"} {
		c.env["MICROREACH_DATABASE_URL"] = "sqlite:" + line + ".db"
		code, _, errs := c.run(line)
		if info, err := os.Stat(filepath.Join(c.dir, line+".db")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s makes a file of mode %v, %v", line, info.Mode(), err)
		}
		if line == "release" && (code != exitFailure || !strings.Contains(errs, "no tables yet") || !strings.Contains(errs, "microreach init")) {
			t.Errorf("without tables release says %s", errs)
		}
	}
	c.env["MICROREACH_DATABASE_URL"] = "sqlite:nowhere/a.db"
	c.fails("participant list", "nowhere/a.db", "make it")
}
