// Package service puts the parts of Microreach together. Serve, the demo, the
// operator's commands and the end-to-end tests all build the same thing here;
// they differ in their options only.
package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/templates"
)

// CoreOptions is what every command needs to work on the database.
type CoreOptions struct {
	PublicURL *url.URL // where the outside world finds pages and webhooks; nil = it does not
	Database  string   // "sqlite:FILE" or "postgres://…"
	Vault     *vault.Vault
	Words     templates.Options
	Stricter  bool             // keep texts within the stricter hours of people's states and countries (A21)
	Joining   checkins.Joining // how strangers may join; zero = not at all
	PerDay    int              // messages that we start, for one person on one local date; 0 = 3
	Now       func() time.Time // the time that people live in
	NewID     func() string
	NewToken  func() string // for links, 128 random bits; nil = no links are made
	NewCode   func() string // six random digits, for phones; nil = no codes are sent
	Log       *slog.Logger
	Rates     map[checkins.Channel]store.Rate // how fast each channel may send; one that is missing has no limit
	ReplyTo   func(checkins.MessageID) string // where answers to a mail go; nil = not known
	Migrate   bool                            // bring the schema up to date instead of refusing an old one
}

// Core is the house without its doors: the database, the words, and what
// decides. Nothing leaves and nothing comes in.
type Core struct {
	Store *store.Store
	Words *templates.Set
	House checkins.House
	Inbox *checkins.Inbox

	options CoreOptions
}

// reader is built once in a process: it takes longer than all else that a command
// does, and it never changes.
var reader = sync.OnceValues(func() (*reply.Reader, error) {
	lexicon, err := templates.Lexicon()
	if err != nil {
		return nil, err
	}
	return reply.New(lexicon), nil
})

// OpenCore opens the database and loads the words.
func OpenCore(ctx context.Context, o CoreOptions) (*Core, error) {
	if o.PerDay == 0 {
		o.PerDay = 3
	}
	o.Log = Masked(o.Log)
	words, err := templates.New(o.Words)
	if err != nil {
		return nil, err
	}
	reader, err := reader()
	if err != nil {
		return nil, err
	}
	var regions pace.Regions
	if o.Stricter {
		if regions, err = pace.KnownRegions(); err != nil {
			return nil, err
		}
	}
	st, err := store.Open(ctx, store.Options{URL: o.Database, Vault: o.Vault, NewID: o.NewID, Regions: regions, Rates: o.Rates})
	if err != nil {
		return nil, err
	}
	if err := schema(ctx, st, o.Migrate); err != nil {
		_ = st.Close() // err says what is wrong
		return nil, err
	}
	house := checkins.House{Wording: words, NewID: o.NewID, PerDay: o.PerDay, Languages: words.Languages(), Regions: regions, Joining: o.Joining, Links: links(o), Codes: codes(o)}
	house.Digests = digests{words: words, reader: reader, reply: o.ReplyTo, pages: house.Links}
	if err := CheckJoining(words, o.Joining); err != nil {
		_ = st.Close() // err says what is wrong
		return nil, err
	}
	return &Core{
		Store: st, Words: words, House: house, options: o,
		Inbox: &checkins.Inbox{House: house, Decider: st, Reader: reader, Full: warnOncePerDay(o)},
	}, nil
}

// codes makes codes that open the journal, where there are pages.
func codes(o CoreOptions) checkins.Codes {
	if o.NewCode == nil {
		return checkins.Codes{}
	}
	return checkins.Codes{
		New: o.NewCode,
		Sum: func(a checkins.AddressID, code string) string {
			return o.Vault.Index(store.PurposeCode, string(a)+"|"+code)
		},
	}
}

// links makes the addresses of pages, where there are any.
func links(o CoreOptions) checkins.Links {
	if o.PublicURL == nil || o.NewToken == nil {
		return checkins.Links{}
	}
	return checkins.Links{
		Base: strings.TrimRight(o.PublicURL.String(), "/"), NewToken: o.NewToken,
		Leave:    func(id checkins.AddressID) string { return o.Vault.Token(store.PurposeLeave, string(id)) },
		NoDigest: func(id checkins.AddressID) string { return o.Vault.Token(store.PurposeNoDigest, string(id)) },
	}
}

func schema(ctx context.Context, st *store.Store, migrate bool) error {
	if migrate {
		_, err := st.Migrate(ctx)
		return err
	}
	return st.CheckSchema(ctx)
}

// Now is the time that people live in.
func (c *Core) Now() time.Time { return c.options.Now() }

// Close closes the database.
func (c *Core) Close() error { return c.Store.Close() }

// Enrol takes a person in; see checkins.Registrar.
func (c *Core) Enrol(ctx context.Context, en checkins.Enrolment) error {
	if err := c.spread(ctx, en.Plans); err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	err := checkins.Registrar{House: c.House, Decider: c.Store}.Enrol(ctx, en, c.options.Now())
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	return nil
}

// handful is how many people may be texted in the same minute.
const handful = 5

// spread gives plans at the default time a few minutes of their own once an
// installation has more than a handful of people (F12). A time that somebody
// picked stays what it is.
func (c *Core) spread(ctx context.Context, plans []checkins.Plan) error {
	people, err := c.Store.People(ctx, handful+1, 0)
	if err != nil || len(people) <= handful {
		return err
	}
	for i := range plans {
		if len(plans[i].At) == 0 {
			plans[i].Jitter = pace.MaxJitter
		}
	}
	return nil
}

// Preview lists a participant's next reminders, each with its reason.
func (c *Core) Preview(ctx context.Context, who checkins.ParticipantID, count int) ([]checkins.Upcoming, error) {
	s, err := c.Store.State(ctx, checkins.Who{Participant: who}, c.options.Now())
	if err != nil {
		return nil, err
	}
	return c.House.Preview(s, count), nil
}
