// Package vault seals the private columns of the database and makes the keyed
// values that stand in for them.
//
// A copy of the database alone must say nothing about anybody (REQUIREMENTS C07
// to C10). So addresses, names, bodies, notes and the like are stored sealed by
// AES-256-GCM; the place they belong to (table, column and row) is bound in as
// associated data, so that a value moved to another place does not open. A number
// or mailbox is looked up by a keyed hash (Index), and the tokens that go out in
// reply addresses and links are keyed hashes too (Token), so that a retry makes
// the same one again.
//
// The keys live in a small text file beside the database, never inside it
// (REQUIREMENTS C09). Every sealed value names the key that sealed it, and the
// file may hold several: the current one seals, all of them open, which is what
// makes rotation possible. Index and Token hang on a key of their own, because
// rotating the sealing keys must change no look-up and no link already sent.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// ErrSealed says that a value cannot be opened: it was sealed for another place
// or by a key that is not in the key file, or it was altered, or never sealed.
var ErrSealed = errors.New("sealed value cannot be opened")

const (
	keySize  = 32 // bytes of a key, as in AES-256
	macSize  = 16 // bytes kept of a keyed hash: 128 bits (REQUIREMENTS C13)
	version  = "v1"
	separate = "|"
)

// tokenText writes 16 bytes as 26 characters that survive every mail system:
// one case, no punctuation.
var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// A Vault seals and opens values and makes keyed hashes. It is safe for concurrent
// use. The zero value has no keys; CreateFile with OpenFile, or Ephemeral, make one.
type Vault struct {
	ring    atomic.Pointer[sealers] // exchanged as a whole by Reload
	lookup  []byte                  // root of the Index and Token keys
	derived sync.Map                // info string -> []byte; one entry per use and purpose

	path    string     // of the key file; empty = the keys live in memory only
	reading sync.Mutex // held while the file is looked at again
	seen    stamp      // how it looked when it was last read
}

// sealers are the ciphers of one state of the key file.
type sealers struct {
	current string // id of the key that seals
	byID    map[string]cipher.AEAD
}

// newVault derives the sealing keys of a complete key ring.
func newVault(r keyring) (*Vault, error) {
	ring, err := newSealers(r)
	if err != nil {
		return nil, err
	}
	v := &Vault{lookup: r.lookup}
	v.ring.Store(ring)
	return v, nil
}

func newSealers(r keyring) (*sealers, error) {
	ring := &sealers{current: r.current, byID: make(map[string]cipher.AEAD, len(r.keys))}
	for _, k := range r.keys {
		sealer, err := newSealer(k.secret)
		if err != nil {
			return nil, fmt.Errorf("vault: key %s: %w", k.id, err)
		}
		ring.byID[k.id] = sealer
	}
	return ring, nil
}

// newSealer makes the cipher of one key. The nonce is random, 96 bits: one key is
// good for 2^32 values (NIST SP 800-38D §8.3), which at a thousand a minute is
// eight years; rotate before.
func newSealer(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "microreach v1 seal", keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Ephemeral returns a vault whose random keys live in memory only, for the demo
// and for tests: what it sealed is lost with the process.
func Ephemeral() *Vault {
	v, err := newVault(randomKeyring())
	if err != nil {
		panic("vault: a fresh 32-byte key was refused: " + err.Error()) // cannot happen: the sizes are fixed
	}
	return v
}

// Seal returns plain as "v1|<key id>|<base64url of nonce and ciphertext>", bound to
// one row of one column. Empty text stays empty, so that "nothing" needs no key.
// Table and column are names from our own SQL and hold no "|".
func (v *Vault) Seal(table, column, row, plain string) string {
	if plain == "" {
		return ""
	}
	ring := v.ring.Load()
	box := ring.byID[ring.current].Seal(nil, nil, []byte(plain), place(table, column, row))
	return ring.prefix() + base64.RawURLEncoding.EncodeToString(box)
}

// Open returns the plain text of a value that Seal made for the same place. Every
// error wraps ErrSealed; it names the place and, where known, the key, and never
// repeats any part of the value, which may be plain text stored by mistake.
func (v *Vault) Open(table, column, row, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	id, text, ok := split(sealed)
	if !ok {
		return "", unopened(table, column, row, "it does not have the form of a sealed value")
	}
	sealer, ok := v.sealer(id)
	if !ok {
		return "", unopened(table, column, row, "key "+id+" is not in the key file; restore the file that holds it")
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", unopened(table, column, row, "it is damaged (base64)")
	}
	plain, err := sealer.Open(nil, nil, box, place(table, column, row))
	if err != nil {
		return "", unopened(table, column, row, "it was altered, or sealed for another place")
	}
	return string(plain), nil
}

// sealer is the cipher of a key. One that is not known may have been added to the
// file by a rotation just now, so the file is looked at again.
func (v *Vault) sealer(id string) (cipher.AEAD, bool) {
	if sealer, ok := v.ring.Load().byID[id]; ok {
		return sealer, true
	}
	if changed, err := v.Reload(); err != nil || !changed {
		return nil, false
	}
	sealer, ok := v.ring.Load().byID[id]
	return sealer, ok
}

// Prefix is how every value begins that the current key has sealed.
func (v *Vault) Prefix() string { return v.ring.Load().prefix() }

func (r *sealers) prefix() string { return version + separate + r.current + separate }

// KeyOf is the id of the key that sealed a value; not ok where it has not the form
// of a sealed one.
func KeyOf(sealed string) (id string, ok bool) {
	id, _, ok = split(sealed)
	return id, ok
}

// Has reports whether the vault can open what the key with that id has sealed.
func (v *Vault) Has(id string) bool {
	_, ok := v.sealer(id)
	return ok
}

// split takes a sealed value apart. It accepts as key id only what newKeyID could
// have made, so that the id may be shown in an error.
func split(sealed string) (id, text string, ok bool) {
	rest, ok := strings.CutPrefix(sealed, version+separate)
	if !ok {
		return "", "", false
	}
	id, text, ok = strings.Cut(rest, separate)
	return id, text, ok && validKeyID(id)
}

// place is the associated data. It is unambiguous because only the row, which
// comes last, could hold a "|".
func place(table, column, row string) []byte {
	return []byte(table + separate + column + separate + row)
}

func unopened(table, column, row, why string) error {
	return fmt.Errorf("vault: %s.%s of row %q: %w: %s", table, column, row, ErrSealed, why)
}

// Index returns the keyed look-up of a value: 32 hex digits, the same for the same
// purpose and value for as long as the key file lives, whatever sealing key is
// current. Callers bring the value into its canonical form first (E.164, the
// lower-case mailbox). The purpose is a name from our own code, never input.
func (v *Vault) Index(purpose, value string) string {
	return hex.EncodeToString(v.mac("index", purpose, value))
}

// Token returns the 26 lower-case letters and digits (128 bits) that stand for id
// in an address or link of this purpose. It is the same at every retry. To check
// one that came in, make it again and compare in constant time, or look up a hash.
func (v *Vault) Token(purpose, id string) string {
	return tokenText.EncodeToString(v.mac("token", purpose, id))
}

// mac is HMAC-SHA256 under the key of one use and purpose, cut to 128 bits.
func (v *Vault) mac(use, purpose, value string) []byte {
	h := hmac.New(sha256.New, v.derive(use+separate+purpose))
	io.WriteString(h, value) // a hash never fails
	return h.Sum(nil)[:macSize]
}

// derive returns the key for info, worked out once. The cache cannot grow without
// bound: purposes are constants of the code.
func (v *Vault) derive(info string) []byte {
	if key, ok := v.derived.Load(info); ok {
		return key.([]byte)
	}
	key, err := hkdf.Key(sha256.New, v.lookup, nil, "microreach v1 "+info, keySize)
	if err != nil {
		panic("vault: HKDF refused a 32-byte key: " + err.Error()) // cannot happen: the size is fixed
	}
	v.derived.Store(info, key)
	return key
}

// Format prints a vault without its keys under every verb of fmt, so that a
// careless log line gives nothing away.
func (v *Vault) Format(s fmt.State, _ rune) {
	io.WriteString(s, "vault(keys not shown)")
}

// randomBytes never fails: crypto/rand ends the process rather than return less.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
