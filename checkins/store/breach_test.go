package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

// affected is what a breach holds, as "person table.column records", of the columns
// that are asked for.
func (h *house) affected(t *testing.T, b store.Breach, names map[checkins.ParticipantID]string, only ...string) (lines []string) {
	t.Helper()
	list, err := h.Affected(t.Context(), b, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Name != "" || len(a.Addresses) != 2 || a.Addresses[0].Value != "" || a.Addresses[0].Channel != checkins.Email || a.Addresses[1].Channel != checkins.SMS {
			t.Errorf("more or less than how to reach them: %+v", a)
		}
		for _, f := range a.Fields {
			if field := f.Table + "." + f.Column; len(only) == 0 || slices.Contains(only, field) {
				lines = append(lines, names[a.Participant]+" "+field)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func TestABreachNamesWhoIsAffectedAndOfWhichFields(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ada, ben := h.fullLife(t, 1, "ada"), h.fullLife(t, 2, "ben")
		names := map[checkins.ParticipantID]string{ada: "ada", ben: "ben"}
		lines := h.affected(t, store.Breach{}, names)
		for _, of := range store.KnownTables() {
			for _, c := range of.Sealed {
				if field := of.Name + "." + c; !slices.Contains(lines, "ada "+field) {
					t.Errorf("%s is not in it", field)
				}
			}
			for _, c := range of.Hashes {
				if field := of.Name + "." + c; slices.Contains(lines, "ada "+field) {
					t.Errorf("%s is in it: a keyed hash", field)
				}
			}
			if of.Whose != "" && !strings.Contains(strings.Join(lines, "\n"), "ada "+of.Name+".") {
				t.Errorf("nothing of %s is in it", of.Name)
			}
		}
		// h.fullLife enrols at noon, and its evening has the records.
		for name, c := range map[string]struct {
			breach store.Breach
			want   string
		}{
			"one column":        {store.Breach{Fields: []string{"check_ins.note"}}, "ada check_ins.note; ben check_ins.note"},
			"a table":           {store.Breach{Fields: []string{"own_practices"}}, "ada own_practices.created_at; ada own_practices.words; ben own_practices.created_at; ben own_practices.words"},
			"before everything": {store.Breach{Until: noon.Add(-24 * time.Hour)}, ""},
			"before a record":   {store.Breach{Until: noon.Add(time.Hour), Fields: []string{"check_ins.note", "addresses.value"}}, "ada addresses.value; ben addresses.value"},
			"after it":          {store.Breach{From: noon.Add(240 * time.Hour), Fields: []string{"check_ins.note", "addresses.value"}}, "ada addresses.value; ben addresses.value"},
			"another key":       {store.Breach{Keys: []string{"00000000"}}, ""},
			"the key":           {store.Breach{Keys: []string{strings.Split(h.vault.Prefix(), "|")[1]}, Fields: []string{"plans"}}, "ada plans.because; ben plans.because"},
		} {
			if got := strings.Join(h.affected(t, c.breach, names), "; "); got != c.want {
				t.Errorf("%s: %s, not %s", name, got, c.want)
			}
		}
		opened, err := h.Affected(t.Context(), store.Breach{Fields: []string{"participants.name"}}, true)
		if err != nil || len(opened) != 2 {
			t.Fatal(len(opened), err)
		}
		for _, a := range opened {
			if a.Name != canary(names[a.Participant], "participants", "name") || !strings.HasPrefix(a.Addresses[1].Value, "+1500558") || a.Fields[0].Records != 1 || !a.Fields[0].Sealed {
				t.Errorf("opened: %+v", a)
			}
		}
	})
}

func TestABreachOfWhatIsNotThereIsAnError(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for _, b := range []store.Breach{
			{Fields: []string{"people"}}, {Fields: []string{"check_ins.words"}}, {Fields: []string{"suppressions"}}, {Fields: []string{""}}, {Keys: []string{"'; DROP"}}, {Keys: []string{"%"}},
		} {
			if _, err := h.Affected(t.Context(), b, false); err == nil {
				t.Errorf("%+v is no error", b)
			}
		}
	})
}
