package templates

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// A digest is written once, as text with a few marks at the beginning of its
// lines, and read into blocks; the mail's text and its HTML are both made of
// these, so that they cannot say different things.
//
//	# words        the title
//	## words       a heading
//	- words        a point of a list
//	* words        an entry; the lines with > after it are quotes
//	[chart]        the picture, in HTML alone
//	[action slower]  something that can be done, by its words
//	[stop] words   in the foot: what ends all of it
//
// What a person wrote goes around all this: the text bears a token in its place,
// of characters that nobody can write, and the words are put in when the blocks
// are there. So they stand in the mail as they are, whatever is in them.

// own is the words of people that a text bears tokens of.
type own struct{ words []string }

const tokenBegins, tokenEnds = "\x02", "\x03"

// put gives the token of words; that of none is empty.
func (o *own) put(words string) string {
	if words == "" {
		return ""
	}
	o.words = append(o.words, words)
	return tokenBegins + strconv.Itoa(len(o.words)-1) + tokenEnds
}

// run is a piece of a line, ours or a person's own.
type run struct {
	Own   bool
	Lines []string
}

// block is a piece of a digest.
type block struct {
	Kind    string // "", "title", "heading", "entry", "quote", "list", "chart", "action"
	Runs    []run
	Items   []block // of a list
	Href    template.URL
	Picture template.URL // of a chart
	Alt     string
	Width   int
}

// runs parts a line into what is ours and what is a person's own.
func (o *own) runs(line string) (list []run) {
	for line != "" {
		before, rest, found := strings.Cut(line, tokenBegins)
		if before != "" {
			list = append(list, run{Lines: []string{before}})
		}
		if !found {
			break
		}
		index, after, _ := strings.Cut(rest, tokenEnds)
		if i, err := strconv.Atoi(index); err == nil && i < len(o.words) {
			list = append(list, run{Own: true, Lines: strings.Split(o.words[i], "\n")})
		}
		line = after
	}
	return list
}

// marks are how lines begin that are more than words of a paragraph.
var marks = []struct{ mark, kind string }{{"# ", "title"}, {"## ", "heading"}, {"* ", "entry"}, {"> ", "quote"}, {"- ", "list"}}

// blocks reads paragraphs. Each line of a paragraph is a block where it begins with
// a mark.
func (w digestWriter) blocks(all [][]string) (list []block, err error) {
	for _, lines := range all {
		for _, line := range lines {
			b, err := w.block(line)
			if err != nil {
				return nil, err
			}
			last := len(list) - 1
			if b.Kind == "list" && last >= 0 && list[last].Kind == "list" {
				list[last].Items = append(list[last].Items, b.Items...)
				continue
			}
			list = append(list, b)
		}
	}
	return list, nil
}

func (w digestWriter) block(line string) (block, error) {
	for _, m := range marks {
		words, is := strings.CutPrefix(line, m.mark)
		if !is {
			continue
		}
		b := block{Kind: m.kind, Runs: w.own.runs(words)}
		if b.Kind == "list" {
			b = block{Kind: "list", Items: []block{{Runs: b.Runs}}}
		}
		return b, nil
	}
	command, is := strings.CutPrefix(line, "[")
	if !is {
		return block{Runs: w.own.runs(line)}, nil
	}
	name, words, closed := strings.Cut(command, "]")
	if !closed {
		return block{}, fmt.Errorf("digest: a line begins with [ and has no ]: %q", line)
	}
	return w.command(name, strings.TrimSpace(words))
}

// text is the plain form of blocks.
func (w digestWriter) text(list []block) string {
	var b strings.Builder
	last := ""
	for i, k := range list {
		if k.Kind == "chart" {
			continue
		}
		tight := k.Kind == "quote" || k.Kind == "action" && last == "action"
		if i > 0 && b.Len() > 0 && !tight {
			b.WriteString("\n")
		}
		w.plain(&b, k)
		last = k.Kind
	}
	return b.String()
}

func (w digestWriter) plain(b *strings.Builder, k block) {
	switch k.Kind {
	case "heading":
		line := plainRuns(k.Runs, "")
		b.WriteString(line + "\n" + strings.Repeat("-", len([]rune(line))) + "\n")
	case "quote":
		b.WriteString("  " + plainRuns(k.Runs, "  ") + "\n")
	case "list":
		for _, item := range k.Items {
			b.WriteString("* " + plainRuns(item.Runs, "  ") + "\n")
		}
	case "action":
		b.WriteString("* " + plainRuns(k.Runs, "  ") + plainLink(k) + "\n")
	default:
		b.WriteString(plainRuns(k.Runs, "") + plainLink(k) + "\n")
	}
}

// plainLink is the page of an action. A link that only writes a mail says
// nothing in a text: its words can be written back.
func plainLink(k block) string {
	if !strings.HasPrefix(string(k.Href), "http") {
		return ""
	}
	return ": " + string(k.Href)
}

// plainRuns are runs on lines, those after the first indented.
func plainRuns(list []run, indent string) string {
	var b strings.Builder
	for _, r := range list {
		b.WriteString(strings.Join(r.Lines, "\n"+indent))
	}
	return b.String()
}
