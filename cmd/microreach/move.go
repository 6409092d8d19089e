package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
)

func (p *program) participantMove() *cobra.Command {
	var zone, region string
	c := &cobra.Command{
		Use:   "move ID",
		Short: "Note that a person lives elsewhere now",
		Long: "Move changes the time zone of a person, or the state or country that they say they live in. Reminders that are not out\n" +
			"yet are reckoned anew: none comes twice for a date, and none within twelve hours of the last. UNDO by the person takes it back.",
		Example: "  microreach participant move 0199d6c2-… --zone Asia/Tokyo\n  microreach participant move 0199d6c2-… --region US-TX",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			wishes, err := moves(c, zone, region)
			if err != nil {
				return err
			}
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			who, now := checkins.Who{Participant: s.Participant.ID}, p.Now()
			for _, w := range wishes {
				err = errors.Join(err, core.Store.Decide(c.Context(), who, now, func(s checkins.State) (checkins.Effects, error) {
					e, unable := core.House.Apply(s, w, now)
					if unable != checkins.Granted {
						return e, usage("--region %q: write an ISO 3166 code, such as US-TX or GB", region)
					}
					return e, nil
				}))
			}
			if err = errors.Join(err, core.Close()); err != nil {
				return err
			}
			p.say("Noted. Next: microreach plan preview %s", a[0])
			return nil
		},
	}
	c.Flags().StringVar(&zone, "zone", "", "their time zone now, such as Asia/Tokyo")
	c.Flags().StringVar(&region, "region", "", "the state or country that they say they live in, such as US-TX; empty takes it out")
	return c
}

// moves are the wishes of the flags that were given.
func moves(c *cobra.Command, zone, region string) (wishes []checkins.Wish, err error) {
	if c.Flags().Changed("zone") {
		if _, err := location(zone); err != nil {
			return nil, err
		}
		wishes = append(wishes, checkins.Wish{Kind: checkins.WishZone, Zone: zone, Route: checkins.ByOperator})
	}
	if c.Flags().Changed("region") {
		wishes = append(wishes, checkins.Wish{Kind: checkins.WishRegion, Region: strings.ToUpper(region), Route: checkins.ByOperator})
	}
	if len(wishes) == 0 {
		return nil, fmt.Errorf("nothing to change: %w", usage("give --zone, --region or both"))
	}
	return wishes, nil
}
