package demo

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed page/*.html page/*.css page/*.js page/*.svg
var files embed.FS

// The policies of REQUIREMENTS E03. A mail's own HTML carries its style in
// attributes and may do nothing else; it stands in a sandboxed frame.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
	mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; " +
		"frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)

const (
	maxBody = 64 << 10 // bytes of a form (E04)
	maxText = 1600     // characters of a text, Twilio's own limit
)

// handler is the page with all its routes. local says that only this machine
// reaches it.
func (p *page) handler(local bool) (http.Handler, error) {
	words, err := template.New("page.html").Funcs(template.FuncMap{"day": day, "clock": clock, "iso": iso}).ParseFS(files, "page/page.html")
	if err != nil {
		return nil, fmt.Errorf("read the page's template: %w", err)
	}
	static, err := fs.Sub(files, "page")
	if err != nil {
		return nil, fmt.Errorf("read the page's files: %w", err)
	}
	screen := &screen{p, words}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", screen.show)
	mux.HandleFunc("GET /events", screen.events)
	mux.HandleFunc("GET /mail/{number}", p.mailHTML)
	for _, name := range []string{"style.css", "script.js", "icon.svg"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, static, name) })
	}
	mux.HandleFunc("POST /text", p.act("phone", p.text))
	mux.HandleFunc("POST /mail", p.act("mailbox", p.answer))
	mux.HandleFunc("POST /jump", p.act("clock", p.jumpTo))
	mux.HandleFunc("POST /speed", p.act("clock", p.setSpeed))
	return headers(hosts(local, http.NewCrossOriginProtection().Handler(mux))), nil
}

// headers sets what every answer bears (REQUIREMENTS E03, C15).
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// hosts refuses, on a page for this machine only, to be called by the name of
// a site elsewhere: a stranger's name can be made to point here.
func hosts(local bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if local && !isLocalName(r.Host) {
			http.Error(w, "this page answers to localhost and 127.0.0.1 only; to open it to a network, start the demo with --listen", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLocalName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// mailHTML is the HTML part of a mail, as a mail program would show it.
func (p *page) mailHTML(w http.ResponseWriter, r *http.Request) {
	inbox := p.world.mailbox.Mailbox(p.world.mailOwner().Address)
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(inbox) || inbox[n-1].HTML == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(inbox[n-1].HTML))
}

// refusal is an act that came to nothing for a reason that the page tells.
type refusal struct{ notice }

func (r refusal) Error() string { return r.Kind }

// act makes a handler of something that moves the story on. Afterwards the
// browser is sent back to the page, so that a reload repeats nothing.
func (p *page) act(section string, do func(context.Context, url.Values) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				http.Error(w, "that is more than 64 KiB; write less", http.StatusRequestEntityTooLarge)
				return
			}
			http.Error(w, "that form cannot be read; reload the page and try again", http.StatusBadRequest)
			return
		}
		// A browser that goes away does not undo what it asked for.
		ctx := context.WithoutCancel(r.Context())
		p.acting.Lock()
		defer p.acting.Unlock()
		p.settle(ctx)
		p.setNotice(noticeOf(do(ctx, r.PostForm)))
		http.Redirect(w, r, back(section, r.PostForm), http.StatusSeeOther)
	}
}

func noticeOf(err error) notice {
	var known refusal
	switch {
	case err == nil:
		return notice{}
	case errors.As(err, &known):
		return known.notice
	}
	return notice{"failed", err.Error()}
}

// back is where an act leads: the section it was made in, with the mail that
// was chosen still open.
func back(section string, form url.Values) string {
	query := url.Values{}
	for _, key := range []string{"mail", "view"} {
		if v := form.Get(key); v != "" {
			query.Set(key, v)
		}
	}
	return (&url.URL{Path: "/", RawQuery: query.Encode(), Fragment: section}).String()
}

// settle takes the records that are there as known, so that those that the
// next act brings stand out.
func (p *page) settle(ctx context.Context) {
	for _, who := range p.world.People {
		records, err := p.world.Service.Store.Records(ctx, who.ID, 1000)
		if err != nil {
			continue // the page itself says what is wrong
		}
		p.mu.Lock()
		for _, r := range records {
			p.known[r.ID] = true
		}
		p.mu.Unlock()
	}
}

// written is what a person typed, or the suggestion that they tapped.
func written(form url.Values) (string, error) {
	text := strings.TrimSpace(strings.ToValidUTF8(form.Get("text"), "\uFFFD"))
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if utf8.RuneCountInString(text) > maxText {
		return "", refusal{notice{Kind: "long"}}
	}
	return text, nil
}

func (p *page) text(ctx context.Context, form url.Values) error {
	body, err := written(form)
	if err != nil || body == "" {
		return err
	}
	if err := p.world.Text(ctx, body); err != nil {
		return err
	}
	return p.world.Drain(ctx)
}

func (p *page) answer(ctx context.Context, form url.Values) error {
	text, err := written(form)
	if err != nil || text == "" {
		return err
	}
	n, err := strconv.Atoi(form.Get("mail"))
	if err != nil {
		return refusal{notice{Kind: "no_mail"}}
	}
	at := p.world.Clock.Now()
	switch err := p.world.AnswerMail(ctx, n, text); {
	case errors.Is(err, errNoMail):
		return refusal{notice{Kind: "no_mail"}}
	case err != nil:
		return err
	}
	p.mu.Lock()
	p.answers[n] = append(p.answers[n], answer{at, text})
	p.mu.Unlock()
	return p.world.Drain(ctx)
}

func (p *page) jumpTo(ctx context.Context, form url.Values) error {
	now := p.world.Clock.Now()
	at := inZone(now, p.world.phoneOwner().Zone)
	switch form.Get("to") {
	case "day":
		return p.jump(ctx, at.AddDate(0, 0, 1))
	case "week":
		return p.jump(ctx, at.AddDate(0, 0, 7))
	}
	next, err := p.world.nextReminder(ctx)
	if err != nil {
		return err
	}
	if next.IsZero() {
		return refusal{notice{Kind: "nothing_due"}}
	}
	return p.jump(ctx, next)
}

func (p *page) setSpeed(_ context.Context, form url.Values) error {
	p.setFast(form.Get("speed") == "fast")
	return nil
}

// screen shows the page.
type screen struct {
	*page
	words *template.Template
}

// render writes the page as it stands now.
func (s *screen) render(ctx context.Context, query url.Values) ([]byte, error) {
	v, err := s.view(ctx, query)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = s.words.Execute(&b, v)
	return b.Bytes(), err
}

func (s *screen) show(w http.ResponseWriter, r *http.Request) {
	body, err := s.render(r.Context(), r.URL.Query())
	if err != nil {
		http.Error(w, "the page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body)
}

// ping is how long a stream stays silent at most.
const ping = 10 * time.Second

// events tells the browser that the page has changed, each time that it has.
// What it has become, the browser then asks for like anybody else: there is
// one way to draw the page.
func (s *screen) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	stream := http.NewResponseController(w)
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	var last []byte
	var sent time.Time
	for {
		body, err := s.render(r.Context(), nil)
		if err != nil {
			return // the browser comes again
		}
		chunk := ": still here\n\n"
		if changed := !bytes.Equal(body, last); changed || s.real().Sub(sent) > ping {
			if changed {
				chunk, last = "event: change\ndata: \n\n", body
			}
			sent = s.real()
			deadline := sent.Add(2 * ping)
			err := errors.Join(stream.SetReadDeadline(deadline), stream.SetWriteDeadline(deadline))
			if _, writeErr := w.Write([]byte(chunk)); errors.Join(err, writeErr, stream.Flush()) != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.ended:
			return
		case <-ticker.C:
		}
	}
}
