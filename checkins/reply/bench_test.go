package reply_test

import (
	"strings"
	"testing"

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
		"stop me": "stop texting me ", "quoted stop": "\"stop texting me\" ", "wishes": "i want these texts to stop. ", "channels": "stop emailing text me instead ",
	} {
		texts[name] = strings.Repeat(piece, 64<<10/len(piece))
	}
	return texts
}

// TestWorkGrowsNoFasterThanTheText counts steps instead of time, for clocks are rough:
// eight times the text may take eight times the steps, and a few for its ends.
func TestWorkGrowsNoFasterThanTheText(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	r := reader(t)
	for name, text := range longTexts() {
		c := reply.Context{Now: now}
		short, long := r.Steps(text[:len(text)/8], c), r.Steps(text, c)
		if long > 9*short+2000 {
			t.Errorf("%s: 8 KiB take %d steps, 64 KiB %d: more than linear", name, short, long)
		}
		if perByte := long / len(text); perByte > 100 {
			t.Errorf("%s: %d steps for a byte", name, perByte)
		}
	}
}
