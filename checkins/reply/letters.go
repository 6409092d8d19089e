package reply

import "unicode"

// A letter is read by its shape, not by its code: people type accents or leave them
// out, phones make quotes curly, and some write "ЅТОР" in Cyrillic, "𝐬𝐭𝐨𝐩" in
// mathematical or "ⓢⓣⓞⓟ" in circled letters. plain brings all of these to the lower
// case a to z, so that a word has one form only.

// lookalikes lists, for each plain letter, what is read as it: the letter with marks,
// and letters of the Cyrillic, Greek and phonetic alphabets of the same shape.
var lookalikes = invert(map[byte]string{
	'a': "àáâãäåāăąǎȧạảấầẩẫậắằẳẵặаαɑᴀɐ",
	'b': "ьвβʙƀ",
	'c': "çćĉċčсϲᴄɔ",
	'd': "ďđðԁᴅɖ",
	'e': "èéêëēĕėęěẹẻẽếềểễệеёєεᴇɘɛ",
	'f': "ƒϝꜰ",
	'g': "ĝğġģǧɡɢ",
	'h': "ĥħнһʜ",
	'i': "ìíîïĩīĭįıǐịỉіїιɩɪ",
	'j': "ĵјϳᴊ",
	'k': "ķкκᴋ",
	'l': "ĺļľŀłӏʟ",
	'm': "мᴍ",
	'n': "ñńņňŋпηɴ",
	'o': "òóôõöøōŏőơǒọỏốồổỗộớờởỡợоοσᴏ",
	'p': "рρᴘ",
	'q': "ԛ",
	'r': "ŕŗřгʀ",
	's': "śŝşšșѕꜱ",
	't': "ţťŧțтτᴛ",
	'u': "ùúûüũūŭůűųưụủứừửữựυᴜ",
	'v': "νѵᴠ",
	'w': "ŵԝωᴡ",
	'x': "хχ",
	'y': "ýÿŷỳỵỷỹуγʏ",
	'z': "źżžζᴢ",
})

// widened maps letters that stand for two.
var widened = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl",
}

func invert(shapes map[byte]string) map[rune]byte {
	m := make(map[rune]byte)
	for letter, like := range shapes {
		for _, r := range like {
			m[r] = letter
		}
	}
	return m
}

// alphabets are runs of 26 letters (or ten digits) in other dress, with the plain
// character that each begins with.
var alphabets = []struct {
	first, last rune
	plain       byte
}{
	{0xFF21, 0xFF3A, 'a'}, {0xFF41, 0xFF5A, 'a'}, {0xFF10, 0xFF19, '0'}, // full width
	{0x24B6, 0x24CF, 'a'}, {0x24D0, 0x24E9, 'a'}, // circled
	{0x249C, 0x24B5, 'a'},                                                                              // in brackets
	{0x1F110, 0x1F129, 'a'}, {0x1F130, 0x1F149, 'a'}, {0x1F150, 0x1F169, 'a'}, {0x1F170, 0x1F189, 'a'}, // squared
	{0x1F1E6, 0x1F1FF, 'a'},                      // flag letters
	{0x2460, 0x2468, '1'}, {0x2776, 0x277E, '1'}, // circled digits
}

// plain gives the lower-case a-z or 0-9 that r looks like; 0 when it is none.
func plain(r rune) byte {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return byte(r)
	case r >= 'A' && r <= 'Z':
		return byte(r) + 'a' - 'A'
	case r < 0x80:
		return 0
	}
	if b, ok := lookalikes[unicode.ToLower(r)]; ok {
		return b
	}
	for _, a := range alphabets {
		if r >= a.first && r <= a.last {
			return a.plain + byte(r-a.first)
		}
	}
	if r >= 0x1D400 && r <= 0x1D6A3 { // mathematical letters: 26 capitals, 26 small, and again
		return 'a' + byte((r-0x1D400)%26)
	}
	if r >= 0x1D7CE && r <= 0x1D7FF { // mathematical digits, five times ten
		return '0' + byte((r-0x1D7CE)%10)
	}
	return 0
}

// invisible reports whether r leaves no mark: it neither stands for anything nor
// parts two letters.
func invisible(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x034F, r == 0x061C, r == 0x180E, r == 0xFEFF, r == 0x2060:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE01EF:
		return true // variation selectors and tags
	case r >= 0x0300 && r <= 0x036F, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x20D0 && r <= 0x20FF:
		return true // accents and keycap frames on their own
	case r >= 0x1F3FB && r <= 0x1F3FF:
		return true // skin tones
	}
	return r != '\n' && r != '\t' && r != '\r' && unicode.IsControl(r)
}

// apostrophe reports whether r is one of the marks that stand inside a word
// ("don't", "donʼt") and are left out of it.
func apostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', 'ʻ', '`', '´', '＇', '′':
		return true
	}
	return false
}

// openQuote and closeQuote tell the marks of direct speech. The plain ones are both.
func openQuote(r rune) bool {
	switch r {
	case '"', '“', '„', '«', '‟', '＂', '‹', '「':
		return true
	}
	return false
}

func closeQuote(r rune) bool {
	switch r {
	case '"', '”', '“', '»', '＂', '›', '「', '」':
		return true
	}
	return false
}

// pictograph reports whether r is an emoji or another sign that people answer with.
func pictograph(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF ||
		r >= 0x2190 && r <= 0x21FF || r >= 0x2B00 && r <= 0x2BFF || r >= 0x23E9 && r <= 0x23FA || r >= 0x25A0 && r <= 0x25FF ||
		r == 0x203C || r == 0x2049 || r == 0x2934 || r == 0x2935 || r == 0x231A || r == 0x231B
}
