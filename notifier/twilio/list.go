package twilio

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/microreach/microreach/checkins"
)

const (
	findLimit   = 200  // messages to one person that are looked through, the newest first
	inboundPage = 1000 // the most that Twilio gives at once

	// clockSlack is how far Twilio's clock may be behind ours; its dates have
	// whole seconds.
	clockSlack = 5 * time.Second
)

// Find looks in Twilio's list for the message that an attempt begun at since
// may have left there: to this person, from our sender, with these very words,
// not created before since; of several the one nearest to it first
// (REQUIREMENTS F08). The evidence has Source SourceList and no Attempt: the
// caller knows which.
//
// Nothing found proves nothing at once, since the list may lag; look again
// later. One listed message must not settle two attempts: pass over a
// ProviderID that another attempt has already.
func (s *Sender) Find(ctx context.Context, to, body string, since time.Time) ([]checkins.Evidence, error) {
	p := (&openapi.ListMessageParams{}).SetTo(to).SetPageSize(100).SetLimit(findLimit)
	if s.from != "" {
		p.SetFrom(s.from)
	}
	listed, err := s.call(ctx).api().ListMessage(p)
	if err != nil {
		return nil, fmt.Errorf("look for a message in Twilio's list: %w", unquoted(err))
	}
	type candidate struct {
		checkins.Evidence
		distance time.Duration
	}
	var fit []candidate
	for _, m := range listed {
		distance, ok := s.match(m, body, since)
		if !ok {
			continue
		}
		ev, known := evidence(value(m.Status), codeText(m.ErrorCode))
		if !known {
			ev.Fact = checkins.FactAccepted // listed is taken, whatever the word
		}
		ev.ProviderID, ev.Source, ev.At = value(m.Sid), checkins.SourceList, s.now()
		fit = append(fit, candidate{ev, distance})
	}
	slices.SortStableFunc(fit, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	found := make([]checkins.Evidence, len(fit))
	for i, c := range fit {
		found[i] = c.Evidence
	}
	return found, nil
}

// match is how far from since the message was created, if it is one that fits.
func (s *Sender) match(m openapi.ApiV2010Message, body string, since time.Time) (time.Duration, bool) {
	created, err := time.Parse(time.RFC1123Z, value(m.DateCreated))
	ours := strings.HasPrefix(value(m.Direction), "outbound") &&
		value(m.Body) == body && value(m.Sid) != "" &&
		(s.service == "" || value(m.MessagingServiceSid) == s.service)
	after := created.Sub(since.Truncate(time.Second))
	return after.Abs(), err == nil && ours && after >= -clockSlack
}

// Inbound lists the texts that reached our number at since or later, the oldest
// first. It is for polling and for the time after an outage, when webhooks were
// lost (REQUIREMENTS A33): overlap the times and let the inbox drop what it has.
//
// At is when Twilio got the text. OptOutType is empty, since the list does not
// hold it. With a Messaging Service all numbers of the account are listed.
func (s *Sender) Inbound(ctx context.Context, since time.Time) ([]checkins.Incoming, error) {
	day := since.UTC().Truncate(24 * time.Hour)                                        // the filter knows days only
	p := (&openapi.ListMessageParams{}).SetDateSentAfter(day).SetPageSize(inboundPage) // and no limit: the oldest would be lost
	if s.from != "" {
		p.SetTo(s.from)
	}
	listed, err := s.call(ctx).api().ListMessage(p)
	if err != nil {
		return nil, fmt.Errorf("list the texts that came in: %w", unquoted(err))
	}
	var texts []checkins.Incoming
	for _, m := range listed {
		created, err := time.Parse(time.RFC1123Z, value(m.DateCreated))
		if err != nil || value(m.Direction) != "inbound" || created.Before(since.Truncate(time.Second)) {
			continue
		}
		texts = append(texts, checkins.Incoming{
			Channel:    checkins.SMS,
			ProviderID: value(m.Sid),
			From:       value(m.From),
			Text:       strings.ToValidUTF8(value(m.Body), "\uFFFD"),
			Unread:     pictures(value(m.NumMedia)),
			At:         created.UTC(),
		})
	}
	slices.Reverse(texts) // Twilio lists the newest first; equal seconds keep that order
	slices.SortStableFunc(texts, func(a, b checkins.Incoming) int { return a.At.Compare(b.At) })
	return texts, nil
}

func codeText(code *int) string {
	if code == nil {
		return ""
	}
	return strconv.Itoa(*code)
}
