package web

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/microreach/microreach/checkins"
)

// People are whom the pages are about. The store is one.
type People interface {
	State(ctx context.Context, who checkins.Who, now time.Time) (checkins.State, error)
	Decide(ctx context.Context, who checkins.Who, now time.Time, decide func(checkins.State) (checkins.Effects, error)) error
	Export(ctx context.Context, who checkins.ParticipantID, a checkins.Archive) error
}

// Words say the pages. Package templates has them.
type Words interface {
	Page(checkins.Page) ([]byte, error)
	Line(locale, key string) string // such as "confirm.button"
	Style() []byte
	Script() []byte
}

// Options is what the pages need to know.
type Options struct {
	People    People
	House     checkins.House
	Words     Words
	Plans     func(locale string, plans []checkins.Plan) []string // their names; empty for one of the person's own
	Address   func(typed string) (checkins.Channel, string)       // what somebody typed, as it is kept; none = it is no address
	Public    *url.URL                                            // where the pages are found; nil = on the local network only
	Only      checkins.Channel                                    // the only channel there is; empty = there are both
	Languages []string                                            // of Words, the default first
	Name      string                                              // of the programme
	Full      func(quota string)                                  // told that a day's quota is used up; nil = nobody is
	Number    string                                              // that texts come from, for START; empty = not said
	Proxies   []netip.Prefix                                      // whose word is believed about where a visitor is (E05)
	Limits    Limits
	Now       func() time.Time // the time that people live in
	Clock     func() time.Time // real time, for the limits
	Log       *slog.Logger     // nil = silent
}

// Site is the pages. New makes one; Close waits for what was asked for.
type Site struct {
	Options
	visits  *counter // whatever is asked for
	acts    *counter // what is posted
	asks    *counter // what is posted without a link: it may cost something
	queue   *queue
	fullOn  atomic.Int64 // the UTC date on which no more may join, in days
	sources *http.CrossOriginProtection
	handler http.Handler
}

// New makes the pages.
func New(o Options) (*Site, error) {
	if o.People == nil || o.Words == nil || o.Now == nil || o.Clock == nil || len(o.Languages) == 0 {
		return nil, errors.New("web: people, words, languages and clocks are needed")
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.Limits = o.Limits.or(DefaultLimits)
	s := &Site{Options: o, queue: newQueue(func(err error) { o.Log.Error("what was asked for on a page failed", "error", err) }), sources: http.NewCrossOriginProtection()}
	s.visits, s.acts, s.asks = newCounter(o.Limits.Visits, o.Clock), newCounter(o.Limits.Acts, o.Clock), newCounter(o.Limits.Asks, o.Clock)
	prefixes := []string{""}
	if o.Public != nil {
		// A proxy may write another Host than the one that the browser asked for.
		if err := s.sources.AddTrustedOrigin(o.Public.Scheme + "://" + o.Public.Host); err != nil {
			return nil, err
		}
		if path := (&url.URL{Path: o.Public.Path}).JoinPath().Path; path != "" && path != "/" {
			prefixes = append(prefixes, path) // where the proxy does not cut it off
		}
	}
	mux := http.NewServeMux()
	for _, prefix := range prefixes {
		mux.Handle(prefix+"/", http.StripPrefix(prefix, s.routes()))
	}
	s.handler = Guard(mux, o.Public != nil && o.Public.Scheme == "https")
	return s, nil
}

// Close does what was asked for and not done yet.
func (s *Site) Close() { s.queue.close() }

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// routes is every page there is.
func (s *Site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /style.css", s.style)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /join", s.showJoin)
	mux.HandleFunc("POST /join", s.ask(s.join))
	mux.HandleFunc("GET /joining", s.plain("joining"))
	mux.HandleFunc("GET /privacy", s.plain("privacy"))
	mux.HandleFunc("GET /health", s.plain("health"))
	mux.HandleFunc("GET /terms", s.plain("terms"))
	mux.HandleFunc("GET /page.js", s.pageScript)
	mux.HandleFunc("GET /link", s.plain("link"))
	mux.HandleFunc("POST /link", s.ask(s.sendLink))
	mux.HandleFunc("GET /sent", s.plain("sent"))
	mux.HandleFunc("GET /c/{token}", s.link(checkins.LinkConfirm, s.showConfirm))
	mux.HandleFunc("POST /c/{token}", s.act(checkins.LinkConfirm, s.confirm))
	mux.HandleFunc("GET /u/{token}", s.link(checkins.LinkLeave, s.showLeave))
	mux.HandleFunc("POST /u/{token}", s.leaving)
	mux.HandleFunc("GET /w/{token}", s.showWeekly)
	mux.HandleFunc("POST /w/{token}", s.act(checkins.LinkWeekly, s.weekly))
	mux.HandleFunc("GET /n/{token}", s.link(checkins.LinkNoDigest, s.showNoDigest))
	mux.HandleFunc("POST /n/{token}", s.stoppingDigest)
	mux.HandleFunc("GET /s/{token}", s.settings)
	mux.HandleFunc("POST /s/{token}", s.set)
	for _, purpose := range []checkins.LinkPurpose{checkins.LinkJournal, checkins.LinkCode} {
		mux.HandleFunc("GET /"+purpose.Way()+"/{token}", s.journal(purpose))
		mux.HandleFunc("POST /"+purpose.Way()+"/{token}", s.journalAct(purpose))
	}
	mux.HandleFunc("/", s.dead)
	return s.limited(mux)
}

func (s *Site) pageScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(s.Words.Script()) // whoever asked has gone away
}

func (s *Site) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(s.Words.Style()) // whoever asked has gone away
}
