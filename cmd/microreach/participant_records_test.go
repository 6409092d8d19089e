package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store/storetest"
)

// shares lets somebody choose what those who run this see, as on their page.
func (c *command) shares(id string, what checkins.Sharing) {
	c.t.Helper()
	p := c.program()
	core, _, err := p.openCore(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	err = core.Store.Decide(c.t.Context(), checkins.Who{Participant: checkins.ParticipantID(id)}, morning, func(s checkins.State) (checkins.Effects, error) {
		s.Participant.Shares = what
		return checkins.Effects{Participant: &s.Participant}, nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// disclosed is who read what, as the person's copy tells it. The copy itself is the
// last of it.
func (c *command) disclosed(id string) (rows []string) {
	c.t.Helper()
	var export map[string][]map[string]any
	if err := json.Unmarshal([]byte(c.must("participant", "export", id)), &export); err != nil {
		c.t.Fatal(err)
	}
	for _, r := range export["disclosures"] {
		rows = append(rows, strings.TrimSpace(r["by_whom"].(string)+" "+r["what"].(string)+" "+r["reason"].(string)))
	}
	return rows
}

func TestAnOperatorSeesWhatIsSharedAndIsSeenReading(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	for name, database := range map[string]string{"sqlite": "", "postgres": "postgres"} {
		t.Run(name, func(t *testing.T) {
			c := newCommand(t)
			if database != "" {
				c.env["MICROREACH_DATABASE_URL"] = storetest.Postgres(t)
			}
			id := c.recorded()
			for _, step := range []struct {
				shares        checkins.Sharing
				args          string
				shows, hides  []string
				writtenDownAs string // empty = nothing is
			}{
				{checkins.ShareNothing, "--since 2026-02-20", []string{"4 answers", "2026-03-01  answered", "only that they answered"}, []string{"sister", "called back", "closeness", "rated", "long ago"}, ""},
				{checkins.ShareNothing, "", []string{"6 answers"}, []string{"sister", "rated"}, ""},
				{checkins.ShareNumbers, "--since 2026-02-20", []string{"closeness", "rated 4", "rated 5"}, []string{"sister", "called back"}, "tess numbers"},
				{checkins.ShareWords, "--since 2026-02-20", []string{"rated 4", "I called <my> sister", "she called back"}, []string{"long ago"}, "tess words"},
				{checkins.ShareNothing, "--since 2026-01-01 --break-glass they-asked-by-phone", []string{"I called <my> sister", "long ago", "only that they answered", "Noted"}, nil, "tess words they-asked-by-phone"},
			} {
				c.shares(id, step.shares)
				before := c.disclosed(id)
				for _, form := range []string{"", " --json"} {
					out := c.must(append([]string{"participant", "records", id}, strings.Fields(step.args+form)...)...)
					for _, word := range step.shows {
						if form == "" && !strings.Contains(out, word) {
							t.Errorf("%s %q: %q is not shown:\n%s", step.shares, step.args, word, out)
						}
					}
					for _, word := range step.hides {
						if strings.Contains(out, word) {
							t.Errorf("%s %q: %q is shown:\n%s", step.shares, step.args+form, word, out)
						}
					}
					if form != "" && !json.Valid([]byte(out)) {
						t.Errorf("that is no JSON: %s", out)
					}
				}
				after := c.disclosed(id)
				want := append(before, "tess copy")
				if step.writtenDownAs != "" {
					want = append(before, step.writtenDownAs, step.writtenDownAs, "tess copy")
				}
				if strings.Join(after, "\n") != strings.Join(want, "\n") {
					t.Errorf("%s %q: written down is\n%s\nand not\n%s", step.shares, step.args, strings.Join(after, "\n"), strings.Join(want, "\n"))
				}
			}
		})
	}
}

func TestADigestIsShownToWhomWordsAreShared(t *testing.T) {
	c := newCommand(t)
	id := c.recorded()
	if code, out, errs := c.run("try", "digest", "--participant", id, "--week", "2026-W09"); code != exitFailure || !strings.Contains(errs, "--break-glass") || out != "" {
		t.Errorf("without sharing: exit %d, %s%s", code, out, errs)
	}
	c.shares(id, checkins.ShareWords)
	c.must("try", "digest", "--participant", id, "--week", "2026-W09")
	if got := strings.Join(c.disclosed(id), "; "); got != "tess digest; tess copy" {
		t.Errorf("written down is %s", got)
	}
}

func TestReasonsAndDatesOfRecordsAreChecked(t *testing.T) {
	c := newCommand(t)
	id := c.recorded()
	for _, test := range []struct {
		args []string
		want int
		says string
	}{
		{[]string{"nobody"}, exitFailure, "participant list"},
		{[]string{id, "--since", "yesterday"}, exitUsage, "--since"},
		{[]string{id, "--since", "2027-01-01"}, exitUsage, "still to come"},
		{[]string{id, "--break-glass", " "}, exitUsage, "reason"},
		{[]string{id, "--break-glass", "because"}, exitUsage, "reason"},
		{[]string{id, "--break-glass", strings.Repeat("because ", 60)}, exitUsage, "at most 300"},
	} {
		if code, out, errs := c.run(append([]string{"participant", "records"}, test.args...)...); code != test.want || !strings.Contains(errs, test.says) || out != "" {
			t.Errorf("%v: exit %d, %s%s", test.args, code, out, errs)
		}
	}
	if got := strings.Join(c.disclosed(id), "; "); got != "tess copy" {
		t.Errorf("written down is %s", got)
	}
}
