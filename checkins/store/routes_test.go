package store_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/web"
)

// enrolBoth takes in a person with a number and a mailbox, who said yes on
// both, with one plan.
func (h *house) enrolBoth(t *testing.T, n int) checkins.ParticipantID {
	t.Helper()
	return h.enrolBothAt(t, n, noon)
}

// enrolBothAt does so at another moment.
func (h *house) enrolBothAt(t *testing.T, n int, now time.Time) checkins.ParticipantID {
	t.Helper()
	id := checkins.ParticipantID(newID())
	number, mailbox := fmt.Sprintf("+1500558%04d", n), fmt.Sprintf("ada%d@example.org", n)
	en := checkins.Enrolment{
		Participant: checkins.Participant{
			ID: id, Zone: "America/New_York", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: now,
		},
		Addresses: []checkins.Address{
			{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number},
			{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: mailbox},
		},
		Plans: []checkins.Plan{{
			ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{"one-feeling", "win"}, Channel: checkins.SMS, Status: checkins.PlanActive,
			Pace: pace.Pace{N: 3, Every: 1, Unit: pace.Week}, Anchor: pace.DateOf(now), CreatedAt: now,
		}},
	}
	if err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), en, now); err != nil {
		t.Fatal(err)
	}
	h.text(t, number, "YES", now)
	h.mail(t, id, "yes", now)
	return id
}

// mail answers the person's newest mail from its mailbox, whose domain vouches for it.
func (h *house) mail(t *testing.T, who checkins.ParticipantID, text string, at time.Time) {
	t.Helper()
	s := h.state(t, who, at)
	for _, m := range s.Recent {
		if m.Channel != checkins.Email {
			continue
		}
		err := h.inbox.Receive(t.Context(), checkins.Incoming{
			Channel: checkins.Email, ProviderID: newID(), From: s.Address(m.Address).Value,
			Token: h.vault.Token(store.PurposeReply, string(m.ID)), Text: text, Aligned: true, At: at,
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("there is no mail to answer")
}

// shape is what a change leaves of the person and of the plans that go on, without
// ids, and without what every answer leaves.
func (h *house) shape(t *testing.T, who checkins.ParticipantID, at time.Time) string {
	t.Helper()
	s := h.state(t, who, at)
	p := s.Participant
	p.ID, p.StopSaidAt = "", time.Time{}
	var going []checkins.Plan
	for _, plan := range s.Plans {
		if plan.Status == checkins.PlanFinished {
			continue
		}
		for i, id := range plan.Practices {
			if words := s.OwnWords(id); words != "" {
				plan.Practices[i] = checkins.PracticeID(words)
			}
		}
		plan.ID = ""
		going = append(going, plan)
	}
	raw, err := json.Marshal(map[string]any{"plans": going, "person": p})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// alike is a change with all the ways to ask for it. What comes of it is the same.
type alike struct {
	words string // by text and by mail; empty = no words ask for it, so it is offered by number
	wish  checkins.Wish
	form  string    // of the page, "form=plan&at=19:30"; empty = the page has no such field
	first string    // said before it, in the same way
	paged bool      // only a page has it, or an operator
	came  bool      // a prompt of the plan came before it and is open; its mailbox got none
	at    time.Time // zero = an hour after joining at noon
}

// alikes is every change that there are words for, and every one that the page has.
func alikes() []alike {
	monday := time.Date(2026, time.March, 9, 4, 0, 0, 0, time.UTC)    // midnight in New York, clocks forward the day before
	tomorrow := time.Date(2026, time.March, 5, 15, 0, 0, 0, time.UTC) // ten o'clock there
	last := time.Date(2026, time.March, 31, 16, 0, 0, 0, time.UTC)    // the last of a month, before one of 30 days
	april := time.Date(2026, time.April, 30, 4, 0, 0, 0, time.UTC)    // its last midnight
	today, evening := pace.DateOf(noon), time.Date(2026, time.March, 5, 0, 0, 0, 0, time.UTC)
	asked := evening.Add(time.Hour) // after the prompt of seven o'clock came
	morning := checkins.DigestChoice{Day: time.Monday, At: clock(8 * 60), Form: checkins.DigestInNumbers, Past: true}
	return []alike{
		{words: "later tomorrow at 10am", form: "form=later&by=tomorrow&later_at=10:00", wish: checkins.Wish{Kind: checkins.WishLater, Until: tomorrow, Slot: checkins.Slot{Date: today}}},
		{words: "later", form: "form=later&by=hours", wish: checkins.Wish{Kind: checkins.WishLater, Until: evening.Add(3 * time.Hour), Slot: checkins.Slot{Date: today}}},
		{words: "later", form: "form=later&by=hours", came: true, at: asked, wish: checkins.Wish{Kind: checkins.WishLater, Until: asked.Add(3 * time.Hour), Slot: checkins.Slot{Date: today}}},
		{words: "in an hour", form: "form=later&by=hour", came: true, at: asked, wish: checkins.Wish{Kind: checkins.WishLater, Until: asked.Add(time.Hour), Slot: checkins.Slot{Date: today}}},
		{words: "later tomorrow 10am", form: "form=later&by=tomorrow&later_at=10:00", came: true, at: asked, wish: checkins.Wish{Kind: checkins.WishLater, Until: tomorrow, Slot: checkins.Slot{Date: today}}},
		{words: "add time alone", form: "form=plan&practice=ask-for-space", wish: checkins.Wish{Kind: checkins.WishAdd, Practice: "ask-for-space"}},
		{words: "remove one feeling", form: "form=plan&-practice=one-feeling", wish: checkins.Wish{Kind: checkins.WishRemove, Practice: "one-feeling"}},
		{words: "not this", first: "breathe", wish: checkins.Wish{Kind: checkins.WishNotThis, Practice: "breath-478"}},
		{words: "pause", form: "form=pause&for=open", wish: checkins.Wish{Kind: checkins.WishPause}},
		{words: "pause for today", form: "form=pause&for=day", wish: checkins.Wish{Kind: checkins.WishPause, Until: evening.Add(5 * time.Hour)}},
		{words: "pause a week", form: "form=pause&for=week", wish: checkins.Wish{Kind: checkins.WishPause, Until: monday.Add(2 * 24 * time.Hour)}},
		{words: "pause for a month", form: "form=pause&for=month", at: last, wish: checkins.Wish{Kind: checkins.WishPause, Until: april}},
		{words: "pause until monday", form: "form=pause&for=date&date=2026-03-09", wish: checkins.Wish{Kind: checkins.WishPause, Until: monday}},
		{words: "resume", form: "form=resume", first: "pause", wish: checkins.Wish{Kind: checkins.WishResume}},
		{words: "undo", form: "form=undo", first: "slower", wish: checkins.Wish{Kind: checkins.WishUndo}},
		{words: "slower", form: "form=slower", wish: checkins.Wish{Kind: checkins.WishSlower}},
		{words: "faster", form: "form=faster", wish: checkins.Wish{Kind: checkins.WishFaster}},
		{words: "once a week", form: "form=plan&n=1", wish: checkins.Wish{Kind: checkins.WishPace, Pace: pace.Pace{N: 1, Every: 1, Unit: pace.Week}}},
		{words: "every other day", form: "form=plan&n=2&unit=days", wish: checkins.Wish{Kind: checkins.WishPace, Pace: pace.Pace{N: 1, Every: 2, Unit: pace.Day}}},
		{words: "Tue/Thu", form: "form=plan&-day=mon&-day=wed&-day=fri&day=tue&day=thu", wish: checkins.Wish{Kind: checkins.WishDays, Days: pace.DaysOf(time.Tuesday, time.Thursday)}},
		{words: "7:30pm please", form: "form=plan&at=19:30", wish: checkins.Wish{Kind: checkins.WishTime, At: []pace.Clock{19*60 + 30}}},
		{words: "email me instead", form: "form=plan&channel=email", wish: checkins.Wish{Kind: checkins.WishChannel, Channel: checkins.Email}},
		{words: "finish", wish: checkins.Wish{Kind: checkins.WishFinish}},

		// By text these are the numbers of a question.
		{form: "form=begin&tap=small-reach-weekly&channel=sms", wish: checkins.Wish{Kind: checkins.WishBegin, Tap: "small-reach-weekly", Channel: checkins.SMS}},
		{form: "form=you&zone=America/Chicago", wish: checkins.Wish{Kind: checkins.WishZone, Zone: "America/Chicago"}},
		{form: "form=you&keep=numbers", wish: checkins.Wish{Kind: checkins.WishWords, Keep: checkins.KeepNumbers}},
		{form: "form=you&digest=mail&digest_day=mon&digest_at=08:00&digest_form=numbers&digest_past=yes", wish: checkins.Wish{Kind: checkins.WishDigest, Digest: morning}},

		// These are said on the page, or to an operator.
		{paged: true, form: "form=you&acks=short", wish: checkins.Wish{Kind: checkins.WishAcks, Acks: checkins.AcksShort}},
		{paged: true, form: "form=you&discreet=yes", wish: checkins.Wish{Kind: checkins.WishDiscreet, On: true}},
		{paged: true, form: "form=you&locale=es", wish: checkins.Wish{Kind: checkins.WishLocale, Locale: "es"}},
		{paged: true, form: "form=you&from=10:00&to=00:00", wish: checkins.Wish{Kind: checkins.WishHours, Hours: pace.Span{From: 10 * 60, To: 24 * 60}}},
		{paged: true, form: "form=you&shares=numbers", wish: checkins.Wish{Kind: checkins.WishSharing, Shares: checkins.ShareNumbers, Proof: checkins.MailboxProof}},
		{paged: true, form: "form=you&codes=yes", wish: checkins.Wish{Kind: checkins.WishCodes, On: true, Proof: checkins.MailboxProof}},
		{paged: true, form: "form=plan&because=warmer ties", wish: checkins.Wish{Kind: checkins.WishBecause, Words: "warmer ties", Proof: checkins.MailboxProof}},
		{words: "add text my sister", form: "form=plan&own=text my sister", wish: checkins.Wish{Kind: checkins.WishOwn, Words: "text my sister", Proof: checkins.MailboxProof}},
	}
}

// alone are the wishes that have one way, or change nothing that a page shows.
var alone = map[checkins.WishKind]string{
	checkins.WishKeep:    "the answer that all stays as it is: nothing is changed",
	checkins.WishAlter:   "the answer that asks how to change a plan: nothing is changed",
	checkins.WishErase:   "erases, which own_test.go and the pages' journal tests hold to the same",
	checkins.WishCopy:    "sends a copy, and changes nothing",
	checkins.WishRegion:  "an operator writes it down",
	checkins.WishSilence: "the service's own step",
	"return":             "the service's own step, after START",
}

// asker asks for one change in one way.
type asker struct {
	way string // "text", "mail", "call" or "page"
	who checkins.ParticipantID
	n   int
	at  time.Time
}

// route is what the change is to name.
func (a asker) route() checkins.Route {
	return map[string]checkins.Route{"text": checkins.BySMS, "mail": checkins.ByEmail}[a.way]
}

// say writes words in the asker's way; whoever presses or calls says them by text.
func (a asker) say(t *testing.T, h *house, words string, at time.Time) {
	t.Helper()
	if a.way == "mail" {
		h.mail(t, a.who, words, at)
		return
	}
	h.text(t, fmt.Sprintf("+1500558%04d", a.n), words, at)
}

// prepare makes what is there before the change is asked for.
func (a asker) prepare(t *testing.T, h *house, c alike) {
	t.Helper()
	before := a.at.Add(-time.Minute)
	if c.first != "" {
		a.say(t, h, c.first, before)
	}
	if c.came {
		h.plan(t, a.who, h.state(t, a.who, a.at).Plans[0].Next.At)
	}
	if c.words == "" && (a.way == "text" || a.way == "mail") {
		h.offerByNumber(t, a.who, map[string]checkins.Channel{"text": checkins.SMS, "mail": checkins.Email}[a.way], c.wish, before)
	}
	h.drainTexts(t, before)
	h.sendMail(t, before)
}

// ask asks for the change.
func (a asker) ask(t *testing.T, h *house, c alike) {
	t.Helper()
	switch a.way {
	case "call":
		h.apply(t, a.who, c.wish, a.at)
	case "page":
		h.press(t, a.who, c.form, a.at)
	default:
		a.say(t, h, cmp.Or(c.words, "1"), a.at)
	}
}

// offerByNumber puts a question whose first answer is the wish.
func (h *house) offerByNumber(t *testing.T, who checkins.ParticipantID, channel checkins.Channel, w checkins.Wish, at time.Time) {
	t.Helper()
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, at, func(s checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Messages: []checkins.Message{{
			ID: checkins.MessageID(newID()), Participant: who, Address: s.Reach(channel).ID, Channel: channel, Kind: checkins.Answer, Step: checkins.StepMenu,
			Asked: reply.AfterChoice, Offers: []checkins.Offer{{Wish: &w}}, Words: checkins.Words{Text: "1 or 2?"}, State: checkins.Queued,
			DueAt: at, NotBefore: at, ExpiresAt: at.Add(time.Hour), CreatedAt: at,
		}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ways are those in which a change can be asked for.
func (c alike) ways() []string {
	ways := []string{"call"}
	if !c.paged && c.wish.Kind != checkins.WishOwn { // a text never proves enough for own words
		ways = append(ways, "text")
	}
	if !c.paged && !c.came { // where a prompt came, it came by text, and none to the mailbox
		ways = append(ways, "mail")
	}
	if c.form != "" {
		ways = append(ways, "page")
	}
	return ways
}

func TestAChangeIsTheSameByEveryRoute(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many changes: nothing here for the race detector to see")
	}
	onBoth(t, func(t *testing.T, h *house) {
		n := 0
		for _, c := range alikes() {
			left := map[string]string{}
			for _, way := range c.ways() {
				joined := noon
				if !c.came && !c.at.IsZero() {
					joined = c.at.Add(-time.Hour)
				}
				a := asker{way: way, who: h.enrolBothAt(t, n, joined), n: n, at: joined.Add(time.Hour)}
				if n++; c.came {
					a.at = c.at
				}
				a.prepare(t, h, c)
				before, made := h.shape(t, a.who, a.at), len(h.state(t, a.who, a.at).Changes)
				a.ask(t, h, c)
				left[way] = h.shape(t, a.who, a.at)
				if c.wish.Kind == checkins.WishUndo {
					continue
				}
				changes := h.state(t, a.who, a.at).Changes
				if len(changes) != made+1 || changes[0].Route != cmp.Or(a.route(), checkins.ByPage) {
					t.Fatalf("%s by %s (%q) left %d changes, with %d before", c.wish.Kind, way, c.words, len(changes), made)
				}
				h.apply(t, a.who, checkins.Wish{Kind: checkins.WishUndo, Proof: checkins.MailboxProof}, a.at)
				if got := h.shape(t, a.who, a.at); got != before {
					t.Errorf("%s by %s, then undone:\n%s, not\n%s", c.wish.Kind, way, got, before)
				}
			}
			for way, got := range left {
				if got != left["call"] {
					t.Errorf("%s (%q, %q) leaves\nby %s %s\nby call %s", c.wish.Kind, c.words, c.form, way, got, left["call"])
				}
			}
		}
	})
}

// Whoever adds a kind of wish says by which ways it comes, or why it has only one.
func TestEveryKindOfWishIsComparedByEveryRoute(t *testing.T) {
	source, err := parser.ParseFile(token.NewFileSet(), "../change.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	compared := map[checkins.WishKind]bool{}
	for _, c := range alikes() {
		compared[c.wish.Kind] = true
	}
	kinds := 0
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || fmt.Sprint(spec.Type) != "WishKind" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		kinds++
		if kind := checkins.WishKind(text); compared[kind] == (alone[kind] != "") {
			t.Errorf("%s is compared: %v; why it is not: %q", spec.Names[0], compared[kind], alone[kind])
		}
		return true
	})
	if kinds < 30 {
		t.Errorf("only %d kinds of wish were found", kinds)
	}
}

func clock(c pace.Clock) *pace.Clock { return &c }

// press fills in a form of the settings page as it is shown and presses its button:
// edit says which fields are put or ticked, and with a minus which are not ticked.
func (h *house) press(t *testing.T, who checkins.ParticipantID, edit string, at time.Time) {
	t.Helper()
	s := h.state(t, who, at)
	link := checkins.Link{Token: newID(), Purpose: checkins.LinkSettings, Address: s.Reach(checkins.Email).ID, CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
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
	name, _, _ := strings.Cut(strings.TrimPrefix(edit, "form="), "&")
	page := "/s/" + link.Token + map[string]string{"plan": "?plan=" + string(s.Plans[0].ID), "you": "?you=1"}[name]
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page, nil))
	form := filled(t, w.Body.String(), name)
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
	w = httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Errorf("%s: %d\n%s", edit, w.Code, w.Body)
	}
}

var (
	field  = regexp.MustCompile(`<input [^>]*>`)
	choice = regexp.MustCompile(`(?s)<select [^>]*name="([a-z_]+)">(.*?)</select>`)
	picked = regexp.MustCompile(`<option[^>]* selected[^>]*>`)
	attr   = regexp.MustCompile(`(name|type|value)="([^"]*)"`)
)

// filled is what the form of that name would post if nothing in it were touched.
func filled(t *testing.T, page, name string) url.Values {
	t.Helper()
	before, rest, found := strings.Cut(page, `<input type="hidden" name="form" value="`+name+`">`)
	body, _, _ := strings.Cut(before[strings.LastIndex(before, "<form")+1:]+rest, "</form>")
	if !found {
		t.Fatalf("no form %q:\n%s", name, page)
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
		if on := attr.FindStringSubmatch(picked.FindString(m[2])); on != nil {
			form.Set(m[1], on[2])
		}
	}
	return form
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
