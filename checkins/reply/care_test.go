package reply_test

import (
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins/reply"
)

func TestViolenceBySomebodyElseIsToldApartFromOtherCrisisWords(t *testing.T) {
	r := reader(t)
	for text, harm := range map[string]bool{
		"he hit me again":                         true,
		"my husband threatened to kill me":        true,
		"I was assaulted by my coach":             true,
		"I'm scared, he's outside the door":       true,
		"someone is banging on my door":           true,
		"mi esposo me pega":                       true,
		"mon mari me frappe":                      true,
		"I want to die":                           false,
		"I keep cutting myself":                   false,
		"I want to hurt somebody":                 false,
		"crisis":                                  false,
		"he hit me up yesterday, we had a coffee": false,
		"the pizza guy is outside the door":       false,
	} {
		got := r.Read(text, reply.Context{Locale: "en"})
		if got.Harm != harm || harm && !got.Crisis {
			t.Errorf("%q: harm %v, crisis %v, want harm %v", text, got.Harm, got.Crisis, harm)
		}
	}
}

func TestCareAskedForIsToldApartFromWordsThatMerelyMatch(t *testing.T) {
	r := reader(t)
	for text, asked := range map[string]bool{
		"CRISIS": true, "crisis line": true, "I need urgent help": true, "988": true, "necesito ayuda urgente": true, "au secours": true,
		"I want to die": false, "he hit me": false, "help": false, "that meeting was a crisis": false,
	} {
		if got := r.Read(text, reply.Context{}); got.CareAsked != asked || asked && !got.Crisis {
			t.Errorf("%q: asked %v, crisis %v, want asked %v", text, got.CareAsked, got.Crisis, asked)
		}
	}
}

func TestAPassedQuestionIsToldApartFromAPracticeNotDone(t *testing.T) {
	r := reader(t)
	for _, c := range []struct {
		text, locale string
		passes       bool
	}{
		{"skip", "", true}, {"SKIP", "", true}, {"pass", "", true}, {"I'd rather not say", "", true}, {"prefer not to say", "", true},
		{"no answer", "", true}, {"skip this one", "", true}, {"saltar", "es", true}, {"paso", "es", true}, {"prefiero no decirlo", "es", true},
		{"not today", "", false}, {"too tired today", "", false}, {"skip today", "", false}, {"hoy no", "es", false},
	} {
		got := r.Read(c.text, reply.Context{After: reply.AfterReach, Locale: c.locale})
		if got.Outcome != reply.OutcomeSkipped || got.Passes != c.passes {
			t.Errorf("%q: %s, passes %v, want skipped, %v", c.text, got.Outcome, got.Passes, c.passes)
		}
	}
}

func TestWhatOnlyChoosesATextIsNotInTheForm(t *testing.T) {
	r := reader(t)
	for _, text := range []string{"he hit me", "CRISIS", "skip"} {
		got := r.Read(text, reply.Context{After: reply.AfterReach})
		plain := got
		plain.Harm, plain.CareAsked, plain.Passes = false, false, false
		if plain.Harm == got.Harm && plain.CareAsked == got.CareAsked && plain.Passes == got.Passes {
			t.Errorf("%q sets none of the three", text)
		}
		with, err := got.MarshalJSON()
		without, err2 := plain.MarshalJSON()
		if err != nil || err2 != nil || string(with) != string(without) || strings.Contains(strings.ToLower(string(with)), "passes") {
			t.Errorf("%q: %s, without them %s", text, with, without)
		}
	}
}
