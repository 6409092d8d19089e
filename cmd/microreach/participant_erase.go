package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
)

func (p *program) participantExport() *cobra.Command {
	var asCSV bool
	c := &cobra.Command{
		Use:   "export ID",
		Short: "Write down everything that is kept of a person",
		Long: "Export writes everything that is kept of a person to standard output: every table, with what is sealed in the database in\n" +
			"plain text. Give it to nobody but them. Only keyed hashes, which say nothing, are left out. That you made the copy, and\n" +
			"when, is written down and stands in it.",
		Example: "  microreach participant export 0199d6c2-… > ada.json\n  microreach participant export 0199d6c2-… --csv > ada.csv",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			_, _, err = core.Disclose(c.Context(), checkins.Who{Participant: s.Participant.ID}, checkins.Disclosure{By: p.reader(), Of: checkins.DisclosedCopy})
			if err != nil {
				return errors.Join(err, core.Close())
			}
			write := core.ExportJSON
			if asCSV {
				write = core.ExportCSV
			}
			return errors.Join(write(c.Context(), s.Participant.ID, p.Out), core.Close())
		},
	}
	c.Flags().BoolVar(&asCSV, "csv", false, "as one CSV file for a spreadsheet: the tables below one another, each line beginning with its table")
	return c
}

func (p *program) participantErase() *cobra.Command {
	var yes, asked bool
	c := &cobra.Command{
		Use:   "erase ID",
		Short: "Erase everything that is kept of a person",
		Long: "Erase deletes every row about a person, for good, and takes the remains out of the database's files; texts that Twilio\n" +
			"still has are deleted there while the service runs. Two things stay, without a word and without the address: that an\n" +
			"address which said STOP stays silent, and that there was a consent, both by a keyed hash. Backups from before go on\n" +
			"holding the person until you delete them; restoring one erases them again, if microreach.stops is at hand.",
		Example: "  microreach participant export 0199d6c2-… > ada.json\n  microreach participant erase 0199d6c2-…",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			who, by := s.Participant.ID, checkins.ErasedByOperator
			if asked {
				by = checkins.ErasedByPerson
			}
			if !yes {
				err = p.confirm("erase", "This erases participant %s with %d plans and all that they wrote. There is no way back.", who, len(s.Plans))
			}
			if err == nil {
				err = core.Erase(c.Context(), who, by)
			}
			if err == nil {
				if err = core.Store.Scrub(c.Context()); err != nil {
					err = fmt.Errorf("they are erased, but remains may be left in the database's files; they go with the next tidying: %w", err)
				}
			}
			if err = errors.Join(err, core.Close()); err != nil {
				return err
			}
			p.say("Erased. What is left in older backups goes when you delete those.")
			return nil
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&asked, "asked", false, "they asked for it: all of their addresses stay silent, as if each had said STOP")
	return c
}

// confirm tells what is about to happen and wants word typed in before it does.
func (p *program) confirm(word, format string, args ...any) error {
	_, _ = fmt.Fprintf(p.Err, format+"\nType %s to go on: ", append(args, word)...)
	line, _ := bufio.NewReader(p.In).ReadString('\n') // what was read counts, and nothing else
	if file, is := p.In.(*os.File); !is || !isatty.IsTerminal(file.Fd()) {
		_, _ = fmt.Fprintln(p.Err)
	}
	if strings.TrimSpace(line) != word {
		return fmt.Errorf("nothing was done: the word %q was not typed (scripts: --yes)", word)
	}
	return nil
}

// errSilent is why somebody cannot be enrolled who is known by a keyed hash only.
var errSilent = errors.New("one of these addresses said STOP, or its owner had everything erased, so nothing may go there: " +
	"only they can end that, by texting START to your number (joining must be open), or take another address")
