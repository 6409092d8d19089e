package twiliotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Inbound is a text from a phone.
type Inbound struct {
	From, To string // To empty = the account's number
	Body     string
	NumMedia int
	Extra    url.Values // further parameters, which are signed too
}

// Receipt is how the delivery of an inbound text went.
type Receipt struct {
	SID    string
	Calls  int    // how often the webhook was called; 0 = there is none
	Status int    // of the last answer; 0 = none came
	Body   string // of the last answer
}

// Text lets a phone send body to number. It delivers the webhook and returns
// when the application has answered or Twilio has given up; a refusal is not an
// error but stands in the receipt.
func (s *Server) Text(ctx context.Context, phone, number, body string) (Receipt, error) {
	return s.Receive(ctx, Inbound{From: phone, To: number, Body: body})
}

// Receive is Text for more than words.
func (s *Server) Receive(ctx context.Context, in Inbound) (Receipt, error) {
	if in.To == "" {
		in.To = s.options.Number
	}
	if !s.owns(in.To) {
		return Receipt{}, errNoSender
	}
	s.mu.Lock()
	m := *s.add(Message{
		Direction: "inbound", From: in.From, To: in.To, Body: in.Body,
		NumMedia: in.NumMedia, Status: "received", OptOutType: keyword(in.Body),
	})
	word := s.obey(in.From, in.To, in.Body)
	s.mu.Unlock()

	form := s.inboundForm(m)
	if s.options.OptOutType && word != "" {
		form.Set("OptOutType", word)
	}
	maps.Copy(form, in.Extra)
	return s.deliver(ctx, m.SID, form)
}

// Redeliver calls the webhook once more for a text that came before, as a
// retry of Twilio's or a replay by a stranger would.
func (s *Server) Redeliver(ctx context.Context, sid string) (Receipt, error) {
	s.mu.Lock()
	m := s.bySID[sid]
	var found Message
	if m != nil {
		found = *m
	}
	s.mu.Unlock()
	if found.Direction != "inbound" {
		return Receipt{}, fmt.Errorf("twiliotest: %s is no text from a phone", sid)
	}
	form := s.inboundForm(found)
	if s.options.OptOutType && found.OptOutType != "" {
		form.Set("OptOutType", found.OptOutType)
	}
	return s.deliver(ctx, sid, form)
}

func (s *Server) deliver(ctx context.Context, id string, form url.Values) (Receipt, error) {
	s.mu.Lock()
	address := s.inbound
	s.mu.Unlock()
	receipt := Receipt{SID: id}
	if address == "" {
		return receipt, nil
	}
	err := s.call(ctx, address, form, &receipt)
	return receipt, err
}

func (s *Server) inboundForm(m Message) url.Values {
	form := url.Values{
		"ToCountry": {"US"}, "ToState": {""}, "ToCity": {""}, "ToZip": {""},
		"FromCountry": {"US"}, "FromState": {""}, "FromCity": {""}, "FromZip": {""},
		"MessageSid": {m.SID}, "SmsMessageSid": {m.SID}, "SmsSid": {m.SID}, "SmsStatus": {"received"},
		"AccountSid": {s.options.AccountSID}, "ApiVersion": {"2010-04-01"},
		"From": {m.From}, "To": {m.To}, "Body": {m.Body},
		"NumSegments": {"1"}, "NumMedia": {strconv.Itoa(m.NumMedia)},
	}
	if s.options.MessagingService != "" {
		form.Set("MessagingServiceSid", s.options.MessagingService)
	}
	for i := range m.NumMedia {
		form.Set(fmt.Sprintf("MediaUrl%d", i), s.URL+"/media/"+m.SID)
		form.Set(fmt.Sprintf("MediaContentType%d", i), "image/jpeg")
	}
	return form
}

// report moves a message through its life and calls its status callback at each
// step. There is none for the first status.
func (s *Server) report(m Message, fault Fault) {
	steps := []string{"sent", "delivered"}
	if m.Service != "" {
		steps = append([]string{"queued"}, steps...)
	}
	if fault.FailWith != 0 {
		steps[len(steps)-1] = "undelivered"
	}
	calls := slices.Clone(steps)
	switch fault.Callbacks {
	case Reversed:
		slices.Reverse(calls)
	case Never:
		calls = nil
	}
	if !s.pause(s.ctx, fault.After) {
		return
	}
	for i, step := range steps {
		if !s.pause(s.ctx, s.options.CallbackDelay) {
			return
		}
		m, _ = s.move(m.SID, step, codeAt(step, fault))
		if i >= len(calls) || m.StatusCallback == "" {
			continue
		}
		form := s.statusForm(m, calls[i], codeAt(calls[i], fault))
		times := 1
		if fault.Callbacks == Twice {
			times = 2
		}
		for range times {
			s.call(s.ctx, m.StatusCallback, form, &Receipt{})
		}
	}
}

func codeAt(step string, fault Fault) int {
	if step == "undelivered" {
		return fault.FailWith
	}
	return 0
}

func (s *Server) statusForm(m Message, status string, code int) url.Values {
	form := url.Values{
		"MessageSid": {m.SID}, "SmsSid": {m.SID}, "MessageStatus": {status}, "SmsStatus": {status},
		"AccountSid": {s.options.AccountSID}, "ApiVersion": {"2010-04-01"}, "From": {m.From}, "To": {m.To},
	}
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	return form
}

// call posts a signed form and, where the address asks for it by a fragment
// like #rc=3&rp=ct,rt,5xx, again when that fails. Without one Twilio tries a
// second time only if it could not connect.
func (s *Server) call(ctx context.Context, address string, form url.Values, receipt *Receipt) error {
	target, fragment, _ := strings.Cut(address, "#")
	again, on := retryPolicy(fragment)
	signature, token := Sign(s.options.AuthToken, target, form), sid("")
	for {
		receipt.Calls++
		status, body, err := s.post(ctx, target, form, signature, token)
		receipt.Status, receipt.Body = status, body
		if again--; again < 0 || !on[failure(status, err)] {
			return err
		}
		if !s.pause(ctx, s.options.RetryDelay) {
			return ctx.Err()
		}
	}
}

func (s *Server) post(ctx context.Context, target string, form url.Values, signature, token string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", fmt.Errorf("twiliotest: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("X-Twilio-Signature", signature)
	req.Header.Set("I-Twilio-Idempotency-Token", token)
	resp, err := s.options.Client.Do(req)
	if err != nil {
		return 0, "", fmt.Errorf("twiliotest: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, string(body), err
}

// retryPolicy reads rc, how many more times, and rp, upon which failures.
func retryPolicy(fragment string) (again int, on map[string]bool) {
	again, on = 1, map[string]bool{"ct": true}
	settings, err := url.ParseQuery(fragment)
	if err != nil {
		return again, on
	}
	again = within(settings.Get("rc"), again, 0, 5)
	if policies := settings.Get("rp"); policies != "" {
		on = make(map[string]bool)
		for _, policy := range strings.Split(policies, ",") {
			on[policy] = true
			if policy == "all" {
				on["ct"], on["rt"], on["4xx"], on["5xx"] = true, true, true, true
			}
		}
	}
	return again, on
}

// failure names what went wrong in the words of rp; empty = nothing did.
func failure(status int, err error) string {
	switch {
	case err != nil && (errors.Is(err, context.DeadlineExceeded) || status != 0):
		return "rt"
	case err != nil:
		return "ct"
	case status >= 500:
		return "5xx"
	case status >= 400:
		return "4xx"
	}
	return ""
}
