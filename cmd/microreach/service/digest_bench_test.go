package service_test

import (
	"testing"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/templates/chart"
)

// How long a full week takes to write: its words alone, and with its picture.
// The one is done while the person is held, the other when the mail is sent.
func BenchmarkDigest(b *testing.B) {
	core, who := liveOut(b, digestLives()[0])
	moment := digestMoment
	s, err := core.Store.State(b.Context(), checkins.Who{Participant: who, Since: moment.Add(-checkins.DigestLooksBack)}, moment)
	if err != nil {
		b.Fatal(err)
	}
	write := func(b *testing.B) checkins.Words {
		words, ok, err := core.House.Digests.Digest(core.House.DigestOf(s, s.Participant.Weekly.Week, moment, "id", moment))
		if err != nil || !ok || words.Chart == "" {
			b.Fatal(words.Text, ok, err)
		}
		return words
	}
	b.Run("words", func(b *testing.B) {
		for b.Loop() {
			write(b)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "digests/s")
	})
	b.Run("words and picture", func(b *testing.B) {
		for b.Loop() {
			if _, err := chart.PNG(write(b).Chart); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "digests/s")
	})
	b.Run("read, decided and written", func(b *testing.B) {
		ask := checkins.Who{Participant: who, Since: moment.Add(-checkins.DigestLooksBack)}
		for b.Loop() {
			err := core.Store.Decide(b.Context(), ask, moment, func(s checkins.State) (checkins.Effects, error) {
				e, err := core.House.DigestDue(s, moment)
				if len(e.Messages) != 1 {
					b.Fatal("no digest")
				}
				back := s.Participant // and it is due again
				e.Participant, e.Messages[0].Week = &back, e.Messages[0].Week.Add(b.N)
				return e, err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "digests/s")
	})
}
