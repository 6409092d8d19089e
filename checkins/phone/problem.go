package phone

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Problem says why Parse refused an input. Its text is stable: pages choose their
// own words by it.
type Problem string

// The reasons for refusing a number.
const (
	Empty      Problem = "empty"
	Unreadable Problem = "unreadable" // letters, an extension, two numbers, or no digits
	NoCountry  Problem = "no_country" // no + and no region, or a country code that does not exist
	TooShort   Problem = "too_short"  // digits missing, often the area code
	TooLong    Problem = "too_long"
	NotInUse   Problem = "not_in_use" // the right length, but the plan has no such number
	NoTexts    Problem = "no_texts"   // a number, but not one that takes texts
	Abroad     Problem = "abroad"     // of a country that is not texted; from a Gate alone
	NoVoIP     Problem = "no_voip"    // an internet line where none is let in; from a Gate alone
)

var problemTexts = map[Problem]string{
	Empty:      "there is no phone number",
	Unreadable: "this cannot be read as one phone number (digits, spaces, dots, hyphens and brackets only, no extension)",
	NoCountry:  "the country of this phone number is unclear; start with + and the country code",
	TooShort:   "this phone number has too few digits; the area code may be missing",
	TooLong:    "this phone number has too many digits",
	NotInUse:   "no country gives out such a phone number; check the digits",
	NoTexts:    "this phone number cannot get texts; give a mobile number",
	Abroad:     "no texts are sent to the country of this phone number",
	NoVoIP:     "this phone number is an internet line; give a mobile number",
}

// An Error is the reason why Parse, or a Gate, refused an input.
type Error struct {
	Problem Problem
	Kind    Kind     // with NoTexts: what sort of line it is
	Country string   // from a Gate: whose number it is, as Country tells
	Allowed []string // from a Gate: the countries that are texted
	Example string   // how a number of the same region is written
}

// Error says what is wrong and how to write a number. It repeats nothing of the input.
func (e *Error) Error() string {
	text := problemTexts[e.Problem]
	switch e.Problem {
	case NoTexts:
		text = fmt.Sprintf("%s (this one is %s)", text, e.Kind)
	case Abroad:
		text = fmt.Sprintf("%s (it is of %s; those of %s are texted)", text, e.Country, strings.Join(e.Allowed, ", "))
	}
	return fmt.Sprintf("phone: %s; write it like %s", text, e.Example)
}

// parseProblem names what the library found.
func parseProblem(err error) Problem {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return NoCountry
	case errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
		return TooShort
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return TooLong
	}
	return Unreadable
}

// lengthProblem looks at the number of digits; "" if that is right.
func lengthProblem(n *phonenumbers.PhoneNumber) Problem {
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.IS_POSSIBLE:
		return ""
	case phonenumbers.INVALID_COUNTRY_CODE:
		return NoCountry
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return TooShort
	case phonenumbers.TOO_LONG:
		return TooLong
	}
	return NotInUse
}
