package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio"
)

// troublesShown bounds the list of single messages.
const troublesShown = 50

func (p *program) outboxCommand() *cobra.Command {
	var days int
	c := &cobra.Command{
		Use:   "outbox",
		Short: "See what is waiting, and what did not arrive",
		Long: "Outbox counts the messages by state and lists those whose end is unknown and those that did not arrive, with what can be\n" +
			"done about them. It shows ids, states and codes; no text, number or mailbox.",
		Example: "  microreach outbox\n  microreach outbox --days 90",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if days < 1 || days > 3650 {
				return usage("--days %d: it may be 1 to 3650", days)
			}
			core, _, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			return errors.Join(p.showOutbox(c.Context(), core, days), core.Close())
		},
	}
	c.AddCommand(p.outboxResume())
	c.Flags().IntVar(&days, "days", 14, "how far back single messages are listed")
	return c
}

func (p *program) outboxResume() *cobra.Command {
	return &cobra.Command{
		Use:   "resume [NAME]",
		Short: "Send again what was held back",
		Long: "Resume lets messages go that were held back because every one of them would have failed: after the account, the password\n" +
			"or the words were mended. NAME is what microreach outbox calls it; without it everything goes. Late messages stay unsent.",
		Example: "  microreach outbox resume\n  microreach outbox resume sms",
		Args:    cobra.ArbitraryArgs, // a name may hold a space
		RunE: func(c *cobra.Command, names []string) error {
			core, _, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			name := strings.Join(names, " ")
			closed, err := core.Store.Resume(c.Context(), name, p.Now())
			if err = errors.Join(err, core.Close()); err != nil {
				return err
			}
			if closed == 0 && name != "" {
				return fmt.Errorf("nothing called %q is held back: see microreach outbox", name)
			}
			p.say("%d held back before; nothing is now. If it fails again it is held back again: see microreach outbox", closed)
			return nil
		},
	}
}

func (p *program) showHeld(list []checkins.Breaker) {
	for _, b := range list {
		p.say("HELD BACK: %s, since %s, code %s: %s", b.Name, b.OpenedAt.UTC().Format(time.RFC3339), b.Code, service.NoteOf(b))
	}
	if len(list) > 0 {
		p.say("What waits is sent when this is mended, as far as it is not late by then. It is tried again by itself, or at once: microreach outbox resume\n")
	}
}

func (p *program) showCrowds(list []checkins.Crowd) {
	for _, c := range list {
		if c.Late > 0 {
			p.say("TOO MUCH AT ONCE: of %d reminders that are due by %s in the next %s, %d would be late by the rate in [limits] and are not sent,\n"+
				"from %s on. Spread the times of the plans, or raise the rate if your sender may send faster.\n",
				c.Due, c.Channel, age(service.Ahead), c.Late, c.From.UTC().Format(time.RFC3339))
		}
	}
}

func (p *program) showOutbox(ctx context.Context, core *service.Core, days int) error {
	standings, err := core.Store.Standings(ctx)
	if err != nil {
		return err
	}
	troubles, err := core.Store.Troubles(ctx, p.Now().AddDate(0, 0, -days), troublesShown)
	if err != nil {
		return err
	}
	held, err := core.Store.Breakers(ctx)
	if err != nil {
		return err
	}
	crowds, err := core.Store.Ahead(ctx, p.Now(), p.Now().Add(service.Ahead))
	if err != nil {
		return err
	}
	if _, err := p.showRequests(ctx, core); err != nil {
		return err
	}
	p.showHeld(held)
	p.showCrowds(crowds)
	if len(standings) == 0 {
		p.say("The outbox is empty. Next: microreach participant add")
		return nil
	}
	p.showStandings(standings)
	p.showTroubles(troubles, days)
	return nil
}

func (p *program) showStandings(list []store.Standing) {
	order := checkins.MessageStates()
	slices.SortFunc(list, func(a, b store.Standing) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State)), cmp.Compare(a.Channel, b.Channel))
	})
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "STATE\tCHANNEL\tMESSAGES\tOLDEST")
	for _, s := range list {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", s.State, s.Channel, s.Count, age(p.Now().Sub(s.Since)))
	}
	_ = table.Flush() // as fmt.Fprint to the same place
	for _, s := range list {
		if s.Crowded > 0 {
			p.say("%d by %s were not sent because more was due than the rate in [limits] carries before it is late.", s.Crowded, s.Channel)
		}
	}
}

// remedies are what an operator can do about a message in a state.
var remedies = map[checkins.MessageState]string{
	checkins.Unknown: "unknown: it may have left. It is looked for in Twilio's list after 2 and 10 minutes (a mail: a bounce or an answer may\n" +
		"  come for a day) and is never sent again by itself. Nothing needs to be done.",
	checkins.UnknownNotResent: "unknown_not_resent: no trace of it was found, so it probably never left, and it is not sent again. The next reminder comes\n" +
		"  as planned. To be sure, look for its time in the provider's own log (Twilio console: Monitor, Logs, Messaging).",
	checkins.Undelivered: "undelivered: the provider took it and it did not arrive; the code says why. An address that cannot be reached is held by itself:\n" +
		"  see microreach participant list, and ask the person for another address.",
	checkins.Failed: "failed: the provider refused it; the code says why. It is not sent again.",
}

func (p *program) showTroubles(list []store.Trouble, days int) {
	if len(list) == 0 {
		p.say("\nNothing is unknown, undelivered or failed in the last %d days.", days)
		return
	}
	p.say("")
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "MESSAGE\tATTEMPT\tCHANNEL\tKIND\tSTATE\tSINCE\tCODE\tPROVIDER'S ID")
	for _, t := range list {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Message, cmp.Or(string(t.Attempt), "-"), t.Channel, t.Kind, t.State,
			t.Since.UTC().Format(time.RFC3339), cmp.Or(t.Why, "-"), cmp.Or(t.ProviderID, "-"))
	}
	_ = table.Flush() // as fmt.Fprint to the same place
	if len(list) == troublesShown {
		p.say("Only the latest %d are listed.", troublesShown)
	}
	p.say("")
	for _, line := range meanings(list) {
		p.say("%s", line)
	}
}

// meanings explains each state and each of Twilio's codes in the list once.
func meanings(list []store.Trouble) (lines []string) {
	for _, state := range checkins.MessageStates() {
		if slices.ContainsFunc(list, func(t store.Trouble) bool { return t.State == state }) {
			lines = append(lines, remedies[state])
		}
	}
	var codes []int
	for _, t := range list {
		if code, err := strconv.Atoi(t.Why); err == nil && t.Channel == checkins.SMS && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		lines = append(lines, fmt.Sprintf("code %d: %s", code, twilio.Lookup(code).Note))
	}
	return lines
}

// age is a duration as an operator reads it.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
