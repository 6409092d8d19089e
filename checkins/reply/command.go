package reply

import (
	"time"
)

// The commands, in their order: what the person wants done.

// simple are the commands that are a phrase by themselves, in their order, with what
// the value of the phrase fills in.
var simple = [...]struct {
	kind   kindOf
	intent Intent
}{
	{kindUndo, IntentUndo}, {kindForget, IntentForget}, {kindResume, IntentResume}, {kindPause, IntentPause},
	{kindFinish, IntentFinish}, {kindSlower, IntentSlower}, {kindFaster, IntentFaster}, {kindChannel, IntentChannel},
	{kindNotThis, IntentNotThis}, {kindEasier, IntentEasier}, {kindNow, IntentNow},
	{kindLater, IntentLater}, {kindChoose, IntentChoose},
	{kindStatus, IntentStatus}, {kindSettings, IntentSettings}, {kindMenu, IntentMenu}, {kindShow, IntentShow},
	{kindStart, IntentStart}, {kindStartWord, IntentStart}, {kindJoin, IntentJoin},
}

// command reads what the person wants done.
func (t *said) command() bool {
	if f, ok := t.first(kindAttributed); ok && f.from > 0 { // "see you Monday, I told him"
		return false
	}
	for _, try := range [...]func(*said) bool{
		(*said).erase, (*said).pick, (*said).digest, (*said).pauseUntil, (*said).resumeAt, (*said).laterAt,
		(*said).beat, (*said).byPhrase, (*said).loneMoment, (*said).loneBeat, (*said).catalogue,
	} {
		if try(t) {
			return true
		}
	}
	return false
}

func (t *said) erase() bool {
	return t.phrase(kindDelete, IntentDelete) || t.phrase(kindExport, IntentExport)
}

// digest reads "stop the weekly summary": the digest goes and comes like a practice of a
// plan, under a name of its own.
func (t *said) digest() bool {
	f, ok := t.first(kindDigest)
	if !ok {
		return false
	}
	t.out.Intent, t.out.Practice = IntentAdd, Digest
	if t.meaning(f).value == "off" {
		t.out.Intent = IntentRemove
	}
	t.useMatch(f)
	return true
}

func (t *said) phrase(kind kindOf, intent Intent) bool {
	f, ok := t.first(kind)
	if !ok {
		return false
	}
	t.out.Intent = intent
	for _, g := range t.found {
		if t.meaning(g).kind == kind {
			t.useMatch(g)
		}
	}
	switch value := t.meaning(f).value; kind {
	case kindNow:
		t.out.Practice = value
	case kindChannel:
		t.out.Channel = value
	case kindLater:
		t.out.Until = t.inThreeHours()
	}
	return true
}

func (t *said) byPhrase() bool {
	for _, s := range simple {
		if t.phrase(s.kind, s.intent) {
			return true
		}
	}
	return false
}

// BareLater is how long "later" is, to the second, where no time is said with it.
const BareLater = 3 * time.Hour

func (t *said) inThreeHours() time.Time {
	if t.c.Now.IsZero() {
		return time.Time{}
	}
	return t.c.Now.In(t.zone()).Truncate(time.Second).Add(BareLater)
}

// pick reads the number or ordinal chosen from a list that was offered.
func (t *said) pick() bool {
	if t.c.After != AfterMenu && t.c.After != AfterChoice && t.c.After != AfterOffer {
		return false
	}
	if t.c.After == AfterOffer && t.answersOffer() {
		return true
	}
	if f, ok := t.first(kindChoice); ok {
		t.out.Choice, _, _ = atoi(t.meaning(f).value)
		t.useMatch(f)
	} else if n, next, ok := t.whole(t.firstWord()); ok && n >= 1 && n <= 99 && t.ends(next) >= clauseEdge && (t.begins(next-1) == textEdge || next == 2 && t.wordAt(0) == "#") {
		t.out.Choice = n
		t.use(next-1, next)
	} else {
		return false
	}
	t.out.Intent = IntentChoose
	return true
}

// answersOffer reads yes and no to the one thing that was offered.
func (t *said) answersOffer() bool {
	for _, kind := range [...]kindOf{kindYes, kindAgree, kindThumb} {
		if f, ok := t.first(kind); ok && t.restSaid(f.from, f.to) {
			t.out.Intent, t.out.Choice, t.out.Outcome = IntentChoose, 1, ""
			t.useMatch(f)
			return true
		}
	}
	f, no := t.first(kindNo)
	if t.out.Outcome == OutcomeNotYet {
		f, no = t.told, true
	}
	if !no || !t.restSaid(f.from, f.to) {
		return false
	}
	t.out.Intent, t.out.Outcome, t.out.Passes = IntentCheckIn, OutcomeSkipped, true
	t.useMatch(f)
	return true
}

// firstWord is the first token that is no filler.
func (t *said) firstWord() int32 {
	for i, tok := range t.toks {
		if !tok.filler && t.wordAt(int32(i)) != "#" {
			return int32(i)
		}
	}
	return 0
}

// refuse makes the text unclear, for a reason.
func (t *said) refuse(reason string) bool {
	t.out = Reading{Intent: IntentUnclear, Reason: reason, Crisis: t.out.Crisis, Harm: t.out.Harm, CareAsked: t.out.CareAsked, Note: t.text}
	return true
}

// settle takes the moment into the Reading, or refuses it.
func (t *said) settle(intent Intent, m moment) bool {
	if intent == IntentLater && t.laterToday(m) {
		t.out.Intent, t.out.Until = IntentLater, t.inThreeHours()
		return true
	}
	at, reason := t.instant(m)
	if reason != "" {
		return t.refuse(reason)
	}
	t.out.Intent, t.out.Until = intent, at
	return true
}

// beat reads a change of how often, on which days or at what time: "make it twice a
// week", "text me at 8am".
func (t *said) beat() bool {
	if t.vague() {
		t.out.Intent = IntentSettings
		return true
	}
	for _, f := range t.found {
		if t.meaning(f).kind != kindPaceHead || t.within(f, kindChange) { // "8 down to 5" is a rating
			continue
		}
		r, next := t.rhythm(f.to, true)
		if end, whole := t.closes(next); r.said() && whole {
			t.useMatch(f)
			t.use(f.to, end)
			return t.keepBeat(r)
		}
	}
	return false
}

// vague reports whether another beat is wished for without saying which: what can be said
// is then the answer.
func (t *said) vague() bool {
	for _, f := range t.found {
		m := t.meaning(f)
		if m.kind == kindPaceVague || m.kind == kindPaceHead && m.value == "swap" && t.swaps(f.to) ||
			m.kind == kindPauseHead && m.value == "texts" && t.oneDay(f.to) {
			return true
		}
	}
	return false
}

// oneDay reads "on Tuesday", "on my birthday" to the end of the clause: no texts on one
// day to come is neither a pause nor a rule for the days of a plan.
func (t *said) oneDay(pos int32) bool {
	_, at, on := t.role(pos, "at")
	_, _, plural, _ := t.dayList(at)
	_, _, until := t.role(pos, "until")
	return on && !plural && !until
}

// swaps reads "Tuesday to Wednesday" after a word for changing: which days are then left
// is not said.
func (t *said) swaps(pos int32) bool {
	_, at, _, ok := t.weekday(pos)
	_, to, linked := t.role(at, "to")
	_, _, _, other := t.weekday(to)
	return ok && linked && other
}

func (t *said) keepBeat(r rhythm) bool {
	if r.reason != "" {
		return t.refuse(r.reason)
	}
	t.out.Pace, t.out.Days, t.out.At = r.pace, r.days, r.at
	switch {
	case r.pace.Valid():
		t.out.Intent = IntentPace
	case r.days != 0:
		t.out.Intent = IntentDays
	default:
		t.out.Intent = IntentTime
	}
	return true
}

// restSaid reports whether all but tokens from to to-1 is polite or an outcome: a
// value without a command then is the command.
func (t *said) restSaid(from, to int32) bool {
	for k, tok := range t.toks {
		beside := int32(k) < from || int32(k) >= to
		rating := tok.kind == isNumber && t.out.Outcome != "" // "done 7, twice a week"
		if beside && !tok.used && !tok.filler && !tok.skip && !rating {
			return false
		}
	}
	return true
}

// loneMoment reads a text that is a moment and nothing else: "tonight", "in 2 hours",
// "until Monday".
func (t *said) loneMoment() bool {
	pos := t.firstUnused()
	if _, _, rule := t.role(pos, "parts"); rule { // "in the evening" is a time of every day
		return false
	}
	m, next, how, ok := t.moment(pos, plainly)
	if off, end, said := t.daysOff(pos); said { // "this week off"
		m, next, how, ok = off, end, during, true
	}
	if !ok || t.tellsWhen(pos) || !m.hasDate && !m.hasSpan && how == plainly || t.rating(pos) || t.laterToday(m) {
		return false
	}
	end, whole := t.closes(next)
	if !whole || !t.restSaid(pos, end) {
		return false
	}
	intent := IntentLater
	if how == till || how == during || how == plainly && m.hasDate && t.spanSaid(pos) {
		intent = IntentPause
	}
	t.use(pos, end)
	return t.settle(intent, m)
}

// tellsWhen reports whether the moment at pos belongs to what was done: "did it at
// 7pm", "done in 5 minutes".
func (t *said) tellsWhen(pos int32) bool {
	return t.out.Outcome == OutcomeDone && pos > 0 && t.toks[pos-1].used && t.toks[pos].gap == noGap
}

// rating reports whether the number at pos rather answers a question for one.
func (t *said) rating(pos int32) bool {
	_, ok := t.number(pos)
	_, _, scale := t.numberBefore(pos)
	return ok && scale
}

// spanSaid reports whether a stretch of days stands at pos: "2 weeks", "the rest of
// the week".
func (t *said) spanSaid(pos int32) bool {
	if _, _, rest := t.role(pos, "rest"); rest {
		return true
	}
	_, at, ok := t.count(pos)
	if !ok {
		return false
	}
	_, _, ok = t.role(at, "unit")
	return ok
}

func (t *said) firstUnused() int32 {
	for i, tok := range t.toks {
		rating := tok.kind == isNumber && i > 0 && t.toks[i-1].used && !t.otherByForm(int32(i)) // "done 7"
		if !tok.filler && !tok.used && !rating {
			return int32(i)
		}
	}
	return 0
}

// loneBeat reads a text that is a rhythm and nothing else: "twice a week", "Tue/Thu",
// "7pm".
func (t *said) loneBeat() bool {
	pos := t.firstUnused()
	if _, next, part := t.role(pos-1, "part"); part && next == pos && !t.toks[pos-1].used { // "evening works better": no greeting
		pos--
	}
	r, next := t.rhythm(pos, false)
	if !r.said() || next == pos || t.tellsWhen(pos) {
		return false
	}
	end, whole := t.closes(next)
	if !whole || !t.restSaid(pos, end) {
		return false
	}
	t.use(pos, end)
	return t.keepBeat(r)
}

// maxPracticeWords bounds how a practice is named in "add …"; what is longer is a
// sentence.
const maxPracticeWords = 5

// catalogue reads "add eye contact", "remove the letter".
func (t *said) catalogue() bool {
	for _, head := range [...]struct {
		kind   kindOf
		intent Intent
	}{{kindAddHead, IntentAdd}, {kindRemoveHead, IntentRemove}} {
		f, ok := t.first(head.kind)
		if !ok {
			continue
		}
		if _, _, and := t.role(f.to, "and"); and { // "delete and rewrite": a sentence
			continue
		}
		end := f.to
		for int(end) < len(t.toks) && (t.ends(end) < clauseEdge) {
			end++
		}
		if n := end - f.to; n < 1 || n > maxPracticeWords {
			continue
		}
		t.out.Intent = head.intent
		t.out.Practice = t.text[t.toks[f.to].from:t.toks[end-1].to]
		t.use(f.from, end)
		return true
	}
	return false
}
