package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A text is cut into tokens: words, numbers and signs. What stands between two of
// them (a comma, a slash, nothing) is kept with the later one, for there the
// difference lies between "no more messages" and "no, more messages".

type kind uint8

const (
	isWord kind = iota
	isNumber
	isSign // an emoji, an arrow, a currency
)

// gap is how strongly a token is parted from the one before it.
type gap uint8

const (
	noGap  gap = iota
	clause     // comma, colon, dash, bracket
	stop       // full stop, question mark, new line; the begin of the text
)

type token struct {
	word     int32 // in the vocabulary; 0 is a word that no phrase holds
	from, to int32 // where it stands in the text, in bytes
	num      float32
	kind     kind
	emoji    bool
	gap      gap
	sep      byte // '-', '/', ':', ',' directly before it, else 0
	glued    bool // no white space before it
	quoted   bool // inside of quotation marks
	opens    bool // a quotation mark opens right before it
	upper    bool // two or more letters, all of them capitals
	digits   uint8
	frac     uint8 // digits after the decimal point
	polite   bool  // please, thanks: said, and nothing lost without it
	filler   bool  // may stand around a phrase: polite words, and any emoji
	skip     bool  // may stand inside a phrase: just, really
	used     bool  // understood: no part of what only the note keeps
	barred   bool  // a number that by its form is no rating
	other    bool  // a number that by its words is no rating
	denies   bool  // "not"
	turns    bool  // "but"
	begins   edge  // what may begin here, fillers aside
	ends     edge  // what may end before this token, fillers aside
}

// scanner cuts one text. Its slices are kept from text to text.
type scanner struct {
	v     *vocabulary
	text  string
	toks  []token
	buf   []byte // the plain form of the run being read
	at    []int32
	upper bool

	gap     gap
	sep     byte
	space   bool
	inQuote bool
	opened  bool
	endGap  bool // the text ends with a closing quotation mark
}

func (s *scanner) scan(text string) {
	*s = scanner{v: s.v, toks: s.toks[:0], buf: s.buf[:0], at: s.at[:0], text: text, gap: stop, space: true}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case wordRune(r):
			i = s.run(i)
		case pictograph(r) && arrow(text[i:]) == 0 && !invisible(r):
			s.sign(text[i:i+n], i, i+n)
			s.toks[len(s.toks)-1].emoji = true
			i += n
		default:
			i += s.mark(r, i, n)
		}
	}
	s.joinSpelled()
}

func wordRune(r rune) bool { return plain(r) != 0 || unicode.IsLetter(r) && r != utf8.RuneError }

// push adds a token with what was seen before it.
func (s *scanner) push(t token) {
	t.gap, t.sep, t.glued, t.quoted, t.opens = s.gap, s.sep, !s.space, s.inQuote, s.opened
	s.toks = append(s.toks, t)
	s.gap, s.sep, s.space, s.opened, s.endGap = noGap, 0, false, false, false
}

func (s *scanner) sign(name string, from, to int) {
	t := token{kind: isSign, from: int32(from), to: int32(to), word: s.v.lookup([]byte(name))}
	s.push(t)
}

// mark takes one rune that belongs to no word, and returns how many bytes it took.
func (s *scanner) mark(r rune, i, n int) int {
	rest := s.text[i:]
	switch {
	case invisible(r), apostrophe(r):
	case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
		s.gap, s.space, s.sep = stop, true, 0
	case unicode.IsSpace(r):
		s.space = true
	case emoticon(rest, s.space || len(s.toks) == 0) > 0:
		n = emoticon(rest, true)
		s.sign(rest[:n], i, i+n)
		s.toks[len(s.toks)-1].emoji = true
	case arrow(rest) > 0:
		n = arrow(rest)
		s.sign("->", i, i+n)
	case strings.HasPrefix(rest, "<3"):
		n = 2
		s.sign("<3", i, i+n)
	case openQuote(r) && !(s.inQuote && closeQuote(r)):
		s.inQuote, s.opened = true, true
		s.widen(clause)
	case closeQuote(r):
		s.inQuote, s.endGap = false, true
		s.widen(clause)
	case strings.ContainsRune(".!?…;¡¿。", r):
		if r == '.' && s.abbreviation(i) {
			break
		}
		s.widen(stop)
	case strings.ContainsRune(",:()[]{}|", r):
		s.between(r)
	case r == '-' || r == '‐' || r == '–' || r == '—' || r == '−' || r == '/' || r == '\\':
		s.between(r)
	case strings.ContainsRune("&+@%$€£*=#", r):
		s.sign(rest[:n], i, i+n)
	}
	return n
}

func (s *scanner) widen(g gap) {
	if s.gap < g {
		s.gap = g
	}
}

// between notes a sign that joins when it stands tight ("6-7", "Tue/Thu", "19:30")
// and parts when it stands loose.
func (s *scanner) between(r rune) {
	switch r {
	case '-', '‐', '–', '—', '−':
		s.sep = '-'
	case '/', '\\':
		s.sep = '/'
	case ':', ',':
		s.sep = byte(r)
	}
	if s.space || r == '—' || s.sep == ',' || s.sep == 0 || s.sep == ':' {
		s.widen(clause)
	}
}

// abbreviation reports whether the full stop at i stands between single letters
// ("p.m.", "s.t.o.p") or closes such a run.
func (s *scanner) abbreviation(i int) bool {
	if len(s.toks) == 0 {
		return false
	}
	last := s.toks[len(s.toks)-1]
	return last.kind == isWord && last.to-last.from == 1 && int(last.to) == i &&
		i+1 < len(s.text) && wordRune(rune(s.text[i+1])) && (i+2 >= len(s.text) || !wordRune(rune(s.text[i+2])))
}

func arrow(s string) int {
	for _, a := range [...]string{"-->", "->", "=>", ">>", ">", "→", "➡", "⟶"} {
		if strings.HasPrefix(s, a) {
			return len(a)
		}
	}
	return 0
}

// emoticon gives the length of a face such as ":)" at the begin of s, 0 when none.
func emoticon(s string, loose bool) int {
	if len(s) < 2 || s[0] != ':' && s[0] != ';' && s[0] != '=' {
		return 0
	}
	n := 1
	if s[n] == '-' || s[n] == '\'' {
		n++
	}
	if n >= len(s) || !strings.ContainsRune(")(DPp|*", rune(s[n])) {
		return 0
	}
	if letter := s[n] >= 'A' && s[n] != '|'; letter && (!loose || n+1 < len(s) && wordRune(rune(s[n+1]))) {
		return 0
	}
	return n + 1
}

// run reads a run of letters and digits that begins at i, and returns where it ends.
func (s *scanner) run(i int) int {
	if n := address(s.text[i:]); n > 0 {
		s.push(token{from: int32(i), to: int32(i + n)})
		return i + n
	}
	s.buf, s.at = s.buf[:0], s.at[:0]
	upper, lower, end := 0, 0, i
	for j := i; j < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[j:])
		switch {
		case wordRune(r):
			s.add(r, j)
			if unicode.IsUpper(r) {
				upper++
			} else if unicode.IsLetter(r) {
				lower++
			}
			end = j + n
		case invisible(r):
		case apostrophe(r) && followedByLetter(s.text[j+n:]):
		case r == '*' && j > i && starred(s.text[j+n:]):
		default:
			j = len(s.text)
		}
		j += n
	}
	s.upper = upper > 1 && lower == 0
	s.cut(i, end)
	return end
}

func (s *scanner) add(r rune, at int) {
	before := len(s.buf)
	if wide, ok := widened[unicode.ToLower(r)]; ok {
		s.buf = append(s.buf, wide...)
	} else if b := plain(r); b != 0 {
		s.buf = append(s.buf, b)
	} else {
		s.buf = utf8.AppendRune(s.buf, unicode.ToLower(r))
	}
	for range len(s.buf) - before {
		s.at = append(s.at, int32(at))
	}
}

// starred reports whether a word goes on after a star that hides a letter of it.
func starred(s string) bool {
	return strings.HasPrefix(s, "*") || followedByLetter(s)
}

func followedByLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// address gives the length of a link or mailbox at the begin of s, 0 when there is
// none. Its words are nobody's words.
func address(s string) int {
	const longest = 254 // what is longer is no mailbox; it keeps the look ahead bounded
	end, mailbox, at := 0, false, false
	for end < len(s) && end < longest && s[end] > ' ' && s[end] < 0x80 {
		at = at || s[end] == '@' && end > 0
		mailbox = mailbox || at && s[end] == '.' && followedByLetter(s[end+1:])
		end++
	}
	if mailbox || strings.HasPrefix(s, "http:") || strings.HasPrefix(s, "https:") || strings.HasPrefix(s, "www.") {
		return end
	}
	return 0
}

// cut makes tokens of the run in buf: a known word, a word in disguise ("st0p"), or
// numbers and words in turn ("7pm", "19h30").
func (s *scanner) cut(from, to int) {
	letters, digits := 0, 0
	for _, b := range s.buf {
		if b >= '0' && b <= '9' {
			digits++
		} else {
			letters++
		}
	}
	switch {
	case digits == 0:
		s.pushWord(s.v.find(s.buf), from, to)
	case letters == 0:
		s.number(0, len(s.buf), from, to)
	default:
		if id := s.v.lookup(s.buf); id != 0 {
			s.pushWord(id, from, to)
			return
		}
		if id := s.v.disguised(s.buf); id != 0 && letters >= digits {
			s.pushWord(id, from, to)
			return
		}
		s.pieces(to)
	}
}

func (s *scanner) pushWord(id int32, from, to int) {
	s.push(token{word: id, from: int32(from), to: int32(to), upper: s.upper})
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (s *scanner) pieces(to int) {
	for i := 0; i < len(s.buf); {
		j := i + 1
		for j < len(s.buf) && isDigit(s.buf[j]) == isDigit(s.buf[i]) {
			j++
		}
		end := to
		if j < len(s.buf) {
			end = int(s.at[j])
		}
		if isDigit(s.buf[i]) {
			s.number(i, j, int(s.at[i]), end)
		} else {
			s.pushWord(s.v.find(s.buf[i:j]), int(s.at[i]), end)
		}
		i = j
	}
}

// number adds buf[i:j], or makes it the decimals of the number right before it.
func (s *scanner) number(i, j, from, to int) {
	value := 0.0
	for _, b := range s.buf[i:min(j, i+30)] {
		value = value*10 + float64(b-'0')
	}
	n := min(j-i, 200)
	if k := len(s.toks) - 1; k >= 0 && s.gap == stop && !s.space {
		last := &s.toks[k]
		if last.kind == isNumber && last.frac == 0 && n <= 2 && int(last.to)+1 == from && s.text[last.to] == '.' {
			for range n {
				value /= 10
			}
			last.num, last.frac, last.to = last.num+float32(value), uint8(n), int32(to)
			s.gap, s.sep = noGap, 0
			return
		}
	}
	id := s.v.lookup(s.buf[i:j])
	s.push(token{word: id, kind: isNumber, num: float32(value), digits: uint8(n), from: int32(from), to: int32(to)})
}

// joinSpelled makes one word of letters that stand apart, "S T O P" or "s.t.o.p",
// where together they are a known word.
func (s *scanner) joinSpelled() {
	kept := s.toks[:0]
	for i := 0; i < len(s.toks); i++ {
		t := s.toks[i]
		if j, id := s.spelled(i); id != 0 {
			t.word, t.to, t.upper = id, s.toks[j-1].to, true
			i = j - 1
		}
		kept = append(kept, t)
	}
	s.toks = kept
}

// spelled looks for a known word in the single letters from token i on; j is where
// they end.
func (s *scanner) spelled(i int) (j int, id int32) {
	const longest = 12
	s.buf = s.buf[:0]
	for j = i; j < len(s.toks) && len(s.buf) < longest && s.oneLetter(s.toks[j]); j++ {
		if j > i && s.toks[j].gap == stop {
			break
		}
		r, _ := utf8.DecodeRuneInString(s.text[s.toks[j].from:])
		s.buf = append(s.buf, plain(r))
	}
	if len(s.buf) < 4 {
		return i, 0
	}
	return j, s.v.lookup(s.buf)
}

func (s *scanner) oneLetter(t token) bool {
	if t.kind != isWord || t.to-t.from > utf8.UTFMax {
		return false
	}
	r, n := utf8.DecodeRuneInString(s.text[t.from:])
	return int32(n) == t.to-t.from && plain(r) != 0
}
