package web_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// served is the site on a socket.
func (s *site) served() string {
	server := httptest.NewServer(s.pages)
	s.t.Cleanup(server.Close)
	return server.URL
}

// changeable presses the button of a form that changes something.
func changeable(form string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(`form:has(input[value="` + form + `"]) button[value="change"]`))
}

func TestSettingsInABrowser(t *testing.T) {
	b := openBrowser(t)
	for _, run := range []struct {
		name    string
		scripts bool
		width   int64
	}{{"phone with scripts", true, 390}, {"phone without scripts", false, 390}, {"desktop with scripts", true, 1280}, {"desktop without scripts", false, 1280}} {
		t.Run(run.name, func(t *testing.T) {
			s := light(t, nil)
			who := s.joined()
			page := s.served() + s.linkTo(who, checkins.LinkSettings, checkins.Email)
			b := &browser{b.For(t)}
			b.Do(chromedp.EmulateViewport(run.width, 844))
			b.Scripts(run.scripts)
			b.Do(chromedp.Navigate(page))
			b.Follow(changeable("slower"))
			if got := s.state(who).Plans[0].Pace; got != (pace.Pace{N: 1, Every: 1, Unit: pace.Week}) {
				t.Errorf("slower made it %s", got)
			}
			b.Follow(changeable("undo"))
			b.Follow(chromedp.Click(chromedp.CSS(`article:first-of-type a`)))
			b.Do(chromedp.SetValue(chromedp.CSS("#n"), "1"), chromedp.SetValue(chromedp.CSS("#unit"), "week"))
			if !run.scripts {
				b.Follow(chromedp.Click(chromedp.CSS(`button[value="show"]`)))
			} else {
				b.Do(chromedp.SendKeys(chromedp.CSS("#at0"), "0730AM"), chromedp.WaitVisible(chromedp.CSS("#coming .notice")))
			}
			if len(s.state(who).Changes) != 0 {
				t.Error("looking at what would be changed something")
			}
			b.Follow(changeable("plan"))
			if got := s.state(who).Plans[0].Pace; got != (pace.Pace{N: 1, Every: 1, Unit: pace.Week}) {
				t.Errorf("once a week made it %s", got)
			}
			b.Do(chromedp.Navigate(page + "?you=1"))
			b.Do(chromedp.Click(chromedp.CSS(`input[name=discreet][value=yes]`)))
			b.Follow(changeable("you"))
			if !s.state(who).Participant.Discreet {
				t.Error("texts are not discreet")
			}
			b.Do(chromedp.Navigate(page))
			b.Do(chromedp.Click(chromedp.CSS(`input[value=open]`)))
			b.Follow(changeable("pause"))
			if s.state(who).Participant.QuietUntil != checkins.Forever {
				t.Error("it is not quiet")
			}
			b.Follow(changeable("resume"))
			if s.state(who).Participant.QuietAt(s.now) {
				t.Error("it is still quiet")
			}
		})
	}
}

// Somebody without a mouse pauses, goes on, and changes a plan.
func TestSettingsByKeyboardAlone(t *testing.T) {
	s := light(t, nil)
	who := s.joined()
	page := s.served() + s.linkTo(who, checkins.LinkSettings, checkins.SMS)
	b := openBrowser(t)
	b.Do(chromedp.Navigate(page))
	b.reach(`input[name="for"]`)
	b.Do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown)) // a month, until I say so
	b.reach(`form:has(input[value=pause]) button[value=change]`)
	b.Follow(chromedp.KeyEvent(kb.Enter))
	if got := s.state(who).Participant.QuietUntil; got != checkins.Forever {
		t.Fatalf("quiet until %s", got)
	}
	b.reach(`form:has(input[value=resume]) button`)
	b.Follow(chromedp.KeyEvent(kb.Enter))
	b.reach(`article a`)
	b.Follow(chromedp.KeyEvent(kb.Enter))
	b.reach(`input[name="day"]`)
	b.Do(chromedp.KeyEvent(" ")) // Monday out
	b.reach(`input[value="wed"]`)
	b.Do(chromedp.KeyEvent(" "))
	b.reach(`button[value=change]`)
	b.Follow(chromedp.KeyEvent(kb.Enter))
	days := map[string]bool{}
	for _, p := range s.state(who).Plans {
		days[p.Days.String()] = true
	}
	if !days["wed,thu"] {
		t.Errorf("the plans come on %v", days)
	}
}

// reach presses Tab till what is wanted has the focus; each step must be seen.
func (b *browser) reach(wanted string) {
	b.T.Helper()
	for range 200 {
		b.Do(chromedp.KeyEvent(kb.Tab))
		if ask[bool](b, `document.activeElement.matches('`+wanted+`')`) {
			if outline := ask[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
				b.T.Errorf("the focus on %s is not seen: %s", wanted, outline)
			}
			return
		}
	}
	b.T.Fatalf("no Tab leads to %s", wanted)
}

// What filters mail looks at each link from several places, runs what it finds,
// and fills in nothing.
func TestAScannerChangesNothing(t *testing.T) {
	s := light(t, nil)
	who, journal, records := s.diary()
	at := s.served()
	pages := []string{s.linkTo(who, checkins.LinkSettings, checkins.Email)}
	pages = append(pages, pages[0]+"?you=1", pages[0]+"?plan="+string(s.state(who).Plans[0].ID),
		journal, journal+"?entry="+string(records[0].ID), journal+"?sheet=1", journal+"?erase=1")
	before := s.state(who)
	for _, from := range []string{"192.0.2.7", "198.51.100.8", "[2001:db8::9]"} {
		for _, page := range pages {
			for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions} {
				r := httptest.NewRequest(method, page, nil)
				r.RemoteAddr = from + ":4711"
				if a := s.send(r); method != http.MethodOptions && a.StatusCode != http.StatusOK {
					t.Errorf("%s from %s: %d", method, from, a.StatusCode)
				}
			}
		}
	}
	b := openBrowser(t)
	for _, page := range pages {
		b.Do(chromedp.Navigate(at+page), chromedp.WaitVisible(chromedp.CSS("main")), chromedp.Reload())
		for _, link := range ask[[]string](b, `[...document.links].map(a => a.href)`) {
			b.Do(chromedp.Navigate(link))
		}
	}
	after := s.state(who)
	if len(after.Changes) != 0 || len(after.Records) != len(records) || s.get(journal).StatusCode != http.StatusOK || person(after) != person(before) || !slices.Equal(s.states(who), []string{"email active", "sms active"}) {
		t.Error("a scanner changed something")
	}
	s.post(pages[0], form("form", "pause", "for", "open", "do", "change")).wants(t, http.StatusSeeOther)
	if s.state(who).Participant.QuietUntil != checkins.Forever {
		t.Error("the link does not work any more")
	}
}
