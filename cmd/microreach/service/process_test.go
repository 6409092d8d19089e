package service_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
	"github.com/microreach/microreach/templates"
)

// A test process that finds this variable is a server to be killed.
const asServer = "MICROREACH_TEST_SERVER"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asPeer) != "":
		os.Exit(peer())
	case os.Getenv(asServer) == "":
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// lease is what tests wait for after a process died.
const lease = 10 * time.Second

// coreOptions is the core that the killed process and the test itself share.
func coreOptions(database string, v *vault.Vault, log *slog.Logger) service.CoreOptions {
	return service.CoreOptions{
		Database: database, Vault: v, Now: time.Now, NewID: newID, Log: log, Migrate: true,
		Words: templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"},
	}
}

// prepared makes an empty database ready.
func prepared(url string) error {
	core, err := service.OpenCore(context.Background(), coreOptions(url, vault.Ephemeral(), slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	return core.Close()
}

// sqlite is the address of a new database with tables in a file of that name.
func sqlite(t *testing.T, name string) string {
	t.Helper()
	return "sqlite:" + storetest.PreparedFile(t, name, prepared)
}

// serve is the whole service on real time, texts only, against the Twilio that
// the environment names.
func serve(ctx context.Context) error {
	v, err := vault.OpenFile(os.Getenv("MICROREACH_TEST_KEYS"))
	if err != nil {
		return err
	}
	base, err := url.Parse(os.Getenv("MICROREACH_TEST_TWILIO"))
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := service.New(ctx, service.Options{
		Core: coreOptions(os.Getenv(asServer), v, log), Clock: time.Now, Lease: lease,
		SMS: &service.SMS{Twilio: twilio.Options{
			AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: twiliotest.Number, BaseURL: base, Now: time.Now,
			PublicURL: &url.URL{Scheme: "http", Host: "127.0.0.1:9"}, // callbacks go nowhere, and carry the attempt all the same
		}, AuthTokens: []string{twiliotest.AuthToken}},
	})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// world is a database with people whose first reminder is due, and a Twilio.
type world struct {
	t        *testing.T
	database string
	keys     string
	vault    *vault.Vault
	twilio   *twiliotest.Server
}

func newWorld(t *testing.T, database string, o twiliotest.Options) *world {
	t.Helper()
	w := &world{t: t, database: database, keys: filepath.Join(t.TempDir(), "keys")}
	if err := vault.CreateFile(w.keys); err != nil {
		t.Fatal(err)
	}
	leaktest.On(t).Keys(w.keys)
	var err error
	if w.vault, err = vault.OpenFile(w.keys); err != nil {
		t.Fatal(err)
	}
	o.RetryDelay, o.CallbackDelay = time.Millisecond, time.Millisecond
	w.twilio = leaktest.On(t).Twilio(o)
	return w
}

// core opens the database while no server has it.
func (w *world) core(do func(*service.Core)) {
	w.t.Helper()
	core, err := openCore(w.t, coreOptions(w.database, w.vault, leaktest.On(w.t).Log()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := core.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	do(core)
}

// due enrols people who said yes and whose reminder is due at once.
func (w *world) due(core *service.Core, people int) {
	w.t.Helper()
	now := time.Now()
	local := now.UTC()
	for i := range people {
		number := fmt.Sprintf("+1212555%04d", i)
		en := checkins.Enrolment{
			Participant: checkins.Participant{
				ID: checkins.ParticipantID(newID()), Name: "Canary Nightingale", Zone: "UTC", Locale: "en", CreatedAt: now,
				Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
			},
			Addresses: []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number}},
			Plans: []checkins.Plan{{
				ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"check-in-text"}, Channel: checkins.SMS,
				Status: checkins.PlanActive, Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Day},
				At: []pace.Clock{pace.Clock(local.Hour()*60 + local.Minute())}, Anchor: pace.DateOf(local), CreatedAt: now,
			}},
		}
		if err := core.Enrol(w.t.Context(), en); err != nil {
			w.t.Fatal(err)
		}
		// They say yes a minute before the reminder of this minute is due.
		err := core.Inbox.Receive(w.t.Context(), checkins.Incoming{
			Channel: checkins.SMS, ProviderID: "SM" + newID(), From: number, Text: "YES", At: now.Add(-time.Minute),
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// command is a server process that does not run yet.
func (w *world) command() *exec.Cmd {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), asServer+"="+w.database, "MICROREACH_TEST_KEYS="+w.keys, "MICROREACH_TEST_TWILIO="+w.twilio.URL)
	c.Stderr = leaktest.On(w.t).Output("the stderr of a server")
	if testing.Verbose() {
		c.Stderr = io.MultiWriter(c.Stderr, os.Stderr)
	}
	return c
}

// start runs a server process.
func (w *world) start() *exec.Cmd {
	w.t.Helper()
	c := w.command()
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// until polls for a condition; the world outside has no other way to tell.
func until(t *testing.T, what string, patience time.Duration, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(patience)
	for !holds() {
		select {
		case <-ticker.C:
		case <-end:
			t.Fatalf("%s did not happen within %s", what, patience)
		}
	}
}

// slow is a Twilio that takes the message and then keeps its answer for a
// while, so that a kill always meets an attempt that is being sent.
func slow(d time.Duration) twiliotest.Options {
	return twiliotest.Options{Faults: func(int) twiliotest.Fault { return twiliotest.Slow(d) }}
}

func TestKilledThirtyTimesNobodyIsTextedTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for a minute")
	}
	t.Parallel() // it waits for processes most of the time
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, sqlite(t, "kill.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, storetest.DurablePostgres(t))
	})
}

var killsAsked = flag.Int("kills", 30, "how often a process is killed while it sends")

func killAgainAndAgain(t *testing.T, database string) {
	kills, people := *killsAsked, 8**killsAsked
	w := newWorld(t, database, slow(40*time.Millisecond))
	w.core(func(core *service.Core) { w.due(core, people) })
	for range kills {
		before := w.twilio.Requests()
		server := w.start()
		until(t, "an attempt", 20*time.Second, func() bool { return w.twilio.Requests() > before })
		if err := server.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = server.Wait() // killed, as meant
	}
	server := w.start()
	w.core(func(core *service.Core) {
		until(t, "the end of all sends", time.Minute+time.Duration(kills)*time.Second, func() bool {
			counts, err := core.Store.Counts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return counts[checkins.Queued]+counts[checkins.Claimed]+counts[checkins.Sending] == 0
		})
	})
	stopCleanly(t, server)
	w.core(func(core *service.Core) { w.accounted(core, people) })
}

// accounted checks what the peer saw against what the tables say.
func (w *world) accounted(core *service.Core, people int) {
	w.t.Helper()
	if attempt, n := w.twilio.MostCreated(); n > 1 {
		w.t.Errorf("attempt %s was created %d times", attempt, n)
	}
	prompts := 0
	states := map[checkins.MessageState]int{}
	ids, err := core.Store.People(w.t.Context(), people+1, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range ids {
		s, err := core.Store.State(w.t.Context(), checkins.Who{Participant: id}, time.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		texts := map[string]int{}
		for _, m := range w.twilio.Thread(s.Addresses[0].Value) {
			texts[m.Body]++
		}
		for body, n := range texts {
			if n > 1 {
				w.t.Errorf("somebody got %q %d times", body, n)
			}
		}
		for _, m := range s.Recent {
			if m.Kind == checkins.Prompt {
				prompts++
				states[m.State]++
			}
		}
	}
	if prompts != people {
		w.t.Errorf("%d reminders stand in the table for %d people", prompts, people)
	}
	w.t.Logf("%d people, %d texts at Twilio, reminders: %v", people, len(w.twilio.Outbound()), states)
}

func stopCleanly(t *testing.T, server *exec.Cmd) {
	t.Helper()
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after SIGTERM the process ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		_ = server.Process.Kill() // it is late already
		t.Error("ten seconds after SIGTERM the process still ran")
	}
}

func TestSigtermSettlesWhatWasBegun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a process for some seconds")
	}
	t.Parallel() // it waits for processes most of the time
	for name, fault := range map[string]twiliotest.Fault{
		"an answer that takes two seconds": twiliotest.Slow(2 * time.Second),
		"an answer that never comes":       twiliotest.Slow(time.Minute),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sqlite(t, "term.db"), twiliotest.Options{Faults: func(int) twiliotest.Fault { return fault }})
			w.core(func(core *service.Core) { w.due(core, 30) })
			server := w.start()
			until(t, "an attempt", 20*time.Second, func() bool { return w.twilio.Requests() > 0 })
			stopCleanly(t, server)
			w.core(func(core *service.Core) {
				counts, err := core.Store.Counts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if counts[checkins.Sending]+counts[checkins.Claimed] > 0 {
					t.Errorf("after the end: %v", counts)
				}
				if counts[checkins.Accepted]+counts[checkins.Unknown] != w.twilio.Requests() {
					t.Errorf("Twilio saw %d requests, and the table says %v", w.twilio.Requests(), counts)
				}
			})
		})
	}
}
