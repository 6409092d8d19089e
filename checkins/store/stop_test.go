package store_test

import (
	"errors"
	"flag"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

var stops = flag.Int("stops", 250, "how often a STOP comes between Claim and Begin")

// A STOP that is committed after a message was claimed wins over it, every time.
func TestStopBetweenClaimAndBeginIsNeverLost(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const number = "+15005569999"
		who := h.join(t, number)
		address := h.state(t, who, noon).Addresses[0].ID
		for i := range few(*stops) {
			at := noon.Add(time.Duration(i) * time.Minute)
			m := checkins.Message{
				ID: checkins.MessageID(newID()), Address: address, Channel: checkins.SMS, Kind: checkins.Answer, State: checkins.Queued,
				DueAt: at, NotBefore: at, ExpiresAt: at.Add(time.Hour),
			}
			err := h.Decide(t.Context(), checkins.Who{Participant: who}, at, func(checkins.State) (checkins.Effects, error) {
				return checkins.Effects{Messages: []checkins.Message{m}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			h.claimAll(t, at)
			h.text(t, number, "STOP", at)
			if _, err := h.Begin(t.Context(), m.ID, 100, at, at.Add(time.Minute)); !errors.Is(err, checkins.ErrNotSent) {
				t.Fatalf("round %d: Begin says %v", i, err)
			}
			h.text(t, number, "START", at.Add(30*time.Second))
		}
	})
}
