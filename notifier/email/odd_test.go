package email_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/microreach/microreach/notifier/email"
)

// oddMails are mails as they should not be, and what is heard in them. What
// is no text must never become one.
var oddMails = []struct{ name, raw, want string }{
	{"utf-7", top + "Content-Type: text/plain; charset=utf-7\n\ngr+APw-n 7 +- 1 + 2\n", "grün 7 + 1 + 2"},
	{"utf-7, Japanese", top + "Content-Type: text/plain; charset=unicode-1-1-utf-7\n\n+W4xOhg- 7\n", "完了 7"},
	{"utf-7, damaged", top + "Content-Type: text/plain; charset=utf-7\n\na +!! b +A\n", "a +!! b +A"},
	{"gb18030", top + "Content-Type: text/plain; charset=gb18030\n\n\xcd\xea\xb3\xc9 7\n", "完成 7"},
	{"big5", top + "Content-Type: text/plain; charset=big5\n\n\xa7\xb9\xa6\xa8 7\n", "完成 7"},
	{"euc-kr by an old name", top + "Content-Type: text/plain; charset=ks_c_5601-1987\n\n\xbf\xcf\xb7\xe1 7\n", "완료 7"},
	{"shift_jis by another name", top + "Content-Type: text/plain; charset=cp932\n\n\x8a\xae\x97\xb9 7\n", "完了 7"},
	{"windows-1251", top + "Content-Type: text/plain; charset=\"windows-1251\"\n\n\xe4\xe0 7\n", "да 7"},
	{"windows-1251 by a nickname", top + "Content-Type: text/plain; charset=win-1251\n\n\xe4\xe0 7\n", "да 7"},
	{"koi8-u", top + "Content-Type: text/plain; charset=koi8-u\n\n\xd4\xc1\xcb 7\n", "так 7"},
	{"windows-1255", top + "Content-Type: text/plain; charset=windows-1255\n\n\xeb\xef 7\n", "כן 7"},
	{"iso-8859-15", top + "Content-Type: text/plain; charset=iso-8859-15\n\n\xa4 7\n", "€ 7"},
	{"macintosh", top + "Content-Type: text/plain; charset=x-mac-roman\n\ngr\x9fn 7\n", "grün 7"},
	{"utf-16", top + "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("g\x00r\x00\xfc\x00n\x00 \x007\x00")) + "\n", "grün 7"},
	{"charset of a typewriter", top + "Content-Type: text/plain; charset=ansi_x3.110-1983\n\ngr\xfcn 7\n", "grün 7"},
	{"no charset is known", top + "Content-Type: text/plain; charset=unknown-8bit\n\ngrün 7\n", "grün 7"},
	{"charset twice", top + "Content-Type: text/plain; charset=utf-8; charset=us-ascii\n\ngrün 7\n", "grün 7"},
	{"charset without a semicolon", top + "Content-Type: text/html charset=utf-8\n\n<p>grün 7</p>\n", "grün 7"},
	{"type html", top + "Content-Type: html\n\n<p>grün 7</p>\n", "grün 7"},
	{"HTML that is called plain", top + "Content-Type: text/plain\n\n<html><body><p>grün 7</p></body></html>\n", "grün 7"},
	{"charset in the page alone", top + "Content-Type: text/html\n\n<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\"></head><p>\xcd\xea\xb3\xc9 7</p>\n", "完成 7"},
	{"Japanese that nobody declared", top + "\n\x1b$B40N;\x1b(B 7\n", "完了 7"},
	{"enriched", top + "Content-Type: text/enriched\n\n<bold>grün</bold> 7\n", "grün 7"},
	{"base64 that is words", top + "Content-Transfer-Encoding: base64\n\nI told her that I was sorry, and she was glad.\n", "I told her that I was sorry, and she was glad."},
	{"base64 without padding", top + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nZ3LDvG4gNw\n", "grün 7"},
	{"base64 in one line and a footer", top + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nZ3LDvG4gNw==\n-- \na list's footer\n", "grün 7"},
	{"quoted-printable with soft breaks at the end", top + "Content-Transfer-Encoding: quoted-printable\n\ndone 7=\n", "done 7"},
	{"quoted-printable, lower case", top + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ngr=c3=bcn 7\n", "grün 7"},
	{"uuencode as an encoding", top + "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 text\n&9&]N92`W\n`\nend\n", "done 7"},
	{"uuencoded file in a text", top + "\ndone 7\n\nbegin 644 photo.jpg\nM1TE&.#EA`0`!`(```````/___RP``````0`!```\"`D0!`#L`\n`\nend\n", "done 7"},
	{"the word begin", top + "\nbegin 7 days from now\nend\n", "begin 7 days from now\nend"},
	{"yEnc", top + "\ndone 7\n=ybegin line=128 size=3 name=a.bin\n\xaa\xbb\xcc\n=yend size=3\n", "done 7"},
	{"PGP, enciphered", top + "\n-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMA5vNTQ\n=ab12\n-----END PGP MESSAGE-----\n", ""},
	{"PGP, signed", top + "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ndone 7\n\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=ab12\n-----END PGP SIGNATURE-----\n", "done 7"},
	{"PGP/MIME", top + "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\nhQEMA\n-----END PGP MESSAGE-----\n--b--\n", ""},
	{"S/MIME, signed", top + "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b\n\n--b\nContent-Type: text/plain\n\ndone 7\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3\n--b--\n", "done 7"},
	{"S/MIME, opaque", top + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHAqCAMIAC\n", ""},
	{"TNEF", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ndone 7\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+IhYQ\n--b--\n", "done 7"},
	{"TNEF alone", top + "Content-Type: application/ms-tnef; name=\"winmail.dat\"\nContent-Transfer-Encoding: base64\n\neJ8+IhYQAQaQ\n", ""},
	{"picture alone, with a subject", strings.Replace(top, "Re: hello", "IMG_0042", 1) + "Content-Type: image/jpeg; name=IMG_0042.jpg\nContent-Transfer-Encoding: base64\n\n/9j/4AAQ\n", ""},
	{"calendar", strings.Replace(top, "Re: hello", "Accepted: tea", 1) + "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", ""},
	{"words of a telephone company", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8; name=text_0.txt\nContent-Location: text_0.txt\n\ndone 7\n--b--\n", "done 7"},
	{"one text with a name", top + "Content-Type: text/plain; name=\"message.txt\"\n\ndone 7\n", "done 7"},
	{"words around a picture", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ndone 7\n--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: text/plain\n\nit was good\n--b--\n", "done 7\nit was good"},
	{"another boundary than was said", top + "Content-Type: multipart/alternative; boundary=\"right\"\n\n--wrong\nContent-Type: text/plain\n\ndone 7\n--wrong\nContent-Type: text/html\n\n<p>done 7</p>\n--wrong--\n", "done 7"},
	{"no boundary was said", top + "Content-Type: multipart/alternative\n\n--b1\nContent-Type: text/plain\n\ndone 7\n--b1\nContent-Type: text/html\n\n<p>x</p>\n--b1--\n", "done 7"},
	{"the header lost its type", top + "\nThis is a multi-part message in MIME format.\n\n--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ngr=C3=BCn 7\n--b1\nContent-Type: image/png\n\nx\n--b1--\n", "grün 7"},
	{"encoded as a whole", top + "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("--b\nContent-Type: text/plain\n\ndone 7\n--b--\n")) + "\n", "done 7"},
	{"boundary of another part within a text", top + "Content-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: text/plain\n\ndone 7\n--b is no boundary\n--bb--\n", "done 7\n--b is no boundary"},
	{"boundary with an equals sign", top + "Content-Type: multipart/mixed; boundary=----=_Part_1\n\n------=_Part_1\nContent-Type: text/plain\n\ndone 7\n------=_Part_1--\n", "done 7"},
	{"parts without a header", top + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ndone 7\n--b--\n", "done 7"},
	{"empty lines before the header", "\n\n" + top + "\ndone 7\n", "done 7"},
	{"a header that is folded with nothing in it", "From: ana@participant.example\nX-Long: a\n \n\tb\nTo: reply+tok1@microreach.example\n\ndone 7\n", "done 7"},
	{"NULs", strings.Replace(top, "Ana <", "A\x00na <", 1) + "\ndo\x00ne 7\n", "done 7"},
	{"a byte order mark", "\ufeff" + top + "\n\ufeffdone 7\n", "done 7"},
	{"lines of an old Mac", strings.ReplaceAll(top+"\ndone 7\n", "\n", "\r"), "done 7"},
	{"external body", top + "Content-Type: message/external-body; access-type=URL; URL=\"http://x.example\"\n\nContent-Type: text/plain\n\nSTOP\n", ""},
	{"a part of a message", top + "Content-Type: message/partial; id=a; number=1; total=2\n\nSTOP\n", ""},
	{"a mail within", top + "Content-Type: message/rfc822\n\nFrom: x@y.example\nSubject: STOP\n\nSTOP\n", ""},
	{"digest", top + "Content-Type: multipart/digest; boundary=b\n\n--b\n\nFrom: a@b.example\nSubject: STOP\n\nSTOP\n--b--\n", ""},
	{"words for a watch", top + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/watch-html\n\n<b>STOP</b>\n--b\nContent-Type: text/plain\n\ndone 7\n--b--\n", "done 7"},
	{"rich text of an office", top + "Content-Type: application/rtf\n\n{\\rtf1 STOP}\n", ""},
	{"comments in a type", top + "Content-Type: text/plain (words) ; charset=utf-8 (letters)\n\ngrün 7\n", "grün 7"},
	{"an encoding with a remark", top + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable (really)\n\ngr=C3=BCn 7\n", "grün 7"},
	{"a type in parts", top + "Content-Type: text/plain; charset*0=\"utf\"; charset*1=\"-8\"\n\ngrün 7\n", "grün 7"},
	{"header only", "From: ana@participant.example\nTo: reply+tok1@microreach.example\nSubject: Re: hello\n", ""},
}

func TestOddMailsAreHeardAsFarAsTheyAreWords(t *testing.T) {
	for _, tt := range oddMails {
		for end, raw := range map[string]string{"": tt.raw, ", CRLF": strings.ReplaceAll(tt.raw, "\n", "\r\n")} {
			t.Run(tt.name+end, func(t *testing.T) {
				m, err := email.Parse([]byte(raw))
				if err != nil {
					t.Fatal(err)
				}
				if m.Text != tt.want {
					t.Errorf("text %q, want %q", m.Text, tt.want)
				}
				if m.Token != "" && m.Token != "tok1" {
					t.Errorf("token %q", m.Token)
				}
			})
		}
	}
}

// Every odd mail, cut off at every byte: what remains of it can be read and kept.
func TestOddMailsMayEndAnywhere(t *testing.T) {
	for _, tt := range oddMails {
		for n := range len(tt.raw) {
			m, err := email.Parse([]byte(tt.raw[:n]))
			if err == nil && (!utf8.ValidString(m.Text) || strings.Contains(m.Text, "\x00") || strings.Contains(m.Text, "--b\n")) {
				t.Errorf("%s, cut at %d: text %q", tt.name, n, m.Text)
			}
		}
	}
}
