package service_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/templates"
)

var (
	digestPeople = flag.Int("digest-people", 100, "people in the simulation of digests")
	digestDays   = flag.Int("digest-days", 60, "virtual days of the simulation of digests")
)

var digestZones = []string{
	"America/New_York", "America/Los_Angeles", "America/Chicago", "America/St_Johns", "America/Santiago", "America/Sao_Paulo", "America/Havana",
	"America/Nuuk", "Europe/London", "Europe/Lisbon", "Europe/Berlin", "Europe/Athens", "Africa/Cairo", "Africa/Casablanca", "Africa/Lagos",
	"Asia/Beirut", "Asia/Tehran", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Jakarta", "Asia/Tokyo", "Australia/Adelaide",
	"Australia/Sydney", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Auckland", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Honolulu",
}

// weekly is one simulated person, with what the test itself knows of them.
type weekly struct {
	id      checkins.ParticipantID
	mailbox string
	zone    *time.Location
	choice  checkins.DigestChoice
	changed time.Time // when zone or choice changed last
	quiet   time.Time
	records []told
	got     []arrival

	// The oracle's own book-keeping.
	done  map[string]bool // ISO weeks that were decided
	until time.Time
}

// told is one record: a word that occurs nowhere else, and when it was written.
type told struct {
	at      time.Time
	word    string
	skipped bool
}

type arrival struct {
	at    time.Time
	words []string
}

// digestRun drives the rounds by a virtual clock.
type digestRun struct {
	t       *testing.T
	now     time.Time
	core    *service.Core
	people  []*weekly
	byBox   map[string]*weekly
	rng     *rand.Rand
	planner *notifier.Planner
	sender  *notifier.Dispatcher
	words   int
}

var wordsOf = regexp.MustCompile(`q\d+q`)

// Send implements notifier.Sender: it is the far end of the wire.
func (r *digestRun) Send(_ context.Context, out checkins.Outgoing) (string, error) {
	if out.Kind == checkins.Digest {
		who := r.byBox[out.To]
		who.got = append(who.got, arrival{r.now, wordsOf.FindAllString(out.Words.Text, -1)})
		if html := wordsOf.FindAllString(out.Words.HTML, -1); !slices.Equal(html, who.got[len(who.got)-1].words) {
			r.t.Errorf("the HTML holds %v, the text %v", html, who.got[len(who.got)-1].words)
		}
	}
	return newID(), nil
}

func newDigestRun(t *testing.T, begin time.Time) *digestRun {
	r := &digestRun{t: t, now: begin, byBox: map[string]*weekly{}, rng: rand.New(rand.NewPCG(3, 5))}
	log, now := leaktest.On(t).Log(), func() time.Time { return r.now }
	var err error
	r.core, err = openCore(t, service.CoreOptions{
		Database: "sqlite:" + filepath.Join(t.TempDir(), "digests.db"), Vault: vault.Ephemeral(), NewID: newID, Log: log, Migrate: true, Now: now,
		Words: templates.Options{Programme: "Microreach", Country: "US"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.core.Close() })
	st := r.core.Store
	r.planner = &notifier.Planner{Plans: st, Digests: st, Decider: st, House: r.core.House, Pulse: st, Now: now, Clock: func() time.Time { return begin }, Log: log}
	r.sender = &notifier.Dispatcher{
		Channel: checkins.Email, Queue: st, Ledger: st, Sender: r, Witness: checkins.Witness{Decider: st}, Workers: 1, PerDay: 3, Now: now, Clock: now, Log: log,
	}
	return r
}

// enrol takes a person in whose mailbox has said yes. Some have a plan that
// writes at noon, too.
func (r *digestRun) enrol(i int) {
	who := &weekly{id: checkins.ParticipantID(newID()), mailbox: fmt.Sprintf("p%d@example.org", i), done: map[string]bool{}}
	zone := digestZones[i%len(digestZones)]
	who.zone, _ = time.LoadLocation(zone)
	who.changed = r.now
	var plans []checkins.Plan
	if i%10 == 0 {
		plans = []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"closeness"}, Channel: checkins.Email, Status: checkins.PlanActive, NoAnswer: true,
			Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Week}, Days: pace.DaysOf(time.Sunday), At: []pace.Clock{12 * 60}, Anchor: pace.DateOf(r.now), CreatedAt: r.now,
		}}
	}
	err := r.core.Enrol(r.t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: who.id, Zone: zone, Locale: []string{"en", "es"}[i%2], CreatedAt: r.now, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: who.mailbox}}, Plans: plans,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.decide(who, func(s checkins.State) checkins.Effects {
		s.Addresses[0].State = checkins.Active
		yes := checkins.Consent{ID: checkins.ConsentID(newID()), Address: s.Addresses[0].ID, Topic: checkins.ToMessages, Given: true, Route: checkins.ByEmail, At: r.now}
		return checkins.Effects{Addresses: s.Addresses, Consents: []checkins.Consent{yes}}
	})
	r.people, r.byBox[who.mailbox] = append(r.people, who), who
}

func (r *digestRun) decide(who *weekly, do func(checkins.State) checkins.Effects) {
	err := r.core.Store.Decide(r.t.Context(), checkins.Who{Participant: who.id}, r.now, func(s checkins.State) (checkins.Effects, error) { return do(s), nil })
	if err != nil {
		r.t.Fatal(err)
	}
}

// live lets a person do what people do in the days ahead: write now and then,
// and now and then move, rest, or choose anew.
func (r *digestRun) live(who *weekly) {
	var w checkins.Wish
	switch r.rng.IntN(12) {
	case 0:
		zone := digestZones[r.rng.IntN(len(digestZones))]
		if zone == who.zone.String() {
			break
		}
		w = checkins.Wish{Kind: checkins.WishZone, Zone: zone}
		who.zone, _ = time.LoadLocation(zone)
		who.changed = r.now
	case 1:
		clock := pace.Clock(15 * r.rng.IntN(96))
		choice := checkins.DigestChoice{Day: time.Weekday(r.rng.IntN(7)), At: &clock}
		if r.rng.IntN(4) == 0 {
			choice.By = checkins.DigestOff
		}
		w = checkins.Wish{Kind: checkins.WishDigest, Digest: choice}
		who.choice, who.changed = choice, r.now
	case 2:
		who.quiet = r.now.Add(time.Duration(1+r.rng.IntN(14*24)) * time.Hour)
		w = checkins.Wish{Kind: checkins.WishPause, Until: who.quiet}
	}
	var records []checkins.CheckIn
	for range r.rng.IntN(4) {
		r.words++
		one := told{r.now.Add(time.Duration(r.rng.IntN(7*24*60)) * time.Minute), fmt.Sprintf("q%dq", r.words), r.rng.IntN(5) == 0}
		c := checkins.CheckIn{ID: checkins.CheckInID(newID()), Channel: checkins.Email, At: one.at, Note: one.word, Kind: checkins.Journal, Date: pace.DateOf(one.at.In(who.zone))}
		if one.skipped {
			c.Outcome = reply.OutcomeSkipped
		}
		who.records, records = append(who.records, one), append(records, c)
	}
	if w.Kind == "" && records == nil {
		return
	}
	r.decide(who, func(s checkins.State) (e checkins.Effects) {
		if w.Kind != "" {
			w.Route = checkins.ByPage
			var unable checkins.Unable
			if e, unable = r.core.House.Apply(s, w, r.now); unable != checkins.Granted && unable != checkins.AlreadySo {
				r.t.Fatal(unable)
			}
		}
		e.CheckIns = records
		return e
	})
}

// until walks from one due instant to the next up to t.
func (r *digestRun) until(t time.Time) {
	for {
		if _, err := r.planner.Run(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.sender.Run(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		next, err := r.core.Store.NextWork(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if next.IsZero() || !next.Before(t) {
			r.now = t
			return
		}
		r.now = next
	}
}

// step is how finely the oracle looks at the clocks: every offset of today and
// every hour that is picked here is a multiple of it.
const step = 15 * time.Minute

// shows tells how the person's clock on the wall stands at t.
func (w *weekly) shows(t time.Time) (date, week string, weekday time.Weekday, clock pace.Clock) {
	local := t.In(w.zone)
	year, number := local.ISOWeek()
	return local.Format(time.DateOnly), fmt.Sprint(year, "-", number), local.Weekday(), pace.Clock(local.Hour()*60 + local.Minute())
}

// strikes reports whether the chosen hour of the chosen day comes at t, and in
// which week: the first quarter of an hour on that date that shows it, or what is
// later. It reckons nothing; it looks at the clock.
func (w *weekly) strikes(t time.Time) (week string, due bool) {
	date, week, weekday, clock := w.shows(t)
	before, _, _, earlier := w.shows(t.Add(-step))
	hour := pace.Clock(18 * 60)
	if w.choice.At != nil {
		hour = *w.choice.At
	}
	return week, weekday == w.choice.Day && clock >= hour && (before != date || earlier < hour)
}

// expect is the second reckoning of a stretch of time: which digests are due in
// it, and with which words.
func (w *weekly) expect(from, to time.Time) (due []arrival) {
	for t := from; t.Before(to); t = t.Add(step) {
		week, strikes := w.strikes(t)
		if !strikes || w.done[week] || !t.After(w.changed) || w.choice.By == checkins.DigestOff {
			continue
		}
		since := w.until
		if since.IsZero() || t.Sub(since) > 14*24*time.Hour {
			for since = t.Add(-step); ; since = since.Add(-step) {
				if _, struck := w.strikes(since); struck {
					break
				}
			}
		}
		w.done[week], w.until = true, t
		if t.Before(w.quiet) {
			continue
		}
		var words []string
		for _, r := range w.records {
			if !r.at.Before(since) && r.at.Before(t) && !r.skipped {
				words = append(words, r.word)
			}
		}
		if len(words) > 0 {
			slices.Sort(words)
			due = append(due, arrival{t, words})
		}
	}
	return due
}

// Each person gets exactly the digests that are due, at the hour that they chose,
// each with that week's records and no other.
func TestDigestsOfManyWeeks(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many days: nothing here for the race detector to see")
	}
	begin := time.Date(2026, time.October, 19, 0, 0, 0, 0, time.UTC) // before clocks change in Europe and America
	r := newDigestRun(t, begin)
	for i := range *digestPeople {
		r.enrol(i)
	}
	expected := map[*weekly][]arrival{}
	all := 0
	for d := 3; d <= *digestDays; d += 3 {
		from, to := r.now, begin.AddDate(0, 0, d)
		for _, who := range r.people {
			r.live(who)
			expected[who] = append(expected[who], who.expect(from, to)...)
		}
		r.until(to)
	}
	for i, who := range r.people {
		want := expected[who]
		all += len(want)
		if len(who.got) != len(want) {
			t.Errorf("person %d in %s got %d digests, and %d were due:\n%s\n%s", i, who.zone, len(who.got), len(want), list(who.got), list(want))
			continue
		}
		for j, got := range who.got {
			slices.Sort(got.words)
			if late := got.at.Sub(want[j].at); late < 0 || late > 15*time.Minute {
				t.Errorf("person %d got a digest at %s that was due %s", i, got.at.In(who.zone), want[j].at.In(who.zone))
			}
			if !slices.Equal(got.words, want[j].words) {
				t.Errorf("person %d got on %s a digest with %v; that week holds %v", i, got.at.In(who.zone), got.words, want[j].words)
			}
		}
	}
	if all < *digestPeople**digestDays/20 {
		t.Errorf("only %d digests were due: the simulation does not try much", all)
	}
	t.Logf("%d people in %d zones, %d days, %d records, %d digests", *digestPeople, len(digestZones), *digestDays, r.words, all)
}

func list(all []arrival) string {
	var b strings.Builder
	for _, a := range all {
		fmt.Fprintf(&b, " %s %v;", a.at.UTC().Format("2 Jan 15:04"), a.words)
	}
	return b.String()
}
