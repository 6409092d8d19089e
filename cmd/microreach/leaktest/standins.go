package leaktest

import (
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// Twilio starts a stand-in for Twilio whose messages nobody else may know.
func (w *Watch) Twilio(o twiliotest.Options) *twiliotest.Server {
	w.t.Helper()
	s := twiliotest.Start(w.t, o)
	w.Served(s.URL)
	w.Private(twiliotest.AuthToken, o.AuthToken)
	w.t.Cleanup(func() {
		for _, m := range s.Messages() {
			if m.Direction == "inbound" {
				w.Private(m.From)
				w.Wrote(m.Body)
			} else {
				w.Private(m.To)
				w.Sent(m.Body)
			}
			w.Links(m.Body)
		}
	})
	return s
}

// Mail starts a stand-in for a mail server whose mails nobody else may know.
func (w *Watch) Mail(o emailtest.Options) (*emailtest.Server, error) {
	w.t.Helper()
	s, err := emailtest.Start(o)
	if err != nil {
		return nil, err
	}
	w.Private(o.Password)
	w.t.Cleanup(func() {
		for _, m := range s.Messages() {
			w.Private(m.To...)
			w.Private(m.From, m.ReplyTo()) // they bear tokens
			w.Sent(m.Text)
			w.Links(string(m.Raw))
		}
	})
	return s, nil
}
