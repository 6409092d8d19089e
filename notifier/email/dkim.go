package email

import (
	"bytes"
	"context"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/publicsuffix"
)

// maxSignatures is how many signatures of a mail are looked at. A mail with
// more is not trusted at all: honest ones have two or three (B10).
const maxSignatures = 5

// aligned reports whether a mail bears a valid signature of the domain that
// From names, or of one in the same organisation (RFC 7489 §3.1.1, relaxed).
//
// From is the only From of the mail, or empty. The library refuses signatures
// that leave From out, that cover only a part of the body (l=), or that use
// SHA-1.
func aligned(ctx context.Context, raw []byte, from string, lookup func(context.Context, string) ([]string, error)) bool {
	author, err := parseMailbox(from)
	if err != nil {
		return false
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return lookup(ctx, name) },
		MaxVerifications: maxSignatures,
	})
	if err != nil {
		return false
	}
	for _, v := range found {
		if v.Err == nil && sameOrganisation(v.Domain, author.host) {
			return true
		}
	}
	return false
}

// sameOrganisation compares two domains by what a registry gave out. A domain
// that is itself a public suffix belongs to nobody.
func sameOrganisation(a, b string) bool {
	a, b = strings.ToLower(strings.TrimSuffix(a, ".")), strings.ToLower(strings.TrimSuffix(b, "."))
	ownerA, errA := publicsuffix.EffectiveTLDPlusOne(a)
	ownerB, errB := publicsuffix.EffectiveTLDPlusOne(b)
	return errA == nil && errB == nil && ownerA == ownerB
}
