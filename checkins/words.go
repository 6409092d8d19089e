package checkins

// Every string with a meaning has a type, so that no two can be confused.
type (
	ParticipantID string
	AddressID     string
	PlanID        string
	PracticeID    string
	MessageID     string
	AttemptID     string
	InboundID     string
	CheckInID     string
	ChangeID      string
	ConsentID     string
	TapPlanID     string
)

// Channel is a way to reach a person. The zero value is none.
type Channel string

// The channels.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
)

// PracticeKind sorts the catalogue.
type PracticeKind string

// The kinds of practice.
const (
	Reach      PracticeKind = "reach"
	Boundary   PracticeKind = "boundary"
	Journal    PracticeKind = "journal"
	ValueKind  PracticeKind = "value"
	Thought    PracticeKind = "thought"
	Ground     PracticeKind = "ground"
	CheckInAsk PracticeKind = "check_in"
)

// Kind is what a message is for. It decides how long the message stays worth
// sending and which gate it must pass. The zero value may never be sent.
type Kind string

// The kinds of message. Prompt, FollowUp and Digest are started by us; the
// others answer something that the person did.
const (
	Prompt           Kind = "prompt"
	FollowUp         Kind = "follow_up"
	Digest           Kind = "digest"
	OptIn            Kind = "opt_in"
	Answer           Kind = "answer"
	StopConfirmation Kind = "stop_confirmation"
	Help             Kind = "help" // HELP, and the fixed crisis text: one kind, so that neither can be told from the other (rule 11)
)

// Started reports whether we begin the conversation with a message of kind k.
func (k Kind) Started() bool { return k == Prompt || k == FollowUp || k == Digest }
