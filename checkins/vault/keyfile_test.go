package vault

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCreatedFileOpensAndKeepsItsKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "microreach.keys")
	if err := CreateFile(path); err != nil {
		t.Fatal(err)
	}
	first, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := second.Open("a", "b", "c", first.Seal("a", "b", "c", plain))
	if err != nil || got != plain {
		t.Errorf("opened again: %q, %v", got, err)
	}
	if first.Index("p", "v") != second.Index("p", "v") {
		t.Error("Index differs between two openings of one file")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v; want 0600", info.Mode(), err)
	}
	text, _ := os.ReadFile(path)
	for _, want := range []string{"lost for good", "SAFE PLACE", "\ncurrent = ", "\nkey ", "\nlookup "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the file does not say %q", want)
		}
	}
}

func TestTwoFilesHaveDifferentKeys(t *testing.T) {
	dir := t.TempDir()
	var texts []string
	for _, name := range []string{"a", "b"} {
		if err := CreateFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(filepath.Join(dir, name))
		texts = append(texts, string(text))
	}
	if texts[0] == texts[1] {
		t.Error("two new key files are equal")
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "microreach.keys")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := CreateFile(path)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("err = %v; want fs.ErrExist with the path", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("the file now holds %q", text)
	}
}

func TestCreateDoesNotFollowADanglingLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "microreach.keys")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), link); err != nil {
		t.Fatal(err)
	}
	if err := CreateFile(link); !errors.Is(err, fs.ErrExist) {
		t.Errorf("err = %v; want fs.ErrExist", err)
	}
}

func TestCreateInAMissingDirectoryNamesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "microreach.keys")
	if err := CreateFile(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("err = %v", err)
	}
}

func TestOnlyTheOwnerMayReadAKeyFile(t *testing.T) {
	for _, c := range []struct {
		mode fs.FileMode
		ok   bool
	}{
		{0o600, true}, {0o400, true}, {0o700, true},
		{0o640, false}, {0o620, false}, {0o610, false}, {0o604, false}, {0o602, false}, {0o601, false},
		{0o644, false}, {0o666, false}, {0o777, false}, {0o440, false}, {0o444, false},
	} {
		t.Run(fmt.Sprintf("%04o", c.mode), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "microreach.keys")
			if err := CreateFile(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := OpenFile(path)
			if (err == nil) != c.ok {
				t.Fatalf("err = %v, want ok %v", err, c.ok)
			}
			if err != nil && !strings.Contains(err.Error(), "chmod 600 "+path) {
				t.Errorf("the error does not name the mend: %v", err)
			}
		})
	}
}

func TestMissingKeyFileSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "microreach.keys")
	_, err := OpenFile(path)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "safe copy") {
		t.Errorf("err = %v", err)
	}
}

func TestDirectoryIsNoKeyFile(t *testing.T) {
	if _, err := OpenFile(t.TempDir()); err == nil || !strings.Contains(err.Error(), "regular file") {
		t.Errorf("err = %v", err)
	}
}

func TestMalformedKeyFileNamesTheLine(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte("canarycanarycanarycanarycanary!!"))
	short := base64.StdEncoding.EncodeToString([]byte("canary"))
	good := "current = 0a0b0c0d\nkey 0a0b0c0d " + key + "\nlookup " + key + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "no current key"},
		{"only comments", "# nothing\n\n", "no current key"},
		{"no current", "key 0a0b0c0d " + key + "\nlookup " + key, "no current key"},
		{"current without its key", "current = 01020304\nkey 0a0b0c0d " + key + "\nlookup " + key, "no key 01020304"},
		{"no lookup", "current = 0a0b0c0d\nkey 0a0b0c0d " + key, `no "lookup"`},
		{"unknown word", "# x\n" + good + "secret " + key, "line 5"},
		{"unknown word after blank lines", "\n\n\nhello world\n", "line 4"},
		{"second current", good + "current = 0a0b0c0d", "line 4: a second"},
		{"second key of one id", good + "key 0a0b0c0d " + key, "line 4: a second key"},
		{"second lookup", good + "lookup " + key, "line 4: a second"},
		{"short key", "key 0a0b0c0d " + short, "line 1: the key is not 32 bytes"},
		{"not base64", "key 0a0b0c0d canary!", "line 1: the key is not 32 bytes"},
		{"key without id", "key " + key, "line 1: not a line"},
		{"id in upper case", "key 0A0B0C0D " + key, "line 1: the id"},
		{"id too long", "key 0a0b0c0d0e " + key, "line 1: the id"},
		{"current without sign", "current 0a0b0c0d", "line 1: not a line"},
		{"current that is no id", "current = canary", "line 1"},
		{"extra word", "key 0a0b0c0d " + key + " more", "line 1: not a line"},
		{"a database by mistake", "SQLite format 3\x00\x10", "line 1: not a line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "microreach.keys")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := OpenFile(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("err = %v; want it to say %q and name the file", err, c.want)
			}
			for _, leak := range []string{"canary", key, short} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("the error shows a part of the file: %v", err)
				}
			}
		})
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "microreach.db")
	if err := os.WriteFile(path, make([]byte, maxFileSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); err == nil || !strings.Contains(err.Error(), "not a key file") {
		t.Errorf("err = %v", err)
	}
}

func TestSeveralKeysAndWindowsLineEndsAreRead(t *testing.T) {
	ring := rotate(rotate(randomKeyring()))
	got, err := parse(strings.ReplaceAll(ring.text(), "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got.text() != ring.text() || len(got.keys) != 3 {
		t.Errorf("read back:\n%s\nwant:\n%s", got.text(), ring.text())
	}
}

func FuzzWhatParsesIsWrittenBackTheSame(f *testing.F) {
	f.Add(randomKeyring().text())
	f.Add("current = 0a0b0c0d\nkey 0a0b0c0d AAAA\n")
	f.Fuzz(func(t *testing.T, text string) {
		ring, err := parse(text)
		if err != nil {
			return
		}
		if _, err := newVault(ring); err != nil {
			t.Fatalf("a parsed ring makes no vault: %v", err)
		}
		again, err := parse(ring.text())
		if err != nil || again.text() != ring.text() {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
