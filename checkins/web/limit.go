package web

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limit is how often in a time.
type Limit struct {
	Most int
	In   time.Duration
}

// Limits bound what comes from one network address. They are kept in memory, and
// only spare the machine: what costs money or reaches people is bounded by rows
// (rule 12).
type Limits struct {
	Visits Limit // requests of any kind
	Acts   Limit // what is posted to a page of a link
	Asks   Limit // what is posted without a link
}

// DefaultLimits let a household or a clinic behind one address do what they want.
var DefaultLimits = Limits{
	Visits: Limit{30_000, 10 * time.Minute},
	Acts:   Limit{200, 10 * time.Minute},
	Asks:   Limit{20, time.Hour},
}

// or fills in what is not set.
func (l Limits) or(d Limits) Limits {
	for _, f := range []struct{ own, by *Limit }{{&l.Visits, &d.Visits}, {&l.Acts, &d.Acts}, {&l.Asks, &d.Asks}} {
		if f.own.Most == 0 {
			*f.own = *f.by
		}
	}
	return l
}

// counter counts by network address. It forgets everything when its time is over,
// so that it cannot grow for ever.
type counter struct {
	limit Limit
	clock func() time.Time

	mu    sync.Mutex
	began time.Time
	used  map[netip.Prefix]int
}

// mostCounted bounds how many addresses are counted at once; beyond, new ones are
// counted together.
const mostCounted = 100_000

func newCounter(l Limit, clock func() time.Time) *counter {
	return &counter{limit: l, clock: clock, used: map[netip.Prefix]int{}}
}

// take counts one more from an address, and reports whether that was allowed.
func (c *counter) take(from netip.Addr) bool {
	now, key := c.clock(), network(from)
	c.mu.Lock()
	defer c.mu.Unlock()
	if since := now.Sub(c.began); since >= c.limit.In || since < 0 {
		c.began, c.used = now, map[netip.Prefix]int{}
	}
	if _, known := c.used[key]; !known && len(c.used) >= mostCounted {
		key = netip.Prefix{}
	}
	c.used[key]++
	return c.used[key] <= c.limit.Most
}

// network is what one subscriber has: an IPv4 address, or 64 bits of IPv6.
func network(a netip.Addr) netip.Prefix {
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the address is not known
	}
	return p
}

// visitor is where a request comes from. A proxy's word is believed where the proxy
// is one of ours: the last address in the list that is not is the visitor's (E05).
func (s *Site) visitor(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(from); i-- {
		hop, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(hops[i]), "[]"))
		if err != nil {
			break
		}
		from = hop.Unmap().WithZone("")
	}
	return from
}

func (s *Site) trusted(a netip.Addr) bool {
	for _, p := range s.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// limited turns away who asks for far too much.
func (s *Site) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.visits.take(s.visitor(r)) {
			s.trouble(w, r, http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}
