package checkins

import (
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Forever is the end of a pause that was given none. It is an instant like any
// other, so that pause, LATER and quiet hours after hard words are one column
// and one comparison.
var Forever = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)

// Participant is an adult enrolled in the programme.
type Participant struct {
	ID         ParticipantID
	Name       string        // as they want to be called; may be empty
	Zone       string        // IANA name
	Region     string        // the state or country that they say they live in, "US-TX" (ISO 3166); empty = not said
	Local      *pace.Region  // its stricter hours, where the installation keeps to them; nil = none. Never stored
	Locale     string        // "en"
	Discreet   bool          // wordings for a lock screen that others may read
	Hours      pace.Span     // quiet before and after, local
	QuietUntil time.Time     // nothing that we start goes out before it; zero = no quiet
	Spacing    time.Duration // least time between two messages that we start, over all plans; 0 = none. Grows with silence
	Silence    Silence       // how far silence has led since the person was last heard
	CareSentAt time.Time     // when a help text last went out unasked; purged within a day (rule 11)
	Acks       Acks          // how much is said back to an answer
	Keep       Keep          // what is kept of an answer (C01)
	Shares     Sharing       // what the operator may see
	Codes      bool          // six digits to the phone open the journal, as a link to a mailbox does
	NotThese   []PracticeID  // never suggested again, because the person said so
	WordsDays  int           // for how many days what they write is kept; 0 = as long as the house keeps it
	SelfJoined bool          // came by a text of their own; of those who never say yes nothing is left after a week
	StopSaidAt time.Time     // when a text last said how to leave (A07); zero = none did
	Digest     DigestChoice  // how and when the weekly digest comes
	Weekly     Weekly        // where it stands
	CreatedAt  time.Time
}

// Acks is how much is said back to an answer. The zero value is normal.
type Acks string

// The choices. Questions that were asked for, changes and help are answered
// whatever the choice.
const (
	AcksNormal Acks = "normal" // what was understood
	AcksShort  Acks = "short"  // that it was noted
	AcksNone   Acks = "none"   // nothing
)

// Keep is what is kept of an answer (C01). The zero value is everything: the
// choice is made at joining.
type Keep string

// The choices.
const (
	KeepEverything Keep = "everything" // words too
	KeepNumbers    Keep = "numbers"    // outcome and ratings
	KeepAnswered   Keep = "answered"   // the outcome alone: that there was an answer
)

// Location is the participant's zone; UTC where the name is not known to this
// system, which the store's checks make a matter of a damaged row.
func (p Participant) Location() *time.Location {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// isZone reports whether name is an IANA zone that this system knows.
func isZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// QuietAt reports whether nothing that we start may go out at now.
func (p Participant) QuietAt(now time.Time) bool { return now.Before(p.QuietUntil) }

func (p Participant) settings() Settings {
	digest := p.Digest
	return Settings{
		QuietUntil: p.QuietUntil, Spacing: p.Spacing, Zone: p.Zone, Region: p.Region, NotThese: p.NotThese, Keep: p.Keep,
		Acks: p.Acks, Discreet: p.Discreet, Locale: p.Locale, Hours: p.Hours, Shares: p.Shares, Codes: p.Codes, Digest: &digest,
	}
}

// HoursOn is the hours of a channel on a local date: the person's own, and for
// texts no more than their state or country has for them (A21). They are empty
// where it has none that day.
func (p Participant) HoursOn(date pace.Date, c Channel) pace.Span {
	if c != SMS {
		return p.Hours
	}
	return p.Hours.Within(p.Local.On(date))
}

// InHours reports whether t lies in the hours in which we may begin (A20).
func (p Participant) InHours(t time.Time, c Channel) bool {
	local := t.In(p.Location())
	return p.HoursOn(pace.DateOf(local), c).Has(clockOf(local))
}

// HoursEnd is the end of the hours on t's local date.
func (p Participant) HoursEnd(t time.Time, c Channel) time.Time {
	date := pace.DateOf(t.In(p.Location()))
	end, _ := pace.Instant(date, p.HoursOn(date, c).To, p.Location())
	return end
}

// searchedDays is for how many days on end hours are looked for.
const searchedDays = 14

// NextInHours is t, or the first instant after it at which we may begin; zero
// where the next two weeks have none.
func (p Participant) NextInHours(t time.Time, c Channel) time.Time {
	if p.InHours(t, c) {
		return t
	}
	local := t.In(p.Location())
	for i := range searchedDays {
		date := pace.DateOf(local).AddDays(i)
		hours := p.HoursOn(date, c)
		open, how := pace.Instant(date, hours.From, p.Location())
		if hours.From < hours.To && how != pace.NoInstant && open.After(t) {
			return open
		}
	}
	return time.Time{}
}

func clockOf(local time.Time) pace.Clock { return pace.Clock(local.Hour()*60 + local.Minute()) }

// AddressState is what we may do with an address. The zero value is none of
// them, and nothing may be sent to it.
type AddressState string

// The states of an address.
const (
	Invited    AddressState = "invited"    // an operator entered it; only the opt-in question may go there
	Pending    AddressState = "pending"    // the opt-in question went out and was not answered yet
	Active     AddressState = "active"     // the person said yes
	Held       AddressState = "held"       // deliveries fail; asked about elsewhere
	Stopped    AddressState = "stopped"    // by the person
	Suppressed AddressState = "suppressed" // by the provider
	Invalid    AddressState = "invalid"    // no such number or mailbox
)

// Address is one number or mailbox of a participant.
type Address struct {
	ID         AddressID
	Channel    Channel
	Value      string // E.164 number or mailbox
	State      AddressState
	Consented  bool      // the last row of the ledger for this address is a yes
	AskedAt    time.Time // when the opt-in question was last put; zero = never
	StateSince time.Time
}

// ConsentTopic is what a row of the ledger is about.
type ConsentTopic string

// The topics.
const (
	ToMessages ConsentTopic = "messages" // to be written to at this address
	ToWords    ConsentTopic = "words"    // that free words are kept (C01)
	ToDigest   ConsentTopic = "digest"   // to the weekly digest, apart from all else
)

// Consent is one row of the append-only ledger: what was agreed to or
// withdrawn, in which words, how, and when (A02).
type Consent struct {
	ID      ConsentID
	Address AddressID
	Topic   ConsentTopic
	Given   bool   // false = withdrawn; the zero value is no consent
	Wording string // name and version of the words shown, "opt_in/1"
	Shown   string // the words that were shown
	Words   string // what the person wrote or pressed
	Route   Route
	Proof   string // MessageSid, Message-ID or IP
	At      time.Time
}

// Route is the way a wish of the person reached us.
type Route string

// The routes.
const (
	BySMS      Route = "sms"
	ByEmail    Route = "email"
	ByPage     Route = "page"
	ByOperator Route = "operator"
	ByService  Route = "service" // silence, outages: the service's own steps
)

// CanonicalAddress is the form in which an address is kept and looked up: a
// number as it is (E.164), a mailbox in lower case.
func CanonicalAddress(c Channel, value string) string {
	if c == Email {
		return strings.ToLower(strings.TrimSpace(value))
	}
	return strings.TrimSpace(value)
}

// KeepsWords reports whether the words of an answer are kept.
func (k Keep) KeepsWords() bool { return !k.dropsWords() }
