package checkins

import (
	"fmt"
	"strings"
	"time"
)

// Hold says what an error holds back beyond its own message: an account that is
// suspended is nobody's fault, and every further message would fail alike. The
// zero value is nothing.
type Hold string

// The holds.
const (
	HoldNothing Hold = ""
	HoldChannel Hold = "channel" // the account, or the mail server: every message of the channel
	HoldUS      Hold = "us"      // the sender is not registered: every text to a number of +1
)

// Breaker is what is held back, as a row, so that it holds for every process.
// While it is open, messages stay queued until they expire; after ProbeAt one of
// them tries, and what becomes of it closes the breaker or keeps it open for
// longer. An operator may close it at any time.
type Breaker struct {
	Name     string // what is held back: "sms", "email", "sms +1", "words prompt/one-feeling//0"
	Code     string // of the error that opened it
	Source   string // of what opened it: "send" or "callback"
	OpenedAt time.Time
	ProbeAt  time.Time // zero = no message tries, and only an operator closes it
	Probes   int
}

// BreakerOf names the breaker of a hold on a channel.
func BreakerOf(h Hold, c Channel) string {
	if h == HoldUS {
		return string(c) + " +1"
	}
	return string(c)
}

// wordsBreaker names the breaker of the words that m bears: everybody's messages
// with the same wording of the same practice.
func wordsBreaker(m Message) string {
	return fmt.Sprintf("words %s/%s/%s/%d", m.Kind, m.Practice, m.Step, m.Turn)
}

// HeldBy names the breakers that hold m back while they are open. to is where
// it goes.
func HeldBy(m Message, to string) []string {
	names := []string{BreakerOf(HoldChannel, m.Channel)}
	if m.Channel == SMS && strings.HasPrefix(to, "+1") {
		names = append(names, BreakerOf(HoldUS, SMS))
	}
	if m.Kind.Started() {
		names = append(names, wordsBreaker(m))
	}
	return names
}

// ProbeAfter is how long a breaker waits before one more message tries: a
// minute, doubled with each that failed, up to 15 minutes.
func ProbeAfter(probes int) time.Duration {
	return min(time.Minute<<min(max(probes, 0), 4), 15*time.Minute)
}

// Words that a carrier took for spam with three people in three days are not
// sent any more, until an operator has looked at them (REQUIREMENTS A6).
const (
	FilteredSince = 3 * day
	filteredMost  = 3
)

// trip is the breaker that evidence opens; nil = none.
func trip(s State, e Evidence) *Breaker {
	b := Breaker{Code: e.Code, Source: e.Source, OpenedAt: e.At, ProbeAt: e.At.Add(ProbeAfter(0))}
	switch {
	case e.Hold != HoldNothing:
		b.Name = BreakerOf(e.Hold, s.Message.Channel)
	case e.Fact == FactFiltered && s.Message.Kind.Started() && s.Filtered+1 >= filteredMost:
		b.Name, b.ProbeAt = wordsBreaker(*s.Message), time.Time{}
	default:
		return nil
	}
	return &b
}
