package store

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/microreach/microreach/checkins"
)

const (
	// sqlFindLink takes one path whatever the token: of another purpose, expired
	// or made up, it is not there.
	sqlFindLink = `SELECT participant_id, address_id, NULL AS message_id, NULL AS attempt_id, FALSE AS outdated, purpose, created_at, expires_at
		FROM links WHERE token_index = ? AND purpose = ? AND (expires_at IS NULL OR expires_at > ?)`
	sqlPutLink = `INSERT INTO links (token_index, participant_id, address_id, purpose, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlLinksGone = `DELETE FROM links WHERE expires_at <= ?`
)

// linkIndex is what stands in the database for a link: with it alone nobody can
// follow it.
func linkIndex(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// link writes a new link. One that is there already stays as it is.
func (w writer) link(l checkins.Link) error {
	_, err := w.t.exec(sqlPutLink, linkIndex(l.Token), w.person, l.Address, l.Purpose, at(l.CreatedAt), at(l.ExpiresAt))
	return wrap("write link", err)
}

// link is the link that was looked up; zero where it was something else.
func (f found) link() checkins.Link {
	if f.Purpose == "" {
		return checkins.Link{}
	}
	return checkins.Link{
		Purpose: checkins.LinkPurpose(f.Purpose), Address: checkins.AddressID(f.Address),
		CreatedAt: f.CreatedAt.Time, ExpiresAt: f.ExpiresAt.Time,
	}
}
