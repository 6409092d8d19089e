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
			if c, to := try.read(f, i, s); c > how && !f.attributed(to) {
				how, end = c, to
			}
		}
	}
	return how, end
}

// attributed reports whether the sentence goes on to tell, at its end, whose words the
// wish was: "don't text me yet, he said".
func (f *frames) attributed(i int) bool {
	for k := i; k < i+reach/2 && k+1 < len(f.items) && f.items[k].opens != stop; k++ {
		if f.is(k, isThird) && f.is(k+1, isReport) && f.inside(k+1) && (!f.inside(k+2) || f.is(k+2, isMe)) {
			return true
		}
	}
	return false
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
		how = certain
	case what == ours && s.strange == 0, what == it && s.addressed() && (s.you || s.wished) && !f.t.out.Crisis:
		how = doubtful
	case what == nothing && s.you && s.modal && s.addressed():
		how = doubtful
	}
	if how == certain && (s.hedged || f.later(end, isLimit)) {
		how = doubtful
	}
	return how, end
}

// later reports whether a word of that class follows in the clause from item i on.
func (f *frames) later(i int, c class) bool {
	for k := i; k < i+reach && f.inside(k); k++ {
		if f.is(k, isI) {
			return false // another clause, without a comma
		}
		if f.is(k, c) {
			return true
		}
	}
	return false
}

// halt reads "stop texting me", "these have to stop", "turn these off".
func (f *frames) halt(i int, s side) (certainty, int) {
	what, end := f.object(i + 1)
	if s.i && !s.wished && !s.modal && !s.you && !(what == ours && f.noted&(isTexts|isList) != 0 && f.noted&(isOurs|isIt|isDet) != 0) {
		if f.noted&isMe == 0 || !f.breaks(i) {
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
	if f.inside(end) && f.is(end, isBack) || what == nothing && f.inside(end) && f.is(end, isIf) && !f.is(end, isLimit) {
		return unsaid, end // "turn these off when you leave"
	}
	switch {
	case what == another && f.noted == isThird && s.told: // "we asked you to stop texting our son"
		what = ours
	case what == ours && f.noted&isThird != 0 && !f.politely(s, end): // "stop texting her number"
		return f.maybeTheirs(s, end)
	case what == nothing && (s.ours || s.told), what == nothing && s.bare && !f.is(i, isUnsub|isExit) && f.spokenOf(i, end):
		what = ours
	case what == nothing && s.it:
		what = it
	case what == it && f.noted == 0: // "stop texting"
		what = ours
	case what == ours && f.noted&isMe != 0 && f.breaks(i) && !s.quoted: // "wrong person stop texting me"
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

// politely reports whether somebody is asked to do what ends before item end.
func (f *frames) politely(s side, end int) bool {
	return !s.i && (s.you || s.wished || f.later(end, isPlease))
}

// maybeTheirs weighs an order about another's number: it may be meant for us, where a
// number has changed hands, or be a thought about that person.
func (f *frames) maybeTheirs(s side, end int) (certainty, int) {
	if s.bare && f.ended(end) {
		return doubtful, end
	}
	return unsaid, end
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
	case f.is(n, isMine) && f.is(n, isThird) && !f.politely(s, n+1): // "I should delete his number"
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
	case what == another || from == another, s.you && from != ours && s == side{you: true, mine: s.mine}: // "u deleted my number?"
		return unsaid, end
	case from == nothing && !off, from == it && f.is(n, isOut) && f.is(n-1, isMe) && f.ended(n+1) && !f.spokenOf(i, end):
		return unsaid, end
	case what == it && (from != ours || f.noted&(isOurs|isIt|isMine|isFromUs) == 0): // "take it off the list"
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
	what, end := f.noun(i)
	if f.strange > 0 && f.noted&(isOurs|isIt) == 0 { // "off the guest list"
		what = another
	}
	return what, end
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
	f.strange = 0
	what, end := f.object(i + 1)
	switch {
	case what == it && f.strange > 0 && !f.is(i+1, isMe): // "unsubscribe from my gym emails"
		what = another
	case what == it, what == nothing:
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
	if s.strange > 0 && !f.breaks(i) || s.strange > 0 && (s.i || s.you) || s.gets && s.i && !s.wished && !s.modal {
		return unsaid, i
	}
	what, end := f.object(i + 1)
	if what == nothing || f.inside(end) && f.is(end, isModal|isDid) {
		return unsaid, end // "no more reminders will come"
	}
	if what == it && f.noted == 0 {
		if what = ours; end < len(f.items) && f.items[end].opens != stop { // "no more texting, come to bed"
			what = another
		}
	}
	strange := s.strange > 0
	s.denied, s.bare = false, true
	how, end := f.verdict(i, s, what, end)
	if strange {
		how = min(how, doubtful)
	}
	return how, end
}

// weary reads "I'm done with these texts", and "sick of them", which is not as clear.
func (f *frames) weary(i int, s side) (certainty, int) {
	if s.strange > 0 || s.you {
		return unsaid, i
	}
	what, end := f.object(i + 1)
	if what == it && !f.spokenOf(i, end) || what == nothing || f.noted&isMine != 0 {
		return unsaid, end
	}
	if f.is(i, isHate) && f.noted&isOurs != 0 && f.noted&(isTexts|isList|isContacting) == 0 && !f.is(i+1, isGet) {
		return unsaid, end // "I hate these", said of a practice
	}
	s.wished = true
	how, _ := f.verdict(i, s, what, len(f.items)) // "tired of your texts every day" has no limit
	if f.is(i, isHate) || f.noted&(isOurs|isContacting) == 0 && f.is(i, isWeary) {
		how = min(how, doubtful)
	}
	return how, end
}

// not reads "don't text me" and "I no longer want these".
func (f *frames) not(i int, s side) (certainty, int) {
	theirs := s.against && !s.quoted && s.strange == 0 // "my wife doesn't want these texts"
	if s.denied || s.against && !theirs {
		return unsaid, i
	}
	n := f.skip(i+1, isLink|isAgain)
	must := f.is(n, isModal)
	n = f.skip(n, isModal|isLink)
	switch {
	case !f.inside(n) || n == i:
		return unsaid, n
	case theirs:
		return f.notTheirs(i, n)
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

// notTheirs reads "she no longer wants these messages", with the want at i.
func (f *frames) notTheirs(not, i int) (certainty, int) {
	if !f.is(i, isWant) || !f.is(not-1, isThird) {
		return unsaid, i
	}
	what, end := f.object(f.skip(i+1, isLink|isAsk|isTo))
	if what != ours || f.noted&isOurs == 0 || f.noted&(isTexts|isList) == 0 || f.goesOn(end) || f.inside(end) && f.items[end].is == 0 {
		return unsaid, end
	}
	return f.verdict(i, side{bare: true}, what, end)
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
	case what == ours && f.is(end, isBack) && f.is(end+1, isIt) && f.inside(end+1) && f.is(end+2, isAgain): // "don't text me about it again"
		end += 3
	case f.inside(end) && f.is(end, isBack|isIf), f.aboutOther(end):
		return unsaid, end // "don't text while walking", "don't text me on snap"
	case what == ours && f.noted&isThird != 0 && !f.politely(s, end): // "don't text her number"
		return f.maybeTheirs(s, end)
	case what == it && f.noted == 0 && s.bare && f.is(i, isContact): // "don't text"
		what = ours
	case what == it && f.noted != 0 && f.later(end, isAgain): // "don't text it again"
		what = ours
	}
	s.bare = true
	how, end := f.verdict(i, s, what, end)
	if must && !f.is(i, isContacting) && !f.later(end, isAgain) {
		if how = min(how, doubtful); !f.ended(end) || f.is(end, isLimit) {
			how = unsaid // "you don't have to text me when you land"
		}
	}
	return how, end
}

// aboutOther reports whether what follows narrows an act to something that is none of
// ours: "don't text me on snap", "… just to say ok".
func (f *frames) aboutOther(i int) bool {
	if !f.inside(i) || !f.is(i, isPrep) || f.is(i, isAgain|isLimit) {
		return false
	}
	n := f.skip(i+1, isPrep|isDet|isLink)
	return f.inside(n) && (f.items[n].is == 0 || f.is(n, isThird|isReport) && !f.is(n, isMine))
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
	case f.is(n, isContact) && f.is(n-1, isTo):
		return unsaid, n // "I don't like to text"
	case f.is(n, isContact):
		what, end = ours, n+1
	case f.is(n, isContacting) && !f.is(n+1, isMe|isMine):
		return unsaid, n
	default:
		what, end = f.object(n)
	}
	if f.goesOn(end) || f.inside(end) && f.is(end, isBack) {
		return unsaid, end // "I don't want these to stop"
	}
	if after := f.skip(end, isAgain|isLimit|isPlease|isPrep|isFromUs|isLink); what == it && f.inside(after) {
		return unsaid, end // "I don't want to do this anymore can you get me"
	}
	if what == it && !does && f.is(i, isWant) && f.is(end, isAgain) {
		what = ours
	}
	if what == it && !f.spokenOf(i, end) {
		return unsaid, end
	}
	s.wished, s.bare = true, true
	how, end := f.verdict(i, s, what, end)
	if f.is(i, isLike) && !f.is(i, isWant) {
		how = min(how, doubtful)
	}
	return how, end
}

// goesOn reports whether an ending follows, which a "not" before then turns around.
func (f *frames) goesOn(i int) bool {
	n := f.skip(i, isLink|isModal|isAgain|isLimit)
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
	case what == nothing && f.is(i-1, isNeg) && !f.is(i-1, isDont): // "couldn't continue"
		return unsaid, end
	case what == nothing:
		what = it
	}
	return f.verdict(i, s, what, end)
}
