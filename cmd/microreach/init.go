package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) initCommand() *cobra.Command {
	var s setup
	var n newcomer
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a configuration, the keys and the database, and enrol a first person",
		Long: "Init asks a few questions, or takes their answers from flags; then it writes microreach.toml, makes the key file and the\n" +
			"database, and enrols a first person if one is named. What is there already is left as it is, so it may be run again.\n" +
			"Passwords are never flags: they are asked for, or you put them into the files that it names.",
		Example: "  microreach init\n" +
			"  microreach init --mail fastmail --mailbox you@fastmail.com --zone America/New_York --name Ada --email ada@example.org\n" +
			"  microreach init --mail none --twilio AC… --twilio-number +12025550147 --zone America/Chicago --sms +13125550147",
		Args: args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			given := slices.ContainsFunc(setupFlags, c.Flags().Changed)
			return p.init(c.Context(), s, n, given)
		},
	}
	f := c.Flags()
	s.flags(f)
	f.StringVar(&s.zone, "zone", "", "the time zone of the programme, such as America/New_York")
	f.StringVar(&n.name, "name", "", "the first person: what they want to be called")
	f.StringVar(&n.sms, "sms", "", "their number for texts, such as +12125550147")
	f.StringVar(&n.email, "email", "", "their mailbox")
	n.planFlags(f)
	return c
}

// init makes what is missing. given says that flags tell the set-up.
func (p *program) init(ctx context.Context, s setup, n newcomer, given bool) error {
	path := cmp.Or(p.configFile, defaultConfigPath)
	var todo []string
	switch there := exists(path); {
	case there && given:
		p.say("%s is there already and stays as it is: what the flags say of it is not used; change it in the file.", path)
	case there:
		p.say("%s is there already and stays as it is.", path)
	default:
		var err error
		if todo, err = p.initConfig(path, &s, &n, given); err != nil {
			return err
		}
	}
	cfg, err := p.configToBe(path)
	if err != nil {
		return err
	}
	if len(todo) == 0 {
		todo = p.secretsToFill(path)
	}
	if err := p.initKeys(ctx, cfg); err != nil {
		return err
	}
	if err := p.initDatabase(ctx, cfg); err != nil {
		return err
	}
	if n.sms != "" || n.email != "" {
		if err := p.initPerson(ctx, cfg, n); err != nil {
			return err
		}
	}
	p.sayNext(cfg, todo)
	return nil
}

// sayNext ends with what is still to do.
func (p *program) sayNext(cfg config, todo []string) {
	if len(todo) > 0 {
		p.say("\nStill to do:")
		for _, t := range todo {
			p.say("  - %s", t)
		}
	}
	if !cfg.Twilio.enabled() && !cfg.SMTP.enabled() {
		p.say("\nNeither texts nor mail are set up yet. Next: fill in [twilio] or [smtp] in %s, then\n  microreach doctor", cmp.Or(cfg.File, defaultConfigPath))
		return
	}
	p.say("\nNext: microreach doctor (looks whether all of it works), then microreach serve")
}

// initConfig writes the configuration and the files for its secrets, once all of it
// is known to be right. todo is what the operator has to add.
func (p *program) initConfig(path string, s *setup, n *newcomer, given bool) (todo []string, err error) {
	if !given {
		if err := p.questions(s, n); err != nil {
			return nil, err
		}
	}
	s.country = cmp.Or(s.country, countryOfZone(s.zone))
	if err := s.complete(); err != nil {
		return nil, err
	}
	text := s.text()
	if _, err := parseConfig([]byte(text), configFile{path: path}, p.Env); err != nil && !awaitsSecrets(err) {
		return nil, usage("this would be no good configuration, and nothing was written:\n%w", besidesSecrets(err))
	}
	for _, f := range s.secretFiles() {
		missing, err := f.write()
		if err != nil {
			return nil, err
		}
		if missing != "" {
			todo = append(todo, missing)
		}
	}
	if err := writeNew(path, text); err != nil {
		return nil, err
	}
	p.say("Wrote %s.", path)
	return todo, nil
}

// writeNew writes a file that is not there yet, for its owner alone.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make a configuration: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("make a configuration: %w", err)
	}
	return nil
}

// awaitsSecrets reports whether all that is wrong with a configuration is that the
// files for its secrets are not filled yet.
func awaitsSecrets(err error) bool {
	var list *configError
	return errors.As(err, &list) && !slices.ContainsFunc(list.mistakes, func(m mistake) bool { return !m.awaitsSecret })
}

// besidesSecrets is what is wrong besides that: init makes those files itself.
func besidesSecrets(err error) error {
	var list *configError
	if !errors.As(err, &list) {
		return err
	}
	return &configError{mistakes: slices.DeleteFunc(slices.Clone(list.mistakes), func(m mistake) bool { return m.awaitsSecret })}
}

// secretsToFill says which files for secrets a configuration still waits for.
func (p *program) secretsToFill(path string) (todo []string) {
	text, file, err := readConfigFile(path)
	if err != nil {
		return nil
	}
	_, err = parseConfig(text, file, p.Env)
	for _, m := range mistakesOf(err) {
		if m.awaitsSecret {
			todo = append(todo, m.String())
		}
	}
	return todo
}

// configToBe is the configuration, as it will be once its secrets are there.
func (p *program) configToBe(path string) (config, error) {
	text, file, err := readConfigFile(path)
	if err != nil {
		return config{}, err
	}
	cfg, err := parseConfig(text, file, p.Env)
	if err != nil && !awaitsSecrets(err) {
		return config{}, err
	}
	return cfg, nil
}

// initKeys makes the key file where there is none.
func (p *program) initKeys(ctx context.Context, cfg config) error {
	path := cfg.Keys.File
	if exists(path) {
		p.say("%s is there already and stays as it is.", path)
		return nil
	}
	people, err := p.holdsPeople(ctx, cfg)
	if err != nil {
		return err
	}
	if people {
		return fmt.Errorf("there is no key file %s, but the database holds people who were sealed with one: bring it back from its safe copy; new keys cannot open them", path)
	}
	if err := vault.CreateFile(path); err != nil {
		return err
	}
	p.say("Made %s. It opens everything that people wrote: without it the database cannot be read,\n"+
		"by you or by anybody, ever again. Keep a copy of it somewhere safe, apart from the database's backups.", path)
	return nil
}

// holdsPeople reports whether somebody is enrolled already. Ids are not sealed, so
// any keys will do to count them.
func (p *program) holdsPeople(ctx context.Context, cfg config) (bool, error) {
	s, err := store.Open(ctx, store.Options{URL: cfg.Database.URL.reveal(), Vault: vault.Ephemeral(), NewID: p.NewID})
	if err != nil {
		return false, err
	}
	defer func() { _ = s.Close() }() // it only read
	if err := s.CheckSchema(ctx); errors.Is(err, store.ErrOldSchema) {
		return false, nil // an older version leaves its keys beside it; an empty one has none
	} else if err != nil {
		return false, err
	}
	ids, err := s.People(ctx, 1, 0)
	return len(ids) > 0, err
}

// initDatabase makes the database, or brings it up to date. A file is its owner's
// alone: states and dates stand in it in the clear.
func (p *program) initDatabase(ctx context.Context, cfg config) error {
	v, err := vault.OpenFile(cfg.Keys.File)
	if err != nil {
		return err
	}
	if _, err := p.migrate(ctx, cfg, v); err != nil {
		return err
	}
	p.say("The database is ready.")
	return nil
}

// initPerson enrols the first person, unless they are enrolled already.
func (p *program) initPerson(ctx context.Context, cfg config, n newcomer) error {
	o, err := p.coreOptions(cfg, p.logger(cfg.Log))
	if err != nil {
		return err
	}
	core, err := service.OpenCore(ctx, o)
	if err != nil {
		return err
	}
	en, err := p.enrolment(n, cfg, core)
	if err == nil {
		err = core.Enrol(ctx, en)
	}
	who := cmp.Or(n.name, strings.Trim(n.sms+" "+n.email, " "))
	switch err = errors.Join(err, core.Close()); {
	case errors.Is(err, checkins.ErrDuplicate):
		p.say("%s is enrolled already and stays as they are.", who)
		return nil
	case err != nil:
		return fmt.Errorf("all is made but the first person is not enrolled; run init again, or microreach participant add: %w", err)
	}
	p.say("Enrolled %s as %s. The question whether they want this goes out as soon as the service runs, and nothing else\nbefore it is answered with YES.", who, en.Participant.ID)
	return nil
}
