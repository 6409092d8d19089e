package templates

import (
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
)

// good is an operator's entry with nothing to mend. The problems below are
// made by replacing one of its lines.
const good = `# our own
[[practice]]
id = "tea"
kind = "reach"
level = 1
label = "Tea with a neighbour"
asks = "reach"
why = "A cup of tea is a short way to be near."
sms = [
	"if it's safe and you like, have tea with a neighbour. DONE, LATER or NOT TODAY.",
	"tea with someone safe, if you want to? DONE, LATER or NOT TODAY.",
	"a cup of tea next door, if it's safe and it suits you. DONE, LATER or NOT TODAY.",
]
mail = [
	"Have tea with a neighbour, if it's safe and you like.",
	"Tea with someone safe, if you want to?",
	"A cup of tea next door, if it's safe and it suits you.",
]
`

func TestAGoodCatalogueHasNoProblems(t *testing.T) {
	for name, text := range map[string]string{
		"a new entry":               good,
		"an entry that is reworded": "[[practice]]\nid = \"win\"\nlabel = \"A close moment\"\n",
		"an entry that is hidden":   "[[practice]]\nid = \"unsent-letter\"\nhide = true\n",
		"shared discreet wordings":  "sms_discreet = [\"it is here. SHOW, LATER or NOT TODAY.\"]\n",
		"Windows line ends":         strings.ReplaceAll(good, "\n", "\r\n"),
	} {
		if problems := CheckCatalogue("own.toml", []byte(text)); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestEachProblemIsNamedWithItsLine(t *testing.T) {
	sms1 := `"if it's safe and you like, have tea with a neighbour. DONE, LATER or NOT TODAY."`
	mail1 := `"Have tea with a neighbour, if it's safe and you like."`
	for _, c := range []struct {
		name     string
		old, new string
		line     int
		message  string
	}{
		{"not TOML", `level = 1`, `level = `, 5, ""},
		{"wrong type", `level = 1`, `level = "one"`, 5, ""},
		{"unknown key", `level = 1`, "level = 1\nlevle = 2", 6, `the key "practice.levle"`},
		{"no id", `id = "tea"`, ``, 2, "has no id"},
		{"unknown kind", `kind = "reach"`, `kind = "sport"`, 4, "write one of reach, boundary"},
		{"level out of range", `level = 1`, `level = 5`, 5, "level is 5"},
		{"no label", `label = "Tea with a neighbour"`, ``, 2, "has no label"},
		{"label too long", `"Tea with a neighbour"`, `"Tea with a neighbour from next door"`, 6, "label is 35 characters"},
		{"label not in the alphabet", `"Tea with a neighbour"`, `"Té with a naïve neighbour"`, 6, "GSM-7 lacks"},
		{"asks what nobody asks", `asks = "reach"`, `asks = "essay"`, 7, "write one of reach, journal"},
		{"a number of nothing", `asks = "reach"`, `asks = "rating"`, 2, "does not say of what"},
		{"a pair without questions", `asks = "reach"`, `asks = "prediction"`, 7, "lacks one of its questions"},
		{"page only and by SMS", `level = 1`, "level = 1\npage = true", 6, "leave one of the two out"},
		{"too few wordings", sms1 + ",\n", "\n", 9, "has 2 wordings in sms"},
		{"the same wording twice", `"tea with someone safe, if you want to? DONE, LATER or NOT TODAY."`, sms1, 11, "stands there twice"},
		{"two segments", sms1, `"if it's safe and you like, have a long and slow cup of tea with a neighbour of yours, and ask how they are and what they do. DONE, LATER or NOT TODAY."`, 10, "takes 2 segments"},
		{"a curly apostrophe", "if it's safe and you like, have", "if it’s safe and you like, have", 10, "U+2019"},
		{"an emoji", sms1, `"tea 🍵 with someone safe, if you like. DONE or NOT TODAY."`, 10, "GSM-7 lacks"},
		{"no NOT TODAY", sms1, `"if it's safe and you like, have tea. DONE or LATER."`, 10, "NOT TODAY"},
		{"one way out", sms1, `"if it's safe and you like, have tea. NOT TODAY is fine."`, 10, "fewer than two ways"},
		{"a word of the carrier's", sms1, `"if it's safe and you like, have tea. YES, NOT TODAY or LATER."`, 10, "offers YES"},
		{"STOP as an answer", sms1, `"if it's safe and you like, have tea. DONE, NOT TODAY or STOP."`, 10, "offers STOP"},
		{"not safe", sms1, `"have tea with a neighbour, if you like. DONE, LATER or NOT TODAY."`, 10, "when it is safe"},
		{"not wanted", sms1, `"have tea with a safe neighbour. DONE, LATER or NOT TODAY."`, 10, "when it is wanted"},
		{"pressure", sms1, `"you should have tea, if it's safe and you like. DONE or NOT TODAY."`, 10, `"should" presses`},
		{"blame", sms1, `"you haven't had tea. If it's safe and you like? DONE or NOT TODAY."`, 10, `"you haven't"`},
		{"a promise", sms1, `"we're here. Tea, if it's safe and you like? DONE or NOT TODAY."`, 10, "D03"},
		{"a diagnosis", mail1, `"Have tea with an avoidant friend, if it's safe and you like."`, 15, "diagnosis"},
		{"what a lock screen gives away", sms1, `"your therapy tea, if it's safe and you like. DONE or NOT TODAY."`, 10, "C20"},
		{"an exclamation mark", sms1, `"tea! If it's safe and you like. DONE, LATER or NOT TODAY."`, 10, "exclamation"},
		{"a link", mail1, `"See https://tea.example, if it's safe and you like."`, 15, "has a link"},
		{"hard to read", mail1, `"Consider participating in a neighbourly conversation accompanied by refreshments, provided the situation appears sufficiently safe and you like it."`, 15, "reads at grade"},
		{"a hard reason", `why = "A cup of tea is a short way to be near."`, `why = "Participation in neighbourhood activities strengthens interpersonal relationships considerably."`, 8, "reads at grade"},
		{"an id that is taken", "# our own", "[[practice]]\nid = \"tea\"\nhide = true", 5, "taken by the entry at line 1"},
		{"a discreet wording that tells", `level = 1`, "level = 1\nsms_discreet = [\"your reach is here. SHOW or NOT TODAY.\"]", 6, `"reach" tells a lock screen`},
		{"a label in no language", `level = 1`, "level = 1\nlabels = { Spanish = \"Un té\" }", 6, "names the language"},
		{"a label without words", `level = 1`, "level = 1\nlabels = { es = \" \" }", 6, "no words for es"},
		{"a long label", `level = 1`, "level = 1\nlabels = { es = \"Un té en la mesa de la vecina de al lado de la casa\" }", 6, "40 is the most"},
		{"too few check-ins", `kind = "reach"`, `kind = "check_in"`, 9, "6 are the least"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good {
				t.Fatal("nothing was replaced")
			}
			for _, p := range CheckCatalogue("own.toml", []byte(text)) {
				if strings.Contains(p.Message, c.message) {
					if p.Line != c.line {
						t.Errorf("at line %d, want %d: %s", p.Line, c.line, p.Message)
					}
					return
				}
			}
			t.Errorf("no problem says %q: %v", c.message, CheckCatalogue("own.toml", []byte(text)))
		})
	}
}

func TestProblemsComeInTheOrderOfTheirLines(t *testing.T) {
	text := strings.NewReplacer("level = 1", "level = 9", "kind = \"reach\"", "kind = \"x\"", "Have tea", "You should have tea").Replace(good)
	problems := CheckCatalogue("own.toml", []byte(text))
	if len(problems) < 3 {
		t.Fatal(problems)
	}
	for i := 1; i < len(problems); i++ {
		if problems[i].Line < problems[i-1].Line {
			t.Errorf("line %d after line %d", problems[i].Line, problems[i-1].Line)
		}
	}
}

func TestAnEmptyCatalogueIsAProblem(t *testing.T) {
	if p := CheckCatalogue("own.toml", nil); len(p) != 1 || !strings.Contains(p[0].Message, "own.toml has no entry") {
		t.Error(p)
	}
}

func TestAnOperatorsCatalogueAddsRewordsAndHides(t *testing.T) {
	own := good + `
[[practice]]
id = "win"
label = "A close moment"
[[practice]]
id = "unsent-letter"
hide = true
`
	s, err := New(Options{Programme: "Microreach", Country: "US", Catalogue: []byte(own)})
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := s.Practice("tea"); !ok || p.Kind != checkins.Reach || p.Label != "Tea with a neighbour" {
		t.Errorf("added: %+v", p)
	}
	if p, _ := s.Practice("win"); p.Label != "A close moment" || p.Kind != checkins.Journal {
		t.Errorf("reworded: %+v", p)
	}
	if _, ok := s.Practice("unsent-letter"); !ok {
		t.Error("a hidden practice is not known any more: records name it")
	}
	for _, p := range s.Practices() {
		if p.ID == "unsent-letter" {
			t.Error("a hidden practice is offered")
		}
	}
	w, err := s.Words(checkins.Say{Template: "prompt", Channel: checkins.SMS, Practice: "win", Person: ana()})
	if err != nil || !strings.HasPrefix(w.Text, "Microreach: one moment this week") {
		t.Error("a reworded practice lost its own wordings:", w.Text, err)
	}
}

func TestABadCatalogueIsRefusedAtTheStart(t *testing.T) {
	_, err := New(Options{Programme: "Microreach", Country: "US", Catalogue: []byte("[[practice]]\nid = \"x\"\n")})
	if err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Error(err)
	}
}

func FuzzCheckCatalogue(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("[[practice]]\nid = 'x'\nsms = ['''a\nb''', \"\\u0041\"]"))
	f.Add([]byte("[practice]\nid = 1"))
	f.Add([]byte("practice = [{id = 'x', sms = [['y']]}]"))
	base, err := readCatalogue()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, problems := base.check("own.toml", raw)
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}

// A label that an operator changes is not said in the words of ours in other languages.
func TestANewLabelLeavesNoOldOneInOtherLanguages(t *testing.T) {
	for own, want := range map[string]string{
		"[[practice]]\nid = \"win\"\nlabel = \"A good minute\"\n":                                       "A good minute",
		"[[practice]]\nid = \"win\"\nlabel = \"A good minute\"\nlabels = { es = \"Un buen minuto\" }\n": "Un buen minuto",
		"[[practice]]\nid = \"win\"\nlevel = 2\n":                                                       "Un momento en que te acercaste",
	} {
		s, err := New(Options{Programme: "Microreach", Country: "US", Catalogue: []byte(own)})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := s.Practice("win")
		if got := p.Named("es-MX"); got != want {
			t.Errorf("in Spanish it is %q, not %q", got, want)
		}
	}
}
