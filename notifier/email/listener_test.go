package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

func trust(server *emailtest.Server) *tls.Config { return &tls.Config{RootCAs: server.RootCAs()} }

// inbox is a Receiver and a Witness that remembers, and fails on request.
type inbox struct {
	mu      sync.Mutex
	got     []checkins.Incoming
	reports []checkins.Evidence
	fail    error
	enter   chan struct{} // told on entering, if not nil
	leave   chan struct{} // waited for before leaving, if not nil
}

func (b *inbox) Receive(ctx context.Context, in checkins.Incoming) error {
	if b.enter != nil {
		b.enter <- struct{}{}
		select {
		case <-b.leave:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	b.got = append(b.got, in)
	return nil
}

func (b *inbox) Witness(_ context.Context, r checkins.Evidence) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	b.reports = append(b.reports, r)
	return nil
}

func (b *inbox) all() []checkins.Incoming {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

// intake brings mail to b.
func intake(b *inbox) email.Intake {
	return email.Intake{Address: "reply@microreach.example", Receiver: b, Witness: b, Now: now}
}

// listen runs a listener for the length of a test.
func listen(t *testing.T, b *inbox, change func(*email.ListenerOptions)) *email.Listener {
	t.Helper()
	o := email.ListenerOptions{Listen: "127.0.0.1:0", Intake: intake(b)}
	if change != nil {
		change(&o)
	}
	l, err := email.NewListener(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = l.Shutdown(ctx)
	})
	return l
}

func TestARoundTripBringsTheAnswerBackWithItsToken(t *testing.T) {
	provider := start(t, emailtest.Options{})
	if _, err := newSender(t, options(provider)).Send(t.Context(), prompt("m1")); err != nil {
		t.Fatal(err)
	}
	b := &inbox{}
	l := listen(t, b, nil)
	m := provider.Messages()[0]
	if err := provider.Reply(t.Context(), l.Addr().String(), m, "done 7, felt warm"); err != nil {
		t.Fatal(err)
	}
	got := b.all()
	if len(got) != 1 {
		t.Fatalf("%d received", len(got))
	}
	in := got[0]
	if in.ProviderID == "" {
		t.Error("no Message-ID")
	}
	in.ProviderID = ""
	want := checkins.Incoming{Channel: checkins.Email, From: "ana@participant.example", Token: "rtok-m1", Text: "done 7, felt warm", At: noon}
	if in != want {
		t.Errorf("got  %+v\nwant %+v", in, want)
	}
}

// code is what the listener answered.
func code(err error) int {
	var answer *smtp.SMTPError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

// letter is a plain mail to our reply mailbox, with further header lines.
func letter(text string, header ...string) []byte {
	lines := append([]string{"From: Ana <ana@participant.example>", "To: reply+rtok-m1@microreach.example", "Message-ID: <1@phone.example>", "Subject: Re: hello"}, header...)
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n" + text + "\r\n")
}

func TestOnlyOurReplyMailboxIsServed(t *testing.T) {
	b := &inbox{}
	addr := listen(t, b, nil).Addr().String()
	for to, want := range map[string]int{
		"reply@microreach.example":              0,
		"reply+rtok-m1@microreach.example":      0,
		"REPLY+rtok-m1@Microreach.Example":      0,
		"reply+some-thing_1@microreach.example": 0,
		"other@microreach.example":              550,
		"replyx@microreach.example":             550,
		"reply@elsewhere.example":               550,
		"reply+x@microreach.example.evil.test":  550,
	} {
		if err := emailtest.Submit(t.Context(), addr, "ana@participant.example", to, letter("done")); code(err) != want || want == 0 && err != nil {
			t.Errorf("%s: %v, want %d", to, err, want)
		}
	}
}

func TestTheClientHearsYesOnlyAfterTheMessageIsKept(t *testing.T) {
	b := &inbox{fail: errors.New("the disk is full")}
	addr := listen(t, b, nil).Addr().String()
	err := emailtest.Submit(t.Context(), addr, "ana@participant.example", "reply@microreach.example", letter("done"))
	if code(err) != 451 {
		t.Fatalf("%v, want 451", err)
	}
	b.mu.Lock()
	b.fail = nil
	b.mu.Unlock()
	if err := emailtest.Submit(t.Context(), addr, "ana@participant.example", "reply@microreach.example", letter("done")); err != nil {
		t.Fatal(err)
	}
	if n := len(b.all()); n != 1 {
		t.Errorf("%d kept, want 1", n)
	}
}

func TestAMessageOverTheLimitIsRefused(t *testing.T) {
	b := &inbox{}
	addr := listen(t, b, nil).Addr().String()
	err := emailtest.Submit(t.Context(), addr, "ana@participant.example", "reply@microreach.example", letter(strings.Repeat("a long line\r\n", 100_000)))
	if code(err) != 552 || len(b.all()) != 0 {
		t.Errorf("%v, %d kept", err, len(b.all()))
	}
}

func TestALongLineIsTaken(t *testing.T) {
	b := &inbox{}
	addr := listen(t, b, nil).Addr().String()
	if err := emailtest.Submit(t.Context(), addr, "ana@participant.example", "reply@microreach.example", letter(strings.Repeat("long ", 5000))); err != nil || len(b.all()) != 1 {
		t.Errorf("%v, %d kept", err, len(b.all()))
	}
}

func TestAReceiverThatHangsEndsInTryAgain(t *testing.T) {
	b := &inbox{enter: make(chan struct{}, 1), leave: make(chan struct{})}
	addr := listen(t, b, func(o *email.ListenerOptions) { o.ReceiveTimeout = 50 * time.Millisecond }).Addr().String()
	err := emailtest.Submit(t.Context(), addr, "ana@participant.example", "reply@microreach.example", letter("done"))
	if code(err) != 451 {
		t.Errorf("%v, want 451", err)
	}
}

func TestShutdownLetsTheMessageInHandFinishAndTakesNoOther(t *testing.T) {
	b := &inbox{enter: make(chan struct{}), leave: make(chan struct{})}
	l := listen(t, b, nil)
	addr := l.Addr().String()
	idle, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = idle.Close() }()
	if err := idle.Hello("idle.test"); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		sent <- emailtest.Submit(context.Background(), addr, "ana@participant.example", "reply@microreach.example", letter("done"))
	}()
	<-b.enter
	down := make(chan error, 1)
	go func() { down <- l.Shutdown(context.Background()) }()
	if err := idle.Noop(); err == nil {
		if err := idle.Noop(); err == nil {
			t.Error("the idle connection lives on")
		}
	}
	close(b.leave)
	if err := <-sent; err != nil {
		t.Errorf("the message in hand: %v", err)
	}
	if err := <-down; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if err := emailtest.Submit(t.Context(), addr, "ana@participant.example", "reply@microreach.example", letter("done")); err == nil {
		t.Error("mail is taken after the shutdown")
	}
}

func TestShutdownWithoutPatienceCutsAndNothingIsConfirmed(t *testing.T) {
	b := &inbox{enter: make(chan struct{}), leave: make(chan struct{})}
	l := listen(t, b, nil)
	sent := make(chan error, 1)
	go func() {
		sent <- emailtest.Submit(context.Background(), l.Addr().String(), "ana@participant.example", "reply@microreach.example", letter("done"))
	}()
	<-b.enter
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Shutdown(ctx); err == nil {
		t.Error("no word about the message that was cut")
	}
	if err := <-sent; err == nil {
		t.Error("a message that was not kept was confirmed")
	}
	if len(b.all()) != 0 {
		t.Error("kept after all")
	}
}

func TestLMTPIsServedOnASocketFile(t *testing.T) {
	b := &inbox{}
	path := t.TempDir() + "/lmtp"
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false) // as a killed process leaves it
	_ = left.Close()
	listen(t, b, func(o *email.ListenerOptions) { o.LMTP, o.Listen = true, path })
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	client := smtp.NewClientLMTP(conn)
	defer func() { _ = client.Close() }()
	if err := client.SendMail("ana@participant.example", []string{"reply+rtok-m1@microreach.example"}, strings.NewReader(string(letter("done")))); err != nil {
		t.Fatal(err)
	}
	if got := b.all(); len(got) != 1 || got[0].Token != "rtok-m1" {
		t.Errorf("%+v", got)
	}
}
