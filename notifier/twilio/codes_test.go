package twilio_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// expected is the error table of REQUIREMENTS A6, written a second time and by
// groups, so that a slip in codes.tsv shows.
var expected = []struct {
	codes   []int
	outcome checkins.Outcome
	fact    checkins.Fact
	hold    checkins.Hold
}{
	{codes: []int{21610, 63014}, outcome: checkins.OutcomePermanent, fact: checkins.FactOptedOut},
	{codes: []int{21211, 21421}, outcome: checkins.OutcomePermanent, fact: checkins.FactInvalid},
	{codes: []int{21612, 21408, 21614, 21635, 30006, 30005, 63024}, outcome: checkins.OutcomePermanent, fact: checkins.FactUnreachable},
	{codes: []int{30004}, outcome: checkins.OutcomePermanent, fact: checkins.FactBlocked},
	{codes: []int{21611, 30001, 30022, 20429, 14107, 63017, 63018}, outcome: checkins.OutcomeTemporary},
	{codes: []int{30002, 63038, 20003, 21222, 21224, 21606, 21608}, outcome: checkins.OutcomeTemporary, hold: checkins.HoldChannel},
	{codes: []int{30034}, outcome: checkins.OutcomeTemporary, hold: checkins.HoldUS},
	{codes: []int{30003, 30008}, outcome: checkins.OutcomePermanent, fact: checkins.FactNotReached},
	{codes: []int{30007}, outcome: checkins.OutcomePermanent, fact: checkins.FactFiltered},
	{codes: []int{30036, 30045}, outcome: checkins.OutcomePermanent, fact: checkins.FactExpired},
	{codes: []int{90007, 30103, 30110, 30111, 63016}, outcome: checkins.OutcomePermanent},
	{codes: []int{20500}, outcome: checkins.OutcomeUnknown},
}

func TestEveryRowOfTheErrorTable(t *testing.T) {
	tw := twiliotest.Start(t, twiliotest.Options{Now: atNoon})
	s := newSender(t, tw.URL, nil)
	seen := 0
	for _, group := range expected {
		for _, code := range group.codes {
			seen++
			t.Run(strconv.Itoa(code), func(t *testing.T) {
				row := twilio.Lookup(code)
				if row.Code != code || row.Outcome != group.outcome || row.Fact != group.fact || row.Hold != group.hold || row.Note == "" {
					t.Errorf("row %+v, want %+v", row, group)
				}
				tw.Misbehave(twiliotest.Refuse(400, code))
				_, err := s.Send(t.Context(), outgoing("a", time.Hour))
				se := sendError(t, err)
				if se.Outcome != group.outcome || se.Fact != group.fact || se.Code != strconv.Itoa(code) || se.Hold != group.hold || (se.Alert != "") != row.Alert {
					t.Errorf("a create refused with it is %+v", se)
				}
			})
		}
	}
	file, err := os.ReadFile("codes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(file)) {
		if !strings.HasPrefix(line, "#") {
			rows++
		}
	}
	if rows != seen {
		t.Errorf("codes.tsv has %d rows, this test knows %d", rows, seen)
	}
	if tw.Requests() != seen {
		t.Errorf("%d requests for %d messages", tw.Requests(), seen)
	}
}

func TestAnUnknownCodeIsPermanentAndTellsAnOperator(t *testing.T) {
	row := twilio.Lookup(29999)
	if row.Outcome != checkins.OutcomePermanent || !row.Alert || row.Hold != checkins.HoldNothing || row.Fact != checkins.FactNone || !strings.Contains(row.Note, "29999") {
		t.Errorf("%+v", row)
	}
	if notifier.OutcomeOf(nil) != checkins.OutcomeAccepted {
		t.Error("no error is not accepted")
	}
}

func TestWhoeverConcernsTheAccountTellsAnOperator(t *testing.T) {
	for _, group := range expected {
		for _, code := range group.codes {
			if row := twilio.Lookup(code); row.Hold != checkins.HoldNothing && !row.Alert {
				t.Errorf("%d concerns the account and tells nobody", code)
			}
		}
	}
}
