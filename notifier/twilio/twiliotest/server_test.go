package twiliotest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

const phone = "+15005550010"

var noon = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func messagesURL(tw *twiliotest.Server) string {
	return tw.URL + "/2010-04-01/Accounts/" + twiliotest.AccountSID + "/Messages.json"
}

// api asks and reads JSON; a nil form is a GET.
func api(t *testing.T, target, user, password string, form url.Values) (int, map[string]any) {
	t.Helper()
	method := http.MethodPost
	if form == nil {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(user, password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func ask(t *testing.T, tw *twiliotest.Server, form url.Values) (int, map[string]any) {
	t.Helper()
	return api(t, messagesURL(tw), twiliotest.AccountSID, twiliotest.AuthToken, form)
}

func message(change ...string) url.Values {
	form := url.Values{"To": {phone}, "From": {twiliotest.Number}, "Body": {"hello"}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// app counts and keeps the webhooks that it gets.
type app struct {
	*httptest.Server
	mu     sync.Mutex
	forms  []url.Values
	tokens []string
	answer func(n int) int // status of the nth call, from 1
}

func newApp(t *testing.T, tw *twiliotest.Server, answer func(n int) int) *app {
	a := &app{answer: answer}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(body))
		a.mu.Lock()
		defer a.mu.Unlock()
		a.forms = append(a.forms, form)
		a.tokens = append(a.tokens, r.Header.Get("I-Twilio-Idempotency-Token"))
		good := twiliotest.Sign(twiliotest.AuthToken, a.URL+r.RequestURI, form)
		if err != nil || r.Header.Get("X-Twilio-Signature") != good {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if a.answer != nil {
			w.WriteHeader(a.answer(len(a.forms)))
		}
		io.WriteString(w, "<Response/>")
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *app) statuses() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, form := range a.forms {
		all = append(all, strings.TrimSuffix(form.Get("MessageStatus")+" "+form.Get("ErrorCode"), " "))
	}
	return all
}

func TestACreateIsAnsweredAsTwilioDoes(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	status, answer := ask(t, tw, message())
	if status != 201 || answer["status"] != "queued" || answer["direction"] != "outbound-api" || answer["error_code"] != nil {
		t.Errorf("%d %v", status, answer)
	}
	if sid := answer["sid"].(string); len(sid) != 34 || !strings.HasPrefix(sid, "SM") {
		t.Errorf("sid %q", sid)
	}
	if answer["date_created"] != "Sat, 07 Mar 2026 12:00:00 +0000" || answer["date_sent"] != nil {
		t.Errorf("dates %v, %v", answer["date_created"], answer["date_sent"])
	}
}

func TestWhatTwilioRefuses(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{})
	for _, tt := range []struct {
		name string
		form url.Values
		code float64
	}{
		{"no To", message("To", ""), 21604},
		{"no sender", message("From", ""), 21603},
		{"no words", message("Body", ""), 21602},
		{"too many words", message("Body", strings.Repeat("x", 1601)), 21617},
		{"no number", message("To", "me"), 21211},
		{"number without plus", message("To", "15005550010"), 21211},
		{"sender of somebody else", message("From", "+15005550099"), 21606},
		{"unknown service", message("From", "", "MessagingServiceSid", "MGx"), 21705},
		{"validity 0", message("ValidityPeriod", "0"), 90007},
		{"validity 36001", message("ValidityPeriod", "36001"), 90007},
		{"callback to nowhere", message("StatusCallback", "/twilio/status"), 21609},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, answer := ask(t, tw, tt.form); status != 400 || answer["code"] != tt.code {
				t.Errorf("%d %v, want 400 %v", status, answer, tt.code)
			}
		})
	}
	if n := len(tw.Messages()); n != 0 {
		t.Errorf("%d messages were taken", n)
	}
}

func TestCredentialsAreChecked(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{APIKeys: map[string]string{"SK1": "pw"}})
	for _, tt := range []struct {
		name, user, password string
		want                 int
	}{
		{"account and token", twiliotest.AccountSID, twiliotest.AuthToken, 201},
		{"API key", "SK1", "pw", 201},
		{"wrong token", twiliotest.AccountSID, "x", 401},
		{"unknown key", "SK2", "", 401},
		{"nobody", "", "", 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, answer := api(t, messagesURL(tw), tt.user, tt.password, message()); status != tt.want {
				t.Errorf("%d %v, want %d", status, answer, tt.want)
			}
		})
	}
	other := strings.Replace(messagesURL(tw), twiliotest.AccountSID, "AC2", 1)
	if status, _ := api(t, other, twiliotest.AccountSID, twiliotest.AuthToken, message()); status != 404 {
		t.Errorf("another account: %d", status)
	}
}

func TestCallbacksComeAsAskedFor(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault twiliotest.Fault
		want  []string
	}{
		{"in order", twiliotest.Fault{}, []string{"sent", "delivered"}},
		{"late", twiliotest.CallbacksLate(20 * time.Millisecond), []string{"sent", "delivered"}},
		{"out of order", twiliotest.CallbacksReversed(), []string{"delivered", "sent"}},
		{"twice", twiliotest.CallbacksTwice(), []string{"sent", "sent", "delivered", "delivered"}},
		{"never", twiliotest.CallbacksNever(), nil},
		{"undelivered", twiliotest.Undeliverable(30003), []string{"sent", "undelivered 30003"}},
		{"answer lost", twiliotest.ServerError(), []string{"sent", "delivered"}},
		{"not taken", twiliotest.ServerErrorLost(), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
			a := newApp(t, tw, nil)
			tw.Misbehave(tt.fault)
			ask(t, tw, message("StatusCallback", a.URL+"/status?attempt=a%201#rc=3&rp=5xx"))
			if err := tw.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := a.statuses(); !slices.Equal(got, tt.want) {
				t.Errorf("callbacks %v, want %v", got, tt.want)
			}
			taken := 1
			if tt.fault.Lost {
				taken = 0
			}
			if tw.Created("a 1") != taken {
				t.Errorf("taken %d, want %d", tw.Created("a 1"), taken)
			}
		})
	}
}

func TestWebhooksAreTriedAgainAsTheFragmentSays(t *testing.T) {
	for _, tt := range []struct {
		name, fragment string
		status         int // of the answers before the last allowed one
		want           int // calls
	}{
		{"5xx by default", "", 500, 1},
		{"5xx, three more", "#rc=3&rp=ct,rt,5xx", 500, 4},
		{"4xx is no 5xx", "#rc=3&rp=ct,rt,5xx", 403, 1},
		{"everything", "#rc=2&rp=all", 404, 3},
		{"none more", "#rc=0&rp=all", 500, 1},
		{"all is well", "#rc=3&rp=all", 200, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tw := twiliotest.Start(t, twiliotest.Options{})
			a := newApp(t, tw, func(int) int { return tt.status })
			tw.SetInbound(a.URL + "/in" + tt.fragment)
			receipt, err := tw.Text(t.Context(), phone, "", "hi")
			if err != nil || receipt.Calls != tt.want || receipt.Status != tt.status {
				t.Errorf("%+v, %v; want %d calls", receipt, err, tt.want)
			}
			for _, token := range a.tokens {
				if token == "" || token != a.tokens[0] {
					t.Errorf("idempotency tokens %v", a.tokens)
				}
			}
		})
	}
}

func TestATextWaitsForAnApplicationThatComesBack(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{})
	a := newApp(t, tw, func(n int) int { return map[bool]int{true: 503, false: 200}[n < 3] })
	tw.SetInbound(a.URL + "/in#rc=5&rp=5xx")
	if receipt, err := tw.Text(t.Context(), phone, "", "hi"); err != nil || receipt.Calls != 3 || receipt.Status != 200 {
		t.Errorf("%+v, %v", receipt, err)
	}
	again, err := tw.Redeliver(t.Context(), tw.Messages()[0].SID)
	if err != nil || again.Status != 200 {
		t.Errorf("%+v, %v", again, err)
	}
	if a.forms[0].Encode() != a.forms[3].Encode() {
		t.Error("a repeated delivery differs")
	}
}

func TestNobodyListeningIsAnError(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Inbound: "http://127.0.0.1:1/in"})
	if receipt, err := tw.Text(t.Context(), phone, "", "hi"); err == nil || receipt.Calls != 2 || receipt.Status != 0 {
		t.Errorf("%+v, %v", receipt, err)
	}
	if _, err := tw.Text(t.Context(), phone, "+19990000000", "hi"); err == nil {
		t.Error("a text to a number of nobody went through")
	}
}

func TestSTOPBlocksUntilSTART(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{
		OptOutType: true,
		Replies:    map[string]string{"STOP": "stopped", "START": "started", "HELP": "helped"},
	})
	a := newApp(t, tw, nil)
	tw.SetInbound(a.URL + "/in")
	for i, tt := range []struct {
		body, optOut, reply string
		blocked             bool
	}{
		{"yes", "", "", false},
		{"done", "", "", false},
		{"HELP", "HELP", "helped", false},
		{"stop please", "", "", false},
		{" Stop\n", "STOP", "stopped", true},
		{"stop", "STOP", "", true},
		{"help", "HELP", "", true},
		{"YES", "START", "started", false},
		{"optout", "STOP", "stopped", true},
		{"unstop", "START", "started", false},
	} {
		t.Run(tt.body, func(t *testing.T) {
			before := len(tw.Messages())
			if _, err := tw.Text(t.Context(), phone, "", tt.body); err != nil {
				t.Fatal(err)
			}
			if got := a.forms[i].Get("OptOutType"); got != tt.optOut {
				t.Errorf("OptOutType %q, want %q", got, tt.optOut)
			}
			reply := ""
			for _, m := range tw.Messages()[before+1:] {
				reply += m.Body
			}
			if reply != tt.reply {
				t.Errorf("Twilio says %q, want %q", reply, tt.reply)
			}
			want := map[bool]int{false: 201, true: 400}[tt.blocked]
			if status, answer := ask(t, tw, message()); status != want || tw.Blocked(phone) != tt.blocked {
				t.Errorf("a message is answered %d %v, want %d", status, answer, want)
			}
		})
	}
}

func TestTheListFiltersAndPages(t *testing.T) {
	at := noon
	var mu sync.Mutex
	tw := twiliotest.Start(t, twiliotest.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return at }})
	for day := range 3 {
		mu.Lock()
		at = noon.AddDate(0, 0, day)
		mu.Unlock()
		for i := range 3 {
			if _, err := tw.Text(t.Context(), phone, "", fmt.Sprint(day, i)); err != nil {
				t.Fatal(err)
			}
		}
		ask(t, tw, message("Body", fmt.Sprint("out", day)))
		tw.Settle(t.Context())
	}
	bodies := func(query string) string {
		next, all := messagesURL(tw)+"?"+query, ""
		for pages := 0; next != ""; pages++ {
			status, answer := api(t, next, twiliotest.AccountSID, twiliotest.AuthToken, nil)
			if status != 200 || pages > 20 {
				t.Fatalf("%d %v", status, answer)
			}
			for _, m := range answer["messages"].([]any) {
				all += m.(map[string]any)["body"].(string) + ","
			}
			next = ""
			if uri, ok := answer["next_page_uri"].(string); ok {
				next = tw.URL + uri
			}
		}
		return strings.TrimSuffix(all, ",")
	}
	number := url.QueryEscape(twiliotest.Number)
	for _, tt := range []struct{ name, query, want string }{
		{"all, the newest first", "", "out2,2 2,2 1,2 0,out1,1 2,1 1,1 0,out0,0 2,0 1,0 0"},
		{"pages", "PageSize=5", "out2,2 2,2 1,2 0,out1,1 2,1 1,1 0,out0,0 2,0 1,0 0"},
		{"to us", "To=" + number + "&PageSize=2", "2 2,2 1,2 0,1 2,1 1,1 0,0 2,0 1,0 0"},
		{"from us", "From=" + number, "out2,out1,out0"},
		{"of one day", "DateSent=2026-03-08&PageSize=3", "out1,1 2,1 1,1 0"},
		{"from a day on", "DateSent%3E=2026-03-08T23:59:59Z", "out2,2 2,2 1,2 0,out1,1 2,1 1,1 0"},
		{"until a day", "DateSent%3C=2026-03-07", "out0,0 2,0 1,0 0"},
		{"nothing", "To=%2B1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := bodies(tt.query); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	first := tw.Messages()[0]
	if _, m := api(t, strings.Replace(messagesURL(tw), ".json", "/"+first.SID+".json", 1), twiliotest.AccountSID, twiliotest.AuthToken, nil); m["body"] != "0 0" || m["status"] != "received" {
		t.Errorf("one message is %v", m)
	}
}

func TestAnObserverSeesEveryStepInOrder(t *testing.T) {
	var seen []string
	tw := twiliotest.Start(t, twiliotest.Options{
		MessagingService: "MG1",
		Replies:          map[string]string{"STOP": "stopped"},
		OnMessage:        func(m twiliotest.Message) { seen = append(seen, m.Direction+" "+m.Status) },
	})
	ask(t, tw, message("From", "", "MessagingServiceSid", "MG1"))
	if err := tw.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	tw.Text(t.Context(), phone, "", "stop")
	want := []string{
		"outbound-api accepted", "outbound-api queued", "outbound-api sent", "outbound-api delivered",
		"inbound received", "outbound-reply delivered",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
	if n := len(tw.Thread(phone)); n != 3 {
		t.Errorf("%d messages in the thread", n)
	}
}

func TestCountsShowADouble(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Faults: func(n int) twiliotest.Fault {
		if n == 2 {
			return twiliotest.ServerError()
		}
		return twiliotest.Fault{}
	}})
	for _, attempt := range []string{"a", "b", "b"} {
		ask(t, tw, message("StatusCallback", "http://127.0.0.1:1/s?attempt="+attempt))
	}
	ask(t, tw, message()) // no attempt is named
	ask(t, tw, message())
	if a, n := tw.MostCreated(); a != "b" || n != 2 || tw.Created("a") != 1 || tw.Requests() != 5 {
		t.Errorf("%s %d, a %d, requests %d", a, n, tw.Created("a"), tw.Requests())
	}
}

func TestCloseDoesNotWaitForWhatIsLate(t *testing.T) {
	tw, err := twiliotest.New(twiliotest.Options{CallbackDelay: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, tw, message("StatusCallback", "http://127.0.0.1:1/s"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tw.Settle(ctx); err == nil {
		t.Error("Settle says that nothing is under way")
	}
	tw.Close()
}
