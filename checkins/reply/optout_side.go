package reply

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
		s.told, s.strange = true, 0
	case is&isIf != 0 && f.is(j-1, isAsk): // "I'd appreciate it if you…"
	case is&isThird != 0 && is&isMine == 0 && (is&isIt == 0 || f.is(j-1, isReport)), is&isIf != 0, is&isDid != 0 && is&isMake == 0:
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
		case same && f.is(k, isHedge):
			s.hedged = true
		case same && f.is(k, isIf|isThird|isDid) && !f.is(k, isIt|isMine):
			s.against = true
			return
		}
	}
}
