package checkins

import (
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// A restored backup knows nothing of what came after it: not who said STOP, and
// not what was sent. So it is merged towards silence with whatever is known from
// elsewhere, nothing that was due before the restoring is sent any more, and
// nothing at all leaves before an operator has seen what would.

// The names under which it is noted that a backup was restored, and that nothing
// leaves until it is released.
const (
	AfterRestore = "restored"
	UntilRelease = "held since restore"
)

// Stop is one line of the list of those who must be left alone, which is kept
// beside the backups: an address that fell silent, by its keyed hash, or a person
// who was erased.
type Stop struct {
	At      time.Time
	Channel Channel // with Index
	Index   string  // keyed hash of the address
	State   AddressState
	Person  ParticipantID // who was erased; then the rest is empty
}

// Hush is what is known of a person from after the backup. The zero value is
// nothing.
type Hush struct {
	Stops      map[AddressID]Stop // the last of each address
	QuietUntil time.Time
	Keep       Keep
}

// Restored makes of a person out of a backup whoever they were when they were
// last known: what is quieter wins. Nothing of the present local date comes any
// more, since it may have been sent in the time that was lost.
func (h House) Restored(s State, q Hush, now time.Time) Effects {
	who, e := s.Participant, Effects{}
	if q.QuietUntil.After(who.QuietUntil) {
		who.QuietUntil, e.Participant = q.QuietUntil, &who
	}
	if q.Keep.lessThan(who.Keep) {
		who.Keep, e.Participant = q.Keep, &who
	}
	if who.restartDigest(now) {
		e.Participant = &who
	}
	s.Participant = who
	for _, p := range s.Plans {
		if p.restart(who, now) {
			e.Plans = append(e.Plans, p)
		}
	}
	s = s.with(e.Plans)
	for _, a := range s.Addresses {
		stop, known := q.Stops[a.ID]
		if !known || a.State == Stopped || stop.At.Before(a.StateSince) {
			continue // it is silent, or its owner came back after that stop
		}
		s = s.with(e.Plans)
		h.stopAddress(&e, s, a, Consent{Route: ByService, Proof: "restored", Wording: string(stop.State)}, now)
		last := &e.Addresses[len(e.Addresses)-1]
		if last.StateSince = stop.At; stop.State == Suppressed || stop.State == Invalid {
			last.State = stop.State
		}
	}
	return e
}

// lessThan reports whether k keeps less of an answer than other does.
func (k Keep) lessThan(other Keep) bool {
	order := map[Keep]int{KeepAnswered: -2, KeepNumbers: -1} // everything is 0
	return order[k] < order[other]
}

// tomorrow is when the person's next local date begins.
func (p Participant) tomorrow(now time.Time) time.Time {
	loc := p.Location()
	at, _ := pace.Instant(pace.DateOf(now.In(loc)).AddDays(1), 0, loc)
	return at
}

// restartDigest moves the person's digest past the present local date, and
// reports whether it had to.
func (p *Participant) restartDigest(now time.Time) bool {
	tomorrow := p.tomorrow(now)
	if p.Weekly.Due.IsZero() || !p.Weekly.Due.Before(tomorrow) {
		return false
	}
	p.Weekly.Last, p.Weekly.Until = p.Weekly.Week, p.Weekly.Due
	p.Weekly.Week, p.Weekly.Due = p.NextDigest(tomorrow.Add(-time.Millisecond))
	return true
}

// restart moves a plan past the present local date, and reports whether it had to.
func (p *Plan) restart(who Participant, now time.Time) bool {
	tomorrow := who.tomorrow(now)
	eve := tomorrow.Add(-time.Millisecond)
	changed := false
	if !p.Later.At.IsZero() && p.Later.At.Before(tomorrow) {
		p.Later, changed = Due{}, true
	}
	if !p.Next.At.IsZero() && p.Next.At.Before(tomorrow) {
		p.Next, changed = p.NextDue(who, eve), true
	}
	return changed
}

// String is the stop as a line of the list, without anything that names anybody.
func (s Stop) String() string {
	when := s.At.UTC().Format(stopTime)
	if s.Person != "" {
		return when + " person " + string(s.Person) + " erased"
	}
	return when + " " + string(s.Channel) + " " + s.Index + " " + string(s.State)
}

// stopTime is RFC 3339 with milliseconds, the same width for every instant.
const stopTime = "2006-01-02T15:04:05.000Z"

// ParseStop reads a line as String writes it; not ok where it is none.
func ParseStop(line string) (stop Stop, ok bool) {
	words := strings.Fields(line)
	if len(words) != 4 {
		return Stop{}, false
	}
	at, err := time.Parse(stopTime, words[0])
	if err != nil {
		return Stop{}, false
	}
	if words[1] == "person" {
		return Stop{At: at, Person: ParticipantID(words[2])}, words[3] == "erased"
	}
	stop = Stop{At: at, Channel: Channel(words[1]), Index: words[2], State: AddressState(words[3])}
	silent := stop.State == Stopped || stop.State == Suppressed || stop.State == Invalid
	return stop, silent && (stop.Channel == SMS || stop.Channel == Email)
}
