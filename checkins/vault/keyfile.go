package vault

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFileSize bounds what OpenFile reads; a thousand keys fit.
const maxFileSize = 64 << 10

// header is the part of a key file that people read.
const header = `# Microreach key file: the keys that open the private parts of the database.
#
# KEEP A COPY OF THIS FILE IN A SAFE PLACE, APART FROM THE BACKUPS OF THE DATABASE.
# Without it every address, note and journal entry is lost for good; nobody can
# bring them back. With it and the database, anybody can read them. Only the
# account that runs Microreach may read this file (mode 0600).
#
# "current" names the key that seals new values; every "key" line can open old
# ones, so never remove a line that the database or a backup may still need.
# "lookup" finds addresses and makes reply links; it must never change.
`

// A keyring is what a key file holds.
type keyring struct {
	current string // id of one of keys
	keys    []sealingKey
	lookup  []byte
}

type sealingKey struct {
	id     string
	secret []byte
}

func randomKeyring() keyring {
	k := sealingKey{id: newKeyID(), secret: randomBytes(keySize)}
	return keyring{current: k.id, keys: []sealingKey{k}, lookup: randomBytes(keySize)}
}

// newKeyID returns eight random hex digits: enough to tell the keys of one file
// apart, and free of any date or order that would say something about the values.
func newKeyID() string { return hex.EncodeToString(randomBytes(4)) }

func validKeyID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == 4 && id == strings.ToLower(id)
}

// CreateFile makes a key file with new random keys at path, mode 0600, and returns
// when it is safely on disk. It never overwrites: an existing file, which may be
// the only way to read a database, gives an error that wraps fs.ErrExist.
func CreateFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("vault: a file %s exists already and is left as it is: use it, or name another path "+
			"(never delete a key file while a database or backup needs it): %w", path, fs.ErrExist)
	}
	if err != nil {
		return fmt.Errorf("vault: creating the key file: %w", err)
	}
	if err := writeAndClose(f, randomKeyring().text()); err != nil {
		os.Remove(path) // ours, and useless: half a key file would only block the next try
		return fmt.Errorf("vault: writing the key file: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("vault: making the key file %s durable: %w", path, err)
	}
	return nil
}

func writeAndClose(f *os.File, text string) error {
	_, err := f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes the new directory entry durable; without it a power cut could
// leave a database that is sealed by keys in a file that is gone.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// text writes the ring in the form that parse reads.
func (r keyring) text() string {
	var b strings.Builder
	b.WriteString(header)
	fmt.Fprintf(&b, "current = %s\n", r.current)
	for _, k := range r.keys {
		fmt.Fprintf(&b, "key %s %s\n", k.id, base64.StdEncoding.EncodeToString(k.secret))
	}
	fmt.Fprintf(&b, "lookup %s\n", base64.StdEncoding.EncodeToString(r.lookup))
	return b.String()
}

// OpenFile reads the keys at path. It refuses a file that anybody but its owner may
// read or write, one that is missing (the error wraps fs.ErrNotExist), and one that
// is malformed, naming the line. No error shows any part of a key.
func OpenFile(path string) (*Vault, error) {
	ring, seen, err := readRing(path)
	if err != nil {
		return nil, err
	}
	v, err := newVault(ring)
	if err != nil {
		return nil, err
	}
	v.path, v.seen = path, seen
	return v, nil
}

// readRing reads the key file, and how it looked.
func readRing(path string) (keyring, stamp, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keyring{}, stamp{}, fmt.Errorf("vault: there is no key file %s: bring it back from its safe copy if the database "+
			"has data; for a new database, \"microreach init\" makes one: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return keyring{}, stamp{}, fmt.Errorf("vault: opening the key file: %w", err)
	}
	defer f.Close()
	info, err := checkMode(f, path)
	if err != nil {
		return keyring{}, stamp{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return keyring{}, stamp{}, fmt.Errorf("vault: reading the key file: %w", err)
	}
	if len(text) > maxFileSize {
		return keyring{}, stamp{}, fmt.Errorf("vault: %s is larger than %d bytes, so it is not a key file; name the right one", path, maxFileSize)
	}
	ring, err := parse(string(text))
	if err != nil {
		return keyring{}, stamp{}, fmt.Errorf("vault: key file %s: %w", path, err)
	}
	return ring, stampOf(info), nil
}

// checkMode looks at the open file, not at the path, so that nothing can be
// exchanged in between.
func checkMode(f *os.File, path string) (fs.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("vault: looking at the key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("vault: %s is not a regular file; name the key file itself", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("vault: key file %s has mode %04o, so others than its owner can use it; run: chmod 600 %s", path, perm, path)
	}
	return info, nil
}

// parse reads the text of a key file. Its errors name lines and ids, never keys.
func parse(text string) (keyring, error) {
	var r keyring
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := r.add(strings.Fields(line)); err != nil {
			return keyring{}, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return r, r.complete()
}

// add takes the words of one line into the ring.
func (r *keyring) add(words []string) error {
	switch {
	case words[0] == "current" && len(words) == 3 && words[1] == "=":
		return r.addCurrent(words[2])
	case words[0] == "key" && len(words) == 3:
		return r.addKey(words[1], words[2])
	case words[0] == "lookup" && len(words) == 2:
		return r.addLookup(words[1])
	}
	return errors.New(`not a line of a key file; expected "current = ID", "key ID BASE64" or "lookup BASE64"`)
}

func (r *keyring) addCurrent(id string) error {
	if r.current != "" {
		return errors.New(`a second "current" line; keep one`)
	}
	if !validKeyID(id) {
		return errors.New(`"current" must name a key by its id, eight hex digits in lower case`)
	}
	r.current = id
	return nil
}

func (r *keyring) addKey(id, text string) error {
	if !validKeyID(id) {
		return errors.New("the id of a key is eight hex digits in lower case")
	}
	if r.has(id) {
		return fmt.Errorf("a second key with the id %s; each id stands once", id)
	}
	secret, err := decodeKey(text)
	if err != nil {
		return err
	}
	r.keys = append(r.keys, sealingKey{id: id, secret: secret})
	return nil
}

func (r *keyring) addLookup(text string) error {
	if r.lookup != nil {
		return errors.New(`a second "lookup" line; keep the one that the database was made with`)
	}
	secret, err := decodeKey(text)
	if err != nil {
		return err
	}
	r.lookup = secret
	return nil
}

func (r keyring) has(id string) bool {
	for _, k := range r.keys {
		if k.id == id {
			return true
		}
	}
	return false
}

// complete says what is missing once all lines are read.
func (r keyring) complete() error {
	switch {
	case r.current == "":
		return errors.New(`no current key: a line "current = ID" is missing; restore the file from its safe copy`)
	case !r.has(r.current):
		return fmt.Errorf("no current key: the file has no key %s; restore the file from its safe copy", r.current)
	case r.lookup == nil:
		return errors.New(`no "lookup" line; restore the file from its safe copy`)
	}
	return nil
}

// decodeKey reads 32 bytes of base64. The decoder's own error would quote a
// character of the key, so it is not passed on.
func decodeKey(text string) ([]byte, error) {
	secret, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(secret) != keySize {
		return nil, fmt.Errorf("the key is not %d bytes of base64; restore the file from its safe copy", keySize)
	}
	return secret, nil
}
