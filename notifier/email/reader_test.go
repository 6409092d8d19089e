package email_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// servers are the IMAP servers of this process, one for each set of options.
// They end with it.
var servers = struct {
	sync.Mutex
	started map[emailtest.DovecotOptions]*emailtest.Dovecot
	boxes   int
}{started: map[emailtest.DovecotOptions]*emailtest.Dovecot{}}

// post is an account of its own at a real IMAP server.
type post struct {
	*emailtest.Dovecot
	account string
}

// dovecot gives a test a mailbox of its own at a real IMAP server.
func dovecot(t *testing.T, o emailtest.DovecotOptions) *post {
	t.Helper()
	servers.Lock()
	defer servers.Unlock()
	d := servers.started[o]
	if d == nil {
		var err error
		d, err = emailtest.StartDovecot(o)
		if errors.Is(err, emailtest.ErrNoDovecot) {
			skiptest.Missing(t, err)
		}
		if err != nil {
			t.Fatal(err)
		}
		servers.started[o] = d
	}
	servers.boxes++
	box := &post{d, fmt.Sprintf("ana%d", servers.boxes)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(d.Log())
		}
	})
	return box
}

// shelf keeps bookmarks as the store does.
type shelf struct {
	mu     sync.Mutex
	mark   checkins.Bookmark
	holder string
	until  time.Time
	writes int
	fail   error
}

func (s *shelf) HoldMailbox(_ context.Context, _, holder string, now, until time.Time) (checkins.Bookmark, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return checkins.Bookmark{}, false, s.fail
	}
	if s.holder != "" && s.holder != holder && now.Before(s.until) {
		return checkins.Bookmark{}, false, nil
	}
	s.holder, s.until = holder, until
	return s.mark, true, nil
}

func (s *shelf) MarkMailbox(_ context.Context, _, holder string, mark checkins.Bookmark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if holder == s.holder {
		s.mark, s.writes = mark, s.writes+1
	}
	return nil
}

func (s *shelf) FreeMailbox(_ context.Context, _, holder string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if holder == s.holder {
		s.holder = ""
	}
	return nil
}

func (s *shelf) read() checkins.Bookmark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mark
}

// issued are the tokens that are ours.
type issued []string

func (i issued) Issued(_ context.Context, token string) (bool, error) {
	return slices.Contains(i, token), nil
}

// readerOptions read the INBOX into b, as ours the tokens rtok-m1, rtok-m2
// and btok-m1.
func readerOptions(d *post, b *inbox, s *shelf) email.ReaderOptions {
	in := intake(b)
	in.Now, in.Tokens = time.Now, issued{"rtok-m1", "rtok-m2", "btok-m1"}
	return email.ReaderOptions{
		Intake: in, Host: d.Host(), Port: d.TLSPort, Username: d.account,
		Secret:    func() (string, error) { return d.Password, nil },
		Bookmarks: s, Holder: "this one", Clock: time.Now, TLSConfig: &tls.Config{RootCAs: d.RootCAs()},
	}
}

// read runs a reader until the returned function is called, which waits for
// its end.
func read(t *testing.T, o email.ReaderOptions) (stop func()) {
	t.Helper()
	r, err := email.NewReader(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

// until waits for something that another goroutine or process does.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-end:
			t.Fatalf("%s did not happen", what)
		}
	}
}

// answer is a mail to reply mailbox with a token, and a Message-ID of its own.
func answer(token, id, text string) []byte {
	return []byte(strings.ReplaceAll("Return-Path: <ana@participant.example>\nFrom: Ana <ana@participant.example>\nTo: reply+"+token+"@microreach.example\nMessage-ID: <"+id+"@phone.example>\nSubject: Re: today\n\n"+text+"\n", "\n", "\r\n"))
}

// foreign is mail of another kind that lies in a person's mailbox.
func foreign(n int) []byte {
	heads := []string{
		"From: Bo <bo@friend.example>\nTo: ana@microreach.example\nSubject: dinner?\n",
		"From: shop@shop.example\nTo: reply+shop@microreach.example\nSubject: your order\nList-Unsubscribe: <mailto:x@shop.example>\n",
		"From: Bo <bo@friend.example>\nTo: reply@microreach.example\nIn-Reply-To: <5C6E1A22-0D5B-4B0C-9C57-0F2C2D6F1A11@microreach.example>\nSubject: Re: holidays\n",
		"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: reply@microreach.example\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n",
		"From: Microreach <reply@microreach.example>\nTo: reply@microreach.example\nReply-To: reply+rtok-m1@microreach.example\nMessage-ID: <rtok-m1@microreach.example>\nReferences: <rtok-m2@microreach.example>\nX-Microreach: 1\nSubject: today\n",
	}
	return []byte(strings.ReplaceAll(heads[n%len(heads)]+fmt.Sprintf("X-Number: %d\n\nSTOP\n", n), "\n", "\r\n"))
}

func deliver(t *testing.T, d *post, mails ...[]byte) {
	t.Helper()
	for _, raw := range mails {
		if err := d.Deliver(d.account, raw); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, d *post, folder string) []string {
	t.Helper()
	list, err := d.Files(d.account, folder)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func count(list []string, part string) int {
	n := 0
	for _, name := range list {
		if strings.Contains(name, part) {
			n++
		}
	}
	return n
}

func TestAnAnswerInAPersonsMailboxIsReadAndMarkedAndAllElseIsLeftAlone(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	for n := range 500 {
		deliver(t, d, foreign(n))
	}
	before := files(t, d, "")
	b, s := &inbox{}, &shelf{}
	stop := read(t, readerOptions(d, b, s))
	until(t, "reading what was there", func() bool { return s.read().UID == 500 })
	if got := files(t, d, ""); !slices.Equal(got, before) || len(b.all())+len(b.reports) != 0 {
		t.Fatalf("the mailbox changed, or foreign mail was taken in: %d of %d files new, %d taken", count(got, "new/"), len(got), len(b.all()))
	}
	deliver(t, d, answer("rtok-m1", "1", "done 7"), foreign(500))
	until(t, "hearing the answer by IDLE", func() bool { return len(b.all()) == 1 && s.read().UID == 502 })
	stop()
	got := files(t, d, "")
	if count(got, ":2,S") != 1 || len(got) != 502 {
		t.Errorf("%d of %d mails are marked as read, want the one answer", count(got, ":2,S"), len(got))
	}
	for _, name := range before {
		base, _, _ := strings.Cut(strings.TrimPrefix(name, "new/"), ":")
		if !slices.ContainsFunc(got, func(g string) bool {
			return strings.Contains(g, base) && (strings.HasPrefix(g, "new/") || strings.HasSuffix(g, ":2,"))
		}) {
			t.Errorf("%s bears a mark now", name)
		}
	}
	in := b.all()[0]
	if in.Text != "done 7" || in.Token != "rtok-m1" || in.ProviderID != "1@phone.example" || in.Auto || in.At.IsZero() || in.At.After(time.Now()) {
		t.Errorf("%+v", in)
	}
}

// A day of looking every minute, on a clock that is put forward at each look, leaves a person's mailbox as it was.
func TestADayOfReadingLeavesAPersonsMailboxAsItWas(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{NoIDLE: true})
	for n := range 500 {
		deliver(t, d, foreign(n))
	}
	before := files(t, d, "")
	b, s := &inbox{}, &shelf{}
	o := readerOptions(d, b, s)
	var minutes atomic.Int64
	o.Poll = time.Millisecond
	o.Clock = func() time.Time { return noon.Add(time.Duration(minutes.Add(1)) * time.Minute) }
	stop := read(t, o)
	for hour := range 24 { // each has the patience of a wait of its own: a connection that fails takes seconds to come back
		until(t, fmt.Sprintf("hour %d", hour+1), func() bool { return minutes.Load() > int64(hour+1)*2*60 }) // a look asks for the time twice
	}
	stop()
	if got := files(t, d, ""); !slices.Equal(got, before) || len(b.all())+len(b.reports) != 0 || s.read().UID != 500 {
		t.Errorf("the mailbox changed, or foreign mail was taken in: %d of %d files new, %d taken, read up to %d", count(got, "new/"), len(got), len(b.all()), s.read().UID)
	}
}

func TestARestartNeitherMissesNorRepeats(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, s := &inbox{}, &shelf{}
	deliver(t, d, answer("rtok-m1", "1", "done 1"))
	stop := read(t, readerOptions(d, b, s))
	until(t, "the first", func() bool { return len(b.all()) == 1 && s.read().UID == 1 })
	stop()
	deliver(t, d, foreign(0), answer("rtok-m2", "2", "done 2"))
	read(t, readerOptions(d, b, s))
	until(t, "the second", func() bool { return s.read().UID == 3 })
	if got := b.all(); len(got) != 2 || got[0].Text != "done 1" || got[1].Text != "done 2" {
		t.Errorf("%+v", got)
	}
}

func TestAMailThatCouldNotBeKeptStaysUntouchedAndComesAgain(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, s := &inbox{fail: errors.New("the disk is full")}, &shelf{}
	var log syncBuffer
	o := readerOptions(d, b, s)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	deliver(t, d, answer("rtok-m1", "1", "canarytext"))
	stop := read(t, o)
	until(t, "a failure", func() bool { return strings.Contains(log.String(), "the disk is full") })
	stop()
	if got := files(t, d, ""); count(got, ":2,S") != 0 || s.read().UID != 0 {
		t.Errorf("marked before anything was kept: %q, %+v", got, s.read())
	}
	if text := log.String(); strings.Contains(text, "canarytext") || strings.Contains(text, "rtok") || strings.Contains(text, "ana@") || strings.Contains(text, d.Password) {
		t.Errorf("the log says too much: %s", text)
	}
	b.mu.Lock()
	b.fail = nil
	b.mu.Unlock()
	stop = read(t, o)
	until(t, "the mail again", func() bool { return len(b.all()) == 1 && s.read().UID == 1 })
	stop()
	if got := files(t, d, ""); count(got, ":2,S") != 1 {
		t.Errorf("kept and not marked: %q", got)
	}
}

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestAnotherNumberingOfTheMailboxLosesNothing(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, s := &inbox{}, &shelf{}
	deliver(t, d, foreign(0), foreign(1), answer("rtok-m1", "1", "done 1"))
	stop := read(t, readerOptions(d, b, s))
	until(t, "the first", func() bool { return s.read().UID == 3 })
	stop()
	old := s.read().Validity
	if err := d.Renumber(d.account); err != nil {
		t.Fatal(err)
	}
	deliver(t, d, answer("rtok-m2", "2", "done 2"))
	read(t, readerOptions(d, b, s))
	until(t, "the new numbers", func() bool { m := s.read(); return m.Validity != old && m.UID == 4 })
	ids := map[string]int{}
	for _, in := range b.all() {
		ids[in.ProviderID]++
	}
	if ids["2@phone.example"] != 1 || ids["1@phone.example"] != 2 { // brought again, and counted once by whoever keeps it
		t.Errorf("%v", ids)
	}
}

func TestAnswersAreMovedOnlyWhereNothingElseMovesWithThem(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     emailtest.DovecotOptions
		moved int
	}{{"MOVE", emailtest.DovecotOptions{}, 1}, {"neither MOVE nor UIDPLUS", emailtest.DovecotOptions{NoMove: true}, 0}} {
		t.Run(c.name, func(t *testing.T) {
			d := dovecot(t, c.o)
			b, s := &inbox{}, &shelf{}
			deliver(t, d, foreign(0), answer("rtok-m1", "1", "done 1"))
			if err := d.MakeFolder(d.account, "Microreach"); err != nil {
				t.Fatal(err)
			}
			o := readerOptions(d, b, s)
			o.MoveTo, o.Mark = "Microreach", email.MarkFlagged
			stop := read(t, o)
			until(t, "the answer", func() bool { return s.read().UID == 2 })
			stop()
			if there, here := files(t, d, "Microreach"), files(t, d, ""); len(there) != c.moved || len(here) != 2-c.moved || count(append(there, here...), ":2,F") != 1 {
				t.Errorf("in the folder %q, in the inbox %q", there, here)
			}
		})
	}
}

// The first look into a mailbox goes back a week: what lies there for years is
// not gone through, and an answer keeps the time at which it came.
func TestTheFirstLookGoesBackAWeek(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, s := &inbox{}, &shelf{}
	at := func(age time.Duration, raw []byte) {
		t.Helper()
		if err := d.DeliverAt(d.account, raw, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	at(30*24*time.Hour, answer("rtok-m1", "old", "done 1"))
	stop := read(t, readerOptions(d, b, s))
	until(t, "the first look", func() bool { return s.read().UID == 1 })
	stop()
	if len(b.all()) != 0 {
		t.Errorf("an answer of last month was taken in: %+v", b.all())
	}
	at(2*time.Hour, answer("rtok-m1", "new", "done 2"))
	stop = read(t, readerOptions(d, b, s))
	until(t, "the answer", func() bool { return s.read().UID == 2 })
	stop()
	if got := b.all(); len(got) != 1 || got[0].Text != "done 2" || time.Since(got[0].At).Round(time.Hour) != 2*time.Hour {
		t.Errorf("%+v", got)
	}
	s = &shelf{} // another database, with the same mailbox
	stop = read(t, readerOptions(d, b, s))
	until(t, "the week", func() bool { return s.read().UID == 2 })
	stop()
	if got := b.all(); len(got) != 2 || got[1].Text != "done 2" {
		t.Errorf("%+v", got)
	}
}

func TestAServerWithoutIDLEIsPolled(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{NoIDLE: true})
	b, s := &inbox{}, &shelf{}
	o := readerOptions(d, b, s)
	o.Poll = 20 * time.Millisecond
	deliver(t, d, foreign(0))
	read(t, o)
	until(t, "the first look", func() bool { return s.read().UID == 1 })
	deliver(t, d, answer("rtok-m1", "1", "done 7"))
	until(t, "the answer", func() bool { return len(b.all()) == 1 })
}

func TestABounceInTheMailboxIsEvidenceOnlyWithATokenOfOurs(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, s := &inbox{}, &shelf{}
	fields := "Final-Recipient: rfc822; ana@participant.example\nAction: failed\nStatus: 5.1.1"
	toVERP := dsn(fields)
	toMailbox := strings.ReplaceAll(toVERP, "+btok-m1", "") // the return path was rewritten; the mail itself is inside
	forged := strings.ReplaceAll(toMailbox, "rtok-m1", "rtok-m9")
	for _, raw := range []string{toVERP, toMailbox, forged} {
		deliver(t, d, []byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	}
	stop := read(t, readerOptions(d, b, s))
	until(t, "three reports", func() bool { return s.read().UID == 3 })
	stop()
	if len(b.all()) != 0 || len(b.reports) != 2 || b.reports[0].Token != "btok-m1" || b.reports[1].Token != "rtok-m1" || b.reports[0].Fact != checkins.FactUnreachable {
		t.Errorf("%+v, reports %+v", b.all(), b.reports)
	}
	if got := files(t, d, ""); count(got, ":2,S") != 2 {
		t.Errorf("the forged report was touched: %q", got)
	}
}

func TestOneProcessReadsAMailboxAtATime(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, other, s := &inbox{}, &inbox{}, &shelf{}
	stop := read(t, readerOptions(d, b, s))
	until(t, "the first reader", func() bool { return s.read().Validity != 0 })
	o := readerOptions(d, other, s)
	o.Holder = "that one"
	stopOther := read(t, o)
	deliver(t, d, answer("rtok-m1", "1", "done 1"))
	until(t, "the answer", func() bool { return len(b.all()) == 1 })
	stopOther()
	stop()
	if len(other.all()) != 0 {
		t.Error("two processes read the same mailbox")
	}
	if _, held, err := s.HoldMailbox(t.Context(), "", "that one", time.Now(), time.Now()); !held || err != nil {
		t.Error("a process that ended still holds the mailbox")
	}
}

func TestNoPasswordIsSentWithoutTLS(t *testing.T) {
	o := readerOptions(&post{&emailtest.Dovecot{}, "ana"}, &inbox{}, &shelf{})
	o.TLS = email.TLSNone
	if _, err := email.NewReader(o); err == nil {
		t.Error("IMAP in the clear is allowed")
	}
	server := start(t, emailtest.Options{NoSTARTTLS: true}) // not IMAP, and so offers nothing
	o.Host, o.Port, o.TLS = server.Host(), server.Port(), email.TLSStart
	var log syncBuffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	stop := read(t, o)
	until(t, "a failure", func() bool { return log.String() != "" })
	stop()
	if server.PasswordsSeen() != 0 {
		t.Error("a password was sent in the clear")
	}
}

func TestSTARTTLSAndAWrongPassword(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	b, s := &inbox{}, &shelf{}
	o := readerOptions(d, b, s)
	o.TLS, o.Port = email.TLSStart, d.Port
	stop := read(t, o)
	until(t, "reading", func() bool { return s.read().Validity != 0 })
	stop()
	var log syncBuffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	known := o.TLSConfig
	o.TLSConfig = nil
	stop = read(t, o)
	until(t, "a certificate that nobody vouches for", func() bool { return strings.Contains(log.String(), "certificate") })
	stop()
	o.TLSConfig = known
	o.Secret = func() (string, error) { return "canary-wrong", nil }
	stop = read(t, o)
	until(t, "a refusal", func() bool { return strings.Contains(log.String(), "app password") })
	stop()
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), "user="+d.account) {
		t.Error(log.String())
	}
}

// A provider that wants an access token gets one, and a fresh one for each
// connection.
func TestXOAUTH2SignsInWithATokenThatIsReadAnew(t *testing.T) {
	var box *post
	var mu sync.Mutex
	seen := map[string]int{}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.URL.Query().Get("token")
		mu.Lock()
		defer mu.Unlock()
		seen[token]++
		_ = json.NewEncoder(w).Encode(map[string]any{"active": strconv.FormatBool(token == "fresh"), "username": box.account})
	}))
	t.Cleanup(endpoint.Close)
	box = dovecot(t, emailtest.DovecotOptions{Introspect: endpoint.URL + "/?token="})
	b, s := &inbox{}, &shelf{}
	o := readerOptions(box, b, s)
	o.Auth = email.AuthXOAuth2
	tokens := []string{"stale", "fresh"}
	o.Secret = func() (string, error) {
		token := tokens[0]
		tokens = tokens[1:]
		return token, nil
	}
	deliver(t, box, answer("rtok-m1", "1", "done 7"))
	read(t, o)
	until(t, "the answer", func() bool { return len(b.all()) == 1 })
	mu.Lock()
	defer mu.Unlock()
	if seen["stale"] == 0 || seen["fresh"] == 0 {
		t.Errorf("tokens seen: %v", seen)
	}
}
