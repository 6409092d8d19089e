package emailtest

import (
	"bytes"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"
)

// Stage is a step of an SMTP conversation at which the server can misbehave.
type Stage string

// The stages, in the order of a conversation. Those marked "in the clear" can
// only misbehave while the connection is not encrypted.
const (
	AtConnect Stage = "connect" // instead of the greeting, in the clear
	AtEHLO    Stage = "EHLO"    // in the clear
	AtMail    Stage = "MAIL"
	AtRcpt    Stage = "RCPT"
	AtData    Stage = "DATA" // the command, in the clear
	AtBody    Stage = "body" // after the command, before the message is read
	AtDot     Stage = "dot"  // after the final dot
	AtReset   Stage = "RSET" // in the clear
	AtQuit    Stage = "QUIT" // in the clear
)

// Fault is one piece of misbehaviour. It happens once, at the next occasion,
// unless Always is set.
type Fault struct {
	At     Stage
	Reply  string          // what to answer, such as "451 4.7.1 try again later"
	Drop   bool            // close the connection, after Reply if there is one, without a word otherwise
	Wait   <-chan struct{} // first wait until it is closed, or the server is
	Taken  bool            // with AtDot: the message is kept all the same
	Always bool            // at every occasion, until Behave
}

// Misbehave adds faults. Several for one stage happen in the order given.
func (s *Server) Misbehave(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// Behave forgets every fault that has not happened yet.
func (s *Server) Behave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault takes the next fault for a stage, nil if there is none.
func (s *Server) fault(at Stage) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.At != at {
			continue
		}
		if !f.Always {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return f
	}
	return nil
}

// wireFault takes the next fault for a command, of those that the session does
// not see to itself.
func (s *Server) wireFault(at Stage) *Fault {
	if at == AtMail || at == AtRcpt {
		return nil
	}
	return s.fault(at)
}

// hold waits as the fault says.
func (s *Server) hold(f *Fault) {
	if f.Wait == nil {
		return
	}
	select {
	case <-f.Wait:
	case <-s.closed:
	}
}

// misbehave lets the next fault of a stage happen, if there is one.
func (s *session) misbehave(at Stage) error {
	if f := s.server.fault(at); f != nil {
		return s.suffer(f)
	}
	return nil
}

// suffer lets a fault happen inside the library's session.
func (s *session) suffer(f *Fault) error {
	s.server.hold(f)
	if f.Drop && f.Reply == "" {
		_ = s.conn.Conn().Close()
		return errors.New("connection dropped on request")
	}
	if f.Reply == "" {
		return nil
	}
	if f.Drop {
		_, _ = s.conn.Conn().Write([]byte(f.Reply + "\r\n"))
		_ = s.conn.Conn().Close()
	}
	return parseReply(f.Reply)
}

// parseReply turns "451 4.7.1 words" into the library's error.
func parseReply(reply string) *smtp.SMTPError {
	code, rest, _ := strings.Cut(reply, " ")
	number, err := strconv.Atoi(code)
	if err != nil {
		return &smtp.SMTPError{Code: 451, Message: reply}
	}
	answer := &smtp.SMTPError{Code: number, EnhancedCode: smtp.NoEnhancedCode, Message: rest}
	enhanced, words, _ := strings.Cut(rest, " ")
	digits := strings.Split(enhanced, ".")
	if len(digits) != 3 {
		return answer
	}
	var parsed smtp.EnhancedCode
	for i, d := range digits {
		if parsed[i], err = strconv.Atoi(d); err != nil {
			return answer
		}
	}
	answer.EnhancedCode, answer.Message = parsed, words
	return answer
}

// wireListener lets faults happen at commands that the library handles by
// itself: it looks at the client's lines before the library does.
type wireListener struct {
	net.Listener
	server *Server
}

// Accept counts the connection and wraps it.
func (l *wireListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.server.mu.Lock()
		l.server.connections++
		l.server.mu.Unlock()
		if f := l.server.fault(AtConnect); f != nil {
			go func() {
				l.server.hold(f)
				_, _ = conn.Write([]byte(f.Reply + "\r\n"))
				_ = conn.Close()
			}()
			continue
		}
		return &wireConn{Conn: conn, server: l.server, opaque: l.server.options.TLS}, nil
	}
}

// wireConn reads the client's commands in the clear and answers those for
// which a fault was asked itself; everything else goes on to the library.
type wireConn struct {
	net.Conn
	server *Server

	pending []byte // read, passed, not yet taken by the library
	partial []byte // the beginning of a line
	opaque  bool   // encrypted from here on
	body    bool   // between DATA and the final dot
}

// Read hands on what the library may see.
func (c *wireConn) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		buffer := make([]byte, 4096)
		n, err := c.Conn.Read(buffer)
		c.sift(buffer[:n])
		if err != nil && len(c.pending) == 0 {
			return 0, err
		}
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// sift passes lines on, without those that a fault answers.
func (c *wireConn) sift(data []byte) {
	if c.opaque {
		c.pending = append(c.pending, data...)
		return
	}
	c.partial = append(c.partial, data...)
	for !c.opaque {
		end := bytes.IndexByte(c.partial, '\n')
		if end < 0 {
			return
		}
		line := c.partial[:end+1]
		c.partial = c.partial[end+1:]
		if !c.answered(strings.TrimRight(string(line), "\r\n")) {
			c.pending = append(c.pending, line...)
		}
	}
	c.pending, c.partial = append(c.pending, c.partial...), nil
}

// answered reports whether a fault took care of a line.
func (c *wireConn) answered(line string) bool {
	if c.body {
		c.body = line != "."
		return false
	}
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	if f := c.server.wireFault(Stage(verb)); f != nil {
		c.server.hold(f)
		if f.Reply != "" {
			_, _ = c.Conn.Write([]byte(f.Reply + "\r\n"))
		}
		if f.Drop {
			_ = c.Conn.Close()
		}
		return true
	}
	c.body = verb == "DATA"
	c.opaque = verb == "STARTTLS"
	return false
}
