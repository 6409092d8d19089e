package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/microreach/microreach/checkins"
)

// DefaultListen is where the page is shown unless the user says otherwise.
const DefaultListen = "127.0.0.1:8025"

// page is the browser page of one World. Everybody who looks at it sees the
// same one: there is one phone, one mailbox and one clock.
type page struct {
	world *World
	real  func() time.Time
	speed float64         // virtual seconds in a second, when the clock runs fast
	ended <-chan struct{} // closed when the demo ends

	// acting is held by whatever moves the story on, so that a reply never
	// falls into the middle of a jump.
	acting sync.Mutex

	mu      sync.Mutex
	fast    bool
	report  *report
	notice  notice
	known   map[checkins.CheckInID]bool // records that were there before the last act
	answers map[int][]answer            // by the number of the mail that they answer
}

// answer is a mail that the person at the mailbox sent.
type answer struct {
	At   time.Time
	Text string
}

// notice is why the last act came to nothing; its words are in the template.
// The zero value is no notice.
type notice struct {
	Kind   string // long, no_mail, nothing_due, failed
	Detail string
}

func newPage(w *World, o Options, speed float64, ended <-chan struct{}) *page {
	return &page{
		world: w, real: o.Real, speed: speed, ended: ended,
		known: map[checkins.CheckInID]bool{}, answers: map[int][]answer{},
	}
}

// Serve builds a world and shows its page at listen until ctx ends; empty is
// DefaultListen. speed is how many virtual seconds pass in a real one when the
// clock is told to run fast. What was going on is finished before it returns,
// and nothing of the world is kept.
func Serve(ctx context.Context, out io.Writer, o Options, listen string, speed float64) (err error) {
	if listen == "" {
		listen = DefaultListen
	}
	socket, err := listenOn(listen)
	if err != nil {
		return err
	}
	w, err := Build(ctx, o)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	local := isLoopback(socket.Addr())
	p := newPage(w, o, speed, ctx.Done())
	handler, err := p.handler(local)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	announce(out, socket.Addr(), local)
	return p.serve(ctx, socket, handler)
}

// serve answers requests and runs the fast clock until ctx ends.
func (p *page) serve(ctx context.Context, socket net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(socket) }()
	var running sync.WaitGroup
	running.Go(func() { p.runFast(ctx) })
	defer running.Wait()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the page: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return fmt.Errorf("end the page: %w", errors.Join(err, server.Close()))
	}
	return nil
}

// listenOn opens the page's socket; the error says what to do.
func listenOn(listen string) (net.Listener, error) {
	socket, err := net.Listen("tcp", listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("show the page at %s: another program, perhaps another demo, has that port; end it, or choose a free one with --listen 127.0.0.1:0: %w", listen, err)
	case err != nil:
		return nil, fmt.Errorf("show the page at %q: write --listen as HOST:PORT, such as %s: %w", listen, DefaultListen, err)
	}
	return socket, nil
}

// isLoopback reports whether only this machine can reach an address.
func isLoopback(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

func announce(out io.Writer, at net.Addr, local bool) {
	_, _ = fmt.Fprintf(out, "The demo is at http://%s/ (open it in a browser; Ctrl-C ends it).\n", at)
	_, _ = fmt.Fprintln(out, "It is the whole service on a throwaway database, with stand-ins for Twilio and the mail server. Nothing leaves this machine, and nothing is kept.")
	if !local {
		_, _ = fmt.Fprintf(out, "Warning: %s is open to the network. Whoever reaches it can read and use this demo; without --listen it stays on this machine.\n", at)
	}
}
