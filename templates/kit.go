package templates

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// Registration is what a carrier asks about an installation beyond its words.
type Registration struct {
	Number    string   // that texts come from, in E.164 form; empty = not known
	TollFree  bool     // Number is verified instead of registered
	PublicURL string   // where the privacy policy and the terms are; empty = nowhere
	Countries []string // that are texted (ISO 3166), each with crisis lines
	PerDay    int      // the most reminders that one person gets in a day
	JoinWord  string   // by which people join by text; empty = by invitation alone
}

// field is one entry of the form: words to copy, and their figures.
type field struct {
	Name        string
	Text        string
	Least, Most int // characters that Twilio takes there; 0 = it sets no limit
	Characters  int
	Encoding    Encoding
	Segments    int // 0 = it is never sent as a text
}

// The limits of Twilio's form, in characters
// (https://www.twilio.com/docs/messaging/api/usapptoperson-resource).
const (
	leastProse, mostDescription, mostFlow = 40, 4096, 2048
	leastSample, mostSample               = 20, 1024
	leastReply, mostReply                 = 20, 320
	leastKeywords, mostKeywords           = 2, 255
)

// kit is what kit/10dlc.txt speaks of.
type kit struct {
	view
	Registration
	Consent           string // the words that people are asked with
	Description, Flow field
	Samples           []field
	OptIn, Stop, Help field
	OptInWords        field
	StopWords         field
	HelpWords         field
	Replies           []field // for Advanced Opt-Out
	Links, US         bool
	ContactIsNumber   bool
}

// Kit10DLC writes what carriers ask to see before they let the texts of this
// installation through (REQUIREMENTS A09). Samples and answers are rendered as
// they are for sending. Its error says what does not fit Twilio's form.
func (s *Set) Kit10DLC(r Registration) (string, error) {
	w := &kitWriter{set: s, kit: kit{view: s.view(checkins.Say{}), Registration: r}}
	w.US = slices.Contains(r.Countries, "US")
	w.ContactIsNumber = strings.HasPrefix(w.Contact, "+")
	w.answers()
	w.samples()
	w.prose()
	w.keywords()
	w.Links = strings.Contains(w.Contact, "/") || slices.ContainsFunc(w.sent, func(text string) bool { return strings.Contains(text, "://") })
	return w.render("10dlc.txt"), w.err
}

// kitWriter fills a kit in; its first error stays.
type kitWriter struct {
	kit
	set  *Set
	sent []string // every text that was rendered for sending
	err  error
}

// answers renders what is said to the words that carriers know.
func (w *kitWriter) answers() {
	home := w.set.crisis.byCountry[w.set.crisis.home]
	w.OptIn = w.text("Opt-in message", home, optInSay(), leastReply, mostReply)
	w.Stop = w.text("Opt-out message", home, checkins.Say{Template: "stopped"}, leastReply, mostReply)
	w.Help = w.text("Help message", home, checkins.Say{Template: "help"}, leastReply, mostReply)
	for _, country := range w.Countries {
		lines := w.set.crisis.byCountry[country]
		w.Replies = append(w.Replies,
			w.text("Reply to STOP, "+country, lines, checkins.Say{Template: "stopped"}, leastReply, mostReply),
			w.text("Reply to HELP, "+country, lines, checkins.Say{Template: "help"}, leastReply, mostReply))
	}
	w.Replies = append(w.Replies, w.text("Reply to START", home, checkins.Say{Template: "welcome_back"}, leastReply, mostReply))
}

// optInSay is the first text to somebody who gets a reminder a week.
func optInSay() checkins.Say {
	return checkins.Say{Template: "opt_in", Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Week}}
}

// samples renders five texts of an ordinary week, two of them with how to stop.
func (w *kitWriter) samples() {
	home := w.set.crisis.byCountry[w.set.crisis.home]
	eight, three := 8.0, 3.0
	done := &reply.Reading{Intent: reply.IntentCheckIn, Outcome: reply.OutcomeDone, RatingBefore: &eight, Rating: &three}
	reach, ask, journal := w.set.first(checkins.Reach), w.set.first(checkins.CheckInAsk), w.set.first(checkins.Journal)
	for i, say := range []checkins.Say{
		{Template: "prompt_monthly", Practice: reach},
		{Template: "prompt_monthly", Practice: ask},
		{Template: "prompt", Practice: journal},
		{Template: "joined"},
		{Template: "noted", Practice: reach, Reading: done},
	} {
		w.Samples = append(w.Samples, w.text(fmt.Sprintf("Sample message %d", i+1), home, say, leastSample, mostSample))
	}
}

// first is the first practice of a kind that is offered.
func (s *Set) first(kind checkins.PracticeKind) checkins.PracticeID {
	for _, p := range s.Practices() {
		if p.Kind == kind {
			return p.ID
		}
	}
	return ""
}

// prose renders what is written for the reviewer alone.
func (w *kitWriter) prose() {
	w.Consent = w.render("consent")
	w.Description = w.field("Campaign description", w.render("description"), leastProse, mostDescription)
	w.Flow = w.field("Message flow (how people agree)", w.render("flow"), leastProse, mostFlow)
}

// keywords lists the words by what they do. Twilio's form takes letters and
// digits alone.
func (w *kitWriter) keywords() {
	r, err := readRules()
	if err != nil && w.err == nil {
		w.err = err
	}
	list := func(name string, words []string) field {
		words = slices.DeleteFunc(slices.Clone(words), func(word string) bool { return word == "" || strings.Contains(word, " ") })
		return w.field(name, strings.Join(words, ", "), leastKeywords, mostKeywords)
	}
	w.OptInWords = list("Opt-in keywords", append([]string{w.JoinWord}, r.Reserved.Start...))
	w.StopWords = list("Opt-out keywords", r.Reserved.Stop)
	w.HelpWords = list("Help keywords", r.Reserved.Help)
}

// text renders a text as it is sent to somebody whose crisis lines are those.
func (w *kitWriter) text(name string, lines crisisLines, say checkins.Say, least, most int) field {
	say.Channel = checkins.SMS
	words, err := w.set.say(say, lines)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.sent = append(w.sent, words.Text)
	f := w.field(name, words.Text, least, most)
	f.Encoding, f.Segments = Segments(words.Text)
	return f
}

// field measures words against the form.
func (w *kitWriter) field(name, text string, least, most int) field {
	f := field{Name: name, Text: text, Least: least, Most: most, Characters: utf8.RuneCountInString(text)}
	if (f.Characters < least || f.Characters > most) && w.err == nil {
		w.err = fmt.Errorf("10DLC: %s has %d characters, and Twilio takes %d to %d: %s", name, f.Characters, least, most, text)
	}
	return f
}

func (w *kitWriter) render(name string) string {
	var b bytes.Buffer
	if err := w.set.kit.ExecuteTemplate(&b, name, w.kit); err != nil && w.err == nil {
		w.err = fmt.Errorf("10DLC: %w", err)
	}
	return b.String()
}

// TestMessage is what an operator sends to themself to see whether it arrives.
func (s *Set) TestMessage(c checkins.Channel) (checkins.Words, error) {
	text, err := render(s.kit, "test_"+string(c), s.view(checkins.Say{}))
	if err != nil || c == checkins.SMS {
		return checkins.Words{Text: text}, err
	}
	m, err := parseMail(text)
	if err != nil {
		return checkins.Words{}, fmt.Errorf("words for a test: %w", err)
	}
	var html bytes.Buffer
	if err := s.layout.Execute(&html, m); err != nil {
		return checkins.Words{}, fmt.Errorf("words for a test: %w", err)
	}
	return checkins.Words{Subject: m.Subject, Text: strings.TrimSpace(m.text()) + "\n", HTML: html.String()}, nil
}
