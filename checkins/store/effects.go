package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
)

// apply writes what a decision came to, in the transaction of the decision.
// The order is that of the references between the rows.
func (s *Store) apply(t *tx, state checkins.State, e checkins.Effects, now time.Time) error {
	w := writer{s, t, string(state.Participant.ID), now}
	if e.Participant != nil {
		w.person = string(e.Participant.ID)
		if err := w.participant(*e.Participant); err != nil {
			return err
		}
	}
	if e.Inbound != nil {
		if err := w.inbound(*e.Inbound); err != nil {
			return err
		}
	}
	if err := each(e.SpeakAgain, w.speakAgain); err != nil {
		return err
	}
	if err := each(e.Addresses, w.address); err != nil {
		return err
	}
	if err := each(e.Takes, w.take); err != nil {
		return err
	}
	for _, id := range e.Withdraw {
		if err := w.withdraw(id); err != nil {
			return err
		}
	}
	return firstError(
		func() error { return each(e.Consents, w.consent) },
		func() error { return each(e.Own, w.own) },
		func() error { return each(e.Disclosures, w.disclosure) },
		func() error { return each(e.Fulfilled, w.fulfilled) },
		func() error { return each(e.Requests, w.request) },
		func() error { return each(e.Plans, w.plan) },
		func() error { return each(e.Changes, w.change) },
		func() error { return each(e.Messages, w.message) },
		func() error { return each(e.Links, w.link) },
		func() error { return w.split(e.Split) },
		func() error { return each(e.CheckIns, w.checkIn) },
		func() error { return each(e.Forget, w.forget) },
		func() error { return each(e.Remove, w.remove) },
		func() error { return w.code(e.Code) },
		func() error { return each(e.Moves, w.move) },
		func() error { return w.evidence(e.Evidence) },
		func() error { return w.trip(e.Trip) },
		func() error { return w.erase(e.Erase) },
	)
}

func each[T any](list []T, write func(T) error) error {
	for _, item := range list {
		if err := write(item); err != nil {
			return err
		}
	}
	return nil
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// writer writes the effects of one decision.
type writer struct {
	s      *Store
	t      *tx
	person string
	now    time.Time
}

const sqlPutParticipant = `INSERT INTO participants
	(id, name, zone, region, locale, discreet, hours_from, hours_to, quiet_until, spacing_ms, silence, care_sent_at, acks, keep, shares, codes, not_these, words_days, self_joined, stop_said_at,
	digest_by, digest_day, digest_clock, digest_form, digest_past, digest_week, digest_due_at, digest_last, digest_until, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone, region = excluded.region, locale = excluded.locale,
	discreet = excluded.discreet, hours_from = excluded.hours_from, hours_to = excluded.hours_to,
	quiet_until = excluded.quiet_until, spacing_ms = excluded.spacing_ms, silence = excluded.silence, care_sent_at = excluded.care_sent_at,
	acks = excluded.acks, keep = excluded.keep, shares = excluded.shares, codes = excluded.codes, not_these = excluded.not_these, words_days = excluded.words_days, stop_said_at = excluded.stop_said_at,
	digest_by = excluded.digest_by, digest_day = excluded.digest_day, digest_clock = excluded.digest_clock, digest_form = excluded.digest_form,
	digest_past = excluded.digest_past, digest_week = excluded.digest_week, digest_due_at = excluded.digest_due_at,
	digest_last = excluded.digest_last, digest_until = excluded.digest_until`

func (w writer) participant(p checkins.Participant) error {
	_, err := w.t.exec(sqlPutParticipant, p.ID, w.s.seal("participants", "name", string(p.ID), p.Name), p.Zone, p.Region, p.Locale,
		p.Discreet, int(p.Hours.From), int(p.Hours.To), at(p.QuietUntil), p.Spacing.Milliseconds(), p.Silence, at(p.CareSentAt),
		or(p.Acks, checkins.AcksNormal), or(p.Keep, checkins.KeepEverything), or(p.Shares, checkins.ShareNothing), p.Codes, practicesText(p.NotThese), p.WordsDays, p.SelfJoined, at(p.StopSaidAt),
		p.Digest.By, int(p.Digest.Day), clock(p.Digest.At), p.Digest.Form, p.Digest.Past,
		p.Weekly.Week.String(), at(p.Weekly.Due), p.Weekly.Last.String(), at(p.Weekly.Until), at(p.CreatedAt))
	return wrap("write participant", err)
}

const sqlPutAddress = `INSERT INTO addresses (id, participant_id, channel, value, value_index, state, state_since, asked_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET state = excluded.state, state_since = excluded.state_since, asked_at = excluded.asked_at`

func (w writer) address(a checkins.Address) error {
	value := checkins.CanonicalAddress(a.Channel, a.Value)
	index := w.s.addressIndex(a.Channel, value)
	if err := w.admitted(a, index); err != nil {
		return err
	}
	_, err := w.t.exec(sqlPutAddress, a.ID, w.person, a.Channel, w.s.seal("addresses", "value", string(a.ID), value), index, a.State, at(a.StateSince), at(a.AskedAt))
	if taken(err) {
		return fmt.Errorf("the address belongs to somebody already: %w", checkins.ErrDuplicate)
	}
	if err != nil || a.Channel != checkins.Email {
		return wrap("write address", err)
	}
	for keyed, purpose := range map[string]checkins.LinkPurpose{PurposeLeave: checkins.LinkLeave, PurposeNoDigest: checkins.LinkNoDigest} {
		err = firstOf(err, w.link(checkins.Link{Token: w.s.vault.Token(keyed, string(a.ID)), Purpose: purpose, Address: a.ID, CreatedAt: w.now}))
	}
	return err
}

const sqlPutInbound = `INSERT INTO inbound (id, participant_id, channel, provider_index, provider_id, body, auto, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING`

// inbound counts a message from outside, once: a second time is ErrDuplicate.
func (w writer) inbound(in checkins.Inbound) error {
	key := w.s.vault.Index(purposeInbound, string(in.Channel)+"|"+in.ProviderID)
	if in.Channel == checkins.Email { // a Message-ID is the sender's to choose, so it counts for one person only
		key = w.s.vault.Index(purposeInbound, string(in.Channel)+"|"+w.person+"|"+in.ProviderID)
	}
	n, err := w.t.exec(sqlPutInbound, in.ID, w.person, in.Channel, key, w.s.seal("inbound", "provider_id", string(in.ID), in.ProviderID),
		w.s.seal("inbound", "body", string(in.ID), in.Text), in.Auto, at(in.At))
	if err == nil && n == 0 {
		return checkins.ErrDuplicate
	}
	return wrap("write inbound", err)
}

const sqlPutConsent = `INSERT INTO consents (id, participant_id, address_id, topic, given, wording, shown, words, address_index, route, proof, at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT value_index FROM addresses WHERE id = ?), ?, ?, ?)`

func (w writer) consent(c checkins.Consent) error {
	_, err := w.t.exec(sqlPutConsent, c.ID, w.person, c.Address, c.Topic, c.Given, c.Wording,
		w.s.seal("consents", "shown", string(c.ID), c.Shown), w.s.seal("consents", "words", string(c.ID), c.Words), c.Address, c.Route, w.s.seal("consents", "proof", string(c.ID), c.Proof), at(c.At))
	return wrap("write consent", err)
}

const sqlTake = `INSERT INTO quotas (name, day, used) VALUES (?, ?, 1)
	ON CONFLICT (name) DO UPDATE SET used = CASE WHEN quotas.day = excluded.day THEN quotas.used + 1 ELSE 1 END, day = excluded.day
	WHERE quotas.day <> excluded.day OR quotas.used < ?`

// take uses up one of a day's quota. The row holds the count for all instances
// at once: of two that take the last one, one finds it gone.
func (w writer) take(q checkins.Quota) error {
	name := q.Name
	if q.Number != "" {
		name += "|" + w.s.vault.Index(purposeQuota, q.Number)
	}
	if q.Most < 1 {
		return &checkins.FullError{Quota: q.Name}
	}
	n, err := w.t.exec(sqlTake, name, w.now.UTC().Format(time.DateOnly), q.Most)
	if err == nil && n == 0 {
		return &checkins.FullError{Quota: q.Name}
	}
	return wrap("take from a quota", err)
}

const sqlPutPlan = `INSERT INTO plans (id, participant_id, practices, channel, status, pace, days, at,
	span, per_day, gap_ms, jitter, anchor, until, because, no_answer, reviewed_at, sent,
	next_date, next_position, next_round, next_at, next_why,
	later_date, later_position, later_round, later_at, later_why,
	last_date, last_position, last_at, last_zone, due_at, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET practices = excluded.practices, channel = excluded.channel, status = excluded.status,
	pace = excluded.pace, days = excluded.days, at = excluded.at,
	span = excluded.span, per_day = excluded.per_day, gap_ms = excluded.gap_ms, jitter = excluded.jitter, anchor = excluded.anchor, until = excluded.until,
	because = excluded.because, no_answer = excluded.no_answer, reviewed_at = excluded.reviewed_at, sent = excluded.sent,
	next_date = excluded.next_date, next_position = excluded.next_position, next_round = excluded.next_round,
	next_at = excluded.next_at, next_why = excluded.next_why,
	later_date = excluded.later_date, later_position = excluded.later_position, later_round = excluded.later_round,
	later_at = excluded.later_at, later_why = excluded.later_why,
	last_date = excluded.last_date, last_position = excluded.last_position, last_at = excluded.last_at, last_zone = excluded.last_zone, due_at = excluded.due_at`

func (w writer) plan(p checkins.Plan) error {
	next, later, last := p.Next, p.Later, p.Last
	_, err := w.t.exec(sqlPutPlan, p.ID, w.person, practicesText(p.Practices), p.Channel, p.Status, p.Pace.String(), p.Days.String(),
		clocksText(p.At), p.Window.Span.String(), p.Window.PerDay, p.Window.Gap.Milliseconds(), p.Jitter, p.Anchor.String(), p.Until.String(),
		w.s.seal("plans", "because", string(p.ID), p.Because), p.NoAnswer, at(p.Reviewed), p.Sent,
		next.Slot.Date.String(), next.Slot.Position, next.Slot.Round, at(next.At), next.Why,
		later.Slot.Date.String(), later.Slot.Position, later.Slot.Round, at(later.At), later.Why,
		last.Slot.Date.String(), last.Slot.Position, at(last.At), last.Zone, at(p.Due().At), at(p.CreatedAt))
	return wrap("write plan", err)
}

const (
	sqlPutChange = `INSERT INTO changes (id, participant_id, plan_id, kind, before, after, words, route, at, undone)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET undone = excluded.undone`
)

func (w writer) change(c checkins.Change) error {
	before, err1 := json.Marshal(c.Before)
	after, err2 := json.Marshal(c.After)
	if err := firstOf(err1, err2); err != nil {
		return err
	}
	_, err := w.t.exec(sqlPutChange, c.ID, w.person, optional(c.Plan), c.Kind, string(before), string(after),
		w.s.seal("changes", "words", string(c.ID), c.Words), c.Route, at(c.At), c.Undone)
	return wrap("write change", err)
}

const sqlPutMessage = `INSERT INTO messages (id, participant_id, address_id, channel, kind, plan_id, slot_date, slot_position, slot_round, week,
	practice, turn, step, root, asked, offers, answers, own_time, subject, body, html, chart, encloses, state, why, due_at, not_before, expires_at, attempts, token_at, reply_index, bounce_index,
	created_at, changed_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (%s) DO NOTHING`

// The keys by which a message that we start exists once.
const (
	slotKey = "plan_id, slot_date, slot_position, slot_round"
	weekKey = "participant_id, week"
)

// message writes a new row of the outbox. A slot that is there already stays
// as it is, and so does the digest of a week: it exists once (rule 2).
func (w writer) message(m checkins.Message) error {
	var date, position, round any
	if !m.Slot.Date.IsZero() {
		date, position, round = m.Slot.Date.String(), m.Slot.Position, m.Slot.Round
	}
	once := slotKey
	if !m.Week.IsZero() {
		once = weekKey
	}
	var offers []byte
	if len(m.Offers) > 0 {
		var err error
		if offers, err = json.Marshal(m.Offers); err != nil {
			return wrap("write message", err)
		}
	}
	moment, err := w.turn(m)
	if err != nil {
		return wrap("write message", err)
	}
	seal := func(column, plain string) string { return w.s.seal("messages", column, string(m.ID), plain) }
	_, err = w.t.exec(fmt.Sprintf(sqlPutMessage, once), m.ID, w.person, m.Address, m.Channel, m.Kind, optional(m.Plan), date, position, round, optional(m.Week.String()),
		m.Practice, m.Turn, m.Step, optional(m.Root), m.Asked, string(offers), optional(m.Answers), m.OwnTime,
		seal("subject", m.Words.Subject), seal("body", m.Words.Text), seal("html", m.Words.HTML), seal("chart", m.Words.Chart),
		m.Encloses, m.State, m.Why, at(m.DueAt), at(later(m.NotBefore, moment)), at(m.ExpiresAt), m.Attempts, at(moment),
		w.tokenIndex(PurposeReply, m), w.tokenIndex(PurposeBounce, m), at(w.now), at(w.now))
	return wrap("write message", err)
}

// tokenIndex is what stands in the database for a token of a mail; a text bears
// none.
func (w writer) tokenIndex(purpose string, m checkins.Message) optional {
	if m.Channel != checkins.Email {
		return ""
	}
	return optional(replyIndex(w.s.vault.Token(purpose, string(m.ID))))
}

const sqlWithdraw = `UPDATE messages SET state = 'withdrawn', why = 'stopped', lease_until = NULL, changed_at = ?
	WHERE address_id = ? AND state IN ('queued', 'claimed')`

func (w writer) withdraw(id checkins.AddressID) error {
	_, err := w.t.exec(sqlWithdraw, at(w.now), id)
	return wrap("withdraw messages", err)
}

const (
	sqlPutCheckIn = `INSERT INTO check_ins (id, participant_id, plan_id, message_id, inbound_id, practice, kind, channel, local_date, at, outcome,
		rating_before, rating, feelings, sensations, note, expectation, remembered, amends, amended)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, FALSE)`
	sqlAmended = `UPDATE check_ins SET amended = TRUE WHERE id = ?`
)

func (w writer) checkIn(c checkins.CheckIn) error {
	seal := func(column, plain string) string { return w.s.seal("check_ins", column, string(c.ID), plain) }
	if c.Amends != "" {
		if _, err := w.t.exec(sqlAmended, c.Amends); err != nil {
			return wrap("amend check-in", err)
		}
	}
	_, err := w.t.exec(sqlPutCheckIn, c.ID, w.person, optional(c.Plan), optional(c.Message), optional(c.Inbound), c.Practice, c.Kind, c.Channel,
		c.Date.String(), at(c.At), c.Outcome, seal("rating_before", numberText(c.RatingBefore)), seal("rating", numberText(c.Rating)),
		seal("feelings", strings.Join(c.Feelings, "\n")), seal("sensations", strings.Join(c.Sensations, "\n")),
		seal("note", c.Note), seal("expectation", c.Expectation), c.Remembered, optional(c.Amends))
	return wrap("write check-in", err)
}

const sqlPutOwn = `INSERT INTO own_practices (id, participant_id, words, created_at) VALUES (?, ?, ?, ?)`

func (w writer) own(o checkins.OwnPractice) error {
	_, err := w.t.exec(sqlPutOwn, o.ID, w.person, w.s.seal("own_practices", "words", string(o.ID), o.Words), at(w.now))
	return wrap("write own practice", err)
}

const sqlPutDisclosure = `INSERT INTO disclosures (id, participant_id, by_whom, what, reason, records, at) VALUES (?, ?, ?, ?, ?, ?, ?)`

func (w writer) disclosure(d checkins.Disclosure) error {
	seal := func(column, value string) string { return w.s.seal("disclosures", column, d.ID, value) }
	_, err := w.t.exec(sqlPutDisclosure, d.ID, w.person, seal("by_whom", d.By), d.Of, seal("reason", d.Reason), d.Records, at(d.At))
	return wrap("write down what is read", err)
}

const (
	sqlForgetRecord = `UPDATE check_ins SET note = ?, expectation = ? WHERE id = ?`
	sqlAmendedBy    = `SELECT amends FROM check_ins WHERE id = ?`
)

// forget erases the words of a record, of the texts that they came in, and of
// every record that it corrected.
func (w writer) forget(id checkins.CheckInID) error {
	for id != "" {
		seal := func(column string) string { return w.s.seal("check_ins", column, string(id), "") }
		if _, err := w.t.exec(sqlForgetRecord, seal("note"), seal("expectation"), id); err != nil {
			return wrap("forget words", err)
		}
		if err := w.forgetInbound(id); err != nil {
			return err
		}
		var amends optional
		if err := w.t.get(&amends, sqlAmendedBy, id); err != nil {
			return wrap("forget words", err)
		}
		id = checkins.CheckInID(amends)
	}
	return nil
}

// forgetInbound erases the text that a record came of.
func (w writer) forgetInbound(id checkins.CheckInID) error {
	var inbound optional
	err := w.t.get(&inbound, `SELECT inbound_id FROM check_ins WHERE id = ?`, id)
	if err != nil || inbound == "" {
		return wrap("forget words", err)
	}
	_, err = w.t.exec(`UPDATE inbound SET body = ? WHERE id = ?`, w.s.seal("inbound", "body", string(inbound), ""), string(inbound))
	return wrap("forget words", err)
}

const sqlSplit = `UPDATE check_ins SET amended = (id = ?) WHERE id IN (?, ?)`

// split lets what c amended stand again instead of c.
func (w writer) split(c *checkins.CheckIn) error {
	if c == nil {
		return nil
	}
	_, err := w.t.exec(sqlSplit, c.ID, c.ID, c.Amends)
	return wrap("take back an amendment", err)
}

// move takes a message to another state, if the table of states allows it from
// where it stands now.
func (w writer) move(m checkins.Move) error {
	n, err := w.t.exec(sqlMove(m.To, 1), m.To, m.Why, at(w.now), m.Message)
	if err == nil && n > 0 && m.To == checkins.Queued {
		_, err = w.t.exec(sqlRetry, at(m.NotBefore), m.Message)
	}
	return wrap("move message", err)
}

// sqlMove updates n messages, each only from a state that may become to.
func sqlMove(to checkins.MessageState, n int) string {
	var from []string
	for _, s := range checkins.MessageStates() {
		if s.MayBecome(to) {
			from = append(from, "'"+string(s)+"'")
		}
	}
	return `UPDATE messages SET state = ?, why = ?, lease_until = NULL, changed_at = ? WHERE id IN (` + marks("?", n) + `) AND state IN (` + strings.Join(from, ", ") + `)`
}

const (
	sqlPutEvidence = `INSERT INTO evidence (attempt_id, source, fact, code, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlProvider    = `UPDATE attempts SET provider_id = ? WHERE id = ? AND provider_id IS NULL`
	sqlBelongs     = `SELECT count(*) FROM attempts WHERE provider_id = ? AND id <> ?`
)

func (w writer) evidence(e *checkins.Evidence) error {
	if e == nil {
		return nil
	}
	if e.Source == checkins.SourceList && e.ProviderID != "" {
		var others int
		if err := w.t.get(&others, sqlBelongs, e.ProviderID, e.Attempt); err != nil {
			return wrap("write evidence", err)
		}
		if others > 0 {
			return fmt.Errorf("the listed message belongs to another attempt: %w", checkins.ErrDuplicate)
		}
	}
	if _, err := w.t.exec(sqlPutEvidence, e.Attempt, e.Source, e.Fact, e.Code, at(e.At)); err != nil {
		return wrap("write evidence", err)
	}
	if e.Fact == checkins.FactDelivered {
		if _, err := w.s.closeBreakers(w.t, w.now, sqlProbeArrived, e.Attempt); err != nil {
			return err
		}
	}
	_, err := w.t.exec(sqlProvider, optional(e.ProviderID), e.Attempt)
	return wrap("write evidence", err)
}

// or is v, or what it is where nothing was chosen.
func or[T ~string](v, otherwise T) T {
	if v == "" {
		return otherwise
	}
	return v
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
