package pace

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestScheduleContract holds the lines that `microreach try schedule` promises:
// each line of the golden file that begins with "$ " is what was asked, the lines
// under it the answer, or the error.
func TestScheduleContract(t *testing.T) {
	const golden = "testdata/schedule.golden"
	file, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(file)) {
		switch {
		case strings.HasPrefix(line, "$ "):
			got.WriteString(line + schedule(strings.Fields(line[2:])))
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			got.WriteString(line)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Split(string(file), "\n")
	for i, line := range strings.Split(got.String(), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s:%d: got %q", golden, i+1, line)
		}
	}
}

// schedule answers as the command does.
func schedule(args []string) string {
	q, err := parseQuestion(args)
	if err == nil {
		err = q.rule.Validate()
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var out strings.Builder
	for s := range q.rule.All(q.from, q.pausedUntil) {
		if q.count == 0 {
			break
		}
		q.count--
		fmt.Fprintf(&out, "%s\t%s\t%s\n", s.At.Format(time.RFC3339), s.At.UTC().Format(time.RFC3339), s.Why)
	}
	return out.String()
}

// question is what the flags of `try schedule` mean.
type question struct {
	rule              Rule
	from, pausedUntil time.Time
	count             int
}

func parseQuestion(args []string) (q question, err error) {
	f := flag.NewFlagSet("try schedule", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Func("pace", "", into(&q.rule.Pace, Parse))
	f.Func("days", "", into(&q.rule.Days, ParseDays))
	f.Func("at", "", func(s string) error {
		c, err := ParseClock(s)
		q.rule.At = append(q.rule.At, c)
		return err
	})
	f.Func("window", "", into(&q.rule.Window.Span, ParseSpan))
	f.IntVar(&q.rule.Window.PerDay, "per-day", 0, "")
	f.DurationVar(&q.rule.Window.Gap, "gap", 0, "")
	f.Uint64Var(&q.rule.Seed, "seed", 1, "")
	f.Func("hours", "", into(&q.rule.Hours, ParseSpan))
	f.Func("zone", "", into(&q.rule.Zone, time.LoadLocation))
	instant := func(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) }
	f.Func("from", "", into(&q.from, instant))
	f.Func("pause-until", "", into(&q.pausedUntil, instant))
	f.IntVar(&q.count, "count", 5, "")
	if err := f.Parse(args); err != nil {
		return q, err
	}
	if q.rule.Zone == nil {
		return q, errors.New("--zone is missing")
	}
	q.rule.Anchor = DateOf(q.from.In(q.rule.Zone))
	return q, nil
}

// into is a flag's value, read by parse.
func into[T any](to *T, parse func(string) (T, error)) func(string) error {
	return func(s string) (err error) {
		*to, err = parse(s)
		return err
	}
}
