package checkins

import (
	"crypto/subtle"
	"time"
)

// Six digits that go to a phone let its owner read back for half an hour, where
// they chose so (REQUIREMENTS E09). The database holds only a keyed hash of them.

// Codes makes codes. The zero value makes none.
type Codes struct {
	New func() string                  // six random digits
	Sum func(AddressID, string) string // a keyed hash of a code for an address
}

// Code is what is known of the code that last went to an address. Zero = none.
type Code struct {
	Address   AddressID
	Sum       string
	ExpiresAt time.Time
	Tries     int // that were wrong
}

const (
	codeLife  = 10 * time.Minute
	codeTries = 5
	codesADay = 5 // that go to one address
	// SessionLife is how long a code opens what it opens.
	SessionLife = 30 * time.Minute
)

// MayAskCode reports whether whoever followed the link to their settings may be
// sent a code.
func (h House) MayAskCode(s State) bool {
	return h.Codes.New != nil && s.Link.Purpose == LinkSettings && s.Proof() == PhoneProof && s.Participant.Codes && s.Address(s.Via).State == Active
}

// SendCode sends a new code to the phone that the link was sent to. The one before
// it is void. ErrNotFound: the person did not choose that.
func (h House) SendCode(s State, now time.Time) (Effects, error) {
	if !h.MayAskCode(s) {
		return Effects{}, ErrNotFound
	}
	via, code := s.Address(s.Via), h.Codes.New()
	words, err := h.Wording.Words(Say{Template: "code", Channel: via.Channel, Person: s.Participant, Now: now, Code: code})
	if err != nil {
		return Effects{}, err
	}
	m := h.message(via, Answer, words, now)
	m.ExpiresAt = now.Add(codeLife)
	return Effects{
		Messages: []Message{m}, Takes: []Quota{{Name: "codes to one address", Number: via.Value, Most: codesADay}},
		Code: &Code{Address: via.ID, Sum: h.Codes.Sum(via.ID, code), ExpiresAt: now.Add(codeLife)},
	}, nil
}

// OpenByCode makes a link to the journal for whoever types the right code: none is
// among the effects where it is wrong, used up or too old.
func (h House) OpenByCode(s State, typed string, now time.Time) (Effects, error) {
	if !h.MayAskCode(s) {
		return Effects{}, ErrNotFound
	}
	code := s.Code
	if code.Address != s.Via || code.Sum == "" || code.Tries >= codeTries || !now.Before(code.ExpiresAt) {
		return Effects{}, nil
	}
	if subtle.ConstantTimeCompare([]byte(code.Sum), []byte(h.Codes.Sum(s.Via, typed))) != 1 {
		code.Tries++
		return Effects{Code: &code}, nil
	}
	code.Sum = "" // it works once
	return Effects{Code: &code, Links: []Link{h.session(LinkCode, s.Via, SessionLife, now)}}, nil
}

// OpenJournal makes a link to the journal for whoever followed one to their
// settings that was sent to a mailbox: each link is for one page.
func (h House) OpenJournal(s State, now time.Time) (Effects, error) {
	if s.Link.Purpose != LinkSettings || !s.Proof().May(ToSeeRecords) || h.Links.NewToken == nil {
		return Effects{}, ErrNotFound
	}
	return Effects{Links: []Link{h.session(LinkJournal, s.Via, SessionLife, now)}}, nil
}

func (h House) session(purpose LinkPurpose, a AddressID, life time.Duration, now time.Time) Link {
	return Link{Token: h.Links.NewToken(), Purpose: purpose, Address: a, CreatedAt: now, ExpiresAt: now.Add(life)}
}
