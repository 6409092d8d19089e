package twilio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

func TestTheSetUpAtTwilioIsRead(t *testing.T) {
	const hook = "https://reach.example.org/twilio/inbound"
	const service = "MG00000000000000000000000000000001"
	key := func(o *twilio.Options) { o.APIKeySID, o.APIKeySecret = "SK1", "key-secret" }
	for name, test := range map[string]struct {
		twilio twiliotest.Options
		alter  func(*twilio.Options)
		want   twilio.Account
		err    error
	}{
		"a full account":      {want: twilio.Account{Status: "active", Found: true, TakesTexts: true, Webhook: hook, Method: "POST"}},
		"a trial":             {twilio: twiliotest.Options{Setup: twiliotest.Setup{Type: "Trial"}}, want: twilio.Account{Status: "active", Trial: true, Found: true, TakesTexts: true, Webhook: hook, Method: "POST"}},
		"suspended":           {twilio: twiliotest.Options{Setup: twiliotest.Setup{Status: "suspended"}}, err: twilio.ErrAccount},
		"another token":       {alter: func(o *twilio.Options) { o.AuthToken = "guess" }, err: twilio.ErrSignIn},
		"a plain API key":     {alter: key, want: twilio.Account{Found: true, TakesTexts: true, Webhook: hook, Method: "POST"}},
		"a wrong API key":     {alter: func(o *twilio.Options) { key(o); o.APIKeySecret = "guess" }, err: twilio.ErrSignIn},
		"another's number":    {alter: func(o *twilio.Options) { o.From = "+12025550147" }, want: twilio.Account{Status: "active"}},
		"no texts":            {twilio: twiliotest.Options{Setup: twiliotest.Setup{NoTexts: true, Method: "GET", Application: "AP1"}}, want: twilio.Account{Status: "active", Found: true, Webhook: hook, Method: "GET", Application: true}},
		"a messaging service": {alter: func(o *twilio.Options) { o.From, o.MessagingServiceSID = "", service }, want: twilio.Account{Status: "active", Found: true, TakesTexts: true, Webhook: hook, Method: "POST"}},
		"no such service":     {alter: func(o *twilio.Options) { o.From, o.MessagingServiceSID = "", "MG2" }, want: twilio.Account{Status: "active"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.twilio.Inbound, test.twilio.MessagingService, test.twilio.APIKeys = hook, service, map[string]string{"SK1": "key-secret"}
			tw := twiliotest.Start(t, test.twilio)
			o := twilio.Options{AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: twiliotest.Number, BaseURL: link(t, tw.URL), Now: atNoon}
			if test.alter != nil {
				test.alter(&o)
			}
			sender, err := twilio.New(o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(sender.Close)
			got, err := sender.Inspect(t.Context())
			if !errors.Is(err, test.err) || test.err == nil && got != test.want {
				t.Errorf("it reads %+v, %v", got, err)
			}
			if err != nil && (strings.Contains(err.Error(), "guess") || strings.Contains(err.Error(), "+1")) {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}
