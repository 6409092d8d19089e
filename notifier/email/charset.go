package email

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf16"
)

// charsetNames are names that mail programs give to charsets and that no list
// of charsets knows. The empty one says that nobody knows.
var charsetNames = map[string]string{
	"unicode-1-1-utf-7": "utf-7", "utf7": "utf-7", "x-utf-7": "utf-7", "unicode-2-0-utf-7": "utf-7", "csutf7": "utf-7",
	"utf8mb4": "utf-8", "utf_8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8n": "utf-8", "utf-8-bom": "utf-8", "unicode": "utf-8", "cp65001": "utf-8", "65001": "utf-8",
	"ansi": "windows-1252", "ansi_x3.110-1983": "windows-1252", "cp-1252": "windows-1252", "1252": "windows-1252", "win-1252": "windows-1252", "windows1252": "windows-1252", "iso8859_1": "windows-1252", "iso-8859-1-windows-3.1-latin-1": "windows-1252", "western": "windows-1252",
	"cp-1250": "windows-1250", "win-1250": "windows-1250", "cp-1251": "windows-1251", "win-1251": "windows-1251", "windows1251": "windows-1251", "1251": "windows-1251", "koi-8-r": "koi8-r", "koi8r": "koi8-r", "koi8u": "koi8-u",
	"cp932": "shift_jis", "cp-932": "shift_jis", "ms932": "shift_jis", "sjis-win": "shift_jis", "iso2022jp": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-3": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "eucjp": "euc-jp", "euc_jp": "euc-jp", "eucjp-ms": "euc-jp",
	"cp936": "gbk", "936": "gbk", "gb_2312": "gbk", "gb2312_charset": "gbk", "euc-cn": "gbk", "euccn": "gbk", "hz": "hz-gb-2312", "cp950": "big5", "950": "big5", "cp949": "euc-kr", "949": "euc-kr", "ks_c_5601": "euc-kr", "euckr": "euc-kr", "uhc": "euc-kr", "iso-2022-kr": "euc-kr", "tis620": "windows-874", "cp874": "windows-874",
	"us-ascii//translit": "us-ascii", "iso-646-us": "us-ascii", "ansi_x3.4-1968": "us-ascii", "7bit": "us-ascii", "646": "us-ascii",
	"unknown": "", "unknown-8bit": "", "x-unknown": "", "x-user-defined": "", "default": "", "default_charset": "", "none": "", "binary": "", "8bit": "", "_charset_": "", "auto": "",
}

// charsetOf is the charset that a part's type names, else the one that its
// content does: an HTML page in a meta element, Japanese by its escapes.
func charsetOf(e entity, body []byte) string {
	name := e.params["charset"]
	switch {
	case name != "":
		return name
	case bytes.Contains(body, []byte("\x1b$B")) || bytes.Contains(body, []byte("\x1b$@")):
		return "iso-2022-jp"
	case e.kind != "text/html":
		return ""
	}
	opening := bytes.ToLower(body[:min(len(body), 2<<10)])
	_, after, found := bytes.Cut(opening, []byte("charset="))
	if !found {
		return ""
	}
	after = bytes.TrimLeft(after, `"' `)
	if end := bytes.IndexAny(after, "\"'>/; \t\r\n"); end > 0 {
		return string(after[:end])
	}
	return ""
}

// utf7Reader decodes UTF-7 (RFC 2152).
func utf7Reader(r io.Reader) (io.Reader, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return strings.NewReader(decodeUTF7(string(raw))), nil
}

// decodeUTF7 leaves what encodes nothing as it is.
func decodeUTF7(s string) string {
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(s, "+")
		b.WriteString(plain)
		if !found {
			return b.String()
		}
		end := 0
		for end < len(rest) && strings.IndexByte(base64Alphabet, rest[end]) >= 0 {
			end++
		}
		letters, ok := utf7Letters(rest[:end])
		if !ok && end > 0 {
			letters = "+" + rest[:end]
		}
		if s = rest[end:]; strings.HasPrefix(s, "-") {
			s = s[1:]
			if end == 0 {
				letters = "+"
			}
		} else if end == 0 {
			letters = "+"
		}
		b.WriteString(letters)
	}
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// utf7Letters decodes one run of base64, which is UTF-16 with the high byte
// first.
func utf7Letters(run string) (string, bool) {
	units := make([]uint16, 0, len(run))
	decoded, err := base64.RawStdEncoding.DecodeString(run)
	if err != nil {
		return "", false
	}
	for i := 0; i+1 < len(decoded); i += 2 {
		units = append(units, uint16(decoded[i])<<8|uint16(decoded[i+1]))
	}
	return string(utf16.Decode(units)), len(units) > 0
}
