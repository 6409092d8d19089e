package weeks

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// expectation is what a life must come to, whatever its words.
type expectation struct {
	sms, mail [count]int // our messages in each week
	events    []string   // words of ours and of Robin's, in the order in which they must come; "|" parts text and mail
}

var expectations = map[string]expectation{
	"steady": {
		sms: [count]int{5, 2, 3, 1, 2, 3, 3, 1}, mail: [count]int{4, 2, 3, 1, 2, 2, 2, 1},
		events: []string{"Reply YES|reply YES", "you're in|You're in", "asked my sister|Asked my sister", "ot today", "6 to 3", "STOP ends these texts.|a reason of your own"},
	},
	"reads-and-never-answers": {
		sms: [count]int{6, 1, 1, 0, 0, 0, 0, 0}, mail: [count]int{6, 1, 1, 0, 0, 0, 0, 0},
		events: []string{"you're in|You're in", "now once a week|comes once a week", "it rests after this"},
	},
	"silent": {
		sms: [count]int{5, 1, 1, 1, 0, 0, 0, 0}, mail: [count]int{5, 1, 1, 1, 0, 0, 0, 0},
		events: []string{"you're in|You're in", "now once a week|comes once a week", "it rests after this"},
	},
	"bad-week": {
		sms: [count]int{9, 6, 8, 0, 8, 5, 2, 2}, mail: [count]int{8, 6, 8, 0, 8, 5, 2, 2},
		events: []string{
			"couldn't", "hat counts as an answer", "4 before, 8 now", "tension 4 to 8. That counts, however it went", "better off without me", "988",
			"gnore that", "stays quiet", "othing to do today", "pause till", "until Mon 30 Mar", "our pause is over", "slower please", "ow 2 a week",
		},
	},
	"received-coldly": {
		sms: [count]int{7, 5, 4, 5, 4, 3, 3, 2}, mail: [count]int{6, 4, 4, 5, 4, 3, 3, 2},
		events: []string{"left me on read|brushed me off", "BREATHE or GROUND", "really cold about it", "BREATHE or GROUND", "ground|GROUND", "easier|EASIER", "e was cold", "BREATHE or GROUND"},
	},
	"leaves-in-own-words": {
		sms: [count]int{15, 8, 3, 3, 0, 0, 0, 0}, mail: [count]int{11, 8, 3, 3, 0, 0, 0, 0},
		events: []string{"couch", "as you wrote it", "he asked what|He asked what", "wice a week", "ow 2 a week", "getting a bit much", "you are unsubscribed|You are unsubscribed"},
	},
	"returns": {
		sms: [count]int{17, 2, 0, 0, 5, 8, 6, 5}, mail: [count]int{13, 3, 0, 0, 2, 2, 2, 1},
		events: []string{"ou're in", "STOP", "START", "ou're in", "slower|Done. 6 4", "ow 3 a week|not today"},
	},
	"finishes": {
		sms: [count]int{7, 4, 3, 4, 5, 2, 0, 0}, mail: [count]int{6, 4, 3, 4, 5, 2, 0, 0},
		events: []string{"ou're in", "tension 6", "next:|What comes next", "FINISH", "all done|This is the last mail", "thank you|Thank you."},
	},
}

// told is the log of all lives.
var told bytes.Buffer

// stories are all lives, by text and by mail, lived once for all tests: nine
// weeks, of which the transcripts tell eight.
var stories = sync.OnceValues(func() (all []*Story, err error) {
	lives, err := Lives()
	if err != nil {
		return nil, err
	}
	for _, life := range lives {
		for _, channel := range []checkins.Channel{checkins.SMS, checkins.Email} {
			story, err := live(context.Background(), life, channel, count+1, slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelDebug})))
			if err != nil {
				return nil, err
			}
			all = append(all, story)
		}
	}
	return all, nil
})

func TestTheLogOfALifeTellsNothingOfIt(t *testing.T) {
	w := leaktest.On(t)
	all, err := stories()
	if err != nil {
		t.Fatal(err)
	}
	w.Saw("the log", told.String())
	for _, s := range all {
		w.Private(addresses[s.Channel])
		for _, l := range s.Lines {
			w.Wrote(l.Text)
		}
	}
	if told.Len() == 0 {
		t.Error("nothing was logged")
	}
}

// each runs do for the named lives, or for all, by text and by mail.
func each(t *testing.T, do func(*testing.T, *Story), names ...string) {
	t.Helper()
	all, err := stories()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if len(names) == 0 || slices.Contains(names, s.Life.Name) {
			t.Run(s.Life.Name+"/"+string(s.Channel), func(t *testing.T) { do(t, s) })
		}
	}
}

// first is the story of the first weeks alone.
func (s *Story) first(weeks int) *Story {
	cut := *s
	cut.Weeks = weeks
	cut.Lines = slices.DeleteFunc(slices.Clone(s.Lines), func(l Line) bool { return s.week(l.At) > weeks })
	return &cut
}

func TestTheTranscriptsAreAsTheyStand(t *testing.T) {
	each(t, func(t *testing.T, s *Story) {
		var b bytes.Buffer
		if err := s.first(count).Write(&b); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", s.Life.Name+"."+string(s.Channel)+".txt")
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v; run go test ./cmd/microreach/weeks -update", err)
		}
		if b.String() != string(want) {
			t.Errorf("%s differs: run go test ./cmd/microreach/weeks -update, and read the difference as the person would", file)
		}
	})
}

func TestEachLifeComesToWhatItMust(t *testing.T) {
	each(t, func(t *testing.T, s *Story) {
		s = s.first(count)
		want, known := expectations[s.Life.Name]
		if !known {
			t.Fatalf("nothing is expected of %s", s.Life.Name)
		}
		counts := map[checkins.Channel][count]int{checkins.SMS: want.sms, checkins.Email: want.mail}[s.Channel]
		if got, all := s.counts(inTurn); !slices.Equal(got, counts[:]) {
			t.Errorf("we wrote %v, %d in all; want %v", got, all, counts)
		}
		at := 0
		for _, event := range want.events {
			if before, after, two := strings.Cut(event, "|"); two {
				event = map[checkins.Channel]string{checkins.SMS: before, checkins.Email: after}[s.Channel]
			}
			i := slices.IndexFunc(s.Lines[at:], func(l Line) bool { return strings.Contains(l.Text, event) })
			if i < 0 {
				t.Fatalf("%q does not come, or not in its turn", event)
			}
			at += i + 1
		}
	})
}

// inTurn reports whether a message of ours is part of the conversation. The
// weekly digest by mail comes beside it.
func inTurn(l Line) bool { return l.ours() && l.Kind != checkins.Digest }

// Somebody who is never heard gets eight messages in sixty days at the most,
// the question and the welcome among them.
func TestWhoIsNeverHeardIsLeftInPeace(t *testing.T) {
	const days = 60
	each(t, func(t *testing.T, s *Story) {
		got := slices.DeleteFunc(slices.Clone(s.Lines), func(l Line) bool { return !l.ours() || l.At.Sub(s.Begin) > days*24*time.Hour })
		if len(got) > 8 {
			t.Errorf("%d messages in %d days", len(got), days)
		}
	}, "silent", "reads-and-never-answers")
}

func TestASteadyWeekHoldsNoMoreThanThree(t *testing.T) {
	each(t, func(t *testing.T, s *Story) {
		perWeek, _ := s.counts(inTurn)
		if most := slices.Max(perWeek[1:]); most > 3 {
			t.Errorf("after the week of joining a week holds up to %d: %v", most, perWeek)
		}
	}, "steady")
}

// What holds in every life.
func TestNoLifeIsFloodedOrBored(t *testing.T) {
	each(t, func(t *testing.T, s *Story) {
		hours := pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}
		perDay := map[string]int{}
		last := ""
		for _, l := range s.Lines {
			if !l.Kind.Started() {
				continue
			}
			if clock := pace.Clock(l.At.Hour()*60 + l.At.Minute()); !hours.Has(clock) {
				t.Errorf("%s: outside the hours: %s", l.At, l.Text)
			}
			if day := l.At.Format(time.DateOnly); perDay[day] >= perDayMost {
				t.Errorf("%s: more than %d that day", l.At, perDayMost)
			} else {
				perDay[day]++
			}
			if l.Text == last {
				t.Errorf("%s: the same words twice running: %s", l.At, l.Text)
			}
			last = l.Text
		}
	})
}

const perDayMost = 3

func TestAnEndIsAnEnd(t *testing.T) {
	for _, test := range []struct {
		life, said string
		comes      map[checkins.Channel]int // of ours after it, until Robin writes START or the end
	}{
		// Twilio confirms the word STOP itself.
		{"returns", "STOP", map[checkins.Channel]int{checkins.SMS: 0, checkins.Email: 1}},
		{"leaves-in-own-words", "getting a bit much", map[checkins.Channel]int{checkins.SMS: 1, checkins.Email: 1}},
		{"finishes", "FINISH", map[checkins.Channel]int{checkins.SMS: 1, checkins.Email: 1}},
	} {
		each(t, func(t *testing.T, s *Story) {
			end := slices.IndexFunc(s.Lines, func(l Line) bool { return !l.ours() && strings.Contains(l.Text, test.said) })
			if end < 0 {
				t.Fatalf("%q is never said", test.said)
			}
			came := 0
			for _, l := range s.Lines[end+1:] {
				if !l.ours() && l.Text == "START" {
					break
				}
				if l.ours() {
					came++
				}
			}
			if came != test.comes[s.Channel] {
				t.Errorf("after the end %d of ours came, want %d", came, test.comes[s.Channel])
			}
		}, test.life)
	}
}

func TestTellKnowsItsLives(t *testing.T) {
	var b bytes.Buffer
	if err := Tell(t.Context(), &b, "nobody", checkins.SMS); !errors.Is(err, checkins.ErrNotFound) {
		t.Errorf("nobody's life: %v", err)
	}
	if err := Tell(t.Context(), &b, "silent", checkins.Email); err != nil || !strings.HasPrefix(b.String(), "silent, by mail\n") {
		t.Errorf("a life by mail: %v\n%s", err, b.String())
	}
}

func TestATranscriptIsNoWiderThanAPage(t *testing.T) {
	each(t, func(t *testing.T, s *Story) {
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if utf8.RuneCountInString(line) > width {
				t.Errorf("wider than %d columns: %s", width, line)
			}
		}
	})
}
