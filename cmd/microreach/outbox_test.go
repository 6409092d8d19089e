package main

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

func TestTheOutboxIsShownWithoutWordsOrAddresses(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	if out := c.must("outbox"); !strings.Contains(out, "empty") || !strings.Contains(out, "Next:") {
		t.Errorf("an empty outbox: %s", out)
	}
	c.must("participant", "add", "--name", "Ada", "--sms", "+12125550147", "--pace", "1/day", "--practices", "closeness", "--zone", "America/New_York")
	c.fail("30034")
	out := c.must("outbox")
	for _, want := range []string{"failed", "sms", "opt_in", "10DLC", "It is not sent again"} {
		if !strings.Contains(out, want) {
			t.Errorf("the outbox lacks %q:\n%s", want, out)
		}
	}
	for _, secret := range []string{"2125550147", "Ada", "YES"} {
		if strings.Contains(out, secret) {
			t.Errorf("the outbox tells %q:\n%s", secret, out)
		}
	}
	if code, _, errs := c.run("outbox", "--days", "0"); code != exitUsage || !strings.Contains(errs, "1 to 3650") {
		t.Errorf("--days 0: exit %d, %s", code, errs)
	}
}

// fail lets the provider refuse everything that is due, with a code.
func (c *command) fail(code string) {
	c.t.Helper()
	p := c.program()
	core, _, err := p.openCore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	ids, err := core.Store.Claim(c.t.Context(), checkins.SMS, morning, morning.Add(time.Minute), 10)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, id := range ids {
		out, err := core.Store.Begin(c.t.Context(), id, 3, morning, morning.Add(time.Minute))
		if err != nil {
			c.t.Fatal(err)
		}
		x := checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomePermanent, Code: code, At: morning}
		if err := core.Store.Settle(c.t.Context(), x); err != nil {
			c.t.Fatal(err)
		}
	}
}
