// Package leaktest watches over what an end-to-end test gives away (REQUIREMENTS
// C11). Every test has one [Watch]. What the program says for operators goes
// through it: logs, the stderr of processes and commands, metrics, the bodies of
// HTTP errors. What is private is told to it, or found by it in the database and
// at the stand-ins for providers. When the test ends, nothing of the one may be
// found in the other.
//
// Beyond what it knows to be private it looks for shapes: numbers, mailboxes,
// tokens of links. And where the program's own mask had to cover something up, the
// place that logged it fails the test, too.
package leaktest

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Watch is the watch over one test. It may be used by many goroutines.
type Watch struct {
	t testing.TB

	mu        sync.Mutex
	places    map[string]*place
	secret    secrets
	databases []string
}

// watches holds the Watch of each test that runs.
var watches sync.Map

// On is the Watch over a test, the same one whenever it is asked for. It judges when
// the test and whatever else was set up after the first call have ended.
func On(t testing.TB) *Watch {
	t.Helper()
	w := &Watch{t: t, places: map[string]*place{}, secret: secrets{}}
	if there, is := watches.LoadOrStore(t, w); is {
		return there.(*Watch)
	}
	t.Cleanup(func() {
		watches.Delete(t)
		for _, leak := range w.leaks() {
			t.Error(leak)
		}
	})
	return w
}

// Log is the logger for what runs within the test, at every level. also is where
// else its lines go.
func (w *Watch) Log(also ...io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(io.MultiWriter(append(also, w.Output("the log"))...), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Output takes in what is said at a place, such as the stderr of a process.
func (w *Watch) Output(name string) io.Writer { return w.at(name) }

// Saw takes in a whole text, such as a page of metrics.
func (w *Watch) Saw(name, text string) {
	_, _ = w.at(name).Write([]byte(text + "\n")) // it never fails
}

func (w *Watch) at(name string) *place {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.places[name] == nil {
		w.places[name] = &place{lines: map[string]bool{}}
	}
	return w.places[name]
}

// Private says what must be found nowhere, however short it is.
func (w *Watch) Private(values ...string) { w.note(planted, values...) }

// Wrote says what a person wrote, or is called.
func (w *Watch) Wrote(texts ...string) { w.note(theirs, texts...) }

// Sent says what was written to a person.
func (w *Watch) Sent(texts ...string) { w.note(ours, texts...) }

func (w *Watch) note(k kind, values ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range values {
		w.secret.add(k, v)
	}
}

// leaks says what was found where, and shows a line of each.
func (w *Watch) leaks() (found []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers()
	for _, name := range slices.Sorted(maps.Keys(w.places)) {
		kinds := []kind{planted, theirs, ours}
		if name == answersPlace {
			kinds = kinds[:2] // pages and mails share words of ours
		}
		p := w.places[name]
		for _, line := range slices.Sorted(maps.Keys(p.lines)) {
			if why := w.secret.within(line, kinds); why != "" {
				found = append(found, name+" holds "+why+": "+line)
			}
		}
	}
	return found
}

// place is where something is said: its lines, each once, without what differs from
// one to the next.
type place struct {
	mu    sync.Mutex
	begun bytes.Buffer // a line that has no end yet
	lines map[string]bool
}

var varies = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\btime="?[0-9T:.Z+-]+"?|"time":"[^"]*"|\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)`)

// Write implements io.Writer.
func (p *place) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun.Write(b)
	for {
		end := bytes.IndexByte(p.begun.Bytes(), '\n')
		if end < 0 {
			return len(b), nil
		}
		p.lines[varies.ReplaceAllString(strings.TrimSpace(string(p.begun.Next(end+1))), "-")] = true
	}
}
