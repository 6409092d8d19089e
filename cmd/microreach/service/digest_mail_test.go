package service_test

import (
	"bytes"
	"crypto/rand"
	"image/png"
	"net/mail"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// mailroom is a service whose mail goes to a loopback server, with one person in it.
type mailroom struct {
	*service.Service
	server *emailtest.Server
	now    time.Time
}

// openMailroom lets a life be lived up to its digest. public is where its pages are;
// empty = there are none.
func openMailroom(t *testing.T, public string, l digestLife) *mailroom {
	t.Helper()
	p := &mailroom{now: digestMoment.Add(-60 * 24 * time.Hour)}
	var err error
	if p.server, err = leaktest.On(t).Mail(emailtest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.server.Close() })
	v, log, now := vault.Ephemeral(), leaktest.On(t).Log(), func() time.Time { return p.now }
	core := coreOptions("sqlite:"+filepath.Join(t.TempDir(), "post.db"), v, log)
	core.Now, core.NewToken = now, func() string { return strings.ToLower(rand.Text()) }
	if public != "" {
		if core.PublicURL, err = url.Parse(public); err != nil {
			t.Fatal(err)
		}
	}
	p.Service, err = newService(t, service.Options{
		Core: core, Clock: now, Listen: "127.0.0.1:0",
		Mail: &service.Mail{
			SMTP: email.Options{
				Host: p.server.Host(), Port: p.server.Port(), TLS: email.TLSNone,
				From: mail.Address{Name: "Microreach", Address: robinsDoor}, Token: v.Token, Now: now,
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	plan := checkins.Plan{
		ID: "plan", Practices: []checkins.PracticeID{"one-feeling"}, Channel: checkins.Email, Status: checkins.PlanActive,
		Pace: pace.Pace{N: 2, Every: 1, Unit: pace.Week}, Anchor: pace.DateOf(p.now), CreatedAt: p.now,
	}
	who := checkins.Participant{
		ID: "robin", Name: "Robin", Zone: "America/New_York", Locale: "en", CreatedAt: p.now, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
	}
	err = p.Enrol(t.Context(), checkins.Enrolment{
		Participant: who, Plans: []checkins.Plan{plan}, Addresses: []checkins.Address{{ID: "box", Channel: checkins.Email, Value: robin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	record(t, p.Core, l, &p.now)
	p.now = digestMoment
	if _, err := p.Store.Claim(t.Context(), checkins.Email, p.now.Add(-59*24*time.Hour), p.now, 10); err != nil { // the question at joining stays away
		t.Fatal(err)
	}
	if err := p.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// digest is the digest in the mailbox.
func (p *mailroom) digest(t *testing.T) emailtest.Message {
	t.Helper()
	for _, m := range p.server.Mailbox(robin) {
		if strings.Contains(m.Subject, "your week") {
			return m
		}
	}
	t.Fatal("no digest arrived")
	return emailtest.Message{}
}

func TestADigestArrivesWithItsPictureAndItsWaysOut(t *testing.T) {
	for _, c := range []struct {
		public string
		list   string // how List-Unsubscribe begins
		click  string
		links  []string // where the mail leads to
	}{
		{"", "<mailto:", "", []string{`href="mailto:`, "&amp;body=Slower", "&amp;body=STOP"}},
		{"https://reach.example", "<https://reach.example/n/", "List-Unsubscribe=One-Click", []string{
			`href="https://reach.example/w/`, `?slower"`, `?pause"`, `href="https://reach.example/n/`, `href="https://reach.example/u/`,
		}},
	} {
		t.Run("public "+c.public, func(t *testing.T) {
			p := openMailroom(t, c.public, digestLife{entries: richWeek()})
			m := p.digest(t)
			if got := m.Header.Get("List-Unsubscribe"); !strings.HasPrefix(got, c.list) || !strings.Contains(got, "No%20more%20of%20this%20weekly%20mail") {
				t.Errorf("List-Unsubscribe: %s", got)
			}
			if got := m.Header.Get("List-Unsubscribe-Post"); got != c.click {
				t.Errorf("List-Unsubscribe-Post: %s", got)
			}
			for _, link := range c.links {
				if !strings.Contains(m.HTML, link) {
					t.Errorf("the mail does not lead to %s", link)
				}
			}
			if len(m.Pictures) != 1 || !strings.Contains(m.HTML, `src="cid:week.2026-W48"`) {
				t.Fatalf("%d pictures", len(m.Pictures))
			}
			if _, err := png.Decode(bytes.NewReader(m.Pictures["week.2026-W48"])); err != nil {
				t.Error(err)
			}
			if n := len(m.Raw); n > 60_000 {
				t.Errorf("the mail has %d bytes", n)
			}
			if err := p.Drain(t.Context()); err != nil || len(p.server.Mailbox(robin)) > 2 {
				t.Errorf("%d mails, %v", len(p.server.Mailbox(robin)), err)
			}
			for _, line := range strings.Split(m.Text, "\n") {
				if _, link, ok := strings.Cut(line, ": https://"); ok && len("https://"+link) > 64 {
					t.Errorf("a link of %d characters: %s", len("https://"+link), link)
				}
			}
		})
	}
}

// What the mail's header offers stops the digests, whichever of its two ways is
// taken, and nothing else.
func TestTheHeaderOfADigestStopsDigestsAlone(t *testing.T) {
	p := openMailroom(t, "", digestLife{entries: richWeek()})
	m := p.digest(t)
	to, err := url.Parse(strings.Trim(m.Header.Get("List-Unsubscribe"), "<>"))
	if err != nil {
		t.Fatal(err)
	}
	box, query, _ := strings.Cut(to.Opaque, "?")
	if query == "" {
		query = to.RawQuery
	}
	words, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(box, "+")
	token, _, _ = strings.Cut(token, "@")
	err = p.Inbox.Receive(t.Context(), checkins.Incoming{
		Channel: checkins.Email, ProviderID: newID(), From: robin, Token: token, Text: words.Get("body"), At: p.now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Store.State(t.Context(), checkins.Who{Participant: "robin"}, p.now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Participant.Digest.By != checkins.DigestOff || s.Addresses[0].State != checkins.Active || s.Plans[0].Status != checkins.PlanActive {
		t.Errorf("%+v, %s, %s", s.Participant.Digest, s.Addresses[0].State, s.Plans[0].Status)
	}
}
