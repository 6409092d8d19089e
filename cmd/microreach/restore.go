package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	encryption "filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// restoring is what the flags of restore say.
type restoring struct {
	identity, stops            string
	withoutStops, replace, yes bool
}

func (p *program) restoreCommand() *cobra.Command {
	var how restoring
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Bring back a backup; nothing is sent before microreach release",
		Long: "Restore reads a backup into the database of the configuration, which it makes where there is none. It needs the key file\n" +
			"of then, and microreach.stops, the list of who said STOP since: they are left alone, and who was erased is erased again.\n" +
			"What waited to be sent has expired, nothing that was due before is sent again, and nothing at all leaves until you have\n" +
			"looked: microreach release. The service must not run.",
		Example: "  microreach restore microreach-2026-03-01.backup\n  microreach restore old.backup --identity key.txt --stops /safe/microreach.stops",
		Args:    args(1, "the name of a backup"),
		RunE:    func(c *cobra.Command, a []string) error { return p.restore(c.Context(), a[0], how) },
	}
	f := c.Flags()
	f.StringVar(&how.identity, "identity", "", "the file with the private key, as age-keygen writes it (default: the passphrase of [backup])")
	f.StringVar(&how.stops, "stops", "", "the newest copy of the list of who must be left alone (default: backup.stops_file)")
	f.BoolVar(&how.withoutStops, "without-stops", false, "there is no such list: only Twilio's own list and the mailbox can tell who said STOP since")
	f.BoolVar(&how.replace, "replace", false, "take the place of a database that holds people already; who is silent there stays silent")
	f.BoolVar(&how.yes, "yes", false, "do not ask")
	return c
}

func (p *program) restore(ctx context.Context, path string, how restoring) error {
	cfg, err := loadConfig(p.configFile, p.Env)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	} else if info.IsDir() {
		return fmt.Errorf("read the backup: %s is a folder: name the file in it", path)
	}
	list, err := p.readStops(cfg, how)
	if err != nil {
		return err
	}
	if how.replace && !how.yes {
		if err := p.confirm("replace", "This puts the backup %s in the place of everything in the database.", path); err != nil {
			return err
		}
	}
	o, err := p.coreOptions(cfg, p.logger(cfg.Log))
	if err != nil {
		return err
	}
	o.Migrate = true
	core, err := service.OpenCore(ctx, o)
	if err != nil {
		return err
	}
	done, err := p.restoreInto(ctx, core, path, cfg, list, how)
	if errors.Is(err, store.ErrNotEmpty) {
		err = fmt.Errorf("%w: restore into an empty one, or give --replace", store.ErrNotEmpty)
	}
	if err == nil && cfg.Backup.StopsFile != "" {
		err = (&service.StopList{Path: cfg.Backup.StopsFile}).Update(ctx, core.Store)
	}
	if err = errors.Join(err, core.Close()); err != nil {
		return err
	}
	p.say("Restored the backup of %s: %d people, %d rows. %d messages that waited have expired.\n"+
		"Left alone since: %d addresses that fell silent after it, %d people who were erased after it.\n"+
		"Nothing is sent yet. Next: microreach serve (what came in meanwhile is fetched), then microreach release",
		done.At.Format(time.RFC3339), done.People, done.Rows, done.Expired, done.Stopped, done.Erased)
	return nil
}

// readStops reads who must be left alone.
func (p *program) readStops(cfg config, how restoring) ([]checkins.Stop, error) {
	if how.withoutStops {
		return nil, nil
	}
	path := how.stops
	if path == "" {
		path = cfg.Backup.StopsFile
	}
	list, unread, err := service.ReadStops(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no list %q of who said STOP after the backup: bring back its newest copy, or name it with --stops. "+
			"Where it is lost, --without-stops goes on without; then run serve for some minutes before release, so that Twilio's list is read", path)
	}
	if unread > 0 {
		_, _ = fmt.Fprintf(p.Err, "microreach: %d lines of %s cannot be read and are passed over\n", unread, path)
	}
	return list, err
}

// restoreInto reads a backup into a database that nobody serves.
func (p *program) restoreInto(ctx context.Context, core *service.Core, path string, cfg config, list []checkins.Stop, how restoring) (store.Restored, error) {
	s := core.Store
	release, err := s.Serve(ctx)
	if err != nil {
		return store.Restored{}, err
	}
	defer release()
	if running, err := p.serving(ctx, s); err != nil || running {
		return store.Restored{}, errors.Join(err, errors.New("a service seems to run on this database (it planned within the last minute): stop it, and wait a minute"))
	}
	f, err := os.Open(path)
	if err != nil {
		return store.Restored{}, fmt.Errorf("read the backup: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	plain, err := decrypted(f, cfg.Backup, how.identity)
	if err != nil {
		return store.Restored{}, fmt.Errorf("read the backup %s: %w", path, err)
	}
	steps := 0
	done, err := s.Load(ctx, plain, store.Restoring{Stops: list, Replace: how.replace, Decide: core.House.Restored, Step: p.progress(&steps)}, p.Now())
	if err != nil {
		err = fmt.Errorf("%w; nothing was changed in the database", err)
	}
	return done, err
}

// decrypted opens a backup.
func decrypted(f io.Reader, c backupConfig, identity string) (io.Reader, error) {
	var with []encryption.Identity
	switch {
	case identity != "":
		raw, err := os.Open(identity)
		if err != nil {
			return nil, err
		}
		defer func() { _ = raw.Close() }() // it was only read
		if with, err = encryption.ParseIdentities(raw); err != nil {
			return nil, fmt.Errorf("%s holds no private key as age-keygen writes it", identity)
		}
	case c.Passphrase.set():
		i, err := encryption.NewScryptIdentity(c.Passphrase.reveal())
		if err != nil {
			return nil, err
		}
		with = append(with, i)
	default:
		return nil, errors.New("nothing says how to open it: give --identity FILE, or set backup.passphrase_file")
	}
	sealed, err := encryption.Decrypt(bufio.NewReaderSize(f, 256<<10), with...)
	var wrong *encryption.NoIdentityMatchError
	switch {
	case errors.As(err, &wrong):
		return nil, errors.New("this key or passphrase does not open it: it was encrypted for another one")
	case err != nil:
		return nil, fmt.Errorf("it is not encrypted with age, or damaged: %w", err)
	}
	unpacked, err := gzip.NewReader(whole{sealed})
	if err != nil {
		return nil, err
	}
	return unpacked, nil
}

// whole reads what is encrypted, and says in plain words where it breaks off: every
// piece of it is sealed.
type whole struct{ io.Reader }

// Read implements io.Reader.
func (w whole) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("the file is cut short or damaged: take another copy of it, or an older backup (%w)", err)
	}
	return n, err
}
