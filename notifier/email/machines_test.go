package email_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// dsn is a delivery report in the standard form.
func dsn(fields string) string {
	return "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: reply+btok-m1@microreach.example\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nI'm sorry, your message could not be delivered. STOP\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\nArrival-Date: Mon, 9 Mar 2026 19:00:00 +0000\n\n" + fields + "\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <rtok-m1@microreach.example>\nSubject: today\n\nReply STOP to leave\n--b--\n"
}

// machines is mail that no person wrote, with what is to be read of it.
var machines = []struct {
	name, raw, reason string
	bounce            *email.Bounce
}{
	{"hard bounce", dsn("Final-Recipient: rfc822; ana@participant.example\nOriginal-Recipient: rfc822;ana@participant.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ana@participant.example>: unknown"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.1.1", Permanent: true}},
	{"mailbox full", dsn("Final-Recipient: rfc822; ana@participant.example\nAction: failed\nStatus: 5.2.2 (mailbox full)"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.2.2", Permanent: true}},
	{"delayed", dsn("Final-Recipient: rfc822; ana@participant.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 13 Mar 2026 19:00:00 +0000"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "4.4.1", Trying: true}},
	{"given up after delays", dsn("Final-Recipient: RFC822; ana@participant.example\nAction: Failed\nStatus: 4.4.7"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "4.4.7"}},
	{"exact code only in the diagnostic", dsn("Final-Recipient: rfc822;ana@participant.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.2.1 The account\n    is disabled"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.2.1", Permanent: true}},
	{"no status", dsn("Original-Recipient: rfc822;ana@participant.example\nAction: failed\nDiagnostic-Code: smtp; 550 no such user"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.1.1", Permanent: true}},
	{"two recipients, one fails", dsn("Final-Recipient: rfc822;a@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822;ana@participant.example\nAction: failed\nStatus: 5.1.1"), "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.1.1", Permanent: true}},
	{"success report", dsn("Final-Recipient: rfc822;ana@participant.example\nAction: delivered\nStatus: 2.0.0"), "auto-submitted", nil},
	{"exim", "Return-Path: <>\nX-Failed-Recipients: ana@participant.example\nFrom: Mail Delivery System <Mailer-Daemon@mx.example>\nTo: reply+btok-m1@microreach.example\nSubject: Mail delivery failed: returning message to sender\n\nA message that you sent could not be delivered to one or more of its recipients.\n\n  ana@participant.example\n    host mx.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<ana@participant.example>:\n    550 5.1.1 User unknown\n\nReply STOP\n", "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.1.1", Permanent: true}},
	{"qmail", "From: MAILER-DAEMON@mx.example\nTo: reply+btok-m1@microreach.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<ana@participant.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\n", "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.1.1", Permanent: true}},
	{"exchange", "From: postmaster@mx.example\nTo: reply+btok-m1@microreach.example\nSubject: Undeliverable: today\n\nYour message did not reach some or all of the intended recipients.\n\n      'ana@participant.example' on 3/9/2026 7:00 PM\n            The e-mail account does not exist. <mx.example #5.1.1>\n", "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.1.1", Permanent: true}},
	{"warning", "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\nSubject: Warning: could not send message for past 4 hours\n\n<ana@participant.example>... Deferred: Connection timed out\n", "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "4.0.0", Trying: true}},
	{"german", "Return-Path: <>\nFrom: postmaster@mx.example\nSubject: Unzustellbar: today\n\nDie Nachricht an ana@participant.example konnte nicht zugestellt werden.\n", "bounce", &email.Bounce{Recipient: "ana@participant.example", Status: "5.0.0", Permanent: true}},
	{"complaint", "From: fbl@provider.example\nSubject: FW: today\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: X/1\nVersion: 1\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <rtok-m1@microreach.example>\n\nx\n--b--\n", "complaint", nil},
	{"vacation, RFC 3834", top + "Auto-Submitted: auto-replied (vacation)\n\nI am away until Monday. STOP\n", "auto-submitted", nil},
	{"vacation, Exchange", top + "X-Auto-Response-Suppress: All\n\nI am away\n", "auto-reply", nil},
	{"vacation, null return path", "Return-Path: <>\n" + top + "\nI am away\n", "null return path", nil},
	{"vacation, old", top + "Precedence: bulk\n\nI am away\n", "list", nil},
	{"vacation, cPanel", top + "X-Autorespond: today\n\nI am away\n", "auto-reply", nil},
	{"vacation, by subject", "From: ana@participant.example\nSubject: Automatic reply: today\n\nI am away\n", "auto-reply", nil},
	{"vacation, German", "From: ana@participant.example\nSubject: =?utf-8?q?Abwesenheitsnotiz=3A_today?=\n\nweg\n", "auto-reply", nil},
	{"vacation, French", "From: ana@participant.example\nSubject: =?utf-8?b?UsOpcG9uc2UgYXV0b21hdGlxdWUgOiB0b2RheQ==?=\n\nabsent\n", "auto-reply", nil},
	{"out of office", "From: ana@participant.example\nSubject: Out of Office: today\n\naway\n", "auto-reply", nil},
	{"list", top + "List-Id: <l.example>\n\nx\n", "list", nil},
	{"our own mail coming back", top + "X-Microreach: 1\n\nx\n", "loop", nil},
	{"no-reply", "From: no-reply@shop.example\nSubject: receipt\n\nx\n", "daemon", nil},
	{"list owner", "From: owner-list@lists.example\nSubject: x\n\nx\n", "daemon", nil},
	{"read receipt", "From: ana@participant.example\nSubject: Read: today\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: text/plain\n\nYour message was read.\n--b--\n", "report", nil},
}

func TestMachinesAreToldFromPeople(t *testing.T) {
	for _, tt := range machines {
		t.Run(tt.name, func(t *testing.T) {
			m := parse(t, tt.raw)
			if !m.Auto || m.AutoReason != tt.reason {
				t.Errorf("auto %v because of %q, want %q", m.Auto, m.AutoReason, tt.reason)
			}
			switch {
			case (m.Bounce == nil) != (tt.bounce == nil):
				t.Errorf("bounce %+v, want %+v", m.Bounce, tt.bounce)
			case m.Bounce != nil && *m.Bounce != *tt.bounce:
				t.Errorf("bounce %+v, want %+v", *m.Bounce, *tt.bounce)
			}
			if m.Complaint != (tt.reason == "complaint") {
				t.Errorf("complaint %v", m.Complaint)
			}
		})
	}
}

func TestPeopleAreNotTakenForMachines(t *testing.T) {
	for name, header := range map[string]string{
		"plain":                     "",
		"Auto-Submitted: no":        "Auto-Submitted: no\n",
		"return path":               "Return-Path: <ana@participant.example>\n",
		"about a bounce":            "Subject: Undeliverable, she said\n",
		"answering an auto-reply":   "Subject: Re: Automatic reply: today\n",
		"vacation as a word":        "Subject: vacationing together\n",
		"precedence":                "Precedence: first-class\n",
		"from the same domain":      "Reply-To: me@microreach.example\n",
		"quotes our header in text": "X-Other: X-Microreach: 1\n",
	} {
		raw := "From: ana@participant.example\nTo: reply+tok1@microreach.example\n" + header + "\ndone. It failed at first: 550 5.1.1\n"
		if m := parse(t, raw); m.Auto || m.Bounce != nil {
			t.Errorf("%s: taken for a machine (%s)", name, m.AutoReason)
		}
	}
	self := "From: reply@microreach.example\nTo: reply+tok1@microreach.example\n\ndone\n"
	if m := parse(t, self); m.Auto {
		t.Errorf("a mail to oneself is dropped: %s", m.AutoReason)
	}
}

func TestReportsGoToTheWitnessWithTheTokenOfTheirMail(t *testing.T) {
	b := &inbox{}
	addr := listen(t, b, nil).Addr().String()
	raw := []byte(strings.ReplaceAll(machines[0].raw, "\n", "\r\n"))
	if err := emailtest.Submit(t.Context(), addr, "", "reply+btok-m1@microreach.example", raw); err != nil {
		t.Fatal(err)
	}
	if len(b.all()) != 0 || len(b.reports) != 1 || b.reports[0].Token != "btok-m1" || b.reports[0].Code != "5.1.1" || b.reports[0].Fact != checkins.FactUnreachable || !b.reports[0].At.Equal(noon) {
		t.Errorf("%+v, reports %+v", b.all(), b.reports)
	}
	stray := bytes.ReplaceAll(raw, []byte("+btok-m1"), nil)
	if err := emailtest.Submit(t.Context(), addr, "", "reply@microreach.example", stray); err != nil {
		t.Fatal(err)
	}
	if got := b.reports[1].Token; got != "rtok-m1" {
		t.Errorf("the token of the mail that came back is %q", got)
	}
	b.fail = errors.New("full")
	if err := emailtest.Submit(t.Context(), addr, "", "reply@microreach.example", raw); code(err) != 451 {
		t.Errorf("%v, want 451", err)
	}
}

func TestANullReturnPathIsNeverAPerson(t *testing.T) {
	b := &inbox{}
	addr := listen(t, b, nil).Addr().String()
	if err := emailtest.Submit(t.Context(), addr, "", "reply+rtok-m1@microreach.example", letter("done")); err != nil {
		t.Fatal(err)
	}
	if got := b.all(); len(got) != 1 || !got[0].Auto {
		t.Errorf("%+v", got)
	}
}

func TestTwoInstancesDoNotAnswerEachOther(t *testing.T) {
	b := &inbox{}
	l := listen(t, b, nil)
	provider := start(t, emailtest.Options{})
	out := prompt("m1")
	out.To = "reply@microreach.example"
	if _, err := newSender(t, options(provider)).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	m := provider.Messages()[0]
	if err := emailtest.Submit(t.Context(), l.Addr().String(), m.From, out.To, m.Raw); err != nil {
		t.Fatal(err)
	}
	if got := b.all(); len(got) != 1 || !got[0].Auto {
		t.Errorf("our own mail was taken for a person's: %+v", got)
	}
}

// signed is a mail with a signature of a domain.
func signed(t *testing.T, raw string, key ed25519.PrivateKey, domain string, headers ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	err := dkim.Sign(&b, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), &dkim.SignOptions{
		Domain: domain, Selector: "s", Signer: key, HeaderKeys: headers,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// signedByHand signs fields of a mail, and the body up to length where that is not empty, with nothing that would refuse to:
// RFC 6376, "simple" both times.
func signedByHand(raw string, key ed25519.PrivateKey, domain, fields, length string) []byte {
	mail := strings.ReplaceAll(raw, "\n", "\r\n")
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	tag := ""
	if n, err := strconv.Atoi(length); err == nil {
		body, tag = body[:n], " l="+length+";"
	}
	bodyHash := sha256.Sum256([]byte(body))
	signature := "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=" + domain + "; s=s;" + tag + " h=" + fields + "; bh=" + base64.StdEncoding.EncodeToString(bodyHash[:]) + "; b="
	var signedText strings.Builder
	for _, name := range strings.Split(fields, ":") {
		for line := range strings.SplitSeq(head, "\r\n") {
			if strings.HasPrefix(strings.ToLower(line), name+":") {
				signedText.WriteString(line + "\r\n")
			}
		}
	}
	hash := sha256.Sum256([]byte(signedText.String() + signature))
	return []byte(signature + base64.StdEncoding.EncodeToString(ed25519.Sign(key, hash[:])) + "\r\n" + mail)
}

func TestAMailIsAlignedOnlyWithTheSignatureOfItsAuthorsDomain(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	record := []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}
	lookup := func(_ context.Context, name string) ([]string, error) {
		if strings.HasPrefix(name, "s._domainkey.") {
			return record, nil
		}
		return nil, errors.New("no such record")
	}
	const raw = "From: Ana <ana@mail.participant.com>\nTo: reply+tok1@microreach.example\nSubject: Re: hello\n\ndone\n"
	const domain = "participant.com"
	many := func() []byte {
		mail := signed(t, raw, private, domain, "From", "Subject")
		head := mail[:bytes.Index(mail, []byte("From: "))]
		return append(bytes.Repeat(head, 50), mail...)
	}
	tests := []struct {
		name string
		mail []byte
		want bool
	}{
		{"the organisation's", signed(t, raw, private, domain, "From", "Subject"), true},
		{"the very domain's", signed(t, raw, private, "mail.participant.com", "From", "Subject"), true},
		{"another's", signed(t, raw, private, "evil.com", "From", "Subject"), false},
		{"a public suffix's", signed(t, strings.ReplaceAll(raw, "mail.participant.com", "participant.co.uk"), private, "co.uk", "From"), false},
		{"a stranger's key", signed(t, raw, stranger, domain, "From", "Subject"), false},
		{"none", []byte(strings.ReplaceAll(raw, "\n", "\r\n")), false},
		{"changed body", bytes.Replace(signed(t, raw, private, domain, "From"), []byte("done"), []byte("stop"), 1), false},
		{"changed author", bytes.Replace(signed(t, raw, private, domain, "From"), []byte("ana@"), []byte("bob@"), 1), false},
		{"by hand", signedByHand(raw, private, domain, "from:subject", ""), true},
		{"author not signed", signedByHand(raw, private, domain, "to:subject", ""), false},
		{"appended to by l=", append(signedByHand(raw, private, domain, "from:subject", "6"), "and more\r\n"...), false},
		{"two authors", append([]byte("From: eve@mail.participant.com\r\n"), signed(t, raw, private, domain, "From")...), false},
		{"fifty signatures", many(), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &inbox{}
			addr := listen(t, b, func(o *email.ListenerOptions) { o.LookupTXT = lookup }).Addr().String()
			if err := emailtest.Submit(t.Context(), addr, "ana@mail.participant.com", "reply@microreach.example", tt.mail); err != nil {
				t.Fatal(err)
			}
			if got := b.all(); len(got) != 1 || got[0].Aligned != tt.want {
				t.Errorf("%+v, want aligned %v", got, tt.want)
			}
		})
	}
}
