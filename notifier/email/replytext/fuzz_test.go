package replytext_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/microreach/microreach/notifier/email/replytext"
)

// worst are texts that cost the most for their length.
func worst(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)+1)[:size] }
	return map[string]string{
		"words":                fill("I felt something and I am writing it down here\n"),
		"one line":             fill("a"),
		"one line of colons":   fill(":"),
		"colons":               fill(":\n"),
		"dates":                fill("2026:\n"),
		"half introductions":   fill("On Mon, Mar 9, 2026 at 7:00 PM Microreach:\n"),
		"mailboxes":            fill("a@b.cd <a@b.cd>:\n"),
		"one line of @":        fill("a@"),
		"introductions":        fill("On 3/9/2026 19:00, A wrote:\n> q\nx\n"),
		"quotes":               fill("> > >\n"),
		"embedded":             fill("-----Original Message-----\nSent from my iPhone\n"),
		"header lines":         fill("From:\n"),
		"header lines, spaced": fill("To: x\n\n"),
		"closings":             fill("Regards\nA\n"),
		"contacts":             fill("tel: 1234567890\n\n"),
		"names":                fill("\n-A B\n"),
		"signatures":           fill("--\n"),
		"footers":              fill("Sent from my iPhone\n"),
		"disclaimers":          fill("this e-mail\n\n"),
		"rules":                fill("- - -\n"),
		"verbs":                fill("wrote wrote wrote 2026:\n"),
	}
}

// worstHTML are bodies that cost the most for their length.
func worstHTML(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)+1)[:size] }
	return map[string]string{
		"open divs":        fill("<div>"),
		"open quotes":      fill("<blockquote>x"),
		"closing tags":     fill("</div>"),
		"crossed":          fill("<b><i></b></p>"),
		"attributes":       "<div " + fill(`class="a" `) + ">x</div>",
		"less-than":        fill("<"),
		"entities":         fill("&amp;"),
		"comments":         fill("<!--"),
		"rows":             fill("<tr><td>x"),
		"quotes and lines": strings.Repeat("<blockquote>", 300) + fill("<br>"),
	}
}

func BenchmarkCut(b *testing.B) {
	for _, size := range []int{64 << 10, 1 << 20} {
		for name, text := range worst(size) {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				for b.Loop() {
					replytext.Cut(text)
				}
			})
		}
	}
}

func BenchmarkCutHTML(b *testing.B) {
	for _, size := range []int{64 << 10, 1 << 20} {
		for name, body := range worstHTML(size) {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				for b.Loop() {
					replytext.CutHTML(body)
				}
			})
		}
	}
}

// check holds what is true of every cut: it is valid text without blank lines
// around it, and a cut of own words has no quoted line in it.
func check(t *testing.T, cut, own string) {
	t.Helper()
	for _, s := range []string{cut, own} {
		if !utf8.ValidString(s) {
			t.Errorf("invalid UTF-8: %q", s)
		}
		if s != "" && (strings.HasPrefix(s, "\n") || strings.HasSuffix(s, "\n")) {
			t.Errorf("blank lines around %q", s)
		}
	}
	for line := range strings.Lines(own) {
		if strings.HasPrefix(strings.TrimSpace(line), "> ") {
			t.Errorf("a quote in the person's own words: %q", line)
		}
	}
}

func TestWorstCasesAreCutToo(t *testing.T) {
	for _, text := range worst(16 << 10) {
		check(t, replytext.Cut(text), replytext.Answer(text))
	}
	for _, body := range worstHTML(16 << 10) {
		check(t, replytext.CutHTML(body), replytext.AnswerHTML(body))
	}
}

func FuzzCut(f *testing.F) {
	for _, text := range worst(200) {
		f.Add(text)
	}
	f.Add("done 7\n\nOn Mon, Mar 9, 2026 at 7:00 PM A <\na@b.example> wrote:\n> q\nx\n--\nA\n")
	f.Fuzz(func(t *testing.T, text string) {
		check(t, replytext.Cut(text), replytext.Answer(text))
	})
}

func FuzzCutHTML(f *testing.F) {
	for _, body := range worstHTML(200) {
		f.Add(body)
	}
	for _, body := range bodies {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		check(t, replytext.CutHTML(body), replytext.AnswerHTML(body))
	})
}
