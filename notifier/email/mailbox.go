package email

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
)

// mailbox is an address in its two parts. The host is in lower case; the local
// part is kept as written.
type mailbox struct{ local, host string }

// errMailbox is given for what is not user@host.
var errMailbox = errors.New("it must look like user@host")

// maxLocalPart and maxMailbox are the limits of RFC 5321 §4.5.3.1.
const (
	maxLocalPart = 64
	maxMailbox   = 254
)

// parseMailbox takes user@host and nothing around it: no name, no brackets, no
// comment, no control character, nothing that could begin a second header.
func parseMailbox(address string) (mailbox, error) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 || len(address) > maxMailbox {
		return mailbox{}, errMailbox
	}
	m := mailbox{local: address[:at], host: strings.ToLower(address[at+1:])}
	if len(m.local) > maxLocalPart || strings.ContainsFunc(address, forbidden) {
		return mailbox{}, errMailbox
	}
	parsed, err := mail.ParseAddress("<" + address + ">")
	if err != nil || parsed.Address != address {
		return mailbox{}, errMailbox
	}
	return m, nil
}

// forbidden reports what no mailbox of ours or of a participant contains.
func forbidden(r rune) bool {
	return r <= ' ' || r == 0x7f || unicode.IsControl(r) || strings.ContainsRune(`<>()[]\,;:"`, r)
}

// String is user@host.
func (m mailbox) String() string { return m.local + "@" + m.host }

// with is user+token@host (RFC 5233).
func (m mailbox) with(token string) string {
	base, _, _ := strings.Cut(m.local, "+")
	return base + "+" + token + "@" + m.host
}

// matches reports whether address is this mailbox, with or without a token,
// and gives the token. Case does not count, except in the token.
func (m mailbox) matches(address string) (token string, ok bool) {
	other, err := parseMailbox(strings.TrimSpace(address))
	if err != nil || other.host != m.host {
		return "", false
	}
	base, _, _ := strings.Cut(m.local, "+")
	local, token, _ := strings.Cut(other.local, "+")
	if !strings.EqualFold(local, base) {
		return "", false
	}
	if !isToken(token) {
		token = ""
	}
	return token, true
}

// maxToken keeps user+token within a local part.
const maxToken = 48

// isToken reports whether s could be a token of ours.
func isToken(s string) bool {
	if s == "" || len(s) > maxToken {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

// oneLine makes s safe for a header: whatever could end the line is a blank.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}
