package reply

import "slices"

// A tree is built once and then only walked. While it is built, it is a list of
// growing nodes; [growing.tree] packs them, in the order in which they are walked, for
// what a walk costs is the memory it has to fetch.

type step struct {
	key key
	to  int32
}

// phrase is what a path means.
type phrase struct {
	meaning    int32
	locale     int8
	never      bool // takes the meaning away instead
	everywhere bool // read whatever the person's locale
	ends       edge
}

// locales are those, by bit, in which p is read.
func (p phrase) locales() uint32 {
	if p.everywhere {
		return ^uint32(0)
	}
	return 1 << p.locale
}

// growing is a tree that is being built.
type growing struct {
	nodes   []growingNode // the first ones are the roots
	phrases []phrase
	steps   map[edgeTo]int32 // where a step leads
}

type growingNode struct {
	special, steps []step
	accepts        []int32
}

type edgeTo struct {
	from int32
	key  key
}

// newTree makes a tree with so many roots: one for each edge, or for each depth of sets.
func newTree(roots int) *growing {
	return &growing{nodes: make([]growingNode, roots), steps: map[edgeTo]int32{}}
}

func (g *growing) child(from int32, k key) int32 {
	if to, ok := g.steps[edgeTo{from, k}]; ok {
		return to
	}
	to := int32(len(g.nodes))
	g.steps[edgeTo{from, k}] = to
	g.nodes = append(g.nodes, growingNode{})
	n := &g.nodes[from]
	if kind := k.kind(); kind != wordKey && kind != setKey {
		n.special = append(n.special, step{k, to})
	} else {
		n.steps = append(n.steps, step{k, to})
	}
	return to
}

func (g *growing) add(path []key, root int, p phrase) {
	at := int32(root)
	for _, k := range path {
		at = g.child(at, k)
	}
	for _, id := range g.nodes[at].accepts {
		if g.phrases[id] == p {
			return
		}
	}
	g.phrases = append(g.phrases, p)
	g.nodes[at].accepts = append(g.nodes[at].accepts, int32(len(g.phrases)-1))
}

// tree packs what has grown. A nil tree has no phrases.
func (g *growing) tree() *tree {
	t := &tree{nodes: make([]node, len(g.nodes))}
	for i := range g.nodes {
		t.pack(&t.nodes[i], &g.nodes[i], g.phrases)
	}
	for i := len(t.nodes) - 1; i >= 0; i-- { // a step always leads to a later node
		n := &t.nodes[i]
		for _, s := range t.steps[n.special.from:n.steps.to] {
			n.locales |= t.nodes[s.to].locales
		}
	}
	return t
}

// tree holds phrases for walking; it is never changed.
type tree struct {
	nodes   []node // the first ones are the roots
	steps   []step
	accepts []phrase
	tables  []table
}

// node is one place in a tree.
type node struct {
	filter         uint64 // a bit for each word and set that leads on; see [key.bit]
	special, steps part   // of tree.steps: first the special ones, then words and sets in order
	sets           int32  // where among the steps those by sets begin
	accepts        part   // of tree.accepts: phrases that end here
	table          int32  // of tree.tables, from 1; 0 is none
	locales        uint32 // of the phrases that end here or further on, by bit
}

// part is a part of a list.
type part struct{ from, to int32 }

// table is where each word leads from a node, and then where each set does.
type table struct {
	to   []int32
	sets int // where the sets begin
}

// manySteps is from how many steps on a node, such as a root, has a table of them.
const manySteps = 64

func (t *tree) pack(n *node, g *growingNode, phrases []phrase) {
	slices.SortFunc(g.steps, func(a, b step) int { return int(int64(a.key) - int64(b.key)) })
	n.special.from = int32(len(t.steps))
	t.steps = append(t.steps, g.special...)
	n.special.to = int32(len(t.steps))
	t.steps = append(t.steps, g.steps...)
	n.steps = part{n.special.to, int32(len(t.steps))}
	n.sets = n.steps.to
	for n.sets > n.steps.from && t.steps[n.sets-1].key.kind() == setKey {
		n.sets--
	}
	n.accepts.from = int32(len(t.accepts))
	for _, id := range g.accepts {
		t.accepts = append(t.accepts, phrases[id])
		n.locales |= phrases[id].locales()
	}
	n.accepts.to = int32(len(t.accepts))
	for _, s := range g.steps {
		n.filter |= s.key.bit()
	}
	if len(g.steps) > manySteps {
		t.tables = append(t.tables, tableOf(g.steps))
		n.table = int32(len(t.tables))
	}
}

func tableOf(steps []step) table {
	last := [2]int32{}
	for _, s := range steps {
		kind := s.key.kind() / setKey
		last[kind] = max(last[kind], s.key.id())
	}
	tab := table{sets: int(last[0]) + 1}
	tab.to = make([]int32, tab.sets+int(last[1])+1)
	for _, s := range steps {
		tab.to[int(s.key.id())+tab.sets*int(s.key.kind()/setKey)] = s.to
	}
	return tab
}

// bit is k's place in a filter.
func (k key) bit() uint64 { return 1 << (uint32(k) * 0x9E3779B1 >> 26) }

// members is which sets a token begins a member of, a bit for several.
type members [4]uint64

func (s *members) add(id int32) {
	h := uint32(id) * 0x9E3779B1 >> 24
	s[h>>6] |= 1 << (h & 63)
}

func (s *members) mayHold(id int32) bool {
	h := uint32(id) * 0x9E3779B1 >> 24
	return s[h>>6]&(1<<(h&63)) != 0
}

// step finds where k leads from a node; 0 when nowhere. Look at the filter first.
func (t *tree) step(n *node, k key) int32 {
	if n.table != 0 {
		return t.tables[n.table-1].step(k)
	}
	lo, hi := n.steps.from, n.steps.to
	for lo < hi {
		mid := int32(uint32(lo+hi) >> 1)
		if t.steps[mid].key < k {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < n.steps.to && t.steps[lo].key == k {
		return t.steps[lo].to
	}
	return 0
}

func (tab *table) step(k key) int32 {
	i, end := int(k.id()), tab.sets
	if k.kind() == setKey {
		i, end = i+tab.sets, len(tab.to)
	}
	if i < end {
		return tab.to[i]
	}
	return 0
}
