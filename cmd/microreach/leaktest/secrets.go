package leaktest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is how something private came about, which says how it is looked for.
type kind byte

const (
	planted kind = iota // told by the test: looked for whatever its length
	theirs              // what people wrote and are called
	ours                // what was written to them
)

// run is how many words in a row are taken for somebody's text.
const run = 4

// secrets are what must be found nowhere: whole values, and runs of words.
type secrets map[string]kind

// add takes in a value. A text gives its runs of words. A short one of somebody's is
// looked for as a whole, and one of a few letters, such as "yes", is nothing.
func (s secrets) add(k kind, value string) {
	value = strings.TrimSpace(value)
	if k == planted || number.MatchString(value) || mailbox.MatchString(value) {
		s.whole(planted, value)
		return
	}
	list := words(value)
	if n := len(list); n < run {
		if text := strings.Join(list, " "); k != ours && n > 1 && len(text) >= 9 {
			s.put(text, k)
		}
		return
	}
	for i := range len(list) - run + 1 {
		if text := strings.Join(list[i:i+run], " "); len(text) >= 12 {
			s.put(text, k)
		}
	}
}

// whole takes in what is looked for as it stands; of a number its digits.
func (s secrets) whole(k kind, value string) {
	if number.MatchString(value) {
		value = value[max(1, len(value)-10):]
	}
	if utf8.RuneCountInString(value) < 3 {
		return
	}
	if text := strings.Join(words(value), " "); text != "" {
		s.put(text, k)
	}
}

// put keeps what is the most private of several meanings.
func (s secrets) put(text string, k kind) {
	if was, is := s[text]; !is || k < was {
		s[text] = k
	}
}

var (
	number  = regexp.MustCompile(`\+[1-9][0-9]{7,14}\b`)
	mailbox = regexp.MustCompile(`[\w.+%-]+@[\w-]+(\.[\w-]+)+`)
	token   = regexp.MustCompile(`\b([a-z2-7]{26}|[A-Z2-7]{26})\b`)
	masked  = "***" // how the program writes what it covered up
)

// within is what of the secrets stands in a line; empty = nothing.
func (s secrets) within(line string, kinds []kind) string {
	for _, shape := range []struct {
		name string
		is   *regexp.Regexp
	}{{"a number", number}, {"a mailbox", mailbox}, {"a token", token}} {
		for _, found := range shape.is.FindAllString(line, -1) {
			if _, is := public.Load(found); !is {
				return shape.name + ", " + found
			}
		}
	}
	if strings.Contains(line, masked) {
		return "something that had to be masked"
	}
	list := words(line)
	for i := range list {
		text := ""
		for j := i; j < min(i+8, len(list)); j++ {
			text = strings.TrimSpace(text + " " + list[j])
			if k, is := s[text]; is && has(kinds, k) {
				return "what is private, " + text
			}
		}
	}
	for _, found := range long.FindAllString(line+" "+grouped.ReplaceAllString(line, ""), -1) {
		if _, is := s[found[len(found)-10:]]; is {
			return "a number, " + found
		}
	}
	return ""
}

var (
	grouped = regexp.MustCompile(`[-. ()]`)
	long    = regexp.MustCompile(`[0-9]{10,15}`)
)

func has(kinds []kind, k kind) bool {
	for _, one := range kinds {
		if one == k {
			return true
		}
	}
	return false
}

var spaces = strings.NewReplacer(`\n`, " ", `\t`, " ", `\r`, " ", `\"`, " ", "%20", " ", "%2B", " ", "%40", " ", "&#39;", "'", "&#43;", " ")

// words are the words of a text in small letters, whatever stands between them; a
// text in a line of a log, in JSON or in an address has the same ones.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(spaces.Replace(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
