package email

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzWhatIsParsedCanBeKept reads whatever comes: it must end soon, and what it gives must be
// fit to be kept and looked up.
func FuzzWhatIsParsedCanBeKept(f *testing.F) {
	report := "From: MAILER-DAEMON@mx.example\nTo: reply+btok@microreach.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <rtok@microreach.example>\n\n--b--\n"
	for _, seed := range []string{
		"", "\n", "From: a@b.example\n\ndone 7\n", report,
		"Authentication-Results: mx; dkim=pass (x) header.d=b.example; dmarc=pass header.from=b.example\nFrom: a@b.example\n\nx",
		"Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/html; charset=utf-16\nContent-Transfer-Encoding: base64\n\nPGI+\n--b",
		"Content-Type: text/plain; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\na =\nb=3D=\n> c \n> d",
		"Subject: =?utf-8?q?=53TOP?= =?x?b?!!?=\nIn-Reply-To: <a@microreach.example>\nReferences: <a@b> <<>>\n\n",
		"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--",
	} {
		f.Add([]byte(seed))
	}
	parser := Parser{Address: "reply@microreach.example"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		began := time.Now()
		m, err := parser.Parse(raw, "reply+tok@microreach.example")
		if took := time.Since(began); took > time.Second {
			t.Errorf("%d bytes took %s", len(raw), took)
		}
		if err != nil {
			return
		}
		for what, text := range map[string]string{"text": m.Text, "reply": m.Reply, "subject": m.Subject} {
			if !utf8.ValidString(text) || len(text) > 2*maxText {
				t.Errorf("the %s cannot be kept: %d bytes", what, len(text))
			}
		}
		if m.Token != "tok" || m.MessageID == "" || strings.ContainsAny(m.From+m.Subject, "\r\n") {
			t.Errorf("token %q, id %q, from %q", m.Token, m.MessageID, m.From)
		}
		for _, token := range m.tokens {
			if !isToken(token) {
				t.Errorf("%q is looked up", token)
			}
		}
		if b := m.Bounce; b != nil && (len(b.Status) < 5 || b.Permanent != (b.Status[0] == '5')) {
			t.Errorf("bounce %+v", *b)
		}
		if (m.Bounce != nil || m.Complaint) && !m.Auto {
			t.Error("a report counts as a person's mail")
		}
		if m.From != "" && vouched(m.results, nil, m.From) {
			t.Error("somebody is believed though nobody is trusted")
		}
		_ = vouched(m.results, []string{"mx"}, m.From)
	})
}
