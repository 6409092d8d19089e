package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// view is what a template may speak of. Nothing else gets into a text (C20). Of
// what a person wrote it holds only what they wrote to be said back: a reach
// and a reason of their own, and in closing, by mail, some of their notes.
type view struct {
	Programme string
	Contact   string
	Crisis    string // whom to call
	Safe      string // the same for who is not safe with somebody: numbers, and no word of what they are for
	Name      string // as the person wants to be called; mail only
	Discreet  bool

	Prompt  string // what the practice says now, discreet where the person is
	Full    string // the same in full, for SHOW
	Label   string
	Why     string   // mail only
	Measure string   // what its number is of: "closeness", "tension"
	Before  string   // the question before it
	After   string   // the one follow-up
	Parts   []string // its questions, where it has several
	Part    string   // the one of them whose turn it is
	Kind    checkins.PracticeKind
	Asks    reply.After
	Others  bool // another person takes part

	Reading reply.Reading
	Body    bool // feelings or body words were understood
	InWords bool // the answer is words of their own, which are not picked apart

	Own     string   // the person's own practice, on one line
	Code    string   // six digits
	Because string   // what the plan is for, in their words, on one line
	Past    []string // some of their notes; mail only
	Given   bool     // the number before was told
	NotKept bool     // words were written and are not kept
	Keep    checkins.Keep
	Offered string // the one thing that is offered

	Pace    string   // "2 a week"
	Rhythm  string   // "2 a week, Mon and Thu 19:00"
	Until   string   // the end of a pause; empty = open
	Next    string   // the next reminder
	Coming  []coming // the next reminders, each with its reason
	Choices []string // what can be picked by number
	Turn    int      // in which words they are put
	Options []option // the same with the words of each; mail only
	By      string   // "by text": the channel that is spoken of
	Plan    string   // the plan that is spoken of, where there are several
	Link    string   // a page, at most 64 characters; empty = there are none
	Leave   string   // mail: the page that stops it
}

// option is a practice that can be picked by number.
type option struct{ Label, Words string }

// coming is one reminder ahead.
type coming struct {
	When string
	Why  string // pace.Why's word, or "moved by you"
}

func (s *Set) view(say checkins.Say) view {
	loc := say.Person.Location()
	lines := s.crisis.in(say.Person.Zone)
	v := view{
		Programme: s.options.Programme, Contact: s.options.Contact, Crisis: lines.Text, Safe: lines.Safe,
		Name: calledName(say.Person.Name), Discreet: say.Person.Discreet && !say.Frank,
		Pace: paceWords(say.Pace), Rhythm: rhythmWords(say.Pace, say.Days, say.At),
		Until: day(say.Until, say.Now, loc), Next: moment(say.Next.At, say.Now, loc), Choices: say.Choices, Turn: say.Turn,
	}
	v.Options = s.picks(say)
	v.Link, v.Leave = say.Link, say.Leave
	if len(say.Choices) == 1 {
		v.Offered = say.Choices[0]
	}
	v.Code = say.Code
	v.Own, v.Because, v.Given, v.NotKept = sentence(oneLine(say.Own)), sentence(oneLine(say.Because)), say.Before != nil, say.NotKept
	v.Keep = say.Person.Keep
	if say.Channel == checkins.Email {
		for _, words := range say.Past {
			v.Past = append(v.Past, oneLine(words))
		}
	}
	v.By = channelWords[say.By]
	v.namePlans(s.planNames(say.Plans), say)
	ahead := say.Coming
	if len(ahead) == 0 && !say.Next.At.IsZero() {
		ahead = []checkins.Due{say.Next}
	}
	for _, due := range ahead {
		v.Coming = append(v.Coming, coming{moment(due.At, say.Now, loc), due.Why})
	}
	if p, ok := s.catalogue.practices[say.Practice]; ok {
		v.speakOf(p, s.catalogue.smsDiscreet, say)
	} else if v.Own != "" {
		v.Kind, v.Asks, v.Prompt = checkins.Reach, reply.AfterReach, wording(s.catalogue.smsDiscreet, say.Turn)
	}
	if say.Reading != nil {
		v.Reading = *say.Reading
		v.Body = len(v.Reading.Feelings)+len(v.Reading.Sensations) > 0
		v.InWords = v.Reading.Note != "" && (v.Asks == reply.AfterJournal || v.Asks == reply.AfterText)
	}
	return v
}

// picks are the practices to pick from, in full. An own one is its words.
func (s *Set) picks(say checkins.Say) (all []option) {
	for i, label := range say.Choices {
		o := option{Label: label}
		if i < len(say.Picks) {
			if p, ok := s.catalogue.practices[say.Picks[i]]; ok {
				o.Words = wording(p.full(say.Channel), say.Turn)
			}
		}
		all = append(all, o)
	}
	return all
}

// maxOwn is the most of somebody's own words that one of ours carries, in
// runes.
const maxOwn = 300

// oneLine is what a person wrote, on one line and no longer than we carry.
func oneLine(words string) string {
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > maxOwn {
		words = strings.TrimSpace(string(r[:maxOwn-3])) + "..."
	}
	return words
}

// sentence closes words that end without a mark.
func sentence(words string) string {
	if words == "" || strings.ContainsRune(".!?", rune(words[len(words)-1])) {
		return words
	}
	return words + "."
}

// speakOf takes up the words of a practice.
func (v *view) speakOf(p practice, shared []string, say checkins.Say) {
	v.Kind, v.Asks, v.Others = checkins.PracticeKind(p.Kind), reply.After(p.Asks), p.withOthers()
	v.Label, v.Measure, v.Why, v.Before, v.After, v.Parts = p.Label, p.Measure, p.Why, p.Before, p.After, p.Parts
	v.Part = wording(p.Parts, say.Turn)
	v.Full = wording(p.full(say.Channel), say.Turn)
	v.Prompt = v.Full
	if v.Discreet && say.Channel == checkins.SMS {
		if len(p.SMSDiscreet) > 0 {
			shared = p.SMSDiscreet
		}
		v.Prompt = wording(shared, say.Turn)
	}
}

// maxName is the most of a name that is written, in runes.
const maxName = 40

// calledName is the name by which a mail may greet. It is one line without
// marks that turn the text around it, and never longer than maxName. What looks
// like an address is no name: a stranger's sign-up cannot make us carry a link.
func calledName(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError || r == '\u200b' || r == '\ufeff':
			return -1
		}
		return r
	}, name)), " ")
	if looksLikeAddress(name) {
		return ""
	}
	if runes := []rune(name); len(runes) > maxName {
		name = strings.TrimSpace(string(runes[:maxName]))
	}
	return name
}

// looksLikeAddress reports whether a mail reader might make a link of name.
func looksLikeAddress(name string) bool {
	if strings.ContainsAny(name, "@/:\\") || strings.HasPrefix(strings.ToLower(name), "www") {
		return true
	}
	for i, r := range name {
		next, _ := utf8.DecodeRuneInString(name[i+utf8.RuneLen(r):])
		if r == '.' && i > 0 && (unicode.IsLetter(next) || unicode.IsDigit(next)) {
			return true // evil.example; "J. R." and "Dr. Lee" are names
		}
	}
	return false
}
