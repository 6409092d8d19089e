package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withAda is a folder with an installation in which Ada is enrolled.
func withAda(t *testing.T) (c *command, id string) {
	t.Helper()
	c = newCommand(t)
	c.must("init")
	out := c.must("participant", "add", "--name", "Ada Canary", "--sms", "+12125550147", "--email", "ada@canary.example", "--zone", "America/New_York", "--own", "call my canary")
	id, _, _ = strings.Cut(out, "\n")
	return c, id
}

func TestExportAndEraseByTheOperator(t *testing.T) {
	c, id := withAda(t)
	var export map[string][]map[string]any
	if err := json.Unmarshal([]byte(c.must("participant", "export", id)), &export); err != nil {
		t.Fatal(err)
	}
	if export["participants"][0]["name"] != "Ada Canary" || len(export["addresses"]) != 2 || export["own_practices"][0]["words"] != "call my canary" {
		t.Errorf("the export is %v", export)
	}
	sheet := c.must("participant", "export", id, "--csv")
	if lines, err := csv.NewReader(strings.NewReader(sheet)).ReadAll(); err != nil || len(lines) < 10 || !strings.Contains(sheet, "ada@canary.example") {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	for _, typed := range []string{"", "yes\n", "no\n"} {
		c.in = typed
		if code, out, errs := c.run("participant", "erase", id); code != exitFailure || !strings.Contains(errs, "nothing was done") || strings.Contains(out+errs, "Canary") {
			t.Errorf("erase with %q typed: exit %d, %s%s", typed, code, out, errs)
		}
	}
	c.must("participant", "show", id)
	c.in = "erase\n"
	c.must("participant", "erase", id)
	if code, _, errs := c.run("participant", "show", id); code != exitFailure || !strings.Contains(errs, "nobody has the id") {
		t.Errorf("after the erasure: exit %d, %s", code, errs)
	}
	raw, err := os.ReadFile(filepath.Join(c.dir, "microreach.db"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(raw), id) != 2 { // a row and its index, so that no backup brings them back
		t.Errorf("the file holds the id %d times", strings.Count(string(raw), id))
	}
	c.must("participant", "add", "--sms", "+12125550147", "--zone", "America/New_York")
}

func TestWhoAskedToBeErasedIsNotEnrolledAgain(t *testing.T) {
	c, id := withAda(t)
	c.must("participant", "erase", id, "--yes", "--asked")
	for _, address := range [][]string{{"--sms", "+12125550147"}, {"--email", "Ada@Canary.example"}, {"--email", "other@canary.example", "--sms", "+12125550147"}} {
		code, out, errs := c.run(append([]string{"participant", "add", "--zone", "America/New_York"}, address...)...)
		if code != exitFailure || !strings.Contains(errs, "START") {
			t.Errorf("%v: exit %d, %s%s", address, code, out, errs)
		}
	}
}

func TestTidyKeepsWhatIsYoung(t *testing.T) {
	c, id := withAda(t)
	c.must("participant", "set", id, "--words-days", "30")
	c.fails("participant set "+id+" --words-days -5", "0 to 36500")
	if out := c.must("tidy"); !strings.Contains(out, "0 rows") {
		t.Errorf("tidy says %s", out)
	}
	c.env["MICROREACH_RETENTION_RAW_DAYS"] = "0"
	c.fails("tidy", "retention.raw_days", "1 to 3650")
}
