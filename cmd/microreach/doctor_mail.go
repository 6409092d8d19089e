package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/twilio"
)

// mailView is what was seen of the mailbox, once for the checks that want it.
type mailView struct {
	once  sync.Once
	sight email.Sight
	err   error
}

func (d *doctor) mailOn() bool { return d.sound("smtp", "programme") && d.cfg.SMTP.enabled() }

// mailParts are the options that serve would have, with any keys at all: nothing
// that bears a token is sent.
func (d *doctor) mailParts() (*service.Mail, error) {
	v := d.home.vault
	if v == nil {
		v = vault.Ephemeral()
	}
	return d.mailOptions(d.cfg, v, d.logger(d.cfg.Log))
}

func (d *doctor) mailOut(ctx context.Context) []finding {
	if !d.mailOn() {
		return nil
	}
	m, err := d.mailParts()
	if err != nil {
		return []finding{told(failed, err.Error(), "name a key file in PEM that this account may read")}
	}
	sender, err := email.NewSender(m.SMTP)
	if err != nil {
		return []finding{told(failed, err.Error(), "mend [smtp]; "+seeExample)}
	}
	defer sender.Close()
	s := d.cfg.SMTP
	if err := sender.Check(ctx); err != nil {
		return []finding{smtpFinding(s, err)}
	}
	how := map[string]string{"starttls": "encrypted by STARTTLS", "tls": "encrypted", "none": "not encrypted"}[s.TLS]
	if s.Username == "" {
		return ok("%s answers on port %d, %s, and asks nobody to sign in", s.Host, s.Port, how)
	}
	return ok("%s lets us in on port %d, %s", s.Host, s.Port, how)
}

// smtpFinding says what is wrong with a server for sending.
func smtpFinding(s smtpConfig, err error) finding {
	where := fmt.Sprintf("%s on port %d", s.Host, s.Port)
	var se *notifier.SendError
	if errors.As(err, &se) && se.Code != "" {
		return finding{Level: failed, Text: fmt.Sprintf("%s refuses us with code %s", where, se.Code),
			Mend: "check smtp.username and the password; most providers want an app password, made for this alone"}
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "support STARTTLS"):
		return finding{Level: failed, Text: where + " offers no encryption, so no password is sent to it",
			Mend: `set smtp.tls = "tls" with port 465 if your provider has it; "none" only for a server on this machine`}
	case strings.Contains(text, "support SMTP AUTH"):
		return finding{Level: failed, Text: where + " lets nobody sign in", Mend: "take smtp.username and its password out, or use the port for sending (587 or 465)"}
	}
	return connectionFinding(where, "smtp", err)
}

// connectionFinding says why there is no connection.
func connectionFinding(where, section string, err error) finding {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return finding{Level: failed, Text: fmt.Sprintf("there is no server called %s", name.Name), Mend: fmt.Sprintf("check %s.host, and whether this machine is online", section)}
	case errors.As(err, &certificate):
		return finding{Level: failed, Text: fmt.Sprintf("the certificate of %s is not good for it: %v", where, certificate.Err),
			Mend: fmt.Sprintf("write %s.host as the certificate has it; give a server of your own a certificate that this machine trusts", section)}
	case errors.As(err, &notTLS):
		return finding{Level: failed, Text: where + " does not begin with encryption", Mend: fmt.Sprintf(`set %s.tls = "starttls", or the port for TLS`, section)}
	}
	return finding{Level: failed, Text: fmt.Sprintf("no connection to %s: %v", where, err), Mend: fmt.Sprintf("check %s.host and %s.port, and whether this machine may reach it (a firewall, an outage)", section, section)}
}

// peek looks into the mailbox, once.
func (d *doctor) peek(ctx context.Context) *mailView {
	v := &d.mail
	v.once.Do(func() {
		m, err := d.mailParts()
		if err != nil {
			v.err = err
			return
		}
		v.sight, v.err = email.Look(ctx, *m.IMAP)
	})
	return v
}

func (d *doctor) mailIn(ctx context.Context) []finding {
	if !d.mailOn() || !d.sound("imap", "inbound_mail") {
		return nil
	}
	i, in := d.cfg.IMAP, d.cfg.InboundMail
	if !i.enabled() {
		if in.Listen == "" && !in.HookSecret.set() {
			return warn("set imap.host, or inbound_mail.listen or hook_secret", "answers to mail are read by nobody")
		}
		return ok("it is handed on to this program, as [inbound_mail] says")
	}
	where := fmt.Sprintf("%s on port %d", i.Host, i.Port)
	seen := d.peek(ctx)
	switch text := fmt.Sprint(seen.err); {
	case errors.Is(seen.err, email.ErrNoTarget):
		return fail("make that folder, or leave imap.move_to empty", "there is no folder %q to move answers to", i.MoveTo)
	case errors.Is(seen.err, email.ErrCannotPut):
		return fail("leave imap.move_to empty", "%s cannot move single mails", where)
	case strings.Contains(text, "let us in"):
		return fail("check imap.username and the password (else those of [smtp]); most providers want an app password, and some have IMAP switched off at first", "%s does not let us in", where)
	case strings.Contains(text, "cannot be opened"):
		return fail("write imap.folder as the server spells it", "there is no folder %q at %s", i.Folder, where)
	case strings.Contains(text, "cannot read the secret"):
		return fail("let the program that renews the token write it there", "%v", seen.err)
	case seen.err != nil:
		return []finding{connectionFinding(where, "imap", seen.err)}
	}
	return ok("%s lets us in, and %q can be read", where, i.Folder)
}

// sendTest sends one message to the operator.
func (d *doctor) sendTest(ctx context.Context) []finding {
	to := d.cfg.Programme.Contact
	_, err := mail.ParseAddress(to)
	switch {
	case d.mailOn():
		if err != nil {
			to = d.cfg.SMTP.From
		}
		return d.testMail(ctx, to)
	case d.textsOn() && strings.HasPrefix(to, "+"):
		return d.testText(ctx, to)
	}
	return fail("set programme.contact to your own number, such as +12025550147, or set up [smtp]", "nothing was sent: your own address is not known")
}

// test is the message to the operator, through the sender that serve would use.
func (d *doctor) test(ctx context.Context, sender notifier.Sender, channel checkins.Channel, to string) error {
	set, _, err := words(d.cfg)
	if err != nil {
		return err
	}
	w, err := set.TestMessage(channel)
	if err != nil {
		return err
	}
	now := d.Now()
	_, err = sender.Send(ctx, checkins.Outgoing{To: to, Attempt: checkins.AttemptID(d.NewID()), Message: checkins.Message{
		ID: checkins.MessageID(d.NewID()), Channel: channel, Kind: checkins.Help, Words: w, CreatedAt: now, DueAt: now, ExpiresAt: now.Add(15 * time.Minute),
	}})
	return err
}

func (d *doctor) testMail(ctx context.Context, to string) []finding {
	m, err := d.mailParts()
	if err != nil {
		return nil // said by mail out
	}
	sender, err := email.NewSender(m.SMTP)
	if err != nil {
		return nil
	}
	defer sender.Close()
	word := ""
	if m.IMAP != nil && to == cmp.Or(d.cfg.SMTP.ReplyTo, d.cfg.SMTP.From) {
		word = "test" + strings.ReplaceAll(d.NewID(), "-", "")
		local, host, _ := strings.Cut(to, "@")
		to = local + "+" + word + "@" + host
	}
	if err := d.test(ctx, sender, checkins.Email, to); err != nil {
		return []finding{smtpFinding(d.cfg.SMTP, err)}
	}
	list := ok("a mail is on its way to your own mailbox; if it does not come within some minutes, look among the spam")
	if word != "" {
		list = append(list, d.comesBack(ctx, *m.IMAP, word)...)
	}
	return list
}

// backTime is how long a mail to ourselves may take to come back before that is
// worth a word.
const backTime = 12 * time.Second

// comesBack waits for the test in the mailbox: it went to an address with a word in
// it, as answers do.
func (d *doctor) comesBack(ctx context.Context, o email.ReaderOptions, word string) []finding {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(d.patience, backTime))
	defer cancel()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		if here, err := email.Arrived(ctx, o, word); err != nil && ctx.Err() == nil {
			return nil // said by mail in
		} else if here {
			return ok("it came back: answers, which go to your mailbox with a word after a +, find their way")
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return warn("look whether it comes later, or lies among the spam or in another folder; if it never comes, your provider does not take addresses like you+word@…: use another mailbox for smtp.from",
				"it did not come back yet; it went to your mailbox with a word after a +, as answers do")
		}
	}
}

func (d *doctor) testText(ctx context.Context, to string) []finding {
	o, err := d.smsOptions(d.cfg, nil)
	if err != nil {
		return nil // said by texts
	}
	sender, err := twilio.New(o.Twilio)
	if err != nil {
		return nil
	}
	defer sender.Close()
	err = d.test(ctx, sender, checkins.SMS, to)
	var se *notifier.SendError
	if errors.As(err, &se) {
		return fail("look the code up at https://www.twilio.com/docs/api/errors", "the text was not taken, code %s: %v", cmp.Or(se.Code, "none"), se.Err)
	}
	if err != nil {
		return fail("see the other lines", "%v", err)
	}
	return ok("a text is on its way to your own number")
}
