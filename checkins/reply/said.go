package reply

import "sort"

// said is one text on its way to a Reading.
type said struct {
	r        *Reader
	s        *scratch
	c        Context
	text     string
	toks     []token
	found    []match // in the order of their begin
	active   uint32  // locales, by bit
	hasDates bool
	quotes   bool      // a part of it is quoted
	wish     certainty // how surely it asks, in open words, to be left out
	told     match     // what tells the outcome
	out      Reading
}

func (t *said) meaning(f match) meaning { return t.r.meanings[f.meaning] }

// first gives the first match of a kind, the longest one there.
func (t *said) first(kind kindOf) (f match, ok bool) {
	for _, g := range t.found {
		t.s.steps++
		if t.meaning(g).kind != kind {
			continue
		}
		if ok && g.from != f.from {
			break
		}
		if !ok || g.to > f.to {
			f, ok = g, true
		}
	}
	return f, ok
}

func (t *said) has(kind kindOf) bool { _, ok := t.first(kind); return ok }

// at gives the longest match of a kind that begins at pos.
func (t *said) at(pos int32, kind kindOf) (f match, ok bool) {
	t.s.steps++
	i := sort.Search(len(t.found), func(i int) bool { return t.found[i].from >= pos })
	for ; i < len(t.found) && t.found[i].from == pos; i++ {
		if g := t.found[i]; t.meaning(g).kind == kind && g.to > f.to {
			f, ok = g, true
		}
	}
	return f, ok
}

// within reports whether f stands inside a match of a kind.
func (t *said) within(f match, kind kindOf) bool {
	for _, g := range t.found {
		if t.meaning(g).kind == kind && g.from <= f.from && f.to <= g.to {
			return true
		}
	}
	return false
}

// use marks tokens as understood.
func (t *said) use(from, to int32) {
	for k := from; k < to && int(k) < len(t.toks); k++ {
		t.toks[k].used = true
	}
}

// useMatch is use for a phrase. A strange word in a gap of it is not understood.
func (t *said) useMatch(f match) {
	for k := f.from; k < f.to; k++ {
		t.toks[k].used = t.toks[k].used || t.toks[k].word != 0 || t.toks[k].kind == isNumber
	}
}

func (t *said) begins(pos int32) edge {
	if int(pos) >= len(t.toks) {
		return textEdge
	}
	return t.toks[pos].begins
}

func (t *said) ends(pos int32) edge {
	if int(pos) >= len(t.toks) {
		return textEdge
	}
	return t.toks[pos].ends
}

// wordAt is the text of a token as it was written.
func (t *said) wordAt(pos int32) string { return t.text[t.toks[pos].from:t.toks[pos].to] }

// accounted reports whether keywords, numbers and polite words are all of the text.
// An emoji is something that the person said.
func (t *said) accounted() bool {
	for _, tok := range t.toks {
		if !tok.used && !tok.polite {
			return false
		}
	}
	return true
}

// allFiller reports whether only polite words and signs are left.
func (t *said) allFiller() bool {
	for _, tok := range t.toks {
		if !tok.filler {
			return false
		}
	}
	return len(t.toks) > 0
}

// closes reports whether a command that ends at pos is whole: the clause ends there,
// or goes on with a polite tail or a reason ("… please", "… because I'm away").
func (t *said) closes(pos int32) (next int32, ok bool) {
	for range 4 {
		if t.ends(pos) >= clauseEdge {
			return pos, true
		}
		if _, ok := t.at(pos, kindReason); ok {
			return pos, true
		}
		f, ok := t.at(pos, kindTail)
		if !ok {
			return pos, false
		}
		pos = f.to
	}
	return pos, false
}
