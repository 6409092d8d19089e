package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
)

// A test process that finds this variable is the program, and runs what it says.
const asProgram = "MICROREACH_TEST_RUN"

// TestAsAProgram is no test: other tests start it as a process that they kill.
func TestAsAProgram(t *testing.T) {
	line := os.Getenv(asProgram)
	if line == "" {
		t.Skip("only for processes that other tests start")
	}
	os.Exit(run(context.Background(), program{
		Now: func() time.Time { return morning }, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Env: os.LookupEnv, In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr,
	}, strings.Fields(line)))
}

// process is the program as a process that does not run yet.
func (c *command) process(line string) *exec.Cmd {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestAsAProgram$")
	cmd.Dir, cmd.Stderr = c.dir, leaktest.On(c.t).Output("the stderr of a process")
	cmd.Env = append(os.Environ(), asProgram+"="+line)
	for name, value := range c.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

var rotationsAsked = flag.Int("rotations", 12, "how often a rotation of keys is killed at a random point")

func TestAKilledRotationLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("the processes that it kills are built without the race detector")
	}
	t.Run("sqlite", func(t *testing.T) { killRotations(t, "", *rotationsAsked) })
	t.Run("postgres", func(t *testing.T) { killRotations(t, storetest.Postgres(t), *rotationsAsked) })
}

func killRotations(t *testing.T, database string, kills int) {
	if testing.Short() {
		kills = max(kills/4, 3)
	}
	c := newCommand(t)
	if database != "" {
		c.env["MICROREACH_DATABASE_URL"] = database
	}
	c.must("init")
	people := filepath.Join(c.dir, "people.csv")
	rows := "name,sms,zone,because\n"
	for i := range 150 {
		rows += fmt.Sprintf("Canary %d,+1212555%04d,UTC,because %d\n", i, i, i)
	}
	if err := os.WriteFile(people, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	c.must("participant", "import", people)
	h := openHouse(t, c, database)
	stop := h.keepWriting(t)
	longest := 0 * time.Millisecond
	for i := range kills {
		cmd := c.process("keys rotate")
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i == 0 { // the first one runs to its end, and tells how long that is
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			longest = time.Since(began)
			continue
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-time.After(rand.N(longest)):
			_ = cmd.Process.Kill() // it may have ended by itself
			<-ended
		case <-ended:
		}
	}
	stop()
	if _, err := h.vault.Reload(); err != nil {
		t.Fatal(err)
	}
	c.must("keys", "rotate")
	h.allSealedByCurrent(t, c)
}

// openedHouse is the database of a folder, as a service has it open.
type openedHouse struct {
	*store.Store
	vault *vault.Vault
}

func openHouse(t *testing.T, c *command, database string) openedHouse {
	t.Helper()
	v, err := vault.OpenFile(filepath.Join(c.dir, "microreach.keys"))
	if err != nil {
		t.Fatal(err)
	}
	if database == "" {
		database = "sqlite:" + filepath.Join(c.dir, "microreach.db")
	}
	s, err := store.Open(t.Context(), store.Options{URL: database, Vault: v, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return openedHouse{s, v}
}

// keepWriting changes people over and over, as a service does, and now and then
// looks at the key file; every read on the way has to succeed.
func (h openedHouse) keepWriting(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			ids, err := h.People(ctx, 1, n%150)
			if err == nil && len(ids) == 1 {
				err = h.Decide(ctx, checkins.Who{Participant: ids[0]}, morning, func(s checkins.State) (checkins.Effects, error) {
					who := s.Participant
					if !strings.HasPrefix(who.Name, "Canary ") {
						t.Errorf("a name reads %q", who.Name)
					}
					return checkins.Effects{Participant: &who}, nil
				})
			}
			if err != nil && ctx.Err() == nil {
				t.Errorf("while keys are rotated: %v", err)
				return
			}
			if n%20 == 0 {
				if _, err := h.vault.Reload(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// allSealedByCurrent fails unless every value opens, and was sealed by the key
// that seals now.
func (h openedHouse) allSealedByCurrent(t *testing.T, c *command) {
	t.Helper()
	if _, err := h.vault.Reload(); err != nil {
		t.Fatal(err)
	}
	ids, current, err := vault.Keys(filepath.Join(c.dir, "microreach.keys"))
	if err != nil {
		t.Fatal(err)
	}
	counts, err := h.SealedBy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(counts) != 1 || counts[current] < 600 {
		t.Errorf("of the keys %v, %s seals, and the values are of %v", ids, current, counts)
	}
	people, err := h.People(t.Context(), 1000, 0)
	if err != nil || len(people) != 150 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	for _, id := range people {
		a := checkins.NewJSONArchive(&strings.Builder{})
		if err := h.Export(t.Context(), id, a); err != nil {
			t.Errorf("a person is not readable: %v", err)
		}
	}
	for _, id := range ids {
		if id != current {
			c.must("keys", "retire", id)
		}
	}
	if _, err := h.vault.Reload(); err != nil {
		t.Fatal(err)
	}
	if err := h.Export(t.Context(), people[0], checkins.NewJSONArchive(&strings.Builder{})); err != nil {
		t.Errorf("without the old keys: %v", err)
	}
	t.Logf("%d keys, %d values", len(ids), counts[current])
}

func TestAKeyInUseIsNotRetired(t *testing.T) {
	c, _ := withAda(t)
	_, first, err := vault.Keys(filepath.Join(c.dir, "microreach.keys"))
	if err != nil {
		t.Fatal(err)
	}
	c.must("keys", "add")
	if code, _, errs := c.run("keys", "retire", first); code != exitFailure || !strings.Contains(errs, "values are still sealed") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if out := c.must("keys", "list"); !strings.Contains(out, "seals") || strings.Count(out, "\n") != 3 {
		t.Errorf("the list is\n%s", out)
	}
	c.must("keys", "rotate")
	ids, current, err := vault.Keys(filepath.Join(c.dir, "microreach.keys"))
	if err != nil || len(ids) != 2 || current != ids[1] {
		t.Errorf("rotate did not take the key that was added: %v, %s, %v", ids, current, err)
	}
	if code, _, errs := c.run("keys", "retire", current); code != exitFailure || !strings.Contains(errs, "rotate first") && !strings.Contains(errs, "values are still") {
		t.Errorf("exit %d: %s", code, errs)
	}
	c.must("keys", "retire", first)
	c.must("participant", "list")
}
