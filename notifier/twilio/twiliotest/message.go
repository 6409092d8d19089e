package twiliotest

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Message is one text in either direction, as Twilio knows it.
type Message struct {
	SID       string
	Direction string // "inbound", "outbound-api", or "outbound-reply" for Twilio's own answer to a keyword
	From, To  string
	Body      string
	Service   string // the Messaging Service it was sent by; may be empty
	NumMedia  int
	Status    string // Twilio's word: queued, sent, delivered, undelivered, received, …
	ErrorCode int    // 0 = none

	Created time.Time
	Updated time.Time
	Sent    time.Time // zero while it has not left

	Attempt        string // of the status callback's query, by which the sender knows it
	StatusCallback string // as given, fragment included
	ValidityPeriod int    // seconds; 0 = not given
	SmartEncoded   bool
	OptOutType     string // of an inbound keyword: STOP, START, HELP
}

// pair is a phone and the sender it blocks.
type pair struct{ phone, sender string }

// Messages are all messages, the oldest first.
func (s *Server) Messages() []Message { return s.where(func(*Message) bool { return true }) }

// Thread is what passed between the account and one phone, the oldest first.
func (s *Server) Thread(phone string) []Message {
	return s.where(func(m *Message) bool { return m.From == phone || m.To == phone })
}

// Outbound are the messages that were created by the API, the oldest first.
func (s *Server) Outbound() []Message {
	return s.where(func(m *Message) bool { return m.Direction == "outbound-api" })
}

func (s *Server) where(ok func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Message
	for _, m := range s.messages {
		if ok(m) {
			found = append(found, *m)
		}
	}
	return found
}

// Created is how many messages were taken for an attempt, whatever was
// answered. More than one means that a person got it twice.
func (s *Server) Created(attempt string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[attempt]
}

// MostCreated is the attempt for which most messages were taken, and how many:
// at most 1 unless somebody sent twice.
func (s *Server) MostCreated() (attempt string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a, count := range s.taken {
		if count > n {
			attempt, n = a, count
		}
	}
	return attempt, n
}

// Requests is how many creates were asked for, taken or not.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Blocked reports whether the phone said STOP to our number.
func (s *Server) Blocked(phone string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocked[pair{phone, s.options.Number}]
}

// add stores a message and tells of it. The caller holds s.mu.
func (s *Server) add(m Message) *Message {
	m.SID = sid("SM")
	m.Created = s.options.Now().UTC().Truncate(time.Second)
	m.Updated = m.Created
	if m.Direction != "outbound-api" {
		m.Sent = m.Created
	}
	stored := &m
	s.messages = append(s.messages, stored)
	s.bySID[m.SID] = stored
	s.tell(stored)
	return stored
}

// move gives a message its next status and returns it as it then stands.
func (s *Server) move(id, status string, code int) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.bySID[id]
	if m == nil {
		return Message{}, false
	}
	m.Status, m.ErrorCode = status, code
	m.Updated = s.options.Now().UTC().Truncate(time.Second)
	if m.Sent.IsZero() && status != "queued" {
		m.Sent = m.Updated
	}
	s.tell(m)
	return *m, true
}

func (s *Server) tell(m *Message) {
	if s.options.OnMessage != nil {
		s.options.OnMessage(*m)
	}
}

// sid makes an id like Twilio's: two letters and 32 hex digits.
func sid(prefix string) string {
	var b [16]byte
	rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}

// attemptOf is the attempt that a status callback names.
func attemptOf(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return ""
	}
	return u.Query().Get("attempt")
}

// e164 reports whether number could be dialled.
func e164(number string) bool {
	digits, ok := strings.CutPrefix(number, "+")
	return ok && len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0' &&
		!slices.ContainsFunc([]byte(digits), func(c byte) bool { return c < '0' || c > '9' })
}
