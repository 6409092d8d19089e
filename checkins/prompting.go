package checkins

import (
	"slices"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// prompt renders the plan's due reminder. spacing is what silence has made of
// the pace; 0 = nothing.
func (h House) prompt(s State, plan *Plan, template string, spacing time.Duration) (Message, error) {
	due, practices := plan.Due(), h.put(s, plan, template)
	say := Say{
		Template: template, Channel: plan.Channel, Person: s.Participant, Now: due.At, Pace: plan.Pace,
		Because: plan.because(s.Participant),
	}
	if spacing > 0 {
		say.Pace = spacedPace(spacing)
	}
	to := s.Reach(plan.Channel)
	say.Leave = h.Links.LeaveURL(to)
	m := h.message(to, Prompt, Words{}, due.At)
	kind := h.putPractices(s, plan, practices, &say, &m)
	words, err := h.Wording.Words(say)
	if err != nil {
		return Message{}, err
	}
	m.Words, m.Plan, m.Slot = words, plan.ID, due.Slot
	m.OwnTime = len(plan.At) > 0 && due.Slot.Round == 0
	if m.Why = due.Why; template == "prompt_neutral" {
		m.Why = pace.Plain.String() // the row is like any other (rule 11)
	}
	if template == "review" {
		m.review()
	}
	m.NotBefore = due.apart(s.lastStarted()).At
	m.ExpiresAt = due.At.Add(Life(Prompt, kind))
	if end := s.closes(plan); !m.OwnTime && !end.IsZero() && end.Before(m.ExpiresAt) {
		m.ExpiresAt = end
	}
	return m, nil
}

// putPractices puts one practice, or two to choose from, and returns the kind
// that tells how long the prompt is worth sending.
func (h House) putPractices(s State, plan *Plan, practices []PracticeID, say *Say, m *Message) PracticeKind {
	if len(practices) == 0 {
		return Reach
	}
	first, _ := h.practice(s, practices[0])
	say.Practice = first.ID
	if len(practices) == 1 {
		say.Turn, say.Own = s.turnOf(first.ID), s.OwnWords(first.ID)
		m.Practice, m.Turn, m.Asked = first.ID, say.Turn, first.Asks
		return first.Kind
	}
	for _, id := range practices {
		p, _ := h.practice(s, id)
		say.Choices, say.Picks = append(say.Choices, p.Label), append(say.Picks, id)
		m.Offers = append(m.Offers, Offer{Practice: id})
		if p.Others {
			say.Practice = p.ID // its care is said
		}
	}
	m.Asked, m.Turn = reply.AfterChoice, s.turnOfChoice(plan.ID)
	say.Turn = m.Turn
	return first.Kind
}

// turnOfChoice is in which words two things are put: not in those of last time.
func (s State) turnOfChoice(plan PlanID) int {
	for _, m := range s.Recent {
		if m.Kind == Prompt && m.Plan == plan && len(m.Offers) > 0 {
			return m.Turn + 1
		}
	}
	return 0
}

// because is the value that the plan serves, where a prompt says it: by mail
// always, by text now and then, and never on a screen that others may read.
func (p *Plan) because(who Participant) string {
	const nowAndThen = 4
	if p.Channel == SMS && (who.Discreet || p.Sent%nowAndThen != nowAndThen-1) {
		return ""
	}
	return p.Because
}

// offered are the practices of the plan's next prompt: its only one, else two
// to choose from. One that was taken lately is passed over while there are
// others, and after a hard time only gentle ones are put.
func (h House) offered(s State, plan *Plan) []PracticeID {
	if m := s.moved(plan); m != nil {
		return m.puts()
	}
	usable := slices.DeleteFunc(slices.Clone(plan.Practices), func(id PracticeID) bool {
		p, ok := h.practice(s, id)
		return !ok || p.Page && plan.Channel == SMS || slices.Contains(s.Participant.NotThese, id)
	})
	if s.comesBack() || h.hardLately(s) || plan.Due().Why == pace.AfterPause.String() {
		usable = h.gentleOf(s, usable)
	}
	const choices = 2
	if len(usable) > choices {
		taken := s.lately(2)
		fresh := slices.DeleteFunc(slices.Clone(usable), func(id PracticeID) bool { return slices.Contains(taken, id) })
		if len(fresh) >= choices {
			usable = fresh
		}
	}
	if len(usable) <= choices {
		return usable
	}
	at := choices * plan.Sent
	if len(usable)%choices == 0 {
		at += at / len(usable) // one on after each round, so that it is not the same pairs for ever
	}
	at %= len(usable)
	return []PracticeID{usable[at], usable[(at+1)%len(usable)]}
}

// moved is the prompt that comes again because the person put it off; nil when
// the plan's due prompt is none.
func (s State) moved(plan *Plan) *Message {
	due := plan.Due()
	if due != plan.Later {
		return nil
	}
	for i := range s.Recent {
		m := &s.Recent[i]
		if m.Kind == Prompt && m.Plan == plan.ID && m.Slot.Date == due.Slot.Date && m.Slot.Position == due.Slot.Position && len(m.puts()) > 0 {
			return m
		}
	}
	return nil
}

// puts are the practices that a prompt puts.
func (m Message) puts() (list []PracticeID) {
	if m.Practice != "" {
		return []PracticeID{m.Practice}
	}
	for _, o := range m.Offers {
		if o.Practice != "" {
			list = append(list, o.Practice)
		}
	}
	return list
}

// put are the practices that a prompt puts by the template. A text that has more
// to say than the prompt has room for one.
func (h House) put(s State, plan *Plan, template string) []PracticeID {
	practices := h.offered(s, plan)
	saysMore := template != "prompt" && template != "prompt_choice" && template != "prompt_neutral"
	if plan.Channel == SMS && saysMore && len(practices) > 1 {
		return practices[:1]
	}
	return practices
}

// gentleOf are the gentle ones of a plan's practices; where it has none, and
// the last one was hard, a grounding.
func (h House) gentleOf(s State, usable []PracticeID) []PracticeID {
	gentle := slices.DeleteFunc(slices.Clone(usable), func(id PracticeID) bool {
		p, _ := h.practice(s, id)
		return !p.gentle()
	})
	if len(gentle) > 0 {
		return gentle
	}
	if list := h.suggestions(s, func(p Practice) bool { return p.Kind == Ground && p.Level == 1 }); len(list) > 0 && (h.hardLately(s) || s.comesBack()) {
		return []PracticeID{list[0].ID}
	}
	return usable
}

// hardLately reports whether something went badly since the last prompt.
func (h House) hardLately(s State) bool {
	return len(s.Records) > 0 && h.hard(s.Records[0]) && !s.Records[0].At.Before(s.promptedAt())
}

// comesBack reports whether the person came back after a STOP and has had no
// prompt since.
func (s State) comesBack() bool {
	for _, c := range s.Changes {
		if c.Kind == string(wishReturn) {
			return c.At.After(s.promptedAt())
		}
	}
	return false
}

// promptedAt is when the last prompt left; zero when none did.
func (s State) promptedAt() time.Time {
	for _, m := range s.Recent {
		if m.Kind == Prompt && m.State.Left() {
			return m.BegunAt
		}
	}
	return time.Time{}
}

// promptTemplate is how the due reminder is put.
func (h House) promptTemplate(s State, plan *Plan, step step) string {
	many := len(h.offered(s, plan)) > 1
	switch due := plan.Due(); {
	case step == taper:
		return "taper_note"
	case step == lastOne:
		return "rest_note"
	case plan.wantsReview(due.At):
		return "review"
	case due.Why == pace.AfterPause.String() && !s.pausedUntil(due.At):
		return "prompt_neutral" // quiet that nobody asked for comes of hard words alone
	case due.Why == pace.AfterPause.String():
		return "pause_return"
	case plan.Channel == SMS && s.Participant.dueToSayStop(due.At):
		return "prompt_monthly"
	case many:
		return "prompt_choice"
	}
	return "prompt"
}

// pausedUntil reports whether the person asked for the quiet that ended before
// t.
func (s State) pausedUntil(t time.Time) bool {
	for _, c := range s.Changes {
		if c.After.QuietUntil.After(s.promptedAt()) && !c.After.QuietUntil.After(t) {
			return true
		}
	}
	return false
}

// sayStopEvery is how long texts may go without saying how to leave (A07).
const sayStopEvery = 28 * day

func (p Participant) dueToSayStop(at time.Time) bool { return at.Sub(p.StopSaidAt) >= sayStopEvery }
