package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"
)

const (
	maxErrorBody  = 64 << 10 // bytes of an error that are read
	maxAnswerBody = 8 << 20  // bytes of a good answer: a page of 1,000 messages is about 1 MB
	maxRetryAfter = 24 * time.Hour
)

// newHTTP is a client that does exactly one request per call: it follows no
// redirect and, as no request of ours bears an Idempotency-Key, its transport
// repeats a POST only if not a byte of it was written (REQUIREMENTS F10).
// HTTP/1.1 with a connection per worker keeps that easy to see.
func newHTTP(workers int) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			Protocols:           &protocols,
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         dialer.DialContext,
			TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConns:        workers,
			MaxIdleConnsPerHost: workers,
			IdleConnTimeout:     90 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call is the twilio-go client.BaseClient of one call. The library's own client
// takes no context, leaves the bodies of errors open and hides Retry-After.
type call struct {
	*Sender
	ctx context.Context

	// connected is set once a connection was handed to the request: from there
	// on nobody can say that Twilio did not get it. A replay by the transport,
	// which happens only when nothing was written, begins anew.
	connected atomic.Bool
}

var _ client.BaseClient = (*call)(nil)

func (s *Sender) call(ctx context.Context) *call { return &call{Sender: s, ctx: ctx} }

func (c *call) api() *openapi.ApiService {
	return openapi.NewApiService(&client.RequestHandler{Client: c})
}

// AccountSid is asked for by the library to build a path.
func (c *call) AccountSid() string { return c.accountSID }

// SetTimeout does nothing: the time-out is the Sender's.
func (c *call) SetTimeout(time.Duration) {}

// SetOauth does nothing: the Sender authenticates by key or token.
func (c *call) SetOauth(client.OAuth) {}

// OAuth is always nil.
func (c *call) OAuth() client.OAuth { return nil }

// SendRequest does one request and reads the whole answer, so that no body is
// ever left open. Anything but a 2xx is an *answerError.
func (c *call) SendRequest(method, rawURL string, data url.Values, headers map[string]any, _ ...byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(c.traced(), c.timeout)
	defer cancel()
	req, err := c.request(ctx, method, rawURL, data, headers)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.clockOff.Store(int64(date.Sub(c.now())))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, c.answerError(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBody))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (c *call) traced() context.Context {
	return httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { c.connected.Store(true) },
	})
}

func (c *call) request(ctx context.Context, method, rawURL string, data url.Values, headers map[string]any) (*http.Request, error) {
	target, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("the library built an unreadable URL")
	}
	target.Scheme, target.Host = c.base.Scheme, c.hostFor(target.Host)
	target.Path = strings.TrimRight(c.base.Path, "/") + target.Path
	var body io.Reader
	if method == http.MethodGet {
		if len(data) > 0 { // the link to a next page brings its own query
			target.RawQuery = data.Encode()
		}
	} else {
		body = strings.NewReader(data.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, errors.New("the library built an unusable request")
	}
	for name, value := range headers {
		req.Header.Set(name, fmt.Sprint(value))
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "microreach")
	req.SetBasicAuth(c.user, c.password)
	return req, nil
}

// hostFor is where a request of the library goes: the base, or, where that is
// Twilio's own, the host of the same product beside it.
func (c *call) hostFor(libraryHost string) string {
	region, twilios := strings.CutPrefix(c.base.Host, "api.")
	if product, ok := strings.CutSuffix(libraryHost, ".twilio.com"); ok && twilios && strings.HasSuffix(region, "twilio.com") {
		return product + "." + region
	}
	return c.base.Host
}

// withoutURL drops the URL that net/http writes into its errors: that of a list
// look-up holds a phone number.
func withoutURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// unquoted is err without what the answer held: an error of reading JSON or an address
// quotes it, and it may be a number or what somebody wrote.
func unquoted(err error) error {
	var answer *answerError
	var address *url.Error
	var network net.Error
	switch {
	case err == nil, errors.As(err, &answer), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case !errors.As(err, &address) && errors.As(err, &network):
		return err
	}
	return errNotPromised
}

var errNotPromised = errors.New("the answer is not as Twilio's API promises")

// answerError is an answer of Twilio's that is no 2xx, without Twilio's words,
// which quote the number.
type answerError struct {
	Status     int           // of HTTP
	Code       int           // Twilio's; 0 if the answer was not Twilio's JSON
	RetryAfter time.Duration // 0 = none given
}

func (e *answerError) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("Twilio answered HTTP %d without a code", e.Status)
	}
	return fmt.Sprintf("Twilio answered HTTP %d, code %d: %s", e.Status, e.Code, Lookup(e.Code).Note)
}

func (c *call) answerError(resp *http.Response) *answerError {
	e := &answerError{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.now())}
	// A body that breaks off or is no JSON leaves Code 0, which is the careful reading.
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	var rest client.TwilioRestError
	if err == nil && json.Unmarshal(body, &rest) == nil {
		e.Code = rest.Code
	}
	return e
}

// retryAfter reads seconds or an HTTP date (RFC 9110 §10.2.3), at most a day.
func retryAfter(header string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(strings.TrimSpace(header)); err == nil {
		wait = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}
