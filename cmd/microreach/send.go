package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
)

func (p *program) sendCommand() *cobra.Command {
	var now bool
	var plan string
	c := &cobra.Command{
		Use:   "send --now PARTICIPANT",
		Short: "Let a person's next reminder go out at once",
		Long: "Send --now puts the next reminder of a plan into the outbox at once, so that a first try need not wait for its day. It passes\n" +
			"the same gate as every message (consent, pause, hours, the most in a day) and counts like one; where the gate says no, it\n" +
			"says why and nothing is written. The plan goes on as before.",
		Example: "  microreach send --now 0199d6c2-…\n  microreach send --now --plan 0199d6c3-… 0199d6c2-…",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			if !now {
				return usage("reminders go out by themselves at their time; to let the next one go at once write: microreach send --now %s", a[0])
			}
			cfg, err := loadConfig(p.configFile, p.Env)
			if err != nil {
				return err
			}
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			return errors.Join(p.sendNow(c.Context(), core, cfg, s.Participant.ID, checkins.PlanID(plan)), core.Close())
		},
	}
	c.Flags().BoolVar(&now, "now", false, "at once; there is no other way to send by hand")
	c.Flags().StringVar(&plan, "plan", "", "which plan, by the id that participant show tells (default: the one that would write first)")
	return c
}

func (p *program) sendNow(ctx context.Context, core *service.Core, cfg config, who checkins.ParticipantID, plan checkins.PlanID) error {
	var sent checkins.Message
	var refused checkins.Refusal
	var local *time.Location
	now := p.Now()
	err := core.Store.Decide(ctx, checkins.Who{Participant: who}, now, func(s checkins.State) (checkins.Effects, error) {
		local = s.Participant.Location()
		if len(s.Plans) == 0 || plan != "" && s.Plan(plan) == nil {
			return checkins.Effects{}, fmt.Errorf("%s has no such plan: see microreach participant show %s", who, who)
		}
		e, refusal, err := core.House.SendNow(s, plan, now)
		if refused = refusal; err != nil || refusal != checkins.NotRefused {
			return checkins.Effects{}, err
		}
		sent = e.Messages[0]
		if cfg.off(sent.Channel) {
			return checkins.Effects{}, fmt.Errorf("the plan writes by %s, and that is not set up: microreach doctor says what is missing", channelWords[sent.Channel])
		}
		return e, nil
	})
	switch {
	case err != nil:
		return err
	case refused != checkins.NotRefused:
		return fmt.Errorf("nothing is sent (%s): %s", refused, refusals[refused])
	}
	return p.sayWhen(ctx, core, sent, local)
}

// channelWords name the channels to an operator.
var channelWords = map[checkins.Channel]string{checkins.SMS: "text", checkins.Email: "mail"}

// off reports whether a channel is not set up.
func (c config) off(channel checkins.Channel) bool {
	return channel == checkins.SMS && !c.Twilio.enabled() || channel == checkins.Email && !c.SMTP.enabled()
}

// sayWhen tells when the message leaves, and what it still needs for that.
func (p *program) sayWhen(ctx context.Context, core *service.Core, m checkins.Message, local *time.Location) error {
	beat, err := core.Store.LastBeat(ctx, notifier.PlanRound)
	if err != nil {
		return err
	}
	last := m.ExpiresAt.In(local).Format("15:04")
	switch running := p.Now().Sub(beat) < time.Minute; {
	case running && m.NotBefore.After(p.Now()):
		p.say("It goes out by %s at %s, to stay apart from the one before. Next: microreach outbox", channelWords[m.Channel], m.NotBefore.In(local).Format("15:04"))
	case running:
		p.say("It goes out by %s within seconds. Next: microreach outbox", channelWords[m.Channel])
	default:
		p.say("It waits for the service to run, until %s (their time); later it is not sent. Next: microreach serve", last)
	}
	return nil
}

// refusals say what to do about each no of the gate.
var refusals = map[checkins.Refusal]string{
	checkins.NoConsent:    "they have not said YES to this address; the question goes out by itself while microreach serve runs",
	checkins.NotReachable: "their address does not take messages yet, or not any more: it has to be answered with YES first; see microreach participant show",
	checkins.Resting:      "they asked for quiet; they end it themselves with RESUME",
	checkins.PlanIsOver:   "the plan is paused or finished; they begin it again themselves",
	checkins.OutOfHours:   "it is outside their hours; try again within them, as microreach participant show tells them",
	checkins.DayIsFull:    "they had as many today as limits.prompts_per_day allows; the next may come tomorrow",
	checkins.OneAnHour:    "one went out already in this hour after an outage; try again in an hour",
	checkins.Quieter:      "they did not answer the last ones, so it gets quieter by itself; only they make it louder again",
	checkins.TooLate:      "their hours end just now; try again within them",
}
