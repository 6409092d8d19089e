package reply

// reach is how many items a wish is read to each side of its ending. A longer way
// leads to something else.
const reach = 12

// wish reads how surely the ending at i ends something of ours, and where the wish
// ends (the item after it).
func (f *frames) wish(i int) (how certainty, end int) {
	s := f.before(i)
	first := f.first
	defer func() { f.first = first }()
	for _, try := range [...]struct {
		of   class
		read func(*frames, int, side) (certainty, int)
	}{
		{isNone, (*frames).none}, {isNeg | isDont, (*frames).not}, {isHalt | isSplit, (*frames).halt}, {isHalting | isExiting, (*frames).halting},
		{isHalted, (*frames).halted}, {isRemove | isTake, (*frames).remove}, {isRemoved, (*frames).removed},
		{isUnsub, (*frames).unsubscribe}, {isExit, (*frames).exit}, {isDone | isWeary | isHate, (*frames).weary},
	} {
		if f.is(i, try.of) {
			if c, to := try.read(f, i, s); c > how {
				how, end = c, to
			}
		}
	}
	return how, end
}

// side is what stands before an ending in its clause: who is meant, and what speaks
// against us.
type side struct {
	bare    bool // nothing stands there: an order
	you     bool // we are addressed
	i       bool // the person speaks of themself
	wished  bool // I want, how do I, please
	told    bool // "I told you to"
	modal   bool // should, need to
	verb    bool // somebody wants or has to
	gets    bool // "get me removed"
	ours    bool // something of ours is what ends: "these texts must stop"
	it      bool // likewise, but only "this"
	mine    bool // me, my number
	denied  bool // don't, can't
	asks    bool // "why can't you"
	hedged  bool // thinking about it
	against bool // somebody else, only if
	quoted  bool // somebody's words that are reported: also against
	strange int  // words without a class before anything that tells who is meant
}

// addressed reports whether what stands before the ending makes it a wish that we do it.
func (s side) addressed() bool {
	if s.against || s.denied && !s.asks {
		return false
	}
	return s.bare || s.strange == 0 && (s.you || s.wished || s.told || s.modal && (s.i || s.ours || s.it || s.mine))
}

// before reads from the ending at i to the left, to the begin of its clause or of its
// subject.
func (f *frames) before(i int) (s side) {
	j := i
	for ; j > 0 && i-j < reach && f.inside(j) && !f.is(j-1, isAgain|isNone|isDone|isWeary|isHate); j-- {
		if f.is(j-1, isPlease) && !f.is(j-2, isLink|isYou|isModal) { // "wrong number please stop"
			s.wished = true
			j--
			break
		}
		if f.is(j-1, isI) && f.politeGap(j) { // "I'm good, don't text me"
			break
		}
		f.look(j-1, &s)
		if f.is(j-1, isI) && !f.is(j-1, isHow) || s.against {
			j--
			break
		}
	}
	f.first = j
	f.lead(j, &s)
	s.bare = s == side{} || s == side{mine: s.mine} || s.gets && s == side{mine: s.mine, gets: true, ours: s.ours, it: s.it}
	return s
}

// politeGap reports whether polite words were left out right before item j.
func (f *frames) politeGap(j int) bool {
	for k := f.items[j-1].to; k < f.items[j].from; k++ {
		if tok := f.t.toks[k]; tok.polite && !tok.skip {
			return true
		}
	}
	return false
}

// look takes the item at j into s.
func (f *frames) look(j int, s *side) {
	f.t.s.steps++
	is := f.items[j].is
	marked := s.you || s.i || s.wished
	switch {
	case is&isHow != 0:
		s.wished = true
	case is&isHedge != 0:
		s.hedged = true
	case is&isReport != 0 && (s.you || f.is(j-1, isYou)):
		s.told = true
	case is&isIf != 0 && f.is(j-1, isAsk): // "I'd appreciate it if you…"
	case is&isThird != 0 && (is&isIt == 0 || f.is(j-1, isReport)), is&(isIf|isDid) != 0:
		s.against = true
	case is&isReport != 0 && is&isAsk == 0:
		s.against, s.quoted = true, true
	case is&(isNeg|isDont) != 0:
		s.denied, s.asks = true, s.you && !s.wished
	case is&(isWant|isAsk|isPlease) != 0:
		s.wished, s.verb = true, is&isWant != 0
		s.modal = s.modal || is&isModal != 0
	case is&isYou != 0:
		s.you = true
	case is&isI != 0:
		s.i = true
	case is&isModal != 0:
		s.modal, s.verb = true, true
	case is&isMake != 0:
		s.gets = true
	case is&(isTexts|isList|isOurs) != 0 && s.strange == 0:
		s.ours = true
	case is&(isMe|isMine) != 0:
		s.mine = true
	case is&isIt != 0:
		s.it = true
	case is&(isLink|isDet|isPrep|isAgain|isGet) != 0:
	case !marked, s.verb && !s.i && !s.you:
		s.strange++
	}
}

// lead looks at what leads to the clause that begins at j: "if I…", "she said: …".
func (f *frames) lead(j int, s *side) {
	const few = 3
	for k, same := j-1, !f.is(j, isPlease); k >= 0 && k >= j-few; k-- {
		same = same && f.inside(k+1)
		switch {
		case f.items[k+1].opens == stop, f.is(k, isYou):
			return
		case f.is(k, isHow|isAsk):
			s.wished = s.wished || same
			return
		case f.is(k, isReport):
			s.against, s.quoted = true, true
			return
		case same && f.is(k, isIf|isThird|isDid) && !f.is(k, isIt):
			s.against = true
			return
		}
	}
}

// thing is what an ending ends.
type thing uint8

const (
	nothing thing = iota // the clause ends
	another              // something that is not ours
	it                   // this, it: ours if something of ours is spoken of nearby
	ours
)

// object reads what stands at i, after an ending.
func (f *frames) object(i int) (thing, int) {
	f.noted = 0
	i = f.skip(i, isPrep|isLink|isAsk)
	i = f.skip(i, isGet)
	i = f.skip(i, isPrep|isLink)
	switch {
	case f.is(i, isThird) && f.inside(i) && !f.is(i, isIt):
		return another, i
	case f.is(i, isFromUs|isContacted):
		return ours, i + 1
	case f.is(i, isTexts) && !f.is(i+1, isMe|isMine|isThird):
		return f.noun(i)
	case f.is(i, isContacting|isContact|isSend):
		return f.contact(i)
	case f.ended(i):
		return nothing, i
	case f.is(i, isTakePart):
		if what, end := f.object(i + 1); what != nothing {
			return what, end
		}
		return ours, i + 1
	case f.is(i, isYou):
		if act := f.skip(i+1, isLink); f.is(act, isContact|isContacting|isSend) && f.inside(act) {
			return f.contact(act)
		}
	}
	return f.noun(i)
}

// ended reports whether the clause ends before item i, but for words that only stress it.
func (f *frames) ended(i int) bool {
	if f.is(i, isDet) && f.inside(i+1) && f.is(i+1, isTexts|isOurs|isDet|isContacting) {
		return false // "any more texts"
	}
	return !f.inside(i) || f.is(i, isAgain|isLimit|isPlease)
}

// contact reads "texting me", "sending these": the act, and whom or what it reaches.
func (f *frames) contact(i int) (thing, int) {
	f.noted = 0
	act := f.items[i].is
	if act&isMe != 0 || f.is(i-1, isMe) && f.is(i-1, isDont) { // "m'écrire", "no me escriban"
		f.noted = isMe
		return ours, i + 1
	}
	i = f.skip(i+1, isLink|isContact|isContacting|isSend)
	switch {
	case f.ended(i):
		return it, i
	case f.is(i, isThird|isYou):
		return another, i
	case f.is(i, isMe|isMine|isFromUs):
		f.noted = isMe
		return ours, i + 1
	}
	what, next := f.noun(i)
	if act&isSend != 0 && (what == it || f.is(i, isDet) && f.ended(i+1)) { // "send this", "send any more"
		what = ours
	}
	if what == another {
		for k := i; k < i+4 && f.inside(k) && !f.is(k, isThird); k++ { // "sending junk to my phone"
			if f.is(k, isMe|isMine) {
				return ours, k + 1
			}
		}
	}
	return what, next
}

// noun reads "all of your stupid texts", "this", "the program".
func (f *frames) noun(i int) (thing, int) {
	const wordy = 4 // more words than that before a noun are a sentence
	seen, strange, from := class(0), 0, i
	for ; f.inside(i) && i-from < reach; i++ {
		f.t.s.steps++
		is := f.items[i].is
		switch {
		case is&isIt != 0 && is&isList != 0 && seen&(isOurs|isIt) == 0 && strange == 0: // "the thing"
			strange++
		case is&(isTexts|isList) != 0, seen&(isOurs|isDet|isIt) != 0 && is&isContacting != 0:
			f.noted = seen | is
			what, next := f.whose(i + 1)
			if strange > 0 && seen&(isOurs|isIt) == 0 { // "the journal prompts"
				what = min(what, it)
			}
			return what, next
		case is&(isOurs|isDet|isIt|isMine) != 0 && strange == 0 && !(is&isAgain != 0 && f.ended(i)):
			seen |= is
		case is == 0 && strange < wordy:
			strange++
		default:
			f.noted = seen
			return named(seen, strange, is), i
		}
	}
	f.noted = seen
	return named(seen, strange, 0), i
}

// named is what a thing of those words is that has no noun of ours, before a word of
// class next.
func named(seen class, strange int, next class) thing {
	switch {
	case next&isThird != 0, strange > 0:
		return another
	case seen&(isMine|isOurs) != 0:
		return ours
	case seen&isIt != 0:
		return it
	}
	return another
}

// whose reads what follows a thing of ours: texts "from my ex" are none.
func (f *frames) whose(i int) (thing, int) {
	if !f.inside(i) || !f.is(i, isPrep) {
		return ours, i
	}
	next := f.skip(i+1, isPrep|isDet|isOurs|isLink)
	switch {
	case f.is(i, isThird), f.is(next, isThird) && f.inside(next):
		return another, next
	case f.is(next, isMe|isMine|isFromUs) && f.inside(next):
		return ours, next + 1
	}
	return ours, i
}

// verdict weighs what ends against who is meant.
func (f *frames) verdict(i int, s side, what thing, end int) (certainty, int) {
	if what == it && f.spokenOf(i, end) {
		what = ours
	}
	how := unsaid
	switch {
	case s.against, what == another, s.denied && !s.asks:
		return unsaid, end
	case what == ours && s.addressed():
		how = clear
	case what == ours && s.strange == 0, what == it && s.addressed() && (s.you || s.wished) && !f.t.out.Crisis:
		how = doubtful
	case what == nothing && s.you && s.modal && s.addressed():
		how = doubtful
	}
	if how == clear && (s.hedged || f.later(end, isLimit)) {
		how = doubtful
	}
	return how, end
}

// later reports whether a word of that class follows in the clause from item i on.
func (f *frames) later(i int, c class) bool {
	for k := i; k < i+reach && f.inside(k); k++ {
		if f.is(k, c) {
			return true
		}
	}
	return false
}

// spokenOf reports whether something that is surely ours is named outside of the
// items from to to-1, not far away: "these texts. I'm done with them".
func (f *frames) spokenOf(from, to int) bool {
	for k := max(0, from-reach); k < min(len(f.items), to+reach); k++ {
		f.t.s.steps++
		if k >= from && k < to {
			continue
		}
		switch {
		case f.is(k, isFromUs|isMine), f.is(k, isOurs) && (!f.inside(k+1) || f.is(k+1, isLink|isModal|isGet)):
			return true
		case f.is(k, isTexts|isList) && (f.is(k-1, isOurs) || f.is(k-2, isOurs)) && !f.is(k+1, isThird) && !f.is(k+2, isThird):
			return true
		case f.is(k, isContacting|isContact) && f.is(k+1, isMe|isMine) && !f.is(k-1, isThird) && !f.is(k-2, isThird):
			return true
		}
	}
	return false
}

// halt reads "stop texting me", "these have to stop", "turn these off".
func (f *frames) halt(i int, s side) (certainty, int) {
	what, end := f.object(i + 1)
	if s.i && !s.wished && !s.modal && !s.you && !(what == ours && f.noted&(isTexts|isList) != 0 && f.noted&(isOurs|isIt|isDet) != 0) {
		if f.noted != isMe || !f.breaks(i) {
			return unsaid, i // "I stop texting when I'm scared"
		}
	}
	if f.is(i, isSplit) && !f.is(i, isHalt) {
		if !f.inside(end) || !f.is(end, isOff) || what == it && !s.wished && !f.spokenOf(i, end) && !f.is(end+1, isAgain) {
			return unsaid, end
		}
		if end++; what == it && f.is(end, isAgain) {
			what = ours
		}
	}
	switch {
	case what == nothing && s.ours:
		what = ours
	case what == nothing && s.it:
		what = it
	case what == it && f.noted == 0: // "stop texting"
		what = ours
	case what == ours && f.noted == isMe && f.breaks(i) && !s.quoted: // "wrong person stop texting me"
		s = side{bare: true}
	case what == ours && s.i && !s.wished && !s.modal: // "I quit this program"
		s.wished = true
	}
	return f.verdict(i, s, what, end)
}

// breaks reports whether the word before item i belongs to a clause that ends there,
// without a comma: no word that goes on to an ending.
func (f *frames) breaks(i int) bool {
	return f.inside(i) && !f.is(i-1, isThird|isI|isYou|isModal|isNeg|isDont|isLink|isMake|isReport|isDid|isWant|isAsk|isIf|isHow|isHedge)
}

// halting reads "I'm cancelling this subscription".
func (f *frames) halting(i int, s side) (certainty, int) {
	what, end := f.object(i + 1)
	s.wished = s.wished || what == ours && (s.i || s.bare)
	if what == nothing {
		what = another
	}
	return f.verdict(i, s, what, end)
}

// halted reads "I want these stopped".
func (f *frames) halted(i int, s side) (certainty, int) {
	if !s.ours && !s.it && !s.mine || !s.wished && !s.modal {
		return unsaid, i
	}
	what := it
	if s.ours {
		what = ours
	}
	return f.verdict(i, s, what, i+1)
}

// remove reads "lose my number", "take me off your list".
func (f *frames) remove(i int, s side) (certainty, int) {
	if f.breaks(i) && !s.quoted && f.is(i+1, isMe|isMine) { // "this is spam take me off"
		s = side{bare: true}
	}
	if s.i && !s.wished && !s.modal && !s.you {
		return unsaid, i
	}
	off := f.is(i, isRemove)
	n := f.skip(i+1, isLink)
	if k := f.skip(n, isYou|isAgain|isGet|isDid|isLink); f.is(k, isMine) && f.inside(k) { // "forget you ever had my number"
		n = k
	}
	if f.inside(n) && f.is(n, isOff) { // "take off my number"
		off, n = true, n+1
	}
	what := another
	switch {
	case f.is(i, isMe): // "bórrenme"
		off, what, n = true, ours, i+1
	case !f.inside(n):
		return unsaid, n
	case f.is(n, isMe|isMine):
		what, n = ours, n+1
	case f.isNumber(n): // "remove 555-1234"
		what, n = it, f.pastNumbers(n)
	default:
		what, n = f.noun(n)
		what = min(what, it)
	}
	from, end := f.target(n)
	switch {
	case what == another || from == another:
		return unsaid, end
	case from == nothing && !off, from == it && f.is(n, isOut) && f.is(n-1, isMe) && f.ended(n+1) && !f.spokenOf(i, end):
		return unsaid, end
	case what == it && from != ours:
		if !f.spokenOf(i, end) {
			return unsaid, end
		}
	default:
		what = ours
	}
	return f.verdict(i, s, what, end)
}

func (f *frames) isNumber(i int) bool {
	return f.inside(i) && f.t.toks[f.items[i].from].kind == isNumber
}

func (f *frames) pastNumbers(i int) int {
	for f.isNumber(i) {
		i++
	}
	return i
}

// target reads what something is removed from: "off your list".
func (f *frames) target(i int) (thing, int) {
	switch {
	case f.ended(i):
		return nothing, i
	case f.is(i, isFromUs):
		return ours, i + 1
	case f.is(i, isOff):
	case f.is(i, isPrep):
		return another, i
	default:
		return nothing, i
	}
	i = f.skip(i, isPrep|isOff)
	switch {
	case f.ended(i):
		return it, i
	case f.is(i, isFromUs):
		return ours, i + 1
	}
	return f.noun(i)
}

// removed reads "I want to be taken off", "please get me removed".
func (f *frames) removed(i int, s side) (certainty, int) {
	if !s.wished && !s.modal && !s.gets && !s.told {
		return unsaid, i
	}
	from, end := f.target(f.skip(i+1, isPrep&^isOff))
	if from == nothing && !f.ended(end) { // "taken off the list"
		from, end = f.noun(end)
	}
	if from == another || from == it && !s.wished && !f.spokenOf(i, end) || !(s.i || s.mine || s.ours || s.gets || s.wished) {
		return unsaid, end
	}
	s.modal = true
	return f.verdict(i, s, ours, end)
}

// unsubscribe reads "how do I opt out".
func (f *frames) unsubscribe(i int, s side) (certainty, int) {
	what, end := f.object(i + 1)
	if what == it || what == nothing {
		what = ours
	}
	s.wished = s.wished || s.i
	return f.verdict(i, s, what, end)
}

// exit reads "how do I get out of this", "I want to leave the program".
func (f *frames) exit(i int, s side) (certainty, int) {
	what, end := f.object(i + 1)
	if what == nothing || what == it && !f.spokenOf(i, end) || f.noted&(isList|isOurs|isIt) == 0 {
		return unsaid, end
	}
	return f.halt(i, s)
}

// none reads "no more texts", "enough of these".
func (f *frames) none(i int, s side) (certainty, int) {
	if s.strange > 0 || s.gets && s.i && !s.wished && !s.modal {
		return unsaid, i
	}
	what, end := f.object(i + 1)
	if what == nothing || f.inside(end) && f.is(end, isModal|isDid) {
		return unsaid, end // "no more reminders will come"
	}
	if what == it && f.noted == 0 {
		what = ours // "no more texting"
	}
	s.denied, s.bare = false, true
	return f.verdict(i, s, what, end)
}

// weary reads "I'm done with these texts", and "sick of them", which is not as clear.
func (f *frames) weary(i int, s side) (certainty, int) {
	if s.strange > 0 || s.you {
		return unsaid, i
	}
	what, end := f.object(i + 1)
	if what == it && !f.spokenOf(i, end) || what == nothing {
		return unsaid, end
	}
	s.wished = true
	how, end := f.verdict(i, s, what, end)
	if f.is(i, isHate) || f.noted&(isOurs|isContacting) == 0 && f.is(i, isWeary) {
		how = min(how, doubtful)
	}
	return how, end
}

// not reads "don't text me" and "I no longer want these".
func (f *frames) not(i int, s side) (certainty, int) {
	if s.denied || s.against {
		return unsaid, i
	}
	n := f.skip(i+1, isLink|isAgain)
	must := f.is(n, isModal)
	n = f.skip(n, isModal|isLink)
	switch {
	case !f.inside(n) || n == i:
		return unsaid, n
	case f.is(n, isContact|isContacting|isSend) && (f.is(i, isDont) || s.wished && s.you):
		return f.notContact(n, s, must)
	case f.is(n, isWant|isLike), f.is(n, isGet) && s.wished && s.i:
		return f.notWant(n, s)
	case f.is(n, isTakePart) && !s.you && s.strange == 0:
		return f.notPart(n, s)
	case f.is(n, isFromUs) && s.wished: // "I hope I never hear from you again"
		return f.verdict(i, side{wished: true}, ours, n+1)
	}
	return unsaid, n
}

// notContact reads "don't text me", with the act at i.
func (f *frames) notContact(i int, s side, must bool) (certainty, int) {
	if s.strange > 0 && f.is(i+1, isMe) && !s.i && !s.you { // "nah fam dont text me"
		s.strange = 0
	}
	if s.i && !s.wished || s.strange > 0 || s.you && !must && !s.modal && !s.wished {
		return unsaid, i
	}
	what, end := f.contact(i)
	switch {
	case f.inside(end) && f.is(end, isBack):
		return unsaid, end
	case what == it && f.noted == 0 && s.bare && f.is(i, isContact): // "don't text"
		what = ours
	case what == it && f.noted != 0 && f.later(end, isAgain): // "don't text it again"
		what = ours
	}
	s.bare = true
	how, end := f.verdict(i, s, what, end)
	if must && !f.is(i, isContacting) && !f.later(end, isAgain) {
		how = min(how, doubtful)
	}
	return how, end
}

// notWant reads "I don't want these texts", with the want at i.
func (f *frames) notWant(i int, s side) (certainty, int) {
	if s.you || s.strange > 0 {
		return unsaid, i
	}
	n := f.skip(i+1, isLink|isAsk|isPrep|isWant|isLike)
	what, end, does := another, n, f.is(n, isGet)
	switch {
	case !f.inside(n):
		return unsaid, n
	case f.is(n, isTakePart):
		return f.notPart(n, s)
	case f.is(n, isContact) && !f.ended(f.skip(n+1, isDet)) && !f.is(n+1, isFromUs), f.is(n, isSend):
		return unsaid, n // "I don't want to text anyone"
	case f.is(n, isContact):
		what, end = ours, n+1
	case f.is(n, isContacting) && !f.is(n+1, isMe|isMine):
		return unsaid, n
	default:
		what, end = f.object(n)
	}
	if f.goesOn(end) {
		return unsaid, end // "I don't want these to stop"
	}
	if what == it && !does && f.is(i, isWant) && f.is(end, isAgain) {
		what = ours
	}
	if what == it && !f.spokenOf(i, end) {
		return unsaid, end
	}
	s.wished, s.bare = true, true
	return f.verdict(i, s, what, end)
}

// goesOn reports whether an ending follows, which a "not" before then turns around.
func (f *frames) goesOn(i int) bool {
	n := f.skip(i, isLink|isModal|isAgain)
	return f.inside(n) && f.is(n, isHalt|isHalted|isRemove|isRemoved|isExit)
}

// notPart reads "I'm no longer participating", with the part at i.
func (f *frames) notPart(i int, s side) (certainty, int) {
	what, end := f.object(i + 1)
	s.wished = true
	switch {
	case f.t.out.Crisis:
		what = min(what, it)
	case what == it, what == nothing && f.is(end, isAgain) && f.inside(end):
		what = ours
	case what == nothing:
		what = it
	}
	return f.verdict(i, s, what, end)
}
