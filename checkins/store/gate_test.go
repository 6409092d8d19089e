package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

// mayGo is the whole of who is written to: for each state of an address, the
// kinds of message that may go there. What is not here may not. It holds for
// texts and mails alike; with no consent in the ledger only those marked with *
// go, and to a person who paused those marked with ! too.
var mayGo = map[checkins.AddressState]string{
	checkins.Invited:    "opt_in*! help*!",
	checkins.Pending:    "opt_in*! help*!",
	checkins.Active:     "prompt follow_up digest answer! help*!",
	checkins.Held:       "",
	checkins.Stopped:    "stop_confirmation*!",
	checkins.Suppressed: "",
	checkins.Invalid:    "",
}

// gateNow is a fixed noon.
var gateNow = time.Date(2026, time.March, 3, 12, 0, 0, 0, time.UTC)

var everyKind = []checkins.Kind{
	checkins.Prompt, checkins.FollowUp, checkins.Digest, checkins.OptIn, checkins.Answer, checkins.StopConfirmation, checkins.Help, "nonsense",
}

// expected reads the table above.
func expected(state checkins.AddressState, kind checkins.Kind, consented, paused bool) bool {
	for _, entry := range strings.Fields(mayGo[state]) {
		if name := strings.TrimRight(entry, "*!"); name != string(kind) {
			continue
		}
		return (consented || strings.Contains(entry, "*")) && (!paused || strings.Contains(entry, "!"))
	}
	return false
}

// Nothing reaches sending but what the table allows: each state, kind, channel,
// with and without consent, in and out of a pause, is put into a queue that asked
// nobody, and then begun.
func TestNothingBeginsButWhatTheTableAllows(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		n := 0
		for state := range mayGo {
			for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
				for _, consented := range []bool{false, true} {
					for _, paused := range []bool{false, true} {
						n++
						h.tryKinds(t, n, state, channel, consented, paused)
					}
				}
			}
		}
	})
}

// tryKinds begins one message of each kind for a person as described.
func (h *house) tryKinds(t *testing.T, n int, state checkins.AddressState, channel checkins.Channel, consented, paused bool) {
	t.Helper()
	who := checkins.Participant{ID: checkins.ParticipantID(newID()), Zone: "UTC", Locale: "en", CreatedAt: gateNow}
	who.Hours.To = 24 * 60
	if channel == checkins.SMS {
		who.Digest.By = checkins.DigestByText
	}
	if paused {
		who.QuietUntil = gateNow.Add(time.Hour)
	}
	value := fmt.Sprintf("+1212557%04d", n)
	if channel == checkins.Email {
		value = fmt.Sprintf("someone%d@mail.example", n)
	}
	a := checkins.Address{ID: checkins.AddressID(newID()), Channel: channel, Value: value, State: state, StateSince: gateNow}
	e := checkins.Effects{Participant: &who, Addresses: []checkins.Address{a}}
	for _, given := range []bool{!consented, consented} { // the last row counts
		e.Consents = append(e.Consents, checkins.Consent{
			ID: checkins.ConsentID(newID()), Address: a.ID, Topic: checkins.ToMessages, Given: given, Route: checkins.ByOperator, At: gateNow.Add(time.Duration(len(e.Consents)) * time.Second),
		})
	}
	var ids []checkins.MessageID
	for _, kind := range everyKind[:len(everyKind)-1] {
		m := checkins.Message{
			ID: checkins.MessageID(newID()), Address: a.ID, Channel: channel, Kind: kind, State: checkins.Queued,
			Words: checkins.Words{Text: "words"}, DueAt: gateNow, NotBefore: gateNow, ExpiresAt: gateNow.Add(time.Hour),
		}
		ids = append(ids, m.ID)
		e.Messages = append(e.Messages, m)
	}
	err := h.Decide(t.Context(), checkins.Who{Channel: channel, Address: value}, gateNow, func(checkins.State) (checkins.Effects, error) { return e, nil })
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := h.Claim(t.Context(), channel, gateNow, gateNow.Add(time.Minute), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if !slices.Contains(claimed, id) {
			t.Fatalf("%s was not claimed", everyKind[i])
		}
		_, err := h.Begin(t.Context(), id, 100, gateNow, gateNow.Add(time.Minute))
		if err != nil && !errors.Is(err, checkins.ErrNotSent) {
			t.Fatal(err)
		}
		if began, want := err == nil, expected(state, everyKind[i], consented, paused); began != want {
			t.Errorf("%s to a %s %s address, consent %v, paused %v: began is %v, want %v", everyKind[i], state, channel, consented, paused, began, want)
		}
	}
}

func TestTheGateKnowsNoKindThatTheTableDoesNot(t *testing.T) {
	for state := range mayGo {
		for _, kind := range everyKind {
			for _, consented := range []bool{false, true} {
				g := checkins.Gate{Kind: kind, Address: state, Consented: consented, InHours: true, PerDay: 1, ExpiresAt: gateNow.Add(time.Hour)}
				if got := checkins.MayWrite(g, gateNow) == checkins.NotRefused; got != expected(state, kind, consented, false) {
					t.Errorf("%s to %s, consent %v: %v", kind, state, consented, got)
				}
			}
		}
	}
}
