package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/microreach/microreach/checkins"
)

// ReaderOptions are what a Reader needs to know. Host, Username, Secret,
// Bookmarks, Clock and Holder are required, and Tokens beside what Intake asks
// for.
type ReaderOptions struct {
	Intake

	Host string
	Port int       // 0 is 993, with "starttls" 143
	TLS  TLSPolicy // TLSImplicit, also where it is empty, or TLSStart; nothing else

	Username string
	Auth     IMAPAuth // empty is AuthPassword
	// Secret gives the password, or the access token, anew for each
	// connection, since a token lives for an hour.
	Secret func() (string, error)

	Folder string   // empty is INBOX
	Mark   IMAPMark // empty is MarkSeen
	MoveTo string   // folder that answers are moved to once read; empty: they stay

	Poll      time.Duration // the longest wait between two looks, however silent the server; 0, and at most, 1 min
	Bookmarks Bookmarks
	Holder    string // names this process, and no other
	Clock     func() time.Time
	TLSConfig *tls.Config // nil verifies Host with the system's roots
}

const (
	imapDialTime = 20 * time.Second
	pageSize     = 100 // mails whose headers are asked for at once
)

// tokenFields are the fields that are fetched of a mail before it is known to
// be ours: those that a token may stand in, and what tells a report and our
// own mail.
var tokenFields = []string{
	"To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To",
	"In-Reply-To", "References", "Content-Type", "From", loopHeader,
}

// imapSession is the go-imap client behind our interface. It is used by one
// goroutine.
type imapSession struct {
	client  *imapclient.Client
	options ReaderOptions
	stop    func() bool
	heard   chan struct{} // told when the server speaks of new mail

	validity uint32 // of the folder, since it was last opened
	next     uint32 // the UID that the next mail was to get then
}

// dialIMAP connects, signs in, and opens the folder for reading. The
// connection is cut when ctx ends.
func dialIMAP(ctx context.Context, o ReaderOptions) (session, error) {
	secret, err := o.Secret()
	if err != nil {
		return nil, fmt.Errorf("email: IMAP: %w", err)
	}
	dialling, cancel := context.WithTimeout(ctx, imapDialTime)
	defer cancel()
	var dialer net.Dialer
	socket, err := dialer.DialContext(dialling, "tcp", net.JoinHostPort(o.Host, strconv.Itoa(o.Port)))
	if err != nil {
		return nil, fmt.Errorf("email: no connection to the IMAP server: %w", err)
	}
	s := &imapSession{options: o, heard: make(chan struct{}, 1)}
	s.stop = context.AfterFunc(ctx, func() { _ = socket.Close() })
	slow := context.AfterFunc(dialling, func() { _ = socket.Close() })
	defer slow()
	if err := s.begin(dialling, socket, secret); err != nil {
		s.stop()
		_ = socket.Close()
		return nil, withContext(dialling, err)
	}
	return s, nil
}

// begin brings a fresh connection up to an open folder.
func (s *imapSession) begin(ctx context.Context, socket net.Conn, secret string) error {
	config := &tls.Config{}
	if s.options.TLSConfig != nil {
		config = s.options.TLSConfig.Clone()
	}
	config.ServerName = cmp.Or(config.ServerName, s.options.Host)
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	tell := func() {
		select {
		case s.heard <- struct{}{}:
		default:
		}
	}
	options := &imapclient.Options{
		TLSConfig: config,
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(*imapclient.UnilateralDataMailbox) { tell() },
		},
	}
	var err error
	if s.options.TLS == TLSImplicit {
		encrypted := tls.Client(socket, config)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("email: no TLS with the IMAP server: %w", err)
		}
		s.client = imapclient.New(encrypted, options)
	} else if s.client, err = imapclient.NewStartTLS(socket, options); err != nil {
		return fmt.Errorf("email: the IMAP server offers no STARTTLS that holds, and without it no password is sent: %w", err)
	}
	if err := s.signIn(secret); err != nil {
		_ = s.client.Close()
		return err
	}
	if err := s.openFolder(true); err != nil {
		_ = s.client.Close()
		return err
	}
	return nil
}

func (s *imapSession) signIn(secret string) error {
	var err error
	switch caps := s.client.Caps(); {
	case s.options.Auth == AuthXOAuth2:
		err = s.client.Authenticate(&xoauth2{s.options.Username, secret})
	case caps.Has(imap.AuthCap(sasl.Plain)):
		err = s.client.Authenticate(sasl.NewPlainClient("", s.options.Username, secret))
	default:
		err = s.client.Login(s.options.Username, secret).Wait()
	}
	var no *imap.Error
	if errors.As(err, &no) {
		return errors.New("email: the IMAP server refuses to let us in; check user and password (many providers ask for an app password)") // its own words may name the mailbox
	}
	if err != nil {
		return fmt.Errorf("email: signing in at the IMAP server: %w", err)
	}
	return nil
}

// openFolder opens the folder. One that is open already is opened anew.
func (s *imapSession) openFolder(readOnly bool) error {
	data, err := s.client.Select(s.options.Folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
	var no *imap.Error
	switch {
	case errors.As(err, &no):
		return fmt.Errorf("email: the IMAP folder %q cannot be opened; look up its name as the server spells it", s.options.Folder)
	case err != nil:
		return fmt.Errorf("email: open the IMAP folder: %w", err)
	case data.UIDValidity == 0:
		return errors.New("email: the IMAP server numbers no mails (no UIDVALIDITY), so none could be told from another")
	}
	s.validity, s.next = data.UIDValidity, uint32(data.UIDNext)
	return nil
}

func (s *imapSession) news(mark checkins.Bookmark, since time.Time) (page, error) {
	p := page{validity: s.validity, upTo: mark.UID}
	criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{{Start: imap.UID(mark.UID) + 1, Stop: 0}}}}
	if mark.Validity != s.validity {
		criteria, p.upTo = &imap.SearchCriteria{Since: since}, 0
	}
	found, err := s.client.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return p, fmt.Errorf("email: look for new mail: %w", plain(err))
	}
	uids := found.AllUIDs()
	slices.Sort(uids)
	// "n:*" always holds the last mail, even one before n (RFC 9051 §9).
	uids = slices.DeleteFunc(uids, func(u imap.UID) bool { return uint32(u) <= p.upTo })
	if len(uids) == 0 {
		if mark.Validity != s.validity { // all that is there is older: it is done with
			p.upTo = max(s.next, 1) - 1
		}
		return p, nil
	}
	if p.more = len(uids) > pageSize; p.more {
		uids = uids[:pageSize]
	}
	p.upTo = uint32(uids[len(uids)-1])
	fields := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: tokenFields, Peek: true}
	got, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{
		UID: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{fields},
	}).Collect()
	if err != nil {
		return p, fmt.Errorf("email: fetch headers: %w", plain(err))
	}
	for _, m := range got {
		if len(m.BodySection) > 0 {
			p.mails = append(p.mails, sighting{uid: uint32(m.UID), header: m.BodySection[0].Bytes, arrived: m.InternalDate})
		}
	}
	slices.SortFunc(p.mails, func(a, b sighting) int { return cmp.Compare(a.uid, b.uid) })
	return p, nil
}

func (s *imapSession) whole(uid uint32) ([]byte, error) {
	got, err := s.client.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{
		UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true, Partial: &imap.SectionPartial{Size: maxMessage}}},
	}).Collect()
	if err != nil {
		return nil, fmt.Errorf("email: fetch a mail: %w", plain(err))
	}
	for _, m := range got {
		if uint32(m.UID) == uid && len(m.BodySection) > 0 {
			return m.BodySection[0].Bytes, nil
		}
	}
	return nil, nil // somebody removed it meanwhile
}

func (s *imapSession) done(validity uint32, uids []uint32) error {
	flags := map[IMAPMark]imap.Flag{MarkSeen: imap.FlagSeen, MarkFlagged: imap.FlagFlagged}
	flag, marks := flags[s.options.Mark]
	if !marks && s.options.MoveTo == "" {
		return nil
	}
	if err := s.openFolder(false); err != nil {
		return err
	}
	if s.validity != validity {
		return errors.New("email: the IMAP folder was made anew while it was read")
	}
	var set imap.UIDSet
	for _, u := range uids {
		set.AddNum(imap.UID(u))
	}
	var err error
	if marks {
		err = s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	}
	if err == nil && s.options.MoveTo != "" {
		err = s.move(set)
	}
	var no *imap.Error
	if errors.As(err, &no) {
		err = &refusedError{errors.New("email: the IMAP server refused to mark or move mail; check imap.move_to, and whether the folder may be written")}
	}
	return errors.Join(err, s.openFolder(true))
}

// move moves mails, unless that would take others with it: a server that can
// neither move nor remove single mails would remove whatever its owner has
// marked as deleted.
func (s *imapSession) move(set imap.UIDSet) error {
	if caps := s.client.Caps(); !caps.Has(imap.CapMove) && !caps.Has(imap.CapUIDPlus) {
		return &refusedError{errors.New("email: the IMAP server cannot move single mails; leave imap.move_to empty")}
	}
	_, err := s.client.Move(set, s.options.MoveTo).Wait()
	return err
}

// wait listens by IDLE where the server has it, else it merely waits.
func (s *imapSession) wait(ctx context.Context, atMost time.Duration) error {
	if !s.client.Caps().Has(imap.CapIdle) {
		pause(ctx, atMost)
		if err := s.client.Noop().Wait(); err != nil && ctx.Err() == nil {
			return fmt.Errorf("email: the IMAP connection is gone: %w", err)
		}
		return nil
	}
	idle, err := s.client.Idle()
	if err != nil {
		return fmt.Errorf("email: wait for mail: %w", err)
	}
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-s.heard:
	case <-timer.C:
	case <-s.client.Closed():
	case <-ctx.Done():
		return nil // the connection is being cut
	}
	if err := errors.Join(idle.Close(), idle.Wait()); err != nil && ctx.Err() == nil {
		return fmt.Errorf("email: the IMAP connection is gone: %w", err)
	}
	return nil
}

// close says goodbye, without waiting for long.
func (s *imapSession) close() {
	if s.stop() {
		done := make(chan struct{})
		timer := time.AfterFunc(time.Second, func() { _ = s.client.Close() })
		go func() {
			defer close(done)
			_ = s.client.Logout().Wait() // nothing hangs on the answer
		}()
		<-done
		timer.Stop()
	}
	_ = s.client.Close()
}

// plain is err without the server's own words, which may name a mailbox.
func plain(err error) error {
	var no *imap.Error
	if errors.As(err, &no) {
		return fmt.Errorf("the IMAP server said %s %s", no.Type, no.Code)
	}
	return err
}

// xoauth2 is the mechanism that Google and Microsoft ask for:
// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's report of an error with nothing, whereupon it says
// its no.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
