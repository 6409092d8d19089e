package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/web"
)

// open lets a script fill in the form as often as it likes.
func unlimited(o *web.Options) { o.Limits.Asks = web.Limit{Most: 1 << 20, In: time.Hour} }

func filledIn(address string) url.Values {
	return url.Values{"address": {address}, "plan": {"small-reach-weekly"}, "agree": {"yes"}, "adult": {"yes"}, "do": {"join"}}
}

// found is whoever has an address.
func (s *site) found(c checkins.Channel, address string) checkins.State {
	s.t.Helper()
	state, err := s.State(s.t.Context(), checkins.Who{Channel: c, Address: address}, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

// Every element of A01 stands beside the field, and neither box is ticked.
func TestTheFormSaysWhatItIsToAgree(t *testing.T) {
	s := light(t, nil)
	a := s.get("/join")
	a.wants(t, http.StatusOK,
		"Microreach may send me small reminders", "as often as I choose, at most 3 a day", "Msg & data rates may apply", "HELP for help", "STOP to end it",
		`href="privacy"`, `href="terms"`, "I am 18 or over", "No one reads replies live", "not for emergencies", "988")
	for _, box := range []string{"agree", "adult"} {
		if tag := `<input type="checkbox" name="` + box + `" value="yes" required>`; strings.Count(a.body, tag) != 1 {
			t.Errorf("the box %s is not there once, alone and unticked:\n%s", box, a.body)
		}
	}
	for _, page := range []string{"/privacy", "/health", "/terms"} {
		s.get(page).wants(t, http.StatusOK, `href="health"`)
	}
}

// The notice that Washington and Nevada ask for stands alone, and is found from
// every page (REQUIREMENTS C05).
func TestTheNoticeOfHealthDataSaysWhatTheLawAsks(t *testing.T) {
	s := light(t, nil)
	s.get("/health").wants(t, http.StatusOK, "What we keep, and why", "Where it comes from", "Who gets it", "a list of who got it", "take back your yes",
		"have all of it wiped", "within 45 days", "attorney general", "help@example.org")
	for _, page := range []string{"/", "/join", "/privacy", "/terms", "/link"} {
		s.get(page).wants(t, http.StatusOK, `href="health"`)
	}
}

func TestWithoutBothBoxesNothingIsKeptOrSent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		for name, c := range map[string]struct {
			alter func(url.Values)
			says  string
		}{
			"no yes":      {func(f url.Values) { f.Del("agree") }, "tick both boxes"},
			"no adult":    {func(f url.Values) { f.Del("adult") }, "tick both boxes"},
			"no address":  {func(f url.Values) { f.Set("address", " ") }, "does not look like"},
			"not allowed": {func(f url.Values) { f.Set("address", "+442071838750") }, "cannot use this one"},
		} {
			form := filledIn(phone)
			form.Set("keep", "everything")
			c.alter(form)
			a := s.post("/join", form)
			a.wants(t, http.StatusUnprocessableEntity, c.says, `value="everything" checked`, `value="`+form.Get("address")+`"`, "<details open>")
			if strings.Contains(a.body, `name="agree" value="yes" checked`) {
				t.Errorf("%s: a box came back ticked", name)
			}
		}
		for _, a := range []checkins.Application{{Agreed: true}, {Adult: true}} { // whatever page it came by
			a.Channel, a.Address = checkins.SMS, phone
			if _, err := s.rules.Join(checkins.State{}, a, checkins.Visit{}, s.now); !errors.Is(err, checkins.ErrNotAgreed) {
				t.Errorf("%+v: %v", a, err)
			}
		}
		s.pages.Close()
		people, err := s.People(t.Context(), 10, 0)
		if err != nil || len(people) != 0 {
			t.Errorf("%d people are kept: %v", len(people), err)
		}
	})
}

func TestTheFormAsksOnceAndTheAnswerJoins(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		form := filledIn(ada)
		form.Set("screen", "discreet")
		form.Set("keep", "everything")
		form.Set("zone", "Europe/Madrid")
		form.Set("plan", "evening-journal")
		for range 3 {
			s.post("/join", form).wants(t, http.StatusSeeOther)
		}
		s.pages.Close()
		who := s.found(checkins.Email, ada)
		p := who.Participant
		if p.Zone != "Europe/Madrid" || !p.Discreet || p.Keep != checkins.KeepEverything || len(who.Plans) != 1 || who.Plans[0].Pace.String() != "5/week" || who.Plans[0].Channel != checkins.Email {
			t.Errorf("they are %+v with %+v", p, who.Plans)
		}
		if n := len(who.Recent); n != 1 || who.Recent[0].Kind != checkins.OptIn || who.Addresses[0].State != checkins.Pending {
			t.Fatalf("%d messages to somebody who is %s", n, who.Addresses[0].State)
		}
		list, err := s.Consents(t.Context(), p.ID)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d rows: %v", len(list), err)
		}
		for _, c := range list {
			if !c.Given || c.Route != checkins.ByPage || c.Proof != "192.0.2.1" {
				t.Errorf("the ledger holds %+v", c)
			}
			if c.Topic == checkins.ToMessages && (!strings.Contains(c.Shown, "Microreach may send me") || !strings.Contains(c.Shown, "at most 3 a day") || c.Words != "Ask me to start") {
				t.Errorf("what was shown is %q, what was pressed %q", c.Shown, c.Words)
			}
			if c.Topic == checkins.ToWords && !strings.Contains(c.Shown, "for me to read later") {
				t.Errorf("what was shown of the choice is %q", c.Shown)
			}
		}
	})
}

func TestAYesAfterTheFormIsNotAskedAboutWordsAgain(t *testing.T) {
	s := light(t, nil)
	s.post("/join", filledIn(ada)).wants(t, http.StatusSeeOther)
	s.pages.Close()
	who := s.found(checkins.Email, ada).Participant.ID
	s.post(s.newest(checkins.LinkConfirm), url.Values{"do": {"confirm"}}).wants(t, http.StatusSeeOther)
	state := s.state(who)
	if state.Addresses[0].State != checkins.Active || state.Participant.Zone != "America/New_York" {
		t.Errorf("they are %+v in %s", state.Addresses[0], state.Participant.Zone)
	}
	for _, m := range state.Recent {
		if m.Step == checkins.StepMenu {
			t.Error("they were asked again what may be kept")
		}
	}
}

func TestOfWhoeverNeverSaysYesNothingIsLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		s.post("/join", whole(ada, "shares", "words", "offer", "own")).wants(t, http.StatusSeeOther)
		s.pages.Close()
		if err := s.Forget(t.Context(), s.now.Add(checkins.Unconfirmed)); err != nil {
			t.Fatal(err)
		}
		if s.found(checkins.Email, ada).Known() {
			t.Error("they are known a week later")
		}
	})
}

// The answer is the same for a stranger, for somebody who takes part and for
// somebody who left; and only the stranger hears of it.
func TestTheFormTellsNothingOfAnybody(t *testing.T) {
	s := light(t, unlimited)
	who := s.joined()
	other := s.enrol("left@example.org")
	s.post(s.leavePath(other), url.Values{"stop": {"here"}})
	s.now = s.now.Add(48 * time.Hour) // past the day in which nobody is asked twice anyhow
	before := len(s.state(who).Recent)
	want := s.post("/join", filledIn("stranger@example.org"))
	for _, address := range []string{ada, phone, "left@example.org", "+12125550148"} {
		got := s.post("/join", filledIn(address))
		if got.StatusCode != want.StatusCode || got.body != want.body || fmt.Sprint(got.Header) != fmt.Sprint(want.Header) {
			t.Errorf("%s: %d %v", address, got.StatusCode, got.Header)
		}
	}
	s.pages.Close()
	if n := len(s.state(who).Recent); n != before {
		t.Errorf("somebody who takes part got %d messages more", n-before)
	}
	if got := s.states(who); !slices.Equal(got, []string{"email active", "sms active"}) {
		t.Errorf("the form made somebody who takes part %v", got)
	}
	if got := s.states(other); !slices.Equal(got, []string{"email stopped"}) {
		t.Errorf("the form made somebody who left %v", got)
	}
	if !s.found(checkins.SMS, "+12125550148").Known() {
		t.Error("a stranger was not asked")
	}
}

func TestAThousandJoinsCostTheBudgetAndCloseTheForm(t *testing.T) {
	const budget = 20
	var full []string
	s := light(t, func(o *web.Options) {
		unlimited(o)
		o.House.Joining.PerDay, o.House.Joining.PerPrefix = budget, 1000
		o.Full = func(quota string) { full = append(full, quota) }
	})
	scripted := 1000
	if testing.Short() {
		scripted = 200
	}
	for i := range scripted {
		form := filledIn(fmt.Sprintf("+1212556%04d", i))
		r := httptest.NewRequest(http.MethodPost, "/join", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.send(r)
	}
	s.pages.Close()
	people, err := s.People(t.Context(), 1000, 0)
	if err != nil || len(people) != budget {
		t.Errorf("%d were asked, want %d: %v", len(people), budget, err)
	}
	s.get("/join").wants(t, http.StatusOK, "Nobody new can join today")
	s.post("/join", filledIn(ada)).wants(t, http.StatusOK, "Nobody new can join today")
	if len(full) == 0 || full[0] != checkins.JoiningQuota {
		t.Errorf("the operator hears %v", full)
	}
	s.now = s.now.Add(24 * time.Hour)
	s.get("/join").wants(t, http.StatusOK, "Ask me to start")
}

func TestTheFormIsClosedWhereNobodyMayJoin(t *testing.T) {
	s := light(t, func(o *web.Options) { o.House.Joining = checkins.Joining{} })
	s.get("/join").wants(t, http.StatusOK, "Nobody new can join today")
	s.post("/join", filledIn(ada)).wants(t, http.StatusOK, "Nobody new can join today")
	if home := s.get("/"); strings.Contains(home.body, `href="join"`) {
		t.Error("the first page leads to a form that is closed")
	}
}

func TestAMailboxIsAskedForItsZoneWhereNobodyKnowsIt(t *testing.T) {
	s := light(t, func(o *web.Options) { o.House.Joining.Zone = "" })
	s.post("/join", filledIn(ada)).wants(t, http.StatusUnprocessableEntity, "pick your time zone")
	s.post("/join", filledIn(phone)).wants(t, http.StatusSeeOther)
	s.pages.Close()
	if zone := s.found(checkins.SMS, phone).Participant.Zone; zone != "America/Chicago" {
		t.Errorf("the zone is %q", zone)
	}
}
