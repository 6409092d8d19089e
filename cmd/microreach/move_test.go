package main

import (
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
)

// yes lets the holder of a number say YES.
func (c *command) yes(number string) {
	c.t.Helper()
	p := c.program()
	core, _, err := p.openCore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	err = core.Inbox.Receive(c.t.Context(), checkins.Incoming{Channel: checkins.SMS, ProviderID: "SM1", From: number, Text: "YES", At: morning})
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestAPlanThatNeedsNoAnswerIsShownAsThat(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	id, _, _ := strings.Cut(c.must("participant", "add", "--sms", "+12125550147", "--pace", "1/day", "--zone", "America/New_York", "--no-answer"), "\n")
	c.yes("+12125550147")
	if shown := c.must("participant", "show", id); !strings.Contains(shown, "1/day, no answer needed") {
		t.Errorf("show says\n%s", shown)
	}
	lines := strings.Split(strings.TrimSpace(c.must("plan", "preview", id, "--count", "90")), "\n")
	if len(lines) != 90 || !strings.HasSuffix(lines[0], "\tslot\tno answer needed") {
		t.Errorf("%d lines, the first is %q", len(lines), lines[0])
	}
	asks := 0
	for _, line := range lines {
		if strings.Contains(line, "asks keep, change or finish") {
			asks++
		}
	}
	if asks != 1 {
		t.Errorf("in 90 days it asks %d times whether it is still wanted", asks)
	}
}

func TestStricterHoursAreOffUntilSwitchedOn(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	c.must("init")
	add := []string{"participant", "add", "--pace", "1/day", "--zone", "America/New_York", "--sms", "+12125550147"}
	id, _, _ := strings.Cut(c.must(append(add, "--region", "us-ri")...), "\n")
	c.yes("+12125550147")
	if shown := c.must("participant", "show", id); !strings.Contains(shown, "lives in US-RI") || !strings.Contains(shown, "19:00  check-in-text") {
		t.Errorf("switched off, show says\n%s", shown)
	}
	c.env["MICROREACH_LIMITS_STRICTER_HOURS"] = "true"
	if shown := c.must("participant", "show", id); !strings.Contains(shown, "narrowed to those of US-RI") {
		t.Errorf("switched on, show says\n%s", shown)
	}
	c.must("participant", "move", id, "--region", "US-AL", "--zone", "America/Chicago")
	shown := c.must("participant", "show", id)
	if !strings.Contains(shown, "US-AL") || !strings.Contains(shown, "America/Chicago") || strings.Contains(shown, "Sun ") {
		t.Errorf("moved to Alabama, show says\n%s", shown)
	}
	if code, _, errs := c.run("participant", "move", id, "--region", "Alabama"); code != exitUsage || !strings.Contains(errs, "US-TX") {
		t.Errorf("a name instead of a code: exit %d, %s", code, errs)
	}
	add[len(add)-1] = "+12125550148"
	if out := c.must(add...); !strings.Contains(out, "participant move") {
		t.Errorf("where the region was not said, add does not say how to note it: %s", out)
	}
	add[len(add)-1] = "+12125550149"
	for args, says := range map[string]string{
		"--region Texas":                          "US-TX",
		"--hours 06:00-20:00":                     "08:00",
		"--hours 20:00-09:00":                     "--hours",
		"--until 2026-01-01":                      "before the first",
		"--region US-AL --days sun --pace 1/week": "would ever come",
	} {
		if code, _, errs := c.run(append(add, strings.Fields(args)...)...); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%s: exit %d, %s", args, code, errs)
		}
	}
}

func TestAPersonGetsOneMorePlan(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	c.must("init")
	id, _, _ := strings.Cut(c.must("participant", "add", "--sms", "+12125550147", "--pace", "1/day", "--zone", "America/New_York"), "\n")
	c.yes("+12125550147")
	c.must("plan", "add", id, "--practices", "win", "--pace", "1/day", "--at", "21:30", "--no-answer")
	if preview := c.must("plan", "preview", id); !strings.Contains(preview, "2026-03-02T21:30:00-05:00\t2026-03-03T02:30:00Z\twin\tsms\tslot\tno answer needed") {
		t.Errorf("preview says\n%s", preview)
	}
	for args, says := range map[string]string{
		"--by email":                   "no address",
		"--by pigeon":                  "sms or email",
		"--pace often":                 "2/week",
		"--practices juggling":         "catalogue",
		"--pace 3/week --days mon,thu": "3",
	} {
		if code, _, errs := c.run(append([]string{"plan", "add", id}, strings.Fields(args)...)...); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%s: exit %d, %s", args, code, errs)
		}
	}
	if code, _, errs := c.run("plan", "add", "nobody", "--pace", "1/day"); code != exitFailure || !strings.Contains(errs, "participant list") {
		t.Errorf("for a stranger: exit %d, %s", code, errs)
	}
}
