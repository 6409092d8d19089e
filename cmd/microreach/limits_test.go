package main

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Everything that a set-up lacks is named, and nothing that it has.
func TestWhatASetUpLacksIsNamed(t *testing.T) {
	full := func(c *config) {
		c.Programme.PublicURL = "https://reach.example.org"
		c.Twilio.AccountSID, c.SMTP.Host, c.IMAP.Host = "AC1", "smtp.example.org", "imap.example.org"
		c.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		c.Server.MetricsListen, c.Server.HeartbeatURL = "127.0.0.1:9090", secret{"https://watch.example.org"}
	}
	for name, test := range map[string]struct {
		alter func(*config)
		want  []string // a piece of each line, in order
	}{
		"nothing":            {func(*config) {}, nil},
		"no public address":  {func(c *config) { c.Programme.PublicURL, c.Twilio.Inbound = "", "poll" }, []string{"no links to pages", "fetched every 15 s", "whether a text arrived", "not by one click"}},
		"mail only":          {func(c *config) { c.Twilio.AccountSID = "" }, []string{"texts are off"}},
		"mail only, at home": {func(c *config) { c.Twilio.AccountSID, c.Programme.PublicURL = "", "" }, []string{"texts are off", "no links to pages", "not by one click"}},
		"texts only":         {func(c *config) { c.SMTP.Host, c.IMAP.Host = "", "" }, []string{"mail is off"}},
		"answers unread":     {func(c *config) { c.IMAP.Host = "" }, []string{"answers to mail are not read"}},
		"a hook nobody reaches": {func(c *config) {
			c.Programme.PublicURL, c.Twilio.AccountSID, c.InboundMail.HookSecret = "", "", secret{"s"}
		},
			[]string{"texts are off", "no links", "not by one click", "only by whoever reaches 127.0.0.1:8080"}},
		"a proxy that is not named": {func(c *config) { c.Server.TrustedProxies = nil }, []string{"server.trusted_proxies is empty"}},
		"nobody watches":            {func(c *config) { c.Server.MetricsListen, c.Server.HeartbeatURL = "", secret{} }, []string{"no metrics", "when this program dies"}},
	} {
		c := defaultConfig()
		full(&c)
		test.alter(&c)
		got := limits(c)
		if len(got) != len(test.want) {
			t.Errorf("%s: %d lines, not %d: %q", name, len(got), len(test.want), got)
			continue
		}
		for i, piece := range test.want {
			if !strings.Contains(got[i], piece) {
				t.Errorf("%s: line %d is %q, without %q", name, i+1, got[i], piece)
			}
		}
	}
}

func TestServeNamesWhatItLacksInOnePlainList(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	c.env["MICROREACH_SERVER_LISTEN"], c.env["MICROREACH_LOG_FORMAT"] = "127.0.0.1:0", "text"
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // it says so before anything else
	defer cancel()
	_, _, errs := c.runContext(ctx, "serve")
	if !strings.HasPrefix(errs, limitsTitle+":\n  - texts are off") || !strings.Contains(errs, "\n  - mail is off") {
		t.Errorf("serve begins with\n%s", errs)
	}
}
