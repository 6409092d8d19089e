package checkins_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

// A row for each state, with the states that may follow it.
const legalSteps = `
queued             claimed delivered expired withdrawn
claimed            queued sending delivered expired withdrawn
sending            queued accepted delivered undelivered failed unknown expired
accepted           delivered undelivered failed
delivered
undelivered        queued
failed
unknown            accepted delivered undelivered failed unknown_not_resent
unknown_not_resent accepted delivered undelivered failed
expired
withdrawn
`

func TestEveryPairOfStatesIsLegalOrRefused(t *testing.T) {
	legal := map[string]bool{}
	rows := 0
	for line := range strings.SplitSeq(strings.TrimSpace(legalSteps), "\n") {
		words := strings.Fields(line)
		rows++
		for _, to := range words[1:] {
			legal[words[0]+" "+to] = true
		}
	}
	states := checkins.MessageStates()
	if rows != len(states) {
		t.Fatalf("the table has %d rows for %d states", rows, len(states))
	}
	for _, from := range states {
		for _, to := range states {
			if got := from.MayBecome(to); got != legal[fmt.Sprintf("%s %s", from, to)] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
	}
}

func TestWhatMayHaveLeftNeverGoesBackIntoTheQueue(t *testing.T) {
	for _, from := range checkins.MessageStates() {
		certainlyNotThere := from == checkins.Sending || from == checkins.Undelivered // as the provider said
		if from.Left() && !certainlyNotThere && from.MayBecome(checkins.Queued) {
			t.Errorf("%s may be queued again", from)
		}
	}
}

func TestTheZeroValueIsTheCarefulOne(t *testing.T) {
	var outcome checkins.Outcome
	if outcome != checkins.OutcomeUnknown {
		t.Error("an outcome that nobody set is not unknown")
	}
	var g checkins.Gate
	if checkins.MayWrite(g, time.Time{}) == checkins.NotRefused {
		t.Error("an empty gate lets a message through")
	}
	var m checkins.Message
	if m.SettledState(checkins.Settlement{}) != checkins.Unknown {
		t.Error("an empty settlement is not unknown")
	}
}

var kinds = []checkins.Kind{
	checkins.Prompt, checkins.FollowUp, checkins.Digest, checkins.OptIn, checkins.Answer, checkins.StopConfirmation, checkins.Help,
}

// Who hears what, with consent given wherever somebody could have given it: a
// row for each state of the address, a column for each kind.
const hears = `
            prompt follow_up digest opt_in answer stop_confirmation help
invited     no     no        no     yes    no     no                yes
pending     no     no        no     yes    no     no                yes
active      yes    yes       yes    no     yes    no                yes
held        no     no        no     no     no     no                no
stopped     no     no        no     no     no     yes               no
suppressed  no     no        no     no     no     no                no
invalid     no     no        no     no     no     no                no
`

func TestWhoHearsWhat(t *testing.T) {
	lines := strings.Split(strings.Trim(hears, "\n"), "\n")
	for _, line := range lines[1:] {
		words := strings.Fields(line)
		for i, kind := range kinds {
			g := open(kind)
			g.Address = checkins.AddressState(words[0])
			got := checkins.MayWrite(g, noon) == checkins.NotRefused
			if got != (words[i+1] == "yes") {
				t.Errorf("%s to an address that is %s: %v", kind, words[0], got)
			}
		}
	}
}

var noon = time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)

// open is a gate that lets a message of the kind through.
func open(kind checkins.Kind) checkins.Gate {
	g := checkins.Gate{
		Kind: kind, Address: checkins.Active, Consented: true, InHours: true, ExpiresAt: noon.Add(time.Hour), PerDay: 3,
	}
	switch kind {
	case checkins.OptIn:
		g.Address = checkins.Pending
	case checkins.StopConfirmation:
		g.Address = checkins.Stopped
	}
	return g
}

func TestWhatKeepsAMessageBack(t *testing.T) {
	started := map[checkins.Kind]bool{checkins.Prompt: true, checkins.FollowUp: true, checkins.Digest: true}
	cases := []struct {
		name  string
		close func(*checkins.Gate)
		want  checkins.Refusal
		binds func(checkins.Kind) bool
	}{
		{"without consent", func(g *checkins.Gate) { g.Consented = false }, checkins.NoConsent,
			func(k checkins.Kind) bool { return started[k] || k == checkins.Answer }},
		{"too late", func(g *checkins.Gate) { g.ExpiresAt = noon }, checkins.TooLate, func(checkins.Kind) bool { return true }},
		{"in a pause", func(g *checkins.Gate) { g.QuietUntil = noon.Add(time.Minute) }, checkins.Resting, func(k checkins.Kind) bool { return started[k] }},
		{"of a plan that ended", func(g *checkins.Gate) { g.PlanEnded = true }, checkins.PlanIsOver, func(k checkins.Kind) bool { return started[k] }},
		{"outside hours", func(g *checkins.Gate) { g.InHours = false }, checkins.OutOfHours, func(k checkins.Kind) bool { return started[k] }},
		{"the fourth of the day", func(g *checkins.Gate) { g.StartedToday = 3 }, checkins.DayIsFull, func(k checkins.Kind) bool { return started[k] }},
		{"whose turn comes too late", func(g *checkins.Gate) { g.Turn = g.ExpiresAt }, checkins.Crowded, func(k checkins.Kind) bool { return started[k] }},
	}
	for _, c := range cases {
		for _, kind := range kinds {
			g := open(kind)
			if got := checkins.MayWrite(g, noon); got != checkins.NotRefused {
				t.Fatalf("%s is refused as it is: %s", kind, got)
			}
			c.close(&g)
			want := checkins.NotRefused
			if c.binds(kind) {
				want = c.want
			}
			if got := checkins.MayWrite(g, noon); got != want {
				t.Errorf("%s %s: %q, not %q", kind, c.name, got, want)
			}
		}
	}
	atOwnTime := open(checkins.Prompt)
	atOwnTime.InHours, atOwnTime.OwnTime = false, true
	if got := checkins.MayWrite(atOwnTime, noon); got != checkins.NotRefused {
		t.Errorf("a time that the person picked is refused outside hours: %s", got)
	}
}
