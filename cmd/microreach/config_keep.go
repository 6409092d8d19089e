package main

import (
	"fmt"
	"strings"
	"time"

	encryption "filippo.io/age"

	"github.com/microreach/microreach/checkins/store"
)

// backupConfig says how backups are encrypted, and what is kept beside them.
type backupConfig struct {
	Recipients     []string `toml:"recipients"` // age1…; none = the passphrase
	Passphrase     secret   `toml:"passphrase"`
	PassphraseFile string   `toml:"passphrase_file"`
	StopsFile      string   `toml:"stops_file"` // who must be left alone, for restoring; "" = not kept
}

// retentionConfig says for how many days what is kept (REQUIREMENTS C04).
type retentionConfig struct {
	RawDays      int `toml:"raw_days"`      // what came in, word for word
	BodiesDays   int `toml:"bodies_days"`   // what we sent
	WordsDays    int `toml:"words_days"`    // what people wrote, in their records; 0 = until they say so
	DeliveryDays int `toml:"delivery_days"` // when what was sent and what became of it
	ProofDays    int `toml:"proof_days"`    // proofs of consent, after their end
}

// leastPassphrase is how long a passphrase is at least.
const leastPassphrase = 12

// keepRules are the conditions on these sections.
var keepRules = []rule{
	{"backup.recipients", func(c *config) string { return recipientsProblem(c.Backup.Recipients) }},
	{"backup.passphrase", func(c *config) string {
		if c.Backup.Passphrase.set() && len(c.Backup.Passphrase.reveal()) < leastPassphrase {
			return fmt.Sprintf("a passphrase of at least %d characters; make one with: openssl rand -base64 24", leastPassphrase)
		}
		return ""
	}},
	{"retention.raw_days", func(c *config) string { return between(c.Retention.RawDays, 1, 3650) }},
	{"retention.bodies_days", func(c *config) string { return between(c.Retention.BodiesDays, 2, 3650) }},
	{"retention.words_days", func(c *config) string { return between(c.Retention.WordsDays, 0, 36500) }},
	{"retention.delivery_days", func(c *config) string { return between(c.Retention.DeliveryDays, 90, 3650) }},
	{"retention.proof_days", func(c *config) string { return between(c.Retention.ProofDays, 30, 36500) }},
}

func recipientsProblem(list []string) string {
	for _, text := range list {
		if _, err := encryption.ParseX25519Recipient(strings.TrimSpace(text)); err != nil {
			return fmt.Sprintf("%q is no recipient; write one that begins with age1, as age-keygen prints it", text)
		}
	}
	return ""
}

// keep is the same as the store takes it.
func (c retentionConfig) keep() store.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return store.Retention{Raw: days(c.RawDays), Bodies: days(c.BodiesDays), Words: days(c.WordsDays), Delivery: days(c.DeliveryDays), Proof: days(c.ProofDays)}
}
