package main

import (
	"time"

	"github.com/spf13/cobra"
)

func (p *program) planCommand() *cobra.Command {
	return group("plan", "See what people's plans will send", p.planPreview())
}

func (p *program) planPreview() *cobra.Command {
	var count int
	c := &cobra.Command{
		Use:   "preview PARTICIPANT",
		Short: "List a person's next reminders, and why each comes when it does",
		Long: "Preview lists what will be sent if nobody changes anything and nothing is answered: the local instant, the same in UTC,\n" +
			"the practice, the channel, and why it is that moment; then, for a plan that needs no answer, that it does not.",
		Example: "  microreach plan preview 0199d6c2-… --count 10",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			if count < 1 || count > 1000 {
				return usage("--count %d: it may be 1 to 1000", count)
			}
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			defer func() { _ = core.Close() }() // it only read
			list := core.House.Preview(s, count)
			for _, u := range list {
				local := u.Due.At.In(s.Participant.Location())
				why := u.Due.Why
				if u.NoAnswer {
					why += "\tno answer needed"
				}
				p.say("%s\t%s\t%s\t%s\t%s", local.Format(time.RFC3339), u.Due.At.UTC().Format(time.RFC3339), u.What(), u.Channel, why)
			}
			if len(list) == 0 {
				p.say("Nothing is due: the person has not said yes yet, rests, or has stopped. See microreach participant show %s", a[0])
			}
			return nil
		},
	}
	c.Flags().IntVar(&count, "count", 10, "how many")
	return c
}
