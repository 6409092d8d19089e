package main

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/phone"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/templates"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "serve",
		Short:   "Run the service",
		Long:    "Serve plans and sends what is due, takes in what people answer, and runs until it is told to stop (SIGTERM or Ctrl-C).",
		Example: "  microreach serve\n  microreach --config /etc/microreach.toml serve",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(p.configFile, p.Env)
			if err != nil {
				return err
			}
			log := p.logger(cfg.Log)
			options, err := p.serviceOptions(cfg, log)
			if err != nil {
				return err
			}
			set, _, err := words(cfg)
			if err != nil {
				return err
			}
			p.sayLimits(cfg, log)
			for _, w := range slices.Concat(cfg.Warnings, oldLines(set, p.Now())) {
				log.Warn(w)
			}
			s, err := service.New(c.Context(), options)
			if err != nil {
				return err
			}
			return s.Run(c.Context())
		},
	}
}

// coreOptions is what every command that works on the database needs.
func (p *program) coreOptions(cfg config, log *slog.Logger) (service.CoreOptions, error) {
	_, said, err := words(cfg) // the house makes them again: here mistakes are told with the keys to mend
	if err != nil {
		return service.CoreOptions{}, err
	}
	v, err := vault.OpenFile(cfg.Keys.File)
	if err != nil {
		return service.CoreOptions{}, err
	}
	public, err := publicURL(cfg)
	if err != nil {
		return service.CoreOptions{}, err
	}
	mailbox := email.Options{From: mail.Address{Address: cfg.SMTP.From}, ReplyAddress: cfg.SMTP.ReplyTo, Token: v.Token}
	return service.CoreOptions{
		PublicURL: public, NewToken: p.NewToken, NewCode: p.NewCode,
		Database: cfg.Database.URL.reveal(), Vault: v, PerDay: cfg.Limits.PromptsPerDay, Stricter: cfg.Limits.StricterHours,
		Now: p.Now, NewID: p.NewID, Log: log, Rates: rates(cfg),
		Words: said, Joining: joining(cfg), ReplyTo: mailbox.ReplyTo,
	}, nil
}

// joining is how strangers may join by a text. Internet lines may not: they cost
// a script nothing.
func joining(cfg config) checkins.Joining {
	return checkins.Joining{
		Plan: checkins.TapPlanID(cfg.Joining.Plan), Word: cfg.Joining.Word, Locale: cfg.Programme.Locale, Zone: cfg.Programme.Zone,
		PerDay: cfg.Joining.PerDay, PerPrefix: cfg.Joining.PerPrefix,
		Numbers: service.Numbers{Gate: phone.Gate{Region: cfg.Programme.Country, Countries: cfg.countries()}},
	}
}

// rates is how fast each channel may send: texts by segments, for the sender's
// number or service, mails by the server that takes them.
func rates(cfg config) map[checkins.Channel]store.Rate {
	segments := func(m checkins.Message) int {
		_, n := templates.Segments(m.Words.Text)
		return n
	}
	return map[checkins.Channel]store.Rate{
		checkins.SMS:   {Sender: cmp.Or(cfg.Twilio.From, cfg.Twilio.MessagingServiceSID), PerSecond: cfg.Limits.SMSPerSecond, Cost: segments},
		checkins.Email: {Sender: cfg.SMTP.Host, PerSecond: cfg.Limits.MailPerSecond},
	}
}

// contact is how a participant reaches the operator.
func contact(cfg config) string {
	if cfg.Programme.Contact != "" {
		return cfg.Programme.Contact
	}
	return cfg.SMTP.From
}

// openCore opens the database for one of the operator's commands.
func (p *program) openCore(ctx context.Context) (*service.Core, config, error) {
	cfg, err := loadConfig(p.configFile, p.Env)
	if err != nil {
		return nil, cfg, err
	}
	o, err := p.coreOptions(cfg, p.logger(cfg.Log))
	if err != nil {
		return nil, cfg, err
	}
	core, err := service.OpenCore(ctx, o)
	return core, cfg, err
}

func (p *program) serviceOptions(cfg config, log *slog.Logger) (service.Options, error) {
	core, err := p.coreOptions(cfg, log)
	if err != nil {
		return service.Options{}, err
	}
	o := service.Options{
		Core: core, Listen: cfg.Server.Listen, Proxies: cfg.Server.TrustedProxies, Clock: p.Now,
		Metrics: cfg.Server.MetricsListen, Heartbeat: cfg.Server.HeartbeatURL.reveal(), StopsFile: cfg.Backup.StopsFile, Keep: cfg.Retention.keep(),
	}
	if cfg.Twilio.enabled() {
		if o.SMS, err = p.smsOptions(cfg, core.PublicURL); err != nil {
			return o, err
		}
	}
	if cfg.SMTP.enabled() {
		o.Mail, err = p.mailOptions(cfg, core.Vault, log)
	}
	return o, err
}

// publicURL is where the outside world finds the pages; nil where it does not.
func publicURL(cfg config) (*url.URL, error) {
	if cfg.Programme.PublicURL == "" {
		return nil, nil
	}
	u, err := url.Parse(cfg.Programme.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("programme.public_url: %w", err)
	}
	return u, nil
}

func (p *program) smsOptions(cfg config, public *url.URL) (*service.SMS, error) {
	t := cfg.Twilio
	base, err := url.Parse(t.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("twilio.base_url: %w", err)
	}
	tokens := []string{t.AuthToken.reveal()}
	if t.AuthTokenOld.set() {
		tokens = append(tokens, t.AuthTokenOld.reveal())
	}
	from := t.From
	if t.MessagingServiceSID != "" {
		from = "" // the service chooses; the number is only shown
	}
	return &service.SMS{
		Twilio: twilio.Options{
			AccountSID: t.AccountSID, AuthToken: t.AuthToken.reveal(), APIKeySID: t.APIKeySID, APIKeySecret: t.APIKeySecret.reveal(),
			From: from, MessagingServiceSID: t.MessagingServiceSID, PublicURL: public, BaseURL: base,
			Workers: cfg.Limits.SMSWorkers, Now: p.Now,
		},
		AuthTokens: tokens, Poll: t.Inbound == "poll", PollEvery: time.Duration(t.PollSeconds) * time.Second, Workers: cfg.Limits.SMSWorkers,
	}, nil
}

func (p *program) mailOptions(cfg config, v *vault.Vault, log *slog.Logger) (*service.Mail, error) {
	smtp, err := p.smtpOptions(cfg, v)
	m := &service.Mail{SMTP: smtp, Workers: cfg.Limits.MailWorkers}
	p.mailIn(m, cfg, log)
	return m, err
}

// smtpOptions is how mail leaves.
func (p *program) smtpOptions(cfg config, v *vault.Vault) (email.Options, error) {
	s := cfg.SMTP
	o := email.Options{
		Host: s.Host, Port: s.Port, Username: s.Username, Password: s.Password.reveal(), TLS: email.TLSPolicy(s.TLS),
		From: mail.Address{Name: cfg.Programme.Name, Address: s.From}, ReplyAddress: s.ReplyTo, Domain: s.Domain,
		Token: v.Token, Now: p.Now, TLSConfig: p.TLS,
	}
	if s.DKIMKeyFile == "" {
		return o, nil
	}
	key, err := readDKIMKey(s.DKIMKeyFile)
	if err != nil {
		return o, fmt.Errorf("smtp.dkim_key_file: %w", err)
	}
	_, domain, _ := strings.Cut(s.From, "@")
	o.DKIM = &email.DKIM{Domain: domain, Selector: s.DKIMSelector, Key: key}
	return o, nil
}

// readDKIMKey reads an RSA or Ed25519 key in PEM (PKCS#8 or PKCS#1).
func readDKIMKey(path string) (crypto.Signer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block: make a key with openssl genpkey -algorithm ed25519", path)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s holds a key that cannot sign: an RSA or Ed25519 key is needed", path)
	}
	return signer, nil
}
