package reply

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// Nobody can list the ways in which people ask to be left out, so they are not only
// looked up but read. A wish to be left out says three things: an ending ("drop",
// "no more", "sick of"), something of ours that ends ("these texts", "my number",
// "hearing from you"), and that we are meant: an order ("stop…"), a request ("could
// you…"), a wish ("I'd rather…", "how do I…"), or a thing that only we have.
//
// The locale's OptOut words sort the words of a text into classes, the same for all
// languages. [frames.wish] then looks from each ending to its left, for who is meant
// and for what speaks against it (somebody else's words or texts, "if", "can't"), and
// to its right, for what ends. All three are a clear wish; with one in doubt it is a
// doubtful one. How far it looks is bounded, so the time is linear in the text.

// class is what a word can do in a wish to be left out; a word may have several.
type class uint64

const (
	// What ends something.
	isHalt    class = 1 << iota // stop, quit, cancel
	isSplit                     // turn, shut: "turn these off"
	isHalting                   // cancelling
	isHalted                    // stopped, gone
	isRemove                    // remove, lose: "remove me"
	isTake                      // take, get: "take me off"
	isRemoved                   // removed, taken off
	isUnsub                     // unsubscribe, opt out: says it all
	isExit                      // leave, get out of
	isExiting                   // leaving
	isNone                      // no more, enough
	isDone                      // done with
	isWeary                     // sick of
	isHate                      // hate: not as clear
	isNeg                       // didn't, can't: with isWant and isLike
	isDont                      // don't, never: likewise, and with isContact
	isWant                      // want, need, ask for: with isNeg
	isLike                      // like, care for: with isNeg
	isAgain                     // anymore, ever again

	// What ends.
	isTexts      // texts, messages
	isList       // list, program
	isVague      // alerts, thread: ours only after isOurs or isIt
	isOurs       // your, these: before a thing of ours, or alone
	isYours      // your: with isOurs, where nothing is named after it
	isDet        // the, any: before a thing
	isIt         // this, it, them
	isMine       // my number
	isMe         // me
	isContact    // text, reach out to
	isContacting // texting
	isContacted  // texted, bothered: "to be texted"
	isSend       // send, sending
	isGet        // get, receive
	isFromUs     // from you, hearing from you
	isTakePart   // participate, be part of

	// Who is meant.
	isYou
	isI
	isModal // can, should, need to
	isHow   // how do I
	isAsk   // asking, demand
	isPlease
	isMake // make, get, have: "make it stop"
	isLink // to, be: means nothing here
	isTo   // want to, wanna: what follows is the person's own act

	// What speaks against it.
	isThird  // he, my ex
	isReport // said, told
	isIf     // if, when
	isDid    // did, why did: asks for what was
	isHedge  // might, thinking about
	isLimit  // until, so early, on weekends
	isBack   // back, when you: with isDont, about one moment only
	isPrep   // off, from, with
	isOff    // off: with isTake and isSplit
	isOut    // out: likewise, but "take me out" says nothing
	isJoin   // and, but: parts clauses
)

// classNames are the names of the classes in the files, in the order of their bits.
var classNames = [...]string{
	"halt", "split", "halting", "halted", "remove", "take", "removed", "unsubscribe", "exit", "exiting", "none", "done", "weary", "hate",
	"not", "dont", "want", "like", "again",
	"texts", "list", "vague", "ours", "yours", "det", "it", "mine", "me", "contact", "contacting", "contacted", "send", "get", "from_us",
	"take_part",
	"you", "i", "modal", "how", "ask", "please", "make", "link", "to",
	"third", "report", "if", "did", "hedge", "limit", "back", "prep", "off", "out", "join",
}

const endings = isHalt | isSplit | isHalting | isHalted | isRemove | isTake | isRemoved | isUnsub | isExit | isExiting | isNone | isDone | isWeary | isHate | isNeg | isDont

// optOut compiles the words of one locale's classes.
func (b *builder) optOut(words map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(words)) {
		i := slices.Index(classNames[:], name)
		if i < 0 {
			b.fail(name, fmt.Errorf("class %q of opt_out is unknown; the known ones are %s", name, strings.Join(classNames[:], ", ")))
			continue
		}
		b.paths(b.classes, name, words[name], phrase{meaning: int32(i) | int32(b.c.locale)<<localeShift, locale: b.c.locale, everywhere: true})
	}
}

// item is a word or phrase of a text with its classes; 0 is a word that has none.
type item struct {
	is       class
	from, to int32
	opens    gap // how strongly it is parted from the item before it
}

// certainty is how surely a text asks to be left out.
type certainty uint8

const (
	unsaid certainty = iota
	doubtful
	certain
)

// frames reads one text.
type frames struct {
	t       *said
	items   []item
	noted   class // of the words of the last thing that was read
	strange int   // how many words without a class its noun had
	first   int   // where the last wish that was read begins
}

// classify sorts the words of the text into classes, for each language on its own: "me"
// is one word in English and another in French.
func (t *said) classify() {
	m := &t.s.classes
	m.begin(t.r.classes, &t.s.sets, t.toks, t.active)
	m.run()
	for len(t.s.items) < len(t.r.locales) {
		t.s.items = append(t.s.items, nil)
	}
	for l := range t.s.items {
		f := frames{t: t, items: t.s.items[l][:0]}
		if hasEnding(m.found, l) {
			f.fill(l)
		}
		t.s.items[l] = f.items
	}
}

// localeShift is where the locale begins in the meaning of a match of classes.
const localeShift = 6

func hasEnding(found []match, locale int) bool {
	for _, m := range found {
		if int(m.meaning>>localeShift) == locale && classOf(m)&endings != 0 {
			return true
		}
	}
	return false
}

func classOf(m match) class { return 1 << (m.meaning & (1<<localeShift - 1)) }

// retold reports whether the ending in m is somebody's words that the text reports:
// "I told the caller to take me off his list".
func (t *said) retold(m match) bool {
	for _, items := range t.s.items {
		f := frames{t: t, items: items}
		i := sort.Search(len(items), func(i int) bool { return items[i].from >= m.from })
		if f.is(i, endings) && f.before(i).quoted || f.attributed(sort.Search(len(items), func(i int) bool { return items[i].from >= m.to })) {
			return true
		}
	}
	return false
}

// openOptOut reads how surely the text asks, in whatever words, to be left out, and
// marks the words of the clearest wish as understood.
func (t *said) openOptOut() (best certainty) {
	for _, items := range t.s.items {
		f := frames{t: t, items: items}
		best = max(best, f.clearest())
	}
	return best
}

func (f *frames) clearest() (best certainty) {
	for i, it := range f.items {
		if it.is&endings == 0 || f.t.reported(match{from: it.from, to: it.to}) {
			continue
		}
		how, end := f.wish(i)
		if how == unsaid || how < best || f.commanded(it, how, f.later(i+1, isLimit)) || f.t.otherChannel(match{from: it.from, to: it.to}) {
			continue
		}
		best = how
		last := f.skip(max(i+1, end), isAgain|isPlease) - 1
		f.t.use(f.items[f.first].from, f.items[last].to)
	}
	return best
}

// commanded reports whether a phrase that says something else holds the ending: "I'm
// finished with the program", "turn off the journal prompts".
func (f *frames) commanded(ending item, how certainty, limited bool) bool {
	found := f.t.found
	for i := sort.Search(len(found), func(i int) bool { return found[i].from > ending.from-longestSpan }); i < len(found); i++ {
		m := found[i]
		if m.from > ending.from {
			return false
		}
		if m.to < ending.to {
			continue
		}
		switch k := f.t.meaning(m).kind; {
		case k == kindStart || k == kindStartWord || k == kindHelp || k == kindStatus:
		case k >= kindHelp && k <= kindLater, how == doubtful && (k == kindRemoveHead || limited && (k == kindPauseHead || k == kindPauseLead)):
			return true
		}
	}
	return false
}

// fill makes the items of the text by the words of one locale. Polite words that have
// no class are left out.
func (f *frames) fill(locale int) {
	found, opens := f.t.s.classes.found, stop
	for pos := int32(0); int(pos) < len(f.t.toks); {
		it := item{from: pos, to: pos + 1}
		for len(found) > 0 && found[0].from < pos {
			found = found[1:]
		}
		for ; len(found) > 0 && found[0].from == pos; found = found[1:] {
			if int(found[0].meaning>>localeShift) == locale {
				f.take(&it, found[0])
			}
		}
		tok := &f.t.toks[pos]
		opens = max(opens, tok.gap)
		pos = it.to
		switch {
		case it.is == 0 && (tok.filler || tok.skip || adverb(f.t.wordAt(it.from))):
			continue
		case it.is == isJoin:
			opens = max(opens, clause)
			continue
		}
		it.opens, opens = opens, noGap
		f.items = append(f.items, it)
	}
}

// adverb reports whether a word only says how: "politely", "gentilmente".
func adverb(word string) bool {
	return len(word) > 5 && (strings.HasSuffix(word, "ly") || strings.HasSuffix(word, "mente"))
}

// take gives an item the class of a match that begins with it, if no longer one does.
func (f *frames) take(it *item, m match) {
	c := classOf(m)
	if m.to > it.to && (it.is&c == 0 || !f.allSkip(it.to, m.to)) {
		it.to, it.is = m.to, 0
	}
	if m.to == it.to {
		it.is |= c
	}
}

// allSkip reports whether only words like "really" stand there, which a phrase took in
// at its end.
func (f *frames) allSkip(from, to int32) bool {
	for _, tok := range f.t.toks[from:to] {
		if !tok.skip {
			return false
		}
	}
	return true
}

func (f *frames) is(i int, c class) bool { return i >= 0 && i < len(f.items) && f.items[i].is&c != 0 }

// inside reports whether item i goes on with the clause of the item before it.
func (f *frames) inside(i int) bool { return i < len(f.items) && f.items[i].opens == noGap }

// skip passes items of those classes inside of the clause.
func (f *frames) skip(i int, c class) int {
	for f.inside(i) && f.is(i, c) {
		i++
	}
	return i
}
