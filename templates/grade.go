package templates

import (
	"strings"
	"unicode"
)

// Grade is the Flesch-Kincaid grade of an English text: the year of a US school
// in which it is read with ease. A text without words has grade 0, and none has
// less. (Kincaid et al. 1975: 0.39 words per sentence + 11.8 syllables per word
// - 15.59.)
func Grade(text string) float64 {
	words, sentences, syllables := 0, 0, 0
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		open := false // a sentence has words and has not ended
		for _, field := range strings.Fields(paragraph) {
			for part := range strings.SplitSeq(field, "-") {
				if n := Syllables(part); n > 0 {
					words++
					syllables += n
					open = true
				}
			}
			if open && endsSentence(field) {
				sentences++
				open = false
			}
		}
		if open {
			sentences++
		}
	}
	if words == 0 {
		return 0
	}
	grade := 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59
	return max(grade, 0)
}

// endsSentence reports whether a sentence ends with this word. A colon does so
// too: what follows it in our texts stands alone.
func endsSentence(word string) bool {
	return strings.ContainsAny(word[len(strings.TrimRight(word, `"').?!:;…`)):], ".?!:;…")
}

// Syllables counts the syllables of an English word, by its groups of vowels
// and by the letters that are written and not said. A number counts as one;
// what has neither letters nor digits has none.
func Syllables(word string) int {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, word)
	if letters == "" {
		if strings.ContainsFunc(word, unicode.IsDigit) {
			return 1
		}
		return 0
	}
	if n, ok := oddWords[letters]; ok {
		return n
	}
	count, before := 0, false
	for _, r := range letters {
		vowel := strings.ContainsRune("aeiouyàáèéìíòóùúü", r)
		if vowel && !before {
			count++
		}
		before = vowel
	}
	return max(count-unsaid(letters)+parted(letters), 1)
}

// unsaid counts the groups of vowels that are written and not said.
func unsaid(w string) int {
	switch {
	case strings.HasSuffix(w, "le") && len(w) > 2 && !isVowel(w[len(w)-3]):
		return 0 // lit-tle
	case strings.HasSuffix(w, "e") && len(w) > 2 && !isVowel(w[len(w)-2]):
		return 1 // time
	case strings.HasSuffix(w, "ely"), strings.HasSuffix(w, "eless"), strings.HasSuffix(w, "eness"), strings.HasSuffix(w, "eful"), strings.HasSuffix(w, "ement"):
		return 1 // safely
	case strings.HasSuffix(w, "es") && len(w) > 3:
		return silentPlural(w[:len(w)-2])
	case strings.HasSuffix(w, "ed") && len(w) > 3 && !isVowel(w[len(w)-3]) && !strings.HasSuffix(w, "ted") && !strings.HasSuffix(w, "ded"):
		return 1 // asked
	}
	return 0
}

// silentPlural reports with 1 that the e of stem+"es" is not said: times, but
// pages, boxes, wishes.
func silentPlural(stem string) int {
	last := stem[len(stem)-1]
	if isVowel(last) || strings.IndexByte("sxzgc", last) >= 0 || strings.HasSuffix(stem, "sh") || strings.HasSuffix(stem, "ch") {
		return 0
	}
	if last == 'l' && len(stem) > 1 && !isVowel(stem[len(stem)-2]) {
		return 0 // circles
	}
	return 1
}

// parted counts the neighbouring vowels that are said apart: i-de-a, try-ing.
func parted(w string) (n int) {
	if stem, ok := strings.CutSuffix(w, "ing"); ok && stem != "" && isVowel(stem[len(stem)-1]) {
		n++
	}
	for i := 1; i+1 < len(w); i++ {
		before, pair := w[i-1], w[i:i+2]
		switch pair {
		case "ia": // not in so-cial
			if strings.IndexByte("tsc", before) < 0 && !isVowel(before) || strings.HasPrefix(w[i:], "iate") {
				n++
			}
		case "io", "iu": // not in na-tion, re-gion
			if strings.IndexByte("tscgx", before) < 0 && !isVowel(before) {
				n++
			}
		case "ua", "uo":
			if strings.IndexByte("qg", before) < 0 {
				n++
			}
		case "eo":
			if before != 'p' {
				n++
			}
		}
	}
	return n
}

func isVowel(b byte) bool { return strings.IndexByte("aeiouy", b) >= 0 }

// oddWords are words of ours that the rules would get wrong.
var oddWords = map[string]int{
	"quiet": 2, "area": 3, "idea": 3, "ideas": 3, "science": 2, "create": 2, "poem": 2, "diet": 2, "via": 2, "being": 2,
	"sometimes": 2, "someone": 2, "something": 2, "somebody": 3, "somewhere": 2, "anyone": 3, "everyone": 3, "forever": 3,
	"every": 2, "evening": 2, "evenings": 2, "wednesday": 2, "different": 2, "business": 2, "chocolate": 2, "people": 2,
	"homework": 2, "likewise": 2, "therefore": 2, "themselves": 2, "ourselves": 2, "lonely": 2, "naked": 2, "hundred": 2,
	"moment": 2, "basement": 2, "movement": 2, "element": 3, "statement": 2, "facebook": 2, "aged": 1,
	"sms": 3, "us": 1, "uk": 2, "tv": 2, "ok": 2, "msg": 3, "vs": 2, "wed": 1,
}

// GradeSpanish is Crawford's grade of a Spanish text (1984), the same for
// Spanish: -0.205 sentences per hundred words + 0.049 syllables per hundred
// words - 3.407. It was made for the years of primary school.
func GradeSpanish(text string) float64 {
	words, sentences, syllables := 0, 0, 0
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		open := false
		for _, field := range strings.Fields(paragraph) {
			n := syllablesSpanish(field)
			if n == 0 {
				continue
			}
			words++
			syllables += n
			if open = !endsSentence(field); !open {
				sentences++
			}
		}
		if open {
			sentences++
		}
	}
	if words == 0 {
		return 0
	}
	per := 100 / float64(words)
	return max(-0.205*float64(sentences)*per+0.049*float64(syllables)*per-3.407, 0)
}

// syllablesSpanish counts the syllables of a Spanish word: a, e and o, and an
// accented í or ú, are each the heart of one; i and u lean on a neighbour.
func syllablesSpanish(word string) (n int) {
	last := rune(0)
	for _, r := range strings.ToLower(word) {
		strong, weak := strings.ContainsRune("aeoáéóíú", r), strings.ContainsRune("iuü", r)
		leans := strings.ContainsRune("iuü", last)
		switch {
		case (r == 'u' || r == 'ü') && (last == 'q' || last == 'g'): // que, guía: silent, or at one with what follows
			last = 'q'
			continue
		case strong && !(leans && strings.ContainsRune("aeoáéó", r)), weak && !strings.ContainsRune("aeoáéóiuü", last):
			n++
		case unicode.IsDigit(r) && !unicode.IsDigit(last):
			n++
		}
		last = r
	}
	return n
}
