// Package replytext cuts what a person wrote out of a mail.
//
// A reply carries more than the reply: the mail that it answers, quoted above,
// below or around it, the line that introduces the quote, signatures, and what
// telephones and companies add. Cut takes the text of such a mail and gives
// what the person wrote, CutHTML does so for an HTML body, and Answer goes one
// step further and leaves out every quoted line too: what it gives may be read
// as the person's own words, and a quoted "Reply STOP" is not in it.
//
// It works on structure, in three steps. Each line is classed by its form:
// quoted, a rule, a footer, the head of an embedded mail. Introductions ("On
// Monday … wrote:") are found by what all languages have in common, a date, a
// mailbox, a verb, a colon at the end, even when they are wrapped over several
// lines. Then the sequence decides: what stands above an introduction is the
// reply; where nothing does, what stands below the quote; where both do, both.
//
// Every step looks at each line a bounded number of times, so the time is
// linear in the length of the text; there are no regular expressions.
package replytext

import (
	"slices"
	"strings"
)

// Cut gives the reply in the text of a mail, with LF line ends and without
// blank lines around it. Quotes that stand between lines of the person are
// kept, since they are what those lines answer. A text that only forwards
// something gives what was forwarded. Empty where nothing was written.
func Cut(text string) string {
	return join(read(text).reply(false))
}

// Answer gives the person's own words in the text of a mail: as Cut, but
// without any quoted line, and empty where the text is only a quote, a forward,
// or an introduction below which nobody can tell quote and answer apart.
func Answer(text string) string {
	return join(read(text).reply(true))
}

// draft is a text on its way to being cut.
type draft struct{ lines []line }

// line is one line of a mail.
type line struct {
	raw  string // without trailing blanks
	text string // without blanks around it
	kind kind
	head bool // the first line of an introduction or of a header

	hints int8 // of an introduction: 1 some, -1 none, 0 nobody has looked
}

// kind says what a line is by its form.
type kind byte

const (
	words     kind = iota // what a person may have written
	empty                 // nothing
	quoted                // begins with ">" or the like
	rule                  // dashes, stars, underscores only
	signature             // "-- ", and all below it
	footer                // "Sent from my …"
	intro                 // "On … wrote:"
	embedded              // the head of another mail, or the line that announces it
	above                 // "reply above this line"
)

// maxText is how much of a text is looked at. A reply is written at its top or
// below one quote; what is longer is not written by a person.
const maxText = 64 << 10

// read splits a text and classes its lines.
func read(text string) *draft {
	if len(text) > maxText {
		text = text[:maxText]
	}
	d := &draft{}
	for raw := range strings.Lines(clean(text)) {
		raw = strings.TrimRight(raw, " \t\n\f\v")
		d.lines = append(d.lines, line{raw: raw, text: strings.TrimSpace(raw)})
	}
	for i := range d.lines {
		d.lines[i].kind = d.form(i)
	}
	d.mendQuotes()
	d.findIntros()
	d.findHeaders()
	d.findDisclaimers()
	d.findLinks()
	return d
}

// cleaner makes line ends and blanks uniform and drops what cannot be seen.
var cleaner = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n", "\u0085", "\n",
	"\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u3000", " ",
	"\u200b", "", "\u200c", "", "\u2060", "", "\ufeff", "", "\u00ad", "",
	"\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "",
	"\x00", "",
)

func clean(text string) string {
	return strings.ToValidUTF8(cleaner.Replace(text), "\ufffd")
}

// reply picks the lines that are the reply. With own, only the person's words.
func (d *draft) reply(own bool) []line {
	lines, forwarded := untilEmbedded(d.lines)
	if forwarded && own {
		return nil
	}
	lines = unwrap(lines, own)
	if !holds(lines, words) {
		if own || holdsIntro(lines) {
			return nil
		}
		return without(without(trimSignature(lines), footer), signature)
	}
	lines = belowQuote(belowBanner(trimTail(lines)))
	if own {
		lines = without(lines, quoted)
	}
	return lines
}

// belowBanner takes off what a company's mail server puts above every mail that
// comes from outside.
func belowBanner(lines []line) []line {
	if after := skip(lines, 0, empty, footer, rule); holds(lines[:after], footer) {
		return lines[after:]
	}
	return lines
}

// belowQuote takes off a quote that stands above everything that was written,
// with its introduction in it, and that is the only one: the answer is below.
func belowQuote(lines []line) []line {
	after := skip(lines, 0, empty, quoted)
	if holdsIntro(lines[:after]) && !holds(lines[after:], quoted) {
		return lines[after:]
	}
	return lines
}

// untilEmbedded ends the text at the first embedded mail. Where nothing was
// written above it, the whole is a forward: then the text is what follows.
func untilEmbedded(lines []line) (rest []line, forwarded bool) {
	for {
		at := indexOf(lines, embedded, above)
		switch {
		case at < 0:
			return lines, forwarded
		case lines[at].kind == above || holds(lines[:at], words):
			return lines[:at], forwarded
		case holds(lines[:at], quoted):
			return lines[:at], true
		}
		lines, forwarded = lines[skip(lines, at, embedded, empty, rule):], true
	}
}

// unwrap takes introductions and the quotes that belong to them out.
func unwrap(lines []line, own bool) []line {
	var reply []line
	for {
		at := indexOf(lines, intro)
		if at < 0 {
			return append(reply, lines...)
		}
		end := at + 1
		for end < len(lines) && lines[end].kind == intro && !lines[end].head {
			end++
		}
		after := skip(lines, end, empty)
		afterQuote := skip(lines, after, empty, quoted)
		isQuoted := after < len(lines) && lines[after].kind == quoted
		written := holds(lines[:at], words) || len(reply) > 0
		rest := lines[afterQuote:]
		switch {
		case !written && isQuoted: // the answer stands below the quote
			lines = rest
		case !written: // below stands the quote, or the answer, or both
			if own {
				return nil
			}
			lines = lines[after:]
		case !isQuoted || !holds(trimTail(untilIntro(rest)), words): // the answer stands above
			return append(reply, lines[:at]...)
		case holds(rest, quoted): // the answer stands between the quotes
			reply = append(append(reply, lines[:at]...), lines[after:afterQuote]...)
			lines = rest
		default: // the answer stands around the quote
			reply = append(reply, trimKinds(lines[:at], empty)...)
			lines = append([]line{{kind: empty}}, rest...)
		}
	}
}

// untilIntro is what stands before the first introduction.
func untilIntro(lines []line) []line {
	if at := indexOf(lines, intro); at >= 0 {
		return lines[:at]
	}
	return lines
}

// holdsIntro reports whether a quote begins with the introduction of another:
// then it is a reply to which nothing was added.
func holdsIntro(lines []line) bool {
	for _, l := range lines {
		if l.kind == quoted && isIntro(strings.TrimLeft(l.text, "> |")) {
			return true
		}
	}
	return false
}

// indexOf is the first line of one of the kinds, -1 if there is none.
func indexOf(lines []line, kinds ...kind) int {
	for i, l := range lines {
		if is(l.kind, kinds) {
			return i
		}
	}
	return -1
}

// holds reports whether one of the lines is of a kind.
func holds(lines []line, k kind) bool { return indexOf(lines, k) >= 0 }

// skip passes by lines of the given kinds.
func skip(lines []line, from int, kinds ...kind) int {
	for from < len(lines) && is(lines[from].kind, kinds) {
		from++
	}
	return from
}

func is(k kind, kinds []kind) bool {
	return slices.Contains(kinds, k)
}

// without leaves out the lines of a kind.
func without(lines []line, k kind) []line {
	var kept []line
	for _, l := range lines {
		if l.kind != k {
			kept = append(kept, l)
		}
	}
	return kept
}

// join writes lines as a text, without blank lines around it.
func join(lines []line) string {
	var b strings.Builder
	blanks := 0
	for _, l := range lines {
		if l.text == "" {
			blanks++
			continue
		}
		if b.Len() > 0 {
			b.WriteString(strings.Repeat("\n", blanks+1))
		}
		blanks = 0
		b.WriteString(l.raw)
	}
	return b.String()
}
