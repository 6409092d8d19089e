package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store"
)

// enrolBoth takes in a person with a number and a mailbox, who said yes on
// both, with one plan.
func (h *house) enrolBoth(t *testing.T, n int) checkins.ParticipantID {
	t.Helper()
	id := checkins.ParticipantID(newID())
	number, mailbox := fmt.Sprintf("+1500558%04d", n), fmt.Sprintf("ada%d@example.org", n)
	en := checkins.Enrolment{
		Participant: checkins.Participant{
			ID: id, Zone: "America/New_York", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: noon,
		},
		Addresses: []checkins.Address{
			{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number},
			{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: mailbox},
		},
		Plans: []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"one-feeling", "win"}, Channel: checkins.SMS, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 3, Every: 1, Unit: pace.Week}, Anchor: pace.DateOf(noon), CreatedAt: noon,
		}},
	}
	if err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), en, noon); err != nil {
		t.Fatal(err)
	}
	h.text(t, number, "YES", noon)
	h.mail(t, id, "yes", noon)
	return id
}

// mail answers the person's first mail, as its bearer.
func (h *house) mail(t *testing.T, who checkins.ParticipantID, text string, at time.Time) {
	t.Helper()
	s := h.state(t, who, at)
	for _, m := range s.Recent {
		if m.Channel != checkins.Email {
			continue
		}
		err := h.inbox.Receive(t.Context(), checkins.Incoming{
			Channel: checkins.Email, ProviderID: newID(), From: s.Address(m.Address).Value,
			Token: h.vault.Token(store.PurposeReply, string(m.ID)), Text: text, At: at,
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("there is no mail to answer")
}

// shape is what a change leaves: the plan and the person's quiet, without ids.
func (h *house) shape(t *testing.T, who checkins.ParticipantID, at time.Time) string {
	t.Helper()
	s := h.state(t, who, at)
	p := s.Plans[0]
	p.ID = ""
	raw, err := json.Marshal(map[string]any{"plan": p, "quiet": s.Participant.QuietUntil, "spacing": s.Participant.Spacing})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestAChangeIsTheSameByEveryRoute(t *testing.T) {
	at := noon.Add(time.Hour)
	monday := time.Date(2026, time.March, 9, 4, 0, 0, 0, time.UTC)    // midnight in New York, clocks forward the day before
	tomorrow := time.Date(2026, time.March, 5, 15, 0, 0, 0, time.UTC) // ten o'clock there
	cases := []struct {
		words string
		wish  checkins.Wish
	}{
		{"later tomorrow at 10am", checkins.Wish{Kind: checkins.WishLater, Until: tomorrow, Slot: checkins.Slot{Date: pace.DateOf(noon)}}},
		{"add time alone", checkins.Wish{Kind: checkins.WishAdd, Practice: "ask-for-space"}},
		{"remove one feeling", checkins.Wish{Kind: checkins.WishRemove, Practice: "one-feeling"}},
		{"pause", checkins.Wish{Kind: checkins.WishPause}},
		{"pause until monday", checkins.Wish{Kind: checkins.WishPause, Until: monday}},
		{"resume", checkins.Wish{Kind: checkins.WishResume}},
		{"slower", checkins.Wish{Kind: checkins.WishSlower}},
		{"faster", checkins.Wish{Kind: checkins.WishFaster}},
		{"once a week", checkins.Wish{Kind: checkins.WishPace, Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Week}}},
		{"every other day", checkins.Wish{Kind: checkins.WishPace, Pace: pace.Pace{N: 1, Every: 2, Unit: pace.Day}}},
		{"Tue/Thu", checkins.Wish{Kind: checkins.WishDays, Days: pace.DaysOf(time.Tuesday, time.Thursday)}},
		{"7:30pm please", checkins.Wish{Kind: checkins.WishTime, At: []pace.Clock{19*60 + 30}}},
		{"email me instead", checkins.Wish{Kind: checkins.WishChannel, Channel: checkins.Email}},
	}
	onBoth(t, func(t *testing.T, h *house) {
		n := 0
		for _, c := range cases {
			routes := map[checkins.Route]func(checkins.ParticipantID, string){
				checkins.BySMS:   func(_ checkins.ParticipantID, number string) { h.text(t, number, c.words, at) },
				checkins.ByEmail: func(who checkins.ParticipantID, _ string) { h.mail(t, who, c.words, at) },
				checkins.ByPage: func(who checkins.ParticipantID, _ string) {
					h.apply(t, who, c.wish, at)
				},
			}
			left := map[checkins.Route]string{}
			for route, ask := range routes {
				who := h.enrolBoth(t, n)
				ask(who, fmt.Sprintf("+1500558%04d", n))
				left[route] = h.shape(t, who, at)
				if changes := h.state(t, who, at).Changes; len(changes) != 1 || changes[0].Route != route {
					t.Errorf("%q by %s left %d changes", c.words, route, len(changes))
				}
				before := h.shapeOf(t, n+1000)
				h.apply(t, who, checkins.Wish{Kind: checkins.WishUndo}, at)
				if got := h.shape(t, who, at); got != before {
					t.Errorf("%q by %s, then undone:\n%s, not\n%s", c.words, route, got, before)
				}
				n++
			}
			if left[checkins.BySMS] != left[checkins.ByPage] || left[checkins.ByEmail] != left[checkins.ByPage] {
				t.Errorf("%q leaves\nby text %s\nby mail %s\nby page %s", c.words, left[checkins.BySMS], left[checkins.ByEmail], left[checkins.ByPage])
			}
		}
	})
}

// shapeOf is the shape of somebody who changed nothing.
func (h *house) shapeOf(t *testing.T, n int) string {
	t.Helper()
	return h.shape(t, h.enrolBoth(t, n), noon.Add(time.Hour))
}

func (h *house) apply(t *testing.T, who checkins.ParticipantID, w checkins.Wish, at time.Time) {
	t.Helper()
	w.Route = checkins.ByPage
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, at, func(s checkins.State) (checkins.Effects, error) {
		e, unable := h.rules.Apply(s, w, at)
		if unable != checkins.Granted {
			t.Errorf("%s is not granted: %s", w.Kind, unable)
		}
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
