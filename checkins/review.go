package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// A plan that needs no answer is never made slower by silence. So that it does
// not go on for ever unheard, it asks now and then whether it is still wanted:
// keep, change or finish. Without an answer it goes on as before.

// reviewEvery is how often such a plan asks.
const reviewEvery = 12 * 7 * day

// wantsReview reports whether the plan's prompt that is due at at asks instead
// whether it is still wanted.
func (p *Plan) wantsReview(at time.Time) bool {
	last := p.Reviewed
	if last.IsZero() {
		last = p.CreatedAt
	}
	return p.NoAnswer && at.Sub(last) >= reviewEvery
}

// review makes the question of a prompt.
func (m *Message) review() {
	m.Practice, m.Turn, m.Asked, m.Offers = "", 0, reply.AfterOffer, nil
	for _, kind := range reviewAnswers {
		m.Offers = append(m.Offers, Offer{Wish: &Wish{Kind: kind, Plan: m.Plan}})
	}
}

// asksReview reports whether m is that question.
func (m Message) asksReview() bool { return m.Kind == Prompt && m.asksWish() }

// reviewAnswers are what its numbers stand for, in the order of the words.
var reviewAnswers = []WishKind{WishKeep, WishAlter, WishFinish}

// picked is the offer that a text takes up: by its number, or FINISH where
// finishing was offered.
func (t *turn) picked() (Offer, bool) {
	if t.question == nil {
		return Offer{}, false
	}
	offers := t.question.Offers
	if n := t.read.Choice; t.read.Intent == reply.IntentChoose && n >= 1 && n <= len(offers) {
		return offers[n-1], true
	}
	i := slices.IndexFunc(offers, func(o Offer) bool { return o.Wish != nil && o.Wish.Kind == WishFinish })
	if t.read.Intent != reply.IntentFinish || i < 0 {
		return Offer{}, false
	}
	return offers[i], true
}

// reviewed answers what changes nothing: to keep the plan, or to change it, for
// which it says the words.
func (t *turn) reviewed(w Wish) error {
	template := map[WishKind]string{WishKeep: "kept", WishAlter: "how_to_change"}[w.Kind]
	say := Say{Template: template}
	if p := t.Plan(w.Plan); p != nil {
		say.Next = p.Due()
	}
	t.name(&say, w.Plan)
	return t.answer(Answer, say)
}
