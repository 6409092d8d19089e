package replytext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	introLines = 6   // over how many lines an introduction may be wrapped
	introBytes = 600 // how long it may be
)

// findIntros marks the introductions of quotes. It goes by their last line,
// which is cheap to tell, and looks a few lines up for the first.
func (d *draft) findIntros() {
	for end := range d.lines {
		if !d.mayEndIntro(end) {
			continue
		}
		start := d.introStart(end)
		if start < 0 && d.namesQuote(end) {
			start = end
		}
		if start >= 0 {
			for i := start; i <= end; i++ {
				d.lines[i].kind = intro
			}
			d.lines[start].head = true
		}
	}
}

// mayEndIntro reports whether a line has the end that introductions have: a
// colon, a row of dashes (Zoho), or, in the old form of Gmail, the mailbox.
func (d *draft) mayEndIntro(i int) bool {
	l := d.lines[i]
	switch l.kind {
	case words, quoted:
	default:
		return false
	}
	if l.kind == quoted && !(i > 0 && d.lines[i-1].kind == words && len(l.text) < 40) {
		return false // only the closing bracket of a mailbox that was wrapped
	}
	return endsIntro(l.text) || strings.HasSuffix(l.text, ">") || isDatedName(l.text)
}

// namesQuote reports whether a line says only that somebody wrote, and stands
// directly above a quote: "Ana wrote:".
func (d *draft) namesQuote(i int) bool {
	text := d.lines[i].text
	next := skip(d.lines, i+1, empty)
	return d.lines[i].kind == words && endsIntro(text) && len(strings.Fields(text)) <= 5 && next < len(d.lines) && next <= i+2 && d.lines[next].kind == quoted && verbIn(folded(text), false)
}

// endsIntro reports whether a text ends as an introduction does.
func endsIntro(text string) bool {
	text = strings.TrimRight(text, "*_ ")
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：") || strings.HasSuffix(text, "--") && strings.HasPrefix(text, "--") || strings.HasSuffix(text, "----")
}

// introStart finds the first line of the introduction that ends at end, -1 if
// there is none there. Of several it takes the nearest that begins as one.
func (d *draft) introStart(end int) int {
	first := d.introReach(end)
	if first > end || !d.mayBeIntro(first, end) {
		return -1
	}
	found, joined, whole := -1, "", true
	for start := end; start >= first; start-- {
		l := d.lines[start]
		if whole = whole && l.kind != empty; l.kind == empty {
			continue
		}
		if joined = l.text + " " + joined; !isIntro(joined) {
			continue
		}
		if beginsIntro(l.text) {
			if mailbox, _ := mailboxIn(joined); mailbox || !beginsInside(l.text) {
				return start
			}
			return d.introUpward(start, first)
		}
		if found < 0 && whole {
			found = start
		}
	}
	return d.introUpward(found, first)
}

// beginsInside reports whether a line begins as the second one of an
// introduction may, too: with a number, or with the Chinese "on".
func beginsInside(text string) bool {
	return startsWithDigit(text) || strings.HasPrefix(text, "于") || strings.HasPrefix(text, "於")
}

// introUpward goes up from the first line that could begin an introduction in
// a language whose first word is not known: over lines with a mailbox or a date
// in them, and over the name that stands before a mailbox in brackets.
func (d *draft) introUpward(start, first int) int {
	for start > first && d.lines[start-1].kind == words {
		above := d.lines[start-1].text
		lower := folded(above)
		mailbox, _ := mailboxIn(lower)
		named := strings.HasPrefix(strings.TrimLeft(d.lines[start].text, "([\"'"), "<")
		if strings.ContainsAny(above[len(above)-1:], ".!?") || !mailbox && !named && !(hasDate(lower) && hasTime(lower)) {
			break
		}
		start--
	}
	return start
}

// introReach is how far up from its last line an introduction may reach: over
// a few lines of words, with at most two blank ones among them.
func (d *draft) introReach(end int) int {
	first, blanks, size := end+1, 0, 0
	for i := end; i >= 0 && i > end-introLines-2; i-- {
		l := d.lines[i]
		if l.kind == empty {
			if blanks++; blanks > 2 {
				break
			}
			continue
		}
		if size += len(l.text) + 1; size > introBytes || l.kind != words && i != end {
			break
		}
		first = i
	}
	return first
}

// mayBeIntro is a quick look at all the lines that could belong to one.
func (d *draft) mayBeIntro(first, end int) bool {
	for i := first; i <= end; i++ {
		if d.lines[i].hints == 0 {
			d.lines[i].hints = hintsOf(d.lines[i].text)
		}
		if d.lines[i].hints > 0 {
			return true
		}
	}
	return false
}

// hintsOf is 1 for a line that could stand in an introduction, -1 for others.
// It is kept with the line, since many ends may look at it.
func hintsOf(text string) int8 {
	lower := strings.ToLower(text)
	if strings.Contains(lower, "@") || isDatedName(text) {
		return 1
	}
	for _, verb := range introVerbs {
		if strings.Contains(lower, verb) {
			return 1
		}
	}
	return -1
}

// isIntro reports whether a text, on one line, introduces a quote.
func isIntro(text string) bool {
	text = strings.TrimSpace(text)
	lower := folded(text)
	mailbox, bracketed := mailboxIn(lower)
	dated := hasDate(lower)
	switch {
	case len(text) > introBytes:
		return false
	case isDatedName(text):
		return true
	case !endsIntro(text):
		return bracketed && beginsWithDate(lower) && strings.HasSuffix(lower, ">")
	case bracketed && dated && hasTime(lower):
		return true // in whatever language
	case bracketed && beginsWithDate(lower):
		return true
	case mailbox && dated && hasTime(lower) && beginsIntro(text) && endsInMailbox(lower):
		return true // "Nov 24, 2026, 19:00 by ana@example.com:"
	}
	dated = dated || beginsIntro(text) && hasDayAndTime(lower)
	return (mailbox || dated || betweenDashes(text)) && verbIn(lower, mailbox)
}

// endsInMailbox reports whether the last word of a text is a mailbox.
func endsInMailbox(lower string) bool {
	fields := strings.Fields(strings.TrimRight(lower, ":： "))
	if len(fields) == 0 {
		return false
	}
	mailbox, _ := mailboxIn(fields[len(fields)-1])
	return mailbox
}

// folded is a text in lower case, with the digits of Arabic, Persian and Hindi
// as ours.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{0x0660, 0x06f0, 0x0966} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return unicode.ToLower(r)
	}, text)
}

// betweenDashes reports whether a short text stands between rows of dashes, as
// "---- Microreach wrote ----" does.
func betweenDashes(text string) bool {
	return strings.HasPrefix(text, "--") && strings.HasSuffix(text, "--") && len(text) < 120
}

// hasDayAndTime reports whether a text has a day of a month and a time of day
// in it: the date of an introduction that leaves the year out.
func hasDayAndTime(lower string) bool {
	if !hasTime(lower) {
		return false
	}
	for _, f := range strings.Fields(lower) {
		f = strings.TrimRight(f, ".,")
		if len(f) > 0 && len(f) <= 2 && isDigitByte(f[0]) && isDigitByte(f[len(f)-1]) {
			return true
		}
	}
	return false
}

// isDatedName is the oldest form of Gmail: an ISO date, a time, a zone, a name.
func isDatedName(text string) bool {
	fields := strings.Fields(text)
	return len(fields) >= 4 && len(fields) <= 10 && beginsWithDate(strings.ToLower(fields[0])) && strings.Contains(fields[1], ":") &&
		(strings.HasPrefix(fields[2], "GMT") || strings.HasPrefix(fields[2], "UTC"))
}

// beginsIntro reports whether a line is the first of an introduction: it
// begins with one of the words that languages begin it with, with a date, or
// with a day's or a month's name, and it has the date in it.
func beginsIntro(text string) bool {
	lower := strings.ToLower(strings.TrimLeft(text, "-–—_=*~#>\"'|([ "))
	if !hasDate(lower) && !hasTime(lower) {
		return false
	}
	if beginsWithDate(lower) || startsWithDigit(lower) {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimRight(lower, ":"), " ")
	first = strings.Trim(first, ".,;:")
	if introWords[first] {
		return true
	}
	for _, prefix := range introPrefixes {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return false
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// mailboxIn reports whether a text contains user@host, and whether that stands
// between angle brackets.
func mailboxIn(lower string) (found, bracketed bool) {
	for at := strings.IndexByte(lower, '@'); at >= 0; {
		if at > 0 && at+1 < len(lower) && isWordByte(lower[at-1]) && isWordByte(lower[at+1]) && strings.IndexByte(lower[at:], '.') > 0 {
			found = true
			if open := strings.LastIndexAny(lower[:at], "<[("); open >= 0 && at-open < 200 && strings.IndexAny(lower[at:], ">])") > 0 {
				return true, true
			}
		}
		next := strings.IndexByte(lower[at+1:], '@')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return found, false
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 || strings.IndexByte("._%+-=\"", c) >= 0
}

// hasDate reports whether a text has a year in it, or a date in numbers.
func hasDate(lower string) bool {
	for i := 0; i < len(lower); {
		if !isDigitByte(lower[i]) {
			i++
			continue
		}
		end := i
		for end < len(lower) && isDigitByte(lower[end]) {
			end++
		}
		number := lower[i:end]
		if len(number) == 4 && (strings.HasPrefix(number, "19") || strings.HasPrefix(number, "20")) {
			return true
		}
		if len(number) <= 2 && isNumericDate(lower[i:]) {
			return true
		}
		i = end
	}
	return false
}

// isNumericDate reports whether s begins with three numbers that "/", "." or
// "-" separate.
func isNumericDate(s string) bool {
	numbers, digits := 1, 0
	var separator byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isDigitByte(c):
			if digits++; digits > 4 {
				return false
			}
		case (c == '/' || c == '.' || c == '-') && digits > 0 && (separator == 0 || separator == c):
			separator, digits = c, 0
			numbers++
		default:
			return numbers == 3 && digits >= 2
		}
	}
	return numbers == 3 && digits >= 2
}

// beginsWithDate reports whether a text begins with a date whose year is first,
// or with one in numbers.
func beginsWithDate(lower string) bool {
	if len(lower) < 8 || !startsWithDigit(lower) {
		return false
	}
	if isNumericDate(lower) {
		return true
	}
	year := lower[:4]
	return (strings.HasPrefix(year, "19") || strings.HasPrefix(year, "20")) && (strings.HasPrefix(lower[4:], "年") || strings.HasPrefix(lower[4:], "년") || strings.ContainsRune("-/.", rune(lower[4])) && isDigitByte(lower[5]))
}

// hasTime reports whether a text has a time of day in it, "7:05" or "7.05 pm".
func hasTime(lower string) bool {
	for i := 1; i+2 < len(lower); i++ {
		if (lower[i] == ':' || lower[i] == '.' || lower[i] == 'h') && isDigitByte(lower[i-1]) && isDigitByte(lower[i+1]) && isDigitByte(lower[i+2]) && (i+3 == len(lower) || !isDigitByte(lower[i+3])) {
			return true
		}
	}
	return false
}

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }

// verbIn reports whether a text says that somebody wrote. Where no mailbox
// tells who, the person may be the one: "on 3/4/2026 I wrote:" is none.
func verbIn(lower string, mailbox bool) bool {
	for _, verb := range introVerbs {
		for from := 0; ; {
			at := strings.Index(lower[from:], verb)
			if at < 0 {
				break
			}
			at += from
			from = at + len(verb)
			if wholeWord(lower, at, from) && (mailbox || !spoken(lower[max(0, at-20):at])) {
				return true
			}
		}
	}
	return false
}

// spoken reports whether the last word before a verb is one of those that only
// stand in a sentence.
func spoken(before string) bool {
	fields := strings.Fields(before)
	return len(fields) > 0 && speakers[strings.Trim(fields[len(fields)-1], ",;.")]
}

// wholeWord reports whether text[start:end] stands by itself. Scripts without
// blanks between words always do.
func wholeWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	first, _ := utf8.DecodeRuneInString(text[start:])
	if first >= 0x2e80 || first >= 0x0e00 && first < 0x0e80 {
		return true
	}
	return (start == 0 || !unicode.IsLetter(before)) && (end == len(text) || !unicode.IsLetter(after))
}
