package checkins_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
)

func TestAPanicTellsWhereAndNotWhat(t *testing.T) {
	caught := func(do func()) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = checkins.Panicked(p)
			}
		}()
		do()
		return nil
	}
	text := "done 7, canary with Zelda"
	for name, c := range map[string]struct {
		do    func()
		tells string
	}{
		"a text":       {func() { panic(text) }, "panic: string"},
		"an error":     {func() { panic(errors.New(text)) }, "panic: *errors.errorString"},
		"an index":     {func() { _ = text[len(text)+strings.Count(text, "x"):][0] }, "index out of range"},
		"a wrong type": {func() { var v any = text; _ = v.(error) }, "missing method"},
		"a call":       {func() { fill(text) }, "panic: string"},
	} {
		err := caught(c.do)
		if err == nil || !strings.Contains(err.Error(), c.tells) || !strings.Contains(err.Error(), "checkins_test.") {
			t.Errorf("%s: %v; it is to tell %q and a place of this test", name, err, c.tells)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the text stands in %v", name, err)
		}
	}
}

func fill(text string) { panic(text) }
