package service_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// What reaches a phone, by the state of its address, when one message of each
// kind lies in the queue without anybody having asked.
var reaches = map[checkins.AddressState][]checkins.Kind{
	checkins.Invited:    {checkins.OptIn, checkins.Help},
	checkins.Pending:    {checkins.OptIn, checkins.Help},
	checkins.Active:     {checkins.Prompt, checkins.FollowUp, checkins.Digest, checkins.Answer, checkins.Help},
	checkins.Held:       nil,
	checkins.Stopped:    {checkins.StopConfirmation},
	checkins.Suppressed: nil,
	checkins.Invalid:    nil,
}

func TestTheRunningServiceSendsWhatTheTableAllowsAndNothingElse(t *testing.T) {
	carrier := leaktest.On(t).Twilio(twiliotest.Options{})
	base, err := url.Parse(carrier.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(t, service.Options{
		Core:  coreOptions(sqlite(t, "gate.db"), vault.Ephemeral(), leaktest.On(t).Log()),
		Clock: time.Now,
		SMS: &service.SMS{
			Twilio:     twilio.Options{AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: carrier.Number, BaseURL: base, Now: time.Now},
			AuthTokens: []string{twiliotest.AuthToken}, Poll: true,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	kinds := []checkins.Kind{checkins.Prompt, checkins.FollowUp, checkins.Digest, checkins.OptIn, checkins.Answer, checkins.StopConfirmation, checkins.Help}
	numbers := map[string]checkins.AddressState{}
	for state := range reaches {
		number := fmt.Sprintf("+1212557%04d", 1000+len(numbers))
		numbers[number] = state
		queueEverything(t, s, number, state, kinds)
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for number, state := range numbers {
		var came []string
		for _, m := range carrier.Thread(number) {
			came = append(came, m.Body)
		}
		var want []string
		for _, kind := range reaches[state] {
			want = append(want, string(kind))
		}
		slices.Sort(came)
		slices.Sort(want)
		if !slices.Equal(came, want) {
			t.Errorf("to a %s number went %v, want %v", state, came, want)
		}
	}
}

// queueEverything puts a person with one number in that state, and one message
// of each kind, straight into the database.
func queueEverything(t *testing.T, s *service.Service, number string, state checkins.AddressState, kinds []checkins.Kind) {
	t.Helper()
	now := time.Now()
	who := checkins.Participant{ID: checkins.ParticipantID(newID()), Zone: "UTC", Locale: "en", CreatedAt: now}
	who.Hours.To, who.Digest.By = 24*60, checkins.DigestByText
	a := checkins.Address{ID: checkins.AddressID(newID()), Channel: checkins.SMS, Value: number, State: state, StateSince: now}
	e := checkins.Effects{Participant: &who, Addresses: []checkins.Address{a}, Consents: []checkins.Consent{{
		ID: checkins.ConsentID(newID()), Address: a.ID, Topic: checkins.ToMessages, Given: true, Route: checkins.ByOperator, At: now,
	}}}
	for _, kind := range kinds {
		e.Messages = append(e.Messages, checkins.Message{
			ID: checkins.MessageID(newID()), Address: a.ID, Channel: checkins.SMS, Kind: kind, State: checkins.Queued, OwnTime: true,
			Words: checkins.Words{Text: string(kind)}, DueAt: now, NotBefore: now, ExpiresAt: now.Add(time.Hour),
		})
	}
	err := s.Store.Decide(t.Context(), checkins.Who{Channel: checkins.SMS, Address: number}, now, func(checkins.State) (checkins.Effects, error) { return e, nil })
	if err != nil {
		t.Fatal(err)
	}
}
