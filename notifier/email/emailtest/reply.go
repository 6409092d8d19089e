package emailtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// errNoRecipient is returned where a message has nobody who could answer it.
var errNoRecipient = errors.New("emailtest: the message has no recipient who could answer it")

// Reply writes what a person's mail program would send in answer to m: From
// is who got m, To is its Reply-To, the threading headers are set, and m
// stands quoted below the text, as Gmail does it, in a plain and an HTML part.
func (m *Message) Reply(text string, at time.Time) []byte {
	from := "someone@example.org"
	if len(m.To) > 0 {
		from = m.To[0]
	}
	id := m.Header.Get("Message-ID")
	sum := sha256.Sum256([]byte(id + text + at.String()))
	domain := from[strings.LastIndexByte(from, '@')+1:]
	boundary := "000000000000" + hex.EncodeToString(sum[:8])

	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("MIME-Version", "1.0")
	header("References", strings.TrimSpace(m.Header.Get("References")+" "+id))
	header("In-Reply-To", id)
	header("From", (&mail.Address{Address: from}).String())
	header("Date", at.Format(time.RFC1123Z))
	header("Message-ID", "<"+hex.EncodeToString(sum[:12])+"@mail."+domain+">")
	header("Subject", mime.QEncoding.Encode("utf-8", "Re: "+strings.TrimPrefix(m.Subject, "Re: ")))
	header("To", (&mail.Address{Address: m.ReplyTo()}).String())
	header("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
	part(&b, boundary, "text/plain", text+"\n\n"+m.attribution()+"\n\n"+quote(m.Text))
	part(&b, boundary, "text/html", m.htmlReply(text))
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}

// attribution is the line above a quote, wrapped where Gmail wraps it.
func (m *Message) attribution() string {
	sender := m.From
	if list, err := m.Header.AddressList("From"); err == nil && len(list) > 0 {
		sender = list[0].Name + " <" + list[0].Address + ">"
	}
	when := m.At
	if date, err := m.Header.Date(); err == nil {
		when = date
	}
	line := "On " + when.Format("Mon, Jan 2, 2006 at 3:04 PM") + " " + strings.TrimSpace(sender)
	if len(line) > 70 {
		return line + "\nwrote:"
	}
	return line + " wrote:"
}

// htmlReply is the HTML part of an answer.
func (m *Message) htmlReply(text string) string {
	original := m.HTML
	if original == "" {
		original = strings.ReplaceAll(html.EscapeString(m.Text), "\n", "<br>")
	}
	return `<div dir="ltr">` + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + `</div><br>` +
		`<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">` +
		html.EscapeString(strings.ReplaceAll(m.attribution(), "\n", " ")) + `<br></div>` +
		`<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">` +
		original + `</blockquote></div>` + "\n"
}

// quote puts "> " before every line.
func quote(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("> "+line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// part writes one quoted-printable part.
func part(b *bytes.Buffer, boundary, kind, text string) {
	fmt.Fprintf(b, "--%s\r\nContent-Type: %s; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, kind)
	w := quotedprintable.NewWriter(b)
	_, _ = w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))) // a buffer takes everything
	_ = w.Close()
	b.WriteString("\r\n")
}

// Reply answers a message that arrived here, by SMTP to the listener at addr
// ("host:port"), and returns once that listener has taken it.
func (s *Server) Reply(ctx context.Context, addr string, m Message, text string) error {
	if len(m.To) == 0 {
		return errNoRecipient
	}
	return Submit(ctx, addr, m.To[0], m.ReplyTo(), m.Reply(text, s.options.Now()))
}

// Submit delivers a raw message by SMTP to the listener at addr. An empty from
// is the null return path, as bounces have it. The error is a *smtp.SMTPError
// (go-smtp) where the listener refused.
func Submit(ctx context.Context, addr, from, to string, raw []byte) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("emailtest: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	client := smtp.NewClient(conn)
	defer func() { _ = client.Close() }()
	if err := client.Hello("phone.test"); err != nil {
		return fmt.Errorf("emailtest: hello: %w", err)
	}
	if err := client.SendMail(from, []string{to}, bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("emailtest: %w", err)
	}
	_ = client.Quit() // the message is taken; how the goodbye goes is all one
	return nil
}
