package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

func registered() Registration {
	return Registration{
		Number: "+12025550147", PublicURL: "https://checkins.example.org", Countries: []string{"US", "CA"}, PerDay: 3, JoinWord: "JOIN",
	}
}

func newKit(t *testing.T, o Options, r Registration) string {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Kit10DLC(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func kitOptions() Options {
	return Options{Programme: "Small Steps", Contact: "care@example.org", Country: "US", Countries: []string{"US", "CA"}}
}

// blocks are the words to copy, by the name of their field, and the figures
// that stand beside the name.
func blocks(kit string) (words, figures map[string]string) {
	words, figures = map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^--- ([^:\n]+): (.*)\n((?:.+\n)+)`).FindAllStringSubmatch(kit, -1) {
		words[m[1]], figures[m[1]] = strings.TrimSuffix(m[3], "\n"), m[2]
	}
	return words, figures
}

func TestTheKitIsAsInItsGoldenFile(t *testing.T) {
	golden(t, "10dlc.txt", newKit(t, kitOptions(), registered()))
}

// TestTheKitHoldsWhatIsSent is A09: each text of the kit is, byte for byte,
// what is rendered for sending.
func TestTheKitHoldsWhatIsSent(t *testing.T) {
	s, err := New(kitOptions())
	if err != nil {
		t.Fatal(err)
	}
	words, figures := blocks(newKit(t, kitOptions(), registered()))
	us := checkins.Participant{Zone: "America/New_York", Locale: "en"}
	ca := checkins.Participant{Zone: "America/Toronto", Locale: "en"}
	eight, three := 8.0, 3.0
	weekly := pace.Pace{N: 1, Every: 1, Unit: pace.Week}
	for name, say := range map[string]checkins.Say{
		"Sample message 1":   {Template: "prompt_monthly", Person: us, Practice: "check-in-text", Now: now},
		"Sample message 2":   {Template: "prompt_monthly", Person: us, Practice: "closeness", Now: now},
		"Sample message 3":   {Template: "prompt", Person: us, Practice: "after-distance", Now: now},
		"Sample message 4":   {Template: "joined", Person: us, Now: now},
		"Sample message 5":   {Template: "noted", Person: us, Now: now, Practice: "check-in-text", Reading: &reply.Reading{Outcome: reply.OutcomeDone, RatingBefore: &eight, Rating: &three}},
		"Opt-in message":     {Template: "opt_in", Person: us, Pace: weekly, Now: now},
		"Opt-out message":    {Template: "stopped", Person: us, Now: now},
		"Help message":       {Template: "help", Person: us, Now: now},
		"Reply to STOP, US":  {Template: "stopped", Person: us, Now: now},
		"Reply to HELP, US":  {Template: "help", Person: us, Now: now},
		"Reply to STOP, CA":  {Template: "stopped", Person: ca, Now: now},
		"Reply to HELP, CA":  {Template: "help", Person: ca, Now: now},
		"Reply to START":     {Template: "welcome_back", Person: us, Now: now},
		"no such field, yet": {},
	} {
		got, there := words[name]
		if say.Template == "" {
			if there {
				t.Errorf("the kit has %q", name)
			}
			continue
		}
		say.Channel = checkins.SMS
		want, err := s.Words(say)
		if err != nil {
			t.Fatal(err)
		}
		if got != want.Text {
			t.Errorf("%s\n\tin the kit %q\n\tsent       %q", name, got, want.Text)
		}
		encoding, n := Segments(want.Text)
		if told := fmt.Sprintf("%d characters", len([]rune(want.Text))); !strings.HasPrefix(figures[name], told) {
			t.Errorf("%s: %q does not tell %s", name, figures[name], told)
		}
		if told := fmt.Sprintf("as a text %s, %d segment", encoding, n); !strings.Contains(figures[name], told) {
			t.Errorf("%s: %q does not tell %s", name, figures[name], told)
		}
	}
	if len(words) != 13+2+3 {
		t.Errorf("%d fields: a new one wants its line above", len(words))
	}
}

func TestTheKitHasWhatItsRulesAskFor(t *testing.T) {
	kit := newKit(t, kitOptions(), registered())
	words, _ := blocks(kit)
	for _, e := range []struct{ id, what, field, words string }{
		{"A03", "the brand", "Opt-in message", "Small Steps: "},
		{"A03", "the programme", "Opt-in message", "small reminders that you choose"},
		{"A03", "the frequency", "Opt-in message", "once a week"},
		{"A03", "the rates", "Opt-in message", "Msg&data rates may apply"},
		{"A03", "HELP", "Opt-in message", "HELP for help"},
		{"A03", "STOP", "Opt-in message", "STOP to end"},
		{"D01", "no emergencies", "Opt-in message", "not for emergencies"},
		{"A05", "the brand", "Help message", "Small Steps: "},
		{"A05", "the contact", "Help message", "care@example.org"},
		{"A05", "how to stop", "Help message", "STOP to end"},
		{"A05", "the crisis line, at Twilio too", "Reply to HELP, US", "988"},
		{"A05", "the crisis line, at Twilio too", "Reply to HELP, CA", "in Canada call or text 988"},
		{"D01", "that nobody reads along", "Reply to HELP, US", "no one reads replies live"},
		{"A12", "the brand, at Twilio too", "Reply to STOP, US", "Small Steps: "},
		{"A12", "that no more will come", "Reply to STOP, US", "No more messages will come"},
		{"D05", "the crisis line", "Reply to STOP, US", "988"},
		{"A15", "the brand", "Reply to START", "Small Steps: "},
		{"A15", "STOP", "Reply to START", "STOP to end"},
		{"A09", "the brand", "Campaign description", "Small Steps sends adults who asked for it"},
		{"A09", "the way in by invitation", "Message flow (how people agree)", "invitation"},
		{"A09", "the way in by text", "Message flow (how people agree)", "sends JOIN to +12025550147"},
		{"A09", "the way in by the page", "Message flow (how people agree)", "on the page https://checkins.example.org/join"},
		{"A09", "the first text, word for word", "Message flow (how people agree)", `"` + words["Opt-in message"] + `"`},
		{"A04", "the second yes", "Message flow (how people agree)", "answered that text with YES"},
		{"A02", "the proof", "Message flow (how people agree)", "proof of consent"},
		{"A01", "the question's brand and purpose", "Message flow (how people agree)", `"Small Steps would like to text you small reminders`},
		{"A01", "the question's frequency", "Message flow (how people agree)", "at most 3 a day"},
		{"A01", "the question's rates", "Message flow (how people agree)", "Msg & data rates may apply"},
		{"A01", "the question's HELP and STOP", "Message flow (how people agree)", "Reply HELP for help, or STOP to end it"},
		{"A01", "the question's links", "Message flow (how people agree)", "Privacy: https://checkins.example.org/privacy Terms: https://checkins.example.org/terms"},
		{"A01", "that it is a question of its own", "Message flow (how people agree)", "no box ticked beforehand"},
		{"A09", "words that join", "Opt-in keywords", "JOIN, START, YES, UNSTOP"},
		{"A09", "words that end", "Opt-out keywords", "STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT"},
		{"A09", "words for help", "Help keywords", "HELP, INFO"},
	} {
		if !strings.Contains(words[e.field], e.words) {
			t.Errorf("%s: %s does not tell %s, %q:\n\t%s", e.id, e.field, e.what, e.words, words[e.field])
		}
	}
	for _, line := range []string{
		"Use case: Low Volume Mixed (LOW_VOLUME)", "error 30532", "Use mail", "Messages hold links: no", "Messages hold phone numbers: yes",
		"Privacy policy: https://checkins.example.org/privacy", "Terms: https://checkins.example.org/terms", "== What to do next",
	} {
		if !strings.Contains(kit, line) {
			t.Errorf("the kit does not say %q", line)
		}
	}
	if strings.Contains(kit, "MISSING") {
		t.Error("something is missing, and nothing is")
	}
}

func TestEverySampleNamesTheBrandAndTwoOrMoreNameStop(t *testing.T) {
	words, _ := blocks(newKit(t, kitOptions(), registered()))
	samples, stops := map[string]bool{}, 0
	for name, text := range words {
		if !strings.HasPrefix(name, "Sample message") {
			continue
		}
		samples[text] = true
		if !strings.HasPrefix(text, "Small Steps: ") {
			t.Errorf("A06: %s does not name the brand: %s", name, text)
		}
		if strings.Contains(text, "STOP") {
			stops++
		}
	}
	if len(samples) != 5 || stops < 2 {
		t.Errorf("A09: %d different samples, %d of them with STOP", len(samples), stops)
	}
}

func TestTheKitSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*Options, *Registration)
		says  []string
	}{
		{"contact", func(o *Options, _ *Registration) { o.Contact = "" }, []string{"MISSING: set programme.contact"}},
		{"number", func(_ *Options, r *Registration) { r.Number = "" }, []string{"MISSING: set twilio.from"}},
		{"public address", func(_ *Options, r *Registration) { r.PublicURL = "" }, []string{
			"Privacy policy: MISSING: set programme.public_url", "Terms: MISSING: set programme.public_url", "* MISSING: a privacy policy and terms",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, r := kitOptions(), registered()
			c.alter(&o, &r)
			kit := newKit(t, o, r)
			for _, want := range c.says {
				if !strings.Contains(kit, want) {
					t.Errorf("it does not say %q:\n%s", want, kit)
				}
			}
			if n := strings.Count(kit, "MISSING"); n != len(c.says) {
				t.Errorf("%d things are missing, want %d", n, len(c.says))
			}
			if strings.Contains(kit, "/privacy") != (r.PublicURL != "") {
				t.Error("the pages are named wrongly")
			}
		})
	}
}

func TestTheKitFollowsTheInstallation(t *testing.T) {
	for _, c := range []struct {
		name       string
		alter      func(*Options, *Registration)
		says, omit string
	}{
		{"by invitation alone", func(_ *Options, r *Registration) { r.JoinWord = "" }, "People join by invitation.", "JOIN"},
		{"a word of its own", func(_ *Options, r *Registration) { r.JoinWord = "STEPS" }, "STEPS, START, YES, UNSTOP", "JOIN"},
		{"a toll-free number", func(_ *Options, r *Registration) { r.Number, r.TollFree = "+18005550147", true }, "Your number, +18005550147, is toll-free", ""},
		{"not to the US", func(o *Options, r *Registration) {
			o.Country, o.Countries, r.Countries = "GB", []string{"GB", "IE"}, []string{"GB", "IE"}
		}, "Your installation texts GB and IE alone", "988"},
		{"a contact by phone", func(o *Options, _ *Registration) { o.Contact = "+12025550100" }, "(the crisis lines, and yours)", ""},
		{"a contact by page", func(o *Options, _ *Registration) { o.Contact = "example.org/help" }, "Messages hold links: yes", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, r := kitOptions(), registered()
			c.alter(&o, &r)
			kit := newKit(t, o, r)
			if !strings.Contains(kit, c.says) || c.omit != "" && strings.Contains(kit, c.omit) {
				t.Errorf("it lacks %q, or has %q:\n%s", c.says, c.omit, kit)
			}
		})
	}
}

func TestTheKitFitsTwiliosFormWithTheLongestNames(t *testing.T) {
	for _, country := range newSet(t, "US").CrisisCountries() {
		o := Options{Programme: strings.Repeat("M", maxProgramme), Contact: "reminders-desk@example-clinic.org", Country: country, Countries: []string{country}}
		r := registered()
		r.Countries, r.PublicURL = []string{country}, "https://"+strings.Repeat("long.", 20)+"example.org"
		newKit(t, o, r)
	}
	s := newSet(t, "US")
	r := registered()
	r.PublicURL += strings.Repeat("/far", 400)
	if _, err := s.Kit10DLC(r); err == nil || !strings.Contains(err.Error(), "Message flow") || !strings.Contains(err.Error(), "2048") {
		t.Errorf("a flow that does not fit: %v", err)
	}
}

// The words that people are asked with are read by them, so they keep the
// rules of every text. The links in them are A01's.
func TestTheQuestionOfTheKitKeepsTheRulesOfATextToPeople(t *testing.T) {
	r, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	reg := registered()
	reg.PublicURL = ""
	words, _ := blocks(newKit(t, kitOptions(), reg))
	question := regexp.MustCompile(`"(Small Steps would like[^"]*)"`).FindStringSubmatch(words["Message flow (how people agree)"])
	if question == nil {
		t.Fatal("the flow does not hold the question")
	}
	text := strings.ReplaceAll(question[1], newSet(t, "US").crisis.in("").Text, "it")
	problems := append(r.voice(text, lockscreen), r.offersReserved(strings.ReplaceAll(text, "STOP to end it", ""))...)
	report(t, "kit consent", problems, text)
}

// What the kit calls a keyword is read as one.
func TestTheKeywordsOfTheKitAreReadAsWhatTheyAre(t *testing.T) {
	lexicon, err := Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	reader := reply.New(lexicon)
	words, _ := blocks(newKit(t, kitOptions(), registered()))
	for field, want := range map[string][]reply.Intent{
		"Opt-in keywords":  {reply.IntentJoin, reply.IntentStart, reply.IntentConfirm},
		"Opt-out keywords": {reply.IntentStop},
		"Help keywords":    {reply.IntentHelp},
	} {
		for word := range strings.SplitSeq(words[field], ", ") {
			got := reader.Read(word, reply.Context{Now: now.Add(time.Minute), After: reply.AfterOptIn})
			if !slices.Contains(want, got.Intent) {
				t.Errorf("%s: %s is read as %s", field, word, got.Intent)
			}
		}
	}
}
