package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/web"
	"github.com/microreach/microreach/templates"
)

// firstSteps are ticked for whoever wants to choose their own.
var firstSteps = []string{"check-in-text", "appreciate", "rehearse", "read-together"}

// whole is the form as a browser posts it where nothing was touched but what is given.
func whole(address string, changed ...string) url.Values {
	f := filledIn(address)
	for name, values := range map[string][]string{
		"n": {""}, "unit": {""}, "at": {"", "", ""}, "zone": {""}, "offer": {"plan"}, "practice": firstSteps,
		"screen": {"full"}, "locale": {"en"}, "keep": {"numbers"}, "shares": {"nothing"}, "codes": {"no"},
	} {
		f[name] = values
	}
	asked := form(changed...)
	for name := range asked {
		f[name] = asked[name]
	}
	return f
}

// everybody lets as many join in one test as there are cases.
func everybody(o *web.Options) {
	unlimited(o)
	o.House.Joining.PerDay, o.House.Joining.PerPrefix = 1000, 1000
}

func TestWhatIsChosenOnTheFormIsThePlan(t *testing.T) {
	if testing.Short() {
		t.Skip("one request after the other: nothing here for the race detector to see")
	}
	reaches := "check-in-text appreciate one-feeling hard-day small-favour"
	cases := []struct {
		name    string
		changed []string
		want    string // pace, days, times, practices
	}{
		{"nothing", nil, "1/week [] " + reaches},
		{"another ready plan", chosen("plan", "evening-journal"), "5/week mon,tue,wed,thu,fri [19:30] win after-reach evidence after-distance having-the-thought"},
		{"a time", chosen("at", "07:30"), "1/week [07:30] " + reaches},
		{"a time at night, that nobody else would pick", chosen("at", "03:10"), "1/week [03:10] " + reaches},
		{"days lead the pace", chosen("day", "tue", "day", "sat"), "2/week tue,sat [] " + reaches},
		{"days lead a daily plan", chosen("plan", "daily-closeness", "day", "mon", "day", "wed"), "2/week mon,wed [19:00] closeness"},
		{"a pace", chosen("n", "2", "unit", "month"), "2/month [] " + reaches},
		{"a pace that the days do not fit any more", chosen("plan", "evening-journal", "n", "2", "unit", "week"), "2/week [19:30] win after-reach evidence after-distance having-the-thought"},
		{"a pace that the time does not fit any more", chosen("plan", "daily-closeness", "n", "2", "unit", "day"), "2/day [] closeness"},
		{"days from one to the next", chosen("n", "3", "unit", "days", "at", "08:00"), "1/3days [08:00] " + reaches},
		{"every other Thursday", chosen("n", "2", "unit", "weeks", "day", "thu"), "1/2weeks thu [] " + reaches},
		{"all of it", chosen("n", "3", "unit", "week", "day", "mon", "day", "wed", "day", "fri", "at", "06:45"), "3/week mon,wed,fri [06:45] " + reaches},
		{"twice a day", chosen("n", "2", "unit", "day", "at", "08:00", "at", "21:30"), "2/day [08:00 21:30] " + reaches},
		{"once a day on some days", chosen("n", "1", "unit", "day", "day", "sat", "day", "sun"), "2/week sat,sun [] " + reaches},
		{"the first steps", chosen("offer", "own"), "1/week [] check-in-text appreciate rehearse read-together"},
		{"any step", chosen("offer", "own", "practice", "stay-two-minutes", "practice", "tension"), "1/week [] stay-two-minutes tension"},
		{"a mailbox gets what comes by mail alone", chosen("offer", "own", "practice", "unsent-letter"), "1/week [] unsent-letter"},
		{"ticks count where the list was not picked", chosen("practice", "soften"), "1/week [] soften"},
		{"a ready plan with a list of one's own", chosen("plan", "dinner-grounding", "offer", "own", "practice", "muscle-release"), "1/day [17:30] muscle-release"},
	}
	onBoth(t, func(t *testing.T, s *site) {
		for i, c := range cases {
			s.now = s.now.Add(24 * time.Hour) // a day's quota each
			s.post("/join", whole(fmt.Sprintf("case%d@example.org", i), c.changed...)).wants(t, http.StatusSeeOther)
		}
		s.pages.Close()
		for i, c := range cases {
			plans := s.found(checkins.Email, fmt.Sprintf("case%d@example.org", i)).Plans
			if len(plans) != 1 {
				t.Errorf("%s: %d plans", c.name, len(plans))
				continue
			}
			if got := described(plans[0]); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
			}
		}
	})
}

// chosen is name and value in turn.
func chosen(fields ...string) []string { return fields }

// described is a plan in one line.
func described(p checkins.Plan) string {
	parts := []string{p.Pace.String()}
	if p.Days != 0 {
		parts = append(parts, p.Days.String())
	}
	parts = append(parts, fmt.Sprint(p.At))
	for _, id := range p.Practices {
		parts = append(parts, string(id))
	}
	return strings.Join(parts, " ")
}

// Whatever does not fit is told beside its field, with all that was typed, and
// nothing is kept.
func TestWhatDoesNotFitIsToldBesideItsField(t *testing.T) {
	s := light(t, func(o *web.Options) {
		everybody(o)
		o.House.Regions = pace.Regions{"US-AL": known(t).Of("US-AL"), "GB": known(t).Of("GB")}
	})
	for name, c := range map[string]struct {
		changed []string
		field   string
		says    string
	}{
		"3 a week on two days":            {chosen("n", "3", "unit", "week", "day", "mon", "day", "thu"), "days", "tick as many days: 2 now"},
		"a day for a pace by the month":   {chosen("n", "2", "unit", "month", "day", "mon"), "days", "takes no days"},
		"a day for every third day":       {chosen("n", "3", "unit", "days", "day", "mon"), "days", "takes no days"},
		"two times once a day":            {chosen("plan", "daily-closeness", "at", "08:00", "at", "20:00"), "times", "there are 2 now"},
		"one time twice a day":            {chosen("n", "2", "unit", "day", "at", "08:00"), "times", "there are 1 now"},
		"the same time twice":             {chosen("n", "2", "unit", "day", "at", "08:00", "at", "8:00"), "times", "there are 1 now"},
		"no time of day":                  {chosen("at", "25:00"), "times", "such as 07:30"},
		"half a pace":                     {chosen("n", "3"), "pace", "In which time?"},
		"the other half":                  {chosen("unit", "week"), "pace", "How many times?"},
		"no number":                       {chosen("n", "few", "unit", "week"), "pace", "cannot come that often"},
		"never":                           {chosen("n", "0", "unit", "week"), "pace", "cannot come that often"},
		"8 a week":                        {chosen("n", "8", "unit", "week"), "pace", "cannot come that often"},
		"no such unit":                    {chosen("n", "8", "unit", "year"), "pace", "cannot come that often"},
		"more a day than anybody gets":    {chosen("n", "4", "unit", "day"), "pace", "At most 3 a day"},
		"no such zone":                    {chosen("zone", "Mars/Olympus"), "zone", "pick your time zone"},
		"the system's own zone":           {chosen("zone", "Local"), "zone", "pick your time zone"},
		"a way out of the zones":          {chosen("zone", "../../etc/passwd"), "zone", "pick your time zone"},
		"nothing ticked":                  {chosen("offer", "own", "practice", ""), "practices", "Tick at least one"},
		"all ticks taken away":            {chosen("practice", ""), "practices", "Tick at least one"},
		"by text what comes by mail":      {chosen("address", phone, "offer", "own", "practice", "win", "practice", "unsent-letter"), "practices", "by mail alone"},
		"no such language":                {chosen("locale", "xx"), "locale", "no pages in this language"},
		"no such choice of who may see":   {chosen("shares", "all"), "shares", "pick one of these"},
		"no such place":                   {chosen("region", "Alabama"), "region", "do not know this place"},
		"a day without texts":             {chosen("address", phone, "region", "US-AL", "day", "sun"), "region", "no text may come"},
		"an address that is none":         {chosen("address", " ", "n", "2", "unit", "week", "at", "07:00"), "address", "does not look like"},
		"a number that may not be texted": {chosen("address", "+442071838750", "at", "07:00"), "address", "cannot use this one"},
		"a box that is not ticked":        {chosen("agree", "", "at", "07:00", "shares", "words", "codes", "yes"), "agreed", "tick both boxes"},
	} {
		t.Run(name, func(t *testing.T) {
			f := whole(ada, c.changed...)
			a := s.post("/join", f)
			a.wants(t, http.StatusUnprocessableEntity, "Nothing was sent, and nothing was kept", c.says)
			if n := strings.Count(a.body, `class="wrong"`); n != 1 {
				t.Errorf("%d fields are marked", n)
			}
			if _, beside, _ := strings.Cut(a.body, `id="wrong-`+c.field+`">`); !strings.Contains(html.UnescapeString(beside[:min(len(beside), 300)]), c.says) {
				t.Errorf("it is not told beside %s", c.field)
			}
			if !strings.Contains(a.body, `="wrong-`+c.field+`"`) {
				t.Error("nothing is described by what is wrong")
			}
			keeps(t, a.body, f)
		})
	}
	flawed := checkins.Application{Channel: checkins.Email, Address: ada, Agreed: true, Adult: true, Pace: pace.Pace{N: 9, Every: 1, Unit: pace.Week}}
	if _, err := s.rules.Join(checkins.State{}, flawed, checkins.Visit{}, s.now); !errors.Is(err, checkins.ErrFlawed) { // whatever page it came by
		t.Errorf("nine times a week: %v", err)
	}
	s.pages.Close()
	people, err := s.People(t.Context(), 10, 0)
	if err != nil || len(people) != 0 {
		t.Errorf("%d people are kept: %v", len(people), err)
	}
}

// keeps reports what was typed, ticked or picked and is not there any more.
func keeps(t *testing.T, page string, typed url.Values) {
	t.Helper()
	for name, values := range typed {
		if name == "agree" || name == "adult" || name == "do" || name == "offer" {
			continue // whoever goes on says so anew; ticks pick the list that they are in
		}
		for _, v := range values {
			found := v == ""
			for line := range strings.Lines(html.UnescapeString(page)) {
				option := strings.Contains(line, `<option`) && strings.Contains(line, ` selected`) || strings.Contains(line, ` checked`) || strings.Contains(line, `name="`+name+`" type="`)
				found = found || option && strings.Contains(line, `value="`+v+`"`)
			}
			lost := v == "xx" || v == "all" || v == "Alabama" || v == "year" // no list offers it
			if !found && !lost {
				t.Errorf("%s = %q is lost", name, v)
			}
		}
	}
	for _, part := range []string{"n", "at", "day", "zone", "region"} {
		if slices.ContainsFunc(typed[part], func(v string) bool { return v != "" }) && strings.Count(page, "<details open>") < 2 {
			t.Errorf("what was typed in %s is folded away", part)
		}
	}
}

// known are the places that have hours of their own.
func known(t *testing.T) pace.Regions {
	t.Helper()
	all, err := pace.KnownRegions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whoever came to the page in a language gets it for their own pages, and may pick
// another one.
func TestTheLanguageOfThePageIsTheirs(t *testing.T) {
	s := light(t, everybody)
	spanish := func(path string, f url.Values) answer {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if f != nil {
			r = httptest.NewRequest(http.MethodPost, path, strings.NewReader(f.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header.Set("Accept-Language", "es-MX,es;q=0.9,en;q=0.5")
		return s.send(r)
	}
	spanish("/join", nil).wants(t, http.StatusOK, `<html lang="es">`, "Pasos pequeños", `<option value="es" selected>`, `href="?lang=en" hreflang="en" lang="en">English</a>`)
	spanish("/join?lang=en", nil).wants(t, http.StatusOK, `<html lang="en">`, `<option value="en" selected>`, `href="?lang=es"`, `href="privacy?lang=en"`)
	s.get("/join?lang=tlh").wants(t, http.StatusOK, `<html lang="en">`)
	spanish("/join", filledIn("short@example.org")).wants(t, http.StatusSeeOther)
	spanish("/join", whole("whole@example.org", "locale", "es")).wants(t, http.StatusSeeOther)
	spanish("/join", whole("back@example.org", "locale", "en")).wants(t, http.StatusSeeOther)
	asked := s.post("/join?lang=es", whole("asked@example.org", "locale", "es", "at", "07:15"))
	asked.wants(t, http.StatusSeeOther)
	if at := asked.Header.Get("Location"); at != "joining?lang=es" {
		t.Errorf("it leads to %q", at)
	}
	s.get("/joining?lang=es").wants(t, http.StatusOK, "Un paso más")
	s.post("/join", filledIn("plain@example.org")).wants(t, http.StatusSeeOther)
	s.pages.Close()
	for mailbox, want := range map[string]string{"short": "es", "whole": "es", "back": "en", "asked": "es", "plain": "en"} {
		who := s.found(checkins.Email, mailbox+"@example.org").Participant
		if who.Locale != want {
			t.Errorf("%s joined in %q, want %q", mailbox, who.Locale, want)
		}
		list, err := s.Consents(t.Context(), who.ID)
		if err != nil || len(list) == 0 {
			t.Fatal("no consent", err)
		}
		if shown := list[0].Shown; strings.HasPrefix(shown, "Sí, Microreach") != (mailbox != "plain") {
			t.Errorf("%s agreed to %q", mailbox, shown)
		}
	}
	confirm := ""
	for _, l := range s.links {
		if l.Address == s.found(checkins.Email, "asked@example.org").Addresses[0].ID {
			confirm = "/c/" + l.Token
		}
	}
	s.get(confirm).wants(t, http.StatusOK, `<html lang="es">`, "una vez por semana")
	s.post(confirm, url.Values{"do": {"confirm"}}).wants(t, http.StatusSeeOther)
	s.get(confirm).wants(t, http.StatusOK, "a las 07:15")
}

// twoZones are numbers of a country with two clocks.
type twoZones struct{ numbers }

func (twoZones) Zones(string) []string { return []string{"Atlantic/Canary", "Europe/Madrid"} }

func TestTheZoneIsGuessedAndEveryOneCanBePicked(t *testing.T) {
	for name, c := range map[string]struct {
		address, picked, usual string
		numbers                checkins.Numbers
		want                   string
	}{
		"a mailbox has the programme's":             {ada, "", "America/New_York", numbers{}, "America/New_York"},
		"a number tells its own":                    {phone, "", "America/New_York", numbers{}, "America/Chicago"},
		"what is picked wins":                       {phone, "Asia/Tokyo", "America/New_York", numbers{}, "Asia/Tokyo"},
		"one that is not in the list":               {ada, "Europe/Vienna", "America/New_York", numbers{}, "Europe/Vienna"},
		"of several, the programme's":               {phone, "", "Europe/Madrid", twoZones{}, "Europe/Madrid"},
		"of several elsewhere none: they are asked": {phone, "", "America/New_York", twoZones{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := light(t, func(o *web.Options) { o.House.Joining.Zone, o.House.Joining.Numbers = c.usual, c.numbers })
			s.post("/join", whole(c.address, "zone", c.picked)).wants(t, http.StatusSeeOther)
			s.pages.Close()
			channel, address := typed(c.address)
			if got := s.found(channel, address).Participant.Zone; got != c.want {
				t.Errorf("the zone is %q, want %q", got, c.want)
			}
		})
	}
}

// Anybody could have filled in that more can be seen: after the yes it is said, and
// one word takes it back.
func TestWhatOthersMaySeeIsToldAndCanBeTakenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		s.post("/join", whole(phone, "shares", "words", "codes", "yes")).wants(t, http.StatusSeeOther)
		s.post("/join", whole(ada, "codes", "yes")).wants(t, http.StatusSeeOther)
		s.pages.Close()
		who := s.found(checkins.SMS, phone).Participant
		if who.Shares != checkins.ShareWords || !who.Codes {
			t.Fatalf("they share %q, codes %t", who.Shares, who.Codes)
		}
		if s.found(checkins.Email, ada).Participant.Codes {
			t.Error("a code could go to a mailbox")
		}
		before := len(s.messages)
		s.says(phone, "YES")
		var came []string
		for _, m := range s.messages[before:] {
			came = append(came, m.Words.Text)
		}
		if len(came) != 2 || !strings.Contains(came[0], "you're in") || !strings.Contains(came[1], "you let more of your answers be seen") {
			t.Fatalf("after the yes came %q", came)
		}
		s.says(phone, "UNDO")
		if who = s.found(checkins.SMS, phone).Participant; who.Shares != checkins.ShareNothing || who.Codes {
			t.Errorf("taken back, they share %q, codes %t", who.Shares, who.Codes)
		}
	})
}

// says lets a phone text us.
func (s *site) says(number, text string) {
	s.t.Helper()
	lexicon, err := templates.Lexicon()
	if err != nil {
		s.t.Fatal(err)
	}
	inbox := checkins.Inbox{House: s.rules, Decider: s, Reader: reply.New(lexicon)}
	if err := inbox.Receive(s.t.Context(), checkins.Incoming{Channel: checkins.SMS, ProviderID: newID(), From: number, Text: text, At: s.now}); err != nil {
		s.t.Fatal(err)
	}
}

func TestWhereSomebodyLivesIsAskedWhereItMatters(t *testing.T) {
	if page := light(t, nil).get("/join"); strings.Contains(page.body, `name="region"`) {
		t.Error("it is asked where no stricter hours are kept to")
	}
	regions := func(o *web.Options) { o.House.Regions = known(t) }
	mails := light(t, func(o *web.Options) { regions(o); o.Only = checkins.Email }).get("/join")
	if strings.Contains(mails.body, `name="region"`) || strings.Contains(mails.body, `name="codes"`) {
		t.Error("it is asked where no texts are sent")
	}
	s := light(t, regions)
	for _, lang := range []string{"en", "es"} {
		page := s.get("/join?lang=" + lang)
		page.wants(t, http.StatusOK, `<optgroup label="`, `<option value="US-FL">Florida</option>`, `<option value="GB">`, `<option value="FR">`)
		for code := range known(t) {
			if !strings.Contains(page.body, `<option value="`+code+`">`) {
				t.Errorf("%s cannot be picked", code)
			}
		}
	}
	s.post("/join", whole(phone, "region", "US-AL", "day", "sun", "at", "11:00")).wants(t, http.StatusSeeOther) // a time that was picked is
	s.post("/join", whole("+12125550148", "region", "US-FL")).wants(t, http.StatusSeeOther)
	s.pages.Close()
	for number, want := range map[string]string{phone: "US-AL", "+12125550148": "US-FL"} {
		if got := s.found(checkins.SMS, number).Participant.Region; got != want {
			t.Errorf("they live in %q, want %q", got, want)
		}
	}
}

// The page is light in each language, also with everything on it that there can be.
func TestTheFormIsLight(t *testing.T) {
	s := light(t, func(o *web.Options) { o.House.Regions = known(t) })
	for _, lang := range []string{"en", "es"} {
		n := len(s.get("/join?lang="+lang).body) + len(s.get("/style.css").body) + len(s.get("/page.js").body)
		t.Logf("%s: %d bytes with style and script", lang, n)
		if n >= 30<<10 {
			t.Errorf("%s: %d bytes", lang, n)
		}
	}
}

// Who fills the form in anew is asked anew a day later, with what they filled in
// last; before that, and once they take part, the form changes nothing.
func TestTheFormCountsAsItWasFilledInWhenItAsked(t *testing.T) {
	for name, c := range map[string]struct {
		after  time.Duration
		yes    bool
		want   string
		asking int
	}{
		"within a day":      {time.Hour, false, "1/week [] soften", 1},
		"a day later":       {25 * time.Hour, false, "3/week mon,tue,fri [] tension", 2},
		"after a yes":       {25 * time.Hour, true, "1/week [] soften", 1},
		"a yes, within one": {time.Hour, true, "1/week [] soften", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := light(t, nil)
			first := whole(ada, "practice", "soften", "screen", "discreet")
			second := whole(ada, "practice", "tension", "n", "3", "unit", "week", "day", "mon", "day", "tue", "day", "fri")
			s.applies(first)
			if c.yes {
				s.post(s.newest(checkins.LinkConfirm), url.Values{"do": {"confirm"}}).wants(t, http.StatusSeeOther)
			}
			s.now = s.now.Add(c.after)
			s.applies(second)
			who := s.found(checkins.Email, ada)
			if len(who.Plans) != 1 || described(who.Plans[0]) != c.want || who.Participant.Discreet != strings.HasSuffix(c.want, "soften") {
				t.Errorf("they have %+v", who.Plans)
			}
			asking := 0
			for _, m := range s.messages {
				if m.Kind == checkins.OptIn {
					asking++
				}
			}
			if asking != c.asking {
				t.Errorf("%d questions went out, want %d", asking, c.asking)
			}
			if c.asking == 2 && !strings.Contains(s.messages[len(s.messages)-1].Words.Text, "3 a week") {
				t.Error("the question names another pace")
			}
		})
	}
}

// applies fills in the form, and waits till it was looked at.
func (s *site) applies(f url.Values) {
	s.t.Helper()
	if a := s.post("/join", f); a.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%d:\n%s", a.StatusCode, a.body)
	}
	s.pages.Close()
	var err error
	if s.pages, err = web.New(s.pages.Options); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.pages.Close)
}

// An application is in memory till it is a person: no row says more of somebody who
// was only asked than of anybody else.
func TestNothingOfTheFormIsReadableInTheDatabase(t *testing.T) {
	file := storetest.PreparedFile(t, "test.db", migrated)
	s := open(t, "sqlite:"+file, nil)
	s.post("/join", whole(ada, "shares", "numbers", "at", "07:30")).wants(t, http.StatusSeeOther)
	s.pages.Close()
	if !s.found(checkins.Email, ada).Known() {
		t.Fatal("nobody joined")
	}
	for _, name := range []string{file, file + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canary", "192.0.2.1", "may send me small reminders", "my own words"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	if strings.Contains(s.log.String(), "canary") {
		t.Errorf("the log holds the mailbox:\n%s", s.log.String())
	}
}

// Whatever is posted, the form is answered with what is wrong, or taken.
func FuzzTheForm(f *testing.F) {
	s := open(f, "sqlite:"+storetest.PreparedFile(f, "test.db", migrated), everybody)
	for _, seed := range []string{
		whole(ada).Encode(), whole(phone, "n", "3", "unit", "days", "day", "sun", "at", "07:30", "region", "US-AL", "shares", "words", "codes", "yes").Encode(),
		"", "n=-1&unit=s&day=x&at=24:00&zone=../..&locale=%00&practice=own-1&plan=x&offer=own", "address=@&zone=%ff%fe&n=1e9&unit=weeks&agree=yes&adult=yes",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, form string) {
		r := httptest.NewRequest(http.MethodPost, "/join", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.pages.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusSeeOther, http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%d for %q", w.Code, form)
		}
	})
}
