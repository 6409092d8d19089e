package reply_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/microreach/microreach/checkins/reply"
)

func TestZZCPU(t *testing.T) {
	if os.Getenv("CPU") == "" {
		t.Skip()
	}
	r := reader(t)
	c := reply.Context{After: reply.AfterReach, Now: now, Zone: newYork(t)}
	var a, b syscall.Rusage
	for range 3 {
		syscall.Getrusage(syscall.RUSAGE_SELF, &a)
		const n = 20000
		for range n {
			r.Read(longText, c)
		}
		syscall.Getrusage(syscall.RUSAGE_SELF, &b)
		fmt.Printf("cpu %.1f µs  steps %d\n", float64((b.Utime.Nano()-a.Utime.Nano())+(b.Stime.Nano()-a.Stime.Nano()))/n/1000, r.Steps(longText, c))
	}
}
