package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
)

func options(t *testing.T) Options {
	return Options{
		Real: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, NewToken: rand.Text,
		Log: leaktest.On(t).Log(),
	}
}

func TestTheConversationLeavesItsRecords(t *testing.T) {
	var out strings.Builder
	if err := Play(t.Context(), &out, options(t), 0, 3600); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"sent      text", "received  text", "recorded", "sent      mail", "received  mail", "pause obeyed: 0 reminders", "the same ones"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the steps do not show %q", want)
		}
	}
	t.Log(out.String())
}

// build makes a world that ends with its test.
func build(t *testing.T) *World {
	t.Helper()
	w, err := Build(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestMissingRecordsAreAnError(t *testing.T) {
	w := build(t)
	var out strings.Builder
	s := &story{World: w, out: &out}
	err := s.rows(context.Background())
	if err == nil || !strings.Contains(err.Error(), "Robin's record by text") || !strings.Contains(err.Error(), "Alex's record by mail") {
		t.Errorf("a database without records gives %v", err)
	}
}

func TestAFinishedDemoLeavesNothingInTheClear(t *testing.T) {
	w := build(t)
	s := &story{World: w, out: io.Discard, printed: map[checkins.CheckInID]bool{}}
	if err := s.jumpTo(t.Context(), s.alex()); err != nil {
		t.Fatal(err)
	}
	if err := s.mail(t.Context(), "6, canarymail with Zelda, felt ashamed"); err != nil {
		t.Fatal(err)
	}
	if err := s.jumpTo(t.Context(), s.robin()); err != nil {
		t.Fatal(err)
	}
	if err := s.text(t.Context(), "done 8 3, canarytext, felt lonely, tight chest"); err != nil {
		t.Fatal(err)
	}
	for _, p := range w.People {
		records, err := w.Service.Store.Records(t.Context(), p.ID, 10)
		if err != nil || len(records) != 1 {
			t.Fatalf("%s has %d records, %v", p.Name, len(records), err)
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(w.Database() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canarymail", "canarytext", "Zelda", "ashamed", "lonely", "tight chest", "2125550147", "alex@mail", "Robin", "honest feeling"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("demo.db%s holds %q in the clear", suffix, secret)
			}
		}
	}
}

// The pace, changed on the phone while clocks in New York are put forward.
func TestThePaceIsChangedOnThePhone(t *testing.T) {
	w := build(t)
	s := &story{World: w, out: io.Discard, printed: map[checkins.CheckInID]bool{}}
	say := func(text string) string {
		t.Helper()
		if err := s.text(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		thread := w.phone.Thread(s.robin().Address)
		return thread[len(thread)-1].Body
	}
	steps := []struct{ text, want string }{
		{"WHEN", "next: today 19:00"},
		{"slower", "now 2 a week"},
		{"undo", "put back as it was: 3 a week"},
		{"pause 3 days", "Nothing until Thu 5 Mar"},
		{"when?", "after your pause"},
		{"resume", "on again"},
	}
	for _, step := range steps {
		if got := say(step.text); !strings.Contains(got, step.want) {
			t.Errorf("%q is answered %q, without %q", step.text, got, step.want)
		}
	}
	for range 3 { // Mon, Thu, Sat; clocks go forward in the night after it
		if err := s.jumpTo(t.Context(), s.robin()); err != nil {
			t.Fatal(err)
		}
	}
	if got := say("later tomorrow at 9"); !strings.Contains(got, "later it is: tomorrow 09:00") {
		t.Errorf("LATER is answered %q", got)
	}
	if err := s.jumpTo(t.Context(), s.robin()); err != nil {
		t.Fatal(err)
	}
	if got := s.stamp(s.robin()); got != "Sun 08 Mar 09:00" {
		t.Errorf("the moved reminder came %s", got)
	}
}
