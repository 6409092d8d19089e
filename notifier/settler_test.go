package notifier_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
)

// unknowns is what is to be looked for, and the list to look in.
type unknowns struct {
	list  []checkins.Outgoing
	found map[string][]string // provider ids by text
	taken map[string]bool     // by another attempt
	facts []checkins.Evidence
}

func (u *unknowns) Unknown(context.Context, checkins.Channel, time.Time, int) ([]checkins.Outgoing, error) {
	return u.list, nil
}

func (u *unknowns) Find(_ context.Context, _, body string, _ time.Time) ([]checkins.Evidence, error) {
	if body == "broken" {
		return nil, errors.New("the list cannot be read")
	}
	var list []checkins.Evidence
	for _, id := range u.found[body] {
		list = append(list, checkins.Evidence{ProviderID: id, Source: checkins.SourceList, Fact: checkins.FactSent})
	}
	return list, nil
}

func (u *unknowns) Witness(_ context.Context, e checkins.Evidence) error {
	if u.taken[e.ProviderID] {
		return checkins.ErrDuplicate
	}
	u.facts = append(u.facts, e)
	return nil
}

func TestALookTakesTheFirstThatNoOtherAttemptHas(t *testing.T) {
	u := &unknowns{found: map[string][]string{"twice": {"SM1", "SM2"}, "other's": {"SM1"}}, taken: map[string]bool{"SM1": true}}
	for _, text := range []string{"twice", "broken", "other's", "nowhere"} {
		m := checkins.Message{ID: checkins.MessageID(text), Words: checkins.Words{Text: text}}
		u.list = append(u.list, checkins.Outgoing{Message: m, Attempt: checkins.AttemptID(text)})
	}
	s := notifier.Settler{Channel: checkins.SMS, Unknowns: u, List: u, Witness: u, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	looked, err := s.Run(t.Context())
	if looked != 3 || err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("%d looks, %v; one look failed, and says which", looked, err)
	}
	want := []struct {
		attempt checkins.AttemptID
		id      string
		fact    checkins.Fact
	}{{"twice", "SM2", checkins.FactSent}, {"other's", "", checkins.FactNoTrace}, {"nowhere", "", checkins.FactNoTrace}}
	if len(u.facts) != len(want) {
		t.Fatalf("evidence: %+v", u.facts)
	}
	for i, w := range want {
		if e := u.facts[i]; e.Attempt != w.attempt || e.ProviderID != w.id || e.Fact != w.fact {
			t.Errorf("evidence %+v, want %+v", e, w)
		}
	}
}
