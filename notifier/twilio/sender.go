package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// CodeTooLate is the code of a message that was not handed to Twilio because
// less than a minute of its life was left.
const CodeTooLate = "too_late"

const (
	defaultTimeout = 8 * time.Second
	defaultWorkers = 8
	minValidity    = time.Minute // REQUIREMENTS A22
	maxValidity    = time.Hour   // what a message may wait at Twilio, whose default is ten hours
)

// Options say which account sends, as whom and where to.
type Options struct {
	AccountSID string
	AuthToken  string // or, better for sending, an API key:

	APIKeySID    string
	APIKeySecret string

	// Exactly one of these is set.
	From                string // E.164
	MessagingServiceSID string

	PublicURL *url.URL      // where status callbacks come to; nil = there are none
	BaseURL   *url.URL      // of Twilio; nil = https://api.twilio.com
	Workers   int           // how many Sends run at once; 0 = 8
	Timeout   time.Duration // of one request; 0 = 8 s
	Now       func() time.Time
}

// Sender sends texts by Twilio and looks into its list of messages. It may be
// used by many goroutines.
type Sender struct {
	accountSID     string
	user, password string
	from, service  string
	public         *publicURL // nil = no callbacks
	base           *url.URL
	timeout        time.Duration
	http           *http.Client
	now            func() time.Time
	clockOff       atomic.Int64 // see ClockOff
}

// New makes a Sender. Its errors say which option to mend.
func New(o Options) (*Sender, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("twilio: %w", err)
	}
	workers := o.Workers
	if workers <= 0 {
		workers = defaultWorkers
	}
	s := &Sender{
		accountSID: o.AccountSID,
		user:       o.AccountSID,
		password:   o.AuthToken,
		from:       o.From,
		service:    o.MessagingServiceSID,
		base:       &url.URL{Scheme: "https", Host: "api.twilio.com"},
		timeout:    defaultTimeout,
		http:       newHTTP(workers),
		now:        o.Now,
	}
	if o.APIKeySID != "" {
		s.user, s.password = o.APIKeySID, o.APIKeySecret
	}
	if o.Timeout > 0 {
		s.timeout = o.Timeout
	}
	if o.BaseURL != nil {
		s.base = o.BaseURL
	}
	if o.PublicURL != nil {
		p, err := parsePublic(o.PublicURL)
		if err != nil {
			return nil, err
		}
		s.public = &p
	}
	return s, nil
}

func (o Options) check() error {
	switch {
	case o.AccountSID == "":
		return errors.New("no account_sid: it stands on the first page of the Twilio console")
	case (o.APIKeySID == "") != (o.APIKeySecret == ""):
		return errors.New("an API key needs both its sid and its secret")
	case o.AuthToken == "" && o.APIKeySID == "":
		return errors.New("no auth_token and no API key: one of them is needed to send")
	case (o.From == "") == (o.MessagingServiceSID == ""):
		return errors.New("set either from or messaging_service_sid")
	case o.BaseURL != nil && (o.BaseURL.Host == "" || o.BaseURL.Scheme != "https" && o.BaseURL.Scheme != "http"):
		return errors.New("base_url must be like https://api.twilio.com")
	case o.Now == nil:
		return errors.New("no clock")
	}
	return nil
}

// ClockOff is how far Twilio's clock is ahead of ours, by the Date of its last
// answer; 0 before the first one.
func (s *Sender) ClockOff() time.Duration { return time.Duration(s.clockOff.Load()) }

// Close lets go of the connections that are kept open between messages.
func (s *Sender) Close() { s.http.CloseIdleConnections() }

// Send hands m to Twilio once and returns the sid of the message. Every error
// is a *notifier.SendError, whose Outcome says what may be done next:
//
//   - temporary: no connection came about, or Twilio answered 429 or a code
//     that the table calls so; RetryAfter is what Twilio asked for.
//   - permanent: refused with a code of the table, or too late (CodeTooLate).
//   - unknown: everything else, above all a time-out or a break after the
//     connection stood, any 5xx and a 2xx that cannot be read.
//
// A message with less than a minute until ExpiresAt is not sent, and none waits
// at Twilio for longer than an hour or past ExpiresAt (REQUIREMENTS A22).
func (s *Sender) Send(ctx context.Context, m checkins.Outgoing) (providerID string, err error) {
	left := m.ExpiresAt.Sub(s.now())
	if left < minValidity {
		return "", &notifier.SendError{
			Outcome: checkins.OutcomePermanent,
			Fact:    checkins.FactExpired,
			Code:    CodeTooLate,
			Err:     errors.New("less than a minute was left to send it"),
		}
	}
	c := s.call(ctx)
	taken, err := c.api().CreateMessage(s.params(m, min(left, maxValidity)))
	if err != nil {
		return "", c.sendError(err)
	}
	return settled(taken)
}

func (s *Sender) params(m checkins.Outgoing, validity time.Duration) *openapi.CreateMessageParams {
	p := (&openapi.CreateMessageParams{}).
		SetTo(m.To).
		SetBody(m.Words.Text).
		SetValidityPeriod(int(validity / time.Second)).
		SetSmartEncoded(true)
	if s.from != "" {
		p.SetFrom(s.from)
	} else {
		p.SetMessagingServiceSid(s.service)
	}
	if s.public != nil {
		p.SetStatusCallback(s.public.statusURL(string(m.Attempt)))
	}
	return p
}

// settled reads a 2xx. There is no callback for the first status, so a message
// that is born failed says so only here.
func settled(taken *openapi.ApiV2010Message) (string, error) {
	sid := value(taken.Sid)
	if sid == "" {
		return "", &notifier.SendError{Err: errors.New("it was taken, but no sid was named")}
	}
	fact, _ := factOf(value(taken.Status))
	if fact != checkins.FactFailed && fact != checkins.FactUndelivered {
		return sid, nil
	}
	row := Lookup(value(taken.ErrorCode))
	return sid, &notifier.SendError{
		Outcome: checkins.OutcomePermanent,
		Fact:    row.Fact,
		Code:    strconv.Itoa(row.Code),
		Hold:    row.Hold,
		Alert:   alertOf(row),
		Err:     errors.New("it was taken and given up at once: " + row.Note),
	}
}

// sendError says what a failed create means.
func (c *call) sendError(err error) *notifier.SendError {
	var answer *answerError
	switch {
	case !c.connected.Load():
		return &notifier.SendError{Outcome: checkins.OutcomeTemporary, Err: fmt.Errorf("not connected: %w", unquoted(err))}
	case errors.As(err, &answer):
		return answer.sendError()
	}
	return &notifier.SendError{Outcome: checkins.OutcomeUnknown, Err: fmt.Errorf("no readable answer: %w", unquoted(err))}
}

func (e *answerError) sendError() *notifier.SendError {
	se := &notifier.SendError{Code: strconv.Itoa(e.Code), RetryAfter: e.RetryAfter, Err: e}
	if e.Code == 0 {
		se.Code = "http_" + strconv.Itoa(e.Status)
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		se.Outcome = checkins.OutcomeTemporary // never processed, always safe to repeat
	case e.Status >= 400 && e.Status < 500 && e.Code != 0:
		row := Lookup(e.Code)
		se.Outcome, se.Fact, se.Hold, se.Alert = row.Outcome, row.Fact, row.Hold, alertOf(row)
	}
	return se // anything else stays unknown
}

// alertOf is what an operator must hear; empty = nothing.
func alertOf(row CodeRow) string {
	if !row.Alert {
		return ""
	}
	return row.Note
}

// value is *p, or the zero value where Twilio sent null.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
