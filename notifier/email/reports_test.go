package email_test

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/notifier/email"
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

// FuzzReports reads whatever stands in a report, in the standard form and in plain words: it must end soon, never become a
// person's words, and have a code.
func FuzzReports(f *testing.F) {
	f.Add("Final-Recipient: rfc822; ana@participant.example\nAction: failed\nStatus: 5.1.1\n", "Undeliverable: today", "550 5.1.1 unknown")
	f.Add("\n\nAction:delayed\nStatus:4\n\n\nX", "Warning: message 1 delayed", "<<>> @ 5..5 4.4.4.4 5.555.5555")
	for _, s := range samples(f, reports) {
		_, body, _ := strings.Cut(s.raw, "\n\n")
		f.Add("Action: failed", s.name, body)
	}
	parser := email.Parser{Address: "reply@microreach.example"}
	f.Fuzz(func(t *testing.T, status, subject, body string) {
		began := time.Now()
		subject = strings.NewReplacer("\r", " ", "\n", " ").Replace(subject)
		for form, raw := range map[string]string{
			"standard": "From: MAILER-DAEMON@mx.example\nTo: reply+btok@microreach.example\nSubject: " + subject + "\nContent-Type: multipart/report; report-type=delivery-status; boundary=fuzzfuzz\n\n--fuzzfuzz\n\n" + body + "\n--fuzzfuzz\nContent-Type: message/delivery-status\n\n" + status + "\n--fuzzfuzz--\n",
			"words":    "From: MAILER-DAEMON@mx.example\nTo: reply+btok@microreach.example\nSubject: " + subject + "\n\n" + body,
		} {
			m, err := parser.Parse([]byte(raw))
			if err != nil || !m.Auto || m.Token != "btok" {
				t.Errorf("%s: %v, a machine's %v, token %q", form, err, m.Auto, m.Token)
			}
			if b := m.Bounce; b != nil && (len(b.Status) < 5 || len(b.Status) > 9 || b.Permanent && b.Trying || strings.ContainsAny(b.Recipient, " <>\r\n")) {
				t.Errorf("%s: %+v", form, *b)
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s", took)
		}
	})
}
