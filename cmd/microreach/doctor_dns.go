package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// providers are domains of mailboxes that anybody can have: their records are not
// ours to set.
var providers = []string{
	"gmail.com", "googlemail.com", "icloud.com", "me.com", "mac.com", "fastmail.com", "fastmail.fm", "outlook.com", "hotmail.com", "live.com",
	"msn.com", "yahoo.com", "ymail.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "pm.me", "zoho.com",
	"mail.com", "posteo.de", "mailbox.org", "tutanota.com", "yandex.com", "orange.fr", "laposte.net", "t-online.de", "bluewin.ch", "comcast.net",
}

// mailDomain looks at SPF, DKIM and DMARC where the domain is the operator's own
// (REQUIREMENTS B02).
func (d *doctor) mailDomain(ctx context.Context) []finding {
	if !d.mailOn() {
		return nil
	}
	domain := domainOf(d.cfg.SMTP.From)
	if slices.Contains(providers, domain) {
		return ok("%s is your provider's, which signs for it", domain)
	}
	if isLocal(domain) {
		return ok("%s is no name of the outside world, so it has no records", domain)
	}
	return slices.Concat(d.spf(ctx, domain), d.dkim(ctx, domain), d.dmarc(ctx, domain), d.aligned(domain))
}

func domainOf(mailbox string) string {
	_, domain, _ := strings.Cut(mailbox, "@")
	return strings.ToLower(domain)
}

// isLocal knows the names that are never in the DNS of the world (RFC 6761).
func isLocal(domain string) bool {
	_, last, _ := strings.Cut("."+domain, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	return slices.Contains([]string{"localhost", "local", "test", "example", "invalid", "internal", "lan", "home"}, last) || !strings.Contains(domain, ".")
}

// records are the TXT records of a name that begin with a word; silent says that the
// DNS did not answer.
func (d *doctor) records(ctx context.Context, name, word string) (found []string, silent []finding) {
	all, err := d.lookup(ctx, name)
	var none *net.DNSError
	if err != nil && (!errors.As(err, &none) || !none.IsNotFound) {
		return nil, warn("see whether this machine's DNS works, and run microreach doctor again", "the DNS does not answer about %s", name)
	}
	for _, r := range all {
		if first, _, _ := strings.Cut(strings.ToLower(r)+" ", " "); strings.TrimRight(first, ";") == word {
			found = append(found, r)
		}
	}
	return found, nil
}

func (d *doctor) spf(ctx context.Context, domain string) []finding {
	found, silent := d.records(ctx, domain, "v=spf1")
	switch {
	case silent != nil:
		return silent
	case len(found) == 0:
		return fail(fmt.Sprintf("add a TXT record at %s that names your provider, such as \"v=spf1 include:… ~all\"; your provider's help has it", domain), "SPF: %s has no record, so mail from it is taken for spam", domain)
	case len(found) > 1: // RFC 7208 §4.5
		return fail("put all of them into one record", "SPF: %s has %d records, and then none counts", domain, len(found))
	case strings.HasSuffix(strings.TrimSpace(found[0]), "+all"):
		return fail("end it with ~all or -all", "SPF: the record of %s lets everybody send in its name", domain)
	}
	return ok("SPF: %s has its record", domain)
}

func (d *doctor) dkim(ctx context.Context, domain string) []finding {
	s := d.cfg.SMTP
	if s.DKIMSelector == "" {
		return ok("DKIM: mail is not signed here, so %s has to do it; look for dkim=pass in the headers of a mail that you got (microreach doctor --send-test)", s.Host)
	}
	key, err := readDKIMKey(s.DKIMKeyFile)
	if err != nil {
		return nil // said by mail out
	}
	name := s.DKIMSelector + "._domainkey." + domain
	want := publicKey(key)
	record := fmt.Sprintf(`add a TXT record at %s: "v=DKIM1; k=%s; p=%s"`, name, keyKind(key), want)
	all, err := d.lookup(ctx, name)
	var none *net.DNSError
	switch {
	case err != nil && (!errors.As(err, &none) || !none.IsNotFound):
		return warn("see whether this machine's DNS works, and run microreach doctor again", "the DNS does not answer about %s", name)
	case len(all) == 0:
		return fail(record, "DKIM: there is no record at %s, so no signature of ours holds", name)
	case !slices.ContainsFunc(all, func(r string) bool { return tag(r, "p") == want }):
		return fail(record, "DKIM: the record at %s is not that of smtp.dkim_key_file", name)
	}
	return ok("DKIM: the record at %s is that of our key", name)
}

// tag is the value of a tag in a record of the form "a=b; c=d" (RFC 6376 §3.2),
// without the blanks that it may hold.
func tag(record, name string) string {
	for part := range strings.SplitSeq(record, ";") {
		if key, value, _ := strings.Cut(part, "="); strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), "")
		}
	}
	return ""
}

// publicKey is a key as it stands in a record (RFC 6376 §3.6.1, RFC 8463 §4.2).
func publicKey(key crypto.Signer) string {
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		return base64.StdEncoding.EncodeToString(public)
	case *rsa.PublicKey:
		raw, err := x509.MarshalPKIXPublicKey(public)
		if err == nil {
			return base64.StdEncoding.EncodeToString(raw)
		}
	}
	return ""
}

func keyKind(key crypto.Signer) string {
	if _, is := key.Public().(ed25519.PublicKey); is {
		return "ed25519"
	}
	return "rsa"
}

func (d *doctor) dmarc(ctx context.Context, domain string) []finding {
	found, silent := d.records(ctx, "_dmarc."+domain, "v=dmarc1")
	if whole, err := publicsuffix.EffectiveTLDPlusOne(domain); silent == nil && len(found) == 0 && err == nil && whole != domain {
		found, silent = d.records(ctx, "_dmarc."+whole, "v=dmarc1") // RFC 7489 §6.6.3
	}
	switch {
	case silent != nil:
		return silent
	case len(found) == 0:
		return warn(fmt.Sprintf("add a TXT record at _dmarc.%s: \"v=DMARC1; p=none\", and a stricter p once mail arrives", domain), "DMARC: %s has no record; Gmail and Yahoo ask for one of whoever sends much", domain)
	case len(found) > 1:
		return fail("keep one of them", "DMARC: there are %d records, and then none counts", len(found))
	}
	return ok("DMARC: %s has its record", domain)
}

// aligned looks whether the return path, where bounces go, is of the same domain:
// SPF speaks of that one.
func (d *doctor) aligned(domain string) []finding {
	path := domainOf(d.cfg.SMTP.ReplyTo)
	if path == "" || path == domain || d.cfg.SMTP.DKIMSelector != "" {
		return nil
	}
	whole, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if other, err2 := publicsuffix.EffectiveTLDPlusOne(path); err == nil && err2 == nil && whole == other {
		return nil
	}
	return warn("use a mailbox of the same domain in smtp.reply_to, or sign with smtp.dkim_selector", "SPF: bounces go to %s, so SPF does not speak for %s (DMARC)", path, domain)
}
