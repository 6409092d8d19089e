package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

func TestTheKitIsMadeOfTheConfiguration(t *testing.T) {
	run := newCommand(t)
	run.settings("[programme]\nname = 'Small Steps'\ncontact = 'care@example.org'\npublic_url = 'https://c.example.org'\n[limits]\nprompts_per_day = 2\ncountries = ['US', 'CA']\n" +
		"[twilio]\naccount_sid = '" + accountSID + "'\nauth_token = '" + canary + "'\nfrom = '+12025550147'\n")
	out := run.must("kit", "10dlc")
	for _, want := range []string{
		"Small Steps: ", "Contact: care@example.org.", "https://c.example.org/privacy", "at most 2 a day", "Reply to HELP, CA", "What to do next", "microreach participant add",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the kit does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "MISSING") || strings.Contains(out, canary) {
		t.Errorf("the kit misses something, or shows a secret:\n%s", out)
	}
}

func TestTheKitNeedsNoMoreThanAName(t *testing.T) {
	run := newCommand(t) // no configuration, no keys, no database
	out := run.must("kit", "10dlc")
	for _, want := range []string{"MISSING: set programme.contact", "MISSING: set twilio.from", "MISSING: a privacy policy", "Microreach: "} {
		if !strings.Contains(out, want) {
			t.Errorf("the kit does not say %q:\n%s", want, out)
		}
	}
}

func TestTheKitSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, text, args, says string
		code                   int
	}{
		{"no name", "[programme]\nname = ''\n", "kit 10dlc", "programme.name: this is empty", exitFailure},
		{"nobody to call", "[programme]\ncountry = 'JP'\n", "kit 10dlc", "programme.crisis_file", exitFailure},
		{"nobody to call in one of several", "[limits]\ncountries = ['US', 'JP']\n", "kit 10dlc", `limits.countries has "JP"`, exitFailure},
		{"something behind it", "", "kit 10dlc now", "takes no arguments", exitUsage},
		{"another kit", "", "kit tollfree", "unknown command", exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := newCommand(t)
			run.settings(c.text)
			code, out, errs := run.run(strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(errs, c.says) || out != "" {
				t.Errorf("exit %d, not %d; %q is missing: %s%s", code, c.code, c.says, errs, out)
			}
		})
	}
}

// TestTheKitHoldsWhatServeSends runs the service against a stand-in for Twilio:
// the texts that arrive there are those of the kit (A09).
func TestTheKitHoldsWhatServeSends(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	sent, seen := make(chan twiliotest.Message, 64), map[string]bool{}
	carrier := leaktest.On(t).Twilio(twiliotest.Options{
		CallbackDelay: time.Millisecond, RetryDelay: time.Millisecond,
		Now: func() time.Time { return morning }, // one clock: the service looks at Twilio's (F11)
		OnMessage: func(m twiliotest.Message) {
			if m.Direction == "outbound-api" && !seen[m.SID] {
				seen[m.SID] = true
				sent <- m
			}
		},
	})
	address := freeAddress(t)
	carrier.SetInbound("http://" + address + twilio.InboundPath)
	run := newCommand(t)
	run.env["MICROREACH_SERVER_LISTEN"] = address
	run.must("init")
	run.settings(fmt.Sprintf("[programme]\nname = 'Small Steps'\ncontact = 'care@example.org'\npublic_url = 'http://%s'\n[server]\nlisten = '%s'\n"+
		"[twilio]\naccount_sid = '%s'\nauth_token = '%s'\nfrom = '%s'\nbase_url = '%s'\n",
		address, address, twiliotest.AccountSID, twiliotest.AuthToken, twiliotest.Number, carrier.URL))
	kit := run.must("kit", "10dlc")
	run.must("participant", "add", "--sms", "+12125550147")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan string, 1)
	go func() {
		_, _, errs := run.runContext(ctx, "serve")
		done <- errs
	}()
	for _, c := range []struct{ from, want string }{
		{"", "Reply YES to start"}, {"YES", "you're in"}, {"help please", "In a crisis"}, {"please stop texting me", "you are unsubscribed"},
	} {
		if c.from != "" {
			if _, err := carrier.Text(ctx, "+12125550147", carrier.Number, c.from); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case m := <-sent:
			if !strings.Contains(m.Body, c.want) {
				t.Errorf("after %q came %q", c.from, m.Body)
			}
			if !strings.Contains(kit, "\n"+m.Body+"\n") && c.from != "YES" { // that one names the next reminder
				t.Errorf("the kit does not hold what was sent:\n%s", m.Body)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("nothing was sent after %q", c.from)
		}
	}
	stop()
	if errs := <-done; t.Failed() {
		t.Log(errs)
	}
}

// freeAddress is an address of this machine that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
