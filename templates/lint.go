package templates

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The lint holds every text of ours, and every text of an operator's
// catalogue, to the same rules. What the rules ban is data, in lint.toml.

// Limits of our texts.
const (
	maxProgramme = 20 // septets of the programme's name (PRACTICES, voice)
	maxLabel     = 32 // septets of a practice's label
	maxGrade     = 6  // US school grade
	leastGraded  = 4  // words; the grade of fewer says nothing
)

// place is where a text is read. Each place has the rules of those before it.
type place int

const (
	everywhere place = iota
	lockscreen       // an SMS, or the subject of a mail
	discreet         // the same, for a screen that others may read
)

// rules is lint.toml.
type rules struct {
	Answers  []string      `toml:"answers"`
	Reserved keywords      `toml:"reserved"`
	Named    []string      `toml:"named"`
	Safe     []string      `toml:"safe"`
	Wanted   []string      `toml:"wanted"`
	Banned   []bannedWords `toml:"banned"`
}

// keywords are the words that the carrier acts on by itself (REQUIREMENTS 0.3),
// by what it does.
type keywords struct {
	Stop  []string `toml:"stop"`
	Start []string `toml:"start"`
	Help  []string `toml:"help"`
}

func (k keywords) all() []string { return slices.Concat(k.Stop, k.Start, k.Help) }

type bannedWords struct {
	Where string   `toml:"where"`
	Why   string   `toml:"why"`
	Words []string `toml:"words"`
}

func readRules() (r rules, err error) {
	err = decodeFile("lint.toml", &r)
	return r, err
}

// voice names what is wrong with the words of a text in a place.
func (r *rules) voice(text string, at place) []string {
	problems := r.banned(text, at)
	if strings.ContainsRune(text, '!') {
		problems = append(problems, "has an exclamation mark; end the sentence with a full stop")
	}
	if r, ok := pictogram(text); ok {
		problems = append(problems, fmt.Sprintf("has the pictogram %q; words will do", r))
	}
	if strings.Contains(text, "://") || hasWord(plainWords(text), "www") {
		problems = append(problems, "has a link; links are the service's own to make (A25, B18)")
	}
	if g := Grade(text); g > maxGrade && len(strings.Fields(text)) >= leastGraded {
		problems = append(problems, fmt.Sprintf("reads at grade %.1f, over %d; use shorter sentences and words", g, maxGrade))
	}
	return problems
}

// banned names the words of a text that are never said in a place.
func (r *rules) banned(text string, at place) (problems []string) {
	plain := plainWords(text)
	for _, b := range r.Banned {
		if placeOf(b.Where) > at {
			continue
		}
		for _, w := range b.Words {
			if hasWord(plain, w) {
				problems = append(problems, fmt.Sprintf("%q %s", strings.TrimSuffix(w, "*"), b.Why))
			}
		}
	}
	return problems
}

func placeOf(where string) place {
	switch where {
	case "lockscreen":
		return lockscreen
	case "discreet":
		return discreet
	}
	return everywhere
}

// prompt names what is wrong with the ways to answer that a prompt by SMS
// offers: fewer than two, none of them NOT TODAY (D09), or a word of Twilio's.
func (r *rules) prompt(text string) (problems []string) {
	if !hasAnswer(text, "NOT TODAY") {
		problems = append(problems, "does not offer NOT TODAY, which is a whole answer")
	}
	if r.ways(text) < 2 {
		problems = append(problems, "offers fewer than two ways to answer; add DONE, LATER or \"a few words\"")
	}
	return append(problems, r.offersReserved(text)...)
}

// ways counts the ways to answer that text names.
func (r *rules) ways(text string) (n int) {
	for _, a := range r.Answers {
		if hasAnswer(text, a) {
			n++
		}
	}
	if hasAny(plainWords(text), []string{"0 to 10", "word", "words", "number", "line"}) {
		n++
	}
	return n
}

// offersReserved names the words of Twilio's in capitals that stand otherwise
// than in the forms in which they say what they do.
func (r *rules) offersReserved(text string) (problems []string) {
	for _, form := range r.Named {
		text = strings.ReplaceAll(text, form, "")
	}
	for _, w := range r.Reserved.all() {
		if hasAnswer(text, w) {
			problems = append(problems, fmt.Sprintf("offers %s, which the carrier acts on by itself (A08); use another word", w))
		}
	}
	return problems
}

// reach names what a prompt for a reach leaves out: that it is for when it is
// safe and wanted (D11).
func (r *rules) reach(text string) (problems []string) {
	plain := plainWords(text)
	if !hasAny(plain, r.Safe) {
		problems = append(problems, "does not say that it is for when it is safe (D11)")
	}
	if !hasAny(plain, r.Wanted) {
		problems = append(problems, "does not say that it is for when it is wanted: \"if you like\"")
	}
	return problems
}

// segments names what keeps an SMS from being so many segments of GSM-7.
func segmentProblems(text string, most int) (problems []string) {
	for _, r := range text {
		if septetsOf(r) == 0 {
			return []string{fmt.Sprintf("has %q (U+%04X), which GSM-7 lacks; one such character makes each segment 70 long", r, r)}
		}
	}
	if _, n := Segments(text); n > most {
		over := septets(text) - gsmSingle
		problems = append(problems, fmt.Sprintf("takes %d segments with a programme's name of %d characters; shorten it by %d characters", n, maxProgramme, over))
	}
	return problems
}

func septets(text string) (n int) {
	for _, r := range text {
		n += septetsOf(r)
	}
	return n
}

// hasAnswer reports whether text names an answer, in capitals.
func hasAnswer(text, answer string) bool {
	for rest := text; ; {
		i := strings.Index(rest, answer)
		if i < 0 {
			return false
		}
		end := i + len(answer)
		if !(i > 0 && isWordByte(rest[i-1])) && !(end < len(rest) && isWordByte(rest[end])) {
			return true
		}
		rest = rest[end:]
	}
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= 0x80
}

// plainWords is text in lower case, its words parted by one space and
// surrounded by spaces, with a stop between sentences. An apostrophe and a
// hyphen stay within their word.
func plainWords(text string) string {
	text = strings.NewReplacer("’", "'", "‘", "'", ".", " . ", "?", " . ", "!", " . ", ":", " . ", "\n\n", " . ").Replace(strings.ToLower(text))
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '-' && r != '/' && r != '.'
	})
	for i, w := range words {
		words[i] = strings.Trim(w, "'-/")
	}
	return " " + strings.Join(words, " ") + " "
}

// hasWord reports whether the plain words hold w, or a word that begins with
// it when w ends in a star.
func hasWord(plain, w string) bool {
	if stem, ok := strings.CutSuffix(w, "*"); ok {
		return strings.Contains(plain, " "+stem)
	}
	return strings.Contains(plain, " "+w+" ")
}

func hasAny(plain string, words []string) bool {
	for _, w := range words {
		if hasWord(plain, w) {
			return true
		}
	}
	return false
}

// pictogram is the first emoji of a text.
func pictogram(text string) (rune, bool) {
	for _, r := range text {
		if r >= 0x1F000 || unicode.Is(unicode.So, r) {
			return r, true
		}
	}
	return 0, false
}
