package service

import (
	"context"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/digest"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/templates"
)

// digests writes the weekly digest: what the week holds, in the words of the
// templates. It implements checkins.Digester.
type digests struct {
	words  *templates.Set
	reader *reply.Reader
	reply  func(checkins.MessageID) string // where answers go; nil = not known
	pages  checkins.Links
}

// Digest implements checkins.Digester.
func (d digests) Digest(ask checkins.DigestAsk) (checkins.Words, bool, error) {
	week := d.week(ask)
	if week.Empty() {
		return checkins.Words{}, false, nil
	}
	words, err := d.words.Digest(ask.State.Participant, week, ask.Channel, d.links(ask))
	return words, true, err
}

// Action implements checkins.Digester.
func (d digests) Action(text, locale string) checkins.DigestAction {
	return d.words.DigestAction(text, locale)
}

// week is what the week holds. Hard words are looked for here, in the words
// themselves, and nothing of what is found is kept.
func (d digests) week(ask checkins.DigestAsk) digest.Week {
	s := ask.State
	win, _ := d.words.Moment("win")
	context := reply.Context{Now: ask.To, Zone: s.Participant.Location(), Locale: s.Participant.Locale, Via: reply.ViaEmail}
	return digest.Of(digest.Input{
		Person: s.Participant, From: ask.From, To: ask.To, Records: s.Records, Changes: s.Changes, Plans: s.Plans, Done: s.Done,
		Coming: ask.Coming, Win: win, Practice: ask.Practice,
		Hard: func(text string) bool {
			read := d.reader.Read(text, context)
			return read.Crisis || read.Harm
		},
	})
}

func (d digests) links(ask checkins.DigestAsk) (l templates.DigestLinks) {
	l.Picture = "cid:" + email.PictureID(ask.Week)
	if d.reply != nil {
		l.Reply = d.reply(ask.ID)
	}
	box := ask.State.Reach(checkins.Email)
	l.Stop = d.pages.LeaveURL(box)
	l.Page = func(a checkins.DigestAction) string {
		switch {
		case a == checkins.DigestNoMore:
			return d.pages.NoDigestURL(box)
		case ask.Page == "":
			return ""
		}
		return ask.Page + "?" + string(a)
	}
	return l
}

// Digest is the digest of a person's ISO week as it would be written now, and
// whether it holds anything. Nothing is kept, and nothing leaves.
func (c *Core) Digest(ctx context.Context, who checkins.ParticipantID, week pace.ISOWeek) (m checkins.Outgoing, ok bool, err error) {
	now := c.Now()
	s, err := c.Store.State(ctx, checkins.Who{Participant: who}, now)
	if err != nil {
		return m, false, err
	}
	moment, _ := s.Participant.DigestMoment(week)
	s, err = c.Store.State(ctx, checkins.Who{Participant: who, Since: moment.Add(-checkins.DigestLooksBack)}, now)
	if err != nil {
		return m, false, err
	}
	if s.Participant.Digest.By == checkins.DigestOff {
		s.Participant.Digest.By = checkins.DigestByMail // it is shown all the same
	}
	ask := c.House.DigestOf(s, week, moment, checkins.MessageID(c.options.NewID()), now)
	to := s.Reach(ask.Channel)
	m.Message = checkins.Message{
		ID: ask.ID, Participant: who, Address: to.ID, Channel: ask.Channel, Kind: checkins.Digest, Week: week, DueAt: moment, CreatedAt: moment,
	}
	m.To = to.Value
	m.Words, ok, err = c.House.Digests.Digest(ask)
	return m, ok, err
}

// ComingDigest is when a person's next digest leaves, if nothing happens till
// then; zero where none does.
func (c *Core) ComingDigest(ctx context.Context, who checkins.ParticipantID) (time.Time, error) {
	now := c.Now()
	s, err := c.Store.State(ctx, checkins.Who{Participant: who, Since: now.Add(-checkins.DigestLooksBack)}, now)
	if err != nil || s.Participant.Weekly.Due.IsZero() {
		return time.Time{}, err
	}
	e, err := c.House.DigestDue(s, s.Participant.Weekly.Due)
	for _, m := range e.Messages {
		if m.State == checkins.Queued {
			return m.NotBefore, err
		}
	}
	return time.Time{}, err
}
