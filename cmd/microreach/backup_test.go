package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	encryption "filippo.io/age"

	"github.com/microreach/microreach/checkins/store/storetest"
)

// identity makes a key pair, writes the private key into the folder, and returns
// the public one.
func (c *command) identity() string {
	c.t.Helper()
	id, err := encryption.GenerateX25519Identity()
	if err == nil {
		err = os.WriteFile(filepath.Join(c.dir, "key.txt"), []byte("# a key\n"+id.String()+"\n"), 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return id.Recipient().String()
}

// fails runs a command that has to fail and say all of this.
func (c *command) fails(line string, says ...string) {
	c.t.Helper()
	code, out, errs := c.run(strings.Fields(line)...)
	if code == exitOK {
		c.t.Errorf("microreach %s succeeds:\n%s", line, out)
	}
	for _, want := range says {
		if !strings.Contains(errs, want) {
			c.t.Errorf("microreach %s says %q; %q is missing", line, errs, want)
		}
	}
}

func TestBackupRestoreRelease(t *testing.T) {
	c, id := withAda(t)
	recipient := c.identity()
	c.fails("backup a.backup", "backup.recipients", "backup.passphrase_file")
	c.fails("backup a.backup --recipient age1nonsense", "age1")
	c.must("backup", "a.backup", "--recipient", recipient)
	c.fails("backup a.backup --recipient "+recipient, "a.backup already")
	raw, err := os.ReadFile(filepath.Join(c.dir, "a.backup"))
	if err != nil || bytes.Contains(raw, []byte(id)) || !bytes.HasPrefix(raw, []byte("age-encryption.org/v1")) {
		t.Errorf("the backup is not encrypted, %v", err)
	}
	if info, err := os.Stat(filepath.Join(c.dir, "a.backup")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v, %v", info.Mode(), err)
	}

	c.fails("restore a.backup", "identity")
	c.fails("restore a.backup --identity key.txt", "holds people already", "--replace")
	c.fails("restore a.backup --identity key.txt --replace", "nothing was done")
	c.fails("backup nowhere/a.backup --recipient "+recipient, "no folder nowhere")
	c.fails("restore nowhere.backup --stops nowhere.stops", "nowhere.backup") // and not the list that is asked for next
	c.fails("restore . --identity key.txt", "is a folder")
	if err := os.WriteFile(filepath.Join(c.dir, "cut.backup"), raw[:len(raw)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	c.fails("restore cut.backup --identity key.txt --replace --yes", "cut short or damaged")
	if left, err := filepath.Glob(filepath.Join(c.dir, "*.part")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	c.fails("restore microreach.keys --identity key.txt --replace --yes", "not encrypted with age")
	c.identity()
	c.fails("restore a.backup --identity key.txt --replace --yes", "another one")
	c.must("participant", "show", id)
}

// TestARestoredDatabaseIsHeld goes from each database into the other.
func TestARestoredDatabaseIsHeld(t *testing.T) {
	c, id := withAda(t)
	c.env["MICROREACH_BACKUP_RECIPIENTS"] = c.identity()
	c.must("backup", "a.backup")
	c.must("participant", "stop", id)
	c.must("backup", "b.backup") // which brings the list up to date
	lite := filepath.Join(c.dir, "other.db")
	for _, database := range []string{storetest.Postgres(t), "sqlite:" + lite} {
		c.env["MICROREACH_DATABASE_URL"] = database
		c.env["MICROREACH_BACKUP_STOPS_FILE"] = "nowhere.stops"
		c.fails("restore a.backup --identity key.txt", "nowhere.stops", "--without-stops")
		delete(c.env, "MICROREACH_BACKUP_STOPS_FILE")
		out := c.must("restore", "a.backup", "--identity", "key.txt")
		if !strings.Contains(out, "1 people") || !strings.Contains(out, "2 addresses that fell silent") || !strings.Contains(out, "2 messages that waited have expired") {
			t.Errorf("restore says\n%s", out)
		}
		if out := c.must("participant", "show", id); strings.Count(out, "stopped since") != 2 {
			t.Errorf("who said STOP after the backup is shown as\n%s", out)
		}
		c.in = "yes\n"
		c.fails("release", "nothing was done")
		c.in = "release\n"
		if out := c.must("release"); !strings.Contains(out, "0 reminders") || strings.Contains(out, "Canary") || strings.Contains(out, "2125550147") {
			t.Errorf("release says\n%s", out)
		}
		if out := c.must("release"); !strings.Contains(out, "Nothing is held") {
			t.Errorf("a second release says\n%s", out)
		}
		// A list that was lost does not lose what the database knows itself.
		if out := c.must("restore", "a.backup", "--identity", "key.txt", "--replace", "--yes", "--without-stops"); !strings.Contains(out, "2 addresses that fell silent") {
			t.Errorf("restore over what is there says\n%s", out)
		}
	}
}

func TestAPassphraseIsEnough(t *testing.T) {
	if testing.Short() {
		t.Skip("works out a passphrase three times, which is meant to take long")
	}
	c, id := withAda(t)
	c.env["MICROREACH_BACKUP_PASSPHRASE"] = "correct horse battery"
	c.must("backup", "a.backup")
	c.env["MICROREACH_DATABASE_URL"] = "sqlite:other.db"
	c.must("restore", "a.backup")
	c.must("participant", "show", id)
	c.env["MICROREACH_BACKUP_PASSPHRASE"] = "another horse battery"
	c.fails("restore a.backup --replace --yes", "another one")
}
