package templates_test

import (
	"slices"
	"testing"

	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/templates"
)

func TestLexiconsLoadWithoutAFault(t *testing.T) {
	l, err := templates.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, locale := range l.Locales {
		names = append(names, locale.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"de", "en", "es", "fr"}) {
		t.Errorf("locales %v", names)
	}
}

// REQUIREMENTS A08: a word that Twilio acts on is never one of our commands.
func TestReservedWordsAreNoCommandsOfOurs(t *testing.T) {
	l, err := templates.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	r := reply.New(l)
	for _, word := range []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"} {
		if got := r.Read(word, reply.Context{}); got.Intent != reply.IntentStop {
			t.Errorf("%s reads as %s", word, got.Intent)
		}
	}
}
