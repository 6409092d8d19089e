package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
)

// What each proof may do, page by page: every button and every view is tried with
// every link that there is, by whoever it was sent to. Whoever drops one check fails
// one line of it.

// bearer is somebody with one link, and what that link is.
type bearer struct {
	name    string
	purpose checkins.LinkPurpose // empty = a token that nobody made
	channel checkins.Channel
	is      checkins.AddressState // of that address; the other one is active
	codes   bool                  // they chose that a code opens the journal
	old     bool                  // the link has expired
}

func bearers() []bearer {
	var list []bearer
	add := func(purpose checkins.LinkPurpose, channel checkins.Channel, states ...checkins.AddressState) {
		for _, state := range states {
			list = append(list, bearer{name: fmt.Sprintf("%s %s %s", purpose, channel, state), purpose: purpose, channel: channel, is: state, codes: true})
		}
	}
	for _, purpose := range []checkins.LinkPurpose{checkins.LinkSettings, checkins.LinkJournal, checkins.LinkWeekly, checkins.LinkCode} {
		add(purpose, checkins.Email, checkins.Active, checkins.Stopped, checkins.Pending)
		add(purpose, checkins.SMS, checkins.Active, checkins.Stopped, checkins.Pending)
	}
	add(checkins.LinkSettings, checkins.SMS, checkins.Held)
	add(checkins.LinkLeave, checkins.Email, checkins.Active)
	add(checkins.LinkNoDigest, checkins.Email, checkins.Active)
	add(checkins.LinkConfirm, checkins.Email, checkins.Pending)
	for _, purpose := range []checkins.LinkPurpose{checkins.LinkSettings, checkins.LinkCode} {
		list = append(list, bearer{name: string(purpose) + " without codes", purpose: purpose, channel: checkins.SMS, is: checkins.Active})
	}
	for _, purpose := range []checkins.LinkPurpose{checkins.LinkSettings, checkins.LinkJournal, checkins.LinkWeekly, checkins.LinkConfirm} {
		list = append(list, bearer{name: string(purpose) + " expired", purpose: purpose, channel: checkins.Email, is: checkins.Active, codes: true, old: true})
	}
	return append(list, bearer{name: "nothing", channel: checkins.Email, is: checkins.Active, codes: true})
}

// deed is one thing to be done, or looked at, on the page of a purpose.
type deed struct {
	name   string
	way    checkins.LinkPurpose
	view   string                    // "?you=1"
	form   func(p *tried) url.Values // nil = a look
	before func(p *tried)            // what was there before
	shows  string                    // what is seen; else something of the person changes
	by     []string                  // the bearers who may, by name
}

// Those of whom each page expects something, by the proof that they have.
var (
	mailboxes  = []string{"settings email active", "settings email stopped"}
	phones     = []string{"settings sms active", "settings sms held", "settings without codes"}
	settingsBy = slices.Concat(mailboxes, phones)
	weeklyBy   = []string{"weekly email active", "weekly email stopped", "weekly sms active"}
	readersBy  = []string{"journal email active", "journal email stopped"}
	codedBy    = []string{"code sms active"}
)

func posts(fields ...string) func(*tried) url.Values {
	return func(p *tried) url.Values {
		f := form(fields...)
		for key, values := range f {
			for i := range values {
				f[key][i] = strings.NewReplacer("PLAN", string(p.plan), "OWN", string(p.own), "NEW", fmt.Sprintf("another%d@example.org", p.n), "ENTRY", string(p.entry), "LAST", p.last(), "CODE", p.site.codeSent()).Replace(values[i])
			}
		}
		return f
	}
}

// wishing makes a change beforehand.
func wishing(w checkins.Wish) func(*tried) {
	return func(p *tried) { p.apply(w) }
}

func deeds() []deed {
	plan := []string{"form", "plan", "do", "change", "plan", "PLAN", "n", "2", "unit", "week", "day", "mon", "day", "thu", "at", "19:00", "channel", "email", "practice", "win", "practice", "OWN"}
	widened := wishing(checkins.Wish{Kind: checkins.WishSharing, Shares: checkins.ShareWords})
	list := []deed{
		{name: "see the plan", way: checkins.LinkSettings, shows: "at its time", by: settingsBy},
		{name: "see own words", way: checkins.LinkSettings, view: "?plan=PLAN", shows: "Canary reach", by: mailboxes},
		{name: "see a reason", way: checkins.LinkSettings, view: "?plan=PLAN", shows: "Canary reason", by: mailboxes},
		{name: "see the choices", way: checkins.LinkSettings, view: "?you=1", shows: "What may show on your phone", by: settingsBy},
		{name: "see the weekly page", way: checkins.LinkWeekly, shows: "The next one comes", by: slices.Concat(weeklyBy, []string{"weekly email pending", "weekly sms pending", "weekly sms stopped"})},
		{name: "leave the page", way: checkins.LinkLeave, shows: "Leave, or keep a part", by: []string{"leave email active"}},
		{name: "see the digest's end", way: checkins.LinkNoDigest, shows: "The weekly mail", by: []string{"digest email active"}},
		{name: "see the question", way: checkins.LinkConfirm, shows: "Shall we start?", by: []string{"confirm email pending"}},

		{name: "pause", way: checkins.LinkSettings, form: posts("form", "pause", "for", "week", "do", "change"), by: settingsBy},
		{name: "resume", way: checkins.LinkSettings, before: wishing(checkins.Wish{Kind: checkins.WishPause}), form: posts("form", "resume", "do", "change"), by: settingsBy},
		{name: "slower", way: checkins.LinkSettings, form: posts("form", "slower", "plan", "PLAN", "do", "change"), by: settingsBy},
		{name: "faster", way: checkins.LinkSettings, form: posts("form", "faster", "plan", "PLAN", "do", "change"), by: settingsBy},
		{name: "finish", way: checkins.LinkSettings, form: posts("form", "finish", "plan", "PLAN", "do", "change"), by: settingsBy},
		{name: "later", way: checkins.LinkSettings, form: func(p *tried) url.Values { return form(p.site.get(p.path("")).putOff("hours", "")...) }, by: settingsBy},
		{name: "begin by mail", way: checkins.LinkSettings, form: posts("form", "begin", "tap", "small-reach-weekly", "channel", "email", "do", "change"), by: slices.Concat([]string{"settings email active"}, phones)},
		{name: "undo", way: checkins.LinkSettings, before: wishing(checkins.Wish{Kind: checkins.WishDiscreet, On: true}), form: posts("form", "undo", "change", "LAST", "do", "change"), by: settingsBy},
		{name: "a plan's days", way: checkins.LinkSettings, view: "?plan=PLAN", form: posts(append(plan, "day", "fri", "n", "3")...), by: settingsBy},
		{name: "a practice more", way: checkins.LinkSettings, view: "?plan=PLAN", form: posts(append(plan, "practice", "hard-day")...), by: settingsBy},
		{name: "own words", way: checkins.LinkSettings, view: "?plan=PLAN", form: posts(append(plan, "own", "call my sister")...), by: mailboxes},
		{name: "a reason", way: checkins.LinkSettings, view: "?plan=PLAN", form: posts(append(plan, "because", "another reason")...), by: mailboxes},
		{name: "discreet", way: checkins.LinkSettings, view: "?you=1", form: func(p *tried) url.Values { return p.you("discreet", "yes") }, by: settingsBy},
		{name: "keep less", way: checkins.LinkSettings, view: "?you=1", form: func(p *tried) url.Values { return p.you("keep", "answered") }, by: settingsBy},
		{name: "share less", way: checkins.LinkSettings, view: "?you=1", form: func(p *tried) url.Values { return p.you("shares", "nothing") }, by: settingsBy},
		{name: "share more", way: checkins.LinkSettings, view: "?you=1", form: func(p *tried) url.Values { return p.you("shares", "words") }, by: mailboxes},
		{name: "no codes", way: checkins.LinkSettings, view: "?you=1", form: func(p *tried) url.Values { return p.you("codes", "no") }, by: slices.Concat(mailboxes, []string{"settings sms active", "settings sms held"})},
		{name: "codes", way: checkins.LinkSettings, view: "?you=1", before: wishing(checkins.Wish{Kind: checkins.WishCodes}), form: func(p *tried) url.Values { return p.you("codes", "yes") }, by: mailboxes},
		{name: "undo a narrowing", way: checkins.LinkSettings, before: func(p *tried) {
			widened(p)
			wishing(checkins.Wish{Kind: checkins.WishSharing, Shares: checkins.ShareNothing})(p)
		}, form: posts("form", "undo", "change", "LAST", "do", "change"), by: mailboxes},
		{name: "undo no codes", way: checkins.LinkSettings, before: wishing(checkins.Wish{Kind: checkins.WishCodes}), form: posts("form", "undo", "change", "LAST", "do", "change"), by: slices.Concat(mailboxes, []string{"settings without codes"})},
		{name: "another address", way: checkins.LinkSettings, view: "?you=1", form: posts("form", "address", "address", "NEW"), by: mailboxes},
		{name: "open the journal", way: checkins.LinkSettings, form: posts("form", "journal"), by: mailboxes},
		{name: "ask for a code", way: checkins.LinkSettings, form: posts("form", "code"), by: []string{"settings sms active"}},
		{name: "open by a code", way: checkins.LinkSettings, before: (*tried).sendCode, form: posts("form", "open", "code", "CODE"), by: []string{"settings sms active"}},

		{name: "weekly slower", way: checkins.LinkWeekly, form: posts("do", "slower", "plan", "PLAN"), by: weeklyBy},
		{name: "weekly faster", way: checkins.LinkWeekly, form: posts("do", "faster", "plan", "PLAN"), by: weeklyBy},
		{name: "weekly days", way: checkins.LinkWeekly, form: posts("do", "days", "plan", "PLAN", "day", "tue"), by: weeklyBy},
		{name: "weekly pause", way: checkins.LinkWeekly, form: posts("do", "pause"), by: weeklyBy},
		{name: "no weekly mail", way: checkins.LinkWeekly, form: posts("do", "no_more"), by: weeklyBy},

		{name: "leave", way: checkins.LinkLeave, form: posts("stop", "here"), by: []string{"leave email active"}},
		{name: "leave all", way: checkins.LinkLeave, form: posts("stop", "all"), by: []string{"leave email active"}},
		{name: "leave a plan", way: checkins.LinkLeave, form: posts("stop", "plan:PLAN"), by: []string{"leave email active"}},
		{name: "leave by one click", way: checkins.LinkLeave, form: posts("List-Unsubscribe", "One-Click"), by: []string{"leave email active"}},
		{name: "end the digest", way: checkins.LinkNoDigest, form: posts("do", "stop"), by: []string{"digest email active"}},
		{name: "end the digest by one click", way: checkins.LinkNoDigest, form: posts("List-Unsubscribe", "One-Click"), by: []string{"digest email active"}},
		{name: "say yes", way: checkins.LinkConfirm, form: posts("do", "confirm"), by: []string{"confirm email pending"}},
	}
	for way, by := range map[checkins.LinkPurpose][]string{checkins.LinkJournal: readersBy, checkins.LinkCode: codedBy} {
		name := func(what string) string { return string(way) + ": " + what }
		list = append(list,
			deed{name: name("read"), way: way, shows: "Canary note", by: by},
			deed{name: name("look for"), way: way, view: "?q=canary", shows: "Canary note", by: by},
			deed{name: name("an entry"), way: way, view: "?entry=ENTRY", shows: "Canary note", by: by},
			deed{name: name("pick"), way: way, view: "?sheet=1", shows: "Canary note", by: by},
			deed{name: name("sheet"), way: way, view: "?sheet=1&from=2026-02-20&to=2026-03-04&e=ENTRY", shows: "Canary note", by: by},
			deed{name: name("the way to erase"), way: way, view: "?erase=1", shows: "Erase everything now", by: by},
			deed{name: name("correct"), way: way, form: posts("do", "correct", "entry", "ENTRY", "note", "other words"), by: by},
			deed{name: name("remove"), way: way, form: posts("do", "remove", "entry", "ENTRY"), by: by},
			deed{name: name("json"), way: way, form: posts("do", "json"), shows: "Canary note", by: by},
			deed{name: name("csv"), way: way, form: posts("do", "csv"), shows: "Canary note", by: by},
			deed{name: name("erase"), way: way, form: posts("do", "erase", "word", "erase"), by: by},
		)
	}
	return list
}

// tried is a person with a link on whom things are tried.
type tried struct {
	*site
	bearer
	n     int
	who   checkins.ParticipantID
	plan  checkins.PlanID
	own   checkins.PracticeID
	entry checkins.CheckInID
	token string
	from  string // what the browser says of where a form came from
	stood string // what was kept of them at first; empty = not looked at
}

// tryOn makes the n-th person.
func (s *site) tryOn(b bearer, n int) *tried {
	s.t.Helper()
	p := &tried{site: s, bearer: b, n: n, from: "same-origin"}
	p.who = s.enrol(fmt.Sprintf("ada%d@example.org", n), fmt.Sprintf("+1212555%04d", n))
	own := s.rules.NewOwn("Canary reach")
	p.own = own.ID
	p.decide(func(state checkins.State) checkins.Effects {
		e := checkins.Effects{Own: []checkins.OwnPractice{own}}
		who := state.Participant
		who.Codes, who.Shares = b.codes, checkins.ShareNumbers
		e.Participant = &who
		for _, a := range state.Addresses {
			a.State = checkins.Active
			if a.Channel == b.channel {
				a.State = b.is
			}
			if p.token = string(a.ID); a.State != checkins.Pending {
				e.Consents = append(e.Consents, checkins.Consent{ID: checkins.ConsentID(newID()), Address: a.ID, Topic: checkins.ToMessages, Given: true, Route: checkins.BySMS, At: s.now})
			}
			e.Addresses = append(e.Addresses, a)
		}
		for _, plan := range state.Plans {
			plan.Next = checkins.Due{Slot: checkins.Slot{Date: daysAgo(-1)}, At: s.now.Add(31 * time.Hour), Why: "slot"}
			if plan.Practices[0] == "win" {
				plan.Practices, plan.Because, p.plan = append(plan.Practices, own.ID), "Canary reason", plan.ID
			}
			e.Plans = append(e.Plans, plan)
		}
		return e
	})
	p.entry = s.wrote(p.who, checkins.CheckIn{Practice: "win", Kind: checkins.Journal, Date: daysAgo(0), Outcome: reply.OutcomeDone, Note: "Canary note"})[0].ID
	p.token = p.link()
	return p
}

func (p *tried) decide(effects func(checkins.State) checkins.Effects) {
	p.t.Helper()
	err := p.Decide(p.t.Context(), checkins.Who{Participant: p.who}, p.now, func(s checkins.State) (checkins.Effects, error) { return effects(s), nil })
	if err != nil {
		p.t.Fatal(p.name, err)
	}
}

// link is the token that p bears.
func (p *tried) link() string {
	var address checkins.Address
	for _, a := range p.state(p.who).Addresses {
		if a.Channel == p.channel {
			address = a
		}
	}
	switch p.purpose {
	case "":
		return p.rules.Links.NewToken()
	case checkins.LinkLeave:
		return p.rules.Links.Leave(address.ID)
	case checkins.LinkNoDigest:
		return p.rules.Links.NoDigest(address.ID)
	}
	l := checkins.Link{Token: p.rules.Links.NewToken(), Purpose: p.purpose, Address: address.ID, CreatedAt: p.now, ExpiresAt: p.now.Add(time.Hour)}
	if p.old {
		l.CreatedAt, l.ExpiresAt = p.now.Add(-2*time.Hour), p.now.Add(-time.Hour)
	}
	p.decide(func(checkins.State) checkins.Effects { return checkins.Effects{Links: []checkins.Link{l}} })
	return l.Token
}

func (p *tried) apply(w checkins.Wish) {
	w.Route, w.Proof = checkins.ByPage, checkins.MailboxProof
	p.decide(func(s checkins.State) checkins.Effects {
		e, _ := p.rules.Apply(s, w, p.now) // where it is so already, nothing is changed
		return e
	})
}

// sendCode sends a code to the phone, where there is one that may have it.
func (p *tried) sendCode() {
	p.post(p.linkTo(p.who, checkins.LinkSettings, checkins.SMS), form("form", "code"))
}

func (p *tried) last() string {
	if changes := p.state(p.who).Changes; len(changes) > 0 {
		return string(changes[0].ID)
	}
	return ""
}

// you is the form of what p chose, with one thing changed.
func (p *tried) you(name, value string) url.Values {
	codes := map[bool]string{true: "yes", false: "no"}[p.state(p.who).Participant.Codes]
	f := you("shares", "numbers", "codes", codes)
	f.Set(name, value)
	return f
}

func (p *tried) path(view string) string { return "/" + p.purpose.Way() + "/" + p.token + view }

// stands is all that is kept of p, and how much was sent and opened.
func (p *tried) stands() string {
	state, err := p.State(p.t.Context(), checkins.Who{Participant: p.who}, p.now)
	if errors.Is(err, checkins.ErrNotFound) {
		return "gone"
	}
	ledger, err2 := p.Consents(p.t.Context(), p.who)
	raw, err3 := json.Marshal([]any{state.Participant, state.Addresses, state.Plans, state.Changes, state.Records, state.Own, ledger, len(p.site.links), len(p.messages)})
	if err := errors.Join(err, err2, err3); err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

// does tries a deed, and tells whether it was done and what was answered.
func (p *tried) does(d deed) (done bool, a answer) {
	p.t.Helper()
	if d.before != nil && d.way == p.purpose { // else there is nothing that it could lead to
		d.before(p)
		p.stood = ""
	}
	path := "/" + d.way.Way() + "/" + p.token + strings.NewReplacer("PLAN", string(p.plan), "ENTRY", string(p.entry)).Replace(d.view)
	if d.form == nil {
		a = p.get(path)
	} else {
		f := d.form(p)
		if p.stood == "" {
			p.stood = p.stands()
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", p.from)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.7:80", p.n/200, p.n%200) // nobody is turned away for asking often
		a = p.send(r)
	}
	if d.shows != "" {
		return strings.Contains(a.body, d.shows), a
	}
	return p.stands() != p.stood, a
}

func TestEachLinkDoesWhatItsProofMayAndNothingElse(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread and many pages: nothing here for the race detector to see")
	}
	s := light(t, nil)
	all := bearers()
	known := map[string]bool{}
	for _, b := range all {
		known[b.name] = true
	}
	n := 0
	for _, d := range deeds() {
		for _, name := range d.by {
			if !known[name] {
				t.Errorf("%s: nobody bears %q", d.name, name)
			}
		}
	}
	for _, b := range all {
		p := s.tryOn(b, n)
		for _, d := range deeds() {
			may := slices.Contains(d.by, b.name)
			done, a := p.does(d)
			if done != may {
				t.Errorf("%s with %q: done %v, may %v (answered %d)", d.name, b.name, done, may, a.StatusCode)
			}
			if !may && strings.Contains(a.body, "Canary") && !slices.Contains(settingsBy, b.name) {
				t.Errorf("%s with %q shows private words", d.name, b.name)
			}
			if done && d.shows == "" || d.before != nil && d.way == b.purpose {
				n++
				p = s.tryOn(b, n)
			}
		}
		n++
	}
}

// What another site posts is refused, whoever is made to post it: all but the one
// click, which a mail program sends from anywhere (RFC 8058 §3.2).
func TestNothingIsDoneForAnotherSite(t *testing.T) {
	if testing.Short() {
		t.Skip("one request after the other: nothing here for the race detector to see")
	}
	s := light(t, nil)
	all := bearers()
	for n, d := range deeds() {
		if d.form == nil {
			continue
		}
		p := s.tryOn(all[slices.IndexFunc(all, func(b bearer) bool { return b.name == d.by[0] })], n)
		for _, p.from = range []string{"cross-site", "same-site"} {
			done, a := p.does(d)
			if click := strings.Contains(d.name, "one click"); done != click && !(click && p.from == "same-site") || a.StatusCode != http.StatusForbidden && !click {
				t.Errorf("%s, posted %s: done %v, answered %d", d.name, p.from, done, a.StatusCode)
			}
		}
	}
}
