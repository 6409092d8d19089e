package templates

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
)

// mail is a mail as its template writes it: a line "Subject: ...", a line
// "Preview: ..." with what a lock screen may show of it, then paragraphs parted
// by empty lines, and perhaps a foot after a line of two hyphens.
type mail struct {
	Lang       string
	Subject    string
	Preview    string // a neutral line; HTML only, hidden (C20)
	Marker     string // the line that a reply is written above, and known by when it is cut out
	Paragraphs [][]string
	Foot       [][]string
	Link       string // a line that is one of these two leads there; HTML only
	Leave      string
}

// outlook is what Outlook on a desktop alone sees: it knows no greatest width,
// and so gets a table of a fixed one around the mail. html/template drops
// comments, and these are some, so that they come in by a function.
var outlook = map[string]htmltemplate.HTML{
	"open":  `<!--[if mso]><table role="presentation" align="center" width="560" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`,
	"close": `<!--[if mso]></td></tr></table><![endif]-->`,
}

// footMark parts the foot from the words before it; mail readers know it as
// the beginning of a signature (RFC 3676 §4.3).
const footMark = "\n-- \n"

func parseMail(text string) (mail, error) {
	var m mail
	for _, head := range []struct {
		name string
		into *string
	}{{"Subject: ", &m.Subject}, {"Preview: ", &m.Preview}} {
		line, rest, _ := strings.Cut(text, "\n")
		value, ok := strings.CutPrefix(line, head.name)
		if !ok {
			return mail{}, fmt.Errorf("its first lines are Subject and Preview: %s is missing", strings.TrimSpace(head.name))
		}
		*head.into, text = strings.TrimSpace(value), rest
	}
	body, foot, _ := strings.Cut(text, footMark)
	m.Paragraphs, m.Foot = paragraphs(body), paragraphs(foot)
	return m, nil
}

// paragraphs are the lines of each paragraph.
func paragraphs(text string) (all [][]string) {
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, strings.Split(p, "\n"))
		}
	}
	return all
}

// text is the plain form of a mail.
func (m mail) text() string {
	parts := []string{m.Marker}
	for _, p := range m.Paragraphs {
		parts = append(parts, strings.Join(p, "\n"))
	}
	text := strings.Join(parts, "\n\n") + "\n"
	for i, p := range m.Foot {
		if i == 0 {
			text += footMark
		} else {
			text += "\n"
		}
		text += strings.Join(p, "\n") + "\n"
	}
	return text
}
