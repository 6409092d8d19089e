package email

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/microreach/microreach/notifier/email/replytext"
)

// The limits of REQUIREMENTS B16.
const (
	maxMessage = 1 << 20
	maxDepth   = 5
	maxParts   = 20
	maxText    = 64 << 10 // of text that is kept
)

// entity is one MIME part with its body still encoded.
type entity struct {
	header header
	kind   string // media type in lower case, "text/plain" where none is given
	params map[string]string
	body   []byte
}

// readEntity splits a part and reads its type.
func readEntity(raw []byte) entity {
	h, body := readHeader(raw)
	e := entity{header: h, body: body}
	e.kind, e.params = mediaType(h.get("Content-Type"))
	return e
}

// mediaType reads a Content-Type, and as much as can be of a damaged one.
func mediaType(value string) (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(value)
	if err == nil && strings.Contains(kind, "/") {
		return kind, params
	}
	name, rest, _ := strings.Cut(value, ";")
	kind = first(strings.Fields(strings.ToLower(name)))
	params = map[string]string{}
	for _, p := range strings.Split(rest, ";") {
		key, v, ok := strings.Cut(p, "=")
		if ok {
			params[strings.ToLower(strings.TrimSpace(key))] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	switch {
	case kind == "html":
		kind = "text/html"
	case !strings.Contains(kind, "/"):
		kind = "text/plain"
	}
	return kind, params
}

// findings is what a walk through a message brought to light.
type findings struct {
	plain, html string   // what belongs to the letter itself, of each kind
	named       string   // a text with a name that is no attachment, as telephone companies pass messages on
	status      []header // groups of a message/delivery-status, RFC 3464 §2.1
	feedback    header   // fields of a message/feedback-report, RFC 5965
	original    header   // header of the mail that a report is about
	dropped     int
	parts       int
}

// collect walks through the parts, within the limits.
func (e entity) collect() *findings {
	f := &findings{}
	f.walk(e, "", 0)
	if f.plain == "" && f.html == "" {
		f.plain = f.named
	}
	return f
}

// walk takes in a part that stands in one of the kind parent.
func (f *findings) walk(e entity, parent string, depth int) {
	if f.parts++; f.parts > maxParts {
		return
	}
	if parent == "multipart/digest" && !e.header.has("Content-Type") {
		f.dropped++ // RFC 2046 §5.1.5: a mail
		return
	}
	children, ok := e.children()
	if !ok {
		f.leaf(e, parent)
		return
	}
	if depth >= maxDepth {
		return
	}
	for _, raw := range children {
		f.walk(readEntity(raw), e.kind, depth+1)
	}
}

// children are the parts of a part; ok tells whether it is made of parts. A
// boundary that is missing, or that the parts do not bear, is found in the
// body; so is that of a message that lost its header.
func (e entity) children() (parts [][]byte, ok bool) {
	multipart := strings.HasPrefix(e.kind, "multipart/")
	if !multipart && e.header.has("Content-Type") {
		return nil, false
	}
	if boundary := e.params["boundary"]; multipart && boundary != "" {
		if parts = split(e.body, boundary, maxParts); len(parts) == 0 {
			parts = split(e.decoded(), boundary, maxParts) // encoded as a whole, against the rules
		}
	}
	if len(parts) == 0 {
		if boundary := guessBoundary(e.body); boundary != "" {
			parts = split(e.body, boundary, maxParts)
		}
	}
	return parts, len(parts) > 0 || multipart && e.params["boundary"] != ""
}

// guessLines is within how many lines a boundary is looked for.
const guessLines = 200

// guessBoundary finds the line that divides a body into parts: two dashes and
// a word, with the header of a part below.
func guessBoundary(body []byte) string {
	for range guessLines {
		line, rest := cutLine(body)
		if word, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("--")); ok && len(word) > 0 && len(word) <= 200 && !bytes.ContainsAny(word, " \t") {
			next, _ := cutLine(rest)
			if name, _, isField := fieldOf(next); isField && strings.HasPrefix(name, "content-") {
				return string(word)
			}
		}
		if body = rest; len(body) == 0 {
			break
		}
	}
	return ""
}

// leaf takes from a single part what it is good for.
func (f *findings) leaf(e entity, parent string) {
	disposition, dparams := mediaType(e.header.get("Content-Disposition"))
	attached := strings.HasPrefix(disposition, "attachment")
	named := dparams["filename"] != "" || e.params["name"] != ""
	switch {
	case strings.HasPrefix(e.kind, "text/") && isStatus(e.body):
		f.status = append(f.status, groups(e.decoded())...)
	case e.kind == "message/delivery-status" || e.kind == "message/global-delivery-status":
		f.status = append(f.status, groups(e.decoded())...)
	case e.kind == "message/feedback-report":
		f.feedback, _ = readReport(e.decoded())
	case e.kind == "message/rfc822" || e.kind == "text/rfc822-headers" || e.kind == "message/rfc822-headers" || e.kind == "message/global" || e.kind == "message/global-headers":
		if f.original == nil {
			f.original, _ = readHeader(e.decoded())
		}
	case e.kind == "text/plain" && named && !attached && parent != "" && f.named == "":
		f.named = e.text()
		f.dropped++
	case attached || named && parent != "":
		f.dropped++
	case e.kind == "text/html":
		f.html = f.more(f.html, e.text(), parent)
	case e.kind == "text/plain" || e.kind == "text/enriched" || e.kind == "text/richtext" || strings.HasPrefix(e.kind, "multipart/"):
		f.letter(e, parent)
	default:
		f.dropped++
	}
}

// letter takes in a text, or what is called one and is something else.
func (f *findings) letter(e entity, parent string) {
	text := e.text()
	switch {
	case e.kind == "text/enriched" || e.kind == "text/richtext":
		text = replytext.Text(text)
	case looksLikeHTML(text):
		f.html = f.more(f.html, text, parent)
		return
	}
	text, dropped := unarmoured(text)
	f.dropped += dropped
	f.plain = f.more(f.plain, text, parent)
}

// more adds a text to those before it. Of several versions of one text, the
// first is enough; and what a report says begins with its first part.
func (f *findings) more(before, text, parent string) string {
	switch {
	case strings.TrimSpace(before) == "":
		return text
	case parent == "multipart/alternative" || parent == "multipart/report" || len(before) > maxText || strings.TrimSpace(text) == "":
		return before
	}
	return strings.TrimRight(before, "\n") + "\n" + text
}

// looksLikeHTML reports whether a text that is called plain is HTML.
func looksLikeHTML(text string) bool {
	opening := strings.ToLower(strings.TrimSpace(text[:min(len(text), 200)]))
	return strings.HasPrefix(opening, "<!doctype html") || strings.HasPrefix(opening, "<html") || strings.HasPrefix(opening, "<head>") || strings.HasPrefix(opening, "<body")
}

// isStatus reports whether a part is a delivery-status under another name, as
// some gateways pass them on.
func isStatus(body []byte) bool {
	body = bytes.TrimLeft(body[:min(len(body), 200)], " \t\r\n")
	for _, name := range []string{"Reporting-MTA:", "Final-Recipient:", "Original-Recipient:"} {
		if len(body) >= len(name) && strings.EqualFold(string(body[:len(name)]), name) {
			return true
		}
	}
	return false
}

// originalIDs are the Message-IDs of the mail that a report is about.
func (f *findings) originalIDs() []string {
	ids := f.original.ids("Message-Id")
	return append(ids, f.original.ids("References")...)
}

// split cuts a multipart body at its boundary lines. It is lenient: the last
// boundary may be missing, blanks may follow one, and lines may end in LF.
func split(body []byte, boundary string, limit int) [][]byte {
	var parts [][]byte
	delimiter := []byte("--" + boundary)
	start := -1
	for pos := 0; pos < len(body); {
		line, _ := cutLine(body[pos:])
		next := len(body)
		if end := bytes.IndexByte(body[pos:], '\n'); end >= 0 {
			next = pos + end + 1
		}
		if rest, ok := bytes.CutPrefix(line, delimiter); ok {
			final := bytes.HasPrefix(rest, []byte("--"))
			if final || len(bytes.TrimSpace(rest)) == 0 {
				if start >= 0 {
					parts = append(parts, body[start:pos])
				}
				if start = next; final || len(parts) >= limit {
					return parts
				}
			}
		}
		pos = next
	}
	if start >= 0 && start < len(body) {
		parts = append(parts, body[start:])
	}
	return parts
}

// decoded undoes the transfer encoding. Damage in it costs the damaged letters
// at most.
func (e entity) decoded() []byte {
	encoding := strings.ToLower(e.header.get("Content-Transfer-Encoding"))
	encoding = strings.Trim(first(strings.FieldsFunc(encoding, func(r rune) bool { return r == ' ' || r == '(' || r == ';' })), `"'`) // a remark may follow
	body := e.body
	switch encoding {
	case "quoted-printable":
		body = mendQuotedPrintable(body)
	case "base64":
		return decodeBase64(body)
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return decodeUU(body)
	default:
		return body
	}
	var h message.Header
	h.Set("Content-Transfer-Encoding", encoding)
	part, err := message.New(h, bytes.NewReader(body))
	if err != nil {
		return e.body
	}
	decoded, _ := io.ReadAll(part.Body) // what came before an error is what can be had
	return decoded
}

// mendQuotedPrintable makes every "=" that encodes nothing a plain one, so
// that the decoder does not stop there.
func mendQuotedPrintable(body []byte) []byte {
	out := make([]byte, 0, len(body)+16)
	for i, c := range body {
		out = append(out, c)
		if c != '=' || softBreak(body[i+1:]) {
			continue
		}
		if i+2 >= len(body) || !isHex(body[i+1]) || !isHex(body[i+2]) {
			out = append(out, "3D"...)
		}
	}
	return out
}

// softBreak reports whether only blanks stand before the end of the line.
func softBreak(rest []byte) bool {
	for _, c := range rest {
		if c == '\n' {
			return true
		}
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}

// decodeBase64 decodes what is base64 in body and passes by what is not, line
// breaks and a list's footer included.
func decodeBase64(body []byte) []byte {
	clean, words := make([]byte, 0, len(body)), 0
	for i, c := range body {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			clean = append(clean, c)
		} else if c == ' ' && isWordByte(body, i-1) && isWordByte(body, i+1) {
			words++
		}
		if c == '=' && len(clean)%4 != 0 && len(clean)%4 != 1 {
			break // padding: the end
		}
	}
	if words*12 > len(clean) {
		return body // words, whatever the header says
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	decoded := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(decoded, clean)
	return decoded[:n]
}

// isWordByte reports whether there is a letter or digit of ASCII at i.
func isWordByte(b []byte, i int) bool {
	return i >= 0 && i < len(b) && (b[i] >= '0' && b[i] <= '9' || b[i] >= 'A' && b[i] <= 'Z' || b[i] >= 'a' && b[i] <= 'z')
}

// uniform ends every line with LF, and drops what no text column takes.
var uniform = strings.NewReplacer("\r\r\n", "\n", "\r\n", "\n", "\r", "\n", "\x00", "")

// text is a text part's words: decoded, in UTF-8, LF, unflowed.
func (e entity) text() string {
	body := e.decoded()
	text := string(toUTF8(body, charsetOf(e, body)))
	text = uniform.Replace(text)
	if e.kind != "text/html" && strings.EqualFold(e.params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(e.params["delsp"], "yes"))
	}
	return text
}

// charsetReader decodes a charset by the names that the web knows, which
// cover what mail programs write wrongly (gb2312 for gbk, iso-8859-1 for
// windows-1252), then by those of IANA.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if usual, ok := charsetNames[name]; ok {
		name = usual
	}
	if name == "utf-7" {
		return utf7Reader(r)
	}
	if known, err := htmlindex.Get(name); err == nil {
		return known.NewDecoder().Reader(r), nil
	}
	return charset.Reader(name, r)
}

// toUTF8 decodes text. A charset that is unknown, or that the text belies, is
// read as UTF-8 where the bytes are that, and as windows-1252 otherwise.
func toUTF8(text []byte, name string) []byte {
	name = strings.ToLower(strings.Trim(name, `"' `))
	if usual, ok := charsetNames[name]; ok {
		name = usual
	}
	plain := name == "" || name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii"
	if utf8.Valid(text) && (plain || isASCII(text) && !strings.HasPrefix(name, "iso-2022") && !strings.HasPrefix(name, "utf-16") && name != "utf-7" && name != "hz-gb-2312") {
		return text
	}
	if name == "utf-8" || name == "utf8" {
		return bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	if !plain {
		if r, err := charsetReader(name, bytes.NewReader(text)); err == nil {
			if decoded, err := io.ReadAll(r); err == nil {
				return decoded
			}
		}
		if utf8.Valid(text) {
			return text
		}
	}
	r, err := charsetReader("windows-1252", bytes.NewReader(text))
	if err != nil {
		return bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	decoded, _ := io.ReadAll(r)
	return decoded
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// unflow joins the lines of a flowed text (RFC 3676 §4): one that ends in a
// blank goes on in the next, if that has the same depth of quoting.
func unflow(text string, delSp bool) string {
	var b strings.Builder
	open, depthBefore := false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		depth := len(line) - len(strings.TrimLeft(line, ">"))
		words := strings.TrimPrefix(line[depth:], " ")
		switch {
		case open && depth == depthBefore && words != "-- ":
		default:
			if open {
				b.WriteByte('\n')
			}
			b.WriteString(line[:depth])
			if depth > 0 && words != "" {
				b.WriteByte(' ')
			}
		}
		open, depthBefore = strings.HasSuffix(words, " ") && words != "-- ", depth
		if open && delSp {
			words = words[:len(words)-1]
		}
		b.WriteString(words)
		if !open {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
