package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	mux.HandleFunc("POST /wording", p.act("phone", p.setWording))
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
	_, _ = w.Write([]byte(inbox[n-1].Page()))
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
