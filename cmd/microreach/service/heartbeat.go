package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/microreach/microreach/notifier"
)

const (
	heartbeatEvery = time.Minute
	heartbeatTime  = 10 * time.Second
)

// Why a service that runs does not do its work.
var (
	errNoDatabase = errors.New("the database does not answer")
	errNoPlanning = errors.New("the planning round has not run in the last minute")
)

// well is nil while the service does its work: the database answers, and the
// planning round ran lately, in this process or another.
func (s *Service) well(ctx context.Context) error {
	last, err := s.Store.LastBeat(ctx, notifier.PlanRound)
	switch {
	case err != nil:
		return errNoDatabase
	case s.options.Clock().Sub(last) > stale:
		return errNoPlanning
	}
	return nil
}

// beat tells the watchman that all is well. What is not well is not told: it is
// the silence that calls for help.
func (s *Service) beat(ctx context.Context) error {
	if s.well(ctx) != nil {
		s.metrics.heartbeat.WithLabelValues("withheld").Inc()
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, heartbeatTime)
	defer cancel()
	err := s.call(ctx)
	result := "ok"
	if err != nil {
		result = "failed"
	}
	s.metrics.heartbeat.WithLabelValues(result).Inc()
	return err
}

// call asks for the address. No error holds it, as its path is as good as a
// password.
func (s *Service) call(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.options.Heartbeat, nil)
	if err != nil {
		return errors.New("server.heartbeat_url cannot be used: check how it is written")
	}
	req.Header.Set("User-Agent", "microreach")
	resp, err := (&http.Client{Timeout: heartbeatTime}).Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return fmt.Errorf("the address of server.heartbeat_url does not answer: %w", err)
	}
	_ = resp.Body.Close() // nothing hangs on what it says
	if resp.StatusCode >= 300 {
		return fmt.Errorf("the address of server.heartbeat_url answers HTTP %d", resp.StatusCode)
	}
	return nil
}
