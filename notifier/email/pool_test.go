package email

import (
	"net/mail"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// pooled is a sender to a loopback server.
func pooled(t *testing.T) (*Sender, *emailtest.Server) {
	t.Helper()
	server, err := emailtest.Start(emailtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s, err := NewSender(Options{
		Host: server.Host(), Port: server.Port(), From: mail.Address{Address: "hello@microreach.example"}, Now: time.Now,
		Token: func(purpose, id string) string { return purpose + "-" + id },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, server
}

func send(t *testing.T, s *Sender) {
	t.Helper()
	out := checkins.Outgoing{Message: checkins.Message{ID: "m1", Words: checkins.Words{Subject: "today", Text: "x"}}, To: "ana@participant.example"}
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
}

// idle is how many connections lie in the pool.
func (p *pool) idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

func TestAConnectionEndsAfterItsShareOfMessages(t *testing.T) {
	s, server := pooled(t)
	for range 2*messagesPerConn + 1 {
		send(t, s)
	}
	if n := server.Connections(); n != 3 {
		t.Errorf("%d connections for %d messages, want 3", n, 2*messagesPerConn+1)
	}
}

func TestAConnectionThatNobodyUsesIsClosed(t *testing.T) {
	s, server := pooled(t)
	s.pool.idleTimeout = 20 * time.Millisecond
	send(t, s)
	if s.pool.idle() != 1 {
		t.Fatal("the connection was not kept")
	}
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for end := time.After(10 * time.Second); s.pool.idle() != 0; {
		select {
		case <-ticker.C:
		case <-end:
			t.Fatal("the connection is still open")
		}
	}
	s.pool.idleTimeout = time.Hour
	send(t, s)
	send(t, s)
	if n := server.Connections(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
	s.Close()
	if s.pool.idle() != 0 {
		t.Error("closing left a connection open")
	}
	send(t, s) // what is begun after all has a connection of its own
	if s.pool.idle() != 0 {
		t.Error("a closed pool keeps a connection")
	}
}
