package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/cmd/microreach/demo"
)

func (p *program) demoCommand() *cobra.Command {
	var listen string
	var duration time.Duration
	var speed float64
	c := &cobra.Command{
		Use:   "demo",
		Short: "Try the whole service, with a phone and a mailbox on a page",
		Long: "Demo runs the whole service on a throwaway database, with a stand-in for Twilio and for a mail server on this\n" +
			"machine, and a clock that can be put forward. Nothing leaves the machine and nothing is kept.\n\n" +
			"With --for it opens no page: it plays a conversation, prints each step and then the records.",
		Example: "  microreach demo\n  microreach demo --for 20s",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if speed <= 0 {
				return usage("--speed %g: it must be above 0; 1 is real time, 3600 an hour a second", speed)
			}
			o := demo.Options{Real: p.Now, NewID: p.NewID, NewToken: p.NewToken, NewCode: p.NewCode, Log: slog.New(slog.DiscardHandler)}
			if c.Flags().Changed("for") {
				if duration <= 0 {
					return usage("--for %s: write a time above zero, such as 20s", duration)
				}
				return demo.Play(c.Context(), p.Out, o, duration, speed)
			}
			return demo.Serve(c.Context(), p.Out, o, listen, speed)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8025", "where the page is shown")
	c.Flags().DurationVar(&duration, "for", 0, "play a conversation without a page for this long, such as 20s")
	c.Flags().Float64Var(&speed, "speed", 3600, "how fast the clock runs when it runs fast: virtual seconds in a second")
	return c
}
