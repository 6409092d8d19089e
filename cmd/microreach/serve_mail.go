package main

import (
	"cmp"
	"log/slog"
	"net"
	"os"

	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
)

// mailIn sets up the ways in which mail comes in; there may be several, since
// a mail counts once whichever of them bring it.
func (p *program) mailIn(m *service.Mail, cfg config, log *slog.Logger) {
	in := email.Intake{
		Address: cmp.Or(cfg.SMTP.ReplyTo, cfg.SMTP.From), Domain: cfg.SMTP.Domain,
		LookupTXT: net.DefaultResolver.LookupTXT, AuthServers: cfg.InboundMail.AuthServers, Now: p.Now, Log: log,
	}
	if i := cfg.InboundMail; i.Listen != "" {
		m.Inbound = &email.ListenerOptions{Intake: in, Listen: i.Listen, LMTP: i.Protocol == "lmtp", Hostname: i.Domain}
	}
	if secret := cfg.InboundMail.HookSecret; secret.set() {
		m.Hook = &email.HookOptions{Intake: in, Secret: secret.reveal()}
	}
	if i := cfg.IMAP; i.enabled() {
		m.IMAP = &email.ReaderOptions{
			Intake: in, Host: i.Host, Port: i.Port, TLS: email.TLSPolicy(i.TLS),
			Username: cmp.Or(i.Username, cfg.SMTP.Username), Auth: email.IMAPAuth(i.Auth), Secret: imapSecret(cfg),
			Folder: i.Folder, Mark: email.IMAPMark(i.Mark), MoveTo: i.MoveTo,
			Holder: holder(p.NewID), Clock: p.Now, TLSConfig: p.TLS,
		}
	}
}

// imapSecret gives what a connection signs in with. A token is read anew each
// time, because whoever renews it does so within the hour.
func imapSecret(cfg config) func() (string, error) {
	if cfg.IMAP.Auth == "xoauth2" {
		return func() (string, error) {
			token, _, err := readSecretFile(cfg.IMAP.TokenFile)
			return token.reveal(), err
		}
	}
	password := cfg.IMAP.Password
	if cfg.IMAP.Username == "" {
		password = cfg.SMTP.Password
	}
	return func() (string, error) { return password.reveal(), nil }
}

// holder names this process among those that share the database.
func holder(newID func() string) string {
	name, _ := os.Hostname() // only to help whoever reads the row
	return name + "/" + newID()
}
