package twilio_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// ledger receives and witnesses, or fails with err.
type ledger struct {
	mu       sync.Mutex
	err      error
	texts    []checkins.Incoming
	evidence []checkins.Evidence
}

func (l *ledger) Receive(_ context.Context, in checkins.Incoming) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.texts = append(l.texts, in)
	}
	return l.err
}

func (l *ledger) Witness(_ context.Context, ev checkins.Evidence) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.evidence = append(l.evidence, ev)
	}
	return l.err
}

func (l *ledger) stored() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.texts) + len(l.evidence)
}

// app is our side: the handler on a real listener.
type app struct {
	*httptest.Server
	ledger
	log bytes.Buffer
}

// newApp serves the webhooks. With a prefix the public URL has that path and
// the listener sees it, as behind a proxy that cuts nothing off.
func newApp(t testing.TB, prefix string) *app {
	t.Helper()
	a := &app{}
	var handler http.Handler
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(a.Server.Close)
	h, err := twilio.Handler(twilio.HookOptions{
		PublicURL: link(t, a.URL+prefix), AuthTokens: []string{"next token", twiliotest.AuthToken},
		Receiver: a, Witness: a, Now: atNoon, Log: slog.New(slog.NewTextHandler(&a.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = h
	return a
}

// post sends a form, signed for the URL signedFor unless signature says otherwise.
func post(t testing.TB, target, body, signature string) (status int, answer string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if signature != "" {
		req.Header.Set("X-Twilio-Signature", signature)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

func signed(target string, form url.Values) string {
	return twiliotest.Sign(twiliotest.AuthToken, target, form)
}

var text = url.Values{
	"MessageSid": {"SM1"}, "From": {phone}, "To": {twiliotest.Number}, "Body": {" done 7  "},
	"NumMedia": {"0"}, "OptOutType": {"HELP"}, "SomethingNew": {"yes"},
}

func TestASignedTextIsReceived(t *testing.T) {
	for _, prefix := range []string{"", "/base"} {
		a := newApp(t, prefix)
		target := a.URL + prefix + twilio.InboundPath
		status, answer, header := post(t, target, text.Encode(), signed(target, text))
		if status != 200 || answer != "<Response/>" || !strings.HasPrefix(header.Get("Content-Type"), "text/xml") {
			t.Errorf("prefix %q: %d %q %q", prefix, status, answer, header.Get("Content-Type"))
		}
		want := checkins.Incoming{Channel: checkins.SMS, ProviderID: "SM1", From: phone, Text: " done 7  ", OptOutType: "HELP", At: noon}
		if len(a.texts) != 1 || a.texts[0] != want {
			t.Errorf("prefix %q: received %+v", prefix, a.texts)
		}
	}
}

func TestAPrefixMayBeCutOffByAProxy(t *testing.T) {
	a := newApp(t, "/base")
	signature := signed(a.URL+"/base"+twilio.InboundPath, text)
	if status, _, _ := post(t, a.URL+twilio.InboundPath, text.Encode(), signature); status != 200 || len(a.texts) != 1 {
		t.Errorf("status %d, %d texts", status, len(a.texts))
	}
}

func TestForgedRequestsStoreNothing(t *testing.T) {
	a := newApp(t, "")
	target := a.URL + twilio.InboundPath
	good := signed(target, text)
	tampered := url.Values{"MessageSid": {"SM1"}, "From": {phone}, "Body": {"stop"}}
	callback := a.URL + twilio.StatusPath + "?attempt="
	report := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	for _, tt := range []struct {
		name, target, body, signature string
	}{
		{"unsigned", target, text.Encode(), ""},
		{"tampered", target, tampered.Encode(), good},
		{"wrong token", target, text.Encode(), twiliotest.Sign("wrong", target, text)},
		{"empty token", target, text.Encode(), twiliotest.Sign("", target, text)},
		{"signed for another URL", target, text.Encode(), signed("https://other.example"+twilio.InboundPath, text)},
		{"signed for the other webhook", target, text.Encode(), signed(a.URL+twilio.StatusPath, text)},
		{"query added", target + "?x=1", text.Encode(), good},
		{"body in the URL", target + "?" + text.Encode(), "", good},
		{"form that cannot be read", target, "Body=%zz", good},
		{"another attempt", callback + "b", report.Encode(), signed(callback+"a", report)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, answer, _ := post(t, tt.target, tt.body, tt.signature)
			if status != http.StatusForbidden || strings.Contains(answer, "Response") {
				t.Errorf("%d %q, want 403", status, answer)
			}
		})
	}
	if a.stored() != 0 {
		t.Errorf("stored %+v %+v", a.texts, a.evidence)
	}
}

func TestOnlyPostIsServed(t *testing.T) {
	a := newApp(t, "")
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
		target := a.URL + twilio.InboundPath
		req, _ := http.NewRequestWithContext(t.Context(), method, target, nil)
		req.Header.Set("X-Twilio-Signature", signed(target, nil))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q", method, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
}

func TestALongBodyIsRefusedWithoutBeingVerified(t *testing.T) {
	a := newApp(t, "")
	target := a.URL + twilio.InboundPath
	for _, tt := range []struct{ size, want int }{{64 << 10, 200}, {64<<10 + 1, 413}, {1 << 20, 413}} {
		form := url.Values{"MessageSid": {"SM1"}, "From": {phone}, "Body": {""}}
		form.Set("Body", strings.Repeat("x", tt.size-len(form.Encode())))
		if status, _, _ := post(t, target, form.Encode(), signed(target, form)); status != tt.want {
			t.Errorf("%d bytes: %d, want %d", tt.size, status, tt.want)
		}
	}
	if a.stored() != 1 {
		t.Errorf("stored %d", a.stored())
	}
}

func TestWhatCannotBeStoredIsAskedForAgain(t *testing.T) {
	a := newApp(t, "")
	a.err = errors.New("the database is away")
	form := url.Values{"MessageSid": {"SM1"}, "From": {phone}, "Body": {"done"}, "MessageStatus": {"sent"}}
	for _, path := range []string{twilio.InboundPath, twilio.StatusPath} {
		if status, answer, _ := post(t, a.URL+path, form.Encode(), signed(a.URL+path, form)); status != 500 || strings.Contains(answer, "database") {
			t.Errorf("%s: %d %q, want 500", path, status, answer)
		}
	}
}

func TestASignedRequestThatIsNoMessage(t *testing.T) {
	a := newApp(t, "")
	for _, tt := range []struct {
		name, path string
		form       url.Values
		want       int
	}{
		{"a call", twilio.InboundPath, url.Values{"CallSid": {"CA1"}, "From": {phone}}, 400},
		{"nobody's", twilio.InboundPath, url.Values{"MessageSid": {"SM1"}}, 400},
		{"older name of the sid", twilio.InboundPath, url.Values{"SmsSid": {"SM1"}, "From": {phone}}, 200},
		{"status of nothing", twilio.StatusPath, url.Values{"MessageStatus": {"sent"}}, 400},
		{"status of a new kind", twilio.StatusPath, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"pondering"}}, 200},
		{"no status", twilio.StatusPath, url.Values{"MessageSid": {"SM1"}}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, _, _ := post(t, a.URL+tt.path, tt.form.Encode(), signed(a.URL+tt.path, tt.form)); status != tt.want {
				t.Errorf("%d, want %d", status, tt.want)
			}
		})
	}
	if len(a.texts) != 1 || len(a.evidence) != 0 {
		t.Errorf("stored %+v %+v", a.texts, a.evidence)
	}
}

func TestWhatAnInboundTextMayLookLike(t *testing.T) {
	for _, tt := range []struct {
		name, body string // body of the request
		want       string
	}{
		{"a picture without words", "MessageSid=SM1&From=%2B1&Body=&NumMedia=1&MediaUrl0=https%3A%2F%2Fx", ""},
		{"no Body at all", "MessageSid=SM1&From=%2B1", ""},
		{"the first of two bodies", "MessageSid=SM1&From=%2B1&Body=done&Body=stop", "done"},
		{"not UTF-8", "MessageSid=SM1&From=%2B1&Body=%ffok", "\uFFFDok"},
		{"line ends and spaces", "MessageSid=SM1&From=%2B1&Body=a%0D%0Ab++", "a\r\nb  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, "")
			form, err := url.ParseQuery(tt.body)
			if err != nil {
				t.Fatal(err)
			}
			status, _, _ := post(t, a.URL+twilio.InboundPath, tt.body, signed(a.URL+twilio.InboundPath, form))
			if status != 200 || len(a.texts) != 1 || a.texts[0].Text != tt.want || a.texts[0].From != "+1" {
				t.Errorf("%d, %+v", status, a.texts)
			}
		})
	}
}

func TestAJSONWebhookIsUnderstood(t *testing.T) {
	a := newApp(t, "")
	body := `{"MessageSid":"SM1","From":"` + phone + `","Body":"done 3"}`
	address, signature := twiliotest.SignBody(twiliotest.AuthToken, a.URL+twilio.InboundPath, []byte(body))
	if status, _, _ := post(t, address, body, signature); status != 200 || len(a.texts) != 1 || a.texts[0].Text != "done 3" {
		t.Errorf("%d, %+v", status, a.texts)
	}
	broken := `["no object"]`
	address, signature = twiliotest.SignBody(twiliotest.AuthToken, a.URL+twilio.InboundPath, []byte(broken))
	if status, _, _ := post(t, address, broken, signature); status != 400 {
		t.Errorf("an array: %d, want 400", status)
	}
}

func TestStatusesBecomeFacts(t *testing.T) {
	for _, tt := range []struct {
		status, code string
		want         checkins.Fact
	}{
		{"accepted", "", checkins.FactAccepted},
		{"scheduled", "", checkins.FactAccepted},
		{"queued", "", checkins.FactAccepted},
		{"sending", "", checkins.FactAccepted},
		{"sent", "", checkins.FactSent},
		{"partially_delivered", "", checkins.FactSent},
		{"delivered", "", checkins.FactDelivered},
		{"read", "", checkins.FactDelivered},
		{"undelivered", "", checkins.FactUndelivered},
		{"failed", "", checkins.FactFailed},
		{"canceled", "", checkins.FactFailed},
		{"undelivered", "30003", checkins.FactNotReached},
		{"failed", "21610", checkins.FactOptedOut},
		{"undelivered", "30005", checkins.FactUnreachable},
		{"undelivered", "99999", checkins.FactUndelivered},
		{"delivered", "30005", checkins.FactDelivered},
	} {
		t.Run(tt.status+" "+tt.code, func(t *testing.T) {
			a := newApp(t, "")
			form := url.Values{"MessageSid": {"SM9"}, "MessageStatus": {tt.status}, "From": {twiliotest.Number}, "To": {phone}}
			if tt.code != "" {
				form.Set("ErrorCode", tt.code)
			}
			target := a.URL + twilio.StatusPath + "?attempt=at+1"
			if status, _, _ := post(t, target, form.Encode(), signed(target, form)); status != 200 {
				t.Fatalf("status %d", status)
			}
			want := checkins.Evidence{Attempt: "at 1", ProviderID: "SM9", Source: "callback", Fact: tt.want, Code: tt.code, At: noon}
			if len(a.evidence) != 1 || a.evidence[0] != want {
				t.Errorf("evidence %+v, want %+v", a.evidence, want)
			}
		})
	}
}

func TestACodeThatIsNoCodeIsDropped(t *testing.T) {
	a := newApp(t, "")
	form := url.Values{"MessageSid": {"SM9"}, "MessageStatus": {"failed"}, "ErrorCode": {"call " + phone}}
	target := a.URL + twilio.StatusPath
	post(t, target, form.Encode(), signed(target, form))
	if len(a.evidence) != 1 || a.evidence[0].Code != "" || a.evidence[0].Fact != checkins.FactFailed {
		t.Errorf("%+v", a.evidence)
	}
}

func TestTheLogHoldsNoTextNumberOrToken(t *testing.T) {
	a := newApp(t, "")
	target := a.URL + twilio.InboundPath
	post(t, target, text.Encode(), "forged")
	post(t, target, url.Values{"Body": {"my secret"}}.Encode(), signed(target, url.Values{"Body": {"my secret"}}))
	a.err = errors.New("away")
	post(t, target, text.Encode(), signed(target, text))
	a.err = nil
	form := url.Values{"MessageSid": {"SM9"}, "MessageStatus": {"failed"}, "ErrorCode": {"30007"}, "To": {phone}}
	callback := a.URL + twilio.StatusPath + "?attempt=tok"
	post(t, callback, form.Encode(), signed(callback, form))
	log := a.log.String()
	if strings.Count(log, "\n") != 4 || !strings.Contains(log, "SM9") {
		t.Errorf("log is\n%s", log)
	}
	for _, secret := range []string{phone[1:], "done 7", "my secret", twiliotest.AuthToken, "tok", "forged"} {
		if strings.Contains(strings.ReplaceAll(log, "token", ""), secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

func TestHandlerRefusesToBeMadeHalf(t *testing.T) {
	full := func() twilio.HookOptions {
		return twilio.HookOptions{PublicURL: link(t, "https://h.example"), AuthTokens: []string{"t"}, Receiver: &ledger{}, Witness: &ledger{}, Now: time.Now}
	}
	for name, change := range map[string]func(*twilio.HookOptions){
		"no URL":      func(o *twilio.HookOptions) { o.PublicURL = nil },
		"no token":    func(o *twilio.HookOptions) { o.AuthTokens = nil },
		"empty token": func(o *twilio.HookOptions) { o.AuthTokens = []string{""} },
		"no receiver": func(o *twilio.HookOptions) { o.Receiver = nil },
		"no witness":  func(o *twilio.HookOptions) { o.Witness = nil },
		"no clock":    func(o *twilio.HookOptions) { o.Now = nil },
	} {
		o := full()
		change(&o)
		if _, err := twilio.Handler(o); err == nil {
			t.Errorf("%s: made", name)
		}
	}
	if _, err := twilio.Handler(full()); err != nil {
		t.Error(err)
	}
}

func TestInboundURLIsWhatAnOperatorEnters(t *testing.T) {
	got, err := twilio.InboundURL(link(t, "https://h.example/base/"))
	if want := "https://h.example/base/twilio/inbound#rc=3&rp=ct,rt,5xx"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
