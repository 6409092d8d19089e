package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/microreach/microreach/notifier/email/replytext"
)

// Mail is what we read out of one inbound message.
type Mail struct {
	From       string   // the one mailbox in From, host in lower case; empty if there is none, or several
	To         []string // mailboxes of To and Cc
	Subject    string   // decoded, one line
	MessageID  string   // without brackets; "sha256:…" of the whole message where it has none
	InReplyTo  string   // without brackets; empty if it has none
	References []string // without brackets, oldest first
	Token      string   // of one of our mails; empty if it bears none
	Auto       bool     // written by a machine: never a record, never answered
	AutoReason string   // why, in a word; empty for a person's mail
	Bounce     *Bounce  // what it says about a mail that did not arrive; nil if it is no bounce
	Complaint  bool     // an ARF report: somebody called our mail spam
	Body       string   // the text of the mail, quotes and all, LF; from HTML where there is no plain text
	Reply      string   // Body without quotes, signature and footers; quotes that are answered line by line are kept
	Text       string   // the person's own words: Reply without any quoted line, empty for a mere forward
	Dropped    int      // attachments and pictures that were left unread

	tokens  []string // everything that looks like a token of ours, the likeliest first
	results string   // the topmost Authentication-Results
}

// Parser knows which mailbox and which Message-IDs are ours. The zero value
// knows neither and takes what looks like a token of ours.
type Parser struct {
	Address string // the reply mailbox, without a token
	Domain  string // the right side of our Message-IDs; empty is Address's
}

// errEmpty is the only complaint of Parse: there was nothing to read.
var errEmpty = errors.New("email: the message is empty")

// Parse reads a message with the zero Parser.
func Parse(raw []byte) (Mail, error) { return Parser{}.Parse(raw) }

// Parse reads one raw message, given with LF or CRLF line ends, and whatever
// is wrong with it: a broken message gives what could be read of it. Its error
// says that there was nothing at all. Recipients of the envelope, where known,
// come first in the search for the token.
//
// Limits (REQUIREMENTS B16): of the first 1 MiB, 100 header fields, depth 5
// and 20 parts are read; attachments are not.
func (p Parser) Parse(raw []byte, envelopeTo ...string) (Mail, error) {
	whole := raw
	if len(bytes.TrimSpace(raw)) == 0 {
		return Mail{}, errEmpty
	}
	if len(raw) > maxMessage {
		raw = raw[:maxMessage]
	}
	if bytes.IndexByte(raw, '\n') < 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n")) // lines as old Macs end them
	}
	raw = bytes.TrimLeft(raw, "\r\n")
	root := readEntity(raw)
	if bytes.HasPrefix(raw, []byte("From MAILER-DAEMON ")) || bytes.HasPrefix(raw, []byte("From <> ")) {
		root.header = append(root.header, field{"return-path", "<>"}) // as mailbox files keep an empty one
	}
	found := root.collect()
	h := root.header
	m := Mail{
		From:       h.onlyMailbox("From"),
		To:         append(h.mailboxes("To"), h.mailboxes("Cc")...),
		Subject:    oneLine(h.text("Subject")),
		MessageID:  first(h.ids("Message-Id")),
		InReplyTo:  first(h.ids("In-Reply-To")),
		References: h.ids("References"),
		Dropped:    found.dropped,
		results:    h.get("Authentication-Results"),
	}
	if m.MessageID == "" {
		sum := sha256.Sum256(whole)
		m.MessageID = "sha256:" + hex.EncodeToString(sum[:])
	}
	m.Body, m.Reply, m.Text = found.words()
	if m.Reply == "" && found.isBlank() && isSaid(m.Subject) {
		m.Text = m.Subject // "STOP" in the subject of a new mail, as our own mailto links write it
	}
	m.tokens = p.tokens(h, envelopeTo)
	m.Complaint = found.feedback != nil || found.original != nil && strings.HasPrefix(strings.ToLower(m.Subject), "complaint about message from")
	m.Bounce = readBounce(h, found, m.Body)
	if m.Bounce != nil || m.Complaint {
		m.tokens = append(m.tokens, p.tokensOf(found.originalIDs())...)
	}
	m.Token = first(m.tokens)
	m.AutoReason = autoReason(h, m)
	m.Auto = m.AutoReason != ""
	return m, nil
}

// words gives the text of a mail, the reply cut out of it, and the person's own
// words. Plain text comes first (B16); a plain part without a letter gives way
// to the HTML beside it.
func (f *findings) words() (body, reply, own string) {
	body = f.plain
	if strings.TrimSpace(body) == "" && f.html != "" {
		body = replytext.Text(f.html)
	}
	body = clip(body)
	return body, replytext.Cut(body), replytext.Answer(body)
}

// isBlank reports whether nothing else was in the mail than words, and none of
// those.
func (f *findings) isBlank() bool {
	return f.dropped == 0 && f.original == nil && !strings.Contains(strings.ToLower(f.html), "<img")
}

// isSaid reports whether a subject may be what somebody wanted to say.
func isSaid(subject string) bool {
	return utf8.RuneCountInString(subject) <= maxSaid && !isReplySubject(subject)
}

// maxSaid is how long a subject may be that is read as words, in letters.
const maxSaid = 60

// isReplySubject reports whether a mail program made the subject from that of
// another mail: "Re:", "AW:", "Fwd:", and whatever else of at most four letters
// stands before a colon.
func isReplySubject(subject string) bool {
	mark, _, found := strings.Cut(subject, ":")
	if !found {
		mark, _, found = strings.Cut(subject, "：")
	}
	return found && utf8.RuneCountInString(strings.TrimSpace(mark)) <= 4
}

// clip bounds a text, on a letter's border.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// tokens searches every place where a mail program may have left our token:
// the envelope and the recipients (user+token@host) first, then the Message-ID
// that is answered, since a subaddress may be dropped on the way (B11).
func (p Parser) tokens(h header, envelopeTo []string) []string {
	recipients := slices.Clone(envelopeTo)
	for _, name := range []string{"To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To"} {
		recipients = append(recipients, h.mailboxes(name)...)
	}
	var list []string
	for _, address := range recipients {
		if token := p.tokenIn(address); token != "" && !slices.Contains(list, token) && len(list) < maxTokens {
			list = append(list, token)
		}
	}
	ids := []string{first(h.ids("In-Reply-To"))}
	references := h.ids("References")
	slices.Reverse(references)
	if p.Address == "" && p.Domain == "" {
		p.Domain = hostOf(recipients)
	}
	return append(list, p.tokensOf(append(ids, references...))...)
}

// maxTokens is how many words of a mail are looked up at most, of each sort.
const maxTokens = 8

// tokenIn is the token in a recipient; empty where it is not our mailbox.
func (p Parser) tokenIn(address string) string {
	if p.Address != "" {
		ours, err := parseMailbox(p.Address)
		if err != nil {
			return ""
		}
		token, _ := ours.matches(address)
		return token
	}
	m, err := parseMailbox(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	_, token, _ := strings.Cut(m.local, "+")
	if !isToken(token) {
		return ""
	}
	return token
}

// tokensOf are the tokens in those Message-IDs that are ours.
func (p Parser) tokensOf(ids []string) []string {
	domain := p.Domain
	if domain == "" {
		domain = hostOf([]string{p.Address})
	}
	var list []string
	for _, id := range ids {
		local, host, _ := strings.Cut(id, "@")
		if domain != "" && strings.EqualFold(host, domain) && isToken(local) && !slices.Contains(list, local) && len(list) < maxTokens {
			list = append(list, local)
		}
	}
	return list
}

// hostOf is the host of the first address that has one.
func hostOf(addresses []string) string {
	for _, a := range addresses {
		if m, err := parseMailbox(strings.TrimSpace(a)); err == nil {
			return m.host
		}
	}
	return ""
}

// first is the first of a list, or empty.
func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
