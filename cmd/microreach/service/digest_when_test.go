package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/templates"
)

// decideDigest lets the digest that is due be decided at an instant, and returns
// what came of it.
func decideDigest(t *testing.T, core *digestHouse, now time.Time) checkins.Effects {
	t.Helper()
	var made checkins.Effects
	ask := checkins.Who{Participant: "robin", Since: now.Add(-checkins.DigestLooksBack)}
	err := core.Store.Decide(t.Context(), ask, now, func(s checkins.State) (e checkins.Effects, err error) {
		made, err = core.House.DigestDue(s, now)
		return made, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// change alters a life before its digest is decided.
func change(t *testing.T, core *digestHouse, alter func(*checkins.State) checkins.Effects) {
	t.Helper()
	err := core.Store.Decide(t.Context(), checkins.Who{Participant: "robin"}, digestMoment.Add(-time.Hour), func(s checkins.State) (checkins.Effects, error) {
		return alter(&s), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADigestComesOnlyWhereItMay(t *testing.T) {
	person := func(alter func(*checkins.Participant)) func(*checkins.State) checkins.Effects {
		return func(s *checkins.State) checkins.Effects {
			alter(&s.Participant)
			return checkins.Effects{Participant: &s.Participant}
		}
	}
	address := func(state checkins.AddressState) func(*checkins.State) checkins.Effects {
		return func(s *checkins.State) checkins.Effects {
			s.Addresses[0].State = state
			return checkins.Effects{Addresses: s.Addresses}
		}
	}
	for _, c := range []struct {
		name  string
		alter func(*checkins.State) checkins.Effects
		late  time.Duration
		want  checkins.MessageState // empty = no row at all
	}{
		{"as usual", nil, 0, checkins.Queued},
		{"23 hours late", nil, 23 * time.Hour, checkins.Queued},
		{"24 hours late", nil, 24 * time.Hour, checkins.Expired},
		{"three weeks late", nil, 21 * 24 * time.Hour, checkins.Expired},
		{"in an open pause", person(func(p *checkins.Participant) { p.QuietUntil = checkins.Forever }), 0, ""},
		{"in a pause that ends tomorrow", person(func(p *checkins.Participant) { p.QuietUntil = digestMoment.Add(12 * time.Hour) }), 0, ""},
		{"after a pause", person(func(p *checkins.Participant) { p.QuietUntil = digestMoment.Add(-time.Hour) }), 0, checkins.Queued},
		{"switched off", person(func(p *checkins.Participant) { p.Digest.By = checkins.DigestOff }), 0, ""},
		{"by text, without a number", person(func(p *checkins.Participant) { p.Digest.By = checkins.DigestByText }), 0, ""},
		{"with all plans at rest", func(s *checkins.State) checkins.Effects {
			s.Plans[0].Status = checkins.PlanPaused
			return checkins.Effects{Plans: s.Plans}
		}, 0, ""},
		{"with all plans finished", func(s *checkins.State) checkins.Effects {
			s.Plans[0].Status = checkins.PlanFinished
			return checkins.Effects{Plans: s.Plans}
		}, 0, checkins.Queued},
		{"stopped", address(checkins.Stopped), 0, ""},
		{"held", address(checkins.Held), 0, ""},
		{"not confirmed", address(checkins.Pending), 0, ""},
		{"without consent", func(s *checkins.State) checkins.Effects {
			return checkins.Effects{Consents: []checkins.Consent{{ID: "no", Address: "box", Topic: checkins.ToMessages, Route: checkins.ByPage, At: digestMoment}}}
		}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			core, _ := liveOut(t, digestLife{entries: []entry{{50, "check-in-text", checkins.CheckIn{Outcome: reply.OutcomeDone}}}})
			if c.alter != nil {
				change(t, core, c.alter)
			}
			now := digestMoment.Add(c.late)
			made := decideDigest(t, core, now)
			switch {
			case c.want == "" && len(made.Messages) > 0:
				t.Errorf("%s: %s", made.Messages[0].State, made.Messages[0].Why)
			case c.want != "" && (len(made.Messages) != 1 || made.Messages[0].State != c.want):
				t.Errorf("%+v", made.Messages)
			}
			next := made.Participant.Weekly
			if next.Last.String() != "2026-W48" || !next.Until.Equal(digestMoment) {
				t.Errorf("after it stands %+v", next)
			}
			if off := made.Participant.Digest.By == checkins.DigestOff; !off && !next.Due.After(now.Add(-24*time.Hour)) || off && !next.Due.IsZero() {
				t.Errorf("the next one is due %s", next.Due)
			}
			if again := decideDigest(t, core, now); len(again.Messages) > 0 && again.Messages[0].Week == (pace.ISOWeek{Year: 2026, Week: 48}) {
				t.Error("it came twice")
			}
		})
	}
}

func TestADigestWaitsForWhatPasses(t *testing.T) {
	once := digestLife{entries: []entry{{50, "check-in-text", checkins.CheckIn{Outcome: reply.OutcomeDone}}}}
	t.Run("hours", func(t *testing.T) {
		core, _ := liveOut(t, once)
		at := digestMoment.Add(5 * time.Hour) // 23:00
		made := decideDigest(t, core, at)
		if len(made.Messages) > 0 {
			t.Fatalf("it went out at 23:00: %+v", made.Messages)
		}
		if due := made.Participant.Weekly.Due.In(made.Participant.Location()); due.Format("Mon 15:04") != "Mon 09:00" {
			t.Errorf("it is looked at again %s", due)
		}
		made = decideDigest(t, core, made.Participant.Weekly.Due)
		if len(made.Messages) != 1 || made.Messages[0].State != checkins.Queued || !made.Messages[0].DueAt.Equal(digestMoment) {
			t.Errorf("in the morning: %+v", made.Messages)
		}
	})
	t.Run("picked", func(t *testing.T) {
		core, _ := liveOut(t, once)
		late := pace.Clock(23 * 60)
		change(t, core, func(s *checkins.State) checkins.Effects {
			e, _ := core.House.Apply(*s, checkins.Wish{Kind: checkins.WishDigest, Digest: checkins.DigestChoice{At: &late}, Route: checkins.ByPage}, digestMoment.Add(-time.Hour))
			return e
		})
		if made := decideDigest(t, core, digestMoment.Add(5*time.Hour)); len(made.Messages) != 1 || !made.Messages[0].OwnTime {
			t.Errorf("who picked 23:00 gets %+v", made)
		}
	})
}

// mailed answers the digest of a life by mail.
func mailed(t *testing.T, core *digestHouse, text string) []checkins.Message {
	t.Helper()
	now := digestMoment.Add(2 * time.Hour)
	box, err := core.Store.State(t.Context(), checkins.Who{Participant: "robin"}, now)
	if err != nil {
		t.Fatal(err)
	}
	var id checkins.MessageID
	seen := map[checkins.MessageID]bool{}
	for _, m := range box.Recent {
		seen[m.ID] = true
		if m.Kind == checkins.Digest {
			id = m.ID
		}
	}
	err = core.Inbox.Receive(t.Context(), checkins.Incoming{
		Channel: checkins.Email, ProviderID: newID(), From: "robin@example.org", Token: core.vault.Token(store.PurposeReply, string(id)), Text: text, At: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	queued, err := core.Store.Claim(t.Context(), checkins.Email, now, now.Add(time.Minute), 100)
	if err != nil {
		t.Fatal(err)
	}
	var answers []checkins.Message
	for _, id := range queued {
		if out, err := core.Store.Begin(t.Context(), id, 3, now, now.Add(time.Minute)); err == nil && out.Kind != checkins.Digest && !seen[out.ID] {
			answers = append(answers, out.Message)
		}
	}
	return answers
}

func TestADigestIsAnsweredByMail(t *testing.T) {
	for _, c := range []struct {
		text   string
		locale string
		answer string // part of it; empty = none
		check  func(s checkins.State) bool
	}{
		{"slower", "en", "once a week", func(s checkins.State) bool { return s.Plans[0].Pace.String() == "1/week" }},
		{"Faster", "en", "3 a week", func(s checkins.State) bool { return s.Plans[0].Pace.String() == "3/week" }},
		{"pause 2 weeks", "en", "Sun 13 Dec", nil},
		{"Pause 1 week", "en", "Sun 6 Dec", nil},
		{"Tue and Thu", "en", "Tue and Thu", nil},
		{"Keep it as it is", "en", "stays as it is", func(s checkins.State) bool { return len(s.Changes) == 0 && len(s.Records) == 1 }},
		{"other days.", "en", "Tue and Thu", func(s checkins.State) bool { return len(s.Changes) == 0 && len(s.Records) == 1 }},
		{"No more of this weekly mail", "en", "No more of the weekly mail", func(s checkins.State) bool {
			return s.Participant.Digest.By == checkins.DigestOff && s.Addresses[0].State == checkins.Active && s.Participant.Weekly.Due.IsZero()
		}},
		{"Dejarlo como está", "es", "Sigue como está", nil},
		{"No quiero este correo semanal", "es", "No llega más el correo semanal", func(s checkins.State) bool {
			return s.Participant.Digest.By == checkins.DigestOff && s.Addresses[0].State == checkins.Active
		}},
		{"Más despacio", "es-MX", "una vez por semana", nil},
		{"It was a good week. I called my sister twice.", "en", "Noted", func(s checkins.State) bool {
			r := s.Records[0]
			return r.Note == "It was a good week. I called my sister twice." && r.Kind == checkins.Journal && r.Practice == ""
		}},
		{"stop", "en", "", func(s checkins.State) bool { return s.Addresses[0].State == checkins.Stopped }},
	} {
		t.Run(c.text, func(t *testing.T) {
			core, _ := liveOut(t, digestLife{
				entries: []entry{{50, "check-in-text", checkins.CheckIn{Outcome: reply.OutcomeDone}}},
				alter:   func(p *checkins.Participant) { p.Locale = c.locale },
			})
			if made := decideDigest(t, core, digestMoment); len(made.Messages) != 1 {
				t.Fatal("no digest")
			}
			answers := mailed(t, core, c.text)
			if c.answer != "" && (len(answers) != 1 || !strings.Contains(answers[0].Words.Text, c.answer)) {
				t.Errorf("answered with %+v", answers)
			}
			s, err := core.Store.State(t.Context(), checkins.Who{Participant: "robin"}, digestMoment.Add(3*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if c.check != nil && !c.check(s) {
				t.Errorf("%+v\n%+v\n%+v", s.Participant, s.Plans, s.Records)
			}
		})
	}
}

// After hard words no column in the clear tells that a week was quiet.
func TestAQuietWeekLeavesNoMark(t *testing.T) {
	rows := func(note string) string {
		core, _ := liveOut(t, digestLife{entries: []entry{
			{60, "closeness", checkins.CheckIn{Rating: num(3), Note: note}}, {50, "closeness", checkins.CheckIn{Rating: num(3)}}, {40, "closeness", checkins.CheckIn{Rating: num(3)}},
		}})
		m := decideDigest(t, core, digestMoment).Messages[0]
		quiet := !strings.Contains(m.Words.HTML, "<img")
		if quiet != (note == "I want to die") {
			t.Errorf("%q makes it quiet: %v", note, quiet)
		}
		s, err := core.Store.State(t.Context(), checkins.Who{Participant: "robin"}, digestMoment.Add(48*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		s.Recent[0].ID = ""
		return strings.Join(strings.Fields(sprint(s.Participant, s.Recent[0], s.Changes)), " ")
	}
	if a, b := rows("I want to die"), rows("I want to rest"); a != b {
		t.Errorf("with hard words\n%s\nwithout\n%s", a, b)
	}
}

func TestTheDigestComesByTextToWhoAskedForIt(t *testing.T) {
	core, _ := liveOut(t, digestLife{entries: richWeek()})
	change(t, core, func(s *checkins.State) checkins.Effects {
		phone := checkins.Address{ID: "phone", Channel: checkins.SMS, Value: "+12125550147", State: checkins.Active, StateSince: digestMoment.Add(-time.Hour)}
		s.Participant.Digest.By = checkins.DigestByText
		return checkins.Effects{Participant: &s.Participant, Addresses: []checkins.Address{phone}, Consents: []checkins.Consent{
			{ID: "yes-2", Address: phone.ID, Topic: checkins.ToMessages, Given: true, Route: checkins.BySMS, At: digestMoment.Add(-time.Hour)},
		}}
	})
	made := decideDigest(t, core, digestMoment)
	if len(made.Messages) != 1 || made.Messages[0].Channel != checkins.SMS || made.Messages[0].Asked != "" || len(made.Links) > 0 {
		t.Fatalf("%+v", made)
	}
	w := made.Messages[0].Words
	if _, segments := templates.Segments(w.Text); segments != 1 || w.HTML+w.Chart+w.Subject != "" || strings.Contains(w.Text, "sister") || !strings.HasPrefix(w.Text, "Microreach: your week: 6 done. Closeness Mon 4, Tue 6, Sat 7.") {
		t.Errorf("%d segments: %s", segments, w.Text)
	}
}
