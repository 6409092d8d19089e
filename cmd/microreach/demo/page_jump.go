package demo

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

// report is what happened while the clock was put forward.
type report struct {
	Fast     bool // the clock runs fast; not a jump
	City     string
	From, To time.Time // in the time of City
	Texts    int
	Mails    int
	AsListed bool // what arrived is what the previews listed before
	Listed   int
	Shifts   []shift

	before map[string]int // messages that had arrived, by person
}

// shift is a change of the clocks in a city: daylight saving time begins or
// ends.
type shift struct {
	City    string
	Forward bool
	Was, Is time.Time // the same instant, as clocks showed it before and after
}

// startReport remembers how things stand before the clock moves.
func (p *page) startReport() *report {
	at := p.world.phoneOwner()
	r := &report{City: city(at.Zone), From: inZone(p.world.Clock.Now(), at.Zone), before: map[string]int{}}
	for _, who := range p.world.People {
		r.before[who.Name] = len(p.world.arrived(who))
	}
	return r
}

// finished is the report as things stand now.
func (p *page) finished(r report) *report {
	r.To = inZone(p.world.Clock.Now(), p.world.phoneOwner().Zone)
	r.Shifts = nil
	r.Texts, r.Mails = 0, 0
	for _, who := range p.world.People {
		n := len(p.world.arrived(who)) - r.before[who.Name]
		if who.Channel == checkins.Email {
			r.Mails += n
		} else {
			r.Texts += n
		}
		r.Shifts = append(r.Shifts, shifts(who.Zone, r.From, r.To)...)
	}
	return &r
}

// jump puts the clock forward and reports what that did.
func (p *page) jump(ctx context.Context, to time.Time) error {
	listed, err := p.world.listed(ctx, to)
	if err != nil {
		return err
	}
	r := p.startReport()
	if err := p.world.Jump(ctx, to); err != nil {
		return err
	}
	got := map[moment]bool{}
	for _, who := range p.world.People {
		for _, at := range p.world.arrived(who)[r.before[who.Name]:] {
			got[who.moment(at)] = true
		}
	}
	r.Listed, r.AsListed = len(listed), maps.Equal(listed, got)
	p.setReport(p.finished(*r))
	return nil
}

func (p *page) setReport(r *report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report = r
}

// shifts lists the changes of a zone's clocks after from and not after to.
func shifts(zone string, from, to time.Time) []shift {
	var list []shift
	at := inZone(from, zone)
	for {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.After(to) {
			return list
		}
		_, before := at.Zone()
		after := inZone(end, zone)
		_, now := after.Zone()
		list = append(list, shift{
			City: city(zone), Forward: now > before, Is: after,
			Was: end.In(time.FixedZone("", before)),
		})
		at = after
	}
}

// step is how often the fast clock moves, in real time.
const step = 250 * time.Millisecond

// runFast moves the clock on while it is told to run fast. It goes by small
// jumps rather than by a faster clock, so that each reminder goes out at its
// own minute, however fast the days go by.
func (p *page) runFast(ctx context.Context) {
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.fastStep(context.WithoutCancel(ctx))
		}
	}
}

func (p *page) fastStep(ctx context.Context) {
	p.acting.Lock()
	defer p.acting.Unlock()
	if !p.isFast() {
		return
	}
	to := p.world.Clock.Now().Add(time.Duration(p.speed * float64(step)))
	if err := p.world.Jump(ctx, to); err != nil {
		p.setFast(false)
		p.setNotice(notice{"failed", err.Error()})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.report != nil && p.report.Fast {
		p.report = p.finished(*p.report)
	}
}

func (p *page) isFast() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fast
}

// setFast lets the clock run fast or normally.
func (p *page) setFast(fast bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fast && !p.fast {
		p.report = p.finished(*p.startReport())
		p.report.Fast = true
	}
	p.fast = fast
}

func (p *page) setNotice(n notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notice = n
}

// city is the name of a zone's place, "New York".
func city(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// inZone is t as clocks in a zone show it.
func inZone(t time.Time, zone string) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return t.UTC()
	}
	return t.In(loc)
}
