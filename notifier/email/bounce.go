package email

import (
	"bytes"
	"slices"
	"strings"

	"github.com/microreach/microreach/checkins"
)

// Bounce is what a report says about a mail of ours that did not arrive.
type Bounce struct {
	Recipient string // the mailbox that failed; empty if the report does not say
	Status    string // an enhanced code (RFC 3463) such as "5.1.1"; never empty
	Permanent bool   // the code says that it never will arrive
	Trying    bool   // the server goes on trying
}

// MailboxFull reports whether there was no room, which passes by itself more
// often than not (REQUIREMENTS B12).
func (b Bounce) MailboxFull() bool { return strings.HasSuffix(b.Status, ".2.2") }

// fact is what the report says about the mail that it names. Whether the
// address is to be given up is the domain's decision.
func (b Bounce) fact() checkins.Fact {
	switch {
	case b.Trying:
		return checkins.FactDelayed
	case b.MailboxFull():
		return checkins.FactFull
	case !b.Permanent:
		return checkins.FactUndelivered // given up, for a reason that passes
	}
	return checkins.FactUnreachable
}

// readBounce reads a delivery report, RFC 3464 or the forms that programs had
// before it and still use. Nil if the mail is none, or reports a success.
func readBounce(h header, f *findings, body string) *Bounce {
	if len(f.status) > 0 {
		return standardBounce(f.status)
	}
	if f.feedback != nil {
		return nil
	}
	return looseBounce(h, body)
}

// standardBounce reads the groups of a delivery-status part: one about the
// message, then one for each recipient. A failure goes before a delay.
func standardBounce(status []header) *Bounce {
	var worst *Bounce
	for _, group := range status {
		action := strings.ToLower(group.get("Action"))
		if action != "failed" && action != "delayed" && (action != "" || !strings.HasPrefix(enhancedIn(group.get("Status")), "5")) {
			continue
		}
		b := &Bounce{Recipient: recipientOf(group), Status: statusOf(group, action), Trying: action == "delayed"}
		b.Permanent = action != "delayed" && strings.HasPrefix(b.Status, "5")
		if worst == nil || b.Permanent && !worst.Permanent {
			worst = b
		}
	}
	return worst
}

// recipientOf is the mailbox of a recipient's group.
func recipientOf(group header) string {
	for _, name := range []string{"Final-Recipient", "Original-Recipient", "X-Actual-Recipient"} {
		_, address, typed := strings.Cut(group.get(name), ";")
		if !typed {
			address = group.get(name)
		}
		if list := looseMailboxes(address); len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// statusOf is the code of a recipient's group. Where it only says that
// something failed, the remote server's own words may say what.
func statusOf(group header, action string) string {
	status := enhancedIn(group.get("Status"))
	if status == "" || strings.HasSuffix(status, ".0.0") {
		diagnostic := group.get("Diagnostic-Code")
		if better := enhancedIn(diagnostic); better != "" && !strings.HasSuffix(better, ".0.0") && (status == "" || better[0] == status[0]) {
			return better
		}
		if code := basicIn(diagnostic); status == "" && code != "" {
			status = code
		}
	}
	switch {
	case status == "" && action == "delayed":
		status = "4.0.0"
	case status == "":
		status = "5.0.0"
	}
	return full(status, group.get("Diagnostic-Code"))
}

// groups splits a delivery-status body into its groups of fields. All fields
// of a group are kept: they are few, and not those of a mail.
func groups(body []byte) []header {
	var list []header
	for rest := body; len(rest) > 0 && len(list) < maxParts; {
		var h header
		if h, rest = readReport(rest); len(h) > 0 {
			list = append(list, h)
		}
	}
	return list
}

// readReport reads one group of fields, up to an empty line.
func readReport(body []byte) (header, []byte) {
	var h header
	for len(body) > 0 {
		line, rest := cutLine(body)
		body = rest
		if len(bytes.TrimSpace(line)) == 0 {
			return h, rest
		}
		if name, value, ok := fieldOf(line); ok && len(h) < maxHeaders {
			h = append(h, field{name, value})
		} else if len(h) > 0 && len(h[len(h)-1].value) < maxHeaderValue {
			h[len(h)-1].value += " " + strings.TrimSpace(string(line))
		}
	}
	return h, nil
}

// looseBounce reads a report that is not in the standard form. It takes a mail
// server as the author, or the subject that mail servers write, or their words
// at the beginning; that somebody mentions a refusal is not enough.
func looseBounce(h header, body string) *Bounce {
	subject := strings.TrimLeft(strings.ToLower(oneLine(h.text("Subject"))), "*<[ ")
	for _, mark := range []string{"spam ***", "spam]", "spam:", "postmaster]", "external]", "ext]"} {
		subject = strings.TrimLeft(strings.TrimPrefix(subject, mark), "* ")
	}
	failed, delayed := titled(subject, failedSubjects), titled(subject, delayedSubjects)
	failed = failed || !isReplySubject(subject) && sayAny(subject, lostSubjects)
	named := h.get("X-Failed-Recipients")
	from := first(h.mailboxes("From"))
	head := serverPart(body)
	lower := strings.ToLower(head)
	mailer := isMailer(from, h) && (enhancedIn(head) != "" || basicIn(head) != "" || sayAny(lower, lostWords) || sayAny(lower, delayedWords))
	if named == "" && !failed && !delayed && !mailer && !serverSpeaks(subject, lower) {
		return nil
	}
	delayed = !failed && (delayed || sayAny(lower, delayedWords))
	return bounceFrom(h, named, from, head, delayed)
}

// serverPart is what a report says before the copy of our mail.
func serverPart(body string) string {
	head := body[:min(len(body), 16<<10)]
	size := 0
	for line := range strings.Lines(head) {
		if size > 0 && sayAny(strings.ToLower(line), originals) {
			return head[:size]
		}
		size += len(line)
	}
	return head
}

// openingBytes is how much of a text is its beginning.
const openingBytes = 2 << 10

// serverSpeaks reports whether a text begins in the words of a mail server. A
// person who answers may quote one sentence of it; two are a report.
func serverSpeaks(subject, lower string) bool {
	needed := 1
	if isReplySubject(subject) || strings.Contains(lower, "\n>") || strings.HasPrefix(lower, ">") {
		needed = 2
	}
	opening := lower[:min(len(lower), openingBytes)]
	if isRefusal(opening) {
		return true
	}
	for _, p := range serverWords {
		at := strings.Index(opening, p)
		if at < 0 {
			continue
		}
		if line := opening[strings.LastIndexByte(opening[:at], '\n')+1 : at]; strings.HasPrefix(strings.TrimSpace(line), ">") {
			continue // quoted
		}
		if needed--; needed == 0 {
			return true
		}
	}
	return false
}

// isRefusal reports whether a text begins with both codes of a refusal, "550
// 5.1.1 …": a server's answer and nothing else.
func isRefusal(opening string) bool {
	code, rest, _ := strings.Cut(strings.TrimSpace(opening), " ")
	_, known := basicCodes[strings.TrimLeft(code, "#[")]
	return known && len(rest) > 4 && enhancedIn(rest[:min(len(rest), 9)]) != ""
}

// mailerNames are how mail servers sign, in the mailbox or in the name.
var mailerNames = []string{
	"mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster", "post_master", "post-master", "mail delivery", "maildelivery", "mail-delivery",
	"delivery subsystem", "delivery system", "delivery status", "mail administrator", "system administrator", "mail system", "microsoftexchange", "mmdf", "internet mail",
}

// isMailer reports whether a mail comes from a mail server itself.
func isMailer(from string, h header) bool {
	m, _ := parseMailbox(from)
	sender := strings.ToLower(m.local + " " + h.text("From"))
	for _, name := range mailerNames {
		if strings.Contains(strings.ReplaceAll(sender, "@"+m.host, ""), name) {
			return true
		}
	}
	return false
}

// bounceFrom takes recipient and code from a report in plain words.
func bounceFrom(h header, named, from, head string, delayed bool) *Bounce {
	b := &Bounce{Status: enhancedIn(head), Trying: delayed}
	if b.Status == "" || b.Status[0] == '2' {
		b.Status = basicIn(head)
	}
	if len(b.Status) < 5 {
		b.Status = "5.0.0"
	}
	if delayed {
		b.Status = "4" + b.Status[1:]
	}
	b.Status = full(b.Status, head)
	b.Permanent = b.Status[0] == '5'
	b.Recipient = first(looseMailboxes(named))
	ours := append(h.mailboxes("To"), from)
	for line := range strings.Lines(head + "\n" + h.text("Subject")) {
		if b.Recipient != "" {
			break
		}
		label, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), ":")
		if notRecipient[label] {
			continue
		}
		for _, address := range looseMailboxes(line) {
			if b.Recipient == "" && !slices.Contains(ours, address) && !isDaemon(address) {
				b.Recipient = address
			}
		}
	}
	return b
}

// notRecipient are the labels of lines that name somebody else than whom a
// mail did not reach.
var notRecipient = map[string]bool{
	"message-id": true, "from": true, "reply-to": true, "return-path": true, "sender": true, "in-reply-to": true, "references": true, "von": true, "mail from": true, ">>> mail from": true, "x-sender": true,
}

// full is the code for a mailbox without room, where the words say so and the
// code says nothing better.
func full(status, words string) string {
	vague := strings.HasSuffix(status, ".0.0") || strings.HasSuffix(status, ".2.0") || strings.HasSuffix(status, ".1.1") || strings.HasSuffix(status, ".3.0")
	if vague && sayAny(strings.ToLower(words), fullWords) {
		return status[:1] + ".2.2"
	}
	return status
}

// enhancedIn finds the first enhanced code of failure in a text: a digit 4 or
// 5, then two numbers of at most three digits, as a word of its own. A version
// number or an IP address is none.
func enhancedIn(text string) string {
	for i := 0; i+4 < len(text); i++ {
		if text[i] != '4' && text[i] != '5' && text[i] != '2' || text[i+1] != '.' || i > 0 && (isDigit(text[i-1]) || text[i-1] == '.') {
			continue
		}
		second := digits(text[i+2:])
		if second == 0 || i+2+second >= len(text) || text[i+2+second] != '.' {
			continue
		}
		end := i + 3 + second + digits(text[i+3+second:])
		if end == i+3+second || end-i > 9 || end < len(text) && (isDigit(text[end]) || text[end] == '.' && end+1 < len(text) && isDigit(text[end+1])) {
			continue
		}
		return text[i:end]
	}
	return ""
}

// digits counts up to three digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && n < 3 && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// basicCodes are the basic codes of a refusal and what they amount to.
var basicCodes = map[string]string{
	"421": "4.0.0", "450": "4.2.0", "451": "4.3.0", "452": "4.2.2",
	"550": "5.1.1", "551": "5.1.6", "552": "5.2.2", "553": "5.1.3", "554": "5.0.0",
}

// basicIn finds a basic code of refusal, as a word of its own.
func basicIn(text string) string {
	for i := 0; i+3 <= len(text); i++ {
		code, known := basicCodes[text[i:i+3]]
		if known && (i == 0 || strings.ContainsRune(" \t\n:(<[", rune(text[i-1]))) && (i+3 == len(text) || strings.ContainsRune(" \t\n:-)>],", rune(text[i+3]))) {
			return code
		}
	}
	return ""
}
