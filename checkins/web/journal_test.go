package web_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

func f(n float64) *float64 { return &n }

// wrote keeps records as if they had been answered.
func (s *site) wrote(who checkins.ParticipantID, records ...checkins.CheckIn) []checkins.CheckIn {
	s.t.Helper()
	for i := range records {
		c := &records[i]
		c.ID, c.Channel = checkins.CheckInID(newID()), checkins.Email
		c.At = time.Date(c.Date.Year, c.Date.Month, c.Date.Day, 17, i%60, 0, 0, time.UTC)
	}
	err := s.Decide(s.t.Context(), checkins.Who{Participant: who}, s.now, func(checkins.State) (checkins.Effects, error) {
		return checkins.Effects{CheckIns: records}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return records
}

func daysAgo(n int) pace.Date { return pace.DateOf(noon.AddDate(0, 0, -n)) }

// diary is a person with some weeks behind them.
func (s *site) diary() (who checkins.ParticipantID, page string, records []checkins.CheckIn) {
	who = s.joined()
	records = s.wrote(who,
		checkins.CheckIn{Practice: "one-feeling", Kind: checkins.Reach, Date: daysAgo(1), Outcome: reply.OutcomeDone, RatingBefore: f(8), Rating: f(3.5), Note: "I told Robin <b>about</b> the move", Feelings: []string{"relieved"}},
		checkins.CheckIn{Practice: "small-favour", Kind: checkins.Reach, Date: daysAgo(2), Outcome: reply.OutcomePartly, Expectation: "she will be annoyed", Note: "she laughed and came over"},
		checkins.CheckIn{Practice: "closeness", Kind: checkins.CheckInAsk, Date: daysAgo(9), Rating: f(6)},
		checkins.CheckIn{Practice: "win", Kind: checkins.Journal, Date: daysAgo(200), Note: "an old marble in the snow"},
	)
	return who, s.linkTo(who, checkins.LinkJournal, checkins.Email), records
}

func TestTheJournalIsReadByWeekAndLookedThrough(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		_, page, _ := s.diary()
		shown := s.get(page)
		shown.wants(t, http.StatusOK, "Week of Mon 2 Mar 2026", "Tension 8 to 3.5", "done in part", "she will be annoyed", "I told Robin <b>about", "relieved",
			"Tension over twelve weeks", "Closeness over twelve weeks", `<th scope="row">23 Feb</th><td>1</td><td>6</td>`, `<th scope="row">2 Mar</th><td>1</td><td>8</td><td>3.5</td>`)
		if strings.Contains(shown.body, "<b>about") {
			t.Error("what was written is markup")
		}
		if strings.Contains(shown.body, "marble") {
			t.Error("this week shows an entry of another")
		}
		s.get(page+"?week=2026-02-25").wants(t, http.StatusOK, "Week of Mon 23 Feb 2026", "Closeness 6", "?week=2026-03-02", "?week=2026-02-16")
		for query, want := range map[string]string{"q=MARBLE": "an old marble", "q=annoyed": "she laughed", "kind=check_in": "Closeness 6", "outcome=done": "I told Robin", "q=marble&kind=reach": "Nothing is kept here"} {
			a := s.get(page + "?" + query)
			a.wants(t, http.StatusOK, "What was found", want)
			if n := strings.Count(a.body, "<article>"); n > 1 {
				t.Errorf("%s finds %d entries", query, n)
			}
		}
		s.now = s.now.AddDate(0, 0, 21)
		s.get(page).wants(t, http.StatusOK, "Nothing is kept here", "?week=2026-03-02")
	})
}

func TestAnEntryIsCorrectedAndRemoved(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who, page, records := s.diary()
		first := records[0]
		s.get(page+"?entry="+string(first.ID)).wants(t, http.StatusOK, `value="8"`, "I told Robin", "Keep it like this", "Remove this entry")
		bad := form("do", "correct", "entry", string(first.ID), "outcome", "partly", "before", "8", "after", "11", "note", "mended words")
		s.post(page, bad).wants(t, http.StatusUnprocessableEntity, "A number goes from 0 to 10", "mended words", `value="11"`)
		for _, odd := range []string{"-1", "3.3", "ten", "NaN", "1e1000"} {
			bad.Set("after", odd)
			s.post(page, bad).wants(t, http.StatusUnprocessableEntity, "A number goes from 0 to 10")
		}
		good := form("do", "correct", "entry", string(first.ID), "outcome", "partly", "before", "8", "after", "4,5", "note", "mended words\r\nin two lines", "week", "2026-03-03")
		s.post(page, good).wants(t, http.StatusSeeOther)
		a := s.get(page + "?week=2026-03-03")
		a.wants(t, http.StatusOK, "mended words\nin two lines", "Tension 8 to 4.5")
		if strings.Contains(a.body, "Robin") || strings.Count(a.body, "<article>") != 2 {
			t.Error("what was corrected still stands")
		}
		s.post(page, good).wants(t, http.StatusNotFound) // what was corrected is corrected no more
		mended := s.state(who).Records
		var id checkins.CheckInID
		for _, r := range mended {
			if strings.HasPrefix(r.Note, "mended") {
				id = r.ID
				if r.Date != first.Date || r.Practice != first.Practice || r.Amends != first.ID {
					t.Errorf("the correction is %+v", r)
				}
			}
		}
		s.post(page, form("do", "remove", "entry", string(id))).wants(t, http.StatusSeeOther)
		if n := len(s.state(who).Records); n != len(records)-1 {
			t.Errorf("%d entries are left", n)
		}
		var b strings.Builder
		archive := checkins.NewJSONArchive(&b)
		if err := s.Export(t.Context(), who, archive); err != nil || archive.Close() != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "Robin") || strings.Contains(b.String(), "mended words") {
			t.Error("what was removed is still kept")
		}
	})
}

// Who wants no words kept gets none kept by a correction.
func TestACorrectionKeepsOnlyWhatIsToBeKept(t *testing.T) {
	s := light(t, nil)
	who, page, records := s.diary()
	s.post(s.linkTo(who, checkins.LinkSettings, checkins.Email)+"?you=1", you("keep", "numbers")).wants(t, http.StatusSeeOther)
	s.post(page, form("do", "correct", "entry", string(records[0].ID), "outcome", "done", "before", "8", "after", "2", "note", "new words Canary")).wants(t, http.StatusSeeOther)
	if a := s.get(page); strings.Contains(a.body, "Canary") || !strings.Contains(a.body, "Tension 8 to 2") {
		t.Error("words were kept, or the number was not")
	}
}

func TestACopyHoldsEverything(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		_, page, _ := s.diary()
		a := s.post(page, form("do", "json"))
		var all map[string][]map[string]any
		if err := json.Unmarshal([]byte(a.body), &all); err != nil || a.StatusCode != http.StatusOK {
			t.Fatal(a.StatusCode, err)
		}
		if len(all["check_ins"]) != 4 || len(all["addresses"]) != 2 || !strings.Contains(a.body, "an old marble") {
			t.Errorf("the copy has %d entries and %d addresses", len(all["check_ins"]), len(all["addresses"]))
		}
		if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="journal-2026-03-04.json"` {
			t.Errorf("it is named by %q", got)
		}
		a = s.post(page, form("do", "csv"))
		if rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll(); err != nil || len(rows) < 10 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Errorf("%d rows of CSV: %v", len(rows), err)
		}
	})
}

func TestErasingNeedsTheWord(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who, page, _ := s.diary()
		s.get(page+"?erase=1").wants(t, http.StatusOK, "Erase everything now", "type ERASE")
		for _, word := range []string{"", "yes", "ERAS"} {
			s.post(page+"?erase=1", form("do", "erase", "word", word)).wants(t, http.StatusUnprocessableEntity, "nothing was erased", "Erase everything now")
		}
		if n := len(s.state(who).Records); n != 4 {
			t.Fatalf("%d entries are left", n)
		}
		s.post(page+"?erase=1", form("do", "erase", "word", " erase ")).wants(t, http.StatusOK, "Everything is erased")
		s.get(page).wants(t, http.StatusNotFound)
		if _, err := s.State(t.Context(), checkins.Who{Participant: who}, s.now); err == nil {
			t.Error("the person is still there")
		}
	})
}

// codeSent is the newest code in a text.
func (s *site) codeSent() string {
	s.t.Helper()
	return fmt.Sprintf("%06d", 421000+s.codes)
}

func TestACodeToThePhoneOpensTheJournalForHalfAnHour(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who, _, _ := s.diary()
		settings := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
		s.post(settings, form("form", "code", "do", "change")).wants(t, http.StatusNotFound) // they did not choose it
		s.post(settings, form("form", "journal", "do", "change")).wants(t, http.StatusNotFound)
		s.post(s.linkTo(who, checkins.LinkSettings, checkins.Email)+"?you=1", you("codes", "yes")).wants(t, http.StatusSeeOther)
		settings = s.linkTo(who, checkins.LinkSettings, checkins.SMS)
		s.get(settings).wants(t, http.StatusOK, "with a code to my phone")
		a := s.post(settings, form("form", "code", "do", "change"))
		a.wants(t, http.StatusSeeOther)
		sent := s.messages[len(s.messages)-1]
		if sent.Channel != checkins.SMS || !strings.Contains(sent.Words.Text, s.codeSent()) || sent.ExpiresAt.Sub(s.now) != 10*time.Minute {
			t.Errorf("sent was %+v", sent)
		}
		s.get(settings+"?code=1").wants(t, http.StatusOK, "The six digits")
		s.post(settings, form("form", "open", "code", "000000")).wants(t, http.StatusUnprocessableEntity, "This was not the newest code")
		typed := s.codeSent()[:3] + " " + s.codeSent()[3:]
		a = s.post(settings, form("form", "open", "code", typed))
		a.wants(t, http.StatusSeeOther)
		journal := strings.TrimPrefix(a.Header.Get("Location"), "../")
		s.get("/"+journal).wants(t, http.StatusOK, "I told Robin")
		s.get("/j/"+strings.TrimPrefix(journal, "k/")).wants(t, http.StatusNotFound)
		s.post(settings, form("form", "open", "code", typed)).wants(t, http.StatusUnprocessableEntity) // it works once
		s.now = s.now.Add(31 * time.Minute)
		s.get("/"+journal).wants(t, http.StatusNotFound, "does not work any more")
		if strings.Contains(s.log.String(), "4210") {
			t.Error("a code is in the log")
		}
	})
}

func TestACodeIsVoidAfterFiveTriesAndTenMinutes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		who, _, _ := s.diary()
		s.post(s.linkTo(who, checkins.LinkSettings, checkins.Email)+"?you=1", you("codes", "yes")).wants(t, http.StatusSeeOther)
		settings := s.linkTo(who, checkins.LinkSettings, checkins.SMS)
		send := func() { s.post(settings, form("form", "code", "do", "change")).wants(t, http.StatusSeeOther) }
		send()
		for i := range 5 {
			s.post(settings, form("form", "open", "code", fmt.Sprintf("%06d", i))).wants(t, http.StatusUnprocessableEntity)
		}
		s.post(settings, form("form", "open", "code", s.codeSent())).wants(t, http.StatusUnprocessableEntity, "not the newest code")
		send()
		s.now = s.now.Add(10 * time.Minute)
		s.post(settings, form("form", "open", "code", s.codeSent())).wants(t, http.StatusUnprocessableEntity, "not the newest code")
		for range 3 {
			send()
		}
		last := s.codeSent()
		s.post(settings, form("form", "code", "do", "change")).wants(t, http.StatusUnprocessableEntity, "enough codes for today")
		s.post(settings, form("form", "open", "code", last)).wants(t, http.StatusSeeOther)
	})
}

// A person's link opens nothing of another's, whatever its address names.
func TestNobodyElseOpensTheJournal(t *testing.T) {
	s := light(t, nil)
	who, page, records := s.diary()
	token := strings.TrimPrefix(page, "/j/")
	settings := strings.TrimPrefix(s.linkTo(who, checkins.LinkSettings, checkins.Email), "/s/")
	byPhone := s.linkTo(who, checkins.LinkJournal, checkins.SMS)
	for _, path := range []string{"/j/" + settings, "/k/" + settings, "/k/" + token, "/s/" + token, "/u/" + token, "/c/" + token, byPhone, byPhone + "?entry=" + string(records[0].ID), byPhone + "?sheet=1"} {
		a := s.get(path)
		a.wants(t, http.StatusNotFound, "does not work any more")
	}
	for _, do := range []string{"json", "csv", "remove", "correct", "erase"} {
		for _, path := range []string{byPhone, "/k/" + token} {
			s.post(path, form("do", do, "entry", string(records[0].ID), "word", "ERASE")).wants(t, http.StatusNotFound)
		}
		r := httptest.NewRequest(http.MethodPost, page, strings.NewReader(form("do", do, "entry", string(records[0].ID), "word", "ERASE").Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		s.send(r).wants(t, http.StatusForbidden)
	}
	other := s.enrol("bo@example.org")
	s.post(s.newest(checkins.LinkConfirm), url.Values{"do": {"confirm"}})
	theirs := s.linkTo(other, checkins.LinkJournal, checkins.Email)
	s.get(theirs+"?entry="+string(records[0].ID)).wants(t, http.StatusNotFound)
	s.post(theirs, form("do", "remove", "entry", string(records[0].ID))).wants(t, http.StatusNotFound)
	s.get(theirs+"?sheet=1&from=2026-01-01&to=2026-03-04&e="+string(records[0].ID)).wants(t, http.StatusOK)
	if a := s.get(theirs + "?sheet=1&from=2026-01-01&to=2026-03-04&e=" + string(records[0].ID)); strings.Contains(a.body, "Robin") {
		t.Error("a sheet shows what another person wrote")
	}
	if n := len(s.state(who).Records); n != len(records) {
		t.Errorf("%d entries are left", n)
	}
}

func TestTheSheetHoldsWhatWasPicked(t *testing.T) {
	s := light(t, nil)
	_, page, records := s.diary()
	s.get(page+"?sheet=1").wants(t, http.StatusOK, "she laughed", `type="checkbox" name="e"`)
	a := s.get(page + "?sheet=1&from=2026-02-20&to=2026-03-04&e=" + string(records[1].ID) + "&e=" + string(records[2].ID))
	a.wants(t, http.StatusOK, "What I expected, and what happened", "<p>she will be annoyed</p>", "she laughed and came over", "Closeness 6")
	if strings.Contains(a.body, "Robin") {
		t.Error("the sheet holds what was not picked")
	}
	s.get(page+"?sheet=1&from=2026-03-04&to=2026-02-20").wants(t, http.StatusOK) // upside down: the last two weeks
}

func TestTheJournalBearsItsHeadersAndIsSmall(t *testing.T) {
	s := light(t, nil)
	who, page, records := s.diary()
	var many []checkins.CheckIn
	for i := range 120 { // three times a day for the last forty days, each with a page of words
		many = append(many, checkins.CheckIn{Practice: "one-feeling", Kind: checkins.Reach, Date: daysAgo(i / 3), Outcome: reply.OutcomeDone, RatingBefore: f(7), Rating: f(4), Note: strings.Repeat("word ", 600)})
	}
	s.wrote(who, many...)
	for _, view := range []string{"", "?q=word", "?entry=" + string(records[0].ID), "?sheet=1", "?erase=1", "?week=2026-02-25"} {
		a := s.get(page + view)
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"Cache-Control":           "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", view, header, got)
			}
		}
		if whole := len(a.body) + len(s.get("/style.css").body); whole > 30<<10 {
			t.Errorf("%q weighs %d bytes, with style", view, whole)
		}
	}
}
