package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/templates/chart"
)

// Options is what a running service needs beyond its core. A channel that is
// nil is off.
type Options struct {
	Core      CoreOptions
	Listen    string           // where pages and webhooks are served; empty = nowhere
	Socket    net.Listener     // instead of Listen, open already
	Proxies   []netip.Prefix   // whose word is believed about where a visitor is
	Clock     func() time.Time // real time, for leases; the same as Core.Now but in the demo
	Lease     time.Duration    // of what is being sent; 0 = notifier.LeaseTime
	Metrics   string           // where metrics are served; empty = nowhere
	Heartbeat string           // asked for once a minute while all is well; empty = nowhere
	Keep      store.Retention  // how long what is kept; zero = for ever
	StopsFile string           // where it is written who must be left alone, for restoring; empty = nowhere
	SMS       *SMS
	Mail      *Mail
}

// SMS is the text channel.
type SMS struct {
	Twilio     twilio.Options
	AuthTokens []string      // that webhooks may be signed with: the current one, and the old one while rotating
	Poll       bool          // fetch texts from Twilio's list instead of waiting for webhooks
	PollEvery  time.Duration // with Poll; 0 = 15 s
	Workers    int           // 0 = 4
}

// Mail is the mail channel.
type Mail struct {
	SMTP    email.Options
	Inbound *email.ListenerOptions // nil = replies do not come in by SMTP
	IMAP    *email.ReaderOptions   // nil = no mailbox is read
	Hook    *email.HookOptions     // nil = no provider brings mail by HTTP
	Workers int                    // 0 = 4
}

// shutdownTime bounds a clean end: a provider has 8 s for what was begun, and
// one second remains to write down what became of it.
const shutdownTime = notifier.ProviderTime + time.Second

// Service is the whole program, assembled. New makes one, Run runs it.
type Service struct {
	*Core
	options     Options
	planner     *notifier.Planner
	dispatchers []*notifier.Dispatcher
	settlers    []*notifier.Settler
	eraser      *notifier.Eraser // nil = no provider keeps what it could forget
	rounds      *notifier.Rounds
	listener    *email.Listener
	reader      *reading
	http        *http.Server
	socket      net.Listener
	texts       *texts // nil = the channel is off
	decider     checkins.Decider
	metrics     *metrics
	scraped     *http.Server // nil = no metrics are served
	scrapes     net.Listener
	closers     []func()
	log         *slog.Logger
}

// New assembles a service. Nothing runs before Start.
func New(ctx context.Context, o Options) (*Service, error) {
	if o.Mail != nil && o.Core.ReplyTo == nil {
		o.Core.ReplyTo = o.Mail.SMTP.ReplyTo
	}
	core, err := OpenCore(ctx, o.Core)
	if err != nil {
		return nil, err
	}
	o.Core.Log = core.options.Log // masked
	s := &Service{Core: core, options: o, socket: o.Socket, log: o.Core.Log, metrics: newMetrics(o.Clock)}
	s.decider = measuredDecider{core.Store, s.metrics}
	core.Inbox.Decider = s.decider
	for _, build := range []func() error{s.buildOut, s.buildRounds, s.buildMailIn, s.buildHTTP, s.buildMetrics} {
		if err := build(); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// buildOut makes the way out: planner, senders, dispatchers.
func (s *Service) buildOut() error {
	s.planner = &notifier.Planner{Plans: s.Store, Digests: s.Store, Decider: s.decider, House: s.House, Pulse: s.Store, Now: s.options.Core.Now, Clock: s.options.Clock, Log: s.log}
	if sms := s.options.SMS; sms != nil {
		sender, err := twilio.New(sms.Twilio)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, sender.Close)
		s.texts = &texts{
			list: sender, every: listEvery, inbox: s.Inbox, pulse: s.Store,
			now: s.options.Core.Now, clock: s.options.Clock, began: s.options.Clock(), log: s.log,
		}
		if sms.Poll {
			s.texts.every = cmp.Or(sms.PollEvery, textsEvery)
		}
		s.addDispatcher(checkins.SMS, sender, sms.Workers)
		s.dispatchers[len(s.dispatchers)-1].Ready = s.texts.ready
		s.addSettler(checkins.SMS, sender)
		s.eraser = &notifier.Eraser{Copies: s.Store, Deleter: sender, Now: s.options.Core.Now, Log: s.log}
	}
	if m := s.options.Mail; m != nil {
		smtp := s.left(s.threaded(m.SMTP))
		smtp.Picture = chart.PNG
		sender, err := email.NewSender(smtp)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, sender.Close)
		s.addDispatcher(checkins.Email, enclosing{sender, s.Core}, m.Workers)
		s.addSettler(checkins.Email, nil) // a mail server has no list
	}
	return nil
}

// witness takes in what becomes known of messages and addresses.
func (s *Service) witness() checkins.Witness {
	return checkins.Witness{Decider: s.decider, House: s.House}
}

func (s *Service) addDispatcher(c checkins.Channel, sender notifier.Sender, workers int) {
	if workers == 0 {
		workers = 4
	}
	s.dispatchers = append(s.dispatchers, &notifier.Dispatcher{
		Channel: c, Queue: s.Store, Ledger: s.Store, Sender: measuredSender{sender, s.metrics}, Witness: s.witness(),
		Workers: workers, PerDay: s.House.PerDay, Lease: s.options.Lease, Now: s.options.Core.Now, Clock: s.options.Clock, Log: s.log,
	})
}

func (s *Service) addSettler(c checkins.Channel, list notifier.List) {
	s.settlers = append(s.settlers, &notifier.Settler{
		Channel: c, Unknowns: s.Store, List: list, Witness: s.witness(), Now: s.options.Core.Now, Log: s.log,
	})
}

// buildRounds sets up what is done over and over. The names are also those of
// the rows that say when each last ran.
func (s *Service) buildRounds() error {
	rounds := []notifier.Round{
		{Name: notifier.PlanRound, Every: time.Second, Alone: true, Do: s.plan},
		{Name: "leases", Every: 5 * time.Second, Alone: true, Do: s.lapse},
		{Name: "alerts", Every: 5 * time.Second, Alone: true, Do: s.alert},
		{Name: "forget", Every: 10 * time.Minute, Alone: true, Do: s.forget},
		{Name: "keys", Every: KeysEvery, Do: s.readKeys},
		{Name: "ahead", Every: time.Hour, Alone: true, Do: s.lookAhead},
		{Name: "requests", Every: 24 * time.Hour, Alone: true, Do: s.sayRequests},
	}
	if s.eraser != nil {
		rounds = append(rounds, notifier.Round{Name: "copies", Every: time.Minute, Alone: true, Do: func(ctx context.Context) error {
			_, err := s.eraser.Run(ctx)
			return err
		}})
	}
	if s.options.Keep != (store.Retention{}) {
		rounds = append(rounds, notifier.Round{Name: "tidy", Every: tidyLook, Alone: true, Do: s.tidy})
	}
	if s.options.StopsFile != "" {
		list := &StopList{Path: s.options.StopsFile}
		rounds = append(rounds, notifier.Round{Name: "stops", Every: stopsEvery, Do: func(ctx context.Context) error { return list.Update(ctx, s.Store) }})
	}
	for _, d := range s.dispatchers {
		rounds = append(rounds, notifier.Round{Name: "dispatch " + string(d.Channel), Every: time.Second, Do: func(ctx context.Context) error {
			_, err := d.Run(ctx)
			return err
		}})
	}
	for _, settler := range s.settlers {
		rounds = append(rounds, notifier.Round{Name: "settle " + string(settler.Channel), Every: 15 * time.Second, Alone: true, Do: func(ctx context.Context) error {
			_, err := settler.Run(ctx)
			return err
		}})
	}
	if s.texts != nil {
		rounds = append(rounds, notifier.Round{Name: textsRound, Every: min(s.texts.every, textsEvery), Alone: true, Do: s.keepUp})
	}
	if s.options.Metrics != "" {
		rounds = append(rounds, notifier.Round{Name: "measure", Every: 15 * time.Second, Do: s.measure})
	}
	if s.options.Heartbeat != "" {
		rounds = append(rounds, notifier.Round{Name: "heartbeat", Every: heartbeatEvery, Alone: true, Do: s.beat})
	}
	for i, r := range rounds {
		rounds[i] = s.metrics.round(r)
	}
	var err error
	s.rounds, err = notifier.NewRounds(rounds, s.Store, shutdownTime, s.log)
	return err
}

// keepUp reads the texts that came in, where it is time to, and lets what answers
// them leave at once instead of with the next round.
func (s *Service) keepUp(ctx context.Context) error {
	if err := s.texts.keepUp(ctx); err != nil {
		return err
	}
	for _, d := range s.dispatchers {
		if d.Channel != checkins.SMS {
			continue
		}
		if _, err := d.Run(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) plan(ctx context.Context) error {
	_, err := s.planner.Run(ctx)
	return err
}

func (s *Service) lapse(ctx context.Context) error {
	requeued, unknown, err := s.Store.Lapse(ctx, s.options.Core.Now(), s.options.Clock())
	if unknown > 0 {
		s.log.Warn("messages were being sent when a process died; they may have left and are not sent again", "messages", unknown)
	}
	if requeued > 0 {
		s.log.Info("messages of a process that died went back into the queue", "messages", requeued)
	}
	return err
}

// alert tells an operator, once and over all processes, of what is held back.
func (s *Service) alert(ctx context.Context) error {
	list, err := s.Store.Untold(ctx)
	for _, b := range list {
		s.log.Error("messages are held back until this is mended", "breaker", b.Name, "code", b.Code, "note", NoteOf(b),
			"next", "it tries again by itself; microreach outbox resume ends it at once")
	}
	return err
}

// lookAhead tells an operator when the coming day asks for more than a sender's
// rate carries, while there is time to spread it.
func (s *Service) lookAhead(ctx context.Context) error {
	now := s.options.Core.Now()
	crowds, err := s.Store.Ahead(ctx, now, now.Add(Ahead))
	for _, c := range crowds {
		if c.Late > 0 {
			s.log.Warn(notifier.CrowdedText, "channel", string(c.Channel), "due", c.Due, "will_not_be_sent", c.Late, "from", c.From)
		}
	}
	return err
}

// Ahead is how far is looked ahead for more than a sender's rate carries.
const Ahead = 24 * time.Hour

// NoteOf is what an operator should know of what is held back.
func NoteOf(b checkins.Breaker) string {
	switch channel, _, _ := strings.Cut(b.Name, " "); channel {
	case string(checkins.Email):
		return "the mail server refuses us: check host, username and password in [smtp]"
	case "words":
		return "carriers took these words for spam with several people: change them, then run microreach outbox resume"
	}
	code, _ := strconv.Atoi(b.Code) // none is the code of no row
	return twilio.Lookup(code).Note
}

func (s *Service) forget(ctx context.Context) error {
	return s.Store.Forget(ctx, s.options.Core.Now())
}

// Drain plans and sends whatever is due now, and finds out what became of what
// is unknown, until nothing is left to do. The
// demo's clock waits for it after each step.
func (s *Service) Drain(ctx context.Context) error {
	if s.texts != nil {
		if err := s.texts.keepUp(ctx); err != nil {
			s.log.Error("texts cannot be read", "error", err)
		}
	}
	for {
		n, err := s.planner.Run(ctx)
		if err != nil {
			return err
		}
		for _, d := range s.dispatchers {
			sent, err := d.Run(ctx)
			if err != nil {
				return err
			}
			n += sent
		}
		for _, settler := range s.settlers {
			looked, err := settler.Run(ctx)
			if err != nil {
				return err
			}
			n += looked
		}
		if s.eraser != nil {
			deleted, err := s.eraser.Run(ctx)
			if err != nil {
				return err
			}
			n += deleted
		}
		if n == 0 {
			return nil
		}
	}
}

// Start opens the doors and begins the rounds. store.ErrInUse: another process
// does that for the same SQLite file.
func (s *Service) Start() error {
	release, err := s.Store.Serve(context.Background())
	if err != nil {
		return err
	}
	s.closers = append(s.closers, release)
	if err := s.sayHeld(context.Background()); err != nil {
		return err
	}
	if s.listener != nil {
		if err := s.listener.Start(); err != nil {
			return err
		}
		s.log.Info("listening for mail", "address", s.listener.Addr().String())
	}
	if s.http != nil {
		if err := s.listenHTTP(); err != nil {
			return errors.Join(err, s.stopMail(context.Background()))
		}
		go func() {
			if err := s.http.Serve(s.socket); !errors.Is(err, http.ErrServerClosed) {
				s.log.Error("the HTTP server ended", "error", err)
			}
		}()
		s.log.Info("listening for HTTP", "address", s.socket.Addr().String())
	}
	if err := s.startMetrics(); err != nil {
		return errors.Join(err, s.stopDoors(context.Background()))
	}
	s.reader.start()
	s.rounds.Start()
	return nil
}

func (s *Service) listenHTTP() (err error) {
	if s.socket != nil {
		return nil
	}
	if s.socket, err = net.Listen("tcp", s.options.Listen); err != nil {
		return fmt.Errorf("listen for HTTP; is another program on %s? %w", s.options.Listen, err)
	}
	return nil
}

// Stop closes the doors, lets what was begun end, and closes the database. It
// returns within ten seconds.
func (s *Service) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	err := errors.Join(s.stopDoors(ctx), s.rounds.Stop())
	return errors.Join(err, s.close())
}

// stopDoors closes whatever listens.
func (s *Service) stopDoors(ctx context.Context) error {
	var err error
	for _, server := range []*http.Server{s.http, s.scraped} {
		if server != nil {
			err = errors.Join(err, server.Shutdown(ctx))
		}
	}
	return errors.Join(err, s.stopMail(ctx))
}

func (s *Service) close() error {
	for _, c := range s.closers {
		c()
	}
	return s.Core.Close()
}

// Run runs the service until ctx ends, with the collector set to spare memory
// rather than time, unless GOGC says otherwise: a small server has little of it, and
// what is done there waits for the disk and for providers.
func (s *Service) Run(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(30)
	}
	if err := s.Start(); err != nil {
		return errors.Join(err, s.close())
	}
	<-ctx.Done()
	s.log.Info("stopping: what was begun is finished first")
	err := s.Stop()
	if err == nil {
		s.log.Info("stopped")
	}
	return err
}

// MailAddress is where mail is taken; nil when it is not.
func (s *Service) MailAddress() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// WebAddress is where HTTP is served; nil when it is not.
func (s *Service) WebAddress() net.Addr {
	if s.socket == nil {
		return nil
	}
	return s.socket.Addr()
}
