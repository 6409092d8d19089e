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
	if err == nil {
		return kind, params
	}
	name, rest, _ := strings.Cut(value, ";")
	kind = strings.ToLower(strings.TrimSpace(name))
	params = map[string]string{}
	for _, p := range strings.Split(rest, ";") {
		key, v, ok := strings.Cut(p, "=")
		if ok {
			params[strings.ToLower(strings.TrimSpace(key))] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	if !strings.Contains(kind, "/") {
		kind = "text/plain"
	}
	return kind, params
}

// findings is what a walk through a message brought to light.
type findings struct {
	plain, html string // the first of each that belongs to the letter itself
	havePlain   bool
	haveHTML    bool
	status      []header // groups of a message/delivery-status, RFC 3464 §2.1
	feedback    header   // fields of a message/feedback-report, RFC 5965
	original    header   // header of the mail that a report is about
	dropped     int
	parts       int
}

// collect walks through the parts, within the limits.
func (e entity) collect() *findings {
	f := &findings{}
	f.walk(e, 0)
	return f
}

func (f *findings) walk(e entity, depth int) {
	if f.parts++; f.parts > maxParts {
		return
	}
	if strings.HasPrefix(e.kind, "multipart/") && e.params["boundary"] != "" {
		if depth >= maxDepth {
			return
		}
		for _, raw := range split(e.body, e.params["boundary"], maxParts) {
			f.walk(readEntity(raw), depth+1)
		}
		return
	}
	f.leaf(e)
}

// leaf takes from a single part what it is good for.
func (f *findings) leaf(e entity) {
	disposition, dparams := mediaType(e.header.get("Content-Disposition"))
	attached := strings.HasPrefix(disposition, "attachment") || dparams["filename"] != "" || e.params["name"] != ""
	switch {
	case e.kind == "message/delivery-status" || e.kind == "message/global-delivery-status":
		f.status = append(f.status, groups(e.decoded())...)
	case e.kind == "message/feedback-report":
		f.feedback, _ = readReport(e.decoded())
	case e.kind == "message/rfc822" || e.kind == "text/rfc822-headers" || e.kind == "message/rfc822-headers" || e.kind == "message/global" || e.kind == "message/global-headers":
		if f.original == nil {
			f.original, _ = readHeader(e.decoded())
		}
	case attached:
		f.dropped++
	case e.kind == "text/html":
		if !f.haveHTML {
			f.html, f.haveHTML = e.text(), true
		}
	case e.kind == "text/plain" || e.kind == "text/enriched" || !strings.Contains(e.kind, "/") || strings.HasPrefix(e.kind, "multipart/"):
		if text := e.text(); !f.havePlain || strings.TrimSpace(f.plain) == "" {
			f.plain, f.havePlain = text, true
		}
	default:
		f.dropped++
	}
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
	encoding := strings.ToLower(strings.TrimSpace(e.header.get("Content-Transfer-Encoding")))
	encoding = strings.Trim(encoding, `"'`)
	body := e.body
	switch encoding {
	case "quoted-printable":
		body = mendQuotedPrintable(body)
	case "base64":
		return decodeBase64(body)
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
	clean := make([]byte, 0, len(body))
	for _, c := range body {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			clean = append(clean, c)
		}
		if c == '=' && len(clean)%4 != 0 && len(clean)%4 != 1 {
			break // padding: the end
		}
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	decoded := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(decoded, clean)
	return decoded[:n]
}

// text is a text part's words: decoded, in UTF-8, LF, unflowed.
func (e entity) text() string {
	text := string(toUTF8(e.decoded(), e.params["charset"]))
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.ReplaceAll(text, "\x00", "")
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
	if known, err := htmlindex.Get(name); err == nil {
		return known.NewDecoder().Reader(r), nil
	}
	return charset.Reader(name, r)
}

// toUTF8 decodes text. A charset that is unknown, or that the text belies, is
// read as UTF-8 where the bytes are that, and as windows-1252 otherwise.
func toUTF8(text []byte, name string) []byte {
	name = strings.ToLower(strings.Trim(name, `"' `))
	plain := name == "" || name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii"
	if utf8.Valid(text) && (plain || isASCII(text) && !strings.HasPrefix(name, "iso-2022") && !strings.HasPrefix(name, "utf-16") && name != "hz-gb-2312") {
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
