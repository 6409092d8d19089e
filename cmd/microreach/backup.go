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
	"path/filepath"

	encryption "filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) backupCommand() *cobra.Command {
	var recipients []string
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write an encrypted backup while the service runs",
		Long: "Backup writes the whole database, as of one moment, into a new file, encrypted with age by the recipients or the passphrase\n" +
			"of [backup] in the configuration. It may run while the service does. The file is the same for SQLite and PostgreSQL, so\n" +
			"that either can be restored into the other. It does not hold the key file: keep that apart, and microreach.stops with it.",
		Example: "  microreach backup microreach-$(date +%F).backup\n  microreach backup today.backup --recipient age1…",
		Args:    args(1, "the name of a file to write"),
		RunE: func(c *cobra.Command, a []string) error {
			return p.backup(c.Context(), a[0], recipients)
		},
	}
	c.Flags().StringSliceVar(&recipients, "recipient", nil, "who may open it, such as age1…, instead of backup.recipients; may be given several times")
	return c
}

func (p *program) backup(ctx context.Context, path string, recipients []string) error {
	cfg, err := loadConfig(p.configFile, p.Env)
	if err != nil {
		return err
	}
	if len(recipients) > 0 {
		cfg.Backup.Recipients = recipients
	}
	to, err := openers(cfg.Backup)
	if err != nil {
		return err
	}
	k, err := p.openKeys(ctx)
	if err != nil {
		return err
	}
	rows, err := p.writeBackup(ctx, k, path, to)
	if err == nil && cfg.Backup.StopsFile != "" {
		err = (&service.StopList{Path: cfg.Backup.StopsFile}).Update(ctx, k.Store)
	}
	if err = errors.Join(err, k.Close()); err != nil {
		return err
	}
	p.say("Wrote %s with %d rows. It opens with the key of [backup] and with %s: keep both apart from it.\n"+
		"Next: copy it to another place, with %s beside it, and try once whether restore takes it.", path, rows, cfg.Keys.File, cfg.Backup.StopsFile)
	return nil
}

// openers are who can open a backup.
func openers(c backupConfig) ([]encryption.Recipient, error) {
	if problem := recipientsProblem(c.Recipients); problem != "" {
		return nil, usage("--recipient: %s", problem)
	}
	var list []encryption.Recipient
	for _, text := range c.Recipients {
		r, err := encryption.ParseX25519Recipient(text)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if len(list) > 0 {
		return list, nil
	}
	if !c.Passphrase.set() {
		return nil, errors.New("a backup is always encrypted, and nothing says for whom: set backup.recipients or backup.passphrase_file, or give --recipient age1…")
	}
	r, err := encryption.NewScryptRecipient(c.Passphrase.reveal())
	return []encryption.Recipient{r}, err
}

// writeBackup writes the file under another name first, so that a file of that
// name is always whole.
func (p *program) writeBackup(ctx context.Context, k keyring, path string, to []encryption.Recipient) (rows int, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("there is a file %s already, and a backup replaces none: name another", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part") // of its own: two may run at once
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("there is no folder %s to write the backup into: make it first", filepath.Dir(path))
	}
	if err != nil {
		return 0, fmt.Errorf("write a backup: %w", err)
	}
	part := f.Name()
	rows, err = p.encrypted(ctx, k, f, to)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = renameNew(part, path)
	}
	if err != nil {
		_ = os.Remove(part) // it is of no use
		return 0, fmt.Errorf("write a backup: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return rows, err
	}
	return rows, errors.Join(dir.Sync(), dir.Close())
}

// renameNew gives the file its name, unless another one got it meanwhile.
func renameNew(part, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("another backup called %s was written meanwhile, and stays", path)
	}
	return os.Rename(part, path)
}

// encrypted writes the dump through compression and encryption.
func (p *program) encrypted(ctx context.Context, k keyring, f io.Writer, to []encryption.Recipient) (int, error) {
	buffered := bufio.NewWriterSize(f, 256<<10)
	sealed, err := encryption.Encrypt(buffered, to...)
	if err != nil {
		return 0, err
	}
	packed := gzip.NewWriter(sealed)
	steps := 0
	rows, err := k.Dump(ctx, packed, p.Now(), p.progress(&steps))
	if err != nil {
		return 0, err
	}
	return rows, errors.Join(packed.Close(), sealed.Close(), buffered.Flush())
}
