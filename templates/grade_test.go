package templates

import (
	"math"
	"strings"
	"testing"
)

// syllables are words as dictionaries part them.
const syllables = `
1 a I you the one text done safe like want friend time lines asked walked tried heard loved talked phone breathe breathes eyes likes it's don't
1 through thought might knots line brave squeeze felt would where moved named held feet scared pleased floor
2 today later partner honest someone people safely little notice number answer moment morning using being doing going trying closer after waited needed
2 tension closeness table gentle able wanted pages wishes boxes judges hopeful careful quiet useful body reaches sharing reply replied receive
2 toward lion riot poem giant doorway enough question station patient nation ocean special
3 together tomorrow yesterday remember reminders important however idea area energy favorite another
3 beautiful banana connection november already grandmother radio video period
4 information emergency automated community january avoidable situation appreciate
5 imagination opportunity
`

func TestSyllablesOfKnownWords(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(syllables)) {
		fields := strings.Fields(line)
		for _, word := range fields[1:] {
			if got := Syllables(word); got != int(fields[0][0]-'0') {
				t.Errorf("%s: %d syllables, want %s", word, got, fields[0])
			}
		}
	}
}

func TestSyllablesOfWhatIsNoWord(t *testing.T) {
	for word, want := range map[string]int{"": 0, "-": 0, "...": 0, "42": 1, "19:00": 1, "b": 1, "hmm": 1, "\"yes,\"": 1} {
		if got := Syllables(word); got != want {
			t.Errorf("%q: %d syllables, want %d", word, got, want)
		}
	}
}

func TestGradeOfKnownTexts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       float64
	}{
		{"nothing", "", 0},
		{"no words", "... - !", 0},
		{"below the first year", "You do. I do.", 0},
		{"one sentence of six words of one syllable", "The cat sat on the mat.", 0},
		{"a sentence of office English", "Participation requires prior registration via the online form.", 0.39*8 + 11.8*19/8 - 15.59},
		{"two plain sentences", "Ask a friend for one small thing. A no is also fine.", 0.39*6 + 11.8*13/12 - 15.59},
		{"a paragraph ends a sentence", "Hello Ana,\n\nask a friend for help", 0.39*3.5 + 11.8*9/7 - 15.59},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Grade(c.text); math.Abs(got-max(c.want, 0)) > 0.01 {
				t.Errorf("grade %.2f, want %.2f", got, c.want)
			}
		})
	}
}

func FuzzGrade(f *testing.F) {
	f.Add("If it's safe, text someone. DONE, LATER or NOT TODAY.")
	f.Add("é\xff -- 12")
	f.Fuzz(func(t *testing.T, text string) {
		if g := Grade(text); g < 0 || math.IsNaN(g) || math.IsInf(g, 0) {
			t.Errorf("grade %v", g)
		}
	})
}
