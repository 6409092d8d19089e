package email

import (
	"context"
	"errors"
	"io"

	"github.com/emersion/go-smtp"
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
	switch err := l.options.take(ctx, raw, origin{to: s.to, nullPath: s.from == "", at: l.options.Now()}); {
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
