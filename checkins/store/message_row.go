package store

import (
	"encoding/json"
	"fmt"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

const messageColumns = `id, participant_id, address_id, channel, kind, plan_id, slot_date, slot_position, slot_round, week,
	practice, turn, step, root, asked, offers, answers, own_time, subject, body, html, chart, encloses, state, why, due_at, not_before, expires_at, begun_at, attempts, created_at`

const sqlMessage = `SELECT ` + messageColumns + ` FROM messages`

type messageRow struct {
	ID           string   `db:"id"`
	Participant  string   `db:"participant_id"`
	Address      string   `db:"address_id"`
	Channel      string   `db:"channel"`
	Kind         string   `db:"kind"`
	Plan         optional `db:"plan_id"`
	SlotDate     optional `db:"slot_date"`
	SlotPosition *int     `db:"slot_position"`
	SlotRound    *int     `db:"slot_round"`
	Week         optional `db:"week"`
	Practice     string   `db:"practice"`
	Turn         int      `db:"turn"`
	Step         string   `db:"step"`
	Root         optional `db:"root"`
	Asked        string   `db:"asked"`
	Offers       string   `db:"offers"`
	Answers      optional `db:"answers"`
	OwnTime      bool     `db:"own_time"`
	Subject      string   `db:"subject"`
	Body         string   `db:"body"`
	HTML         string   `db:"html"`
	Encloses     string   `db:"encloses"`
	Chart        string   `db:"chart"`
	State        string   `db:"state"`
	Why          string   `db:"why"`
	DueAt        instant  `db:"due_at"`
	NotBefore    instant  `db:"not_before"`
	ExpiresAt    instant  `db:"expires_at"`
	BegunAt      instant  `db:"begun_at"`
	Attempts     int      `db:"attempts"`
	CreatedAt    instant  `db:"created_at"`
}

// message is the row without its words, which stay sealed.
func (r messageRow) message() (checkins.Message, error) {
	m := checkins.Message{
		ID: checkins.MessageID(r.ID), Participant: checkins.ParticipantID(r.Participant), Address: checkins.AddressID(r.Address),
		Channel: checkins.Channel(r.Channel), Plan: checkins.PlanID(r.Plan), Kind: checkins.Kind(r.Kind),
		Practice: checkins.PracticeID(r.Practice), Turn: r.Turn, Step: checkins.Step(r.Step), Root: checkins.MessageID(r.Root), Asked: reply.After(r.Asked), Answers: checkins.InboundID(r.Answers),
		OwnTime: r.OwnTime, Encloses: checkins.Enclosure(r.Encloses), State: checkins.MessageState(r.State), Why: r.Why, DueAt: r.DueAt.Time,
		NotBefore: r.NotBefore.Time, ExpiresAt: r.ExpiresAt.Time, BegunAt: r.BegunAt.Time, Attempts: r.Attempts, CreatedAt: r.CreatedAt.Time,
	}
	if r.SlotDate != "" && r.SlotPosition != nil && r.SlotRound != nil {
		var d dates
		m.Slot = checkins.Slot{Date: d.date(string(r.SlotDate)), Position: *r.SlotPosition, Round: *r.SlotRound}
		if d.err != nil {
			return m, fmt.Errorf("message %s: %w", r.ID, d.err)
		}
	}
	var err error
	if m.Week, err = week(string(r.Week)); err != nil {
		return m, fmt.Errorf("message %s: %w", r.ID, err)
	}
	if r.Offers != "" {
		if err := json.Unmarshal([]byte(r.Offers), &m.Offers); err != nil {
			return m, fmt.Errorf("message %s: %w", r.ID, err)
		}
	}
	return m, nil
}

// worded is the row with its words.
func (r messageRow) worded(s *Store) (checkins.Message, error) {
	m, err := r.message()
	if err != nil {
		return m, err
	}
	o := opener{s: s, table: "messages", row: r.ID}
	m.Words = checkins.Words{Subject: o.open("subject", r.Subject), Text: o.open("body", r.Body), HTML: o.open("html", r.HTML), Chart: o.open("chart", r.Chart)}
	return m, o.err
}
