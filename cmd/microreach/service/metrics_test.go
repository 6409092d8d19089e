package service_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// measured is a running service with metrics and a watchman.
func measured(t *testing.T, watchman string) *service.Service {
	t.Helper()
	tw := leaktest.On(t).Twilio(twiliotest.Options{})
	base, err := url.Parse(tw.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(t, service.Options{
		Core:  coreOptions(sqlite(t, "measured.db"), vault.Ephemeral(), leaktest.On(t).Log()),
		Clock: time.Now, Metrics: "127.0.0.1:0", Heartbeat: watchman,
		SMS: &service.SMS{Poll: true, Twilio: twilio.Options{
			AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: twiliotest.Number, BaseURL: base, Now: time.Now,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// scrape reads the metrics.
func scrape(t *testing.T, s *service.Service, path string) (int, string) {
	t.Helper()
	response, err := http.Get("http://" + s.MetricsAddress().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

func TestMetricsTellWhatHappensAndNothingAboutAnybody(t *testing.T) {
	beats := make(chan string, 16)
	watchman := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { beats <- r.Method + " " + r.URL.Path }))
	t.Cleanup(watchman.Close)
	s := measured(t, watchman.URL+"/ping/secret-path")
	const number = "+12125550188"
	who := checkins.ParticipantID(newID())
	err := s.Enrol(t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: who, Name: "Canary", Zone: "UTC", Locale: "en", CreatedAt: time.Now(), Hours: pace.Span{From: 0, To: 24 * 60}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number}},
	})
	if err != nil {
		t.Fatal(err)
	}
	say := func(text string) {
		t.Helper()
		in := checkins.Incoming{Channel: checkins.SMS, ProviderID: "SM" + newID(), From: number, Text: text, At: time.Now()}
		if err := s.Inbox.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	var body string
	shows := func(want string) {
		t.Helper()
		until(t, want, 20*time.Second, func() bool {
			_, body = scrape(t, s, "/metrics")
			return strings.Contains(body, want)
		})
	}
	say("YES")
	shows(`microreach_attempts_total{channel="sms",kind="answer",outcome="accepted"} 1`)
	say("win: canary note")
	say("STOP")
	for _, want := range []string{
		`microreach_inbound_total{channel="sms"} 3`,
		`microreach_opt_ins_total{route="sms"} 1`,
		`microreach_opt_outs_total{route="sms"} 1`,
		`microreach_check_ins_total 1`,
		`microreach_attempt_seconds_count{channel="sms"}`,
		`microreach_messages_total{channel="sms",kind="answer",state="queued"} 2`,
		`microreach_round_seconds_count{round="plan"}`,
		`microreach_round_last_timestamp_seconds{round="dispatch sms"}`,
		`microreach_lag_seconds{of="plans"} 0`,
		`microreach_lag_seconds{of="messages"}`,
		`microreach_held_back 0`,
	} {
		shows(want)
	}
	onlyWords(t, body, number, "Canary", "canary", "secret-path", string(who))
	if code, _ := scrape(t, s, "/"); code != http.StatusNotFound {
		t.Errorf("another path answers %d", code)
	}
}

// labels are all that there may be, and plainWord is all that they may hold.
var (
	labels    = []string{"round", "channel", "kind", "outcome", "state", "route", "fact", "of", "result", "le"}
	series    = regexp.MustCompile(`(?m)^microreach_\w+\{([^}]*)\}`)
	label     = regexp.MustCompile(`(\w+)="([^"]*)"`)
	plainWord = regexp.MustCompile(`^([a-z_]+( [a-z]+)?|[0-9.e+-]+|\+Inf)$`)
)

// onlyWords fails where a label holds more than one of the program's own words.
func onlyWords(t *testing.T, body string, canaries ...string) {
	t.Helper()
	all := series.FindAllStringSubmatch(body, -1)
	if len(all) < 20 {
		t.Fatalf("only %d series with labels", len(all))
	}
	for _, one := range all {
		for _, pair := range label.FindAllStringSubmatch(one[1], -1) {
			if !slices.Contains(labels, pair[1]) || !plainWord.MatchString(pair[2]) {
				t.Errorf("a label %s=%q", pair[1], pair[2])
			}
		}
	}
	for _, canary := range canaries {
		if strings.Contains(body, canary) {
			t.Errorf("the metrics hold %q", canary)
		}
	}
}

func TestTheWatchmanHearsOnlyThatAllIsWell(t *testing.T) {
	beats := make(chan string, 16)
	watchman := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { beats <- r.Method + " " + r.URL.Path }))
	t.Cleanup(watchman.Close)
	s := measured(t, watchman.URL+"/ping/7")
	until(t, "the first planning round", 20*time.Second, func() bool { return service.Beat(t.Context(), s) == nil && len(beats) > 0 })
	if beat := <-beats; beat != "GET /ping/7" {
		t.Errorf("the watchman heard %s", beat)
	}
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "silence without a database", 20*time.Second, func() bool {
		for len(beats) > 0 { // what was under way may still arrive
			<-beats
		}
		return service.Beat(t.Context(), s) == nil && len(beats) == 0
	})
}

func TestAWatchmanThatDoesNotAnswerIsToldWithoutItsAddress(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"HTTP 404":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"does not answer": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
	} {
		watchman := httptest.NewServer(handler)
		s := measured(t, watchman.URL+"/ping/secret-path")
		var err error
		until(t, name, 20*time.Second, func() bool { err = service.Beat(t.Context(), s); return err != nil })
		if !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%s: %v", name, err)
		}
		watchman.Close()
	}
}

// The alerts of the README speak of metrics that there are.
func TestTheReadmesAlertsAreAboutRealMetrics(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bmicroreach_([a-z_]+)[{\[)]`).FindAllStringSubmatch(string(readme), -1)
	if len(named) < 8 {
		t.Fatalf("the README names %d metrics", len(named))
	}
	for _, one := range named {
		if name := strings.TrimSuffix(one[1], "_bucket"); !strings.Contains(string(source), `"`+name+`"`) {
			t.Errorf("the README names microreach_%s, and there is none", one[1])
		}
	}
}
