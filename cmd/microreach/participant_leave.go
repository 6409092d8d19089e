package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
)

func (p *program) participantStop() *cobra.Command {
	var channel string
	c := &cobra.Command{
		Use:   "stop ID",
		Short: "End all messages to a person, at their word",
		Long: "Stop ends everything for a person's addresses, or those of one channel: what waits is withdrawn, nothing more is sent, and\n" +
			"the ledger says that you did it. Only the person can begin again: by texting START, or by a mail that says START.",
		Example: "  microreach participant stop 0199d6c2-…\n  microreach participant stop 0199d6c2-… --channel sms",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			if channel != "" && channel != string(checkins.SMS) && channel != string(checkins.Email) {
				return usage("--channel %q: write sms or email, or leave it out for both", channel)
			}
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			stopped := 0
			for _, address := range s.Addresses {
				if channel != "" && string(address.Channel) != channel || address.State == checkins.Stopped {
					continue
				}
				err = errors.Join(err, core.Store.Decide(c.Context(), checkins.Who{Participant: s.Participant.ID}, p.Now(), func(s checkins.State) (checkins.Effects, error) {
					return core.House.StopAddress(s, address.ID, checkins.ByOperator, "microreach participant stop", p.Now())
				}))
				stopped++
			}
			if err = errors.Join(err, core.Close()); err != nil {
				return err
			}
			p.say("%d of their addresses stopped. Nothing more is sent there.", stopped)
			return nil
		},
	}
	c.Flags().StringVar(&channel, "channel", "", "sms or email (default: all of their addresses)")
	return c
}
