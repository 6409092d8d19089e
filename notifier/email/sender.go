package email

import (
	"cmp"
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// The purposes for which a Sender asks Options.Token.
const (
	PurposeReply  = "reply"  // stands in Reply-To, Message-ID and the mailto of List-Unsubscribe
	PurposeBounce = "bounce" // stands in the return path (VERP)
)

// TLSPolicy says how the connection to the server is protected. The zero value
// is STARTTLS, except on the loopback, where there is no wire to protect.
type TLSPolicy string

// The policies, as the configuration spells them.
const (
	TLSDefault  TLSPolicy = ""
	TLSStart    TLSPolicy = "starttls" // required: a server that does not offer it gets no mail
	TLSImplicit TLSPolicy = "tls"      // from the first byte, port 465
	TLSNone     TLSPolicy = "none"     // never together with a password, unless on the loopback
)

const (
	defaultTimeout  = 8 * time.Second  // DESIGN, Conventions
	idleTimeout     = 30 * time.Second // servers close after 30 s to 5 min; earlier is politer
	messagesPerConn = 100              // what common servers allow
)

// DKIM signs what is sent.
type DKIM struct {
	Domain   string        // d=; aligned with From
	Selector string        // s=
	Key      crypto.Signer // RSA or Ed25519
}

// Options are what a Sender needs to know. Host, From and Token are required.
type Options struct {
	Host     string
	Port     int // 0 is 587, with "tls" 465, with "none" 25
	Username string
	Password string
	TLS      TLSPolicy
	HELO     string // how we greet; empty is Domain

	From         mail.Address // the programme's name and its mailbox
	ReplyAddress string       // the mailbox that tokens are put into; empty is From's
	Domain       string       // right side of Message-IDs; empty is that of ReplyAddress

	// Token makes the token of a message for a purpose: letters, digits, "-"
	// and "_" only, at most 48, and best without a difference by case, since
	// some programs change it. The same arguments give the same token, so that
	// a retry renders the same message.
	Token func(purpose, id string) string

	DKIM *DKIM // nil: not signed here

	// UnsubscribeURL gives the one-click address of a message (RFC 8058); nil
	// where there is no public address. What is not https is left out.
	UnsubscribeURL func(m checkins.Message) string

	// UnsubscribeWord is what a mail says that stops what the message belongs to;
	// nil = STOP, which stops all of it.
	UnsubscribeWord func(m checkins.Message) string

	// Thread gives the Message-IDs that a message continues, oldest first,
	// without angle brackets; one without "@" gets Domain. Nil, or none, begins
	// a thread of its own, but for a message that answers a mail.
	Thread func(m checkins.Message) []string

	// Picture draws the PNG of a message that has one; nil = mails have none. What
	// cannot be drawn is left out: the text says the same.
	Picture func(of string) ([]byte, error)

	Timeout   time.Duration // of a whole Send, dialling included; 0 is 8 s
	TLSConfig *tls.Config   // nil verifies Host with the system's roots
	Now       func() time.Time
}

// Sender hands mail to one SMTP server. It is safe for many goroutines; each
// Send has a connection for itself while it lasts. NewSender makes one.
type Sender struct {
	options  Options
	reply    mailbox
	loopback bool
	pool     pool
}

// ReplyTo is the mailbox that answers to a message go to, its token in it; empty
// where the options name none that can be used.
func (o Options) ReplyTo(id checkins.MessageID) string {
	base, err := parseMailbox(cmp.Or(o.ReplyAddress, o.From.Address))
	if err != nil || o.Token == nil {
		return ""
	}
	return base.with(o.Token(PurposeReply, string(id)))
}

// NewSender checks the options and fills in their defaults. It opens no
// connection. Its errors say what to change.
func NewSender(o Options) (*Sender, error) {
	base := o.ReplyAddress
	if base == "" {
		base = o.From.Address
	}
	reply, err := parseMailbox(base)
	switch {
	case o.Host == "":
		return nil, errors.New("email: no SMTP server; set its host")
	case err != nil:
		return nil, fmt.Errorf("email: the reply mailbox cannot be used: %w", err)
	case o.Token == nil || o.Now == nil:
		return nil, errors.New("email: Token and Now are required")
	case len(reply.with(strings.Repeat("t", maxToken))) > len(reply.host)+1+maxLocalPart:
		return nil, fmt.Errorf("email: the name of the reply mailbox is too long to carry a token; use at most %d letters before the @", maxLocalPart-maxToken-1)
	}
	if _, err := parseMailbox(o.From.Address); err != nil {
		return nil, fmt.Errorf("email: the sender's mailbox cannot be used: %w", err)
	}
	if d := o.DKIM; d != nil && (d.Key == nil || d.Domain == "" || d.Selector == "" || max(len(d.Domain), len(d.Selector)) > maxTag) {
		return nil, errors.New("email: signing needs a key, a domain and a selector, the latter two not longer than 70 letters")
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Domain == "" {
		o.Domain = reply.host
	}
	if _, err := parseMailbox("token@" + o.Domain); err != nil {
		return nil, errors.New("email: the domain for Message-IDs cannot be used; write it as example.org")
	}
	if o.HELO == "" {
		o.HELO = o.Domain
	}
	s := &Sender{options: o, reply: reply, loopback: isLoopback(o.Host)}
	if err := s.settleTLS(); err != nil {
		return nil, err
	}
	s.pool.idleTimeout = idleTimeout
	return s, nil
}

// settleTLS decides the policy and the port, and refuses to put a password on
// a wire in the clear (REQUIREMENTS B14).
func (s *Sender) settleTLS() error {
	o := &s.options
	if o.TLS == TLSDefault {
		o.TLS = TLSStart
		if s.loopback {
			o.TLS = TLSNone
		}
	}
	ports := map[TLSPolicy]int{TLSStart: 587, TLSImplicit: 465, TLSNone: 25}
	port, known := ports[o.TLS]
	switch {
	case !known:
		return fmt.Errorf("email: TLS policy %q is not known; use starttls, tls or none", o.TLS)
	case o.TLS == TLSNone && o.Username != "" && !s.loopback:
		return errors.New("email: a password would go over the wire in the clear; use starttls or tls")
	}
	if o.Port == 0 {
		o.Port = port
	}
	config := &tls.Config{}
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = o.Host
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	o.TLSConfig = config
	return nil
}

// Close says goodbye on the idle connections. Sends that run are not touched;
// their connections are closed when they end.
func (s *Sender) Close() { s.pool.close() }

// Send hands one message to the server and returns the id under which the
// server queued it, where it tells one. Every error is a *notifier.SendError
// and bears neither text nor mailbox. Ctx and the time-out hold for the whole
// of it: what is cut at or after the final dot is unknown.
func (s *Sender) Send(ctx context.Context, out checkins.Outgoing) (providerID string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	for {
		message, err := s.render(out)
		if err != nil {
			return "", err
		}
		c, err := s.take(ctx)
		if err != nil {
			return "", dialError(ctx, err)
		}
		sent := c.transmit(ctx, message)
		if message.IsDelivered() {
			s.pool.put(c, sent)
			return queueID(message.ServerResponse()), nil
		}
		c.drop()
		if c.sent > 0 && ctx.Err() == nil && closedBeforeMail(sent) {
			continue // an idle connection that the server had given up; a fresh one has sent == 0
		}
		return "", patient(out, sendError(ctx, sent))
	}
}

// unhurried is how long a server that said "later" is left alone, where the
// mail is good for a day (RFC 5321 §4.5.4.1). What is late sooner comes back
// sooner.
const unhurried = 30 * time.Minute

// patient puts a digest off that a server would take later.
func patient(out checkins.Outgoing, err error) error {
	var se *notifier.SendError
	if errors.As(err, &se) && out.Kind == checkins.Digest && se.Outcome == checkins.OutcomeTemporary && se.Code != "" {
		se.RetryAfter = unhurried
	}
	return err
}

// Write writes the mail as it would be handed to the server.
func (s *Sender) Write(to io.Writer, out checkins.Outgoing) error {
	m, err := s.render(out)
	if err != nil {
		return err
	}
	if _, err := m.WriteTo(to); err != nil {
		return fmt.Errorf("email: write a mail: %w", err)
	}
	return nil
}

// take gives an idle connection, or dials a new one.
func (s *Sender) take(ctx context.Context) (*conn, error) {
	if c := s.pool.take(); c != nil {
		return c, nil
	}
	return s.dial(ctx)
}

// isLoopback reports whether host is this machine, by name or number.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// refusal is the permanent error of a message that was never offered.
func refusal(fact checkins.Fact, why string) error {
	return &notifier.SendError{Outcome: checkins.OutcomePermanent, Fact: fact, Err: errors.New("email: " + why)}
}

var _ interface {
	Send(context.Context, checkins.Outgoing) (string, error)
} = (*Sender)(nil)

// clientOptions are the library's settings for one connection.
func (s *Sender) clientOptions(dial gomail.DialContextFunc) []gomail.Option {
	o := s.options
	list := []gomail.Option{
		gomail.WithPort(o.Port), gomail.WithHELO(o.HELO), gomail.WithTimeout(o.Timeout),
		gomail.WithTLSConfig(o.TLSConfig), gomail.WithDialContextFunc(dial),
		gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithTLSPolicy(gomail.TLSMandatory),
	}
	switch o.TLS {
	case TLSImplicit:
		list = append(list, gomail.WithSSL())
	case TLSNone:
		list = append(list, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if o.Username != "" {
		list = append(list, gomail.WithUsername(o.Username), gomail.WithPassword(o.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	if o.DKIM != nil {
		list = append(list, gomail.WithAlwaysDKIMSign(s.signer()))
	}
	return list
}
