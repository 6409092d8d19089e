package web_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// fortnight is what somebody may tell in two weeks.
func fortnight() (list []checkins.CheckIn) {
	for i := range 14 {
		list = append(list, checkins.CheckIn{
			Practice: "hard-day", Kind: checkins.Reach, Date: daysAgo(5 * i), Outcome: reply.OutcomeDone, RatingBefore: f(8 - float64(i%3)), Rating: f(float64(2 + i%4)),
			Note: "It went better than I thought it would.",
		}, checkins.CheckIn{Practice: "closeness", Kind: checkins.CheckInAsk, Date: daysAgo(4 * i), Rating: f(float64(3 + i%5))})
	}
	return list
}

func TestTheJournalInABrowser(t *testing.T) {
	b := openBrowser(t)
	for _, run := range []struct {
		name    string
		scripts bool
		width   int64
	}{{"phone without scripts", false, 390}, {"desktop with scripts", true, 1280}} {
		t.Run(run.name, func(t *testing.T) {
			s := light(t, nil)
			who, _, records := s.diary()
			at := s.served()
			b := &browser{b.For(t)}
			b.Do(chromedp.EmulateViewport(run.width, 844))
			b.Scripts(run.scripts)
			b.Do(chromedp.Navigate(at + s.linkTo(who, checkins.LinkSettings, checkins.Email)))
			b.Follow(changeable("journal"))
			if got := ask[string](b, `document.querySelector("h1").textContent`); got != "What you wrote" {
				t.Fatalf("the button leads to %q", got)
			}
			b.Follow(chromedp.Click(chromedp.CSS(`article a`)))
			b.Do(chromedp.SetValue(chromedp.CSS("#after"), "2"))
			b.Follow(chromedp.Click(chromedp.CSS(`button[value=correct]`)))
			if got := *s.state(who).Records[0].Rating; got != 2 {
				t.Errorf("corrected, it is %v", got)
			}
			b.Do(chromedp.Click(chromedp.CSS(`details:has(#q) summary`)), chromedp.SendKeys(chromedp.CSS("#q"), "marble"))
			b.Follow(chromedp.Submit(chromedp.CSS("#q")))
			b.Follow(chromedp.Click(chromedp.CSS(`article a`)))
			b.Follow(chromedp.Click(chromedp.CSS(`button[value=remove]`)))
			if n := len(s.state(who).Records); n != len(records)-1 {
				t.Errorf("removed, %d are left", n)
			}
			b.Do(chromedp.Navigate(at + s.newest(checkins.LinkJournal)))
			b.Follow(chromedp.Click(chromedp.CSS(`a[href="?sheet=1"]`)))
			b.Do(chromedp.Click(chromedp.CSS(`input[name=e]`)))
			b.Follow(chromedp.Click(chromedp.CSS(`form:has(input[name=e]) button`)))
			if n := ask[int](b, `document.querySelectorAll(".sheet tr, .sheet article").length`); n == 0 {
				t.Error("the sheet is empty")
			}
			b.Do(chromedp.Navigate(at + s.newest(checkins.LinkJournal) + "?erase=1"))
			b.Do(chromedp.SendKeys(chromedp.CSS("#word"), "erase"))
			b.Follow(chromedp.Click(chromedp.CSS(`button[value=erase]`)))
			if got := ask[string](b, `document.querySelector("h1").textContent`); got != "Everything is erased" {
				t.Errorf("erasing leads to %q", got)
			}
		})
	}
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// Ten pairs and ten entries of some words each come out on one sheet of paper, and
// what is not picked, nor any button, is not on it.
func TestTheSheetPrintsOnOneSheet(t *testing.T) {
	s := light(t, nil)
	who, at, _ := s.diary()
	query := "?sheet=1&from=2026-01-01&to=2026-03-04"
	var many []checkins.CheckIn
	for i := range 10 {
		many = append(many,
			checkins.CheckIn{Practice: "small-favour", Kind: checkins.Reach, Date: daysAgo(2 * i), Outcome: reply.OutcomeDone, Expectation: "I thought that it would be a burden to ask, and that she would say so.", Note: strings.Repeat("It was easier than that. ", 4)},
			checkins.CheckIn{Practice: "win", Kind: checkins.Journal, Date: daysAgo(3 * i), Note: strings.Repeat("A small thing that went well. ", 5)},
		)
	}
	for _, c := range s.wrote(who, many...) {
		query += "&e=" + string(c.ID)
	}
	b := openBrowser(t)
	b.Do(chromedp.Navigate(s.served() + at + query))
	for name, size := range map[string][2]float64{"letter": {8.5, 11}, "a4": {8.27, 11.69}} {
		printed, err := chromedp.Call(b.Context, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: size[0], PaperHeight: size[1]})
		if err != nil {
			t.Fatal(err)
		}
		raw := printed.Data
		if *pictures != "" {
			if err := os.WriteFile(filepath.Join(*pictures, "sheet-"+name+".pdf"), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(pdfPage.FindAll(raw, -1)); n != 1 {
			t.Errorf("on %s it takes %d sheets (%d bytes, PDF %v)", name, n, len(raw), bytes.HasPrefix(raw, []byte("%PDF")))
		}
	}
}
