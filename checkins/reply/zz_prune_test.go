package reply_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins/reply"
)

var sep = strings.NewReplacer("(", " ( ", ")?", " )? ", ")", " ) ", "|", " | ")

type samp struct {
	sets map[string][]string
	r    *rand.Rand
}

func (s samp) sample(phrase string) string {
	w := strings.Fields(sep.Replace(phrase))
	var out []string
	out, _ = s.seq(w)
	return strings.Join(out, " ")
}

// seq: choose among alternatives up to closing
func (s samp) seq(w []string) (out []string, rest []string) {
	var alts [][]string
	cur := []string{}
	for len(w) > 0 {
		t := w[0]
		w = w[1:]
		switch {
		case t == "|":
			alts = append(alts, cur)
			cur = []string{}
		case t == ")" || t == ")?":
			alts = append(alts, cur)
			pick := alts[s.r.IntN(len(alts))]
			if t == ")?" && s.r.IntN(2) == 0 {
				pick = nil
			}
			return pick, w
		case t == "(":
			var in []string
			in, w = s.seq(w)
			cur = append(cur, in...)
		case t == "=" || t == "^" || t == "^^" || t == "^." || t == "$" || t == "$$" || t == ".$":
		case strings.HasPrefix(t, ".."):
		case t == ",":
			cur = append(cur, ",")
		case t == "#":
			cur = append(cur, "7")
		case t == "_":
			cur = append(cur, "zork")
		default:
			opt := strings.HasSuffix(t, "?")
			t = strings.TrimSuffix(t, "?")
			if opt && s.r.IntN(2) == 0 {
				continue
			}
			t = strings.TrimPrefix(t, "~")
			if strings.HasPrefix(t, "<") && len(t) > 2 && t != "<3" {
				m := s.sets[t[1:len(t)-1]]
				cur = append(cur, s.sample(m[s.r.IntN(len(m))]))
			} else {
				cur = append(cur, t)
			}
		}
	}
	alts = append(alts, cur)
	return alts[s.r.IntN(len(alts))], nil
}

func TestZZPrune(t *testing.T) {
	if os.Getenv("PRUNE") == "" {
		t.Skip()
	}
	l := lexicon(t)
	full := reply.New(l)
	en := slices.IndexFunc(l.Locales, func(x reply.Locale) bool { return x.Name == "en" })
	s := samp{l.Locales[en].Sets, rand.New(rand.NewPCG(1, 2))}
	say := l.Locales[en].Say["stop"]
	bare := reply.Lexicon{Locales: slices.Clone(l.Locales)}
	m := map[string][]string{}
	for k, v := range l.Locales[en].Say {
		m[k] = v
	}
	bare.Locales[en].Say = m
	// first pass: with no unanchored phrase at all
	var keepAlways []string
	m["stop"] = nil
	r0 := reply.New(bare)
	var needless []string
	for _, p := range say {
		miss, n := 0, 0
		var ex string
		for range 60 {
			text := s.sample(p)
			if full.Read(text, reply.Context{}).Intent != reply.IntentStop {
				continue
			}
			n++
			if r0.Read(text, reply.Context{}).Intent != reply.IntentStop {
				miss++
				ex = text
			}
		}
		if miss == 0 && n > 0 {
			needless = append(needless, p)
			fmt.Printf("NEEDLESS\t%s\n", p)
		} else {
			keepAlways = append(keepAlways, p)
			fmt.Printf("KEEP %d/%d\t%s\t%s\n", miss, n, p, ex)
		}
	}
	fmt.Println(len(say), len(needless))
}
