package service_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// What becomes of a reminder when Twilio answers with a code (REQUIREMENTS A6):
// refused at the create, and taken but reported by callback as not delivered.
// attempts counts those of the reminder's whole life.
var afterCode = []struct {
	codes    []int
	refused  ending
	reported ending
}{
	{[]int{21610, 63014},
		ending{checkins.Failed, 1, checkins.Suppressed, 0, ""}, ending{checkins.Failed, 1, checkins.Suppressed, 0, ""}},
	{[]int{21211, 21421},
		ending{checkins.Failed, 1, checkins.Invalid, 0, ""}, ending{checkins.Failed, 1, checkins.Invalid, 0, ""}},
	{[]int{21612, 21408},
		ending{checkins.Failed, 1, checkins.Held, 1, ""}, ending{checkins.Undelivered, 1, checkins.Held, 1, ""}},
	{[]int{21614, 21635, 30006, 30005, 30004, 63024},
		ending{checkins.Failed, 1, checkins.Held, 0, ""}, ending{checkins.Undelivered, 1, checkins.Held, 0, ""}},
	{[]int{21611, 30001, 30022, 20429, 14107, 63017},
		ending{checkins.Delivered, 2, checkins.Active, 0, ""}, ending{checkins.Delivered, 2, checkins.Active, 0, ""}},
	{[]int{63018},
		ending{checkins.Delivered, 2, checkins.Active, 1, ""}, ending{checkins.Delivered, 2, checkins.Active, 1, ""}},
	{[]int{30002, 63038, 20003, 21222, 21224, 21606, 21608},
		ending{checkins.Delivered, 2, checkins.Active, 0, "sms"}, ending{checkins.Delivered, 2, checkins.Active, 0, "sms"}},
	{[]int{30034},
		ending{checkins.Delivered, 2, checkins.Active, 0, "sms +1"}, ending{checkins.Delivered, 2, checkins.Active, 0, "sms +1"}},
	{[]int{30003, 30008},
		ending{checkins.Failed, 1, checkins.Active, 0, ""}, ending{checkins.Delivered, 2, checkins.Active, 0, ""}},
	{[]int{30007},
		ending{checkins.Failed, 1, checkins.Active, 1, ""}, ending{checkins.Undelivered, 1, checkins.Active, 1, ""}},
	{[]int{30036, 30045},
		ending{checkins.Expired, 1, checkins.Active, 0, ""}, ending{checkins.Undelivered, 1, checkins.Active, 0, ""}},
	{[]int{90007, 30103, 30110, 30111, 63016, 99999}, // and one that the table does not know
		ending{checkins.Failed, 1, checkins.Active, 1, ""}, ending{checkins.Undelivered, 1, checkins.Active, 1, ""}},
	{[]int{20500}, // a create that ends so is unknown, and settled by the list
		ending{checkins.Unknown, 1, checkins.Active, 0, ""}, ending{checkins.Undelivered, 1, checkins.Active, 0, ""}},
}

// ending is how a reminder ended, and what else came of it.
type ending struct {
	state    checkins.MessageState
	attempts int
	address  checkins.AddressState
	alerts   int
	held     string // the breaker that it opened
}

func TestEveryCodeEndsAsTheTableSays(t *testing.T) {
	for _, row := range afterCode {
		codes := row.codes
		if testing.Short() {
			codes = codes[:1] // of each kind one, for the race detector
		}
		for _, code := range codes {
			t.Run(fmt.Sprint(code), func(t *testing.T) {
				t.Parallel()
				p := newPost(t, sqlite(t, "code.db"), nil)
				p.endsAs("refused", twiliotest.Refuse(http.StatusBadRequest, code), row.refused)
				p = newPost(t, sqlite(t, "reported.db"), nil)
				p.endsAs("reported", twiliotest.Undeliverable(code), row.reported)
			})
		}
	}
}

func TestTheKindsOfCodesEndAlikeOnPostgreSQL(t *testing.T) {
	if testing.Short() {
		t.Skip("one code after the other: the same code of ours as on SQLite")
	}
	for _, row := range afterCode {
		newPost(t, storetest.Prepared(t, prepared), nil).endsAs("refused", twiliotest.Refuse(http.StatusBadRequest, row.codes[0]), row.refused)
		newPost(t, storetest.Prepared(t, prepared), nil).endsAs("reported", twiliotest.Undeliverable(row.codes[0]), row.reported)
	}
}

// endsAs lets a fault meet a reminder once and looks what became of it within
// its life.
func (p *post) endsAs(how string, fault twiliotest.Fault, want ending) {
	p.t.Helper()
	who := p.person()
	p.pass(time.Hour)
	p.twilio.Misbehave(fault)
	p.drain()
	got := ending{held: p.heldBack()}
	for _, step := range []time.Duration{10, 10, 20, 40} { // minutes; what comes back in time does
		if want.state == checkins.Unknown {
			break // what the list says is another test's
		}
		p.pass(step * time.Minute)
		p.drain()
		if m := p.prompt(who); m.Attempts > 1 {
			break
		}
	}
	m := p.prompt(who)
	got.state, got.attempts, got.address = m.State, m.Attempts, p.state(who).Addresses[0].State
	got.alerts = strings.Count(p.log.String(), notifier.AlertText)
	if got != want {
		p.t.Errorf("%s, %s: %+v, want %+v", fault.Name, how, got, want)
	}
	if attempt, n := p.twilio.MostCreated(); n > 1 {
		p.t.Errorf("%s, %s: attempt %s was created %d times", fault.Name, how, attempt, n)
	}
	if held := p.heldBack(); got.state == checkins.Delivered && held != "" {
		p.t.Errorf("%s, %s: %s is held back although a message went through", fault.Name, how, held)
	}
}

// heldBack names the breakers that are open.
func (p *post) heldBack() string {
	p.t.Helper()
	list, err := p.Store.Breakers(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, b := range list {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}

func TestWithoutAnAccountNobodyIsPenalizedAndOneMessageTries(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		var people []checkins.ParticipantID
		for range 12 {
			people = append(people, p.person())
		}
		p.suffer(func() twiliotest.Fault { return twiliotest.Refuse(http.StatusUnauthorized, 20003) })
		before := p.twilio.Requests()
		p.pass(time.Hour)
		for range 20 { // minutes
			p.drain()
			p.pass(time.Minute)
		}
		// Four workers may be under way when it opens; then the tries are 1, 2, 4 and 8 minutes apart.
		if n := p.twilio.Requests() - before; n < 4 || n > 10 {
			t.Errorf("in 20 minutes without an account Twilio was asked %d times", n)
		}
		if told, err := p.Store.Untold(t.Context()); err != nil || len(told) != 1 || told[0].Code != "20003" {
			t.Errorf("alerts: %v, %v", told, err)
		}
		if told, err := p.Store.Untold(t.Context()); err != nil || len(told) != 0 {
			t.Errorf("the alert comes twice: %v, %v", told, err)
		}
		p.suffer(nil)
		for range 20 {
			p.drain()
			p.pass(time.Minute)
		}
		for i, who := range people {
			if a := p.state(who).Addresses[0].State; p.prompts(who) != 1 || a != checkins.Active {
				m := p.prompt(who)
				t.Errorf("person %d got %d reminders, and their address is %s; the last is %s (%s) after %d attempts, for %s, now %s", i, p.prompts(who), a, m.State, m.Why, m.Attempts, m.NotBefore, p.Now())
			}
		}
		if held := p.heldBack(); held != "" {
			t.Errorf("afterwards %s is held back", held)
		}
	})
}

func TestWhatIsHeldBackForTooLongExpires(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		who := p.person()
		p.suffer(func() twiliotest.Fault { return twiliotest.Refuse(http.StatusUnauthorized, 20003) })
		p.pass(time.Hour)
		for range 10 {
			p.drain()
			p.pass(20 * time.Minute)
			if _, _, err := p.Store.Lapse(t.Context(), p.Now(), p.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if m := p.prompt(who); m.State != checkins.Expired {
			t.Errorf("the reminder is %s", m.State)
		}
	})
}

func TestWhatACallbackOpenedEndsOnlyWhenAMessageArrived(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		first, second := p.person(), p.person()
		p.pass(time.Hour)
		p.planFor(first)
		p.twilio.Misbehave(twiliotest.Undeliverable(30034), twiliotest.CallbacksNever())
		p.drain() // one is reported, the other one may have been under way
		if held := p.heldBack(); held != "sms +1" {
			t.Fatalf("held back: %q", held)
		}
		p.twilio.Misbehave(twiliotest.CallbacksNever())
		p.say(second, "help")
		p.pass(2 * time.Minute)
		p.drain()
		if held := p.heldBack(); held != "sms +1" {
			t.Errorf("a message that was taken, and of which no more is known, ended it: %q", held)
		}
		for range 30 {
			p.pass(time.Minute)
			p.drain()
		}
		if held := p.heldBack(); held != "" {
			t.Errorf("although messages arrive, %s is held back", held)
		}
	})
}

func TestAnOperatorMayEndIt(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		who := p.person()
		p.twilio.Misbehave(twiliotest.Refuse(http.StatusUnauthorized, 20003))
		p.pass(time.Hour)
		p.drain()
		p.pass(30 * time.Second) // before the first try
		p.drain()
		if p.prompts(who) != 0 {
			t.Error("nothing was held back")
		}
		if n, err := p.Store.Resume(t.Context(), "sms", p.Now()); n != 1 || err != nil {
			t.Errorf("resumed %d, %v", n, err)
		}
		p.drain()
		if p.prompts(who) != 1 {
			t.Error("after it was resumed nothing came")
		}
	})
}

func TestWhatWaitedLeavesAsSoonAsItMay(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		_, second := p.person(), p.person()
		p.pass(time.Hour)
		p.suffer(func() twiliotest.Fault { return twiliotest.Refuse(http.StatusBadRequest, 30034) })
		p.drain()
		p.suffer(nil)
		p.say(second, "help")
		passed := len(p.twilio.Thread(p.state(second).Addresses[0].Value))
		p.pass(30 * time.Second) // before the first try
		p.drain()
		if n := len(p.got(second, passed)); n != 0 {
			t.Fatalf("%d texts left while texts to +1 are held back", n)
		}
		if n, err := p.Store.Resume(t.Context(), "sms +1", p.Now()); n != 1 || err != nil {
			t.Fatalf("resumed %d, %v", n, err)
		}
		p.drain()
		if n := len(p.got(second, passed)); n == 0 {
			t.Error("after it was resumed nothing left")
		}
	})
}

func TestWordsThatCarriersFilterWithThreePeopleStop(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		var people []checkins.ParticipantID
		for range 4 {
			people = append(people, p.person())
		}
		p.pass(time.Hour)
		for i := range 3 {
			if held := p.heldBack(); held != "" {
				t.Errorf("after %d people %s is held back", i, held)
			}
			p.witnessFor(people[i], checkins.FactFiltered)
		}
		if held := p.heldBack(); !strings.HasPrefix(held, "words prompt/check-in-text/") {
			t.Fatalf("after three people: %q", held)
		}
		p.planFor(people[3])
		ids, err := p.Store.Claim(t.Context(), checkins.SMS, p.Now(), p.Now().Add(time.Minute), 9)
		if err != nil || len(ids) != 1 {
			t.Fatalf("%v, %v", ids, err)
		}
		if _, err := p.Store.Begin(t.Context(), ids[0], 3, p.Now(), p.Now().Add(time.Minute)); err == nil {
			t.Error("the fourth person gets the same words")
		}
		if m := p.prompt(people[3]); m.State != checkins.Withdrawn {
			t.Errorf("the fourth message is %s", m.State)
		}
	})
}

// planFor plans what is due for one person.
func (p *post) planFor(who checkins.ParticipantID) {
	p.t.Helper()
	for _, plan := range p.state(who).Plans {
		err := p.Store.Decide(p.t.Context(), checkins.Who{Participant: who}, p.Now(), func(s checkins.State) (checkins.Effects, error) {
			return p.House.PlanDue(s, plan.ID, p.Now())
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// witnessFor begins the person's prompt, which is due, and lets a callback say a
// fact about it.
func (p *post) witnessFor(who checkins.ParticipantID, fact checkins.Fact) {
	p.t.Helper()
	p.planFor(who)
	ids, err := p.Store.Claim(p.t.Context(), checkins.SMS, p.Now(), p.Now().Add(time.Minute), 9)
	if err != nil || !slices.Contains(ids, p.prompt(who).ID) {
		p.t.Fatalf("%v, %v", ids, err)
	}
	out, err := p.Store.Begin(p.t.Context(), p.prompt(who).ID, 3, p.Now(), p.Now().Add(time.Minute))
	if err != nil {
		p.t.Fatal(err)
	}
	e := checkins.Evidence{Attempt: out.Attempt, ProviderID: newID(), Source: "callback", Fact: fact, Code: "30007", At: p.Now()}
	if err := (checkins.Witness{Decider: p.Store}).Witness(p.t.Context(), e); err != nil {
		p.t.Fatal(err)
	}
}
