package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

// letter brings one mail that answers out, or that bears no token where out is nil.
func (h *house) letter(t *testing.T, from string, out *checkins.Outgoing, text string, unread int, at time.Time) {
	t.Helper()
	in := checkins.Incoming{Channel: checkins.Email, ProviderID: newID(), From: from, Text: text, Unread: unread, At: at}
	if out != nil {
		in.Token = h.vault.Token(store.PurposeReply, string(out.ID))
	}
	if err := h.inbox.Receive(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// subjects are the subjects of what goes out now.
func (h *house) subjects(t *testing.T, at time.Time) string {
	t.Helper()
	var list []string
	for _, out := range h.post(t, at) {
		list = append(list, out.Words.Subject)
	}
	return strings.Join(list, "; ")
}

// A STOP from a known mailbox that bears no token of ours may be anybody's: one mail asks there, and the answer to that
// decides (REQUIREMENTS B08).
func TestAStopWithoutATokenIsAskedAboutOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		out := h.post(t, noon)[0]
		at := noon.Add(time.Hour)
		before := h.state(t, who, at)
		h.letter(t, out.To, nil, "done 7", 0, at)
		h.letter(t, "mallory@evil.example", nil, "STOP", 0, at)
		if got := h.subjects(t, at); got != "" {
			t.Fatalf("said %q to a mail that nobody vouches for", got)
		}
		h.letter(t, out.To, nil, "please unsubscribe me", 0, at)
		h.letter(t, out.To, nil, "STOP", 0, at.Add(time.Hour))
		after := h.state(t, who, at.Add(time.Hour))
		if after.Reach(checkins.Email).State != checkins.Active || after.Heard.ID != before.Heard.ID {
			t.Errorf("a STOP without a token changed something: %+v", after.Reach(checkins.Email))
		}
		asked := h.post(t, at.Add(time.Hour))
		if len(asked) != 1 || !strings.Contains(asked[0].Words.Text, "STOP ends them") || asked[0].To != out.To {
			t.Fatalf("asked %d times: %+v", len(asked), asked)
		}
		h.letter(t, out.To, nil, "STOP", 0, at.Add(25*time.Hour))
		if again := h.post(t, at.Add(25*time.Hour)); len(again) != 1 {
			t.Errorf("on another day it is asked %d times", len(again))
		}
		h.letter(t, out.To, &asked[0], "stop", 0, at.Add(26*time.Hour))
		if got := h.mailbox(t, who, at.Add(26*time.Hour)); got != checkins.Stopped {
			t.Errorf("the answer to the question leaves the mailbox %s", got)
		}
		h.subjects(t, at.Add(26*time.Hour)) // the confirmation
		h.letter(t, out.To, nil, "STOP", 0, at.Add(50*time.Hour))
		if got := h.subjects(t, at.Add(50*time.Hour)); got != "" {
			t.Errorf("said %q to somebody who left", got)
		}
	})
}

// A mail with nothing in it but a picture is answered kindly, and leaves no record; one with words is read as if there
// were no picture.
func TestAPictureWithoutWordsIsToldThatItWasNotSeen(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		out := h.post(t, noon)[0]
		at := noon.Add(time.Hour)
		h.letter(t, out.To, &out, "", 1, at)
		if got := h.subjects(t, at); !strings.Contains(got, "without words") {
			t.Errorf("said %q", got)
		}
		if n := len(h.state(t, who, at).Records); n != 0 {
			t.Errorf("%d records of a picture", n)
		}
		h.letter(t, out.To, &out, "", 2, at.Add(time.Minute))
		if got := h.subjects(t, at.Add(time.Minute)); got != "" {
			t.Errorf("said a second time: %q", got)
		}
		h.letter(t, out.To, &out, "done 7", 1, at.Add(2*time.Minute))
		s := h.state(t, who, at.Add(2*time.Minute))
		if got := h.subjects(t, at.Add(2*time.Minute)); len(s.Records) != 1 || strings.Contains(got, "without words") {
			t.Errorf("words with a picture: %d records, and said %q", len(s.Records), got)
		}
	})
}

// A program that nothing marks as one, and that answers whatever comes, hears from us once for each of its answers to a
// question, and no more (REQUIREMENTS B06).
func TestAProgramThatAnswersEverythingIsNotAnsweredForEver(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for n, words := range map[int]func(round int) string{
			1: func(int) string { return "The office reopens soon" },
			2: func(round int) string { return "The office reopens soon " + strings.Repeat("!", round+1) + "x" },
			3: func(int) string { return "" },
		} {
			who := h.enrolBoth(t, n)
			out := h.post(t, noon)
			said, at := 0, noon.Add(time.Hour)
			for round := range 60 {
				if len(out) == 0 {
					break
				}
				at = at.Add(5 * time.Minute)
				h.letter(t, out[0].To, &out[0], words(round), 0, at)
				out = h.post(t, at)
				said += len(out)
			}
			limit := map[int]int{1: 2, 2: 24, 3: 1}[n]
			if said == 0 || said > limit {
				t.Errorf("program %d was answered %d times in a day, at most %d", n, said, limit)
			}
			if records := len(h.state(t, who, at).Records); n == 1 && records != 1 {
				t.Errorf("%d records of one text", records)
			}
		}
	})
}

// A person may ask the same twice on a day.
func TestTheSameQuestionTwiceOnADayIsAnsweredTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.enrolBoth(t, 1)
		out := h.post(t, noon)[0]
		for n := range 2 {
			at := noon.Add(time.Duration(n+1) * time.Hour)
			h.letter(t, out.To, &out, "when?", 0, at)
			if got := h.post(t, at); len(got) != 1 {
				t.Errorf("WHEN was answered %d times the %d. time", len(got), n+1)
			}
		}
	})
}
