package reply

import (
	"slices"
	"strconv"
	"strings"

	"github.com/microreach/microreach/checkins/pace"
)

// role is what a word does in a date, a time or a rhythm: weekday and mon, unit and
// week, until.
type role struct{ part, value string }

// roleParts are the parts that a calendar file can name, and what their values are.
var roleParts = map[string]func(value string) bool{
	"weekday": weekdayName, "plural": weekdayName, // Monday, Mondays
	"month":   between(1, 12),
	"unit":    oneOf("minute", "hour", "day", "week", "fortnight", "month", "year"),
	"day":     between(-2, 2), // today is 0
	"part":    clockName,      // noon, evening
	"parts":   clockName,      // mornings: that time every day
	"moment":  clockName,      // tonight: that time today
	"holiday": feastName,      // Christmas; see feast.go
	"count":   decimal,        // a couple of, half an
	"often":   between(1, 24), // once, twice
	"rhythm":  rhythmName,     // weekly
	"days":    daysName,       // weekdays, MWF
	"am":      none, "pm": none, "oclock": none, "half_past": none,
	"ordinal": none, // st, nd, rd, th
	"until":   none, "through": none, "for": none, "in": none, "at": none, "about": none, "between": none, "after": none, "and_half": none, "of": none,
	"next": none, "this": none, "last": none, "ago": none, "from_now": none, "more": none,
	"weekend": none, "after_weekend": none, "end": none, "rest": none, "while": none, "now": none,
	"from": none, "to": none, "off": none, // from Friday to Sunday; two weeks off
	"every": none, "other": none, "per": none, "times": none, "except": none, "and": none, "or": none, "only": none,
}

func (r role) known() bool {
	valid, ok := roleParts[r.part]
	return ok && valid(r.value)
}

func none(value string) bool { return value == "" }

func oneOf(names ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(names, value) }
}

func between(lo, hi int) func(string) bool {
	return func(value string) bool {
		n, err := strconv.Atoi(value)
		return err == nil && n >= lo && n <= hi
	}
}

func weekdayName(value string) bool {
	d, err := pace.ParseDays(value)
	return err == nil && d.Len() == 1
}

func daysName(value string) bool   { _, err := pace.ParseDays(value); return err == nil }
func rhythmName(value string) bool { _, err := pace.Parse(value); return err == nil }
func clockName(value string) bool  { _, err := pace.ParseClock(value); return err == nil }
func decimal(value string) bool    { _, err := strconv.ParseFloat(value, 64); return err == nil }

// role finds the longest calendar phrase of one part that begins at pos.
func (t *said) role(pos int32, part string) (value string, next int32, ok bool) {
	if int(pos) >= len(t.toks) || pos < 0 {
		return "", 0, false
	}
	t.readCalendar()
	for _, f := range t.s.dates.at(pos) {
		if ro := t.r.roles[f.meaning]; ro.part == part && f.to > next {
			value, next, ok = ro.value, f.to, true
		}
	}
	return value, next, ok
}

// readCalendar finds all calendar phrases, when the first of them is asked for.
func (t *said) readCalendar() {
	if t.hasDates {
		return
	}
	t.hasDates = true
	t.s.dates.begin(t.r.calendar, &t.s.sets, t.toks, t.active)
	t.s.dates.run()
	t.s.dates.index()
}

// past skips a word of any of the parts, if there is one.
func (t *said) past(pos int32, parts ...string) int32 {
	for _, part := range parts {
		if _, next, ok := t.role(pos, part); ok {
			return next
		}
	}
	return pos
}

// number reads a number in digits or words.
func (t *said) number(pos int32) (value float64, ok bool) {
	if int(pos) >= len(t.toks) {
		return 0, false
	}
	tok := t.toks[pos]
	if tok.kind == isNumber {
		return float64(tok.num), true
	}
	for i, numbers := range t.r.numbers {
		if t.active&(1<<i) == 0 || tok.word == 0 {
			continue
		}
		if v, known := numbers[tok.word]; known {
			return v, true
		}
	}
	return 0, false
}

// count reads how many: 2, two, a, a couple of, 2 more.
func (t *said) count(pos int32) (n float64, next int32, ok bool) {
	if v, next, ok := t.role(pos, "count"); ok {
		n, _ = strconv.ParseFloat(v, 64)
		if more, after, ok := t.number64(next); ok && n == 1 { // another 2 weeks
			return more, after, true
		}
		return n, t.past(next, "more"), true
	}
	n, next, ok = t.number64(pos)
	return n, t.past(next, "more"), ok
}

func (t *said) number64(pos int32) (float64, int32, bool) {
	n, ok := t.number(pos)
	return n, pos + 1, ok
}

// weekday reads one weekday, singular or plural.
func (t *said) weekday(pos int32) (d pace.Days, next int32, plural, ok bool) {
	if v, next, ok := t.role(pos, "plural"); ok {
		d, _ = pace.ParseDays(v)
		return d, next, true, true
	}
	if v, next, ok := t.role(pos, "weekday"); ok {
		d, _ = pace.ParseDays(v)
		return d, next, false, true
	}
	return 0, pos, false, false
}

// english reports whether the person writes dates the American way, month first.
func (t *said) monthFirst() bool {
	l := strings.ToLower(t.c.Locale)
	return l == "" || l == "en" || strings.HasPrefix(l, "en-us") || strings.HasPrefix(l, "en_us")
}
