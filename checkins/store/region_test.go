package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// stricter is a house that keeps the hours of states and countries.
func stricter(t *testing.T) *house {
	t.Helper()
	regions, err := pace.KnownRegions()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	return openIn(t, "sqlite:"+path, path, regions)
}

func livesIn(region string) func(*checkins.Participant) {
	return func(p *checkins.Participant) { p.Region = region }
}

func TestTextsKeepToTheHoursOfTheRegionThatWasSaid(t *testing.T) {
	daily := rhythm("1/day", "one-feeling")
	daily.NoAnswer = true // or silence would make it weekly
	for _, c := range []struct {
		name   string
		house  *house
		region string
		sunday string // the local time of what comes on Sunday, 15 March
	}{
		{"Alabama has no Sunday", stricter(t), "US-AL", ""},
		{"Rhode Island ends at five", stricter(t), "US-RI", "16:00"},
		{"Texas goes on", stricter(t), "US-TX", "19:00"},
		{"not said", stricter(t), "", "19:00"},
		{"switched off", onPaper(t), "US-AL", "19:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.house.live(t, livesIn(c.region), daily)
			var sunday string
			for _, u := range c.house.rules.Preview(l.me(), 12) {
				if at := u.Due.At.In(l.zone()); at.Format(time.DateOnly) == "2026-03-15" {
					sunday = at.Format("15:04")
				}
			}
			if sunday != c.sunday {
				t.Errorf("on Sunday comes %q, not %q", sunday, c.sunday)
			}
		})
	}
}

func TestTheGateKeepsTheRegionAtTheMomentOfSending(t *testing.T) {
	h := stricter(t)
	sunday := time.Date(2026, time.March, 15, 17, 0, 0, 0, time.UTC) // one o'clock there
	for region, want := range map[string]bool{"": true, "US-TX": true, "US-LA": false} {
		l := h.live(t, livesIn(region), rhythm("1/day", "one-feeling"))
		m := checkins.Message{Kind: checkins.Prompt, Channel: checkins.SMS, Address: l.me().Addresses[0].ID, ExpiresAt: sunday.Add(time.Hour)}
		s := l.state(t, l.who, sunday)
		if got := checkins.MayWrite(s.Gate(m, 3, sunday), sunday) == checkins.NotRefused; got != want {
			t.Errorf("in %q a text on Sunday may go: %v", region, got)
		}
		m.OwnTime = true
		if refusal := checkins.MayWrite(s.Gate(m, 3, sunday), sunday); refusal != checkins.NotRefused {
			t.Errorf("in %q a time that was picked is refused: %s", region, refusal)
		}
		m.OwnTime, m.Channel = false, checkins.Email
		if refusal := checkins.MayWrite(s.Gate(m, 3, sunday), sunday); refusal != checkins.NotRefused {
			t.Errorf("in %q a mail is refused: %s", region, refusal)
		}
	}
}

func TestLaterKeepsToTheRegionToo(t *testing.T) {
	l := stricter(t).live(t, livesIn("US-AL"), rhythm("1/day", "one-feeling"))
	l.until("2026-03-14 19:30")
	l.want(l.say("later tomorrow at 10"), "Mon 16 Mar 09:00")
}

func TestMovingToARegionIsAChangeLikeAnyOther(t *testing.T) {
	l := stricter(t).live(t, nil, rhythm("1/day", "one-feeling"))
	before := l.me().Plans[0].Next
	l.apply(t, l.who, checkins.Wish{Kind: checkins.WishRegion, Region: "US-RI"}, l.now)
	if next := l.me().Plans[0].Next.At.In(l.zone()).Format("15:04"); next != "17:00" {
		t.Errorf("in Rhode Island the next one is at %s", next)
	}
	l.say("undo")
	if s := l.me(); s.Participant.Region != "" || s.Plans[0].Next != before {
		t.Errorf("after UNDO they live in %q, and the next one is %v", s.Participant.Region, s.Plans[0].Next)
	}
	e, unable := l.rules.Apply(l.me(), checkins.Wish{Kind: checkins.WishRegion, Region: "Texas"}, l.now)
	if unable != checkins.NotPossible || len(e.Changes) > 0 {
		t.Errorf("Texas is taken for a code: %v", unable)
	}
}

func TestAMoveToAnotherZoneSendsNothingTwiceAndNothingAtNight(t *testing.T) {
	for _, zones := range [][]string{{"Asia/Tokyo", "Pacific/Honolulu"}, {"Pacific/Honolulu", "Asia/Tokyo"}, {"Pacific/Apia", "Pacific/Pago_Pago"}} {
		daily := rhythm("1/day", "one-feeling")
		daily.NoAnswer = true
		l := onPaper(t).live(t, nil, daily)
		var last time.Time
		dates := map[string]bool{}
		for i, zone := range zones {
			l.until([]string{"2026-03-05 19:30", "2026-03-07 19:30"}[i])
			l.apply(t, l.who, checkins.Wish{Kind: checkins.WishZone, Zone: zone}, l.now)
		}
		l.until("2026-03-12 23:00")
		messages := l.me().Recent
		for i := len(messages) - 1; i >= 0; i-- {
			m := messages[i]
			if m.Kind != checkins.Prompt || m.BegunAt.IsZero() {
				continue
			}
			if date := m.Slot.Date.String(); dates[date] {
				t.Errorf("%v: the slot of %s came twice", zones, date)
			} else {
				dates[date] = true
			}
			if apart := m.BegunAt.Sub(last); apart < pace.MoveGap {
				t.Errorf("%v: two came %s apart", zones, apart)
			}
			last = m.BegunAt
		}
		if len(dates) < 6 {
			t.Errorf("%v: only %d came", zones, len(dates))
		}
	}
}
