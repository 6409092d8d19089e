package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
)

// mailInOf is how mail comes in by a configuration.
func mailInOf(t *testing.T, text string) *service.Mail {
	t.Helper()
	cfg, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	p := (&command{t: t}).program()
	m := &service.Mail{}
	p.mailIn(m, cfg, leaktest.On(t).Log())
	return m
}

func TestMailComesInByTheWaysThatAreConfigured(t *testing.T) {
	if m := mailInOf(t, smtpWith("")); m.IMAP != nil || m.Hook != nil || m.Inbound != nil {
		t.Errorf("nothing is configured: %+v", m)
	}
	m := mailInOf(t, smtpWith("reply_to = 'answers@example.org'\ndomain = 'ids.example.org'\nusername = 'u'\npassword = 'p'\n"+
		"[imap]\nhost = 'imap.example.org'\nmove_to = 'Kept'\n[inbound_mail]\nlisten = '/run/m.sock'\nprotocol = 'lmtp'\nhook_secret = '0123456789abcdef'\nauth_servers = ['mx.example.org']\n"))
	for name, in := range map[string]email.Intake{"imap": m.IMAP.Intake, "hook": m.Hook.Intake, "listener": m.Inbound.Intake} {
		if in.Address != "answers@example.org" || in.Domain != "ids.example.org" || len(in.AuthServers) != 1 || in.LookupTXT == nil || in.Now == nil || in.Log == nil {
			t.Errorf("%s: %+v", name, in)
		}
	}
	secret, err := m.IMAP.Secret()
	if i := m.IMAP; i.Host != "imap.example.org" || i.Port != 993 || i.TLS != email.TLSImplicit || i.Username != "u" || secret != "p" || err != nil ||
		i.Folder != "INBOX" || i.Mark != email.MarkSeen || i.MoveTo != "Kept" || i.Holder == "" || i.Auth != email.AuthPassword {
		t.Errorf("%+v, %v", i, err)
	}
	if m.Hook.Secret != "0123456789abcdef" || !m.Inbound.LMTP {
		t.Errorf("%+v, %+v", m.Hook, m.Inbound)
	}
	own := mailInOf(t, smtpWith("username = 'u'\npassword = 'p'\n[imap]\nhost = 'i'\nusername = 'other'\npassword = 'q'\ntls = 'starttls'\nport = 143\n")).IMAP
	if secret, _ := own.Secret(); own.Username != "other" || secret != "q" || own.TLS != email.TLSStart {
		t.Errorf("%+v", own)
	}
}

func TestAnAccessTokenIsReadAnewForEachConnection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	i := mailInOf(t, smtpWith("[imap]\nhost = 'i'\nusername = 'u'\nauth = 'xoauth2'\ntoken_file = '"+file+"'\n")).IMAP
	if _, err := i.Secret(); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("a missing file: %v", err)
	}
	for _, token := range []string{"one", "two"} {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := i.Secret(); got != token || err != nil || i.Auth != email.AuthXOAuth2 {
			t.Errorf("%q, %v; want %q", got, err, token)
		}
	}
}
