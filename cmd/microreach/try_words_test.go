package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTryMessageShowsWhatWouldBeSent(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	out := c.must("try", "message", "--template", "prompt", "--practice", "one-feeling")
	for _, want := range []string{"Microreach: if it's safe", "NOT TODAY", "GSM-7, 1 segment"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	if out := c.must("try", "message", "--template", "prompt", "--discreet"); !strings.Contains(out, "today's small thing is ready") {
		t.Errorf("discreet: %s", out)
	}
	for name := range strings.FieldsSeq(c.must("try", "message", "--template", "list")) {
		c.must("try", "message", "--template", name)
		c.must("try", "message", "--template", name, "--channel", "email", "--discreet")
	}
}

func TestTryMessageSaysWhatIsWrong(t *testing.T) {
	c := newCommand(t)
	for args, want := range map[string]string{
		"--template nothing":                     "there is no such template",
		"--template prompt --channel fax":        "write sms or email",
		"--template prompt --practice nothing":   "is not in the catalogue",
		"--template prompt --locale xx":          "in en only",
		"--template prompt --locale en surplus":  "only flags",
		"--template prompt --practise one-thing": "unknown flag",
	} {
		code, _, errs := c.run(append([]string{"try", "message"}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %q; want %q", args, code, errs, want)
		}
	}
}

func TestTryCatalogueNamesLineByLineWhatIsToMend(t *testing.T) {
	c := newCommand(t)
	good := filepath.Join(t.TempDir(), "good.toml")
	bad := filepath.Join(t.TempDir(), "bad.toml")
	writeAt(t, good, "[[practice]]\nid = \"unsent-letter\"\nhide = true\n")
	writeAt(t, bad, "[[practice]]\nid = \"mine\"\nkind = \"reach\"\nlevel = 9\nlabel = \"Mine\"\nasks = \"reach\"\nsms = [\"you should call your therapist\"]\n")
	if out := c.must("try", "catalogue", good); !strings.Contains(out, "good (1 entries)") {
		t.Errorf("good: %s", out)
	}
	code, out, errs := c.run("try", "catalogue", bad)
	if code != exitFailure || !strings.Contains(out, bad+":4: level is 9") || !strings.Contains(errs, "to mend") {
		t.Errorf("bad: exit %d\n%s%s", code, out, errs)
	}
}

func writeAt(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
