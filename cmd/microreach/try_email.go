package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/replytext"
	"github.com/microreach/microreach/templates"
)

// tryMail is what the flags of try email say.
type tryMail struct {
	tryContext
	json, text, batch bool
}

func (p *program) tryEmail() *cobra.Command {
	f := tryMail{tryContext: tryContext{via: string(reply.ViaEmail)}}
	c := &cobra.Command{
		Use:   "email",
		Short: "Show what a mail is understood to say",
		Long: "Email reads one raw message from standard input and prints as JSON what the service would make of it: who wrote,\n" +
			"the token that ties it to a mail of ours, whether a machine wrote it, a bounce, the person's own words without\n" +
			"quotes and signature, and what they say. With --text it prints the reply alone; quoted lines that are answered one\n" +
			"by one stay in it, though they are never read as the person's words.\n\n" +
			"With --batch each line of standard input is an object {\"id\", \"kind\", \"input\"}, where kind is text (a plain body),\n" +
			"html (an HTML body) or rfc822 (a whole message), and for each an object {\"id\", \"reply\"} is printed.",
		Example: "  microreach try email --after reach < message.eml\n  microreach try email --text < message.eml\n  microreach try email --batch < cases.jsonl",
		Args:    args(0, "no arguments; the mail comes on standard input"),
		RunE:    func(*cobra.Command, []string) error { return p.readMail(f) },
	}
	c.Flags().BoolVar(&f.json, "json", false, "print the JSON on one line")
	c.Flags().BoolVar(&f.text, "text", false, "print only the reply, as text")
	c.Flags().BoolVar(&f.batch, "batch", false, "read many mails as JSON lines, and print the reply of each")
	c.Flags().StringVar(&f.after, "after", "none", "what was last sent: "+aftersText())
	c.Flags().StringVar(&f.now, "now", "", "when the mail arrives, as 2026-03-08T19:00:00-05:00 (default: now)")
	c.Flags().StringVar(&f.zone, "zone", "UTC", "the person's time zone")
	c.Flags().StringVar(&f.locale, "locale", "en", "the person's language")
	return c
}

// aftersText lists the values of --after.
func aftersText() string {
	var words []string
	for _, a := range afters {
		words = append(words, string(a))
	}
	return strings.Join(words, ", ")
}

// maxTried bounds what is read of standard input; a mail of which more than
// 1 MiB counts for nothing is cut by the parser.
const maxTried = 64 << 20

var errNoMail = errors.New("there is no mail on standard input: give one with < message.eml")

func (p *program) readMail(f tryMail) error {
	context, err := f.context(p.Now())
	switch {
	case err != nil:
		return err
	case f.json && f.text || f.batch && (f.json || f.text):
		return usage("--json, --text and --batch each print something else: give one of them")
	case f.batch:
		return p.readMails()
	}
	raw, err := io.ReadAll(io.LimitReader(p.In, maxTried))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return errNoMail
	}
	m, err := email.Parse(raw)
	if err != nil {
		return err
	}
	if f.text {
		p.say("%s", m.Reply)
		return nil
	}
	said, err := mailSaid(m, context)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(p.Out)
	if !f.json {
		encoder.SetIndent("", "  ")
	}
	return encoder.Encode(said)
}

// heardMail is what a mail comes to, as it is printed.
type heardMail struct {
	From      string        `json:"from"`
	To        string        `json:"to"`
	MessageID string        `json:"message_id"`
	InReplyTo string        `json:"in_reply_to"`
	Token     string        `json:"token"`
	Auto      bool          `json:"auto"`
	Bounce    *heardBounce  `json:"bounce"`
	Text      string        `json:"text"`
	Reading   reply.Reading `json:"reading"`
}

type heardBounce struct {
	Recipient string `json:"recipient"`
	Status    string `json:"status"`
	Permanent bool   `json:"permanent"`
}

func mailSaid(m email.Mail, context reply.Context) (heardMail, error) {
	said := heardMail{
		From: m.From, To: strings.Join(m.To, ", "), MessageID: m.MessageID, InReplyTo: m.InReplyTo, Token: m.Token,
		Auto: m.Auto, Text: m.Text, Reading: reply.Reading{Intent: reply.IntentAutoReply},
	}
	if b := m.Bounce; b != nil {
		said.Bounce = &heardBounce{b.Recipient, b.Status, b.Permanent}
	}
	if m.Auto {
		return said, nil // what a machine wrote is never read
	}
	lexicon, err := templates.Lexicon()
	if err != nil {
		return said, err
	}
	said.Reading = reply.New(lexicon).Read(m.Text, context)
	return said, nil
}

// replyOf gives the reply in one input of a batch, by its kind.
var replyOf = map[string]func(input string) string{
	"text": replytext.Cut,
	"html": replytext.CutHTML,
	"rfc822": func(input string) string {
		m, err := email.Parse([]byte(input))
		if err != nil {
			return "" // an empty message has an empty reply
		}
		return m.Reply
	},
}

// readMails prints the reply of each line of standard input.
func (p *program) readMails() error {
	in, out := bufio.NewReader(p.In), bufio.NewWriter(p.Out)
	encoder := json.NewEncoder(out)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := cutOne(line, encoder); err != nil {
				return errors.Join(fmt.Errorf("line %d: %w", n, err), out.Flush())
			}
		}
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
	}
}

func cutOne(line []byte, encoder *json.Encoder) error {
	var c struct {
		ID    json.RawMessage `json:"id"`
		Kind  string          `json:"kind"`
		Input *string         `json:"input"`
	}
	if err := json.Unmarshal(line, &c); err != nil {
		return fmt.Errorf("not an object {\"id\", \"kind\", \"input\"}: %w", err)
	}
	cut, known := replyOf[c.Kind]
	switch {
	case !known:
		return fmt.Errorf("kind %q: it may be text, html or rfc822", c.Kind)
	case c.Input == nil:
		return errors.New("it has no input")
	case len(c.ID) == 0:
		c.ID = json.RawMessage("null")
	}
	return encoder.Encode(struct {
		ID    json.RawMessage `json:"id"`
		Reply string          `json:"reply"`
	}{c.ID, cut(*c.Input)})
}
