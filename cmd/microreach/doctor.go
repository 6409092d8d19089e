package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// A level is how a check came out.
type level string

const (
	fine    level = "ok"
	warning level = "warning"
	failed  level = "failed"
)

// A finding is one line of doctor. It holds no secret, number or mailbox of anybody
// but the operator.
type finding struct {
	Check string `json:"check"`
	Level level  `json:"level"`
	Text  string `json:"text"`
	Mend  string `json:"mend,omitempty"` // what to do about it; with every level but ok
}

func ok(format string, args ...any) []finding {
	return []finding{{Level: fine, Text: fmt.Sprintf(format, args...)}}
}

func warn(mend, format string, args ...any) []finding {
	return []finding{{Level: warning, Text: fmt.Sprintf(format, args...), Mend: mend}}
}

func fail(mend, format string, args ...any) []finding {
	return []finding{{Level: failed, Text: fmt.Sprintf(format, args...), Mend: mend}}
}

// told takes a sentence of the form "what is wrong; what to do" apart.
func told(l level, text, otherwise string) finding {
	what, mend, parted := strings.Cut(text, "; ")
	if !parted {
		mend = otherwise
	}
	return finding{Level: l, Text: what, Mend: mend}
}

// A check looks at one thing. What it looks at may be missing because something
// before it failed: then it finds nothing, for that has been said.
type check struct {
	name    string
	network bool // it asks somebody outside this machine
	look    func(context.Context) []finding
}

// A doctor looks whether an installation can work.
type doctor struct {
	*program
	cfg     config
	err     error           // of the configuration
	broken  map[string]bool // sections with a mistake: nothing built on them is looked at
	offline bool
	lookup  func(context.Context, string) ([]string, error) // TXT records

	patience time.Duration // for the test message to come back; 0 = backTime

	home  homeView
	texts textsView
	mail  mailView
}

// lookTime bounds all that is asked outside: each provider has its own, shorter
// time.
const lookTime = 20 * time.Second

func (p *program) doctorCommand() *cobra.Command {
	var asJSON, offline, sendTest bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether everything that is set up can work, and say how to mend what cannot",
		Long: "Doctor checks the configuration, the keys, the database, this machine's clock, the mail servers, Twilio, the DNS records of\n" +
			"your domain and the crisis lines, and prints a line for each: ok, warning or failed, with the mend. It changes nothing and\n" +
			"sends nothing, but for --send-test. What needs no network is checked without one. It ends with code 1 if anything failed.",
		Example: "  microreach doctor\n  microreach doctor --offline\n  microreach doctor --send-test\n  microreach doctor --json",
		Args:    args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			if offline && sendTest {
				return usage("--offline asks nobody outside, and --send-test sends a message there: choose one")
			}
			d := p.newDoctor(offline)
			list := d.examine(c.Context(), sendTest)
			if asJSON {
				return p.findingsAsJSON(list)
			}
			return p.showFindings(list, offline)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as one JSON object")
	c.Flags().BoolVar(&offline, "offline", false, "ask nobody outside this machine")
	c.Flags().BoolVar(&sendTest, "send-test", false, "send one message to yourself: programme.contact, else smtp.from")
	return c
}

// newDoctor reads the configuration, as far as it can be read.
func (p *program) newDoctor(offline bool) *doctor {
	d := &doctor{program: p, offline: offline, lookup: p.LookupTXT, broken: map[string]bool{}}
	if d.lookup == nil {
		d.lookup = net.DefaultResolver.LookupTXT
	}
	text, file, err := readConfigFile(p.configFile)
	if err != nil {
		d.err, d.broken[everything] = err, true
		return d
	}
	d.cfg, d.err = parseConfig(text, file, p.Env)
	for _, m := range mistakesOf(d.err) {
		section, _, _ := strings.Cut(m.key, ".")
		d.broken[section] = true
	}
	if d.err != nil && len(d.broken) == 0 || d.broken[""] {
		d.broken[everything] = true // a mistake of form: nothing was read
	}
	return d
}

// everything stands for all sections at once.
const everything = "*"

// sound reports whether the sections can be relied on.
func (d *doctor) sound(sections ...string) bool {
	for _, s := range sections {
		if d.broken[s] || d.broken[everything] {
			return false
		}
	}
	return true
}

// examine runs the checks, those that ask outside beside each other, and gives
// their findings in the order of the checks.
func (d *doctor) examine(ctx context.Context, sendTest bool) (list []finding) {
	checks := d.checks()
	if sendTest {
		checks = append(checks, check{"test message", true, d.sendTest})
	}
	found := make([][]finding, len(checks))
	var outside sync.WaitGroup
	bounded, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for i, c := range checks {
		switch {
		case !c.network:
			found[i] = c.look(ctx)
		case !d.offline:
			outside.Go(func() { found[i] = c.look(bounded) })
		}
	}
	outside.Wait()
	for i, c := range checks {
		for _, f := range found[i] {
			f.Check = c.name
			list = append(list, f)
		}
	}
	d.home.close()
	return list
}

func (d *doctor) checks() []check {
	return []check{
		{"configuration", false, d.configuration},
		{"words", false, d.words},
		{"crisis lines", false, d.crisisLines},
		{"keys", false, d.keys},
		{"database", false, d.database},
		{"service", false, d.service},
		{"held back", false, d.heldBack},
		{"requests", false, d.requests},
		{"ports", false, d.ports},
		{"public address", true, d.publicAddress},
		{"mail out", true, d.mailOut},
		{"mail in", true, d.mailIn},
		{"mail domain", true, d.mailDomain},
		{"texts", true, d.twilio},
		{"clock", true, d.clock},
	}
}

func (p *program) showFindings(list []finding, offline bool) error {
	warnings, failures := tally(list)
	for _, f := range list {
		p.say("%-8s %s: %s", f.Level, f.Check, f.Text)
		if f.Mend != "" {
			p.say("         mend: %s", f.Mend)
		}
	}
	if offline {
		p.say("\nLeft out, as --offline says: the public address, mail servers, DNS, Twilio and the clock.")
	}
	if failures > 0 {
		return fmt.Errorf("%d failed, %d warnings: mend what failed and run microreach doctor again", failures, warnings)
	}
	p.say("\nNothing failed, %d warnings. Next: microreach serve", warnings)
	return nil
}

func (p *program) findingsAsJSON(list []finding) error {
	warnings, failures := tally(list)
	encoder := json.NewEncoder(p.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(struct {
		Findings []finding `json:"findings"`
		Warnings int       `json:"warnings"`
		Failed   int       `json:"failed"`
	}{list, warnings, failures})
	if err == nil && failures > 0 {
		err = fmt.Errorf("%d failed, %d warnings", failures, warnings)
	}
	return err
}

func tally(list []finding) (warnings, failures int) {
	for _, f := range list {
		switch f.Level {
		case warning:
			warnings++
		case failed:
			failures++
		}
	}
	return warnings, failures
}
