// Package emailtest is a mail server on the loopback that keeps what it is
// given, for tests and for the demo.
//
// It is a real SMTP server on a real socket, so that whoever sends to it goes
// through the same library, the same commands and the same failures as with a
// provider. What arrives lies in a mailbox that can be read and watched; a
// person's answer to it is made by Message.Reply and goes back by SMTP as
// well (Submit). On request the server misbehaves: it refuses at any step,
// loses the connection, keeps a client waiting, or offers no encryption.
//
// Nothing here needs a *testing.T, and nothing here belongs in a service that
// reaches real people.
//
//	server, err := emailtest.Start(emailtest.Options{})
//	// point the program at server.Addr(), with server.RootCAs() for STARTTLS, then
//	server.Misbehave(emailtest.Fault{At: emailtest.AtDot, Drop: true, Taken: true})
//	mails := server.Mailbox("ada@example.org")         // what truly arrived
//	raw := mails[0].Reply("done 7", time.Now())        // as a mail program answers
//
// # Faults
//
// A [Fault] happens at a [Stage] of the conversation: a reply of its own, a dropped
// connection, or a wait. What it means for whoever sends:
//
//	At             Reply 4yz    Reply 5yz      Drop
//	connect, EHLO  send later   send later     send later
//	MAIL, RCPT     send later   not this one   send later
//	DATA, body     send later   not this one   send later: nothing was complete
//	dot            send later   not this one   never again: it may have been taken
//	                                           (with Taken it was)
//	RSET, QUIT     it was taken before: whatever happens here changes nothing
//
// The real thing stands beside it, where it is installed: [StartDovecot] is a mailbox
// to read by IMAP, [StartOpenSMTPD] a mail server that hands mail over by LMTP.
package emailtest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// maxMessageBytes is what the server takes, as a provider would.
const maxMessageBytes = 10 << 20

// Options say what kind of server it is. The zero value takes everything,
// offers STARTTLS and asks for no password.
type Options struct {
	Addr       string           // where to listen; empty is a free port of 127.0.0.1
	Now        func() time.Time // stamps what arrives; nil is the real clock
	NoSTARTTLS bool             // offer no encryption
	TLS        bool             // speak TLS from the first byte, as on port 465
	Username   string           // with Password: mail is refused without them
	Password   string
	// InsecureAuth offers AUTH on an unencrypted connection too, as a careless
	// (or hostile) server would.
	InsecureAuth bool
}

// Server is a loopback mail server with a readable mailbox. Start makes one.
type Server struct {
	options  Options
	listener net.Listener
	smtp     *smtp.Server
	pool     *x509.CertPool

	mu          sync.Mutex
	messages    []Message
	watchers    map[int]func(Message)
	lastWatcher int
	faults      []*Fault
	connections int
	passwords   int // how often a client sent credentials
	closed      chan struct{}
	done        chan struct{}
}

// Start listens and serves until Close.
func Start(options Options) (*Server, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Addr == "" {
		options.Addr = "127.0.0.1:0"
	}
	certificate, pool, err := selfSigned()
	if err != nil {
		return nil, fmt.Errorf("emailtest: make a certificate: %w", err)
	}
	listener, err := net.Listen("tcp", options.Addr)
	if err != nil {
		return nil, fmt.Errorf("emailtest: %w", err)
	}
	s := &Server{
		options: options, listener: listener, pool: pool,
		watchers: map[int]func(Message){},
		closed:   make(chan struct{}), done: make(chan struct{}),
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.smtp = s.newSMTP(config)
	go func() {
		defer close(s.done)
		_ = s.smtp.Serve(s.wire(config))
	}()
	return s, nil
}

// newSMTP builds the library's server around s.
func (s *Server) newSMTP(config *tls.Config) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	server.Domain = "mail.test"
	server.MaxMessageBytes = maxMessageBytes
	server.MaxRecipients = 50
	server.AllowInsecureAuth = s.options.InsecureAuth
	server.ErrorLog = log.New(io.Discard, "", 0) // faults are asked for, and so no news
	if !s.options.NoSTARTTLS && !s.options.TLS {
		server.TLSConfig = config
	}
	return server
}

// wire is the listener with faults in it, and with TLS around it where that is
// spoken from the first byte.
func (s *Server) wire(config *tls.Config) net.Listener {
	listener := &wireListener{Listener: s.listener, server: s}
	if !s.options.TLS {
		return listener
	}
	return tls.NewListener(listener, config)
}

// Close ends every connection and the server. What arrived stays readable.
func (s *Server) Close() error {
	s.mu.Lock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	s.mu.Unlock()
	err := s.smtp.Close()
	_ = s.listener.Close() // the library knows it only once Serve has begun
	<-s.done
	if err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("emailtest: close: %w", err)
	}
	return nil
}

// Addr is where the server listens, as "127.0.0.1:port".
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Host is the host part of Addr.
func (s *Server) Host() string { return s.listener.Addr().(*net.TCPAddr).IP.String() }

// Port is the port of Addr.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// RootCAs holds the server's own certificate, made for this run and valid for
// 127.0.0.1, ::1 and localhost.
func (s *Server) RootCAs() *x509.CertPool { return s.pool }

// Connections is how many connections were opened so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// PasswordsSeen is how often a client sent credentials, right or wrong.
func (s *Server) PasswordsSeen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passwords
}

// Messages is everything that arrived, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Mailbox is what arrived for one mailbox, oldest first. Case does not count.
func (s *Server) Mailbox(address string) []Message {
	return slices.DeleteFunc(s.Messages(), func(m Message) bool {
		return !slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
	})
}

// Watch calls f for each message that arrives from now on, in order, before
// the sender gets its answer; f must be quick and must not call Watch. The
// returned function ends it.
func (s *Server) Watch(f func(Message)) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastWatcher++
	id := s.lastWatcher
	s.watchers[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, id)
	}
}

// keep stores a message and tells the watchers. It gives the message a queue
// id, as a provider's server does.
func (s *Server) keep(m Message) Message {
	m.parse()
	s.mu.Lock()
	m.At = s.options.Now()
	m.QueueID = fmt.Sprintf("Q%06d", len(s.messages)+1)
	s.messages = append(s.messages, m)
	watchers := make([]func(Message), 0, len(s.watchers))
	for id := range s.lastWatcher + 1 {
		if f, ok := s.watchers[id]; ok {
			watchers = append(watchers, f)
		}
	}
	s.mu.Unlock()
	for _, f := range watchers {
		f(m)
	}
	return m
}

// session is one client's conversation.
type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	to     []string
}

// AuthMechanisms offers PLAIN where the server has a password.
func (s *session) AuthMechanisms() []string {
	if s.server.options.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks the one user and password.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		s.server.mu.Lock()
		s.server.passwords++
		s.server.mu.Unlock()
		if username != s.server.options.Username || password != s.server.options.Password {
			return smtp.ErrAuthFailed
		}
		s.user = username
		return nil
	}), nil
}

// Mail takes the return path.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.Username != "" && s.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	if err := s.misbehave(AtMail); err != nil {
		return err
	}
	s.from, s.to = from, nil
	return nil
}

// Rcpt takes a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.misbehave(AtRcpt); err != nil {
		return err
	}
	s.to = append(s.to, to)
	return nil
}

// Data takes the message.
func (s *session) Data(r io.Reader) error {
	if err := s.misbehave(AtBody); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, encrypted := s.conn.TLSConnectionState()
	m := Message{From: s.from, To: slices.Clone(s.to), Raw: raw, TLS: encrypted || s.server.options.TLS, User: s.user}
	fault := s.server.fault(AtDot)
	if fault == nil || fault.Taken {
		m = s.server.keep(m)
	}
	if fault != nil {
		return s.suffer(fault)
	}
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "OK: queued as " + m.QueueID}
}

// Reset forgets the transaction.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout has nothing to free.
func (s *session) Logout() error { return nil }
