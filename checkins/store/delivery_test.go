package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/microreach/microreach/checkins"
)

// raw is the database past the store, to bring about what the store refuses.
func (h *house) raw(t *testing.T) *sqlx.DB {
	t.Helper()
	driver, address := "pgx", h.url
	if h.path != "" {
		driver, address = "sqlite", "file:"+h.path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sqlx.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// begun enrols a person and begins the question to them.
func (h *house) begun(t *testing.T, number string, now time.Time) (checkins.ParticipantID, checkins.Outgoing) {
	t.Helper()
	who := h.enrol(t, number)
	out, err := h.Begin(t.Context(), h.claimAll(t, now)[0], 3, now, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return who, out
}

func (h *house) witness(t *testing.T, e checkins.Evidence) {
	t.Helper()
	if err := (checkins.Witness{Decider: h}).Witness(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// stands is the state of the person's newest message.
func (h *house) stands(t *testing.T, who checkins.ParticipantID) checkins.MessageState {
	t.Helper()
	return h.state(t, who, noon).Recent[0].State
}

// attempted is the message of an attempt, as it stands.
func (h *house) attempted(t *testing.T, id checkins.AttemptID) checkins.Message {
	t.Helper()
	s, err := h.State(t.Context(), checkins.Who{Attempt: id}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return *s.Message
}

// settle ends an attempt of which nothing is known.
func (h *house) settle(t *testing.T, x checkins.Settlement) {
	t.Helper()
	if err := h.Settle(t.Context(), x); err != nil {
		t.Fatal(err)
	}
}

func TestTheStoreTakesNoStepThatTheTableDoesNotName(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, out := h.begun(t, "+15005550300", noon)
		db := h.raw(t)
		for _, from := range checkins.MessageStates() {
			for _, to := range checkins.MessageStates() {
				db.MustExec(fmt.Sprintf(`UPDATE messages SET state = '%s' WHERE id = '%s'`, from, out.ID))
				err := h.Decide(t.Context(), checkins.Who{Participant: who}, noon, func(checkins.State) (checkins.Effects, error) {
					return checkins.Effects{Moves: []checkins.Move{{Message: out.ID, To: to, NotBefore: noon}}}, nil
				})
				if err != nil {
					t.Fatal(err)
				}
				want := from
				if from.MayBecome(to) {
					want = to
				}
				if got := h.stands(t, who); got != want {
					t.Errorf("asked to go from %s to %s it is %s", from, to, got)
				}
			}
		}
	})
}

func TestAnUnknownTextIsLookedForTwiceAndThenClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, out := h.begun(t, "+15005550301", noon)
		h.settle(t, checkins.Settlement{Attempt: out.Attempt, At: noon})
		for _, look := range []struct {
			after time.Duration
			due   bool
			then  checkins.MessageState
		}{
			{time.Minute, false, checkins.Unknown},
			{2 * time.Minute, true, checkins.Unknown},
			{3 * time.Minute, false, checkins.Unknown}, // looked already
			{9 * time.Minute, false, checkins.Unknown},
			{10 * time.Minute, true, checkins.UnknownNotResent},
			{11 * time.Minute, false, checkins.UnknownNotResent},
		} {
			now := noon.Add(look.after)
			list, err := h.Unknown(t.Context(), checkins.SMS, now, 10)
			if err != nil {
				t.Fatal(err)
			}
			if due := len(list) == 1; due != look.due {
				t.Errorf("after %s: to be looked for: %v", look.after, due)
			}
			for _, u := range list {
				if u.Attempt != out.Attempt || u.To != "+15005550301" || u.Words.Text != out.Words.Text || !u.BegunAt.Equal(noon) {
					t.Errorf("it is looked for as %+v", u)
				}
				h.witness(t, checkins.Evidence{Attempt: u.Attempt, Source: checkins.SourceList, Fact: checkins.FactNoTrace, At: now})
			}
			if got := h.stands(t, who); got != look.then {
				t.Errorf("after %s it is %s, not %s", look.after, got, look.then)
			}
		}
		h.witness(t, checkins.Evidence{Attempt: out.Attempt, ProviderID: "SM1", Source: "callback", Fact: checkins.FactDelivered, At: noon.Add(time.Hour)})
		if got := h.stands(t, who); got != checkins.Delivered {
			t.Errorf("a callback that came an hour late leaves it %s", got)
		}
	})
}

func TestOneListedMessageSettlesOneAttempt(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		_, first := h.begun(t, "+15005550302", noon)
		h.settle(t, checkins.Settlement{Attempt: first.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: "SM1", At: noon})
		who, second := h.begun(t, "+15005550303", noon)
		h.settle(t, checkins.Settlement{Attempt: second.Attempt, At: noon})
		e := checkins.Evidence{Attempt: second.Attempt, ProviderID: "SM1", Source: checkins.SourceList, Fact: checkins.FactDelivered, At: noon}
		if err := (checkins.Witness{Decider: h}).Witness(t.Context(), e); !errors.Is(err, checkins.ErrDuplicate) {
			t.Errorf("a listed message that belongs to another attempt: %v", err)
		}
		if got := h.stands(t, who); got != checkins.Unknown {
			t.Errorf("it made the message %s", got)
		}
	})
}

func TestTheAnswerOfAProcessThatSleptIsEvidence(t *testing.T) {
	cases := []struct {
		outcome checkins.Outcome
		want    checkins.MessageState
	}{
		{checkins.OutcomeAccepted, checkins.Accepted},
		{checkins.OutcomePermanent, checkins.Failed},
		{checkins.OutcomeTemporary, checkins.Unknown}, // it may be lost, but it is never sent again
		{checkins.OutcomeUnknown, checkins.Unknown},
	}
	onBoth(t, func(t *testing.T, h *house) {
		for i, c := range cases {
			who, out := h.begun(t, fmt.Sprintf("+1500555031%d", i), noon)
			if _, _, err := h.Lapse(t.Context(), noon, noon.Add(2*time.Minute)); err != nil {
				t.Fatal(err)
			}
			h.settle(t, checkins.Settlement{Attempt: out.Attempt, Outcome: c.outcome, RetryAt: noon.Add(time.Minute), At: noon})
			if got := h.stands(t, who); got != c.want {
				t.Errorf("after its lease ran out, the answer %v makes it %s, not %s", c.outcome, got, c.want)
			}
		}
	})
}

func TestAHandsetThatIsOffIsTriedOnceMoreAndLater(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, out := h.begun(t, "+15005550320", noon)
		missed := func(attempt checkins.AttemptID, now time.Time) {
			h.settle(t, checkins.Settlement{Attempt: attempt, Outcome: checkins.OutcomeAccepted, ProviderID: "SM" + string(attempt), At: now})
			e := checkins.Evidence{Attempt: attempt, Source: "callback", Fact: checkins.FactNotReached, Code: "30003", At: now}
			h.witness(t, e)
			h.witness(t, e) // Twilio may say it twice
		}
		missed(out.Attempt, noon)
		m := h.state(t, who, noon).Recent[0]
		if wait := m.NotBefore.Sub(noon); m.State != checkins.Queued || wait < 30*time.Minute || wait > time.Hour {
			t.Fatalf("it is %s, for in %s", m.State, wait)
		}
		later := noon.Add(time.Hour)
		again, err := h.Begin(t.Context(), h.claimAll(t, later)[0], 3, later, later.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		h.witness(t, checkins.Evidence{Attempt: out.Attempt, Source: "callback", Fact: checkins.FactFailed, At: later})
		if got := h.stands(t, who); got != checkins.Sending {
			t.Errorf("what became of the first attempt makes the second %s", got)
		}
		missed(again.Attempt, later)
		if got := h.stands(t, who); got != checkins.Undelivered {
			t.Errorf("after the later try it is %s", got)
		}
	})
}

func TestWhatArrivedAfterAllIsNotSentAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who, out := h.begun(t, "+15005550321", noon)
		for _, fact := range []checkins.Fact{checkins.FactNotReached, checkins.FactDelivered} {
			h.witness(t, checkins.Evidence{Attempt: out.Attempt, ProviderID: "SM1", Source: "callback", Fact: fact, At: noon})
		}
		if got := h.stands(t, who); got != checkins.Delivered {
			t.Errorf("it is %s", got)
		}
		if ids := h.claimAll(t, noon.Add(time.Hour)); len(ids) != 0 {
			t.Errorf("it is sent again: %v", ids)
		}
	})
}

func TestAnAddressThatWasMissedThreeTimesInTwoWeeksIsHeld(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for i, gap := range []time.Duration{24 * time.Hour, 8 * 24 * time.Hour} {
			who := h.join(t, fmt.Sprintf("+1500555033%d", i))
			now := noon
			for range 3 {
				now = h.state(t, who, now).Plans[0].Next.At
				h.plan(t, who, now)
				out := h.beginFor(t, who, now)
				h.witness(t, checkins.Evidence{Attempt: out.Attempt, ProviderID: newID(), Source: "callback", Fact: checkins.FactNotReached, Code: "30003", At: now.Add(80 * time.Minute)})
				h.plan(t, who, now.Add(gap-time.Hour)) // the days between pass unsent
				now = now.Add(gap - time.Hour)
			}
			want := checkins.Held
			if i == 1 {
				want = checkins.Active // three times in more than two weeks
			}
			if got := h.state(t, who, now).Addresses[0].State; got != want {
				t.Errorf("missed three times, %s apart: the address is %s, not %s", gap, got, want)
			}
		}
	})
}

// beginFor begins the person's message among all that are due.
func (h *house) beginFor(t *testing.T, who checkins.ParticipantID, now time.Time) checkins.Outgoing {
	t.Helper()
	for _, id := range h.claimAll(t, now) {
		out, err := h.Begin(t.Context(), id, 99, now, now.Add(time.Minute))
		if err == nil && out.Participant == who && out.Kind == checkins.Prompt {
			return out
		}
		if err != nil && !errors.Is(err, checkins.ErrNotSent) {
			t.Fatal(err)
		}
	}
	t.Fatalf("nothing is due for the person at %s", now)
	return checkins.Outgoing{}
}

func TestWhatWaitedTooLongInTheQueueExpires(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrol(t, "+15005550340")
		for _, step := range []struct {
			after time.Duration
			want  checkins.MessageState
		}{{23 * time.Hour, checkins.Queued}, {24 * time.Hour, checkins.Expired}} {
			now := noon.Add(step.after)
			if _, _, err := h.Lapse(t.Context(), now, now); err != nil {
				t.Fatal(err)
			}
			if got := h.stands(t, who); got != step.want {
				t.Errorf("after %s: %s", step.after, got)
			}
		}
	})
}

func TestAnAnswerByMailSettlesTheUnknown(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.enrolBoth(t, 7)
		var out checkins.Outgoing
		ids, err := h.Claim(t.Context(), checkins.Email, noon, noon.Add(time.Minute), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids { // the question is withdrawn: it was answered
			if begun, err := h.Begin(t.Context(), id, 3, noon, noon.Add(time.Minute)); err == nil {
				out = begun
			}
		}
		h.settle(t, checkins.Settlement{Attempt: out.Attempt, At: noon})
		in := checkins.Incoming{Channel: checkins.Email, ProviderID: "<a@b>", From: out.To, Token: h.vault.Token("reply", string(out.ID)), Text: "when?", At: noon.Add(time.Hour)}
		if err := h.inbox.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if got := h.attempted(t, out.Attempt).State; got != checkins.Delivered {
			t.Errorf("the message that was answered is %s", got)
		}
	})
}

func TestTroubleIsListedWithoutWordsOrAddresses(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		_, out := h.begun(t, "+15005550350", noon)
		h.settle(t, checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomePermanent, Code: "30034", At: noon})
		h.enrol(t, "+15005550351")
		standings, err := h.Standings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(standings); len(standings) != 2 || !strings.Contains(got, "failed 1") || !strings.Contains(got, "queued 1") {
			t.Errorf("counted: %s", got)
		}
		list, err := h.Troubles(t.Context(), noon.Add(-time.Hour), 10)
		if err != nil || len(list) != 1 || list[0].Message != out.ID || list[0].Attempt != out.Attempt || list[0].Why != "30034" || !list[0].Since.Equal(noon) {
			t.Errorf("listed: %+v, %v", list, err)
		}
		if got := fmt.Sprintf("%+v", list); strings.Contains(got, "5005550350") || strings.Contains(got, "Microreach") {
			t.Errorf("the list tells %s", got)
		}
		if none, err := h.Troubles(t.Context(), noon, 10); err != nil || len(none) != 0 {
			t.Errorf("later: %v, %v", none, err)
		}
	})
}

func TestOptOutsThatWaitedAreHeardFirst(t *testing.T) {
	h := onPaper(t)
	text := func(from, body string) checkins.Incoming {
		return checkins.Incoming{Channel: checkins.SMS, From: from, Text: body, At: noon}
	}
	waiting := []checkins.Incoming{
		text("+1", "done 7"), text("+2", "STOP"), text("+3", "pause"), text("+2", "START"), text("+4", "so what"), text("+4", "please stop texting me"),
	}
	var order []string
	for _, in := range h.inbox.OptOutsFirst(waiting) {
		order = append(order, in.From+" "+in.Text)
	}
	if got := strings.Join(order, ", "); got != "+2 STOP, +2 START, +4 so what, +4 please stop texting me, +1 done 7, +3 pause" {
		t.Errorf("the order is %s", got)
	}
}

func TestWhileABreakerIsOpenNothingIsClaimedAndThenOne(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		var who checkins.ParticipantID
		for i := range 3 {
			who = h.enrol(t, fmt.Sprintf("+1500555036%d", i))
		}
		b := checkins.Breaker{Name: "sms", Code: "20003", Source: "send", OpenedAt: noon, ProbeAt: noon.Add(time.Minute)}
		err := h.Decide(t.Context(), checkins.Who{Participant: who}, noon, func(checkins.State) (checkins.Effects, error) {
			return checkins.Effects{Trip: &b}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if ids := h.claimAll(t, noon.Add(59*time.Second)); len(ids) != 0 {
			t.Errorf("while it is open %d were claimed", len(ids))
		}
		if ids := h.claimAll(t, noon.Add(time.Minute)); len(ids) != 1 {
			t.Errorf("when one may try %d were claimed", len(ids))
		}
	})
}
