package emailtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/emersion/go-message/mail"

	_ "github.com/emersion/go-message/charset" // so that any charset can be read
)

// Message is one mail that arrived.
type Message struct {
	From    string   // the envelope's return path; empty for the null path
	To      []string // the envelope's recipients
	Raw     []byte   // as it came over the wire, CRLF
	TLS     bool     // it came over an encrypted connection
	User    string   // who had logged in; empty if nobody
	QueueID string   // the id that the sender was told
	At      time.Time

	Header  mail.Header // as received; Header.Get does not decode words
	Subject string      // decoded
	Text    string      // the plain part, LF line ends; empty if there is none
	HTML    string      // the HTML part; empty if there is none

	Pictures map[string][]byte // PNGs that stand in the HTML, by Content-ID
}

// Page is the HTML part with its pictures in it, as a mail program shows it.
func (m *Message) Page() string {
	page := m.HTML
	for id, png := range m.Pictures {
		page = strings.ReplaceAll(page, "cid:"+id, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(png))
	}
	return page
}

// parse fills the readable fields, as far as they can be read.
func (m *Message) parse() {
	if parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw)); err == nil {
		m.Header = parsed.Header
	}
	reader, err := gomail.CreateReader(bytes.NewReader(m.Raw))
	if err != nil {
		return
	}
	m.Subject, _ = reader.Header.Subject()
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) || part == nil {
			return
		}
		header, ok := part.Header.(*gomail.InlineHeader)
		if !ok {
			continue
		}
		kind, _, _ := header.ContentType()
		body, _ := io.ReadAll(part.Body)
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		switch {
		case kind == "text/plain" && m.Text == "":
			m.Text = text
		case kind == "text/html" && m.HTML == "":
			m.HTML = text
		case kind == "image/png":
			if m.Pictures == nil {
				m.Pictures = map[string][]byte{}
			}
			m.Pictures[strings.Trim(header.Get("Content-Id"), "<>")] = body
		}
	}
}

// ReplyTo is the mailbox that an answer to m goes to.
func (m *Message) ReplyTo() string {
	for _, name := range []string{"Reply-To", "From"} {
		if list, err := m.Header.AddressList(name); err == nil && len(list) > 0 {
			return list[0].Address
		}
	}
	return m.From
}
