package twilio

import (
	"strconv"

	"github.com/microreach/microreach/checkins"
)

// statuses are Twilio's words for where a message stands (REQUIREMENTS A34).
// They may come in any order; the domain ranks the facts.
var statuses = map[string]checkins.Fact{
	"accepted":            checkins.FactAccepted,
	"scheduled":           checkins.FactAccepted,
	"queued":              checkins.FactAccepted,
	"sending":             checkins.FactAccepted,
	"sent":                checkins.FactSent,
	"partially_delivered": checkins.FactSent, // not all of it is known to have arrived
	"delivered":           checkins.FactDelivered,
	"read":                checkins.FactDelivered,
	"undelivered":         checkins.FactUndelivered,
	"failed":              checkins.FactFailed,
	"canceled":            checkins.FactFailed,
}

func factOf(status string) (fact checkins.Fact, known bool) {
	fact, known = statuses[status]
	return fact, known
}

// evidence is what a status and an error code say together. The code of a
// message that failed may say more than that: that the person opted out, or
// that there is no such number.
func evidence(status, errorCode string) (ev checkins.Evidence, known bool) {
	ev.Fact, known = factOf(status)
	row, ok := rowOf(errorCode)
	if !ok {
		return ev, known
	}
	ev.Code = strconv.Itoa(row.Code)
	failed := ev.Fact == checkins.FactFailed || ev.Fact == checkins.FactUndelivered
	if !failed {
		return ev, known
	}
	ev.Hold = row.Hold
	switch {
	case row.Fact == checkins.FactExpired: // it had been taken, so it did not expire with us
	case row.Fact != checkins.FactNone:
		ev.Fact = row.Fact
	case row.Outcome == checkins.OutcomeTemporary:
		ev.Fact = checkins.FactTurnedAway
	}
	return ev, known
}

// rowOf is the row of a code in writing; ok is false where there is none.
func rowOf(errorCode string) (row CodeRow, ok bool) {
	code, err := strconv.Atoi(errorCode)
	if err != nil || code <= 0 {
		return CodeRow{}, false
	}
	return Lookup(code), true
}
