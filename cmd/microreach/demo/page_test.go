package demo

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tryout is a page with its server, whose clock stands until it is moved.
type tryout struct {
	*page
	*httptest.Server
}

func newTryout(t *testing.T) *tryout {
	t.Helper()
	w, err := Build(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.SetSpeed(0)
	ended := make(chan struct{})
	p := newPage(w, options(t), 3600, ended)
	handler, err := p.handler(true)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		close(ended)
		server.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &tryout{p, server}
}

// do sends one request and returns the answer, read to its end.
func (s *tryout) do(t *testing.T, method, path string, body io.Reader, header map[string]string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		if req.Header.Set(k, v); k == "Host" {
			req.Host = v
		}
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		return resp, ""
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// post sends a form and returns the page that it leads to.
func (s *tryout) post(t *testing.T, path string, form url.Values) string {
	t.Helper()
	resp, body := s.do(t, "POST", path, strings.NewReader(form.Encode()), nil)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST %s answers %s: %s", path, resp.Status, body)
	}
	_, body = s.do(t, "GET", resp.Header.Get("Location"), nil, nil)
	return body
}

// next moves on until a reminder has reached a person.
func (s *tryout) next(t *testing.T, who Person) string {
	t.Helper()
	for before := len(s.world.arrived(who)); ; {
		if body := s.post(t, "/jump", url.Values{"to": {"next"}}); len(s.world.arrived(who)) > before {
			return body
		}
	}
}

// standing is everything that an act could have changed.
func (s *tryout) standing(t *testing.T) string {
	t.Helper()
	_, body := s.do(t, "GET", "/", nil, nil)
	counts, err := s.world.Service.Store.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(body)
	for _, state := range slices.Sorted(func(yield func(string) bool) {
		for k := range counts {
			if !yield(string(k)) {
				return
			}
		}
	}) {
		b.WriteString(state)
	}
	b.WriteString(s.world.Clock.Now().String())
	return b.String()
}

// everyRoute is each path of the page, and some that are none.
var everyRoute = []string{
	"/", "/?mail=1", "/?mail=1&view=html", "/?mail=99&view=x", "/style.css", "/script.js", "/icon.svg", "/events",
	"/mail/1", "/mail/99", "/mail/x", "/text?text=STOP", "/mail?mail=1&text=7", "/jump?to=week", "/speed?speed=fast",
	"/nowhere", "/page.html", "/demo.png", "/favicon.ico",
}

func TestReadingChangesNothing(t *testing.T) {
	s := newTryout(t)
	before := s.standing(t)
	for _, path := range everyRoute {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			if s.do(t, method, path, nil, nil); s.standing(t) != before {
				t.Fatalf("%s %s changed something", method, path)
			}
		}
	}
}

func TestEveryAnswerBearsTheHeaders(t *testing.T) {
	s := newTryout(t)
	check := func(t *testing.T, resp *http.Response, mail bool) {
		t.Helper()
		want := map[string]string{
			"Content-Security-Policy": pagePolicy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
		}
		if mail {
			want["Content-Security-Policy"] = mailPolicy
		}
		for name, value := range want {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		if kind := resp.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") && kind != "text/html; charset=utf-8" {
			t.Errorf("Content-Type is %q", kind)
		}
	}
	for _, path := range everyRoute {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			t.Run(method+" "+path, func(t *testing.T) {
				resp, _ := s.do(t, method, path, nil, nil)
				check(t, resp, path == "/mail/1" && resp.StatusCode == http.StatusOK)
			})
		}
	}
	large, _ := s.do(t, "POST", "/text", strings.NewReader(strings.Repeat("x", 80<<10)), nil)
	check(t, large, false)
	foreign, _ := s.do(t, "GET", "/", nil, map[string]string{"Host": "demo.example"})
	check(t, foreign, false)
	stranger, _ := s.do(t, "POST", "/text", nil, map[string]string{"Sec-Fetch-Site": "cross-site"})
	check(t, stranger, false)
}

func TestOtherSitesCannotPost(t *testing.T) {
	s := newTryout(t)
	before := s.standing(t)
	for _, path := range []string{"/text", "/mail", "/jump", "/speed"} {
		for name, header := range map[string]map[string]string{
			"by fetch metadata": {"Sec-Fetch-Site": "cross-site"},
			"by origin":         {"Origin": "https://elsewhere.example"},
			"without an origin": {"Origin": "null"},
			"same site only":    {"Sec-Fetch-Site": "same-site"},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				resp, _ := s.do(t, "POST", path, strings.NewReader("text=STOP&to=week&speed=fast&mail=1"), header)
				if resp.StatusCode != http.StatusForbidden {
					t.Errorf("answers %s", resp.Status)
				}
			})
		}
	}
	if s.standing(t) != before {
		t.Error("something changed")
	}
}

func TestForeignNamesAreRefused(t *testing.T) {
	s := newTryout(t)
	for host, want := range map[string]int{
		"demo.example": 421, "demo.example:8025": 421, "127.0.0.1.demo.example": 421, "localhost.example:80": 421, "192.168.1.5": 421,
		"localhost": 200, "LOCALHOST:9000": 200, "127.0.0.1:8025": 200, "[::1]:8025": 200,
	} {
		t.Run(host, func(t *testing.T) {
			if resp, _ := s.do(t, "GET", "/", nil, map[string]string{"Host": host}); resp.StatusCode != want {
				t.Errorf("answers %s, want %d", resp.Status, want)
			}
		})
	}
}

func TestLongBodiesAreRefused(t *testing.T) {
	s := newTryout(t)
	before := s.standing(t)
	form := "text=" + strings.Repeat("x", 64<<10)
	for name, body := range map[string]io.Reader{
		"with a length":    strings.NewReader(form),
		"without a length": io.MultiReader(strings.NewReader(form)),
	} {
		t.Run(name, func(t *testing.T) {
			if resp, _ := s.do(t, "POST", "/text", body, nil); resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("answers %s", resp.Status)
			}
		})
	}
	if s.standing(t) != before {
		t.Error("something changed")
	}
}

func TestWhatIsNotThereIs404AndWhatIsNotAllowed405(t *testing.T) {
	s := newTryout(t)
	for path, want := range map[string]int{
		"/nowhere": 404, "/page.html": 404, "/page/": 404, "/mail/0": 404, "/mail/99": 404, "/mail/-1": 404, "/mail/x": 404,
		"/text": 405, "/jump": 405, "/speed": 405, "/mail": 405,
	} {
		if resp, _ := s.do(t, "GET", path, nil, nil); resp.StatusCode != want {
			t.Errorf("GET %s answers %s, want %d", path, resp.Status, want)
		}
	}
}

func TestTypedMarkupIsShownAsTyped(t *testing.T) {
	s := newTryout(t)
	const typed = `<script>alert(1)</script><img src=x onerror=alert(2)>"'</textarea></template>`
	s.next(t, s.world.phoneOwner())
	body := s.post(t, "/text", url.Values{"text": {typed}})
	s.next(t, s.world.mailOwner())
	body += s.post(t, "/mail", url.Values{"mail": {s.newest()}, "text": {typed}})
	for _, bad := range []string{"<script>alert", "<img", "</template>", "onerror=alert(2)>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %q as markup", bad)
		}
	}
	if n := strings.Count(body, "&lt;script&gt;alert(1)&lt;/script&gt;"); n < 3 {
		t.Errorf("the typed text is shown %d times, want it in the thread, in the mailbox and in the records", n)
	}
}

func TestAReplyByTextIsARecordOnThePage(t *testing.T) {
	s := newTryout(t)
	s.next(t, s.world.phoneOwner())
	body := s.post(t, "/text", url.Values{"text": {"done 8 3"}})
	for _, want := range []string{`<b class="done">done</b>`, `class="fresh"`, "8 <span", "1 record"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if body = s.post(t, "/jump", url.Values{"to": {"day"}}); strings.Contains(body, `class="fresh"`) {
		t.Error("the record still stands out after the next act")
	}
}

func TestAnAnswerGoesToTheMailThatIsOpen(t *testing.T) {
	s := newTryout(t)
	s.next(t, s.world.mailOwner())
	asked := s.newest()
	s.next(t, s.world.mailOwner())
	body := s.post(t, "/mail", url.Values{"mail": {asked}, "view": {"html"}, "text": {"7"}})
	for _, want := range []string{"You answered", `src="/mail/` + asked + `"`, "answered</em>", "by mail</small>"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// newest is the number of the newest mail.
func (s *tryout) newest() string {
	v := s.mailboxView(nil)
	return strconv.Itoa(v.Open.Number)
}

func TestAJumpSendsWhatWasListedAndTellsOfTheClocks(t *testing.T) {
	s := newTryout(t)
	listed, err := s.world.listed(t.Context(), s.world.Clock.Now().AddDate(0, 0, 7))
	if err != nil || len(listed) < 4 {
		t.Fatalf("the week lists %d reminders: %v", len(listed), err)
	}
	before := len(s.world.arrived(s.world.phoneOwner())) + len(s.world.arrived(s.world.mailOwner()))
	body := s.post(t, "/jump", url.Values{"to": {"week"}})
	after := len(s.world.arrived(s.world.phoneOwner())) + len(s.world.arrived(s.world.mailOwner()))
	if after-before != len(listed) || !strings.Contains(body, "went out, exactly as listed.") {
		t.Errorf("of %d listed reminders %d arrived, and the page says %q", len(listed), after-before, reportOf(body))
	}
	if !strings.Contains(body, "Clocks went forward in New York on Sun 8 Mar: 02:00 became 03:00.") || strings.Contains(body, "in London on") {
		t.Errorf("the report of the clocks is %q", reportOf(body))
	}
}

// reportOf is the line under the clock.
func reportOf(body string) string {
	_, rest, _ := strings.Cut(body, `role="status">`)
	line, _, _ := strings.Cut(rest, "</p>")
	return strings.TrimSpace(line)
}

func TestShiftsOfTheClocks(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, c := range []struct{ name, zone, from, to, want string }{
		{"spring in New York", "America/New_York", "2026-03-02T14:00:00Z", "2026-03-09T14:00:00Z", "New York true Sun 8 Mar 02:00 03:00;"},
		{"the very instant counts", "America/New_York", "2026-03-02T14:00:00Z", "2026-03-08T07:00:00Z", "New York true Sun 8 Mar 02:00 03:00;"},
		{"not again once it is over", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-20T00:00:00Z", ""},
		{"autumn in London", "Europe/London", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z", "London false Sun 25 Oct 02:00 01:00;"},
		{"both of a year", "Europe/London", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "London true Sun 29 Mar 01:00 02:00;London false Sun 25 Oct 02:00 01:00;"},
		{"a zone without", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", ""},
		{"an unknown zone", "Nowhere/Town", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			for _, s := range shifts(c.zone, at(c.from), at(c.to)) {
				forward := map[bool]string{true: " true ", false: " false "}[s.Forward]
				got.WriteString(s.City + forward + day(s.Is) + " " + clock(s.Was) + " " + clock(s.Is) + ";")
			}
			if got.String() != c.want {
				t.Errorf("got %q, want %q", got.String(), c.want)
			}
		})
	}
}

func TestTheFastClockKeepsEveryMinute(t *testing.T) {
	s := newTryout(t)
	s.post(t, "/speed", url.Values{"speed": {"fast"}})
	from := s.world.Clock.Now()
	for range 12 * 4 { // twelve hours at an hour a second
		s.fastStep(t.Context())
	}
	if got := s.world.Clock.Now().Sub(from); got != 12*time.Hour {
		t.Errorf("the clock went %s", got)
	}
	_, body := s.do(t, "GET", "/", nil, nil)
	if !strings.Contains(body, "Running fast since") || !strings.Contains(body, "1 text and 1 mail went out.") {
		t.Errorf("the report is %q", reportOf(body))
	}
	texts := s.world.arrived(s.world.phoneOwner())
	if last := inZone(texts[len(texts)-1], "America/New_York"); clock(last) != "19:00" {
		t.Errorf("the reminder came at %s", last)
	}
	s.post(t, "/speed", url.Values{"speed": {"normal"}})
	if s.fastStep(t.Context()); s.world.Clock.Now().Sub(from) != 12*time.Hour {
		t.Error("the clock goes on running fast")
	}
}

func TestPauseAndStopStandWithTheReminders(t *testing.T) {
	s := newTryout(t)
	s.next(t, s.world.phoneOwner())
	if body := s.post(t, "/text", url.Values{"text": {"pause for a week"}}); !strings.Contains(body, "Robin paused") || !strings.Contains(body, `value="resume"`) {
		t.Error("the pause is not shown")
	}
	if body := s.post(t, "/text", url.Values{"text": {"STOP"}}); !strings.Contains(body, "Robin said stop") || !strings.Contains(body, `value="START"`) {
		t.Error("the stop is not shown")
	}
}

func TestWhatCannotBeDoneIsTold(t *testing.T) {
	s := newTryout(t)
	for _, c := range []struct {
		name, path string
		form       url.Values
		want       string
	}{
		{"a text that is too long", "/text", url.Values{"text": {strings.Repeat("x", 1601)}}, "1600 characters at most"},
		{"an answer to no mail", "/mail", url.Values{"text": {"7"}}, "choose a mail"},
		{"an answer to a mail that does not exist", "/mail", url.Values{"text": {"7"}, "mail": {"99"}}, "choose a mail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(s.world.phone.Messages())
			if body := s.post(t, c.path, c.form); !strings.Contains(reportOf(body), c.want) {
				t.Errorf("the page says %q", reportOf(body))
			}
			if len(s.world.phone.Messages()) != before {
				t.Error("a text was sent")
			}
		})
	}
	s.post(t, "/text", url.Values{"text": {"STOP"}})
	s.post(t, "/mail", url.Values{"text": {"STOP"}, "mail": {"1"}})
	if body := s.post(t, "/jump", url.Values{"to": {"next"}}); !strings.Contains(reportOf(body), "No reminder is due") {
		t.Errorf("with both stopped the page says %q", reportOf(body))
	}
}

func TestTheStreamTellsOfEachChangeAndEndsWithTheDemo(t *testing.T) {
	s := newTryout(t)
	ended := make(chan struct{})
	s.page.ended = ended
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	change := func() bool {
		for lines.Scan() {
			if lines.Text() == "event: change" {
				return true
			}
		}
		return false
	}
	if !change() {
		t.Fatal("the stream does not begin with the page as it is")
	}
	s.post(t, "/text", url.Values{"text": {"hello"}})
	if !change() {
		t.Fatal("the stream does not tell of a text")
	}
	close(ended)
	for change() {
		t.Log("one more change")
	}
	if lines.Err() != nil {
		t.Error(lines.Err())
	}
}

// output is a writer that can be read while it is written.
type output struct{ lines chan string }

func (o output) Write(p []byte) (int, error) {
	o.lines <- string(p)
	return len(p), nil
}

func TestServeTellsTheAddressAndEndsCleanly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, done := output{make(chan string, 10)}, make(chan error, 1)
	go func() { done <- Serve(ctx, out, options(t), "127.0.0.1:0", 3600) }()
	var line string
	select {
	case line = <-out.lines:
	case err := <-done:
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(line, "http://")
	at, _, _ := strings.Cut(rest, "/")
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+at+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("the page at %s answers %s", at, resp.Status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestATakenPortIsToldWithWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct{ listen, want string }{
		"taken":       {taken.Addr().String(), "--listen 127.0.0.1:0"},
		"no port":     {"127.0.0.1", "HOST:PORT"},
		"not an host": {"::::", "HOST:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Serve(t.Context(), io.Discard, options(t), c.listen, 3600)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestAnOpenAddressIsWarnedOf(t *testing.T) {
	for listen, warned := range map[string]bool{
		"127.0.0.1:8025": false, "[::1]:8025": false, "0.0.0.0:8025": true, "[::]:8025": true, "192.168.1.5:8025": true,
	} {
		t.Run(listen, func(t *testing.T) {
			at, err := net.ResolveTCPAddr("tcp", listen)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			announce(&out, at, isLoopback(at))
			if strings.Contains(out.String(), "Warning") != warned {
				t.Errorf("it says %q", out.String())
			}
		})
	}
}
