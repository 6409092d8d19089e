package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

// open is what waits for the operator, as "kind" of one person.
func (h *house) open(t *testing.T, who checkins.ParticipantID) string {
	t.Helper()
	list, err := h.Requests(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, r := range list {
		if r.Participant == who {
			kinds = append(kinds, string(r.Kind))
		}
	}
	return strings.Join(kinds, " ")
}

// quiet fails where anything leaves.
func (h *house) quiet(t *testing.T, what string, at time.Time) {
	t.Helper()
	if texts, mails := h.drainTexts(t, at), h.post(t, at); len(texts)+len(mails) > 0 {
		t.Errorf("%s: %d texts and %d mails left: %q", what, len(texts), len(mails), texts)
	}
}

func TestDeleteFromAStoppedPhoneIsAskedInTheMailbox(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const phone, mine = "+15005580001", "ada1@example.org"
		who, at := h.enrolBoth(t, 1), noon.Add(time.Hour)
		h.drainTexts(t, at)
		h.post(t, at)
		h.text(t, phone, "STOP", at)
		h.drainTexts(t, at)
		h.post(t, at)
		at = at.Add(time.Minute)
		h.text(t, phone, "delete my data", at)
		if texts := h.drainTexts(t, at); len(texts) > 0 {
			t.Errorf("to a number that said STOP went %q", texts)
		}
		question := one(t, h.post(t, at))
		if question.To != mine || !strings.Contains(question.Words.Text, "1. Erase it all") || h.gone(t, who) || h.open(t, who) != "" {
			t.Fatalf("to %s went %q; open is %q", question.To, question.Words.Text, h.open(t, who))
		}
		h.text(t, phone, "1", at.Add(time.Second))
		if h.quiet(t, "1 by text", at.Add(time.Second)); h.gone(t, who) {
			t.Fatal("a text erased everything")
		}
		h.mailed(t, aMail{mine, question.ID, "1", false}, at.Add(2*time.Second))
		if !h.gone(t, who) {
			t.Error("the mailbox said 1, and everything is still there")
		}
	})
}

func TestDeleteThatNothingCanAskAboutIsPutBeforeTheOperator(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		at := noon.Add(time.Hour)
		stopped, active := h.join(t, "+15005580098"), h.join(t, "+15005580099")
		h.drainTexts(t, at)
		h.text(t, "+15005580098", "STOP", at)
		h.drainTexts(t, at)
		for _, word := range []string{"DELETE", "delete my data", "erase everything you have about me", "export"} {
			at = at.Add(time.Minute)
			h.text(t, "+15005580098", word, at)
			h.quiet(t, word, at)
			if got := h.open(t, stopped); !strings.HasPrefix(got, "erase") {
				t.Errorf("after %q open is %q", word, got)
			}
		}
		if got := h.open(t, stopped); got != "erase copy" || h.gone(t, stopped) {
			t.Errorf("open is %q", got)
		}
		h.text(t, "+15005580099", "delete my data", at)
		if texts := h.drainTexts(t, at); len(texts) != 1 || h.open(t, active) != "erase" {
			t.Errorf("a number in use gets %q, and open is %q", texts, h.open(t, active))
		}
		err := h.Decide(t.Context(), checkins.Who{Participant: stopped}, at, func(s checkins.State) (checkins.Effects, error) {
			e, _, err := h.rules.Disclose(s, checkins.Disclosure{By: "operator", Of: checkins.DisclosedCopy}, at)
			return e, err
		})
		if got := h.open(t, stopped); err != nil || got != "erase" {
			t.Errorf("after a copy was made open is %q, %v", got, err)
		}
		err = h.Decide(t.Context(), checkins.Who{Participant: stopped}, at, func(s checkins.State) (checkins.Effects, error) {
			return h.rules.Erase(s, checkins.ErasedByOperator, at)
		})
		if got := h.open(t, stopped); err != nil || got != "" || !h.gone(t, stopped) {
			t.Errorf("after the erasure open is %q, %v", got, err)
		}
	})
}

func TestDeleteFromAStoppedMailboxNeedsNoQuestionWhereItIsProved(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const mine = "ada1@example.org"
		who, at := h.enrolBoth(t, 1), noon.Add(time.Hour)
		first := h.firstMail(t, who)
		h.drainTexts(t, at)
		h.post(t, at)
		h.mailed(t, aMail{mine, first, "stop all", true}, at)
		h.drainTexts(t, at)
		h.post(t, at)
		for _, c := range []struct {
			what string
			mail aMail
			open string
		}{
			{"somebody else with the token", aMail{"mallory@evil.example", first, "delete my data", true}, ""},
			{"other words", aMail{mine, first, "delete my number", true}, ""},
			{"a mail that nobody vouches for", aMail{mine, first, "delete my data", false}, "erase"},
		} {
			at = at.Add(time.Minute)
			h.mailed(t, c.mail, at)
			if h.quiet(t, c.what, at); h.gone(t, who) || h.open(t, who) != c.open {
				t.Fatalf("%s: gone %v, open %q", c.what, h.gone(t, who), h.open(t, who))
			}
		}
		h.mailed(t, aMail{mine, first, "delete my data", true}, at.Add(time.Minute))
		h.quiet(t, "the end", at.Add(time.Minute))
		if !h.gone(t, who) || h.open(t, who) != "" {
			t.Errorf("it is not erased; open is %q", h.open(t, who))
		}
		if s, err := h.State(t.Context(), checkins.Who{Channel: checkins.Email, Address: mine}, at); err != nil || !s.Silent {
			t.Errorf("the mailbox is not silent, %v", err)
		}
	})
}
