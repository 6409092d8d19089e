package templates

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// Problem is one thing to mend in a catalogue.
type Problem struct {
	Line    int // from 1; 0 where it belongs to no line
	Message string
}

// CheckCatalogue names everything in an operator's catalogue that would keep
// it from being loaded, in the order of its lines; none means that it is good.
// name is what the file is called in messages. The file has the form of
// practices/en.toml, whose head explains it: it adds entries, rewords or hides
// those that are there. Every wording is held to the rules of our own: one
// segment of GSM-7, US grade 6, two ways to answer, nothing that presses,
// promises or gives away.
func CheckCatalogue(name string, raw []byte) []Problem {
	base, err := readCatalogue()
	if err != nil {
		return []Problem{{0, err.Error()}}
	}
	_, problems := base.check(name, raw)
	return problems
}

// check decodes raw and names its problems.
func (c *catalogue) check(name string, raw []byte) (catalogueFile, []Problem) {
	var file catalogueFile
	if problems := decodeStrict(raw, &file); len(problems) > 0 {
		return file, problems
	}
	r, err := readRules()
	if err != nil {
		return file, []Problem{{0, err.Error()}}
	}
	k := &checker{rules: r, lines: linesOf(raw), seen: map[string]int{}}
	if len(file.Practice) == 0 && len(file.SMSDiscreet) == 0 {
		k.problemf("", "%s has no entry; an entry begins with [[practice]]", name)
	}
	k.discreet("sms_discreet", file.SMSDiscreet)
	for i, p := range file.Practice {
		k.at = fmt.Sprintf("practice[%d]", i)
		known := c.practices[checkins.PracticeID(p.ID)]
		k.practice(p, known.reworded(p))
	}
	slices.SortStableFunc(k.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return file, k.problems
}

// checker gathers the problems of one file.
type checker struct {
	rules    rules
	lines    map[string]int
	seen     map[string]int // ids, and the line of each
	at       string         // the entry being read: "practice[3]"
	problems []Problem
}

// problemf notes a problem at a path such as "sms[1]" of the entry being read,
// or at the nearest thing around it that has a line.
func (k *checker) problemf(path, format string, args ...any) {
	full := strings.Trim(k.at+"."+path, ".")
	line := k.lines[full]
	if line == 0 {
		line = k.lines[k.at]
	}
	k.problems = append(k.problems, Problem{line, fmt.Sprintf(format, args...)})
}

// practice checks what the file says of an entry; whole is the entry with what
// it had before.
func (k *checker) practice(said, whole practice) {
	if said.ID == "" {
		k.problemf("", "an entry has no id; write id = \"a-short-name\"")
	}
	if line, twice := k.seen[said.ID]; twice && said.ID != "" {
		k.problemf("id", "the id %q is taken by the entry at line %d", said.ID, line)
	}
	k.seen[said.ID] = k.lines[k.at]
	if whole.Hide {
		return
	}
	k.facts(whole)
	k.label(whole.Label)
	k.labels(said.Labels)
	k.wordings("sms", whole.SMS, said.SMS, whole)
	k.wordings("mail", whole.Mail, said.Mail, whole)
	for i, text := range said.SMS {
		k.sms(fmt.Sprintf("sms[%d]", i), text, whole)
	}
	k.discreet("sms_discreet", said.SMSDiscreet)
	for i, text := range said.Mail {
		k.mail(fmt.Sprintf("mail[%d]", i), text, whole)
	}
	k.questions(said)
}

var (
	kinds = []string{"reach", "boundary", "journal", "value", "thought", "ground", "check_in"}
	asked = []string{
		string(reply.AfterReach), string(reply.AfterJournal), string(reply.AfterRating), string(reply.AfterBeforeAfter),
		string(reply.AfterPrediction), string(reply.AfterText), string(reply.AfterNone),
	}
	moments = []string{"", "breathe", "ground", "urge", "win", "journal"}
)

// facts checks what is not words.
func (k *checker) facts(p practice) {
	for _, f := range []struct {
		key, value string
		of         []string
	}{{"kind", p.Kind, kinds}, {"asks", p.Asks, asked}, {"moment", p.Moment, moments}} {
		if !slices.Contains(f.of, f.value) {
			k.problemf(f.key, "%s is %q; write one of %s", f.key, f.value, strings.TrimPrefix(strings.Join(f.of, ", "), ", "))
		}
	}
	if p.Level < 1 || p.Level > 4 {
		k.problemf("level", "level is %d; write 1, 2, 3 or 4", p.Level)
	}
	numbered := p.Asks == string(reply.AfterRating) || p.Asks == string(reply.AfterBeforeAfter)
	if numbered && p.Measure == "" {
		k.problemf("measure", "asks for a number and does not say of what; write measure = \"tension\"")
	}
	pair := p.Asks == string(reply.AfterBeforeAfter) || p.Asks == string(reply.AfterPrediction)
	if pair && (p.Before == "" || p.After == "") {
		k.problemf("asks", "asks %q and lacks one of its questions; write before = \"...\" and after = \"...\"", p.Asks)
	}
	if p.Page && len(p.SMS) > 0 {
		k.problemf("page", "is for mail and page only and has wordings for SMS; leave one of the two out")
	}
}

func (k *checker) label(label string) {
	if label == "" {
		k.problemf("label", "has no label; write the few words that stand for it in a choice")
	}
	for _, what := range segmentProblems(label, 1) {
		k.problemf("label", "label %s", what)
	}
	if n := septets(label); n > maxLabel {
		k.problemf("label", "label is %d characters long; %d is the most", n, maxLabel)
	}
}

// labels checks the label in other languages, which pages and digests say.
func (k *checker) labels(all labels) {
	for tag, label := range all {
		switch n := len([]rune(label)); {
		case !isLanguage(tag):
			k.problemf("labels", "labels names the language %q; write a tag of two or three small letters, such as es", tag)
		case strings.TrimSpace(label) == "" || strings.ContainsAny(label, "\r\n"):
			k.problemf("labels", "labels has no words for %s; write them on one line, or leave them out", tag)
		case n > maxLabel+8: // no text carries it, and other languages are longer
			k.problemf("labels", "the label for %s is %d characters long; %d is the most", tag, n, maxLabel+8)
		}
	}
}

func isLanguage(tag string) bool {
	small := strings.TrimFunc(tag, func(r rune) bool { return r >= 'a' && r <= 'z' }) == ""
	return small && (len(tag) == 2 || len(tag) == 3)
}

// wordings checks that there are enough of them, and no two the same.
func (k *checker) wordings(key string, have, said []string, p practice) {
	least := 3
	if p.Kind == string(checkins.CheckInAsk) {
		least = 6
	}
	if len(have) < least && (key != "sms" || !p.Page) {
		k.problemf(key, "has %d wordings in %s; %d are the least, so that they do not tire", len(have), key, least)
	}
	for i, text := range said {
		if slices.Index(said, text) < i {
			k.problemf(fmt.Sprintf("%s[%d]", key, i), "the same wording stands there twice")
		}
	}
}

// sms checks one wording of a prompt, with the longest name before it.
func (k *checker) sms(path, text string, p practice) {
	problems := segmentProblems(longestName+text, 1)
	problems = append(problems, k.rules.voice(text, lockscreen)...)
	problems = append(problems, k.rules.prompt(text)...)
	if p.withOthers() {
		problems = append(problems, k.rules.reach(text)...)
	}
	k.all(path, problems)
}

// longestName stands before every SMS when its segments are counted.
var longestName = strings.Repeat("M", maxProgramme) + ": "

// discreet checks wordings for a lock screen that others may read.
func (k *checker) discreet(key string, texts []string) {
	for i, text := range texts {
		problems := segmentProblems(longestName+text, 1)
		problems = append(problems, k.rules.voice(text, discreet)...)
		k.all(fmt.Sprintf("%s[%d]", key, i), append(problems, k.rules.prompt(text)...))
	}
}

func (k *checker) mail(path, text string, p practice) {
	problems := append(k.rules.voice(text, everywhere), k.rules.offersReserved(text)...)
	if p.withOthers() {
		problems = append(problems, k.rules.reach(text)...)
	}
	k.all(path, problems)
}

// questions checks what stands around the wordings. What is asked by SMS has a
// segment with the template's words around it.
func (k *checker) questions(p practice) {
	k.all("why", k.rules.voice(p.Why, everywhere))
	around := longestName + strings.Repeat(" ", maxAround)
	for path, text := range map[string]string{"before": p.Before, "after": p.After} {
		k.all(path, append(k.rules.voice(text, lockscreen), segmentProblems(around+text, 1)...))
	}
	for i, text := range p.Parts {
		k.all(fmt.Sprintf("parts[%d]", i), append(k.rules.voice(text, lockscreen), segmentProblems(around+text, 1)...))
	}
}

// maxAround is the room that sms/before, sms/follow_up and sms/part take
// around their question.
const maxAround = 40

func (k *checker) all(path string, problems []string) {
	for _, what := range problems {
		k.problemf(path, "%s", what)
	}
}

// withOthers reports whether another person takes part.
func (p practice) withOthers() bool {
	kind := checkins.PracticeKind(p.Kind)
	return !p.Alone && (kind == checkins.Reach || kind == checkins.Boundary || kind == checkins.ValueKind || p.Asks == string(reply.AfterPrediction))
}

// problemsOf names what a decoder found wrong, with its lines.
func problemsOf(err error) (problems []Problem) {
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unknown):
		for _, e := range unknown.Errors {
			line, _ := e.Position()
			problems = append(problems, Problem{line, fmt.Sprintf("nothing reads the key %q; is it misspelt?", strings.Join(e.Key(), "."))})
		}
		return problems
	case errors.As(err, &wrong):
		line, _ := wrong.Position()
		return []Problem{{line, strings.TrimPrefix(wrong.Error(), "toml: ")}}
	}
	return []Problem{{0, strings.TrimPrefix(err.Error(), "toml: ")}}
}

// linesOf is the line of every table, key and array element of a document that
// decodes: "practice[3]", "practice[3].sms", "practice[3].sms[1]".
func linesOf(raw []byte) map[string]int {
	lines := map[string]int{}
	tables := map[string]int{}
	at := ""
	var p unstable.Parser
	p.Reset(raw)
	for p.NextExpression() {
		node := p.Expression()
		key, line := keyOf(&p, node)
		switch node.Kind {
		case unstable.ArrayTable:
			at = fmt.Sprintf("%s[%d]", key, tables[key])
			tables[key]++
			lines[at] = line
		case unstable.Table:
			at = key
			lines[at] = line
		case unstable.KeyValue:
			path := strings.Trim(at+"."+key, ".")
			lines[path] = line
			elements(&p, node.Value(), path, lines)
		}
	}
	return lines
}

// keyOf is the dotted key of an expression, and the line it stands on.
func keyOf(p *unstable.Parser, node *unstable.Node) (key string, line int) {
	var parts []string
	for it := node.Key(); it.Next(); {
		if line == 0 {
			line = p.Shape(it.Node().Raw).Start.Line
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "."), line
}

// elements notes the lines of an array's elements.
func elements(p *unstable.Parser, value *unstable.Node, path string, lines map[string]int) {
	if value.Kind != unstable.Array {
		return
	}
	i := 0
	for it := value.Children(); it.Next(); i++ {
		if it.Node().Raw.Length > 0 {
			lines[fmt.Sprintf("%s[%d]", path, i)] = p.Shape(it.Node().Raw).Start.Line
		}
	}
}
