package main

import (
	"bytes"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// recorded is somebody with a few records of one week.
func (c *command) recorded() string {
	c.t.Helper()
	c.must("init")
	id := strings.Fields(c.must("participant", "add", "--name", "Robin", "--email", "robin@example.org", "--zone", "America/New_York"))[0]
	p := c.program()
	core, _, err := p.openCore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	err = core.Store.Decide(c.t.Context(), checkins.Who{Participant: checkins.ParticipantID(id)}, morning, func(checkins.State) (e checkins.Effects, err error) {
		for i, words := range []string{"I called <my> sister", "she called back", "long ago"} {
			four := 4.0 + float64(i)
			at := morning.Add(-time.Duration(20+i) * time.Hour)
			if i == 2 {
				at = morning.AddDate(0, 0, -20)
			}
			for j := range 2 {
				e.CheckIns = append(e.CheckIns, checkins.CheckIn{
					ID: checkins.CheckInID(p.NewID()), Practice: "closeness", Kind: checkins.CheckInAsk, Channel: checkins.Email, Rating: &four, Note: words,
					At: at.Add(time.Duration(j) * time.Minute), Date: pace.DateOf(at),
				})
			}
		}
		return e, nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := core.Close(); err != nil {
		c.t.Fatal(err)
	}
	return id
}

func TestTryDigestShowsOneWeek(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	id := c.recorded() // on a Sunday afternoon in New York, and it is Monday morning
	text := c.must("try", "digest", "--participant", id, "--break-glass", "for a test", "--week", "2026-W09")
	if !strings.Contains(text, "Subject: Microreach: your week") || !strings.Contains(text, `"I called <my> sister"`) || strings.Contains(text, "long ago") {
		t.Errorf("the text is\n%s", text)
	}
	if again := c.must("try", "digest", "--participant", id, "--break-glass", "for a test", "--week", "2026-W09", "--text"); again != text {
		t.Error("--text prints something else")
	}
	if page := c.must("try", "digest", "--participant", id, "--break-glass", "for a test", "--week", "2026-W09", "--html"); !strings.Contains(page, "I called &lt;my&gt; sister") || !strings.Contains(page, `src="data:image/png;base64,`) {
		t.Errorf("the page is\n%s", page)
	}
	c.must("try", "digest", "--participant", id, "--break-glass", "for a test", "--week", "2026-W09", "--eml", "week.eml")
	raw, err := os.ReadFile("week.eml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if to := m.Header.Get("To"); !strings.Contains(to, "robin@example.org") || !strings.Contains(m.Header.Get("Content-Type"), "multipart/related") || !bytes.Contains(raw, []byte("week.2026-W09")) {
		t.Errorf("the mail begins with\n%s", raw[:min(len(raw), 1000)])
	}
	if info, err := os.Stat("week.eml"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the file: %v, %v", info.Mode(), err)
	}
	for _, test := range []struct {
		args string
		want int
		says string
	}{
		{"--participant " + id + " --week 2026-W12 --break-glass for-a-test", exitFailure, "no digest"},
		{"--participant " + id + " --week 2026-W54", exitUsage, "2026-W48"},
		{"--participant " + id + " --week last", exitUsage, "2026-W48"},
		{"--participant " + id + " --html --text", exitUsage, "choose one"},
		{"--participant nobody --week 2026-W09", exitFailure, "participant list"},
		{"--week 2026-W09", exitUsage, "--participant"},
	} {
		if code, _, errs := c.run(append([]string{"try", "digest"}, strings.Fields(test.args)...)...); code != test.want || !strings.Contains(errs, test.says) {
			t.Errorf("try digest %s: exit %d, %s", test.args, code, errs)
		}
	}
	if shown := c.must("participant", "show", id); !strings.Contains(shown, "digest by email, next Sun 8 Mar 2026 18:00") {
		t.Errorf("participant show says\n%s", shown)
	}
}

func TestAnOperatorWritesDownWhatSomebodyChoseOfTheDigest(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	c := newCommand(t)
	id := c.recorded()
	for _, test := range []struct{ set, shown string }{
		{"fri 17:05", "next Fri 6 Mar 2026 17:05"},
		{"off", ""},
		{"mon 09:00", "next Mon 9 Mar 2026 09:00"},
		{"mail", "next Mon 9 Mar 2026 09:00"},
		{"text", ""}, // there is no number
	} {
		c.must("participant", "set", id, "--digest", test.set, "--digest-form", "numbers", "--digest-past", "yes")
		shown := c.must("participant", "show", id)
		if test.shown == "" && strings.Contains(shown, "digest by") || !strings.Contains(shown, test.shown) {
			t.Errorf("after %q participant show says\n%s", test.set, shown)
		}
	}
	if text := c.must("try", "digest", "--participant", id, "--break-glass", "for a test", "--week", "2026-W10"); strings.Contains(text, "sister") {
		t.Errorf("numbers only holds words:\n%s", text)
	}
	for flag, bad := range map[string]string{"--digest": "someday", "--digest-form": "song", "--digest-past": "maybe"} {
		if code, _, errs := c.run("participant", "set", id, flag, bad); code != exitUsage || !strings.Contains(errs, flag) {
			t.Errorf("%s %s: exit %d, %s", flag, bad, code, errs)
		}
	}
	if code, _, _ := c.run("participant", "set", id, "--digest", "fri 25:00"); code != exitUsage {
		t.Error("25:00 is taken for an hour")
	}
}
