package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "migrate",
		Short:   "Make the database, or bring it up to date",
		Long:    "Migrate brings the schema of the database up to date. Make a backup first: there is no way back.",
		Example: "  microreach migrate",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(p.configFile, p.Env)
			if err != nil {
				return err
			}
			v, err := vault.OpenFile(cfg.Keys.File)
			if err != nil {
				return err
			}
			n, err := p.migrate(c.Context(), cfg, v)
			if err != nil {
				return err
			}
			if n == 0 {
				p.say("The database is up to date. Next: microreach serve")
				return nil
			}
			p.say("The database is up to date: %d migrations applied. Next: microreach serve", n)
			return nil
		},
	}
}

// migrate returns how many migrations it applied.
func (p *program) migrate(ctx context.Context, cfg config, v *vault.Vault) (n int, err error) {
	s, err := store.Open(ctx, store.Options{URL: cfg.Database.URL.reveal(), Vault: v, NewID: p.NewID})
	if err != nil {
		return 0, err
	}
	applied, err := s.Migrate(ctx)
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	return len(applied), err
}
