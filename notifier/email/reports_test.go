package email_test

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/reports.txt
var reports string

// report is one sample of testdata/reports.txt.
type report struct{ name, want, raw string }

// samples splits a file of samples.
func samples(t testing.TB, file string) []report {
	t.Helper()
	var list []report
	for _, block := range strings.Split(file, "\n=== ")[1:] {
		head, raw, _ := strings.Cut(block, "\n")
		name, want, ok := strings.Cut(head, " | ")
		if !ok {
			t.Fatalf("no expectation: %q", head)
		}
		list = append(list, report{name, want, raw + "\n"})
	}
	return list
}

// What mail systems write comes to what it means, and never to a check-in.
func TestReportsOfMailSystemsAreUnderstood(t *testing.T) {
	for _, s := range samples(t, reports) {
		for end, raw := range map[string]string{"": s.raw, ", doubled CR": strings.ReplaceAll(s.raw, "\n", "\r\n")} {
			t.Run(s.name+end, func(t *testing.T) {
				m := parse(t, raw)
				if m.Auto != (s.want != "person") {
					t.Fatalf("a machine's: %v (%s)", m.Auto, m.AutoReason)
				}
				fields := strings.Fields(s.want)
				if len(fields) != 3 {
					if m.Bounce != nil {
						t.Errorf("taken for a bounce: %+v", *m.Bounce)
					}
					return
				}
				if m.Bounce == nil {
					t.Fatalf("no bounce, but %s", m.AutoReason)
				}
				if fields[0] != "any" && m.Bounce.Recipient != fields[0] || fields[1] != "any" && m.Bounce.Status != fields[1] || m.Bounce.Permanent != (fields[2] == "hard") {
					t.Errorf("%+v, want %s", *m.Bounce, s.want)
				}
			})
		}
	}
}
