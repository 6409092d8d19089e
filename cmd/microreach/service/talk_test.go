package service_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/templates"
)

// talk is one person's conversation with the real core: store, planner,
// dispatcher, words and reader. Only the far end of the wire is a list.
//
// A conversation is written down as it would be read, one line a step:
//
//	next              go to the next reminder
//	+3h               let three hours go by
//	> done 8 3        the person writes
//	< noted: done     this comes, and these words stand in it
//	< -               nothing more has come
//	= one-feeling done 8>3 note "it went well"
//	                  this stands as the newest record
//	= -               nothing stands as a record
type talk struct {
	t      *testing.T
	now    time.Time
	core   *service.Core
	vault  *vault.Vault
	who    checkins.ParticipantID
	plan   checkins.PlanID
	number string
	came   []checkins.Outgoing
	seen   int
	texts  int // inbound so far
	aligns bool
}

// person is what a conversation's person chose.
type person struct {
	practices string
	pace      string
	also      string // the practice of a second plan, daily
	channel   checkins.Channel
	alter     func(*checkins.Participant, *checkins.Plan)
}

func startTalk(t *testing.T, p person) *talk {
	t.Helper()
	k := &talk{t: t, now: time.Date(2026, time.March, 2, 15, 0, 0, 0, time.UTC), number: "+12125550147", vault: vault.Ephemeral()}
	if p.channel == "" {
		p.channel = checkins.SMS
	}
	if p.channel == checkins.Email {
		k.number = "robin@mail.example"
	}
	var err error
	k.core, err = openCore(t, service.CoreOptions{
		Database: sqlite(t, "talk.db"), Vault: k.vault, NewID: newID,
		Log: leaktest.On(k.t).Log(), Migrate: true, Now: func() time.Time { return k.now },
		Words: templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.core.Close() })
	k.enrol(p)
	return k
}

func (k *talk) enrol(p person) {
	k.t.Helper()
	rhythm, err := pace.Parse(cmpOr(p.pace, "2/week"))
	if err != nil {
		k.t.Fatal(err)
	}
	k.who, k.plan = checkins.ParticipantID(newID()), checkins.PlanID(newID())
	who := checkins.Participant{
		ID: k.who, Name: "Robin", Zone: "America/New_York", Locale: "en", CreatedAt: k.now,
		Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
	}
	plan := checkins.Plan{
		ID: k.plan, Channel: p.channel, Status: checkins.PlanActive, Pace: rhythm, CreatedAt: k.now,
		Anchor: pace.DateOf(k.now.In(who.Location())),
	}
	for id := range strings.SplitSeq(p.practices, ",") {
		plan.Practices = append(plan.Practices, checkins.PracticeID(id))
	}
	if p.alter != nil {
		p.alter(&who, &plan)
	}
	plans := []checkins.Plan{plan}
	if p.also != "" {
		second := plan
		second.ID, second.Practices, second.Pace = checkins.PlanID(newID()), []checkins.PracticeID{checkins.PracticeID(p.also)}, pace.Pace{N: 1, Every: 1, Unit: pace.Day}
		second.At = []pace.Clock{20 * 60}
		plans = append(plans, second)
	}
	err = k.core.Enrol(k.t.Context(), checkins.Enrolment{
		Participant: who, Plans: plans,
		Addresses: []checkins.Address{{ID: checkins.AddressID(newID()), Channel: p.channel, Value: k.number}},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.step()
	k.say("YES")
	k.seen = len(k.came)
}

// Send implements notifier.Sender.
func (k *talk) Send(_ context.Context, out checkins.Outgoing) (string, error) {
	k.came = append(k.came, out)
	return "SM" + newID(), nil
}

// step runs the rounds until nothing is left to do.
func (k *talk) step() {
	log, now := leaktest.On(k.t).Log(), func() time.Time { return k.now }
	planner := &notifier.Planner{Plans: k.core.Store, Digests: k.core.Store, Decider: k.core.Store, House: k.core.House, Pulse: k.core.Store, Now: now, Clock: now, Log: log}
	for {
		done, err := planner.Run(k.t.Context())
		if err != nil {
			k.t.Fatal(err)
		}
		for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
			d := &notifier.Dispatcher{
				Channel: channel, Queue: k.core.Store, Ledger: k.core.Store, Sender: k, Witness: checkins.Witness{Decider: k.core.Store},
				Workers: 1, PerDay: 3, Now: now, Clock: now, Log: log,
			}
			sent, err := d.Run(k.t.Context())
			if err != nil {
				k.t.Fatal(err)
			}
			done += sent
		}
		if done == 0 {
			return
		}
	}
}

// until lets time go by, from one due moment to the next.
func (k *talk) until(t time.Time) {
	for {
		next, err := k.core.Store.NextWork(k.t.Context())
		if err != nil {
			k.t.Fatal(err)
		}
		if next.IsZero() || next.After(t) {
			break
		}
		if next.After(k.now) {
			k.now = next
		}
		k.beat()
		k.step()
	}
	k.now = t
	k.beat()
	k.step()
}

// beat keeps the planner's pulse, so that no outage is seen.
func (k *talk) beat() {
	if err := k.core.Store.Beat(k.t.Context(), notifier.PlanRound, k.now); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) next() {
	k.t.Helper()
	list, err := k.core.Preview(k.t.Context(), k.who, 1)
	if err != nil {
		k.t.Fatal(err)
	}
	if len(list) == 0 {
		k.t.Fatal("no reminder comes any more")
	}
	k.until(list[0].Due.At)
}

func (k *talk) say(text string) {
	k.t.Helper()
	k.texts++
	in := checkins.Incoming{Channel: checkins.SMS, ProviderID: fmt.Sprint("SM", k.texts), From: k.number, Text: text, At: k.now}
	if strings.Contains(k.number, "@") {
		in.Channel, in.Aligned = checkins.Email, k.aligns
		in.Token = k.token()
	}
	if err := k.core.Inbox.Receive(k.t.Context(), in); err != nil {
		k.t.Fatal(err)
	}
	k.step()
}

// token is that of the last mail.
func (k *talk) token() string {
	return k.vault.Token(store.PurposeReply, string(k.came[len(k.came)-1].ID))
}

func (k *talk) state() checkins.State {
	k.t.Helper()
	s, err := k.core.Store.State(k.t.Context(), checkins.Who{Participant: k.who}, k.now)
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

// goes plays a conversation.
func (k *talk) goes(script string) {
	k.t.Helper()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sign, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "next":
			k.next()
		case strings.HasPrefix(line, "+"):
			d, err := time.ParseDuration(line[1:])
			if err != nil {
				k.t.Fatal(err)
			}
			k.until(k.now.Add(d))
		case sign == ">":
			k.unread(line)
			k.say(rest)
		case sign == "<":
			k.expect(rest)
		case sign == "=":
			k.record(rest)
		default:
			k.t.Fatalf("cannot play %q", line)
		}
	}
	k.unread("the end")
}

// unread fails where something came that the script does not tell.
func (k *talk) unread(before string) {
	k.t.Helper()
	if k.seen < len(k.came) {
		k.t.Fatalf("before %q there came %q", before, k.came[k.seen].Words.Text)
	}
}

func (k *talk) expect(words string) {
	k.t.Helper()
	if words == "-" {
		k.unread("< -")
		return
	}
	if k.seen == len(k.came) {
		k.t.Fatalf("nothing came; want %q", words)
	}
	got := k.came[k.seen].Words.Text
	k.seen++
	if !strings.Contains(got, words) {
		k.t.Fatalf("there came %q, want %q", got, words)
	}
	if k.came[k.seen-1].Channel == checkins.SMS {
		if _, n := templates.Segments(got); n > 2 {
			k.t.Errorf("%d segments: %q", n, got)
		}
	}
}

func (k *talk) record(want string) {
	k.t.Helper()
	records := k.state().Records
	got := "-"
	if len(records) > 0 {
		got = brief(records[0])
	}
	if got != want {
		k.t.Fatalf("the newest record is %s, want %s", got, want)
	}
}

// brief is a record on one line.
func brief(c checkins.CheckIn) string {
	parts := []string{cmpOr(string(c.Practice), "?")}
	add := func(ok bool, format string, args ...any) {
		if ok {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(c.Outcome != "", "%s", c.Outcome)
	number := func(n *float64) string {
		if n == nil {
			return ""
		}
		return fmt.Sprint(*n)
	}
	add(c.RatingBefore != nil, "%s>%s", number(c.RatingBefore), number(c.Rating))
	add(c.RatingBefore == nil && c.Rating != nil, "%s", number(c.Rating))
	add(c.Remembered, "remembered")
	add(len(c.Feelings)+len(c.Sensations) > 0, "felt %s", strings.Join(append(c.Feelings, c.Sensations...), ","))
	add(c.Expectation != "", "expects %q", c.Expectation)
	add(c.Note != "", "note %q", c.Note)
	return strings.Join(parts, " ")
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
