package notifier

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins"
)

// DueList lists plans whose moment has come.
type DueList interface {
	Due(ctx context.Context, now time.Time, limit int) ([]checkins.DuePlan, error)
}

// Planner writes what is due into the outbox.
type Planner struct {
	Plans   DueList
	Decider checkins.Decider
	House   checkins.House
	Now     func() time.Time
	Log     *slog.Logger

	running sync.Mutex
}

// planAtOnce is how many due plans are read at a time.
const planAtOnce = 200

// Run plans everything that is due and returns how many moments it decided. A
// plan whose decision fails is logged and stays due; it does not hold up the
// others. A second Run waits for the first.
func (p *Planner) Run(ctx context.Context) (decided int, err error) {
	p.running.Lock()
	defer p.running.Unlock()
	for ctx.Err() == nil {
		now := p.Now()
		due, err := p.Plans.Due(ctx, now, planAtOnce)
		if err != nil {
			return decided, fmt.Errorf("plan: %w", err)
		}
		moved := 0
		for _, d := range due {
			if ctx.Err() != nil {
				break
			}
			err := p.Decider.Decide(ctx, checkins.Who{Participant: d.Participant}, now, func(s checkins.State) (checkins.Effects, error) {
				return p.House.PlanDue(s, d.Plan, now)
			})
			if err != nil {
				p.Log.Error("a plan could not be decided; it stays due", "plan", string(d.Plan), "error", err)
				continue
			}
			moved++
		}
		decided += moved
		if moved == 0 || len(due) < planAtOnce {
			break
		}
	}
	return decided, nil
}
