package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// CheckIn is the stored record that came of a reading.
type CheckIn struct {
	ID           CheckInID
	Plan         PlanID    // empty when nothing was asked
	Message      MessageID // the prompt that it answers; may be empty
	Inbound      InboundID
	Practice     PracticeID
	Kind         PracticeKind
	Channel      Channel
	Date         pace.Date // the person's local date
	At           time.Time
	Outcome      reply.Outcome // empty = not said
	RatingBefore *float64      // 0 to 10 in halves; nil = not said
	Rating       *float64
	Feelings     []string
	Sensations   []string
	Note         string
	Expectation  string    // what the person expected, asked before
	Remembered   bool      // RatingBefore was asked for only afterwards
	Amends       CheckInID // the record that this one corrects; that one is kept
}

// did reports whether the thing was done, all of it or a part.
func (c CheckIn) did() bool {
	return c.Outcome == reply.OutcomeDone || c.Outcome == reply.OutcomePartly
}

// Change is one alteration of a plan or of the person's settings, with what it
// replaced, whatever route it came by.
type Change struct {
	ID     ChangeID
	Plan   PlanID // empty = the person's own settings
	Kind   string // "pause", "resume", "later", …
	Before Settings
	After  Settings
	Words  string // private: with "because", the words that it replaced
	Route  Route
	At     time.Time
	Undone bool
}

// Settings is what a Change can alter, so that UNDO can put it back: of the
// person, or of a plan. Nothing in it is private.
type Settings struct {
	QuietUntil time.Time     `json:"quiet_until,omitzero"`
	Spacing    time.Duration `json:"spacing,omitzero"`
	Zone       string        `json:"zone,omitempty"`
	Region     string        `json:"region,omitempty"`
	Pace       string        `json:"pace,omitempty"`
	Days       pace.Days     `json:"days,omitzero"`
	At         []pace.Clock  `json:"at,omitempty"`
	Window     pace.Window   `json:"window,omitzero"`
	Channel    Channel       `json:"channel,omitempty"`
	Status     PlanStatus    `json:"status,omitempty"`
	Practices  []PracticeID  `json:"practices,omitempty"`
	NotThese   []PracticeID  `json:"not_these,omitempty"`
	Keep       Keep          `json:"keep,omitempty"`
	Digest     *DigestChoice `json:"digest,omitempty"`
	Acks       Acks          `json:"acks,omitempty"`
	Discreet   bool          `json:"discreet,omitempty"`
	Locale     string        `json:"locale,omitempty"`
	Hours      pace.Span     `json:"hours,omitzero"`
	Shares     Sharing       `json:"shares,omitempty"`
	Codes      bool          `json:"codes,omitempty"`
	Plans      []PlanID      `json:"plans,omitempty"`   // finish: those that it ended
	Resting    []PlanID      `json:"resting,omitempty"` // of the person: the plans at rest
}

// Inbound is one verified message from outside, as it is kept.
type Inbound struct {
	ID         InboundID
	Channel    Channel
	ProviderID string // counted once for each person (rule 4)
	Text       string
	Auto       bool // written by a machine: it does not end a silence
	At         time.Time
}
