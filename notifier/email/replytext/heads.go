package replytext

import (
	"strings"
	"unicode/utf8"
)

// headLines is how many lines below the first a header may reach.
const headLines = 12

// findHeaders marks the headers of embedded mails: at least three different
// fields in a row, or two of which one names a mailbox or which a rule or an
// announcement precedes.
func (d *draft) findHeaders() {
	for i := 0; i < len(d.lines); i++ {
		l := d.lines[i]
		if l.kind != words && l.kind != intro || fieldOf(l.text) == "" {
			continue
		}
		end := d.headerEnd(i)
		if end < 0 {
			continue
		}
		if above := i - 1; above >= 0 && d.lines[above].kind == words && betweenRules(d.lines[above].text) {
			d.lines[above].kind = embedded
		}
		for ; i < end; i++ {
			d.lines[i].kind = embedded
		}
	}
}

// betweenRules reports whether a few words stand between rows of dashes: in
// whatever language, above a header they announce an embedded mail.
func betweenRules(text string) bool {
	bare := strings.Trim(text, dashes+"= ")
	left, _, _ := strings.Cut(text, bare)
	return bare != "" && len(bare) <= 60 && utf8.RuneCountInString(strings.TrimSpace(left)) >= 4 && strings.HasSuffix(text, "---")
}

// headerEnd gives the line after the header that begins at start, -1 if it is
// none.
func (d *draft) headerEnd(start int) int {
	seen := map[string]bool{}
	mailbox, last, misses := false, start, 0
	for i := start; i < len(d.lines) && i < start+headLines; i++ {
		l := d.lines[i]
		if l.kind == empty {
			if i+1 < len(d.lines) && fieldOf(d.lines[i+1].text) != "" {
				continue
			}
			break
		}
		if l.kind == quoted {
			break
		}
		name := fieldOf(l.text)
		if name == "" {
			if misses++; misses > 2 || len(l.text) > 120 {
				break // a value may go on in the next line
			}
			continue
		}
		misses, last = 0, i
		seen[name] = true
		mailbox = mailbox || strings.Contains(l.text, "@")
	}
	introduced := start > 0 && d.introduced(start-1)
	if len(seen) >= 3 || len(seen) == 2 && (introduced || mailbox && seen["from"]) {
		if last+1 < len(d.lines) && d.lines[last+1].kind == words && fieldOf(d.lines[last].text) == "subject" && strings.HasPrefix(d.lines[last+1].raw, " ") {
			last++
		}
		return d.wrappedValue(last) + 1
	}
	return -1
}

// wrappedValue passes by the second line of a subject that was wrapped, which
// ends at the blank line below a header.
func (d *draft) wrappedValue(last int) int {
	next := last + 1
	if fieldOf(d.lines[last].text) != "" && next+1 < len(d.lines) && d.lines[next].kind == words && d.lines[next+1].kind == empty && len(d.lines[last].text) > 60 {
		return next
	}
	return last
}

// introduced reports whether a rule or an announcement stands directly above.
func (d *draft) introduced(i int) bool {
	for ; i >= 0; i-- {
		switch k := d.lines[i].kind; k {
		case empty:
		case rule, signature, embedded:
			return true
		default:
			return false
		}
	}
	return false
}

// fieldOf names the header field that a line is, in one of the languages of
// mail programs; empty if it is none.
func fieldOf(text string) string {
	text = strings.TrimLeft(text, "*_ >|")
	end := strings.IndexAny(text, ":：")
	if end <= 0 || end > 40 {
		return ""
	}
	label := strings.ToLower(strings.Trim(text[:end], "*_ \u00a0"))
	return headLabels[label]
}
