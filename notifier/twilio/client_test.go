package twilio_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio"
)

func TestARedirectIsNotFollowed(t *testing.T) {
	var requests atomic.Int32
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.Redirect(w, r, server.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	_, err := newSender(t, server.URL, nil).Send(t.Context(), outgoing("a", time.Hour))
	if notifier.OutcomeOf(err) != checkins.OutcomeUnknown || requests.Load() != 1 {
		t.Errorf("%v after %d requests, want unknown after 1", err, requests.Load())
	}
}

func TestRequestsGoBelowTheBaseURLAndAskForNoReplay(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"sid":"SM1"}`)
	}))
	defer server.Close()
	if _, err := newSender(t, server.URL+"/relay/", nil).Send(t.Context(), outgoing("a", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if want := "/relay/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"; got.URL.Path != want {
		t.Errorf("path %s, want %s", got.URL.Path, want)
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if got.Header.Get(name) != "" {
			t.Errorf("%s is set: the transport would repeat the request", name)
		}
	}
}

func TestEveryWorkerKeepsItsConnection(t *testing.T) {
	const workers, rounds = 5, 4
	var opened atomic.Int32
	var round sync.WaitGroup // all of a round are inside before one is answered
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		round.Done()
		round.Wait()
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"sid":"SM1"}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := newSender(t, server.URL, func(o *twilio.Options) { o.Workers = workers })
	for range rounds {
		round.Add(workers)
		var senders sync.WaitGroup
		for range workers {
			senders.Go(func() {
				if _, err := s.Send(t.Context(), outgoing("a", time.Hour)); err != nil {
					t.Error(err)
				}
			})
		}
		senders.Wait()
	}
	if n := opened.Load(); n != workers {
		t.Errorf("%d connections for %d workers", n, workers)
	}
}
