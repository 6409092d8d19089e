package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/templates"
)

// sample is what the flags of try message say.
type sample struct {
	template, channel, locale, practice string
	discreet                            bool
}

func (p *program) tryMessage() *cobra.Command {
	var f sample
	c := &cobra.Command{
		Use:   "message",
		Short: "Show a text or mail as it would be sent",
		Long: "Message prints the words of a template, filled in for a made-up person, with this installation's name and contact.\n" +
			"For a text it also tells the encoding and the number of segments. --template list shows the names.",
		Example: "  microreach try message --template prompt --practice one-feeling\n  microreach try message --template help --channel email\n  microreach try message --template help --channel email --locale es",
		Args:    args(0, "no arguments, only flags"),
		RunE:    func(*cobra.Command, []string) error { return p.printMessage(f) },
	}
	c.Flags().StringVar(&f.template, "template", "", "the template's name; list shows all of them")
	c.Flags().StringVar(&f.channel, "channel", "sms", "sms or email")
	c.Flags().StringVar(&f.locale, "locale", "en", "the person's language")
	c.Flags().StringVar(&f.practice, "practice", "one-feeling", "the entry of the catalogue that it speaks of")
	c.Flags().BoolVar(&f.discreet, "discreet", false, "as for a lock screen that others may read")
	return c
}

func (p *program) printMessage(f sample) error {
	cfg, err := loadConfig(p.configFile, p.Env)
	if err != nil {
		return err
	}
	words, _, err := words(cfg)
	if err != nil {
		return err
	}
	channel := checkins.Channel(f.channel)
	if channel != checkins.SMS && channel != checkins.Email {
		return usage("--channel %q: write sms or email", f.channel)
	}
	names := words.Names(channel)
	switch {
	case f.template == "list":
		p.say("%s", strings.Join(names, "\n"))
		return nil
	case !slices.Contains(names, f.template):
		return usage("--template %q: there is no such template; there are %s", f.template, strings.Join(names, ", "))
	case !words.Speaks(f.locale, f.template, channel):
		return usage("--locale %q: the words of %s by %s are there in en only", f.locale, f.template, channel)
	}
	entry, ok := words.Practice(checkins.PracticeID(f.practice))
	if !ok {
		return usage("--practice %q is not in the catalogue", f.practice)
	}
	said, err := words.Words(p.example(f, channel, entry))
	if err != nil {
		return err
	}
	if channel == checkins.Email {
		p.say("Subject: %s\n\n%s", said.Subject, said.Text)
		return nil
	}
	encoding, n := templates.Segments(said.Text)
	p.say("%s\n\n%s, %s", said.Text, encoding, map[bool]string{true: "1 segment", false: fmt.Sprintf("%d segments", n)}[n == 1])
	return nil
}

// example is a situation in which every template has something to say.
func (p *program) example(f sample, channel checkins.Channel, entry checkins.Practice) checkins.Say {
	eight, three, now := 8.0, 3.0, p.Now()
	choices := []string{entry.Label, "A slow breath"}
	if f.template == "offer" {
		choices = choices[:1]
	}
	say := checkins.Say{
		Template: f.template, Channel: channel, Now: now, Practice: entry.ID,
		Person:  checkins.Participant{ID: "example", Name: "Robin", Zone: "UTC", Locale: f.locale, Discreet: f.discreet},
		Pace:    pace.Pace{N: 2, Every: 1, Unit: pace.Week},
		Days:    pace.DaysOf(time.Monday, time.Thursday),
		At:      []pace.Clock{19 * 60},
		Until:   now.AddDate(0, 0, 7).Truncate(24 * time.Hour),
		Next:    checkins.Due{At: now.Add(26 * time.Hour).Truncate(time.Hour), Why: "slot"},
		Reading: &reply.Reading{Intent: reply.IntentCheckIn, Outcome: reply.OutcomeDone, RatingBefore: &eight, Rating: &three},
	}
	if strings.Contains(f.template, "menu") || slices.Contains([]string{"offer", "prompt_choice", "which_plan"}, f.template) {
		say.Choices = choices
	}
	return say
}

func (p *program) tryCatalogue() *cobra.Command {
	return &cobra.Command{
		Use:   "catalogue FILE",
		Short: "Check a catalogue of your own, line by line",
		Long: "Catalogue names everything in a file of practices that would keep it from being loaded: texts of more than one\n" +
			"segment, words above US grade 6, words that press, promise or give away, prompts with fewer than two ways to answer.\n" +
			"The file has the form of templates/practices/en.toml, whose head explains it; name it in programme.catalogue_file.",
		Example: "  microreach try catalogue practices.toml",
		Args:    args(1, "one FILE"),
		RunE: func(_ *cobra.Command, a []string) error {
			raw, err := os.ReadFile(a[0])
			if err != nil {
				return fmt.Errorf("read the catalogue: %w", err)
			}
			problems := templates.CheckCatalogue(a[0], raw)
			for _, one := range problems {
				p.say("%s:%d: %s", a[0], one.Line, one.Message)
			}
			if n := len(problems); n > 0 {
				return fmt.Errorf("%s: %d to mend", a[0], n)
			}
			entries := bytes.Count(raw, []byte("[[practice]]"))
			p.say("%s: good (%d entries). Next: set catalogue_file in [programme], and start the service again.", a[0], entries)
			return nil
		},
	}
}
