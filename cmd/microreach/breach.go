package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/cmd/microreach/service"
)

// breachFlags say what came into wrong hands.
type breachFlags struct {
	from, until, discovered string
	fields, keys            []string
	open, asJSON            bool
}

func (p *program) breachCommand() *cobra.Command {
	var f breachFlags
	c := &cobra.Command{
		Use:   "breach",
		Short: "List who is affected when data came into wrong hands",
		Long: "Breach lists of whom something came into wrong hands, which fields, and how many records of each: all that is kept, or what\n" +
			"you narrow it to. --until is when the data was taken: what was made later was not in it. --from leaves out what was made\n" +
			"before, such as where a provider passed something on since a day; people, addresses, consents and plans that stood then\n" +
			"count all the same. --fields names tables or columns, --keys only what those keys sealed, when a key file was taken.\n" +
			"Sealed fields could be read with the key alone: say whether it was taken too. --json names each field that stands in the\n" +
			"clear. Names and addresses are shown with --open.\n" +
			"The list is of the database as it is now: run it on a copy of the backup where it was a backup that was taken.\n\n" +
			"Whom to tell, and until when, counted from when you found out (no advice of a lawyer; ask one early):\n" +
			"  GDPR, articles 33 and 34: the supervisory authority within 72 hours; the people at once, where the risk for them is high.\n" +
			"  FTC Health Breach Notification Rule (16 CFR 318), also where somebody of yours passed on data without leave: the people,\n" +
			"  and with 500 or more of them the FTC, without delay and within 60 days; with 500 or more in one state its media, too;\n" +
			"  with fewer the FTC within 60 days after the end of the year.\n" +
			"  Laws of states: often 30 to 60 days, and the attorney general from some number on (Washington: 30 days, 500 people).",
		Example: "  microreach breach\n  microreach breach --until 2026-03-05T18:00:00Z --fields messages,check_ins.note --discovered 2026-03-07T09:00:00Z\n" +
			"  microreach breach --keys 0a0b0c0d --open --json > affected.json",
		Args: args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			b, found, err := f.read(p.Now())
			if err != nil {
				return err
			}
			core, _, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			return errors.Join(p.breach(c.Context(), core, b, found, f), core.Close())
		},
	}
	c.Flags().StringVar(&f.from, "from", "", "since when, such as 2026-03-01T00:00:00Z (default: since ever)")
	c.Flags().StringVar(&f.until, "until", "", "until when (default: now)")
	c.Flags().StringSliceVar(&f.fields, "fields", nil, "tables, or columns such as check_ins.note, comma-separated (default: all)")
	c.Flags().StringSliceVar(&f.keys, "keys", nil, "ids of the keys that were taken, comma-separated; microreach keys list shows them (default: all values)")
	c.Flags().StringVar(&f.discovered, "discovered", "", "when you found out, for the deadlines (default: now)")
	c.Flags().BoolVar(&f.open, "open", false, "show names and addresses, to write to them")
	c.Flags().BoolVar(&f.asJSON, "json", false, "as JSON, for scripts")
	return c
}

// read makes sense of the flags.
func (f breachFlags) read(now time.Time) (b store.Breach, found time.Time, err error) {
	b.Fields, b.Keys, found = f.fields, f.keys, now
	for _, flag := range []struct {
		name, text string
		to         *time.Time
	}{{"from", f.from, &b.From}, {"until", f.until, &b.Until}, {"discovered", f.discovered, &found}} {
		if flag.text == "" {
			continue
		}
		if *flag.to, err = time.Parse(time.RFC3339, flag.text); err != nil {
			return b, found, usage("--%s %q: write it like 2026-03-08T19:00:00Z", flag.name, flag.text)
		}
		if flag.to.After(now) {
			return b, found, usage("--%s %s is still to come", flag.name, flag.text)
		}
	}
	if !b.Until.IsZero() && !b.From.Before(b.Until) {
		return b, found, usage("--from %s is not before --until %s", f.from, f.until)
	}
	return b, found, nil
}

// deadlines of the laws that the help names, from when it was found out.
var deadlines = []struct {
	Law  string
	Days int
}{
	{"GDPR, article 33: the supervisory authority", 3},
	{"Washington and some other states: the people, and the attorney general from some number on", 30},
	{"FTC Health Breach Notification Rule: the people, and with 500 or more the FTC", 60},
}

func (p *program) breach(ctx context.Context, core *service.Core, b store.Breach, found time.Time, f breachFlags) error {
	list, err := core.Store.Affected(ctx, b, f.open)
	if err != nil {
		return err
	}
	if f.asJSON {
		return p.breachJSON(list, b, found)
	}
	if len(list) == 0 {
		p.say("Nobody is affected, as far as the database tells now: nothing of anybody is in that span, those fields or under those keys.")
		return nil
	}
	p.say("%d people are affected.\n", len(list))
	p.breachFields(list)
	p.say("\nWho they are, and how they can be reached:")
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	for _, a := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", a.Participant, strings.Join(reachedBy(a, f.open), ", "), a.Name) // p.Out tells
	}
	_ = w.Flush() // as above
	p.say("\nUntil when, if you found out at %s:", found.UTC().Format(time.RFC3339))
	for _, d := range deadlines {
		p.say("  %s  %s", found.AddDate(0, 0, d.Days).UTC().Format(time.RFC3339), d.Law)
	}
	p.say("\nThey are not told by this program. Next: microreach breach --open, to write to them, and microreach breach --help on whom to tell.")
	return nil
}

// breachFields sums up over all people: each sealed field, and of each table what
// stands in the clear, which is states, dates and choices.
func (p *program) breachFields(list []store.Affected) {
	type sum struct{ people, records int }
	sums := map[string]sum{}
	for _, a := range list {
		own := map[string]int{}
		for _, f := range a.Fields {
			name := f.Table + "." + f.Column + "\tsealed"
			if !f.Sealed {
				name = f.Table + "\tin the clear"
			}
			own[name] = max(own[name], f.Records)
		}
		for name, n := range own {
			sums[name] = sum{sums[name].people + 1, sums[name].records + n}
		}
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "field\t\tpeople\trecords") // p.Out tells
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\n", name, sums[name].people, sums[name].records)
	}
	_ = w.Flush() // as above
}

// reachedBy is how somebody can be told; the addresses themselves where they are open.
func reachedBy(a store.Affected, open bool) (ways []string) {
	for _, to := range a.Addresses {
		way := fmt.Sprintf("%s (%s)", to.Channel, to.State)
		if open {
			way = fmt.Sprintf("%s %s", to.Value, way[len(to.Channel)+1:])
		}
		ways = append(ways, way)
	}
	return ways
}

func (p *program) breachJSON(list []store.Affected, b store.Breach, found time.Time) error {
	type field struct {
		Field   string `json:"field"`
		Sealed  bool   `json:"sealed"`
		Records int    `json:"records"`
	}
	type way struct {
		Channel checkins.Channel      `json:"channel"`
		State   checkins.AddressState `json:"state"`
		Address string                `json:"address,omitempty"`
	}
	type person struct {
		Participant checkins.ParticipantID `json:"participant"`
		Name        string                 `json:"name,omitempty"`
		Reach       []way                  `json:"reach"`
		Fields      []field                `json:"fields"`
	}
	type deadline struct {
		Until time.Time `json:"until"`
		Law   string    `json:"law"`
	}
	answer := struct {
		From       time.Time  `json:"from,omitzero"`
		Until      time.Time  `json:"until,omitzero"`
		Discovered time.Time  `json:"discovered"`
		Deadlines  []deadline `json:"deadlines"`
		People     []person   `json:"people"`
	}{b.From.UTC(), b.Until.UTC(), found.UTC(), nil, []person{}}
	for _, d := range deadlines {
		answer.Deadlines = append(answer.Deadlines, deadline{found.AddDate(0, 0, d.Days).UTC(), d.Law})
	}
	for _, a := range list {
		one := person{Participant: a.Participant, Name: a.Name, Reach: []way{}}
		for _, to := range a.Addresses {
			one.Reach = append(one.Reach, way{to.Channel, to.State, to.Value})
		}
		for _, f := range a.Fields {
			one.Fields = append(one.Fields, field{f.Table + "." + f.Column, f.Sealed, f.Records})
		}
		answer.People = append(answer.People, one)
	}
	out := json.NewEncoder(p.Out)
	out.SetIndent("", "  ")
	return out.Encode(answer)
}
