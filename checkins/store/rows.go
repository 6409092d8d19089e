package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// instant is a time as the database keeps it: BIGINT UTC milliseconds, NULL
// for the zero time (rule 5).
type instant struct{ time.Time }

// Scan implements sql.Scanner.
func (i *instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		i.Time = time.Time{}
	case int64:
		i.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("an instant is %T in the database", v)
	}
	return nil
}

// Value implements driver.Valuer.
func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.UnixMilli(), nil
}

func at(t time.Time) instant { return instant{t} }

// optional is a TEXT reference that may be NULL, which the domain knows as "".
type optional string

// Scan implements sql.Scanner.
func (o *optional) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*o = ""
	case string:
		*o = optional(v)
	case []byte:
		*o = optional(v)
	default:
		return fmt.Errorf("a reference is %T in the database", v)
	}
	return nil
}

// Value implements driver.Valuer.
func (o optional) Value() (driver.Value, error) {
	if o == "" {
		return nil, nil
	}
	return string(o), nil
}

// seal and open are the only way of a private column in and out: the place of
// a value is part of what is sealed (rule 8).
func (s *Store) seal(table, column, row, plain string) string {
	return s.vault.Seal(table, column, row, plain)
}

// opener opens the sealed columns of one row and keeps the first error.
type opener struct {
	s          *Store
	table, row string
	err        error
}

func (o *opener) open(column, sealed string) string {
	plain, err := o.s.vault.Open(o.table, column, o.row, sealed)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("open %s.%s of row %s: %w", o.table, column, o.row, err)
	}
	return plain
}

func (o *opener) number(column, sealed string) *float64 {
	plain := o.open(column, sealed)
	if plain == "" {
		return nil
	}
	n, err := strconv.ParseFloat(plain, 64)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("%s.%s of row %s is no number", o.table, column, o.row)
	}
	return &n
}

func (o *opener) list(column, sealed string) []string {
	plain := o.open(column, sealed)
	if plain == "" {
		return nil
	}
	return strings.Split(plain, "\n")
}

func numberText(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'g', -1, 64)
}

type participantRow struct {
	ID         string  `db:"id"`
	Name       string  `db:"name"`
	Zone       string  `db:"zone"`
	Region     string  `db:"region"`
	Locale     string  `db:"locale"`
	Discreet   bool    `db:"discreet"`
	HoursFrom  int     `db:"hours_from"`
	HoursTo    int     `db:"hours_to"`
	QuietUntil instant `db:"quiet_until"`
	SpacingMS  int64   `db:"spacing_ms"`
	Silence    int     `db:"silence"`
	CareSentAt instant `db:"care_sent_at"`
	Acks       string  `db:"acks"`
	Keep       string  `db:"keep"`
	Shares     string  `db:"shares"`
	Codes      bool    `db:"codes"`
	NotThese   string  `db:"not_these"`
	WordsDays  int     `db:"words_days"`
	SelfJoined bool    `db:"self_joined"`
	StopSaidAt instant `db:"stop_said_at"`
	digestRow
	CreatedAt instant `db:"created_at"`
}

func (r participantRow) participant(s *Store) (checkins.Participant, error) {
	o := opener{s: s, table: "participants", row: r.ID}
	choice, weekly, err := r.digest()
	return checkins.Participant{
		ID: checkins.ParticipantID(r.ID), Name: o.open("name", r.Name), Zone: r.Zone, Region: r.Region, Local: s.regions.Of(r.Region), Locale: r.Locale,
		Discreet: r.Discreet, Hours: pace.Span{From: pace.Clock(r.HoursFrom), To: pace.Clock(r.HoursTo)},
		QuietUntil: r.QuietUntil.Time, Spacing: time.Duration(r.SpacingMS) * time.Millisecond, Silence: checkins.Silence(r.Silence), CareSentAt: r.CareSentAt.Time,
		Acks: checkins.Acks(r.Acks), Keep: checkins.Keep(r.Keep), Shares: checkins.Sharing(r.Shares), Codes: r.Codes, NotThese: practices(r.NotThese), WordsDays: r.WordsDays, SelfJoined: r.SelfJoined, StopSaidAt: r.StopSaidAt.Time, CreatedAt: r.CreatedAt.Time,
		Digest: choice, Weekly: weekly,
	}, firstOf(o.err, err)
}

type addressRow struct {
	ID         string   `db:"id"`
	Channel    string   `db:"channel"`
	Value      string   `db:"value"`
	State      string   `db:"state"`
	StateSince instant  `db:"state_since"`
	AskedAt    instant  `db:"asked_at"`
	Consented  nullBool `db:"consented"`
}

// nullBool reads NULL as false: no row in the ledger is no consent.
type nullBool bool

// Scan implements sql.Scanner.
func (b *nullBool) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*b = false
	case bool:
		*b = nullBool(v)
	case int64:
		*b = v != 0
	default:
		return fmt.Errorf("a yes or no is %T in the database", v)
	}
	return nil
}

func (r addressRow) address(s *Store) (checkins.Address, error) {
	o := opener{s: s, table: "addresses", row: r.ID}
	return checkins.Address{
		ID: checkins.AddressID(r.ID), Channel: checkins.Channel(r.Channel), Value: o.open("value", r.Value),
		State: checkins.AddressState(r.State), Consented: bool(r.Consented),
		AskedAt: r.AskedAt.Time, StateSince: r.StateSince.Time,
	}, o.err
}

type planRow struct {
	ID            string  `db:"id"`
	Practices     string  `db:"practices"`
	Channel       string  `db:"channel"`
	Status        string  `db:"status"`
	Pace          string  `db:"pace"`
	Days          string  `db:"days"`
	At            string  `db:"at"`
	Span          string  `db:"span"`
	PerDay        int     `db:"per_day"`
	GapMS         int64   `db:"gap_ms"`
	Jitter        int     `db:"jitter"`
	Anchor        string  `db:"anchor"`
	Until         string  `db:"until"`
	Because       string  `db:"because"`
	NoAnswer      bool    `db:"no_answer"`
	ReviewedAt    instant `db:"reviewed_at"`
	Sent          int     `db:"sent"`
	NextDate      string  `db:"next_date"`
	NextPosition  int     `db:"next_position"`
	NextRound     int     `db:"next_round"`
	NextAt        instant `db:"next_at"`
	NextWhy       string  `db:"next_why"`
	LaterDate     string  `db:"later_date"`
	LaterPosition int     `db:"later_position"`
	LaterRound    int     `db:"later_round"`
	LaterAt       instant `db:"later_at"`
	LaterWhy      string  `db:"later_why"`
	LastDate      string  `db:"last_date"`
	LastPosition  int     `db:"last_position"`
	LastAt        instant `db:"last_at"`
	LastZone      string  `db:"last_zone"`
	CreatedAt     instant `db:"created_at"`
}

func (r planRow) plan(s *Store) (checkins.Plan, error) {
	o := opener{s: s, table: "plans", row: r.ID}
	p := checkins.Plan{
		ID: checkins.PlanID(r.ID), Channel: checkins.Channel(r.Channel), Status: checkins.PlanStatus(r.Status),
		NoAnswer: r.NoAnswer, Reviewed: r.ReviewedAt.Time, Sent: r.Sent, Jitter: r.Jitter, CreatedAt: r.CreatedAt.Time,
		Window:  pace.Window{PerDay: r.PerDay, Gap: time.Duration(r.GapMS) * time.Millisecond},
		Because: o.open("because", r.Because), Practices: practices(r.Practices),
	}
	var d dates
	p.Next = checkins.Due{
		Slot: checkins.Slot{Date: d.date(r.NextDate), Position: r.NextPosition, Round: r.NextRound},
		At:   r.NextAt.Time, Why: r.NextWhy,
	}
	p.Later = checkins.Due{
		Slot: checkins.Slot{Date: d.date(r.LaterDate), Position: r.LaterPosition, Round: r.LaterRound},
		At:   r.LaterAt.Time, Why: r.LaterWhy,
	}
	p.Last = checkins.Due{Slot: checkins.Slot{Date: d.date(r.LastDate), Position: r.LastPosition}, At: r.LastAt.Time, Zone: r.LastZone}
	p.Anchor, p.Until = d.date(r.Anchor), d.date(r.Until)
	var err error
	if p.Pace, err = pace.Parse(r.Pace); err != nil {
		return p, fmt.Errorf("plan %s: %w", r.ID, err)
	}
	if r.Days != "" {
		if p.Days, err = pace.ParseDays(r.Days); err != nil {
			return p, fmt.Errorf("plan %s: %w", r.ID, err)
		}
	}
	if r.Span != "" {
		if p.Window.Span, err = pace.ParseSpan(r.Span); err != nil {
			return p, fmt.Errorf("plan %s: %w", r.ID, err)
		}
	}
	if p.At, err = clocks(r.At); err != nil || d.err != nil || o.err != nil {
		return p, fmt.Errorf("plan %s: %w", r.ID, firstOf(err, d.err, o.err))
	}
	return p, nil
}

// dates reads dates and keeps the first error.
type dates struct{ err error }

func (d *dates) date(s string) pace.Date {
	if s == "" {
		return pace.Date{}
	}
	date, err := pace.ParseDate(s)
	if d.err == nil {
		d.err = err
	}
	return date
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func clocks(s string) ([]pace.Clock, error) {
	if s == "" {
		return nil, nil
	}
	var list []pace.Clock
	for part := range strings.SplitSeq(s, ",") {
		c, err := pace.ParseClock(part)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func clocksText(list []pace.Clock) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = c.String()
	}
	return strings.Join(parts, ",")
}

// practices reads ids as practicesText writes them.
func practices(s string) (list []checkins.PracticeID) {
	if s == "" {
		return nil
	}
	for id := range strings.SplitSeq(s, ",") {
		list = append(list, checkins.PracticeID(id))
	}
	return list
}

func practicesText(list []checkins.PracticeID) string {
	parts := make([]string, len(list))
	for i, id := range list {
		parts[i] = string(id)
	}
	return strings.Join(parts, ",")
}

type changeRow struct {
	ID     string   `db:"id"`
	Plan   optional `db:"plan_id"`
	Kind   string   `db:"kind"`
	Before string   `db:"before"`
	After  string   `db:"after"`
	Words  string   `db:"words"`
	Route  string   `db:"route"`
	At     instant  `db:"at"`
	Undone bool     `db:"undone"`
}

func (r changeRow) change(s *Store) (checkins.Change, error) {
	o := opener{s: s, table: "changes", row: r.ID}
	c := checkins.Change{
		ID: checkins.ChangeID(r.ID), Plan: checkins.PlanID(r.Plan), Kind: r.Kind,
		Words: o.open("words", r.Words), Route: checkins.Route(r.Route), At: r.At.Time, Undone: r.Undone,
	}
	err := firstOf(o.err, json.Unmarshal([]byte(r.Before), &c.Before), json.Unmarshal([]byte(r.After), &c.After))
	if err != nil {
		return c, fmt.Errorf("change %s: %w", r.ID, err)
	}
	return c, nil
}
