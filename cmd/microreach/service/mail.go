package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier/email"
)

// into completes an intake: whatever way a mail comes in, the same parts of
// the house take it.
func (s *Service) into(in email.Intake) email.Intake {
	in.Receiver, in.Witness, in.Tokens = s.Inbox, s.witness(), s.Store
	return in
}

// buildMailIn makes the ways in for mail that bring it without HTTP.
func (s *Service) buildMailIn() (err error) {
	m := s.options.Mail
	if m == nil {
		return nil
	}
	if m.Inbound != nil {
		o := *m.Inbound
		o.Intake = s.into(o.Intake)
		if s.listener, err = email.NewListener(o); err != nil {
			return err
		}
	}
	if m.IMAP != nil {
		o := *m.IMAP
		o.Intake, o.Bookmarks = s.into(o.Intake), s.Store
		reader, err := email.NewReader(o)
		if err != nil {
			return err
		}
		s.reader = newReading(reader)
	}
	return nil
}

// mailHook is the way in by HTTP; nil where there is none.
func (s *Service) mailHook() (*email.Hook, error) {
	m := s.options.Mail
	if m == nil || m.Hook == nil {
		return nil, nil
	}
	o := *m.Hook
	o.Intake = s.into(o.Intake)
	return email.NewHook(o)
}

// reading is a mailbox reader at work. A nil one does nothing.
type reading struct {
	reader *email.Reader
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
}

func newReading(reader *email.Reader) *reading {
	r := &reading{reader: reader, done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

func (r *reading) start() {
	if r == nil {
		return
	}
	go func() {
		defer close(r.done)
		r.reader.Run(r.ctx)
	}()
}

// stop ends the reading. What was not committed yet is read again next time.
func (r *reading) stop(ctx context.Context) error {
	if r == nil {
		return nil
	}
	r.cancel()
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the mailbox was still being read: %w", ctx.Err())
	}
}

// stopMail closes the doors for mail.
func (s *Service) stopMail(ctx context.Context) error {
	var err error
	if s.listener != nil {
		err = s.listener.Shutdown(ctx)
	}
	return errors.Join(err, s.reader.stop(ctx))
}

const purposeThread = "thread"

// left lets the program that shows a mail stop it (RFC 8058), at the page that
// the mail itself leads to.
func (s *Service) left(o email.Options) email.Options {
	if o.UnsubscribeURL == nil {
		o.UnsubscribeURL = func(m checkins.Message) string {
			to := checkins.Address{ID: m.Address, Channel: m.Channel}
			if m.Kind == checkins.Digest { // its foot leads to the end of all as well
				return s.House.Links.NoDigestURL(to)
			}
			return s.House.Links.LeaveURL(to)
		}
	}
	if o.UnsubscribeWord == nil {
		o.UnsubscribeWord = func(m checkins.Message) string {
			if m.Kind == checkins.Digest {
				return s.Words.DigestWords(checkins.DigestNoMore)
			}
			return "STOP"
		}
	}
	return o
}

// threaded lets the mails of one person and week stand in one thread: all of
// them continue a root that nobody ever sent, which mail programs take as well
// as a real one (REQUIREMENTS B15). A new week begins a new thread, long
// before the hundred mails at which some programs break one.
func (s *Service) threaded(o email.Options) email.Options {
	if o.Thread != nil {
		return o
	}
	o.Thread = func(m checkins.Message) []string {
		year, week := m.CreatedAt.UTC().ISOWeek()
		root := s.options.Core.Vault.Token(purposeThread, fmt.Sprintf("%s|%d-%02d", m.Address, year, week))
		return []string{"week." + root} // the dot keeps it from being taken for a token
	}
	return o
}
