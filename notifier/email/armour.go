package email

import (
	"bytes"
	"strings"
)

// blocks are what programs put into a text that is no text: each with the
// first line's beginning and the last line. Signed words (PGP SIGNED MESSAGE)
// stay; what surrounds them goes.
var blocks = []struct{ begin, end string }{
	{"-----begin pgp message-----", "-----end pgp message-----"},
	{"-----begin pgp signature-----", "-----end pgp signature-----"},
	{"-----begin pgp public key block-----", "-----end pgp public key block-----"},
	{"-----begin certificate-----", "-----end certificate-----"},
	{"-----begin pkcs7-----", "-----end pkcs7-----"},
	{"=ybegin ", "=yend"},
	{"(this file must be converted with binhex", ":"},
}

const signedBegin = "-----begin pgp signed message-----"

// unarmoured takes files and cipher texts out of a text, and tells how many.
func unarmoured(text string) (rest string, dropped int) {
	lower := strings.ToLower(text)
	if !strings.Contains(lower, "-----begin ") && !strings.Contains(lower, "\nbegin ") && !strings.HasPrefix(lower, "begin ") && !strings.Contains(lower, "=ybegin") && !strings.Contains(lower, "binhex") {
		return text, 0
	}
	var b strings.Builder
	end, signed := "", false
	for line := range strings.Lines(text) {
		bare := strings.ToLower(strings.TrimSpace(line))
		switch {
		case end != "":
			if bare == end || end == "=yend" && strings.HasPrefix(bare, end) || end == ":" && len(bare) > 1 && strings.HasSuffix(bare, ":") {
				end = ""
			}
		case bare == signedBegin:
			signed = true // a header follows, to the next empty line
		case signed && bare != "":
		case signed:
			signed = false
		case blockEnd(bare) != "":
			end = blockEnd(bare)
			dropped++
		default:
			b.WriteString(line)
		}
	}
	return b.String(), dropped
}

// blockEnd is the last line of the block that a line begins; empty where it
// begins none.
func blockEnd(bare string) string {
	for _, block := range blocks {
		if strings.HasPrefix(bare, block.begin) {
			return block.end
		}
	}
	if mode, ok := strings.CutPrefix(bare, "begin "); ok { // uuencode: "begin 644 name"
		mode, name, _ := strings.Cut(mode, " ")
		if name != "" && len(mode) >= 3 && len(mode) <= 4 && strings.Trim(mode, "01234567") == "" {
			return "end"
		}
	}
	return ""
}

// decodeUU decodes uuencode, and leaves what is none as it is.
func decodeUU(body []byte) []byte {
	var out []byte
	inside := false
	for rest := body; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		switch {
		case !inside:
			inside = blockEnd(strings.ToLower(string(bytes.TrimSpace(line)))) == "end"
		case string(line) == "end" || len(line) == 0:
			return out
		default:
			out = append(out, uuLine(line)...)
		}
	}
	if out == nil {
		return body
	}
	return out
}

// uuLine decodes one line: its first letter is how many bytes it holds.
func uuLine(line []byte) []byte {
	value := func(i int) byte {
		if i >= len(line) {
			return 0
		}
		return (line[i] - ' ') & 0x3f
	}
	n := int(value(0))
	out := make([]byte, 0, n+3)
	for i := 1; len(out) < n; i += 4 {
		a, b, c, d := value(i), value(i+1), value(i+2), value(i+3)
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return out[:n]
}
