package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins"
)

// weeklyPath is the page that a digest leads to.
func (s *site) weeklyPath(who checkins.ParticipantID) string {
	s.t.Helper()
	err := s.Decide(s.t.Context(), checkins.Who{Participant: who}, s.now, func(state checkins.State) (checkins.Effects, error) {
		link := checkins.Link{
			Token: newID(), Purpose: checkins.LinkWeekly, Address: state.Reach(checkins.Email).ID, CreatedAt: s.now, ExpiresAt: s.now.Add(30 * 24 * time.Hour),
		}
		return checkins.Effects{Links: []checkins.Link{link}}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.newest(checkins.LinkWeekly)
}

func TestADigestLeadsToAPageThatAsksForOnePress(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		page := s.weeklyPath(who)
		before := s.state(who)
		for _, ask := range []string{"", "?slower", "?faster", "?pause", "?days", "?keep", "?no_more", "?nonsense", "?<script>"} {
			shown := s.get(page + ask)
			shown.wants(t, http.StatusOK, "Slower", "Faster", "Pause 1 week", "On which days?", "No more weekly mail", "2 a week, Mon and Thu 19:00")
			for _, secret := range []string{ada, phone, "<script>"} {
				if strings.Contains(shown.body, secret) {
					t.Errorf("the page shows %q", secret)
				}
			}
		}
		if now := s.state(who); len(now.Changes) != len(before.Changes) {
			t.Fatalf("opening the page changed %+v", now.Changes)
		}
		plan := before.Plans[0].ID
		press := func(form url.Values) checkins.State {
			s.post(page+"?slower", form).wants(t, http.StatusSeeOther)
			return s.state(who)
		}
		if p := press(url.Values{"do": {"slower"}, "plan": {string(plan)}}).Plan(plan); p.Pace.String() != "1/week" {
			t.Errorf("slower made it %s", p.Pace)
		}
		if p := press(url.Values{"do": {"faster"}, "plan": {string(plan)}}).Plan(plan); p.Pace.String() != "2/week" {
			t.Errorf("faster made it %s", p.Pace)
		}
		if p := press(url.Values{"do": {"days"}, "plan": {string(plan)}, "day": {"tue", "fri", "sun"}}).Plan(plan); p.Days.String() != "tue,fri,sun" {
			t.Errorf("the days are %s", p.Days)
		}
		changes := len(s.state(who).Changes)
		for _, form := range []url.Values{
			{"do": {"days"}, "plan": {string(plan)}}, {"do": {"days"}, "plan": {string(plan)}, "day": {"someday"}}, {"do": {"slower"}, "plan": {"another"}},
			{"do": {"keep"}}, {"do": {"everything"}}, {},
		} {
			if now := press(form); len(now.Changes) != changes {
				t.Errorf("%v changed %+v", form, now.Changes[0])
			}
		}
		if until := press(url.Values{"do": {"pause"}}).Participant.QuietUntil.In(before.Participant.Location()); until.Sub(s.now) < 6*24*time.Hour || until.Sub(s.now) > 7*24*time.Hour || until.Hour() != 0 {
			t.Errorf("the pause ends %s", until)
		}
		s.get(page).wants(t, http.StatusOK, "It is quiet until")
		now := press(url.Values{"do": {"no_more"}})
		if now.Participant.Digest.By != checkins.DigestOff || now.Changes[0].Route != checkins.ByPage {
			t.Errorf("%+v", now.Participant.Digest)
		}
		s.get(page).wants(t, http.StatusOK, "does not come any more")
		s.now = s.now.Add(31 * 24 * time.Hour)
		s.get(page).wants(t, http.StatusNotFound)
	})
}

// again lets the digest come that was switched off.
func (s *site) again(who checkins.ParticipantID) {
	s.t.Helper()
	s.now = s.now.Add(time.Minute)
	err := s.Decide(s.t.Context(), checkins.Who{Participant: who}, s.now, func(state checkins.State) (checkins.Effects, error) {
		e, _ := s.rules.Apply(state, checkins.Wish{Kind: checkins.WishDigest, Route: checkins.ByPage}, s.now)
		return e, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
}

func TestTheDigestAloneIsStopped(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who := s.joined()
		for round, how := range []string{"click", "click as multipart", "button"} {
			s.again(who)
			page := strings.TrimPrefix(s.rules.Links.NoDigestURL(s.state(who).Reach(checkins.Email)), public)
			for range 2 {
				s.get(page).wants(t, http.StatusOK, "No more weekly mail")
				s.send(httptest.NewRequest(http.MethodHead, page, nil)).wants(t, http.StatusOK)
			}
			if by := s.state(who).Participant.Digest.By; by != checkins.DigestByMail {
				t.Fatalf("opening the page made it %q", by)
			}
			for range 2 {
				switch how {
				case "button":
					s.post(page, url.Values{"do": {"stop"}}).wants(t, http.StatusSeeOther)
				default: // from anywhere, without a cookie (RFC 8058 §3.2)
					kind, body := "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"
					if how != "click" {
						kind, body = "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
					}
					r := httptest.NewRequest(http.MethodPost, page, strings.NewReader(body))
					r.Header.Set("Content-Type", kind)
					r.Header.Set("Origin", "https://mail.example")
					r.Header.Set("Sec-Fetch-Site", "cross-site")
					s.send(r).wants(t, http.StatusOK, "No more weekly mail will come")
				}
			}
			now := s.state(who)
			if now.Participant.Digest.By != checkins.DigestOff || s.states(who)[0] != "email active" || len(now.Changes) != 2*round+1 {
				t.Errorf("%s: %q, %v, %+v", how, now.Participant.Digest.By, s.states(who), now.Changes)
			}
			s.get(page).wants(t, http.StatusOK, "The weekly mail has stopped")
			ledger, err := s.Consents(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			if last := ledger[len(ledger)-1]; last.Topic != checkins.ToDigest || last.Given || last.Words == "" {
				t.Errorf("%s: the ledger says %+v", how, last)
			}
		}
	})
}

func TestThePagesOfADigestInABrowser(t *testing.T) {
	s := light(t, nil)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	who := s.joined()
	page := server.URL + s.weeklyPath(who)
	b := openBrowser(t)
	for _, ask := range []string{"?slower", "?pause", "?keep"} {
		b.Do(chromedp.Navigate(page+ask), chromedp.WaitVisible(chromedp.CSS("main")))
	}
	b.Scripts(false)
	b.Do(chromedp.Navigate(page + "?slower"))
	b.Follow(button("slower"))
	if p := s.state(who).Plans; p[0].Pace.String() != "1/week" && p[1].Pace.String() != "1/week" {
		t.Errorf("a press made it %s and %s", p[0].Pace, p[1].Pace)
	}
	b.Scripts(true)
	b.Do(chromedp.Navigate(server.URL + strings.TrimPrefix(s.rules.Links.NoDigestURL(s.state(who).Reach(checkins.Email)), public)))
	b.Follow(button("stop"))
	if by := s.state(who).Participant.Digest.By; by != checkins.DigestOff {
		t.Errorf("a press made it %q", by)
	}
}
