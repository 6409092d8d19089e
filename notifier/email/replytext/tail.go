package replytext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is looked at from the end of a reply, so that the time stays linear.
const (
	tailLines  = 40 // of one paragraph, or of one block of contacts
	tailRounds = 20 // of taking off one thing after another
)

// trimTail takes off what stands below a reply: quotes, footers, signatures,
// rules. It goes on until nothing more comes off.
func trimTail(lines []line) []line {
	lines = trimSignature(lines)
	for range tailRounds {
		before := len(lines)
		lines = trimKinds(lines, empty, rule, quoted, footer, signature)
		contacts := len(lines)
		lines = trimContacts(lines)
		if contacts > len(lines) {
			lines = trimLetterEnd(lines)
		}
		lines = trimClosing(lines)
		lines = trimName(lines)
		if len(lines) == before {
			break
		}
	}
	return lines
}

// trimSignature ends the lines at the mark of a signature.
func trimSignature(lines []line) []line {
	if at := indexOf(lines, signature); at >= 0 && (holds(lines[at:], words) || holds(lines[at:], footer) || at == 0) {
		return lines[:at]
	}
	return lines
}

// trimKinds takes lines of the given kinds off the end.
func trimKinds(lines []line, kinds ...kind) []line {
	for len(lines) > 0 && is(lines[len(lines)-1].kind, kinds) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// lastParagraph is where the last run of lines without a blank one begins.
func lastParagraph(lines []line) int {
	start := len(lines)
	for start > 0 && len(lines)-start < tailLines && lines[start-1].kind == words {
		start--
	}
	return start
}

// closingLines is how many lines may follow "Best regards,": name, role,
// company, a number.
const closingLines = 4

// trimClosing takes off a formal closing with the name directly below it.
func trimClosing(lines []line) []line {
	start := lastParagraph(lines)
	for i := len(lines) - 2; i >= start && i >= len(lines)-1-closingLines; i-- {
		if isClosing(lines[i].text) && allShort(lines[i+1:]) {
			return lines[:i]
		}
	}
	// The name may stand a blank line below, with a contact detail under it.
	above := trimKinds(lines[:start], empty)
	if len(above) > 1 && len(lines)-start <= closingLines && len(above) < start && isClosing(above[len(above)-1].text) && signs(lines[start:]) {
		return above[:len(above)-1]
	}
	return lines
}

// signs reports whether lines are a name with what stands below one.
func signs(lines []line) bool {
	if contactsIn(lines) == 0 || !allShort(lines) || !allContactLike(lines) {
		return false
	}
	names := strings.Fields(strings.Trim(lines[0].text, "*_ "))
	for _, n := range names {
		if r, _ := utf8.DecodeRuneInString(n); unicode.IsLower(r) || unicode.IsDigit(r) {
			return false
		}
	}
	return len(names) <= 4
}

// trimLetterEnd takes off a closing as the last line, above contact details
// that were taken off.
func trimLetterEnd(lines []line) []line {
	rest := trimKinds(lines, empty, rule)
	if len(rest) > 1 && isClosing(rest[len(rest)-1].text) {
		return rest[:len(rest)-1]
	}
	return lines
}

// isClosing reports whether a line is a formal closing and nothing else.
func isClosing(text string) bool {
	return closings[strings.ToLower(strings.TrimRight(text, ",.!;-– "))]
}

// allShort reports whether lines could be a name and what stands below it.
func allShort(lines []line) bool {
	for _, l := range lines {
		if utf8.RuneCountInString(l.text) > 60 || strings.HasSuffix(l.text, "?") || len(strings.Fields(l.text)) > 8 {
			return false
		}
	}
	return true
}

// trimName takes off "-First Last" as the last line, below a blank one.
func trimName(lines []line) []line {
	if len(lines) < 2 || lines[len(lines)-2].kind != empty {
		return lines
	}
	name, ok := strings.CutPrefix(lines[len(lines)-1].text, "-")
	names := strings.Fields(name)
	if !ok || len(names) < 2 || len(names) > 3 || strings.HasPrefix(name, " ") {
		return lines
	}
	for _, n := range names {
		if r, _ := utf8.DecodeRuneInString(n); !unicode.IsUpper(r) || strings.ContainsAny(n, ",.!?:") && len(n) > 2 {
			return lines
		}
	}
	return lines[:len(lines)-1]
}

// contactLines is how much of a block must be a number, a mailbox, an address
// on the web or the like before it counts as a signature.
const contactLines = 2

// trimContacts takes off a block of contact details: paragraphs of short lines
// at the end, from the first one on that holds such a detail.
func trimContacts(lines []line) []line {
	cut, contacts := len(lines), 0
	for end := len(lines); end > max(0, len(lines)-tailLines); {
		start := lastParagraph(lines[:end])
		if start == end {
			break
		}
		n := contactsIn(lines[start:end])
		if !allContactLike(lines[start:end]) {
			break
		}
		if n > 0 {
			cut = start
		}
		contacts += n
		end = len(trimKinds(lines[:start], empty, rule, footer))
	}
	if contacts < contactLines || contacts == contactLines && cut == 0 || onlyAddresses(lines[cut:]) {
		return lines
	}
	return lines[:cut]
}

// onlyAddresses reports whether a block has no word in it beside places on the
// web: those are what somebody wanted to show.
func onlyAddresses(lines []line) bool {
	for _, l := range lines {
		if l.kind == words && !isAddress(strings.ToLower(l.text)) {
			return false
		}
	}
	return true
}

// allContactLike reports whether the lines of a paragraph could all stand in a
// signature: short, and no sentence.
func allContactLike(lines []line) bool {
	for _, l := range lines {
		if utf8.RuneCountInString(l.text) > 100 || contactIn(l.text) == 0 && (strings.HasSuffix(l.text, ".") || strings.HasSuffix(l.text, "?") || strings.HasSuffix(l.text, "!") || len(strings.Fields(l.text)) > 7) {
			return false
		}
	}
	return true
}

func contactsIn(lines []line) int {
	n := 0
	for _, l := range lines {
		n += contactIn(l.text)
	}
	return n
}

// contactIn is 1 for a line that is a contact detail: the label of one with a
// number, a mailbox or an address on the web behind it, or one of these with
// hardly anything else. "T: 8" is none, nor is an item of a list.
func contactIn(text string) int {
	bare := strings.ToLower(strings.Trim(text, "*_|<>()[] "))
	fields := strings.Fields(bare)
	if len(fields) == 0 || len(fields) > 10 || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "* ") {
		return 0
	}
	label := strings.Trim(fields[0], "*_. ")
	label, _, _ = strings.Cut(label, ":")
	switch {
	case contactLabels[label] && (hasDigits(bare, 5) || isAddress(fields[len(fields)-1])):
	case hasPhone(bare):
	case strings.HasPrefix(bare, "image:") || strings.HasPrefix(bare, "cid:"):
	case len(fields) == 1 && isAddress(fields[0]):
	default:
		return 0
	}
	return 1
}

// isAddress reports whether a word is a mailbox or a place on the web.
func isAddress(word string) bool {
	word = strings.Trim(word, "<>()[],*")
	return strings.Contains(word, ".") && (strings.Contains(word, "@") || strings.HasPrefix(word, "www.") || strings.HasPrefix(word, "http"))
}

// hasPhone reports whether a text has a telephone number in it: eight to sixteen
// digits with only marks between them, and no date.
func hasPhone(text string) bool {
	run := 0
	for i := 0; i <= len(text); i++ {
		switch {
		case i < len(text) && isDigitByte(text[i]):
			run++
		case i < len(text) && strings.IndexByte(" -.()+/", text[i]) >= 0:
		case run >= 8 && run <= 16:
			return !hasDate(text)
		default:
			run = 0
		}
	}
	return false
}

// hasDigits reports whether a text has at least n digits.
func hasDigits(text string, n int) bool {
	for i := 0; i < len(text) && n > 0; i++ {
		if isDigitByte(text[i]) {
			n--
		}
	}
	return n <= 0
}

// isFooter reports whether a line is what a telephone or a mail program adds.
// "Sent from my desk, which is easier" is a sentence: the first clause must be
// short, and either name a device or a program or be all there is.
func isFooter(text string) bool {
	bare := strings.ToLower(strings.Trim(unbracket.Replace(text), "<>()*_-–—|~. "))
	if footerLines[bare] {
		return true
	}
	if len(text) > 240 || endsIntro(text) {
		return false
	}
	for _, prefix := range footerPrefixes {
		rest, ok := strings.CutPrefix(bare, prefix.words)
		if !ok {
			continue
		}
		clause, alone := firstClause(rest)
		if n := len(strings.Fields(clause)); n <= footerWords && (prefix.sure && alone && n <= 6 && !isSentence(clause) || namesDevice(clause) && (prefix.sure || !isSentence(clause))) {
			return true
		}
	}
	for _, suffix := range footerSuffixes {
		if strings.HasSuffix(bare, suffix) && len(strings.Fields(bare)) <= 7 && (namesDevice(bare) || len(strings.Fields(bare)) <= 3) {
			return true
		}
	}
	return false
}

// footerWords is how many words follow "sent from" at most.
const footerWords = 10

// unbracket takes off the brackets of a link's text.
var unbracket = strings.NewReplacer("[", "", "]", "")

// firstClause cuts a text at its first stop, and reports whether nothing but a
// link or a remark in brackets follows.
func firstClause(text string) (clause string, alone bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '<', '(':
			return text[:i], true
		case ',', ';', '.', '!':
			if i+1 == len(text) || text[i+1] == ' ' {
				return text[:i], i+1 == len(text)
			}
		}
	}
	return text, true
}

// isSentence reports whether a clause has a word in it that tells a story
// ("sent by mail to her") and that no footer needs.
func isSentence(clause string) bool {
	for _, f := range strings.Fields(clause) {
		if storyWords[f] {
			return true
		}
	}
	return false
}

// namesDevice reports whether a clause names a device or a mail program.
func namesDevice(clause string) bool {
	for _, f := range strings.FieldsFunc(clause, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if devices[f] {
			return true
		}
		for _, d := range deviceStems {
			if strings.Contains(f, d) {
				return true
			}
		}
	}
	return false
}

// findLinks makes footers of the lines beside a footer that hold a link and
// nothing else.
func (d *draft) findLinks() {
	for i := range d.lines {
		if d.lines[i].kind != footer {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j >= 0 && j < len(d.lines) && d.lines[j].kind == words && isLink(d.lines[j].text) {
				d.lines[j].kind = footer
			}
		}
	}
}

// isLink reports whether a line is one place on the web, or within a mail.
func isLink(text string) bool {
	bare := strings.ToLower(strings.Trim(text, "<>()[]* "))
	return !strings.ContainsAny(bare, " ") && (strings.HasPrefix(bare, "http") || strings.HasPrefix(bare, "www.") || strings.HasPrefix(bare, "#") && strings.HasPrefix(text, "<"))
}

// findDisclaimers makes footers of paragraphs in a lawyer's or a virus
// scanner's words, to the end of the paragraph.
func (d *draft) findDisclaimers() {
	for i := 0; i < len(d.lines); i++ {
		if d.lines[i].kind != words || i > 0 && d.lines[i-1].kind == words || !isDisclaimer(d.lines[i:]) {
			continue
		}
		for ; i < len(d.lines) && d.lines[i].kind == words; i++ {
			d.lines[i].kind = footer
		}
	}
}

// isDisclaimer looks at the beginning of a paragraph.
func isDisclaimer(lines []line) bool {
	var b strings.Builder
	for _, l := range lines {
		if l.kind != words || b.Len() > 300 {
			break
		}
		b.WriteString(strings.ToLower(strings.Trim(l.text, "*_# ")))
		b.WriteByte(' ')
	}
	text := b.String()
	if len(text) < 25 {
		return false
	}
	text = text[:min(len(text), 400)]
	for _, d := range disclaimers {
		if strings.HasPrefix(text, d.begins) && strings.Contains(text, d.has) {
			return true
		}
	}
	return false
}
