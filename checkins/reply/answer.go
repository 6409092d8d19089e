package reply

// answers are the phrases that tell an outcome. The leftmost one counts, the longer
// of two that begin together.
var answers = [kinds]Outcome{
	kindDone: OutcomeDone, kindPartly: OutcomePartly, kindNotYet: OutcomeNotYet, kindSkipped: OutcomeSkipped,
	kindReachDone: OutcomeDone, kindReachPartly: OutcomePartly, kindReachNotYet: OutcomeNotYet,
}

// practiceAsked reports whether what was last asked can be done or not done.
func (t *said) practiceAsked() bool {
	return t.c.After == AfterReach || t.c.After == AfterBeforeAfter
}

// outcome reads how it went. What only a question gives a meaning ("yes", a thumb,
// "texted her") is read after that question alone.
func (t *said) outcome() {
	var best match
	var outcome Outcome
	for _, f := range t.found {
		if outcome != "" && f.from >= best.to {
			break
		}
		o := t.outcomeOf(t.meaning(f).kind)
		if o == "" || t.aside(f) || outcome != "" && (f.from > best.from || f.to <= best.to) {
			continue
		}
		best, outcome = f, o
	}
	if outcome == "" {
		return
	}
	t.out.Outcome, t.told = outcome, best
	t.out.Passes = outcome == OutcomeSkipped && t.meaning(best).value == "question"
	t.useWords(best)
	for _, f := range t.found { // "yes, did it": what says the same is understood too
		if t.outcomeOf(t.meaning(f).kind) == outcome {
			t.useWords(f)
		}
	}
}

// aside reports whether f is a "no" that answers nothing: it takes something back
// ("no wait, 4", "wait no, done"), or leaves days out ("no weekends").
func (t *said) aside(f match) bool {
	if k := t.meaning(f).kind; k != kindNo && k != kindReachNotYet {
		return false
	}
	for _, g := range t.found {
		if t.meaning(g).kind == kindAmends && g.from <= f.from && g.to >= f.to && g.to-g.from > f.to-f.from {
			return true
		}
	}
	_, next, ok := t.role(f.from, "except")
	if !ok || t.begins(next) >= clauseEdge {
		return false
	}
	_, _, plural, ok := t.dayList(t.past(next, "at", "every"))
	return ok && plural
}

// useWords marks the words of a match as understood, but for strange ones in its gaps,
// and leaves its numbers to the ratings: "done 7".
func (t *said) useWords(f match) {
	for k := f.from; k < f.to; k++ {
		if t.toks[k].kind != isNumber && (t.toks[k].word != 0 || t.toks[k].kind != isWord) {
			t.use(k, k+1)
		}
	}
}

func (t *said) outcomeOf(k kindOf) Outcome {
	switch {
	case k >= kindDone && k <= kindSkipped:
		return answers[k]
	case !t.practiceAsked():
		return ""
	case k == kindYes || k == kindThumb:
		return OutcomeDone
	case k == kindNo:
		return OutcomeNotYet
	case t.c.After == AfterReach:
		return answers[k]
	}
	return ""
}

// scope is how many words a "not" reaches ahead.
const scope = 6

// feelings reads feelings and what the body told, in the order of the text. What a
// command or a rating used ("calm down", "tension 7") is none.
func (t *said) feelings() {
	end := int32(0)
	for i, f := range t.found {
		m := t.meaning(f)
		if m.kind != kindFeeling && m.kind != kindSensation || f.from < end || t.toks[f.from].used || !t.longest(i) {
			continue
		}
		end = f.to
		if t.negated(f) {
			continue
		}
		if m.kind == kindFeeling {
			t.out.Feelings = appendNew(t.out.Feelings, m.value)
		} else {
			t.out.Sensations = appendNew(t.out.Sensations, m.value)
		}
	}
}

// longest reports whether no longer feeling begins where this one does.
func (t *said) longest(i int) bool {
	f := t.found[i]
	for j := i - 1; j >= 0 && t.found[j].from == f.from; j-- {
		if t.felt(j) && t.found[j].to > f.to {
			return false
		}
	}
	for j := i + 1; j < len(t.found) && t.found[j].from == f.from; j++ {
		if t.felt(j) && t.found[j].to > f.to {
			return false
		}
	}
	return true
}

func (t *said) felt(i int) bool {
	k := t.meaning(t.found[i]).kind
	return k == kindFeeling || k == kindSensation
}

func appendNew(list []string, s string) []string {
	for _, old := range list {
		if old == s {
			return list
		}
	}
	if list == nil {
		list = make([]string, 0, 4)
	}
	return append(list, s)
}

// negated reports whether a "not" before f, in the same clause, reaches it.
func (t *said) negated(f match) bool {
	for k := f.from; k > 0 && f.from-k < scope; k-- {
		if t.toks[k].gap != noGap || t.toks[k-1].turns {
			return false
		}
		if t.toks[k-1].denies {
			return true
		}
	}
	return false
}

// markNegation notes which words deny ("not", "without") and which turn back
// ("but", "just").
func (t *said) markNegation() {
	for _, f := range t.found {
		switch t.meaning(f).kind {
		case kindNot:
			for k := f.from; k < f.to; k++ {
				t.toks[k].denies = true
			}
		case kindNotEnds:
			for k := f.from; k < f.to; k++ {
				t.toks[k].turns = true
			}
		}
	}
	for _, f := range t.found { // "feeling" turns, "without feeling" does not
		if t.meaning(f).kind == kindNot && f.to > f.from+1 {
			for k := f.from; k < f.to; k++ {
				t.toks[k].turns = false
			}
		}
	}
}
