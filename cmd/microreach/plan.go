package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) planCommand() *cobra.Command {
	return group("plan", "Add plans, and see what they will send", p.planAdd(), p.planPreview())
}

func (p *program) planAdd() *cobra.Command {
	var n newcomer
	var channel string
	c := &cobra.Command{
		Use:   "add PARTICIPANT",
		Short: "Give a person one more plan that they chose",
		Long: "Add begins another plan beside those that a person has: other practices, at another pace or by another channel. The most\n" +
			"prompts a day and the time between two hold over all plans together. UNDO by the person takes it back.",
		Example: "  microreach plan add 0199d6c2-… --practices win --pace 1/day --at 21:00 --no-answer",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			if err := errors.Join(p.addPlan(c.Context(), core, s.Participant, n, checkins.Channel(channel)), core.Close()); err != nil {
				return err
			}
			p.say("Begun. Next: microreach plan preview %s", a[0])
			return nil
		},
	}
	c.Flags().StringVar(&channel, "by", string(checkins.SMS), "sms or email")
	n.planFlags(c.Flags())
	return c
}

func (p *program) addPlan(ctx context.Context, core *service.Core, who checkins.Participant, n newcomer, by checkins.Channel) error {
	if by != checkins.SMS && by != checkins.Email {
		return usage("--by %q: it may be sms or email", by)
	}
	now := p.Now()
	plan, err := n.plan(by, pace.DateOf(now.In(who.Location())), core)
	if err != nil {
		return err
	}
	plan.ID, plan.CreatedAt = checkins.PlanID(p.NewID()), now
	if err := plan.Rule(who).Validate(); err != nil {
		return usage("%w", err)
	}
	return core.Store.Decide(ctx, checkins.Who{Participant: who.ID}, now, func(s checkins.State) (checkins.Effects, error) {
		e, unable := core.House.Begin(s, plan, checkins.ByOperator, now)
		if unable != checkins.Granted {
			return e, usage("%s has no address for --by %s: see microreach participant show %s", cmp.Or(who.Name, string(who.ID)), by, who.ID)
		}
		return e, nil
	})
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
