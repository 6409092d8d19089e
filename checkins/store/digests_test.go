package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// aDigest is the digest of a week as the planner would write it.
func aDigest(s checkins.State, week pace.ISOWeek) checkins.Message {
	return checkins.Message{
		ID: checkins.MessageID(newID()), Address: s.Addresses[0].ID, Channel: s.Addresses[0].Channel, Kind: checkins.Digest, Week: week,
		Words: checkins.Words{Text: "your week", Chart: "the numbers"}, State: checkins.Queued, DueAt: noon, NotBefore: noon, ExpiresAt: noon.Add(24 * time.Hour),
	}
}

func TestADigestExistsOnceForAPersonAndWeek(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ada, ben := h.join(t, "+15005550001"), h.join(t, "+15005550002")
		week := pace.ISOWeek{Year: 2026, Week: 53}
		write := func(who checkins.ParticipantID, week pace.ISOWeek) {
			err := h.Decide(t.Context(), checkins.Who{Participant: who}, noon, func(s checkins.State) (checkins.Effects, error) {
				return checkins.Effects{Messages: []checkins.Message{aDigest(s, week)}}, nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		var two sync.WaitGroup
		two.Go(func() { write(ada, week) })
		two.Go(func() { write(ada, week) })
		two.Wait()
		write(ada, week.Add(1))
		write(ben, week)
		for who, want := range map[checkins.ParticipantID]int{ada: 2, ben: 1} {
			n := 0
			for _, m := range h.state(t, who, noon).Recent {
				if m.Kind == checkins.Digest {
					n++
				}
			}
			if n != want {
				t.Errorf("%d digests, want %d", n, want)
			}
		}
	})
}

func TestWhatIsChosenOfTheDigestIsKeptAndUndone(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550001")
		seven := pace.Clock(7 * 60)
		want := checkins.DigestChoice{By: checkins.DigestByText, Day: time.Friday, At: &seven, Form: checkins.DigestInNumbers, Past: true}
		wish := func(w checkins.Wish) checkins.Unable {
			var unable checkins.Unable
			err := h.Decide(t.Context(), checkins.Who{Participant: who}, noon, func(s checkins.State) (e checkins.Effects, err error) {
				w.Route = checkins.ByPage
				e, unable = h.rules.Apply(s, w, noon)
				return e, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return unable
		}
		was := h.state(t, who, noon).Participant
		if was.Weekly.Due.IsZero() || was.Weekly.Week != (pace.ISOWeek{Year: 2026, Week: 10}) {
			t.Errorf("the first digest is looked at %s, of %s", was.Weekly.Due, was.Weekly.Week)
		}
		if unable := wish(checkins.Wish{Kind: checkins.WishDigest, Digest: want}); unable != checkins.Granted {
			t.Fatal(unable)
		}
		got := h.state(t, who, noon).Participant
		if got.Digest.By != want.By || got.Digest.Day != want.Day || got.Digest.At == nil || *got.Digest.At != seven || got.Digest.Form != want.Form || !got.Digest.Past {
			t.Errorf("%+v is kept as %+v", want, got.Digest)
		}
		if due := got.Weekly.Due.In(got.Location()); due.Weekday() != time.Friday || due.Hour() != 7 || due.Before(noon) {
			t.Errorf("it is looked at %s", due)
		}
		if unable := wish(checkins.Wish{Kind: checkins.WishDigest, Digest: want}); unable != checkins.AlreadySo {
			t.Errorf("the same choice again: %q", unable)
		}
		wish(checkins.Wish{Kind: checkins.WishUndo})
		if back := h.state(t, who, noon).Participant; back.Digest != was.Digest || !back.Weekly.Due.Equal(was.Weekly.Due) {
			t.Errorf("after UNDO: %+v, %+v", back.Digest, back.Weekly)
		}
		bad := pace.Clock(24 * 60)
		if unable := wish(checkins.Wish{Kind: checkins.WishDigest, Digest: checkins.DigestChoice{At: &bad}}); unable != checkins.NotPossible {
			t.Errorf("24:00 as an hour: %q", unable)
		}
	})
}

func TestADigestThatIsNoLongerWantedDoesNotLeave(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.join(t, "+15005550001")
		change := func(e func(checkins.State) checkins.Effects) {
			err := h.Decide(t.Context(), checkins.Who{Participant: who}, noon, func(s checkins.State) (checkins.Effects, error) { return e(s), nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		choose := func(by checkins.DigestBy) {
			change(func(s checkins.State) checkins.Effects {
				e, _ := h.rules.Apply(s, checkins.Wish{Kind: checkins.WishDigest, Digest: checkins.DigestChoice{By: by}, Route: checkins.ByPage}, noon)
				return e
			})
		}
		choose(checkins.DigestByText)
		h.claimAll(t, noon) // the welcome
		var id checkins.MessageID
		change(func(s checkins.State) checkins.Effects {
			m := aDigest(s, pace.ISOWeek{Year: 2026, Week: 10})
			id = m.ID
			return checkins.Effects{Messages: []checkins.Message{m}}
		})
		h.claimAll(t, noon)
		choose(checkins.DigestOff)
		if _, err := h.Begin(t.Context(), id, 3, noon, noon.Add(time.Minute)); err == nil {
			t.Error("it left")
		}
		for _, m := range h.state(t, who, noon).Recent {
			if m.ID == id && (m.State != checkins.Withdrawn || m.Why != string(checkins.NotWanted)) {
				t.Errorf("it is %s, since %s", m.State, m.Why)
			}
		}
		ledger, err := h.Consents(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		last := ledger[len(ledger)-1]
		if last.Topic != checkins.ToDigest || last.Given || last.Route != checkins.ByPage {
			t.Errorf("the ledger says %+v", last)
		}
		if a := h.state(t, who, noon).Addresses[0]; a.State != checkins.Active || !a.Consented {
			t.Errorf("the address is %+v: all else goes on", a)
		}
	})
}
