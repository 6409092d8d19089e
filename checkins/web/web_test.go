package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/checkins/web"
	"github.com/microreach/microreach/templates"
)

// noon is a Wednesday in New York.
var noon = time.Date(2026, time.March, 4, 17, 0, 0, 0, time.UTC)

const (
	public = "https://reach.example.org"
	ada    = "ada.canary@example.org"
	phone  = "+12125550147"
)

// site is the pages over a real database.
type site struct {
	*store.Store
	t        testing.TB
	pages    *web.Site
	rules    checkins.House
	vault    *vault.Vault
	codes    int                // that were made
	messages []checkins.Message // that were written, with their words
	links    []checkins.Link    // that were made, with their tokens, the newest last
	now      time.Time
	log      bytes.Buffer
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func onBoth(t *testing.T, test func(t *testing.T, s *site)) {
	t.Run("sqlite", func(t *testing.T) { test(t, light(t, nil)) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, storetest.Prepared(t, migrated), nil)) })
}

// migrated makes an empty database ready.
func migrated(address string) error {
	s, err := store.Open(context.Background(), store.Options{URL: address, Vault: vault.Ephemeral(), NewID: newID})
	if err != nil {
		return err
	}
	_, err = s.Migrate(context.Background())
	return errors.Join(err, s.Close())
}

// light is a site on SQLite.
func light(t *testing.T, alter func(*web.Options)) *site {
	return open(t, "sqlite:"+storetest.PreparedFile(t, "test.db", migrated), alter)
}

func open(t testing.TB, database string, alter func(*web.Options)) *site {
	t.Helper()
	s := &site{t: t, vault: vault.Ephemeral(), now: noon}
	words, err := templates.New(templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Store, err = store.Open(t.Context(), store.Options{URL: database, Vault: s.vault, NewID: newID}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Store.Close() })
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	joining := checkins.Joining{Plan: "small-reach-weekly", Locale: "en", Zone: "America/New_York", PerDay: 50, PerPrefix: 50, Numbers: numbers{}}
	s.rules = checkins.House{Wording: words, NewID: newID, PerDay: 3, Languages: words.Languages(), Codes: checkins.Codes{
		New: func() string { s.codes++; return fmt.Sprintf("%06d", 421000+s.codes) },
		Sum: func(a checkins.AddressID, code string) string {
			return s.vault.Index(store.PurposeCode, string(a)+"|"+code)
		},
	}, Joining: joining, Links: checkins.Links{
		Base: public, NewToken: func() string { return strings.ToLower(rand.Text()) },
		Leave:    func(id checkins.AddressID) string { return s.vault.Token(store.PurposeLeave, string(id)) },
		NoDigest: func(id checkins.AddressID) string { return s.vault.Token(store.PurposeNoDigest, string(id)) },
	}}
	base, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{
		People: s, House: s.rules, Words: words, Plans: words.PlanNames, Languages: words.Languages(), Address: typed, Public: base, Number: "+12025550199", Name: "Microreach",
		Now: func() time.Time { return s.now }, Clock: func() time.Time { return s.now }, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}
	if alter != nil {
		alter(&o)
	}
	if s.pages, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.pages.Close)
	return s
}

// numbers lets numbers of North America be texted, but those of 800.
type numbers struct{}

func (numbers) Read(typed string) (string, bool) { return typed, numbers{}.May(typed) }
func (numbers) Zones(string) []string            { return []string{"America/Chicago"} }
func (numbers) May(number string) bool {
	return strings.HasPrefix(number, "+1") && !strings.HasPrefix(number, "+1800")
}

func typed(text string) (checkins.Channel, string) {
	if strings.Contains(text, "@") {
		return checkins.Email, text
	}
	return checkins.SMS, strings.TrimSpace(text)
}

// Decide implements web.People, and keeps the links that are made.
func (s *site) Decide(ctx ctx, who checkins.Who, now time.Time, decide func(checkins.State) (checkins.Effects, error)) error {
	var made []checkins.Link
	var written []checkins.Message
	err := s.Store.Decide(ctx, who, now, func(state checkins.State) (checkins.Effects, error) {
		e, err := decide(state)
		made, written = e.Links, e.Messages
		return e, err
	})
	if err == nil {
		s.links, s.messages = append(s.links, made...), append(s.messages, written...)
	}
	return err
}

// enrol takes in a person with a mailbox, a phone where phones is true, and a plan
// on each.
func (s *site) enrol(mailbox string, numbers ...string) checkins.ParticipantID {
	s.t.Helper()
	id := checkins.ParticipantID(newID())
	en := checkins.Enrolment{Participant: checkins.Participant{
		ID: id, Name: "Ada", Zone: "America/New_York", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: s.now,
	}}
	add := func(c checkins.Channel, value string, practices ...checkins.PracticeID) {
		en.Addresses = append(en.Addresses, checkins.Address{ID: checkins.AddressID(newID()), Channel: c, Value: value})
		for _, p := range practices {
			en.Plans = append(en.Plans, checkins.Plan{
				ID: checkins.PlanID(newID()), Practices: []checkins.PracticeID{p}, Channel: c, Status: checkins.PlanActive,
				Pace: pace.Pace{N: 2, Every: 1, Unit: pace.Week}, Days: pace.DaysOf(time.Monday, time.Thursday), At: []pace.Clock{19 * 60},
				Anchor: pace.DateOf(s.now), CreatedAt: s.now,
			})
		}
	}
	add(checkins.Email, mailbox, "win", "closeness")
	for _, n := range numbers {
		add(checkins.SMS, n, "one-feeling")
	}
	if err := (checkins.Registrar{House: s.rules, Decider: s}).Enrol(s.t.Context(), en, s.now); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// newest is the path of the newest link of a purpose.
func (s *site) newest(purpose checkins.LinkPurpose) string {
	s.t.Helper()
	for _, l := range slices.Backward(s.links) {
		if l.Purpose == purpose {
			return "/" + purpose.Way() + "/" + l.Token
		}
	}
	s.t.Fatal("no link to ", purpose)
	return ""
}

func (s *site) state(who checkins.ParticipantID) checkins.State {
	s.t.Helper()
	state, err := s.State(s.t.Context(), checkins.Who{Participant: who}, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

// leavePath is the page that stops the mailbox of somebody.
func (s *site) leavePath(who checkins.ParticipantID) string {
	for _, a := range s.state(who).Addresses {
		if a.Channel == checkins.Email {
			return strings.TrimPrefix(s.rules.Links.LeaveURL(a), public)
		}
	}
	s.t.Fatal("no mailbox")
	return ""
}

func (s *site) states(who checkins.ParticipantID) (list []string) {
	for _, a := range s.state(who).Addresses {
		list = append(list, string(a.Channel)+" "+string(a.State))
	}
	slices.Sort(list)
	return list
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

func (s *site) send(r *http.Request) answer {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Result().Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{w.Result(), string(raw)}
}

func (s *site) get(path string) answer { return s.send(httptest.NewRequest(http.MethodGet, path, nil)) }

// post posts a form from the page itself, as a browser does.
func (s *site) post(path string, form url.Values) answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.send(r)
}

func (a answer) wants(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%d, want %d:\n%s", a.StatusCode, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(html.UnescapeString(a.body), w) {
			t.Errorf("the page does not say %q:\n%s", w, a.body)
		}
	}
}

func TestAMailboxSaysYesOnAPage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.enrol(ada)
		page := s.newest(checkins.LinkConfirm)
		for range 3 {
			s.get(page).wants(t, http.StatusOK, "Shall we start?", "2 a week", "18 or over", "No one reads replies live", "988")
			s.send(httptest.NewRequest(http.MethodHead, page, nil)).wants(t, http.StatusOK)
		}
		if got := s.states(who); got[0] != "email pending" {
			t.Fatalf("looking at the page made it %v", got)
		}
		for range 2 { // a second press does nothing more
			a := s.post(page, url.Values{"do": {"confirm"}})
			a.wants(t, http.StatusSeeOther)
			if at, err := a.Location(); err != nil || !strings.HasSuffix(page, at.Path) {
				t.Errorf("it leads to %v, %v", at, err)
			}
		}
		s.get(page).wants(t, http.StatusOK, "You're in", "The first one comes tomorrow 19:00")
		list, err := s.Consents(t.Context(), who)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d rows of consent: %v", len(list), err)
		}
		c := list[0]
		if !c.Given || c.Route != checkins.ByPage || c.Proof != "192.0.2.1" || c.Words != "Yes, start. I am 18 or over" || !strings.Contains(c.Shown, "18 and over") {
			t.Errorf("the ledger holds %+v", c)
		}
		if got := s.states(who); got[0] != "email active" {
			t.Errorf("confirmed, and it is %v", got)
		}
	})
}

func TestALinkToConfirmByEndsAndAnotherCanBeAskedFor(t *testing.T) {
	s := light(t, nil)
	who := s.enrol(ada)
	old := s.newest(checkins.LinkConfirm)
	s.now = s.now.Add(8 * 24 * time.Hour)
	s.get(old).wants(t, http.StatusNotFound, "does not work any more", `action="../link"`)
	s.post(old, url.Values{"do": {"confirm"}}).wants(t, http.StatusNotFound)
	s.post("/link", url.Values{"address": {ada}}).wants(t, http.StatusSeeOther)
	s.pages.Close()
	fresh := s.newest(checkins.LinkConfirm)
	if fresh == old {
		t.Fatal("no new question went out")
	}
	s.get(fresh).wants(t, http.StatusOK, "Shall we start?")
	_ = who
}

func TestOneClickUnsubscribes(t *testing.T) {
	const click = "List-Unsubscribe=One-Click"
	multipart := "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
	for name, form := range map[string]struct{ kind, body string }{
		"urlencoded": {"application/x-www-form-urlencoded", click}, "multipart": {"multipart/form-data; boundary=x", multipart},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *site) {
				who := s.enrol(ada, phone)
				s.post(s.newest(checkins.LinkConfirm), url.Values{"do": {"confirm"}})
				page := s.leavePath(who)
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut} {
					s.send(httptest.NewRequest(method, page, nil))
					r := httptest.NewRequest(method, page+"?"+click, strings.NewReader(form.body))
					r.Header.Set("Content-Type", form.kind)
					s.send(r)
				}
				if got := s.states(who); got[0] != "email active" {
					t.Fatalf("without a press it became %v", got)
				}
				for range 2 {
					r := httptest.NewRequest(http.MethodPost, page, strings.NewReader(form.body)) // no cookie, no origin
					r.Header.Set("Content-Type", form.kind)
					s.send(r).wants(t, http.StatusOK, "You are unsubscribed")
				}
				if got := s.states(who); !slices.Equal(got, []string{"email stopped", "sms pending"}) {
					t.Errorf("one click made it %v", got)
				}
				list, err := s.Consents(t.Context(), who)
				if err != nil || len(list) != 2 {
					t.Fatalf("%d rows of consent, want a yes and one no: %v", len(list), err)
				}
				if c := list[1]; c.Given || c.Route != checkins.ByPage || c.Words != click || c.Proof != "192.0.2.1" {
					t.Errorf("the ledger holds %+v", c)
				}
			})
		})
	}
}
