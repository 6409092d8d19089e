package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins/vault"
)

// firstConfig is the configuration that init writes: only what has to be
// filled in. Everything else has a default, told in config.example.toml.
const firstConfig = `# Microreach. Every key with its default: config.example.toml in the source.

[programme]
name = "Microreach"          # who writes, at the head of every text
# public_url = "https://reach.example.org"
# contact = "you@example.org"
# zone = "America/New_York"   # of people whose own zone is not given
country = "US"

[twilio]                     # texts; leave account_sid out for mail only
# account_sid = "AC…"
# auth_token_file = "twilio-token"
# from = "+1…"

[smtp]                       # mail; leave host out for texts only
# host = "smtp.example.org"
# username = "reach@example.org"
# password_file = "smtp-password"
# from = "reach@example.org"

[imap]                       # how answers to mails come in: out of that mailbox
# host = "imap.example.org"

[inbound_mail]               # or: handed on by a mail server of your own
# listen = "127.0.0.1:2525"
`

func (p *program) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Make a configuration, the keys and the database",
		Long: "Init writes microreach.toml where there is none, makes the key file, and makes the database. What is there already is\n" +
			"left as it is, so it may be run again.",
		Example: "  microreach init",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := p.initConfig(); err != nil {
				return err
			}
			cfg, err := loadConfig(p.configFile, p.Env)
			if err != nil {
				return err
			}
			if err := p.initKeys(cfg.Keys.File); err != nil {
				return err
			}
			v, err := vault.OpenFile(cfg.Keys.File)
			if err != nil {
				return err
			}
			if _, err := p.migrate(c.Context(), cfg, v); err != nil {
				return err
			}
			p.say("The database is ready.\n\nNext: fill in [twilio] or [smtp] in %s, then\n  microreach participant add --help\n  microreach serve", cfg.File)
			return nil
		},
	}
}

// initConfig writes a configuration file where there is none.
func (p *program) initConfig() error {
	path := p.configFile
	if path == "" {
		path = "microreach.toml"
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		p.say("%s is there already and stays as it is.", path)
		return nil
	}
	if err != nil {
		return fmt.Errorf("make a configuration: %w", err)
	}
	_, err = f.WriteString(firstConfig)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("make a configuration: %w", err)
	}
	p.say("Wrote %s.", path)
	return nil
}

// initKeys makes the key file where there is none.
func (p *program) initKeys(path string) error {
	if _, err := os.Stat(path); err == nil {
		p.say("%s is there already and stays as it is.", path)
		return nil
	}
	if err := vault.CreateFile(path); err != nil {
		return err
	}
	p.say("Made %s. It opens everything that people wrote: without it the database cannot be read,\n"+
		"by you or by anybody, ever again. Keep a copy of it somewhere safe, apart from the database's backups.", path)
	return nil
}
