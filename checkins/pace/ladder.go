package pace

import (
	"math/bits"
	"slices"
)

// ladder is how SLOWER and FASTER go, a rung at a time, from rest to twice a day.
var ladder = [...]Pace{
	{},
	{1, 1, Month},
	{1, 2, Week},
	{1, 1, Week},
	{2, 1, Week},
	{3, 1, Week},
	{5, 1, Week},
	{1, 1, Day},
	{2, 1, Day},
}

// Slower is the rung of the ladder below p with days: rest, 1/month, 1/2weeks,
// 1/week, 2/week, 3/week, 5/week, 1/day, 2/day. The zero Pace is rest, where
// nothing is sent; below it there is nothing and ok is false. From a pace that is
// no rung it goes to the nearest that is clearly slower: 4/month is called weekly
// here, and goes to 1/2weeks.
//
// Chosen days stay while the new pace is by the week. If it has fewer, the usual
// ones stay where all of them were chosen (mon to fri becomes mon wed fri), else
// those that are spread most evenly (mon wed fri becomes mon fri); if more, days
// are added in the same way (sat becomes tue sat). Rest, 1/month and the daily
// rungs have no days. Days never chosen stay unchosen: 1/week is then on Mondays,
// even after 1/2weeks on the anchor's weekday, unless the caller passes that
// weekday as chosen.
func Slower(p Pace, days Days) (to Pace, kept Days, ok bool) {
	for _, rung := range slices.Backward(ladder[:]) {
		if addsDays := days != 0 && rung.Unit == Week && rung.N > days.Len(); addsDays {
			continue // 2/day on sat sun goes to sat sun, not to three days
		}
		if clearlySlower(rung, 0, p, days) {
			return rung, daysOn(rung, days), true
		}
	}
	return p, days, false
}

// Faster is the rung of the ladder above p with days; ok is false from 2/day on.
// Chosen days are kept as with Slower.
func Faster(p Pace, days Days) (to Pace, kept Days, ok bool) {
	for _, rung := range ladder {
		if clearlySlower(p, days, rung, 0) {
			return rung, daysOn(rung, days), true
		}
	}
	return p, days, false
}

// clearlySlower reports whether p is slower than q by more than an eighth of q.
// A month of 30 days and one of four weeks are the same pace to a person who
// asks for less.
func clearlySlower(p Pace, pDays Days, q Pace, qDays Days) bool {
	pTimes, pSpan := rate(p, pDays)
	qTimes, qSpan := rate(q, qDays)
	return 8*pTimes*qSpan < 7*qTimes*pSpan
}

// rate is how many times in how many days p comes, over years: four years have
// 1461 days and 48 months.
func rate(p Pace, days Days) (times, span int) {
	switch {
	case p.Unit == Day && p.Every == 1 && days != 0:
		return p.N * days.Len(), 7
	case p.Unit == Day:
		return p.N, p.Every
	case p.Unit == Week && days != 0:
		return days.Len(), 7 * p.Every
	case p.Unit == Week:
		return p.N, 7 * p.Every
	case p.Unit == Month:
		return 48 * p.N, 1461
	}
	return 0, 1
}

// daysOn is what becomes of chosen days on another pace.
func daysOn(p Pace, days Days) Days {
	if p.Unit != Week || days == 0 {
		return 0
	}
	return days.resized(p.N)
}

// resized is the set of n days that has all of d's or is among them: the usual
// one if it does, else the one that is spread most evenly, and of several the
// earliest in the week.
func (d Days) resized(n int) Days {
	keeps := func(set Days) bool { return set&d == d || set&d == set }
	if usual := usualDays[n]; keeps(usual) {
		return usual
	}
	best := d
	for set := Days(1); set <= EveryDay; set++ {
		if set.Len() == n && keeps(set) && (best.Len() != n || set.unevenness() < best.unevenness()) {
			best = set
		}
	}
	return best
}

// unevenness is the sum of the squares of the steps from one day of the set to
// the next, around the week: the less, the more even.
func (d Days) unevenness() (sum int) {
	step := 0
	for i := bits.TrailingZeros8(uint8(d)) + 1; i < 14; i++ {
		step++
		if d&(1<<(i%7)) == 0 {
			continue
		}
		sum += step * step
		step = 0
		if i >= 7 {
			break // around the week, at the first day again
		}
	}
	return sum
}

// UsualDays is on which days p comes where none were chosen, counted from anchor;
// 0 where it goes by dates.
func (p Pace) UsualDays(anchor Date) Days {
	switch {
	case p.Unit == Day && p.Every == 1:
		return EveryDay
	case p.Unit == Week && p.Every == 1 && p.N < len(usualDays):
		return usualDays[p.N]
	case p.Unit == Week && p.Every > 1:
		return DaysOf(anchor.Weekday())
	}
	return 0
}
