package reply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// longText is what a talkative person sends in one SMS segment: 160 characters.
const longText = "Did it! Texted my sister that I had a hard day, felt nervous (chest tight) at first, went from an 8 to a 4. Pause till Monday please, visiting my mom for a week"

func BenchmarkRead160(b *testing.B) {
	r := reader(b)
	c := reply.Context{After: reply.AfterReach, Now: now, Zone: newYork(b)}
	b.ReportAllocs()
	for b.Loop() {
		r.Read(longText, c)
	}
}

func BenchmarkRead64KiB(b *testing.B) {
	r := reader(b)
	for name, text := range longTexts() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Read(text, reply.Context{Now: now})
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	l := lexicon(b)
	for b.Loop() {
		reply.New(l)
	}
}

// longTexts are texts of 64 KiB that a careless reader takes quadratic time for.
func longTexts() map[string]string {
	texts := make(map[string]string)
	for name, piece := range map[string]string{
		"prose": longText + ". ", "stop": "stop ", "please": "please ", "not": "not ", "spelled": "s t o p ",
		"numbers": "7 ", "digits": "7", "letters": "a", "quotes": "\" ", "until": "until monday ", "slashes": "1/2/",
		"emoji": "👍", "dots": ".", "zero width": "\u200b", "mailboxes": "a@b", "dont": "i dont want to ", "comma": "no, ",
	} {
		texts[name] = strings.Repeat(piece, 64<<10/len(piece))
	}
	return texts
}

// TestReadingTakesLinearTime compares 64 KiB with 8 KiB: linear is eight times as
// long, quadratic 64 times. The bound lies between, for clocks are rough.
func TestReadingTakesLinearTime(t *testing.T) {
	r := reader(t)
	took := func(text string) time.Duration {
		best := time.Hour
		for range 3 {
			began := time.Now()
			r.Read(text, reply.Context{Now: now})
			best = min(best, time.Since(began))
		}
		return best
	}
	for name, text := range longTexts() {
		short, long := took(text[:len(text)/8]), took(text)
		if long > 24*short+20*time.Millisecond {
			t.Errorf("%s: 8 KiB take %v, 64 KiB %v: more than linear", name, short, long)
		}
	}
}
