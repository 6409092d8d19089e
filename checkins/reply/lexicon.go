package reply

// Lexicon is every word that a [Reader] knows. Its zero value is a Reader that
// understands numbers and nothing else.
type Lexicon struct {
	Locales []Locale
}

// Locale holds the words of one language.
//
// A phrase is written in plain words, without accents, capitals or apostrophes
// mattering ("don't" and "dont" are one word). Between words it may hold:
//
//	<set>      any word or phrase of that set of the same file
//	(a|b c)    one of these
//	x?  (a)?   perhaps
//	..3        up to three further words
//	#          a number
//	_          a word that stands nowhere in the lexicon, such as a name
//	~word      the word, also with a slip of the fingers
//	,          here a break (comma, full stop, new line) may stand; elsewhere it may not
//	"          here an opening quotation mark stands
//
// and at its ends:
//
//	^  $       begin and end of a clause (a comma is enough)
//	^. .$      begin and end of a sentence
//	^^ $$      begin and end of the text
//	=          first of all: short for ^^ and $$
//
// OptOut holds words, written in the same way, that are no phrases by themselves but
// parts of a wish to be left out; which class does what is told in optout.go.
//
// The words of Filler may stand before, after and those of Skip inside of any phrase.
type Locale struct {
	Name       string              // "en"
	Filler     []string            // please, ok, thanks: may surround a phrase
	Skip       []string            // just, really: may stand inside a phrase
	Sets       map[string][]string // what <set> stands for
	Say        map[string][]string // meaning to phrases: "stop", "done", "now.breathe"
	Never      map[string][]string // phrases that take that meaning away from what they touch
	Feelings   map[string][]string // lemma to phrases
	Sensations map[string][]string // lemma to phrases
	Numbers    map[string]float64  // "seven" to 7
	OptOut     map[string][]string // class to words: "halt", "texts"
	Calendar   map[string][]string // role to phrases: "weekday.mon", "unit.week", "until"
}
