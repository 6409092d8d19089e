package email

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Receiver takes in one message from outside. An error means that nothing was
// kept and that the message must be brought again.
type Receiver interface {
	Receive(ctx context.Context, in checkins.Incoming) error
}

// Witness takes in what a report says about a mail of ours. An error means that
// the report must be brought again.
type Witness interface {
	Witness(ctx context.Context, e checkins.Evidence) error
}

// Tokens tells the tokens that stand in our mails from words that only look
// like one: somebody's own user+shop@host, or a Message-ID of a mail program at
// the same domain.
type Tokens interface {
	Issued(ctx context.Context, token string) (bool, error)
}

// Intake is what becomes of a mail, whichever way it comes in: by SMTP or LMTP
// (Listener), from a mailbox (Reader), or from a provider (Hook). Address,
// Receiver and Now are required.
type Intake struct {
	Address string // our reply mailbox; tokens stand after a "+" in it
	Domain  string // right side of our Message-IDs; empty is the host of Address

	Receiver Receiver
	Witness  Witness // nil: reports go to the Receiver, marked as written by a machine
	Tokens   Tokens  // nil: what looks like a token is taken for one

	// LookupTXT finds the keys of signatures, as (*net.Resolver).LookupTXT
	// does; nil: signatures are not checked here.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
	// AuthServers are the names (authserv-id, RFC 8601 §2.5) under which
	// servers of ours, or of our provider, write Authentication-Results. Only
	// the topmost such field counts, and only by one of these names. None:
	// nobody is believed.
	AuthServers []string

	Now func() time.Time
	Log *slog.Logger // nil: silent. No text, mailbox or token is logged
}

// settle checks an intake and fills in its defaults.
func (o *Intake) settle() error {
	_, err := parseMailbox(o.Address)
	switch {
	case err != nil:
		return fmt.Errorf("email: the reply mailbox cannot be used: %w", err)
	case o.Receiver == nil || o.Now == nil:
		return errors.New("email: Receiver and Now are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// parser is the Parser of this intake.
func (o *Intake) parser() Parser { return Parser{Address: o.Address, Domain: o.Domain} }

// origin is what is known of a mail besides its bytes.
type origin struct {
	to       string    // the recipient in the envelope, where there was an envelope
	nullPath bool      // the return path in the envelope was empty
	at       time.Time // when it reached us
}

// take understands a mail as far as this package does, and hands it on. Where
// the error is nil, whatever follows from the mail is committed. errEmpty says
// that there was nothing to read. A panic is an error that quotes nothing of the mail.
func (o *Intake) take(ctx context.Context, raw []byte, from origin) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = checkins.Panicked(p)
		}
	}()
	return o.handOn(ctx, raw, from)
}

func (o *Intake) handOn(ctx context.Context, raw []byte, from origin) error {
	m, err := o.parser().Parse(raw, from.to)
	if err != nil {
		return err
	}
	if m.Token, err = o.issued(ctx, m.tokens); err != nil {
		return err
	}
	if from.nullPath && !m.Auto { // RFC 3834 §2: a null return path is never a person's
		m.Auto, m.AutoReason = true, "null return path"
	}
	if o.Witness != nil && (m.Bounce != nil || m.Complaint) {
		return o.report(ctx, m, from)
	}
	in := checkins.Incoming{
		Channel: checkins.Email, ProviderID: m.MessageID, From: m.From, Token: m.Token,
		Text: m.Text, Unread: m.Dropped, Auto: m.Auto, At: from.at,
	}
	if !m.Auto {
		in.Aligned = o.aligned(ctx, raw, m)
	}
	if err := o.Receiver.Receive(ctx, in); err != nil {
		return fmt.Errorf("email: keep a message: %w", err)
	}
	return nil
}

// issued is the first of some words that is a token of ours; empty if none is.
func (o *Intake) issued(ctx context.Context, words []string) (string, error) {
	if o.Tokens == nil {
		return first(words), nil
	}
	for _, word := range words {
		ours, err := o.Tokens.Issued(ctx, word)
		if err != nil {
			return "", fmt.Errorf("email: look up a token: %w", err)
		}
		if ours {
			return word, nil
		}
	}
	return "", nil
}

// report passes on what a bounce or complaint says. One that bears no token of
// ours may be forged, and does nothing (REQUIREMENTS B12).
func (o *Intake) report(ctx context.Context, m Mail, from origin) error {
	if m.Token == "" {
		o.Log.Debug("a report about mail names none of ours and is left alone")
		return nil
	}
	e := checkins.Evidence{Token: m.Token, Source: "complaint", Fact: checkins.FactComplaint, At: from.at}
	if m.Bounce != nil {
		e.Source, e.Fact, e.Code = "bounce", m.Bounce.fact(), m.Bounce.Status
	}
	if err := o.Witness.Witness(ctx, e); err != nil {
		return fmt.Errorf("email: keep a report: %w", err)
	}
	return nil
}

// aligned reports whether the domain of From vouches for the mail: by a
// signature that we check, or in the words of a server that we trust.
func (o *Intake) aligned(ctx context.Context, raw []byte, m Mail) bool {
	if m.From == "" {
		return false
	}
	return vouched(m.results, o.AuthServers, m.From) || o.LookupTXT != nil && aligned(ctx, raw, m.From, o.LookupTXT)
}
