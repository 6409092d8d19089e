package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// youDraft is what somebody chose about themselves, as the fields of its form hold
// it.
type youDraft struct {
	Discreet  bool
	Acks      checkins.Acks
	Keep      checkins.Keep
	From, To  string
	TimeZone  string
	Zones     []string
	Locale    string
	Languages []string
	Shares    checkins.Sharing
	Codes     bool
	Phone     bool // there is a phone that a code could go to
	MayWiden  bool
}

func (s *Site) youOf(state checkins.State) youDraft {
	who := state.Participant
	locale, _, _ := strings.Cut(strings.ToLower(who.Locale), "-")
	offered := zones
	if !slices.Contains(zones, who.Zone) {
		offered = append([]string{who.Zone}, zones...)
	}
	return youDraft{
		Zones:    offered,
		Discreet: who.Discreet, Acks: who.Acks, Keep: who.Keep, From: who.Hours.From.String(), To: endText(who.Hours.To), TimeZone: who.Zone,
		Locale: locale, Languages: s.Languages, Shares: who.Shares, Codes: who.Codes,
		Phone: state.Reach(checkins.SMS).State == checkins.Active, MayWiden: state.Proof().May(checkins.ToWiden),
	}
}

// endText is the end of a day's hours in a field for times, which knows no 24:00.
func endText(c pace.Clock) string { return (c % (24 * 60)).String() }

func (d *youDraft) read(form url.Values) {
	d.Discreet, d.Acks, d.Keep = form.Get("discreet") == "yes", checkins.Acks(form.Get("acks")), checkins.Keep(form.Get("keep"))
	d.From, d.To, d.TimeZone = form.Get("from"), form.Get("to"), strings.TrimSpace(form.Get("zone"))
	d.Locale, d.Shares, d.Codes = form.Get("locale"), checkins.Sharing(form.Get("shares")), form.Get("codes") == "yes"
}

// wishes are what the draft wants different of a person.
func (d youDraft) wishes(who checkins.Participant) (list []checkins.Wish, misread bool) {
	from, err1 := pace.ParseClock(d.From)
	to, err2 := pace.ParseClock(d.To)
	if to == 0 {
		to = 24 * 60
	}
	if err1 != nil || err2 != nil {
		return nil, true
	}
	hours := pace.Span{From: from, To: to}
	locale, _, _ := strings.Cut(strings.ToLower(who.Locale), "-")
	for _, w := range []struct {
		differs bool
		wish    checkins.Wish
	}{
		{d.Discreet != who.Discreet, checkins.Wish{Kind: checkins.WishDiscreet, On: d.Discreet}},
		{d.Acks != who.Acks, checkins.Wish{Kind: checkins.WishAcks, Acks: d.Acks}},
		{d.Keep != who.Keep, checkins.Wish{Kind: checkins.WishWords, Keep: d.Keep}},
		{hours != who.Hours, checkins.Wish{Kind: checkins.WishHours, Hours: hours}},
		{d.TimeZone != who.Zone, checkins.Wish{Kind: checkins.WishZone, Zone: d.TimeZone}},
		{d.Locale != locale, checkins.Wish{Kind: checkins.WishLocale, Locale: d.Locale}},
		{d.Shares != who.Shares, checkins.Wish{Kind: checkins.WishSharing, Shares: d.Shares}},
		{d.Codes != who.Codes, checkins.Wish{Kind: checkins.WishCodes, On: d.Codes}},
	} {
		if w.differs {
			list = append(list, w.wish)
		}
	}
	return list, false
}

// keepLine is the line that stands beside what of the answers is to be kept.
func (s *Site) keepLine(state checkins.State, form url.Values) string {
	keep := form.Get("keep")
	if keep == "" {
		return ""
	}
	return s.Words.Line(state.Participant.Locale, "settings.keep") + " " + s.Words.Line(state.Participant.Locale, "settings.keep_"+keep)
}
