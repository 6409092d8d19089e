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

// DigestList lists people whose weekly digest is due.
type DigestList interface {
	DueDigests(ctx context.Context, now time.Time, limit int) ([]checkins.DueDigest, error)
}

// Pulse remembers when a round last ran, over all processes.
type Pulse interface {
	Beat(ctx context.Context, name string, at time.Time) error
	LastBeat(ctx context.Context, name string) (time.Time, error)
}

// Planner writes what is due into the outbox.
type Planner struct {
	Plans   DueList
	Digests DigestList // nil = there are none
	Decider checkins.Decider
	House   checkins.House
	Pulse   Pulse
	Now     func() time.Time // the time that people live in
	Clock   func() time.Time // real time, by which an outage is noticed
	Log     *slog.Logger

	running sync.Mutex
	crowded map[checkins.Channel]int // by what the present run could not plan
}

// planAtOnce is how many due plans are read at a time.
const planAtOnce = 200

// Run plans everything that is due and returns how many moments it decided. A
// plan whose decision fails is logged and stays due; it does not hold up the
// others. A second Run waits for the first.
func (p *Planner) Run(ctx context.Context) (decided int, err error) {
	p.running.Lock()
	defer p.running.Unlock()
	if err := p.beat(ctx); err != nil {
		return 0, fmt.Errorf("plan: %w", err)
	}
	p.crowded = map[checkins.Channel]int{}
	defer p.warn()
	for _, round := range []func(context.Context) (int, int, error){p.plans, p.digests} {
		n, err := untilDone(ctx, round)
		decided += n
		if err != nil {
			return decided, fmt.Errorf("plan: %w", err)
		}
	}
	return decided, nil
}

// untilDone repeats a round that lists and decides until it lists no full batch
// more, or decides nothing any more.
func untilDone(ctx context.Context, round func(context.Context) (listed, decided int, err error)) (total int, err error) {
	for ctx.Err() == nil {
		listed, decided, err := round(ctx)
		total += decided
		if err != nil || decided == 0 || listed < planAtOnce {
			return total, err
		}
	}
	return total, nil
}

// plans decides about one batch of due plans.
func (p *Planner) plans(ctx context.Context) (listed, decided int, err error) {
	now := p.Now()
	due, err := p.Plans.Due(ctx, now, planAtOnce)
	for _, d := range due {
		if ctx.Err() != nil {
			break
		}
		if err := p.decide(ctx, d, now); err != nil {
			p.Log.Error("a plan could not be decided; it stays due", "plan", string(d.Plan), "error", err)
			continue
		}
		decided++
	}
	return len(due), decided, err
}

// digests decides about one batch of due digests. They come after the plans:
// what waits for its minute goes first.
func (p *Planner) digests(ctx context.Context) (listed, decided int, err error) {
	if p.Digests == nil {
		return 0, 0, nil
	}
	now := p.Now()
	due, err := p.Digests.DueDigests(ctx, now, planAtOnce)
	for _, d := range due {
		if ctx.Err() != nil {
			break
		}
		who := checkins.Who{Participant: d.Participant, Since: now.Add(-checkins.DigestLooksBack)}
		err := p.Decider.Decide(ctx, who, now, func(s checkins.State) (checkins.Effects, error) {
			return p.House.DigestDue(s, now)
		})
		if err != nil {
			p.Log.Error("a digest could not be decided; it stays due", "participant", string(d.Participant), "error", err)
			continue
		}
		decided++
	}
	return len(due), decided, err
}

// decide plans one due moment. What the sender's rate cannot carry before it is
// late is counted: the decision refused it.
func (p *Planner) decide(ctx context.Context, d checkins.DuePlan, now time.Time) error {
	var planned checkins.Effects
	err := p.Decider.Decide(ctx, checkins.Who{Participant: d.Participant}, now, func(s checkins.State) (e checkins.Effects, err error) {
		e, err = p.House.PlanDue(s, d.Plan, now)
		planned = e
		return e, err
	})
	if err != nil {
		return err
	}
	for _, m := range planned.Messages {
		if m.Why == string(checkins.Crowded) {
			p.crowded[m.Channel]++
		}
	}
	return nil
}

// warn tells of what was refused because too much is due at once.
func (p *Planner) warn() {
	for channel, n := range p.crowded {
		p.Log.Warn(CrowdedText, "channel", string(channel), "not_planned", n)
	}
}

// CrowdedText is the log line of messages that are not sent because more is due
// than the sender's rate carries before they are late.
const CrowdedText = "more is due than the sender's rate carries before it is late: spread the times of the plans, or raise the rate in [limits] if the sender may send faster"

// PlanRound is the name of the row that tells when the planner last ran.
const PlanRound = "plan"

// beat notes that the planner runs, and when it runs again after it did not for
// a while: from then on people are spared a second message for an hour.
func (p *Planner) beat(ctx context.Context) error {
	last, err := p.Pulse.LastBeat(ctx, PlanRound)
	if err != nil {
		return err
	}
	gap := p.Clock().Sub(last)
	if !last.IsZero() && gap > checkins.Outage {
		p.Log.Warn("nothing was planned for a while: what came due meanwhile is late and is not sent", "minutes", int(gap.Minutes()))
		if err := p.Pulse.Beat(ctx, checkins.AfterOutage, p.Now()); err != nil {
			return err
		}
	}
	if gap <= beatEvery {
		return nil
	}
	return p.Pulse.Beat(ctx, PlanRound, p.Clock())
}

// beatEvery spares the database a write for each round.
const beatEvery = 10 * time.Second
