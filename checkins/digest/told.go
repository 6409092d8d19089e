package digest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// felt counts the feelings and body words that were named.
func (w *weaver) felt() {
	said := 0
	for _, c := range w.week {
		said += len(c.Feelings) + len(c.Sensations)
	}
	if said < fewestWords {
		return
	}
	w.out.Feelings = counted(w.week, func(c checkins.CheckIn) []string { return c.Feelings })
	w.out.Body = counted(w.week, func(c checkins.CheckIn) []string { return c.Sensations })
}

// fewestWords is how many feelings and body words make a list. One alone stands
// where it was written.
const fewestWords = 2

// counted lists the words that were said most often; of those that were said as
// often as each other, the one that came first.
func counted(week []checkins.CheckIn, of func(checkins.CheckIn) []string) (list []Count) {
	for _, c := range week {
		for _, word := range of(c) {
			i := slices.IndexFunc(list, func(n Count) bool { return n.Word == word })
			if i < 0 {
				list = append(list, Count{word, 1})
				continue
			}
			list[i].Times++
		}
	}
	slices.SortStableFunc(list, func(a, b Count) int { return cmp.Compare(b.Times, a.Times) })
	return list[:min(len(list), mostWords)]
}

// leastRest is how much of a pause must lie in the week for it to be a rest that
// is worth a line.
const leastRest = 12 * time.Hour

// rests are the pauses that the person asked for. Quiet that came by itself has
// no change that tells of it, and is not shown.
func (w *weaver) rests() (list []Rest) {
	changes := slices.DeleteFunc(slices.Clone(w.Changes), func(c checkins.Change) bool {
		return c.Kind != string(checkins.WishPause) && c.Kind != string(checkins.WishResume)
	})
	slices.SortStableFunc(changes, func(a, b checkins.Change) int { return a.At.Compare(b.At) })
	for i, c := range changes {
		from, to := c.At, c.After.QuietUntil
		if i+1 < len(changes) && changes[i+1].At.Before(to) {
			to = changes[i+1].At
		}
		if from.Before(w.From) {
			from = w.From
		}
		if to.After(w.To) {
			to = w.To
		}
		if to.Sub(from) < leastRest {
			continue
		}
		last := to.Add(-time.Millisecond) // a pause until midnight does not touch the day that begins
		list = append(list, Rest{pace.DateOf(from.In(w.loc)), pace.DateOf(last.In(w.loc))})
	}
	return list
}

// Comparisons. They look at the four weeks before, need a few numbers on both
// sides, and tell only of a clear step in the kind direction.
const (
	compareWith = 4 * 7 * 24 * time.Hour
	fewest      = 3
	clearStep   = 1.0
)

// news tells what has changed, where that is welcome: closeness more, tension
// after less, or something done for the first time.
func (w *weaver) news() {
	if slices.ContainsFunc(w.week, w.wentBadly) {
		return // such a week is not measured against others
	}
	for _, measure := range []string{closeness, tension} {
		then, n := w.mean(w.older, measure)
		now, m := w.mean(w.week, measure)
		better := now - then
		if measure == tension {
			better = then - now
		}
		if n >= fewest && m >= fewest && better >= clearStep {
			w.out.News = append(w.out.News, News{Measure: measure, Then: half(then), Now: half(now)})
		}
	}
	for _, c := range w.week {
		if len(w.out.News) < mostNews && w.isFirst(c) {
			w.out.News = append(w.out.News, News{Practice: c.Practice, FirstLabel: w.ownLabel(c.Practice), FirstOfKind: true})
		}
	}
}

// rejected is the lexicon's word for having been met with coldness.
const rejected = "rejected"

// wentBadly reports whether something could not be done, was met with coldness,
// or made tension rise.
func (w *weaver) wentBadly(c checkins.CheckIn) bool {
	rose := c.Rating != nil && c.RatingBefore != nil && *c.Rating > *c.RatingBefore && w.measure(c) == tension
	return c.Outcome == reply.OutcomeNotYet || rose || slices.Contains(c.Feelings, rejected)
}

// mean is the average of what was given after, and of how many numbers.
func (w *weaver) mean(list []checkins.CheckIn, measure string) (mean float64, n int) {
	sum := 0.0
	for _, c := range list {
		if c.Rating != nil && w.measure(c) == measure && !c.At.Before(w.From.Add(-compareWith)) {
			sum += *c.Rating
			n++
		}
	}
	return sum / float64(max(n, 1)), n
}

// half is n to the nearest half.
func half(n float64) float64 { return math.Round(2*n) / 2 }

// isFirst reports whether c is the first time that its practice was done, by
// somebody who has done others before.
func (w *weaver) isFirst(c checkins.CheckIn) bool {
	if c.Outcome != reply.OutcomeDone || c.Practice == "" || !slices.ContainsFunc(w.older, did) {
		return false
	}
	if p, ok := w.Practice(c.Practice); !ok || p.Kind == checkins.CheckInAsk {
		return false
	}
	return w.Done[c.Practice] == 1
}

// values counts what was done for each thing that a plan is for.
func (w *weaver) values() {
	for _, p := range w.Plans {
		words := strings.Join(strings.Fields(p.Because), " ")
		if words == "" || w.hardWords(words) {
			continue
		}
		times := 0
		for _, c := range w.week {
			if part := w.partOf(c); c.Plan == p.ID && (part == approached || part == grounded || did(c)) {
				times++
			}
		}
		if times == 0 {
			continue
		}
		i := slices.IndexFunc(w.out.Values, func(v Value) bool { return v.Words == words })
		if i < 0 {
			w.out.Values = append(w.out.Values, Value{words, times})
			continue
		}
		w.out.Values[i].Times += times
	}
}

// past picks one moment of approach of an earlier week, another one each week.
func (w *weaver) past() {
	if !w.Person.Digest.Past || w.Win == "" {
		return
	}
	moments := slices.DeleteFunc(slices.Clone(w.older), func(c checkins.CheckIn) bool {
		return c.Practice != w.Win || len(strings.Fields(c.Note)) < fewWords || w.hard(c)
	})
	if len(moments) == 0 {
		return
	}
	week := int(w.To.Unix() / (7 * 24 * 60 * 60))
	e := w.shown(moments[week%len(moments)])
	w.out.Past = &e
}

// ahead lists next week's reminders, and what the first of them offers.
func (w *weaver) ahead() {
	for _, u := range w.Coming {
		c := Coming{At: u.Due.At.In(w.loc), Channel: u.Channel}
		if !w.out.Numbers {
			for _, id := range u.Practices {
				p, ok := w.Practice(id)
				if !ok || p.Own && w.hardWords(p.Label) {
					continue
				}
				c.Practices, c.Labels = append(c.Practices, id), append(c.Labels, w.ownLabel(id))
			}
		}
		w.out.Coming = append(w.out.Coming, c)
	}
}
