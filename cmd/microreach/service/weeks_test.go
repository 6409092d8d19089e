package service_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/templates"
)

var (
	simPeople = flag.Int("sim-people", 100, "people in the simulation")
	simDays   = flag.Int("sim-days", 60, "virtual days of the simulation")
)

// begin is a Monday before clocks change in most places.
var begin = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

var simZones = []string{
	"America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe", "America/Santiago", "Pacific/Honolulu",
	"Asia/Kolkata", "Africa/Cairo", "Pacific/Apia", "America/St_Johns",
}

var simPaces = []string{"1/month", "1/2weeks", "1/week", "2/week", "3/week", "5/week", "1/day", "2/day", "3/day", "1/2days"}

// soul is one simulated person, with what the test itself knows of them.
type soul struct {
	id       checkins.ParticipantID
	plan     checkins.PlanID
	number   string
	zone     *time.Location
	ownTime  bool
	silent   bool
	quiet    time.Time // as the test asked for it
	paused   bool      // open pause
	prompts  int
	slots    map[string]bool
	perDate  map[string]int
	last     time.Time // when something that we start went out last
	texts    []string
	messages int // everything that was sent, the question and the welcome too
}

// simulation drives planner and dispatcher by a virtual clock, and checks each
// message as it leaves.
type simulation struct {
	t        *testing.T
	now      time.Time
	database string
	vault    *vault.Vault
	core     *service.Core
	souls    []*soul
	byNumber map[string]*soul
	rng      *rand.Rand
	sent     int
	crashed  int
	outages  int
	after    time.Time // the end of the last outage
}

func (s *simulation) options() service.CoreOptions {
	return service.CoreOptions{
		Database: s.database, Vault: s.vault, NewID: newID, Log: leaktest.On(s.t).Log(), Migrate: true,
		Now:   func() time.Time { return s.now },
		Words: templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"},
	}
}

func (s *simulation) open() {
	var err error
	if s.core, err = openCore(s.t, s.options()); err != nil {
		s.t.Fatal(err)
	}
}

// Send implements notifier.Sender: it is the far end of the wire.
func (s *simulation) Send(_ context.Context, out checkins.Outgoing) (string, error) {
	who := s.byNumber[out.To]
	if who == nil {
		s.t.Fatalf("a message went to nobody: %s", out.To)
	}
	who.messages++
	who.texts = append(who.texts, out.Words.Text)
	if out.Kind.Started() {
		s.check(who, out)
	}
	s.sent++
	return "SM" + newID(), nil
}

func (s *simulation) check(who *soul, out checkins.Outgoing) {
	local := s.now.In(who.zone)
	date := local.Format(time.DateOnly)
	if out.Kind == checkins.Prompt {
		who.prompts++
		slot := fmt.Sprint(out.Plan, out.Slot)
		if who.slots[slot] {
			s.t.Errorf("%s got the slot %s twice", who.number, slot)
		}
		who.slots[slot] = true
	}
	if apart := s.now.Sub(who.last); apart < 15*time.Minute {
		s.t.Errorf("%s got two messages %s apart", who.number, apart)
	}
	if s.now.Before(s.after.Add(time.Hour)) && !who.last.Before(s.after) && !s.after.IsZero() {
		s.t.Errorf("%s got two messages in the hour after an outage, at %s and %s", who.number, who.last, s.now)
	}
	if late := s.now.Sub(out.DueAt); late > 3*time.Hour {
		s.t.Errorf("%s got a message %s late", who.number, late)
	}
	who.last = s.now
	if who.perDate[date]++; who.perDate[date] > 3 {
		s.t.Errorf("%s got %d messages on %s", who.number, who.perDate[date], date)
	}
	if who.paused || s.now.Before(who.quiet) {
		s.t.Errorf("%s got a message at %s in a pause until %s", who.number, local, who.quiet)
	}
	if clock := pace.ClockOf(local); !who.ownTime && (clock < pace.DefaultFrom || clock >= pace.DefaultTo) {
		s.t.Errorf("%s got a message at %s, outside the hours", who.number, local)
	}
}

// step runs the rounds at the present moment until nothing is left to do.
func (s *simulation) step() {
	log := leaktest.On(s.t).Log()
	now := func() time.Time { return s.now }
	planner := &notifier.Planner{Plans: s.core.Store, Digests: s.core.Store, Decider: s.core.Store, House: s.core.House, Pulse: s.core.Store, Now: now, Clock: now, Log: log}
	dispatcher := &notifier.Dispatcher{
		Channel: checkins.SMS, Queue: s.core.Store, Ledger: s.core.Store, Sender: s, Witness: checkins.Witness{Decider: s.core.Store},
		Workers: 1, PerDay: 3, Now: now, Clock: now, Log: log,
	}
	for range 100 {
		planned, err := planner.Run(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		sent, err := dispatcher.Run(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if planned+sent == 0 {
			return
		}
	}
	s.t.Fatalf("at %s the rounds never end", s.now)
}

// until walks from one due instant to the next up to t.
func (s *simulation) until(t time.Time) {
	for s.now.Before(t) {
		next, err := s.core.Store.NextWork(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if next.IsZero() || !next.Before(t) {
			break
		}
		// The planner's pulse beats as it would, so that no outage is seen.
		for s.now.Add(4*time.Minute).Before(next) && next.Sub(s.now) > 4*time.Minute {
			s.now = next.Add(-time.Second)
			if err := s.core.Store.Beat(s.t.Context(), notifier.PlanRound, s.now); err != nil {
				s.t.Fatal(err)
			}
		}
		if next.After(s.now) {
			s.now = next
		}
		s.step()
	}
	if s.now.Before(t) {
		s.now = t
	}
	if err := s.core.Store.Beat(s.t.Context(), notifier.PlanRound, s.now); err != nil {
		s.t.Fatal(err)
	}
}

func (s *simulation) enrol(i int) *soul {
	zone, err := time.LoadLocation(simZones[i%len(simZones)])
	if err != nil {
		s.t.Fatal(err)
	}
	who := &soul{
		id: checkins.ParticipantID(newID()), plan: checkins.PlanID(newID()), number: fmt.Sprintf("+1212556%04d", i), zone: zone,
		ownTime: i%3 == 0, silent: i%4 == 0, slots: map[string]bool{}, perDate: map[string]int{},
	}
	rhythm, err := pace.Parse(simPaces[i%len(simPaces)])
	if err != nil {
		s.t.Fatal(err)
	}
	plan := checkins.Plan{
		ID: who.plan, Practices: []checkins.PracticeID{"check-in-text", "closeness"}, Channel: checkins.SMS,
		Status: checkins.PlanActive, Pace: rhythm, Anchor: pace.DateOf(s.now.In(zone)), CreatedAt: s.now,
	}
	if rhythm.Unit == pace.Day && rhythm.N > 1 {
		who.ownTime = false
	}
	if who.ownTime {
		plan.At = []pace.Clock{pace.Clock(s.rng.IntN(24 * 60))}
	}
	plans := []checkins.Plan{plan}
	if i%10 == 0 { // and another one, which knows no time of its own
		plans = append(plans, checkins.Plan{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"win"}, Channel: checkins.SMS, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 1 + i%3, Every: 1, Unit: pace.Day}, Anchor: plan.Anchor, CreatedAt: s.now.Add(time.Second), NoAnswer: i%20 == 10,
		})
	}
	s.byNumber[who.number] = who
	err = s.core.Enrol(s.t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{
			ID: who.id, Zone: zone.String(), Locale: "en", CreatedAt: s.now, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
		},
		Addresses: []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: who.number}},
		Plans:     plans,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.say(who, "YES")
	return who
}

func (s *simulation) say(who *soul, text string) {
	err := s.core.Inbox.Receive(s.t.Context(), checkins.Incoming{
		Channel: checkins.SMS, ProviderID: "SM" + newID(), From: who.number, Text: text, At: s.now,
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// wish asks for a change as a page or a command would.
func (s *simulation) wish(who *soul, w checkins.Wish) {
	w.Route = checkins.ByPage
	err := s.core.Store.Decide(s.t.Context(), checkins.Who{Participant: who.id}, s.now, func(st checkins.State) (checkins.Effects, error) {
		e, _ := s.core.House.Apply(st, w, s.now)
		return e, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// live lets somebody do what people do, now and then.
func (s *simulation) live(who *soul) {
	switch s.rng.IntN(12) {
	case 0, 1, 2, 3:
		s.say(who, fmt.Sprintf("done %d", s.rng.IntN(11)))
	case 4:
		who.paused = false
		who.quiet = s.now.Add(time.Duration(1+s.rng.IntN(6*24)) * time.Hour).Truncate(time.Millisecond)
		s.wish(who, checkins.Wish{Kind: checkins.WishPause, Until: who.quiet})
	case 5:
		who.paused = true
		s.say(who, "pause")
	case 6:
		who.paused, who.quiet = false, time.Time{}
		s.say(who, "resume")
	case 7:
		zone, err := time.LoadLocation(simZones[s.rng.IntN(len(simZones))])
		if err != nil {
			s.t.Fatal(err)
		}
		who.zone, who.perDate = zone, map[string]int{}
		s.wish(who, checkins.Wish{Kind: checkins.WishZone, Zone: zone.String()})
	case 8:
		s.wish(who, checkins.Wish{Kind: checkins.WishSlower, Plan: who.plan})
	case 9:
		s.wish(who, checkins.Wish{Kind: checkins.WishFaster, Plan: who.plan})
	}
}

// crash ends the process in the middle: something is claimed, something is
// being sent, and nobody settles it.
func (s *simulation) crash() {
	ids, err := s.core.Store.Claim(s.t.Context(), checkins.SMS, s.now, s.now.Add(time.Second), 2)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(ids) > 0 {
		out, err := s.core.Store.Begin(s.t.Context(), ids[0], 3, s.now, s.now.Add(time.Second))
		if err == nil {
			if _, err := s.Send(s.t.Context(), out); err != nil { // it left; nobody will know
				s.t.Fatal(err)
			}
			s.crashed++
		}
	}
	if err := s.core.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
	if _, _, err := s.core.Store.Lapse(s.t.Context(), s.now, s.now.Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
}

// outage lets nothing run for a while.
func (s *simulation) outage() {
	s.now = s.now.Add(time.Duration(10+s.rng.IntN(72*60)) * time.Minute)
	s.after = s.now
	s.outages++
	s.step()
}

func TestWeeksOfManyLives(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	s := &simulation{
		t: t, now: begin, vault: vault.Ephemeral(), database: sqlite(t, "weeks.db"),
		byNumber: map[string]*soul{}, rng: rand.New(rand.NewPCG(7, 11)),
	}
	s.open()
	defer func() { _ = s.core.Close() }()
	for i := range *simPeople {
		s.souls = append(s.souls, s.enrol(i))
	}
	s.step()
	for d := range *simDays * 2 { // twice a day everybody may do something
		s.until(begin.Add(time.Duration(d+1) * 12 * time.Hour))
		for _, who := range s.souls {
			if !who.silent && s.rng.IntN(5) == 0 {
				s.live(who)
			}
		}
		if s.rng.IntN(6) == 0 {
			s.crash()
		}
		s.step()
		if s.rng.IntN(12) == 0 {
			s.outage()
		}
	}
	most := 0
	for _, who := range s.souls {
		if who.silent {
			most = max(most, who.messages)
			if *simDays <= 60 && who.messages > 8 {
				t.Errorf("a silent person, %s, got %d messages in %d days", who.number, who.messages, *simDays)
			}
		}
	}
	counts, err := s.core.Store.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, state := range checkins.MessageStates() {
		fmt.Fprintf(&table, " %s %d", state, counts[state])
	}
	t.Logf("%d people, %d days, %d messages sent, %d processes ended in the middle of a send, %d outages, at most %d to a silent person; states:%s",
		*simPeople, *simDays, s.sent, s.crashed, s.outages, most, table.String())
}
