package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/web"
)

type ctx = context.Context

// joined is somebody who said yes by mail and by text.
func (s *site) joined() checkins.ParticipantID {
	s.t.Helper()
	who := s.enrol(ada, phone)
	s.post(s.newest(checkins.LinkConfirm), url.Values{"do": {"confirm"}})
	err := s.Decide(s.t.Context(), checkins.Who{Participant: who}, s.now, func(state checkins.State) (checkins.Effects, error) {
		e := checkins.Effects{}
		for _, a := range state.Addresses {
			if a.Channel == checkins.SMS {
				a.State = checkins.Active
				e.Addresses = append(e.Addresses, a)
				e.Consents = append(e.Consents, checkins.Consent{ID: checkins.ConsentID(newID()), Address: a.ID, Topic: checkins.ToMessages, Given: true, Route: checkins.BySMS, At: s.now})
			}
		}
		return e, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

func TestSomebodyLeavesOneThingOrAll(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		page := s.leavePath(who)
		shown := s.get(page)
		shown.wants(t, http.StatusOK, "By mail", "By text", "on</strong>", "Stop all mail", "Stop mail and texts", "2 a week, Mon and Thu 19:00")
		for _, secret := range []string{ada, phone, "one honest feeling"} {
			if strings.Contains(shown.body, secret) {
				t.Errorf("the page shows %q", secret)
			}
		}
		ends := func() (n int) {
			for _, p := range s.state(who).Plans {
				if p.Status == checkins.PlanFinished {
					n++
				}
			}
			return n
		}
		_, rest, _ := strings.Cut(shown.body, `value="plan:`)
		id, _, _ := strings.Cut(rest, `"`)
		for range 2 {
			s.post(page, url.Values{"stop": {"plan:" + id}}).wants(t, http.StatusSeeOther)
		}
		if n := ends(); n != 1 || s.states(who)[0] != "email active" {
			t.Fatalf("ending one plan ended %d, and %v", n, s.states(who))
		}
		if strings.Contains(s.get(page).body, id) {
			t.Error("the page still offers the plan that ended")
		}
		s.post(page, url.Values{"stop": {"here"}}).wants(t, http.StatusSeeOther)
		s.get(page).wants(t, http.StatusOK, "You are unsubscribed", "START in reply", "Stop mail and texts")
		if got := s.states(who); !slices.Equal(got, []string{"email stopped", "sms active"}) {
			t.Fatalf("stopping mail made it %v", got)
		}
		s.post(page, url.Values{"stop": {"all"}}).wants(t, http.StatusSeeOther)
		if got := s.states(who); !slices.Equal(got, []string{"email stopped", "sms stopped"}) {
			t.Fatalf("stopping everything made it %v", got)
		}
		s.get(page).wants(t, http.StatusOK, "Text START to +12025550199 from your phone")
		if list, err := s.Consents(t.Context(), who); err != nil || len(list) != 4 {
			t.Errorf("%d rows of consent, want two yes and two no: %v", len(list), err)
		}
	})
}

func TestTheLinkOfOneMayDoNothingToAnother(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	other := s.enrol("bo@example.org")
	plan := s.state(who).Plans[0].ID
	s.post(s.leavePath(other), url.Values{"stop": {"plan:" + string(plan)}})
	s.post(s.leavePath(other), url.Values{"stop": {"all"}})
	if got := s.states(who); !slices.Equal(got, []string{"email active", "sms active"}) || s.state(who).Plan(plan).Status != checkins.PlanActive {
		t.Errorf("another's link made it %v", got)
	}
	confirm := strings.TrimPrefix(s.newest(checkins.LinkConfirm), "/c/")
	leave := strings.TrimPrefix(s.leavePath(who), "/u/")
	for _, path := range []string{"/u/" + confirm, "/c/" + leave, "/s/" + leave, "/j/" + leave, "/u/" + strings.ToUpper(leave)} {
		s.get(path).wants(t, http.StatusNotFound)
		s.post(path, url.Values{"do": {"confirm"}, "stop": {"all"}}).wants(t, http.StatusNotFound)
	}
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	for name, headers := range map[string][2]string{
		"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"}, "origin": {"Origin", "https://evil.example"},
	} {
		for path, form := range map[string]string{s.leavePath(who): "stop=all", s.newest(checkins.LinkSettings): "do=x", "/link": "address=" + ada} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(headers[0], headers[1])
			if a := s.send(r); a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusNotFound {
				t.Errorf("%s to %.3s: %d", name, path, a.StatusCode)
			}
		}
	}
	r := httptest.NewRequest(http.MethodPost, s.leavePath(who), strings.NewReader("stop=here")) // behind a proxy that names another host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", public)
	s.send(r).wants(t, http.StatusSeeOther)
	if got := s.states(who); !slices.Equal(got, []string{"email stopped", "sms active"}) {
		t.Errorf("it became %v", got)
	}
}

// Ten thousand made-up tokens, and the tokens of others in the wrong place, get the
// same answer, byte for byte.
func TestEveryDeadLinkIsTheSamePage(t *testing.T) {
	s := light(t, nil)
	s.joined()
	want := s.get("/u/" + "abcdefghijklmnopqrstuvwxyz")
	want.wants(t, http.StatusNotFound)
	tokens := 10_000
	if testing.Short() {
		tokens = 1000
	}
	for i := range tokens {
		way := []string{"c", "u", "s", "j"}[i%4]
		got := s.get("/" + way + "/" + s.rules.Links.NewToken())
		if got.StatusCode != want.StatusCode || got.body != want.body || fmt.Sprint(got.Header) != fmt.Sprint(want.Header) {
			t.Fatalf("token %d: %d\n%s", i, got.StatusCode, got.body)
		}
	}
}

func TestEveryAnswerBearsTheHeaders(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	big := url.Values{"address": {strings.Repeat("x", 65<<10)}}
	for name, a := range map[string]answer{
		"home": s.get("/"), "link": s.get("/link"), "sent": s.get("/sent"), "style": s.get("/style.css"), "leave": s.get(s.leavePath(who)),
		"confirm": s.get(s.newest(checkins.LinkConfirm)), "dead": s.get("/c/x"), "nowhere": s.get("/a/b/c"), "post": s.post(s.leavePath(who), url.Values{}),
		"large": s.post("/link", big),
	} {
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
			"Strict-Transport-Security": "max-age=63072000",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s: %q", name, header, got)
			}
		}
		if len(a.Cookies()) > 0 {
			t.Errorf("%s sets a cookie", name)
		}
		if got := a.Header.Get("Content-Type"); len(a.body) > 0 && !strings.HasSuffix(got, "charset=utf-8") {
			t.Errorf("%s: Content-Type %q", name, got)
		}
		if weight := len(a.body) + len(s.get("/style.css").body); weight > 30<<10 {
			t.Errorf("%s weighs %d bytes", name, weight)
		}
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, "http://") || strings.Contains(a.body, "style=") {
			t.Errorf("%s loads or runs something:\n%s", name, a.body)
		}
	}
	s.post("/link", big).wants(t, http.StatusRequestEntityTooLarge, "more than we can take")
	plain := light(t, func(o *web.Options) { o.Public = nil })
	if got := plain.get("/").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("on the local network HSTS is %q", got)
	}
}

func TestANewLinkGoesOnlyToAnAddressInUseAndTheAnswerDoesNotTell(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		ask := func(address string) answer { return s.post("/link", url.Values{"address": {address}}) }
		known, unknown := ask(ada), ask("nobody@example.org")
		if known.StatusCode != unknown.StatusCode || known.body != unknown.body || fmt.Sprint(known.Header) != fmt.Sprint(unknown.Header) {
			t.Errorf("known: %d %v\nunknown: %d %v", known.StatusCode, known.Header, unknown.StatusCode, unknown.Header)
		}
		for range 5 {
			ask(ada)
			ask(phone)
		}
		s.pages.Close()
		n := map[checkins.AddressID]int{}
		for _, l := range s.links {
			if l.Purpose == checkins.LinkSettings {
				n[l.Address]++
			}
		}
		for _, a := range s.state(who).Addresses {
			want := 3
			if a.Channel == checkins.Email {
				want = 4 // one came with the welcome
			}
			if n[a.ID] != want {
				t.Errorf("by %s there went %d links, want %d", a.Channel, n[a.ID], want)
			}
		}
		if strings.Contains(s.log.String(), "canary") || s.log.Len() > 0 {
			t.Errorf("the log says %s", s.log.String())
		}
	})
}

func TestNothingGoesToAnAddressThatStopped(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	s.post(s.leavePath(who), url.Values{"stop": {"all"}})
	made := len(s.links)
	for _, address := range []string{ada, phone} {
		s.post("/link", url.Values{"address": {address}}).wants(t, http.StatusSeeOther)
	}
	s.pages.Close()
	if len(s.links) != made {
		t.Error("a link went to somebody who left")
	}
}

func TestRequestsAreCountedByTheAddressOfTheVisitor(t *testing.T) {
	s := light(t, func(o *web.Options) {
		o.Limits.Asks = web.Limit{Most: 2, In: time.Hour}
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	ask := func(peer, forwarded string) int {
		r := httptest.NewRequest(http.MethodPost, "/link", strings.NewReader("address=x@example.org"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		return s.send(r).StatusCode
	}
	for _, c := range []struct {
		name, peer, forwarded string
		want                  int
	}{
		{"first", "203.0.113.5:1000", "", 303},
		{"whose word is not believed", "203.0.113.5:1001", "198.51.100.1", 303},
		{"whose word is still not believed", "203.0.113.5:1002", "198.51.100.2", 429},
		{"another", "203.0.113.6:1000", "", 303},
		{"behind our proxy", "10.1.1.1:99", "198.51.100.7", 303},
		{"behind our proxy, with a made-up first hop", "10.1.1.1:99", "1.2.3.4, 198.51.100.7", 303},
		{"behind two of ours", "10.1.1.1:99", "5.6.7.8, 198.51.100.7, 10.2.2.2", 429},
		{"one subscriber of IPv6", "[2001:db8:1:2::1]:1", "", 303},
		{"the same", "[2001:db8:1:2:ffff::9]:1", "", 303},
		{"the same again", "[2001:db8:1:2:aaaa::9]:1", "", 429},
		{"IPv4 written as IPv6", "[::ffff:203.0.113.5]:1", "", 429},
	} {
		if got := ask(c.peer, c.forwarded); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	s.now = s.now.Add(time.Hour)
	if got := ask("203.0.113.5:1000", ""); got != 303 {
		t.Errorf("an hour later: %d", got)
	}
}

func TestPagesAreFoundBelowAPath(t *testing.T) {
	s := light(t, func(o *web.Options) { o.Public.Path = "/reach" })
	s.get("/reach/link").wants(t, http.StatusOK, `href="style.css"`)
	s.get("/reach/c/x").wants(t, http.StatusNotFound, `href="../style.css"`)
	s.get("/reach/style.css").wants(t, http.StatusOK)
	s.get("/link").wants(t, http.StatusOK, `href="style.css"`) // where the proxy cuts it off
}

func TestPagesSpeakTheLanguageOfWhoeverAsks(t *testing.T) {
	s := light(t, nil)
	for accept, want := range map[string]string{"": `lang="en"`, "de, es-MX;q=0.8, en;q=0.1": `lang="es"`, "EN-GB": `lang="en"`, "xx;;,": `lang="en"`} {
		r := httptest.NewRequest(http.MethodGet, "/link", nil)
		r.Header.Set("Accept-Language", accept)
		s.send(r).wants(t, http.StatusOK, want)
	}
}
