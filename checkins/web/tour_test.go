package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pelletier/go-toml/v2"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/web"
	"github.com/microreach/microreach/checkins/web/browsertest"
)

// The tour is every page in every state that it has, as somebody sees it who
// walks through all of them. What is to hold of every page is tried on it, and a
// test fails where a template is not on it.

// stop is a page on the tour.
type stop struct {
	name     string
	template string
	state    string // the page's, where it has several titles
	path     string // where it was
	answer
}

// tour is somebody who walks, in one language.
type tour struct {
	*site
	t      *testing.T
	locale string
	shown  checkins.Page // the last that was rendered
	stops  []stop
}

// guide tells the tour which page is shown.
type guide struct {
	web.Words
	tour *tour
}

func (g guide) Page(p checkins.Page) ([]byte, error) {
	g.tour.shown = p
	return g.Words.Page(p)
}

// see is one more stop.
func (w *tour) see(name string, r *http.Request) {
	w.t.Helper()
	r.Header.Set("Accept-Language", w.locale)
	w.shown = checkins.Page{}
	a := w.send(r)
	if w.shown.Template == "" {
		w.t.Fatalf("%s: no page is shown, but %d to %s", name, a.StatusCode, a.Header.Get("Location"))
	}
	w.stops = append(w.stops, stop{name, w.shown.Template, w.shown.State, r.URL.Path, a})
}

func (w *tour) look(name, path string) {
	w.t.Helper()
	w.see(name, httptest.NewRequest(http.MethodGet, path, nil))
}

// press shows what is said at once to what is posted.
func (w *tour) press(name, path string, fields ...string) {
	w.t.Helper()
	w.see(name, posting(path, form(fields...)))
}

func posting(path string, f url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// walk takes the tour.
func walk(t *testing.T, locale string) []stop {
	t.Helper()
	w := &tour{t: t, locale: locale}
	database := "sqlite:" + filepath.Join(t.TempDir(), "tour.db")
	w.site = open(t, database, func(o *web.Options) { o.Words = guide{o.Words, w} })
	w.strangers()
	who := w.newcomer()
	w.settings(who)
	w.journal(who)
	w.week(who)
	w.goodbye(who)
	w.troubles(who)
	return w.stops
}

// strangers see what needs no link.
func (w *tour) strangers() {
	for _, name := range []string{"home", "join", "joining", "privacy", "health", "terms", "link", "sent"} {
		w.look(name, "/"+strings.TrimPrefix(name, "home"))
	}
	w.press("join-incomplete", "/join", "address", phone, "do", "join")
	w.press("link-unreadable", "/link", "address", "")
	w.look("dead", "/c/"+w.rules.Links.NewToken())
	w.look("nowhere", "/some/where/else")
	shut := &tour{t: w.t, locale: w.locale}
	shut.site = light(w.t, func(o *web.Options) { o.Words, o.House.Joining.Plan = guide{o.Words, shut}, "" })
	shut.look("join-closed", "/join")
	shut.look("home-closed", "/")
	w.stops = append(w.stops, shut.stops...)
}

// newcomer says yes, and has some weeks behind them then.
func (w *tour) newcomer() checkins.ParticipantID {
	who := w.joined()
	w.speak(who)
	w.look("confirmed", w.newest(checkins.LinkConfirm))
	other := w.enrol("bo@example.org")
	w.speak(other)
	w.look("confirm", w.newest(checkins.LinkConfirm))
	ask := w.newest(checkins.LinkConfirm)
	w.post(w.leavePath(other), form("stop", "here"))
	w.look("confirm-over", ask)
	w.wrote(who, fortnight()...)
	w.wrote(who,
		checkins.CheckIn{Practice: "one-feeling", Kind: checkins.Reach, Date: daysAgo(1), Outcome: reply.OutcomePartly, RatingBefore: f(8), Rating: f(3.5), Remembered: true, Note: "Robin 1", Expectation: "Robin 2", Feelings: []string{"relieved"}, Sensations: []string{"tight chest"}},
		checkins.CheckIn{Kind: checkins.Journal, Date: daysAgo(2), Note: "Robin 3"},
		checkins.CheckIn{Practice: "small-favour", Kind: checkins.Reach, Date: daysAgo(3), Outcome: reply.OutcomeNotYet},
		checkins.CheckIn{Practice: "small-favour", Kind: checkins.Reach, Date: daysAgo(4), Outcome: reply.OutcomeSkipped})
	return who
}

// speak gives a person the tour's language.
func (w *tour) speak(who checkins.ParticipantID) {
	err := w.Decide(w.t.Context(), checkins.Who{Participant: who}, w.now, func(s checkins.State) (checkins.Effects, error) {
		p := s.Participant
		p.Locale = w.locale
		return checkins.Effects{Participant: &p}, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *tour) settings(who checkins.ParticipantID) {
	page, byPhone := w.linkTo(who, checkins.LinkSettings, checkins.Email), w.linkTo(who, checkins.LinkSettings, checkins.SMS)
	plan := w.plan(who, checkins.Email)
	view := "?plan=" + string(plan.ID)
	w.look("settings-new", page)
	w.came(who, w.plan(who, checkins.SMS))
	w.now = w.now.Add(time.Minute)
	w.post(page, form("form", "slower", "plan", string(plan.ID), "do", "change"))
	w.look("settings", page)
	w.post(page, form(w.get(page).putOff("hours", "")...))
	w.look("settings-later", page)
	w.look("plan", page+view)
	w.look("plan-by-phone", byPhone+view)
	w.look("you", page+"?you=1")
	w.look("you-by-phone", byPhone+"?you=1")
	w.look("you-asked", page+"?you=1&asked=1")
	w.press("settings-draft", page, "form", "pause", "for", "month", "do", "show")
	w.press("settings-wrong", page, "form", "pause", "for", "date", "date", "2020-01-01", "do", "change")
	w.press("later-wrong", page, w.get(page).putOff("today", "00:01")...)
	w.press("plan-wrong", page+view, "form", "plan", "plan", string(plan.ID), "n", "many", "do", "change")
	w.press("you-wrong", page+"?you=1", "form", "you", "from", "21:00", "to", "08:00", "do", "change")
	w.press("address-wrong", page+"?you=1", "form", "address", "address", "")
	w.post(page+"?you=1", you("codes", "yes", "locale", w.locale)).wants(w.t, http.StatusSeeOther)
	w.look("settings-by-phone", byPhone)
	w.post(byPhone, form("form", "code", "do", "change"))
	w.look("code", byPhone+"?code=1")
	w.press("code-wrong", byPhone, "form", "open", "code", "000000")
	w.post(page, form("form", "pause", "for", "open", "do", "change"))
	w.look("settings-quiet", page)
	w.post(page, form("form", "pause", "for", "week", "do", "change"))
	w.look("settings-paused", page)
	w.look("weekly-paused", w.weeklyPath(who))
	w.post(page, form("form", "resume", "do", "change"))
}

func (w *tour) journal(who checkins.ParticipantID) {
	page := w.linkTo(who, checkins.LinkJournal, checkins.Email)
	records := w.state(who).Records
	entry := string(records[slices.IndexFunc(records, func(c checkins.CheckIn) bool { return c.Expectation != "" })].ID)
	sheet := "?sheet=1&from=2026-01-01&to=2026-03-04"
	for _, c := range records {
		sheet += "&e=" + string(c.ID)
	}
	w.look("journal", page)
	w.look("journal-empty", page+"?week=2020-01-06")
	w.look("journal-found", page+"?q=robin")
	w.look("journal-not-found", page+"?q=nothing+like+it")
	w.look("entry", page+"?entry="+entry)
	w.press("entry-wrong", page+"?entry="+entry, "do", "correct", "entry", entry, "before", "11")
	w.look("pick", page+"?sheet=1")
	w.look("sheet", page+sheet)
	w.look("erase", page+"?erase=1")
	w.press("erase-wrong", page, "do", "erase", "word", "no")
}

func (w *tour) week(who checkins.ParticipantID) {
	page := w.weeklyPath(who)
	for _, asked := range []string{"", "?faster", "?pause", "?keep"} {
		w.look("weekly"+strings.Replace(asked, "?", "-", 1), page+asked)
	}
	digest := strings.TrimPrefix(w.rules.Links.NoDigestURL(w.state(who).Reach(checkins.Email)), public)
	w.look("digest", digest)
	w.post(digest, form("do", "stop"))
	w.look("digest-over", digest)
	w.look("weekly-no-mail", page)
}

func (w *tour) goodbye(who checkins.ParticipantID) {
	journal := w.linkTo(who, checkins.LinkJournal, checkins.Email)
	leave := w.leavePath(who)
	w.look("leave", leave)
	w.post(leave, form("stop", "all"))
	w.look("left", leave)
	word := map[string]string{"en": "erase", "es": "borrar"}[w.locale]
	w.press("erased", journal, "do", "erase", "word", word)
}

// troubles are the pages of what goes wrong, by each of its kinds.
func (w *tour) troubles(checkins.ParticipantID) {
	who := w.enrol("cy@example.org")
	w.speak(who)
	ask := w.newest(checkins.LinkConfirm)
	cross := posting(ask, form("do", "confirm"))
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	w.see("trouble-cross", cross)
	w.press("trouble-large", ask, "note", strings.Repeat("x", 65<<10))
	broken := httptest.NewRequest(http.MethodPost, ask, strings.NewReader("%zz"))
	broken.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.see("trouble-form", broken)
	for range web.DefaultLimits.Asks.Most + 1 {
		w.post("/link", form("address", ""))
	}
	w.press("trouble-busy", "/link", "address", "")
	if err := w.Store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.look("trouble-broken", ask)
}

// exhibit shows the stops on a socket, each with its headers, beside what they load.
func (s *site) exhibit(stops []stop) (at func(i int) string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, err := strconv.Atoi(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
		if err != nil {
			s.pages.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", stops[i].Header.Get("Content-Security-Policy"))
		_, _ = w.Write([]byte(stops[i].body))
	}))
	s.t.Cleanup(server.Close)
	return func(i int) string {
		return server.URL + "/" + strings.Repeat("x/", strings.Count(stops[i].path, "/")-1) + strconv.Itoa(i)
	}
}

// Every page there is, in both colour schemes and three widths, is judged by what
// counts faults and by axe-core. With -pictures it is drawn as well.
func TestEveryPageIsAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("pages to look at: nothing here for the race detector to see")
	}
	source := browsertest.Axe(t)
	stops, spanish := walk(t, "en"), walk(t, "es")
	b := openBrowser(t)
	at := light(t, nil).exhibit(stops)
	for i, page := range stops {
		b.Do(chromedp.Navigate(at(i)))
		b.picture(page.name)
		b.Judge(source, page.name)
	}
	at = light(t, nil).exhibit(spanish)
	for i, page := range spanish { // longer words on a narrow screen
		b.Do(chromedp.Navigate(at(i)))
		b.look(page.name+" in Spanish", 320)
		b.keep(page.name + "-es")
	}
}

// Whoever adds a page, or a state with a title of its own, adds it to the tour.
func TestEveryPageIsOnTheTour(t *testing.T) {
	if testing.Short() {
		t.Skip("one request after the other: nothing here for the race detector to see")
	}
	files, err := filepath.Glob("../../templates/web/*.html")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	seen := map[string]bool{}
	for _, page := range walk(t, "en") {
		seen[page.template], seen[page.template+" "+page.state] = true, true
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".html"); !strings.HasPrefix(name, "layout") && !seen[name] {
			t.Errorf("%s is not on the tour", name)
		}
	}
	var words map[string]map[string]string
	raw, err := os.ReadFile("../../templates/web/en.toml")
	if err == nil {
		err = toml.Unmarshal(raw, &words)
	}
	if err != nil {
		t.Fatal(err)
	}
	for template, lines := range words {
		for key := range lines {
			state, titled := strings.CutPrefix(key, "title_")
			if kind := template == "trouble" && key != "title" && key != "else"; (titled || kind) && !seen[template+" "+state] {
				t.Errorf("%s in state %q is not on the tour", template, state)
			}
		}
	}
}

// What went wrong tells how to get on, and nothing of whose link it was.
func TestErrorsAndDeadLinksHelpOnwards(t *testing.T) {
	if testing.Short() {
		t.Skip("one request after the other: nothing here for the race detector to see")
	}
	pages := 0
	for _, page := range walk(t, "en") {
		if page.template != "trouble" && page.template != "dead" {
			continue
		}
		pages++
		if strings.Contains(page.body, `/link">`) == (page.state == "busy") {
			t.Errorf("%s: whether a new link can be asked for there is wrong:\n%s", page.name, page.body)
		}
		for _, told := range []string{"ada.canary", "cy@", "555", "147"} {
			if strings.Contains(page.body, told) {
				t.Errorf("%s tells %q", page.name, told)
			}
		}
	}
	if pages < 7 {
		t.Errorf("only %d pages of errors", pages)
	}
}

// Every answer bears the headers of E03 and C15, whatever it is, and every page is
// small.
func TestEveryPageBearsItsHeadersAndIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("one request after the other: nothing here for the race detector to see")
	}
	const (
		plain    = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
		scripted = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	)
	style := len(light(t, nil).get("/style.css").body)
	for _, page := range walk(t, "en") {
		policy := plain
		if strings.Contains(page.body, "<script") {
			policy = scripted
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"X-Robots-Tag": "noindex", "Content-Type": "text/html; charset=utf-8", "Strict-Transport-Security": "max-age=63072000",
		} {
			if got := page.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, not %q", page.name, header, got, want)
			}
		}
		if whole := len(page.body) + style; whole > 30<<10 {
			t.Errorf("%s weighs %d bytes, with style", page.name, whole)
		}
	}
}
