package checkins

import (
	"context"
	"errors"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// Errors that callers tell apart.
var (
	ErrNotFound   = errors.New("not found")
	ErrDuplicate  = errors.New("already there")            // an inbound that was counted before, an address that is taken
	ErrSuppressed = errors.New("said stop, or was erased") // an address that is known only by its keyed hash
	ErrMailOnly   = errors.New("goes by mail only")
	ErrNotSent    = errors.New("not sent") // withdrawn, expired, waiting for its turn, or refused by the gate, and written down as that
	ErrCrowded    = errors.New("more is due than the sender's rate carries in time")
)

// Who names the person that a decision is about, by one of the ways in which
// the outside world knows them.
type Who struct {
	Participant ParticipantID
	Channel     Channel // with Address
	Address     string  // E.164 number or mailbox
	ReplyToken  string  // the token of one of our mails, where answers go
	MailToken   string  // a token of one of our mails, for whatever purpose: answers or reports
	Attempt     AttemptID
	ProviderID  string // Twilio's MessageSid of one of our messages
	Link        string // the token of a link, with Purpose; one that expired names nobody
	Purpose     LinkPurpose

	Since    time.Time // with it, State.Records holds all records since then, however many
	From, To pace.Date // with To, State.Journal holds the records of these local dates
	Record   CheckInID // with it, State.Journal holds that one of the person's records
}

// DuePlan names a plan whose moment has come.
type DuePlan struct {
	Participant ParticipantID
	Plan        PlanID
}

// State is what a decision may look at. Its Participant is zero when nobody
// is known by Who.
type State struct {
	Participant Participant
	Addresses   []Address
	Plans       []Plan
	Recent      []Message // newest first, without words: the last that we sent or planned
	Records     []CheckIn // newest first: the last few
	Changes     []Change  // newest first: the last few that were not undone
	Own         []OwnPractice
	Done        map[PracticeID]int    // how often each practice was done
	Answered    int                   // answers that we gave in the last hour
	Mailed      int                   // answers by mail in the last 24 hours
	Noticed     map[Step]time.Time    // when each sort of notice last went to Via, within NoticesSince
	Via         AddressID             // the address that Who names, or that its message went to
	Message     *Message              // the message that Who names by token, attempt or provider id
	Attempt     AttemptID             // its attempt, where Who names one
	Journal     []CheckIn             // newest first: the records that Who asks for, none of which was corrected
	Code        Code                  // the code that last went to Via, where Who names a link
	Link        Link                  // the link that Who names, without its token; zero = none
	Outdated    bool                  // a later attempt than that was made since
	Missed      Missed                // with Attempt
	Filtered    int                   // with Attempt: other people to whom the same words were filtered, since FilteredSince
	Started     int                   // messages that we started and that left on the present local date
	Restored    time.Time             // when a backup was last restored; zero = never
	CalmUntil   time.Time             // the end of the hour after an outage; zero = there was none
	InCalm      int                   // messages that we started and that left in that hour
	Turns       map[Channel]time.Time // from when on a channel's sender has a turn to give by its rate; none = it needs none
	Shown       string                // the words of the last opt-in question to Via
	Silent      bool                  // nobody is known, and the address that Who names said stop or was erased
	Heard       Inbound               // the last that the person wrote, by any channel; zero = nothing
	Full        int                   // other mails to the address of Message that found no room, within FullWithin; with Attempt
}

// Known reports whether Who named somebody.
func (s State) Known() bool { return s.Participant.ID != "" }

// Address is the address with that id; zero when there is none.
func (s State) Address(id AddressID) Address {
	for _, a := range s.Addresses {
		if a.ID == id {
			return a
		}
	}
	return Address{}
}

// Reach is the address at which a plan on channel reaches the person: the
// active one, else the first of the channel; zero when there is none.
func (s State) Reach(channel Channel) Address {
	var first Address
	for _, a := range s.Addresses {
		if a.Channel != channel {
			continue
		}
		if a.State == Active {
			return a
		}
		if first.ID == "" {
			first = a
		}
	}
	return first
}

// Plan is the plan with that id, or nil.
func (s State) Plan(id PlanID) *Plan {
	for i := range s.Plans {
		if s.Plans[i].ID == id {
			return &s.Plans[i]
		}
	}
	return nil
}

// Gate is the gate that a message has to pass, on this state.
func (s State) Gate(m Message, perDay int, now time.Time) Gate {
	a := s.Address(m.Address)
	plan := s.Plan(m.Plan)
	return Gate{
		Kind: m.Kind, Address: a.State, Consented: a.Consented,
		QuietUntil: s.Participant.QuietUntil,
		Unwanted:   m.Kind == Digest && s.Participant.Digest.Channel() != m.Channel, Mail: m.Channel == Email,
		PlanEnded: m.Plan != "" && (plan == nil || plan.Status != PlanActive),
		OwnTime:   m.OwnTime, InHours: s.Participant.InHours(now, m.Channel), ExpiresAt: m.ExpiresAt,
		DueAt: m.DueAt, Restored: s.Restored,
		StartedToday: s.Started, PerDay: perDay, CalmUntil: s.CalmUntil, InCalm: s.InCalm, Turn: s.Turns[m.Channel],
	}
}

// Effects is what a decision does. All of it is written in the transaction
// that State was read in, or none.
type Effects struct {
	Participant *Participant // enrolled, or changed
	Addresses   []Address    // new, or changed
	Consents    []Consent
	Plans       []Plan // new, or changed
	Changes     []Change
	Inbound     *Inbound
	CheckIns    []CheckIn
	Own         []OwnPractice // new
	Disclosures []Disclosure  // of what those who run this read
	Requests    []Request     // for the operator; one of a kind that is open already is not written again
	Fulfilled   []RequestKind // of which none is open any more
	Remove      []CheckInID   // records that go, with what they corrected and the texts they came in
	Code        *Code         // new, or tried
	Forget      []CheckInID   // whose words are erased, with the texts they came in
	Takes       []Quota       // what of the day's quotas is used up; where one is, nothing happens
	Split       *CheckIn      // an amendment that is taken back: what it amended stands again
	Messages    []Message     // new
	Links       []Link        // new, for addresses of the person
	Withdraw    []AddressID   // everything not yet begun for these addresses
	Moves       []Move
	Evidence    *Evidence
	Trip        *Breaker  // opened, unless it is open already
	SpeakAgain  []Address // whose suppression ends, because their owner said START
	Erase       *Erasure  // after all else: nothing of the person is left
}

// Missed is how many other attempts did not reach a person, so far as the
// provider told (FactNotReached).
type Missed struct {
	Message int // of the same message
	Lately  int // to the same address, within [MissedSince]
}

// Quota is what may happen only so often on one UTC date, over all instances
// (rule 12).
type Quota struct {
	Name   string // "join"
	Number string // with it, the quota is that of numbers with these first digits; kept as keyed hash
	Most   int
}

// FullError is that the day's quota is used up: nothing was written.
type FullError struct{ Quota string }

func (e *FullError) Error() string { return "the day's quota of " + e.Quota + " is used up" }

// Move takes a message to another state.
type Move struct {
	Message   MessageID
	To        MessageState
	Why       string
	NotBefore time.Time // with Queued
}

// Decider is the one port for whatever decides about a person. It locks the
// person, reads State, calls decide, and writes the Effects in that same
// transaction, so that nothing can be checked and then lose the race. decide
// must be pure; it may be called again after a conflict. ErrDuplicate: the
// inbound was counted before, and nothing was written.
type Decider interface {
	Decide(ctx context.Context, who Who, now time.Time, decide func(State) (Effects, error)) error
}

// Say asks for words: a template and what it may speak of.
type Say struct {
	Template string // "prompt", "noted", "paused" …
	Channel  Channel
	Person   Participant
	Practice PracticeID
	Turn     int            // which of a practice's wordings
	Reading  *reply.Reading // what was understood
	Now      time.Time
	Pace     pace.Pace // how often, with Days and At
	Days     pace.Days
	At       []pace.Clock
	Until    time.Time    // the end of a pause; zero = open
	Next     Due          // the next reminder
	Coming   []Due        // the next reminders
	Choices  []string     // labels of what can be picked by number
	Picks    []PracticeID // the practices among them
	Plans    []Plan       // the person's, where several could be meant; without Plan they can be picked by number
	Plan     PlanID       // the one of Plans that is spoken of
	By       Channel      // the channel that the plan comes by
	Frank    bool         // in full, also where the person is discreet: they asked for it
	Subject  string       // of the mail that is answered
	Own      string       // the person's own practice, in their words
	Code     string       // six digits
	Because  string       // the value that the plan serves, in their words
	Before   *float64     // with a follow-up: the number that was given before
	NotKept  bool         // words were written and are not kept, as the person chose
	Past     []string     // words of the person's own, in closing
	Link     string       // the page that is spoken of; empty = there are none
	Leave    string       // mail: the page that stops it; empty = there is none
}

// Wording gives the words for an occasion. Package templates provides it.
type Wording interface {
	Words(Say) (Words, error)
	Practice(PracticeID) (Practice, bool)
	Practices() []Practice
	Ours(text string) bool                 // whether it is one of our own texts, sent back to us
	Moment(word string) (PracticeID, bool) // the practice that a word asks for in the moment
	TapPlans() []TapPlan
}
