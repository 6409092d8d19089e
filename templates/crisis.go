package templates

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// crisisLines is what is said about help in one country; see crisis.toml.
type crisisLines struct {
	Text string `toml:"text"`
	Safe string `toml:"safe"`
	In   map[string]struct {
		Text string `toml:"text"`
		Safe string `toml:"safe"`
	} `toml:"in"`
	Zones     []string       `toml:"zones"`
	CheckedOn toml.LocalDate `toml:"checked_on"`
}

// checked is UTC midnight of the day on which somebody last looked.
func (l crisisLines) checked() time.Time { return l.CheckedOn.AsTime(time.UTC) }

// said are the lines in a language, where it has them.
func (l crisisLines) said(tag string) crisisLines {
	l.Text, l.Safe = cmp.Or(l.In[tag].Text, l.Text), cmp.Or(l.In[tag].Safe, l.Safe)
	return l
}

// elsewhere is the entry for mail to countries without lines.
const elsewhere = "elsewhere"

// maxCrisisLine keeps the texts with a line within their segments (D02).
const maxCrisisLine = 60

// crisisBook is every country's lines, the operator's own over ours.
type crisisBook struct {
	byCountry map[string]crisisLines
	home      string // the country whose lines are said where the person's is not known
}

// NoLinesError says that nobody knows whom to call in a country, so that
// nobody there may be texted (D02).
type NoLinesError struct {
	Country string
	Known   []string // the countries that have lines
}

// Error implements error.
func (e *NoLinesError) Error() string {
	return fmt.Sprintf("no crisis lines are known for country %q, only for %s", e.Country, strings.Join(e.Known, ", "))
}

// readCrisis lays the operator's own lines over ours and looks whether every
// country that o names has some. Its error is a *NoLinesError where one has not.
func readCrisis(o Options) (*crisisBook, error) {
	book := &crisisBook{byCountry: map[string]crisisLines{}, home: o.Country}
	if err := decodeFile("crisis.toml", &book.byCountry); err != nil {
		return nil, err
	}
	if o.Crisis != nil {
		own, problems := checkCrisis(o.Crisis)
		if len(problems) > 0 {
			return nil, fmt.Errorf("crisis lines, line %d: %s (%d to mend in all)", problems[0].Line, problems[0].Message, len(problems))
		}
		book.take(own)
	}
	if !book.has(o.Country) && o.MailOnly {
		book.home = elsewhere
	} else if !book.has(o.Country) {
		return nil, &NoLinesError{o.Country, book.countries()}
	}
	for _, country := range o.Countries {
		if !book.has(country) {
			return nil, &NoLinesError{country, book.countries()}
		}
	}
	return book, nil
}

// take lays the operator's own lines over ours. A country that we know keeps its
// zones where they name none, and a zone of theirs is no longer one of ours.
func (b *crisisBook) take(own map[string]crisisLines) {
	claimed := map[string]bool{}
	for _, lines := range own {
		for _, zone := range lines.Zones {
			claimed[zone] = true
		}
	}
	for country, lines := range b.byCountry {
		lines.Zones = slices.DeleteFunc(lines.Zones, func(zone string) bool { return claimed[zone] })
		b.byCountry[country] = lines
	}
	for country, lines := range own {
		if len(lines.Zones) == 0 {
			lines.Zones = b.byCountry[country].Zones
		}
		b.byCountry[country] = lines
	}
}

func (b *crisisBook) has(country string) bool {
	_, ok := b.byCountry[country]
	return ok && country != elsewhere
}

// countries lists those that have lines.
func (b *crisisBook) countries() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(b.byCountry)), func(c string) bool { return c == elsewhere })
}

// in is the lines for a person whose clock is that of zone. Where they are
// counts, not where their number was given out: an emergency number of another
// country may reach nobody.
func (b *crisisBook) in(zone string) crisisLines {
	return b.byCountry[cmp.Or(b.countryOf(zone), b.home)]
}

// countryOf is the country that names the zone; empty = none does.
func (b *crisisBook) countryOf(zone string) (country string) {
	length := 0
	for code, lines := range b.byCountry {
		for _, z := range lines.Zones {
			matches := z == zone || strings.HasSuffix(z, "/") && strings.HasPrefix(zone, z)
			if matches && len(z) > length { // no zone is of two countries, so this does not depend on the order
				country, length = code, len(z)
			}
		}
	}
	return country
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// checkCrisis names what is wrong with an operator's own lines, in the order of
// the file.
func checkCrisis(raw []byte) (map[string]crisisLines, []Problem) {
	var own map[string]crisisLines
	if problems := decodeStrict(raw, &own); len(problems) > 0 {
		return nil, problems
	}
	r, err := readRules()
	if err != nil {
		return nil, []Problem{{0, err.Error()}}
	}
	k := &checker{rules: r, lines: linesOf(raw)}
	if len(own) == 0 {
		k.problemf("", "there is no country; a country begins with its code in brackets, such as [JP]")
	}
	for country, lines := range own {
		k.at = country
		k.crisis(country, lines)
	}
	k.zonesOnce(own)
	slices.SortStableFunc(k.problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message)) })
	return own, k.problems
}

// crisis checks one country's lines.
func (k *checker) crisis(country string, lines crisisLines) {
	if !countryCode.MatchString(country) {
		k.problemf("", "[%s] is no country code; write two capital letters (ISO 3166), such as [JP]", country)
	}
	k.crisisLine("text", lines.Text, lockscreen)
	k.crisisLine("safe", lines.Safe, discreet)
	for tag, said := range lines.In {
		if !isLanguage(tag) {
			k.problemf("in", "in names the language %q; write a tag of two or three small letters, such as es", tag)
		}
		for key, line := range map[string]string{"text": said.Text, "safe": said.Safe} {
			for _, what := range intoASentence(line) {
				k.problemf("in."+tag+"."+key, "%s in %s %s", key, tag, what)
			}
		}
	}
	if lines.CheckedOn == (toml.LocalDate{}) {
		k.problemf("checked_on", "[%s] does not say when somebody last looked whether its lines are right; write checked_on = 2026-11-25", country)
	}
	for _, zone := range lines.Zones {
		if _, err := time.LoadLocation(zone); !strings.Contains(zone, "/") || err != nil && !strings.HasSuffix(zone, "/") {
			k.problemf("zones", "%q is no time zone; write one such as \"Asia/Tokyo\"", zone)
		}
	}
}

// crisisLine checks one line, which ends up in the middle of a text.
func (k *checker) crisisLine(key, line string, at place) {
	problems := segmentProblems(line, 1)
	if n := septets(line); n > maxCrisisLine {
		problems = append(problems, fmt.Sprintf("takes %d characters; %d is the most, as the whole text has two segments", n, maxCrisisLine))
	}
	problems = append(problems, intoASentence(line)...)
	for _, what := range append(problems, k.rules.banned(line, at)...) {
		k.problemf(key, "%s %s", key, what)
	}
}

// intoASentence is what keeps a line from standing in the middle of a text.
func intoASentence(line string) (problems []string) {
	if !strings.ContainsFunc(line, isDigit) {
		problems = append(problems, "names no number to call; write it like \"call 116 123, or 112 in an emergency\"")
	}
	if strings.TrimRight(line, ". \n") != line || strings.ContainsAny(line, "\r\n") {
		problems = append(problems, "is put into a sentence: write it on one line, without a full stop or a space at its end")
	}
	return problems
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// zonesOnce refuses a zone that two countries claim: which lines its people
// got would be a matter of chance.
func (k *checker) zonesOnce(own map[string]crisisLines) {
	taken := map[string]string{}
	for _, country := range slices.Sorted(maps.Keys(own)) {
		for _, zone := range own[country].Zones {
			if first, twice := taken[zone]; twice {
				k.at = country
				k.problemf("zones", "%q is a zone of [%s] already", zone, first)
			}
			taken[zone] = country
		}
	}
}

// crisisCheck is how long a look at the crisis lines lasts (D02).
const crisisCheck = 180 * 24 * time.Hour

// UncheckedLines lists the countries that this installation names, its own and
// those it texts, whose crisis lines nobody has looked at for more than 180
// days before now, each with the day of the last look (UTC). A day that has not
// come yet counts as none.
func (s *Set) UncheckedLines(now time.Time) (list []CheckedLines) {
	for _, country := range slices.Compact(slices.Sorted(slices.Values(append([]string{s.crisis.home}, s.options.Countries...)))) {
		on := s.crisis.byCountry[country].checked()
		if now.Sub(on) > crisisCheck || on.Sub(now) > 48*time.Hour {
			list = append(list, CheckedLines{country, on})
		}
	}
	return list
}

// CheckedLines is when the crisis lines of a country were last looked at.
type CheckedLines struct {
	Country string
	On      time.Time // UTC midnight of the day
}

// CrisisCountries lists the countries that have crisis lines.
func (s *Set) CrisisCountries() []string { return s.crisis.countries() }

// CountryOf is the country with crisis lines that a time zone is in; empty =
// none is known.
func (s *Set) CountryOf(zone string) string {
	if country := s.crisis.countryOf(zone); country != elsewhere {
		return country
	}
	return ""
}
