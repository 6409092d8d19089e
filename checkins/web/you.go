package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

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
	Digest    digestDraft
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
		Digest: digestOf(who.Digest),
		Locale: locale, Languages: s.Languages, Shares: who.Shares, Codes: who.Codes,
		Phone: state.Reach(checkins.SMS).State == checkins.Active, MayWiden: state.Proof().May(checkins.ToWiden),
	}
}

// endText is the end of a day's hours in a field for times, which knows no 24:00.
func endText(c pace.Clock) string { return (c % (24 * 60)).String() }

func (d *youDraft) read(form url.Values) {
	d.Discreet, d.Acks, d.Keep = form.Get("discreet") == "yes", checkins.Acks(form.Get("acks")), checkins.Keep(form.Get("keep"))
	d.From, d.To, d.TimeZone = form.Get("from"), form.Get("to"), strings.TrimSpace(form.Get("zone"))
	d.Digest.read(form)
	d.Locale, d.Shares, d.Codes = form.Get("locale"), checkins.Sharing(form.Get("shares")), form.Get("codes") == "yes"
}

// wishes are what the draft wants different of a person.
func (d youDraft) wishes(who checkins.Participant) (list []checkins.Wish, misread bool) {
	from, err1 := pace.ParseClock(d.From)
	to, err2 := pace.ParseClock(d.To)
	if to == 0 {
		to = 24 * 60
	}
	digest, readable := d.Digest.choice()
	if err1 != nil || err2 != nil || !readable {
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
		{!digest.Same(who.Digest), checkins.Wish{Kind: checkins.WishDigest, Digest: digest}},
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

// digestDraft is what somebody chose about their weekly digest, as the fields of
// the form hold it.
type digestDraft struct {
	By   string // mail, sms or off
	Day  string // sun
	At   string // 18:00; empty = the usual hour
	Form string // usual, words or numbers
	Past bool
}

func digestOf(c checkins.DigestChoice) digestDraft {
	d := digestDraft{By: string(c.By), Day: pace.DaysOf(c.Day).String(), Form: string(c.Form), Past: c.Past}
	if c.By == checkins.DigestByMail {
		d.By = "mail"
	}
	if c.Form == checkins.DigestAsUsual {
		d.Form = "usual"
	}
	if c.At != nil {
		d.At = c.At.String()
	}
	return d
}

// read takes over what was typed. A form without these fields changes none of them.
func (d *digestDraft) read(form url.Values) {
	if form.Has("digest") {
		*d = digestDraft{form.Get("digest"), form.Get("digest_day"), strings.TrimSpace(form.Get("digest_at")), form.Get("digest_form"), form.Get("digest_past") == "yes"}
	}
}

// choice is the draft as a choice; not ok where a field holds what cannot be read.
func (d digestDraft) choice() (c checkins.DigestChoice, ok bool) {
	days, err := pace.ParseDays(d.Day)
	if err != nil || days.Len() != 1 {
		return c, false
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if days.Has(day) {
			c.Day = day
		}
	}
	if d.At != "" {
		at, err := pace.ParseClock(d.At)
		if err != nil {
			return c, false
		}
		c.At = &at
	}
	c.By, c.Form, c.Past = checkins.DigestBy(d.By), checkins.DigestForm(d.Form), d.Past
	if d.By == "mail" {
		c.By = checkins.DigestByMail
	}
	if d.Form == "usual" {
		c.Form = checkins.DigestAsUsual
	}
	return c, true
}
