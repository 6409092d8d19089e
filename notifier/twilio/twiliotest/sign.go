package twiliotest

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"sort"
	"strings"
)

// Sign is the X-Twilio-Signature of a form posted to address: HMAC-SHA1 under
// the token of the address as it was configured, without its fragment, followed
// by each key and its first value in the order of the keys.
func Sign(token, address string, form url.Values) string {
	address, _, _ = strings.Cut(address, "#")
	keys := make([]string, 0, len(form))
	for key := range form {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, key := range keys {
		mac.Write([]byte(key))
		mac.Write([]byte(form.Get(key)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// SignBody is for any other body: it returns address with the body's hash in
// the query, to which the request must go, and the signature of that.
func SignBody(token, address string, body []byte) (signed, signature string) {
	address, _, _ = strings.Cut(address, "#")
	sum := sha256.Sum256(body)
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	signed = address + separator + "bodySHA256=" + hex.EncodeToString(sum[:])
	return signed, Sign(token, signed, nil)
}
