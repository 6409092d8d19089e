package reply_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins/reply"
)

// wishes is a small language with a word or two of each class, so that what is tested
// here is how wishes are read, not which words we have.
var wishes = reply.Lexicon{Locales: []reply.Locale{{
	Name:   "en",
	Filler: []string{"ok", "thanks"},
	Skip:   []string{"really"},
	OptOut: map[string][]string{
		"halt": {"cease"}, "split": {"turn"}, "halting": {"ceasing"}, "halted": {"ceased"},
		"remove": {"erase"}, "take": {"get"}, "removed": {"erased"}, "unsubscribe": {"opt out"}, "exit": {"leave"},
		"none": {"no more"}, "done": {"done with"}, "weary": {"sick of"}, "hate": {"hate"},
		"not": {"dont", "cant"}, "dont": {"dont"}, "want": {"want"}, "like": {"like"}, "again": {"anymore"},
		"texts": {"texts"}, "list": {"list"}, "ours": {"your", "these"}, "det": {"the", "any"}, "it": {"it", "this"},
		"mine": {"my number"}, "me": {"me"}, "contact": {"text"}, "contacting": {"texting"}, "contacted": {"texted"},
		"send": {"send"}, "get": {"receive"}, "from_us": {"from you"}, "take_part": {"be in"},
		"you": {"you"}, "i": {"i", "i am"}, "modal": {"could", "must"}, "how": {"how do i"}, "ask": {"want"}, "please": {"please"}, "link": {"to", "be"}, "to": {"to"},
		"third": {"he", "him", "my ex"}, "report": {"told", "said"}, "if": {"if", "when"}, "did": {"did"},
		"hedge": {"maybe"}, "limit": {"until monday", "so early"}, "prep": {"off", "from"}, "off": {"off"}, "join": {"and", "but"},
	},
}}}

func TestAWishToBeLeftOutIsReadFromItsParts(t *testing.T) {
	r := reply.New(wishes)
	for _, c := range []struct {
		name string
		want reply.Intent
		say  []string
	}{
		{"an ending, a thing of ours, and we are meant", reply.IntentStop, []string{
			"cease texting me", "ok cease these texts", "please cease your shiny little texts", "could you cease texting me",
			"i want to cease the texts", "how do i cease these", "your texts must cease", "turn these texts off", "i want these texts ceased",
			"erase me", "erase my number", "get me off your list", "i want to be erased", "how do i opt out", "i want to leave the list",
			"no more texts", "i am done with your texts", "done with these texts", "sick of your texts",
			"dont text me", "dont send me texts", "i dont want your texts", "i dont want to be texted", "i dont want to be in your list",
			"wrong zork cease texting me", "i told you to cease texting me",
		}},
		{"in doubt whether we are meant, or about a part only", reply.IntentMaybeStop, []string{
			"cease texting me until monday", "dont text me so early", "maybe i want to cease these texts", "i hate your texts", "could you cease",
		}},
		{"a thing named nearby is what it stands for", reply.IntentStop, []string{
			"these texts. i want to cease it", "your texts zork, done with it",
		}},
		{"nothing of ours ends", reply.IntentCheckIn, []string{
			"cease zorking", "i want to cease the zork", "no more zork", "done with it", "sick of zork", "erase the zork", "i dont want zork",
			"get me off guard", "leave the zork",
		}},
		{"somebody else is meant, or speaks", reply.IntentCheckIn, []string{
			"cease texting him", "he must cease texting me", "no more texts from my ex", "i dont want texts from him", "my ex dont text me",
			"i told him to cease texting me", "he said, cease texting me",
		}},
		{"it is not to end", reply.IntentCheckIn, []string{
			"dont cease texting me", "i cant cease", "i dont want these texts to cease", "i dont like to text",
		}},
		{"it is asked, supposed or told, not wished", reply.IntentCheckIn, []string{
			"did you cease texting me", "if i cease the texts", "i cease texting when zork",
		}},
	} {
		for _, text := range c.say {
			if got := r.Read(text, reply.Context{}).Intent; got != c.want {
				t.Errorf("%s: %q reads as %s", c.name, text, got)
			}
		}
	}
}

func TestEachLanguageReadsWishesWithItsOwnWords(t *testing.T) {
	l := wishes
	l.Locales = append(slices.Clone(l.Locales), reply.Locale{Name: "eo", OptOut: map[string][]string{
		"halt": {"ĉesu"}, "contacting": {"skribi"}, "link": {"me"}, // "me" is no person here
	}})
	r := reply.New(l)
	for text, want := range map[string]reply.Intent{"ĉesu skribi": reply.IntentStop, "cease texting me": reply.IntentStop} {
		if got := r.Read(text, reply.Context{Locale: "xx"}).Intent; got != want {
			t.Errorf("%q reads as %s, want %s", text, got, want)
		}
	}
}

func TestAClassThatIsUnknownIsRefused(t *testing.T) {
	err := reply.Lexicon{Locales: []reply.Locale{{Name: "xx", OptOut: map[string][]string{"halts": {"cease"}}}}}.Check()
	if err == nil || !strings.Contains(err.Error(), "locale xx") {
		t.Errorf("error %v", err)
	}
}
