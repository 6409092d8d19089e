package checkins

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins/reply"
)

// What a change is about, where the person did not say so in full: the plan of
// the last prompt on the channel within a week, else the only active plan, else
// one numbered question. A practice is found by the words of its name, and by a
// numbered question where they fit several.

// remembered is for how long "slower" is about the plan of the last prompt.
const remembered = 7 * day

// maxOffers is the most that one question offers.
const maxOffers = 6

// meant is the plan of the last prompt on the channel; empty when there was
// none lately, or the plan is finished.
func (t *turn) meant() PlanID {
	if m := t.lastPrompt(); m != nil {
		return m.Plan
	}
	return ""
}

// lastPrompt is the newest prompt on the channel of what was written.
func (t *turn) lastPrompt() *Message { return t.lastPromptBy(t.now, t.in.Channel) }

// lastPromptBy is the newest prompt on one of the channels that left within a week,
// of a plan that goes on; nil when there is none.
func (s State) lastPromptBy(now time.Time, channels ...Channel) *Message {
	for i := range s.Recent {
		m := &s.Recent[i]
		if !slices.Contains(channels, m.Channel) || m.Kind != Prompt || m.Plan == "" || !m.State.Left() || now.Sub(m.BegunAt) >= remembered {
			continue
		}
		if p := s.Plan(m.Plan); p != nil && p.Status != PlanFinished {
			return m
		}
	}
	return nil
}

// planFor is the plan that a wish is about.
func (s State) planFor(w Wish) (*Plan, Unable) {
	if w.Plan != "" {
		if p := s.Plan(w.Plan); p != nil && p.Status != PlanFinished {
			return p, Granted
		}
		return nil, NoSuchPlan
	}
	could := s.couldMean(w)
	if len(could) == 0 {
		return nil, NoSuchPlan
	}
	if len(could) == 1 {
		return s.Plan(could[0].ID), Granted
	}
	return nil, WhichPlan
}

// couldMean lists the plans that a wish without a plan may be about: those that
// hold the practice that goes, else the active ones, else those at rest.
func (s State) couldMean(w Wish) []Plan {
	all := s.going()
	narrowed := func(fits func(Plan) bool) []Plan {
		return slices.DeleteFunc(slices.Clone(all), func(p Plan) bool { return !fits(p) })
	}
	if w.Kind == WishRemove {
		return narrowed(func(p Plan) bool { return slices.Contains(p.Practices, w.Practice) })
	}
	if active := narrowed(func(p Plan) bool { return p.Status == PlanActive }); len(active) > 0 {
		return active
	}
	return all
}

// going are the plans that are not finished.
func (s State) going() []Plan {
	return slices.DeleteFunc(slices.Clone(s.Plans), func(p Plan) bool { return p.Status == PlanFinished })
}

// askWhichPlan puts one numbered question; its answer is the wish with the
// plan filled in.
func (t *turn) askWhichPlan(w Wish) error {
	say := Say{Template: "which_plan", Plans: t.couldMean(w)}
	say.Plans = say.Plans[:min(len(say.Plans), maxOffers)]
	var offers []Offer
	for _, p := range say.Plans {
		meant := w
		meant.Plan = p.ID
		offers = append(offers, Offer{Wish: &meant})
	}
	return t.offer(say, offers)
}

// name lets an answer name the plan that it is about, where the person has
// several.
func (t *turn) name(say *Say, id PlanID) {
	if id != "" && t.Plan(id) != nil && len(t.going()) > 1 {
		say.Plan, say.Plans = id, t.going()
	}
}

// practiceWish adds or takes out the practice that was named. Its Practice is
// empty where the name fits none, or several.
func (t *turn) practiceWish(kind WishKind) Wish {
	if t.read.Practice == reply.Digest {
		if kind == WishRemove {
			return t.digestBy(DigestOff)
		}
		return t.digestBy(DigestByMail)
	}
	w := Wish{Kind: kind}
	if kind == WishAdd {
		w.Plan = t.meant()
	}
	switch fits := t.fitting(w); {
	case len(fits) == 1:
		w.Practice = fits[0].ID
	case len(fits) == 0 && kind == WishAdd && t.mayWriteOwn():
		own := t.NewOwn(t.read.Practice)
		t.e.Own = append(t.e.Own, own)
		t.Own = append(slices.Clone(t.Own), own)
		w.Practice = own.ID
	}
	return w
}

// fitting lists the practices that the words of an add or remove may mean: of
// the catalogue, or of the person's own plans.
func (t *turn) fitting(w Wish) []Practice {
	if w.Kind == WishAdd {
		return practicesNamed(t.read.Practice, t.Wording.Practices())
	}
	var own []Practice
	for _, p := range t.going() {
		for _, id := range p.Practices {
			entry, ok := t.practice(t.State, id)
			if ok && !slices.ContainsFunc(own, func(o Practice) bool { return o.ID == id }) {
				own = append(own, entry)
			}
		}
	}
	return practicesNamed(t.read.Practice, own)
}

// askWhichPractice puts one numbered question where a name fits several
// practices. Where it fits none, there is nothing to ask.
func (t *turn) askWhichPractice(w Wish) error {
	fits := t.fitting(w)
	if len(fits) < 2 {
		return t.answer(Answer, Say{Template: "add_unknown"})
	}
	say := Say{Template: "which_plan"}
	var offers []Offer
	for _, p := range fits[:min(len(fits), maxOffers)] {
		meant := w
		meant.Practice = p.ID
		offers = append(offers, Offer{Wish: &meant})
		say.Choices = append(say.Choices, p.Label)
	}
	return t.offer(say, offers)
}

// offer asks a question whose numbers stand for wishes.
func (t *turn) offer(say Say, offers []Offer) error {
	return t.ask(say, question{step: StepMenu, asked: reply.AfterChoice, offers: offers})
}

// showOffers lists in full what a discreet question left out, with the same
// numbers. The list is the question from then on.
func (t *turn) showOffers() error {
	q := t.question
	say := Say{Template: "menu", Frank: true}
	for _, o := range q.Offers {
		if w := o.Wish; w != nil && w.Practice == "" && w.Kind != WishBegin {
			if p := t.Plan(w.Plan); p != nil {
				say.Template, say.Plans = "which_plan", append(say.Plans, *p)
			}
		}
	}
	if len(say.Plans) == 0 {
		say.Choices = t.labels(q.Offers)
	}
	if q.Kind == Prompt || q.Step == StepOffer {
		return t.answer(Answer, say) // it stays what it is, and this only says it
	}
	return t.ask(say, question{q.Step, q.Practice, q.Turn, q.Plan, q.Root, q.Asked, q.Offers})
}

// asksWish reports whether the numbers of m stand for changes that were asked
// about. It is open only for the next thing that the person says.
func (m Message) asksWish() bool {
	return len(m.Offers) > 0 && m.Step != StepOffer && m.Offers[0].Wish != nil && m.Offers[0].Wish.Kind != WishBegin
}

// closed reports whether such a question was answered, or passed over.
func (s State) closed(m Message) bool {
	return m.asksWish() && !m.asksMailbox() && s.Heard.At.After(m.BegunAt)
}

// passesOver reports whether the text lets go of such a question, so that "done
// 7" belongs to the prompt before it.
func (t *turn) passesOver(q *Message) bool {
	if q.Kind == Digest {
		return t.read.Intent == reply.IntentCheckIn && !t.tellsOfTheWeek()
	}
	if q.Asked == reply.AfterStop {
		return t.read.Intent == reply.IntentCheckIn
	}
	if !q.asksWish() {
		return false
	}
	_, ok := t.picked()
	if t.read.Passes && q.Asked == reply.AfterOffer {
		return false // "no" to it
	}
	return !ok && t.read.Intent != reply.IntentChoose && t.read.Intent != reply.IntentShow
}

// practicesNamed lists the practices that text may name: the one with that id,
// else those whose label, id or kind bears each longer word, be it in another form:
// "breathing" names a breath.
func practicesNamed(text string, all []Practice) []Practice {
	words := strings.FieldsFunc(plainLetters(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	id := PracticeID(strings.Join(words, "-"))
	telling := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return utf8.RuneCountInString(w) < tellingRunes || slices.Contains(anyPractice, w)
	})
	var fits []Practice
	for _, p := range all {
		if p.ID == id {
			return []Practice{p}
		}
		if p.bears(words, telling) {
			fits = append(fits, p)
		}
	}
	return fits
}

// tellingRunes is how long a word must be to tell practices apart: "the", "my" and
// "one" do not, nor do the words that every practice goes by.
const tellingRunes = 4

var anyPractice = []string{
	"exercise", "exercises", "practice", "practices", "thing", "things", "stuff", "prompt", "prompts", "ones", "please",
	"ejercicio", "ejercicios", "practica", "practicas", "cosa", "cosas", "favor",
}

// bears reports whether the practice goes by each of the telling words, in whatever
// language, or, where there are none, by all words as they stand.
func (p Practice) bears(words, telling []string) bool {
	named := append([]string{p.Label, strings.ReplaceAll(string(p.ID), "-", " "), strings.ReplaceAll(string(p.Kind), "_", " ")}, slices.Collect(maps.Values(p.Labels))...)
	said := plainLetters(strings.Join(named, " "))
	if len(telling) == 0 {
		return len(words) > 0 && strings.Contains(said, strings.Join(words, " "))
	}
	names := strings.Fields(said)
	for _, w := range telling {
		if !strings.Contains(said, w) && !slices.ContainsFunc(names, func(name string) bool { return sameStem(w, name) }) {
			return false
		}
	}
	return true
}

// sameStem reports whether two words differ in their ending alone, by three letters at
// most: "breathing" and "breath", "journaling" and "journal".
func sameStem(a, b string) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n >= tellingRunes && len(a)-n <= 3 && len(b)-n <= 3
}

// plainLetters is a text in small letters, without the accents that people leave out.
func plainLetters(text string) string { return unaccented.Replace(strings.ToLower(text)) }

var unaccented = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n")
