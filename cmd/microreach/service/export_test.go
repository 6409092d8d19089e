package service

import "context"

// Beat is one round of the heartbeat.
func Beat(ctx context.Context, s *Service) error { return s.beat(ctx) }
