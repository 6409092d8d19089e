package twilio_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// clock is a Now that a test sets.
type clock struct{ ms atomic.Int64 }

func newClock(at time.Time) *clock {
	c := &clock{}
	c.ms.Store(at.UnixMilli())
	return c
}

func (c *clock) Now() time.Time          { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// find is the likeliest of what Find gives.
func find(t *testing.T, s *twilio.Sender, to, body string, since time.Time) (checkins.Evidence, bool, error) {
	t.Helper()
	found, err := s.Find(t.Context(), to, body, since)
	if len(found) == 0 {
		return checkins.Evidence{}, false, err
	}
	return found[0], true, err
}

func TestALostAnswerIsFoundInTheList(t *testing.T) {
	now := newClock(noon.Add(300 * time.Millisecond))
	tw := twiliotest.Start(t, twiliotest.Options{Now: now.Now})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.Now = now.Now })
	m := outgoing("a", time.Hour)

	if _, found, err := find(t, s, phone, m.Words.Text, now.Now()); err != nil || found {
		t.Fatalf("before it was sent: found %v, %v", found, err)
	}
	tw.Misbehave(twiliotest.CutAfter())
	if _, err := s.Send(t.Context(), m); notifier.OutcomeOf(err) != checkins.OutcomeUnknown {
		t.Fatal(err)
	}
	if err := tw.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	ev, found, err := find(t, s, phone, m.Words.Text, now.Now())
	want := checkins.Evidence{ProviderID: tw.Outbound()[0].SID, Source: "list", Fact: checkins.FactDelivered, At: now.Now()}
	if err != nil || !found || ev != want {
		t.Errorf("%+v, %v, %v; want %+v", ev, found, err, want)
	}
}

func TestFindTakesOnlyWhatFits(t *testing.T) {
	now := newClock(noon)
	tw := twiliotest.Start(t, twiliotest.Options{Now: now.Now})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.Now = now.Now })
	m := outgoing("a", time.Hour)
	send := func(to, body string) string {
		m.To, m.Words.Text = to, body
		sid, err := s.Send(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		return sid
	}
	send(phone, "hello") // too early
	now.advance(10 * time.Second)
	since := now.Now()
	send("+15005550011", "hello")            // somebody else
	tw.Text(t.Context(), phone, "", "hello") // said by the person
	tw.Misbehave(twiliotest.Undeliverable(30005))
	first := send(phone, "hello")
	send(phone, "hello there") // other words
	now.advance(time.Second)
	send(phone, "hello") // a later one with the same words
	if err := tw.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}

	ev, found, err := find(t, s, phone, "hello", since)
	if err != nil || !found || ev.ProviderID != first || ev.Fact != checkins.FactUnreachable || ev.Code != "30005" {
		t.Errorf("%+v, %v, %v; want %s", ev, found, err, first)
	}
	if _, found, _ := find(t, s, phone, "hello", since.Add(time.Minute)); found {
		t.Error("found what was created before")
	}
}

// Of two messages with the same words each is found for its own attempt.
func TestFindTakesTheNearestOfTheSameWords(t *testing.T) {
	now := newClock(noon)
	tw := twiliotest.Start(t, twiliotest.Options{Now: now.Now})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.Now = now.Now })
	m := outgoing("a", time.Hour)
	for i := range 3 {
		if i > 0 {
			now.advance(3 * time.Second)
		}
		if _, err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for i, sent := range tw.Outbound() {
		since := noon.Add(time.Duration(i)*3*time.Second + time.Second) // our clock is ahead
		ev, found, err := find(t, s, phone, m.Words.Text, since)
		if err != nil || !found || ev.ProviderID != sent.SID {
			t.Errorf("message %d: %+v, %v, %v; want %s", i, ev, found, err, sent.SID)
		}
	}
}

func TestAListThatBreaksOffIsAnError(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	s := newSender(t, tw.URL, nil)
	for range 1500 {
		if _, err := tw.Text(t.Context(), phone, "", "hi"); err != nil {
			t.Fatal(err)
		}
	}
	for _, faults := range [][]twiliotest.Fault{
		{twiliotest.CutBefore(), twiliotest.CutBefore()}, // a GET is repeated once over a new connection
		{twiliotest.TooMany(1)},
		{twiliotest.HTML(503, false)},
		{twiliotest.BrokenJSON()},
	} {
		tw.MisbehaveList(append([]twiliotest.Fault{{}}, faults...)...) // the first page is well, the second is not
		if texts, err := s.Inbound(t.Context(), noon); err == nil || texts != nil || strings.Contains(err.Error(), twiliotest.Number[1:]) {
			t.Errorf("%s: %d texts, %v", faults[0].Name, len(texts), err)
		}
	}
	if texts, err := s.Inbound(t.Context(), noon); err != nil || len(texts) != 1500 {
		t.Errorf("after all: %d texts, %v", len(texts), err)
	}
}

func TestFindByMessagingService(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon, MessagingService: "MG1"})
	service := newSender(t, tw.URL, func(o *twilio.Options) { o.From, o.MessagingServiceSID = "", "MG1" })
	number := newSender(t, tw.URL, nil)
	m := outgoing("a", time.Hour)
	if _, err := number.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, found, err := find(t, service, phone, m.Words.Text, noon); found || err != nil {
		t.Errorf("a message of another sender: found %v, %v", found, err)
	}
	if _, err := service.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, found, err := find(t, service, phone, m.Words.Text, noon); !found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestListingFailsWithoutQuotingTheNumber(t *testing.T) {
	s := newSender(t, "http://127.0.0.1:1", nil)
	_, _, err := find(t, s, phone, "x", noon)
	if err == nil || strings.Contains(err.Error(), phone[1:]) {
		t.Errorf("%v", err)
	}
	if _, err := s.Inbound(t.Context(), noon); err == nil || strings.Contains(err.Error(), twiliotest.Number[1:]) {
		t.Errorf("%v", err)
	}
}

func TestInboundListsEveryTextSinceThen(t *testing.T) {
	now := newClock(noon.Add(-48 * time.Hour))
	tw := twiliotest.Start(t, twiliotest.Options{Now: now.Now})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.Now = now.Now })
	say := func(body string) {
		if _, err := tw.Text(t.Context(), phone, "", body); err != nil {
			t.Fatal(err)
		}
		now.advance(500 * time.Millisecond) // two in each second of Twilio's
	}
	say("two days ago")
	now.ms.Store(noon.Add(-time.Minute).UnixMilli())
	say("a minute ago")
	now.ms.Store(noon.UnixMilli())
	if _, err := s.Send(t.Context(), outgoing("a", time.Hour)); err != nil {
		t.Fatal(err)
	}
	for i := range 2500 { // three pages
		say(fmt.Sprint("text ", i))
	}
	texts, err := s.Inbound(t.Context(), noon.Add(400*time.Millisecond))
	if err != nil || len(texts) != 2500 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	for i, in := range texts {
		if in.Text != fmt.Sprint("text ", i) || in.From != phone || in.Channel != checkins.SMS || in.ProviderID == "" || !in.At.Equal(noon.Add(time.Duration(i/2)*time.Second)) {
			t.Fatalf("%d: %+v", i, in)
		}
	}
}

// The whole way round, over real sockets on both sides.
func TestAMessageItsReceiptsAndItsAnswer(t *testing.T) {
	a := newApp(t, "/base")
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon, OptOutType: true})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.PublicURL = link(t, a.URL+"/base") })
	in, err := twilio.InboundURL(link(t, a.URL+"/base"))
	if err != nil {
		t.Fatal(err)
	}
	tw.SetInbound(in)

	sid, err := s.Send(t.Context(), outgoing("attempt 1", time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := tw.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []checkins.Fact
	for _, ev := range a.evidence {
		if ev.Attempt != "attempt 1" || ev.ProviderID != sid {
			t.Errorf("evidence %+v", ev)
		}
		got = append(got, ev.Fact)
	}
	if len(got) != 2 || got[0] != checkins.FactSent || got[1] != checkins.FactDelivered {
		t.Errorf("facts %v", got)
	}

	for _, body := range []string{"done  7 🙂", "Stop "} {
		if receipt, err := tw.Text(t.Context(), phone, "", body); err != nil || receipt.Status != 200 || receipt.Body != "<Response/>" {
			t.Fatalf("%+v, %v", receipt, err)
		}
	}
	if a.texts[0].Text != "done  7 🙂" || a.texts[0].OptOutType != "" || a.texts[1].OptOutType != "STOP" {
		t.Errorf("texts %+v", a.texts)
	}
	_, err = s.Send(t.Context(), outgoing("attempt 2", time.Hour))
	if se := sendError(t, err); se.Fact != checkins.FactOptedOut || se.Code != "21610" {
		t.Errorf("to a blocked phone: %+v", se)
	}
}

func TestALostAnswerIsSettledByTheCallback(t *testing.T) {
	a := newApp(t, "")
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	s := newSender(t, tw.URL, func(o *twilio.Options) { o.PublicURL = link(t, a.URL) })
	tw.Misbehave(twiliotest.CutAfter())
	if _, err := s.Send(t.Context(), outgoing("lost", time.Hour)); notifier.OutcomeOf(err) != checkins.OutcomeUnknown {
		t.Fatal(err)
	}
	if err := tw.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(a.evidence) == 0 || a.evidence[0].Attempt != "lost" || a.evidence[0].ProviderID != tw.Outbound()[0].SID {
		t.Errorf("evidence %+v", a.evidence)
	}
}

func FuzzPublicURL(f *testing.F) {
	for _, seed := range []string{"https://h.example/b", "http://[::1]:80", "https://h:/x", "https://h.example/{a}/%20", "https://h.example//", "https://h.example//0", "https://h.example/a/../b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := url.Parse(text)
		if err != nil {
			return
		}
		if _, err := twilio.InboundURL(u); err != nil {
			return
		}
		// Whatever is taken as a public URL can be served.
		twilio.Handler(twilio.HookOptions{PublicURL: u, AuthTokens: []string{"t"}, Receiver: &ledger{}, Witness: &ledger{}, Now: atNoon})
	})
}
