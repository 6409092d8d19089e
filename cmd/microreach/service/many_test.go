package service_test

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func TestASecondProcessOnASQLiteFileIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("runs processes")
	}
	t.Parallel() // it waits for processes most of the time
	w := newWorld(t, sqlite(t, "one.db"), slow(0))
	w.core(func(core *service.Core) { w.due(core, 1) })
	first := w.start()
	until(t, "the first text", 20*time.Second, func() bool { return w.twilio.Requests() > 0 })
	var said bytes.Buffer
	second := w.command()
	second.Stderr = io.MultiWriter(second.Stderr, &said)
	err := second.Run()
	if err == nil || !strings.Contains(said.String(), "stop it first") || !strings.Contains(said.String(), "one.db") {
		t.Errorf("a second one ended with %v and said %s", err, said.String())
	}
	kill(t, first)
	third := w.start() // a crash leaves no claim behind
	time.AfterFunc(2*time.Second, func() { _ = third.Process.Signal(syscall.SIGTERM) })
	if err := third.Wait(); err != nil {
		t.Errorf("after a crash the next one ended with %v", err)
	}
}

func kill(t *testing.T, server *exec.Cmd) {
	t.Helper()
	if err := server.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait() // killed, as meant
}

func TestThreeProcessesShareTheWorkAndOneAfterTheOtherIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for half a minute")
	}
	t.Parallel() // it waits for processes most of the time
	const people, kills = 240, 8
	w := newWorld(t, storetest.DurablePostgres(t), slow(40*time.Millisecond))
	w.core(func(core *service.Core) { w.due(core, people) })
	servers := []*exec.Cmd{w.start(), w.start(), w.start()}
	began := time.Now()
	for i := range kills {
		before := w.twilio.Requests()
		until(t, "twenty attempts", 20*time.Second, func() bool { return w.twilio.Requests() > before+20 })
		kill(t, servers[i%3])
		servers[i%3] = w.start()
	}
	t.Logf("%d kills in %s, %d texts meanwhile", kills, time.Since(began).Round(time.Millisecond), w.twilio.Requests())
	w.core(func(core *service.Core) {
		until(t, "the end of all sends", time.Minute, func() bool {
			counts, err := core.Store.Counts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return counts[checkins.Queued]+counts[checkins.Claimed]+counts[checkins.Sending] == 0
		})
	})
	for _, s := range servers {
		stopCleanly(t, s)
	}
	w.core(func(core *service.Core) { w.accounted(core, people) })
}
