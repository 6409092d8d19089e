// Package demo is the try-out: the whole service on a throwaway database, with
// a loopback Twilio, a loopback mail server and a clock that can be put
// forward, shown as a phone and a mailbox on a page.
//
// Nothing of the service is replaced. Texts go out by the same client, come
// back as signed webhooks, and mail goes both ways by SMTP; only the far end of
// each wire is ours, and only the time that people live in is not real.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
	"github.com/microreach/microreach/templates"
)

// start is when the demo's story begins: a Monday in the week in which clocks
// in New York are put forward.
var start = time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC)

const (
	programme    = "Microreach"
	replyMailbox = "checkin@microreach.example"
)

// Person is one of the two who take part.
type Person struct {
	ID      checkins.ParticipantID
	Name    string
	Channel checkins.Channel
	Address string
	Zone    string
	plan    checkins.Plan
}

// people are the two of the story: one answers by text, one by mail.
func people() []Person {
	return []Person{
		{
			Name: "Robin", Channel: checkins.SMS, Address: "+12125550147", Zone: "America/New_York",
			plan: checkins.Plan{
				Practices: []checkins.PracticeID{"one-feeling", "check-in-text"}, Channel: checkins.SMS,
				Pace: pace.Pace{N: 3, Every: 1, Unit: pace.Week}, Days: pace.DaysOf(time.Monday, time.Thursday, time.Saturday),
				At: []pace.Clock{19 * 60},
			},
		},
		{
			Name: "Alex", Channel: checkins.Email, Address: "alex@mail.example", Zone: "Europe/London",
			plan: checkins.Plan{
				Practices: []checkins.PracticeID{"closeness", "win"}, Channel: checkins.Email,
				Pace: pace.Pace{N: 5, Every: 1, Unit: pace.Week}, Days: pace.Weekdays, At: []pace.Clock{18*60 + 30},
			},
		},
	}
}

// Options is what the demo takes from outside.
type Options struct {
	Real     func() time.Time // the real clock
	NewID    func() string
	NewToken func() string // for links
	NewCode  func() string // six digits for a phone; nil = no codes are sent
	Log      *slog.Logger
}

// World is the running try-out.
type World struct {
	Clock   *Clock
	People  []Person
	Service *service.Service

	phone   *twiliotest.Server
	mailbox *emailtest.Server
	dir     string
	jumping sync.Mutex
}

// Build makes the world and enrols its people, who have said yes.
func Build(ctx context.Context, o Options) (*World, error) {
	w := &World{Clock: NewClock(start, o.Real), People: people()}
	var err error
	if w.dir, err = os.MkdirTemp("", "microreach-demo-"); err != nil {
		return nil, fmt.Errorf("make a folder for the demo: %w", err)
	}
	for _, step := range []func(context.Context, Options) error{w.buildPeers, w.buildService, w.enrol} {
		if err := step(ctx, o); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

func (w *World) buildPeers(_ context.Context, _ Options) error {
	var err error
	if w.phone, err = twiliotest.New(twiliotest.Options{Now: w.Clock.Now}); err != nil {
		return err
	}
	w.mailbox, err = emailtest.Start(emailtest.Options{Now: w.Clock.Now})
	return err
}

func (w *World) buildService(ctx context.Context, o Options) error {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for webhooks: %w", err)
	}
	public := &url.URL{Scheme: "http", Host: socket.Addr().String()}
	w.phone.SetInbound(public.String() + twilio.InboundPath)
	base, err := url.Parse(w.phone.URL)
	if err != nil {
		return err
	}
	v := vault.Ephemeral()
	w.Service, err = service.New(ctx, service.Options{
		Core: service.CoreOptions{
			Database: "sqlite:" + w.Database(), Vault: v, Now: w.Clock.Now, NewID: o.NewID, Log: o.Log, Migrate: true,
			PublicURL: public, NewToken: o.NewToken, NewCode: o.NewCode,
			Words: templates.Options{Programme: programme, Contact: "hello@microreach.example", Country: "US"},
		},
		Socket: socket, Clock: o.Real,
		SMS: &service.SMS{
			Twilio: twilio.Options{
				AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: w.phone.Number,
				PublicURL: public, BaseURL: base, Now: w.Clock.Now,
			},
			AuthTokens: []string{twiliotest.AuthToken},
		},
		Mail: &service.Mail{
			SMTP: email.Options{
				Host: w.mailbox.Host(), Port: w.mailbox.Port(), TLS: email.TLSNone,
				From: mail.Address{Name: programme, Address: replyMailbox}, Token: v.Token, Now: w.Clock.Now,
			},
			Inbound: &email.ListenerOptions{Listen: "127.0.0.1:0", Intake: email.Intake{Address: replyMailbox, Now: w.Clock.Now, Log: o.Log}},
		},
	})
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	return w.Service.Start()
}

// enrol takes the people in, and lets each answer the opt-in question.
func (w *World) enrol(ctx context.Context, o Options) error {
	now := w.Clock.Now()
	for i := range w.People {
		p := &w.People[i]
		p.ID = checkins.ParticipantID(o.NewID())
		loc, err := time.LoadLocation(p.Zone)
		if err != nil {
			return err
		}
		p.plan.ID, p.plan.Status = checkins.PlanID(o.NewID()), checkins.PlanActive
		p.plan.Anchor, p.plan.CreatedAt = pace.DateOf(now.In(loc)), now
		err = w.Service.Enrol(ctx, checkins.Enrolment{
			Participant: checkins.Participant{
				ID: p.ID, Name: p.Name, Zone: p.Zone, Locale: "en", CreatedAt: now,
				Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
			},
			Addresses: []checkins.Address{{ID: checkins.AddressID(o.NewID()), Channel: p.Channel, Value: p.Address}},
			Plans:     []checkins.Plan{p.plan},
		})
		if err != nil {
			return err
		}
	}
	if err := w.Drain(ctx); err != nil {
		return err
	}
	if err := w.Text(ctx, "YES"); err != nil {
		return err
	}
	if err := w.Mail(ctx, "yes"); err != nil {
		return err
	}
	return w.Drain(ctx)
}

// Database is the file that everything is kept in.
func (w *World) Database() string { return filepath.Join(w.dir, "demo.db") }

// Close ends the service and removes what it left.
func (w *World) Close() error {
	var errs []error
	if w.Service != nil {
		errs = append(errs, w.Service.Stop())
	}
	if w.phone != nil {
		w.phone.Close()
	}
	if w.mailbox != nil {
		errs = append(errs, w.mailbox.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}

// Text lets the phone send a text, and waits until it was taken.
func (w *World) Text(ctx context.Context, body string) error {
	receipt, err := w.phone.Text(ctx, w.People[0].Address, w.phone.Number, body)
	if err != nil {
		return err
	}
	if receipt.Status != 200 {
		return fmt.Errorf("the webhook answered %d", receipt.Status)
	}
	return nil
}

// setDiscreet chooses how the phone's owner is spoken to, as their settings
// would.
func (w *World) setDiscreet(ctx context.Context, on bool) error {
	who := checkins.Who{Participant: w.phoneOwner().ID}
	return w.Service.Store.Decide(ctx, who, w.Clock.Now(), func(s checkins.State) (checkins.Effects, error) {
		changed := s.Participant
		changed.Discreet = on
		return checkins.Effects{Participant: &changed}, nil
	})
}

// Mail answers the newest mail in the mailbox, and waits until it was taken.
func (w *World) Mail(ctx context.Context, text string) error {
	inbox := w.mailbox.Mailbox(w.People[1].Address)
	if len(inbox) == 0 {
		return errors.New("there is no mail to answer yet: jump to the next reminder")
	}
	return w.mailbox.Reply(ctx, w.Service.MailAddress().String(), inbox[len(inbox)-1], text)
}

// Drain waits until everything that is due now went out and its receipts came
// back.
func (w *World) Drain(ctx context.Context) error {
	if err := w.Service.Drain(ctx); err != nil {
		return err
	}
	return w.phone.Settle(ctx)
}

// Jump puts the clock forward to t, stopping at each instant at which something
// is due, so that what happens is what would have happened.
func (w *World) Jump(ctx context.Context, t time.Time) error {
	w.jumping.Lock()
	defer w.jumping.Unlock()
	speed := w.Clock.Speed()
	w.Clock.SetSpeed(0)
	defer w.Clock.SetSpeed(speed)
	for {
		if err := w.Drain(ctx); err != nil {
			return err
		}
		next, err := w.Service.Store.NextWork(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(t) || !next.After(w.Clock.Now()) {
			break
		}
		w.Clock.Forward(next)
	}
	w.Clock.Forward(t)
	return w.Drain(ctx)
}

// JumpNext puts the clock forward to the next instant at which something is
// due.
func (w *World) JumpNext(ctx context.Context) error {
	next, err := w.Service.Store.NextWork(ctx)
	if err != nil || next.IsZero() {
		return err
	}
	return w.Jump(ctx, next)
}
