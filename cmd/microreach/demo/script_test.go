package demo

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func options() Options {
	return Options{
		Real: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Log: slog.New(slog.DiscardHandler),
	}
}

func TestTheConversationLeavesItsRecords(t *testing.T) {
	var out strings.Builder
	if err := Play(t.Context(), &out, options(), 0, 3600); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"sent      text", "received  text", "recorded", "sent      mail", "received  mail", "pause obeyed: 0 reminders", "the same ones"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the steps do not show %q", want)
		}
	}
	t.Log(out.String())
}

func TestMissingRecordsAreAnError(t *testing.T) {
	w, err := Build(t.Context(), options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out strings.Builder
	s := &story{World: w, out: &out}
	err = s.rows(context.Background())
	if err == nil || !strings.Contains(err.Error(), "Robin's record by text") || !strings.Contains(err.Error(), "Alex's record by mail") {
		t.Errorf("a database without records gives %v", err)
	}
}
