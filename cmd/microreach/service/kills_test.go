package service_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

var (
	campaignKills = flag.Int("campaign-kills", 0, "processes that the campaign of kills ends, spread over its rows; 0 = it is left out")
	loadFor       = flag.Duration("under-load", 0, "how long one of three processes under load is killed every second; 0 = it is left out")
)

// killFaults are the ways in which a create may go wrong while processes die. What
// only callbacks do is in the campaign of crashes.
func killFaults() []twiliotest.Fault {
	return []twiliotest.Fault{
		{Name: "none"}, twiliotest.Slow(300 * time.Millisecond), twiliotest.TooMany(1), twiliotest.ServerError(), twiliotest.ServerErrorLost(),
		twiliotest.CutBefore(), twiliotest.CutAfter(), html(true, "HTML after taking"), html(false, "HTML before taking"),
		twiliotest.BrokenJSON(), twiliotest.NoSID(), twiliotest.Refuse(http.StatusBadRequest, 21610),
	}
}

func html(taken bool, name string) twiliotest.Fault {
	f := twiliotest.HTML(http.StatusBadGateway, taken)
	f.Name = name
	return f
}

// TestKilledAtRandomMomentsInEveryFault is the promise on real processes: one on
// SQLite, three on PostgreSQL, while every second create goes wrong.
//
//	go test -run KilledAtRandom -v -timeout 2h ./cmd/microreach/service -args -campaign-kills 2000
func TestKilledAtRandomMomentsInEveryFault(t *testing.T) {
	if *campaignKills == 0 {
		t.Skip("kills processes for many minutes; -campaign-kills says how many")
	}
	faults := killFaults()
	rows := 2 * len(faults)
	kills := (*campaignKills + rows - 1) / rows
	var mu sync.Mutex
	var sum killRow
	t.Run("rows", func(t *testing.T) {
		for _, fault := range faults {
			for _, database := range []string{"sqlite", "postgres"} {
				t.Run(fault.Name+"/"+database, func(t *testing.T) {
					t.Parallel()
					row := killRowOf(t, fault, database, kills)
					t.Log(row)
					mu.Lock()
					defer mu.Unlock()
					sum.add(row)
				})
			}
		}
	})
	sum.fault, sum.database = "all", "both"
	t.Logf("\n%s\n%s", killHead, sum)
}

const killHead = "fault                          database   kills messages  taken  known  unknown  waiting  resent  lost"

// killRow is what a row of the campaign came to.
type killRow struct {
	fault, database                                               string
	kills, messages, taken, known, unknown, waiting, resent, lost int
}

func (r killRow) String() string {
	return fmt.Sprintf("%-30s %-9s %6d %8d %6d %6d %8d %8d %7d %5d", r.fault, r.database, r.kills, r.messages, r.taken, r.known, r.unknown, r.waiting, r.resent, r.lost)
}

func (r *killRow) add(o killRow) {
	r.kills, r.messages, r.taken, r.known = r.kills+o.kills, r.messages+o.messages, r.taken+o.taken, r.known+o.known
	r.unknown, r.waiting, r.resent, r.lost = r.unknown+o.unknown, r.waiting+o.waiting, r.resent+o.resent, r.lost+o.lost
}

// killRowOf kills processes while they send, then lets others finish without
// faults, and counts.
func killRowOf(t *testing.T, fault twiliotest.Fault, kind string, kills int) killRow {
	var mu sync.Mutex
	calm, turn := false, 0
	w := newWorld(t, killDatabase(t, kind), twiliotest.Options{Faults: func(int) twiliotest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if turn++; calm || turn%2 == 0 {
			return twiliotest.Slow(20 * time.Millisecond)
		}
		return fault
	}})
	messages := 12 * kills
	w.core(func(core *service.Core) { fill(t, core, checkins.SMS, messages) })
	servers := w.startAll(kind)
	for range kills {
		before := w.twilio.Requests()
		looks := 0
		until(t, "an attempt", time.Minute, func() bool {
			looks++
			return w.twilio.Requests() > before || looks%200 == 0 && w.idle()
		})
		moment := time.NewTimer(time.Duration(rand.IntN(60)) * time.Millisecond) // wherever in a delivery that falls
		<-moment.C
		victim := rand.IntN(len(servers))
		kill(t, servers[victim])
		servers[victim] = w.start()
	}
	mu.Lock()
	calm = true
	mu.Unlock()
	until(t, "the end of all sends", 5*time.Minute, w.idle)
	for _, s := range servers {
		kill(t, s) // some may still be starting; how one ends at a signal is another test's
	}
	row := w.count(messages)
	row.fault, row.database, row.kills = fault.Name, kind, kills
	return row
}

func killDatabase(t *testing.T, kind string) string {
	if kind == "postgres" {
		return storetest.DurablePostgres(t)
	}
	return sqlite(t, "kills.db")
}

// startAll runs as many servers as the database takes.
func (w *world) startAll(kind string) []*exec.Cmd {
	if kind == "postgres" {
		return []*exec.Cmd{w.start(), w.start(), w.start()}
	}
	return []*exec.Cmd{w.start()}
}

// idle reports whether nothing is under way and nothing due in the next seconds.
func (w *world) idle() (idle bool) {
	w.core(func(core *service.Core) {
		underWay := func() int {
			counts, err := core.Store.Counts(w.t.Context())
			if err != nil {
				w.t.Fatal(err)
			}
			return counts[checkins.Claimed] + counts[checkins.Sending]
		}
		if underWay() > 0 {
			return
		}
		next, err := core.Store.NextWork(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		// What was due may have been claimed between the looks.
		idle = (next.IsZero() || time.Until(next) > 5*time.Second) && underWay() == 0
	})
	return idle
}

// count holds what the peer saw against what the tables say, person by person.
func (w *world) count(messages int) killRow {
	w.t.Helper()
	row := killRow{messages: messages}
	if attempt, n := w.twilio.MostCreated(); n > 1 {
		w.t.Errorf("attempt %s was created %d times", attempt, n)
	}
	w.core(func(core *service.Core) {
		for i := range messages {
			number := fmt.Sprintf("+1212%07d", i+1)
			s, err := core.Store.State(w.t.Context(), checkins.Who{Channel: checkins.SMS, Address: number}, time.Now())
			if err != nil || len(s.Recent) != 1 {
				w.t.Fatalf("%d messages stand in the table for one person, %v", len(s.Recent), err)
			}
			state, taken := s.Recent[0].State, len(w.twilio.Thread(number))
			row.taken += taken
			row.resent += max(taken-1, 0)
			switch state {
			case checkins.Unknown, checkins.UnknownNotResent:
				row.unknown++
			case checkins.Queued:
				row.waiting++
			default:
				row.known++
			}
			left := state == checkins.Accepted || state == checkins.Delivered || state == checkins.Undelivered
			if state == checkins.Sending || state == checkins.Claimed || left && taken == 0 || taken > 0 && !left && state != checkins.Unknown && state != checkins.UnknownNotResent {
				row.lost++
				w.t.Errorf("the table says %s, and Twilio took %d", state, taken)
			}
		}
	})
	if row.resent > 0 {
		w.t.Errorf("%d came twice", row.resent)
	}
	return row
}

// TestOneOfThreeIsKilledEverySecondUnderLoad also tells what three processes do
// against one.
//
//	go test -run KilledEverySecond -v ./cmd/microreach/service -args -under-load 1m
func TestOneOfThreeIsKilledEverySecondUnderLoad(t *testing.T) {
	if *loadFor == 0 {
		t.Skip("takes minutes; -under-load says how long processes are killed")
	}
	const each = 400 // messages a second are more than three processes send
	messages := each * int(loadFor.Seconds()+20)
	w := newWorld(t, storetest.DurablePostgres(t), slow(40*time.Millisecond))
	w.core(func(core *service.Core) { fill(t, core, checkins.SMS, messages) })
	first := w.start()
	alone := w.rateFor(10 * time.Second)
	servers := []*exec.Cmd{first, w.start(), w.start()}
	together := w.rateFor(10 * time.Second)
	began, before, kills := time.Now(), w.twilio.Requests(), 0
	for second := time.NewTicker(time.Second); time.Since(began) < *loadFor; kills++ {
		<-second.C
		kill(t, servers[kills%3])
		servers[kills%3] = w.start()
	}
	dying := float64(w.twilio.Requests()-before) / time.Since(began).Seconds()
	until(t, "the end of all sends", 10*time.Minute, w.idle)
	for _, s := range servers {
		kill(t, s)
	}
	row := w.count(messages)
	row.fault, row.database, row.kills = "none", "postgres", kills
	t.Logf("\n%s\n%s\none process sends %.0f a second, three send %.0f (%.1f times as many), and %.0f while one is killed every second",
		killHead, row, alone, together, together/alone, dying)
}

// rateFor is how many texts a second leave in the next while.
func (w *world) rateFor(d time.Duration) float64 {
	start := w.twilio.Requests()
	until(w.t, "an attempt", time.Minute, func() bool { return w.twilio.Requests() > start })
	before, began := w.twilio.Requests(), time.Now()
	end := time.NewTimer(d)
	<-end.C
	return float64(w.twilio.Requests()-before) / time.Since(began).Seconds()
}
