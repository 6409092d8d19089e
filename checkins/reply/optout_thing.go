package reply

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
	case !f.inside(i): // what follows is another clause: "Done. Called my brother"
		return nothing, i
	case f.is(i, isThird) && !f.is(i, isIt|isMine):
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
	if f.is(i, isDet) && f.inside(i+1) && (f.items[i+1].is == 0 || f.is(i+1, isTexts|isOurs|isDet|isContacting)) {
		return false // "any more texts", "any more jam"
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
	case act&isSend != 0 && f.is(i, isIt) && f.is(i, isThird) && f.ended(i+1): // "sending them"
		f.noted = isIt
		return it, i + 1
	case f.sharesAct(i):
		return another, i
	case f.ended(i):
		return it, i
	case f.is(i, isThird|isYou) && !f.is(i, isMine):
		f.noted = f.items[i].is & isThird
		return another, i
	case f.is(i, isMe|isMine|isFromUs) && (act&isSend == 0 || f.ended(i+1)):
		f.noted = isMe | f.items[i].is&isThird
		return ours, i + 1
	case f.is(i, isMe|isMine|isFromUs): // "sending me memes"
		what, next := f.noun(i + 1)
		if f.is(i+1, isNone) { // "send me nothing else"
			what, next = ours, i+2
		}
		if what == it || f.noted != 0 && f.strange == 0 { // "sending me more"
			what = ours
		}
		f.noted |= isMe
		return what, next
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

// sharesAct reports whether the act before item i is joined to one that is none of
// ours: "stop texting and driving", "stop texting and come in".
func (f *frames) sharesAct(i int) bool {
	return i > 0 && i < len(f.items) && f.items[i].is&^(isLink|isGet) == 0 && f.joined(i) && !f.is(i+1, isMe|isMine)
}

// joined reports whether a word like "and" alone parts item i from the one before it.
func (f *frames) joined(i int) bool {
	return f.items[i].opens == clause && f.t.toks[f.items[i].from].gap == noGap
}

// noun reads "all of your stupid texts", "this", "the program".
func (f *frames) noun(i int) (thing, int) {
	const wordy = 4 // more words than that before a noun are a sentence
	seen, strange, from := class(0), 0, i
	f.strange = 0
	for ; f.inside(i) && i-from < reach; i++ {
		f.t.s.steps++
		is := f.items[i].is
		switch {
		case is&isIt != 0 && is&isList != 0 && seen&(isOurs|isIt) == 0 && strange == 0: // "the thing"
			strange++
		case is&isTexts != 0 && is&isContact != 0 && f.inside(i+1) && f.is(i+1, isMe|isThird) && !f.is(i+1, isMine): // "this meeting text me"
			return named(seen, strange, 0), i
		case is&isTexts != 0 && is&isDet != 0 && f.inside(i+1) && f.items[i+1].is == 0: // "spam calls"
			seen |= isDet
		case is&(isTexts|isList) != 0, seen&(isOurs|isDet|isIt) != 0 && is&isContacting != 0:
			f.noted = seen | is
			what, next := f.whose(i+1, seen)
			f.strange = strange
			if (strange > 0 || is&isVague != 0) && seen&(isOurs|isIt) == 0 { // "the journal prompts", "the alerts"
				what = min(what, it)
			}
			if strange > 0 && seen&(isOurs|isIt|isDet) == 0 { // "political texts"
				what = another
			}
			return what, next
		case is&(isOurs|isDet|isIt|isMine) != 0 && strange == 0 && !(is&isAgain != 0 && f.ended(i)):
			seen |= is
		case is == 0 && strange < wordy:
			strange++
		default:
			f.noted, f.strange = seen, strange
			return named(seen, strange, is), i
		}
	}
	f.noted, f.strange = seen, strange
	return named(seen, strange, 0), i
}

// named is what a thing of those words is that has no noun of ours, before a word of
// class next.
func named(seen class, strange int, next class) thing {
	switch {
	case next&isThird != 0, strange > 0, seen&isYours != 0 && seen&isMine == 0: // "stop, ur so funny"
		return another
	case seen&(isMine|isOurs) != 0:
		return ours
	case seen&isIt != 0:
		return it
	}
	return another
}

// whose reads what follows a thing of ours, with words of those classes before it: texts
// "from my ex" are none, nor are notifications "on the ipad".
func (f *frames) whose(i int, seen class) (thing, int) {
	if !f.inside(i) || !f.is(i, isPrep) {
		return ours, i
	}
	next := f.skip(i+1, isPrep|isDet|isOurs|isLink)
	switch {
	case f.is(next, isThird) && f.is(next, isMine) && f.inside(next): // "messages to her phone"
		f.noted |= isThird
		return ours, next + 1
	case f.is(i, isThird), f.is(next, isThird) && f.inside(next):
		return another, next
	case f.is(next, isMe|isMine|isFromUs) && f.inside(next):
		return ours, next + 1
	case seen&(isOurs|isIt) == 0 && f.is(i, isPrep) && f.inside(next) && f.items[next].is == 0:
		return another, next
	}
	return ours, i
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
