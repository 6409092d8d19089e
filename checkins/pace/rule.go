package pace

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The hours that bind every time the person did not pick to the minute
// (REQUIREMENTS A20): default hours, and the limits within which an
// installation or a person may set others.
const (
	DefaultFrom  Clock = 9 * 60
	DefaultTo    Clock = 20 * 60
	EarliestFrom Clock = 8 * 60
	LatestTo     Clock = 21 * 60
)

// DefaultAt is the time of a plan that names none.
const DefaultAt Clock = 19 * 60

// MaxPerDay is the most slots that a rule can have on one date.
const MaxPerDay = 24

// MaxJitter is the most minutes by which default times may be spread
// (REQUIREMENTS F12).
const MaxJitter = 10

// Span is a part of the day, the same on every date: From is in it, To is not.
// The zero value is "no span said".
type Span struct {
	From, To Clock
}

// ParseSpan reads "09:00-20:00".
func ParseSpan(s string) (Span, error) {
	left, right, _ := strings.Cut(s, "-")
	from, err1 := ParseClock(left)
	to, err2 := ParseClock(right)
	if err := errors.Join(err1, err2); err != nil || from >= to {
		return Span{}, fmt.Errorf("span %q: write two times of one day, such as 09:00-20:00", s)
	}
	return Span{from, to}, nil
}

// IsZero reports whether nothing was said.
func (s Span) IsZero() bool { return s == Span{} }

// OrDefault is s, or the default hours where nothing was said.
func (s Span) OrDefault() Span {
	if s.IsZero() {
		return Span{DefaultFrom, DefaultTo}
	}
	return s
}

// Has reports whether c lies in s.
func (s Span) Has(c Clock) bool { return s.From <= c && c < s.To }

// String writes s as ParseSpan reads it; "" for the zero value.
func (s Span) String() string {
	if s.IsZero() {
		return ""
	}
	return s.From.String() + "-" + s.To.String()
}

// minutes is the length of s on a day without a change of the clocks.
func (s Span) minutes() int { return int(s.To - s.From) }

// Within is the part of s that lies in o; it may be empty (From not before To).
func (s Span) Within(o Span) Span { return Span{max(s.From, o.From), min(s.To, o.To)} }

// Window asks for random times: PerDay of them on each due date, somewhere in
// Span, at least Gap apart. The zero value is no window.
type Window struct {
	Span
	PerDay int           // times a date; 0 is the pace's own number a day, or 1
	Gap    time.Duration // the least between two, rounded up to minutes; never under one minute
}

// Rule is everything that says when a plan is due. It is what a plan stores;
// slots are reckoned from it and from nothing else. The zero value is never due.
//
// Which dates are due:
//   - With Days, every such day is. For N/week their number is N. For 1/Nweeks
//     those days of every Nth week are, counted from Anchor's week (weeks begin
//     on Monday). For N/day the other days are left out. Paces that count dates
//     (1/Ndays, N/month) take no Days.
//   - Without: N/week has the days of a fixed set, 1/Nweeks the weekday of
//     Anchor, 1/Ndays every Nth date from Anchor, N/month the dates 1+30k/N
//     rounded down, and N of them in February too.
//
// At what times, in this order:
//   - At: exactly these, on each due date, known neither to hours nor to jitter,
//     for the person chose them. N/day with N over 1 takes N of them; 1/day and
//     the slower paces take as many as they are given.
//   - Window: random times, clipped to Hours.
//   - Neither: 19:00, or for N/day N times spread evenly over Hours. A time
//     outside Hours moves into their last hour on the same date.
//
// A Region makes Hours narrower on some dates, or leaves none. A time that a date
// does not have is left out, never moved to another date.
type Rule struct {
	Pace   Pace
	Days   Days
	At     []Clock // in any order; a time given twice counts once
	Window Window
	Hours  Span           // quiet before and after; zero is DefaultFrom to DefaultTo
	Region *Region        // narrows Hours on some dates; nil narrows nothing
	Zone   *time.Location // the person's own
	Anchor Date           // the plan's first date: nothing is due before; zero for paces that do not count from it
	Until  Date           // the plan's last date; zero is none
	Jitter int            // minutes, 0 to MaxJitter, by which default times are spread over the plans; 0 is off
	Seed   uint64         // what random times and jitter are drawn from: the same seed draws the same
}

// Validate says what is contradictory in r, in words for the person who wrote
// it, or nil. Next never fails on a rule that was not validated, but may then
// find nothing.
func (r Rule) Validate() error {
	for _, check := range []func(*Rule) error{
		(*Rule).checkPace, (*Rule).checkDays, (*Rule).checkTimes, (*Rule).checkHours, (*Rule).checkWindow, (*Rule).checkDates,
	} {
		if err := check(&r); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rule) checkPace() error {
	switch {
	case r.Pace == Pace{}:
		return errors.New("no pace: say how often, such as 2/week")
	case !r.Pace.Valid():
		return fmt.Errorf("pace %s: the most is 24/day, 7/week or 28/month, the least 1/365days or 1/52weeks", r.Pace)
	case r.Zone == nil:
		return errors.New("no zone: name one, such as Europe/London")
	case r.Jitter < 0 || r.Jitter > MaxJitter:
		return fmt.Errorf("jitter of %d minutes: it may be 0 to %d", r.Jitter, MaxJitter)
	}
	return nil
}

func (r *Rule) checkDays() error {
	p, n := r.Pace, r.Days.Len()
	switch {
	case r.Days == 0:
		return nil
	case r.Days&^EveryDay != 0:
		return errors.New("days: there are only seven, mon to sun")
	case p.Unit == Week && p.Every == 1 && n != p.N:
		return fmt.Errorf("pace %s needs %s, and %s given (%s): change the pace or the days",
			p, count(p.N, "day"), were(n), r.Days)
	case p.Unit == Month:
		return fmt.Errorf("pace %s goes by dates of the month and takes no days: leave out %s, or say 1/4weeks", p, r.Days)
	case p.Unit == Day && p.Every > 1:
		return fmt.Errorf("pace %s counts every %d days and takes no days of the week: leave out %s, or say N/week", p, p.Every, r.Days)
	}
	return nil
}

func (r *Rule) checkTimes() error {
	for _, c := range r.At {
		if c < 0 || c >= 24*60 {
			return fmt.Errorf("time of day %d minutes after midnight: it may be 00:00 to 23:59", int(c))
		}
	}
	var t times
	n := t.sorted(r.At)
	switch {
	case len(r.At) > 0 && r.hasWindow():
		return fmt.Errorf("a time (%s) and a window (%s) were both given: choose one", r.At[0], r.Window.Span)
	case len(r.At) > MaxPerDay:
		return fmt.Errorf("%d times a day were given: the most is %d", len(r.At), MaxPerDay)
	case n > 0 && r.perDay() > 1 && n != r.perDay():
		return fmt.Errorf("pace %s needs %s a day, and %s given: change the pace or the times",
			r.Pace, count(r.perDay(), "different time"), were(n))
	}
	return nil
}

func (r *Rule) checkHours() error {
	h := r.Hours.OrDefault()
	switch {
	case h.From >= h.To:
		return fmt.Errorf("hours %s: the first time must be before the second", h)
	case h.From < EarliestFrom || h.To > LatestTo:
		return fmt.Errorf("hours %s: nothing is sent before %s or after %s unless that very time was chosen", h, EarliestFrom, LatestTo)
	case len(r.At) == 0 && !r.hasWindow() && h.minutes() < 2*r.perDay(): // or two would fall on one minute
		return fmt.Errorf("pace %s needs at least %d minutes, and the hours %s leave %d: make them longer", r.Pace, 2*r.perDay(), h, h.minutes())
	}
	return nil
}

func (r *Rule) checkWindow() error {
	w := r.Window
	if !r.hasWindow() {
		if w.PerDay != 0 || w.Gap != 0 {
			return errors.New("a number a day or a gap was given without a window: add one, such as 09:00-12:00")
		}
		return nil
	}
	open := w.Within(r.Hours.OrDefault())
	n, gap := r.windowCount(), w.gapMinutes()
	switch {
	case w.From < 0 || w.To > 24*60 || w.From >= w.To:
		return fmt.Errorf("window %s: the first time must be before the second", w.Span)
	case open.minutes() < 1:
		return fmt.Errorf("window %s lies outside the hours %s: change one of the two", w.Span, r.Hours.OrDefault())
	case w.PerDay < 0 || n > MaxPerDay:
		return fmt.Errorf("%d times a day: it may be 1 to %d", n, MaxPerDay)
	case w.PerDay > 0 && r.perDay() > 1 && w.PerDay != r.perDay():
		return fmt.Errorf("pace %s needs %s a day, and the window asks for %d: change one of the two",
			r.Pace, count(r.perDay(), "time"), w.PerDay)
	case w.Gap < 0 || w.Gap > 24*time.Hour:
		return fmt.Errorf("gap of %s: it may be 0 to 24h", w.Gap)
	case open.minutes() <= (n-1)*gap:
		return fmt.Errorf("%d times a day at least %d minutes apart need more than %d minutes, and %s leaves %d: ask for fewer, or a smaller gap",
			n, gap, (n-1)*gap, open, open.minutes())
	}
	return nil
}

func (r *Rule) checkDates() error {
	switch {
	case r.Anchor.IsZero() && r.Pace.Every > 1:
		return fmt.Errorf("pace %s counts from a first date, and none was given", r.Pace)
	case !r.Until.IsZero() && r.Until.Before(r.Anchor):
		return fmt.Errorf("the last date, %s, is before the first, %s", r.Until, r.Anchor)
	}
	return nil
}

// hoursOn is the hours of the date d; empty where the region leaves none.
func (r *Rule) hoursOn(d Date) Span {
	hours := r.Hours.OrDefault()
	if r.Region == nil {
		return hours
	}
	return hours.Within(r.Region.On(d))
}

func (r *Rule) hasWindow() bool { return !r.Window.IsZero() }

// perDay is how many times a due date the pace itself asks for.
func (r *Rule) perDay() int {
	if r.Pace.Unit == Day {
		return r.Pace.N
	}
	return 1
}

// windowCount is how many random times a due date has.
func (r *Rule) windowCount() int {
	if r.Window.PerDay == 0 {
		return r.perDay()
	}
	return r.Window.PerDay
}

// gapMinutes is at least one, so that two slots never share an instant.
func (w Window) gapMinutes() int {
	return int(max(time.Minute, w.Gap+time.Minute-1) / time.Minute)
}

// count writes "1 day" or "2 days".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// were writes "1 was" or "2 were".
func were(n int) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}
