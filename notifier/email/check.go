package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
)

// Check opens a connection as a Send does, with TLS and signing in, and says
// goodbye. Its error is like that of a Send. Nothing is sent.
func (s *Sender) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	c, err := s.dial(ctx)
	if err != nil {
		return dialError(ctx, err)
	}
	c.quit()
	return nil
}

// Sight is what a look into a mailbox shows.
type Sight struct {
	Mails  int       // in the folder
	Newest time.Time // when the server got the last of them; zero = there is none
}

// The errors of Look about where answers are to be moved.
var (
	ErrNoTarget  = errors.New("email: the IMAP folder that answers are moved to is not there")
	ErrCannotPut = errors.New("email: the IMAP server cannot move single mails")
)

// Look opens a mailbox as a Reader does and says goodbye. It touches no mail, and
// needs of o only what is needed to connect.
func Look(ctx context.Context, o ReaderOptions) (Sight, error) {
	o.Auth, o.TLS, o.Folder = or(o.Auth, AuthPassword), or(o.TLS, TLSImplicit), or(o.Folder, "INBOX")
	opened, err := dialIMAP(ctx, o)
	if err != nil {
		return Sight{}, err
	}
	defer opened.close()
	s, ok := opened.(*imapSession)
	if !ok {
		return Sight{}, nil
	}
	sight, err := s.sight()
	if err != nil || o.MoveTo == "" {
		return sight, err
	}
	if caps := s.client.Caps(); !caps.Has(imap.CapMove) && !caps.Has(imap.CapUIDPlus) {
		return sight, ErrCannotPut
	}
	_, err = s.client.Status(o.MoveTo, &imap.StatusOptions{NumMessages: true}).Wait()
	var no *imap.Error
	if errors.As(err, &no) {
		return sight, ErrNoTarget
	}
	return sight, err
}

// Arrived reports whether a mail to a mailbox of ours with token in its address
// ("you+token@…") lies in the folder. It touches no mail.
func Arrived(ctx context.Context, o ReaderOptions, token string) (bool, error) {
	o.Auth, o.TLS, o.Folder = or(o.Auth, AuthPassword), or(o.TLS, TLSImplicit), or(o.Folder, "INBOX")
	opened, err := dialIMAP(ctx, o)
	if err != nil {
		return false, err
	}
	defer opened.close()
	s, ok := opened.(*imapSession)
	if !ok {
		return false, nil
	}
	found, err := s.client.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "To", Value: token}}}, nil).Wait()
	if err != nil {
		return false, fmt.Errorf("email: look for a mail: %w", plain(err))
	}
	return len(found.AllUIDs()) > 0, nil
}

// sight is what the open folder holds.
func (s *imapSession) sight() (Sight, error) {
	data, err := s.client.Status(s.options.Folder, &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil {
		return Sight{}, fmt.Errorf("email: count the mails of the folder: %w", plain(err))
	}
	if data.NumMessages == nil || *data.NumMessages == 0 {
		return Sight{}, nil
	}
	n := *data.NumMessages
	got, err := s.client.Fetch(imap.SeqSetNum(n), &imap.FetchOptions{UID: true, InternalDate: true}).Collect()
	if err != nil {
		return Sight{}, fmt.Errorf("email: look at the last mail: %w", plain(err))
	}
	sight := Sight{Mails: int(n)}
	for _, m := range got {
		sight.Newest = m.InternalDate
	}
	return sight, nil
}
