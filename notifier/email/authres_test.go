package email_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/email"
)

// Only a server that we named is believed about the author of a mail, and only
// in the topmost field: anybody can write one further down (REQUIREMENTS B09).
func TestAuthenticationResultsAreBelievedOfOurOwnServerOnly(t *testing.T) {
	const pass = "mx.provider.example; dkim=pass (2048-bit key) header.i=@participant.com header.s=s1 header.b=AbC; spf=pass (x) smtp.mailfrom=ana@participant.com; dmarc=pass (p=NONE sp=NONE) header.from=mail.participant.com"
	const forged = "evil.example; dkim=pass header.d=participant.com"
	for _, c := range []struct {
		name    string
		trusted []string
		fields  []string
		want    bool
	}{
		{"ours", []string{"mx.provider.example"}, []string{pass}, true},
		{"ours, in other letters", []string{"MX.Provider.Example"}, []string{pass}, true},
		{"ours, with a version", []string{"mx.provider.example"}, []string{"mx.provider.example 1; dkim=pass header.d=participant.com"}, true},
		{"one of ours", []string{"mx2.provider.example", "mx.provider.example"}, []string{pass}, true},
		{"nobody is trusted", nil, []string{pass}, false},
		{"another's", []string{"mx.provider.example"}, []string{forged}, false},
		{"a forged one below", []string{"evil.example"}, []string{"mx.provider.example; dkim=fail header.d=participant.com", forged}, false},
		{"a forged one in our name below ours", []string{"mx.provider.example"}, []string{"mx.provider.example; dkim=fail header.d=participant.com", pass}, false},
		{"ours below another", []string{"mx.provider.example"}, []string{forged, pass}, false},
		{"a name that only begins like ours", []string{"mx.provider.example"}, []string{"mx.provider.example.evil.example; dkim=pass header.d=participant.com"}, false},
		{"another domain", []string{"mx.provider.example"}, []string{"mx.provider.example; dkim=pass header.d=evil.com"}, false},
		{"failed", []string{"mx.provider.example"}, []string{"mx.provider.example; dkim=fail header.d=participant.com"}, false},
		{"not checked", []string{"mx.provider.example"}, []string{"mx.provider.example; none"}, false},
		{"SPF alone", []string{"mx.provider.example"}, []string{"mx.provider.example; spf=pass smtp.mailfrom=ana@participant.com"}, false},
		{"DMARC about this author", []string{"mx.provider.example"}, []string{"mx.provider.example; dmarc=pass header.from=mail.participant.com"}, true},
		{"DMARC about another", []string{"mx.provider.example"}, []string{"mx.provider.example; dmarc=pass header.from=evil.com"}, false},
		{"a comment that says pass", []string{"mx.provider.example"}, []string{"mx.provider.example; dkim=fail (not dkim=pass header.d=participant.com)"}, false},
		{"damaged", []string{"mx.provider.example"}, []string{"mx.provider.example; dkim="}, false},
		{"empty", []string{"mx.provider.example"}, []string{""}, false},
	} {
		b := &inbox{}
		l := hookFor(t, b, func(o *email.HookOptions) { o.AuthServers = c.trusted })
		raw := ""
		for _, f := range c.fields {
			raw += "Authentication-Results: " + f + "\n"
		}
		raw += "From: Ana <ana@mail.participant.com>\nTo: reply+rtok-m1@microreach.example\nMessage-ID: <1@phone.example>\n\ndone\n"
		if w := bring(l, "POST", []byte(strings.ReplaceAll(raw, "\n", "\r\n")), "Authorization", "Bearer "+hookSecret); w.Code != 200 {
			t.Fatalf("%s: %d", c.name, w.Code)
		}
		if got := b.all(); len(got) != 1 || got[0].Aligned != c.want {
			t.Errorf("%s: %+v, want aligned %v", c.name, got, c.want)
		}
	}
}

// hookFor is a hook with other options.
func hookFor(t *testing.T, b *inbox, change func(*email.HookOptions)) *email.Hook {
	t.Helper()
	o := email.HookOptions{Intake: intake(b), Secret: hookSecret}
	change(&o)
	h, err := email.NewHook(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// What is handed on about the author: his token, his address, and whether his
// domain vouches, each on its own (REQUIREMENTS B08).
func TestTokenAuthorAndSignatureAreToldApart(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	record := []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}
	lookup := func(_ context.Context, name string) ([]string, error) {
		if name == "s._domainkey.participant.com" {
			return record, nil
		}
		return nil, errors.New("no such record")
	}
	for _, token := range []string{"", "rtok-m1"} {
		for _, from := range []string{"ana@participant.com", "mallory@evil.com"} {
			for _, sign := range []bool{false, true} {
				to := "reply@microreach.example"
				if token != "" {
					to = "reply+" + token + "@microreach.example"
				}
				raw := "From: " + from + "\nTo: " + to + "\nSubject: Re: today\n\ndone\n"
				mail := []byte(strings.ReplaceAll(raw, "\n", "\r\n"))
				if sign {
					mail = signed(t, raw, private, "participant.com", "From", "Subject")
				}
				b := &inbox{}
				h := hookFor(t, b, func(o *email.HookOptions) { o.LookupTXT, o.Tokens = lookup, issued{"rtok-m1"} })
				bring(h, "POST", mail, "Authorization", "Bearer "+hookSecret)
				want := sign && from == "ana@participant.com" // another's signature vouches for nobody
				if got := b.all(); len(got) != 1 || got[0].Token != token || got[0].From != from || got[0].Aligned != want {
					t.Errorf("token %q, From %s, signed %v: %+v", token, from, sign, got)
				}
			}
		}
	}
}
