package reply

import (
	"strings"
)

// read goes down the order of precedence.
func (t *said) read() Reading {
	t.out = Reading{}
	if len(t.toks) == 0 {
		return t.wordless()
	}
	t.quotes = t.quotesPart()
	if t.machine() {
		return t.out
	}
	t.care()
	t.outcome()
	if !t.optOut() && !t.aloneWords() && !t.doubtful() && !t.command() {
		t.answer()
	}
	return t.finish()
}

// care reads whether words of the crisis list occur, and of what sort.
func (t *said) care() {
	t.out.CareAsked = t.has(kindCrisisWord)
	t.out.Crisis = t.out.CareAsked || t.has(kindCrisis)
	for _, f := range t.found {
		if m := t.meaning(f); m.kind == kindCrisis && m.value == "harm" {
			t.out.Harm = true
			return
		}
	}
}

// wordless reads a text without a word, number or sign.
func (t *said) wordless() Reading {
	for _, r := range t.text {
		if !invisible(r) {
			return Reading{Intent: IntentUnclear, Reason: ReasonUnknown, Note: t.text}
		}
	}
	return Reading{Intent: IntentEmpty}
}

// machine reads what a phone or a mail program wrote.
func (t *said) machine() bool {
	switch {
	case t.reaction():
		t.out.Intent = IntentReaction
	case t.has(kindAutoReply):
		t.out.Intent = IntentAutoReply
	default:
		return false
	}
	return true
}

// longestTail is how many words may follow the quotation where the verb comes last, as
// in German.
const longestTail = 6

// reaction reads a tapback: its verb at the begin, and after the words it quotes
// nothing, or the rest of the verb.
func (t *said) reaction() bool {
	for _, f := range t.found {
		if t.meaning(f).kind == kindReaction && t.tapback(f) {
			return true
		}
	}
	return false
}

func (t *said) tapback(f match) bool {
	if t.ends(f.to) == textEdge {
		return true
	}
	last := len(t.toks) - 1
	for last >= int(f.to) && !t.toks[last].quoted {
		last--
	}
	if last < int(f.to) {
		return false // nothing is quoted
	}
	tail := 0
	for _, tok := range t.toks[last+1:] {
		if !tok.filler {
			tail++
		}
	}
	return tail == 0 || t.meaning(f).value == "open" && tail <= longestTail
}

// optOut reads every wording that surely stops.
func (t *said) optOut() bool {
	t.classify()
	for _, f := range t.found {
		if t.stops(f) && !t.otherChannel(f) {
			t.out.Intent = IntentStop
			t.out.All = t.out.All || t.meaning(f).value == "all"
			if t.toks[f.from].kind == isNumber { // "9 stop": the 9 may be a rating
				f.from++
			}
			t.useMatch(f)
		}
	}
	if t.c.After == AfterOptIn && t.out.Intent == "" {
		f, ok := t.first(kindNo)
		if age, young := t.minor(); young {
			f, ok = age, true
		}
		if ok {
			t.out.Intent, t.out.Outcome = IntentStop, ""
			t.useMatch(f)
		}
	}
	if t.wish = t.openOptOut(); t.wish == certain {
		t.out.Intent = IntentStop
	}
	if t.c.After == AfterStop && t.out.Intent == "" && t.wantsEnd() {
		t.out.Intent, t.out.Outcome = IntentStop, ""
	}
	return t.out.Intent == IntentStop
}

// otherChannel reports whether a wish for another channel follows m in its sentence:
// "stop emailing, text me instead".
func (t *said) otherChannel(m match) bool {
	for k := m.to; k < m.to+reach && int(k) < len(t.toks) && t.toks[k].gap != stop; k++ {
		if _, ok := t.at(k, kindChannel); ok {
			return true
		}
	}
	return false
}

// minor reads of somebody who is asked in that they are under 18: the programme is not
// for them (REQUIREMENTS D12).
func (t *said) minor() (f match, young bool) {
	f, ok := t.first(kindAge)
	for k := f.from; ok && k < f.to; k++ {
		if n, ok := t.number(k); ok && n < adult {
			return f, true
		}
	}
	return match{}, false
}

const adult = 18

// wantsEnd reports whether the text says yes to the question whether the messages shall
// end. What is doubtful by itself is said for the second time.
func (t *said) wantsEnd() bool {
	if t.maybe() {
		return true
	}
	if t.has(kindNo) || t.has(kindStopNo) {
		return false
	}
	for _, kind := range [...]kindOf{kindYes, kindStopYes} {
		if f, ok := t.first(kind); ok {
			t.useMatch(f)
			return true
		}
	}
	return false
}

func (t *said) stops(f match) bool {
	if t.reported(f) {
		return false
	}
	switch t.meaning(f).kind {
	case kindStopSure:
		return true
	case kindStop:
		return !t.retold(f)
	case kindStopWord:
		return t.c.Via != ViaEmail
	case kindStopSoft:
		return t.c.After == "" || t.c.After == AfterNone || t.c.After == AfterOptIn
	case kindStopLoud:
		return t.loud(f)
	}
	return false
}

// reported reports whether f stands inside a quotation that is not the whole text: it
// is then somebody else's word.
func (t *said) reported(f match) bool { return t.quotes && t.toks[f.from].quoted }

// quotesPart reports whether a part of the text, and not all of it, stands in quotation
// marks.
func (t *said) quotesPart() bool {
	inside, outside := false, false
	for _, tok := range t.toks {
		inside = inside || tok.quoted
		outside = outside || !tok.quoted && !tok.filler
	}
	return inside && outside
}

// loud reports whether the first word of f is in capitals and the text around it is not.
func (t *said) loud(f match) bool {
	if !t.toks[f.from].upper {
		return false
	}
	small := 0
	for k := int(f.to); k < len(t.toks); k++ {
		if tok := t.toks[k]; tok.kind == isWord && !tok.upper && tok.to-tok.from > 1 {
			small++
		}
	}
	return small > 0 && !strings.HasSuffix(strings.ToLower(t.wordAt(f.to)), "ing")
}

// aloneWords reads crisis and help words that are the whole text, and the opt-in's YES.
func (t *said) aloneWords() bool {
	if f, ok := t.first(kindCrisisWord); ok {
		t.out.Intent = IntentCrisis
		t.useMatch(f)
		return true
	}
	if t.out.Crisis && !t.maybe() && t.crisisAlone() {
		t.out.Intent = IntentCrisis
		return true
	}
	if f, ok := t.first(kindHelp); ok {
		t.out.Intent = IntentHelp
		t.useMatch(f)
		return true
	}
	return false
}

// crisisAlone reports whether nothing but words of the crisis list was said.
func (t *said) crisisAlone() bool {
	end := int32(0) // up to here all is covered; matches come in the order of their begin
	for _, f := range t.found {
		if k := t.meaning(f).kind; k != kindCrisis && k != kindCrisisAround {
			continue
		}
		for end < f.from && (t.toks[end].filler || t.toks[end].skip) {
			end++
		}
		if f.from > end {
			return false
		}
		end = max(end, f.to)
	}
	for int(end) < len(t.toks) && (t.toks[end].filler || t.toks[end].skip) {
		end++
	}
	if int(end) < len(t.toks) {
		return false
	}
	t.use(0, end)
	t.out.Outcome = ""
	return true
}

// maybe reports whether a doubtful wording of stopping occurs.
func (t *said) maybe() bool {
	for _, f := range t.found {
		if t.doubts(f) {
			return true
		}
	}
	return t.wish == doubtful
}

func (t *said) doubts(f match) bool {
	if t.reported(f) {
		return false
	}
	switch t.meaning(f).kind {
	case kindMaybeStop:
		return t.meaning(f).value != "unasked" || !t.offersToLeave()
	case kindStopWord, kindStopSoft:
		return true
	case kindStopAct:
		if t.meaning(f).value == "open" { // "stop till after the holidays"
			return true
		}
		_, _, _, ok := t.moment(f.to-1, during)
		return ok
	}
	return false
}

// offersToLeave reports whether what was last asked can be left, and says so.
func (t *said) offersToLeave() bool {
	switch t.c.After {
	case "", AfterNone, AfterOptIn, AfterStop:
		return false
	}
	return true
}

// doubtful reads maybe_stop. Where it names an end ("stop until Monday") the end is
// read too, so that the question can offer it.
func (t *said) doubtful() bool {
	if !t.maybe() {
		return false
	}
	for _, f := range t.found {
		if !t.doubts(f) {
			continue
		}
		t.useMatch(f)
		if t.told.to > f.from && t.told.from < f.to { // "I can't do this anymore" tells of no practice
			t.out.Outcome = ""
		}
	}
	t.out.Intent = IntentMaybeStop
	if f, ok := t.first(kindStopAct); ok {
		if m, next, _, ok := t.moment(f.to-1, during); ok {
			t.out.Until, _ = t.instant(m)
			t.use(f.to, next)
		}
	}
	return true
}
