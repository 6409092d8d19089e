package checkins

import "time"

// Gate is what must be known to decide whether one message may go out.
type Gate struct {
	Kind         Kind
	Address      AddressState
	Consented    bool      // the ledger's last row for the address is a yes
	QuietUntil   time.Time // the person's pause, or quiet after hard words
	PlanEnded    bool      // the message belongs to a plan that does not send any more
	Unwanted     bool      // a digest, and the person does not want one
	Mail         bool      // it goes by mail
	OwnTime      bool      // due at a time that the person picked
	InHours      bool      // now lies in the person's hours
	ExpiresAt    time.Time
	DueAt        time.Time
	Restored     time.Time // when a backup was last restored: what was due before may have been sent; zero = never
	StartedToday int       // messages that we started and that left on this local date
	PerDay       int       // how many of those there may be
	CalmUntil    time.Time // after an outage: until when one message that we start is enough; zero = no outage lately
	InCalm       int       // how many of those left in that time already
	Turn         time.Time // when it could leave by the rate of its sender; zero = at once
}

// Refusal is why a message may not go out; the zero value is "it may".
type Refusal string

// The refusals.
const (
	NotRefused   Refusal = ""
	NoConsent    Refusal = "no consent"
	NotReachable Refusal = "address not active"
	TooLate      Refusal = "late"
	Resting      Refusal = "paused"
	PlanIsOver   Refusal = "plan not active"
	NotWanted    Refusal = "not wanted"
	OutOfHours   Refusal = "outside hours"
	DayIsFull    Refusal = "enough for today"
	OneAnHour    Refusal = "one an hour after an outage"
	Crowded      Refusal = "more than the rate carries" // its turn would come when it is late (A35)
)

// MayWrite is the one place that decides whether a message of a kind may go to
// an address at now. The planner asks it before it writes a message, Begin
// asks it again before the first byte leaves (rule 1), and pages ask it before
// they promise anything.
func MayWrite(g Gate, now time.Time) Refusal {
	switch {
	case !g.reachable():
		return NotReachable
	case g.needsConsent() && !g.Consented:
		return NoConsent
	case !now.Before(g.ExpiresAt), g.DueAt.Before(g.Restored):
		return TooLate
	case !g.Kind.Started():
		return NotRefused // it answers the person, at any hour
	case now.Before(g.QuietUntil):
		return Resting
	case g.PlanEnded:
		return PlanIsOver
	case g.Unwanted:
		return NotWanted
	case !g.OwnTime && !g.InHours:
		return OutOfHours
	case g.StartedToday >= g.PerDay && !(g.Kind == Digest && g.Mail): // one mail a week is not one of the day's prompts
		return DayIsFull
	case now.Before(g.CalmUntil) && g.InCalm > 0:
		return OneAnHour
	case !g.Turn.IsZero() && !g.Turn.Before(g.ExpiresAt):
		return Crowded
	}
	return NotRefused
}

// reachable says which kinds may go to an address in which state. A state or
// kind that is not named here gets nothing.
func (g Gate) reachable() bool {
	switch g.Kind {
	case StopConfirmation:
		return g.Address == Stopped
	case Help: // at any hour, and for paused people; a stopped number hears nothing more
		return g.Address == Active || g.Address == Pending || g.Address == Invited
	case OptIn:
		return g.Address == Invited || g.Address == Pending
	case Prompt, FollowUp, Digest, Answer:
		return g.Address == Active
	}
	return false
}

func (g Gate) needsConsent() bool { return g.Kind.Started() || g.Kind == Answer }

// Disposal is the state of a message that was refused: what may not go out any
// more is withdrawn, what only came too late has expired.
func (r Refusal) Disposal() MessageState {
	if r == TooLate || r == OutOfHours || r == Crowded {
		return Expired
	}
	return Withdrawn
}

// Life is how long after it was due a message is still worth sending (rule 6,
// F05).
func Life(k Kind, p PracticeKind) time.Duration {
	switch k {
	case Answer:
		return 15 * time.Minute
	case StopConfirmation:
		return 5 * time.Minute
	case Help, Digest, OptIn:
		return 24 * time.Hour
	case FollowUp:
		return 3 * time.Hour
	}
	if p == CheckInAsk {
		return 3 * time.Hour
	}
	return 90 * time.Minute
}
