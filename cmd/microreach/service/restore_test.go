package service_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// TestAWeekOldBackupSendsNothingTwiceAndObeysEveryStop lets a house live for a
// week after its backup, loses it, and restores the backup into the other kind of
// database, against the same Twilio.
func TestAWeekOldBackupSendsNothingTwiceAndObeysEveryStop(t *testing.T) {
	t.Run("sqlite to postgres", func(t *testing.T) {
		loseAWeek(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"), storetest.Postgres(t))
	})
	t.Run("postgres to sqlite", func(t *testing.T) {
		if testing.Short() {
			t.Skip("the other way is enough for the race detector")
		}
		loseAWeek(t, storetest.Postgres(t), "sqlite:"+filepath.Join(t.TempDir(), "b.db"))
	})
}

func loseAWeek(t *testing.T, before, after string) {
	var options service.Options
	p := newPost(t, before, func(o *service.Options) { options = *o })
	var people []checkins.ParticipantID
	for range 12 {
		people = append(people, p.person())
	}
	p.pass(time.Hour)
	p.drain() // the first reminders left
	queued := p.person()
	people = append(people, queued)
	p.pass(time.Hour)
	for _, who := range people {
		p.planFor(who) // what is due waits in the queue when the backup is made
	}
	var backup bytes.Buffer
	if _, err := p.Store.Dump(t.Context(), &backup, p.Now(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	list := &service.StopList{Path: filepath.Join(t.TempDir(), "stops")}
	p.drain()
	byText, byWeb, lateText, erased := people[0], people[1], people[2], people[3]
	numbers := map[checkins.ParticipantID]string{}
	for _, who := range people {
		numbers[who] = p.state(who).Addresses[0].Value
	}
	for range 7 {
		p.pass(24 * time.Hour)
		p.drain()
	}
	p.say(byText, "please stop texting me")
	err := p.Store.Decide(t.Context(), checkins.Who{Participant: byWeb}, p.Now(), func(s checkins.State) (checkins.Effects, error) {
		return p.House.StopAddress(s, s.Addresses[0].ID, checkins.ByPage, "", p.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Erase(t.Context(), erased, checkins.ErasedByPerson); err != nil {
		t.Fatal(err)
	}
	p.drain()
	if err := list.Update(t.Context(), p.Store); err != nil {
		t.Fatal(err)
	}
	p.phone(lateText, "STOP") // when the house is gone already: only Twilio knows
	sent := p.twilio.Requests()

	p.pass(10 * time.Minute)
	restoredAt := p.Now()
	r := p.restored(options, after, backup.Bytes(), list.Path)
	r.drain()
	pass := func(d time.Duration) { p.pass(d); r.pass(d) } // Twilio's clock too
	pass(5 * time.Minute)
	r.drain()
	if n := p.twilio.Requests() - sent; n != 0 {
		t.Fatalf("before the release %d texts left", n)
	}
	if err := r.Store.Unhold(t.Context(), r.Now()); err != nil {
		t.Fatal(err)
	}
	for range 8 { // the rest of the day
		r.drain()
		pass(time.Hour)
	}
	r.drain()
	if n := p.twilio.Requests() - sent; n != 0 {
		t.Errorf("on the day of the restoring %d texts left that may have been sent", n)
	}
	for range 16 {
		pass(time.Hour)
		r.drain()
	}
	silent := []checkins.ParticipantID{byText, byWeb, lateText, erased}
	for _, who := range people {
		n := 0
		for _, m := range p.twilio.Thread(numbers[who]) {
			if m.Direction == "outbound-api" && m.Created.After(restoredAt) {
				n++
			}
		}
		if want := map[bool]int{true: 0, false: 1}[slices.Contains(silent, who)]; n != want {
			t.Errorf("person %d got %d texts until the end of the next day, not %d", slices.Index(people, who), n, want)
		}
	}
}

// restored is a new house on another database, with a backup in it, at the same
// Twilio.
func (p *post) restored(o service.Options, database string, backup []byte, stops string) *post {
	p.t.Helper()
	o.Core.Database, o.Core.Migrate = database, true
	r := &post{t: p.t, log: p.log, twilio: p.twilio, here: p.here, now: p.Now()}
	o.Core.Now, o.Clock = r.Now, r.Now
	o.SMS.Twilio.Now = r.Now
	var err error
	if r.Service, err = newService(p.t, o); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = r.Close() })
	list, unread, err := service.ReadStops(stops)
	if err != nil || unread > 0 {
		p.t.Fatal(unread, err)
	}
	done, err := r.Store.Load(p.t.Context(), bytes.NewReader(backup), store.Restoring{Stops: list, Decide: r.House.Restored, Step: func(string) {}}, r.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	if done.Stopped != 2 || done.Erased != 1 || done.Expired == 0 {
		p.t.Errorf("restored: %+v", done)
	}
	return r
}
