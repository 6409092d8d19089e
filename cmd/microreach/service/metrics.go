package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/notifier"
)

// metrics are what Prometheus may know: counts, sizes and times. Every label is
// one of a few words of the program's own (a channel, a state, the name of a
// round), never anything about a person (REQUIREMENTS E12).
type metrics struct {
	registry *prometheus.Registry
	clock    func() time.Time

	rounds    *prometheus.HistogramVec // round
	failures  *prometheus.CounterVec   // round
	roundAt   *prometheus.GaugeVec     // round
	attempts  *prometheus.CounterVec   // channel, kind, outcome
	sending   *prometheus.HistogramVec // channel
	planned   *prometheus.CounterVec   // channel, kind, state
	inbound   *prometheus.CounterVec   // channel
	optIns    *prometheus.CounterVec   // route
	optOuts   *prometheus.CounterVec   // route
	evidence  *prometheus.CounterVec   // fact
	checkIns  prometheus.Counter
	waiting   *prometheus.GaugeVec // channel, state
	lag       *prometheus.GaugeVec // of
	held      prometheus.Gauge
	asked     prometheus.Gauge
	heartbeat *prometheus.CounterVec // result
}

func newMetrics(clock func() time.Time) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), clock: clock}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "microreach", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "microreach", Name: name, Help: help}, labels)
		m.registry.MustRegister(g)
		return g
	}
	seconds := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "microreach", Name: name, Help: help, Buckets: []float64{.001, .005, .02, .1, .5, 1, 2, 4, 8, 16, 60},
		}, labels)
		m.registry.MustRegister(h)
		return h
	}
	m.rounds = seconds("round_seconds", "How long a round of work took.", "round")
	m.failures = counter("round_failures_total", "Rounds of work that failed; the next one tries again.", "round")
	m.roundAt = gauge("round_last_timestamp_seconds", "When this process last ended a round of work.", "round")
	m.attempts = counter("attempts_total", "Messages handed to a provider, by what the call came to.", "channel", "kind", "outcome")
	m.sending = seconds("attempt_seconds", "How long a provider took to answer.", "channel")
	m.planned = counter("messages_total", "Messages written into the outbox, with the state that they began in: queued, or why not.", "channel", "kind", "state")
	m.inbound = counter("inbound_total", "Messages that people wrote, each counted once.", "channel")
	m.optIns = counter("opt_ins_total", "Times that somebody agreed to be written to.", "route")
	m.optOuts = counter("opt_outs_total", "Times that somebody asked not to be written to any more.", "route")
	m.evidence = counter("evidence_total", "What became known of messages later: delivered, filtered, no_trace and so on.", "fact")
	m.checkIns = counter("check_ins_total", "Check-ins that were stored.").WithLabelValues()
	m.waiting = gauge("messages_open", "Messages over all processes that are queued, claimed, being sent or unknown.", "channel", "state")
	m.lag = gauge("lag_seconds", "How long the oldest due plan, or the oldest queued message, has been waiting.", "of")
	m.held = gauge("held_back", "What is held back because a provider refuses all of it; see microreach outbox.").WithLabelValues()
	m.asked = gauge("requests_open", "What people asked for and an operator has to do; see microreach participant requests.").WithLabelValues()
	m.heartbeat = counter("heartbeats_total", "Calls of server.heartbeat_url.", "result")
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// round measures a round.
func (m *metrics) round(r notifier.Round) notifier.Round {
	do := r.Do
	r.Do = func(ctx context.Context) error {
		began := m.clock()
		err := do(ctx)
		now := m.clock()
		m.rounds.WithLabelValues(r.Name).Observe(now.Sub(began).Seconds())
		m.roundAt.WithLabelValues(r.Name).Set(float64(now.UnixMilli()) / 1000)
		if err != nil && ctx.Err() == nil {
			m.failures.WithLabelValues(r.Name).Inc()
		}
		return err
	}
	return r
}

// measuredSender is a Sender whose attempts are counted.
type measuredSender struct {
	notifier.Sender
	metrics *metrics
}

func (s measuredSender) Send(ctx context.Context, out checkins.Outgoing) (string, error) {
	began := s.metrics.clock()
	id, err := s.Sender.Send(ctx, out)
	s.metrics.sending.WithLabelValues(string(out.Channel)).Observe(s.metrics.clock().Sub(began).Seconds())
	s.metrics.attempts.WithLabelValues(string(out.Channel), string(out.Kind), notifier.OutcomeOf(err).String()).Inc()
	return id, err
}

// measuredDecider is a Decider whose decisions are counted once they are
// committed.
type measuredDecider struct {
	checkins.Decider
	metrics *metrics
}

func (d measuredDecider) Decide(ctx context.Context, who checkins.Who, now time.Time, decide func(checkins.State) (checkins.Effects, error)) error {
	var last checkins.Effects
	err := d.Decider.Decide(ctx, who, now, func(s checkins.State) (e checkins.Effects, err error) {
		last, err = decide(s)
		return last, err
	})
	if err == nil {
		d.metrics.count(last)
	}
	return err
}

// measuredPeople is the store as the pages use it, its decisions counted.
type measuredPeople struct {
	*store.Store
	decider checkins.Decider
}

// Decide implements web.People.
func (p measuredPeople) Decide(ctx context.Context, who checkins.Who, now time.Time, decide func(checkins.State) (checkins.Effects, error)) error {
	return p.decider.Decide(ctx, who, now, decide)
}

func (m *metrics) count(e checkins.Effects) {
	for _, msg := range e.Messages {
		m.planned.WithLabelValues(string(msg.Channel), string(msg.Kind), string(msg.State)).Inc()
	}
	if e.Inbound != nil {
		m.inbound.WithLabelValues(string(e.Inbound.Channel)).Inc()
	}
	for _, c := range e.Consents {
		switch {
		case c.Topic != checkins.ToMessages:
		case c.Given:
			m.optIns.WithLabelValues(string(c.Route)).Inc()
		default:
			m.optOuts.WithLabelValues(string(c.Route)).Inc()
		}
	}
	if e.Evidence != nil {
		m.evidence.WithLabelValues(string(e.Evidence.Fact)).Inc()
	}
	m.checkIns.Add(float64(len(e.CheckIns)))
}

// backlog is read now and then instead of at each scrape, so that whoever
// scrapes cannot keep the database busy.
func (m *metrics) backlog(b store.Backlog, now time.Time) {
	m.waiting.Reset()
	m.held.Set(float64(b.HeldBy))
	queued := time.Time{}
	for _, s := range b.Open {
		m.waiting.WithLabelValues(string(s.Channel), string(s.State)).Set(float64(s.Count))
		if s.State == checkins.Queued && (queued.IsZero() || s.Since.Before(queued)) {
			queued = s.Since
		}
	}
	for of, since := range map[string]time.Time{"plans": b.DueAt, "messages": queued} {
		late := 0.0
		if !since.IsZero() {
			late = max(0, now.Sub(since).Seconds())
		}
		m.lag.WithLabelValues(of).Set(late)
	}
}

// measure is the round that reads what waits.
func (s *Service) measure(ctx context.Context) error {
	b, err := s.Store.Backlog(ctx)
	if err != nil {
		return err
	}
	s.metrics.backlog(b, s.options.Core.Now())
	asked, err := s.Store.Requests(ctx, mostRequests)
	s.metrics.asked.Set(float64(len(asked)))
	return err
}

// buildMetrics makes the listener for Prometheus; none where it has no address.
func (s *Service) buildMetrics() error {
	if s.options.Metrics == "" {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	s.scraped = &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 15 * time.Second, MaxHeaderBytes: 16 << 10}
	return nil
}

// startMetrics opens the listener.
func (s *Service) startMetrics() (err error) {
	if s.scraped == nil {
		return nil
	}
	if s.scrapes, err = net.Listen("tcp", s.options.Metrics); err != nil {
		return fmt.Errorf("listen for metrics; is another program on %s? %w", s.options.Metrics, err)
	}
	go func() {
		if err := s.scraped.Serve(s.scrapes); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the server for metrics ended", "error", err)
		}
	}()
	s.log.Info("listening for metrics", "address", s.scrapes.Addr().String())
	return nil
}

// MetricsAddress is where metrics are served; nil when they are not.
func (s *Service) MetricsAddress() net.Addr {
	if s.scrapes == nil {
		return nil
	}
	return s.scrapes.Addr()
}
