package main

import (
	"strings"
	"testing"
)

func TestSendNowSaysWhatTheGateSays(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	id, _, _ := strings.Cut(c.must("participant", "add", "--sms", "+12125550147", "--pace", "1/week", "--zone", "Europe/London"), "\n")
	send := func(want int, says string, args ...string) {
		t.Helper()
		code, out, errs := c.run(append([]string{"send"}, args...)...)
		if code != want || !strings.Contains(out+errs, says) {
			t.Errorf("send %v: exit %d, not %d; %q is missing from: %s%s", args, code, want, says, out, errs)
		}
	}
	send(exitUsage, "send --now", id)
	send(exitUsage, "id of a participant", "--now")
	send(exitFailure, "participant list", "--now", "nobody")
	send(exitFailure, "answered with YES", "--now", id)
	c.yes("+12125550147")
	send(exitFailure, "no such plan", "--now", "--plan", "mine", id)
	send(exitFailure, "that is not set up", "--now", id)
	for key, value := range map[string]string{"ACCOUNT_SID": "AC" + strings.Repeat("0", 32), "AUTH_TOKEN": "token", "FROM": "+12125550100", "INBOUND": "poll"} {
		c.env["MICROREACH_TWILIO_"+key] = value
	}
	send(exitOK, "waits for the service to run, until 15:30", "--now", id)
	if out := c.must("outbox"); !strings.Contains(out, "queued") {
		t.Errorf("the outbox shows\n%s", out)
	}
}
