package main

import (
	"strings"
	"testing"
)

func TestImportEnrolsWhoIsGoodAndTellsTheRest(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	c.file("people.csv", "\ufeffName,SMS,email,zone,plan,at,keep,discreet\n"+
		"Ada,+12125550147,,,daily-closeness,,numbers,yes\n"+
		"Ben,,ben@example.org,Europe/London,,\"19:00, 8:30\",,\n"+
		"Cy,12,,,,,,\n"+
		"Di,,di@example.org,Mars,,,,\n"+
		"Ed,+12125550148,,,no-such-plan,,,\n"+
		"Flo,+12125550149,,,,,some,\n"+
		"Gus,+12125550150,,,,,,perhaps\n")
	code, _, _ := c.run("participant", "import", "people.csv", "--try")
	if code != exitFailure || strings.Contains(c.must("participant", "list"), "Ada") {
		t.Fatalf("--try: exit %d, or somebody was enrolled", code)
	}
	code, out, errs := c.run("participant", "import", "people.csv")
	if code != exitFailure || !strings.Contains(errs, "5 lines to mend") {
		t.Errorf("exit %d: %s", code, errs)
	}
	for _, want := range []string{
		"people.csv:4: --sms", "people.csv:5: --zone \"Mars\"", "people.csv:6: --plan \"no-such-plan\"", "people.csv:7: --keep \"some\"",
		"people.csv:8: discreet \"perhaps\"", "2 enrolled, 0 enrolled before, 5 to mend.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	list := c.must("participant", "list")
	if !strings.Contains(list, "Ada") || !strings.Contains(list, "Ben") || !strings.Contains(list, "pending") {
		t.Errorf("enrolled are:\n%s", list)
	}
	if _, out, _ = c.run("participant", "import", "people.csv"); !strings.Contains(out, "0 enrolled, 2 enrolled before") {
		t.Errorf("again: %s", out)
	}
}

func TestImportSaysWhatIsWrongWithTheFile(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	c.file("shoe.csv", "name,shoe\nAda,38\n")
	c.file("empty.csv", "")
	for file, want := range map[string]string{"shoe.csv": `no column "shoe"`, "empty.csv": "first line", "nowhere.csv": "nowhere.csv"} {
		if code, _, errs := c.run("participant", "import", file); code != exitFailure || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s", file, code, errs)
		}
	}
}

func TestStopAtTheirWord(t *testing.T) {
	c := newCommand(t)
	c.must("init")
	id := strings.Fields(c.must("participant", "add", "--name", "Ada", "--sms", "+12125550147", "--email", "ada@example.org"))[0]
	if out := c.must("participant", "stop", id, "--channel", "sms"); !strings.Contains(out, "1 of their addresses stopped") {
		t.Error(out)
	}
	if out := c.must("participant", "show", id); !strings.Contains(out, "stopped since") || !strings.Contains(out, "pending since") {
		t.Error(out)
	}
	if out := c.must("participant", "stop", id); !strings.Contains(out, "1 of their addresses stopped") {
		t.Error(out)
	}
	if code, _, errs := c.run("participant", "stop", id, "--channel", "fax"); code != exitUsage || !strings.Contains(errs, "sms or email") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
