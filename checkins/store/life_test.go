package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// life is one person with a phone, at a moment that the test moves on.
type life struct {
	*house
	t      *testing.T
	who    checkins.ParticipantID
	number string
	now    time.Time
	most   int      // prompts a day, where Begin is told so
	texts  []string // everything that came, the oldest first
}

var numbers atomic.Int64

// onPaper opens a house for scripts that ask how it reads, not how it is kept:
// SQLite is enough for them.
func onPaper(t *testing.T) *house {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	return open(t, "sqlite:"+path, path)
}

// live enrols somebody in New York with plans, at noon of a Wednesday, who says
// YES.
func (h *house) live(t *testing.T, alter func(*checkins.Participant), plans ...checkins.Plan) *life {
	t.Helper()
	l := &life{house: h, t: t, who: checkins.ParticipantID(newID()), number: fmt.Sprintf("+1500559%04d", numbers.Add(1)), now: noon}
	en := checkins.Enrolment{
		Participant: checkins.Participant{
			ID: l.who, Zone: "America/New_York", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: noon,
		},
		Addresses: []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: l.number}},
	}
	if alter != nil {
		alter(&en.Participant)
	}
	for i, p := range plans {
		p.ID, p.Status, p.Anchor = checkins.PlanID(newID()), checkins.PlanActive, pace.DateOf(noon)
		p.CreatedAt = noon.Add(time.Duration(i) * time.Second)
		if p.Channel == "" {
			p.Channel = checkins.SMS
		}
		en.Plans = append(en.Plans, p)
	}
	if err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), en, noon); err != nil {
		t.Fatal(err)
	}
	l.send()
	l.say("YES")
	return l
}

// rhythm is a plan of a pace, at a time if one is given.
func rhythm(p string, practices string, at ...pace.Clock) checkins.Plan {
	parsed, err := pace.Parse(p)
	if err != nil {
		panic(err)
	}
	plan := checkins.Plan{Pace: parsed, At: at}
	for id := range strings.SplitSeq(practices, " ") {
		plan.Practices = append(plan.Practices, checkins.PracticeID(id))
	}
	return plan
}

// say sends a text and returns what is answered.
func (l *life) say(text string) string {
	l.t.Helper()
	l.now = l.now.Add(5 * time.Second) // nobody types faster
	l.text(l.t, l.number, text, l.now)
	return strings.Join(l.send(), "\n")
}

// send sends what waits, and returns the words.
func (l *life) send() (list []string) {
	l.t.Helper()
	for _, id := range l.claimAll(l.t, l.now) {
		out, err := l.Begin(l.t.Context(), id, 3, l.now, l.now.Add(time.Minute))
		if errors.Is(err, checkins.ErrNotSent) {
			continue
		}
		if err != nil {
			l.t.Fatal(err)
		}
		err = l.Settle(l.t.Context(), checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, ProviderID: newID(), At: l.now})
		if err != nil {
			l.t.Fatal(err)
		}
		list = append(list, out.Words.Text)
	}
	l.texts = append(l.texts, list...)
	return list
}

// until lets time go by and returns what came meanwhile, each with its local
// moment before it.
func (l *life) until(moment string) (came []string) {
	l.t.Helper()
	end, err := time.ParseInLocation("2006-01-02 15:04", moment, l.zone())
	if err != nil {
		l.t.Fatal(err)
	}
	for {
		next, err := l.NextWork(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(l.now) {
			l.now = next
		}
		l.plan(l.t, l.who, l.now)
		for _, text := range l.send() {
			came = append(came, l.now.In(l.zone()).Format("2006-01-02 15:04 ")+text)
		}
	}
	l.now = end
	return came
}

func (l *life) zone() *time.Location { return l.me().Participant.Location() }

func (l *life) me() checkins.State { return l.state(l.t, l.who, l.now) }

// paces are the person's plans in short: pace, and status where it is not
// active.
func (l *life) paces() string {
	var list []string
	for _, p := range l.me().Plans {
		word := p.Pace.String()
		if p.Status != checkins.PlanActive {
			word += " " + string(p.Status)
		}
		list = append(list, word)
	}
	return strings.Join(list, ", ")
}

// want fails unless got holds every one of the words.
func (l *life) want(got string, words ...string) {
	l.t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			l.t.Errorf("%q does not say %q", got, w)
		}
	}
}

// wantPaces fails unless the plans are as told.
func (l *life) wantPaces(want string) {
	l.t.Helper()
	if got := l.paces(); got != want {
		l.t.Errorf("the plans are %s, not %s", got, want)
	}
}
