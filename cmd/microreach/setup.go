package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// A setup is what an operator says before there is a configuration.
type setup struct {
	programme, contact, publicURL, zone, country string

	mail, mailbox, passwordFile string
	smtp, imap                  mailServer // over those of the preset
	password                    secret     // typed in; empty = it is put into the file later

	account, number, tokenFile string
	token                      secret // as password
}

// flags offers everything but the secrets as flags: those would show in the list of
// processes.
func (s *setup) flags(f *pflag.FlagSet) {
	f.StringVar(&s.programme, "programme", "Microreach", "the name that begins every text: at most 20 plain characters")
	f.StringVar(&s.contact, "contact", "", "how people reach you, said in the answer to HELP (default: the mailbox)")
	f.StringVar(&s.publicURL, "public-url", "", "the https address of this server, if it has one")
	f.StringVar(&s.country, "country", "", "ISO 3166 code, such as US (default: that of the zone)")
	f.StringVar(&s.mail, "mail", "", strings.Join(presetNames(), ", "))
	f.StringVar(&s.mailbox, "mailbox", "", "with --mail: your mailbox there")
	f.StringVar(&s.passwordFile, "mail-password-file", "mail-password", "where its app password is, or will be put")
	f.StringVar(&s.smtp.host, "smtp-host", "", "with --mail generic: the provider's server for sending")
	f.IntVar(&s.smtp.port, "smtp-port", 0, "its port (default 587)")
	f.StringVar(&s.smtp.tls, "smtp-tls", "", "starttls, tls or none (default starttls)")
	f.StringVar(&s.imap.host, "imap-host", "", "with --mail generic: the provider's server for reading")
	f.IntVar(&s.imap.port, "imap-port", 0, "its port (default 993)")
	f.StringVar(&s.imap.tls, "imap-tls", "", "tls or starttls (default tls)")
	f.StringVar(&s.account, "twilio", "", "Twilio account SID (AC…), or none")
	f.StringVar(&s.number, "twilio-number", "", "with --twilio: the number that texts come from")
	f.StringVar(&s.tokenFile, "twilio-token-file", "twilio-token", "where the auth token is, or will be put")
}

// setupFlags are the names of the flags above that say something: where one of them
// is given, nothing is asked.
var setupFlags = []string{
	"programme", "contact", "public-url", "zone", "country", "mail", "mailbox", "mail-password-file", "smtp-host", "smtp-port", "smtp-tls",
	"imap-host", "imap-port", "imap-tls", "twilio", "twilio-number", "twilio-token-file",
}

// complete fills in what follows from the rest.
func (s *setup) complete() error {
	if s.account == noMail {
		s.account = ""
	}
	preset, known := presetCalled(cmp.Or(s.mail, noMail))
	switch {
	case !known && s.mail != "" && s.mail != noMail:
		return usage("--mail %q: choose %s", s.mail, strings.Join(presetNames(), ", "))
	case !known && s.mailbox != "":
		return usage("--mailbox needs --mail: choose %s", strings.Join(presetNames(), ", "))
	case known && s.mailbox == "":
		return usage("--mail %s needs --mailbox, such as %s", s.mail, preset.mailbox)
	case s.account == "" && s.number != "":
		return usage("--twilio-number needs --twilio with the account SID")
	case s.account != "" && s.number == "":
		return usage("--twilio needs --twilio-number, such as +12025550147")
	}
	s.smtp, s.imap = s.smtp.over(preset.smtp), s.imap.over(preset.imap)
	if known && s.smtp.host == "" {
		return usage("--mail generic needs --smtp-host, such as smtp.example.org")
	}
	return nil
}

func (m mailServer) over(d mailServer) mailServer {
	return mailServer{cmp.Or(m.host, d.host), cmp.Or(m.port, d.port), cmp.Or(m.tls, d.tls)}
}

func (s *setup) hasMail() bool  { return s.mail != "" && s.mail != noMail }
func (s *setup) hasTexts() bool { return s.account != "" }

// text is the configuration file: only what differs from the defaults, and where
// the rest is told.
func (s *setup) text() string {
	var b strings.Builder
	line := func(key, value, example, why string) {
		switch {
		case value != "":
			fmt.Fprintf(&b, "%s = %s\n", key, strconv.Quote(value))
		case example != "":
			text := fmt.Sprintf("# %s = %s", key, strconv.Quote(example))
			if why != "" {
				text = fmt.Sprintf("%-44s # %s", text, why)
			}
			fmt.Fprintln(&b, text)
		}
	}
	b.WriteString("# Microreach. Every key with its default: config.example.toml in the source.\n\n[programme]\n")
	line("name", s.programme, "", "")
	line("public_url", s.publicURL, "https://reach.example.org", "if this server has a public address")
	line("contact", s.contact, "you@example.org", "how people reach you; else smtp.from")
	line("zone", s.zone, "America/New_York", "of people whose own zone is not given")
	line("country", s.country, "", "")
	s.writeTexts(&b, line)
	s.writeMail(&b, line)
	return b.String()
}

type lineWriter func(key, value, example, why string)

func (s *setup) writeTexts(b *strings.Builder, line lineWriter) {
	inbound, file := "", ""
	if s.hasTexts() {
		file = s.tokenFile
	}
	if s.hasTexts() && s.publicURL == "" {
		inbound = "poll"
	}
	b.WriteString("\n[twilio]" + comment(s.hasTexts(), "texts; they are off while account_sid is missing") + "\n")
	line("account_sid", s.account, "AC…", "")
	line("auth_token_file", file, "twilio-token", "")
	line("from", s.number, "+1…", "")
	line("inbound", inbound, "", "")
}

func (s *setup) writeMail(b *strings.Builder, line lineWriter) {
	sign, file, smtp, imap := "", "", mailServer{}, mailServer{}
	if s.hasMail() {
		sign, file, smtp, imap = s.mailbox, s.passwordFile, s.smtp, s.imap
	}
	b.WriteString("\n[smtp]" + comment(s.hasMail(), "mail; it is off while host is missing") + "\n")
	line("host", smtp.host, "smtp.example.org", "")
	port(b, smtp)
	line("username", sign, "reach@example.org", "")
	line("password_file", file, "mail-password", "")
	line("from", sign, "reach@example.org", "")
	b.WriteString("\n[imap]" + comment(imap.host != "", "how answers to mails come in: out of that mailbox") + "\n")
	line("host", imap.host, "imap.example.org", "")
	if imap.host != "" {
		port(b, imap)
	}
	b.WriteString("\n[inbound_mail]" + comment(false, "or: handed on by a mail server of your own") + "\n")
	line("listen", "", "127.0.0.1:2525", "")
}

func comment(unless bool, text string) string {
	if unless {
		return ""
	}
	return "  # " + text
}

// port writes how a server is reached, where there is one.
func port(b *strings.Builder, m mailServer) {
	if m.host != "" {
		fmt.Fprintf(b, "port = %d\ntls = %s\n", m.port, strconv.Quote(m.tls))
	}
}

// A secretFile is a file for one secret, and what goes into it.
type secretFile struct {
	path  string
	value secret // empty = the operator puts it in later
	what  string // what it has to hold, and where that is from
}

// secretFiles are those that the configuration names.
func (s *setup) secretFiles() (files []secretFile) {
	if s.hasMail() {
		preset, _ := presetCalled(s.mail)
		files = append(files, secretFile{s.passwordFile, s.password, fmt.Sprintf("the app password of %s, made at %s", s.mailbox, preset.passwordFrom)})
	}
	if s.hasTexts() {
		files = append(files, secretFile{s.tokenFile, s.token, "the auth token of your Twilio account, from the first page of the Twilio console"})
	}
	return files
}

// write makes the file, for its owner alone, unless it is there already. todo is
// what the operator still has to put in.
func (f secretFile) write() (todo string, err error) {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		if _, _, err := readSecretFile(f.path); err != nil {
			return f.todo(), nil
		}
		return "", nil
	case err != nil:
		return "", fmt.Errorf("make a file for %s: %w", f.what, err)
	}
	if f.value.set() {
		_, err = file.WriteString(f.value.reveal() + "\n")
	} else {
		todo = f.todo()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write %s: %w", f.what, err)
	}
	return todo, nil
}

func (f secretFile) todo() string { return fmt.Sprintf("put into the file %s: %s", f.path, f.what) }
