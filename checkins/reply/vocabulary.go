package reply

import (
	"slices"
	"strings"
)

// vocabulary gives every word of the lexicon a number, and finds words that were
// mistyped.
type vocabulary struct {
	ids  map[string]int32
	typo map[byte][]typoWord
}

// typoWord is a word that is also recognised with a slip of the fingers.
type typoWord struct {
	text string
	id   int32
}

func newVocabulary() *vocabulary {
	return &vocabulary{ids: map[string]int32{}, typo: map[byte][]typoWord{}}
}

// split cuts a word of the lexicon as a scanner would cut it in a text.
func (v *vocabulary) split(word string) []string {
	s := scanner{v: newVocabulary()}
	var parts []string
	s.scan(word)
	for _, t := range s.toks {
		if t.kind == isSign {
			parts = append(parts, signName(word[t.from:t.to]))
		} else {
			parts = append(parts, word[t.from:t.to])
		}
	}
	if len(parts) == 2 && (parts[0] == "2" || parts[0] == "4") && len(parts[1]) > 2 {
		return []string{word} // "2nite", "4ever": words that begin with a digit
	}
	return parts
}

// signName is the one name of signs that mean the same.
func signName(s string) string {
	if arrow(s) > 0 {
		return "->"
	}
	return s
}

// add gives word's number.
func (v *vocabulary) add(word string) int32 {
	s := scanner{v: v}
	for i, r := range word {
		switch {
		case wordRune(r):
			s.add(r, i)
		case !apostrophe(r) && !invisible(r): // a sign, such as "<3", is its own name
			s.buf = append(s.buf[:0], word...)
			goto named
		}
	}
named:
	name := string(s.buf)
	if id, ok := v.ids[name]; ok {
		return id
	}
	id := int32(len(v.ids) + 1) // 0 is a word that is unknown
	v.ids[name] = id
	return id
}

func (v *vocabulary) addTypo(word string, id int32) {
	word = strings.ToLower(word)
	w := typoWord{word, id}
	if !slices.Contains(v.typo[word[0]], w) {
		v.typo[word[0]] = append(v.typo[word[0]], w)
	}
}

// lookup finds a word exactly; 0 when there is none.
func (v *vocabulary) lookup(word []byte) int32 { return v.ids[string(word)] }

// longestWord bounds the work for one word: what is longer is none of ours.
const longestWord = 40

// find finds a word as people type it: exactly, stretched ("stoooop"), or with a
// slip ("unsuscribe").
func (v *vocabulary) find(word []byte) int32 {
	if id := v.lookup(word); id != 0 || len(word) > longestWord || len(word) < 3 {
		return id
	}
	if id := v.stretched(word); id != 0 {
		return id
	}
	return v.mistyped(word)
}

// stretched tries runs of a letter as two of it and as one, and laughter at any length.
func (v *vocabulary) stretched(word []byte) int32 {
	var buf [longestWord]byte
	for most := 2; most >= 1; most-- {
		n, run := 0, 0
		for i, b := range word {
			if i > 0 && word[i-1] == b {
				run++
			} else {
				run = 1
			}
			if run <= most || most == 1 && run == 2 && !tripled(word, i) {
				buf[n] = b
				n++
			}
		}
		if n == len(word) {
			break // nothing was stretched
		}
		if id := v.lookup(buf[:n]); id != 0 {
			return id
		}
	}
	return v.laughter(word)
}

// tripled reports whether the letter at i belongs to a run of three or more.
func tripled(word []byte, i int) bool {
	from, to := i, i
	for from > 0 && word[from-1] == word[i] {
		from--
	}
	for to+1 < len(word) && word[to+1] == word[i] {
		to++
	}
	return to-from >= 2
}

// laughter reads "hahahah", "jajaja", "hehehe" as their first four letters.
func (v *vocabulary) laughter(word []byte) int32 {
	if len(word) < 5 {
		return 0
	}
	for _, b := range word[2:] {
		if b != word[0] && b != word[1] {
			return 0
		}
	}
	four := [4]byte{word[0], word[1], word[0], word[1]}
	if word[0] == 'a' {
		four = [4]byte{word[1], word[0], word[1], word[0]}
	}
	return v.lookup(four[:])
}

// disguised reads digits as the letters they look like: "st0p", "ki11".
func (v *vocabulary) disguised(word []byte) int32 {
	if len(word) < 4 || len(word) > longestWord {
		return 0
	}
	var buf [longestWord]byte
	for _, letters := range [...]string{"oiseabt", "olseabt"} {
		for i, b := range word {
			if j := strings.IndexByte("0153487", b); j >= 0 {
				b = letters[j]
			}
			buf[i] = b
		}
		if id := v.lookup(buf[:len(word)]); id != 0 {
			return id
		}
	}
	return 0
}

// mistyped finds a word of the lexicon marked with "~" that is one slip away, two
// where it is long. The first letter has to be right.
func (v *vocabulary) mistyped(word []byte) int32 {
	for _, w := range v.typo[word[0]] {
		slips := 0
		switch n := len(w.text); {
		case n >= 9:
			slips = 2
		case n >= 5:
			slips = 1
		}
		if d := len(word) - len(w.text); d >= -slips && d <= slips && within(w.text, word, slips) {
			return w.id
		}
	}
	return 0
}

// within reports whether a becomes b by at most that many letters added, left out,
// changed, or swapped with their neighbour.
func within(a string, b []byte, slips int) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	if slips == 0 || len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b)) <= slips
	}
	if within(a[1:], b, slips-1) || within(a, b[1:], slips-1) || within(a[1:], b[1:], slips-1) {
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && within(a[2:], b[2:], slips-1)
}
