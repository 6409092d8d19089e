package reply_test

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

var update = flag.Bool("update", false, "write what is read now into testdata/cases.tsv; look at the difference before you keep it")

const casesFile = "testdata/cases.tsv"

// testCase is one line of cases.tsv: after, via, locale, text, and what it is read as.
type testCase struct {
	after, via, locale, text, want string
}

func (c testCase) context(tb testing.TB) reply.Context {
	return reply.Context{
		After: reply.After(c.after), Via: reply.Via(c.via), Locale: c.locale, Now: now, Zone: newYork(tb),
	}
}

func (c testCase) line() string {
	return strings.Join([]string{c.after, c.via, c.locale, c.text, c.want}, "\t")
}

// intent is the first word of what is wanted.
func (c testCase) intent() string { intent, _, _ := strings.Cut(c.want, " "); return intent }

func loadCases(tb testing.TB) (cases []testCase) {
	tb.Helper()
	f, err := os.Open(casesFile)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		p := strings.Split(lines.Text(), "\t")
		if len(p) != 5 {
			tb.Fatalf("%s:%d has %d columns, want 5", casesFile, n, len(p))
		}
		cases = append(cases, testCase{p[0], p[1], p[2], p[3], p[4]})
	}
	return cases
}

// unescape lets a text of several lines stand in one.
var unescape = strings.NewReplacer(`\n`, "\n", `\t`, "\t")

// brief writes a Reading in words: the intent, then what was said, in the order of
// the contract. "note" says that the note is the whole text.
func brief(r reply.Reading, text string) string {
	out := []string{string(r.Intent)}
	add := func(said bool, format string, args ...any) {
		if said {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(r.Crisis, "crisis")
	add(r.Outcome != "", "outcome=%s", r.Outcome)
	add(r.RatingBefore != nil, "before=%v", deref(r.RatingBefore))
	add(r.Rating != nil, "rating=%v", deref(r.Rating))
	add(r.Feelings != nil, "feelings=%s", strings.Join(r.Feelings, ","))
	add(r.Sensations != nil, "sensations=%s", strings.Join(r.Sensations, ","))
	add(r.Note != "" && r.Note == strings.TrimSpace(text), "note")
	add(r.Note != "" && r.Note != strings.TrimSpace(text), "note=%q", r.Note)
	add(!r.Until.IsZero(), "until=%s", r.Until.Format("2006-01-02T15:04"))
	add(r.Pace.Valid(), "pace=%s", r.Pace)
	add(r.Days != 0, "days=%s", r.Days)
	if r.At != nil {
		add(true, "at=%s", *r.At)
	}
	add(r.Channel != "", "channel=%s", r.Channel)
	add(r.Choice != 0, "choice=%d", r.Choice)
	add(r.Practice != "", "practice=%s", r.Practice)
	add(r.Amends, "amends")
	add(r.Reason != "", "reason=%s", r.Reason)
	return strings.Join(out, " ")
}

func deref(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

func TestTextsAreReadAsTheTableSays(t *testing.T) {
	r := reader(t)
	cases := loadCases(t)
	if len(cases) < 600 {
		t.Errorf("%d cases; the product wants 600 and more", len(cases))
	}
	confusion := make(map[[2]string]int)
	for i, c := range cases {
		text := unescape.Replace(c.text)
		got := brief(r.Read(text, c.context(t)), text)
		confusion[[2]string{c.intent(), testCase{want: got}.intent()}]++
		if *update {
			cases[i].want = got
		} else if got != c.want {
			t.Errorf("after %q via %q in %q, %q\n got %s\nwant %s", c.after, c.via, c.locale, c.text, got, c.want)
		}
	}
	t.Log(confusionTable(confusion))
	if *update {
		writeCases(t, cases)
	}
}

// confusionTable lists, for each wanted intent, what its texts were read as.
func confusionTable(counts map[[2]string]int) string {
	rows := make(map[string][]string)
	for pair, n := range counts {
		rows[pair[0]] = append(rows[pair[0]], fmt.Sprintf("%s %d", pair[1], n))
	}
	var out strings.Builder
	out.WriteString("wanted: read as\n")
	names := make([]string, 0, len(rows))
	for name := range rows {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.Sort(rows[name])
		fmt.Fprintf(&out, "%12s: %s\n", name, strings.Join(rows[name], ", "))
	}
	return out.String()
}

// casesHead explains the file to who opens it.
const casesHead = `# What people write, and what it is read as: after, via, locale, text, reading, parted
# by tabs. An empty after is none, an empty via sms, an empty locale en. It is Monday,
# 2 March 2026, 10:00 in New York. "note" means that the note is the whole text.
# Sorted by intent. go test -run Table -update writes the last column anew.
`

func writeCases(t *testing.T, cases []testCase) {
	slices.SortStableFunc(cases, func(a, b testCase) int { return cmp.Compare(a.intent(), b.intent()) })
	var out strings.Builder
	out.WriteString(casesHead)
	intent := ""
	for _, c := range cases {
		if c.intent() != intent {
			intent = c.intent()
			fmt.Fprintf(&out, "\n# %s\n", intent)
		}
		out.WriteString(c.line() + "\n")
	}
	if err := os.WriteFile(casesFile, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestARatingOfAnotherScaleIsConvertedToHalves(t *testing.T) {
	for text, want := range map[string]float64{"4/5": 8, "70%": 7, "7.3/10": 7.5, "15/20": 7.5, "3 out of 5": 6, "85/100": 8.5} {
		got := reader(t).Read(text, reply.Context{After: reply.AfterRating})
		if got.Rating == nil || *got.Rating != want {
			t.Errorf("%q reads as %v, want %v", text, deref(got.Rating), want)
		}
	}
}

func TestAPassedTimeOfDayIsThatOfTomorrow(t *testing.T) {
	zone := newYork(t)
	evening := time.Date(2026, time.March, 7, 21, 0, 0, 0, zone) // the night before the clocks go forward
	for text, want := range map[string]string{
		"remind me at 8pm":     "2026-03-08T20:00:00-04:00",
		"tomorrow at 2:30 am":  "2026-03-08T03:00:00-04:00",
		"pause until tomorrow": "2026-03-08T00:00:00-05:00",
		"pause until monday":   "2026-03-09T00:00:00-04:00",
		"in 10 hours":          "2026-03-08T08:00:00-04:00",
		"pause for 2 days":     "2026-03-09T00:00:00-04:00",
		"tonight":              "2026-03-07T22:00:00-05:00",
	} {
		got := reader(t).Read(text, reply.Context{Now: evening, Zone: zone})
		if got.Until.Format(time.RFC3339) != want {
			t.Errorf("%q: until %s, want %s", text, got.Until.Format(time.RFC3339), want)
		}
	}
}
