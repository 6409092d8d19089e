package demo

import (
	"sync"
	"time"
)

// Clock is the time that the demo's people live in. It runs at a speed of its
// own and can be put forward; leases, sockets and time-outs know nothing of it.
type Clock struct {
	real func() time.Time

	mu    sync.Mutex
	from  time.Time // what it showed
	since time.Time // when, in real time
	speed float64   // virtual seconds in a real one; 0 = it stands
}

// NewClock is a clock that shows start and runs as fast as real time.
func NewClock(start time.Time, real func() time.Time) *Clock {
	return &Clock{real: real, from: start, since: real(), speed: 1}
}

// Now is what the clock shows, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	return c.from.Add(time.Duration(float64(c.real().Sub(c.since)) * c.speed)).UTC()
}

// Speed is how fast the clock runs.
func (c *Clock) Speed() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}

// SetSpeed makes the clock run at another speed from now on.
func (c *Clock) SetSpeed(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from, c.since, c.speed = c.now(), c.real(), speed
}

// Forward puts the clock forward to t; it never goes back.
func (c *Clock) Forward(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now()) {
		c.from, c.since = t, c.real()
	}
}
