package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// purposes of keyed values: each has a key of its own.
const (
	purposeAddress = "address"
	purposeInbound = "inbound"
	purposeQuota   = "quota"
	purposeMailbox = "mailbox"
	// PurposeReply is the purpose of the token in a mail's reply address,
	// PurposeBounce that of the one in its return path.
	PurposeReply  = "reply"
	PurposeBounce = "bounce"
	// PurposeLeave is the purpose of the token of the page that stops a mailbox.
	PurposeLeave = "leave"
	// PurposeNoDigest is that of the page that stops its digests alone.
	PurposeNoDigest = "no digest"
	// PurposeCode is the purpose of the keyed hash of a code that went to a phone.
	PurposeCode = "code"
)

// Decide implements checkins.Decider.
func (s *Store) Decide(ctx context.Context, who checkins.Who, now time.Time, decide func(checkins.State) (checkins.Effects, error)) error {
	return s.in(ctx, func(t *tx) error {
		state, err := s.state(t, who, now, true)
		if err != nil {
			return err
		}
		effects, err := decide(state)
		if err != nil {
			return err
		}
		return s.apply(t, state, effects, now)
	})
}

// State reads what a decision about who would see, without holding it.
func (s *Store) State(ctx context.Context, who checkins.Who, now time.Time) (checkins.State, error) {
	t, err := s.read.BeginTxx(ctx, nil)
	if err != nil {
		return checkins.State{}, fmt.Errorf("read: %w", err)
	}
	defer func() { _ = t.Rollback() }() // it only read
	return s.state(&tx{t, ctx, s.dialect.bind}, who, now, false)
}

// found is whom a Who names: a person, an address, a message, an attempt, each
// as far as it is named.
type found struct {
	Participant string   `db:"participant_id"`
	Address     string   `db:"address_id"`
	Message     optional `db:"message_id"`
	Attempt     optional `db:"attempt_id"`
	Outdated    bool     `db:"outdated"`
	Purpose     string   `db:"purpose"`
	CreatedAt   instant  `db:"created_at"`
	ExpiresAt   instant  `db:"expires_at"`
}

const (
	sqlFindPerson  = `SELECT id AS participant_id, '' AS address_id, NULL AS message_id, NULL AS attempt_id, FALSE AS outdated FROM participants WHERE id = ?`
	sqlFindAddress = `SELECT participant_id, id AS address_id, NULL AS message_id, NULL AS attempt_id, FALSE AS outdated FROM addresses WHERE channel = ? AND value_index = ?`
	sqlFindReply   = `SELECT participant_id, address_id, id AS message_id, NULL AS attempt_id, FALSE AS outdated FROM messages WHERE reply_index = ?`
	sqlFindMail    = `SELECT m.participant_id, m.address_id, m.id AS message_id, a.id AS attempt_id, a.begun_at < m.begun_at AS outdated
		FROM messages m JOIN attempts a ON a.message_id = m.id WHERE m.reply_index = ? OR m.bounce_index = ? ORDER BY a.begun_at DESC LIMIT 1`
	sqlFindAttempt = `SELECT m.participant_id, m.address_id, m.id AS message_id, a.id AS attempt_id, a.begun_at < m.begun_at AS outdated
		FROM attempts a JOIN messages m ON m.id = a.message_id WHERE a.id = ?`
	sqlFindProvider = `SELECT m.participant_id, m.address_id, m.id AS message_id, a.id AS attempt_id, a.begun_at < m.begun_at AS outdated
		FROM attempts a JOIN messages m ON m.id = a.message_id WHERE a.provider_id = ? ORDER BY a.begun_at DESC LIMIT 1`
)

// find resolves who. An address that nobody has is not an error: its State is
// a stranger's. Everything else that is not there is ErrNotFound.
func (s *Store) find(t *tx, who checkins.Who, now time.Time) (found, error) {
	var f found
	var err error
	switch {
	case who.Participant != "":
		err = t.get(&f, sqlFindPerson, who.Participant)
	case who.Address != "":
		err = t.get(&f, sqlFindAddress, who.Channel, s.addressIndex(who.Channel, who.Address))
		if none(err) {
			return found{}, nil
		}
	case who.ReplyToken != "":
		err = t.get(&f, sqlFindReply, replyIndex(who.ReplyToken))
	case who.MailToken != "":
		err = t.get(&f, sqlFindMail, replyIndex(who.MailToken), replyIndex(who.MailToken))
	case who.Attempt != "":
		err = t.get(&f, sqlFindAttempt, who.Attempt)
	case who.Link != "":
		err = t.get(&f, sqlFindLink, linkIndex(who.Link), who.Purpose, at(now))
	case who.ProviderID != "":
		err = t.get(&f, sqlFindProvider, who.ProviderID)
	default:
		return found{}, checkins.ErrNotFound
	}
	if none(err) {
		return found{}, checkins.ErrNotFound
	}
	return f, err
}

func (s *Store) addressIndex(c checkins.Channel, value string) string {
	return s.vault.Index(purposeAddress, string(c)+"|"+checkins.CanonicalAddress(c, value))
}

// replyIndex is what stands in the database for a reply token: with it alone
// nobody can answer in somebody's name.
func replyIndex(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:16])
}

const (
	sqlParticipantColumns = `SELECT id, name, zone, region, locale, discreet, hours_from, hours_to, quiet_until, spacing_ms, silence, care_sent_at,
		acks, keep, shares, codes, not_these, words_days, self_joined, stop_said_at,
		digest_by, digest_day, digest_clock, digest_form, digest_past, digest_week, digest_due_at, digest_last, digest_until, created_at
		FROM participants`
	sqlParticipant = sqlParticipantColumns + ` WHERE id = ?`
	sqlAddresses   = `SELECT a.id, a.channel, a.value, a.state, a.state_since, a.asked_at,
		(SELECT c.given FROM consents c WHERE c.address_id = a.id AND c.topic = 'messages' ORDER BY c.at DESC, c.id DESC LIMIT 1) AS consented
		FROM addresses a WHERE a.participant_id = ? ORDER BY a.id`
	sqlPlans = `SELECT id, practices, channel, status, pace, days, at, span, per_day, gap_ms, jitter, anchor, until, because, no_answer, reviewed_at, sent,
		next_date, next_position, next_round, next_at, next_why,
		later_date, later_position, later_round, later_at, later_why,
		last_date, last_position, last_at, last_zone, created_at
		FROM plans WHERE participant_id = ? ORDER BY created_at, id`
	sqlRecent  = sqlMessage + ` WHERE participant_id = ? AND (asked <> '' OR kind IN ('prompt', 'follow_up', 'digest')) ORDER BY created_at DESC, id DESC LIMIT 24`
	sqlTapered = sqlMessage + ` WHERE participant_id = ? AND kind = 'prompt' AND plan_id IN (SELECT id FROM plans WHERE participant_id = ? AND NOT no_answer)
		ORDER BY created_at DESC, id DESC LIMIT 8`
	sqlRecords      = sqlCheckIn + ` WHERE participant_id = ? AND NOT amended ORDER BY at DESC, id DESC LIMIT 16`
	sqlRecordsSince = sqlCheckIn + ` WHERE participant_id = ? AND NOT amended AND at >= ? ORDER BY at DESC, id DESC`
	sqlChanges      = `SELECT id, plan_id, kind, before, after, words, route, at, undone FROM changes
		WHERE participant_id = ? AND at > ? AND NOT undone ORDER BY at DESC, id DESC LIMIT 16`
	sqlOwn    = `SELECT id, words FROM own_practices WHERE participant_id = ? ORDER BY created_at, id`
	sqlDone   = `SELECT practice, count(*) AS times FROM check_ins WHERE participant_id = ? AND outcome = 'done' AND NOT amended GROUP BY practice`
	sqlMissed = `SELECT count(DISTINCT a.id) AS lately, count(DISTINCT CASE WHEN a.message_id = ? THEN a.id END) AS message
		FROM messages m JOIN attempts a ON a.message_id = m.id JOIN evidence e ON e.attempt_id = a.id
		WHERE m.participant_id = ? AND m.address_id = ? AND e.fact = 'not_reached' AND e.at > ? AND a.id <> ?`
	sqlFiltered = `SELECT count(DISTINCT m.participant_id) FROM evidence e JOIN attempts a ON a.id = e.attempt_id JOIN messages m ON m.id = a.message_id
		WHERE e.fact = 'filtered' AND e.at > ? AND m.kind = ? AND m.practice = ? AND m.step = ? AND m.turn = ? AND m.participant_id <> ?`
	// sqlLately is what is read about everybody and is no list.
	sqlLately = `SELECT (` + sqlStartedToday + `) AS started, answered, mailed,
		(SELECT at FROM ticks WHERE name = ?) AS outage_at, (SELECT at FROM ticks WHERE name = ?) AS restored_at
		FROM (SELECT count(CASE WHEN created_at > ? THEN 1 END) AS answered, count(CASE WHEN channel = 'email' THEN 1 END) AS mailed
		FROM messages WHERE participant_id = ? AND created_at > ? AND kind = 'answer') AS answers`
	sqlNoticed = `SELECT step, max(created_at) AS at FROM messages
		WHERE participant_id = ? AND created_at > ? AND address_id = ? AND step IN ('unclear', 'unseen', 'stop_asked') GROUP BY step`
	sqlHeard = `SELECT id, channel, body, at FROM inbound WHERE participant_id = ? AND NOT auto ORDER BY at DESC, id DESC LIMIT 1`
	sqlFull  = `SELECT count(DISTINCT e.attempt_id) FROM evidence e JOIN attempts a ON a.id = e.attempt_id JOIN messages m ON m.id = a.message_id
		WHERE m.address_id = ? AND e.attempt_id <> ? AND e.fact = 'full' AND e.at > ?`
	// startedSince is what we started and what left since an instant: midnight, or
	// the end of an outage.
	startedSince    = `kind IN ('prompt', 'follow_up', 'digest') AND state NOT IN ('queued', 'claimed', 'expired', 'withdrawn') AND begun_at >= `
	sqlStarted      = `SELECT count(*) FROM messages WHERE participant_id = ? AND ` + startedSince + `?`
	sqlStartedToday = sqlStarted + ` AND ` + countsToday
	countsToday     = `(kind <> 'digest' OR channel = 'sms')` // one mail a week is not one of the day's prompts
)

// state reads a State. With hold it holds the participant for the rest of the
// transaction.
func (s *Store) state(t *tx, who checkins.Who, now time.Time, hold bool) (checkins.State, error) {
	f, err := s.find(t, who, now)
	if err != nil {
		return checkins.State{}, err
	}
	if f.Participant == "" {
		return s.stranger(t, who)
	}
	state, err := s.person(t, f.Participant, now, hold)
	if err != nil {
		return state, err
	}
	state.Link = f.link()
	state.Via, state.Attempt, state.Outdated = checkins.AddressID(f.Address), checkins.AttemptID(f.Attempt), f.Outdated
	if f.Message != "" {
		var row messageRow
		if err := t.get(&row, sqlMessage+` WHERE id = ?`, string(f.Message)); err != nil {
			return state, fmt.Errorf("read message: %w", err)
		}
		m, err := row.message()
		if err != nil {
			return state, err
		}
		state.Message = &m
	}
	if err := s.shown(t, &state); err != nil {
		return state, err
	}
	if f.Attempt != "" && state.Message.Channel == checkins.Email {
		if err := t.get(&state.Full, sqlFull, f.Address, string(f.Attempt), at(now.Add(-checkins.FullWithin))); err != nil {
			return state, fmt.Errorf("count full mailboxes: %w", err)
		}
	}
	if f.Attempt != "" {
		if err := s.misfortunes(t, &state, f, now); err != nil {
			return state, fmt.Errorf("count what did not arrive: %w", err)
		}
	}
	if err := s.turns(t, &state); err != nil {
		return state, err
	}
	if err := s.journal(t, &state, who); err != nil {
		return state, err
	}
	return state, s.history(t, &state, who.Since, now)
}

// stranger is the state of an address that nobody has.
func (s *Store) stranger(t *tx, who checkins.Who) (checkins.State, error) {
	var silent int
	err := t.get(&silent, sqlSilent, who.Channel, s.addressIndex(who.Channel, who.Address))
	return checkins.State{Silent: silent > 0}, wrap("look up an address", err)
}

const sqlShown = sqlMessage + ` WHERE address_id = ? AND kind = 'opt_in' ORDER BY created_at DESC, id DESC LIMIT 1`

// shown reads the question that was put to an address that has not said yes, or
// may say it again: its words are part of what a yes is to.
func (s *Store) shown(t *tx, state *checkins.State) error {
	via := state.Address(state.Via)
	if via.ID == "" || via.State == checkins.Active {
		return nil
	}
	var row messageRow
	err := t.get(&row, sqlShown, via.ID)
	if none(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	m, err := row.worded(s)
	state.Shown = m.Words.Text
	return err
}

// misfortunes reads what else did not arrive lately, of the same person and of
// the same words.
func (s *Store) misfortunes(t *tx, state *checkins.State, f found, now time.Time) error {
	err := t.get(&state.Missed, sqlMissed, string(f.Message), f.Participant, f.Address, at(now.Add(-checkins.MissedSince)), string(f.Attempt))
	if err != nil {
		return err
	}
	m := state.Message
	return t.get(&state.Filtered, sqlFiltered, at(now.Add(-checkins.FilteredSince)), m.Kind, m.Practice, m.Step, m.Turn, f.Participant)
}

// person reads the part of a State that the gate looks at.
func (s *Store) person(t *tx, id string, now time.Time, hold bool) (checkins.State, error) {
	var state checkins.State
	query := sqlParticipant
	if hold {
		query += s.dialect.forUpdate()
	}
	var row participantRow
	if err := t.get(&row, query, id); err != nil {
		return state, fmt.Errorf("read participant: %w", err)
	}
	var err error
	if state.Participant, err = row.participant(s); err != nil {
		return state, err
	}
	var addresses []addressRow
	if err := t.all(&addresses, sqlAddresses, id); err != nil {
		return state, fmt.Errorf("read addresses: %w", err)
	}
	for _, r := range addresses {
		a, err := r.address(s)
		if err != nil {
			return state, err
		}
		state.Addresses = append(state.Addresses, a)
	}
	var plans []planRow
	if err := t.all(&plans, sqlPlans, id); err != nil {
		return state, fmt.Errorf("read plans: %w", err)
	}
	for _, r := range plans {
		p, err := r.plan(s)
		if err != nil {
			return state, err
		}
		state.Plans = append(state.Plans, p)
	}
	return state, s.counts(t, &state, now)
}

// counts reads how much was sent and answered lately, and what an outage or a
// restored backup allows.
func (s *Store) counts(t *tx, state *checkins.State, now time.Time) error {
	id := string(state.Participant.ID)
	var row struct {
		Started    int     `db:"started"`
		Answered   int     `db:"answered"`
		Mailed     int     `db:"mailed"`
		OutageAt   instant `db:"outage_at"`
		RestoredAt instant `db:"restored_at"`
	}
	err := t.get(&row, sqlLately, id, at(midnightOf(state.Participant, now)), checkins.AfterOutage, checkins.AfterRestore,
		at(now.Add(-time.Hour)), id, at(now.Add(-24*time.Hour)))
	if err != nil {
		return fmt.Errorf("count messages: %w", err)
	}
	state.Started, state.Answered, state.Mailed, state.Restored = row.Started, row.Answered, row.Mailed, row.RestoredAt.Time
	return s.calmAfter(t, state, row.OutageAt.Time, now)
}

// midnightOf is the beginning of a person's present day.
func midnightOf(who checkins.Participant, now time.Time) time.Time {
	loc := who.Location()
	midnight, _ := pace.Instant(pace.DateOf(now.In(loc)), 0, loc)
	return midnight
}

// history reads what else a decision may look at.
func (s *Store) history(t *tx, state *checkins.State, since, now time.Time) error {
	id := string(state.Participant.ID)
	err := s.recent(t, state)
	if err != nil {
		return err
	}
	if state.Heard, err = s.heard(t, id); err != nil {
		return err
	}
	query, args := sqlRecords, []any{id}
	if !since.IsZero() {
		query, args = sqlRecordsSince, append(args, at(since))
	}
	records, err := s.checkIns(t, query, args...)
	if err != nil {
		return err
	}
	state.Records = records
	var changes []changeRow
	if err := t.all(&changes, sqlChanges, id, at(now.Add(-checkins.ChangesKept))); err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	for _, r := range changes {
		c, err := r.change(s)
		if err != nil {
			return err
		}
		state.Changes = append(state.Changes, c)
	}
	return s.chosen(t, state, now)
}

// chosen reads what the person wrote for themselves, what they have done how
// often, and which notices they had.
func (s *Store) chosen(t *tx, state *checkins.State, now time.Time) error {
	id := string(state.Participant.ID)
	var own []struct {
		ID    string `db:"id"`
		Words string `db:"words"`
	}
	if err := t.all(&own, sqlOwn, id); err != nil {
		return fmt.Errorf("read own practices: %w", err)
	}
	for _, r := range own {
		o := opener{s: s, table: "own_practices", row: r.ID}
		state.Own = append(state.Own, checkins.OwnPractice{ID: checkins.PracticeID(r.ID), Words: o.open("words", r.Words)})
		if o.err != nil {
			return o.err
		}
	}
	var done []struct {
		Practice string `db:"practice"`
		Times    int    `db:"times"`
	}
	if err := t.all(&done, sqlDone, id); err != nil {
		return fmt.Errorf("count what was done: %w", err)
	}
	state.Done = make(map[checkins.PracticeID]int, len(done))
	for _, d := range done {
		state.Done[checkins.PracticeID(d.Practice)] = d.Times
	}
	return s.noticed(t, state, now)
}

// noticed reads which notices went to the mailbox lately.
func (s *Store) noticed(t *tx, state *checkins.State, now time.Time) error {
	if state.Address(state.Via).Channel != checkins.Email {
		return nil
	}
	var rows []struct {
		Step checkins.Step `db:"step"`
		At   instant       `db:"at"`
	}
	if err := t.all(&rows, sqlNoticed, string(state.Participant.ID), at(now.Add(-checkins.NoticesSince)), string(state.Via)); err != nil {
		return fmt.Errorf("read notices: %w", err)
	}
	state.Noticed = make(map[checkins.Step]time.Time, len(rows))
	for _, r := range rows {
		state.Noticed[r.Step] = r.At.Time
	}
	return nil
}

// calmAfter reads what an outage allows that ended then; zero = there was none.
func (s *Store) calmAfter(t *tx, state *checkins.State, outage, now time.Time) error {
	if outage.IsZero() || !now.Before(checkins.CalmAfter(outage)) {
		return nil
	}
	state.CalmUntil = checkins.CalmAfter(outage)
	return wrap("count messages after an outage", t.get(&state.InCalm, sqlStarted, string(state.Participant.ID), at(outage)))
}

// recent reads the newest messages. Where a plan needs no answer, the newest of
// the other plans are among them however many that one sent: silence is counted
// by them.
func (s *Store) recent(t *tx, state *checkins.State) error {
	id := string(state.Participant.ID)
	var rows, tapered []messageRow
	err := t.all(&rows, sqlRecent, id)
	if err == nil && slices.ContainsFunc(state.Plans, func(p checkins.Plan) bool { return p.NoAnswer }) {
		err = t.all(&tapered, sqlTapered, id, id)
	}
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	for _, r := range tapered {
		if !slices.ContainsFunc(rows, func(o messageRow) bool { return o.ID == r.ID }) {
			rows = append(rows, r) // older than all of them
		}
	}
	for _, r := range rows {
		m, err := r.message()
		if err != nil {
			return err
		}
		state.Recent = append(state.Recent, m)
	}
	return nil
}

// heard is the last that the person wrote; zero when they wrote nothing yet.
func (s *Store) heard(t *tx, id string) (checkins.Inbound, error) {
	var row struct {
		ID      string  `db:"id"`
		Channel string  `db:"channel"`
		Body    string  `db:"body"`
		At      instant `db:"at"`
	}
	err := t.get(&row, sqlHeard, id)
	if none(err) {
		return checkins.Inbound{}, nil
	}
	if err != nil {
		return checkins.Inbound{}, fmt.Errorf("read inbound: %w", err)
	}
	o := opener{s: s, table: "inbound", row: row.ID}
	return checkins.Inbound{
		ID: checkins.InboundID(row.ID), Channel: checkins.Channel(row.Channel), Text: o.open("body", row.Body), At: row.At.Time,
	}, o.err
}

const sqlCheckIn = `SELECT id, plan_id, message_id, inbound_id, practice, kind, channel, local_date, at, outcome,
	rating_before, rating, feelings, sensations, note, expectation, remembered, amends FROM check_ins`

type checkInRow struct {
	ID           string   `db:"id"`
	Plan         optional `db:"plan_id"`
	Message      optional `db:"message_id"`
	Inbound      optional `db:"inbound_id"`
	Practice     string   `db:"practice"`
	Kind         string   `db:"kind"`
	Channel      string   `db:"channel"`
	LocalDate    string   `db:"local_date"`
	At           instant  `db:"at"`
	Outcome      string   `db:"outcome"`
	RatingBefore string   `db:"rating_before"`
	Rating       string   `db:"rating"`
	Feelings     string   `db:"feelings"`
	Sensations   string   `db:"sensations"`
	Note         string   `db:"note"`
	Expectation  string   `db:"expectation"`
	Remembered   bool     `db:"remembered"`
	Amends       optional `db:"amends"`
}

func (s *Store) checkIns(t *tx, query string, args ...any) ([]checkins.CheckIn, error) {
	var rows []checkInRow
	if err := t.all(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("read check-ins: %w", err)
	}
	list := make([]checkins.CheckIn, len(rows))
	for i, r := range rows {
		o := opener{s: s, table: "check_ins", row: r.ID}
		var d dates
		list[i] = checkins.CheckIn{
			ID: checkins.CheckInID(r.ID), Plan: checkins.PlanID(r.Plan), Message: checkins.MessageID(r.Message),
			Inbound: checkins.InboundID(r.Inbound), Practice: checkins.PracticeID(r.Practice), Kind: checkins.PracticeKind(r.Kind),
			Channel: checkins.Channel(r.Channel), Date: d.date(r.LocalDate), At: r.At.Time, Outcome: reply.Outcome(r.Outcome),
			RatingBefore: o.number("rating_before", r.RatingBefore), Rating: o.number("rating", r.Rating),
			Feelings: o.list("feelings", r.Feelings), Sensations: o.list("sensations", r.Sensations),
			Note: o.open("note", r.Note), Expectation: o.open("expectation", r.Expectation), Remembered: r.Remembered, Amends: checkins.CheckInID(r.Amends),
		}
		if err := firstOf(o.err, d.err); err != nil {
			return nil, err
		}
	}
	return list, nil
}
