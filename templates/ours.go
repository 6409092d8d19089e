package templates

import (
	"cmp"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// A text of ours that comes back to us was not written by a person: our number
// was enrolled at another installation, or theirs at ours. Such texts are heard
// and not answered, so that two installations fall silent after one exchange.

// begins is how our texts begin, whatever the programme is called.
var begins = regexp.MustCompile(`^[^:\n]{1,20}: `)

// action is what stands in braces in a template.
var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// telltale is how long a piece of fixed words must be to tell that a text is ours.
const telltale = 16

// fixedWords lists the pieces of our texts that are the same for everybody.
func (s *Set) fixedWords() (pieces []string, err error) {
	add := func(text string) {
		if text = strings.ToLower(strings.Trim(text, " \n")); len(text) >= telltale {
			pieces = append(pieces, text)
		}
	}
	var names []string
	for _, texts := range []string{"sms/*.txt", "digest/*.sms.txt"} {
		found, err := fs.Glob(files, texts)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, piece := range action.Split(string(raw), -1) {
			add(piece)
		}
	}
	for _, p := range s.catalogue.practices {
		for _, text := range slices.Concat(p.SMS, p.Parts, []string{p.Before, p.After}) {
			add(text)
		}
	}
	slices.SortFunc(pieces, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(pieces), nil
}

// Ours implements checkins.Wording: whether text is one of our own texts, of
// this installation or of another. It begins with a name and a colon, and holds
// a piece of our words that nobody else would write.
func (s *Set) Ours(text string) bool {
	head := begins.FindString(text)
	if head == "" {
		return false
	}
	rest := strings.ToLower(strings.TrimSpace(text[len(head):]))
	return slices.ContainsFunc(s.ours, func(piece string) bool { return strings.Contains(rest, piece) })
}
