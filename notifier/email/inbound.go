package email

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-smtp"

	"github.com/microreach/microreach/checkins"
)

// The answers that a client may hear from us.
var (
	errNotOurs   = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox here"}
	errGoingAway = &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Shutting down, try again later"}
	errNotKept   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Could not be stored, try again later"}
	errUnread    = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "The message is empty"}
)

// inbound is one client's conversation with a Listener.
type inbound struct {
	listener *Listener
	conn     *smtp.Conn
	from     string
	to       string
}

// Mail takes the return path; an empty one is how reports come.
func (s *inbound) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.to = from, ""
	return nil
}

// Rcpt takes our reply mailbox and no other: this is no relay.
func (s *inbound) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, ours := s.listener.mailbox.matches(to); !ours {
		return errNotOurs
	}
	s.to = to
	return nil
}

// Data takes a message and answers only once it is kept.
func (s *inbound) Data(r io.Reader) error {
	if d := drained(s.conn.Conn()); d != nil {
		if !d.receiving(true) {
			return errGoingAway
		}
		defer d.receiving(false)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // too large, or the connection is gone
	}
	l := s.listener
	ctx, cancel := context.WithTimeout(l.base, l.options.ReceiveTimeout)
	defer cancel()
	switch err := l.receive(ctx, raw, s.from, s.to); {
	case errors.Is(err, errEmpty):
		return errUnread
	case err != nil:
		l.options.Log.Error("mail not kept; the sender will bring it again", "error", err)
		return errNotKept
	}
	return nil
}

// Reset forgets the transaction.
func (s *inbound) Reset() { s.from, s.to = "", "" }

// Logout has nothing to free.
func (s *inbound) Logout() error { return nil }

// receive understands a message as far as this package does, and hands it on.
func (l *Listener) receive(ctx context.Context, raw []byte, from, to string) error {
	m, err := l.parser.Parse(raw, to)
	if err != nil {
		return err
	}
	if from == "" && !m.Auto { // RFC 3834 §2: a null return path is never a person's
		m.Auto, m.AutoReason = true, "null return path"
	}
	if l.options.Reporter != nil && (m.Bounce != nil || m.Complaint) {
		r := Report{Token: m.Token, Bounce: m.Bounce, Complaint: m.Complaint, At: l.options.Now()}
		if err := l.options.Reporter.Report(ctx, r); err != nil {
			return fmt.Errorf("email: keep a report: %w", err)
		}
		return nil
	}
	in := checkins.Incoming{
		Channel: checkins.Email, ProviderID: m.MessageID, From: m.From, Token: m.Token,
		Text: m.Text, Auto: m.Auto, At: l.options.Now(),
	}
	if l.options.LookupTXT != nil && !m.Auto {
		in.Aligned = aligned(ctx, raw, m.From, l.options.LookupTXT)
	}
	if err := l.options.Receiver.Receive(ctx, in); err != nil {
		return fmt.Errorf("email: keep a message: %w", err)
	}
	return nil
}
