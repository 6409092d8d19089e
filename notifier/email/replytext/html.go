package replytext

import (
	"strings"

	"golang.org/x/net/html"
)

// CutHTML gives the reply in the HTML body of a mail: as Cut, of its text.
func CutHTML(body string) string { return Cut(Text(body)) }

// AnswerHTML gives the person's own words in the HTML body of a mail: as
// Answer, of its text.
func AnswerHTML(body string) string { return Answer(Text(body)) }

// Text writes an HTML body as plain text, nothing in it being run or fetched.
// Quotes are marked with ">", as in a plain mail; where a mail program marks
// the embedded mail by its markup only, a line says so in words that Cut
// knows; signatures that are marked as such, and what is hidden, are left out.
func Text(body string) string {
	w := &writer{}
	z := html.NewTokenizer(strings.NewReader(body))
	for w.out.Len()+w.line.Len() < 2*maxText {
		switch z.Next() {
		case html.ErrorToken:
			return w.finish()
		case html.TextToken:
			if w.hidden == 0 {
				w.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			w.open(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.close(string(name))
		}
	}
	return w.finish()
}

// announcement is the line that stands for an embedded mail. It has the form
// of those that mail programs write in words.
const announcement = "-----Original Message-----"

// introduction stands for an introduction that the markup names as one, in
// whatever language it is.
const introduction = "On 2000-01-01 at 00:00, <somebody@example.com> wrote:"

// writer collects the text of an HTML body.
type writer struct {
	out       strings.Builder
	line      strings.Builder
	blank     bool   // a blank is due before the next word
	openNodes []node // what is open, outermost first
	quotes    int
	hidden    int
	pre       int
	gap       int // empty lines at the end of out
}

// node is an open element that matters.
type node struct {
	name          string
	quote, hidden bool
	tight         bool // a paragraph that stands directly below the one before
}

// maxNodes bounds the depth that is kept; deeper elements only lose their
// markup.
const maxNodes = 256

// Elements by what they do to a text.
var (
	blocks = set("p", "div", "blockquote", "ul", "ol", "li", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article", "header", "footer", "center", "dl", "dt", "dd", "form", "fieldset", "address", "body", "html", "hr", "o:p")
	spaced = set("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "blockquote")
	unseen = set("head", "style", "script", "title", "template", "noscript", "object", "svg", "select", "textarea")
	void   = set("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "embed", "wbr", "source", "track")
)

// Marks of mail programs in id and class.
var (
	quoteMarks     = []string{"yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "quoted-mobile", "bloop_original_html", "front-blockquote", "mailspring-quote", "wrapped-quote"}
	signatureMarks = []string{"signature", "bloop_sign", "zm-_id_-sgn", "wisestamp"}
	tightMarks     = []string{"msonormal", "msoplaintext", "msolistparagraph", "msonospacing"}
	introMarks     = []string{"gmail_attr", "moz-cite-prefix", "yahoo-quoted-begin"}
	embeddedMarks  = []string{"divrplyfwdmsg", "appendonsend", "stopspelling", "olk_src_body_section", "mail-editor-reference-message-container", "outlookmessageheader", "replysplit", "x_divrplyfwdmsg", "__quoted_text__", "isforwardcontent", "orig-mail-header"}
)

// open takes in a start tag.
func (w *writer) open(z *html.Tokenizer) {
	raw, more := z.TagName()
	name := string(raw)
	marks, style, kind := "", "", ""
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "id", "class", "name", "data-marker":
			marks += " " + strings.ToLower(string(value))
		case "style":
			style = strings.ToLower(strings.ReplaceAll(string(value), " ", ""))
		case "type":
			kind = strings.ToLower(string(value))
		}
	}
	n := node{name: name, hidden: unseen[name] || name == "signature" || isHidden(marks, style)}
	n.quote = name == "blockquote" && isQuote(marks, style, kind) || contains(marks, quoteMarks)
	n.tight = name == "p" && isTight(marks, style)
	if blocks[name] || name == "br" {
		w.breakLine(spaced[name] && !n.tight, name == "br")
	}
	switch {
	case w.hidden > 0:
	case contains(marks, embeddedMarks):
		w.whole(announcement)
	case contains(marks, introMarks):
		w.whole(introduction)
		n.hidden = true
	}
	switch name {
	case "li":
		w.text("- ")
	case "td", "th":
		w.blank = true
	case "hr":
		if w.hidden == 0 {
			w.text("-----")
			w.breakLine(false, false)
		}
	}
	if !void[name] && len(w.openNodes) < maxNodes {
		w.openNodes = append(w.openNodes, n)
		w.enter(n, 1)
	}
}

// enter counts what an element opens (by = 1) or closes (by = -1).
func (w *writer) enter(n node, by int) {
	if n.quote {
		w.quotes += by
	}
	if n.hidden {
		w.hidden += by
	}
	if n.name == "pre" {
		w.pre += by
	}
}

// close takes in an end tag. What was left open inside is closed with it; an
// end without a beginning is passed by.
func (w *writer) close(name string) {
	for i := len(w.openNodes) - 1; i >= 0; i-- {
		if w.openNodes[i].name != name {
			continue
		}
		if blocks[name] {
			w.breakLine(false, false)
		}
		quotes, tight := w.quotes, w.openNodes[i].tight
		for _, n := range w.openNodes[i:] {
			w.enter(n, -1)
		}
		w.openNodes = w.openNodes[:i]
		if w.quotes < quotes {
			w.gap = 0
		}
		if blocks[name] {
			w.breakLine(spaced[name] && !tight, false)
		}
		return
	}
}

// isTight reports whether a paragraph is one line below another, as Outlook
// writes every line.
func isTight(marks, style string) bool {
	return contains(marks, tightMarks) || strings.Contains(style, "margin:0;") || strings.HasSuffix(style, "margin:0") ||
		strings.Contains(style, "margin-top:0") && strings.Contains(style, "margin-bottom:0") || strings.Contains(style, "margin:0cm") || strings.Contains(style, "margin:0in") || strings.Contains(style, "margin:0px;")
}

// isHidden reports whether an element is not to be seen, or is a signature.
func isHidden(marks, style string) bool {
	return strings.Contains(style, "display:none") || strings.Contains(style, "mso-hide:all") || isSigned(marks)
}

// isSigned reports whether the marks of an element name it as a signature;
// Apple Mail marks the line break before one, too.
func isSigned(marks string) bool {
	return contains(marks, signatureMarks) && !strings.Contains(marks, "linebreak")
}

// isQuote reports whether a blockquote quotes. Some editors use one to indent.
func isQuote(marks, style, kind string) bool {
	indents := strings.Contains(style, "border:none") && strings.Contains(style, "margin:00040px") || strings.Contains(marks, "webkit-indent")
	return kind == "cite" || !indents
}

func contains(marks string, list []string) bool {
	if marks == "" {
		return false
	}
	for _, m := range list {
		if strings.Contains(marks, m) {
			return true
		}
	}
	return false
}

// text adds words; runs of blanks count as one, except in pre.
func (w *writer) text(s string) {
	if w.pre > 0 {
		for i, part := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				w.breakLine(false, true)
			}
			w.line.WriteString(part)
		}
		return
	}
	for i, word := range strings.FieldsFunc(s, isBlank) {
		if w.line.Len() > 0 && (i > 0 || w.blank || isBlank(rune(s[0]))) {
			w.line.WriteByte(' ')
		}
		w.blank = false
		w.line.WriteString(word)
	}
	if s != "" && isBlank(rune(s[len(s)-1])) {
		w.blank = true
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' }

// whole writes a line of ours by itself.
func (w *writer) whole(line string) {
	w.breakLine(true, false)
	w.text(line)
	w.breakLine(true, false)
}

// breakLine ends the line that is being written. With gap, an empty line
// follows; forced breaks (br) end empty lines too.
func (w *writer) breakLine(gap, forced bool) {
	if w.hidden > 0 {
		return
	}
	text := strings.TrimRight(w.line.String(), " ")
	w.line.Reset()
	w.blank = false
	if text != "" || forced {
		w.put(text)
	}
	if gap && w.gap == 0 && w.out.Len() > 0 {
		w.put("")
	}
}

// put writes one line, with its marks of quoting.
func (w *writer) put(text string) {
	if text == "" {
		w.gap++
	} else {
		w.gap = 0
	}
	marks := strings.Repeat(">", min(w.quotes, maxQuotes))
	if marks != "" && text != "" {
		marks += " "
	}
	w.out.WriteString(marks + text + "\n")
}

// maxQuotes is how many marks are put before a line.
const maxQuotes = 20

func (w *writer) finish() string {
	w.hidden = 0
	w.breakLine(false, false)
	return strings.TrimSpace(w.out.String())
}
