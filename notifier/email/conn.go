package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// conn is one open connection to the server, used by one Send at a time.
//
// It keeps the socket beside the library's client. The library minds a context
// only while dialling, and its own Close waits for a lock that a running
// command holds; closing the socket is what ends a command at once. It is also
// the only safe end after a failure in the middle of a message: any command,
// QUIT included, would first complete the half-written message with its final
// dot.
type conn struct {
	library *gomail.Client
	client  *smtp.Client
	socket  net.Conn
	sent    int         // messages that went over it
	idle    *time.Timer // while it lies in the pool
}

// dial opens a connection and brings it up to where MAIL may follow.
func (s *Sender) dial(ctx context.Context) (*conn, error) {
	c := &conn{}
	var stop func() bool
	library, err := gomail.NewClient(s.options.Host, s.clientOptions(func(dialCtx context.Context, network, addr string) (net.Conn, error) {
		var dialer net.Dialer
		socket, err := dialer.DialContext(dialCtx, network, addr)
		if err != nil {
			return nil, err
		}
		c.socket = socket
		stop = context.AfterFunc(ctx, func() { _ = socket.Close() })
		if s.options.TLS == TLSImplicit {
			encrypted := tls.Client(socket, s.options.TLSConfig)
			return encrypted, encrypted.HandshakeContext(dialCtx)
		}
		return socket, nil
	})...)
	if err != nil {
		return nil, err
	}
	client, err := library.DialToSMTPClientWithContext(ctx)
	if stop != nil && !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.drop()
		return nil, err
	}
	c.library, c.client = library, client
	return c, nil
}

// transmit runs one message over the connection. The socket is closed if ctx
// ends meanwhile.
func (c *conn) transmit(ctx context.Context, message *gomail.Msg) error {
	stop := context.AfterFunc(ctx, func() { _ = c.socket.Close() })
	err := c.library.SendWithSMTPClient(c.client, message)
	if !stop() {
		return errors.Join(err, ctx.Err())
	}
	return err
}

// drop closes the socket without a word.
func (c *conn) drop() {
	if c.socket != nil {
		_ = c.socket.Close()
	}
}

// quit ends the conversation as the protocol wants it, within a second.
func (c *conn) quit() {
	if c.client.UpdateDeadline(time.Second) == nil {
		_ = c.client.Quit() // nothing hangs on the answer
	}
	c.drop()
}

// pool keeps connections between messages, the last used on top.
type pool struct {
	idleTimeout time.Duration

	mu     sync.Mutex
	conns  []*conn
	closed bool
}

// take gives the connection that was used last, nil if there is none.
func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.conns) > 0 {
		c := p.conns[len(p.conns)-1]
		p.conns = p.conns[:len(p.conns)-1]
		if c.idle.Stop() {
			return c
		}
	}
	return nil
}

// put keeps a connection on which a message was accepted, unless something
// went wrong after that, it has done its share, or the pool is closed.
func (p *pool) put(c *conn, err error) {
	c.sent++
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		c.drop()
		return
	}
	if p.closed || c.sent >= messagesPerConn {
		go c.quit()
		return
	}
	c.idle = time.AfterFunc(p.idleTimeout, func() { p.evict(c) })
	p.conns = append(p.conns, c)
}

// evict ends a connection that nobody used for a while.
func (p *pool) evict(c *conn) {
	p.mu.Lock()
	for i, other := range p.conns {
		if other == c {
			p.conns = append(p.conns[:i:i], p.conns[i+1:]...)
			break
		}
	}
	p.mu.Unlock()
	c.quit()
}

// close ends every idle connection, and each other one when it comes back.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.conns
	p.conns, p.closed = nil, true
	p.mu.Unlock()
	var wait sync.WaitGroup
	for _, c := range idle {
		if c.idle.Stop() {
			wait.Go(c.quit)
		}
	}
	wait.Wait()
}
