package email

import (
	"bytes"
	"strings"

	"github.com/microreach/microreach/checkins"
)

// Bounce is what a report says about a mail of ours that did not arrive.
type Bounce struct {
	Recipient string // the mailbox that failed; empty if the report does not say
	Status    string // an enhanced code (RFC 3463) such as "5.1.1"; never empty
	Permanent bool   // given up; false where the server still tries
}

// MailboxFull reports whether there was no room, which passes by itself more
// often than not (REQUIREMENTS B12).
func (b Bounce) MailboxFull() bool { return strings.HasSuffix(b.Status, ".2.2") }

// fact is what the report says about the mail that it names. Whether the
// address is to be given up is the domain's decision.
func (b Bounce) fact() checkins.Fact {
	switch {
	case !b.Permanent:
		return checkins.FactDelayed
	case b.MailboxFull():
		return checkins.FactFull
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
		b := &Bounce{Recipient: recipientOf(group), Status: statusOf(group, action)}
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
			return code
		}
	}
	switch {
	case status != "":
		return status
	case action == "delayed":
		return "4.0.0"
	}
	return "5.0.0"
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

// failedSubjects begin the subjects of reports that a mail did not arrive.
var failedSubjects = []string{
	"undelivered mail", "undeliverable", "undeliverable mail", "mail delivery failed", "mail delivery failure", "mail delivery problem",
	"mail delivery error", "delivery failure", "delivery failed", "delivery status notification (failure)", "delivery notification", "failure notice", "failure delivery",
	"returned mail", "returned email", "mail could not be delivered", "message undeliverable", "mail system error", "non delivery report", "non-delivery",
	"unzustellbar", "nicht zustellbar", "mail nicht zustellbar", "rückläufer", "non remis", "non remis :", "échec de la remise", "échec de remise",
	"no se puede entregar", "no entregado", "error de entrega", "onbestelbaar", "niet bezorgbaar", "mancata consegna", "non recapitabile", "recapito non riuscito",
	"não é possível entregar", "falha na entrega", "não entregue", "kan inte levereras", "olevererbart", "kan ikke leveres", "ikke leveret",
	"niedostarczona", "nie można dostarczyć", "не доставлено", "недоставленное", "недоставлено", "配信不能", "退信", "无法投递", "系统退信", "배달 못함",
}

// delayedSubjects begin the subjects of reports that a server still tries.
var delayedSubjects = []string{
	"delivery status notification (delay)", "warning: message", "delayed mail", "delayed delivery", "delivery delayed", "mail delivery delayed",
	"warning: could not send message", "warning: mail delivery", "delivery delay", "delivery is delayed", "verzögerte zustellung", "zustellung verzögert",
}

// looseBounce reads a report that is not in the standard form. It takes a mail
// server as the author, or the subject that mail servers write; that somebody
// mentions a refusal is not enough.
func looseBounce(h header, body string) *Bounce {
	subject := strings.ToLower(oneLine(h.text("Subject")))
	for _, mark := range []string{"*** spam ***", "[spam]", "spam:"} {
		subject = strings.TrimSpace(strings.TrimPrefix(subject, mark))
	}
	failed, delayed := titled(subject, failedSubjects), titled(subject, delayedSubjects)
	named := h.get("X-Failed-Recipients")
	from := first(h.mailboxes("From"))
	head := body[:min(len(body), 16<<10)]
	coded := enhancedIn(head) != "" || basicIn(head) != ""
	if named == "" && !failed && !delayed && !(isMailer(from, h) && coded) {
		return nil
	}
	return bounceFrom(named, from, head, delayed && !failed)
}

// titled reports whether a subject begins with one of a list, as a phrase of
// its own.
func titled(subject string, list []string) bool {
	for _, p := range list {
		if rest, ok := strings.CutPrefix(subject, p); ok && (rest == "" || strings.ContainsAny(rest[:1], ": -([;!.") || rest[0] >= 0x80) {
			return true
		}
	}
	return false
}

// mailerNames are how mail servers sign, in the mailbox or in the name.
var mailerNames = []string{
	"mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster", "post_master", "post-master", "mail delivery", "maildelivery", "mail-delivery",
	"delivery subsystem", "delivery system", "delivery status", "mail administrator", "system administrator", "mail system", "mmdf", "internet mail",
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
func bounceFrom(named, from, head string, delayed bool) *Bounce {
	b := &Bounce{Status: enhancedIn(head)}
	if b.Status == "" || b.Status[0] == '2' {
		b.Status = basicIn(head)
	}
	if delayed {
		b.Status = "4" + strings.TrimLeft(b.Status, "45")
	}
	if len(b.Status) < 5 {
		b.Status = "5.0.0"
		if delayed {
			b.Status = "4.0.0"
		}
	}
	b.Permanent = b.Status[0] == '5'
	for _, source := range []string{named, head} {
		for _, address := range looseMailboxes(source) {
			if b.Recipient == "" && address != from && !isDaemon(address) {
				b.Recipient = address
			}
		}
	}
	return b
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
