package store_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/web"
)

// enrolBoth takes in a person with a number and a mailbox, who said yes on
// both, with one plan.
func (h *house) enrolBoth(t *testing.T, n int) checkins.ParticipantID {
	t.Helper()
	id := checkins.ParticipantID(newID())
	number, mailbox := fmt.Sprintf("+1500558%04d", n), fmt.Sprintf("ada%d@example.org", n)
	en := checkins.Enrolment{
		Participant: checkins.Participant{
			ID: id, Zone: "America/New_York", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: noon,
		},
		Addresses: []checkins.Address{
			{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number},
			{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: mailbox},
		},
		Plans: []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"one-feeling", "win"}, Channel: checkins.SMS, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 3, Every: 1, Unit: pace.Week}, Anchor: pace.DateOf(noon), CreatedAt: noon,
		}},
	}
	if err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), en, noon); err != nil {
		t.Fatal(err)
	}
	h.text(t, number, "YES", noon)
	h.mail(t, id, "yes", noon)
	return id
}

// mail answers the person's first mail, as its bearer.
func (h *house) mail(t *testing.T, who checkins.ParticipantID, text string, at time.Time) {
	t.Helper()
	s := h.state(t, who, at)
	for _, m := range s.Recent {
		if m.Channel != checkins.Email {
			continue
		}
		err := h.inbox.Receive(t.Context(), checkins.Incoming{
			Channel: checkins.Email, ProviderID: newID(), From: s.Address(m.Address).Value,
			Token: h.vault.Token(store.PurposeReply, string(m.ID)), Text: text, At: at,
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("there is no mail to answer")
}

// shape is what a change leaves: the plan and the person's quiet, without ids.
func (h *house) shape(t *testing.T, who checkins.ParticipantID, at time.Time) string {
	t.Helper()
	s := h.state(t, who, at)
	p := s.Plans[0]
	p.ID = ""
	raw, err := json.Marshal(map[string]any{"plan": p, "quiet": s.Participant.QuietUntil, "spacing": s.Participant.Spacing})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestAChangeIsTheSameByEveryRoute(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many changes: nothing here for the race detector to see")
	}
	at := noon.Add(time.Hour)
	monday := time.Date(2026, time.March, 9, 4, 0, 0, 0, time.UTC)    // midnight in New York, clocks forward the day before
	tomorrow := time.Date(2026, time.March, 5, 15, 0, 0, 0, time.UTC) // ten o'clock there
	cases := []struct {
		words string
		wish  checkins.Wish
		form  string // of the page; empty = the page has no such field
	}{
		{"later tomorrow at 10am", checkins.Wish{Kind: checkins.WishLater, Until: tomorrow, Slot: checkins.Slot{Date: pace.DateOf(noon)}}, ""},
		{"add time alone", checkins.Wish{Kind: checkins.WishAdd, Practice: "ask-for-space"}, "form=plan&practice=ask-for-space"},
		{"remove one feeling", checkins.Wish{Kind: checkins.WishRemove, Practice: "one-feeling"}, "form=plan&-practice=one-feeling"},
		{"pause", checkins.Wish{Kind: checkins.WishPause}, "form=pause&for=open"},
		{"pause until monday", checkins.Wish{Kind: checkins.WishPause, Until: monday}, "form=pause&for=date&date=2026-03-09"},
		{"resume", checkins.Wish{Kind: checkins.WishResume}, "form=resume"},
		{"slower", checkins.Wish{Kind: checkins.WishSlower}, "form=slower"},
		{"faster", checkins.Wish{Kind: checkins.WishFaster}, "form=faster"},
		{"once a week", checkins.Wish{Kind: checkins.WishPace, Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Week}}, "form=plan&n=1"},
		{"every other day", checkins.Wish{Kind: checkins.WishPace, Pace: pace.Pace{N: 1, Every: 2, Unit: pace.Day}}, "form=plan&n=2&unit=days"},
		{"Tue/Thu", checkins.Wish{Kind: checkins.WishDays, Days: pace.DaysOf(time.Tuesday, time.Thursday)}, "form=plan&-day=mon&-day=wed&-day=fri&day=tue&day=thu"},
		{"7:30pm please", checkins.Wish{Kind: checkins.WishTime, At: []pace.Clock{19*60 + 30}}, "form=plan&at=19:30"},
		{"email me instead", checkins.Wish{Kind: checkins.WishChannel, Channel: checkins.Email}, "form=plan&channel=email"},
	}
	onBoth(t, func(t *testing.T, h *house) {
		n := 0
		for _, c := range cases {
			routes := []struct {
				name string
				by   checkins.Route
				ask  func(who checkins.ParticipantID, number string)
			}{
				{"text", checkins.BySMS, func(_ checkins.ParticipantID, number string) { h.text(t, number, c.words, at) }},
				{"mail", checkins.ByEmail, func(who checkins.ParticipantID, _ string) { h.mail(t, who, c.words, at) }},
				{"call", checkins.ByPage, func(who checkins.ParticipantID, _ string) { h.apply(t, who, c.wish, at) }},
				{"page", checkins.ByPage, func(who checkins.ParticipantID, _ string) { h.press(t, who, c.form, at) }},
			}
			left := map[string]string{}
			for _, route := range routes {
				if route.name == "page" && c.form == "" {
					left["page"] = left["call"]
					continue
				}
				who := h.enrolBoth(t, n)
				route.ask(who, fmt.Sprintf("+1500558%04d", n))
				left[route.name] = h.shape(t, who, at)
				if changes := h.state(t, who, at).Changes; len(changes) != 1 || changes[0].Route != route.by {
					t.Errorf("%q by %s left %d changes", c.words, route.name, len(changes))
				}
				before := h.shapeOf(t, n+1000)
				h.apply(t, who, checkins.Wish{Kind: checkins.WishUndo}, at)
				if got := h.shape(t, who, at); got != before {
					t.Errorf("%q by %s, then undone:\n%s, not\n%s", c.words, route.name, got, before)
				}
				n++
			}
			if left["text"] != left["call"] || left["mail"] != left["call"] || left["page"] != left["call"] {
				t.Errorf("%q leaves\nby text %s\nby mail %s\nby call %s\non the page %s", c.words, left["text"], left["mail"], left["call"], left["page"])
			}
		}
	})
}

// press fills in a form of the settings page as it is shown and presses its button:
// edit says which fields are put or ticked, and with a minus which are not ticked.
func (h *house) press(t *testing.T, who checkins.ParticipantID, edit string, at time.Time) {
	t.Helper()
	s := h.state(t, who, at)
	link := checkins.Link{Token: newID(), Purpose: checkins.LinkSettings, Address: s.Reach(checkins.SMS).ID, CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, at, func(checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Links: []checkins.Link{link}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(web.Options{
		People: h, House: h.rules, Words: h.words, Languages: h.words.Languages(), Plans: h.words.PlanNames,
		Now: func() time.Time { return at }, Clock: func() time.Time { return at },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	page := "/s/" + link.Token + "?plan=" + string(s.Plans[0].ID)
	form := url.Values{"plan": {string(s.Plans[0].ID)}}
	if strings.Contains(edit, "form=plan") {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page, nil))
		form = filled(t, w.Body.String())
	}
	for part := range strings.SplitSeq(edit, "&") {
		key, value, _ := strings.Cut(part, "=")
		switch name, off := strings.CutPrefix(key, "-"); {
		case off:
			form[name] = slices.DeleteFunc(form[name], func(v string) bool { return v == value })
		case name == "day" || name == "practice":
			form.Add(name, value)
		default:
			form.Set(name, value)
		}
	}
	form.Set("do", "change")
	r := httptest.NewRequest(http.MethodPost, page, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Errorf("%s: %d\n%s", edit, w.Code, w.Body)
	}
}

var (
	field  = regexp.MustCompile(`<input [^>]*>`)
	choice = regexp.MustCompile(`(?s)<select [^>]*name="([a-z]+)">(.*?)</select>`)
	picked = regexp.MustCompile(`value="([^"]*)" selected`)
	attr   = regexp.MustCompile(`(name|type|value)="([^"]*)"`)
)

// filled is what the first form of a page would post if nothing in it were touched.
func filled(t *testing.T, page string) url.Values {
	t.Helper()
	_, rest, found := strings.Cut(page, "<form")
	body, _, _ := strings.Cut(rest, "</form>")
	if !found {
		t.Fatal("no form:\n", page)
	}
	form := url.Values{}
	for _, input := range field.FindAllString(body, -1) {
		is := map[string]string{}
		for _, m := range attr.FindAllStringSubmatch(input, -1) {
			is[m[1]] = html.UnescapeString(m[2])
		}
		if (is["type"] == "checkbox" || is["type"] == "radio") && !strings.Contains(input, " checked") {
			continue
		}
		form.Add(is["name"], is["value"])
	}
	for _, m := range choice.FindAllStringSubmatch(body, -1) {
		if on := picked.FindStringSubmatch(m[2]); on != nil {
			form.Set(m[1], on[1])
		}
	}
	return form
}

// shapeOf is the shape of somebody who changed nothing.
func (h *house) shapeOf(t *testing.T, n int) string {
	t.Helper()
	return h.shape(t, h.enrolBoth(t, n), noon.Add(time.Hour))
}

func (h *house) apply(t *testing.T, who checkins.ParticipantID, w checkins.Wish, at time.Time) {
	t.Helper()
	w.Route = checkins.ByPage
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, at, func(s checkins.State) (checkins.Effects, error) {
		e, unable := h.rules.Apply(s, w, at)
		if unable != checkins.Granted {
			t.Errorf("%s is not granted: %s", w.Kind, unable)
		}
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
