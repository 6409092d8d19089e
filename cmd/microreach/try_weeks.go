package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/weeks"
)

func (p *program) tryWeeks() *cobra.Command {
	var life, channel string
	c := &cobra.Command{
		Use:   "weeks --life NAME",
		Short: "Read eight weeks of one life, word for word",
		Long: "Weeks lets a person live through eight weeks with the service, on a throwaway database and with a clock of its own,\n" +
			"and prints what was sent and what was written, with local times. Nothing leaves the machine.\n\n" +
			"The lives are " + weeks.Names() + ".\n" +
			"The name all prints them one after the other.",
		Example: "  microreach try weeks --life steady\n  microreach try weeks --life bad-week --channel email",
		Args:    args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			if channel != string(checkins.SMS) && channel != string(checkins.Email) {
				return usage("--channel %q: it may be sms or email", channel)
			}
			err := weeks.Tell(c.Context(), p.Out, life, checkins.Channel(channel))
			if errors.Is(err, checkins.ErrNotFound) {
				return usage("--life %q: it may be %s, or %s", life, weeks.Names(), weeks.All)
			}
			return err
		},
	}
	c.Flags().StringVar(&life, "life", "", "whose weeks: one of the names above, or all")
	c.Flags().StringVar(&channel, "channel", "sms", "sms or email")
	return c
}
