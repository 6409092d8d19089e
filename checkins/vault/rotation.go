package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Rotation happens in four steps, each of which may be the last before a crash: a
// new key is added to the file (AddKey), it is made the current one (UseKey), every
// value is sealed anew, and much later, when no backup needs it any more, the old
// key is taken out (RemoveKey). A running service sees the file change (Reload) and
// goes on without a restart.

// stamp is how a file looked, to tell whether it was changed.
type stamp struct {
	changed time.Time
	size    int64
	info    fs.FileInfo // for os.SameFile: a change comes as another file
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.ModTime(), info.Size(), info} }

func (s stamp) same(other stamp) bool {
	return s.changed.Equal(other.changed) && s.size == other.size && os.SameFile(s.info, other.info)
}

// Reload reads the key file again where it was changed, and reports whether it was.
// After an error the vault goes on with the keys that it has. A file with another
// lookup key belongs to another database, and is refused.
func (v *Vault) Reload() (changed bool, err error) {
	if v.path == "" {
		return false, nil
	}
	v.reading.Lock()
	defer v.reading.Unlock()
	info, err := os.Stat(v.path)
	if err != nil {
		return false, fmt.Errorf("vault: looking at the key file: %w", err)
	}
	if v.seen.same(stampOf(info)) {
		return false, nil
	}
	ring, seen, err := readRing(v.path)
	if err != nil {
		return false, err
	}
	if !bytes.Equal(ring.lookup, v.lookup) {
		return false, fmt.Errorf("vault: the key file %s has another lookup key now, so it belongs to another database: bring back the right one", v.path)
	}
	fresh, err := newSealers(ring)
	if err != nil {
		return false, err
	}
	v.ring.Store(fresh)
	v.seen = seen
	return true, nil
}

// Keys lists the ids of the keys in the file at path, in the order in which they
// were added, and tells which one seals.
func Keys(path string) (ids []string, current string, err error) {
	ring, _, err := readRing(path)
	for _, k := range ring.keys {
		ids = append(ids, k.id)
	}
	return ids, ring.current, err
}

// AddKey adds a new random key to the file at path, as the last one, and returns
// its id. It seals nothing until UseKey: where several machines share a database,
// the file is brought to all of them before.
func AddKey(path string) (id string, err error) {
	return id, change(path, func(r *keyring) error {
		k := sealingKey{id: newKeyID(), secret: randomBytes(keySize)}
		for r.has(k.id) {
			k.id = newKeyID()
		}
		id, r.keys = k.id, append(r.keys, k)
		return nil
	})
}

// UseKey makes a key of the file at path the one that seals.
func UseKey(path, id string) error {
	return change(path, func(r *keyring) error {
		if !r.has(id) {
			return noKey(path, id)
		}
		r.current = id
		return nil
	})
}

// RemoveKey takes a key out of the file at path. Whatever it sealed cannot be read
// from then on, so the caller has made sure that no value needs it.
func RemoveKey(path, id string) error {
	return change(path, func(r *keyring) error {
		switch {
		case r.current == id:
			return fmt.Errorf("vault: key %s is the one that seals: rotate first", id)
		case !r.has(id):
			return noKey(path, id)
		}
		r.keys = slices.DeleteFunc(r.keys, func(k sealingKey) bool { return k.id == id })
		return nil
	})
}

func noKey(path, id string) error {
	return fmt.Errorf("vault: the key file %s has no key %s", path, id)
}

// change writes the file anew. Whenever the machine stops, the path names either
// the old file or the whole new one. Two changes at once are the caller's to avoid.
func change(path string, alter func(*keyring) error) error {
	ring, seen, err := readRing(path)
	if err != nil {
		return err
	}
	if err := alter(&ring); err != nil {
		return err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return fmt.Errorf("vault: changing the key file: %w", err)
	}
	fresh := path + ".new" // one that was left by a crash is overwritten
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("vault: changing the key file: %w", err)
	}
	err = errors.Join(f.Chmod(0o600), keepOwner(f, seen.info))
	if err != nil {
		err = errors.Join(err, f.Close())
	} else {
		err = writeAndClose(f, ring.text())
	}
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("vault: changing the key file %s, which is as it was: %w", path, err)
	}
	return nil
}
