package service_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/phone"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/templates"
)

// openJoining is a house that strangers may join by a text.
func openJoining(t *testing.T, database string, alter func(*service.CoreOptions)) *talk {
	t.Helper()
	k := &talk{t: t, now: time.Date(2026, time.March, 2, 15, 0, 0, 0, time.UTC), number: "+12125550147", vault: vault.Ephemeral()}
	o := service.CoreOptions{
		Database: database, Vault: k.vault, NewID: newID, Log: leaktest.On(t).Log(), Migrate: true,
		Now:   func() time.Time { return k.now },
		Words: templates.Options{Programme: "Microreach", Contact: "help@example.org", Country: "US"},
		Joining: checkins.Joining{
			Plan: "small-reach-weekly", Word: "STEPS", Locale: "en", PerDay: 50, PerPrefix: 50,
			Numbers: service.Numbers{Gate: phone.Gate{Region: "US", Countries: []string{"US"}}},
		},
	}
	if alter != nil {
		alter(&o)
	}
	var err error
	if k.core, err = openCore(t, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.core.Close() })
	return k
}

func joining(t *testing.T) *talk {
	return openJoining(t, sqlite(t, "joining.db"), nil)
}

// find takes up who has the number.
func (k *talk) find() checkins.State {
	k.t.Helper()
	s, err := k.core.Store.State(k.t.Context(), checkins.Who{Channel: checkins.SMS, Address: k.number}, k.now)
	if err != nil {
		k.t.Fatal(err)
	}
	k.who = s.Participant.ID
	return s
}

// onBoth runs a test on a fresh database of either kind.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t, "test.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, storetest.Prepared(t, prepared)) })
}

// The matrix of checkins/joining.go, line by line.
func TestStrangersAreAskedOnceAndNothingElseIsSaid(t *testing.T) {
	for _, c := range []struct{ name, script string }{
		{"JOIN is asked, YES joins, and two choices follow", `
			> JOIN
			< small reminders that you choose, once a week. Reply YES to start (18+).
			+1m
			> YES
			< you're in. First one
			< keep what you write, for you to read later? 1 all of it, 2 numbers only
			> 1
			< what you write from now on is kept for you`},
		{"a word of their own", `
			> steps!
			< Reply YES to start`},
		{"JOIN twice is one question", `
			> JOIN
			< Reply YES
			+1h
			> JOIN
			< -
			+23h
			> join
			< Reply YES`},
		{"JOIN is no yes", `
			> JOIN
			< Reply YES
			+1m
			> start
			< you're in
			< keep what you write`},
		{"whoever was asked and journals is not recorded", `
			> JOIN
			< Reply YES
			+1m
			> felt 7 today, told my sister
			< -
			+25h
			> felt 8 today
			< Reply YES`},
		{"a yes after a day is asked again", `
			> JOIN
			< Reply YES
			+25h
			> yes
			< Reply YES
			+1m
			> yes
			< you're in
			< keep what you write`},
		{"no is a stop", `
			> JOIN
			< Reply YES
			> no
			< you are unsubscribed
			+30h
			> join
			< -`},
		{"HELP is for anybody", `
			> HELP
			< In a crisis
			+1m
			> hello?
			< -`},
		{"hard words of somebody who was asked", `
			> JOIN
			< Reply YES
			> I want to die
			< call or text 988`},
		{"who says nothing of it gets nothing", `
			> hi there
			< -
			> stop
			< -
			> 7
			< -`},
		{"a stopped one hears nothing but START", `
			> JOIN
			< Reply YES
			> yes
			< you're in
			< keep what you write
			> please stop texting me
			< you are unsubscribed
			> help
			< -
			> done 7
			< -
			> I want to die
			< -
			> start
			< you're in`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			joining(t).goes(c.script)
		})
	}
}

func TestJoiningIsClosedUntilItIsOpened(t *testing.T) {
	k := openJoining(t, sqlite(t, "closed.db"), func(o *service.CoreOptions) { o.Joining = checkins.Joining{} })
	k.goes("> JOIN\n< -\n> HELP\n< -")
	if k.find().Known() {
		t.Error("a stranger is kept")
	}
}

func TestNumbersThatMayNotBeTextedAreNotAsked(t *testing.T) {
	for _, number := range []string{"+447400123456", "+18005550147", "+19005550147"} {
		k := joining(t)
		k.number = number
		k.goes("> JOIN\n< -")
	}
}

// twoZones are numbers whose holder may live in either of two zones.
type twoZones struct{ service.Numbers }

func (twoZones) Zones(string) []string { return []string{"America/Chicago", "America/New_York"} }

func TestWhoseNumberTellsNoZoneIsAskedForIt(t *testing.T) {
	k := openJoining(t, sqlite(t, "zones.db"), func(o *service.CoreOptions) {
		o.Joining.Numbers = twoZones{o.Joining.Numbers.(service.Numbers)}
	})
	k.goes(`
		> JOIN
		< Reply YES
		> yes
		< whose clock is yours?
		+200h
		< -
		> 2
		< whose clock is yours?
		> 9
		< whose clock is yours?
		> help
		< In a crisis`)
	k.number = "+12125550148"
	k.goes(`
		> JOIN
		< Reply YES
		> yes
		< whose clock is yours?
		+1m
		> 2
		< you're in. First one
		< keep what you write`)
	if s := k.find(); s.Participant.Zone != "America/New_York" || s.Plans[0].Next.At.IsZero() {
		t.Errorf("zone %q, next %v", s.Participant.Zone, s.Plans[0].Next)
	}
}

func TestWordsAreNotKeptBeforeTheyMay(t *testing.T) {
	k := joining(t)
	k.goes(`
		> JOIN
		< Reply YES
		> yes
		< you're in
		< keep what you write`)
	k.find()
	k.goes(`
		next
		< 1
		> done, I told her about the canary
		< Your words are not kept.`)
	if s := k.find(); s.Records[0].Note != "" {
		t.Errorf("kept: %q", s.Records[0].Note)
	}
}

func TestOfThoseWhoNeverSayYesNothingIsLeftAfterAWeek(t *testing.T) {
	k := joining(t)
	k.goes("> JOIN\n< Reply YES")
	k.until(k.now.Add(6 * 24 * time.Hour))
	if err := k.core.Store.Forget(t.Context(), k.now); err != nil || !k.find().Known() {
		t.Fatal("gone too early", err)
	}
	k.until(k.now.Add(25 * time.Hour))
	if err := k.core.Store.Forget(t.Context(), k.now); err != nil || k.find().Known() {
		t.Fatal("still there", err)
	}
	k.goes("> JOIN\n< Reply YES") // and it may begin anew
}

func TestAThousandJoinsGetNoMoreThanTheBudget(t *testing.T) {
	each := 125 // of eight at once
	if testing.Short() {
		each = 40
	}
	onBoth(t, func(t *testing.T, url string) {
		var told []string
		k := openJoining(t, url, func(o *service.CoreOptions) { o.Joining.PerDay = 40; o.Joining.PerPrefix = 8 })
		k.core.Inbox.Full = func(quota string) { told = append(told, quota) }
		var wg sync.WaitGroup
		var mu sync.Mutex
		full := k.core.Inbox.Full
		k.core.Inbox.Full = func(quota string) { mu.Lock(); full(quota); mu.Unlock() }
		for worker := range 8 {
			wg.Go(func() {
				for i := range each {
					n := worker*each + i
					in := checkins.Incoming{
						Channel: checkins.SMS, ProviderID: fmt.Sprint("SM", n), At: k.now, Text: "JOIN",
						From: fmt.Sprintf("+1212%03d%04d", 200+n/50, 1000+n),
					}
					if err := k.core.Inbox.Receive(t.Context(), in); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		k.step()
		if len(k.came) != 40 {
			t.Errorf("%d questions went out, 40 are the day's budget", len(k.came))
		}
		prefixes := map[string]int{}
		for _, m := range k.came {
			prefixes[m.To[:8]]++
		}
		for prefix, n := range prefixes {
			if n > 8 {
				t.Errorf("%d of %s", n, prefix)
			}
		}
		if len(told) == 0 || !strings.Contains(strings.Join(told, " "), "joining") {
			t.Errorf("the operator was told %q", told)
		}
		k.now = k.now.Add(24 * time.Hour)
		k.texts = 5000
		k.say("JOIN")
		if len(k.came) != 41 {
			t.Error("it does not open again the next day")
		}
	})
}

func TestTheLedgerHoldsTheWordsThatWereAgreedTo(t *testing.T) {
	k := joining(t)
	k.goes(`
		> JOIN
		< Reply YES
		> YES pls
		< you're in
		< keep what you write
		> 3
		< only that you replied is kept`)
	consents, err := k.core.Store.Consents(t.Context(), k.find().Participant.ID)
	if err != nil || len(consents) != 2 {
		t.Fatalf("%d rows, %v", len(consents), err)
	}
	if c := consents[0]; !c.Given || c.Words != "YES pls" || !strings.Contains(c.Shown, "Reply YES to start (18+)") || c.Proof == "" || c.Wording != "opt_in/1" {
		t.Errorf("the first row: %+v", c)
	}
	if c := consents[1]; c.Given || c.Topic != checkins.ToWords || !strings.Contains(c.Shown, "3 only that you replied") {
		t.Errorf("the second row: %+v", c)
	}
}

// Two houses have each other's number enrolled: after one exchange both fall silent.
func TestTwoHousesThatWriteToEachOtherFallSilent(t *testing.T) {
	k := startTalk(t, person{practices: "check-in-text"})
	k.next()
	for range 20 {
		before := len(k.came)
		k.now = k.now.Add(time.Minute)
		k.say(strings.Replace(k.came[before-1].Words.Text, "Microreach", "Small Steps", 1))
		if len(k.came) == before {
			if len(k.state().Records) > 0 {
				t.Error("a machine's text was recorded")
			}
			return
		}
	}
	t.Error("they never fall silent")
}

func TestNoTextOfOursIsTakenForAPersons(t *testing.T) {
	set, err := templates.New(templates.Options{Programme: "Small Steps", Contact: "help@example.org", Country: "US"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"noted: that was hard", "Ok: I did it, felt 7", "update: she said yes", "Note to self: breathe", "him: I miss you. me: same"} {
		if set.Ours(text) {
			t.Errorf("taken for ours: %q", text)
		}
	}
}

func TestStopAllStopsEveryAddress(t *testing.T) {
	k := startTalk(t, person{practices: "closeness"})
	mailbox := checkins.Address{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: "robin@mail.example", State: checkins.Active, StateSince: k.now}
	err := k.core.Store.Decide(t.Context(), checkins.Who{Participant: k.who}, k.now, func(checkins.State) (checkins.Effects, error) {
		return checkins.Effects{Addresses: []checkins.Address{mailbox}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	k.goes("> stop all texts and emails please\n< you are unsubscribed")
	for _, a := range k.state().Addresses {
		if a.State != checkins.Stopped {
			t.Errorf("%s is %s", a.Channel, a.State)
		}
	}
	if n := len(k.came); k.came[n-1].Channel != checkins.SMS || k.came[n-2].Kind == checkins.StopConfirmation {
		t.Error("more than one confirmation")
	}
}
