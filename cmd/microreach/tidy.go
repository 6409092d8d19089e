package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (p *program) tidyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tidy",
		Short: "Remove what is older than it is kept",
		Long: "Tidy removes what is older than [retention] says: the words of what came in and went out, notes, old deliveries, proofs. A\n" +
			"running service does this by itself once a day; it may be interrupted at any point and run again.",
		Example: "  microreach tidy",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			core, cfg, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			steps := 0
			rows, err := core.Tidy(c.Context(), cfg.Retention.keep(), p.progress(&steps))
			if err = errors.Join(err, core.Close()); err != nil {
				return err
			}
			p.say("Tidied up: %d rows were too old. Next: microreach serve does it every day", rows)
			return nil
		},
	}
}
