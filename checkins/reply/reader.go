package reply

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Reader reads texts with the words of one Lexicon. It is safe for concurrent use.
type Reader struct {
	v        *vocabulary
	sets     *tree
	fillers  *tree
	phrases  *tree
	calendar *tree
	classes  *tree     // of words in wishes to be left out; see optout.go
	meanings []meaning // of fillers and phrases
	roles    []role    // of calendar
	locales  []string
	numbers  []map[int32]float64 // by locale
	scratch  *sync.Pool
}

// New makes a Reader. Phrases that [Lexicon.Check] would refuse are left out.
func New(l Lexicon) *Reader {
	r, _ := build(l)
	return r
}

// Check reports every phrase of l that cannot be read, with the locale and the
// meaning it stands under.
func (l Lexicon) Check() error {
	_, err := build(l)
	return err
}

// builder compiles a lexicon.
type builder struct {
	r        *Reader
	c        *compiler
	sets     *growing
	fillers  *growing
	said     *growing
	calendar *growing
	classes  *growing
	meanings map[meaning]int32
	roles    map[role]int32
	depths   []int8
	errs     []error
}

func build(l Lexicon) (*Reader, error) {
	r := &Reader{v: newVocabulary()}
	b := &builder{r: r, sets: newTree(maxDepth), fillers: newTree(int(edges)), said: newTree(int(edges)), calendar: newTree(int(edges)), classes: newTree(int(edges)), depths: make([]int8, 1), meanings: map[meaning]int32{}, roles: map[role]int32{}}
	for i, locale := range l.Locales {
		b.locale(int8(i), locale)
	}
	r.sets, r.fillers, r.phrases, r.calendar, r.classes = b.sets.tree(), b.fillers.tree(), b.said.tree(), b.calendar.tree(), b.classes.tree()
	r.scratch = &sync.Pool{New: func() any { return new(scratch) }}
	return r, errors.Join(b.errs...)
}

func (b *builder) locale(i int8, l Locale) {
	b.c = &compiler{v: b.r.v, tree: b.sets, locale: i, sets: l.Sets, ids: map[string]int32{}, depths: &b.depths}
	b.r.locales = append(b.r.locales, strings.ToLower(l.Name))
	numbers, set := map[int32]float64{}, b.c.newSet(numberSet)
	for word, value := range l.Numbers {
		id := b.r.v.add(word)
		numbers[id] = value
		b.sets.add([]key{wordKey | key(id)}, 0, phrase{meaning: set, locale: i, everywhere: true})
	}
	b.r.numbers = append(b.r.numbers, numbers)

	b.phrases(b.fillers, "filler", l.Filler, false)
	b.phrases(b.fillers, "skip", l.Skip, false)
	b.group("", l.Say, false)
	b.group("", l.Never, true)
	b.group("feeling.", l.Feelings, false)
	b.group("sensation.", l.Sensations, false)
	for _, name := range slices.Sorted(maps.Keys(l.Calendar)) {
		b.dates(name, l.Calendar[name])
	}
	b.optOut(l.OptOut)
}

func (b *builder) group(prefix string, phrases map[string][]string, never bool) {
	for _, name := range slices.Sorted(maps.Keys(phrases)) {
		b.phrases(b.said, prefix+name, phrases[name], never)
	}
}

func (b *builder) fail(name string, err error) {
	b.errs = append(b.errs, fmt.Errorf("locale %s, %s: %w", b.r.locales[b.c.locale], name, err))
}

// phrases compiles the phrases of one meaning into a tree.
func (b *builder) phrases(t *growing, name string, list []string, never bool) {
	m, err := meaningOf(name)
	if err != nil {
		b.fail(name, err)
		return
	}
	id, ok := b.meanings[m]
	if !ok {
		id = int32(len(b.r.meanings))
		b.r.meanings = append(b.r.meanings, m)
		b.meanings[m] = id
	}
	b.paths(t, name, list, phrase{meaning: id, locale: b.c.locale, never: never, everywhere: m.kind.universal()})
}

func (b *builder) dates(name string, list []string) {
	part, value, _ := strings.Cut(name, ".")
	ro := role{part, value}
	if !ro.known() {
		b.fail(name, errors.New("this part of a calendar is unknown"))
		return
	}
	id, ok := b.roles[ro]
	if !ok {
		id = int32(len(b.r.roles))
		b.r.roles = append(b.r.roles, ro)
		b.roles[ro] = id
	}
	b.paths(b.calendar, name, list, phrase{meaning: id, locale: b.c.locale})
}

func (b *builder) paths(t *growing, name string, list []string, p phrase) {
	for _, text := range list {
		paths, begins, ends, err := b.c.compile(text)
		if err != nil {
			b.fail(name, err)
			continue
		}
		p.ends = ends
		for _, path := range paths {
			t.add(path, int(begins), p)
		}
	}
}

// scratch is the memory that reading one text takes, kept for the next.
type scratch struct {
	scan    scanner
	fill    matcher
	sets    matcher
	main    matcher
	dates   matcher
	classes matcher
	items   [][]item // by locale
	steps   int      // taken outside of the matchers; a test counts them
}

// Read says what text means in c.
//
// Precedence, from the strongest: what a machine wrote and empty texts; stop; crisis
// and help words alone; maybe_stop; delete and export; the other commands in the
// order of the commands table; check_in. Outcome, ratings and feelings are read
// beside every intent.
func (r *Reader) Read(text string, c Context) Reading {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	t := r.take(s, text, c)
	return t.read()
}

// take cuts the text and finds its phrases.
func (r *Reader) take(s *scratch, text string, c Context) *said {
	s.steps = 0
	s.scan.v = r.v
	s.scan.scan(text)
	toks := s.scan.toks
	active := r.active(c.Locale)

	s.sets.begin(r.sets, &s.sets, toks, active)
	s.sets.runSets()
	s.fill.begin(r.fillers, &s.sets, toks, active)
	s.fill.run()
	markFillers(toks, s.fill.found, r.meanings)
	markEdges(toks, s.scan.endGap)

	s.main.begin(r.phrases, &s.sets, toks, active)
	s.main.run()
	s.main.settle(r.meanings)
	return &said{r: r, s: s, c: c, text: text, toks: toks, found: s.main.found, active: active}
}

// everyLocale is the bit of phrases that are read whatever the locale.
const everyLocale = uint32(1) << 31

// active is the set of locales, by bit, that are read for a person's locale: that
// one and English.
func (r *Reader) active(locale string) uint32 {
	lang, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
	set := everyLocale
	for i, name := range r.locales {
		if name == lang || name == "en" {
			set |= 1 << i
		}
	}
	return set
}

func markFillers(toks []token, found []match, meanings []meaning) {
	for i := range toks {
		toks[i].filler = toks[i].emoji
	}
	for _, f := range found {
		for k := f.from; k < f.to; k++ {
			if meanings[f.meaning].kind == kindSkip {
				toks[k].skip = true
			} else {
				toks[k].filler, toks[k].polite = true, true
			}
		}
	}
}

// markEdges tells, for every token, which borders lie before it.
func markEdges(toks []token, closed bool) {
	border := [...]edge{noGap: noEdge, clause: clauseEdge, stop: sentenceEdge}
	for i := range toks {
		toks[i].begins = border[toks[i].gap]
		if i == 0 {
			toks[i].begins = textEdge
		} else if toks[i-1].filler {
			toks[i].begins = max(toks[i].begins, toks[i-1].begins)
		} else if toks[i-1].kind == isNumber && toks[i-1].begins >= clauseEdge {
			toks[i].begins = max(toks[i].begins, min(toks[i-1].begins, sentenceEdge)) // "7 pause till Monday"
		}
	}
	after := textEdge
	for i := len(toks) - 1; i >= 0; i-- {
		toks[i].ends = border[toks[i].gap]
		if toks[i].filler {
			toks[i].ends = max(toks[i].ends, after)
		}
		after = toks[i].ends
	}
}
