package checkins

import (
	"time"

	"github.com/microreach/microreach/checkins/reply"
)

// A notice is what we say without having been asked anything that we
// understood. By mail a program may be at the other end that answers it in
// turn, marked as one by nothing; so one of each sort goes to a mailbox in 24
// hours (REQUIREMENTS B06, RFC 3834 §2).

// noticeFor is how long one notice of a sort is enough for a mailbox.
const noticeFor = 24 * time.Hour

// NoticesSince is how far back State.Noticed looks.
const NoticesSince = noticeFor

// notice says something that was not asked for, once in a while.
func (t *turn) notice(kind Kind, say Say, sort Step) error {
	if at, ok := t.Noticed[sort]; ok && t.in.Channel == Email && t.now.Sub(at) < noticeFor {
		return nil
	}
	before := len(t.e.Messages)
	err := t.answer(kind, say)
	for i := before; i < len(t.e.Messages); i++ {
		t.e.Messages[i].Step = sort
	}
	return err
}

// unclear is said where nothing else could be made of the words. What is nearly
// understood (a date that is not in the calendar) is said each time.
func (t *turn) unclear() error {
	if t.read.Reason == "" || t.read.Reason == reply.ReasonUnknown {
		return t.notice(Answer, Say{Template: "unclear"}, StepUnclear)
	}
	return t.answer(Answer, Say{Template: "unclear"})
}

// wordless answers a message in which no word was. Pictures and files are left
// unread, and whoever sent nothing else is told so.
func (t *turn) wordless() error {
	if t.in.Unread > 0 {
		return t.notice(Answer, Say{Template: "unseen"}, StepUnseen)
	}
	return t.unclear()
}

// askBack takes of a mail from a known mailbox that bears no token of ours only
// that somebody wants it to stop. Anybody can write such a mail, and so nothing
// changes: one mail asks there, and the answer to that, which bears a token,
// decides (B08).
func (t *turn) askBack() (Effects, error) {
	heard := t.via.State == Active || t.via.State == Pending || t.via.State == Invited
	if !heard || t.in.Channel != Email || t.in.Auto || t.House.Wording.Ours(t.in.Text) {
		return Effects{}, nil
	}
	t.read = t.reader.Read(t.in.Text, t.context())
	if t.read.Intent != reply.IntentStop {
		return Effects{}, nil
	}
	t.inbound = InboundID(t.NewID())
	// Auto: it may be forged, and so it is no sign that the person is there.
	t.e.Inbound = &Inbound{ID: t.inbound, Channel: Email, ProviderID: t.in.ProviderID, Auto: true, At: t.now}
	err := t.notice(Help, Say{Template: "stop_asked"}, StepStopAsked)
	for i := range t.e.Messages {
		t.e.Messages[i].Asked = reply.AfterStop
	}
	if len(t.e.Messages) == 0 {
		return Effects{}, err // it was asked today, and is not worth a row
	}
	return t.e, err
}

// echoes reports whether a mail answers what asked nothing, in the same words
// as the one before it: so does a program that nothing marks as one.
func (t *turn) echoes() bool {
	h, m := t.Heard, t.Message
	free := t.read.Intent == reply.IntentCheckIn || t.read.Intent == reply.IntentUnclear
	return free && t.in.Channel == Email && h.Channel == Email && h.Text == t.in.Text && h.Text != "" && t.now.Sub(h.At) < noticeFor &&
		m != nil && (m.Asked == "" || m.Asked == reply.AfterNone)
}
