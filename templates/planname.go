package templates

import (
	"slices"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// namePlans names the plan that is spoken of, or offers all of them by number.
// On a lock screen that others may read no plan is named.
func (v *view) namePlans(names []string, say checkins.Say) {
	i := slices.IndexFunc(say.Plans, func(p checkins.Plan) bool { return p.ID == say.Plan })
	switch {
	case i < 0:
		v.Choices = append(names, v.Choices...)
	case !v.Discreet || say.Channel != checkins.SMS:
		v.Plan = names[i]
	}
}

// maxPlanName is the most of a plan's name, in septets, where more than its
// practice must be said. The practice gives way, so that choices that are
// clipped can still be told apart.
const maxPlanName = 28

// planNames names each plan by its first practice, and where two begin with the
// same one also by how often it comes; where that is the same too, by its
// channel.
func (s *Set) planNames(plans []checkins.Plan) []string { return s.planNamesIn(asTexted, plans) }

// planTongue is the language in which plans are named.
type planTongue struct {
	room    int // the most of a name, in septets, where more than its practice is said; 0 = there is room
	label   func(practice) string
	pace    func(pace.Pace) string
	channel func(checkins.Channel) string
}

// asTexted is that of texts.
var asTexted = planTongue{
	room:  maxPlanName,
	label: func(p practice) string { return p.Label }, pace: paceWords,
	channel: func(c checkins.Channel) string { return channelWords[c] },
}

func (s *Set) planNamesIn(t planTongue, plans []checkins.Plan) []string {
	names, tails := make([]string, len(plans)), make([]string, len(plans))
	for i, p := range plans {
		if len(p.Practices) > 0 {
			names[i] = t.label(s.catalogue.practices[p.Practices[0]])
		}
	}
	labels := slices.Clone(names)
	for _, more := range []func(checkins.Plan) string{
		func(p checkins.Plan) string { return t.pace(p.Pace) },
		func(p checkins.Plan) string { return t.channel(p.Channel) },
	} {
		alike := slices.Clone(names)
		for i, p := range plans {
			if count(alike, alike[i]) > 1 {
				tails[i] += ", " + more(p)
				names[i] = labels[i] + tails[i]
				if t.room > 0 {
					names[i] = clip(labels[i], max(t.room-septets(tails[i]), 8)) + tails[i]
				}
			}
		}
	}
	return names
}

var channelWords = map[checkins.Channel]string{checkins.SMS: "by text", checkins.Email: "by mail"}

func count(names []string, name string) (n int) {
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}
