package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const triedMail = "From: Ana <ana@participant.example>\r\nTo: Microreach <reply+tok1@microreach.example>\r\nSubject: Re: today\r\nMessage-ID: <1@phone.example>\r\nIn-Reply-To: <tok1@microreach.example>\r\n\r\n" +
	"done 8 3, pause till Monday\r\n\r\nOn Mon, Mar 2, 2026 at 7:00 AM Microreach <reply@microreach.example> wrote:\r\n\r\n> Reply STOP to leave\r\n"

func TestTryEmailShowsWhatAMailComesTo(t *testing.T) {
	c := newCommand(t)
	c.in = triedMail
	want := `{"from":"ana@participant.example","to":"reply+tok1@microreach.example","message_id":"1@phone.example","in_reply_to":"tok1@microreach.example",` +
		`"token":"tok1","auto":false,"bounce":null,"text":"done 8 3, pause till Monday",` +
		`"reading":{"intent":"pause","crisis":false,"outcome":"done","rating_before":8,"rating":3,"until":"2026-03-09T00:00:00-04:00"}}` + "\n"
	flags := []string{"try", "email", "--after", "reach", "--zone", "America/New_York", "--now", "2026-03-02T08:00:00-05:00"}
	if got := c.must(append(flags, "--json")...); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	var short, long any
	indented := c.must(flags...)
	if err := json.Unmarshal([]byte(indented), &long); err != nil || strings.Count(indented, "\n") < 10 {
		t.Errorf("%v: %s", err, indented)
	}
	if err := json.Unmarshal([]byte(want), &short); err != nil || len(short.(map[string]any)) != len(long.(map[string]any)) {
		t.Errorf("the two forms differ: %s", indented)
	}
	if got := c.must("try", "email", "--text"); got != "done 8 3, pause till Monday\n" {
		t.Errorf("%q", got)
	}
}

func TestTryEmailReadsNothingThatAMachineWrote(t *testing.T) {
	c := newCommand(t)
	c.in = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: reply+btok@microreach.example\nSubject: Undelivered Mail\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nReply STOP to leave\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ana@participant.example\nAction: failed\nStatus: 5.1.1\n--b--\n"
	var got struct {
		Auto    bool
		Token   string
		Bounce  *heardBounce
		Reading struct{ Intent string }
	}
	if err := json.Unmarshal([]byte(c.must("try", "email")), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Auto || got.Token != "btok" || got.Reading.Intent != "auto_reply" || got.Bounce == nil || *got.Bounce != (heardBounce{"ana@participant.example", "5.1.1", true}) {
		t.Errorf("%+v", got)
	}
}

func TestTryEmailCutsABatch(t *testing.T) {
	c := newCommand(t)
	line := func(id any, kind, input string) string {
		raw, err := json.Marshal(map[string]any{"id": id, "kind": kind, "input": input})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw) + "\n"
	}
	c.in = line("a", "text", "done\n\nOn Mon, Mar 2, 2026 at 7:00 AM M <r@m.example> wrote:\n> x\n") + "\n" +
		line(2, "html", "<p>done &amp; dusted</p><blockquote type=cite>x</blockquote>") + line("c", "rfc822", triedMail) + line("d", "rfc822", "") +
		strings.TrimSuffix(line("e", "text", "no line end"), "\n")
	want := `{"id":"a","reply":"done"}` + "\n" + `{"id":2,"reply":"done \u0026 dusted"}` + "\n" + `{"id":"c","reply":"done 8 3, pause till Monday"}` + "\n" + `{"id":"d","reply":""}` + "\n" + `{"id":"e","reply":"no line end"}` + "\n"
	if got := c.must("try", "email", "--batch"); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestTryEmailSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, args, in string
		code           int
		want           string
	}{
		{"no mail", "", "", exitFailure, "< message.eml"},
		{"blanks", "--text", " \r\n\r\n", exitFailure, "< message.eml"},
		{"two outputs", "--json --text", triedMail, exitUsage, "one of them"},
		{"batch as text", "--batch --text", "", exitUsage, "one of them"},
		{"an argument", "message.eml", triedMail, exitUsage, "standard input"},
		{"zone", "--zone Mars", triedMail, exitUsage, "IANA"},
		{"instant", "--now noon", triedMail, exitUsage, "2026-03-08T19:00:00-05:00"},
		{"after", "--after dinner", triedMail, exitUsage, "reach journal"},
		{"no JSON", "--batch", `{"id":"a","kind":"text","input":"x"}` + "\nnonsense\n", exitFailure, "line 2: "},
		{"another kind", "--batch", `{"id":"a","kind":"pdf","input":"x"}`, exitFailure, "text, html or rfc822"},
		{"no input", "--batch", `{"id":"a","kind":"text"}`, exitFailure, "no input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			command := newCommand(t)
			command.in = c.in
			code, _, errs := command.run(append([]string{"try", "email"}, strings.Fields(c.args)...)...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit %d, %q; want %d and %q", code, errs, c.code, c.want)
			}
		})
	}
}
