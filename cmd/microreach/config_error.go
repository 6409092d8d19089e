package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A place is where a value came from: a position in a file, or a variable. The zero
// value is a default.
type place struct {
	file         string
	line, column int // from 1; 0 = not known
	variable     string
}

func (p place) known() bool { return p.line > 0 || p.variable != "" }

func (p place) String() string {
	switch {
	case p.variable != "":
		return "environment variable " + p.variable
	case p.file == "":
		return "configuration"
	case p.line == 0:
		return p.file
	}
	return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.column)
}

// A mistake is one thing to mend.
type mistake struct {
	place   place
	key     string // "section.key"; "" for a mistake of form
	problem string // what is wrong, and what to write instead

	awaitsSecret bool // a file for a secret is missing or empty
}

func (m mistake) String() string {
	key := m.key
	if strings.ContainsFunc(key, unicode.IsControl) { // a quoted key may hold a line end
		key = strconv.Quote(key)
	}
	if key == "" {
		return fmt.Sprintf("%s: %s", m.place, m.problem)
	}
	return fmt.Sprintf("%s: %s: %s", m.place, key, m.problem)
}

// configError holds every mistake that could be found in one reading.
type configError struct{ mistakes []mistake }

// Error has a line for each mistake, in the order of the file, and shows no secret.
func (e *configError) Error() string {
	lines := make([]string, len(e.mistakes))
	for i, m := range e.mistakes {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// formProblem says what is wrong with the form of a TOML file.
func formProblem(err *toml.DecodeError) string {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	return text + `; a setting is written: key = "text", key = 3 or key = ["a", "b"], each on its own line`
}

// locate finds where each section ("smtp") and key ("smtp.port") of a well-formed
// document first stands.
func locate(text []byte, file string) map[string]place {
	found := map[string]place{}
	p := &unstable.Parser{}
	p.Reset(text)
	section := ""
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			section = ""
			locateKey(p, e, &section, file, found)
		case unstable.KeyValue:
			locateValue(p, e, section, file, found)
		}
	}
	return found
}

// locateValue notes a key and, if its value is an inline table, the keys in that.
func locateValue(p *unstable.Parser, e *unstable.Node, path, file string, found map[string]place) {
	locateKey(p, e, &path, file, found)
	value := e.Value()
	if value.Kind != unstable.InlineTable {
		return
	}
	for it := value.Children(); it.Next(); {
		locateValue(p, it.Node(), path, file, found)
	}
}

// locateKey notes every part of a key that may be dotted and extends path by it.
func locateKey(p *unstable.Parser, e *unstable.Node, path *string, file string, found map[string]place) {
	for it := e.Key(); it.Next(); {
		if *path != "" {
			*path += "."
		}
		*path += string(it.Node().Data)
		if _, seen := found[*path]; !seen {
			start := p.Shape(it.Node().Raw).Start
			found[*path] = place{file: file, line: start.Line, column: start.Column}
		}
	}
}

// nearest returns the candidate that differs from word by the fewest letters, or ""
// if none is near enough to be meant.
func nearest(word string, candidates []string) string {
	best, least := "", len(word)/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(strings.ReplaceAll(word, "-", "_")), c); d <= least {
			if d < least || best == "" {
				best, least = c, d
			}
		}
	}
	return best
}

// distance is the number of letters to put in, take out, exchange or swap with their
// neighbour: the ways in which fingers slip (Damerau and Levenshtein).
func distance(a, b string) int {
	d := make([][]int, len(a)+1) // d[i][j] is the distance of a[:i] and b[:j]
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			exchange := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				exchange++
			}
			d[i][j] = min(exchange, d[i-1][j]+1, d[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
