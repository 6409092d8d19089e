package web_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/web"
	"github.com/microreach/microreach/checkins/web/browsertest"
)

// unfold presses the summary of what is folded away, and of its nth part.
func unfold(b *browser, part int) {
	b.T.Helper()
	if !ask[bool](b, `document.querySelector("details").open`) {
		b.Do(chromedp.Click(chromedp.CSS("form > details > summary")))
	}
	at := "details details:nth-of-type(" + strconv.Itoa(part) + ")"
	b.Do(chromedp.Click(chromedp.CSS(at+" > summary")), chromedp.WaitVisible(chromedp.CSS(at+" input")))
}

func TestSomebodyJoinsInABrowser(t *testing.T) {
	b := openBrowser(t)
	for _, run := range []struct {
		name    string
		scripts bool
		width   int64
	}{{"phone with scripts", true, 360}, {"phone without scripts", false, 360}, {"desktop with scripts", true, 1280}, {"desktop without scripts", false, 1280}} {
		t.Run(run.name, func(t *testing.T) {
			s := light(t, nil)
			b := &browser{b.For(t)}
			b.Width(run.width)
			b.Scripts(run.scripts)
			b.Zone("Europe/Madrid")
			b.Do(chromedp.Navigate(s.served() + "/"))
			b.Follow(chromedp.Click(chromedp.CSS(`a[href="join"]`)))
			unfold(b, 1)
			b.Do(chromedp.SetValue(chromedp.CSS("#n"), "2"), chromedp.SetValue(chromedp.CSS("#unit"), "week"),
				chromedp.Click(chromedp.CSS(`[value=tue]`)), chromedp.SendKeys(chromedp.CSS("#at0"), "0730AM"))
			unfold(b, 2)
			b.Do(chromedp.Click(chromedp.CSS(`[value="soften"]`)))
			if run.scripts != ask[bool](b, `document.querySelector("[value=own]").checked`) {
				t.Error("a tick picks the list where scripts run, and nothing does where they do not")
			}
			unfold(b, 4)
			b.Do(chromedp.Click(chromedp.CSS(`[name=keep][value=everything]`)))
			b.Do(chromedp.SendKeys(chromedp.CSS("#address"), ada), chromedp.Click(chromedp.CSS(`[name=agree]`)), chromedp.Click(chromedp.CSS(`[name=adult]`)))
			b.Follow(button("join"))
			if got := ask[int](b, `document.querySelectorAll(".wrong").length`); got != 1 || !ask[bool](b, `document.getElementById("wrong-days").checkVisibility()`) {
				t.Fatalf("twice a week on one day: %d fields are marked", got)
			}
			if width := ask[int64](b, `document.documentElement.scrollWidth`); width > run.width {
				t.Errorf("the form is %d wide", width)
			}
			b.Do(chromedp.Click(chromedp.CSS(`[value=sat]`)), chromedp.Click(chromedp.CSS(`[name=agree]`)), chromedp.Click(chromedp.CSS(`[name=adult]`)))
			b.Follow(button("join"))
			s.pages.Close()
			who := s.found(checkins.Email, ada)
			if len(who.Plans) != 1 || described(who.Plans[0]) != "2/week tue,sat [07:30] check-in-text appreciate rehearse read-together soften" || who.Participant.Keep != checkins.KeepEverything {
				t.Errorf("they are %+v with %+v", who.Participant, who.Plans)
			}
			zone := "America/New_York"
			if run.scripts {
				zone = "Europe/Madrid"
			}
			if got := who.Participant.Zone; got != zone {
				t.Errorf("the zone is %s, want %s", got, zone)
			}
		})
	}
}

// Somebody in a zone that is in no list, and who goes back to the ready plan.
func TestTheFormGuessesTheZoneAndFollowsWhatIsPicked(t *testing.T) {
	s := light(t, nil)
	b := openBrowser(t)
	b.Zone("America/Argentina/Ushuaia")
	b.Do(chromedp.Navigate(s.served() + "/join"))
	if got := ask[string](b, `zone.value + "|" + zone.selectedOptions[0].label`); got != "America/Argentina/Ushuaia|Ushuaia (America)" {
		t.Errorf("the guess is %s", got)
	}
	unfold(b, 2)
	b.Do(chromedp.Click(chromedp.CSS(`[value="soften"]`)))
	picked := `[...document.querySelectorAll("[name=practice]:checked, [name=offer]:checked")].map(e => e.value)`
	if got := ask[[]string](b, picked); !slices.Equal(got, append([]string{"own"}, append(slices.Clone(firstSteps), "soften")...)) {
		t.Errorf("ticked are %q", got)
	}
	b.Do(chromedp.Click(chromedp.CSS(`[name=offer][value=plan]`)))
	if got := ask[[]string](b, picked); !slices.Equal(got, append([]string{"plan"}, firstSteps...)) {
		t.Errorf("back at the plan, ticked are %q", got)
	}
	b.Do(chromedp.SendKeys(chromedp.CSS("#address"), ada), chromedp.Click(chromedp.CSS(`[name=agree]`)), chromedp.Click(chromedp.CSS(`[name=adult]`)))
	b.Follow(button("join"))
	s.pages.Close()
	if who := s.found(checkins.Email, ada); who.Participant.Zone != "America/Argentina/Ushuaia" || described(who.Plans[0]) != "1/week [] check-in-text appreciate one-feeling hard-day small-favour" {
		t.Errorf("they are in %s with %+v", who.Participant.Zone, who.Plans)
	}
}

// Somebody without a mouse picks their own days under the fold and joins.
func TestJoiningByKeyboardAlone(t *testing.T) {
	s := light(t, nil)
	b := openBrowser(t)
	b.Width(1280)
	b.Do(chromedp.Navigate(s.served() + "/join"))
	b.reach(`[name=plan]`)
	b.Do(chromedp.KeyEvent(kb.ArrowDown)) // three small things a week
	b.reach(`#address`)
	b.Do(chromedp.KeyEvent(ada))
	b.reach(`form > details > summary`)
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.reach(`details details:nth-of-type(1) > summary`)
	b.Do(chromedp.KeyEvent(" "))
	b.reach(`[value=mon]`)
	b.Do(chromedp.KeyEvent(" "))
	b.reach(`[value=sun]`)
	b.Do(chromedp.KeyEvent(" "))
	b.reach(`details details:nth-of-type(4) > summary`)
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.reach(`[name=shares]`)
	b.Do(chromedp.KeyEvent(kb.ArrowDown))
	b.reach(`[name=agree]`)
	b.Do(chromedp.KeyEvent(" "))
	b.reach(`[name=adult]`)
	b.Do(chromedp.KeyEvent(" "))
	b.reach(`button[value=join]`)
	b.Follow(chromedp.KeyEvent(kb.Enter))
	s.pages.Close()
	who := s.found(checkins.Email, ada)
	if len(who.Plans) != 1 || who.Plans[0].Days.String() != "mon,sun" || who.Plans[0].Pace.String() != "2/week" || who.Participant.Shares != checkins.ShareNumbers {
		t.Errorf("they share %q with %+v", who.Participant.Shares, who.Plans)
	}
}

// The form, folded and unfolded, and with what is wrong, in both languages.
func TestTheFormIsAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("pages to look at: nothing here for the race detector to see")
	}
	source := browsertest.Axe(t)
	s := light(t, func(o *web.Options) { o.House.Regions = known(t) })
	at := s.served()
	b := openBrowser(t)
	everything := `document.querySelectorAll("details").forEach(d => { d.open = true }), 0`
	for _, lang := range []string{"en", "es"} {
		b.Do(chromedp.Navigate(at + "/join?lang=" + lang))
		b.picture("join-" + lang)
		ask[int](b, everything)
		b.picture("join-open-" + lang)
		b.Judge(source, "join-open-"+lang)
	}
	b.Do(chromedp.Navigate(at + "/join"))
	b.Judge(source, "join")
	ask[int](b, everything)
	b.Do(chromedp.SetValue(chromedp.CSS("#n"), "9"), chromedp.SetValue(chromedp.CSS("#unit"), "week"), chromedp.SendKeys(chromedp.CSS("#address"), "ada"),
		chromedp.SetValue(chromedp.CSS("#at1"), "08:00"), chromedp.Click(chromedp.CSS(`[name=agree]`)), chromedp.Click(chromedp.CSS(`[name=adult]`)))
	b.Follow(button("join"))
	b.picture("join-wrong")
	b.Judge(source, "join-wrong")
}
