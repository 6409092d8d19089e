package twilio_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// BenchmarkSend is one create over a kept loopback connection; BenchmarkRaw the
// same request without any of our code or the library's. The peer answers from
// memory, so that the difference is ours.
func BenchmarkSend(b *testing.B) {
	s := newSender(b, peer(b), nil)
	m := outgoing("a", time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Send(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRaw(b *testing.B) {
	base := peer(b)
	b.ReportAllocs()
	for b.Loop() {
		body := strings.NewReader("Body=Reach%3A+one+small+hello+today%3F&From=%2B15005550006&SmartEncoded=true&To=%2B15005550010&ValidityPeriod=3600")
		resp, err := http.Post(base, "application/x-www-form-urlencoded", body)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

func peer(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"sid":"SM1","status":"queued"}`)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkInbound is one signed text through the handler, without a network.
func BenchmarkInbound(b *testing.B) {
	h, err := twilio.Handler(twilio.HookOptions{
		PublicURL: link(b, "https://h.example"), AuthTokens: []string{twiliotest.AuthToken},
		Receiver: &ledger{}, Witness: &ledger{}, Now: atNoon,
	})
	if err != nil {
		b.Fatal(err)
	}
	signature, body := signed("https://h.example"+twilio.InboundPath, text), text.Encode()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", twilio.InboundPath, strings.NewReader(body))
		r.Header.Set("X-Twilio-Signature", signature)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
