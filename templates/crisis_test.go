package templates

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
)

// ownLines is an operator's file with nothing wrong in it.
const ownLines = `[JP]
text = "in Japan call 0120 279 338, or 119 in an emergency"
safe = "110 in an emergency, 0120 279 889 to talk at any hour"
zones = ["Asia/Tokyo"]
checked_on = 2026-11-25
`

func TestOurCrisisLinesPassTheCheckOfAnOperatorsOwn(t *testing.T) {
	raw, err := files.ReadFile("crisis.toml")
	if err != nil {
		t.Fatal(err)
	}
	ours, _, _ := strings.Cut(string(raw), "[elsewhere]")
	own, problems := checkCrisis([]byte(ours))
	for _, p := range problems {
		t.Errorf("line %d: %s", p.Line, p.Message)
	}
	for country, lines := range own {
		if len(lines.Zones) == 0 {
			t.Errorf("%s has no zones: nobody there gets its lines by their clock", country)
		}
		for _, line := range []string{lines.Text, lines.Safe} {
			if !strings.Contains(line, "in an emergency") {
				t.Errorf("%s does not tell the emergency number: %s", country, line)
			}
		}
	}
}

// zoneTab is the list of zones by country that comes with the system's zone data.
const zoneTab = "/usr/share/zoneinfo/zone.tab"

func TestEveryZoneOfACountryGetsItsLines(t *testing.T) {
	raw, err := os.ReadFile(filepath.FromSlash(zoneTab))
	if err != nil {
		skiptest.Missing(t, fmt.Errorf("no list of zones here (install tzdata): %w", err))
	}
	book := newSet(t, "GB").crisis
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if strings.HasPrefix(line, "#") || !book.has(fields[0]) {
			continue
		}
		if got := book.in(fields[2]).Text; got != book.byCountry[fields[0]].Text {
			t.Errorf("%s of %s gets %q", fields[2], fields[0], got)
		}
	}
}

func TestPeopleAreToldTheLinesOfWhereTheyAre(t *testing.T) {
	s, err := New(Options{Programme: "Microreach", Country: "US", Crisis: []byte(ownLines)})
	if err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]string{
		"America/Chicago": "988", "US/Eastern": "988", "Europe/London": "116 123", "Australia/Hobart": "13 11 14",
		"Asia/Tokyo": "0120 279 338", "Asia/Seoul": "988", "UTC": "988", "": "988",
	} {
		who := ana()
		who.Zone = zone
		for _, name := range []string{"crisis", "crisis_again", "help", "opt_in", "stopped"} {
			w, err := s.Words(checkins.Say{Template: name, Channel: checkins.SMS, Person: who})
			if err != nil || !strings.Contains(w.Text, want) {
				t.Errorf("%s in %q lacks %s: %s (%v)", name, zone, want, w.Text, err)
			}
		}
	}
}

func TestACountryWithoutLinesIsNotTexted(t *testing.T) {
	for _, c := range []struct {
		name    string
		options Options
		missing string // "" = accepted
	}{
		{"the programme's own", Options{Country: "JP"}, "JP"},
		{"one of those texted", Options{Country: "US", Countries: []string{"CA", "JP"}}, "JP"},
		{"all known", Options{Country: "US", Countries: []string{"CA", "GB"}}, ""},
		{"by mail alone", Options{Country: "JP", MailOnly: true}, ""},
		{"with lines of the operator's own", Options{Country: "JP", Countries: []string{"JP"}, Crisis: []byte(ownLines)}, ""},
		{"none", Options{}, ""},
		{"the directory is no country", Options{Country: elsewhere}, elsewhere},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Programme = "Microreach"
			_, err := New(c.options)
			var none *NoLinesError
			if c.name == "none" && !errors.As(err, &none) {
				t.Errorf("no country at all is taken: %v", err)
			}
			if c.missing != "" && (!errors.As(err, &none) || none.Country != c.missing || !slices.Contains(none.Known, "US")) {
				t.Errorf("error %v, want one about %s", err, c.missing)
			}
			if c.missing == "" && c.name != "none" && err != nil {
				t.Error(err)
			}
		})
	}
}

func TestByMailAloneAnUnknownCountryIsShownADirectory(t *testing.T) {
	s, err := New(Options{Programme: "Microreach", Country: "JP", MailOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"crisis", "crisis_safe", "help", "opt_in"} {
		who := ana()
		who.Zone = "Asia/Tokyo"
		w, err := s.Words(checkins.Say{Template: name, Channel: checkins.Email, Person: who})
		if err != nil || !strings.Contains(w.Text, "findahelpline.com") || !strings.Contains(w.Text, "112") {
			t.Errorf("%s: %s (%v)", name, w.Text, err)
		}
	}
}

func TestAnOperatorsLinesWinAndKeepTheZones(t *testing.T) {
	own := "[US]\ntext = \"call 555 0100, or 911 in an emergency\"\nsafe = \"911 in an emergency, 555 0101 to talk\"\nchecked_on = 2026-11-25\n" +
		"[PR]\ntext = \"call 555 0200, or 911 in an emergency\"\nsafe = \"911 in an emergency\"\nzones = [\"America/Puerto_Rico\"]\nchecked_on = 2026-11-25\n"
	s, err := New(Options{Programme: "Microreach", Country: "GB", Crisis: []byte(own)})
	if err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]string{"America/New_York": "555 0100", "America/Puerto_Rico": "555 0200", "Europe/London": "116 123"} {
		for range 20 { // a map has no order
			if got := s.crisis.in(zone).Text; !strings.Contains(got, want) {
				t.Fatalf("%s: %s", zone, got)
			}
		}
	}
}

func TestMistakesInAnOperatorsLinesAreNamedWithTheirLine(t *testing.T) {
	change := func(old, with string) string { return strings.Replace(ownLines, old, with, 1) }
	for _, c := range []struct {
		name, file string
		line       int
		says       string
	}{
		{"nothing", "", 0, "there is no country"},
		{"not TOML", "[JP\n", 1, ""},
		{"unknown key", change("safe", "save"), 3, "save"},
		{"no country code", change("[JP]", "[Japan]"), 1, "two capital letters"},
		{"the directory", change("[JP]", "[elsewhere]"), 1, "two capital letters"},
		{"too long", change("call 0120", "call the very kind and quiet people on 0120"), 2, "60 is the most"},
		{"not in the alphabet", change("in Japan", "日本"), 2, "GSM-7 lacks"},
		{"no number", change("110 in an emergency, 0120 279 889 to talk at any hour", "the police"), 3, "no number to call"},
		{"no line at all", change("safe = \"110 in an emergency, 0120 279 889 to talk at any hour\"\n", ""), 1, "safe names no number"},
		{"full stop", change("119 in an emergency", "119 in an emergency."), 2, "full stop"},
		{"two lines", change("119 in an emergency", "\\n119"), 2, "one line"},
		{"names what it is for", change("to talk at any hour", "for abuse"), 3, "C20"},
		{"names it where others read", change("in Japan", "for suicide"), 2, "C20"},
		{"a promise", change("at any hour", "24/7"), 3, "D03"},
		{"no date", change("checked_on = 2026-11-25\n", ""), 1, "checked_on"},
		{"a date in quotes", change("2026-11-25", "\"yesterday\""), 5, ""},
		{"no zone", change("Asia/Tokyo", "Japan"), 4, "no time zone"},
		{"a zone that is not", change("Asia/Tokyo", "Asia/Edo"), 4, "no time zone"},
		{"no number in Spanish", ownLines + "[JP.in.es]\ntext = \"llama\"\nsafe = \"110\"\n", 7, "text in es names no number"},
		{"no language", ownLines + "[JP.in.Spanish]\ntext = \"110\"\nsafe = \"110\"\n", 1, "names the language"},
		{"a zone of two", ownLines + strings.Replace(ownLines, "[JP]", "[KR]", 1), 9, "zone of [JP] already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := checkCrisis([]byte(c.file))
			if len(problems) != 1 || problems[0].Line != c.line || !strings.Contains(problems[0].Message, c.says) {
				t.Errorf("%+v, want line %d and %q", problems, c.line, c.says)
			}
			_, err := New(Options{Programme: "Microreach", Country: "US", Crisis: []byte(c.file)})
			if err == nil || !strings.Contains(err.Error(), "crisis lines, line") {
				t.Errorf("New takes it: %v", err)
			}
		})
	}
}

func TestLinesThatNobodyLookedAtForHalfAYearAreNamed(t *testing.T) {
	day := time.Date(2026, time.November, 25, 0, 0, 0, 0, time.UTC)
	s, err := New(Options{
		Programme: "Microreach", Country: "US", Countries: []string{"US", "JP"},
		Crisis: []byte(strings.Replace(ownLines, "2026-11-25", "2026-11-20", 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		days int
		want string
	}{{0, ""}, {175, ""}, {176, "JP"}, {180, "JP"}, {181, "JP US"}, {-2, ""}, {-3, "US"}, {-9, "JP US"}} {
		var got []string
		for _, l := range s.UncheckedLines(day.AddDate(0, 0, c.days)) {
			got = append(got, l.Country)
			if l.Country == "JP" && l.On.Day() != 20 {
				t.Errorf("JP was looked at on %s", l.On)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("after %d days: %v, want %q", c.days, got, c.want)
		}
	}
}
