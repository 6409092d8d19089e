package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/templates"
)

const linesOfJapan = "[JP]\ntext = \"call 0120 279 338, or 119 in an emergency\"\nsafe = \"110 in an emergency, 0120 279 889 to talk\"\n" +
	"zones = [\"Asia/Tokyo\"]\nchecked_on = 2026-02-01\n"

// settings writes the configuration file of a command.
func (c *command) settings(text string) {
	c.t.Helper()
	c.file("microreach.toml", text)
}

func (c *command) file(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func TestServeRefusesACountryWithNobodyToCall(t *testing.T) {
	const texts = "[twilio]\naccount_sid = '" + accountSID + "'\nauth_token = 'x'\nfrom = '+12025550147'\ninbound = 'poll'\n"
	for _, c := range []struct {
		name, text string
		says       []string
	}{
		{"the programme's own", "[programme]\ncountry = 'JP'\n" + texts, []string{`programme.country is "JP"`, "programme.crisis_file", "config.example.toml"}},
		{"one that is texted", "[limits]\ncountries = ['US', 'JP']\n" + texts, []string{`limits.countries has "JP"`, "programme.crisis_file"}},
		{"a file that is not there", "[programme]\ncrisis_file = 'nowhere.toml'\n", []string{"programme.crisis_file", "nowhere.toml"}},
		{"a file with a mistake", "[programme]\ncrisis_file = 'wrong.toml'\n", []string{`programme.crisis_file = "wrong.toml"`, "line 3", "no number to call"}},
		{"an empty file", "[programme]\ncrisis_file = 'empty.toml'\n", []string{`programme.crisis_file = "empty.toml"`, "no country"}},
		{"a country by custom", "[programme]\ncrisis_file = 'uk.toml'\n", []string{"programme.crisis_file", "[UK]", `write "GB"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := newCommand(t)
			run.must("init")
			run.file("wrong.toml", strings.Replace(linesOfJapan, "110 in an emergency, 0120 279 889 to talk", "ask around", 1))
			run.file("uk.toml", strings.Replace(linesOfJapan, "[JP]", "[UK]", 1))
			run.file("empty.toml", "")
			run.settings(c.text)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // it is refused at once, or this fails
			defer cancel()
			code, _, errs := run.runContext(ctx, "serve")
			for _, want := range c.says {
				if code != exitFailure || !strings.Contains(errs, want) {
					t.Errorf("exit %d, and it does not say %q: %s", code, want, errs)
				}
			}
		})
	}
}

func TestServeTakesLinesOfTheOperatorsOwnAndSaysWhenTheyAreOld(t *testing.T) {
	run := newCommand(t)
	run.must("init")
	run.file("crisis.toml", strings.Replace(linesOfJapan, "2026-02-01", "2025-08-01", 1)) // it is 2 March 2026
	run.settings("[programme]\ncountry = 'JP'\ncrisis_file = 'crisis.toml'\n[twilio]\naccount_sid = '" + accountSID + "'\nauth_token = 'x'\nfrom = '+12025550147'\ninbound = 'poll'\nbase_url = 'http://127.0.0.1:9'\n[server]\nlisten = '127.0.0.1:0'\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	code, _, errs := run.runContext(ctx, "serve")
	if code != exitOK || !strings.Contains(errs, "crisis lines of JP were looked at last on 2025-08-01") || !strings.Contains(errs, "WARN") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestFreshLinesAreNotWarnedOf(t *testing.T) {
	set, _, err := words(defaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, time.December, 24, 0, 0, 0, 0, time.UTC)
	if got := oldLines(set, day); len(got) > 0 {
		t.Errorf("after a month: %q", got)
	}
	if got := oldLines(set, day.AddDate(1, 0, 0)); len(got) != 1 || !strings.Contains(got[0], "of US") {
		t.Errorf("after a year: %q", got)
	}
}

func TestWithMailAloneACountryWithoutLinesIsTaken(t *testing.T) {
	cfg := defaultConfig()
	cfg.Programme.Country = "JP"
	if _, _, err := words(cfg); err != nil {
		t.Error(err)
	}
}

func TestTheExampleTellsWhichCountriesHaveLinesAndHowToWriteThem(t *testing.T) {
	raw, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := words(defaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	all := set.CrisisCountries()
	list := strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
	plain := strings.Join(strings.Fields(strings.ReplaceAll(string(raw), "\n# ", " ")), " ")
	if !strings.Contains(plain, "they are known for "+list+",") {
		t.Errorf("the example does not name %s", list)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil || !strings.Contains(string(readme), list+";") {
		t.Errorf("the README does not name %s, %v", list, err)
	}
	var shown []byte
	for _, line := range regexp.MustCompile(`(?m)^#   (.*)$`).FindAllSubmatch(raw, -1) {
		shown = append(append(shown, line[1]...), '\n')
	}
	if _, err := templates.New(templates.Options{Programme: "Microreach", Country: "JP", Crisis: shown}); err != nil {
		t.Errorf("the lines that the example shows are refused: %v\n%s", err, shown)
	}
}

func TestOnlyNumbersOfAllowedCountriesAreEnrolled(t *testing.T) {
	run := newCommand(t)
	run.must("init")
	for args, says := range map[string]string{
		"--sms +447400123456 --zone Europe/London": `put "GB" into limits.countries`,
		"--sms +16135550147":                       `put "CA" into limits.countries`,
		"--sms +19005550147":                       "premium",
		"--sms +18003569377":                       "toll_free",
	} {
		code, _, errs := run.run(append([]string{"participant", "add"}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("add %s: exit %d and %q; %q is missing", args, code, errs, says)
		}
	}
	run.settings("[programme]\nzone = 'America/New_York'\n[limits]\ncountries = ['US', 'GB']\n")
	code, _, errs := run.run("participant", "add", "--sms", "+447400123456")
	if code != exitUsage || !strings.Contains(errs, "--zone") {
		t.Errorf("a British number is given the programme's zone: exit %d, %s", code, errs)
	}
	run.must("participant", "add", "--sms", "+447400123456", "--zone", "Europe/London")
	run.must("participant", "add", "--sms", "+12125550147")
}
