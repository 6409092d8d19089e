package demo

import (
	"context"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/templates"
)

// view is all that the template needs; its times are in the zone of whom they
// concern.
type view struct {
	Programme string
	Clocks    []clockView
	Fast      bool
	Speed     float64
	Report    *report
	Notice    notice
	Phone     phoneView
	Mailbox   mailboxView
	Records   []recordView
	Next      nextView
}

type clockView struct {
	City, Person string
	Now          time.Time
}

type phoneView struct {
	Person  Person
	Now     time.Time
	Days    []textDay
	Blocked bool // the phone said STOP
	Quiet   bool // a pause is on
	Hidden  bool // texts are discreet
}

type textDay struct {
	Date  time.Time
	Texts []textView
}

type textView struct {
	ID       string
	Mine     bool // sent by the person
	Body     string
	At       time.Time
	Status   string // Twilio's word
	Segments int
}

type mailboxView struct {
	Person Person
	Mails  []mailView // the newest first
	Open   *mailView  // nil = there is none
	Chosen bool       // by the reader; else the newest is open
	HTML   bool       // show the HTML part
}

type mailView struct {
	Number  int // from 1, the oldest first
	Subject string
	From    string
	At      time.Time
	Text    string
	HasHTML bool
	Answers []answer
	Open    bool
}

type recordView struct {
	checkins.CheckIn
	Name  string
	When  time.Time
	Fresh bool // the last act brought it
}

type nextView struct {
	People []planView
	List   []reminderView // of both, the soonest first
}

type planView struct {
	Person  Person
	Address checkins.AddressState
	Hidden  bool      // texts are discreet
	Quiet   time.Time // nothing goes out before it; zero = no quiet
	Forever bool      // and it has no end
	Plans   []checkins.Plan
}

type reminderView struct {
	Person Person
	City   string
	At     time.Time
	Label  string
	Why    string // a fixed word of the schedule
}

// shown is how many reminders of each person the page lists.
const shown = 6

// view reads how everything stands.
func (p *page) view(ctx context.Context, query url.Values) (view, error) {
	// To the minute, so that a page that nothing happened on stays the same.
	now := p.world.Clock.Now().Truncate(time.Minute)
	v := view{Programme: programme, Speed: p.speed}
	p.mu.Lock()
	v.Fast, v.Report, v.Notice = p.fast, p.report, p.notice
	p.mu.Unlock()
	for _, who := range p.world.People {
		v.Clocks = append(v.Clocks, clockView{city(who.Zone), who.Name, inZone(now, who.Zone)})
		if err := p.addNext(ctx, &v.Next, who, now); err != nil {
			return view{}, err
		}
		records, err := p.recordsOf(ctx, who)
		if err != nil {
			return view{}, err
		}
		v.Records = append(v.Records, records...)
	}
	slices.SortStableFunc(v.Records, func(a, b recordView) int { return b.When.Compare(a.When) })
	slices.SortStableFunc(v.Next.List, func(a, b reminderView) int { return a.At.Compare(b.At) })
	v.Phone = p.phoneView(now, v.Next.People[0])
	v.Mailbox = p.mailboxView(query)
	return v, nil
}

// addNext adds what a person chose and what will come of it.
func (p *page) addNext(ctx context.Context, v *nextView, who Person, now time.Time) error {
	s, err := p.world.state(ctx, who)
	if err != nil {
		return err
	}
	plan := planView{Person: who, Plans: s.Plans, Address: s.Reach(who.Channel).State, Hidden: s.Participant.Discreet}
	if s.Participant.QuietAt(now) {
		plan.Quiet = inZone(s.Participant.QuietUntil, who.Zone)
		plan.Forever = !s.Participant.QuietUntil.Before(checkins.Forever)
	}
	v.People = append(v.People, plan)
	if plan.Address != checkins.Active {
		return nil
	}
	for _, u := range p.world.Service.House.Preview(s, shown) {
		v.List = append(v.List, reminderView{who, city(who.Zone), inZone(u.Due.At, who.Zone), p.labels(u), u.Due.Why})
	}
	return nil
}

// labels names what a reminder offers.
func (p *page) labels(u checkins.Upcoming) string {
	var list []string
	for _, id := range u.Practices {
		label := string(id)
		if practice, ok := p.world.Service.Words.Practice(id); ok && practice.Label != "" {
			label = practice.Label
		}
		list = append(list, label)
	}
	return strings.Join(list, " or ")
}

// recordsOf reads a person's records, the newest first.
func (p *page) recordsOf(ctx context.Context, who Person) ([]recordView, error) {
	records, err := p.world.Service.Store.Records(ctx, who.ID, 1000)
	if err != nil {
		return nil, err
	}
	slices.Reverse(records)
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []recordView
	for _, r := range records {
		list = append(list, recordView{r, who.Name, inZone(r.At, who.Zone), !p.known[r.ID]})
	}
	return list, nil
}

func (p *page) phoneView(now time.Time, plan planView) phoneView {
	who := p.world.phoneOwner()
	v := phoneView{Person: who, Now: inZone(now, who.Zone), Quiet: !plan.Quiet.IsZero(), Hidden: plan.Hidden, Blocked: p.world.phone.Blocked(who.Address)}
	for _, m := range p.world.phone.Thread(who.Address) {
		at := inZone(m.Created, who.Zone)
		if last := len(v.Days) - 1; last < 0 || pace.DateOf(v.Days[last].Date) != pace.DateOf(at) {
			v.Days = append(v.Days, textDay{Date: at})
		}
		_, segments := templates.Segments(m.Body)
		today := &v.Days[len(v.Days)-1]
		today.Texts = append(today.Texts, textView{m.SID, m.Direction == "inbound", m.Body, at, m.Status, segments})
	}
	return v
}

func (p *page) mailboxView(query url.Values) mailboxView {
	who := p.world.mailOwner()
	v := mailboxView{Person: who, HTML: query.Get("view") == "html"}
	inbox := p.world.mailbox.Mailbox(who.Address)
	if len(inbox) == 0 {
		return v
	}
	open, err := strconv.Atoi(query.Get("mail"))
	v.Chosen = err == nil && open >= 1 && open <= len(inbox)
	if !v.Chosen {
		open = len(inbox)
	}
	for i, m := range slices.Backward(inbox) {
		line := p.mailView(who, i+1, m)
		line.Open = i+1 == open
		v.Mails = append(v.Mails, line)
		if line.Open {
			v.Open = &line
		}
	}
	return v
}

func (p *page) mailView(who Person, number int, m emailtest.Message) mailView {
	v := mailView{
		Number: number, Subject: m.Subject, From: m.From, At: inZone(m.At, who.Zone),
		Text: m.Text, HasHTML: m.HTML != "",
	}
	if from, err := mail.ParseAddress(m.Header.Get("From")); err == nil {
		if v.From = from.Name; v.From == "" {
			v.From = from.Address
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.answers[number] {
		v.Answers = append(v.Answers, answer{inZone(a.At, who.Zone), a.Text})
	}
	return v
}

// day and clock are how the page writes times.
func day(t time.Time) string   { return t.Format("Mon 2 Jan") }
func clock(t time.Time) string { return t.Format("15:04") }
func iso(t time.Time) string   { return t.Format(time.RFC3339) }
