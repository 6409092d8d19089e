package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestABreachIsListedAndTellsTheDeadlines(t *testing.T) {
	c := newCommand(t)
	id := c.recorded()
	other := strings.Fields(c.must("participant", "add", "--name", "Nightingale", "--sms", "+12125550148"))[0]

	out := c.must("breach", "--discovered", "2026-03-01T09:00:00Z")
	for _, want := range []string{"2 people are affected", id, other, "email (pending)", "sms (pending)", "check_ins.note", "sealed", "in the clear", "2026-03-04T09:00:00Z  GDPR", "2026-04-30T09:00:00Z  FTC"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not told:\n%s", want, out)
		}
	}
	for _, hidden := range []string{"Robin", "robin@", "2125550148", "sister"} {
		if strings.Contains(out, hidden) {
			t.Errorf("%q is told:\n%s", hidden, out)
		}
	}

	var answer struct {
		Deadlines []struct{ Until time.Time }
		People    []struct {
			Participant, Name string
			Reach             []struct{ Channel, State, Address string }
			Fields            []struct {
				Field   string
				Sealed  bool
				Records int
			}
		}
	}
	if err := json.Unmarshal([]byte(c.must("breach", "--fields", "check_ins.note,participants", "--open", "--json")), &answer); err != nil {
		t.Fatal(err)
	}
	for _, p := range answer.People {
		notes := 0
		for _, f := range p.Fields {
			if f.Field == "check_ins.note" && f.Sealed {
				notes = f.Records
			}
		}
		want := map[string][3]any{id: {"Robin", "robin@example.org", 6}, other: {"Nightingale", "+12125550148", 0}}[p.Participant]
		if p.Name != want[0] || len(p.Reach) != 1 || p.Reach[0].Address != want[1] || notes != want[2] {
			t.Errorf("%+v is not %v", p, want)
		}
	}
	if len(answer.People) != 2 || len(answer.Deadlines) != 3 {
		t.Errorf("%d people, %d deadlines", len(answer.People), len(answer.Deadlines))
	}
	if out := c.must("breach", "--fields", "check_ins", "--until", "2026-01-01T00:00:00Z"); !strings.Contains(out, "Nobody is affected") {
		t.Errorf("long before there was anybody: %s", out)
	}
}

func TestABreachThatCannotBeIsExplained(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	for _, test := range []struct {
		args string
		want int
		says string
	}{
		{"--from yesterday", exitUsage, "2026-03-08T19:00:00Z"},
		{"--until 2027-01-01T00:00:00Z", exitUsage, "still to come"},
		{"--from 2026-03-01T00:00:00Z --until 2026-02-01T00:00:00Z", exitUsage, "not before"},
		{"--fields notes", exitFailure, "check_ins.note"},
		{"--fields proofs", exitFailure, "check_ins.note"},
		{"--keys all", exitFailure, "microreach keys"},
		{"people", exitUsage, "no arguments"},
	} {
		if code, out, errs := c.run(append([]string{"breach"}, strings.Fields(test.args)...)...); code != test.want || !strings.Contains(errs, test.says) || out != "" {
			t.Errorf("breach %s: exit %d, %s%s", test.args, code, out, errs)
		}
	}
	if out := c.must("breach", "--json"); !strings.Contains(out, `"people": []`) {
		t.Errorf("without anybody: %s", out)
	}
}
