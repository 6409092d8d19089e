package notifier

import (
	"errors"
	"fmt"
	"time"

	"github.com/microreach/microreach/checkins"
)

// SendError is the error of a Sender: the facts that decide what may be done
// next. Its zero Outcome is unknown, so a half-filled one never leads to a
// second message.
type SendError struct {
	Outcome    checkins.Outcome
	Fact       checkins.Fact // what it says about the address; may be empty
	Code       string        // the provider's code, such as "21610" or "550 5.1.1"; never text of a message
	Hold       checkins.Hold // what it holds back beyond its message
	Alert      string        // what an operator must hear, without any data of the message; empty = nothing
	RetryAfter time.Duration // what the provider asked for; 0 = nothing
	Err        error
}

// Error names the outcome, the code and the cause.
func (e *SendError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("send: %v: %v", e.Outcome, e.Err)
	}
	return fmt.Sprintf("send: %v (code %s): %v", e.Outcome, e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// OutcomeOf is what err says about an attempt: nil is accepted, a SendError
// says so itself, anything else is unknown (rule 3).
func OutcomeOf(err error) checkins.Outcome {
	var se *SendError
	switch {
	case err == nil:
		return checkins.OutcomeAccepted
	case errors.As(err, &se):
		return se.Outcome
	}
	return checkins.OutcomeUnknown
}
