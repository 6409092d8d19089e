package reply

import (
	"fmt"
	"os"
	"testing"
)

var ZZ func() Lexicon

func dbg(r *Reader, text string) {
	s := r.scratch.Get().(*scratch)
	s.scan.v = r.v
	s.scan.scan(text)
	toks := s.scan.toks
	active := r.active("en")
	s.sets.begin(r.sets, &s.sets, toks, active)
	s.sets.runSets()
	s.fill.begin(r.fillers, &s.sets, toks, active)
	s.fill.run()
	markFillers(toks, s.fill.found, r.meanings)
	markEdges(toks, s.scan.endGap)
	s.main.begin(r.phrases, &s.sets, toks, active)
	s.main.run()
	for _, f := range s.main.found {
		fmt.Println("found", kindNames[r.meanings[f.meaning].kind], r.meanings[f.meaning].value, f.from, f.to)
	}
	for _, f := range s.main.never {
		fmt.Println("never", kindNames[r.meanings[f.meaning].kind], f.from, f.to)
	}
	fmt.Println(len(toks), len(s.sets.found), len(s.main.found), len(r.sets.nodes), len(r.phrases.nodes))
}

func TestZZ(t *testing.T) { dbg(New(ZZ()), os.Getenv("ZZ")) }
