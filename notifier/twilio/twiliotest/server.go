// Package twiliotest is a Twilio that runs inside the process: it takes texts
// over HTTP as the real one does, reports what became of them by signed status
// callbacks, delivers texts from phones by signed webhooks, keeps the list that
// can be asked for, blocks whoever texts STOP, and misbehaves on request.
//
// It is for tests and for a try-out of any program that texts by Twilio, in any
// language: New needs no *testing.T, and the program needs nothing but another base
// URL. It is made of the standard library alone, so its signatures are an independent
// check of the code under test.
//
//	tw := twiliotest.Start(t, twiliotest.Options{Now: clock.Now})
//	tw.SetInbound(app.URL + "/twilio/inbound#rc=3&rp=ct,rt,5xx")
//	// point the sender's base URL at tw.URL, then
//	tw.Misbehave(twiliotest.CutAfter())                // the next create is taken, its answer lost
//	receipt, err := tw.Text(ctx, phone, tw.Number, "done 7")
//	err = tw.Settle(ctx)                               // wait until all callbacks are through
//	if n := tw.Created(attemptID); n > 1 { … }         // the promise: at most one
//
// # Faults
//
// What a sender sees of a fault, whether the message was taken all the same, and so
// what it may do. Whoever sends again where the answer is "never" sends twice one day.
//
//	fault              answer                          taken   send again?
//	Slow               late, perhaps after a time-out  yes     never
//	TooMany            429 with Retry-After            no      after that time
//	ServerError        500                             yes     never: it cannot be
//	ServerErrorLost    500                             no      told from this one
//	CutBefore          the connection ends             no      never: it cannot be
//	CutAfter           the connection ends             yes     told from this one
//	HTML               a page of some proxy            either  never
//	BrokenJSON, NoSID  201 that cannot be read         yes     never
//	Refuse             4xx with one of Twilio's codes  no      by the code
//	Undeliverable      201; later a callback           yes     by the code
//	Callbacks…         201; callbacks late, twice,     yes     no need to
//	                   out of order, or never
//
// [Server.Misbehave] lines faults up, one for each create; Options.Faults chooses one
// for each by its number, for campaigns; a Fault's fields combine (a 500 that took the
// message and calls back twice). [Server.MisbehaveList] does the same to the list.
// [Server.Created], [Server.MostCreated] and [Server.Thread] then tell what truly
// happened, which is what a promise is held against.
//
// # What it does not do
//
// It knows the Messages resource and its webhooks, nothing else of Twilio; it carries
// no media; it has no price, and no rate of its own but what a fault says.
//
// Dates are those of Options.Now; only its own delays run on real time.
package twiliotest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What Options leave empty.
const (
	AccountSID = "AC00000000000000000000000000000001"
	AuthToken  = "twiliotest-token"
	Number     = "+15005550006"
)

// Options shape a Server. The zero value is a well-behaved Twilio on a free
// port of the loopback interface.
type Options struct {
	AccountSID string // empty = the constant
	AuthToken  string // empty = the constant; it signs, and it opens the API
	Number     string // the sender that the account owns; empty = the constant

	// MessagingService is the sid of a service that may send in place of Number.
	MessagingService string

	// APIKeys are further user names with their passwords.
	APIKeys map[string]string

	// Setup is how account and number are set up.
	Setup Setup

	// Inbound is the webhook for texts; see SetInbound.
	Inbound string

	// Replies are the texts with which Twilio itself answers a keyword, by
	// "STOP", "START" and "HELP". Where one is missing it says nothing.
	Replies map[string]string

	// OptOutType adds that parameter to the webhook of a keyword, as Advanced
	// Opt-Out does.
	OptOutType bool

	// Faults, if set, is asked at every create for which Misbehave has left
	// nothing; n counts all creates from 1. It must be safe for concurrent use.
	Faults func(n int) Fault

	// OnMessage hears of every message when it comes and whenever its status
	// changes, one call at a time and in order. It must not call the Server.
	OnMessage func(Message)

	Listener      net.Listener     // nil = a free port of 127.0.0.1
	Now           func() time.Time // nil = time.Now
	CallbackDelay time.Duration    // real time before each status callback
	RetryDelay    time.Duration    // real time before a webhook is called again
	Client        *http.Client     // calls the webhooks; nil = one with Twilio's 15 s
}

// Server is a running stand-in. All methods may be called from many goroutines.
type Server struct {
	URL    string // its address, without a slash at the end
	Number string // the sender that the account owns

	options Options
	server  *http.Server
	served  chan struct{} // closed when the listener is done
	ctx     context.Context
	cancel  context.CancelFunc

	mu         sync.Mutex
	inbound    string
	messages   []*Message // in the order of coming
	bySID      map[string]*Message
	blocked    map[pair]bool
	faults     []Fault
	creates    int
	listFaults []Fault
	requests   int
	taken      map[string]int // by attempt
	open       int            // webhooks under way
	idle       chan struct{}  // closed while open is 0
}

// New starts a Server. Close it when done.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	listener := o.Listener
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("twiliotest: %w", err)
		}
	}
	s := &Server{
		URL:     "http://" + listener.Addr().String(),
		Number:  o.Number,
		options: o,
		served:  make(chan struct{}),
		inbound: o.Inbound,
		bySID:   make(map[string]*Message),
		blocked: make(map[pair]bool),
		taken:   make(map[string]int),
		idle:    make(chan struct{}),
	}
	close(s.idle)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.server = &http.Server{Handler: s.dated(s.routes()), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(s.served)
		s.server.Serve(listener)
	}()
	return s, nil
}

// TB is the part of testing.TB that Start needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start is New for a test: it fails the test on an error and closes at its end.
func Start(t TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Close cuts all connections, gives up the callbacks that are still waiting and
// returns when the last goroutine has gone.
func (s *Server) Close() {
	s.cancel()
	s.server.Close()
	<-s.served
	s.Settle(context.Background())
	s.options.Client.CloseIdleConnections()
}

// SetInbound says where texts from phones are delivered, with an optional
// fragment such as #rc=3&rp=ct,rt,5xx. While it is empty nothing is delivered
// and texts only stand in the list.
func (s *Server) SetInbound(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbound = url
}

// Settle waits until no webhook is under way and none is waiting.
func (s *Server) Settle(ctx context.Context) error {
	for {
		s.mu.Lock()
		idle, open := s.idle, s.open
		s.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("twiliotest: %d webhooks are still under way: %w", open, ctx.Err())
		}
	}
}

// background runs f as something that Settle and Close wait for. The caller
// holds s.mu.
func (s *Server) background(f func()) {
	if s.open == 0 {
		s.idle = make(chan struct{})
	}
	s.open++
	go func() {
		defer s.done()
		f()
	}()
}

func (s *Server) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open--; s.open == 0 {
		close(s.idle)
	}
}

// pause lets real time pass; it is false when the Server was closed meanwhile.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil && s.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return false
}

func (o Options) withDefaults() Options {
	for field, value := range map[*string]string{
		&o.AccountSID: AccountSID, &o.AuthToken: AuthToken, &o.Number: Number,
	} {
		if *field == "" {
			*field = value
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
			Timeout:       15 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return o
}

// errNoSender is the error of a text to a number that is not the account's.
var errNoSender = errors.New("twiliotest: that number is not of this account")

func (s *Server) owns(number string) bool {
	return strings.EqualFold(number, s.options.Number)
}
