package service

import (
	"context"
	"net/http"
	"net/http/httptest"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Beat is one round of the heartbeat.
func Beat(ctx context.Context, s *Service) error { return s.beat(ctx) }

// MetricsPage is what Prometheus would read, wherever it is served.
func MetricsPage(s *Service) string {
	w := httptest.NewRecorder()
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}
