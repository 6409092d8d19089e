package templates

import (
	"slices"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// element is something that a text has to say: one of these wordings, in
// small or capital letters.
type element struct {
	id   string // of REQUIREMENTS
	what string
	any  []string
}

// The elements that several texts share.
var (
	brand      = element{"A06", "who writes", []string{"Microreach: "}}
	automated  = element{"D01", "that it is a machine", []string{"automated", "it is a machine", "this is a machine"}}
	unread     = element{"D01", "that nobody reads along", []string{"no one reads replies live", "no one sees it live"}}
	notUrgent  = element{"D01", "that it is not for emergencies", []string{"not for emergencies"}}
	line       = element{"D02", "the line of the country", []string{"call or text 988"}}
	emergency  = element{"D02", "the emergency number", []string{"911 in an emergency"}}
	conditions = element{"D04", "an if, so that it reads right when wrong", []string{"if things feel like too much", "if it's too much"}}
)

// mustSay is what each text has to say, by channel, with the rule that asks
// for it.
var mustSay = []struct {
	template string
	channel  checkins.Channel
	elements []element
}{
	{"opt_in", checkins.SMS, []element{
		brand, automated, unread, notUrgent, line, emergency,
		{"A03", "what it is", []string{"small reminders"}},
		{"A03", "how often", []string{"2 a week"}},
		{"A03", "what it may cost", []string{"Msg&data rates may apply"}},
		{"A03", "HELP", []string{"HELP for help"}},
		{"A03", "STOP", []string{"STOP to end"}},
		{"A04", "that a yes is needed", []string{"Reply YES to start"}},
		{"A01", "adults only", []string{"18+"}},
	}},
	{"opt_in", checkins.Email, []element{
		automated, unread, notUrgent, line, emergency, conditions,
		{"A03", "what it is", []string{"small reminders"}},
		{"A03", "how often", []string{"2 a week"}},
		{"A03", "STOP", []string{"STOP ends it"}},
		{"A04", "that a yes is needed", []string{"reply YES"}},
		{"A01", "adults only", []string{"18 and over"}},
	}},
	{"help", checkins.SMS, []element{
		brand, automated, unread, line, emergency,
		{"A05", "how to reach the operator", []string{"Contact: help@example.org"}},
		{"A05", "how to stop", []string{"STOP to end"}},
		{"A05", "what it may cost", []string{"Msg&data rates may apply"}},
		{"A05", "what it is", []string{"small reminders you chose"}},
	}},
	{"help", checkins.Email, []element{
		automated, unread, notUrgent, line, emergency, conditions,
		{"A05", "how to reach the operator", []string{"help@example.org"}},
		{"A05", "how to stop", []string{"STOP ends it"}},
	}},
	{"stopped", checkins.SMS, []element{
		brand, line, emergency, conditions,
		{"A12", "that it is done", []string{"you are unsubscribed"}},
		{"A12", "that no more will come", []string{"No more messages will come"}},
		{"D05", "the crisis line, in the one confirmation", []string{"988"}},
	}},
	{"stopped", checkins.Email, []element{
		line, emergency, conditions,
		{"A12", "that it is done", []string{"you are unsubscribed"}},
		{"A12", "that no more will come", []string{"No more messages will come"}},
		{"D05", "the crisis line, in the one confirmation", []string{"988"}},
	}},
	{"crisis", checkins.SMS, []element{brand, automated, unread, line, emergency, conditions}},
	{"crisis", checkins.Email, []element{automated, unread, line, emergency, conditions}},
	{"crisis_again", checkins.SMS, []element{brand, automated, unread, line, emergency, conditions}},
	{"crisis_again", checkins.Email, []element{automated, unread, line, emergency, conditions}},
	{"crisis_safe", checkins.SMS, []element{
		brand, automated, unread, emergency, {"D04", "a local line", []string{"1-800-799-7233"}},
		{"D04", "nothing but that numbers are good to have", []string{"good to have at hand"}},
	}},
	{"crisis_safe", checkins.Email, []element{
		automated, unread, emergency, {"D04", "a local line", []string{"1-800-799-7233"}},
		{"D04", "nothing but that numbers are good to have", []string{"good to have at hand"}},
	}},
	{"maybe_stop", checkins.SMS, []element{brand, line, conditions, {"A11", "how to end it", []string{"STOP ends"}}}},
	{"maybe_stop", checkins.Email, []element{line, conditions, {"A11", "how to end it", []string{"STOP ends"}}}},
	{"prompt_monthly", checkins.SMS, []element{brand, {"A07", "how to end it", []string{"STOP ends these texts"}}}},
	{"joined", checkins.SMS, []element{brand, {"A07", "HELP", []string{"HELP for help"}}, {"A07", "STOP", []string{"STOP to end"}}}},
	{"welcome_back", checkins.SMS, []element{brand, {"A15", "HELP", []string{"HELP for help"}}, {"A15", "STOP", []string{"STOP to end"}}}},
}

// neverSaid is what a text may not hold, by rule: in a crisis a text neither
// judges nor answers back, and a confirmation of STOP sells nothing.
var neverSaid = []struct {
	id        string
	templates []string
	words     []string
}{
	{"D04", []string{"crisis", "crisis_again", "crisis_safe"}, []string{"you wrote", "you said", "because", "sorry", "worried", "help is on the way", "noted"}},
	{"C20", []string{"crisis_safe"}, []string{"violence", "hotline", "helpline", "police", "partner", "home"}},
	{"A12", []string{"stopped"}, []string{"start", "come back", "sorry", "miss", "resume", "why", "http"}},
	{"D03", []string{"opt_in", "help", "crisis", "crisis_again", "crisis_safe", "stopped"}, []string{"we will", "we'll", "will call you", "alert", "monitor"}},
}

func TestEveryTextSaysWhatItsRuleAsksFor(t *testing.T) {
	for _, m := range mustSay {
		text := said(t, m.template, m.channel)
		for _, e := range m.elements {
			if !slices.ContainsFunc(e.any, func(w string) bool { return strings.Contains(text, strings.ToLower(w)) }) {
				t.Errorf("%s: %s by %s does not tell %s, such as %q:\n\t%s", e.id, m.template, m.channel, e.what, e.any[0], text)
			}
		}
	}
}

func TestNoTextSaysWhatItsRuleForbids(t *testing.T) {
	for _, n := range neverSaid {
		for _, name := range n.templates {
			for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
				text := said(t, name, channel)
				for _, w := range n.words {
					if strings.Contains(text, w) {
						t.Errorf("%s: %s by %s says %q:\n\t%s", n.id, name, channel, w, text)
					}
				}
			}
		}
	}
}

// said is a text to somebody in New York, in small letters.
func said(t *testing.T, template string, channel checkins.Channel) string {
	t.Helper()
	say := usual(ana())
	say.Template, say.Channel, say.Reading = template, channel, &reply.Reading{Crisis: true}
	w, err := newSet(t, "US").Words(say)
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(w.Text, footMark)
	return strings.ToLower(body)
}

// The fixed texts never depend on who gets them or on what they wrote: they
// are as true of somebody who shares as of somebody who does not, and no two
// people can be told apart by them (D04, rule 11 of DESIGN).
func TestTheTextsForHardHoursAreTheSameForEverybody(t *testing.T) {
	s := newSet(t, "US")
	for _, name := range []string{"help", "crisis", "crisis_again", "crisis_safe", "stopped"} {
		for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
			want := ""
			for _, c := range goldenCases() {
				if c.name == "another zone" || strings.HasSuffix(c.name, "pages") { // other lines, or another foot
					continue
				}
				c.say.Template, c.say.Channel = name, channel
				w, err := s.Words(c.say)
				if err != nil {
					t.Fatal(err)
				}
				if want == "" {
					want = w.Text
				}
				if w.Text != want {
					t.Errorf("%s by %s for %q:\n\t%s\nfor others:\n\t%s", name, channel, c.name, w.Text, want)
				}
			}
		}
	}
}
