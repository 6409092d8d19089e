package reply_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

var allAfter = []reply.After{
	"", reply.AfterNone, reply.AfterReach, reply.AfterJournal, reply.AfterRating, reply.AfterBeforeAfter,
	reply.AfterPrediction, reply.AfterText, reply.AfterMenu, reply.AfterChoice, reply.AfterOptIn,
}

// disguises are ways to write one word that change nothing about it.
func disguises(word string) []string {
	lookalike := strings.NewReplacer("S", "Ѕ", "T", "Т", "O", "О", "P", "Р", "E", "Е", "A", "А")
	spread := strings.Join(strings.Split(word, ""), " ")
	list := []string{
		word, strings.ToLower(word), word[:1] + strings.ToLower(word[1:]), " " + word + "\n", word + ".", word + "!!!",
		`"` + word + `"`, "“" + word + "”", "(" + word + ")", "*" + word + "*", word + "\u200b", "\ufeff" + word,
		word[:1] + "\u00ad" + word[1:], word + " 🙏", "please " + word, word + " please", "Ok, " + word, lookalike.Replace(word),
		wide(word), word + " thanks",
	}
	if len(word) >= 4 {
		list = append(list, spread)
	}
	return list
}

// wide writes a word in letters of full width.
func wide(word string) string {
	return strings.Map(func(r rune) rune { return r - 'A' + 'Ａ' }, word)
}

func TestReservedWordsKeepTheirMeaningAfterEveryQuestionAndInEveryDress(t *testing.T) {
	r := reader(t)
	words := map[string]reply.Intent{
		"STOP": reply.IntentStop, "STOPALL": reply.IntentStop, "UNSUBSCRIBE": reply.IntentStop, "CANCEL": reply.IntentStop,
		"END": reply.IntentStop, "QUIT": reply.IntentStop, "REVOKE": reply.IntentStop, "OPTOUT": reply.IntentStop,
		"START": reply.IntentStart, "UNSTOP": reply.IntentStart, "HELP": reply.IntentHelp, "INFO": reply.IntentHelp,
	}
	for word, want := range words {
		for _, after := range allAfter {
			for _, locale := range []string{"en", "es", "fr", "de", "xx", ""} {
				for _, text := range disguises(word) {
					if got := r.Read(text, reply.Context{After: after, Now: now, Locale: locale}); got.Intent != want {
						t.Errorf("after %q in %q, %q reads as %s, want %s", after, locale, text, got.Intent, want)
					}
				}
			}
		}
	}
}

func TestByMailOnlyStopUnsubscribeAndStartAreReserved(t *testing.T) {
	r := reader(t)
	for word, want := range map[string]reply.Intent{
		"STOP": reply.IntentStop, "UNSUBSCRIBE": reply.IntentStop, "START": reply.IntentStart,
		"END": reply.IntentMaybeStop, "QUIT": reply.IntentMaybeStop, "CANCEL": reply.IntentMaybeStop, "REVOKE": reply.IntentMaybeStop,
	} {
		if got := r.Read(word, reply.Context{Via: reply.ViaEmail}); got.Intent != want {
			t.Errorf("%s by mail reads as %s, want %s", word, got.Intent, want)
		}
	}
}

func TestABareYesMeansWhatWasAsked(t *testing.T) {
	for _, c := range []struct {
		name string
		c    reply.Context
		want reply.Intent
		how  reply.Outcome
	}{
		{"after the opt-in question", reply.Context{After: reply.AfterOptIn}, reply.IntentConfirm, ""},
		{"from a stopped address", reply.Context{Stopped: true}, reply.IntentStart, ""},
		{"after a reach", reply.Context{After: reply.AfterReach}, reply.IntentCheckIn, reply.OutcomeDone},
		{"after nothing", reply.Context{}, reply.IntentUnclear, ""},
		{"after a rating", reply.Context{After: reply.AfterRating}, reply.IntentUnclear, ""},
		{"after a menu", reply.Context{After: reply.AfterMenu}, reply.IntentUnclear, ""},
	} {
		for _, yes := range []string{"YES", "yes", "Yes!", "yes."} {
			got := reader(t).Read(yes, c.c)
			if got.Intent != c.want || got.Outcome != c.how {
				t.Errorf("%s, %q reads as %s %s, want %s %s", c.name, yes, got.Intent, got.Outcome, c.want, c.how)
			}
		}
	}
}

func TestStopAndCrisisWordsCountInEveryLocale(t *testing.T) {
	r := reader(t)
	for _, locale := range []string{"en", "es", "fr-CA", "de_DE", "xx", ""} {
		for _, text := range []string{"stop", "basta", "arrêtez", "stopp", "ya no quiero mensajes", "laissez-moi tranquille"} {
			if got := r.Read(text, reply.Context{Locale: locale}); got.Intent != reply.IntentStop {
				t.Errorf("in %q, %q reads as %s", locale, text, got.Intent)
			}
		}
		for _, text := range []string{"I want to die", "quiero morir", "je veux mourir", "ich will sterben"} {
			if !r.Read(text, reply.Context{Locale: locale}).Crisis {
				t.Errorf("in %q, %q is no crisis", locale, text)
			}
		}
	}
}

func TestStopWinsOverEverythingElseInTheText(t *testing.T) {
	r := reader(t)
	for _, text := range []string{
		"pause for a week. actually stop texting me", "I want to die. please stop texting me", "done 7, unsubscribe",
		"delete my data and take me off this list", "help me unsubscribe", "email me instead. or stop texting me altogether",
	} {
		if got := r.Read(text, reply.Context{Now: now}); got.Intent != reply.IntentStop {
			t.Errorf("%q reads as %s", text, got.Intent)
		}
	}
	if got := r.Read("done 7. stop texting me", reply.Context{}); got.Outcome != reply.OutcomeDone || deref(got.Rating) != 7 {
		t.Errorf("the record beside a stop is lost: %s", brief(got, ""))
	}
}

// machineMade are the intents of texts that nobody wrote, or that say nothing.
var machineMade = map[reply.Intent]bool{
	reply.IntentReaction: true, reply.IntentAutoReply: true, reply.IntentEmpty: true, reply.IntentCourtesy: true,
}

// checkReading holds for every text.
func checkReading(t *testing.T, text string, c reply.Context, got reply.Reading) {
	t.Helper()
	if got.Intent == "" {
		t.Errorf("%q has no intent", text)
	}
	whole := strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if got.Note != "" && got.Note != whole {
		t.Errorf("%q: the note %q is not the whole text", text, got.Note)
	}
	if !utf8.ValidString(got.Note) {
		t.Errorf("%q: the note is no text", text)
	}
	for _, v := range []*float64{got.Rating, got.RatingBefore} {
		if v != nil && (*v < 0 || *v > 10 || *v*2 != float64(int(*v*2))) {
			t.Errorf("%q: rating %v", text, *v)
		}
	}
	if !got.Until.IsZero() && !got.Until.After(c.Now.Truncate(time.Second)) {
		t.Errorf("%q: until %v is not ahead of %v", text, got.Until, c.Now)
	}
	if got.Pace != (pace.Pace{}) && !got.Pace.Valid() {
		t.Errorf("%q: pace %v", text, got.Pace)
	}
	if got.At != nil && (*got.At < 0 || *got.At >= 24*60) {
		t.Errorf("%q: at %v", text, *got.At)
	}
	if (got.Intent == reply.IntentUnclear) != (got.Reason != "") {
		t.Errorf("%q: %s with reason %q", text, got.Intent, got.Reason)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Errorf("%q: %v", text, err)
	}
}

func TestNothingThatAPersonWroteIsLost(t *testing.T) {
	r := reader(t)
	for _, c := range loadCases(t) {
		text := unescape.Replace(c.text) + " zyxwv"
		got := r.Read(text, c.context(t))
		if !machineMade[got.Intent] && !strings.Contains(got.Note+got.Practice, "zyxwv") {
			t.Errorf("%q: the strange word is lost: %s", text, brief(got, text))
		}
	}
}

func TestEveryBytesGiveAReading(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread: nothing here for the race detector to see")
	}
	r := reader(t)
	for _, text := range []string{
		"", " ", "\x00", "\xff\xfe\xfd", "stop\x00", "\x00\x00done", "7\xff", strings.Repeat("\xf0", 1<<20), strings.Repeat("stop it ", 1<<13), strings.Repeat("ab", 1<<19),
		"\u202eSTOP", strings.Repeat("(", 5000), "💔", "\n\n\n", "\u200b\u200b", "....", "?", "-", "1e999", "99999999999999999999", "0x10",
		"½", "٣", "７", "until", "pause until", "for", "every", "not", "from to", "8 ->", "-> 3", "\"", "“", "“”", "Liked “", "Liked “”",
	} {
		for _, after := range allAfter {
			c := reply.Context{After: after, Now: now}
			checkReading(t, text, c, r.Read(text, c))
			if len(text) > 1<<19 {
				break // once is enough of a megabyte
			}
		}
		if got := r.Read(text, reply.Context{}); !got.Until.IsZero() {
			t.Errorf("%q: a date without a clock", text)
		}
	}
}

func TestReadersAreSharedAmongGoroutines(t *testing.T) {
	r := reader(t)
	cases := loadCases(t)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := worker; i < len(cases); i += 4 {
				text := unescape.Replace(cases[i].text)
				if got := brief(r.Read(text, cases[i].context(t)), text); got != cases[i].want {
					t.Errorf("%q: %s", text, got)
				}
			}
		})
	}
	wait.Wait()
}

func TestAReadingIsWrittenAsTheContractSays(t *testing.T) {
	c := reply.Context{After: reply.AfterReach, Now: now, Zone: newYork(t)}
	for text, want := range map[string]string{
		"stop":                    `{"intent":"stop","crisis":false}`,
		"done 8 3":                `{"intent":"check_in","crisis":false,"outcome":"done","rating_before":8,"rating":3}`,
		"pause until monday":      `{"intent":"pause","crisis":false,"until":"2026-03-09T00:00:00-04:00"}`,
		"mondays & thursdays 7pm": `{"intent":"days","crisis":false,"days":["mon","thu"],"at":"19:00"}`,
		"0":                       `{"intent":"check_in","crisis":false,"rating":0}`,
		"felt <b> & sad":          `{"intent":"check_in","crisis":false,"feelings":["sad"],"note":"felt <b> & sad"}`,
	} {
		out, err := reader(t).Read(text, c).MarshalJSON()
		if err != nil || string(out) != want {
			t.Errorf("%q\n got %s %v\nwant %s", text, out, err, want)
		}
	}
}

func TestAnEmptyLexiconReadsNumbersAndKeepsTheRest(t *testing.T) {
	r := reply.New(reply.Lexicon{})
	if got := r.Read("7", reply.Context{After: reply.AfterRating}); deref(got.Rating) != 7 {
		t.Errorf("7 reads as %s", brief(got, "7"))
	}
	if got := r.Read("hello", reply.Context{}); got.Note != "hello" {
		t.Errorf("hello reads as %s", brief(got, "hello"))
	}
}

func TestALexiconThatCannotBeReadIsRefusedWithItsPlace(t *testing.T) {
	for name, bad := range map[string]reply.Locale{
		"unknown meaning":  {Say: map[string][]string{"stopp": {"stop"}}},
		"unknown set":      {Say: map[string][]string{"stop": {"<nothing> stop"}}},
		"open bracket":     {Say: map[string][]string{"stop": {"(stop"}}},
		"empty phrase":     {Say: map[string][]string{"stop": {"please?"}}},
		"set in itself":    {Sets: map[string][]string{"a": {"<a>", "b c"}}, Say: map[string][]string{"stop": {"<a>"}}},
		"wrong gap":        {Say: map[string][]string{"stop": {"stop ..x me"}}},
		"unknown calendar": {Calendar: map[string][]string{"weekday.foo": {"foo"}}},
		"closed bracket":   {Say: map[string][]string{"stop": {"stop ) me"}}},
	} {
		bad.Name = "xx"
		err := reply.Lexicon{Locales: []reply.Locale{bad}}.Check()
		if err == nil || !strings.Contains(err.Error(), "locale xx") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFurtherLocaleNeedsOnlyItsWords(t *testing.T) {
	l := lexicon(t)
	l.Locales = append(l.Locales[:len(l.Locales):len(l.Locales)], reply.Locale{
		Name: "eo", Say: map[string][]string{"stop": {"= haltu"}, "done": {"= farite"}}, Numbers: map[string]float64{"sep": 7},
	})
	r := reply.New(l)
	if got := r.Read("Haltu!", reply.Context{Locale: "en"}); got.Intent != reply.IntentStop {
		t.Error("a new language's stop is not read everywhere")
	}
	if got := r.Read("farite", reply.Context{Locale: "eo"}); got.Outcome != reply.OutcomeDone {
		t.Errorf("farite reads as %s", brief(got, "farite"))
	}
	if got := r.Read("farite", reply.Context{Locale: "en"}); got.Outcome != "" {
		t.Error("a word of another language is read")
	}
}

func TestReadingTakesFewAllocations(t *testing.T) {
	r := reader(t)
	c := reply.Context{After: reply.AfterReach, Now: now, Zone: newYork(t)}
	least := 1000.0 // the race detector empties pools at random, so the least of many runs counts
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() { r.Read(longText, c) }))
	}
	if least >= 20 {
		t.Errorf("%v allocations for 160 characters, want fewer than 20", least)
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range loadCases(f) {
		f.Add(unescape.Replace(c.text), c.after, c.via, c.locale)
	}
	r, zone := reader(f), newYork(f)
	f.Fuzz(func(t *testing.T, text, after, via, locale string) {
		c := reply.Context{After: reply.After(after), Via: reply.Via(via), Locale: locale, Now: now, Zone: zone}
		got := r.Read(text, c)
		checkReading(t, text, c, got)
		if again := r.Read(text, c); fmt.Sprint(brief(again, text)) != brief(got, text) {
			t.Errorf("%q reads as %s, then as %s", text, brief(got, text), brief(again, text))
		}
	})
}
