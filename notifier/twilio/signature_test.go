package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"

	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

func parse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newTestVerifier(t testing.TB, public string, tokens ...string) *verifier {
	t.Helper()
	v, err := newVerifier(parse(t, public), tokens)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// hmacOf is the scheme in its barest form: what is signed is written out by the
// test itself.
func hmacOf(token, signed string) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(signed))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// The two vectors of REQUIREMENTS A26: one published, one computed apart.
func TestPublishedSignaturesFit(t *testing.T) {
	for _, tt := range []struct {
		name, public, uri, signature string
		form                         url.Values
	}{
		{
			"Twilio's", "https://mycompany.com", "/myapp.php?foo=1&bar=2", "vOEb5UThFn24KEfnOFLQY2AE5FY=",
			url.Values{
				"Digits": {"1234"}, "CallSid": {"CA1234567890ABCDE"}, "To": {"+18005551212"}, "Caller": {"+14158675309"},
				"From": {"+14158675309"}, "ReasonConferenceEnded": {"test"}, "Reason": {"Participant"},
			},
		},
		{
			"ours", "https://example.com", "/hooks/sms?x=1", "drs7GC7Qv7C23uoCe+ot/Ydb7jY=",
			url.Values{
				"Body": {"done  "}, "From": {"+15005550006"}, "To": {"+15005550001"},
				"MessageSid": {"SM" + strings.Repeat("0", 31) + "1"},
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newTestVerifier(t, tt.public, "12345")
			form, err := v.verify(tt.uri, []byte(tt.form.Encode()), tt.signature)
			if err != nil || form.Encode() != tt.form.Encode() {
				t.Errorf("verify: %v, %v", form, err)
			}
			if got := twiliotest.Sign("12345", tt.public+tt.uri, tt.form); got != tt.signature {
				t.Errorf("the stand-in signs %s", got)
			}
		})
	}
}

func TestSignatureFits(t *testing.T) {
	const site = "https://reach.example.org"
	for _, tt := range []struct {
		name   string
		public string
		uri    string // as it arrives
		body   string
		signed string // what Twilio signs
	}{
		{"plain", site, "/twilio/inbound", "Body=hi&From=%2B1", site + "/twilio/inboundBodyhiFrom+1"},
		{"with the port, none configured", site, "/t", "A=1", site + ":443/tA1"},
		{"http with the port, none configured", "http://h.example", "/t", "A=1", "http://h.example:80/tA1"},
		{"odd port signed", "https://h.example:8443", "/t", "A=1", "https://h.example:8443/tA1"},
		{"odd port left out", "https://h.example:8443", "/t", "A=1", "https://h.example/tA1"},
		{"IPv6 and port", "https://[2001:db8::1]:8443", "/t", "A=1", "https://[2001:db8::1]/tA1"},
		{"user name is not signed", "https://me:pw@h.example", "/t", "A=1", "https://h.example/tA1"},
		{"slash at the end of the public URL", site + "/", "/t", "A=1", site + "/tA1"},
		{"prefix cut off by the proxy", site + "/base", "/twilio/inbound?x=1", "A=1", site + "/base/twilio/inbound?x=1A1"},
		{"prefix left whole", site + "/base", "/base/twilio/inbound?x=1", "A=1", site + "/base/twilio/inbound?x=1A1"},
		{"escaped prefix", site + "/b%20c", "/t", "A=1", site + "/b%20c/tA1"},
		{"query in its own order", site, "/t?b=2&a=1", "A=1", site + "/t?b=2&a=1A1"},
		{"plus in the query", site, "/t?q=a+b", "", site + "/t?q=a+b"},
		{"%20 in the query", site, "/t?q=a%20b", "", site + "/t?q=a%20b"},
		{"lower case escapes", site, "/t?q=%c3%a9", "", site + "/t?q=%c3%a9"},
		{"raw quotes in the query", site, "/t?q=it's(me)", "", site + "/t?q=it's(me)"},
		{"broken query", site, "/t?q=%zz;a", "A=1", site + "/t?q=%zz;aA1"},
		{"empty query", site, "/t?", "A=1", site + "/t?A1"},
		{"escaped path", site, "/t%2Fu", "A=1", site + "/t%2FuA1"},
		{"white space is kept", site, "/t", "Body=++done++%0A&From=x", site + "/tBody  done  \nFromx"},
		{"%20 in the body", site, "/t", "Body=a%20b", site + "/tBodya b"},
		{"plus sign in the body", site, "/t", "From=%2B15005550006", site + "/tFrom+15005550006"},
		{"emoji", site, "/t", "Body=%F0%9F%99%82", site + "/tBody🙂"},
		{"not UTF-8", site, "/t", "Body=%ff", site + "/tBody\xff"},
		{"unknown parameters", site, "/t", "Zzz=new&Body=x", site + "/tBodyxZzznew"},
		{"keys sorted as keys", site, "/t", "ReasonConferenceEnded=a&Reason=z", site + "/tReasonzReasonConferenceEndeda"},
		{"capitals before small letters", site, "/t", "b=1&C=2&a=3", site + "/tC2a3b1"},
		{"empty values", site, "/t", "ToCity=&Body=x", site + "/tBodyxToCity"},
		{"key without equals sign", site, "/t", "Flag&Body=x", site + "/tBodyxFlag"},
		{"of a doubled key the first", site, "/t", "Body=one&Body=two", site + "/tBodyone"},
		{"no parameters", site, "/t", "", site + "/t"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newTestVerifier(t, tt.public, "secret")
			good := hmacOf("secret", tt.signed)
			if _, err := v.verify(tt.uri, []byte(tt.body), good); err != nil {
				t.Fatalf("refused what Twilio signs as %q", tt.signed)
			}
			for name, forged := range map[string]struct{ uri, body, signature string }{
				"no signature":    {tt.uri, tt.body, ""},
				"wrong token":     {tt.uri, tt.body, hmacOf("Secret", tt.signed)},
				"other host":      {tt.uri, tt.body, hmacOf("secret", "https://evil.example"+tt.uri)},
				"other path":      {"/x" + tt.uri, tt.body, good},
				"longer query":    {tt.uri + "&attempt=2", tt.body, good},
				"one more key":    {tt.uri, tt.body + "&NewKey=1", good},
				"broken body":     {tt.uri, tt.body + "&a=%zz", good},
				"space around it": {tt.uri, tt.body, good + " "},
				"absolute URI":    {"https://reach.example.org" + tt.uri, tt.body, good},
			} {
				if _, err := v.verify(forged.uri, []byte(forged.body), forged.signature); err == nil {
					t.Errorf("%s: let through", name)
				}
			}
		})
	}
}

func TestEitherOfTwoTokensFits(t *testing.T) {
	v := newTestVerifier(t, "https://h.example", "new", "old")
	for token, want := range map[string]bool{"new": true, "old": true, "older": false, "": false, "newold": false} {
		_, err := v.verify("/t", []byte("A=1"), hmacOf(token, "https://h.example/tA1"))
		if got := err == nil; got != want {
			t.Errorf("token %q: let through %v, want %v", token, got, want)
		}
	}
}

func TestJSONIsSignedByItsHash(t *testing.T) {
	v := newTestVerifier(t, "https://h.example/base", "secret")
	body := []byte(`{"MessageSid": "SM1", "Body": "hi  ", "NumMedia": 0, "more": {"x": 1}}`)
	address, signature := twiliotest.SignBody("secret", "https://h.example/base/t?attempt=a", body)
	uri := strings.TrimPrefix(address, "https://h.example/base")
	form, err := v.verify(uri, body, signature)
	if err != nil || form.Get("MessageSid") != "SM1" || form.Get("Body") != "hi  " || form.Get("NumMedia") != "0" || form.Has("more") {
		t.Errorf("%v, %v", form, err)
	}
	for name, forged := range map[string]struct{ uri, body, signature string }{
		"other body":     {uri, strings.Replace(string(body), "hi", "ho", 1), signature},
		"other hash":     {strings.Replace(uri, "bodySHA256=", "bodySHA256=0", 1), string(body), signature},
		"no hash":        {"/t?attempt=a", string(body), signature},
		"other attempt":  {strings.Replace(uri, "attempt=a", "attempt=b", 1), string(body), signature},
		"as a form":      {uri, "MessageSid=SM1", signature},
		"no signature":   {uri, string(body), ""},
		"form signature": {uri, string(body), hmacOf("secret", "https://h.example/base/t?attempt=a")},
	} {
		if _, err := v.verify(forged.uri, []byte(forged.body), forged.signature); err == nil {
			t.Errorf("%s: let through", name)
		}
	}
}

func TestWithoutATokenNothingIsVerified(t *testing.T) {
	for name, tokens := range map[string][]string{"none": nil, "empty": {""}, "one of two empty": {"a", ""}, "line end": {"a\n"}} {
		if _, err := newVerifier(parse(t, "https://h.example"), tokens); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzForm signs a form in three ways: as this package does, as twiliotest does
// and as twilio-go does. All must agree on what they let through.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"Body=done++&From=%2B15005550006", "A=1&A=2&B=", "Reason=z&ReasonConferenceEnded=a", "=&=x&a", "%zz=1", "a;b=1",
		"\xff=%ff&Body=%00", "Body=" + strings.Repeat("x", 300), "a=1&&b=2&", "bodySHA256=1",
	} {
		f.Add(seed, "/t?x=1")
		f.Add(seed, "/t?b=%20+&a='")
	}
	v := newTestVerifier(f, "https://h.example", "secret")
	library := client.NewRequestValidator("secret")
	f.Fuzz(func(t *testing.T, body, uri string) {
		if !strings.HasPrefix(uri, "/") || strings.Contains(uri, "bodySHA256") {
			return
		}
		form, parseErr := url.ParseQuery(body)
		signature := hmacOf("secret", "https://h.example"+uri+bare(form))
		got, err := v.verify(uri, []byte(body), signature)
		if (err == nil) != (parseErr == nil) {
			t.Fatalf("verify: %v, but the form: %v", err, parseErr)
		}
		if err == nil && !strings.Contains(uri, "#") && twiliotest.Sign("secret", "https://h.example"+uri, got) != signature {
			t.Fatal("twiliotest signs it in another way")
		}
		if _, e := url.Parse("https://h.example" + uri); e == nil && (err == nil) != library.ValidateBody("https://h.example"+uri, []byte(body), signature) {
			t.Fatal("twilio-go says otherwise")
		}
		if _, err := v.verify(uri, []byte(body), "x"+signature); err == nil {
			t.Fatal("let a wrong signature through")
		}
	})
}

func bare(form url.Values) string {
	var keys []string
	for key := range form {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	text := ""
	for _, key := range keys {
		text += key + form[key][0]
	}
	return text
}
