package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// linkTo makes a link that was sent to the person's address on a channel.
func (s *site) linkTo(who checkins.ParticipantID, purpose checkins.LinkPurpose, channel checkins.Channel) string {
	s.t.Helper()
	err := s.Decide(s.t.Context(), checkins.Who{Participant: who}, s.now, func(state checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Links: []checkins.Link{{
			Token: s.rules.Links.NewToken(), Purpose: purpose, Address: state.Reach(channel).ID, CreatedAt: s.now, ExpiresAt: s.now.Add(30 * 24 * time.Hour),
		}}}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.newest(purpose)
}

// plan is the person's plan on a channel.
func (s *site) plan(who checkins.ParticipantID, channel checkins.Channel) checkins.Plan {
	s.t.Helper()
	for _, p := range s.state(who).Plans {
		if p.Channel == channel {
			return p
		}
	}
	s.t.Fatal("no plan by ", channel)
	return checkins.Plan{}
}

// form is name and value in turn.
func form(fields ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Add(fields[i], fields[i+1])
	}
	return f
}

// you is the form of what somebody chose about themselves, as it is at first.
func you(changed ...string) url.Values {
	f := form("form", "you", "do", "change", "discreet", "no", "acks", "normal", "keep", "everything", "shares", "nothing", "codes", "no",
		"from", "09:00", "to", "20:00", "zone", "America/New_York", "locale", "en")
	for i := 0; i+1 < len(changed); i += 2 {
		f.Set(changed[i], changed[i+1])
	}
	return f
}

func TestSettingsShowThePlanAndChangeIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		page := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
		s.get(page).wants(t, http.StatusOK, "You set the pace", "tomorrow 19:00", "by text", "at its time", "Slower", "once a week", "2 a week, Mon and Thu 19:00", `<script src="../page.js" defer>`)
		plan := s.plan(who, checkins.SMS)
		s.post(page, form("form", "slower", "plan", string(plan.ID), "do", "change")).wants(t, http.StatusSeeOther)
		if got := s.plan(who, checkins.SMS).Pace; got != (pace.Pace{N: 1, Every: 1, Unit: pace.Week}) {
			t.Errorf("slower made it %s", got)
		}
		shown := s.get(page)
		shown.wants(t, http.StatusOK, "Last change: slower, today 12:00", "Take it back")
		last := s.state(who).Changes[0]
		if last.Route != checkins.ByPage {
			t.Errorf("the change came by %s", last.Route)
		}
		for range 2 { // a second press takes back nothing more
			s.post(page, form("form", "undo", "change", string(last.ID), "do", "change")).wants(t, http.StatusSeeOther)
		}
		if got := s.plan(who, checkins.SMS).Pace; got != (pace.Pace{N: 2, Every: 1, Unit: pace.Week}) {
			t.Errorf("taken back, it is %s", got)
		}
		s.post(page, form("form", "pause", "for", "week", "do", "change")).wants(t, http.StatusSeeOther)
		s.get(page).wants(t, http.StatusOK, "It is quiet until Wed 11 Mar.", "Go on now", "the first after your pause")
		s.post(page, form("form", "resume", "do", "change")).wants(t, http.StatusSeeOther)
		s.post(page, form("form", "begin", "tap", string(s.rules.Wording.TapPlans()[0].ID), "channel", "email", "do", "change")).wants(t, http.StatusSeeOther)
		if n := len(s.state(who).Plans); n != 4 {
			t.Errorf("one more begun, and there are %d plans", n)
		}
		s.post(page, form("form", "finish", "plan", string(plan.ID), "do", "change")).wants(t, http.StatusSeeOther)
		if got := s.plan(who, checkins.SMS).Status; got != checkins.PlanFinished {
			t.Errorf("ended, it is %s", got)
		}
	})
}

func TestWhatAChangeWouldMeanIsShownAndNothingIsChanged(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
	plan := s.plan(who, checkins.SMS)
	view := page + "?plan=" + string(plan.ID)
	before := s.state(who)
	f := form("form", "plan", "plan", string(plan.ID), "n", "2", "unit", "week", "day", "tue", "day", "fri", "at", "07:15",
		"channel", "sms", "practice", "one-feeling", "practice", "hard-day", "do", "show")
	a := s.post(view, f)
	a.wants(t, http.StatusOK, "This is how it would be", "Fri 6 Mar 07:15", `value="07:15"`, `value="fri" checked`, `value="hard-day" checked`)
	if strings.Contains(a.body, `value="mon" checked`) {
		t.Error("a day that was not ticked shows as ticked")
	}
	s.post(page, form("form", "pause", "for", "open", "do", "show")).wants(t, http.StatusOK, "Nothing comes until you say so")
	if got := s.state(who); len(got.Changes) != len(before.Changes) || !got.Plans[0].Next.At.Equal(before.Plans[0].Next.At) || !got.Participant.QuietUntil.IsZero() {
		t.Error("looking changed something")
	}
	f.Set("do", "change")
	s.post(view, f).wants(t, http.StatusSeeOther)
	got := s.plan(who, checkins.SMS)
	if got.Days != pace.DaysOf(time.Tuesday, time.Friday) || !slices.Equal(got.At, []pace.Clock{7*60 + 15}) || !slices.Equal(got.Practices, []checkins.PracticeID{"one-feeling", "hard-day"}) {
		t.Errorf("the plan is %+v", got)
	}
	kinds := ""
	for _, c := range slices.Backward(s.state(who).Changes) {
		kinds += c.Kind + " "
	}
	if kinds != "days time add " {
		t.Errorf("the changes are %q", kinds)
	}
}

func TestWhatDoesNotFitIsSaidAndNothingTypedIsLost(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.Email)
	plan := s.plan(who, checkins.Email)
	good := func(changed ...string) url.Values {
		f := form("form", "plan", "plan", string(plan.ID), "n", "2", "unit", "week", "day", "mon", "day", "thu", "at", "19:00",
			"channel", "email", "practice", "win", "practice", "closeness", "because", "", "own", "my own words", "do", "change")
		for i := 0; i+1 < len(changed); i += 2 {
			f.Set(changed[i], changed[i+1])
		}
		return f
	}
	none := good()
	none.Del("practice")
	none.Del("own")
	noDay := good()
	noDay.Del("day")
	for name, c := range map[string]struct {
		view string
		form url.Values
		want string
	}{
		"no number":         {"?plan=" + string(plan.ID), good("n", "many"), "Something does not fit"},
		"too many":          {"?plan=" + string(plan.ID), good("n", "99", "unit", "day"), "Something does not fit"},
		"an odd time":       {"?plan=" + string(plan.ID), good("at", "25:99"), "Something does not fit"},
		"no day":            {"?plan=" + string(plan.ID), noDay, "Something does not fit"},
		"nothing to offer":  {"?plan=" + string(plan.ID), none, "needs at least one thing"},
		"no such practice":  {"", form("form", "begin", "tap", "nothing", "channel", "sms", "do", "change"), "could not be done"},
		"a day in the past": {"", form("form", "pause", "for", "date", "date", "2026-03-01", "do", "change"), "Pick a day that is still to come"},
		"no day at all":     {"", form("form", "pause", "for", "date", "date", "", "do", "change"), "Pick a day that is still to come"},
		"far away":          {"", form("form", "pause", "for", "date", "date", "2029-03-01", "do", "change"), "Pick a day that is still to come"},
		"hours upside down": {"?you=1", you("from", "21:00", "to", "08:00"), "Something does not fit"},
		"an odd zone":       {"?you=1", you("zone", "Mars/Base"), "Something does not fit"},
		"an odd language":   {"?you=1", you("locale", "tlh"), "Something does not fit"},
	} {
		a := s.post(page+c.view, c.form)
		a.wants(t, http.StatusUnprocessableEntity, c.want)
		if name != "nothing to offer" && c.form.Has("own") && !strings.Contains(a.body, `value="my own words"`) {
			t.Errorf("%s: what was typed is lost", name)
		}
		if n := len(s.state(who).Changes); n != 0 {
			t.Fatalf("%s: %d changes", name, n)
		}
	}
}

func TestALinkByTextMayNarrowAndNotWiden(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		byPhone, byMail := s.linkTo(who, checkins.LinkSettings, checkins.SMS), s.linkTo(who, checkins.LinkSettings, checkins.Email)
		plan := s.plan(who, checkins.Email)
		write := form("form", "plan", "plan", string(plan.ID), "n", "2", "unit", "week", "day", "mon", "day", "thu", "at", "19:00", "channel", "email",
			"practice", "win", "practice", "closeness", "own", "text my sister Canary", "because", "a warmer Canary life", "do", "change")
		view := "?plan=" + string(plan.ID)
		s.post(byMail+view, write).wants(t, http.StatusSeeOther)
		s.get(byMail+view).wants(t, http.StatusOK, "text my sister Canary", "a warmer Canary life")
		for _, p := range []string{byPhone, byPhone + view, byPhone + "?you=1"} {
			a := s.get(p)
			for _, secret := range []string{"Canary", ada, phone} {
				if strings.Contains(a.body, secret) {
					t.Errorf("a link by text shows %q", secret)
				}
			}
		}
		s.post(byPhone+"?you=1", you("shares", "words")).wants(t, http.StatusUnprocessableEntity, "open a link that came to your mailbox")
		s.post(byPhone+"?you=1", you("codes", "yes")).wants(t, http.StatusUnprocessableEntity, "open a link that came to your mailbox")
		told := len(s.state(who).Recent)
		s.post(byMail+"?you=1", you("shares", "words", "codes", "yes")).wants(t, http.StatusSeeOther)
		if got := s.state(who).Participant; got.Shares != checkins.ShareWords || !got.Codes {
			t.Fatalf("widened, it is %q and %v", got.Shares, got.Codes)
		}
		if n := s.notices(); n != 2 {
			t.Errorf("%d addresses were told, of 2 (%d before)", n, told)
		}
		s.post(byPhone+"?you=1", you("shares", "numbers", "codes", "yes")).wants(t, http.StatusSeeOther)
		last := string(s.state(who).Changes[0].ID)
		s.post(byPhone, form("form", "undo", "change", last, "do", "change")).wants(t, http.StatusUnprocessableEntity, "open a link that came to your mailbox")
		if got := s.state(who).Participant.Shares; got != checkins.ShareNumbers {
			t.Errorf("a link by text took the narrowing back: %q", got)
		}
		s.post(byMail, form("form", "undo", "change", last, "do", "change")).wants(t, http.StatusSeeOther)
		if got := s.state(who).Participant.Shares; got != checkins.ShareWords {
			t.Errorf("the mailbox took it back, and it is %q", got)
		}
	})
}

// notices counts the mails and texts that tell of something.
func (s *site) notices() (n int) {
	for _, m := range s.messages {
		if strings.Contains(m.Words.Text, "UNDO: it takes") || strings.Contains(m.Words.Text, "UNDO takes it back") {
			n++
		}
	}
	return n
}

// Every choice of a person is one change, which UNDO takes back.
func TestEachChoiceIsTakenBack(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.Email)
	for field, value := range map[string]string{
		"discreet": "yes", "acks": "short", "keep": "answered", "shares": "numbers", "codes": "yes", "from": "10:00", "to": "00:00", "zone": "Europe/Paris", "locale": "es",
	} {
		before := s.state(who)
		s.post(page+"?you=1", you(field, value)).wants(t, http.StatusSeeOther)
		after := s.state(who)
		if len(after.Changes) != len(before.Changes)+1 || person(after) == person(before) {
			t.Errorf("%s=%s changed nothing", field, value)
			continue
		}
		s.post(page, form("form", "undo", "change", string(after.Changes[0].ID), "do", "change")).wants(t, http.StatusSeeOther)
		if got := s.state(who); person(got) != person(before) || len(got.Changes) != len(before.Changes) {
			t.Errorf("%s=%s, taken back: %s, not %s", field, value, person(got), person(before))
		}
	}
	list, err := s.Consents(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	if last := list[len(list)-1]; last.Topic != checkins.ToWords || last.Given || last.Shown != "What is kept of your answers Only that you answered, and how it went" || last.Route != checkins.ByPage {
		t.Errorf("the ledger holds of what is kept %+v", last)
	}
}

func person(s checkins.State) string {
	p := s.Participant
	return strings.Join([]string{string(p.Acks), string(p.Keep), string(p.Shares), p.Locale, p.Zone, p.Hours.String(), map[bool]string{true: "discreet"}[p.Discreet], map[bool]string{true: "codes"}[p.Codes]}, " ")
}

func TestAReasonIsTakenBackWithItsWords(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		page := s.linkTo(who, checkins.LinkSettings, checkins.Email)
		plan := s.plan(who, checkins.Email)
		for _, words := range []string{"the first", "the second"} {
			f := form("form", "plan", "plan", string(plan.ID), "n", "2", "unit", "week", "day", "mon", "day", "thu", "at", "19:00", "channel", "email",
				"practice", "win", "practice", "closeness", "because", words, "do", "change")
			s.post(page+"?plan="+string(plan.ID), f).wants(t, http.StatusSeeOther)
			s.now = s.now.Add(time.Second)
		}
		for _, want := range []string{"the first", ""} {
			s.post(page, form("form", "undo", "change", string(s.state(who).Changes[0].ID), "do", "change")).wants(t, http.StatusSeeOther)
			if got := s.plan(who, checkins.Email).Because; got != want {
				t.Errorf("taken back, it is %q, not %q", got, want)
			}
		}
	})
}

func TestNobodyElseOpensOrChangesTheSettings(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
	token := strings.TrimPrefix(page, "/s/")
	confirm := strings.TrimPrefix(s.newest(checkins.LinkConfirm), "/c/")
	leave := strings.TrimPrefix(s.leavePath(who), "/u/")
	for _, path := range []string{"/c/" + token, "/u/" + token, "/s/" + confirm, "/s/" + leave, "/s/" + s.rules.Links.NewToken()} {
		s.get(path).wants(t, http.StatusNotFound, "does not work any more")
		s.post(path, form("form", "pause", "for", "open", "do", "change")).wants(t, http.StatusNotFound, "does not work any more")
	}
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example.net"}} {
		r := httptest.NewRequest(http.MethodPost, page, strings.NewReader("form=pause&for=open&do=change"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header[0], header[1])
		s.send(r).wants(t, http.StatusForbidden, "came from another page")
	}
	if got := s.state(who); !got.Participant.QuietUntil.IsZero() || len(got.Changes) > 0 {
		t.Error("somebody else changed something")
	}
	s.now = s.now.Add(31 * 24 * time.Hour)
	s.get(page).wants(t, http.StatusNotFound)
}

// A page of a number that was left opens nothing: it may be another person's by now.
func TestSettingsOfANumberThatWasLeftStayShut(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
	s.post(s.leavePath(who), form("stop", "all"))
	s.get(page).wants(t, http.StatusNotFound, "does not work any more")
	s.post(page, form("form", "resume", "do", "change")).wants(t, http.StatusNotFound)
}

// Every view bears the headers of E03 and C15, and is small, with more plans than
// anybody has.
func TestSettingsBearTheirHeadersAndAreSmall(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.linkTo(who, checkins.LinkSettings, checkins.Email)
	for range 6 {
		s.post(page, form("form", "begin", "tap", string(s.rules.Wording.TapPlans()[1].ID), "channel", "email", "do", "change"))
	}
	const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	for _, path := range []string{page, page + "?you=1", page + "?plan=" + string(s.plan(who, checkins.Email).ID)} {
		a := s.get(path)
		for header, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"X-Robots-Tag": "noindex", "Content-Type": "text/html; charset=utf-8", "Strict-Transport-Security": "max-age=63072000",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		if whole := len(a.body) + len(s.get("/style.css").body) + len(s.get("/page.js").body); whole > 30<<10 {
			t.Errorf("%s weighs %d bytes, with style and script", path, whole)
		}
	}
}

// Another address is asked, the old ones are told, and nobody learns whether it is
// somebody's.
func TestAnotherAddressIsAskedAndTheOldOnesAreTold(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		other := s.enrol("bo@example.org")
		who := s.joined()
		byPhone, page := s.linkTo(who, checkins.LinkSettings, checkins.SMS), s.linkTo(who, checkins.LinkSettings, checkins.Email)
		ask := func(page, address string) answer {
			s.messages = nil
			return s.post(page+"?you=1", form("form", "address", "address", address, "do", "change"))
		}
		ask(byPhone, "ada.new@example.org").wants(t, http.StatusNotFound)
		ask(page, "no address").wants(t, http.StatusUnprocessableEntity, "does not look like", `value="no address"`)
		var answers []string
		for _, address := range []string{"ada.new@example.org", "bo@example.org"} { // free, and somebody else's
			a := ask(page, address)
			a.wants(t, http.StatusSeeOther)
			answers = append(answers, a.Header.Get("Location"))
			told, asked := 0, 0
			for _, m := range s.messages {
				switch m.Kind {
				case checkins.Answer:
					told++
				case checkins.OptIn:
					asked++
				}
			}
			if want := map[string]int{"ada.new@example.org": 1}[address]; told != 2 || asked != want {
				t.Errorf("%s: %d were told, and %d asked", address, told, asked)
			}
		}
		if answers[0] != answers[1] {
			t.Errorf("the answers differ: %q", answers)
		}
		s.get(page+"?asked=1&you=1").wants(t, http.StatusOK, "a question is on its way there")
		if got := s.states(who); !slices.Equal(got, []string{"email active", "email pending", "sms active"}) {
			t.Errorf("the addresses are %v", got)
		}
		s.post(s.newest(checkins.LinkConfirm), url.Values{"do": {"confirm"}})
		if got := s.states(who); !slices.Equal(got, []string{"email active", "email active", "sms active"}) {
			t.Errorf("confirmed, the addresses are %v", got)
		}
		if got := s.states(other); len(got) != 1 {
			t.Errorf("the other person has %v", got)
		}
		ask(page, "ada.third@example.org").wants(t, http.StatusSeeOther)
		ask(page, "ada.fourth@example.org").wants(t, http.StatusUnprocessableEntity, "enough for one day")
	})
}

// The week's own mail is chosen beside the rest, and UNDO takes the choice back.
func TestTheWeeklyDigestIsChosenOnThePage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		page := s.linkTo(who, checkins.LinkSettings, checkins.Email) + "?you=1"
		s.get(page).wants(t, http.StatusOK, "Your week, once a week", `value="sun" selected`)
		s.post(page, you("digest", "mail", "digest_day", "fri", "digest_at", "17:30", "digest_form", "numbers", "digest_past", "yes")).wants(t, http.StatusSeeOther)
		at := pace.Clock(17*60 + 30)
		want := checkins.DigestChoice{Day: time.Friday, At: &at, Form: checkins.DigestInNumbers, Past: true}
		if got := s.state(who).Participant.Digest; !got.Same(want) {
			t.Errorf("the choice is %+v, not %+v", got, want)
		}
		s.get(page).wants(t, http.StatusOK, `value="fri" selected`, `value="17:30"`)
		for _, wrong := range [][]string{{"digest_day", "fri,sat"}, {"digest_day", ""}, {"digest_at", "25:00"}, {"digest", "pigeon"}, {"digest_form", "song"}} {
			f := you("digest", "mail", "digest_day", "fri", "digest_at", "17:30", "digest_form", "numbers", "digest_past", "yes")
			f.Set(wrong[0], wrong[1])
			s.post(page, f).wants(t, http.StatusUnprocessableEntity)
		}
		s.post(page, you("digest", "off", "digest_day", "fri", "digest_at", "17:30", "digest_form", "numbers", "digest_past", "yes")).wants(t, http.StatusSeeOther)
		if due := s.state(who).Participant.Weekly.Due; !due.IsZero() {
			t.Errorf("switched off, the next one is due %v", due)
		}
		s.post(page, form("form", "undo", "change", string(s.state(who).Changes[0].ID), "do", "change")).wants(t, http.StatusSeeOther)
		if got := s.state(who).Participant.Digest; !got.Same(want) {
			t.Errorf("after UNDO the choice is %+v", got)
		}
	})
}
