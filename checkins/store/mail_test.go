package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

// post hands over every mail that may go out, and returns them.
func (h *house) post(t *testing.T, at time.Time) []checkins.Outgoing {
	t.Helper()
	ids, err := h.Claim(t.Context(), checkins.Email, at, at.Add(time.Minute), 100)
	if err != nil {
		t.Fatal(err)
	}
	var sent []checkins.Outgoing
	for _, id := range ids {
		out, err := h.Begin(t.Context(), id, 3, at, at.Add(time.Minute))
		if errors.Is(err, checkins.ErrNotSent) {
			continue // a question that was answered meanwhile
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Settle(t.Context(), checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, At: at}); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, out)
	}
	return sent
}

// answered lets the person ask something by mail, and hands over the answer.
func (h *house) answered(t *testing.T, who checkins.ParticipantID, at time.Time) checkins.Outgoing {
	t.Helper()
	h.mail(t, who, "when?", at)
	sent := h.post(t, at)
	if len(sent) != 1 {
		t.Fatalf("%d mails went out, want the answer", len(sent))
	}
	return sent[0]
}

// bounce brings a report about a mail.
func (h *house) bounce(t *testing.T, token string, fact checkins.Fact, code string, at time.Time) {
	t.Helper()
	e := checkins.Evidence{Token: token, Source: "bounce", Fact: fact, Code: code, At: at}
	if fact == checkins.FactComplaint {
		e.Source = "complaint"
	}
	if err := (checkins.Witness{Decider: h}).Witness(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// mailbox is the state of the person's mailbox.
func (h *house) mailbox(t *testing.T, who checkins.ParticipantID, at time.Time) checkins.AddressState {
	t.Helper()
	return h.state(t, who, at).Reach(checkins.Email).State
}

// A report moves a message and an address by what it says and how often, and
// only if it names a mail of ours (REQUIREMENTS B12).
func TestABounceHoldsTheAddressItIsAbout(t *testing.T) {
	const day = 24 * time.Hour
	onBoth(t, func(t *testing.T, h *house) {
		full := func(days ...int) func(*testing.T, checkins.ParticipantID) {
			return func(t *testing.T, who checkins.ParticipantID) {
				for _, d := range days {
					at := noon.Add(time.Duration(d)*day + time.Hour)
					out := h.answered(t, who, at)
					h.bounce(t, h.vault.Token(store.PurposeBounce, string(out.ID)), checkins.FactFull, "5.2.2", at)
				}
			}
		}
		once := func(purpose string, fact checkins.Fact, code string, times int) func(*testing.T, checkins.ParticipantID) {
			return func(t *testing.T, who checkins.ParticipantID) {
				out := h.answered(t, who, noon.Add(time.Hour))
				for n := range times {
					h.bounce(t, h.vault.Token(purpose, string(out.ID)), fact, code, noon.Add(time.Hour+time.Duration(n)*time.Minute))
				}
			}
		}
		cases := []struct {
			name string
			do   func(*testing.T, checkins.ParticipantID)
			want checkins.AddressState
		}{
			{"no such mailbox, once", once(store.PurposeBounce, checkins.FactUnreachable, "5.1.1", 1), checkins.Held},
			{"the same, known by the mail that came back", once(store.PurposeReply, checkins.FactUnreachable, "5.1.1", 1), checkins.Held},
			{"a forged report", func(t *testing.T, _ checkins.ParticipantID) {
				h.bounce(t, "a-token-of-nobody", checkins.FactUnreachable, "5.1.1", noon)
			}, checkins.Active},
			{"a delay", once(store.PurposeBounce, checkins.FactDelayed, "4.4.1", 3), checkins.Active},
			{"full, once", full(0), checkins.Active},
			{"full, one report three times", once(store.PurposeBounce, checkins.FactFull, "5.2.2", 3), checkins.Active},
			{"full, twice", full(0, 3), checkins.Active},
			{"full, three times, said at once by the server", func(t *testing.T, who checkins.ParticipantID) {
				for d := range 3 {
					at := noon.Add(time.Duration(d)*day + time.Hour)
					out := h.answered(t, who, at)
					e := checkins.Evidence{Attempt: out.Attempt, Source: "callback", Fact: checkins.FactFull, Code: "552 5.2.2", At: at}
					if err := (checkins.Witness{Decider: h}).Witness(t.Context(), e); err != nil {
						t.Fatal(err)
					}
				}
			}, checkins.Held},
			{"full, twice, and the second told again", func(t *testing.T, who checkins.ParticipantID) {
				full(0)(t, who)
				out := h.answered(t, who, noon.Add(3*day))
				for n, code := range []string{"5.2.2", "5.2.2", "4.2.2"} {
					h.bounce(t, h.vault.Token(store.PurposeBounce, string(out.ID)), checkins.FactFull, code, noon.Add(3*day+time.Duration(n)*time.Hour))
				}
			}, checkins.Active},
			{"full, three times in 14 days", full(0, 6, 13), checkins.Held},
			{"full, three times in 16 days", full(0, 6, 16), checkins.Active},
			{"a complaint", once(store.PurposeReply, checkins.FactComplaint, "", 1), checkins.Suppressed},
		}
		for n, c := range cases {
			who := h.enrolBoth(t, n)
			h.post(t, noon)
			c.do(t, who)
			if got := h.mailbox(t, who, noon.Add(20*day)); got != c.want {
				t.Errorf("%s: the mailbox is %s, want %s", c.name, got, c.want)
			}
		}
	})
}

func TestOnlyWhatStandsInOurMailsIsAToken(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		sent := h.post(t, noon)
		if len(sent) == 0 || sent[0].Participant != who {
			t.Fatal("no mail went out")
		}
		for token, want := range map[string]bool{
			h.vault.Token(store.PurposeReply, string(sent[0].ID)):  true,
			h.vault.Token(store.PurposeBounce, string(sent[0].ID)): true,
			h.vault.Token("another", string(sent[0].ID)):           false,
			"shop": false, "": false,
		} {
			if got, err := h.Issued(t.Context(), token); got != want || err != nil {
				t.Errorf("%q: %v, %v; want %v", token, got, err, want)
			}
		}
	})
}

// A token in a return path brings no answer: whoever sees it there is no
// recipient.
func TestAnAnswerToTheReturnPathDoesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		out := h.post(t, noon)[0]
		err := h.inbox.Receive(t.Context(), checkins.Incoming{
			Channel: checkins.Email, ProviderID: "x@y", From: out.To, Token: h.vault.Token(store.PurposeBounce, string(out.ID)), Text: "STOP", At: noon,
		})
		if got := h.mailbox(t, who, noon); err != nil || got != checkins.Active {
			t.Errorf("%v, the mailbox is %s", err, got)
		}
	})
}

func TestAnAnswerByMailNamesTheMailThatItAnswers(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		first := h.post(t, noon)
		for n, id := range []string{"abc@phone.example", "sha256:0123"} {
			at := noon.Add(time.Duration(n) * time.Hour)
			err := h.inbox.Receive(t.Context(), checkins.Incoming{
				Channel: checkins.Email, ProviderID: id, From: first[0].To, Token: h.vault.Token(store.PurposeReply, string(first[0].ID)), Text: "when?", At: at,
			})
			if err != nil {
				t.Fatal(err)
			}
			want := id
			if id[:3] == "sha" {
				want = "" // it bore no Message-ID
			}
			sent := h.post(t, at)
			if len(sent) != 1 || sent[0].InReplyTo != want || sent[0].Participant != who {
				t.Errorf("%s: %+v", id, sent)
			}
		}
		for _, out := range first {
			if out.Answers == "" && out.InReplyTo != "" {
				t.Errorf("a mail that answers nothing names %q", out.InReplyTo)
			}
		}
	})
}

func TestAMailboxIsHeldByOneAndItsBookmarkStays(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, name := t.Context(), "imap.example|ana|INBOX"
		mark, held, err := h.HoldMailbox(ctx, name, "a", noon, noon.Add(time.Minute))
		if !held || err != nil || mark != (checkins.Bookmark{}) {
			t.Fatalf("%+v, %v, %v", mark, held, err)
		}
		want := checkins.Bookmark{Validity: 1<<32 - 1, UID: 1<<32 - 2, At: noon}
		if err := h.MarkMailbox(ctx, name, "a", want); err != nil {
			t.Fatal(err)
		}
		if _, held, err := h.HoldMailbox(ctx, name, "b", noon.Add(30*time.Second), noon.Add(time.Hour)); held || err != nil {
			t.Errorf("two hold it: %v", err)
		}
		if err := h.MarkMailbox(ctx, name, "b", checkins.Bookmark{Validity: 1, UID: 1}); err != nil {
			t.Fatal(err)
		}
		mark, held, err = h.HoldMailbox(ctx, name, "b", noon.Add(time.Minute), noon.Add(time.Hour)) // a's time is over
		if !held || err != nil || mark.Validity != want.Validity || mark.UID != want.UID || !mark.At.Equal(want.At) {
			t.Errorf("%+v, %v, %v; want %+v", mark, held, err, want)
		}
		if err := h.FreeMailbox(ctx, name, "b"); err != nil {
			t.Fatal(err)
		}
		if _, held, err := h.HoldMailbox(ctx, name, "a", noon.Add(time.Minute), noon.Add(time.Hour)); !held || err != nil {
			t.Errorf("a freed mailbox is held: %v", err)
		}
		if _, held, err := h.HoldMailbox(ctx, "another", "b", noon, noon.Add(time.Hour)); !held || err != nil {
			t.Errorf("another mailbox is held: %v", err)
		}
	})
}

// What a mail may do goes by what proves its author (REQUIREMENTS B08): its
// token, its From, and a domain that vouches for it.
func TestWhatEachProofMayDo(t *testing.T) {
	type deed struct{ records, pauses, slows, stops bool }
	onBoth(t, func(t *testing.T, h *house) {
		n := 0
		do := func(words string, token, from, aligned bool) checkins.State {
			n++
			who := h.enrolBoth(t, n)
			out := h.post(t, noon)[0]
			in := checkins.Incoming{Channel: checkins.Email, ProviderID: newID(), From: "mallory@evil.example", Text: words, Aligned: aligned, At: noon.Add(time.Hour)}
			if token {
				in.Token = h.vault.Token(store.PurposeReply, string(out.ID))
			}
			if from {
				in.From = out.To
			}
			if err := h.inbox.Receive(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			return h.state(t, who, noon.Add(time.Hour))
		}
		for _, token := range []bool{false, true} {
			for _, from := range []bool{false, true} {
				for _, aligned := range []bool{false, true} {
					want := deed{}
					switch {
					case token && from:
						want = deed{records: true, pauses: true, slows: true, stops: true}
					case token:
						want = deed{records: true, pauses: true, stops: true}
					}
					var got deed
					s := do("done 7, felt calm", token, from, aligned)
					got.records = len(s.Records) == 1
					s = do("pause", token, from, aligned)
					got.pauses = !s.Participant.QuietUntil.IsZero()
					s = do("once a week", token, from, aligned)
					got.slows = s.Plans[0].Pace.String() == "1/week"
					s = do("STOP", token, from, aligned)
					got.stops = s.Reach(checkins.Email).State == checkins.Stopped
					if got != want {
						t.Errorf("token %v, From %v, aligned %v: %+v, want %+v", token, from, aligned, got, want)
					}
				}
			}
		}
	})
}
