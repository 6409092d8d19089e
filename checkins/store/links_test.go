package store_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

const pages = "https://reach.example.org"

// withPages lets a house make links.
func (h *house) withPages() {
	h.rules.Links = checkins.Links{
		Base: pages, NewToken: func() string { return strings.ToLower(rand.Text()) },
		Leave: func(id checkins.AddressID) string { return h.vault.Token("leave", string(id)) },
	}
	h.inbox.House = h.rules
}

// newest is the newest text or mail to somebody.
func (h *house) newest(t *testing.T, who checkins.ParticipantID) string {
	t.Helper()
	db := h.raw(t)
	var row struct{ ID, Body string }
	if err := db.Get(&row, db.Rebind(`SELECT id, body FROM messages WHERE participant_id = ? ORDER BY id DESC LIMIT 1`), who); err != nil {
		t.Fatal(err)
	}
	text, err := h.vault.Open("messages", "body", row.ID, row.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tokenIn is the token of the link to a page in a text.
func tokenIn(t *testing.T, text string, purpose checkins.LinkPurpose) string {
	t.Helper()
	_, after, ok := strings.Cut(text, pages+"/"+purpose.Way()+"/")
	if !ok {
		t.Fatalf("no link to %s in %q", purpose, text)
	}
	return strings.Fields(after)[0]
}

func TestALinkOpensItsOwnPageOfItsOwnPersonUntilItExpires(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.withPages()
		who, other := h.enrol(t, "+12125550147"), h.enrol(t, "+12125550148")
		for _, number := range []string{"+12125550147", "+12125550148"} {
			h.text(t, number, "YES", noon)
			h.text(t, number, "SETTINGS", noon)
		}
		text := h.newest(t, who)
		token := tokenIn(t, text, checkins.LinkSettings)
		if n := len(pages + "/s/" + token); len(token) != 26 || n > 64 {
			t.Errorf("a link of %d characters, with a token of %d", n, len(token))
		}
		open := func(token string, purpose checkins.LinkPurpose, now time.Time) (checkins.State, error) {
			return h.State(t.Context(), checkins.Who{Link: token, Purpose: purpose}, now)
		}
		for range 3 {
			s, err := open(token, checkins.LinkSettings, noon.Add(29*24*time.Hour))
			if err != nil || s.Participant.ID != who || s.Proof() != checkins.PhoneProof || s.Address(s.Via).Value != "+12125550147" {
				t.Fatalf("the link opens %+v with proof %q: %v", s.Link, s.Proof(), err)
			}
		}
		if s, err := open(tokenIn(t, h.newest(t, other), checkins.LinkSettings), checkins.LinkSettings, noon); err != nil || s.Participant.ID != other {
			t.Error("another's link opens something else:", err)
		}
		for name, c := range map[string]struct {
			token   string
			purpose checkins.LinkPurpose
			now     time.Time
		}{
			"another purpose": {token, checkins.LinkJournal, noon},
			"no purpose":      {token, "", noon},
			"expired":         {token, checkins.LinkSettings, noon.Add(30 * 24 * time.Hour)},
			"in capitals":     {strings.ToUpper(token), checkins.LinkSettings, noon},
			"made up":         {"abcdefghijklmnopqrstuvwxyz", checkins.LinkSettings, noon},
			"its hash":        {strings.Repeat("a", 64), checkins.LinkSettings, noon},
		} {
			if _, err := open(c.token, c.purpose, c.now); !errors.Is(err, checkins.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		db, kept := h.raw(t), 0
		if err := db.Get(&kept, db.Rebind(`SELECT count(*) FROM links WHERE token_index = ?`), token); err != nil || kept != 0 {
			t.Error("the database holds the token itself", err)
		}
		if err := h.Forget(t.Context(), noon.Add(31*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := open(token, checkins.LinkSettings, noon); !errors.Is(err, checkins.ErrNotFound) {
			t.Error("an expired link is kept:", err)
		}
	})
}

func TestEveryMailboxHasOnePageThatStopsIt(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		h.withPages()
		box := checkins.Address{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: "ada@example.org"}
		id := checkins.ParticipantID(newID())
		en := checkins.Enrolment{Participant: checkins.Participant{ID: id, Zone: "UTC", Locale: "en", Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: noon}, Addresses: []checkins.Address{box}}
		if err := (checkins.Registrar{House: h.rules, Decider: h}).Enrol(t.Context(), en, noon); err != nil {
			t.Fatal(err)
		}
		token := tokenIn(t, h.rules.Links.LeaveURL(box), checkins.LinkLeave)
		s, err := h.State(t.Context(), checkins.Who{Link: token, Purpose: checkins.LinkLeave}, noon.AddDate(5, 0, 0))
		if err != nil || s.Participant.ID != id || s.Via != box.ID || s.Proof() != checkins.LeaveProof {
			t.Errorf("five years later the page is %+v of %v: %v", s.Link, s.Participant.ID, err)
		}
		confirm := tokenIn(t, h.newest(t, id), checkins.LinkConfirm)
		if s, err := h.State(t.Context(), checkins.Who{Link: confirm, Purpose: checkins.LinkConfirm}, noon); err != nil || s.Shown == "" {
			t.Errorf("the link to confirm by: %v, shown %q", err, s.Shown)
		}
	})
}

func TestWithoutAPublicAddressNothingLeadsToAPage(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		who := h.enrol(t, "+12125550147")
		h.text(t, "+12125550147", "YES", noon)
		h.text(t, "+12125550147", "SETTINGS", noon)
		if text := h.newest(t, who); strings.Contains(text, "http") || !strings.Contains(text, "SLOWER") {
			t.Errorf("the answer to SETTINGS is %q", text)
		}
	})
}
