// Package phone reads the phone numbers that people type, and says what can be
// known of a number without asking anybody: whether texts can reach it, which
// country it belongs to, and sometimes the zone of its holder.
//
// It is used where a number enters: at enrolment, and for an operator's commands.
// From there on a number is its E.164 form, and nothing reads it again. The
// numbering plans come from nyaruka/phonenumbers, the port of Google's libphonenumber.
package phone

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Kind is what sort of line a number is, as far as its digits tell. The zero value
// is UnknownKind, which gets no texts.
type Kind uint8

// The kinds of number.
const (
	UnknownKind Kind = iota // no number of any plan that is known
	Mobile                  // certainly a mobile
	MaybeMobile             // a plan that gives mobiles and landlines the same numbers (US, Canada)
	VoIP                    // an internet line: gets texts, but costs a fraudster nothing (REQUIREMENTS E07)
	Landline                // certainly fixed: a text would be lost, or read out by a machine
	TollFree                // the holder pays
	Premium                 // the caller pays extra
	SharedCost              // both pay
	OtherKind               // pager, voice mail, satellite, personal and company numbers
)

// TakesTexts reports whether a text can be expected to reach a number of kind k.
// VoIP is among them; public joining refuses it on its own account.
func (k Kind) TakesTexts() bool { return k == Mobile || k == MaybeMobile || k == VoIP }

// String names the kind for logs and JSON.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[UnknownKind]
}

var kindNames = [...]string{
	UnknownKind: "unknown", Mobile: "mobile", MaybeMobile: "maybe_mobile", VoIP: "voip", Landline: "landline",
	TollFree: "toll_free", Premium: "premium", SharedCost: "shared_cost", OtherKind: "other",
}

var kinds = map[phonenumbers.PhoneNumberType]Kind{
	phonenumbers.MOBILE:               Mobile,
	phonenumbers.FIXED_LINE_OR_MOBILE: MaybeMobile,
	phonenumbers.VOIP:                 VoIP,
	phonenumbers.FIXED_LINE:           Landline,
	phonenumbers.TOLL_FREE:            TollFree,
	phonenumbers.PREMIUM_RATE:         Premium,
	phonenumbers.SHARED_COST:          SharedCost,
	phonenumbers.PERSONAL_NUMBER:      OtherKind,
	phonenumbers.PAGER:                OtherKind,
	phonenumbers.UAN:                  OtherKind,
	phonenumbers.VOICEMAIL:            OtherKind,
}

// Parse reads a number as people write it (spaces, dots, brackets, full-width
// digits, "tel:") and returns it in E.164 form, such as +12025550147. A number
// without + is read as one of region, an ISO 3166 code such as "US"; with region ""
// the + is required. Only numbers that take texts are accepted.
//
// Every error is an *Error. It holds no digit of the number, so it may be logged.
func Parse(input, region string) (e164 string, err error) {
	text := trimScheme(strings.TrimFunc(input, invisible))
	e164, kind, problem := parse(text, strings.ToUpper(region))
	if problem == "" {
		return e164, nil
	}
	if problem != Empty && problem != Unreadable && strings.HasPrefix(text, "00") {
		problem = NoCountry // abroad, as dialled from somewhere else
	}
	return "", &Error{Problem: problem, Kind: kind, Example: example(region)}
}

// A Gate is who may be texted (REQUIREMENTS E07). Its zero value lets no number in.
type Gate struct {
	Region    string   // as in Parse: the country of a number without +
	Countries []string // the ISO 3166 codes whose numbers are let in; none = no number
	VoIP      bool     // internet lines too: right for whom an operator enrols, not for public joining
}

// Parse reads a number as the function Parse does, and lets in only what g allows:
// NoVoIP and Abroad are the problems that it adds.
func (g Gate) Parse(input string) (e164 string, err error) {
	e164, err = Parse(input, g.Region)
	if err != nil {
		return "", err
	}
	e := &Error{Kind: KindOf(e164), Country: Country(e164), Allowed: g.Countries, Example: example(g.Region)}
	switch {
	case !slices.Contains(g.Countries, e.Country):
		e.Problem = Abroad
	case e.Kind == VoIP && !g.VoIP:
		e.Problem = NoVoIP
	default:
		return e164, nil
	}
	return "", e
}

func parse(text, region string) (e164 string, kind Kind, problem Problem) {
	switch {
	case text == "":
		return "", UnknownKind, Empty
	case strings.IndexFunc(text, unicode.IsLetter) >= 0 || strings.ContainsAny(text, ",;#*@&="):
		return "", UnknownKind, Unreadable // words, an extension, two numbers: never guess whom to write to
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", UnknownKind, parseProblem(err)
	}
	if p := lengthProblem(n); p != "" {
		return "", UnknownKind, p
	}
	if !phonenumbers.IsValidNumber(n) {
		return "", UnknownKind, NotInUse
	}
	e164 = phonenumbers.Format(n, phonenumbers.E164)
	if kind = KindOf(e164); !kind.TakesTexts() {
		return "", kind, NoTexts
	}
	return e164, kind, ""
}

// invisible reports white space and the format characters that come along when a
// number is copied from a contact list.
func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// trimScheme removes the scheme of a link (RFC 3966), in any case.
func trimScheme(text string) string {
	for _, scheme := range []string{"tel:", "sms:"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return text[len(scheme):]
		}
	}
	return text
}

// read takes a stored E.164 number apart; nil if it is none.
func read(e164 string) *phonenumbers.PhoneNumber {
	if !strings.HasPrefix(e164, "+") {
		return nil
	}
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return nil
	}
	return n
}

// KindOf returns what sort of line an E.164 number is; UnknownKind if it is none.
// World-wide numbers (satellite phones and the like) are OtherKind whatever they
// are used for: a text to one costs like a premium call.
func KindOf(e164 string) Kind {
	n := read(e164)
	switch {
	case n == nil || !phonenumbers.IsValidNumber(n):
		return UnknownKind
	case !KnownCountry(phonenumbers.GetRegionCodeForNumber(n)):
		return OtherKind
	}
	return kinds[phonenumbers.GetNumberType(n)]
}

// Country returns the ISO 3166 code of the country or territory that an E.164
// number belongs to, or "" where there is none (satellite and other world-wide
// numbers among them).
func Country(e164 string) string {
	n := read(e164)
	if n == nil {
		return ""
	}
	region := phonenumbers.GetRegionCodeForNumber(n)
	if !KnownCountry(region) {
		return ""
	}
	return region
}

// KnownCountry reports whether code is an ISO 3166 code, in upper case, with a
// numbering plan.
func KnownCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

// Zone guesses the IANA zone of an E.164 number's holder. It answers only where the
// digits leave one zone; even then the holder may have moved and kept the number,
// so it is for suggesting, never for deciding.
func Zone(e164 string) (name string, ok bool) {
	if zones := Zones(e164); len(zones) == 1 {
		return zones[0], true
	}
	return "", false
}

// Zones lists the IANA zones in which an E.164 number's holder may live, as far as
// its digits tell, in alphabetical order; none where they tell nothing.
func Zones(e164 string) []string {
	n := read(e164)
	if n == nil || !phonenumbers.IsValidNumber(n) {
		return nil
	}
	prefix := e164
	if phonenumbers.GetLengthOfGeographicalAreaCode(n) == 0 {
		// A mobile of the whole country: the library would answer with the zone of
		// the capital, so all of the country's zones count.
		prefix = strconv.Itoa(int(n.GetCountryCode()))
	}
	found, err := phonenumbers.GetTimezonesForPrefix(prefix)
	if err != nil {
		return nil
	}
	var zones []string
	for _, name := range found {
		if now, renamed := renamedZones[name]; renamed {
			name = now
		}
		if _, err := time.LoadLocation(name); err != nil || name == phonenumbers.UNKNOWN_TIMEZONE || slices.Contains(zones, name) {
			continue // newer than this system's zone data, or none at all
		}
		zones = append(zones, name)
	}
	slices.Sort(zones)
	return zones
}

// renamedZones holds the names that the library still uses and that IANA has
// replaced; some systems no longer install the old ones.
var renamedZones = map[string]string{
	"Africa/Asmera":        "Africa/Asmara",
	"America/Buenos_Aires": "America/Argentina/Buenos_Aires",
	"America/Godthab":      "America/Nuuk",
	"Asia/Calcutta":        "Asia/Kolkata",
	"Asia/Choibalsan":      "Asia/Ulaanbaatar",
	"Asia/Katmandu":        "Asia/Kathmandu",
	"Asia/Rangoon":         "Asia/Yangon",
	"Atlantic/Faeroe":      "Atlantic/Faroe",
	"Pacific/Enderbury":    "Pacific/Kanton",
	"Pacific/Ponape":       "Pacific/Pohnpei",
	"Pacific/Truk":         "Pacific/Chuuk",
}

// example is a number of region that shows how to write one.
func example(region string) string {
	n := phonenumbers.GetExampleNumberForType(strings.ToUpper(region), phonenumbers.MOBILE)
	if n == nil {
		n = phonenumbers.GetExampleNumberForType("US", phonenumbers.MOBILE)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}
