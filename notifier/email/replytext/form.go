package replytext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// form classes a line by itself and by the line before it.
func (d *draft) form(i int) kind {
	text := d.lines[i].text
	switch {
	case text == "":
		return empty
	case isArrowed(text):
		return embedded
	case isQuoted(text):
		return quoted
	case isSignatureMark(d.lines[i].raw, text):
		return signature
	case isRule(text):
		return rule
	case isAbove(text):
		return above
	case isAnnouncement(text):
		return embedded
	case isFooter(text):
		return footer
	}
	return words
}

// isArrowed reports whether a line is what GroupWise puts above the mail that
// it quotes without marks: ">>> Name date >>>".
func isArrowed(text string) bool {
	lower := strings.ToLower(text)
	mailbox, _ := mailboxIn(lower)
	return strings.HasPrefix(text, ">>>") && strings.HasSuffix(text, ">>>") && len(text) > 12 && (mailbox || hasDate(lower))
}

// isQuoted reports whether a line begins as a quote does: with ">", or with
// the initials of the author before it ("JD> "), or with "|" as old Gmail did
// (but not as the row of a table, which also ends in one).
func isQuoted(text string) bool {
	if strings.HasPrefix(text, "|") {
		return len(text) == 1 || !strings.HasSuffix(text, "|")
	}
	if rest := strings.TrimLeftFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' }); len(text)-len(rest) <= 3 {
		text = rest
	}
	return strings.HasPrefix(text, ">") && !strings.HasPrefix(text, ">:")
}

// isSignatureMark reports whether a line opens a signature: two dashes, the
// blank after them being lost on most ways, or a row of underscores as mailing
// lists use it.
func isSignatureMark(raw, text string) bool {
	return raw == "--" || text == "--" || text == "—" && raw == text || strings.Trim(text, "_") == "" && len(text) >= 5
}

// isRule reports whether a line is only decoration.
func isRule(text string) bool {
	if utf8.RuneCountInString(text) == 1 && strings.Contains("ᐧ*-_=~#·•", text) || isPicture(text) {
		return true
	}
	bare := strings.ReplaceAll(text, " ", "")
	return len(bare) >= 3 && strings.Trim(bare, dashes+"=*~#+·•.") == "" && strings.Trim(bare, ".") != ""
}

// dashes are what rows of dashes are made of.
const dashes = "-–—‐‑‒―_"

// isPicture reports whether a line only names a picture that was in its place.
func isPicture(text string) bool {
	return strings.HasPrefix(text, "[cid:") && strings.IndexByte(text, ']') == len(text)-1
}

// mendQuotes makes the rest of a quoted line that a mail program wrapped a
// quoted one as well.
func (d *draft) mendQuotes() {
	for i := 1; i < len(d.lines); i++ {
		if d.lines[i].kind != words || d.lines[i-1].kind != quoted {
			continue
		}
		between := i+1 < len(d.lines) && d.lines[i+1].kind == quoted
		if wrapped(d.lines[i-1].text, d.lines[i].text, between) {
			d.lines[i].kind = quoted
		}
	}
}

// wrapped reports whether a line is the rest of the quoted one before it: its
// first word would not have fitted there. Between two quoted lines this is
// enough; below the last one the sentence must go on, too.
func wrapped(before, rest string, between bool) bool {
	const width = 70
	word, _, _ := strings.Cut(rest, " ")
	if len(before)+1+len(word) < width {
		return false
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return between || unicode.IsLower(first) && !strings.ContainsAny(before[len(before)-1:], ".?!:")
}

// isAbove reports whether a line is the marker below which a sender asks not
// to write: one of the known phrases and hardly anything else.
func isAbove(text string) bool {
	if len(text) > 160 {
		return false
	}
	bare := strings.ToLower(strings.Trim(text, dashes+"=*~#+<>[](){}| .:^/\\"))
	for _, phrase := range abovePhrases {
		if at := strings.Index(bare, phrase); at >= 0 && len(bare)-len(phrase) <= 40 {
			return true
		}
	}
	return false
}

// isAnnouncement reports whether a line announces an embedded mail: a known
// phrase between dashes or stars, or one of those that stand alone.
func isAnnouncement(text string) bool {
	if len(text) > 120 {
		return false
	}
	bare := strings.ToLower(strings.Trim(text, dashes+"=*~#+<>[] :："))
	if announcedAlone[bare] {
		return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：") || decorated(text)
	}
	if !decorated(text) {
		return false
	}
	if announcedWhole[bare] {
		return strings.TrimRight(text, dashes+"=*~# ") != text
	}
	for phrase := range announced {
		if bare == phrase || strings.HasPrefix(bare, phrase+" ") {
			return true
		}
	}
	return false
}

// decorated reports whether a line begins with at least two marks of a rule.
func decorated(text string) bool {
	rest := strings.TrimLeft(text, dashes+"=*~# ")
	return utf8.RuneCountInString(text[:len(text)-len(rest)]) >= 2
}
