package reply

import "sort"

// match is a phrase found at tokens from to to-1.
type match struct {
	meaning  int32
	from, to int32
}

// matcher compares one text with a tree.
type matcher struct {
	tree   *tree
	sets   *matcher // where members of sets were found
	toks   []token
	active uint32 // locales, by bit

	from   int32
	found  []match // in the order of their begin
	never  []match // likewise
	spans  []span  // by token, where in found its matches are
	budget int
	steps  int // taken in all
}

// span is a part of the list of matches, with the filter of all sets in it.
type span struct {
	from, to int32
	filter   uint64
	members  members
}

func (m *matcher) begin(t *tree, sets *matcher, toks []token, active uint32) {
	*m = matcher{tree: t, sets: sets, toks: toks, active: active, found: m.found[:0], never: m.never[:0], spans: m.spans[:0]}
}

// index notes where in found the matches of each token are.
func (m *matcher) index() {
	i := int32(0)
	for pos := range m.toks {
		from := i
		for int(i) < len(m.found) && int(m.found[i].from) == pos {
			i++
		}
		m.spans = append(m.spans, span{from: from, to: i})
	}
}

// at gives the matches that begin at pos.
func (m *matcher) at(pos int32) []match { return m.found[m.spans[pos].from:m.spans[pos].to] }

// runSets finds the members of sets. It goes from the last token to the first, and at
// each from the flat sets to the nested ones, so that what a member is made of is
// always known before.
func (m *matcher) runSets() {
	m.spans = append(m.spans, make([]span, len(m.toks))...)
	for i := len(m.toks) - 1; i >= 0; i-- {
		m.from, m.budget = int32(i), walkBudget
		m.spans[i] = span{from: int32(len(m.found)), to: int32(len(m.found))}
		for depth := range int32(maxDepth) {
			if n := &m.tree.nodes[depth]; n.special.from == n.steps.to {
				break // no set is nested deeper
			}
			m.walk(depth, int32(i))
			for _, f := range m.found[m.spans[i].to:] {
				m.spans[i].filter |= (setKey | key(f.meaning)).bit()
				m.spans[i].members.add(f.meaning)
			}
			m.spans[i].to = int32(len(m.found))
		}
	}
}

// walkBudget bounds the steps taken from one token; no phrase of a sane lexicon
// comes near it.
const walkBudget = 600

// run collects what begins at every token.
func (m *matcher) run() {
	for i := range m.toks {
		m.from, m.budget = int32(i), walkBudget
		for e := noEdge; e <= m.toks[i].begins; e++ {
			m.walk(int32(e), int32(i))
		}
	}
}

// walk goes on from a node with the token at pos.
func (m *matcher) walk(at, pos int32) {
	m.steps++
	if m.budget--; m.budget < 0 {
		return
	}
	n := &m.tree.nodes[at]
	if n.locales&m.active == 0 {
		return
	}
	for _, p := range m.tree.accepts[n.accepts.from:n.accepts.to] {
		m.accept(p, pos)
	}
	for _, s := range m.tree.steps[n.special.from:n.special.to] {
		m.walkSpecial(s, pos)
	}
	if int(pos) >= len(m.toks) || pos > m.from && m.toks[pos].gap != noGap {
		return
	}
	m.walkWord(n, at, pos)
}

// walkWord takes the token at pos by its word, its sets, or as a number.
func (m *matcher) walkWord(n *node, at, pos int32) {
	t := &m.toks[pos]
	if k := wordKey | key(t.word); t.word != 0 && n.filter&k.bit() != 0 {
		if to := m.tree.step(n, k); to != 0 {
			m.walk(to, pos+1)
		}
	}
	if n.sets < n.steps.to && n.filter&m.sets.spans[pos].filter != 0 {
		m.walkSets(n, pos)
	}
	if t.skip && pos > m.from && !m.skipsBefore(pos) {
		m.walk(at, pos+1)
	}
}

// walkSets takes the token at pos by its sets: through those of the node or those of the
// token, whichever are fewer.
func (m *matcher) walkSets(n *node, pos int32) {
	of := m.sets.at(pos)
	if int(n.steps.to-n.sets) > len(of) {
		for _, f := range of {
			k := setKey | key(f.meaning)
			if n.filter&k.bit() == 0 {
				continue
			}
			if to := m.tree.step(n, k); to != 0 {
				m.walk(to, f.to)
			}
		}
		return
	}
	held := &m.sets.spans[pos].members
	for _, s := range m.tree.steps[n.sets:n.steps.to] {
		if !held.mayHold(s.key.id()) {
			continue
		}
		for _, f := range of {
			if f.meaning == s.key.id() {
				m.walk(s.to, f.to)
			}
		}
	}
}

// skipsBefore reports whether two words before pos may be skipped already: "really
// really really" is enough.
func (m *matcher) skipsBefore(pos int32) bool {
	return pos > m.from+2 && m.toks[pos-1].skip && m.toks[pos-2].skip
}

func (m *matcher) walkSpecial(s step, pos int32) {
	inside := int(pos) < len(m.toks)
	joined := inside && (pos == m.from || m.toks[pos].gap == noGap)
	switch s.key.kind() {
	case numKey:
		if joined && m.toks[pos].kind == isNumber {
			m.walk(s.to, pos+1)
		}
	case strangerKey:
		if joined && m.toks[pos].kind == isWord && m.toks[pos].word == 0 {
			m.walk(s.to, pos+1)
		}
	case gapKey:
		m.walk(s.to, pos)
		for k := int32(1); k <= s.key.id() && int(pos+k) <= len(m.toks); k++ {
			if pos+k-1 > m.from && m.toks[pos+k-1].gap != noGap {
				break
			}
			m.walk(s.to, pos+k)
		}
	case breakKey:
		if inside {
			m.walkWord(&m.tree.nodes[s.to], s.to, pos)
			after := m.tree.nodes[s.to].special
			for _, next := range m.tree.steps[after.from:after.to] {
				if next.key.kind() == numKey && m.toks[pos].kind == isNumber {
					m.walk(next.to, pos+1)
				}
			}
		}
	case quoteKey:
		if inside && m.toks[pos].opens {
			m.walk(s.to, pos)
			m.walkWord(&m.tree.nodes[s.to], s.to, pos)
		}
	}
}

func (m *matcher) accept(p phrase, pos int32) {
	if pos == m.from || p.ends > m.endEdge(pos) || p.locales()&m.active == 0 {
		return
	}
	if p.never {
		m.never = append(m.never, match{p.meaning, m.from, pos})
	} else {
		m.found = append(m.found, match{p.meaning, m.from, pos})
	}
}

func (m *matcher) endEdge(pos int32) edge {
	if int(pos) >= len(m.toks) {
		return textEdge
	}
	return m.toks[pos].ends
}

// longestSpan is more tokens than any phrase covers.
const longestSpan = 40

// settle drops what a never-phrase of the same meaning, or of its kind, touches. A
// feeling that holds such a phrase whole was written with it in mind, and stays: "she
// was cold to me".
func (m *matcher) settle(meanings []meaning) {
	if len(m.never) == 0 {
		return
	}
	kept := m.found[:0]
	for _, f := range m.found {
		if !m.takenBack(f, meanings) {
			kept = append(kept, f)
		}
	}
	m.found = kept
}

func (m *matcher) takenBack(f match, meanings []meaning) bool {
	i := sort.Search(len(m.never), func(i int) bool { return m.never[i].from > f.from-longestSpan })
	for ; i < len(m.never) && m.never[i].from < f.to; i++ {
		n := m.never[i]
		sameKind := meanings[n.meaning].value == "" && meanings[n.meaning].kind.covers(meanings[f.meaning].kind)
		holds := meanings[f.meaning].kind == kindFeeling && f.from <= n.from && n.to <= f.to
		if n.to > f.from && (n.meaning == f.meaning || sameKind && !holds) {
			return true
		}
	}
	return false
}
