package service_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

var drained = flag.Int("drain", 0, "messages that a process sends while its memory is watched; 0 = it is not")

// mostMemory is what a small server can spare.
const mostMemory = 80 << 20

// TestAProcessThatDrainsALongQueueStaysSmall watches the memory of a whole server
// that works off -drain messages, such as those of a day on which nothing left.
//
//	go test -run StaysSmall -v ./cmd/microreach/service -args -drain 100000
func TestAProcessThatDrainsALongQueueStaysSmall(t *testing.T) {
	if *drained == 0 {
		t.Skip("takes minutes; -drain says how many messages")
	}
	web, _ := startPeer(t)
	w := newWorld(t, sqlite(t, "drain.db"), twiliotest.Options{})
	w.core(func(core *service.Core) { fill(t, core, checkins.SMS, *drained) })
	server := w.command()
	server.Env = append(server.Env, "MICROREACH_TEST_TWILIO=http://"+web)
	began := time.Now()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	most, looks := 0, 0
	w.core(func(core *service.Core) {
		until(t, "the end of all sends", 30*time.Minute, func() bool {
			most = max(most, resident(t, server.Process.Pid))
			if looks++; looks%400 != 0 { // to count them all takes the database a while
				return false
			}
			counts, err := core.Store.Counts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return counts[checkins.Queued]+counts[checkins.Claimed]+counts[checkins.Sending] == 0
		})
		counts, err := core.Store.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d messages in %s: %v; at most %.1f MB resident", *drained, time.Since(began).Round(time.Second), counts, float64(most)/(1<<20))
		if counts[checkins.Accepted] != *drained {
			t.Errorf("%d of %d were taken", counts[checkins.Accepted], *drained)
		}
	})
	stopCleanly(t, server)
	if most > mostMemory {
		t.Errorf("the process took %.1f MB", float64(most)/(1<<20))
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// resident is the most memory, in bytes, that a process has held at a time.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this system does not tell the memory of a process: ", err)
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM in the status of the process")
	}
	kb, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
