package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) releaseCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "release",
		Short: "Let messages leave again after a backup was restored",
		Long: "Release shows what would be sent in the next days, by ids, and asks. Until then a restored database takes in what people\n" +
			"write, and sends nothing. Let serve run for some minutes first: it fetches what came in meanwhile, STOPs before all else.",
		Example: "  microreach release\n  microreach release --yes",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			core, _, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			return errors.Join(p.release(c.Context(), core, yes), core.Close())
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// releaseAhead is how far release looks ahead, releaseShown how many lines it shows.
const (
	releaseAhead = 7 * 24 * time.Hour
	releaseShown = 40
)

func (p *program) release(ctx context.Context, core *service.Core, yes bool) error {
	since, err := core.Store.Held(ctx)
	if err != nil {
		return err
	}
	if since.IsZero() {
		p.say("Nothing is held: no backup was restored since the last release.")
		return nil
	}
	coming, waiting, err := p.wouldSend(ctx, core)
	if err != nil {
		return err
	}
	p.say("Held since %s. As things are, this would be sent in the next 7 days (%d reminders), and %d messages at once:\n", since.UTC().Format(time.RFC3339), len(coming), waiting)
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "WHEN\tCHANNEL\tPARTICIPANT\tWHAT")
	for _, u := range coming[:min(len(coming), releaseShown)] {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", u.Due.At.In(u.zone).Format("Mon 2 Jan 15:04 MST"), u.Channel, u.who, u.What())
	}
	_ = table.Flush() // as fmt.Fprint to the same place
	if more := len(coming) - releaseShown; more > 0 {
		p.say("and %d more", more)
	}
	if !yes {
		if err := p.confirm("release", "\nSTOPs that came after the backup are obeyed as far as microreach.stops and Twilio's list told of them."); err != nil {
			return err
		}
	}
	if err := core.Store.Unhold(ctx, p.Now()); err != nil {
		return err
	}
	p.say("Released. In the first hour nobody gets more than one message that was not asked for.")
	return nil
}

// ahead is one reminder that would be sent.
type ahead struct {
	checkins.Upcoming
	who  checkins.ParticipantID
	zone *time.Location
}

// wouldSend lists the reminders ahead, the next ones first, and counts what waits.
func (p *program) wouldSend(ctx context.Context, core *service.Core) (coming []ahead, waiting int, err error) {
	counts, err := core.Store.Counts(ctx)
	if err != nil {
		return nil, 0, err
	}
	end := p.Now().Add(releaseAhead)
	const page = 500
	for from := 0; ; from += page {
		ids, err := core.Store.People(ctx, page, from)
		if err != nil {
			return nil, 0, err
		}
		for _, id := range ids {
			s, err := core.Store.State(ctx, checkins.Who{Participant: id}, p.Now())
			if err != nil {
				return nil, 0, err
			}
			for _, u := range core.House.Preview(s, 7*core.House.PerDay) {
				if u.Due.At.Before(end) {
					coming = append(coming, ahead{u, id, s.Participant.Location()})
				}
			}
		}
		if len(ids) < page {
			break
		}
	}
	slices.SortStableFunc(coming, func(a, b ahead) int { return cmp.Or(a.Due.At.Compare(b.Due.At), cmp.Compare(a.who, b.who)) })
	return coming, counts[checkins.Queued], nil
}
