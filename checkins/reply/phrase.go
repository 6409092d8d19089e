package reply

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Phrases are compiled into a tree: one path of words from a root for each way in
// which a phrase can be said, so that a text is compared with all phrases at once.

// edge is a border that a phrase can ask for at its begin or end. A higher one
// holds all lower ones.
type edge uint8

const (
	noEdge edge = iota
	clauseEdge
	sentenceEdge
	textEdge
	edges // how many there are
)

// key is one step of a path: its kind in the top bits, what of that kind in the rest.
type key uint32

const (
	wordKey     key = iota << 28
	setKey          // any word of a set
	numKey          // any number
	gapKey          // up to so many words
	breakKey        // a break may stand here
	quoteKey        // a quotation opens here
	strangerKey     // a word that stands in no phrase, such as a name
	kindMask    key = 0xF << 28
)

func (k key) kind() key { return k & kindMask }
func (k key) id() int32 { return int32(k &^ kindMask) }

// compiler turns the phrases of one locale into paths.
type compiler struct {
	v      *vocabulary
	tree   *growing // of all members of sets
	locale int8
	sets   map[string][]string
	ids    map[string]int32 // of the sets of this locale; a bracket is a set without a name
	depths *[]int8          // of all sets: how deep sets are nested in them
}

// maxDepth is how deep sets and brackets can be nested.
const maxDepth = 8

// fewWays is how many alternatives of a bracket are written out; more are made a set.
const fewWays = 3

// numberSet is the set of a locale's words for numbers.
const numberSet = "#"

// maxPaths bounds in how many ways one phrase can be said.
const maxPaths = 2000

// compile reads one phrase. It returns its paths and the edges it asks for.
func (c *compiler) compile(text string) (paths [][]key, begins, ends edge, err error) {
	words := strings.Fields(separate.Replace(text))
	words, begins, ends = cutEdges(words)
	p := &parser{c: c, words: words}
	paths, err = p.choice()
	switch {
	case err != nil:
	case len(p.words) > 0:
		err = errors.New("a bracket is closed that was not opened")
	case slices.ContainsFunc(paths, func(path []key) bool { return len(path) == 0 }):
		err = errors.New("it may be empty")
	}
	if err != nil {
		return nil, 0, 0, fmt.Errorf("phrase %q: %w", text, err)
	}
	return paths, begins, ends, nil
}

// separate puts blanks around the signs of the notation.
var separate = strings.NewReplacer("(", " ( ", ")?", " )? ", ")", " ) ", "|", " | ", "‚", ",")

func cutEdges(words []string) (rest []string, begins, ends edge) {
	if len(words) > 0 {
		switch words[0] {
		case "=":
			return words[1:], textEdge, textEdge
		case "^^":
			begins, words = textEdge, words[1:]
		case "^.":
			begins, words = sentenceEdge, words[1:]
		case "^":
			begins, words = clauseEdge, words[1:]
		}
	}
	if n := len(words) - 1; n > 0 {
		switch words[n] {
		case "$$":
			ends, words = textEdge, words[:n]
		case ".$":
			ends, words = sentenceEdge, words[:n]
		case "$":
			ends, words = clauseEdge, words[:n]
		}
	}
	return words, begins, ends
}

// parser reads the words of one phrase from the left.
type parser struct {
	c     *compiler
	words []string
}

// choice reads sequences parted by "|" up to a closing bracket or the end.
func (p *parser) choice() ([][]key, error) {
	var all [][]key
	for {
		paths, err := p.sequence()
		if err != nil {
			return nil, err
		}
		all = append(all, paths...)
		if len(all) > maxPaths {
			return nil, errors.New("it can be said in too many ways; part it in two")
		}
		if len(p.words) == 0 || p.words[0] != "|" {
			return all, nil
		}
		p.words = p.words[1:]
	}
}

func (p *parser) sequence() ([][]key, error) {
	paths := [][]key{nil}
	for len(p.words) > 0 && p.words[0] != "|" && p.words[0] != ")" && p.words[0] != ")?" {
		next, err := p.element()
		if err != nil {
			return nil, err
		}
		if len(paths)*len(next) > maxPaths {
			return nil, errors.New("it can be said in too many ways; part it in two")
		}
		longer := make([][]key, 0, len(paths)*len(next))
		for _, head := range paths {
			for _, tail := range next {
				longer = append(longer, slices.Concat(head, tail))
			}
		}
		paths = longer
	}
	return paths, nil
}

func (p *parser) element() ([][]key, error) {
	word := p.words[0]
	p.words = p.words[1:]
	if word == "(" {
		return p.bracket()
	}
	bare, perhaps := strings.CutSuffix(word, "?")
	if bare == "" {
		return nil, errors.New("a lone question mark")
	}
	paths, err := p.c.single(bare)
	if err == nil && perhaps {
		paths = append(paths, nil)
	}
	return paths, err
}

// bracket reads what stands in round brackets, after the opening one.
func (p *parser) bracket() ([][]key, error) {
	before := p.words
	paths, err := p.choice()
	if err != nil {
		return nil, err
	}
	if len(p.words) == 0 {
		return nil, errors.New("a bracket is not closed")
	}
	perhaps := p.words[0] == ")?"
	name := "(" + strings.Join(before[:len(before)-len(p.words)], " ")
	p.words = p.words[1:]
	if len(paths) > fewWays {
		id, known := p.c.ids[name]
		if !known {
			id = p.c.newSet(name)
			if err := p.c.fill(id, paths); err != nil {
				return nil, err
			}
		}
		paths = [][]key{{setKey | key(id)}}
	}
	if perhaps {
		paths = append(slices.Clone(paths), nil)
	}
	return paths, nil
}

// single reads one word of the notation.
func (c *compiler) single(word string) ([][]key, error) {
	one := func(k key) [][]key { return [][]key{{k}} }
	switch {
	case word == "#":
		return [][]key{{numKey}, {setKey | key(c.ids[numberSet])}}, nil
	case word == "_":
		return one(strangerKey), nil
	case word == ",":
		return one(breakKey), nil
	case word == `"`:
		return one(quoteKey), nil
	case strings.HasPrefix(word, ".."):
		n, err := strconv.Atoi(word[2:])
		if err != nil || n < 1 || n > 9 {
			return nil, fmt.Errorf("%q is no gap; write ..1 to ..9", word)
		}
		return one(gapKey | key(n)), nil
	case strings.HasPrefix(word, "<") && strings.HasSuffix(word, ">") && len(word) > 2:
		return c.set(word[1 : len(word)-1])
	case strings.HasPrefix(word, "~") && len(word) > 1:
		id := c.v.add(word[1:])
		c.v.addTypo(word[1:], id)
		return one(wordKey | key(id)), nil
	}
	return c.plainWord(word), nil
}

// plainWord is a word as it stands; "e-mail" and "7pm" are two, as in a text.
func (c *compiler) plainWord(word string) [][]key {
	var path []key
	for _, part := range c.v.split(word) {
		path = append(path, wordKey|key(c.v.add(part)))
	}
	return [][]key{path}
}

// set compiles <name>: one step, which any of its members makes.
func (c *compiler) set(name string) ([][]key, error) {
	members, ok := c.sets[name]
	if !ok {
		return nil, fmt.Errorf("there is no set %q", name)
	}
	if id, known := c.ids[name]; known {
		return [][]key{{setKey | key(id)}}, nil
	}
	id := c.newSet(name)
	(*c.depths)[id] = maxDepth // until it is read, so that it cannot hold itself
	depth := int8(0)
	for _, m := range members {
		paths, begins, ends, err := c.compile(m)
		if err != nil || begins != noEdge || ends != noEdge {
			return nil, errors.Join(fmt.Errorf("set %q: %q cannot be a member", name, m), err)
		}
		if err := c.fill(id, paths); err != nil {
			return nil, fmt.Errorf("set %q: %w", name, err)
		}
		depth = max(depth, (*c.depths)[id])
		(*c.depths)[id] = maxDepth
	}
	(*c.depths)[id] = depth
	return [][]key{{setKey | key(id)}}, nil
}

func (c *compiler) newSet(name string) int32 {
	id := int32(len(*c.depths))
	*c.depths = append(*c.depths, 0)
	c.ids[name] = id
	return id
}

// fill puts the members of a set into the tree of sets, each below the root that is
// deeper than all sets it holds itself, and notes how deep the set is.
func (c *compiler) fill(id int32, paths [][]key) error {
	deepest := int8(0)
	for _, path := range paths {
		depth := int8(0)
		for _, k := range path {
			if k.kind() == setKey {
				depth = max(depth, (*c.depths)[k.id()]+1)
			}
		}
		if depth >= maxDepth {
			return errors.New("sets are nested too deep, or one holds itself")
		}
		if len(path) == 0 {
			return errors.New("an alternative is empty; write (…)? instead")
		}
		c.tree.add(path, int(depth), phrase{meaning: id, locale: c.locale, everywhere: true})
		deepest = max(deepest, depth)
	}
	(*c.depths)[id] = deepest
	return nil
}
