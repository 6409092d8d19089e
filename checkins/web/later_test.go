package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// came is a prompt of a plan that was sent this minute, and asks something.
func (s *site) came(who checkins.ParticipantID, plan checkins.Plan) checkins.Message {
	s.t.Helper()
	state := s.state(who)
	m := checkins.Message{
		ID: checkins.MessageID(newID()), Participant: who, Address: state.Reach(plan.Channel).ID, Channel: plan.Channel, Plan: plan.ID, Slot: checkins.Slot{Date: daysAgo(0)},
		Kind: checkins.Prompt, Practice: plan.Practices[0], Asked: reply.AfterReach, Words: checkins.Words{Text: "?"}, State: checkins.Queued,
		DueAt: s.now, NotBefore: s.now, ExpiresAt: s.now.Add(time.Hour), CreatedAt: s.now,
	}
	err := s.Decide(s.t.Context(), checkins.Who{Participant: who}, s.now, func(checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Messages: []checkins.Message{m}}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ids, err := s.Claim(s.t.Context(), plan.Channel, s.now, s.now.Add(time.Minute), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, id := range ids {
		out, err := s.Begin(s.t.Context(), id, 3, s.now, s.now.Add(time.Minute))
		if err != nil {
			continue // a question that was answered before it went
		}
		if err := s.Settle(s.t.Context(), checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, At: s.now}); err != nil {
			s.t.Fatal(err)
		}
	}
	return m
}

// field is the value of a hidden field of the form of that name.
func (a answer) field(form, name string) string {
	_, rest, _ := strings.Cut(a.body, `name="form" value="`+form+`"`)
	rest, _, _ = strings.Cut(rest, "</form>")
	_, rest, _ = strings.Cut(rest, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// putOff is the form as the page shows it, filled in.
func (a answer) putOff(by, at string) []string {
	return []string{"form", "later", "do", "change", "plan", a.field("later", "plan"), "slot", a.field("later", "slot"), "by", by, "later_at", at}
}

func TestAReminderIsPutOffOnThePage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		page := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
		s.get(page).wants(t, http.StatusOK, "Put a reminder off", "It comes tomorrow 19:00") // the next one
		m := s.came(who, s.plan(who, checkins.SMS))
		s.now = s.now.Add(time.Minute)
		shown := s.get(page)
		shown.wants(t, http.StatusOK, "It came today 12:00", "Share one honest feeling")
		s.post(page, form(with(shown.putOff("hours", ""), "do", "show")...)).wants(t, http.StatusOK, "today 15:01")
		if at := s.plan(who, checkins.SMS).Later.At; !at.IsZero() {
			t.Fatalf("looking put it off to %v", at)
		}
		s.post(page, form(shown.putOff("hours", "")...)).wants(t, http.StatusSeeOther)
		if at := s.plan(who, checkins.SMS).Later.At; !at.Equal(s.now.Add(3 * time.Hour)) {
			t.Fatalf("put off by three hours, it comes %v", at)
		}
		shown = s.get(page)
		shown.wants(t, http.StatusOK, "and comes again today 15:01", "put off by you", "Last change: a reminder put off")
		s.post(page, form(shown.putOff("tomorrow", "10:30")...)).wants(t, http.StatusSeeOther)
		if got := s.plan(who, checkins.SMS).Later; !got.At.Equal(time.Date(2026, time.March, 5, 15, 30, 0, 0, time.UTC)) || got.Slot.Date != m.Slot.Date {
			t.Fatalf("put off till tomorrow, it is %+v", got)
		}
		for _, wrong := range [][]string{shown.putOff("today", "11:00"), shown.putOff("tomorrow", ""), shown.putOff("never", "10:00"), with(shown.putOff("hours", ""), "slot", "2026-03-01.0.0")} {
			before := len(s.state(who).Changes)
			s.post(page, form(wrong...)).wants(t, http.StatusUnprocessableEntity, "Pick a time that is still to come")
			if n := len(s.state(who).Changes); n != before {
				t.Errorf("%v changed something", wrong)
			}
		}
		s.post(page, form("form", "pause", "for", "week", "do", "change")).wants(t, http.StatusSeeOther)
		if a := s.get(page); strings.Contains(a.body, "Put a reminder off") {
			t.Error("in a pause there is something to put off")
		}
		s.post(page, form(shown.putOff("hours", "")...)).wants(t, http.StatusUnprocessableEntity)
	})
}

// with is fields with another value for one.
func with(fields []string, name, value string) []string {
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == name {
			fields[i+1] = value
		}
	}
	return fields
}

// What was answered is not put off any more, but the next one.
func TestWhatWasAnsweredIsNotPutOff(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
	m := s.came(who, s.plan(who, checkins.SMS))
	s.now = s.now.Add(time.Minute)
	s.wrote(who, checkins.CheckIn{Practice: m.Practice, Kind: checkins.Reach, Message: m.ID, Date: daysAgo(0), Outcome: reply.OutcomeDone})
	s.get(page).wants(t, http.StatusOK, "Put a reminder off", "It comes tomorrow 19:00")
}
