package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

// aMail is a mail that answers one of ours.
type aMail struct {
	from    string
	answers checkins.MessageID
	text    string
	aligned bool
}

func (h *house) mailed(t *testing.T, l aMail, at time.Time) {
	t.Helper()
	err := h.inbox.Receive(t.Context(), checkins.Incoming{
		Channel: checkins.Email, ProviderID: newID(), From: l.from, Token: h.vault.Token(store.PurposeReply, string(l.answers)), Text: l.text, Aligned: l.aligned, At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// firstMail is the question that the person's mailbox got at the beginning.
func (h *house) firstMail(t *testing.T, who checkins.ParticipantID) checkins.MessageID {
	t.Helper()
	for _, m := range h.state(t, who, noon).Recent {
		if m.Channel == checkins.Email && m.Kind == checkins.OptIn {
			return m.ID
		}
	}
	t.Fatal("there is no first mail")
	return ""
}

func (h *house) gone(t *testing.T, who checkins.ParticipantID) bool {
	t.Helper()
	_, err := h.State(t.Context(), checkins.Who{Participant: who}, noon)
	return errors.Is(err, checkins.ErrNotFound)
}

// one is the only mail of a list; it fails where there is another number of them.
func one(t *testing.T, list []checkins.Outgoing) checkins.Outgoing {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("%d mails went out, not one", len(list))
	}
	return list[0]
}

func TestDeleteByMailAsksOnceAndThenErases(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const mine, other = "ada1@example.org", "mallory@evil.example"
		who := h.enrolBoth(t, 1)
		first := h.firstMail(t, who)
		at := noon.Add(time.Hour)
		h.post(t, at)
		h.mailed(t, aMail{mine, first, "delete my data", true}, at)
		question := one(t, h.post(t, at))
		if !strings.Contains(question.Words.Text, "1. Erase it all") || h.gone(t, who) {
			t.Fatalf("DELETE gives %q", question.Words.Text)
		}
		for name, l := range map[string]aMail{
			"from elsewhere":            {other, question.ID, "1", true},
			"an answer to another mail": {mine, first, "1", true},
			"another number":            {mine, question.ID, "2", true},
		} {
			at = at.Add(time.Minute)
			h.mailed(t, l, at)
			if h.gone(t, who) {
				t.Fatalf("%s erased everything", name)
			}
			h.post(t, at)
		}
		h.mailed(t, aMail{mine, question.ID, "1", false}, question.BegunAt.Add(25*time.Hour))
		if h.gone(t, who) {
			t.Fatal("an answer a day later erased everything")
		}
		again := one(t, h.post(t, question.BegunAt.Add(25*time.Hour)))
		h.mailed(t, aMail{mine, again.ID, "1", false}, again.BegunAt.Add(time.Hour))
		if !h.gone(t, who) {
			t.Fatal("1 did not erase")
		}
		if s, err := h.State(t.Context(), checkins.Who{Channel: checkins.SMS, Address: "+15005580001"}, at); err != nil || !s.Silent {
			t.Errorf("the number is not silent, %v", err)
		}
		if sent := h.post(t, again.BegunAt.Add(time.Hour)); len(sent) != 0 {
			t.Errorf("after the erasure %d mails left", len(sent))
		}
	})
}

func TestExportByMailNeedsTheMailbox(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const mine, other = "ada1@example.org", "mallory@evil.example"
		who := h.enrolBoth(t, 1)
		first := h.firstMail(t, who)
		at := noon.Add(time.Hour)
		h.post(t, at)
		h.mailed(t, aMail{mine, first, "export", true}, at)
		if m := one(t, h.post(t, at)); m.Encloses != checkins.EncloseCopy || m.To != mine {
			t.Errorf("with an aligned signature comes %q enclosing %q", m.Words.Subject, m.Encloses)
		}
		h.mailed(t, aMail{other, first, "export", true}, at.Add(time.Minute))
		if sent := h.post(t, at.Add(time.Minute)); len(sent) != 0 {
			t.Errorf("to a stranger with the token %d mails went", len(sent))
		}
		h.mailed(t, aMail{mine, first, "export", false}, at.Add(2*time.Minute))
		question := one(t, h.post(t, at.Add(2*time.Minute)))
		if question.Encloses != "" {
			t.Fatal("without a signature the copy came at once")
		}
		h.mailed(t, aMail{mine, question.ID, "1", false}, at.Add(3*time.Minute))
		if m := one(t, h.post(t, at.Add(3*time.Minute))); m.Encloses != checkins.EncloseCopy || m.To != mine {
			t.Errorf("after 1 comes %q enclosing %q", m.Words.Subject, m.Encloses)
		}
	})
}

func TestATextOnlyBeginsWhatTheMailboxConfirms(t *testing.T) {
	h := onPaper(t)
	who, phone := h.enrolBoth(t, 1), h.join(t, "+15005580099")
	at := noon.Add(time.Hour)
	h.post(t, at)
	h.drainTexts(t, at)
	for _, word := range []string{"delete my data", "export"} {
		at = at.Add(time.Minute)
		h.text(t, "+15005580001", word, at)
		if texts := h.drainTexts(t, at); len(texts) != 1 || !strings.Contains(texts[0], "mailbox") {
			t.Errorf("%q by text gets %q", word, texts)
		}
		question := one(t, h.post(t, at))
		h.text(t, "+15005580001", "1", at.Add(time.Second))
		if h.gone(t, who) || len(h.post(t, at.Add(time.Second))) > 0 {
			t.Fatalf("%q was confirmed by a text", word)
		}
		h.drainTexts(t, at.Add(time.Second))
		if word == "export" {
			h.mailed(t, aMail{"ada1@example.org", question.ID, "1", false}, at.Add(2*time.Second))
			if m := one(t, h.post(t, at.Add(2*time.Second))); m.Encloses != checkins.EncloseCopy {
				t.Errorf("the mailbox confirmed, and %q encloses %q", m.Words.Subject, m.Encloses)
			}
		}
	}
	h.text(t, "+15005580099", "delete my data", at)
	if texts := h.drainTexts(t, at); len(texts) != 1 || !strings.Contains(texts[0], "help@example.org") || h.gone(t, phone) {
		t.Errorf("without a mailbox DELETE gets %q", texts)
	}
}

// drainTexts hands over every text that may go out, and returns the words.
func (h *house) drainTexts(t *testing.T, at time.Time) (list []string) {
	t.Helper()
	for _, id := range h.claimAll(t, at) {
		out, err := h.Begin(t.Context(), id, 3, at, at.Add(time.Minute))
		if errors.Is(err, checkins.ErrNotSent) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		h.settle(t, checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: newID(), At: at})
		list = append(list, out.Words.Text)
	}
	return list
}
