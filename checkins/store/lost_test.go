package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Who loses a number hears it by mail, once, and can go on there; who blocked us
// is left in peace.
func TestALostNumberIsToldByMailOnce(t *testing.T) {
	cases := []struct {
		fact checkins.Fact
		code string
		told int
	}{
		{checkins.FactInvalid, "21211", 1}, {checkins.FactUnreachable, "30005", 1},
		{checkins.FactBlocked, "30004", 0}, {checkins.FactOptedOut, "21610", 0}, {checkins.FactDelivered, "", 0},
	}
	onBoth(t, func(t *testing.T, h *house) {
		witness := checkins.Witness{Decider: h, House: h.rules}
		for i, c := range cases {
			who := h.enrolBoth(t, 900+i)
			due := h.state(t, who, noon).Plans[0].Next.At
			h.post(t, noon) // what greets the person
			h.plan(t, who, due)
			out := h.beginFor(t, who, due)
			for _, source := range []string{"send", "callback"} { // both may say it
				e := checkins.Evidence{Attempt: out.Attempt, Source: source, Fact: c.fact, Code: c.code, At: due}
				if err := witness.Witness(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			mails := h.post(t, due)
			if len(mails) != c.told {
				t.Errorf("after %s %d mails tell of it, not %d", c.fact, len(mails), c.told)
			}
			for _, m := range mails {
				if !strings.Contains(m.Words.Text, "do not arrive") || strings.Contains(m.Words.Text, "500558") {
					t.Errorf("the mail says: %s", m.Words.Text)
				}
				h.mail(t, who, "EMAIL", due.Add(time.Minute))
				if p := h.state(t, who, due).Plans[0]; p.Channel != checkins.Email || p.Next.At.IsZero() {
					t.Errorf("after EMAIL the plan comes by %s, next at %s", p.Channel, p.Next.At)
				}
			}
		}
	})
}

func TestALostMailboxIsToldByText(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 950)
		h.mail(t, who, "EMAIL", noon)
		due := h.state(t, who, noon).Plans[0].Next.At
		h.post(t, noon)
		h.claimAll(t, noon) // what greets the person by text
		h.plan(t, who, due)
		reminder := h.post(t, due)[0]
		e := checkins.Evidence{Attempt: reminder.Attempt, Source: "bounce", Fact: checkins.FactUnreachable, Code: "5.1.1", At: due}
		if err := (checkins.Witness{Decider: h, House: h.rules}).Witness(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		ids := h.claimAll(t, due)
		if len(ids) != 1 {
			t.Fatalf("%d texts tell of it", len(ids))
		}
		out, err := h.Begin(t.Context(), ids[0], 3, due, due.Add(time.Minute))
		if err != nil || !strings.Contains(out.Words.Text, "mail to you comes back") {
			t.Errorf("the text says %q, %v", out.Words.Text, err)
		}
	})
}

func TestWhoHasNoOtherAddressIsToldNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005589999")
		due := h.state(t, who, noon).Plans[0].Next.At
		h.plan(t, who, due)
		e := checkins.Evidence{Attempt: h.beginFor(t, who, due).Attempt, Source: "callback", Fact: checkins.FactInvalid, Code: "21211", At: due}
		if err := (checkins.Witness{Decider: h, House: h.rules}).Witness(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if s := h.state(t, who, due); s.Addresses[0].State != checkins.Invalid || s.Recent[0].Kind != checkins.Prompt {
			t.Errorf("the number is %s, and the last message is a %s", s.Addresses[0].State, s.Recent[0].Kind)
		}
	})
}
