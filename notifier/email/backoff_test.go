package email

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/microreach/microreach/checkins"
)

// quiet is a Receiver, and all that a Reader asks for besides, with nothing to
// tell.
type quiet struct{}

func (quiet) Receive(context.Context, checkins.Incoming) error                     { return nil }
func (quiet) Issued(context.Context, string) (bool, error)                         { return false, nil }
func (quiet) FreeMailbox(context.Context, string, string) error                    { return nil }
func (quiet) MarkMailbox(context.Context, string, string, checkins.Bookmark) error { return nil }
func (quiet) HoldMailbox(context.Context, string, string, time.Time, time.Time) (checkins.Bookmark, bool, error) {
	return checkins.Bookmark{}, true, nil
}

// brief is a session that is lost after a while.
type brief struct{ lasts time.Duration }

func (brief) news(checkins.Bookmark, time.Time) (page, error) { return page{validity: 1}, nil }
func (brief) whole(uint32) ([]byte, error)                    { return nil, nil }
func (brief) done(uint32, []uint32) error                     { return nil }
func (brief) close()                                          {}
func (b brief) wait(ctx context.Context, _ time.Duration) error {
	pause(ctx, b.lasts)
	return errors.New("the line is gone")
}

func TestAReaderTriesAgainLaterAndLaterAndSoonAfterAGoodConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r, err := NewReader(ReaderOptions{
			Intake: Intake{Address: "reply@microreach.example", Receiver: quiet{}, Tokens: quiet{}, Now: time.Now},
			Host:   "imap.example", Username: "ana", Secret: func() (string, error) { return "x", nil },
			Bookmarks: quiet{}, Holder: "me", Clock: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		var tries []int
		r.open = func(context.Context) (session, error) {
			tries = append(tries, int(time.Since(begin).Seconds()))
			if len(tries) == 9 {
				return brief{time.Minute}, nil
			}
			return nil, errors.New("nobody there")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		r.Run(ctx)
		want := []int{0, 5, 15, 35, 75, 155, 315, 615, 915, 980, 990, 1010, 1050, 1130, 1290, 1590}
		if !slices.Equal(tries, want) {
			t.Errorf("tried after %v s, want %v", tries, want)
		}
		if ended := time.Since(begin); ended != 30*time.Minute {
			t.Errorf("it ended after %s", ended)
		}
	})
}

// shown is a folder that shows headers, and counts the mails that are asked
// for whole.
type shown struct {
	brief
	headers []string
	asked   []uint32
}

func (s *shown) news(mark checkins.Bookmark, _ time.Time) (page, error) {
	p := page{validity: 1, upTo: mark.UID}
	for i, h := range s.headers {
		if uid := uint32(i) + 1; uid > mark.UID {
			p.mails, p.upTo = append(p.mails, sighting{uid: uid, header: []byte(h)}), uid
		}
	}
	return p, nil
}

func (s *shown) whole(uid uint32) ([]byte, error) {
	s.asked = append(s.asked, uid)
	return []byte(s.headers[uid-1] + "\n\ndone"), nil
}

// ours knows one token.
type ours struct{ quiet }

func (ours) Issued(_ context.Context, token string) (bool, error) { return token == "rtok", nil }

func TestTheBodyOfAForeignMailIsNeverAskedFor(t *testing.T) {
	o := ReaderOptions{
		Intake: Intake{Address: "reply@microreach.example", Receiver: quiet{}, Tokens: ours{}, Now: time.Now},
		Host:   "imap.example", Username: "ana", Secret: func() (string, error) { return "x", nil },
		Bookmarks: quiet{}, Holder: "me", Clock: time.Now,
	}
	r, err := NewReader(o)
	if err != nil {
		t.Fatal(err)
	}
	f := &shown{headers: []string{
		"From: bo@friend.example\nTo: ana@microreach.example",
		"From: shop@shop.example\nTo: reply+shop@microreach.example",
		"From: ana@participant.example\nTo: reply+rtok@microreach.example",
		"From: MAILER-DAEMON@mx.example\nTo: reply@microreach.example", // it may name our mail in its body alone
		"From: reply@microreach.example\nTo: reply+rtok@microreach.example\nX-Microreach: 1",
	}}
	if err := r.pass(t.Context(), f, checkins.Bookmark{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.asked, []uint32{3, 4}) {
		t.Errorf("asked for %v", f.asked)
	}
}
