package checkins

import (
	"cmp"
	"slices"
	"strings"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// Practice is one entry of the catalogue. Its words live in the templates.
type Practice struct {
	ID      PracticeID
	Kind    PracticeKind
	Level   int               // 1 to 4: it orders suggestions and never bars a choice
	Label   string            // at most 32 GSM-7 characters
	Labels  map[string]string // the same in other languages, by their tag
	Asks    reply.After       // what an answer to it is an answer to
	Measure string            // what its number is of, "tension"; empty = it has none
	Before  bool              // it has a question before it
	After   bool              // it has one follow-up
	Parts   int               // how many questions it is made of; 0 = it is one
	Others  bool              // somebody else takes part: it says that it is for when it is safe and wanted
	Page    bool              // by mail and page only, never suggested
	Own     bool              // a person wrote it for themselves: its Label is theirs, and private
}

// Named is the label in the language of a locale, or as it is where there is none.
func (p Practice) Named(locale string) string { return inTongue(p.Labels, locale, p.Label) }

// Named is the same of a plan.
func (p TapPlan) Named(locale string) string { return inTongue(p.Labels, locale, p.Label) }

func inTongue(labels map[string]string, locale, otherwise string) string {
	tag, _, _ := strings.Cut(strings.ToLower(locale), "-")
	return cmp.Or(labels[tag], otherwise)
}

// asksBefore reports whether a question is put before the practice by itself.
// Where a guess is asked for, its own words ask for it.
func (p Practice) asksBefore() bool { return p.Before && p.Asks == reply.AfterBeforeAfter }

// followUpAsks is what an answer to the follow-up is an answer to.
func (p Practice) followUpAsks() reply.After {
	switch {
	case p.Asks == reply.AfterBeforeAfter:
		return reply.AfterBeforeAfter
	case p.Measure != "":
		return reply.AfterRating
	}
	return reply.AfterText
}

// gentle reports whether the practice suits a hard time: level 1, or a
// grounding.
func (p Practice) gentle() bool { return p.Level <= 1 || p.Kind == Ground }

// OwnPractice is a reach that a person wrote for themselves. It is sent as it
// was typed.
type OwnPractice struct {
	ID    PracticeID
	Words string // private
}

// ownPrefix begins the id of what people wrote for themselves; the catalogue
// has no such id.
const ownPrefix = "own-"

// NewOwn is an own practice with a fresh id.
func (h House) NewOwn(words string) OwnPractice {
	return OwnPractice{ID: PracticeID(ownPrefix + h.NewID()), Words: strings.Join(strings.Fields(words), " ")}
}

// TapPlan is a plan that one tap, or one number, starts.
type TapPlan struct {
	ID        TapPlanID
	Label     string            // at most 32 GSM-7 characters
	Labels    map[string]string // the same in other languages, by their tag
	Practices []PracticeID
	Pace      pace.Pace
	Days      pace.Days    // zero = the pace's own
	At        []pace.Clock // empty = the default time
}

// practice is the entry of the catalogue, or of the person's own.
func (h House) practice(s State, id PracticeID) (Practice, bool) {
	if p, ok := h.Wording.Practice(id); ok {
		return p, true
	}
	if s.OwnWords(id) == "" {
		return Practice{}, false
	}
	return Practice{ID: id, Kind: Reach, Level: 1, Label: short(s.OwnWords(id)), Asks: reply.AfterReach, Others: true, Own: true}, true
}

// OwnWords are the words of an own practice; empty when id is none.
func (s State) OwnWords(id PracticeID) string {
	for _, o := range s.Own {
		if o.ID == id {
			return o.Words
		}
	}
	return ""
}

// short cuts words to the length of a label.
func short(words string) string {
	const longest = 32
	if r := []rune(words); len(r) > longest {
		return strings.TrimSpace(string(r[:longest-3])) + "..."
	}
	return words
}

// Suggestions.

// openLevel is the level up to which suggestions go in a kind that the person
// has not gone further in.
const openLevel = 2

// suggestions lists what may be suggested to the person now, the least used
// first: nothing that they said no to, nothing for page only, no level that
// they have not come to, and nothing of the last three exchanges.
func (h House) suggestions(s State, fits func(Practice) bool) []Practice {
	var list []Practice
	recent := s.lately(3)
	for _, p := range h.Wording.Practices() {
		if p.Page || p.Level > h.reached(s, p.Kind) || slices.Contains(s.Participant.NotThese, p.ID) ||
			slices.Contains(recent, p.ID) || !fits(p) {
			continue
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b Practice) int { return s.Done[a.ID] - s.Done[b.ID] })
	return list
}

// reached is the level that the person has come to in a kind: by choosing a
// practice of it for a plan, or by doing one.
func (h House) reached(s State, kind PracticeKind) int {
	level := openLevel
	consider := func(id PracticeID) {
		if p, ok := h.Wording.Practice(id); ok && p.Kind == kind {
			level = max(level, p.Level)
		}
	}
	for _, plan := range s.Plans {
		for _, id := range plan.Practices {
			consider(id)
		}
	}
	for id := range s.Done {
		consider(id)
	}
	return level
}

// lately lists the practices of the last n exchanges whose words went out.
func (s State) lately(n int) (list []PracticeID) {
	seen := map[MessageID]bool{}
	for _, m := range s.Recent {
		if m.Practice == "" && len(m.Offers) == 0 || m.Step == StepMenu || m.Step == StepOffer || m.Kind == Digest {
			continue
		}
		if seen[m.Exchange()] = true; len(seen) > n {
			return list
		}
		if m.Practice != "" { // a choice of two that was left counts as an exchange, and bars neither
			list = append(list, m.Practice)
		}
	}
	return list
}

// turnOf is which wording of a practice comes next: not the one of last time.
func (s State) turnOf(id PracticeID) int {
	for _, m := range s.Recent {
		if m.Practice == id && m.Step == StepWhole {
			return m.Turn + 1
		}
	}
	return s.Done[id]
}

// Levels.

// readyAfter is how many times a practice of a kind is done at a level before
// the next level is offered.
const readyAfter = 3

// nextLevel is the practice to offer after c: the third of a kind done at a
// level, with tension not rising, offers one of the next. It is offered, never
// given, and not again until three more were done.
func (h House) nextLevel(s State, c CheckIn) (Practice, bool) {
	p, ok := h.Wording.Practice(c.Practice)
	if !ok || c.Outcome != reply.OutcomeDone {
		return Practice{}, false
	}
	times := 1 // c itself is not counted yet
	for id, n := range s.Done {
		if q, ok := h.Wording.Practice(id); ok && q.Kind == p.Kind && q.Level == p.Level {
			times += n
		}
	}
	if times%readyAfter != 0 || h.tensionRises(s, c) {
		return Practice{}, false
	}
	for _, q := range h.Wording.Practices() {
		if q.Kind == p.Kind && q.Level == p.Level+1 && !q.Page && !s.planned(q.ID) &&
			s.Done[q.ID] == 0 && !slices.Contains(s.Participant.NotThese, q.ID) {
			return q, true
		}
	}
	return Practice{}, false
}

// planned reports whether a plan holds the practice.
func (s State) planned(id PracticeID) bool {
	for _, p := range s.Plans {
		if p.Status != PlanFinished && slices.Contains(p.Practices, id) {
			return true
		}
	}
	return false
}

// tensionRises reports whether tension rose in c, or in one of the records
// before it that count towards the level.
func (h House) tensionRises(s State, c CheckIn) bool {
	last := append([]CheckIn{c}, s.Records...)
	for _, r := range last[:min(len(last), readyAfter)] {
		if h.tenser(r) {
			return true
		}
	}
	return false
}

// tenser reports whether tension was higher after than before. A pair that
// belongs to no practice is taken for tension: nothing else is asked in pairs.
func (h House) tenser(c CheckIn) bool {
	p, ok := h.Wording.Practice(c.Practice)
	return (!ok || p.Measure == tension) && c.Rating != nil && c.RatingBefore != nil && *c.Rating > *c.RatingBefore
}

// tension is the measure of which less is better.
const tension = "tension"

// rejected is the lexicon's word for having been met with coldness.
const rejected = "rejected"

// coldly reports whether a reach was met with coldness.
func (c CheckIn) coldly() bool {
	reached := c.did() || c.Kind == Reach || c.Kind == Boundary
	return reached && slices.Contains(c.Feelings, rejected)
}

// hard reports whether c tells of something that did not go well: it could not
// be done, tension rose, or it was received coldly. Then there is no cheer, and
// the next prompt is a gentle one.
func (h House) hard(c CheckIn) bool {
	return c.Outcome == reply.OutcomeNotYet || h.tenser(c) || c.coldly()
}
