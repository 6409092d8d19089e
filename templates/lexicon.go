package templates

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"github.com/microreach/microreach/checkins/reply"
)

// The lexicons: what the service understands, one file or more for each language. A
// further language is one more file; nothing in Go names them.
//
//go:embed locales/*.toml
var locales embed.FS

// lexiconFile is one file under locales/.
type lexiconFile struct {
	Locale     string              `toml:"locale"`
	Filler     []string            `toml:"filler"`
	Skip       []string            `toml:"skip"`
	Sets       map[string][]string `toml:"sets"`
	Say        map[string][]string `toml:"say"`
	Never      map[string][]string `toml:"never"`
	Feelings   map[string][]string `toml:"feelings"`
	Sensations map[string][]string `toml:"sensations"`
	Numbers    map[string]float64  `toml:"numbers"`
	Calendar   map[string][]string `toml:"calendar"`
	OptOut     map[string][]string `toml:"opt_out"`
}

// Lexicon loads the words that the service understands. Files of one locale are read
// as one. An error names the file, or the locale and the phrase that cannot be read.
func Lexicon() (reply.Lexicon, error) {
	entries, err := locales.ReadDir("locales")
	if err != nil {
		return reply.Lexicon{}, fmt.Errorf("list lexicons: %w", err)
	}
	var l reply.Lexicon
	for _, entry := range entries {
		file, err := readLexicon(path.Join("locales", entry.Name()))
		if err != nil {
			return reply.Lexicon{}, err
		}
		l.Locales = addLocale(l.Locales, file)
	}
	return l, l.Check()
}

// readLexicon refuses keys that it does not know, for a misspelt one would be words
// that are silently never understood.
func readLexicon(name string) (lexiconFile, error) {
	text, err := locales.ReadFile(name)
	if err != nil {
		return lexiconFile{}, fmt.Errorf("read lexicon: %w", err)
	}
	var file lexiconFile
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&file); err != nil {
		return lexiconFile{}, fmt.Errorf("lexicon %s: %w", name, err)
	}
	if file.Locale == "" {
		return lexiconFile{}, fmt.Errorf("lexicon %s: write which locale it is for, such as locale = \"en\"", name)
	}
	return file, nil
}

// addLocale adds a file to the locale that it is for.
func addLocale(list []reply.Locale, f lexiconFile) []reply.Locale {
	i := slices.IndexFunc(list, func(l reply.Locale) bool { return l.Name == f.Locale })
	if i < 0 {
		i = len(list)
		list = append(list, reply.Locale{
			Name: f.Locale, Sets: map[string][]string{}, Say: map[string][]string{}, Never: map[string][]string{},
			Feelings: map[string][]string{}, Sensations: map[string][]string{},
			Numbers: map[string]float64{}, Calendar: map[string][]string{}, OptOut: map[string][]string{},
		})
	}
	l := &list[i]
	l.Filler = append(l.Filler, f.Filler...)
	l.Skip = append(l.Skip, f.Skip...)
	merge(l.Sets, f.Sets)
	merge(l.Say, f.Say)
	merge(l.Never, f.Never)
	merge(l.Feelings, f.Feelings)
	merge(l.Sensations, f.Sensations)
	merge(l.Calendar, f.Calendar)
	merge(l.OptOut, f.OptOut)
	for word, value := range f.Numbers {
		l.Numbers[word] = value
	}
	return list
}

func merge(into, from map[string][]string) {
	for key, list := range from {
		into[key] = append(into[key], list...)
	}
}
