package store_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
)

// dump is the database as a backup holds it.
func (h *house) dump(t *testing.T, now time.Time) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := h.Dump(t.Context(), &b, now, func(string) {}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// load restores a backup.
func (h *house) load(t *testing.T, raw []byte, now time.Time, alter func(*store.Restoring)) (store.Restored, error) {
	t.Helper()
	how := store.Restoring{Decide: h.rules.Restored, Step: func(string) {}}
	if alter != nil {
		alter(&how)
	}
	return h.Load(t.Context(), bytes.NewReader(raw), how, now)
}

// beside is an empty house with the same keys.
func (h *house) beside(t *testing.T, url string) *house {
	t.Helper()
	path := strings.TrimPrefix(url, "sqlite:")
	if path == url {
		path = ""
	}
	s, err := store.Open(t.Context(), store.Options{URL: url, Vault: h.vault, NewID: newID})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := &house{Store: s, url: url, path: path, vault: h.vault, rules: h.rules}
	other.inbox = &checkins.Inbox{House: h.rules, Decider: s, Reader: h.inbox.Reader}
	return other
}

func lite(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "other.db") }

// rowsIn are the lines of the tables of a dump that restoring leaves as they are.
func rowsIn(raw []byte) (lines []string) {
	keep := false
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, `{`) {
			keep = !strings.Contains(line, `"messages"`) && !strings.Contains(line, `"ticks"`) && !strings.Contains(line, `"plans"`) && strings.Contains(line, "table")
			continue
		}
		if keep {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

func TestABackupGoesFromOneDatabaseToTheOtherAndBack(t *testing.T) {
	h := onPaper(t)
	ada := h.fullLife(t, 1, "ada")
	h.fullLife(t, 2, "ben")
	now := noon.AddDate(0, 0, 3) // a day before their digest, which restoring would move on
	first := h.dump(t, now)
	pg := h.beside(t, storetest.Postgres(t))
	if _, err := pg.load(t, first, now, nil); err != nil {
		t.Fatal(err)
	}
	second := pg.dump(t, now)
	back := h.beside(t, lite(t))
	if _, err := back.load(t, second, now, nil); err != nil {
		t.Fatal(err)
	}
	third := back.dump(t, now)
	if a, b := rowsIn(first), rowsIn(second); !slices.Equal(a, b) || len(a) < 20 {
		t.Errorf("on the way to PostgreSQL %d rows became %d:\n%s", len(a), len(b), diff(strings.Join(a, ""), strings.Join(b, "")))
	}
	if string(second) != string(third) {
		t.Errorf("on the way back rows changed:\n%s", diff(string(second), string(third)))
	}
	var was, is bytes.Buffer
	for raw, from := range map[*bytes.Buffer]*house{&was: h, &is: back} {
		a := checkins.NewJSONArchive(raw)
		if err := errors.Join(from.Export(t.Context(), ada, a), a.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if len(was.String()) < 1000 || strings.Count(was.String(), "canary ada") != strings.Count(is.String(), "canary ada") {
		t.Error("not everything that was written came back")
	}
}

func TestABadBackupChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.fullLife(t, 1, "ada")
		whole := h.dump(t, noon)
		lines := bytes.SplitAfter(whole, []byte("\n"))
		cut := func(n int) []byte { return bytes.Join(lines[:len(lines)-n], nil) }
		for name, c := range map[string]struct {
			raw  []byte
			says string
		}{
			"empty":            {nil, "not whole"},
			"a stranger":       {[]byte("{\"a\":1}\n"), "no backup"},
			"cut at the end":   {cut(2), "not whole"},
			"cut in a line":    {whole[:len(whole)/2], "not whole"},
			"a row less":       {bytes.Join(append(slices.Clone(lines[:2]), lines[3:]...), nil), ""},
			"another version":  {bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1), "another version"},
			"another schema":   {bytes.Replace(whole, []byte(`"schema":1`), []byte(`"schema":9`), 1), "another version"},
			"an unknown table": {bytes.Replace(whole, []byte(`"table":"plans"`), []byte(`"table":"plots"`), 1), "does not know"},
			"an unknown key":   {bytes.Replace(whole, []byte("v1|"), []byte("v1|0000000"), 1), "needs the key"},
			"rubbish":          {bytes.Replace(whole, []byte("\n["), []byte("\n[x"), 1), "damaged"},
			"a broken number":  {bytes.Replace(whole, []byte(",540,"), []byte(",5.5,"), 1), "damaged"},
			"rows of no table": {[]byte(string(lines[0]) + "[1]\n"), "damaged"},
		} {
			url := lite(t)
			if h.path == "" {
				url = storetest.Postgres(t)
			}
			other := h.beside(t, url)
			_, err := other.load(t, c.raw, noon, nil)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, which does not say %q", name, err, c.says)
			}
			if ids, err := other.People(t.Context(), 10, 0); err != nil || len(ids) > 0 {
				t.Errorf("%s: %d people are there, %v", name, len(ids), err)
			}
			if held, err := other.Held(t.Context()); err != nil || !held.IsZero() {
				t.Errorf("%s: held since %v, %v", name, held, err)
			}
		}
		stranger := h.beside(t, lite(t))
		stranger.vault = vault.Ephemeral()
		s, err := store.Open(t.Context(), store.Options{URL: lite(t), Vault: vault.Ephemeral(), NewID: newID})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(t.Context(), bytes.NewReader(whole), store.Restoring{}, noon); err == nil || !strings.Contains(err.Error(), "another key file") {
			t.Errorf("with other keys: %v", err)
		}
		if _, err := h.load(t, whole, noon, nil); !errors.Is(err, store.ErrNotEmpty) {
			t.Errorf("over what is there: %v", err)
		}
	})
}

func TestWhatIsKnownFromLaterIsMergedTowardsSilence(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		stopped, erased, back, paused, calm := h.enrolBoth(t, 1), h.enrolBoth(t, 2), h.enrolBoth(t, 3), h.enrolBoth(t, 4), h.enrolBoth(t, 5)
		h.text(t, "+15005580003", "STOP", noon.Add(time.Minute))
		earlier, err := h.Stops(t.Context())
		if err != nil || len(earlier) != 1 {
			t.Fatalf("%v, %v", earlier, err)
		}
		h.text(t, "+15005580003", "START", noon.Add(2*time.Minute))
		raw := h.dump(t, noon.Add(time.Hour))
		day := noon.AddDate(0, 0, 1)
		h.text(t, "+15005580001", "STOP", day)
		h.text(t, "+15005580004", "pause", day)
		h.apply(t, paused, checkins.Wish{Kind: checkins.WishWords, Keep: checkins.KeepNumbers, Route: checkins.ByPage}, day)
		h.erase(t, erased, checkins.ErasedByPerson, day)
		late := h.enrolBoth(t, 6)
		h.text(t, "+15005580006", "STOP", day)
		later, err := h.Stops(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		week := noon.AddDate(0, 0, 7)
		// From the list alone, into an empty database; and over what is there.
		url := lite(t)
		if h.path == "" {
			url = storetest.Postgres(t)
		}
		empty := h.beside(t, url)
		fromList, err := empty.load(t, raw, week, func(r *store.Restoring) { r.Stops = append(earlier, later...) })
		if err != nil {
			t.Fatal(err)
		}
		if fromList.Stopped != 1 || fromList.Erased != 1 || fromList.People != 4 {
			t.Errorf("restored from the list: %+v", fromList)
		}
		over, err := h.load(t, raw, week, func(r *store.Restoring) { r.Stops, r.Replace = earlier, true })
		if err != nil {
			t.Fatal(err)
		}
		if over.Stopped != 1 || over.Erased != 1 || over.People != 4 {
			t.Errorf("restored over what is there: %+v", over)
		}
		for name, r := range map[string]*house{"from the list": empty, "over what is there": h} {
			if a := r.state(t, stopped, week).Reach(checkins.SMS); a.State != checkins.Stopped || a.Consented || !a.StateSince.Equal(day) {
				t.Errorf("%s: who said STOP is %s since %v, consent %v", name, a.State, a.StateSince, a.Consented)
			}
			if a := r.state(t, back, week).Reach(checkins.SMS); a.State != checkins.Active {
				t.Errorf("%s: who came back after that stop is %s", name, a.State)
			}
			if a := r.state(t, calm, week).Reach(checkins.SMS); a.State != checkins.Active {
				t.Errorf("%s: who did nothing is %s", name, a.State)
			}
			for _, gone := range []checkins.ParticipantID{erased, late} {
				if _, err := r.State(t.Context(), checkins.Who{Participant: gone}, week); !errors.Is(err, checkins.ErrNotFound) {
					t.Errorf("%s: who was erased or came later is there: %v", name, err)
				}
			}
			for _, number := range []string{"+15005580002", "+15005580006"} {
				if s, err := r.State(t.Context(), checkins.Who{Channel: checkins.SMS, Address: number}, week); err != nil || !s.Silent {
					t.Errorf("%s: %s is not silent, %v", name, number, err)
				}
			}
		}
		if who := h.state(t, paused, week).Participant; !who.QuietUntil.Equal(checkins.Forever) || who.Keep != checkins.KeepNumbers {
			t.Errorf("over what is there: who paused is quiet until %v, and %s is kept", who.QuietUntil, who.Keep)
		}
	})
}

func TestARestoredHouseSendsNothingThatWasDueBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrolBoth(t, 1)
		evening := h.state(t, who, noon).Plans[0].Next.At
		h.plan(t, who, evening) // it waits in the queue
		h.enrol(t, "+15005580077")
		raw := h.dump(t, evening)
		url := lite(t)
		if h.path == "" {
			url = storetest.Postgres(t)
		}
		r := h.beside(t, url)
		restored := evening.Add(10 * time.Minute)
		done, err := r.load(t, raw, restored, nil)
		if err != nil || done.Expired == 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		held := func(now time.Time) {
			t.Helper()
			due, err := r.Due(t.Context(), now, 10)
			digests, err2 := r.DueDigests(t.Context(), now, 10)
			if ids := r.claimAll(t, now); err != nil || err2 != nil || len(ids)+len(due)+len(digests) > 0 {
				t.Fatalf("while it is held %d plans and %d digests are due and %d messages are claimed, %v, %v", len(due), len(digests), len(ids), err, err2)
			}
		}
		held(restored.AddDate(0, 0, 3))
		if next := r.state(t, who, restored).Plans[0].Next.At; !next.After(restored.Add(3 * time.Hour)) {
			t.Errorf("the next reminder is due %v, on the day of the restoring", next)
		}
		if due := r.state(t, who, restored).Participant.Weekly.Due; !due.IsZero() && due.Before(restored.Add(3*time.Hour)) {
			t.Errorf("the next digest is due %v, on the day of the restoring", due)
		}
		// What a text from before asks for is an answer from before, too.
		r.text(t, "+15005580001", "status", restored.Add(-time.Minute))
		// What comes while it is held is answered, once it may be.
		r.text(t, "+15005580001", "help", restored.Add(time.Minute))
		held(restored.Add(time.Minute))
		if err := r.Unhold(t.Context(), restored.Add(2*time.Minute)); err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, id := range r.claimAll(t, restored.Add(2*time.Minute)) {
			out, err := r.Begin(t.Context(), id, 3, restored.Add(2*time.Minute), restored.Add(time.Hour))
			if errors.Is(err, checkins.ErrNotSent) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, string(out.Kind))
		}
		if !slices.Equal(left, []string{"help"}) {
			t.Errorf("after the release %v left", left)
		}
	})
}

func TestAStartFromBeforeTheStopDoesNotUndoIt(t *testing.T) {
	h := onPaper(t)
	who := h.enrolBoth(t, 1)
	at := noon.Add(time.Hour)
	h.text(t, "+15005580001", "STOP", at)
	for _, late := range []time.Duration{-time.Hour, -time.Second} {
		h.text(t, "+15005580001", "START", at.Add(late))
		if a := h.state(t, who, at).Reach(checkins.SMS); a.State != checkins.Stopped {
			t.Fatalf("a START written %v before the STOP makes it %s", -late, a.State)
		}
	}
	h.text(t, "+15005580001", "START", at.Add(time.Second))
	if a := h.state(t, who, at).Reach(checkins.SMS); a.State != checkins.Active {
		t.Errorf("a START after it makes it %s", a.State)
	}
}
