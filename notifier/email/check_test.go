package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

func TestACheckSignsInAndSendsNothing(t *testing.T) {
	signIn := emailtest.Options{Username: "ada", Password: "right"}
	for name, test := range map[string]struct {
		server emailtest.Options
		alter  func(*email.Options)
		says   string // of the error; empty = none
	}{
		"all well":       {server: signIn},
		"wrong password": {server: signIn, alter: func(o *email.Options) { o.Password = "wrong" }, says: "535"},
		"no STARTTLS":    {server: emailtest.Options{NoSTARTTLS: true}, says: "STARTTLS"},
		"no sign-in":     {server: emailtest.Options{}, says: "not support SMTP AUTH"},
		"not trusted":    {server: signIn, alter: func(o *email.Options) { o.TLSConfig = nil }, says: "certificate"},
		"nobody there":   {server: signIn, alter: func(o *email.Options) { o.Port = 1 }, says: "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := emailtest.Start(test.server)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close() })
			o := email.Options{
				Host: server.Host(), Port: server.Port(), TLS: email.TLSStart, Username: "ada", Password: "right",
				Token: token, Now: now, TLSConfig: trust(server),
			}
			o.From.Address = "hello@microreach.example"
			if test.alter != nil {
				test.alter(&o)
			}
			err = newSender(t, o).Check(t.Context())
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v", err)
			}
			if len(server.Messages()) > 0 {
				t.Error("something was sent")
			}
		})
	}
}

func TestALookTouchesNothing(t *testing.T) {
	d := dovecot(t, emailtest.DovecotOptions{})
	const account = "look@home.example"
	look := func(alter func(*email.ReaderOptions)) (email.Sight, error) {
		o := email.ReaderOptions{
			Host: d.Host(), Port: d.TLSPort, Username: account, Secret: func() (string, error) { return d.Password, nil },
		}
		o.TLSConfig = &tls.Config{RootCAs: d.RootCAs()}
		if alter != nil {
			alter(&o)
		}
		return email.Look(t.Context(), o)
	}
	if got, err := look(nil); err != nil || got != (email.Sight{}) {
		t.Fatalf("an empty mailbox: %+v, %v", got, err)
	}
	at := time.Date(2026, time.March, 7, 12, 0, 0, 0, time.UTC)
	if err := d.DeliverAt(account, []byte("To: <look+wordone@home.example>\r\nSubject: a\r\n\r\nb\r\n"), at); err != nil {
		t.Fatal(err)
	}
	if got, err := look(nil); err != nil || got.Mails != 1 || !got.Newest.Equal(at) {
		t.Errorf("one mail: %+v, %v", got, err)
	}
	for word, want := range map[string]bool{"wordone": true, "wordtwo": false} {
		o := email.ReaderOptions{
			Host: d.Host(), Port: d.TLSPort, Username: account, Secret: func() (string, error) { return d.Password, nil }, TLSConfig: &tls.Config{RootCAs: d.RootCAs()},
		}
		if got, err := email.Arrived(t.Context(), o, word); err != nil || got != want {
			t.Errorf("%s arrived: %v, %v", word, got, err)
		}
	}
	if err := d.MakeFolder(account, "Answers"); err != nil {
		t.Fatal(err)
	}
	if _, err := look(func(o *email.ReaderOptions) { o.MoveTo = "Answers" }); err != nil {
		t.Errorf("a folder to move to: %v", err)
	}
	if _, err := look(func(o *email.ReaderOptions) { o.MoveTo = "Elsewhere" }); !errors.Is(err, email.ErrNoTarget) {
		t.Errorf("no folder to move to: %v", err)
	}
	if _, err := look(func(o *email.ReaderOptions) { o.Folder = "Elsewhere" }); err == nil || !strings.Contains(err.Error(), "Elsewhere") {
		t.Errorf("no such folder: %v", err)
	}
	if _, err := look(func(o *email.ReaderOptions) { o.Secret = func() (string, error) { return "guess", nil } }); err == nil || !strings.Contains(err.Error(), "let us in") {
		t.Errorf("a wrong password: %v", err)
	}
	if files, err := d.Files(account, ""); err != nil || len(files) != 1 || strings.Contains(files[0], "S") && strings.HasSuffix(files[0], "S") {
		t.Errorf("after the looks there are %v, %v", files, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := email.Look(ended, email.ReaderOptions{Host: d.Host(), Port: d.TLSPort, Username: account, Secret: func() (string, error) { return "", nil }}); err == nil {
		t.Error("a look whose time is up says nothing")
	}
}
