package pace

import "time"

// times are the times of one due date, in order.
type times [MaxPerDay]Clock

// sorted fills t with the given times in order, each once, and returns how many
// there are. What is over MaxPerDay is left out.
func (t *times) sorted(given []Clock) (n int) {
	for _, c := range given {
		i := n
		for i > 0 && t[i-1] > c {
			i--
		}
		if (i > 0 && t[i-1] == c) || n == MaxPerDay {
			continue
		}
		copy(t[i+1:n+1], t[i:n])
		t[i] = c
		n++
	}
	return n
}

// search is what a slot is sought for on one date.
type search struct {
	after time.Time // it is strictly later
	last  Slot      // and its key comes after last's
	gone  Clock     // the date's times up to here are not later than after; -1 for none
}

// wants reports whether s is a slot that is sought.
func (q *search) wants(s Slot) bool { return s.At.After(q.after) && s.later(q.last) }

// first is the first wanted slot of the due date d, which may have none.
// Times that one gap swallows all become the instant after it, and as slots are
// strictly later than what went before, only the first of them is ever found.
func (r *Rule) first(d Date, q *search) (Slot, bool) {
	switch {
	case len(r.At) > 0:
		return r.firstChosen(d, q)
	case r.hasWindow():
		return r.firstDrawn(d, q)
	}
	return r.firstDefault(d, q)
}

// whyShifted is why a slot is where it is, from what the clocks did to its time.
var whyShifted = [...]Why{NoInstant: NoWhy, Exact: Plain, Gap: DSTGap, Overlap: DSTOverlap}

// firstChosen knows no hours: these are the very times that the person picked.
func (r *Rule) firstChosen(d Date, q *search) (Slot, bool) {
	var t times
	for i, c := range t[:t.sorted(r.At)] {
		if c <= q.gone {
			continue
		}
		at, how := Instant(d, c, r.Zone)
		if s := (Slot{d, i, at, whyShifted[how]}); how != NoInstant && q.wants(s) {
			return s, true
		}
	}
	return Slot{}, false
}

// firstDefault puts the times that nobody picked into the hours.
func (r *Rule) firstDefault(d Date, q *search) (Slot, bool) {
	hours, n := r.hoursOn(d), r.perDay()
	if hours.minutes() < 2*n {
		return Slot{}, false // or two would fall on one minute
	}
	last, moved := defaultTime(n-1, n, hours)
	spread := r.jitter(hours.To - 1 - last)
	for i := range n {
		c, _ := defaultTime(i, n, hours)
		if c += spread; c <= q.gone {
			continue
		}
		at, how := Instant(d, c, r.Zone)
		if how == NoInstant || (how == Gap && !hours.Has(ClockOf(at))) {
			continue // no time left that day
		}
		why := whyShifted[how]
		if moved && how == Exact {
			why = Moved
		}
		if s := (Slot{d, i, at, why}); q.wants(s) {
			return s, true
		}
	}
	return Slot{}, false
}

// defaultTime is the ith of n times a day within hours, and whether it had to
// move there. One is at 19:00, or where the hours have no 19:00, an hour before
// they end, so that there is time left to send. Several are spread evenly, an
// eleventh of the hours off each end: from 10:00 to 19:00 in the default hours.
func defaultTime(i, n int, hours Span) (c Clock, moved bool) {
	if n == 1 {
		if hours.Has(DefaultAt) {
			return DefaultAt, false
		}
		return max(hours.From, min(DefaultAt, hours.To-60)), true
	}
	edge := Clock(hours.minutes() / 11)
	first, last := hours.From+edge, hours.To-max(edge, 1)
	return first + (last-first)*Clock(i)/Clock(n-1), false
}

// jitter is this plan's share of the spread, the same every day, in minutes from
// 0 to Jitter; at most room.
func (r *Rule) jitter(room Clock) Clock {
	most := min(Clock(r.Jitter), room)
	if most <= 0 {
		return 0
	}
	d := draw(r.Seed)
	return Clock(d.below(int(most) + 1))
}

// firstDrawn draws the date's random times, from the seed and the date alone. It
// reckons in real minutes from the window's opening, so that a change of the
// clocks inside it neither narrows a gap nor moves a time out of it.
func (r *Rule) firstDrawn(d Date, q *search) (Slot, bool) {
	span := r.Window.Within(r.hoursOn(d))
	if span.From >= span.To {
		return Slot{}, false
	}
	open, how := Instant(d, span.From, r.Zone)
	end, ends := Instant(d, span.To, r.Zone)
	if how == NoInstant || ends == NoInstant {
		return Slot{}, false
	}
	gap := r.Window.gapMinutes()
	n := min(max(r.windowCount(), 0), MaxPerDay)
	minutes := int(end.Sub(open) / time.Minute)
	for r.Region != nil && n > 0 && minutes <= (n-1)*gap {
		n-- // there is no time left for the last of them that day
	}
	room := minutes - (n-1)*gap
	if n == 0 || room < 1 {
		return Slot{}, false
	}
	// Draws within what the gaps leave, put in order and moved apart by the gaps
	// again, fall evenly over every choice of times that keeps the gaps.
	var drawn times
	state := draw(r.Seed ^ uint64(d.number())<<32)
	for i := range n {
		x, j := Clock(state.below(room)), i
		for ; j > 0 && drawn[j-1] > x; j-- {
			drawn[j] = drawn[j-1]
		}
		drawn[j] = x
	}
	for i, x := range drawn[:n] {
		if s := (Slot{d, i, open.Add(time.Duration(int(x)+i*gap) * time.Minute), Drawn}); q.wants(s) {
			return s, true
		}
	}
	return Slot{}, false
}

// draw is a stream of random numbers (SplitMix64). It is written out here
// because the draws are a promise: they stay the same after a restart and after
// every later version of Go.
type draw uint64

// below is the next number from 0 to n-1.
func (d *draw) below(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return int(z % uint64(n))
}

// SeedOf makes a rule's Seed of an identifier, always the same (FNV-1a).
func SeedOf(id string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}
