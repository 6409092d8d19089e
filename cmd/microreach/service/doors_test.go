package service_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
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

// public is where Twilio believes the service to be; a proxy stands between.
var public = &url.URL{Scheme: "https", Host: "reach.example.org"}

// doors is a running service with its HTTP door open.
type doors struct {
	*service.Service
	t   *testing.T
	who checkins.ParticipantID
	log *bytes.Buffer
}

func openDoors(t *testing.T) *doors {
	t.Helper()
	log := &bytes.Buffer{}
	core := coreOptions(sqlite(t, "doors.db"), vault.Ephemeral(), leaktest.On(t).Log(log))
	core.PublicURL = public
	s, err := newService(t, service.Options{
		Core: core, Listen: "127.0.0.1:0", Clock: time.Now,
		SMS: &service.SMS{
			Twilio:     twilio.Options{AccountSID: "AC1", AuthToken: "secret", From: twiliotest.Number, PublicURL: public, BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1:9"}, Now: time.Now},
			AuthTokens: []string{"secret"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	d := &doors{Service: s, t: t, who: checkins.ParticipantID(newID()), log: log}
	err = s.Enrol(t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: d.who, Name: "Canary Nightingale", Zone: "UTC", Locale: "en", CreatedAt: time.Now(), Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: "+12125550100"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// post sends a webhook, signed with token over the address signed.
func (d *doors) post(form url.Values, token, signed string) int {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, "http://"+d.WebAddress().String()+twilio.InboundPath, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		r.Header.Set("X-Twilio-Signature", twiliotest.Sign(token, signed, form))
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

func (d *doors) records() int {
	d.t.Helper()
	list, err := d.Store.Records(d.t.Context(), d.who, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	return len(list)
}

func sms(sid, body string) url.Values {
	return url.Values{"MessageSid": {sid}, "From": {"+12125550100"}, "To": {twiliotest.Number}, "Body": {body}, "NumMedia": {"0"}}
}

func TestASignedTextCountsOnceAndAnUnsignedOneNever(t *testing.T) {
	d := openDoors(t)
	here := public.String() + twilio.InboundPath
	if code := d.post(sms("SM1", "YES"), "secret", here); code != http.StatusOK {
		t.Fatalf("YES: %d", code)
	}
	answer := sms("SM2", "done 7")
	for range 2 {
		if code := d.post(answer, "secret", here); code != http.StatusOK {
			t.Errorf("a signed text: %d", code)
		}
	}
	if n := d.records(); n != 1 {
		t.Errorf("the same text twice left %d records", n)
	}
	bad := map[string]func() int{
		"unsigned":      func() int { return d.post(sms("SM3", "done 1"), "", here) },
		"another token": func() int { return d.post(sms("SM3", "done 1"), "guess", here) },
		"another URL":   func() int { return d.post(sms("SM3", "done 1"), "secret", "https://evil.example"+twilio.InboundPath) },
		"a changed text": func() int {
			form := sms("SM3", "done 1")
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.WebAddress().String()+twilio.InboundPath, strings.NewReader(sms("SM3", "done 9").Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", twiliotest.Sign("secret", here, form))
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			return response.StatusCode
		},
	}
	for name, try := range bad {
		if code := try(); code != http.StatusForbidden {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code := d.post(sms("SM4", strings.Repeat("x", 65<<10)), "secret", here); code != http.StatusRequestEntityTooLarge {
		t.Errorf("65 KiB: %d", code)
	}
	if n := d.records(); n != 1 {
		t.Errorf("what was refused left %d records more", n-1)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
}

func TestWithoutADatabaseTwilioIsToldToComeAgain(t *testing.T) {
	d := openDoors(t)
	if err := d.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if code := d.post(sms("SM1", "YES"), "secret", public.String()+twilio.InboundPath); code < 500 {
		t.Errorf("with the database gone a text is answered %d", code)
	}
	_ = d.Stop() // the database is closed already
}

func TestHealthSaysHowItIs(t *testing.T) {
	d := openDoors(t)
	var body string
	get := func(path string) int {
		response, err := http.Get("http://" + d.WebAddress().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		body = string(raw)
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"} {
			if response.Header.Get(header) == "" {
				t.Errorf("%s bears no %s", path, header)
			}
		}
		return response.StatusCode
	}
	if code := get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	until(t, "readiness", 10*time.Second, func() bool { return get("/readyz") == http.StatusOK })
	d.holdBack()
	get("/readyz")
	if !strings.Contains(body, "held back: sms since") || !strings.Contains(body, "20003") {
		t.Errorf("readyz tells nothing of what is held back: %s", body)
	}
	if err := d.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if code := get("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("readyz without a database: %d", code)
	}
	if code := get("/nowhere"); code != http.StatusNotFound {
		t.Errorf("an unknown path: %d", code)
	}
	_ = d.Stop() // the database is closed already
}

// holdBack opens the breaker of texts.
func (d *doors) holdBack() {
	d.t.Helper()
	err := d.Store.Decide(d.t.Context(), checkins.Who{Participant: d.who}, time.Now(), func(checkins.State) (checkins.Effects, error) {
		b := checkins.Breaker{Name: "sms", Code: "20003", Source: "send", OpenedAt: time.Now(), ProbeAt: time.Now().Add(time.Hour)}
		return checkins.Effects{Trip: &b}, nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	d := openDoors(t)
	here := public.String() + twilio.InboundPath
	for i, text := range []string{"YES", "done 7, canarytext felt anxious", "pause", "STOP"} {
		d.post(sms("SM"+string(rune('1'+i)), text), "secret", here)
	}
	d.post(sms("SM9", "canarytext"), "wrong", here)
	if err := d.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{"canarytext", "5550100", "secret", "anxious"} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, d.log.String())
		}
	}
}

func TestWithoutAPublicAddressTextsAreFetched(t *testing.T) {
	tw := leaktest.On(t).Twilio(twiliotest.Options{})
	base, err := url.Parse(tw.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(t, service.Options{
		Core:  coreOptions(sqlite(t, "poll.db"), vault.Ephemeral(), leaktest.On(t).Log()),
		Clock: time.Now,
		SMS: &service.SMS{Poll: true, Twilio: twilio.Options{
			AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: tw.Number, BaseURL: base, Now: time.Now,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	who := checkins.ParticipantID(newID())
	err = s.Enrol(t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: who, Zone: "UTC", Locale: "en", CreatedAt: time.Now(), Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: "+12125550100"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"YES", "done 7"} {
		if _, err := tw.Text(t.Context(), "+12125550100", tw.Number, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "a record", 10*time.Second, func() bool {
		list, err := s.Store.Records(t.Context(), who, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list) == 1
	})
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
