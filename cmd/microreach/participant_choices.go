package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// choices are what a person decides about how they are spoken to and what is
// kept. An operator only writes them down.
type choices struct {
	tap, own, because, acks, keep, codes string
	digest, digestForm, past             string
	wordsDays                            int // -1 = not said
}

func (c *choices) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.own, "own", "", "a reach in their own words, sent as typed, such as \"text my sister on Sundays\"")
	f.StringVar(&c.because, "because", "", "what the plan is for, in their own words")
	f.StringVar(&c.acks, "acks", "", "what is said back to an answer: normal, short or none (default normal)")
	f.StringVar(&c.keep, "keep", "", "what is kept of an answer: everything, numbers or answered (default everything)")
	f.StringVar(&c.codes, "codes", "", "yes or no: a code sent to their phone opens what they wrote (default no)")
	f.IntVar(&c.wordsDays, "words-days", -1, "for how many days what they write is kept; 0 = as retention.words_days says")
}

// digestFlags are those of the weekly digest.
func (c *choices) digestFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.digest, "digest", "", "the weekly digest: off, text, mail, or a day and hour, such as \"fri 17:00\" (default \"sun 18:00\" by mail)")
	f.StringVar(&c.digestForm, "digest-form", "", "what it tells: words or numbers (default words, and numbers where discreet)")
	f.StringVar(&c.past, "digest-past", "", "yes or no: with a moment of theirs from an earlier week (default no)")
}

// digestChoice is what they choose of the digest, where was is how it comes now.
func (c choices) digestChoice(was checkins.DigestChoice) (checkins.DigestChoice, error) {
	switch words := strings.ToLower(strings.TrimSpace(c.digest)); words {
	case "":
	case "off":
		was.By = checkins.DigestOff
	case "text":
		was.By = checkins.DigestByText
	case "mail":
		was.By = checkins.DigestByMail
	default:
		day, hour, _ := strings.Cut(words, " ")
		days, err := pace.ParseDays(day)
		if err != nil || days.Len() != 1 {
			return was, usage("--digest %q: write off, text, mail, or a day and hour such as \"fri 17:00\"", c.digest)
		}
		for w := time.Sunday; w <= time.Saturday; w++ {
			if days.Has(w) {
				was.Day = w
			}
		}
		at, err := pace.ParseClock(hour)
		if err != nil {
			return was, usage("--digest %q: %w", c.digest, err)
		}
		if was.At = &at; was.By == checkins.DigestOff {
			was.By = checkins.DigestByMail
		}
	}
	switch form := checkins.DigestForm(c.digestForm); form {
	case "":
	case checkins.DigestInWords, checkins.DigestInNumbers:
		was.Form = form
	default:
		return was, usage("--digest-form %q: write words or numbers", c.digestForm)
	}
	switch c.past {
	case "":
	case "yes", "no":
		was.Past = c.past == "yes"
	default:
		return was, usage("--digest-past %q: write yes or no", c.past)
	}
	return was, nil
}

// apply writes the choices down.
func (c choices) apply(who *checkins.Participant, plan *checkins.Plan) error {
	if c.acks != "" {
		if !slices.Contains([]checkins.Acks{checkins.AcksNormal, checkins.AcksShort, checkins.AcksNone}, checkins.Acks(c.acks)) {
			return usage("--acks %q: write normal, short or none", c.acks)
		}
		who.Acks = checkins.Acks(c.acks)
	}
	if c.keep != "" {
		if !slices.Contains([]checkins.Keep{checkins.KeepEverything, checkins.KeepNumbers, checkins.KeepAnswered}, checkins.Keep(c.keep)) {
			return usage("--keep %q: write everything, numbers or answered", c.keep)
		}
		who.Keep = checkins.Keep(c.keep)
	}
	if c.codes != "" {
		on, err := yesOrNo("--codes", c.codes)
		if err != nil {
			return err
		}
		who.Codes = on
	}
	if c.wordsDays < -1 || c.wordsDays > 36500 {
		return usage("--words-days %d: write 0 to 36500", c.wordsDays)
	}
	if c.wordsDays >= 0 {
		who.WordsDays = c.wordsDays
	}
	for flag, words := range map[string]string{"--own": c.own, "--because": c.because} {
		if n := len([]rune(words)); n > checkins.LongestOwn {
			return usage("%s: it has %d characters, and %d is the most", flag, n, checkins.LongestOwn)
		}
	}
	if c.because != "" && plan != nil {
		plan.Because = c.because
	}
	return nil
}

// others are the practices beside an own one: those that were named, or none.
func (n newcomer) others(plan checkins.Plan) []checkins.PracticeID {
	if n.practices == defaultPractices && n.tap == "" {
		return nil
	}
	return plan.Practices
}

// tapPlan is one of the ready plans.
func (n newcomer) tapPlan(channel checkins.Channel, anchor pace.Date, core *service.Core) (checkins.Plan, error) {
	var names []string
	for _, t := range core.Words.TapPlans() {
		if string(t.ID) == n.tap {
			plan := t.Plan("", channel, anchor, core.Now())
			return plan, nil
		}
		names = append(names, fmt.Sprintf("%s (%s)", t.ID, t.Label))
	}
	return checkins.Plan{}, usage("--plan %q: there is no such plan; there are %s", n.tap, strings.Join(names, ", "))
}

func (p *program) participantSet() *cobra.Command {
	var c choices
	var discreet string
	cmd := &cobra.Command{
		Use:   "set ID",
		Short: "Write down what a person chose: acknowledgements, what is kept, discreet texts, codes",
		Long: "Set changes how a person is spoken to and what is kept of their answers, as they asked for it; UNDO by the\n" +
			"person takes it back. What was kept before stays.",
		Example: "  microreach participant set 0199d6c2-… --acks short --keep numbers\n" +
			"  microreach participant set 0199d6c2-… --discreet yes --because \"I want to be a present partner\"\n" +
			"  microreach participant set 0199d6c2-… --digest \"fri 17:00\"",
		Args: args(1, "the id of a participant"),
		RunE: func(cmd *cobra.Command, a []string) error {
			if c == (choices{wordsDays: -1}) && discreet == "" {
				return usage("nothing to set: give --acks, --keep, --codes, --words-days, --discreet, --digest, --digest-form, --digest-past, --because or --own")
			}
			core, s, err := p.openPerson(cmd.Context(), a[0])
			if err != nil {
				return err
			}
			set := func(s checkins.State) (checkins.Effects, error) { return c.set(core.House, s, discreet, p.Now()) }
			err = core.Store.Decide(cmd.Context(), checkins.Who{Participant: s.Participant.ID}, p.Now(), set)
			if err = errors.Join(err, core.Close()); err != nil {
				return err
			}
			p.say("Written down. Next: microreach participant show %s", s.Participant.ID)
			return nil
		},
	}
	c.flags(cmd)
	c.digestFlags(cmd)
	cmd.Flags().StringVar(&discreet, "discreet", "", "yes or no: wordings for a lock screen that others may read")
	return cmd
}

// set is what the choices change of a person who takes part already. Each is a
// wish as from the person, so that UNDO takes it back.
func (c choices) set(h checkins.House, s checkins.State, discreet string, now time.Time) (checkins.Effects, error) {
	who := s.Participant
	if err := c.apply(&who, nil); err != nil {
		return checkins.Effects{}, err
	}
	var wishes []checkins.Wish
	if discreet != "" {
		on, err := yesOrNo("--discreet", discreet)
		if err != nil {
			return checkins.Effects{}, err
		}
		wishes = append(wishes, checkins.Wish{Kind: checkins.WishDiscreet, On: on})
	}
	weekly, err := c.digestChoice(who.Digest)
	if err != nil {
		return checkins.Effects{}, err
	}
	if !weekly.Same(who.Digest) {
		wishes = append(wishes, checkins.Wish{Kind: checkins.WishDigest, Digest: weekly})
	}
	for _, w := range []struct {
		given string
		wish  checkins.Wish
	}{
		{c.acks, checkins.Wish{Kind: checkins.WishAcks, Acks: who.Acks}},
		{c.keep, checkins.Wish{Kind: checkins.WishWords, Keep: who.Keep}},
		{c.codes, checkins.Wish{Kind: checkins.WishCodes, On: who.Codes}},
		{c.own, checkins.Wish{Kind: checkins.WishOwn, Words: c.own}},
		{c.because, checkins.Wish{Kind: checkins.WishBecause, Words: c.because}},
	} {
		if w.given != "" {
			wishes = append(wishes, w.wish)
		}
	}
	e, unable, err := h.Note(s, wishes, now)
	switch {
	case err != nil:
		return e, err
	case unable == checkins.WhichPlan || unable == checkins.NoSuchPlan:
		return e, usage("--own and --because belong to a plan, and this person has %d", len(s.Plans))
	case unable == checkins.AlreadySo:
		return e, usage("--because: the plan has these words already")
	case unable != checkins.Granted:
		return e, usage("this could not be written down: %s", unable)
	}
	return e, nil
}

func yesOrNo(flag, word string) (bool, error) {
	if word != "yes" && word != "no" {
		return false, usage("%s %q: write yes or no", flag, word)
	}
	return word == "yes", nil
}
