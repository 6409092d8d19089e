package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// The weekly digest: when it comes, and whether it does. What it holds is put
// together by package digest, its words by the templates.
//
// A person's week ends at the day and hour that they chose, so that the digest
// is about what has just been, and what is written an hour later stands in the
// next one. Each digest goes on where the one before it ended, whether that was
// sent or not: no record stands in two, and none is left between them. The
// ISO week of its moment is its name: a person has one digest for each.

// Digest choices that people make.
const (
	// DigestHour is when the digest comes, local, where no other hour was chosen.
	DigestHour pace.Clock = 18 * 60
	// DigestLooksBack is how long before its moment a digest looks for what was
	// before this week.
	DigestLooksBack = 12 * 7 * day
	// digestMost is the most time that one digest is about: after a change of
	// day it may be more than a week.
	digestMost = 14 * day
)

// DigestBy is how the digest comes. The zero value is by mail, which is
// nothing for whoever has no mailbox.
type DigestBy string

// The ways.
const (
	DigestByMail DigestBy = ""
	DigestByText DigestBy = "sms" // a short version, for who asked for it
	DigestOff    DigestBy = "off"
)

// DigestForm is how much a digest tells. The zero value is words, and numbers
// only where the person is discreet.
type DigestForm string

// The forms.
const (
	DigestAsUsual   DigestForm = ""
	DigestInWords   DigestForm = "words"
	DigestInNumbers DigestForm = "numbers"
)

// DigestChoice is what a person chose about their digest. The zero value is
// the default: by mail, on Sundays at 18:00.
type DigestChoice struct {
	By   DigestBy     `json:"by,omitempty"`
	Day  time.Weekday `json:"day,omitempty"` // zero = Sunday
	At   *pace.Clock  `json:"at,omitempty"`  // local; nil = DigestHour, within the person's hours
	Form DigestForm   `json:"form,omitempty"`
	Past bool         `json:"past,omitempty"` // with a moment of theirs from an earlier week
}

// valid reports whether c is a choice that can be made.
func (c DigestChoice) valid() bool {
	return (c.By == DigestByMail || c.By == DigestByText || c.By == DigestOff) && c.Day >= time.Sunday && c.Day <= time.Saturday &&
		(c.At == nil || *c.At >= 0 && *c.At < 24*60) && (c.Form == DigestAsUsual || c.Form == DigestInWords || c.Form == DigestInNumbers)
}

// Same reports whether c chooses what o does.
func (c DigestChoice) Same(o DigestChoice) bool {
	at := c.At == nil && o.At == nil || c.At != nil && o.At != nil && *c.At == *o.At
	c.At, o.At = nil, nil
	return at && c == o
}

// Weekly is where a person's digests stand.
type Weekly struct {
	Week  pace.ISOWeek // the next one
	Due   time.Time    // when it is looked at; zero = none comes
	Last  pace.ISOWeek // the last one that was decided: none up to it comes again
	Until time.Time    // up to when records stood in a digest, or could have; zero = none was due yet
}

// Channel is the one that the digest comes by; none where it does not come.
func (c DigestChoice) Channel() Channel {
	return map[DigestBy]Channel{DigestByMail: Email, DigestByText: SMS}[c.By]
}

// InNumbers reports whether the person's digest tells numbers only.
func (p Participant) InNumbers() bool {
	return p.Digest.Form == DigestInNumbers || p.Digest.Form == DigestAsUsual && p.Discreet
}

// DigestMoment is when the digest of an ISO week is due. It is not ok where the
// day has no such hour, or is none.
func (p Participant) DigestMoment(week pace.ISOWeek) (moment time.Time, ok bool) {
	date := week.Day(p.Digest.Day)
	at, how := pace.Instant(date, p.digestClock(date), p.Location())
	return at, how != pace.NoInstant
}

// digestClock is the hour that was picked; else the usual one, or the nearest to
// it that lies in the person's hours.
func (p Participant) digestClock(date pace.Date) pace.Clock {
	if p.Digest.At != nil {
		return *p.Digest.At
	}
	hours := p.HoursOn(date, p.Digest.Channel())
	switch {
	case hours.From >= hours.To || hours.Has(DigestHour):
		return DigestHour
	case DigestHour < hours.From:
		return hours.From
	}
	return max(hours.From, hours.To-60)
}

// DigestSpan is the time that the digest of an ISO week with that moment is
// about.
func (p Participant) DigestSpan(week pace.ISOWeek, moment time.Time) (from, to time.Time) {
	until := p.Weekly.Until
	if !until.IsZero() && until.Before(moment) && moment.Sub(until) <= digestMost && p.Weekly.Last.Before(week) {
		return until, moment
	}
	if before, ok := p.DigestMoment(week.Add(-1)); ok {
		return before, moment
	}
	return moment.Add(-7 * day), moment
}

// NextDigest is the first digest that is due after an instant, of a week that
// was not decided yet; zero where none comes.
func (p Participant) NextDigest(after time.Time) (week pace.ISOWeek, moment time.Time) {
	if p.Digest.By == DigestOff || p.Zone == "" {
		return pace.ISOWeek{}, time.Time{}
	}
	week = pace.ISOWeekOf(pace.DateOf(after.In(p.Location()))).Add(-1)
	if !week.After(p.Weekly.Last) {
		week = p.Weekly.Last.Add(1)
	}
	for range 8 { // a date that does not exist costs one of them
		if moment, ok := p.DigestMoment(week); ok && moment.After(after) {
			return week, moment
		}
		week = week.Add(1)
	}
	return pace.ISOWeek{}, time.Time{}
}

// reckonDigest sets the person's next digest anew.
func (p *Participant) reckonDigest(now time.Time) {
	p.Weekly.Week, p.Weekly.Due = p.NextDigest(now)
}

// passDigest moves the person past the digest that was due.
func (p *Participant) passDigest(moment, now time.Time) {
	p.Weekly.Last, p.Weekly.Until = p.Weekly.Week, moment
	p.reckonDigest(now.Add(-Life(Digest, "")))
}

// DueDigest names a person whose digest is due.
type DueDigest struct {
	Participant ParticipantID
}

// DigestAsk asks for the digest of somebody's week.
type DigestAsk struct {
	State    State // its Records and Changes go back by DigestLooksBack
	ID       MessageID
	Channel  Channel
	Week     pace.ISOWeek
	From, To time.Time  // what it is about: from From on, before To
	Coming   []Upcoming // the reminders of the week after To
	Practice func(PracticeID) (Practice, bool)
	Page     string // where its actions lead to; empty = there are no pages
}

// Digester writes digests.
type Digester interface {
	// Digest is not ok where there is nothing to say about that time.
	Digest(ask DigestAsk) (w Words, ok bool, err error)
	// Action is what text asks for in the words of a digest; empty where it asks
	// for nothing in them.
	Action(text, locale string) DigestAction
}

// DigestDue decides about a person's digest that is due: it writes it into the
// outbox, or leaves it, and moves the person on to their next one. What stands
// in its way for a while only puts it off, as long as it is not late.
func (h House) DigestDue(s State, now time.Time) (Effects, error) {
	who := s.Participant
	if due := who.Weekly.Due; due.IsZero() || due.After(now) {
		return Effects{}, nil // decided by somebody else meanwhile
	}
	moment, ok := who.DigestMoment(who.Weekly.Week)
	passed := who
	if !ok {
		moment = who.Weekly.Due
	}
	passed.passDigest(moment, now)
	if to := s.Reach(who.Digest.Channel()); !ok || h.Digests == nil || to.ID == "" || s.resting(now) {
		return Effects{Participant: &passed}, nil
	}
	m := h.digestMessage(s, moment)
	s.InCalm = s.inCalm(s.CalmUntil)
	switch refusal := MayWrite(s.Gate(m, h.PerDay, now), now); refusal {
	case NotRefused:
		var err error
		e := Effects{Participant: &passed}
		ask := h.DigestOf(s, who.Weekly.Week, moment, m.ID, now)
		if m.Channel == Email {
			ask.Page = h.Links.to(&e, LinkWeekly, s.Reach(Email), now)
		}
		if m.Words, ok, err = h.Digests.Digest(ask); err != nil || !ok {
			return Effects{Participant: &passed}, err
		}
		e.Messages = []Message{m}
		return e, nil
	case OutOfHours, DayIsFull, OneAnHour:
		if next := s.digestAgain(refusal, m.Channel, now); next.Before(m.ExpiresAt) {
			who.Weekly.Due = next
			return Effects{Participant: &who}, nil
		}
		m.State, m.Why = Expired, string(refusal)
	case TooLate, Crowded:
		m.State, m.Why = Expired, string(refusal)
	default: // there is nobody to write to
		return Effects{Participant: &passed}, nil
	}
	return Effects{Participant: &passed, Messages: []Message{m}}, nil // without words: it never goes out
}

// digestMessage is the row of the outbox for the digest that is due.
func (h House) digestMessage(s State, moment time.Time) Message {
	who := s.Participant
	m := h.message(s.Reach(who.Digest.Channel()), Digest, Words{}, moment)
	m.Week, m.OwnTime = who.Weekly.Week, who.Digest.At != nil
	m.NotBefore = Due{At: moment}.apart(s.lastStarted()).At
	if m.Channel == Email { // what is written back to it may be an entry; to a text it answers the prompt before
		m.Asked = reply.AfterJournal
	}
	return m
}

// DigestOf is what has to be known to write the digest of a week.
func (h House) DigestOf(s State, week pace.ISOWeek, moment time.Time, id MessageID, now time.Time) DigestAsk {
	ask := DigestAsk{
		State: s, ID: id, Channel: s.Participant.Digest.Channel(), Week: week,
		Practice: func(id PracticeID) (Practice, bool) { return h.practice(s, id) },
	}
	ask.From, ask.To = s.Participant.DigestSpan(week, moment)
	for _, u := range h.Preview(s, mostAhead) {
		if u.Due.At.After(ask.To) && u.Due.At.After(now) && !u.Due.At.After(ask.To.Add(7*day)) {
			ask.Coming = append(ask.Coming, u)
		}
	}
	return ask
}

// mostAhead is how many reminders of the next week a digest looks at.
const mostAhead = 25

// resting reports whether the person rests: in a pause, or with all their plans
// at rest.
func (s State) resting(now time.Time) bool {
	going := s.going()
	for _, p := range going {
		if p.Status == PlanActive {
			return s.Participant.QuietAt(now)
		}
	}
	return len(going) > 0 || s.Participant.QuietAt(now)
}

// digestAgain is when a digest that may not go out now is looked at again.
func (s State) digestAgain(why Refusal, c Channel, now time.Time) time.Time {
	who := s.Participant
	if why == OneAnHour {
		return s.CalmUntil
	}
	if why == DayIsFull {
		tomorrow := pace.DateOf(now.In(who.Location())).AddDays(1)
		now, _ = pace.Instant(tomorrow, 0, who.Location())
	}
	if next := who.NextInHours(now, c); !next.IsZero() {
		return next
	}
	return Forever
}

// DigestAction is one thing that a digest lets people do about the week ahead.
type DigestAction string

// The actions, in the order in which a mail names them.
const (
	DigestKeep   DigestAction = "keep"
	DigestSlower DigestAction = "slower"
	DigestFaster DigestAction = "faster"
	DigestPause  DigestAction = "pause"
	DigestDays   DigestAction = "days"
	DigestNoMore DigestAction = "no_more" // of the digest; all else goes on
)

// DigestActions lists them in that order.
func DigestActions() []DigestAction {
	return []DigestAction{DigestKeep, DigestSlower, DigestFaster, DigestPause, DigestDays, DigestNoMore}
}

// Wish is what the action asks for, where it is asked at now.
func (a DigestAction) Wish(s State, now time.Time) Wish {
	switch a {
	case DigestKeep:
		return Wish{Kind: WishKeep}
	case DigestSlower:
		return Wish{Kind: WishSlower}
	case DigestFaster:
		return Wish{Kind: WishFaster}
	case DigestPause:
		loc := s.Participant.Location()
		until, _ := pace.Instant(pace.DateOf(now.In(loc)).AddDays(7), 0, loc)
		return Wish{Kind: WishPause, Until: until}
	case DigestNoMore:
		return s.digestBy(DigestOff)
	}
	return Wish{Kind: WishAlter}
}

// digestBy asks for the digest to come that way from now on, or not at all.
func (s State) digestBy(by DigestBy) Wish {
	choice := s.Participant.Digest
	choice.By = by
	return Wish{Kind: WishDigest, Digest: choice}
}

// saidInDigest is the action that a mail written back to a digest asks for in
// the digest's own words. Those that everybody knows (SLOWER, PAUSE) are read
// like any other text, as what was asked last tells what they are about.
func (t *turn) saidInDigest() DigestAction {
	if t.Message == nil || t.Message.Kind != Digest || t.Digests == nil || t.proof() == TokenProof || t.proof() == NoProof {
		return ""
	}
	switch a := t.Digests.Action(t.in.Text, t.Participant.Locale); a {
	case DigestKeep, DigestDays, DigestNoMore:
		return a
	}
	return ""
}

// tellsOfTheWeek reports whether words written back to a digest are an entry of
// their own. What tells of something done, or is a number alone, answers the
// prompt before it.
func (t *turn) tellsOfTheWeek() bool { return t.read.Note != "" && t.read.Outcome == "" }

// digestConsent is the row of the ledger for a digest that is no longer wanted,
// or is again.
func (h House) digestConsent(s State, who Participant, w Wish, now time.Time) []Consent {
	was, is := s.Participant.Digest.Channel(), who.Digest.Channel()
	to := s.Reach(is)
	if is == "" {
		to = s.Reach(was)
	}
	if was == is || to.ID == "" {
		return nil
	}
	return []Consent{{
		ID: ConsentID(h.NewID()), Address: to.ID, Topic: ToDigest, Given: is != "", Wording: "digest/1", Route: w.Route, At: now,
	}}
}

// sayDigest lets an answer say how the digest stands: when the next one comes,
// or that none does.
func (t *turn) sayDigest(say *Say) {
	say.By = t.Participant.Digest.Channel()
	if say.By != "" {
		say.Next = Due{At: t.Participant.Weekly.Due}
	}
}
