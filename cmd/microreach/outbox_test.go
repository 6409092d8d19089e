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
	c.refuse(morning, checkins.Settlement{Code: "30034", Outcome: checkins.OutcomePermanent})
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
	if code, _, errs := c.run("outbox", "resume", "sms"); code != exitFailure || !strings.Contains(errs, "see microreach outbox") {
		t.Errorf("resume of nothing: exit %d, %s", code, errs)
	}
	c.must("participant", "add", "--sms", "+12125550148", "--pace", "1/day", "--practices", "closeness", "--zone", "America/New_York")
	later := morning.Add(time.Minute) // the sender's rate carries one question a second
	c.refuse(later, checkins.Settlement{Code: "30034", Outcome: checkins.OutcomeTemporary, Hold: checkins.HoldUS, RetryAt: later.Add(time.Minute)})
	if out := c.must("outbox"); !strings.Contains(out, "HELD BACK: sms +1") || !strings.Contains(out, "outbox resume") {
		t.Errorf("what is held back is not shown:\n%s", out)
	}
	c.must("outbox", "resume", "sms +1")
	if out := c.must("outbox"); strings.Contains(out, "HELD BACK") {
		t.Errorf("after it was resumed:\n%s", out)
	}
	if code, _, errs := c.run("outbox", "--days", "0"); code != exitUsage || !strings.Contains(errs, "1 to 3650") {
		t.Errorf("--days 0: exit %d, %s", code, errs)
	}
}

// refuse lets the provider refuse everything that is due by now.
func (c *command) refuse(now time.Time, x checkins.Settlement) {
	c.t.Helper()
	p := c.program()
	core, _, err := p.openCore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	ids, err := core.Store.Claim(c.t.Context(), checkins.SMS, now, now.Add(time.Minute), 10)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, id := range ids {
		out, err := core.Store.Begin(c.t.Context(), id, 3, now, now.Add(time.Minute))
		if err != nil {
			c.t.Fatal(err)
		}
		x.Attempt, x.At = out.Attempt, now
		if err := core.Store.Settle(c.t.Context(), x); err != nil {
			c.t.Fatal(err)
		}
	}
}
