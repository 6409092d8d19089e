package email

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// Where in the conversation an error happened, in words for an operator.
var stages = map[gomail.SendErrReason]string{
	gomail.ErrConnCheck:     "before MAIL",
	gomail.ErrSMTPMailFrom:  "at MAIL",
	gomail.ErrSMTPRcptTo:    "at RCPT",
	gomail.ErrSMTPData:      "at DATA",
	gomail.ErrWriteContent:  "in the message",
	gomail.ErrSMTPDataClose: "after the message",
}

// certainlyNotTaken holds the steps before the final dot. Any other step, one
// that the library may add included, leaves the message unknown.
var certainlyNotTaken = map[gomail.SendErrReason]bool{
	gomail.ErrGetSender:    true,
	gomail.ErrGetRcpts:     true,
	gomail.ErrNoUnencoded:  true,
	gomail.ErrConnCheck:    true,
	gomail.ErrSMTPMailFrom: true,
	gomail.ErrSMTPRcptTo:   true,
	gomail.ErrSMTPData:     true,
	gomail.ErrWriteContent: true,
}

// dialError classes an error before MAIL: nothing was taken, so it may be tried
// again. A refusal with a 5yz code (a wrong password, an unwanted client) would
// meet every other message too, so all of them are held back.
func dialError(ctx context.Context, err error) error {
	se := &notifier.SendError{Outcome: checkins.OutcomeTemporary}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		if answer.Code >= 500 { // it refuses us, whoever the message is for
			se.Hold = checkins.HoldChannel
		}
		se.Code = strings.TrimSpace(strconv.Itoa(answer.Code) + " " + enhanced(answer.Msg))
		se.Err = errors.New("email: the server refused us before MAIL; check host, user and password")
		return se
	}
	se.Err = withContext(ctx, fmt.Errorf("email: no connection to the server: %w", err))
	return se
}

// sendError classes what the library says about a message that was not
// accepted. It goes by code and step, never by the library's IsTemp, which
// calls a lost connection permanent. The library's own text names the
// recipient and is not passed on (DESIGN rule 8).
func sendError(ctx context.Context, err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return &notifier.SendError{Err: withContext(ctx, errors.New("email: sending failed in an unknown way"))}
	}
	code := failed.ErrorCode()
	se := &notifier.SendError{Outcome: outcomeOf(code, certainlyNotTaken[failed.Reason])}
	stage, ok := stages[failed.Reason]
	if !ok {
		stage = "at an unknown step"
	}
	if code == 0 {
		se.Err = withContext(ctx, fmt.Errorf("email: the connection failed %s", stage))
		return se
	}
	se.Code = strings.TrimSpace(strconv.Itoa(code) + " " + failed.EnhancedStatusCode())
	se.Err = fmt.Errorf("email: the server refused %s", stage)
	if failed.Reason == gomail.ErrSMTPRcptTo && se.Outcome == checkins.OutcomePermanent {
		se.Fact = recipientFact(code, failed.EnhancedStatusCode())
	}
	return se
}

// outcomeOf is the rule for a code, 0 being none.
func outcomeOf(code int, beforeDot bool) checkins.Outcome {
	switch {
	case code >= 400 && code <= 499:
		return checkins.OutcomeTemporary
	case code >= 500 && code <= 599:
		return checkins.OutcomePermanent
	case beforeDot:
		return checkins.OutcomeTemporary
	}
	return checkins.OutcomeUnknown
}

// recipientFacts is what an enhanced code (RFC 3463, RFC 7505) at RCPT says
// about the mailbox. Codes about us (5.7.x) or about its size say nothing.
var recipientFacts = map[string]checkins.Fact{
	"5.1.0":  checkins.FactUnreachable,
	"5.1.1":  checkins.FactInvalid, // no such mailbox
	"5.1.2":  checkins.FactInvalid, // no such domain
	"5.1.3":  checkins.FactInvalid, // bad syntax
	"5.1.6":  checkins.FactInvalid, // moved, no forwarding
	"5.1.10": checkins.FactInvalid, // null MX
	"5.2.0":  checkins.FactUnreachable,
	"5.2.1":  checkins.FactUnreachable, // disabled
	"5.2.2":  checkins.FactFull,
	"5.4.1":  checkins.FactUnreachable,
	"5.4.4":  checkins.FactUnreachable,
}

// recipientFact reads a permanent refusal at RCPT. Without an enhanced code,
// 550, 551 and 553 speak of the mailbox (RFC 5321 §4.2.3), though some servers
// use 550 for policy as well: so it is unreachable, not invalid.
func recipientFact(code int, enhancedCode string) checkins.Fact {
	if enhancedCode != "" {
		return recipientFacts[enhancedCode]
	}
	if code == 550 || code == 551 || code == 553 {
		return checkins.FactUnreachable
	}
	return checkins.FactNone
}

// closedBeforeMail reports whether a connection turned out closed when MAIL
// was said on it: the server ended it while it was idle, either silently or
// with the 421 that it had sent before (RFC 5321 §3.8).
func closedBeforeMail(err error) bool {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return false
	}
	code := failed.ErrorCode()
	return failed.Reason == gomail.ErrConnCheck || failed.Reason == gomail.ErrSMTPMailFrom && (code == 0 || code == 421)
}

// withContext adds why the caller's time was up, if it was.
func withContext(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return err
}

// enhanced is the enhanced code at the start of a server's text, or empty.
func enhanced(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	parts := strings.Split(first, ".")
	if len(parts) != 3 {
		return ""
	}
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err != nil || n < 0 || n > 999 {
			return ""
		}
	}
	return first
}

// maxQueueID bounds what we keep of a server's own words.
const maxQueueID = 64

// queueID is the id in a server's "250 2.0.0 OK: queued as 4ZX…", in the
// common spellings; empty where there is none.
func queueID(response string) string {
	words := strings.FieldsFunc(response, func(r rune) bool { return r <= ' ' || strings.ContainsRune("()<>[],;", r) })
	for i, word := range words {
		lower := strings.ToLower(word)
		id := ""
		switch next := i + 1; {
		case strings.HasPrefix(lower, "id="):
			id = word[len("id="):]
		case next < len(words) && (lower == "as" && i > 0 && strings.EqualFold(words[i-1], "queued") || lower == "id" || lower == "id:"):
			id = words[next]
		case next+1 < len(words) && strings.EqualFold(words[next], "Message") && strings.EqualFold(words[next+1], "accepted") && enhanced(word) == "":
			id = word // as OpenSMTPD and Sendmail put it
		}
		if id != "" && len(id) <= maxQueueID && !strings.Contains(id, "@") {
			return id
		}
	}
	return ""
}
