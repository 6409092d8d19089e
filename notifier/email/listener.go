package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// ListenerOptions are what a Listener needs to know. Listen is required, beside
// what Intake asks for.
type ListenerOptions struct {
	Intake

	Listen   string // "host:port", or with LMTP also the path of a socket
	LMTP     bool   // LMTP (RFC 2033) instead of SMTP
	Hostname string // in the greeting; empty is the host of Address

	TLSConfig      *tls.Config   // nil: STARTTLS is not offered
	CommandTimeout time.Duration // for a client's next command or whole message; 0 is 60 s
	ReceiveTimeout time.Duration // for the Receiver; 0 is 30 s
	MaxConnections int           // at a time, further ones wait; 0 is 64
}

const (
	defaultCommandTimeout = 60 * time.Second
	defaultReceiveTimeout = 30 * time.Second
	defaultConnections    = 64
	maxLine               = 64 << 10 // programs write HTML in one line; RFC 5321 §4.5.3.1.6 asks for 1000
)

// Listener takes mail for our reply mailbox by SMTP or LMTP. NewListener makes
// one; Start and Shutdown are called once each.
type Listener struct {
	options ListenerOptions
	mailbox mailbox
	server  *smtp.Server
	socket  net.Listener

	base   context.Context // of every Receive; cancelled when Shutdown loses patience
	cancel context.CancelFunc
	served chan struct{}

	mu      sync.Mutex
	closing bool
	conns   map[*drainConn]bool
}

// NewListener checks the options. Its errors say what to change.
func NewListener(o ListenerOptions) (*Listener, error) {
	if err := o.settle(); err != nil {
		return nil, err
	}
	box, err := parseMailbox(o.Address)
	switch {
	case err != nil:
		return nil, err // settle has looked already
	case o.Listen == "":
		return nil, errors.New("email: no address to listen on; set one such as 127.0.0.1:2525")
	}
	if o.Hostname == "" {
		o.Hostname = box.host
	}
	if o.CommandTimeout <= 0 {
		o.CommandTimeout = defaultCommandTimeout
	}
	if o.ReceiveTimeout <= 0 {
		o.ReceiveTimeout = defaultReceiveTimeout
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = defaultConnections
	}
	l := &Listener{
		options: o, mailbox: box,
		conns: map[*drainConn]bool{}, served: make(chan struct{}),
	}
	l.base, l.cancel = context.WithCancel(context.Background())
	l.server = l.newServer()
	return l, nil
}

func (l *Listener) newServer() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &inbound{listener: l, conn: c}, nil
	}))
	server.LMTP = l.options.LMTP
	server.Domain = l.options.Hostname
	server.MaxMessageBytes = maxMessage
	server.MaxRecipients = 1
	server.MaxLineLength = maxLine
	server.ReadTimeout = l.options.CommandTimeout
	server.WriteTimeout = l.options.CommandTimeout
	server.TLSConfig = l.options.TLSConfig
	server.ErrorLog = log.New(io.Discard, "", 0) // the library's words name clients
	server.EnableSMTPUTF8 = true
	return server
}

// Start opens the socket and serves it until Shutdown.
func (l *Listener) Start() error {
	network := "tcp"
	if _, _, err := net.SplitHostPort(l.options.Listen); err != nil && l.options.LMTP {
		network = "unix"
		removeStale(l.options.Listen)
	}
	socket, err := net.Listen(network, l.options.Listen)
	if err != nil {
		return fmt.Errorf("email: cannot listen for mail; is another program on %s? %w", l.options.Listen, err)
	}
	l.socket = socket
	go func() {
		defer close(l.served)
		err := l.server.Serve(&drainListener{Listener: socket, owner: l, free: make(chan struct{}, l.options.MaxConnections)})
		if err != nil && !errors.Is(err, net.ErrClosed) {
			l.options.Log.Error("mail listener stopped", "error", err)
		}
	}()
	return nil
}

// removeStale removes a socket that a killed process left behind: one on which
// nobody answers. Anything else stays, and Listen complains.
func removeStale(path string) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		_ = os.Remove(path)
		return
	}
	_ = conn.Close()
}

// Addr is where the listener listens, once started.
func (l *Listener) Addr() net.Addr { return l.socket.Addr() }

// Shutdown takes no further mail, ends idle connections, and waits for the
// messages that are being received. When ctx ends it cuts them: their clients
// have no answer, and bring them again.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.mu.Lock()
	l.closing = true
	for c := range l.conns {
		c.hurry()
	}
	l.mu.Unlock()
	if l.socket != nil {
		_ = l.socket.Close() // the library knows it only once Serve has begun
	}
	err := l.server.Shutdown(ctx)
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	l.cancel()
	if err != nil {
		l.mu.Lock()
		for c := range l.conns {
			_ = c.Conn.Close()
		}
		l.mu.Unlock()
	}
	if l.socket != nil {
		<-l.served
	}
	if err != nil {
		return fmt.Errorf("email: mail was still being received: %w", err)
	}
	return nil
}

// drainListener bounds the number of connections and remembers them.
type drainListener struct {
	net.Listener
	owner *Listener
	free  chan struct{}
}

// Accept waits for a free place first, so that the system's queue holds those
// who are too many.
func (d *drainListener) Accept() (net.Conn, error) {
	select {
	case d.free <- struct{}{}:
	case <-d.owner.base.Done():
		return nil, net.ErrClosed
	}
	conn, err := d.Listener.Accept()
	if err != nil {
		<-d.free
		return nil, err
	}
	c := &drainConn{Conn: conn, owner: d.owner, release: sync.OnceFunc(func() { <-d.free })}
	d.owner.mu.Lock()
	d.owner.conns[c] = true
	d.owner.mu.Unlock()
	return c, nil
}

// drainConn is a connection that can be asked to end as soon as no message is
// being received on it.
type drainConn struct {
	net.Conn
	owner   *Listener
	release func()

	mu      sync.Mutex
	busy    bool
	hurried bool
}

// longAgo, as a deadline, ends a wait at once.
var longAgo = time.Unix(1, 0)

// hurry ends the wait for the next command, now or after the message that is
// being received.
func (c *drainConn) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hurried = true
	if !c.busy {
		_ = c.Conn.SetReadDeadline(longAgo)
	}
}

// SetReadDeadline keeps a hurried connection from waiting again.
func (c *drainConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hurried && !c.busy {
		t = longAgo
	}
	return c.Conn.SetReadDeadline(t)
}

// receiving marks the time during which a message must not be cut; it reports
// false when it is too late to begin one.
func (c *drainConn) receiving(busy bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if busy && c.hurried {
		return false
	}
	c.busy = busy
	return true
}

// Close gives the place free.
func (c *drainConn) Close() error {
	c.owner.mu.Lock()
	delete(c.owner.conns, c)
	c.owner.mu.Unlock()
	c.release()
	return c.Conn.Close()
}

// drained finds our connection under the library's, through TLS if need be.
func drained(c net.Conn) *drainConn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	d, _ := c.(*drainConn)
	return d
}
