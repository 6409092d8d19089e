package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// MessageState is where a message stands on its way. The states are drawn in
// the package comment.
type MessageState string

// The states of a message.
const (
	Queued           MessageState = "queued"
	Claimed          MessageState = "claimed"
	Sending          MessageState = "sending"
	Accepted         MessageState = "accepted"
	Delivered        MessageState = "delivered"
	Undelivered      MessageState = "undelivered"
	Failed           MessageState = "failed"
	Unknown          MessageState = "unknown"
	UnknownNotResent MessageState = "unknown_not_resent"
	Expired          MessageState = "expired"
	Withdrawn        MessageState = "withdrawn"
)

// MessageStates lists every state, in the order of a message's life.
func MessageStates() []MessageState {
	return []MessageState{Queued, Claimed, Sending, Accepted, Delivered, Undelivered, Failed, Unknown, UnknownNotResent, Expired, Withdrawn}
}

// legal holds every step that a message may take; whatever is not here is
// refused. Nothing leads from unknown back to queued: what may have left is
// never sent again by itself (rule 2). Undelivered leads there once, where the
// provider says that it certainly did not arrive and a later try is worth
// while; should it turn out to have arrived after all, it is delivered.
var legal = map[MessageState][]MessageState{
	Queued:           {Claimed, Delivered, Expired, Withdrawn},
	Claimed:          {Queued, Sending, Delivered, Expired, Withdrawn},
	Sending:          {Queued, Accepted, Delivered, Undelivered, Failed, Unknown, Expired},
	Accepted:         {Delivered, Undelivered, Failed},
	Undelivered:      {Queued},
	Unknown:          {Accepted, Delivered, Undelivered, Failed, UnknownNotResent},
	UnknownNotResent: {Accepted, Delivered, Undelivered, Failed},
}

// MayBecome reports whether a message in state s may go to next.
func (s MessageState) MayBecome(next MessageState) bool { return slices.Contains(legal[s], next) }

// Left reports whether a message in state s left the house, or may have.
func (s MessageState) Left() bool {
	return s != Queued && s != Claimed && s != Expired && s != Withdrawn
}

// Outcome is what one attempt came to. The zero value is the careful one: an
// attempt of which nothing is known may have reached the person.
type Outcome int

// The outcomes of an attempt.
const (
	OutcomeUnknown   Outcome = iota // it may have left; never resent by itself
	OutcomeAccepted                 // the provider took it
	OutcomeTemporary                // certainly not taken; may be tried again
	OutcomePermanent                // certainly not taken; trying again is pointless
)

// String is the name that stands in the database.
func (o Outcome) String() string {
	return [...]string{"unknown", "accepted", "temporary", "permanent"}[o]
}

// Words is what a person gets to read. All but Text is for mail only.
type Words struct {
	Subject string
	Text    string
	HTML    string
	Chart   string // what the picture in HTML is drawn of when it is sent; empty = it has none
}

// Slot is one due moment of a plan. A plan has each (Date, Position, Round)
// once, by a unique key.
type Slot struct {
	Date     pace.Date // the local date
	Position int       // from 0, in the order of the day
	Round    int       // 0 as scheduled; n is the nth LATER of it
}

// Message is rendered words for one address: a row of the outbox.
type Message struct {
	ID          MessageID
	Participant ParticipantID
	Address     AddressID
	Channel     Channel
	Plan        PlanID       // empty for what belongs to no plan
	Slot        Slot         // with Plan
	Week        pace.ISOWeek // of a digest: a person has one for each, by a unique key
	Kind        Kind
	Practice    PracticeID
	Turn        int         // which of the practice's wordings it bears, or which of its parts
	Step        Step        // what of the practice it asks
	Root        MessageID   // the message that opened the exchange; empty = this one
	Asked       reply.After // what an answer to it is an answer to
	Offers      []Offer     // what the numbers that it offers stand for
	Answers     InboundID   // the inbound that it answers
	OwnTime     bool        // due at a time that the person picked: hours do not apply (A20)
	Words       Words
	Encloses    Enclosure // what a mail brings along besides its words
	State       MessageState
	Why         string    // of the last step: "paused", "late", a provider's code
	DueAt       time.Time // when it should arrive
	NotBefore   time.Time // when it may next be tried
	ExpiresAt   time.Time // from here on it is not sent (rule 6)
	BegunAt     time.Time // of the last attempt; zero before the first
	Attempts    int
	CreatedAt   time.Time
}

// Enclosure is what a mail brings along. It is made at the moment of sending, so
// that the outbox holds no copy of it. The zero value is nothing.
type Enclosure string

// EncloseCopy is everything that is kept of the person (C02).
const EncloseCopy Enclosure = "copy"

// Step is what of a practice a message asks. The zero value is the practice
// itself.
type Step string

// The steps. A prompt and its picked practice, their questions and the record
// of the answers are one exchange: see [Message.Exchange].
const (
	StepWhole  Step = ""
	StepBefore Step = "before" // the question before it
	StepPart   Step = "part"   // one of its several questions; Turn says which
	StepAfter  Step = "after"  // the one follow-up
	StepMenu   Step = "menu"   // a list to pick from, which belongs to no reminder
	StepOffer  Step = "offer"  // a practice of the next level, offered

	// The sorts of notices, which ask nothing; see notice.go.
	StepUnclear   Step = "unclear"
	StepUnseen    Step = "unseen"
	StepStopAsked Step = "stop_asked"
)

// Exchange names the exchange that m belongs to: the id of the message that
// opened it. Records name their exchange.
func (m Message) Exchange() MessageID {
	if m.Root != "" {
		return m.Root
	}
	return m.ID
}

// MayWait reports whether m may wait for its turn when much is to be sent:
// nobody has just written and waits for it.
func (m Message) MayWait() bool { return m.Kind.Started() || m.Kind == OptIn && m.Answers == "" }

// Offer is what one number of a list stands for: a practice to begin now, or a
// wish to grant.
type Offer struct {
	Practice PracticeID `json:",omitzero"`
	Wish     *Wish      `json:",omitempty"`
}

// Outgoing is a message at the moment of sending, with the attempt that was
// committed for it.
type Outgoing struct {
	Message
	Attempt   AttemptID
	To        string // E.164 number or mailbox
	InReplyTo string // mail: the Message-ID of the mail that it answers; empty = none
	Enclosed  []File // mail: what Encloses names
}

// File is something that a mail brings along.
type File struct {
	Name string
	Type string // of its content, "text/csv"
	Data []byte
}

// Settlement is what became of an attempt, as far as the call itself told.
type Settlement struct {
	Attempt    AttemptID
	Outcome    Outcome
	Fact       Fact      // what it says about message or address; may be empty
	ProviderID string    // Twilio's MessageSid, the server's queue id
	Code       string    // the provider's code, such as "21610" or "550 5.1.1"
	Hold       Hold      // what it holds back beyond this message
	RetryAt    time.Time // with OutcomeTemporary
	At         time.Time
}

// Fact is something learned about an attempt or an address. Only this package
// maps facts to states.
type Fact string

// The facts.
const (
	FactNone        Fact = ""
	FactAccepted    Fact = "accepted"    // the provider has it
	FactSent        Fact = "sent"        // the provider passed it on
	FactDelivered   Fact = "delivered"   // it arrived
	FactUndelivered Fact = "undelivered" // it was passed on and did not arrive
	FactFailed      Fact = "failed"      // the provider gave up
	FactOptedOut    Fact = "opted_out"   // the provider blocks us on the person's word
	FactInvalid     Fact = "invalid"     // no such number or mailbox
	FactUnreachable Fact = "unreachable" // hard bounce, landline, inactive
	FactBlocked     Fact = "blocked"     // by the person, or by the carrier for them
	FactFull        Fact = "full"        // no room in the mailbox, which passes by itself more often than not
	FactDelayed     Fact = "delayed"     // not there yet, still tried
	FactNotReached  Fact = "not_reached" // it did not arrive this time: a handset that is off
	FactTurnedAway  Fact = "turned_away" // given up for a reason that passes: a full queue, an account out of order
	FactFiltered    Fact = "filtered"    // a carrier took the words for spam
	FactNoTrace     Fact = "no_trace"    // looked for at the provider, and not found
	FactComplaint   Fact = "complaint"   // marked as spam
	FactExpired     Fact = "expired"     // too little time was left to hand it over
)

// Evidence is a later fact about an attempt.
type Evidence struct {
	Attempt    AttemptID // or, where the attempt is not known:
	ProviderID string
	Token      string // or a token of the mail that it is about, for whatever purpose
	Source     string // "send", "callback", "bounce", "complaint", "answer" or SourceList
	Fact       Fact
	Code       string
	Hold       Hold // what it holds back beyond this message
	At         time.Time
}

// Incoming is one message from outside, verified by the channel that brought
// it and not yet understood.
type Incoming struct {
	Channel    Channel
	ProviderID string    // Twilio's MessageSid; a mail's Message-ID, or a hash of it where it has none
	From       string    // E.164 number or mailbox
	Token      string    // the reply token of one of our mails, if it bears one
	Text       string    // what the person wrote, without quotes and signature
	OptOutType string    // Twilio's: STOP, START, HELP, or empty
	Unread     int       // pictures and files that came with it, and that nobody looked at
	Auto       bool      // written by a machine: never answered, never a record
	Aligned    bool      // mail: a valid DKIM signature aligned with From
	At         time.Time // when it reached us
}
