package email_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/notifier/email"
)

const hookSecret = "canary-0123456789abcdef"

// hook is a hook that brings mail to b, and what it logs.
func hook(t *testing.T, b *inbox) (*email.Hook, *syncBuffer) {
	t.Helper()
	log := &syncBuffer{}
	in := intake(b)
	in.Log = slog.New(slog.NewTextHandler(log, nil))
	h, err := email.NewHook(email.HookOptions{Intake: in, Secret: hookSecret, ReceiveTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return h, log
}

func sign(secret string, raw []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(raw)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// bring posts a mail with header fields and gives the status.
func bring(h http.Handler, method string, raw []byte, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, email.HookPath, bytes.NewReader(raw))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheHookTakesMailFromThoseWhoKnowItsSecret(t *testing.T) {
	raw := letter("done 7")
	basic := func(password string) string {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.SetBasicAuth("anybody", password)
		return r.Header.Get("Authorization")
	}
	for _, c := range []struct {
		name   string
		header []string
		want   int
	}{
		{"bearer", []string{"Authorization", "Bearer " + hookSecret}, 200},
		{"basic", []string{"Authorization", basic(hookSecret)}, 200},
		{"signature", []string{"X-Signature", sign(hookSecret, raw)}, 200},
		{"nothing", nil, 401},
		{"another secret", []string{"Authorization", "Bearer guess"}, 401},
		{"a part of it", []string{"Authorization", "Bearer " + hookSecret[:20]}, 401},
		{"another password", []string{"Authorization", basic("guess")}, 401},
		{"another scheme", []string{"Authorization", "Token " + hookSecret}, 401},
		{"a signature by another", []string{"X-Signature", sign("guess", raw)}, 401},
		{"a signature of another mail", []string{"X-Signature", sign(hookSecret, []byte("x"))}, 401},
		{"no signature at all", []string{"X-Signature", "sha256="}, 401},
		{"a wrong signature beside the secret", []string{"X-Signature", "zz", "Authorization", "Bearer " + hookSecret}, 401},
	} {
		b := &inbox{}
		h, log := hook(t, b)
		w := bring(h, http.MethodPost, raw, c.header...)
		if kept := len(b.all()); w.Code != c.want || kept != map[bool]int{true: 1}[c.want == 200] {
			t.Errorf("%s: %d with %d kept, want %d", c.name, w.Code, kept, c.want)
		}
		if strings.Contains(log.String()+w.Body.String(), "canary") {
			t.Errorf("%s: the secret is told", c.name)
		}
	}
}

func TestTheHookSaysYesOnlyAfterTheMailIsKept(t *testing.T) {
	b := &inbox{fail: errors.New("the disk is full")}
	h, log := hook(t, b)
	secret := []string{"Authorization", "Bearer " + hookSecret}
	w := bring(h, http.MethodPost, letter("canarytext"), secret...)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("a mail that could not be kept is answered %d", w.Code)
	}
	if strings.Contains(log.String(), "canarytext") || strings.Contains(log.String(), "rtok") || !strings.Contains(log.String(), "the disk is full") {
		t.Error(log.String())
	}
	b.fail = nil
	if w := bring(h, http.MethodPost, letter("canarytext"), secret...); w.Code != 200 || len(b.all()) != 1 {
		t.Errorf("brought again: %d, %d kept", w.Code, len(b.all()))
	}
	b.enter, b.leave = make(chan struct{}, 1), make(chan struct{})
	if w := bring(h, http.MethodPost, letter("slow"), secret...); w.Code != 503 {
		t.Errorf("a receiver that hangs: %d", w.Code)
	}
}

func TestTheHookTellsWhatCannotBeMended(t *testing.T) {
	h, _ := hook(t, &inbox{})
	secret := []string{"Authorization", "Bearer " + hookSecret}
	large := letter(strings.Repeat("x", 1<<20))
	for _, c := range []struct {
		name, method string
		raw          []byte
		want         int
	}{
		{"nothing", http.MethodPost, nil, 400},
		{"blanks", http.MethodPost, []byte(" \r\n"), 400},
		{"over 1 MiB", http.MethodPost, large, 413},
		{"exactly 1 MiB", http.MethodPost, large[:1<<20], 200},
		{"GET", http.MethodGet, nil, 405},
		{"PUT", http.MethodPut, letter("done"), 405},
	} {
		if w := bring(h, c.method, c.raw, secret...); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
	in := intake(&inbox{})
	if _, err := email.NewHook(email.HookOptions{Intake: in, Secret: "short"}); err == nil {
		t.Error("a short secret is allowed")
	}
}

func TestABounceByTheHookIsEvidence(t *testing.T) {
	b := &inbox{}
	h, _ := hook(t, b)
	raw := []byte(dsn("Final-Recipient: rfc822; ana@participant.example\nAction: failed\nStatus: 5.2.2"))
	if w := bring(h, http.MethodPost, raw, "X-Signature", sign(hookSecret, raw)); w.Code != 200 || len(b.reports) != 1 || b.reports[0].Token != "btok-m1" || b.reports[0].Fact != "full" {
		t.Errorf("%d, %+v", w.Code, b.reports)
	}
	forged := bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("+btok-m1"), nil), []byte("rtok-m1@microreach"), []byte("rtok-m1@evil"))
	if w := bring(h, http.MethodPost, forged, "X-Signature", sign(hookSecret, forged)); w.Code != 200 || len(b.reports) != 1 || len(b.all()) != 0 {
		t.Errorf("a report without a token of ours: %d, %+v", w.Code, b.reports)
	}
}
