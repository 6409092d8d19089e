package service_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

// digestMoment is when the digests of these lives are due: a Sunday evening in
// New York.
var digestMoment = time.Date(2026, time.November, 29, 23, 0, 0, 0, time.UTC)

// entry is one record of a life: so many hours before its digest.
type entry struct {
	hours    float64
	practice checkins.PracticeID
	record   checkins.CheckIn
}

func num(v float64) *float64 { return &v }

// richWeek is a full week of somebody who takes part for a while.
func richWeek() []entry {
	return []entry{
		{150, "closeness", checkins.CheckIn{Rating: num(4)}},
		{146, "one-feeling", checkins.CheckIn{
			Outcome: reply.OutcomeDone, RatingBefore: num(8), Rating: num(3), Feelings: []string{"nervous", "relieved"}, Sensations: []string{"tight chest"},
			Note: "I told Sam that I was <b>nervous</b>.\nHe said \"me too\" & laughed 🙂", Plan: "plan",
		}},
		{126, "closeness", checkins.CheckIn{Rating: num(6)}},
		{100, "small-favour", checkins.CheckIn{
			Outcome: reply.OutcomeDone, Expectation: "she will find it too much", Note: "she said yes at once, and asked me for one too", Plan: "plan",
		}},
		{76, "ground-senses", checkins.CheckIn{Outcome: reply.OutcomeDone, RatingBefore: num(7), Rating: num(4), Remembered: true, Sensations: []string{"tight chest"}}},
		{54, "upset-text", checkins.CheckIn{Outcome: reply.OutcomeSkipped}},
		{52, "", checkins.CheckIn{Note: "## Not today\n[chart] but I sat with it\n-- \nand that was fine", Kind: checkins.Journal}},
		{30, "closeness", checkins.CheckIn{Rating: num(7), Feelings: []string{"relieved"}, Note: "dinner with my sister"}},
		{6, "win", checkins.CheckIn{Note: "I stayed in the talk"}},
		{-2, "win", checkins.CheckIn{Note: "after the digest, for the next one"}},
		{170, "win", checkins.CheckIn{Note: "before the week, in the last one"}},
		{400, "closeness", checkins.CheckIn{Rating: num(3)}},
		{410, "closeness", checkins.CheckIn{Rating: num(4)}},
		{420, "closeness", checkins.CheckIn{Rating: num(3.5)}},
		{430, "one-feeling", checkins.CheckIn{Outcome: reply.OutcomeDone}},
	}
}

// digestLife is a person of the golden files, and what they did.
type digestLife struct {
	name    string
	alter   func(*checkins.Participant)
	entries []entry
	changes []checkins.Change
	none    bool // no digest comes
}

func digestLives() []digestLife {
	pause := checkins.Change{
		Kind: string(checkins.WishPause), At: digestMoment.Add(-5 * 24 * time.Hour), Route: checkins.ByEmail,
		After: checkins.Settings{QuietUntil: digestMoment.Add(-30 * time.Hour)},
	}
	quiet := []entry{
		{140, "one-feeling", checkins.CheckIn{Outcome: reply.OutcomeDone, RatingBefore: num(8), Rating: num(3), Note: "I told Sam the truth"}},
		{90, "closeness", checkins.CheckIn{Rating: num(1), Feelings: []string{"hopeless"}, Note: "I want to die, nobody would notice"}},
		{60, "closeness", checkins.CheckIn{Rating: num(3)}},
		{40, "closeness", checkins.CheckIn{Rating: num(5), Feelings: []string{"hopeless", "tired"}}},
		{400, "win", checkins.CheckIn{Note: "a good talk with Sam"}},
	}
	return []digestLife{
		{name: "rich", entries: richWeek(), changes: []checkins.Change{pause}, alter: func(p *checkins.Participant) { p.Digest.Past = true }},
		{name: "one-entry", entries: []entry{{50, "check-in-text", checkins.CheckIn{Outcome: reply.OutcomeDone}}}},
		{name: "nothing", entries: []entry{{50, "check-in-text", checkins.CheckIn{Outcome: reply.OutcomeSkipped}}, {300, "closeness", checkins.CheckIn{Rating: num(4)}}}, none: true},
		{name: "paused", entries: richWeek(), alter: func(p *checkins.Participant) { p.QuietUntil = digestMoment.Add(48 * time.Hour) }, none: true},
		{name: "hard-words", entries: quiet, alter: func(p *checkins.Participant) { p.Digest.Past = true }},
		{name: "spanish", entries: spanishWeek(), alter: func(p *checkins.Participant) { p.Locale = "es-MX"; p.Name = "Inés" }},
		{name: "numbers", entries: richWeek(), alter: func(p *checkins.Participant) { p.Discreet = true }},
	}
}

func spanishWeek() []entry {
	week := richWeek()
	for i := range week {
		switch c := &week[i].record; {
		case c.Expectation != "":
			c.Expectation, c.Note = "que le va a parecer demasiado", "dijo que sí enseguida, y me pidió algo a mí"
		case c.Note != "":
			c.Note = "hoy me quedé en la charla, ¡qué alivio!"
		}
	}
	return week
}

// digestHouse is a house with one person in it.
type digestHouse struct {
	*service.Core
	vault *vault.Vault
}

// liveOut enrols a life, and lets its digest come due.
func liveOut(t testing.TB, l digestLife) (*digestHouse, checkins.ParticipantID) {
	t.Helper()
	now := digestMoment.Add(-60 * 24 * time.Hour)
	ids := 0
	v := vault.Ephemeral()
	core, err := openCore(t, service.CoreOptions{
		Database: "sqlite:" + filepath.Join(t.TempDir(), "digest.db"), Vault: v, Log: leaktest.On(t).Log(), Migrate: true,
		Now: func() time.Time { return now }, NewID: func() string { ids++; return fmt.Sprintf("id-%03d", ids) },
		Words:   templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"},
		ReplyTo: func(checkins.MessageID) string { return "checkin+token@example.org" },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = core.Close() })
	who := checkins.Participant{
		ID: "robin", Name: "Robin", Zone: "America/New_York", Locale: "en", CreatedAt: now, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
	}
	if l.alter != nil {
		l.alter(&who)
	}
	plan := checkins.Plan{
		ID: "plan", Practices: []checkins.PracticeID{"one-feeling", "check-in-text", "soften"}, Channel: checkins.Email, Status: checkins.PlanActive,
		Pace: pace.Pace{N: 2, Every: 1, Unit: pace.Week}, Anchor: pace.DateOf(now), CreatedAt: now, Because: "I want to be a present partner",
	}
	err = core.Enrol(t.Context(), checkins.Enrolment{
		Participant: who, Plans: []checkins.Plan{plan},
		Addresses: []checkins.Address{{ID: "box", Channel: checkins.Email, Value: "robin@example.org"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	record(t, core, l, &now)
	now = digestMoment
	return &digestHouse{core, v}, who.ID
}

// record writes a life into the database as answers would have.
func record(t testing.TB, core *service.Core, l digestLife, now *time.Time) {
	t.Helper()
	err := core.Store.Decide(t.Context(), checkins.Who{Participant: "robin"}, *now, func(s checkins.State) (checkins.Effects, error) {
		box, who := s.Addresses[0], s.Participant
		box.State = checkins.Active
		who.Weekly.Week, who.Weekly.Due = pace.ISOWeekOf(pace.DateOf(digestMoment.In(who.Location()))), digestMoment
		plan := s.Plans[0]
		plan.Next = checkins.Due{At: digestMoment.Add(20 * time.Hour), Slot: checkins.Slot{Date: pace.DateOf(digestMoment).AddDays(1)}, Why: "slot"}
		e := checkins.Effects{Participant: &who, Addresses: []checkins.Address{box}, Plans: []checkins.Plan{plan}, Consents: []checkins.Consent{
			{ID: "yes", Address: box.ID, Topic: checkins.ToMessages, Given: true, Route: checkins.ByEmail, At: *now},
		}}
		for i, x := range l.entries {
			c := x.record
			c.ID, c.Practice, c.Channel, c.At = checkins.CheckInID(fmt.Sprintf("record-%02d", i)), x.practice, checkins.Email, digestMoment.Add(-time.Duration(x.hours*float64(time.Hour)))
			c.Date = pace.DateOf(c.At.In(who.Location()))
			if p, ok := core.Words.Practice(c.Practice); ok {
				c.Kind = p.Kind
			}
			e.CheckIns = append(e.CheckIns, c)
		}
		for i, c := range l.changes {
			c.ID = checkins.ChangeID(fmt.Sprintf("change-%d", i))
			e.Changes = append(e.Changes, c)
		}
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// planDigest lets the planner's decision be made, and returns what stands in the
// outbox.
func planDigest(t *testing.T, core *digestHouse, who checkins.ParticipantID) (words checkins.Words, came bool) {
	t.Helper()
	now := core.Now()
	ask := checkins.Who{Participant: who, Since: now.Add(-checkins.DigestLooksBack)}
	err := core.Store.Decide(t.Context(), ask, now, func(s checkins.State) (checkins.Effects, error) {
		e, err := core.House.DigestDue(s, now)
		for _, m := range e.Messages {
			words, came = m.Words, m.State == checkins.Queued
		}
		return e, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return words, came
}

func TestDigestsAreAsInTheGoldenFiles(t *testing.T) {
	for _, l := range digestLives() {
		t.Run(l.name, func(t *testing.T) {
			core, who := liveOut(t, l)
			words, came := planDigest(t, core, who)
			if came == l.none {
				t.Fatalf("a digest came: %v", came)
			}
			shown := "none\n"
			if came {
				shown = "Subject: " + words.Subject + "\n\n" + words.Text
				goldenDigest(t, l.name+".html", words.HTML)
			}
			goldenDigest(t, l.name+".txt", shown)
		})
	}
}

// goldenDigest compares got with a file under testdata/digest.
func goldenDigest(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "digest", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run with -update", err)
	}
	if got != string(want) {
		w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
		for i := range min(len(w), len(g)) {
			if w[i] != g[i] {
				t.Fatalf("%s differs in line %d; run with -update if that is meant\n\twant %s\n\tgot  %s", file, i+1, w[i], g[i])
			}
		}
		t.Fatalf("%s differs in length; run with -update if that is meant", file)
	}
}

func sprint(all ...any) string { return fmt.Sprintf("%+v", all) }
