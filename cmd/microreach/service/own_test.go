package service_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// enclosed are the files in a mail, by their names.
func enclosed(t *testing.T, m emailtest.Message) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	r, err := mail.CreateReader(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h, ok := part.Header.(*mail.AttachmentHeader); ok {
			name, _ := h.Filename()
			if files[name], err = io.ReadAll(part.Body); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A person reads their mailbox, gets a copy of everything there, and then has
// everything erased.
func TestACopyAndTheEndByMail(t *testing.T) {
	l := openLetters(t)
	answer := func(to emailtest.Message, text string) {
		t.Helper()
		if code := l.bring(to.Reply(text, time.Now())); code != http.StatusOK {
			t.Fatalf("the hook answers %d", code)
		}
	}
	answer(l.arrived(1), "Yes")
	answer(l.arrived(2), "done 7, felt like a canary in spring")
	answer(l.arrived(3), "export")
	if n := len(enclosed(t, l.arrived(4))); n != 0 {
		t.Fatalf("the question encloses %d files", n)
	}
	answer(l.arrived(4), "1")
	files := enclosed(t, l.arrived(5))
	var got map[string][]map[string]any
	if err := json.Unmarshal(files["microreach.json"], &got); err != nil || len(got["check_ins"]) != 1 || got["addresses"][0]["value"] != robin {
		t.Errorf("%v in %d bytes of JSON, %v", got["check_ins"], len(files["microreach.json"]), err)
	}
	if _, err := csv.NewReader(bytes.NewReader(files["microreach.csv"])).ReadAll(); err != nil || !bytes.Contains(files["microreach.csv"], []byte("canary in spring")) {
		t.Errorf("the spreadsheet of %d bytes lacks what was written, %v", len(files["microreach.csv"]), err)
	}
	answer(l.arrived(5), "delete my data")
	answer(l.arrived(6), "1")
	if _, err := l.Store.State(t.Context(), checkins.Who{Participant: l.who}, time.Now()); !errors.Is(err, checkins.ErrNotFound) {
		t.Errorf("after the erasure: %v", err)
	}
	if err := l.Stop(); err != nil {
		t.Error(err)
	}
	if n := len(l.out.Mailbox(robin)); n != 6 {
		t.Errorf("%d mails came, not 6", n)
	}
	if bytes.Contains(l.log.Bytes(), []byte("canary")) {
		t.Error("the log holds what was written")
	}
}

// What Twilio still has of somebody who was erased is deleted there, both ways;
// what is under way as soon as it can be, and nobody else's.
func TestTwilioForgetsWhoWasErased(t *testing.T) {
	onBothPosts(t, func(t *testing.T, p *post) {
		gone, stays := p.person(), p.person()
		numbers := map[checkins.ParticipantID]string{}
		for _, who := range []checkins.ParticipantID{gone, stays} {
			numbers[who] = p.state(who).Addresses[0].Value
			p.phone(who, "when?")
		}
		p.pass(11 * time.Minute) // until the list is read
		p.drain()
		had := len(p.twilio.Thread(numbers[stays]))
		if len(p.twilio.Thread(numbers[gone])) < 2 {
			t.Fatalf("Twilio has %d texts of the person", len(p.twilio.Thread(numbers[gone])))
		}
		if err := p.Erase(t.Context(), gone, checkins.ErasedByOperator); err != nil {
			t.Fatal(err)
		}
		p.drain()
		if left := p.twilio.Thread(numbers[gone]); len(left) != 0 {
			t.Errorf("Twilio still has %d texts: %v", len(left), left[0].Direction)
		}
		if n := len(p.twilio.Thread(numbers[stays])); n != had {
			t.Errorf("of somebody else Twilio has %d texts, not %d", n, had)
		}
		if ids, err := p.Store.Copies(t.Context(), p.Now().Add(1000*time.Hour), 10); err != nil || len(ids) > 0 {
			t.Errorf("%d are still to be deleted, %v", len(ids), err)
		}
	})
}
