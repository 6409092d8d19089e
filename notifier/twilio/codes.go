package twilio

import (
	_ "embed" // for codes.tsv
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/microreach/microreach/checkins"
)

//go:embed codes.tsv
var codesTSV string

// CodeRow is what one of Twilio's error codes means to us: a row of codes.tsv
// (REQUIREMENTS A6). Codes arrive in the answer to a create and, for messages
// that Twilio had taken, in a status callback.
type CodeRow struct {
	Code    int
	Outcome checkins.Outcome // of a create that was refused with it
	Fact    checkins.Fact    // what it says about the address; may be empty
	Alert   bool             // an operator must hear of it
	Hold    checkins.Hold    // what else it holds back: nobody's address is to blame
	Note    string           // plain words for an operator, without any data of a message
}

// Lookup is the row of code. Twilio renames and splits its codes, so one that
// is not in the table is permanent for its message and tells an operator.
func Lookup(code int) CodeRow {
	if row, ok := codes()[code]; ok {
		return row
	}
	return CodeRow{
		Code:    code,
		Outcome: checkins.OutcomePermanent,
		Alert:   true,
		Note:    "a code that this table does not know: see https://www.twilio.com/docs/api/errors/" + strconv.Itoa(code),
	}
}

// codes is the table, read once. A mistake in it is ours, found by the first
// test that runs.
var codes = sync.OnceValue(func() map[int]CodeRow {
	table, err := parseCodes(codesTSV)
	if err != nil {
		panic(err)
	}
	return table
})

// classes are the words of the class column.
var classes = map[string]checkins.Outcome{
	"unknown":   checkins.OutcomeUnknown,
	"temporary": checkins.OutcomeTemporary,
	"permanent": checkins.OutcomePermanent,
}

// facts are the words of the fact column.
var facts = map[string]checkins.Fact{
	"-":           checkins.FactNone,
	"opted_out":   checkins.FactOptedOut,
	"invalid":     checkins.FactInvalid,
	"unreachable": checkins.FactUnreachable,
	"blocked":     checkins.FactBlocked,
	"not_reached": checkins.FactNotReached,
	"filtered":    checkins.FactFiltered,
	"expired":     checkins.FactExpired,
}

// alerts are the words of the alert column.
var alerts = map[string]struct {
	alert bool
	hold  checkins.Hold
}{
	"-":       {},
	"alert":   {alert: true},
	"account": {true, checkins.HoldChannel},
	"us":      {true, checkins.HoldUS},
}

// parseCodes reads code, class, fact, alert and note, parted by tabs. A line
// that begins with # is a comment.
func parseCodes(text string) (map[int]CodeRow, error) {
	table := make(map[int]CodeRow)
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		row, err := parseCode(line)
		if err != nil {
			return nil, fmt.Errorf("codes.tsv:%d: %w", i+1, err)
		}
		if _, twice := table[row.Code]; twice {
			return nil, fmt.Errorf("codes.tsv:%d: code %d stands twice", i+1, row.Code)
		}
		table[row.Code] = row
	}
	return table, nil
}

func parseCode(line string) (CodeRow, error) {
	cells := strings.Split(line, "\t")
	if len(cells) != 5 {
		return CodeRow{}, fmt.Errorf("%d cells, want code, class, fact, alert, note", len(cells))
	}
	code, err := strconv.Atoi(cells[0])
	if err != nil || code <= 0 {
		return CodeRow{}, fmt.Errorf("%q is no code", cells[0])
	}
	class, okClass := classes[cells[1]]
	fact, okFact := facts[cells[2]]
	alert, okAlert := alerts[cells[3]]
	if !okClass || !okFact || !okAlert || cells[4] == "" {
		return CodeRow{}, fmt.Errorf("code %d: class %q, fact %q, alert %q, note %q: a word is not known", code, cells[1], cells[2], cells[3], cells[4])
	}
	return CodeRow{
		Code: code, Outcome: class, Fact: fact, Alert: alert.alert, Hold: alert.hold, Note: cells[4],
	}, nil
}
