package email

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

// Bookmarks keeps how far each mailbox was read, and sees to it that one
// process reads it at a time. The instants are real time.
type Bookmarks interface {
	HoldMailbox(ctx context.Context, name, holder string, now, until time.Time) (mark checkins.Bookmark, held bool, err error)
	MarkMailbox(ctx context.Context, name, holder string, mark checkins.Bookmark) error
	FreeMailbox(ctx context.Context, name, holder string) error
}

// A folder is a mailbox folder on an open connection. It is open for reading
// only, so that not even the server's mark for "recent" changes, but for the
// moment in which mail of ours is marked.
type folder interface {
	// news lists the next mails after mark, without touching them. Where the
	// folder has other UIDs than mark speaks of, they begin at since.
	news(mark checkins.Bookmark, since time.Time) (page, error)
	// whole is a mail from its first byte, up to maxMessage, unmarked.
	whole(uid uint32) ([]byte, error)
	// done marks mails as the options say. A *refusedError says that the
	// server would not.
	done(validity uint32, uids []uint32) error
}

// A line is the connection under a folder.
type line interface {
	wait(ctx context.Context, atMost time.Duration) error // until there may be news
	close()
}

type session interface {
	folder
	line
}

// page is some mails of a folder, in the order of their UIDs.
type page struct {
	validity uint32
	upTo     uint32 // everything up to it is on this page, or before it
	mails    []sighting
	more     bool
}

// sighting is what is seen of a mail before it is known to be ours.
type sighting struct {
	uid     uint32
	header  []byte    // the fields that a token may stand in
	arrived time.Time // at the server
}

// refusedError is a server's plain no to one command; the connection is well.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

const (
	holdTime     = 3 * time.Minute // how long a process that died keeps others from the mailbox
	leastWait    = 5 * time.Second // after a failure; doubled with each further one
	longestWait  = 5 * time.Minute
	overlap      = 24 * time.Hour // a search knows days, and a server's clock may be off
	firstLook    = 7 * 24 * time.Hour
	defaultPoll  = time.Minute
	freePatience = 2 * time.Second
)

// Reader reads answers out of a mailbox by IMAP. It is made for a mailbox that
// belongs to a person: it looks at headers, touches only mail that bears a
// token of ours, and marks it only once everything that follows from it is
// committed. NewReader makes one; Run runs it.
type Reader struct {
	options ReaderOptions
	open    func(context.Context) (session, error)
}

// NewReader checks the options and fills in their defaults. It opens no
// connection. Its errors say what to change.
func NewReader(o ReaderOptions) (*Reader, error) {
	if err := o.settle(); err != nil {
		return nil, err
	}
	return &Reader{options: o, open: func(ctx context.Context) (session, error) { return dialIMAP(ctx, o) }}, nil
}

// Run reads the mailbox until ctx ends. Whatever goes wrong, it begins anew
// after a while, which grows with each failure up to five minutes.
func (r *Reader) Run(ctx context.Context) {
	wait := leastWait
	for ctx.Err() == nil {
		well, err := r.caught(ctx)
		if ctx.Err() != nil {
			break
		}
		if well {
			wait = leastWait
		}
		if err != nil {
			r.options.Log.Error("reading the mailbox failed; it is tried again", "in", wait, "error", err)
		}
		pause(ctx, wait)
		if err != nil {
			wait = min(2*wait, longestWait)
		}
	}
	freeing, cancel := context.WithTimeout(context.WithoutCancel(ctx), freePatience)
	defer cancel()
	if err := r.options.Bookmarks.FreeMailbox(freeing, r.options.name(), r.options.Holder); err != nil {
		r.options.Log.Warn("the mailbox could not be given free; another process waits three minutes for it", "error", err)
	}
}

// caught reads the mailbox; a panic is an error.
func (r *Reader) caught(ctx context.Context) (well bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = checkins.Panicked(p)
		}
	}()
	return r.read(ctx)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hold takes the mailbox, or goes on holding it.
func (r *Reader) hold(ctx context.Context) (checkins.Bookmark, bool, error) {
	now := r.options.Clock()
	return r.options.Bookmarks.HoldMailbox(ctx, r.options.name(), r.options.Holder, now, now.Add(holdTime))
}

// read holds one connection for as long as it lasts; well says whether it was
// of use. Without an error another process has the mailbox.
func (r *Reader) read(ctx context.Context) (well bool, err error) {
	if _, held, err := r.hold(ctx); err != nil || !held {
		return false, err
	}
	s, err := r.open(ctx)
	if err != nil {
		return false, err
	}
	defer s.close()
	for {
		mark, held, err := r.hold(ctx)
		if err != nil || !held {
			return well, err
		}
		if err := r.pass(ctx, s, mark); err != nil {
			return well, err
		}
		if !well {
			well = true
			r.options.Log.Info("reading mail by IMAP", "server", r.options.Host, "folder", r.options.Folder)
		}
		if err := s.wait(ctx, r.options.Poll); err != nil {
			return well, err
		}
		if ctx.Err() != nil {
			return well, nil
		}
	}
}

// pass reads everything that is new.
func (r *Reader) pass(ctx context.Context, f folder, mark checkins.Bookmark) error {
	since := r.options.Clock().Add(-firstLook)
	if !mark.At.IsZero() {
		since = mark.At.Add(-overlap)
	}
	for {
		p, err := f.news(mark, since)
		if err != nil {
			return err
		}
		if mark, err = r.page(ctx, f, p, mark); err != nil || !p.more {
			return err
		}
		if _, held, err := r.hold(ctx); err != nil || !held {
			return err
		}
	}
}

// page takes in what is ours on a page, marks it in the mailbox, and then
// notes how far it came. A mail that could not be kept holds the bookmark
// back, so that it is read again, and keeps none behind it from being read:
// a second time counts for nothing (DESIGN rule 4).
func (r *Reader) page(ctx context.Context, f folder, p page, mark checkins.Bookmark) (checkins.Bookmark, error) {
	next := checkins.Bookmark{Validity: p.validity, UID: p.upTo, At: r.options.Clock()}
	var ours []uint32
	var failed error
	for _, mail := range p.mails {
		mine, err := r.mail(ctx, f, mail)
		if mine && err == nil {
			ours = append(ours, mail.uid)
		}
		if err != nil && failed == nil {
			failed, next.UID = err, mail.uid-1
		}
		if err != nil && ctx.Err() != nil {
			break
		}
	}
	if len(ours) > 0 {
		var refused *refusedError
		err := f.done(p.validity, ours)
		if errors.As(err, &refused) {
			r.options.Log.Warn("answers were read and kept, but could not be marked in the mailbox", "mails", len(ours), "error", err)
			err = nil
		}
		if err != nil {
			return mark, errors.Join(failed, err)
		}
	}
	if next.Validity != mark.Validity || next.UID != mark.UID {
		if err := r.options.Bookmarks.MarkMailbox(ctx, r.options.name(), r.options.Holder, next); err != nil {
			return mark, errors.Join(failed, err)
		}
	}
	return next, failed
}

// mail takes in one mail, if it is ours.
func (r *Reader) mail(ctx context.Context, f folder, s sighting) (mine bool, err error) {
	parser := r.options.parser()
	h, _ := readHeader(s.header)
	if h.has(loopHeader) {
		return false, nil // what we sent to somebody who has this mailbox: theirs to read
	}
	token, err := r.options.issued(ctx, parser.tokens(h, nil))
	report := isReport(h) || isMailer(first(h.mailboxes("From")), h) // may name our mail in its body alone
	if err != nil || token == "" && !report {
		return false, err
	}
	raw, err := f.whole(s.uid)
	if err != nil || len(raw) == 0 {
		return false, err
	}
	if token == "" {
		m, err := parser.Parse(raw)
		if err != nil {
			return false, nil // nothing in it
		}
		if token, err = r.options.issued(ctx, m.tokens); err != nil || token == "" {
			return false, err
		}
	}
	at := r.options.Now()
	if !s.arrived.IsZero() && s.arrived.Before(at) {
		at = s.arrived
	}
	err = r.options.take(ctx, raw, origin{at: at})
	if errors.Is(err, errEmpty) {
		err = nil
	}
	return err == nil, err
}

// IMAPAuth is how a Reader signs in.
type IMAPAuth string

// The ways of signing in, as the configuration spells them.
const (
	AuthPassword IMAPAuth = "password" // PLAIN or LOGIN, with an app password where the provider has those
	AuthXOAuth2  IMAPAuth = "xoauth2"  // with an access token, as Google and Microsoft have it
)

// IMAPMark is what is done to an answer that was read.
type IMAPMark string

// The marks, as the configuration spells them.
const (
	MarkSeen    IMAPMark = "seen"    // it counts as read
	MarkFlagged IMAPMark = "flagged" // it bears a flag
	MarkNothing IMAPMark = "nothing"
)

// settle checks the options and fills in their defaults.
func (o *ReaderOptions) settle() error {
	if err := o.Intake.settle(); err != nil {
		return err
	}
	switch {
	case o.Host == "" || o.Username == "" || o.Secret == nil:
		return errors.New("email: IMAP needs a host, a username and a password or token")
	case o.Bookmarks == nil || o.Tokens == nil || o.Clock == nil || o.Holder == "":
		return errors.New("email: Bookmarks, Tokens, Clock and Holder are required")
	}
	o.Auth = or(o.Auth, AuthPassword)
	o.Mark = or(o.Mark, MarkSeen)
	o.TLS = or(o.TLS, TLSImplicit)
	o.Folder = or(o.Folder, "INBOX")
	if o.Poll <= 0 || o.Poll > defaultPoll {
		o.Poll = defaultPoll // less than holdTime by far
	}
	ports := map[TLSPolicy]int{TLSImplicit: 993, TLSStart: 143}
	port, known := ports[o.TLS]
	switch {
	case !known:
		return fmt.Errorf("email: IMAP is read over TLS only; use %q or %q, not %q", TLSImplicit, TLSStart, o.TLS)
	case o.Auth != AuthPassword && o.Auth != AuthXOAuth2:
		return fmt.Errorf("email: no such way to sign in: %q; use %q or %q", o.Auth, AuthPassword, AuthXOAuth2)
	case o.Mark != MarkSeen && o.Mark != MarkFlagged && o.Mark != MarkNothing:
		return fmt.Errorf("email: no such mark: %q; use %q, %q or %q", o.Mark, MarkSeen, MarkFlagged, MarkNothing)
	}
	if o.Port == 0 {
		o.Port = port
	}
	return nil
}

// name is what the bookmark goes by.
func (o *ReaderOptions) name() string {
	return strings.ToLower(o.Host) + "|" + o.Username + "|" + o.Folder
}

// or is v, or what it is where nothing was chosen.
func or[T ~string](v, otherwise T) T {
	if v == "" {
		return otherwise
	}
	return v
}
