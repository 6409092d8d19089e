package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"github.com/microreach/microreach/templates"
)

// An asker puts the questions of init. Where the answers end, what is left over
// gets its default.
type asker struct {
	in    *bufio.Reader
	file  *os.File // with a terminal: where secrets are read without an echo; nil = none
	out   io.Writer
	ended bool
}

func (p *program) asker() *asker {
	a := &asker{in: bufio.NewReader(p.In), out: p.Out}
	if f, ok := p.In.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		a.file = f
	}
	return a
}

// errEnded is that a question without a default was left unanswered.
var errEnded = errors.New("the answers ended before everything was said, and nothing was written; answer the question, or give flags: see microreach init --help")

// ask puts one question until its answer is right. problem says what is wrong with
// an answer; "" = nothing. An empty answer is the default; where there is none and
// the answer is needed, it is asked again.
func (a *asker) ask(question, fallback string, needed bool, problem func(string) string) (string, error) {
	if fallback != "" {
		question += " [" + fallback + "]"
	}
	for {
		_, _ = fmt.Fprint(a.out, question+": ")
		line, err := a.in.ReadString('\n')
		if err != nil && line == "" && !a.ended {
			a.ended = true
			_, _ = fmt.Fprintln(a.out)
		}
		answer := cmp.Or(strings.TrimSpace(line), fallback)
		switch wrong := optional(answer, problem); {
		case answer == "" && !needed:
			return "", nil
		case answer != "" && wrong == "":
			return answer, nil
		case a.ended || err != nil:
			return "", errEnded
		case wrong != "":
			_, _ = fmt.Fprintln(a.out, "  "+wrong)
		}
	}
}

// secret asks for something that the screen should not show.
func (a *asker) secret(question string) (secret, error) {
	if a.file == nil {
		text, err := a.ask(question, "", false, func(string) string { return "" })
		return secret{text}, err
	}
	_, _ = fmt.Fprint(a.out, question+": ")
	raw, err := term.ReadPassword(int(a.file.Fd()))
	_, _ = fmt.Fprintln(a.out)
	return secret{strings.TrimSpace(string(raw))}, err
}

// questions fills the setup and the first participant by asking.
func (p *program) questions(s *setup, n *newcomer) error {
	a := p.asker()
	p.say("A few questions; Enter takes what stands in brackets. Nothing is written before the last one.\n")
	var err error
	put := func(into *string, question, fallback string, needed bool, problem func(string) string) {
		if err == nil {
			*into, err = a.ask(question, fallback, needed, problem)
		}
	}
	put(&s.programme, "The name that begins every text", s.programme, true, nameProblem)
	put(&s.zone, "Your time zone, such as America/New_York", p.Zone, false, zoneProblem)
	put(&s.country, "Your country, by two letters", countryOfZone(s.zone), true, countryProblem)
	put(&s.mail, "Mail through "+strings.Join(presetNames(), ", "), noMail, true, func(v string) string { return oneOf(v, presetNames()...) })
	if err == nil && s.hasMail() {
		password := s.askMail(a, put)
		err = errors.Join(err, password)
	}
	put(&s.account, "Texts through Twilio: your account SID (AC…), or none", noMail, true, accountProblem)
	if err == nil && s.account != noMail {
		put(&s.number, "The number that texts come from, such as +12025550147", "", true, func(v string) string { return shape(v, senderShape, "a number; write it like +12025550147") })
		token := s.askToken(a)
		err = errors.Join(err, token)
		if !s.hasMail() {
			put(&s.contact, "How people reach you (a number, page or mailbox), said in the answer to HELP", "", false, contactProblem)
		}
	}
	if err != nil || s.account == noMail && !s.hasMail() {
		return err
	}
	put(&n.name, "The first person to take part: what they want to be called (may stay empty)", "", false, func(string) string { return "" })
	if s.account != noMail {
		put(&n.sms, "Their number for texts (may stay empty)", "", false, func(v string) string {
			_, err := parseNumber(v, config{Programme: programmeConfig{Country: s.country}})
			return errorText(err)
		})
	}
	if s.hasMail() {
		put(&n.email, "Their mailbox (may stay empty)", "", false, mailboxProblem)
	}
	return err
}

func (s *setup) askMail(a *asker, put func(into *string, question, fallback string, needed bool, problem func(string) string)) error {
	preset, _ := presetCalled(s.mail)
	put(&s.mailbox, "Your mailbox there, such as "+preset.mailbox, "", true, mailboxProblem)
	if preset.smtp.host == "" {
		put(&s.smtp.host, "The provider's server for sending, such as smtp.example.org", "", true, hostProblem)
		put(&s.imap.host, "Its server for reading (IMAP); empty if answers come another way", "", false, hostProblem)
	}
	if exists(s.passwordFile) || a.ended {
		return nil
	}
	var err error
	s.password, err = a.secret("An app password for it, made at " + preset.passwordFrom + "\n(not shown; empty: put it into the file " + s.passwordFile + " later)")
	return err
}

func (s *setup) askToken(a *asker) error {
	if exists(s.tokenFile) || a.ended {
		return nil
	}
	var err error
	s.token, err = a.secret("Its auth token (not shown; empty: put it into the file " + s.tokenFile + " later)")
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func accountProblem(v string) string {
	if v == noMail {
		return ""
	}
	return shape(v, accountShape, `an account SID; it is "AC" and 32 hex digits, on the first page of the Twilio console; or write none`)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// countryOfZone guesses the country by the crisis lines that the zone has.
func countryOfZone(zone string) string {
	home := defaultConfig().Programme.Country
	set, err := templates.New(templates.Options{Programme: "Microreach", Country: home})
	if err != nil || zone == "" {
		return home
	}
	return cmp.Or(set.CountryOf(zone), home)
}
