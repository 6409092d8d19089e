package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// What people ask for in the moment is answered at any hour and outside the
// cap on prompts. It is limited, so that no machine at the other end can keep
// ours talking.
const (
	momentsAnHour = 10 // of so many that were begun in an hour the next one says that it is enough
	mailsADay     = 24 // by mail, where two programs could go on for ever
	answersAnHour = 40 // after so many nothing is answered at all, but STOP, HELP and hard words
)

// tooMany says, once, that it is enough for the moment.
func (t *turn) tooMany() (bool, error) {
	begun := 0
	for _, m := range t.Recent {
		if m.Kind == Answer && m.Root == "" && t.now.Sub(m.CreatedAt) < time.Hour {
			begun++
		}
	}
	switch {
	case begun < momentsAnHour:
		return false, nil
	case begun == momentsAnHour: // it counts as one, so that it is said once
		return true, t.ask(Say{Template: "enough_now"}, question{step: StepMenu, asked: reply.AfterNone})
	}
	return true, nil
}

// moment gives what was asked for: BREATHE, GROUND, URGE, WIN, JOURNAL, IDEA.
// What was told along with it is kept as its answer.
func (t *turn) moment() error {
	if stop, err := t.tooMany(); stop {
		return err
	}
	id, ok := t.Wording.Moment(t.read.Practice)
	if !ok {
		return t.idea()
	}
	p, _ := t.practice(t.State, id)
	if t.read.Note != "" && t.read.Practice == "win" { // "win: I stayed in the talk"
		t.recordAs(p, "")
		return t.noted()
	}
	before := len(t.e.Messages)
	if err := t.begin(p, "", "", false); err != nil || len(t.e.Messages) == before {
		return err
	}
	if t.read.Note != "" && p.Kind == Journal { // "just pulled away, I left at dessert"
		t.recordAs(p, t.e.Messages[before].ID)
	}
	return nil
}

// idea gives one small thing that could be done now.
func (t *turn) idea() error { return t.give(func(Practice) bool { return true }) }

// easier steps back at once: to something of a lower level of the same kind,
// else to a grounding.
func (t *turn) easier() error {
	now, ok := t.practiceNow()
	if ok && now.Level > 1 {
		if list := t.suggestions(t.State, func(p Practice) bool { return p.Kind == now.Kind && p.Level < now.Level }); len(list) > 0 {
			return t.giveOne(list[0])
		}
	}
	return t.give(func(p Practice) bool { return p.gentle() && p.Kind == Ground })
}

// another gives something else than what was put: more of a list, else another
// practice, of the same kind if there is one.
func (t *turn) another() error {
	if q := t.question; q != nil && q.Step == StepMenu {
		return t.menu()
	}
	if now, ok := t.practiceNow(); ok {
		if list := t.suggestions(t.State, func(p Practice) bool { return p.Kind == now.Kind && p.ID != now.ID }); len(list) > 0 {
			return t.giveOne(list[0])
		}
	}
	return t.idea()
}

func (t *turn) give(fits func(Practice) bool) error {
	list := t.suggestions(t.State, fits)
	if len(list) == 0 {
		return t.answer(Answer, Say{Template: "unclear"})
	}
	return t.giveOne(list[0])
}

func (t *turn) giveOne(p Practice) error {
	if stop, err := t.tooMany(); stop {
		return err
	}
	var plan PlanID
	if t.question != nil {
		plan = t.question.Plan
	}
	return t.begin(p, plan, "", false)
}

// practiceNow is the practice that was last put.
func (t *turn) practiceNow() (Practice, bool) {
	if t.question == nil {
		return Practice{}, false
	}
	id := t.question.Practice
	if id == "" && len(t.question.Offers) > 0 {
		id = t.question.Offers[0].Practice
	}
	return t.practice(t.State, id)
}

// menuLength is how many things a list holds, by channel.
var menuLength = map[Channel]int{SMS: 3, Email: 5}

// menuKinds is the order in which a list goes through the kinds.
var menuKinds = []PracticeKind{Reach, Ground, Journal, Thought, Boundary, ValueKind, CheckInAsk}

// menu offers a few numbered things to do now; to somebody without a plan, the
// plans that one number starts. Asked again, it goes on with the next ones.
func (t *turn) menu() error {
	if stop, err := t.tooMany(); stop {
		return err
	}
	var offers []Offer
	var labels []string
	if !t.hasPlan() {
		offers, labels = t.planOffers()
		return t.list("menu_plans", offers, labels)
	}
	for _, p := range t.menuPractices() {
		offers, labels = append(offers, Offer{Practice: p.ID}), append(labels, p.Label)
	}
	return t.list("menu", offers, labels)
}

func (t *turn) list(template string, offers []Offer, labels []string) error {
	return t.ask(Say{Template: template, Choices: labels}, question{step: StepMenu, asked: reply.AfterMenu, offers: offers})
}

func (t *turn) hasPlan() bool {
	return slices.ContainsFunc(t.Plans, func(p Plan) bool { return p.Status != PlanFinished })
}

// menuPractices takes one of each kind in turn, and none that the list before
// has offered.
func (t *turn) menuPractices() (picked []Practice) {
	list := t.suggestions(t.State, func(p Practice) bool { return !t.offeredLately(p.ID) })
	for len(picked) < menuLength[t.in.Channel] && len(list) > 0 {
		for _, kind := range menuKinds {
			i := slices.IndexFunc(list, func(p Practice) bool { return p.Kind == kind })
			if i < 0 || len(picked) == menuLength[t.in.Channel] {
				continue
			}
			picked = append(picked, list[i])
			list = slices.Delete(list, i, i+1)
		}
	}
	return picked
}

// offeredLately reports whether one of the last two lists held the practice.
func (t *turn) offeredLately(id PracticeID) bool {
	lists := 0
	for _, m := range t.Recent {
		if m.Step != StepMenu {
			continue
		}
		if lists++; lists > 2 {
			return false
		}
		if slices.ContainsFunc(m.Offers, func(o Offer) bool { return o.Practice == id }) {
			return true
		}
	}
	return false
}

// planOffers lists the plans that one number starts, on from those that the
// list before has offered.
func (t *turn) planOffers() (offers []Offer, labels []string) {
	plans := t.Wording.TapPlans()
	from := 0
	if q := t.question; q != nil && q.Step == StepMenu && len(q.Offers) > 0 && t.read.Intent == reply.IntentChoose {
		if w := q.Offers[len(q.Offers)-1].Wish; w != nil {
			from = 1 + slices.IndexFunc(plans, func(p TapPlan) bool { return p.ID == w.Tap })
		}
	}
	if from >= len(plans) {
		from = 0
	}
	for _, p := range plans[from:min(len(plans), from+menuLength[t.in.Channel])] {
		offers = append(offers, Offer{Wish: &Wish{Kind: WishBegin, Tap: p.ID, Channel: t.in.Channel}})
		labels = append(labels, p.Label)
	}
	return offers, labels
}

// choose takes up what was offered by number; without a number, the one thing
// that was offered, or something else than what was put.
func (t *turn) choose() error {
	q, n := t.question, t.read.Choice
	if q != nil && q.Step == StepOffer && n == 0 {
		t.read.Choice, n = 1, 1
	}
	offer, ok := t.picked()
	switch {
	case n == 0:
		return t.another()
	case !ok:
		return t.answer(Answer, Say{Template: "unclear"})
	}
	if offer.Wish != nil {
		return t.grant(*offer.Wish)
	}
	p, ok := t.practice(t.State, offer.Practice)
	if !ok {
		return t.answer(Answer, Say{Template: "unclear"})
	}
	if t.recordable() { // "1, done"
		picked := *q
		picked.Step, picked.Practice, picked.Asked = StepWhole, p.ID, p.Asks
		t.question = &picked
		t.record()
		return t.noted()
	}
	if q.Kind == Prompt {
		return t.begin(p, q.Plan, q.Exchange(), false)
	}
	return t.begin(p, q.Plan, "", true)
}
