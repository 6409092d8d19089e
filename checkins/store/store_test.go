package store_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is a Wednesday in Berlin and New York alike.
var noon = time.Date(2026, time.March, 4, 17, 0, 0, 0, time.UTC)

// house is a database with what decides about it.
type house struct {
	*store.Store
	url   string
	path  string // of the SQLite file
	vault *vault.Vault
	rules checkins.House
	words *templates.Set
	inbox *checkins.Inbox
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, h *house)) {
	t.Run("sqlite", func(t *testing.T) {
		path := storetest.PreparedFile(t, "test.db", migrated)
		test(t, open(t, "sqlite:"+path, path))
	})
	t.Run("postgres", func(t *testing.T) { test(t, open(t, storetest.Prepared(t, migrated), "")) })
}

// migrated makes an empty database ready.
func migrated(url string) error {
	s, err := store.Open(context.Background(), store.Options{URL: url, Vault: vault.Ephemeral(), NewID: newID})
	if err != nil {
		return err
	}
	_, err = s.Migrate(context.Background())
	return errors.Join(err, s.Close())
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// few is how often a race is tried: a fifth as often with -short, where the race
// detector looks as well.
func few(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}

// reader is the same for every test, and takes long to build.
var reader = sync.OnceValues(func() (*reply.Reader, error) {
	lexicon, err := templates.Lexicon()
	return reply.New(lexicon), err
})

func open(t *testing.T, url, path string) *house { return openIn(t, url, path, nil) }

// openIn opens a house that keeps the hours of regions.
func openIn(t *testing.T, url, path string, regions pace.Regions) *house {
	t.Helper()
	v := vault.Ephemeral()
	s, err := store.Open(t.Context(), store.Options{URL: url, Vault: v, NewID: newID, Regions: regions})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	words, err := templates.New(templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := reader()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Store: s, url: url, path: path, vault: v, words: words, rules: checkins.House{Languages: words.Languages(), Wording: words, NewID: newID, PerDay: 3, Regions: regions}}
	h.inbox = &checkins.Inbox{House: h.rules, Decider: s, Reader: reader}
	return h
}

// enrol takes in a person with one number and one weekly plan.
func (h *house) enrol(t *testing.T, number string) checkins.ParticipantID {
	t.Helper()
	id := checkins.ParticipantID(newID())
	en := checkins.Enrolment{
		Participant: checkins.Participant{
			ID: id, Name: "Ada Canary", Zone: "America/New_York", Locale: "en",
			Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: noon,
		},
		Addresses: []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number}},
		Plans: []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"one-feeling"}, Channel: checkins.SMS, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Day}, At: []pace.Clock{19 * 60}, Anchor: pace.DateOf(noon), CreatedAt: noon,
		}},
	}
	if err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), en, noon); err != nil {
		t.Fatal(err)
	}
	return id
}

var texts atomic.Int64

// text delivers a text as Twilio would, with a fresh MessageSid.
func (h *house) text(t *testing.T, from, body string, at time.Time) {
	t.Helper()
	sid := fmt.Sprintf("SM%032d", texts.Add(1))
	if err := h.inbox.Receive(t.Context(), checkins.Incoming{Channel: checkins.SMS, ProviderID: sid, From: from, Text: body, At: at}); err != nil {
		t.Fatal(err)
	}
}

// join enrols a person and lets them say yes.
func (h *house) join(t *testing.T, number string) checkins.ParticipantID {
	t.Helper()
	id := h.enrol(t, number)
	h.text(t, number, "YES", noon)
	return id
}

func (h *house) state(t *testing.T, who checkins.ParticipantID, now time.Time) checkins.State {
	t.Helper()
	s, err := h.State(t.Context(), checkins.Who{Participant: who}, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plan decides what of the participant is due at now: the plans, and the digest.
func (h *house) plan(t *testing.T, who checkins.ParticipantID, now time.Time) {
	t.Helper()
	for _, p := range h.state(t, who, now).Plans {
		err := h.Decide(t.Context(), checkins.Who{Participant: who}, now, func(s checkins.State) (checkins.Effects, error) {
			return h.rules.PlanDue(s, p.ID, now)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, now, func(s checkins.State) (checkins.Effects, error) {
		return h.rules.DigestDue(s, now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// claimAll claims everything that is queued for texts.
func (h *house) claimAll(t *testing.T, now time.Time) []checkins.MessageID {
	t.Helper()
	ids, err := h.Claim(t.Context(), checkins.SMS, now, now.Add(time.Minute), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestSchemaIsTheSameOnBothDatabases(t *testing.T) {
	golden := filepath.Join("testdata", "schema.txt")
	onBoth(t, func(t *testing.T, h *house) {
		got, err := h.Fingerprint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if *update && h.path != "" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("the schema differs from %s; run with -update if that is meant:\n%s", golden, diff(string(want), got))
		}
	})
}

// diff lists the lines that only one of the two has.
func diff(want, got string) string {
	var b strings.Builder
	for _, side := range []struct{ sign, in, not string }{{"-", want, got}, {"+", got, want}} {
		for line := range strings.SplitSeq(side.in, "\n") {
			if !strings.Contains("\n"+side.not, "\n"+line+"\n") {
				fmt.Fprintf(&b, "%s %s\n", side.sign, line)
			}
		}
	}
	return b.String()
}

func TestAnOldSchemaIsRefused(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "new.db"), Vault: vault.Ephemeral(), NewID: newID})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrOldSchema) {
		t.Errorf("an empty database gives %v", err)
	}
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckSchema(t.Context()); err != nil {
		t.Errorf("a migrated database gives %v", err)
	}
}

func TestNothingIsSentBeforeYes(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrol(t, "+15005550101")
		week := noon.AddDate(0, 0, 7)
		h.plan(t, who, week)
		if ids := h.claimAll(t, noon); len(ids) != 1 {
			t.Fatalf("%d messages wait, not the one question", len(ids))
		}
		if due := h.state(t, who, week).Plans[0].Next; !due.At.IsZero() {
			t.Errorf("a plan is due at %v before anybody said yes", due.At)
		}
	})
}

func TestAReplyBecomesARecord(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550102")
		evening := h.state(t, who, noon).Plans[0].Next.At
		h.plan(t, who, evening)
		for _, id := range h.claimAll(t, evening) {
			out, err := h.Begin(t.Context(), id, 3, evening, evening.Add(time.Minute))
			if errors.Is(err, checkins.ErrNotSent) {
				continue // the answers of noon are too old by now
			}
			if err != nil {
				t.Fatal(err)
			}
			if out.To != "+15005550102" || !strings.HasPrefix(out.Words.Text, "Microreach: ") {
				t.Errorf("to %s goes %q", out.To, out.Words.Text)
			}
			if err := h.Settle(t.Context(), checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: "SM1", At: evening}); err != nil {
				t.Fatal(err)
			}
		}
		h.text(t, "+15005550102", "done 8 3", evening.Add(time.Hour))
		records, err := h.Records(t.Context(), who, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) != 1 {
			t.Fatalf("%d records", len(records))
		}
		r := records[0]
		if r.Outcome != "done" || r.Practice != "one-feeling" || r.RatingBefore == nil || *r.RatingBefore != 8 || r.Rating == nil || *r.Rating != 3 {
			t.Errorf("record is %+v", r)
		}
		if r.Date.String() != "2026-03-04" {
			t.Errorf("local date is %v", r.Date)
		}
	})
}

func TestASlotExistsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550103")
		before := h.state(t, who, noon).Plans[0]
		h.plan(t, who, before.Next.At)
		// Somebody puts the plan back, as a clock set back would.
		err := h.Decide(t.Context(), checkins.Who{Participant: who}, noon, func(checkins.State) (checkins.Effects, error) {
			return checkins.Effects{Plans: []checkins.Plan{before}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		h.plan(t, who, before.Next.At)
		prompts := 0
		for _, m := range h.state(t, who, noon).Recent {
			if m.Kind == checkins.Prompt {
				prompts++
			}
		}
		if prompts != 1 {
			t.Errorf("the slot was planned %d times", prompts)
		}
	})
}

func TestTheSameInboundCountsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550104")
		rounds := few(200)
		for i := range rounds {
			in := checkins.Incoming{
				Channel: checkins.SMS, ProviderID: fmt.Sprintf("SMonce%d", i), From: "+15005550104",
				Text: fmt.Sprintf("done %d", i%10), At: noon.Add(time.Duration(i) * time.Hour),
			}
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() {
					if err := h.inbox.Receive(context.Background(), in); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		}
		records, err := h.Records(t.Context(), who, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) != rounds {
			t.Errorf("%d inbounds, each brought twice, gave %d records", rounds, len(records))
		}
	})
}

func TestStopBetweenPlanAndSendWins(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		rounds := few(200)
		stopped, sent := 0, 0
		for i := range rounds {
			number := fmt.Sprintf("+1500556%04d", i)
			who := h.join(t, number)
			evening := h.state(t, who, noon).Plans[0].Next.At
			h.plan(t, who, evening)
			var prompt checkins.MessageID
			for _, m := range h.state(t, who, evening).Recent {
				if m.Kind == checkins.Prompt {
					prompt = m.ID
				}
			}
			h.claimAll(t, evening)
			var group sync.WaitGroup
			var beginErr error
			group.Go(func() { h.text(t, number, "STOP", evening) })
			group.Go(func() { _, beginErr = h.Begin(context.Background(), prompt, 3, evening, evening.Add(time.Minute)) })
			group.Wait()
			switch {
			case errors.Is(beginErr, checkins.ErrNotSent):
				stopped++
			case beginErr == nil:
				sent++
			default:
				t.Fatal(beginErr)
			}
			after := h.state(t, who, evening)
			if a := after.Addresses[0]; a.State != checkins.Stopped || a.Consented {
				t.Fatalf("after STOP the address is %s, consented %v", a.State, a.Consented)
			}
			for _, m := range after.Recent {
				if m.ID == prompt && (m.State == checkins.Sending) != (beginErr == nil) {
					t.Fatalf("Begin said %v and the message is %s", beginErr, m.State)
				}
				if m.ID == prompt && m.State == checkins.Sending && m.Why == "stopped" {
					t.Fatal("a message was begun after STOP had withdrawn it")
				}
			}
			if ids := h.claimAll(t, evening); len(ids) != 0 {
				t.Fatalf("%d messages still wait for a number that said STOP", len(ids))
			}
		}
		t.Logf("STOP first: %d, begun first: %d", stopped, sent)
	})
}

func TestAfterStopNothingThatWasClaimedIsBegun(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for i, word := range []string{"STOP", "please stop texting me"} {
			number := fmt.Sprintf("+1500559%04d", i)
			who := h.join(t, number)
			evening := h.state(t, who, noon).Plans[0].Next.At
			h.plan(t, who, evening)
			claimed := h.claimAll(t, evening)
			h.text(t, number, word, evening)
			for _, m := range h.state(t, who, evening).Recent {
				if m.Kind == checkins.Prompt && (m.State != checkins.Withdrawn || m.Why != "stopped") {
					t.Errorf("after %q a waiting message is %s (%s)", word, m.State, m.Why)
				}
			}
			for _, id := range claimed {
				if _, err := h.Begin(t.Context(), id, 3, evening, evening.Add(time.Minute)); !errors.Is(err, checkins.ErrNotSent) {
					t.Errorf("after %q a claimed message was begun: %v", word, err)
				}
			}
		}
	})
}

func TestAPauseBetweenClaimAndSendWins(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550111")
		evening := h.state(t, who, noon).Plans[0].Next.At
		h.plan(t, who, evening)
		claimed := h.claimAll(t, evening)
		h.text(t, "+15005550111", "pause", evening)
		for _, id := range claimed {
			if _, err := h.Begin(t.Context(), id, 3, evening, evening.Add(time.Minute)); !errors.Is(err, checkins.ErrNotSent) {
				t.Errorf("a claimed message was begun in a pause: %v", err)
			}
		}
		for _, m := range h.state(t, who, evening).Recent {
			if m.Kind == checkins.Prompt && (m.State != checkins.Withdrawn || m.Why != string(checkins.Resting)) {
				t.Errorf("the reminder is %s (%s)", m.State, m.Why)
			}
		}
	})
}

func TestDoubtfulWordsMakeItQuietAndAskOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const number = "+15005550113"
		who := h.join(t, number)
		evening := h.state(t, who, noon).Plans[0].Next.At
		h.text(t, number, "enough", noon.Add(time.Hour))
		h.plan(t, who, evening)
		s := h.state(t, who, evening)
		if !s.Participant.QuietAt(evening) || s.Addresses[0].State != checkins.Active {
			t.Errorf("quiet until %v, address %s", s.Participant.QuietUntil, s.Addresses[0].State)
		}
		for _, m := range s.Recent {
			if m.Kind == checkins.Prompt {
				t.Errorf("a reminder was planned all the same: %+v", m)
			}
		}
	})
}

func TestAMessageIsClaimedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const people = 100
		for i := range people {
			h.enrol(t, fmt.Sprintf("+1500557%04d", i))
		}
		var mu sync.Mutex
		seen := map[checkins.MessageID]int{}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for {
					ids, err := h.Claim(context.Background(), checkins.SMS, noon, noon.Add(time.Minute), 7)
					if err != nil {
						t.Error(err)
						return
					}
					if len(ids) == 0 {
						return
					}
					mu.Lock()
					for _, id := range ids {
						seen[id]++
					}
					mu.Unlock()
				}
			})
		}
		group.Wait()
		if len(seen) != people {
			t.Errorf("%d of %d messages were claimed", len(seen), people)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("message %s was claimed %d times", id, n)
			}
		}
	})
}

func TestALapsedLease(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.enrol(t, "+15005550105")
		h.enrol(t, "+15005550106")
		ids := h.claimAll(t, noon)
		if _, err := h.Begin(t.Context(), ids[0], 3, noon, noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		requeued, unknown, err := h.Lapse(t.Context(), noon, noon.Add(2*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if requeued != 1 || unknown != 1 {
			t.Errorf("%d went back into the queue and %d are unknown; what was only claimed goes back, what was begun is unknown", requeued, unknown)
		}
		if again := h.claimAll(t, noon); len(again) != 1 || again[0] != ids[1] {
			t.Errorf("claimed again: %v", again)
		}
	})
}

func TestEvidenceSettlesTheUnknownAndNeverGoesBack(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrol(t, "+15005550107")
		out, err := h.Begin(t.Context(), h.claimAll(t, noon)[0], 3, noon, noon.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		witness := checkins.Witness{Decider: h}
		steps := []struct {
			fact checkins.Fact
			want checkins.MessageState
		}{
			{checkins.FactSent, checkins.Accepted}, // before the call itself returned
			{checkins.FactDelivered, checkins.Delivered},
			{checkins.FactSent, checkins.Delivered}, // late
			{checkins.FactUndelivered, checkins.Delivered},
		}
		for i, step := range steps {
			if i == 1 {
				if err := h.Settle(t.Context(), checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeUnknown, At: noon}); err != nil {
					t.Fatal(err)
				}
			}
			err := witness.Witness(t.Context(), checkins.Evidence{Attempt: out.Attempt, ProviderID: "SM77", Source: "callback", Fact: step.fact, At: noon})
			if err != nil {
				t.Fatal(err)
			}
			if m := h.state(t, who, noon).Recent[0]; m.State != step.want {
				t.Errorf("after step %d, %q, the message is %s, not %s", i, step.fact, m.State, step.want)
			}
		}
		err = witness.Witness(t.Context(), checkins.Evidence{Attempt: "nobody's", Source: "callback", Fact: checkins.FactSent, At: noon})
		if err != nil {
			t.Errorf("evidence about nothing: %v", err)
		}
	})
}

func TestOnlyWhatWasCertainlyNotTakenIsTriedAgain(t *testing.T) {
	cases := []struct {
		outcome checkins.Outcome
		retry   time.Duration
		want    checkins.MessageState
	}{
		{checkins.OutcomeUnknown, 0, checkins.Unknown},
		{checkins.OutcomeAccepted, 0, checkins.Accepted},
		{checkins.OutcomePermanent, 0, checkins.Failed},
		{checkins.OutcomeTemporary, time.Minute, checkins.Queued},
		{checkins.OutcomeTemporary, 48 * time.Hour, checkins.Expired},
	}
	onBoth(t, func(t *testing.T, h *house) {
		for i, c := range cases {
			who := h.enrol(t, fmt.Sprintf("+1500555020%d", i))
			out, err := h.Begin(t.Context(), h.claimAll(t, noon)[0], 3, noon, noon.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			x := checkins.Settlement{Attempt: out.Attempt, Outcome: c.outcome, RetryAt: noon.Add(c.retry), At: noon}
			if err := h.Settle(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if m := h.state(t, who, noon).Recent[0]; m.State != c.want {
				t.Errorf("outcome %v leaves the message %s, not %s", c.outcome, m.State, c.want)
			}
		}
	})
}

func TestPauseIsObeyedAndLeavesNoBacklog(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550108")
		evening := h.state(t, who, noon).Plans[0].Next.At
		h.text(t, "+15005550108", "pause", noon.Add(time.Hour))
		h.plan(t, who, evening)
		h.plan(t, who, evening.AddDate(0, 0, 10))
		back := evening.AddDate(0, 0, 10).Add(time.Hour)
		h.text(t, "+15005550108", "resume", back)
		s := h.state(t, who, back)
		for _, m := range s.Recent {
			if m.Kind == checkins.Prompt {
				t.Errorf("a prompt was planned in the pause: %+v", m)
			}
		}
		if next := s.Plans[0].Next.At; !next.After(back) || next.After(back.AddDate(0, 0, 1)) {
			t.Errorf("after %v the next is %v", back, next)
		}
	})
}

func TestTextsInOneBreathAreOneRecordUntilUndone(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const number = "+15005550112"
		who := h.join(t, number)
		records := func() []checkins.CheckIn {
			list, err := h.Records(t.Context(), who, 10)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		h.text(t, number, "done 7", noon.Add(time.Hour))
		h.text(t, number, "done 7", noon.Add(time.Hour+2*time.Second)) // the phone sent it twice
		if list := records(); len(list) != 1 || list[0].Amends != "" {
			t.Fatalf("the same text twice left %+v", list)
		}
		h.text(t, number, "it felt lonely at first", noon.Add(time.Hour+40*time.Second))
		list := records()
		if len(list) != 1 || list[0].Outcome != reply.OutcomeDone || *list[0].Rating != 7 || len(list[0].Feelings) == 0 {
			t.Fatalf("two texts in one breath left %+v", list)
		}
		h.text(t, number, "undo", noon.Add(time.Hour+2*time.Minute))
		list = records()
		if len(list) != 2 || len(list[0].Feelings) != 0 || len(list[1].Feelings) == 0 || list[1].Outcome != "" {
			t.Fatalf("undone, they are %+v", list)
		}
		h.text(t, number, "done 3", noon.Add(3*time.Hour))
		h.text(t, number, "sorry, 4 not 3", noon.Add(3*time.Hour+5*time.Minute))
		if list = records(); len(list) != 3 || *list[2].Rating != 4 || list[2].Outcome != reply.OutcomeDone {
			t.Fatalf("a correction left %+v", list)
		}
		h.text(t, number, "undo", noon.Add(3*time.Hour+6*time.Minute))
		if list = records(); len(list) != 3 || *list[2].Rating != 3 {
			t.Fatalf("undone, the correction left %+v", list)
		}
	})
}

func TestTheDatabaseFileHoldsNothingInTheClear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sealed.db")
	h := open(t, "sqlite:"+path, path)
	h.join(t, "+15005550109")
	h.text(t, "+15005550109", "done 7, felt canaryword and anxious about Zelda", noon.Add(time.Minute))
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"5005550109", "canaryword", "Zelda", "anxious", "Ada Canary", "Canary"} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s%s holds %q in the clear", filepath.Base(path), suffix, secret)
			}
		}
	}
}

func TestAUnitThatFailsUndoesNothingButItself(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550110")
		boom := errors.New("boom")
		var group sync.WaitGroup
		for i := range 40 {
			group.Go(func() {
				err := h.Decide(context.Background(), checkins.Who{Participant: who}, noon, func(s checkins.State) (checkins.Effects, error) {
					if i%4 == 0 {
						return checkins.Effects{}, boom
					}
					return checkins.Effects{CheckIns: []checkins.CheckIn{{
						ID: checkins.CheckInID(newID()), Channel: checkins.SMS, Date: pace.DateOf(noon), At: noon,
					}}}, nil
				})
				if (i%4 == 0) != errors.Is(err, boom) {
					t.Errorf("unit %d ended with %v", i, err)
				}
			})
		}
		group.Wait()
		records, err := h.Records(t.Context(), who, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) != 30 {
			t.Errorf("%d of 30 good units were kept", len(records))
		}
	})
}
