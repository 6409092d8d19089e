package reply

import (
	"github.com/microreach/microreach/checkins/pace"
)

// rhythm is what a person can say about the beat of a plan: how often, on which
// days, at what time, in any order.
type rhythm struct {
	pace   pace.Pace
	days   pace.Days
	at     *pace.Clock
	plural bool // the days are surely a rule: Mondays, every Monday, Mon/Thu
	asked  bool // a time of day that is surely a rule: mornings, at 7
	reason string
}

func (r rhythm) said() bool {
	return r.pace != (pace.Pace{}) || r.days != 0 || r.at != nil || r.reason != ""
}

// rhythm reads what stands at pos. headed tells that a command asked for it, so that
// a lone day or hour counts.
func (t *said) rhythm(pos int32, headed bool) (r rhythm, next int32) {
	next = pos
	for range 6 {
		if int(next) >= len(t.toks) || next > pos && t.toks[next].gap == stop {
			break
		}
		after, ok := t.rhythmPart(&r, next, headed)
		if !ok {
			break
		}
		next = after
	}
	return r, next
}

func (t *said) rhythmPart(r *rhythm, pos int32, headed bool) (next int32, ok bool) {
	_, _, excepting := t.role(pos, "except")
	if r.pace == (pace.Pace{}) && !excepting {
		if next, ok := t.howOften(r, pos); ok {
			return next, true
		}
	}
	if r.days == 0 {
		if next, ok := t.whichDays(r, pos); ok {
			return next, true
		}
	}
	if r.at == nil {
		return t.whatTime(r, pos, headed)
	}
	return pos, false
}

// howOften reads "weekly", "twice a week", "3x/week", "every 2 days", "once every
// other week".
func (t *said) howOften(r *rhythm, pos int32) (next int32, ok bool) {
	pos = t.past(pos, "only")
	if v, next, ok := t.role(pos, "rhythm"); ok {
		r.pace, _ = pace.Parse(v)
		return next, true
	}
	n, at, ok := t.times(pos)
	if !ok {
		if _, _, every := t.role(pos, "every"); !every {
			return pos, false
		}
		n, at = 1, pos
	}
	if v, next, ok := t.role(at, "rhythm"); ok { // twice weekly, once every other day
		r.pace, _ = pace.Parse(v)
		return next, t.setPace(r, n, r.pace.Every, r.pace.Unit)
	}
	every, span, ok := t.perSpan(at)
	if _, _, unit := t.role(at, "unit"); !ok && unit && t.endsAt(at, "times") { // "2x week"
		every, span, ok = 1, at, true
	}
	if at = span; !ok {
		return pos, false
	}
	name, next, ok := t.role(at, "unit")
	if !ok {
		return pos, false
	}
	unit, factor := unitOf(name)
	return next, unit != pace.NoUnit && t.setPace(r, n, every*factor, unit)
}

// times reads how many times: once, twice, 3, 3 times, 3x.
func (t *said) times(pos int32) (n int, next int32, ok bool) {
	if v, next, ok := t.role(pos, "often"); ok {
		n, _, _ = atoi(v)
		return n, next, true
	}
	n, next, ok = t.whole(pos)
	if !ok {
		if v, after, found := t.role(pos, "count"); found {
			n, _, ok = atoi(v)
			next = after
		}
	}
	return n, t.past(next, "times"), ok
}

func atoi(s string) (n int, rest string, ok bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return n, s[i:], false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, "", s != ""
}

// perSpan reads the words between the number and the unit: "a", "per", "/", "every
// other", "every 2".
func (t *said) perSpan(pos int32) (every int, next int32, ok bool) {
	if _, at, ok := t.role(pos, "every"); ok {
		if _, after, ok := t.role(at, "other"); ok {
			return 2, after, true
		}
		if n, after, ok := t.whole(at); ok {
			return n, t.past(after, "ordinal"), true
		}
		return 1, at, true
	}
	if _, at, ok := t.role(pos, "per"); ok {
		return 1, at, true
	}
	if int(pos) < len(t.toks) && t.toks[pos].sep == '/' {
		return 1, pos, true
	}
	return 0, pos, false
}

// unitOf gives the unit of a pace; years and months of more than one are reckoned in
// smaller units.
func unitOf(name string) (pace.Unit, int) {
	switch name {
	case "day":
		return pace.Day, 1
	case "week":
		return pace.Week, 1
	case "month":
		return pace.Month, 1
	case "year":
		return pace.Day, 365
	}
	return pace.NoUnit, 0
}

func (t *said) setPace(r *rhythm, n, every int, unit pace.Unit) bool {
	if unit == pace.Month && every > 1 {
		unit, every = pace.Day, every*30
	}
	if n > 1 && every > 1 && n%every == 0 { // four times every two weeks
		n, every = n/every, 1
	}
	r.pace = pace.Pace{N: n, Every: every, Unit: unit}
	if !r.pace.Valid() {
		r.pace, r.reason = pace.Pace{}, ReasonUnknown
	}
	return true
}

// whichDays reads "Mondays", "Tue/Thu", "Monday to Friday", "only weekends", "every
// day but Sunday", "not on Sundays".
func (t *said) whichDays(r *rhythm, pos int32) (next int32, ok bool) {
	at := t.past(pos, "only")
	if _, after, ok := t.role(at, "except"); ok {
		days, next, _, ok := t.dayList(t.past(after, "at", "every"))
		if !ok {
			return pos, false
		}
		r.days, r.plural = pace.EveryDay&^days, true
		return next, true
	}
	days, next, plural, ok := t.dayList(at)
	if !ok {
		return pos, false
	}
	if _, after, ok := t.role(next, "except"); ok {
		if less, end, _, ok := t.dayList(t.past(after, "at", "every")); ok {
			days, next, plural = days&^less, end, true
		}
	}
	r.days, r.plural = days, plural || at != pos
	return t.past(next, "only"), true
}

// dayList reads days joined by commas, slashes, "and", or as a range.
func (t *said) dayList(pos int32) (days pace.Days, next int32, plural, ok bool) {
	next = pos
	for range 7 {
		at := t.past(next, "and", "or")
		at = t.past(at, "at", "of")
		_, each, every := t.role(at, "every")
		if every {
			at = each
		}
		if v, after, found := t.role(at, "days"); found {
			d, _ := pace.ParseDays(v)
			days, next, ok, plural = days|d, after, true, true
			continue
		}
		d, after, rule, found := t.weekday(at)
		if !found || ok && t.toks[at].gap == stop {
			break
		}
		if last, end, ranged := t.rangeEnd(after); ranged {
			d, after, rule = daysBetween(d, last), end, true
		}
		plural = plural || rule || every || ok
		days, next, ok = days|d, after, true
	}
	return days, next, plural, ok
}

// rangeEnd reads "to Friday", "-Fri".
func (t *said) rangeEnd(pos int32) (pace.Days, int32, bool) {
	if int(pos) < len(t.toks) && t.toks[pos].sep == '-' {
		if d, next, _, ok := t.weekday(pos); ok {
			return d, next, true
		}
	}
	for _, part := range [...]string{"through", "until"} {
		if _, at, ok := t.role(pos, part); ok {
			d, next, _, ok := t.weekday(at)
			return d, next, ok
		}
	}
	return 0, pos, false
}

// daysBetween is every day from the one to the other, round the week if need be.
func daysBetween(from, to pace.Days) (days pace.Days) {
	for d := from; ; d = d<<1 | d>>6&1 {
		d &= pace.EveryDay
		days |= d
		if d == to {
			return days
		}
	}
}

// whatTime reads "at 7pm", "19:30", "mornings", "noon".
func (t *said) whatTime(r *rhythm, pos int32, headed bool) (next int32, ok bool) {
	if v, next, ok := t.role(pos, "parts"); ok {
		c, _ := pace.ParseClock(v)
		r.at, r.asked = &c, true
		if _, _, every := t.role(pos, "every"); every && r.pace == (pace.Pace{}) && r.days == 0 {
			r.pace = pace.Pace{N: 1, Every: 1, Unit: pace.Day}
		}
		if exact, after, bare, reason, ok := t.clock(t.past(next, "at"), t.saidAt(t.past(next, "at"))); ok {
			return after, t.setTime(r, exact, bare, c, reason)
		}
		return next, true
	}
	if v, next, ok := t.role(pos, "moment"); ok && r.pace != (pace.Pace{}) { // every night before bed
		c, _ := pace.ParseClock(v)
		r.at = &c
		return next, true
	}
	at := t.past(t.past(pos, "at"), "about")
	c, next, bare, reason, ok := t.clock(at, t.saidAt(at))
	if ok {
		r.asked = r.asked || at > pos
		part := pace.Clock(12 * 60)
		for _, name := range [...]string{"parts", "part"} { // 8 in the morning
			if v, after, ok := t.role(next, name); ok {
				part, _ = pace.ParseClock(v)
				next = after
			}
		}
		return next, t.setTime(r, c, bare, part, reason)
	}
	at = t.past(at, "of")
	v, next, ok := t.role(at, "part")
	if _, tail := t.at(next, kindTail); !ok || !headed && !tail && v != "12:00" && v != "00:00" {
		return pos, false // a lone "evening" is a greeting
	}
	c, _ = pace.ParseClock(v)
	r.at = &c
	return next, true
}

// setTime keeps the hour in the half of the day that the part names.
func (t *said) setTime(r *rhythm, c pace.Clock, bare bool, part pace.Clock, reason string) bool {
	m := moment{clock: c, hasClock: true, bare: bare, part: part, hasPart: part != 12*60}
	m.settlePart()
	r.at = &m.clock
	if reason != "" {
		r.reason = reason
	}
	return true
}
