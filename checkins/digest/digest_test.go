package digest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/digest"
	"github.com/microreach/microreach/checkins/reply"
)

var (
	newYork, _ = time.LoadLocation("America/New_York")
	to         = time.Date(2026, time.November, 29, 18, 0, 0, 0, newYork)
	from       = to.AddDate(0, 0, -7)
)

func n(v float64) *float64 { return &v }

var catalogue = map[checkins.PracticeID]checkins.Practice{
	"one-feeling":  {ID: "one-feeling", Kind: checkins.Reach, Measure: "tension"},
	"small-favour": {ID: "small-favour", Kind: checkins.Reach},
	"soften":       {ID: "soften", Kind: checkins.Ground},
	"closeness":    {ID: "closeness", Kind: checkins.CheckInAsk, Measure: "closeness"},
	"tension":      {ID: "tension", Kind: checkins.CheckInAsk, Measure: "tension"},
	"win":          {ID: "win", Kind: checkins.Journal},
	"unsent":       {ID: "unsent", Kind: checkins.Journal, Page: true},
	"own-1":        {ID: "own-1", Kind: checkins.Reach, Own: true, Label: "Text my sister"},
	"own-2":        {ID: "own-2", Kind: checkins.Reach, Own: true, Label: "HARD words"},
}

// input is a week of those records, the hours before its end in each.
func input(records ...checkins.CheckIn) digest.Input {
	for i := range records {
		c := &records[i]
		c.ID = checkins.CheckInID(fmt.Sprint(i))
		c.Kind = catalogue[c.Practice].Kind
	}
	return digest.Input{
		Person: checkins.Participant{Zone: "America/New_York"}, From: from, To: to, Records: records, Win: "win",
		Practice: func(id checkins.PracticeID) (checkins.Practice, bool) { p, ok := catalogue[id]; return p, ok },
		Hard:     func(text string) bool { return strings.Contains(text, "HARD") },
	}
}

func at(hours float64, c checkins.CheckIn) checkins.CheckIn {
	c.At = to.Add(-time.Duration(hours * float64(time.Hour)))
	return c
}

func done(hours float64, id checkins.PracticeID) checkins.CheckIn {
	return at(hours, checkins.CheckIn{Practice: id, Outcome: reply.OutcomeDone})
}

func wrote(hours float64, id checkins.PracticeID, note string) checkins.CheckIn {
	return at(hours, checkins.CheckIn{Practice: id, Note: note})
}

func rated(hours float64, id checkins.PracticeID, v float64) checkins.CheckIn {
	return at(hours, checkins.CheckIn{Practice: id, Rating: &v})
}

func TestTheWeekEndsAtItsMoment(t *testing.T) {
	week := digest.Of(input(
		wrote(0, "", "at the end"), wrote(0.01, "", "just before"), wrote(168, "", "at the beginning"), wrote(168.01, "", "just before that"), wrote(-1, "", "after"),
	))
	var said []string
	for _, e := range week.Written {
		said = append(said, e.Words)
	}
	if got := strings.Join(said, "; "); got != "at the beginning; just before" {
		t.Errorf("the week holds %q", got)
	}
}

func TestWhatWasNotDoneIsNowhere(t *testing.T) {
	for _, o := range []reply.Outcome{reply.OutcomeSkipped, reply.OutcomeNotYet} {
		week := digest.Of(input(at(5, checkins.CheckIn{Practice: "one-feeling", Outcome: o})))
		if !week.Empty() {
			t.Errorf("%s alone makes a digest: %+v", o, week)
		}
		week = digest.Of(input(at(5, checkins.CheckIn{Practice: "one-feeling", Outcome: o, Note: "she was ill", Rating: n(9)}), done(3, "soften")))
		told := 0
		if o == reply.OutcomeNotYet {
			told = 1
		}
		if len(week.Written) != told || told == 1 && week.Written[0].Outcome != "" || week.Counts.Approached != 0 || len(week.Series) != told {
			t.Errorf("%s in words: %+v", o, week)
		}
	}
	if week := digest.Of(input(at(5, checkins.CheckIn{Outcome: reply.OutcomeSkipped, Note: "HARD"}), done(3, "soften"))); !week.Quiet {
		t.Error("hard words beside NOT TODAY do not make it quiet")
	}
	if !digest.Of(input()).Empty() {
		t.Error("a week without records is not empty")
	}
}

func TestMomentsOfApproachStandFirst(t *testing.T) {
	week := digest.Of(input(
		done(50, "soften"), wrote(40, "win", "I stayed"), done(30, "one-feeling"), done(20, "own-1"), wrote(10, "unsent", "Dear Sam"), done(5, ""),
	))
	if len(week.Approached) != 4 || len(week.Grounded) != 1 || len(week.Written) != 1 {
		t.Fatalf("%+v", week)
	}
	if week.Approached[0].Words != "I stayed" || week.Approached[2].Label != "Text my sister" {
		t.Errorf("%+v", week.Approached)
	}
	if week.Counts != (digest.Counts{Approached: 4, Grounded: 1, Written: 1}) {
		t.Errorf("%+v", week.Counts)
	}
}

func TestWordsStandAsTheyWereWritten(t *testing.T) {
	for _, words := range []string{"  <b>x</b> & \"y\"  ", "zwei\nZeilen", "שלום 🙂", "\u202eturned"} {
		week := digest.Of(input(wrote(5, "", words)))
		if got := week.Written[0].Words; got != strings.TrimSpace(words) {
			t.Errorf("%q stands as %q", words, got)
		}
	}
	if got := digest.Of(input(wrote(5, "", "a\r\nb\x00\x02\x03\x1b[1m"))).Written[0].Words; got != "a\nb[1m" {
		t.Errorf("control characters stand: %q", got)
	}
	long := digest.Of(input(wrote(5, "", strings.Repeat("ä", 5000)))).Written[0].Words
	if r := []rune(long); len(r) > 2010 || !strings.HasSuffix(long, "[…]") {
		t.Errorf("a long text has %d letters and ends with %q", len(r), long[len(long)-8:])
	}
}

func TestNumbersMakeAPictureFromThreeOn(t *testing.T) {
	pair := at(9, checkins.CheckIn{Practice: "one-feeling", Outcome: reply.OutcomeDone, RatingBefore: n(8), Rating: n(3)})
	free := at(8, checkins.CheckIn{RatingBefore: n(6), Rating: n(5)})
	for _, c := range []struct {
		records []checkins.CheckIn
		chart   bool
		series  string
	}{
		{[]checkins.CheckIn{rated(20, "closeness", 4)}, false, "closeness 1"},
		{[]checkins.CheckIn{rated(20, "closeness", 4), pair}, false, "closeness 1 tension 1"},
		{[]checkins.CheckIn{pair, rated(20, "closeness", 4), free}, true, "closeness 1 tension 2"},
		{[]checkins.CheckIn{at(5, checkins.CheckIn{Practice: "win", Rating: n(7), Note: "seven"})}, false, ""},
	} {
		week := digest.Of(input(c.records...))
		var got []string
		for _, s := range week.Series {
			got = append(got, fmt.Sprint(s.Measure, " ", len(s.Points)))
		}
		if week.Chart != c.chart || strings.Join(got, " ") != c.series {
			t.Errorf("%v, picture %v; want %s, %v", got, week.Chart, c.series, c.chart)
		}
	}
	p := digest.Of(input(pair, rated(20, "closeness", 4), rated(19, "closeness", 5))).Picture(
		func(at time.Time) string { return at.Format("Mon") },
		func(m string, before, paired bool) string { return fmt.Sprint(m, before, paired) })
	again, err := digest.ParsePicture(p.String())
	if err != nil || again.String() != p.String() {
		t.Error(again, err)
	}
	if want := `{"days":["Sat","Sat","Sun"],"lines":[{"name":"closenessfalse false","values":[4,5,null]},{"name":"tensiontrue true","values":[null,null,8]},{"name":"tensionfalse true","values":[null,null,3]}]}`; p.String() != want {
		t.Errorf("the picture is %s", p)
	}
}

func TestNewsAreOnlyWhatIsWelcomeAndClear(t *testing.T) {
	weeks := func(measure checkins.PracticeID, then, now float64, more ...checkins.CheckIn) digest.Week {
		list := append([]checkins.CheckIn{}, more...)
		for i := range 3 {
			list = append(list, rated(float64(10+i), measure, now), rated(float64(300+i), measure, then))
		}
		return digest.Of(input(list...))
	}
	for _, c := range []struct {
		name string
		week digest.Week
		news int
	}{
		{"closer", weeks("closeness", 4, 6), 1},
		{"less close", weeks("closeness", 6, 4), 0},
		{"hardly closer", weeks("closeness", 4, 4.5), 0},
		{"less tense", weeks("tension", 7, 5), 1},
		{"more tense", weeks("tension", 5, 7), 0},
		{"too few", digest.Of(input(rated(1, "closeness", 9), rated(2, "closeness", 9), rated(3, "closeness", 9), rated(300, "closeness", 1))), 0},
		{"too long ago", digest.Of(input(rated(1, "closeness", 9), rated(2, "closeness", 9), rated(3, "closeness", 9),
			rated(900, "closeness", 1), rated(901, "closeness", 1), rated(902, "closeness", 1))), 0},
		{"a hard week", weeks("closeness", 4, 6, at(5, checkins.CheckIn{Practice: "one-feeling", Outcome: reply.OutcomeNotYet})), 0},
		{"met with coldness", weeks("closeness", 4, 6, at(5, checkins.CheckIn{Practice: "one-feeling", Outcome: reply.OutcomeDone, Feelings: []string{"rejected"}})), 0},
		{"tension rose", weeks("closeness", 4, 6, at(5, checkins.CheckIn{RatingBefore: n(3), Rating: n(4)})), 0},
		{"hard words", weeks("closeness", 4, 6, wrote(5, "", "HARD")), 0},
	} {
		if got := len(c.week.News); got != c.news {
			t.Errorf("%s: %+v", c.name, c.week.News)
		}
	}
	first := input(done(5, "small-favour"), done(300, "one-feeling"))
	first.Done = map[checkins.PracticeID]int{"small-favour": 1, "one-feeling": 1}
	if news := digest.Of(first).News; len(news) != 1 || news[0].Practice != "small-favour" {
		t.Errorf("a first time: %+v", news)
	}
	first.Done["small-favour"] = 2
	if news := digest.Of(first).News; len(news) != 0 {
		t.Errorf("a second time: %+v", news)
	}
}

func TestHardWordsMakeTheWeekQuietAndAreNotQuoted(t *testing.T) {
	in := input(
		wrote(50, "win", "a good talk"), at(40, checkins.CheckIn{Practice: "small-favour", Outcome: reply.OutcomeDone, Expectation: "HARD", Note: "fine", Feelings: []string{"sad"}}),
		rated(30, "closeness", 1), rated(29, "closeness", 2), rated(28, "closeness", 3), wrote(400, "win", "an older good talk"),
	)
	in.Person.Digest.Past = true
	in.Plans = []checkins.Plan{{ID: "p", Because: "a reason"}}
	week := digest.Of(in)
	if !week.Quiet || week.Chart || len(week.Feelings)+len(week.News)+len(week.Values) > 0 || week.Past != nil {
		t.Errorf("%+v", week)
	}
	if shown := fmt.Sprintf("%+v", week); strings.Contains(shown, "HARD") || strings.Contains(shown, "fine") || !strings.Contains(shown, "a good talk") {
		t.Errorf("it shows %s", shown)
	}
	for name, elsewhere := range map[string]func(*digest.Input){
		"the reason of a plan": func(in *digest.Input) { in.Plans[0].Because = "HARD" },
		"an own practice":      func(in *digest.Input) { in.Records = append(in.Records, done(4, "own-2")) },
		"a moment long ago":    func(in *digest.Input) { in.Records[1].Note = "HARD times three" },
	} {
		in := input(done(5, "one-feeling"), wrote(400, "win", "an older good talk"))
		in.Person.Digest.Past, in.Plans = true, []checkins.Plan{{ID: "", Because: "a reason"}}
		elsewhere(&in)
		if shown := fmt.Sprintf("%+v", digest.Of(in)); strings.Contains(shown, "HARD") {
			t.Errorf("from %s it shows %s", name, shown)
		}
	}
}

func TestPausesAreShownAsRest(t *testing.T) {
	pause := func(hours, length float64) checkins.Change {
		begun := to.Add(-time.Duration(hours * float64(time.Hour)))
		return checkins.Change{Kind: "pause", At: begun, After: checkins.Settings{QuietUntil: begun.Add(time.Duration(length * float64(time.Hour)))}}
	}
	resume := func(hours float64) checkins.Change {
		return checkins.Change{Kind: "resume", At: to.Add(-time.Duration(hours * float64(time.Hour)))}
	}
	open := checkins.Change{Kind: "pause", At: to.Add(-60 * time.Hour), After: checkins.Settings{QuietUntil: checkins.Forever}}
	for _, c := range []struct {
		name    string
		changes []checkins.Change
		want    string
	}{
		{"none", nil, "[]"},
		{"in the week", []checkins.Change{pause(100, 50)}, "[{2026-11-25 2026-11-27}]"},
		{"until midnight", []checkins.Change{pause(100, 34)}, "[{2026-11-25 2026-11-26}]"},
		{"ended early", []checkins.Change{pause(100, 90), resume(60)}, "[{2026-11-25 2026-11-27}]"},
		{"open, and ended", []checkins.Change{open, resume(30)}, "[{2026-11-27 2026-11-28}]"},
		{"from before", []checkins.Change{pause(300, 200)}, "[{2026-11-22 2026-11-25}]"},
		{"an hour", []checkins.Change{pause(100, 1)}, "[]"},
		{"long ago", []checkins.Change{pause(900, 100)}, "[]"},
		{"quiet that nobody asked for", []checkins.Change{{Kind: "silence", At: to.Add(-60 * time.Hour), After: checkins.Settings{QuietUntil: to}}}, "[]"},
	} {
		in := input(done(5, "soften"))
		in.Changes = c.changes
		if got := fmt.Sprint(digest.Of(in).Rest); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNumbersOnlyHoldsNoWordOfTheirs(t *testing.T) {
	in := input(at(9, checkins.CheckIn{Practice: "own-1", Outcome: reply.OutcomeDone, Note: "secret", Feelings: []string{"sad"}, Expectation: "hidden"}), rated(3, "closeness", 5))
	in.Person.Discreet = true
	in.Coming = []checkins.Upcoming{{Practices: []checkins.PracticeID{"own-1"}, Due: checkins.Due{At: to.Add(time.Hour)}}}
	week := digest.Of(in)
	if shown := fmt.Sprintf("%+v", week); strings.Contains(shown, "secret") || strings.Contains(shown, "sad") || strings.Contains(shown, "hidden") || strings.Contains(shown, "sister") {
		t.Errorf("it shows %s", shown)
	}
	if week.Counts.Approached != 1 || len(week.Series) != 1 || len(week.Coming) != 1 {
		t.Errorf("%+v", week)
	}
	in.Person.Digest.Form = checkins.DigestInWords
	if shown := fmt.Sprintf("%+v", digest.Of(in)); !strings.Contains(shown, "secret") {
		t.Error("who chose words gets none")
	}
	in.Person.Discreet, in.Person.Digest.Form = false, checkins.DigestInNumbers
	if shown := fmt.Sprintf("%+v", digest.Of(in)); strings.Contains(shown, "secret") {
		t.Error("who chose numbers gets words")
	}
}

// Whatever the records: nothing of another week is shown, every word that is
// shown was written, and the order in which they come changes nothing.
func TestAnyRecordsMakeOneWeek(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	ids := []checkins.PracticeID{"one-feeling", "small-favour", "soften", "closeness", "tension", "win", "unsent", "own-1", "own-2", ""}
	outcomes := []reply.Outcome{"", reply.OutcomeDone, reply.OutcomePartly, reply.OutcomeNotYet, reply.OutcomeSkipped}
	for range 500 {
		var list []checkins.CheckIn
		for i := range rng.IntN(30) {
			c := at(rng.Float64()*400-100, checkins.CheckIn{Practice: ids[rng.IntN(len(ids))], Outcome: outcomes[rng.IntN(len(outcomes))]})
			inside := !c.At.Before(from) && c.At.Before(to)
			c.Note = fmt.Sprintf("word%d %v.", i, inside)
			if rng.IntN(2) == 0 {
				c.Rating = n(float64(rng.IntN(21)) / 2)
			}
			if rng.IntN(3) == 0 {
				c.RatingBefore = n(float64(rng.IntN(21)) / 2)
			}
			list = append(list, c)
		}
		in := input(list...)
		shown := fmt.Sprintf("%+v", digest.Of(in))
		if strings.Contains(shown, "false.") {
			t.Fatalf("it holds another week's words: %s", shown)
		}
		for _, c := range in.Records {
			if strings.Contains(c.Note, "true.") && c.Outcome != reply.OutcomeSkipped && !strings.Contains(shown, c.Note) {
				t.Fatalf("%q is not in %s", c.Note, shown)
			}
		}
		rng.Shuffle(len(in.Records), func(i, j int) { in.Records[i], in.Records[j] = in.Records[j], in.Records[i] })
		if again := digest.Of(in); len(again.Written) != len(digest.Of(in).Written) || again.Counts != digest.Of(in).Counts {
			t.Fatal("the order of the records counts")
		}
	}
}
