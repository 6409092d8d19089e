package email_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/email"
)

// parse reads a message written with LF.
func parse(t *testing.T, raw string) email.Mail {
	t.Helper()
	m, err := email.Parser{Address: "reply@microreach.example"}.Parse([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const top = "From: Ana <Ana@Participant.Example>\nTo: reply+tok1@microreach.example\nSubject: Re: hello\nMessage-ID: <1@phone.example>\n"

func TestTheTextOfAMailIsReadWhateverItsForm(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("grün 7"))
	tests := []struct{ name, raw, want string }{
		{"plain", top + "\ngrün 7\n", "grün 7"},
		{"quoted-printable", top + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ngr=C3=BCn =\n7\n", "grün 7"},
		{"damaged quoted-printable", top + "Content-Transfer-Encoding: Quoted-Printable\n\ngr=C3=BCn 7 = fine =ZZ\n", "grün 7 = fine =ZZ"},
		{"base64", top + "Content-Type: text/plain; charset=\"UTF-8\"\nContent-Transfer-Encoding: base64\n\n" + b64 + "\n", "grün 7"},
		{"damaged base64", top + "Content-Transfer-Encoding: base64\n\n" + b64[:4] + "\n !!" + b64[4:] + "*\n", "grün 7"},
		{"latin-1", top + "Content-Type: text/plain; charset=iso-8859-1\n\ngr\xfcn 7\n", "grün 7"},
		{"windows-1252, undeclared", top + "\ngr\xfcn 7 \x80\n", "grün 7 €"},
		{"a charset nobody knows", top + "Content-Type: text/plain; charset=x-martian\n\ngrün 7\n", "grün 7"},
		{"a charset that lies", top + "Content-Type: text/plain; charset=us-ascii\n\ngrün 7\n", "grün 7"},
		{"gb2312", top + "Content-Type: text/plain; charset=gb2312\n\n\xcd\xea\xb3\xc9 7\n", "完成 7"},
		{"iso-2022-jp", top + "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B40N;\x1b(B 7\n", "完了 7"},
		{"koi8-r", top + "Content-Type: text/plain; charset=koi8-r\n\n\xc4\xc1 7\n", "да 7"},
		{"flowed", top + "Content-Type: text/plain; format=flowed\n\na line that \ngoes on\n\n> quoted \n> too\n", "a line that goes on"},
		{"flowed, delsp", top + "Content-Type: text/plain; format=flowed; delsp=yes\n\n完 \n了\n", "完了"},
		{"html only", top + "Content-Type: text/html; charset=utf-8\n\n<p>gr&uuml;n <b>7</b></p><script>x</script>\n", "grün 7"},
		{"alternative", top + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain 7\n--b\nContent-Type: text/html\n\n<p>html 7</p>\n--b--\n", "plain 7"},
		{"alternative, empty plain", top + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>html 7</p>\n--b--\n", "html 7"},
		{"html first", top + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>html 7</p>\n--b\nContent-Type: text/plain\n\nplain 7\n--b--\n", "plain 7"},
		{"mixed in related in mixed", top + "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\ndeep 7\n--c--\n--b--\n--a--\nepilogue\n", "deep 7"},
		{"text attachment", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\nSTOP\n--b\nContent-Type: text/plain\n\nmine 7\n--b--\n", "mine 7"},
		{"no last boundary", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ncut 7\n", "cut 7"},
		{"boundary with blanks", top + "Content-Type: multipart/mixed; boundary=\"b b\"\n\n--b b  \nContent-Type: text/plain\n\nodd 7\n--b b--\n", "odd 7"},
		{"no boundary at all", top + "Content-Type: multipart/mixed\n\njust words 7\n", "just words 7"},
		{"boundary that never comes", top + "Content-Type: multipart/mixed; boundary=zzz\n\njust words 7\n", ""},
		{"broken content type", top + "Content-Type: text/plain; charset=\"utf-8; format\n\ngrün 7\n", "grün 7"},
		{"odd content type", top + "Content-Type: text\n\ngrün 7\n", "grün 7"},
		{"odd encoding", top + "Content-Transfer-Encoding: eight\n\ngrün 7\n", "grün 7"},
		{"damaged header line", "From: ana@participant.example\nthis is no field\nTo: reply@microreach.example\n\ngrün 7\n", "grün 7"},
		{"no blank line", "From: ana@participant.example\nTo: reply@microreach.example\ngrün 7\nand more words\n", "grün 7\nand more words"},
		{"no header", "done 7\nand more\n", "done 7\nand more"},
		{"mbox line", "From ana Mon Mar  9 19:00:00 2026\nFrom: ana@participant.example\n\ngrün 7\n", "grün 7"},
		{"quoted prompt", top + "\ndone\n\nOn Mon, Mar 9, 2026 at 7:00 PM M <r@m.example> wrote:\n\n> Reply STOP to leave\n", "done"},
		{"picture only", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/jpeg; name=x.jpg\n\nxx\n--b--\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if m := parse(t, tt.raw); m.Text != tt.want {
				t.Errorf("text %q, want %q", m.Text, tt.want)
			}
		})
	}
}

func TestTheHeaderOfAMailIsRead(t *testing.T) {
	m := parse(t, "From: =?utf-8?q?An=C3=A4?= <Ana@Participant.Example>\nTo: Microreach <reply+tok1@microreach.example>,\n other@x.example\nSubject: =?iso-8859-1?q?gr=FCn?=\n =?utf-8?b?IOKCrA==?=\nMessage-ID:\n <1@phone.example>\nIn-Reply-To: <tok0@microreach.example> (yours)\nReferences: <a@b>\n <tok0@microreach.example>\n\ndone\n")
	if m.From != "Ana@participant.example" || m.Subject != "grün €" || m.MessageID != "1@phone.example" || m.InReplyTo != "tok0@microreach.example" || m.Token != "tok1" ||
		strings.Join(m.References, " ") != "a@b tok0@microreach.example" || strings.Join(m.To, " ") != "reply+tok1@microreach.example other@x.example" {
		t.Errorf("%+v", m)
	}
	if m.Auto {
		t.Errorf("a person is taken for a machine: %s", m.AutoReason)
	}
}

func TestTheTokenIsFoundWhereverItWasLeft(t *testing.T) {
	const from = "From: ana@participant.example\n"
	tests := []struct{ name, raw, envelope, want string }{
		{"envelope", from + "To: reply@microreach.example\n", "reply+tok1@microreach.example", "tok1"},
		{"To", from + "To: reply+tok1@microreach.example\n", "", "tok1"},
		{"Cc", from + "To: x@y.example\nCc: <reply+tok1@microreach.example>\n", "", "tok1"},
		{"Delivered-To", from + "To: x@y.example\nDelivered-To: reply+tok1@microreach.example\n", "", "tok1"},
		{"X-Original-To", from + "X-Original-To: reply+tok1@microreach.example\n", "", "tok1"},
		{"In-Reply-To", from + "To: reply@microreach.example\nIn-Reply-To: <tok1@microreach.example>\n", "", "tok1"},
		{"References, the last of ours", from + "References: <tok0@microreach.example> <tok1@microreach.example> <x@gmail.example>\n", "", "tok1"},
		{"envelope before header", from + "To: reply+old@microreach.example\n", "reply+tok1@microreach.example", "tok1"},
		{"case of the mailbox", from + "To: Reply+tok1@Microreach.Example\n", "", "tok1"},
		{"somebody else's tag", from + "To: other+tok1@microreach.example\n", "", ""},
		{"somebody else's host", from + "To: reply+tok1@evil.example\n", "", ""},
		{"somebody else's id", from + "In-Reply-To: <tok1@gmail.example>\n", "", ""},
		{"no token", from + "To: reply@microreach.example\n", "", ""},
		{"damaged list", from + "To: undisclosed;; <reply+tok1@microreach.example>\n", "", "tok1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := email.Parser{Address: "reply@microreach.example"}.Parse([]byte(tt.raw+"\ndone\n"), tt.envelope)
			if err != nil || m.Token != tt.want {
				t.Errorf("token %q (%v), want %q", m.Token, err, tt.want)
			}
		})
	}
}

func TestWithoutKnowingOurMailboxWhatLooksLikeATokenIsTaken(t *testing.T) {
	for raw, want := range map[string]string{
		"To: anything+tok1@host.example\n\nx":                                      "tok1",
		"To: anything@host.example\nIn-Reply-To: <tok1@host.example>\n\nx":         "tok1",
		"To: anything@host.example\nIn-Reply-To: <CAF=abc@mail.gmail.example>\n\n": "",
	} {
		if m, err := email.Parse([]byte("From: a@b.example\n" + raw)); err != nil || m.Token != want {
			t.Errorf("%q: token %q, %v", raw, m.Token, err)
		}
	}
}

func TestOnlyOneAuthorCanBeTrusted(t *testing.T) {
	for name, header := range map[string]string{
		"two fields": "From: a@participant.example\nFrom: b@participant.example\n",
		"two names":  "From: a@participant.example, b@participant.example\n",
		"none":       "To: reply@microreach.example\n",
		"no mailbox": "From: Ana\n",
	} {
		if m := parse(t, header+"\ndone\n"); m.From != "" {
			t.Errorf("%s: from %q", name, m.From)
		}
	}
}

func TestAMailWithoutAnIDIsKnownByItsContent(t *testing.T) {
	one, two := parse(t, "From: a@b.example\n\ndone\n"), parse(t, "From: a@b.example\n\ndone 2\n")
	again := parse(t, "From: a@b.example\n\ndone\n")
	if one.MessageID != again.MessageID || one.MessageID == two.MessageID || !strings.HasPrefix(one.MessageID, "sha256:") {
		t.Errorf("%q %q %q", one.MessageID, again.MessageID, two.MessageID)
	}
}

func TestTheSubjectOfANewMailCountsWhereNothingElseWasWritten(t *testing.T) {
	for raw, want := range map[string]string{
		"Subject: STOP\n\n":                       "STOP",
		"Subject: STOP\n\nSent from my iPhone\n":  "STOP",
		"Subject: STOP\n\nSTOP\n":                 "STOP",
		"Subject: hello\n\ndone\n":                "done",
		"Subject: Re: STOP\n\n":                   "",
		"Subject: AW: STOP\n\n> STOP\n":           "",
		"Subject: stop\n\n> only a quote of us\n": "",
	} {
		if m := parse(t, "From: ana@participant.example\n"+raw); m.Text != want {
			t.Errorf("%q: %q, want %q", raw, m.Text, want)
		}
	}
}

func TestOnlyNothingAtAllIsAnError(t *testing.T) {
	for _, raw := range []string{"", " \r\n\t\n"} {
		if _, err := email.Parse([]byte(raw)); err == nil {
			t.Errorf("%q is read", raw)
		}
	}
}

func TestAttachmentsAreCountedAndLeftUnread(t *testing.T) {
	m := parse(t, top+"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ndone\n--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment\n\nx\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=x.html\n\nSTOP\n--b--\n")
	if m.Dropped != 3 || m.Text != "done" {
		t.Errorf("%d dropped, text %q", m.Dropped, m.Text)
	}
}

func TestMIMEBombsStayWithinTheLimits(t *testing.T) {
	nested := func(depth int) string {
		var b strings.Builder
		b.WriteString(top + "Content-Type: multipart/mixed; boundary=b0\n\n")
		for i := range depth {
			fmt.Fprintf(&b, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
		}
		fmt.Fprintf(&b, "--b%d\nContent-Type: text/plain\n\nthe bottom\n", depth)
		return b.String()
	}
	if m := parse(t, nested(3)); m.Text != "the bottom" {
		t.Errorf("depth 4: %q", m.Text)
	}
	if m := parse(t, nested(50)); strings.Contains(m.Text, "bottom") {
		t.Error("depth 51 was read")
	}
	parts := top + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: image/png\n\nx\n", 100_000) + "--b\nContent-Type: text/plain\n\nthe last\n--b--\n"
	if m := parse(t, parts); m.Text != "" || m.Dropped > 20 {
		t.Errorf("100001 parts: %d dropped, %q", m.Dropped, m.Text)
	}
	big := top + "Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("word ", 2_000_000)))
	if m := parse(t, big); len(m.Body) > 64<<10 || len(m.Text) > 64<<10 || m.Text == "" {
		t.Errorf("10 MB of base64: %d bytes of body", len(m.Body))
	}
	same := top + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: multipart/mixed; boundary=b\n\n", 1000)
	parse(t, same)
	headers := "From: ana@participant.example\n" + strings.Repeat("To: x@y.example\n", 50_000) + "\ndone\n"
	if m := parse(t, headers); len(m.To) > 100 || m.Text != "done" {
		t.Errorf("50000 fields: %d kept, text %q", len(m.To), m.Text)
	}
	long := "From: ana@participant.example\nSubject: x\n" + strings.Repeat(" folded again and again\n", 40_000) + "\ndone\n"
	if m := parse(t, long); len(m.Subject) > 65<<10 || m.Text != "done" {
		t.Errorf("a folded field: %d bytes", len(m.Subject))
	}
	traced := strings.Repeat("Received: from a by b\nX-Score: 1\n", 300) + top + "\ndone\n"
	if m := parse(t, traced); m.Token != "tok1" || m.Text != "done" {
		t.Errorf("behind 600 traces: token %q, text %q", m.Token, m.Text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(top + "\ndone\n"))
	f.Add([]byte(top + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=x; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\nplain =\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+\n--b--\n"))
	for _, m := range machines {
		f.Add([]byte(m.raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := email.Parse(raw)
		if err != nil {
			return
		}
		if m.MessageID == "" || m.Auto != (m.AutoReason != "") || m.Bounce != nil && (!m.Auto || len(m.Bounce.Status) < 5) {
			t.Errorf("%+v", m)
		}
		if strings.ContainsAny(m.From+m.Token+m.Subject, "\r\n") {
			t.Errorf("a line break in %+v", m)
		}
	})
}
