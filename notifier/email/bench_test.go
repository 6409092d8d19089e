package email_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/email"
)

func BenchmarkParse(b *testing.B) {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, raw := range map[string]string{
		"reply":       top + "\ndone 7\n\nOn 3/9/2026 19:00, Microreach wrote:\n> How was it?\n",
		"text":        top + "\n" + fill("a line of words\n"),
		"fields":      fill("To: a@b.example\n"),
		"folded":      "Subject: x\n" + fill(" y\n"),
		"addresses":   "To: " + fill("<a@b.example>,") + "\n\nx",
		"words":       "Subject: " + fill("=?utf-8?q?x?= ") + "\n\nx",
		"boundaries":  top + "Content-Type: multipart/mixed; boundary=b\n\n" + fill("--b\n\nx\n"),
		"base64":      top + "Content-Transfer-Encoding: base64\n\n" + fill("YWFh"),
		"quoted":      top + "Content-Transfer-Encoding: quoted-printable\n\n" + fill("=="),
		"html":        top + "Content-Type: text/html\n\n" + fill("<div>x"),
		"bounce text": "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n" + fill("<5.1. 5.1.1.1 "),
	} {
		b.Run(fmt.Sprintf("%s/%d", name, len(raw)), func(b *testing.B) {
			for b.Loop() {
				if _, err := email.Parse([]byte(raw)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
