package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

// asks lets somebody with a phone alone join, leave, and ask for something by text.
func (c *command) asks(number string, words ...string) string {
	return c.texts(number, append([]string{"STOP"}, words...)...)
}

// texts lets somebody who was asked, and has not said yes, write.
func (c *command) texts(number string, words ...string) string {
	c.t.Helper()
	id := strings.Fields(c.must("participant", "add", "--name", "Nightingale", "--sms", number, "--zone", "America/New_York"))[0]
	p := c.program()
	core, _, err := p.openCore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	for i, word := range words {
		err := core.Inbox.Receive(c.t.Context(), checkins.Incoming{
			Channel: checkins.SMS, ProviderID: p.NewID(), From: number, Text: word, At: morning.Add(time.Duration(i-60) * time.Minute),
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	return id
}

func TestAnOperatorSeesWhoAskedUntilItIsDone(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	c.must("init", "--twilio", "AC00000000000000000000000000000001", "--twilio-number", "+12025550100", "--zone", "America/New_York", "--country", "US")
	c.write("twilio-token", "canary-of-twilio")
	if out := c.must("participant", "requests"); !strings.Contains(out, "Nobody asked") {
		t.Errorf("at the beginning: %s", out)
	}
	first, second := c.asks("+12125550147", "delete my data", "delete my data", "export"), c.asks("+12125550148", "DELETE")
	erase := "ASKS TO BE ERASED: " + first + ", since 2026-03-02; answer by 2026-04-01. Next, once you are sure that it is them: microreach participant erase " + first + " --asked"
	for _, line := range []string{"participant requests", "participant list", "outbox"} {
		out := c.must(strings.Fields(line)...)
		if strings.Count(out, "ASKS TO BE ERASED") != 2 || !strings.Contains(out, erase) || !strings.Contains(out, "ASKS FOR A COPY: "+first) || strings.Contains(out, "212555") {
			t.Errorf("%s shows\n%s", line, out)
		}
	}
	var d diagnosis
	_, out, _ := c.run("doctor", "--offline", "--json")
	if err := json.Unmarshal([]byte(out), &d); err != nil || !strings.Contains(out, "for a copy, and only you can do it: 3") {
		t.Errorf("doctor says %s", out)
	}

	c.must("participant", "export", first)
	c.must("participant", "erase", first, "--asked", "--yes")
	if code, out, errs := c.run("participant", "requests", "--settled", first); code != exitFailure || !strings.Contains(errs, "participant list") {
		t.Errorf("of somebody who is gone: exit %d, %s%s", code, out, errs)
	}
	if out := c.must("participant", "requests"); strings.Contains(out, first) || !strings.Contains(out, second) {
		t.Errorf("after the erasure: %s", out)
	}
	c.must("participant", "requests", "--settled", second)
	if code, _, errs := c.run("participant", "requests", "--settled", second); code != exitFailure || !strings.Contains(errs, "nothing that is open") {
		t.Errorf("twice: exit %d, %s", code, errs)
	}
	if out := c.must("participant", "requests"); !strings.Contains(out, "Nobody asked") {
		t.Errorf("at the end: %s", out)
	}
}

func TestWhoNeverSaidYesIsStoppedByDelete(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	id := c.texts("+12125550147", "delete my data")
	if out := c.must("participant", "list"); !strings.Contains(out, "ASKS TO BE ERASED: "+id) || !strings.Contains(out, "stopped") {
		t.Errorf("the list shows\n%s", out)
	}
}
