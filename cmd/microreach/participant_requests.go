package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// requestsShown bounds the list of what people asked for.
const requestsShown = 200

func (p *program) participantRequests() *cobra.Command {
	var settled string
	c := &cobra.Command{
		Use:   "requests",
		Short: "List what people asked for and you have to do",
		Long: "Requests lists who asked to be erased, or for a copy of what is kept, where the program cannot do it by itself: a text is\n" +
			"no proof of who writes, and nothing may be sent to an address that said STOP, so that nobody could be asked back. Make\n" +
			"sure, by another way, that it is them. Erasing and exporting end the request; --settled ID ends it where they took it\n" +
			"back, or you could not find out that it was them. The laws give a month, or 45 days.",
		Example: "  microreach participant requests\n  microreach participant erase 0199d6c2-… --asked\n  microreach participant requests --settled 0199d6c2-…",
		Args:    args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			if settled != "" {
				return p.settle(c.Context(), settled)
			}
			core, _, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			n, err := p.showRequests(c.Context(), core)
			if err == nil && n == 0 {
				p.say("Nobody asked for anything that is yours to do.")
			}
			return errors.Join(err, core.Close())
		},
	}
	c.Flags().StringVar(&settled, "settled", "", "end what this person asked for without erasing or exporting")
	return c
}

// settle ends the requests of one person.
func (p *program) settle(ctx context.Context, id string) error {
	core, s, err := p.openPerson(ctx, id)
	if err != nil {
		return err
	}
	n, err := core.Settled(ctx, s.Participant.ID)
	if err = errors.Join(err, core.Close()); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("participant %s has asked for nothing that is open: see microreach participant requests", id)
	}
	p.say("Settled: %d. Nothing of theirs was erased or exported.", n)
	return nil
}

// showRequests tells what people asked for, and returns how much that is.
func (p *program) showRequests(ctx context.Context, core *service.Core) (int, error) {
	list, err := core.Store.Requests(ctx, requestsShown)
	for _, r := range list {
		by := r.At.Add(checkins.AnswerWithin)
		late := ""
		if by.Before(p.Now()) {
			late = ", which is over"
		}
		what, next := "ASKS TO BE ERASED", fmt.Sprintf("microreach participant erase %s --asked", r.Participant)
		if r.Kind == checkins.AsksCopy {
			what, next = "ASKS FOR A COPY", fmt.Sprintf("microreach participant export %s", r.Participant)
		}
		p.say("%s: %s, since %s; answer by %s%s. Next, once you are sure that it is them: %s",
			what, r.Participant, r.At.UTC().Format(time.DateOnly), by.UTC().Format(time.DateOnly), late, next)
	}
	if len(list) > 0 {
		p.say("")
	}
	return len(list), err
}
