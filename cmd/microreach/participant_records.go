package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// glass is what opens words that somebody does not share.
type glass struct{ reason string }

func (g *glass) flag(c *cobra.Command) {
	c.Flags().StringVar(&g.reason, "break-glass", "", "why you read what they do not share with you; it is written down, and they can read it")
}

// check says what is wrong with the reason.
func (g *glass) check(c *cobra.Command) error {
	g.reason = strings.TrimSpace(g.reason)
	switch n := len([]rune(g.reason)); {
	case c.Flags().Changed("break-glass") && n < 8:
		return usage("--break-glass needs a reason that still says something in a year, such as --break-glass \"they called and asked me to\"")
	case n > checkins.LongestReason:
		return usage("--break-glass: a reason has at most %d characters, and this one has %d", checkins.LongestReason, n)
	}
	return nil
}

func (p *program) participantRecords() *cobra.Command {
	var g glass
	var since string
	var asJSON bool
	c := &cobra.Command{
		Use:   "records ID",
		Short: "Show of a person's records what they share with you",
		Long: "Records shows what a person chose to share with you, and no more: only that they answered, outcomes and numbers too, or\n" +
			"their words too. They choose that on their own page; nobody else can let you see more. --break-glass REASON shows the rest.\n\n" +
			"Whenever numbers or words are shown, it is written down who read them, when, what and why. Those rows are in the copy\n" +
			"that people may have of everything that is kept of them (EXPORT).",
		Example: "  microreach participant records 0199d6c2-…\n  microreach participant records 0199d6c2-… --since 2026-01-01 --json\n" +
			"  microreach participant records 0199d6c2-… --break-glass \"they asked on the phone what they had written\"",
		Args: args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			if err := g.check(c); err != nil {
				return err
			}
			var from pace.Date
			if since != "" {
				var err error
				if from, err = pace.ParseDate(since); err != nil {
					return usage("--since: %w", err)
				}
			}
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			return errors.Join(p.records(c.Context(), core, s.Participant, from, g.reason, asJSON), core.Close())
		},
	}
	c.Flags().StringVar(&since, "since", "", "from this local date on, such as 2026-01-01 (default: the last four weeks)")
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	g.flag(c)
	return c
}

// recordsBack is how many days back records are shown where nothing else is asked for.
const recordsBack = 28

func (p *program) records(ctx context.Context, core *service.Core, who checkins.Participant, from pace.Date, reason string, asJSON bool) error {
	to := pace.DateOf(p.Now().In(who.Location()))
	if from.IsZero() {
		from = to.AddDays(1 - recordsBack)
	}
	if to.Before(from) {
		return usage("--since %s: that is still to come for them; it is %s there", from, to)
	}
	list, seen, err := core.Disclose(ctx, checkins.Who{Participant: who.ID, From: from, To: to}, checkins.Disclosure{By: p.reader(), Reason: reason})
	if err != nil {
		return err
	}
	if asJSON {
		return p.recordsJSON(list, who, seen, from)
	}
	p.say("%s  %s since %s", who.ID, answers(len(list)), from)
	for _, r := range list {
		p.say("%s", recordLine(r, who.Location()))
	}
	p.say("\n%s", sharedSays[cmp.Or(who.Shares, checkins.ShareNothing)])
	if seen != checkins.ShareNothing {
		p.say("Noted, where they can read it: who looked, when, at what and why.")
	}
	return nil
}

// sharedSays tells an operator what somebody chose.
var sharedSays = map[checkins.Sharing]string{
	checkins.ShareNothing: "They share with you only that they answered. More is theirs to share: on the page behind SETTINGS, from their mailbox.",
	checkins.ShareNumbers: "They share outcomes and numbers with you, and not their words.",
	checkins.ShareWords:   "They share their words with you.",
}

// recordLine is a record in one line, its words below it.
func recordLine(r checkins.CheckIn, loc *time.Location) string {
	if r.Kind == "" && r.Practice == "" && r.Outcome == "" {
		return r.Date.String() + "  answered"
	}
	line := fmt.Sprintf("%s %s  %s", r.Date, r.At.In(loc).Format("15:04"), cmp.Or(string(r.Practice), string(r.Kind), "-"))
	if r.Outcome != "" {
		line += "  " + string(r.Outcome)
	}
	if r.RatingBefore != nil {
		line += fmt.Sprintf("  before %g", *r.RatingBefore)
	}
	if r.Rating != nil {
		line += fmt.Sprintf("  rated %g", *r.Rating)
	}
	if felt := append(append([]string{}, r.Feelings...), r.Sensations...); len(felt) > 0 {
		line += "  " + strings.Join(felt, ", ")
	}
	for _, words := range []struct{ title, text string }{{"expected: ", r.Expectation}, {"", r.Note}} {
		if words.text != "" {
			line += "\n    " + words.title + strings.ReplaceAll(words.text, "\n", "\n    ")
		}
	}
	return line
}

func (p *program) recordsJSON(list []checkins.CheckIn, who checkins.Participant, seen checkins.Sharing, from pace.Date) error {
	type record struct {
		Date         string     `json:"date"`
		At           *time.Time `json:"at,omitempty"`
		Channel      string     `json:"channel,omitempty"`
		Practice     string     `json:"practice,omitempty"`
		Kind         string     `json:"kind,omitempty"`
		Outcome      string     `json:"outcome,omitempty"`
		RatingBefore *float64   `json:"rating_before,omitempty"`
		Rating       *float64   `json:"rating,omitempty"`
		Feelings     []string   `json:"feelings,omitempty"`
		Sensations   []string   `json:"sensations,omitempty"`
		Expectation  string     `json:"expectation,omitempty"`
		Note         string     `json:"note,omitempty"`
	}
	answer := struct {
		Participant string   `json:"participant"`
		Shares      string   `json:"shares"`
		Shown       string   `json:"shown"`
		Since       string   `json:"since"`
		Records     []record `json:"records"`
	}{string(who.ID), string(cmp.Or(who.Shares, checkins.ShareNothing)), string(cmp.Or(seen, checkins.ShareNothing)), from.String(), []record{}}
	for _, r := range list {
		one := record{
			Date: r.Date.String(), Channel: string(r.Channel), Practice: string(r.Practice), Kind: string(r.Kind), Outcome: string(r.Outcome),
			RatingBefore: r.RatingBefore, Rating: r.Rating, Feelings: r.Feelings, Sensations: r.Sensations, Expectation: r.Expectation, Note: r.Note,
		}
		if seen != checkins.ShareNothing {
			at := r.At.UTC()
			one.At = &at
		}
		answer.Records = append(answer.Records, one)
	}
	out := json.NewEncoder(p.Out)
	out.SetIndent("", "  ")
	return out.Encode(answer)
}

// reader is who sits at the machine, as it is written down.
func (p *program) reader() string { return cmp.Or(p.User, "somebody at this machine") }

// systemUser is the account of this machine that runs the program; by sudo, that which
// asked for it, too.
func systemUser() string {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if by := os.Getenv("SUDO_USER"); by != "" && by != name {
		name = by + " as " + name
	}
	return name
}
