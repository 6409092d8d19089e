package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) participantImport() *cobra.Command {
	var try bool
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Enrol many people who agreed to be asked, from a CSV file",
		Long: "Import enrols one person for each line of a CSV file, as participant add does: each address gets one question, and nothing\n" +
			"else before it is answered with YES. The first line names the columns, by the flags of participant add: name, sms, email,\n" +
			"zone, region, pace, days, at, practices, plan, because, acks, keep, discreet (yes or no). A line with a mistake is told and\n" +
			"left out; the others are enrolled. Who is enrolled already is left as they are, so the same file may be imported again.",
		Example: "  microreach participant import people.csv --try\n  microreach participant import people.csv",
		Args:    args(1, "one FILE"),
		RunE: func(c *cobra.Command, a []string) error {
			raw, err := os.Open(a[0])
			if err != nil {
				return fmt.Errorf("read the list: %w", err)
			}
			defer func() { _ = raw.Close() }() // it was only read
			core, cfg, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			im := importer{program: p, core: core, cfg: cfg, name: a[0], try: try}
			return errors.Join(im.run(c, raw), core.Close())
		},
	}
	c.Flags().BoolVar(&try, "try", false, "only say what is wrong with the file; enrol nobody")
	return c
}

// importer enrols the people of one file.
type importer struct {
	*program
	core                   *service.Core
	cfg                    config
	name                   string
	try                    bool
	enrolled, known, wrong int
}

// columns are the names that the first line may hold, each with where its value
// goes.
var columns = map[string]func(*newcomer, string) error{
	"name":      func(n *newcomer, v string) error { n.name = v; return nil },
	"sms":       func(n *newcomer, v string) error { n.sms = v; return nil },
	"email":     func(n *newcomer, v string) error { n.email = v; return nil },
	"zone":      func(n *newcomer, v string) error { n.zone = v; return nil },
	"region":    func(n *newcomer, v string) error { n.region = v; return nil },
	"days":      func(n *newcomer, v string) error { n.days = v; return nil },
	"plan":      func(n *newcomer, v string) error { n.tap = v; return nil },
	"because":   func(n *newcomer, v string) error { n.because = v; return nil },
	"acks":      func(n *newcomer, v string) error { n.acks = v; return nil },
	"keep":      func(n *newcomer, v string) error { n.keep = v; return nil },
	"pace":      func(n *newcomer, v string) error { n.pace = orElse(v, n.pace); return nil },
	"practices": func(n *newcomer, v string) error { n.practices = orElse(v, n.practices); return nil },
	"at": func(n *newcomer, v string) error {
		n.at = strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
		return nil
	},
	"discreet": func(n *newcomer, v string) error {
		if !slices.Contains([]string{"", "yes", "no"}, strings.ToLower(v)) {
			return usage("discreet %q: write yes or no", v)
		}
		n.discreet = strings.EqualFold(v, "yes")
		return nil
	},
}

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

func (im *importer) run(c *cobra.Command, raw io.Reader) error {
	rows := csv.NewReader(raw)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return fmt.Errorf("%s: its first line cannot be read as the names of the columns: %w", im.name, err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
		if _, ok := columns[head[i]]; !ok {
			return fmt.Errorf("%s:1: there is no column %q; see microreach participant import --help for their names", im.name, head[i])
		}
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		line, _ := rows.FieldPos(0)
		if err == nil {
			err = im.person(c, head, row)
		}
		switch {
		case errors.Is(err, checkins.ErrDuplicate):
			im.known++
		case err != nil:
			im.wrong++
			im.say("%s:%d: %s", im.name, line, err)
		default:
			im.enrolled++
		}
	}
	return im.sum()
}

func (im *importer) person(c *cobra.Command, head, row []string) error {
	n := newcomer{pace: "1/week", practices: defaultPractices}
	for i, value := range row {
		if err := columns[head[i]](&n, strings.TrimSpace(value)); err != nil {
			return err
		}
	}
	en, err := im.enrolment(n, im.cfg, im.core)
	if err != nil || im.try {
		return err
	}
	return im.core.Enrol(c.Context(), en)
}

// sum tells what came of it.
func (im *importer) sum() error {
	did := "enrolled"
	if im.try {
		did = "good"
	}
	im.say("%d %s, %d enrolled before, %d to mend.", im.enrolled, did, im.known, im.wrong)
	if im.wrong > 0 {
		return fmt.Errorf("%s: %d lines to mend; the others are done, and importing the file again leaves them as they are", im.name, im.wrong)
	}
	im.say("Next: microreach participant list")
	return nil
}
