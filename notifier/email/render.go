package email

import (
	"bytes"
	"net/mail"
	"net/url"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// Header by which our own mail is known when it comes back (REQUIREMENTS B06).
const loopHeader = "X-Microreach"

// signedHeaders are covered by our signature: those of RFC 6376 §5.4.1 that we
// write, and the two last ones as RFC 8058 §4 asks.
//
// The list must stay this short. The library signs its own header unfolded and
// then breaks any tag longer than a line, h= included, in the middle of a name;
// the blank that this adds makes the signature invalid.
var signedHeaders = []string{"From", "To", "Subject", "Date", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"}

// maxTag is the longest domain or selector that the library does not break.
const maxTag = 70

// signer makes the library's signer. It keeps no state between messages.
func (s *Sender) signer() *gomail.DKIMSigner {
	signer := gomail.NewDKIMSigner(s.options.DKIM.Domain, s.options.DKIM.Selector, s.options.DKIM.Key)
	signer.HeaderCanonicalization(gomail.CanonicalizationRelaxed)
	signer.BodyCanonicalization(gomail.CanonicalizationRelaxed)
	signer.SignHeaders(signedHeaders...)
	return signer
}

// render turns a message into mail. The same message renders the same headers
// each time, but for the date; an error is permanent.
func (s *Sender) render(out checkins.Outgoing) (*gomail.Msg, error) {
	to, err := parseMailbox(out.To)
	if err != nil {
		return nil, refusal(checkins.FactInvalid, "the recipient is not a mailbox")
	}
	if strings.TrimSpace(out.Words.Text) == "" {
		return nil, refusal(checkins.FactNone, "the message has no text")
	}
	reply := s.options.Token(PurposeReply, string(out.ID))
	bounce := s.options.Token(PurposeBounce, string(out.ID))
	if !isToken(reply) || !isToken(bounce) {
		return nil, refusal(checkins.FactNone, "a token cannot stand in a mailbox")
	}
	options := []gomail.MsgOption{gomail.WithNoDefaultUserAgent()}
	if len(out.Enclosed) == 0 && out.Words.Chart == "" { // the library would use it for the parts within the parts too
		options = append(options, gomail.WithBoundary("microreach-"+reply))
	}
	m := gomail.NewMsg(options...)
	replyTo := s.reply.with(reply)
	m.FromMailAddress(&mail.Address{Name: oneLine(s.options.From.Name), Address: s.options.From.Address})
	m.EnvelopeFromMailAddress(&mail.Address{Address: s.reply.with(bounce)})
	m.ToMailAddress(&mail.Address{Address: to.String()})
	m.ReplyToMailAddress(&mail.Address{Name: oneLine(s.options.From.Name), Address: replyTo})
	m.Subject(oneLine(out.Words.Subject))
	m.SetDateWithValue(s.options.Now())
	m.SetMessageIDWithValue(reply + "@" + s.options.Domain)
	s.thread(m, out)
	m.SetGenHeader("Auto-Submitted", autoSubmitted(out.Message))
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader(loopHeader, "1")
	s.unsubscribe(m, out.Message, replyTo)
	m.SetBodyString(gomail.TypeTextPlain, out.Words.Text)
	if out.Words.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, out.Words.HTML)
	}
	for _, f := range out.Enclosed {
		if err := m.AttachReader(f.Name, bytes.NewReader(f.Data), gomail.WithFileContentType(gomail.ContentType(f.Type))); err != nil {
			return nil, refusal(checkins.FactNone, "a file cannot be enclosed")
		}
	}
	return m, s.picture(m, out)
}

// PictureID is the Content-ID (RFC 2392) of the picture in a mail about a week.
// It differs from week to week: some programs show an older mail's picture where
// two in a mailbox bear the same one.
func PictureID(week pace.ISOWeek) string { return "week." + week.String() }

// picture puts the picture of a message into its mail. Without it the mail still
// says everything, so that a picture that cannot be drawn stops nothing.
func (s *Sender) picture(m *gomail.Msg, out checkins.Outgoing) error {
	if out.Words.Chart == "" || out.Words.HTML == "" || s.options.Picture == nil {
		return nil
	}
	png, err := s.options.Picture(out.Words.Chart)
	if err != nil {
		return nil
	}
	err = m.EmbedReader("week.png", bytes.NewReader(png), gomail.WithFileContentID("<"+PictureID(out.Week)+">"), gomail.WithFileContentType("image/png"))
	if err != nil {
		return refusal(checkins.FactNone, "the picture cannot be put into the mail")
	}
	return nil
}

// thread sets In-Reply-To and References: first what the message continues,
// and last the mail that it answers (RFC 5322 §3.6.4).
func (s *Sender) thread(m *gomail.Msg, out checkins.Outgoing) {
	var ids []string
	if s.options.Thread != nil {
		ids = s.options.Thread(out.Message)
	}
	if out.InReplyTo != "" {
		ids = append(ids, out.InReplyTo)
	}
	var list []string
	for _, id := range ids {
		if id = s.messageID(id); id != "" {
			list = append(list, "<"+id+">")
		}
	}
	if len(list) > 0 {
		m.SetGenHeader(gomail.HeaderInReplyTo, list[len(list)-1])
		m.SetGenHeader(gomail.HeaderReferences, strings.Join(list, " "))
	}
}

// messageID is an id as it stands in a header, without its brackets; empty
// where it could not stand there. One without a host is ours.
func (s *Sender) messageID(id string) string {
	id = oneLine(strings.Trim(id, "<> "))
	if id == "" || len(id) > maxThreadID || strings.ContainsAny(id, "<> \t") {
		return ""
	}
	if !strings.Contains(id, "@") {
		id += "@" + s.options.Domain
	}
	return id
}

// maxThreadID keeps a line of References within what every server takes.
const maxThreadID = 250

// autoSubmitted is the value that RFC 3834 §5 asks for.
func autoSubmitted(m checkins.Message) string {
	if m.Answers != "" || m.Kind == checkins.Answer || m.Kind == checkins.Help || m.Kind == checkins.StopConfirmation {
		return "auto-replied"
	}
	return "auto-generated"
}

// unsubscribe sets List-Unsubscribe: one https address where there is one,
// then a mail with the word STOP written into it, or what else stops this kind of
// mail (RFC 2369, RFC 8058).
func (s *Sender) unsubscribe(m *gomail.Msg, out checkins.Message, replyTo string) {
	word := "STOP"
	if s.options.UnsubscribeWord != nil {
		word = url.PathEscape(s.options.UnsubscribeWord(out))
	}
	mailto := "<mailto:" + replyTo + "?subject=" + word + "&body=" + word + ">"
	if s.options.UnsubscribeURL != nil {
		page := s.options.UnsubscribeURL(out)
		if strings.HasPrefix(page, "https://") && !strings.ContainsAny(page, "<>, \t\r\n") {
			m.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+page+">, "+mailto)
			m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
			return
		}
	}
	m.SetGenHeader(gomail.HeaderListUnsubscribe, mailto)
}
