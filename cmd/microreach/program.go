package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// program is what a run of the command takes from the outside world.
type program struct {
	Now      func() time.Time
	NewID    func() string
	NewToken func() string // for a link: nobody can guess it
	NewCode  func() string // six digits that open somebody's journal
	Env      func(string) (string, bool)
	In       io.Reader
	Out      io.Writer
	Err      io.Writer
	Zone     string // of this machine; empty = not known
	User     string // who runs the program; empty = not known

	TLS       *tls.Config                                     // by which servers are trusted; nil = by the system's roots
	LookupTXT func(context.Context, string) ([]string, error) // nil = by the system's DNS

	configFile string
}

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage makes an error of how the command was called.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs one command line and returns its exit code.
func run(ctx context.Context, p program, args []string) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	err := execute(ctx, root)
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintf(p.Err, "microreach: %v\n", err)
	var bad usageError
	if errors.As(err, &bad) || isCobraUsage(err) {
		return exitUsage
	}
	return exitFailure
}

// execute runs the command. A panic is an error of it, without what it was about.
func execute(ctx context.Context, root *cobra.Command) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = checkins.Panicked(p)
		}
	}()
	return root.ExecuteContext(ctx)
}

// isCobraUsage knows the two mistakes that the library reports as plain text.
func isCobraUsage(err error) bool {
	return strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag")
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "microreach",
		Short: "Small acts of connection, at the pace that people set themselves",
		Long: "Microreach sends opted-in adults the small acts of connection and journaling prompts that they chose,\n" +
			"by text or by mail, and keeps what they answer in a database of your own.",
		Example:       "  microreach demo\n  microreach init\n  microreach serve",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&p.configFile, "config", "", "configuration file (default microreach.toml)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(p.demoCommand(), p.initCommand(), p.doctorCommand(), p.migrateCommand(), p.serveCommand(), p.participantCommand(), p.planCommand(),
		p.sendCommand(), p.outboxCommand(), p.keysCommand(), p.backupCommand(), p.restoreCommand(), p.releaseCommand(), p.tidyCommand(), p.breachCommand(), p.kitCommand(), p.tryCommand())
	return root
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage("unknown command %q: see microreach %s --help", args[0], c.Name())
		}
		return nil
	}, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(commands...)
	return c
}

// args checks the number of arguments.
func args(want int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		if len(got) != want {
			return usage("%s takes %s; it was given %d arguments: see microreach %s --help", c.CommandPath(), names, len(got), strings.TrimPrefix(c.CommandPath(), "microreach "))
		}
		return nil
	}
}

// logger writes to stderr: text on a terminal, JSON otherwise.
func (p *program) logger(c logConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if p.plainLog(c) {
		return service.Masked(slog.New(slog.NewTextHandler(p.Err, options)))
	}
	return service.Masked(slog.New(slog.NewJSONHandler(p.Err, options)))
}

// plainLog reports whether the log is for people to read.
func (p *program) plainLog(c logConfig) bool {
	file, isFile := p.Err.(*os.File)
	return c.Format == "text" || c.Format == "auto" && isFile && isatty.IsTerminal(file.Fd())
}

func (p *program) say(format string, args ...any) { _, _ = fmt.Fprintf(p.Out, format+"\n", args...) }
