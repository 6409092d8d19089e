package leaktest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
)

// Database has everything private taken out of a database when the test ends, while
// it is still there.
func (w *Watch) Database(address string, v *vault.Vault) {
	w.t.Helper()
	w.mu.Lock()
	known := slices.Contains(w.databases, address)
	w.databases = append(w.databases, address)
	w.mu.Unlock()
	if known {
		return
	}
	w.t.Cleanup(func() {
		if err := w.read(address, v); err != nil {
			w.t.Logf("the watch for leaks could not read the database: %v", err)
		}
	})
}

// read goes through a database that nobody else has open for the watch.
func (w *Watch) read(address string, v *vault.Vault) error {
	s, err := store.Open(context.WithoutCancel(w.t.Context()), store.Options{URL: address, Vault: v, NewID: func() string { return "" }})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // it only read
	return w.Kept(s)
}

// Kept goes through everybody's copy of what is kept of them, and takes out what is
// private.
func (w *Watch) Kept(s *store.Store) error {
	ctx := context.WithoutCancel(w.t.Context()) // the test may have ended
	people, err := s.People(ctx, most, 0)
	if err != nil {
		return err
	}
	for _, id := range people {
		if err := s.Export(ctx, id, &copied{w: w}); err != nil {
			return err
		}
	}
	return nil
}

// most is how many people's copies are read; simulations have thousands.
const most = 300

// copied takes in a person's copy.
type copied struct {
	w       *Watch
	columns []string
}

// columns by what stands in them. Any text in one that is not named here is taken for
// what people wrote, as soon as it has several words.
var (
	always   = []string{"value", "feelings", "sensations"}
	written  = []string{"subject", "body", "shown", "html", "chart"} // of messages and consents: our words
	harmless = []string{"html", "chart", "proof", "provider_id"}     // our words again, and ids of providers
)

// Table implements checkins.Archive.
func (c *copied) Table(name string, columns []string) error {
	c.columns = nil
	for _, column := range columns {
		if name == "inbound" && column == "body" {
			column = "said"
		}
		c.columns = append(c.columns, column)
	}
	return nil
}

// Row implements checkins.Archive.
func (c *copied) Row(values []any) error {
	for i, v := range values {
		text, is := v.(string)
		column := c.columns[i]
		switch {
		case !is || text == "" || slices.Contains(harmless, column) || strings.HasSuffix(column, "_at"):
		case column == "name":
			c.w.Private(text)
		case slices.Contains(always, column):
			c.w.oneByOne(text)
		case slices.Contains(written, column):
			c.w.Sent(text)
		case strings.ContainsAny(text, " @"):
			c.w.Wrote(text)
		}
	}
	return nil
}

// oneByOne takes in an address, or each of the feelings in a list; short words are
// everybody's.
func (w *Watch) oneByOne(list string) {
	if number.MatchString(list) || mailbox.MatchString(list) {
		w.Private(list)
		return
	}
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(`[]",`, r) }) {
		if len(word) > 6 {
			w.Private(word)
		}
	}
}

// Public says what everybody may know, such as how an operator is reached.
func (w *Watch) Public(values ...string) {
	for _, v := range values {
		public.Store(v, true)
	}
}

// public is what everybody may know. Tests share it, as they share what was overheard.
var public sync.Map

// Keys takes in what a file of keys holds.
func (w *Watch) Keys(path string) {
	w.t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, word := range strings.Fields(string(raw)) {
		if len(word) > 20 {
			w.Private(word)
		}
	}
}

// Served says under which address a stand-in answers: what it says is not ours.
func (w *Watch) Served(addresses ...string) {
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil {
			outside.Store(u.Host, true)
		}
	}
}

// Links takes in every token in the addresses of a text.
func (w *Watch) Links(text string) {
	for _, found := range addressed.FindAllStringSubmatch(text, -1) {
		w.Private(found[1])
	}
}

var addressed = regexp.MustCompile(`https?://[^\s"'<>]*/([A-Za-z0-9_-]{20,})`)

const answersPlace = "an HTTP error"

// faults are the bodies of HTTP errors that tests were answered with, by whatever
// goes through the default transport. Tests share them: what one of them must not
// hear, the others must not either.
var (
	faults  sync.Map
	outside sync.Map // hosts of stand-ins, whose words are not ours
	_       = overhear()
)

// overhear puts itself in the way of the default transport.
func overhear() bool {
	http.DefaultTransport = &listening{http.DefaultTransport}
	return true
}

// listening keeps what the answers to failed requests say.
type listening struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l *listening) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.RoundTripper.RoundTrip(r)
	if err != nil || response.StatusCode < http.StatusBadRequest {
		return response, err
	}
	if _, is := outside.Load(r.URL.Host); is {
		return response, err
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return response, nil // it is the test's to find out
	}
	_ = response.Body.Close() // it is read
	response.Body = io.NopCloser(bytes.NewReader(raw))
	faults.Store(string(raw), true)
	return response, nil
}

// answers takes in what was overheard.
func (w *Watch) answers() {
	p := &place{lines: map[string]bool{}}
	faults.Range(func(body, _ any) bool {
		_, _ = p.Write([]byte(body.(string) + "\n")) // it never fails
		return true
	})
	w.places[answersPlace] = p
}

var _ checkins.Archive = (*copied)(nil)
