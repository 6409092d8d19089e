package weeks

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

//go:embed lives/*.toml
var files embed.FS

// Life is a script of eight weeks: what Robin chose, and what Robin writes. It
// says nothing of what we send.
type Life struct {
	Name     string `toml:"-"`
	About    string // in a sentence or two, for whoever reads the transcript
	Order    int    // where it stands among the others
	Zone     string // IANA name
	Discreet bool
	Receipts bool      // texts are reported as delivered
	Plans    []planned `toml:"plan"`
	SMS      []saying  // what Robin texts
	Email    []saying  // what Robin writes in a life by mail
}

// planned is a plan as a script writes it.
type planned struct {
	Practices []checkins.PracticeID
	Pace      rhythm
	Days      days
	At        []clock
	Because   string
}

// saying is one message of Robin's: an answer to our nth reminder or note, or
// something that is written at a time of its own.
type saying struct {
	To    int      // counts our reminders and notes from 1; 0 = with On
	After duration // with To: how long after it
	On    moment   // "3 wed 21:40": week, weekday, local time
	Text  string
}

// Lives lists the lives, in the order in which they are best read.
func Lives() ([]Life, error) {
	entries, err := files.ReadDir("lives")
	if err != nil {
		return nil, err
	}
	var all []Life
	for _, e := range entries {
		raw, err := files.ReadFile(path.Join("lives", e.Name()))
		if err != nil {
			return nil, err
		}
		life := Life{Name: strings.TrimSuffix(e.Name(), ".toml")}
		if err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&life); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, life)
	}
	slices.SortFunc(all, func(a, b Life) int { return cmp.Compare(a.Order, b.Order) })
	return all, nil
}

// sayings are what Robin writes in a life over the channel.
func (l Life) sayings(c checkins.Channel) []saying {
	if c == checkins.SMS {
		return l.SMS
	}
	return l.Email
}

// plans are the plans of the life over the channel, as they are enrolled.
func (l Life) plans(c checkins.Channel, begin time.Time, newID func() string) []checkins.Plan {
	var all []checkins.Plan
	for _, p := range l.Plans {
		plan := checkins.Plan{
			ID: checkins.PlanID(newID()), Practices: p.Practices, Channel: c, Status: checkins.PlanActive,
			Pace: pace.Pace(p.Pace), Days: pace.Days(p.Days), Because: p.Because, Anchor: pace.DateOf(begin), CreatedAt: begin,
		}
		for _, at := range p.At {
			plan.At = append(plan.At, pace.Clock(at))
		}
		all = append(all, plan)
	}
	return all
}

// The forms in which scripts write times.
type (
	rhythm   pace.Pace
	days     pace.Days
	clock    pace.Clock
	duration time.Duration
	moment   struct {
		week    int // from 1; 0 = no moment
		weekday time.Weekday
		at      pace.Clock
	}
)

func (r *rhythm) UnmarshalText(text []byte) error {
	v, err := pace.Parse(string(text))
	*r = rhythm(v)
	return err
}

func (d *days) UnmarshalText(text []byte) error {
	v, err := pace.ParseDays(string(text))
	*d = days(v)
	return err
}

func (c *clock) UnmarshalText(text []byte) error {
	v, err := pace.ParseClock(string(text))
	*c = clock(v)
	return err
}

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

func (m *moment) UnmarshalText(text []byte) (err error) {
	parts := strings.Fields(string(text))
	if len(parts) != 3 {
		return fmt.Errorf("%q: write week, weekday and time, such as 3 wed 21:40", text)
	}
	if m.week, err = strconv.Atoi(parts[0]); err != nil || m.week < 1 {
		return fmt.Errorf("%q: weeks count from 1", text)
	}
	day, err := pace.ParseDays(parts[1])
	if err != nil {
		return err
	}
	for w := time.Sunday; w <= time.Saturday; w++ {
		if day.Has(w) {
			m.weekday = w
		}
	}
	m.at, err = pace.ParseClock(parts[2])
	return err
}

// in is the instant of m in a story that begins on the Monday of begin.
func (m moment) in(begin time.Time) time.Time {
	fromMonday := (int(m.weekday) + 6) % 7
	date := pace.DateOf(begin).AddDays((m.week-1)*7 + fromMonday)
	at, _ := pace.Instant(date, m.at, begin.Location())
	return at
}
