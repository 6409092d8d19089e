package twilio

import (
	"fmt"
	"net/url"
	"path"
	"strings"
)

// The paths of the webhooks, below the public address.
const (
	InboundPath = "/twilio/inbound"
	StatusPath  = "/twilio/status"
)

// retries asks Twilio to call a webhook up to three more times when it cannot
// connect, gets no answer or gets a 5xx; the default is one more, for a failed
// connection only. It is a fragment, so it is neither sent nor signed
// (REQUIREMENTS A28, A31).
const retries = "#rc=3&rp=ct,rt,5xx"

// InboundURL is what an operator enters at Twilio as the webhook of the number
// or Messaging Service.
func InboundURL(public *url.URL) (string, error) {
	p, err := parsePublic(public)
	if err != nil {
		return "", err
	}
	return p.origin() + p.path + InboundPath + retries, nil
}

// publicURL is the address under which Twilio reaches us, taken apart once so
// that nothing ever has to be rebuilt from a request.
type publicURL struct {
	scheme string
	host   string // with the port, if one is configured
	path   string // escaped, without a slash at its end; often empty
}

func parsePublic(u *url.URL) (publicURL, error) {
	switch {
	case u == nil:
		return publicURL{}, fmt.Errorf("twilio: no public URL: set it to the address under which Twilio reaches this server, or receive texts by polling")
	case u.Scheme != "https" && u.Scheme != "http":
		return publicURL{}, fmt.Errorf("twilio: the public URL must begin with https:// (or http:// for a try-out), not %q", u.Scheme)
	case u.Hostname() == "":
		return publicURL{}, fmt.Errorf("twilio: the public URL names no host: write it like https://reach.example.org")
	case u.RawQuery != "" || u.Fragment != "":
		return publicURL{}, fmt.Errorf("twilio: the public URL must end before any ? or #")
	}
	prefix := strings.TrimRight(u.EscapedPath(), "/")
	if prefix != "" && path.Clean(prefix) != prefix { // no request would ever match it
		return publicURL{}, fmt.Errorf("twilio: the path of the public URL holds // or dots: write it plainly, like https://example.org/reach")
	}
	return publicURL{scheme: u.Scheme, host: u.Host, path: prefix}, nil
}

func (p publicURL) origin() string { return p.scheme + "://" + p.host }

// statusURL is the status callback of one attempt. It carries the attempt's id,
// so that a callback names the attempt even if the answer to the create was lost.
func (p publicURL) statusURL(attempt string) string {
	return p.origin() + p.path + StatusPath + "?attempt=" + url.QueryEscape(attempt) + retries
}

// origins are the ways in which Twilio may have written the origin when it
// signed: with and without the port, since its back-ends differ (REQUIREMENTS
// A27). A user name or password in the URL is never signed.
func (p publicURL) origins() []string {
	bare := p.scheme + "://" + p.host
	if port := (&url.URL{Host: p.host}).Port(); port != "" {
		return []string{bare, strings.TrimSuffix(bare, ":"+port)}
	}
	defaultPort := map[string]string{"https": ":443", "http": ":80"}[p.scheme]
	return []string{bare, strings.TrimSuffix(bare, ":") + defaultPort}
}
