package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) keysCommand() *cobra.Command {
	return group("keys", "See, rotate and retire the keys that seal the database", p.keysList(), p.keysAdd(), p.keysRotate(), p.keysRetire())
}

// keyring is an open database with its key file.
type keyring struct {
	*store.Store
	vault *vault.Vault
	file  string
}

// openKeys opens the database of the configuration, and its key file beside it.
func (p *program) openKeys(ctx context.Context) (keyring, error) {
	cfg, err := loadConfig(p.configFile, p.Env)
	if err != nil {
		return keyring{}, err
	}
	v, err := vault.OpenFile(cfg.Keys.File)
	if err != nil {
		return keyring{}, err
	}
	s, err := store.Open(ctx, store.Options{URL: cfg.Database.URL.reveal(), Vault: v, NewID: p.NewID})
	if err != nil {
		return keyring{}, err
	}
	if err := s.CheckSchema(ctx); err != nil {
		return keyring{}, errors.Join(err, s.Close())
	}
	return keyring{s, v, cfg.Keys.File}, nil
}

func (p *program) keysList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the keys by their ids, and how many values each has sealed",
		Long:    "List shows the ids of the keys in the key file, which one seals, and how many values of the database need each. No key is shown.",
		Example: "  microreach keys list",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := p.openKeys(c.Context())
			if err != nil {
				return err
			}
			return errors.Join(p.listKeys(c.Context(), k), k.Close())
		},
	}
}

func (p *program) listKeys(ctx context.Context, k keyring) error {
	ids, current, err := vault.Keys(k.file)
	if err != nil {
		return err
	}
	counts, err := k.SealedBy(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tVALUES\t")
	for _, id := range ids {
		note := ""
		if id == current {
			note = "seals"
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\n", id, counts[id], note)
		delete(counts, id)
	}
	for id, n := range counts {
		_, _ = fmt.Fprintf(table, "%s\t%d\tNOT IN THE KEY FILE: bring back the copy of %s that holds it\n", id, n, k.file)
	}
	return table.Flush()
}

func (p *program) keysAdd() *cobra.Command {
	return &cobra.Command{
		Use:   "add",
		Short: "Add a key to the key file, to be used by the next rotation",
		Long: "Add puts a new key into the key file, and seals nothing with it yet. It is needed only where several machines share one\n" +
			"database: add the key, bring the file to each of them, and then rotate. On one machine, rotate alone does it all.",
		Example: "  microreach keys add",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.changingKeys(c.Context(), func(k keyring) error {
				id, err := vault.AddKey(k.file)
				if err != nil {
					return err
				}
				p.say("Added key %s to %s. Next: bring the file to every machine that serves this database, then microreach keys rotate", id, k.file)
				return nil
			})
		},
	}
}

// changingKeys does something that only one process may do at a time.
func (p *program) changingKeys(ctx context.Context, do func(keyring) error) error {
	k, err := p.openKeys(ctx)
	if err != nil {
		return err
	}
	release, ok, err := k.LockKeys(ctx)
	if err == nil && !ok {
		err = errors.New("another microreach keys works on this database: let it end first")
	}
	if err != nil {
		return errors.Join(err, k.Close())
	}
	defer release()
	return errors.Join(do(k), k.Close())
}

func (p *program) keysRotate() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Seal everything with a new key",
		Long: "Rotate adds a key to the key file (or takes the one that keys add left there), lets it seal, and seals every value of the\n" +
			"database anew. The service may run meanwhile. It may be interrupted at any point: run it again and it goes on where it\n" +
			"was. The old key stays in the file, because older backups need it; keys retire takes it out.",
		Example: "  microreach keys rotate",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.changingKeys(c.Context(), func(k keyring) error { return p.rotate(c.Context(), k) })
		},
	}
}

func (p *program) rotate(ctx context.Context, k keyring) error {
	id, err := p.nextKey(ctx, k)
	if err != nil {
		return err
	}
	if _, err := k.vault.Reload(); err != nil {
		return err
	}
	if err := p.resealAll(ctx, k, id); err != nil {
		return err
	}
	p.say("Everything is sealed with key %s. The old keys stay in %s for your older backups.\n"+
		"Next: keep a fresh copy of %s somewhere safe; and once no backup needs an old key any more: microreach keys retire ID", id, k.file, k.file)
	return nil
}

// nextKey is the key that everything is to be sealed with: that of a rotation
// which was interrupted, else the one that was added for this, else a new one.
func (p *program) nextKey(ctx context.Context, k keyring) (string, error) {
	ids, current, err := vault.Keys(k.file)
	if err != nil {
		return "", err
	}
	counts, err := k.SealedBy(ctx)
	if err != nil {
		return "", err
	}
	if counts[""] > 0 {
		return "", fmt.Errorf("%d values in sealed columns are not sealed: somebody else wrote into this database; bring back a backup", counts[""])
	}
	for _, id := range ids {
		if id != current && counts[id] > 0 {
			p.say("A rotation to key %s was interrupted; it goes on.", current)
			return current, nil
		}
	}
	id := ids[len(ids)-1]
	if i := slices.Index(ids, current); i == len(ids)-1 {
		if id, err = vault.AddKey(k.file); err != nil {
			return "", err
		}
	}
	return id, vault.UseKey(k.file, id)
}

// resealAll seals anew until no value needs another key than id. A service that
// runs may seal with the old key for some seconds more, until it has seen the file.
func (p *program) resealAll(ctx context.Context, k keyring, id string) error {
	running, err := p.serving(ctx, k.Store)
	if err != nil {
		return err
	}
	steps, waited := 0, !running
	for {
		_, err := k.Reseal(ctx, p.progress(&steps))
		if err != nil {
			return fmt.Errorf("the rotation is not finished; run it again, and it goes on: %w", err)
		}
		counts, err := k.SealedBy(ctx)
		if err != nil {
			return err
		}
		switch {
		case len(counts) > 1 || len(counts) == 1 && counts[id] == 0:
		case waited:
			return nil
		default:
			waited = true
			if err := pause(ctx, 2*service.KeysEvery); err != nil {
				return fmt.Errorf("the rotation is not finished; run it again, and it goes on: %w", err)
			}
		}
	}
}

// pause waits, or ends with ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serving reports whether a service seems to run on the database: it planned a
// moment ago.
func (p *program) serving(ctx context.Context, s *store.Store) (bool, error) {
	last, err := s.LastBeat(ctx, service.AliveRound)
	return !last.IsZero() && p.Now().Sub(last).Abs() < time.Minute, err
}

func (p *program) keysRetire() *cobra.Command {
	return &cobra.Command{
		Use:   "retire ID",
		Short: "Take an old key out of the key file",
		Long: "Retire removes a key that no value of the database needs any more. Backups from before the rotation cannot be read without\n" +
			"it: retire it once they are deleted.",
		Example: "  microreach keys list\n  microreach keys retire 5b0c2e91",
		Args:    args(1, "the id of a key"),
		RunE: func(c *cobra.Command, a []string) error {
			return p.changingKeys(c.Context(), func(k keyring) error {
				counts, err := k.SealedBy(c.Context())
				if err != nil {
					return err
				}
				if n := counts[a[0]]; n > 0 {
					return fmt.Errorf("%d values are still sealed with key %s: run microreach keys rotate first", n, a[0])
				}
				if err := vault.RemoveKey(k.file, a[0]); err != nil {
					return err
				}
				p.say("Key %s is out of %s. What only it can open, such as older backups, stays closed.", a[0], k.file)
				return nil
			})
		},
	}
}
