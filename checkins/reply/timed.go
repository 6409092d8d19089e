package reply

// Commands that go on with a moment: how long a pause is, when it ends, until when
// something is put off.

// pauseUntil reads "pause till Monday", "I need a break", "on vacation until the 20th".
func (t *said) pauseUntil() bool {
	return t.timed(kindPauseHead, IntentPause, during) || t.timed(kindPauseLead, IntentPause, plainly) ||
		t.open(kindPauseHead, IntentPause)
}

func (t *said) resumeAt() bool { return t.timed(kindResumeHead, IntentResume, plainly) }

func (t *said) laterAt() bool {
	return t.timed(kindLaterHead, IntentLater, plainly) || t.timed(kindLaterLead, IntentLater, plainly) ||
		t.open(kindLaterHead, IntentLater)
}

// timed reads the head of a command and the moment after it.
func (t *said) timed(kind kindOf, intent Intent, unless manner) bool {
	for _, f := range t.found {
		if t.meaning(f).kind != kind || t.meaning(f).value == "texts" {
			continue
		}
		m, next, how, ok := t.endAfter(f, kind, unless)
		if !ok || !fits(kind, how, m) {
			if m, next, ok = t.lastDay(f.to); !ok {
				continue
			}
		}
		end, whole := t.closes(next)
		if !whole {
			continue
		}
		t.useMatch(f)
		t.use(f.to, end)
		return t.settle(intent, m)
	}
	return false
}

// open reads the head of a command that stands without a moment: the clause ends
// there, or goes on with "for a while" or a reason.
func (t *said) open(kind kindOf, intent Intent) bool {
	for _, f := range t.found {
		if t.meaning(f).kind != kind || intent == IntentLater && t.meaning(f).value != "bare" {
			continue
		}
		end, ok := t.openEnd(f.to)
		if !ok {
			continue
		}
		t.useMatch(f)
		t.use(f.to, end)
		t.out.Intent = intent
		if intent == IntentLater {
			t.out.Until = t.inThreeHours()
		}
		return true
	}
	return false
}

// fits reports whether a moment said in that manner makes a command of the head: "on
// vacation" needs its "until", its "for" or a stretch, "resume" takes none.
func fits(kind kindOf, how manner, m moment) bool {
	switch kind {
	case kindPauseLead:
		return how == till || how == during || how == ahead && m.hasDate // back in two weeks
	case kindResumeHead:
		return how == plainly || how == ahead
	case kindLaterLead: // "text me at 7" sets the time of a plan
		return m.hasDate || m.hasSpan
	}
	return true
}

// endAfter reads the moment after the head f, or the end of the stretch there.
func (t *said) endAfter(f match, kind kindOf, unless manner) (m moment, next int32, how manner, ok bool) {
	if kind == kindPauseHead || kind == kindPauseLead {
		if m, next, ok := t.stretch(f.to); ok {
			return m, next, till, true
		}
	}
	m, next, how, ok = t.moment(f.to, unless)
	if kind != kindPauseLead {
		return m, next, how, ok
	}
	if off, end, said := t.daysOff(f.to); said {
		return off, end, during, true
	}
	switch value := t.meaning(f).value; {
	case value == "over":
		if at := t.past(f.to, "in"); t.aheadOf(at) { // "no texts in December"
			return t.moment(at, during)
		}
	case value == "date" && how == plainly && m.hasDate: // "see you Monday"
		return m, next, till, ok
	}
	if how == ahead && !t.isCount(t.past(f.to, "until", "in")) {
		return m, next, plainly, ok
	}
	return m, next, how, ok
}

// daysOff reads "two weeks off", "this week off", "the month off", and gives the end of it.
func (t *said) daysOff(pos int32) (m moment, next int32, ok bool) {
	if t.c.Now.IsZero() {
		return m, pos, false
	}
	m, next, _, ok = t.moment(pos, during)
	if _, end, off := t.role(next-1, "off"); ok && off && end == next { // taken for "two weeks from now"
		return m, next, m.hasDate
	}
	if _, end, off := t.role(next, "off"); ok && off {
		return m, end, m.hasDate
	}
	unit, next, ok := t.role(t.past(pos, "of"), "unit")
	_, end, off := t.role(next, "off")
	if !ok || !off || unit == "minute" || unit == "hour" {
		return m, pos, false
	}
	return moment{date: t.beginOf(unit, 1), hasDate: true}, end, true
}

// longestDetour is how many words may stand between "until" and its day.
const longestDetour = 9

// lastDay reads the day at the end of a clause that says, in words of its own, until when:
// "until I'm back from Lisbon on the 12th".
func (t *said) lastDay(pos int32) (m moment, next int32, ok bool) {
	_, _, until := t.role(pos, "until")
	if _, _, to := t.role(pos, "to"); !until || to {
		return m, pos, false
	}
	for at := pos + 1; at < pos+longestDetour && int(at) < len(t.toks) && t.toks[at].gap == noGap; at++ {
		m, next, _, ok = t.moment(at, plainly)
		if _, whole := t.closes(next); ok && m.hasDate && !m.tonight && whole {
			return m, next, true
		}
	}
	return m, pos, false
}

// aheadOf reports whether the moment at pos is a stretch of whole days to come: tomorrow,
// this week, next month, the weekend.
func (t *said) aheadOf(pos int32) bool {
	if v, _, ok := t.role(pos, "day"); ok {
		return v != "0" && v != "-1" && v != "-2"
	}
	if t.c.After != "" && t.c.After != AfterNone && !t.practiceAsked() {
		return false // "nothing this week" answers a question
	}
	if _, _, month := t.role(pos, "month"); month {
		return true
	}
	_, next, _, ok := t.spanOfCalendar(pos, during)
	return ok && next > pos
}

// laterToday reports whether m is no more than "later today".
func (t *said) laterToday(m moment) bool {
	return m.hasDate && m.date == t.today() && !m.hasClock && m.reason == ""
}

// openEnd reports whether a head may stand without a moment: the clause ends, or goes
// on with "for a while", "until I'm back", "because".
func (t *said) openEnd(pos int32) (end int32, ok bool) {
	if _, next, ok := t.role(t.past(pos, "for", "until"), "while"); ok {
		if end, ok := t.closes(next); ok {
			return end, true
		}
	}
	if end, ok := t.closes(pos); ok {
		return end, true
	}
	for _, part := range [...]string{"until", "from", "through"} { // "until I'm back", "from my exams on"
		if _, _, ok := t.role(pos, part); ok {
			return pos, true
		}
	}
	_, _, long := t.role(pos, "for")
	return pos, long && t.surelyOrders(pos)
}

// surelyOrders reports whether what ends at pos wants quiet whatever follows: the word
// PAUSE at the begin of the text, or "no texts". "Pause for my exams" then lasts until
// they say so.
func (t *said) surelyOrders(pos int32) bool {
	for _, f := range t.found {
		m := t.meaning(f)
		if m.kind == kindPause && t.begins(f.from) == textEdge || m.kind == kindPauseHead && m.value == "texts" && f.to == pos {
			return true
		}
	}
	return false
}
