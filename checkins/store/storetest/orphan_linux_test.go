package storetest

import (
	"fmt"
	"io"
	"testing"

	"github.com/microreach/microreach/checkins/skiptest"
	"golang.org/x/sys/unix"
)

// hangWithCluster is the child of TestKilledProcessLeavesNoServer: it reports its
// cluster and waits to be killed.
func hangWithCluster(t *testing.T) {
	url := Postgres(t)
	c, _ := fastCluster()
	fmt.Printf("%s %s %d\n", c.dir, url, c.keeper)
	select {}
}

func readReport(t *testing.T, r io.Reader) (dir, url string, keeper int) {
	t.Helper()
	if _, err := fmt.Fscan(r, &dir, &url, &keeper); err != nil {
		t.Fatalf("the child did not report its cluster: %v", err)
	}
	return dir, url, keeper
}

// exitOf takes hold of a process that is not our child and returns a function that
// waits for its end.
func exitOf(t *testing.T, pid int) func() {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		skiptest.Missing(t, fmt.Errorf("this kernel has no pidfd: %w", err))
	}
	return func() {
		defer unix.Close(fd)
		const minute = 60_000 // ms
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			n, err := unix.Poll(fds, minute)
			if err == unix.EINTR {
				continue
			}
			if err != nil || n == 0 {
				t.Fatalf("the keeper %d did not end within a minute (%v)", pid, err)
			}
			return
		}
	}
}
