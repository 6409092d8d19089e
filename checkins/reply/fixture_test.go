package reply_test

import (
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/templates"
)

// now is a Monday morning in New York, six days before its clocks go forward.
var now = time.Date(2026, time.March, 2, 15, 0, 0, 0, time.UTC)

var loadLexicon = sync.OnceValues(templates.Lexicon)

var sharedReader = sync.OnceValue(func() *reply.Reader {
	l, _ := loadLexicon()
	return reply.New(l)
})

func lexicon(tb testing.TB) reply.Lexicon {
	tb.Helper()
	l, err := loadLexicon()
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func reader(tb testing.TB) *reply.Reader {
	tb.Helper()
	lexicon(tb)
	return sharedReader()
}

func newYork(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}
