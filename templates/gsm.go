package templates

import "unicode/utf8"

// Encoding is the alphabet that a text travels in. The zero value is the
// costlier one.
type Encoding int

// The alphabets of SMS (3GPP TS 23.038).
const (
	UCS2 Encoding = iota // 16-bit units; a character beyond the basic plane takes two
	GSM7                 // 7-bit septets; a character of the extension table takes two
)

// String is the name that the command line prints.
func (e Encoding) String() string {
	if e == GSM7 {
		return "GSM-7"
	}
	return "UCS-2"
}

// A message of one segment holds more than a segment of several, whose header
// takes room (REQUIREMENTS A23).
const (
	gsmSingle, gsmPart   = 160, 153 // septets
	ucs2Single, ucs2Part = 70, 67   // UTF-16 units
)

// Segments reports the alphabet in which text is sent and the number of SMS
// segments that it takes: 0 for the empty text. Neither the escape and its
// character nor the halves of a surrogate pair are parted by the edge of a
// segment. Invalid UTF-8 counts as U+FFFD, which is what would be sent.
func Segments(text string) (encoding Encoding, segments int) {
	septets, ok := 0, true
	for _, r := range text {
		cost := septetsOf(r)
		if ok = cost > 0; !ok {
			break
		}
		septets += cost
	}
	if ok {
		return GSM7, split(text, septets, gsmSingle, gsmPart, septetsOf)
	}
	units := 0
	for _, r := range text {
		units += unitsOf(r)
	}
	return UCS2, split(text, units, ucs2Single, ucs2Part, unitsOf)
}

// split counts the segments of a text whose characters cost 1 or 2 units.
func split(text string, total, single, part int, cost func(rune) int) int {
	if total == 0 {
		return 0
	}
	if total <= single {
		return 1
	}
	segments, used := 1, 0
	for _, r := range text {
		c := cost(r)
		if used+c > part {
			segments, used = segments+1, 0
		}
		used += c
	}
	return segments
}

func unitsOf(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// septetsOf is what r costs in GSM-7: 1, 2 with an escape, 0 when it is not in
// the alphabet. ç is not in it; Ç is.
func septetsOf(r rune) int {
	if r < utf8.RuneSelf {
		return int(asciiSeptets[r])
	}
	switch r {
	case '£', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', 'Ø', 'ø', 'Å', 'å', 'Δ', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ',
		'Θ', 'Ξ', 'Æ', 'æ', 'ß', 'É', '¤', '¡', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'ä', 'ö', 'ñ', 'ü', 'à':
		return 1
	case '€':
		return 2
	}
	return 0
}

// asciiSeptets is the cost of each ASCII character: all that can be printed
// but the grave accent, and line feed, carriage return and form feed.
var asciiSeptets = func() (costs [utf8.RuneSelf]uint8) {
	for r := ' '; r <= '~'; r++ {
		costs[r] = 1
	}
	costs['`'] = 0
	costs['\n'], costs['\r'] = 1, 1
	for _, r := range "\f^{}\\[~]|" {
		costs[r] = 2
	}
	return costs
}()
