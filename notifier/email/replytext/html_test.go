package replytext_test

import (
	"strings"
	"testing"

	"github.com/microreach/microreach/notifier/email/replytext"
)

// Bodies as the programs write them, each with the answer "done 7" and
// "felt warm" on two lines, and our prompt in it.
var bodies = map[string]string{
	"Gmail":                 `<div dir="ltr"><div>done 7</div><div>felt warm</div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, Mar 9, 2026 at 7:00 PM Microreach &lt;<a href="mailto:reply@m.example">reply@m.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><p>Reply STOP to leave.</p></blockquote></div>`,
	"Gmail, another tongue": `<div dir="ltr">done 7<br>felt warm</div><div class="gmail_quote"><div class="gmail_attr">Qwx zzz Microreach:<br></div><blockquote class="gmail_quote">Reply STOP to leave.</blockquote></div>`,
	"Gmail, below":          `<div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 9, 2026 at 7:00 PM Microreach wrote:<br></div><blockquote class="gmail_quote">Reply STOP to leave.</blockquote></div><div>done 7</div><div>felt warm</div>`,
	"Apple Mail":            `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word;">done 7<div>felt warm<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>On Mar 9, 2026, at 19:00, Microreach &lt;reply@m.example&gt; wrote:</div><br class="Apple-interchange-newline"><div><p>Reply STOP to leave.</p></div></blockquote></div><br></div></body></html>`,
	"iPhone":                `<html><body dir="auto">done 7<div>felt warm<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On Mar 9, 2026, at 19:00, Microreach wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Reply STOP to leave.</div></blockquote></div></body></html>`,
	"Outlook":               `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0cm}</style></head><body><div class="WordSection1"><p class="MsoNormal">done 7<o:p></o:p></p><p class="MsoNormal">felt warm<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> Microreach &lt;reply@m.example&gt; <br><b>Sent:</b> Monday, March 9, 2026 7:00 PM<br><b>To:</b> Ana<br><b>Subject:</b> today<o:p></o:p></p></div></div><p class="MsoNormal">Reply STOP to leave.</p></div></body></html>`,
	"Outlook on the web":    `<div style="font-family:Calibri">done 7</div><div>felt warm</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>Von:</b> Microreach<br></font></div><div>Reply STOP to leave.</div>`,
	"Outlook for phones":    `<div>done 7</div><div>felt warm</div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/x">Outlook for iOS</a></div><hr><div id="divRplyFwdMsg"><b>From:</b> Microreach</div><p>Reply STOP to leave.</p>`,
	"Yahoo":                 `<div class="ydp1"><div dir="ltr">done 7</div><div dir="ltr">felt warm</div></div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday, March 9, 2026 at 07:00:12 PM EDT, Microreach &lt;reply@m.example&gt; wrote:</div><div><br></div><div>Reply STOP to leave.</div></div>`,
	"Thunderbird":           `<body><p>done 7<br>felt warm</p><div class="moz-signature">-- <br>Ana</div><div class="moz-cite-prefix">Am 09.03.26 um 19:00 schrieb Microreach:<br></div><blockquote type="cite" cite="mid:x@m.example"><p>Reply STOP to leave.</p></blockquote></body>`,
	"Proton":                `<div style="font-family: Arial">done 7</div><div>felt warm</div><div class="protonmail_signature_block">Sent with <a>Proton Mail</a> secure email.</div><div class="protonmail_quote">On Monday, March 9th, 2026 at 7:00 PM, Microreach &lt;reply@m.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Reply STOP to leave.</blockquote></div>`,
	"Zimbra":                `<div>done 7</div><div>felt warm</div><hr data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Microreach" &lt;reply@m.example&gt;<br><b>To: </b>"Ana"<br><b>Sent: </b>Monday, March 9, 2026<br><b>Subject: </b>today</div><div data-marker="__QUOTED_TEXT__">Reply STOP to leave.</div>`,
	"hidden words":          `<div style="display:none">Reply STOP</div><div>done 7<br>felt warm</div><script>stop()</script><style>.stop{}</style><!-- stop -->`,
	"unclosed":              `<div>done 7<br>felt warm<blockquote><p>Reply STOP`,
}

func TestTheAnswerIsFoundInTheHTMLOfMailPrograms(t *testing.T) {
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(strings.Fields(replytext.AnswerHTML(body)), " ")
			if got != "done 7 felt warm" {
				t.Errorf("%q\nof the text\n%s", got, replytext.Text(body))
			}
			if cut := replytext.CutHTML(body); !strings.HasPrefix(strings.Join(strings.Fields(cut), " "), "done 7 felt warm") {
				t.Errorf("Cut: %q", cut)
			}
		})
	}
}

func TestHTMLBecomesReadableText(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"entities", "caf&eacute; &amp; tea &lt;3 &#128512;", "café & tea <3 😀"},
		{"blanks", "  a \n b&nbsp;c  ", "a b\u00a0c"},
		{"inline", "a<b>b</b>c <i>d</i>", "abc d"},
		{"paragraphs", "<p>a</p><p>b</p>", "a\n\nb"},
		{"lines", "a<br>b<br/>c<div>d</div>e", "a\nb\nc\nd\ne"},
		{"list", "<ul><li>a</li><li>b</li></ul>", "- a\n- b"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"pre", "<pre>a\n  b</pre>", "a\n  b"},
		{"quote", "a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n>> c\n>\n\nd"},
		{"lines of Outlook", "<p class=MsoNormal>a</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p style=\"margin:0\">b</p><p class=MsoNormal>c</p>", "a\n\u00a0\nb\nc"},
		{"signature", "a<div id=\"Signature\" class=\"elementToProof\">Ana</div><div class=\"front-signature\">Ana</div><div name=\"messageSignatureSection\">Ana</div><signature>Ana</signature>", "a"},
		{"script", "a<script>alert('<p>x</p>')</script>b", "ab"},
		{"empty", "", ""},
		{"broken", "<div <p>a</ p><b", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := replytext.Text(tt.body); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
