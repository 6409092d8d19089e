package demo

import (
	"net/url"
	"strings"
	"testing"
)

func TestThePaceIsSetOnThePhoneAcrossAChangeOfTheClocks(t *testing.T) {
	s := newTryout(t)
	type step struct{ path, say, want string }
	play := func(steps ...step) {
		t.Helper()
		for _, st := range steps {
			key := map[string]string{"/text": "text", "/jump": "to"}[st.path]
			if body := s.post(t, st.path, url.Values{key: {st.say}}); !strings.Contains(body, st.want) {
				t.Errorf("after %q the page does not say %q; the last text is %q", st.say, st.want, s.lastText())
			}
		}
	}
	play(step{"/text", "WHEN?", "next: today 19:00, Thu 5 Mar 19:00"})
	s.next(t, s.world.phoneOwner())
	play(
		step{"/text", "LATER", "later it is: tomorrow 09:00"}, // three hours on it is quiet
		step{"/text", "WHEN", "next: tomorrow 09:00 (moved by you)"},
		step{"/text", "SLOWER", "now 2 a week, Mon and Thu 19:00"},
		step{"/text", "UNDO", "put back as it was: 3 a week, Mon, Thu and Sat 19:00"},
	)
	s.next(t, s.world.phoneOwner())
	play(
		step{"/text", "done 6", "noted"},
		step{"/jump", "day", ""}, step{"/jump", "day", ""}, step{"/jump", "day", ""},
		step{"/text", "PAUSE 3 days", "paused. Nothing until"},
		step{"/text", "WHEN", "(after your pause)"},
		step{"/jump", "week", "Clocks went forward in New York on Sun 8 Mar"},
	)
	came := 0
	for _, m := range s.world.phone.Thread(s.world.phoneOwner().Address) {
		if strings.Contains(m.Body, "your pause is over") {
			came++
		}
	}
	if came != 1 {
		t.Errorf("after the pause it was said %d times that it is over", came)
	}
	play(
		step{"/text", "UNDO", "put back"},      // the pause, which is over
		step{"/text", "undo that", "put back"}, // LATER; the same words at once would count as sent twice
		step{"/text", "undo please", "no change to take back"},
	)
}

// lastText is the newest text on the phone.
func (s *tryout) lastText() string {
	list := s.world.phone.Messages()
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1].Body
}
