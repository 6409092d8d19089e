package twilio_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

const (
	phone  = "+15005550010"
	public = "https://reach.example.org/base"
)

var noon = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func link(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newSender is a Sender that talks to base; change may alter its options.
func newSender(t testing.TB, base string, change func(*twilio.Options)) *twilio.Sender {
	t.Helper()
	o := twilio.Options{
		AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: twiliotest.Number,
		BaseURL: link(t, base), Now: atNoon,
	}
	if change != nil {
		change(&o)
	}
	s, err := twilio.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func outgoing(attempt string, life time.Duration) checkins.Outgoing {
	return checkins.Outgoing{
		Message: checkins.Message{Words: checkins.Words{Text: "Reach: one small hello today?"}, ExpiresAt: noon.Add(life)},
		Attempt: checkins.AttemptID(attempt),
		To:      phone,
	}
}

func sendError(t testing.TB, err error) *notifier.SendError {
	t.Helper()
	var se *notifier.SendError
	if !errors.As(err, &se) {
		t.Fatalf("error is %T (%v), want *notifier.SendError", err, err)
	}
	return se
}

func TestSendHandsOverEverythingThatTwilioNeeds(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.PublicURL = link(t, "http://127.0.0.1:1/base/") })
	sid, err := s.Send(t.Context(), outgoing("at tempt&1", 90*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	got := tw.Outbound()[0]
	if got.SID != sid || got.To != phone || got.From != twiliotest.Number || got.Body != "Reach: one small hello today?" || !got.SmartEncoded {
		t.Errorf("Twilio got %+v", got)
	}
	if want := "http://127.0.0.1:1/base/twilio/status?attempt=at+tempt%261#rc=3&rp=ct,rt,5xx"; got.StatusCallback != want {
		t.Errorf("callback %q, want %q", got.StatusCallback, want)
	}
	if tw.Created("at tempt&1") != 1 {
		t.Error("the attempt is not in the callback")
	}
}

func TestSendWithoutAPublicAddressAsksForNoCallback(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	if _, err := newSender(t, tw.URL, nil).Send(t.Context(), outgoing("a", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := tw.Outbound()[0].StatusCallback; got != "" {
		t.Errorf("callback %q, want none", got)
	}
}

func TestSendByMessagingServiceAndAPIKey(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon, MessagingService: "MG1", APIKeys: map[string]string{"SK-key.1": "s3cret:%"}})
	s := newSender(t, tw.URL, func(o *twilio.Options) {
		o.From, o.MessagingServiceSID = "", "MG1"
		o.AuthToken, o.APIKeySID, o.APIKeySecret = "", "SK-key.1", "s3cret:%"
	})
	if _, err := s.Send(t.Context(), outgoing("a", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := tw.Outbound()[0].Service; got != "MG1" {
		t.Errorf("service %q", got)
	}
}

func TestValidityEndsWithTheMessageAndAfterAnHourAtMost(t *testing.T) {
	for _, tt := range []struct {
		name string
		life time.Duration
		want int // seconds; 0 = not sent
	}{
		{"a day", 24 * time.Hour, 3600},
		{"an hour and a bit", time.Hour + time.Millisecond, 3600},
		{"just under an hour", time.Hour - time.Millisecond, 3599},
		{"quarter of an hour", 15 * time.Minute, 900},
		{"a minute", time.Minute, 60},
		{"just under a minute", time.Minute - time.Millisecond, 0},
		{"now", 0, 0},
		{"long ago", -time.Hour, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
			_, err := newSender(t, tw.URL, nil).Send(t.Context(), outgoing("a", tt.life))
			if tt.want == 0 {
				se := sendError(t, err)
				if se.Outcome != checkins.OutcomePermanent || se.Code != twilio.CodeTooLate || tw.Requests() != 0 {
					t.Errorf("%v with %d requests, want permanent %s with none", se, tw.Requests(), twilio.CodeTooLate)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := tw.Outbound()[0].ValidityPeriod; got != tt.want {
				t.Errorf("validity %d s, want %d", got, tt.want)
			}
		})
	}
}

func TestAMessageWithoutExpiryIsNotSent(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	m := outgoing("a", 0)
	m.ExpiresAt = time.Time{}
	if _, err := newSender(t, tw.URL, nil).Send(t.Context(), m); sendError(t, err).Code != twilio.CodeTooLate || tw.Requests() != 0 {
		t.Errorf("%v with %d requests", err, tw.Requests())
	}
}

func TestEachFaultHasItsOutcome(t *testing.T) {
	const (
		unknown, accepted    = checkins.OutcomeUnknown, checkins.OutcomeAccepted
		temporary, permanent = checkins.OutcomeTemporary, checkins.OutcomePermanent
	)
	named := func(name string, f twiliotest.Fault) twiliotest.Fault { f.Name = name; return f }
	status := func(status int) twiliotest.Fault {
		return twiliotest.Fault{Name: "bare " + strconv.Itoa(status), Lost: true, Status: status, Type: "text/plain", Body: "no"}
	}
	for _, tt := range []struct {
		fault twiliotest.Fault
		want  checkins.Outcome
		code  string
		wait  time.Duration
		taken int
	}{
		{named("none", twiliotest.Fault{}), accepted, "", 0, 1},
		{twiliotest.Slow(time.Hour), unknown, "", 0, 1},
		{twiliotest.TooMany(7), temporary, "20429", 7 * time.Second, 0},
		{named("429 with a date", twiliotest.Fault{Lost: true, Status: 429, Code: 20429, RetryAfter: noon.Add(90 * time.Second).Format(http.TimeFormat)}), temporary, "20429", 90 * time.Second, 0},
		{named("429 in HTML", twiliotest.HTML(429, false)), temporary, "http_429", 0, 0},
		{named("429 with nonsense", twiliotest.Fault{Lost: true, Status: 429, Code: 20429, RetryAfter: "-5"}), temporary, "20429", 0, 0},
		{named("429 for the year", twiliotest.Fault{Lost: true, Status: 429, Code: 20429, RetryAfter: "99999999999"}), temporary, "20429", 24 * time.Hour, 0},
		{named("429 with the daily cap", twiliotest.Refuse(429, 63038)), temporary, "63038", 0, 0},
		{twiliotest.ServerError(), unknown, "20500", 0, 1},
		{twiliotest.ServerErrorLost(), unknown, "20500", 0, 0},
		{named("503 with a code that is permanent", twiliotest.Fault{Status: 503, Code: 21211}), unknown, "21211", 0, 1},
		{twiliotest.CutBefore(), unknown, "", 0, 0},
		{twiliotest.CutAfter(), unknown, "", 0, 1},
		{twiliotest.HTML(503, true), unknown, "http_503", 0, 1},
		{twiliotest.HTML(404, false), unknown, "http_404", 0, 0},
		{twiliotest.HTML(200, true), unknown, "", 0, 1},
		{twiliotest.BrokenJSON(), unknown, "", 0, 1},
		{twiliotest.NoSID(), unknown, "", 0, 1},
		{status(302), unknown, "http_302", 0, 0},
		{status(408), unknown, "http_408", 0, 0},
		{twiliotest.Refuse(400, 21610), permanent, "21610", 0, 0},
		{twiliotest.Refuse(401, 20003), temporary, "20003", 0, 0},
		{twiliotest.Refuse(400, 29999), permanent, "29999", 0, 0},
		{named("created as failed", twiliotest.Fault{Type: "application/json", Body: `{"sid":"SM1","status":"failed","error_code":30005}`}), permanent, "30005", 0, 1},
	} {
		t.Run(tt.fault.Name, func(t *testing.T) {
			tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
			s := newSender(t, tw.URL, func(o *twilio.Options) {
				o.PublicURL = link(t, "http://127.0.0.1:1")
				if tt.fault.Delay > 0 {
					o.Timeout = 50 * time.Millisecond
				}
			})
			tw.Misbehave(tt.fault)
			_, err := s.Send(t.Context(), outgoing("a", time.Hour))
			if got := notifier.OutcomeOf(err); got != tt.want {
				t.Fatalf("outcome %v (%v), want %v", got, err, tt.want)
			}
			if tw.Created("a") != tt.taken || tw.Requests() != 1 {
				t.Errorf("taken %d of %d requests, want %d of 1", tw.Created("a"), tw.Requests(), tt.taken)
			}
			if err == nil {
				return
			}
			se := sendError(t, err)
			if se.Code != tt.code || se.RetryAfter != tt.wait {
				t.Errorf("code %q, wait %v; want %q, %v", se.Code, se.RetryAfter, tt.code, tt.wait)
			}
			if strings.Contains(err.Error(), phone) || strings.Contains(err.Error(), phone[1:]) {
				t.Errorf("the error holds the number: %v", err)
			}
		})
	}
}

// What fails before there is a connection was certainly not taken.
func TestNoConnectionIsTemporary(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers a handshake
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	done, cancel := context.WithCancel(t.Context())
	cancel()

	for _, tt := range []struct {
		name string
		base string
		ctx  context.Context
	}{
		{"refused", closed.URL, t.Context()},
		{"certificate not trusted", untrusted.URL, t.Context()},
		{"TLS never ends", "https://" + silent.Addr().String(), t.Context()},
		{"context ended before", closed.URL, done},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSender(t, tt.base, func(o *twilio.Options) { o.Timeout = 200 * time.Millisecond })
			_, err := s.Send(tt.ctx, outgoing("a", time.Hour))
			if se := sendError(t, err); se.Outcome != checkins.OutcomeTemporary {
				t.Errorf("%v, want temporary", se)
			}
		})
	}
}

func TestContextEndedAfterTheRequestIsUnknown(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tw.Misbehave(twiliotest.Slow(time.Hour))
	tw2 := newSender(t, tw.URL, nil)
	go func() {
		for tw.Requests() == 0 {
			runtime.Gosched()
		}
		cancel()
	}()
	_, err := tw2.Send(ctx, outgoing("a", time.Hour))
	se := sendError(t, err)
	if se.Outcome != checkins.OutcomeUnknown || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want unknown and canceled", se)
	}
}

// A kept connection that the server has closed meanwhile must neither lose nor
// double a message: the transport replays only what was not written.
func TestAStaleConnectionDoesNotDouble(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.PublicURL = link(t, "http://127.0.0.1:1") })
	for i := range 40 {
		if i%2 == 1 {
			tw.Misbehave(twiliotest.CutAfter())
		}
		s.Send(t.Context(), outgoing("a"+strconv.Itoa(i), time.Hour))
	}
	if a, n := tw.MostCreated(); n != 1 || tw.Requests() != 40 {
		t.Errorf("attempt %q was created %d times, %d requests in all", a, n, tw.Requests())
	}
}

func TestBadCredentialsAreNobodysFault(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.AuthToken = "old" })
	_, err := s.Send(t.Context(), outgoing("a", time.Hour))
	se := sendError(t, err)
	if se.Code != "20003" || se.Outcome != checkins.OutcomeTemporary || se.Fact != checkins.FactNone || se.Hold != checkins.HoldChannel {
		t.Errorf("%+v", se)
	}
}

func TestRefusalsLeaveNoGoroutineAndNoConnectionBehind(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon, Faults: func(int) twiliotest.Fault { return twiliotest.TooMany(1) }})
	s := newSender(t, tw.URL, nil)
	s.Send(t.Context(), outgoing("warm", time.Hour))
	before := runtime.NumGoroutine()
	for range 50 {
		if _, err := s.Send(t.Context(), outgoing("a", time.Hour)); notifier.OutcomeOf(err) != checkins.OutcomeTemporary {
			t.Fatal(err)
		}
	}
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("%d goroutines before 50 refusals, %d after", before, after)
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	good := func() twilio.Options {
		return twilio.Options{AccountSID: "AC1", AuthToken: "t", From: "+1", Now: atNoon}
	}
	for _, tt := range []struct {
		name   string
		change func(*twilio.Options)
		want   string
	}{
		{"no account", func(o *twilio.Options) { o.AccountSID = "" }, "account_sid"},
		{"no credentials", func(o *twilio.Options) { o.AuthToken = "" }, "auth_token"},
		{"half a key", func(o *twilio.Options) { o.APIKeySID = "SK1" }, "secret"},
		{"no sender", func(o *twilio.Options) { o.From = "" }, "messaging_service_sid"},
		{"two senders", func(o *twilio.Options) { o.MessagingServiceSID = "MG1" }, "either"},
		{"base without host", func(o *twilio.Options) { o.BaseURL = &url.URL{Scheme: "https"} }, "base_url"},
		{"public with query", func(o *twilio.Options) { o.PublicURL = link(t, "https://x.example/?a=1") }, "before any ?"},
		{"public with an unclean path", func(o *twilio.Options) { o.PublicURL = link(t, "https://x.example//a") }, "plainly"},
		{"public without scheme", func(o *twilio.Options) { o.PublicURL = link(t, "x.example") }, "https://"},
		{"no clock", func(o *twilio.Options) { o.Now = nil }, "clock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := good()
			tt.change(&o)
			if _, err := twilio.New(o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
	if _, err := twilio.New(good()); err != nil {
		t.Errorf("good options: %v", err)
	}
}
