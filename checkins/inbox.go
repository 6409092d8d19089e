package checkins

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// Inbox turns what people write into records and changes.
type Inbox struct {
	House   House
	Decider Decider
	Reader  *reply.Reader
	Full    func(quota string) // told that a day's quota is used up; nil = nobody is
}

// Receive reads one inbound message and commits everything that follows from
// it in one transaction. The same message twice has the effect of one (rule
// 4). An error means that nothing was kept, and that whoever brought the
// message should bring it again.
func (b *Inbox) Receive(ctx context.Context, in Incoming) error {
	who := Who{Channel: in.Channel, Address: in.From}
	if in.Token != "" {
		who = Who{ReplyToken: in.Token}
	}
	err := b.Decider.Decide(ctx, who, in.At, func(s State) (Effects, error) { return b.decide(s, in) })
	var full *FullError
	switch {
	case errors.Is(err, ErrDuplicate) || errors.Is(err, ErrNotFound):
		return nil
	case errors.As(err, &full):
		if b.Full != nil {
			b.Full(full.Quota)
		}
		return nil
	}
	return err
}

// OptOutsFirst orders texts that waited while nobody listened: whoever asks in
// one of them not to be written to comes before all others. The texts of each
// person keep their order, since a START may follow.
func (b *Inbox) OptOutsFirst(waiting []Incoming) []Incoming {
	leaves := map[string]bool{}
	for _, in := range waiting {
		read := b.Reader.Read(in.Text, reply.Context{Now: in.At, Zone: time.UTC, Via: reply.Via(in.Channel)})
		if read.Intent == reply.IntentStop || read.Intent == reply.IntentMaybeStop {
			leaves[in.From] = true
		}
	}
	ordered := slices.Clone(waiting)
	slices.SortStableFunc(ordered, func(a, b Incoming) int {
		switch {
		case leaves[a.From] == leaves[b.From]:
			return 0
		case leaves[a.From]:
			return -1
		}
		return 1
	})
	return ordered
}

// decide is the whole of an inbound message's consequences.
func (b *Inbox) decide(s State, in Incoming) (Effects, error) {
	t := turn{House: b.House, State: s, reader: b.Reader, in: in, route: Route(in.Channel), now: in.At, via: s.Address(s.Via)}
	if !s.Known() {
		return t.stranger()
	}
	if t.proof() == NoProof {
		return t.askBack()
	}
	t.inbound = InboundID(b.House.NewID())
	auto := in.Auto || b.House.Wording.Ours(in.Text) // another of our kind is at the other end, or ourselves
	t.e.Inbound = &Inbound{ID: t.inbound, Channel: in.Channel, ProviderID: in.ProviderID, Auto: auto, At: in.At}
	t.e.Moves = arrived(s.Message)
	if auto {
		return t.e, nil
	}
	t.hear()
	t.e.Inbound.Auto = t.read.Intent == reply.IntentAutoReply
	err := t.take()
	return t.e, err
}

// turn is one inbound message on its way to its effects, or what somebody did on
// a page (visit.go).
type turn struct {
	House
	State
	reader   *reply.Reader
	in       Incoming
	route    Route
	now      time.Time
	via      Address
	inbound  InboundID
	question *Message // what the person was last asked; nil = nothing that is still open
	read     reply.Reading
	asked    DigestAction // in a digest's own words; then nothing is read
	e        Effects
}

// proof is how sure we may be of who writes.
func (t *turn) proof() Proof {
	switch {
	case t.via.ID == "":
		return NoProof
	case t.in.Channel == SMS:
		return PhoneProof
	case t.in.Token == "":
		return NoProof
	case !strings.EqualFold(t.in.From, t.via.Value):
		return TokenProof
	case t.in.Aligned:
		return MailboxProof
	}
	return MailProof
}

// allowed lists what a mail with our token from another mailbox may do (B08).
var allowed = map[reply.Intent]bool{
	reply.IntentCheckIn: true, reply.IntentPause: true, reply.IntentStop: true, reply.IntentMaybeStop: true,
	reply.IntentHelp: true, reply.IntentCrisis: true, reply.IntentUnclear: true,
}

func (t *turn) context() reply.Context {
	c := reply.Context{
		Now: t.now, Zone: t.Participant.Location(), Locale: t.Participant.Locale,
		Via: reply.Via(t.in.Channel), Stopped: t.via.State == Stopped,
	}
	if t.question != nil {
		c.After = t.question.Asked
	}
	if t.via.State == Pending || t.via.State == Invited {
		c.After = reply.AfterOptIn
	}
	return c
}
