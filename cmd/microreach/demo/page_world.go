package demo

import (
	"context"
	"errors"
	"time"

	"github.com/microreach/microreach/checkins"
)

// errNoMail is returned when the mail to be answered does not exist.
var errNoMail = errors.New("there is no such mail")

// AnswerMail answers the n-th mail of the mailbox, counted from 1, with what a
// person wrote above the quote, and waits until it was taken.
func (w *World) AnswerMail(ctx context.Context, n int, text string) error {
	inbox := w.mailbox.Mailbox(w.mailOwner().Address)
	if n < 1 || n > len(inbox) {
		return errNoMail
	}
	return w.mailbox.Reply(ctx, w.Service.MailAddress().String(), inbox[n-1], text)
}

func (w *World) phoneOwner() Person { return w.People[0] }
func (w *World) mailOwner() Person  { return w.People[1] }

// state is what the service knows about a person.
func (w *World) state(ctx context.Context, p Person) (checkins.State, error) {
	return w.Service.Store.State(ctx, checkins.Who{Participant: p.ID}, w.Clock.Now())
}

// moment is a reminder of a person, to the second.
type moment struct {
	who string
	at  int64
}

func (p Person) moment(at time.Time) moment { return moment{p.Name, at.Unix()} }

// listed are the reminders that the previews show up to an instant.
func (w *World) listed(ctx context.Context, until time.Time) (map[moment]bool, error) {
	list := map[moment]bool{}
	for _, p := range w.People {
		upcoming, err := w.Service.Preview(ctx, p.ID, 50)
		if err != nil {
			return nil, err
		}
		for _, u := range upcoming {
			if !u.Due.At.After(until) {
				list[p.moment(u.Due.At)] = true
			}
		}
		digest, err := w.Service.ComingDigest(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		if !digest.IsZero() && !digest.After(until) {
			list[p.moment(digest)] = true
		}
	}
	return list, nil
}

// nextReminder is the earliest reminder of either person; zero = none.
func (w *World) nextReminder(ctx context.Context) (time.Time, error) {
	var next time.Time
	for _, p := range w.People {
		upcoming, err := w.Service.Preview(ctx, p.ID, 1)
		if err != nil {
			return time.Time{}, err
		}
		if len(upcoming) > 0 && (next.IsZero() || upcoming[0].Due.At.Before(next)) {
			next = upcoming[0].Due.At
		}
	}
	return next, nil
}

// arrived are the instants at which messages reached a person, the oldest
// first.
func (w *World) arrived(p Person) []time.Time {
	var at []time.Time
	if p.Channel == checkins.Email {
		for _, m := range w.mailbox.Mailbox(p.Address) {
			at = append(at, m.At)
		}
		return at
	}
	for _, m := range w.phone.Thread(p.Address) {
		if m.Direction != "inbound" {
			at = append(at, m.Created)
		}
	}
	return at
}
