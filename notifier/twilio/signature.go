package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// verifier knows whether a webhook comes from Twilio (REQUIREMENTS A26 to A28).
//
// Twilio signs the URL that it was told to call, then every form key and value
// in the order of the keys, with the account's primary token. What was told is
// the configured public address and what came is the raw request URI, so the
// URL is put together from these two and from nothing that a proxy or a sender
// could bend: neither Host nor X-Forwarded-*, and no query is ever rebuilt.
//
// The library's RequestValidator takes the URL apart and writes it anew where
// it has a port, which changes some of them; hence these lines.
type verifier struct {
	tokens  []string // more than one while a token is being changed
	origins []string // scheme://host, with and without the port
	path    string   // of the public address, which a proxy may have cut off
}

func newVerifier(public *url.URL, tokens []string) (*verifier, error) {
	p, err := parsePublic(public)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, errors.New("twilio: no auth token: without it anybody could write in a participant's name")
	}
	for _, token := range tokens {
		if token == "" || strings.TrimSpace(token) != token {
			return nil, errors.New("twilio: an auth token is empty or has white space around it: copy it again from the Twilio console")
		}
	}
	return &verifier{tokens: slices.Clone(tokens), origins: p.origins(), path: p.path}, nil
}

// errForged is the error of a request that Twilio did not sign.
var errForged = errors.New("the signature does not fit")

// verify returns what a request says if signature fits it, and errForged
// otherwise. requestURI is the one of the request line as it came.
//
// Of a key that stands twice only the first value is signed, so only the first
// may be read: use Get, never the slice.
func (v *verifier) verify(requestURI string, body []byte, signature string) (url.Values, error) {
	if signature == "" || !strings.HasPrefix(requestURI, "/") {
		return nil, errForged
	}
	_, rawQuery, _ := strings.Cut(requestURI, "?")
	query, _ := url.ParseQuery(rawQuery) // what is broken in it is signed all the same
	if hash := query.Get("bodySHA256"); hash != "" {
		sum := sha256.Sum256(body)
		fits := hmac.Equal([]byte(hash), []byte(hex.EncodeToString(sum[:])))
		if !v.signed(requestURI, "", signature) || !fits {
			return nil, errForged
		}
		return parseJSON(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !v.signed(requestURI, signedForm(form), signature) {
		return nil, errForged
	}
	return form, nil
}

// signedForm is the part of the signed text that stands for the form: keys are
// sorted as keys (Reason before ReasonConferenceEnded) and values stay as they
// are, white space included.
func signedForm(form url.Values) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(form)) {
		b.WriteString(key)
		b.WriteString(form.Get(key))
	}
	return b.String()
}

// signed tries every token with every way to write the URL, always all of them,
// so that the time taken says nothing.
func (v *verifier) signed(requestURI, form, signature string) bool {
	paths := []string{v.path + requestURI}
	if v.path != "" && strings.HasPrefix(requestURI, v.path+"/") {
		paths = append(paths, requestURI) // the proxy left the path whole
	}
	fits := false
	for _, token := range v.tokens {
		for _, origin := range v.origins {
			for _, path := range paths {
				mac := hmac.New(sha1.New, []byte(token))
				mac.Write([]byte(origin + path + form))
				want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
				fits = hmac.Equal([]byte(want), []byte(signature)) || fits
			}
		}
	}
	return fits
}

// parseJSON reads the top level of a JSON webhook as if it were a form.
func parseJSON(body []byte) (url.Values, error) {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, errors.New("the body is signed but is no JSON object")
	}
	form := make(url.Values, len(object))
	for key, value := range object {
		switch value.(type) {
		case string, float64, bool:
			form.Set(key, fmt.Sprint(value))
		}
	}
	return form, nil
}
