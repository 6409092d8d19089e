package email_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// mailServer runs a real OpenSMTPD that hands answers to l.
func mailServer(t *testing.T, l *email.Listener) *emailtest.OpenSMTPD {
	t.Helper()
	server, err := emailtest.StartOpenSMTPD("microreach.example", l.Addr().String())
	if errors.Is(err, emailtest.ErrNoOpenSMTPD) {
		if os.Geteuid() != 0 {
			t.Skip(err) // as anybody but root it cannot be had, in CI neither
		}
		skiptest.Missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(server.Log())
		}
		_ = server.Close()
	})
	return server
}

// A mail goes out through a real server, arrives with a signature that holds, and the person's answer comes back through the
// same server, by LMTP.
func TestARoundTripThroughARealMailServer(t *testing.T) {
	b := &inbox{}
	l := listen(t, b, func(o *email.ListenerOptions) { o.LMTP = true })
	server := mailServer(t, l)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := email.Options{
		Host: server.Host(), Port: server.Port, TLS: email.TLSNone, Token: token, Now: now,
		DKIM: &email.DKIM{Domain: "microreach.example", Selector: "s", Key: private},
	}
	o.From.Address, o.ReplyAddress = "hello@microreach.example", "reply@microreach.example"
	sender := newSender(t, o)
	run := strconv.FormatInt(time.Now().UnixNano(), 36) // the server's queue may hold mail of another run
	for _, id := range []string{"m1", "m2"} {
		queued, err := sender.Send(t.Context(), prompt(id+run))
		if err != nil || queued == "" {
			t.Fatalf("queued as %q, %v", queued, err)
		}
	}
	var raw []byte
	until(t, "the mails", func() bool {
		here := 0
		for _, kept := range server.Kept() {
			if bytes.Contains(kept, []byte(run+"@microreach.example")) {
				raw, here = kept, here+1
			}
		}
		return here == 2
	})
	found, err := dkim.VerifyWithOptions(bytes.NewReader(bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))), &dkim.VerifyOptions{
		LookupTXT: func(string) ([]string, error) {
			return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}, nil
		},
	})
	if err != nil || len(found) != 1 || found[0].Err != nil {
		t.Errorf("the signature does not hold: %+v, %v", found, err)
	}
	if !strings.Contains(string(raw), "Return-Path: <reply+btok-m") && !strings.Contains(server.Log(), "reply+btok-m") {
		t.Error("the return path bears no token")
	}
	for _, raw := range [][]byte{answer("rtok-m1", "a"+run, "done 7"), append([]byte("Auto-Submitted: auto-replied\r\n"), answer("rtok-m1", "b"+run, "x")...)} {
		if err := emailtest.Submit(t.Context(), server.Addr(), "ana@participant.example", "reply+rtok-m1@microreach.example", raw); err != nil {
			t.Fatal(err)
		}
	}
	heard := map[string]checkins.Incoming{}
	until(t, "the answers", func() bool {
		for _, in := range b.all() {
			heard[in.ProviderID] = in
		}
		return heard["a"+run+"@phone.example"].Token != "" && heard["b"+run+"@phone.example"].Token != ""
	})
	want := checkins.Incoming{Channel: checkins.Email, ProviderID: "a" + run + "@phone.example", From: "ana@participant.example", Token: "rtok-m1", Text: "done 7", At: noon}
	if got := heard[want.ProviderID]; got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !heard["b"+run+"@phone.example"].Auto {
		t.Error("a machine is taken for a person")
	}
}
