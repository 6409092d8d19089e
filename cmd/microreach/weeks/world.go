package weeks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/templates"
)

const (
	programme = "Microreach"
	perDay    = 3
)

// addresses is where Robin is reached.
var addresses = map[checkins.Channel]string{checkins.SMS: "+12125550147", checkins.Email: "robin@mail.example"}

// world is one life while it is lived: the house, a clock that stands until it
// is put forward, and the far end of the wire.
type world struct {
	*Story
	now        time.Time
	end        time.Time
	ids        atomic.Int64
	vault      *vault.Vault
	core       *service.Core
	planner    *notifier.Planner
	dispatcher *notifier.Dispatcher
	started    int                // reminders and notes of ours so far
	newest     checkins.MessageID // our last message: a mail is written as an answer to it
	receipts   []string           // provider ids that are to be reported as delivered
	pending    []said             // what Robin is about to write, the soonest first
}

type said struct {
	at   time.Time
	text string
}

// Live lets the life be lived over the channel and returns what was written.
// The same life comes out the same each time.
func Live(ctx context.Context, life Life, channel checkins.Channel, count int) (*Story, error) {
	return live(ctx, life, channel, count, slog.New(slog.DiscardHandler))
}

func live(ctx context.Context, life Life, channel checkins.Channel, count int, log *slog.Logger) (_ *Story, err error) {
	zone, err := time.LoadLocation(life.Zone)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", life.Name, err)
	}
	dir, err := os.MkdirTemp("", "microreach-weeks-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the database: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	begin := time.Date(2026, time.March, 2, 10, 0, 0, 0, zone) // a Monday; clocks change on the Sunday after it
	w := &world{Story: &Story{Life: life, Channel: channel, Begin: begin, Weeks: count}, now: begin, end: begin.AddDate(0, 0, 7*count), vault: vault.Ephemeral()}
	if err := w.open(ctx, filepath.Join(dir, "weeks.db"), log); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.core.Close()) }()
	if err := w.enrol(ctx); err != nil {
		return nil, err
	}
	return w.Story, w.live(ctx)
}

// newID counts, so that nothing in a transcript hangs on chance.
func (w *world) newID() string { return fmt.Sprintf("%08d", w.ids.Add(1)) }

func (w *world) clock() time.Time { return w.now.UTC() }

func (w *world) open(ctx context.Context, file string, log *slog.Logger) (err error) {
	w.core, err = service.OpenCore(ctx, service.CoreOptions{
		Database: "sqlite:" + file, Vault: w.vault, PerDay: perDay, Now: w.clock, NewID: w.newID, Log: log, Migrate: true,
		Words: templates.Options{Programme: programme, Contact: "hello@microreach.example", Country: "US"},
	})
	if err != nil {
		return err
	}
	begin := w.Begin
	w.planner = &notifier.Planner{
		Plans: w.core.Store, Digests: w.core.Store, Decider: w.core.Store, House: w.core.House, Pulse: w.core.Store, Now: w.clock,
		Clock: func() time.Time { return begin }, // it stands: a leap of ours is no outage
		Log:   log,
	}
	w.dispatcher = &notifier.Dispatcher{
		Channel: w.Channel, Queue: w.core.Store, Ledger: w.core.Store, Sender: w, Witness: checkins.Witness{Decider: w.core.Store},
		Workers: 1, PerDay: perDay, Now: w.clock, Clock: w.clock, Log: log,
	}
	return nil
}

func (w *world) enrol(ctx context.Context) error {
	for _, s := range w.Life.sayings(w.Channel) {
		if s.To == 0 {
			w.plan(said{s.On.in(w.Begin), s.Text})
		}
	}
	return w.core.Enrol(ctx, checkins.Enrolment{
		Participant: checkins.Participant{
			ID: checkins.ParticipantID(w.newID()), Zone: w.Life.Zone, Locale: "en", Discreet: w.Life.Discreet,
			Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: w.clock(),
		},
		Addresses: []checkins.Address{{ID: checkins.AddressID(w.newID()), Channel: w.Channel, Value: addresses[w.Channel]}},
		Plans:     w.Life.plans(w.Channel, w.Begin, w.newID),
	})
}

// live goes from one moment at which something happens to the next.
func (w *world) live(ctx context.Context) error {
	for {
		if err := w.drain(ctx); err != nil {
			return err
		}
		next, err := w.core.Store.NextWork(ctx)
		if err != nil {
			return err
		}
		if len(w.pending) > 0 && (next.IsZero() || !w.pending[0].at.After(next)) {
			if !w.pending[0].at.Before(w.end) {
				return nil
			}
			if err := w.speak(ctx); err != nil {
				return err
			}
			continue
		}
		if next.IsZero() || !next.Before(w.end) {
			return nil
		}
		if !next.After(w.now) {
			return fmt.Errorf("%s by %s: at %s something stays due", w.Life.Name, w.Channel, w.now)
		}
		w.now = next.In(w.Begin.Location())
	}
}

// drain does what the rounds of the running service would do now.
func (w *world) drain(ctx context.Context) error {
	for {
		planned, err := w.planner.Run(ctx)
		if err != nil {
			return err
		}
		sent, err := w.dispatcher.Run(ctx)
		if err != nil {
			return err
		}
		if err := w.report(ctx); err != nil {
			return err
		}
		if planned+sent == 0 {
			return w.core.Store.Forget(ctx, w.clock())
		}
	}
}

// report brings the receipts of what was sent.
func (w *world) report(ctx context.Context) error {
	for _, id := range w.receipts {
		err := checkins.Witness{Decider: w.core.Store}.Witness(ctx, checkins.Evidence{
			ProviderID: id, Source: "callback", Fact: checkins.FactDelivered, At: w.clock(),
		})
		if err != nil {
			return err
		}
	}
	w.receipts = nil
	return nil
}

// Send implements notifier.Sender: it is the far end of the wire, where Robin
// reads.
func (w *world) Send(_ context.Context, out checkins.Outgoing) (string, error) {
	w.Lines = append(w.Lines, Line{At: w.now, Kind: out.Kind, Subject: out.Words.Subject, Text: out.Words.Text})
	if out.Kind != checkins.Digest { // Robin reads it, and answers what asks for something
		w.newest = out.ID
	}
	if out.Kind.Started() && out.Kind != checkins.Digest {
		w.started++
		for _, s := range w.Life.sayings(w.Channel) {
			if s.To == w.started {
				w.plan(said{w.now.Add(time.Duration(s.After)), s.Text})
			}
		}
	}
	id := "SM" + w.newID()
	if w.Life.Receipts && w.Channel == checkins.SMS {
		w.receipts = append(w.receipts, id)
	}
	return id, nil
}

func (w *world) plan(s said) {
	w.pending = append(w.pending, s)
	slices.SortStableFunc(w.pending, func(a, b said) int { return a.at.Compare(b.at) })
}

// speak lets Robin write what is due. A mail answers our last one.
func (w *world) speak(ctx context.Context) error {
	s := w.pending[0]
	w.pending = w.pending[1:]
	if s.at.After(w.now) {
		w.now = s.at.In(w.Begin.Location())
	}
	w.Lines = append(w.Lines, Line{At: w.now, Text: s.text})
	in := checkins.Incoming{Channel: w.Channel, ProviderID: "IN" + w.newID(), From: addresses[w.Channel], Text: s.text, At: w.clock()}
	if w.Channel == checkins.Email {
		in.Token = w.vault.Token(store.PurposeReply, string(w.newest))
	}
	return w.core.Inbox.Receive(ctx, in)
}
