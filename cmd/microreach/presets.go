package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A mailPreset is what is known of a mail provider.
type mailPreset struct {
	name         string
	smtp, imap   mailServer
	mailbox      string // an example
	passwordFrom string // where an app password is made
}

// A mailServer is one end of a provider. The zero value is none.
type mailServer struct {
	host string
	port int
	tls  string // starttls or tls
}

// presets are the providers that people have at home. Each takes "you+word@…",
// which answers need. Their servers are those of their own help pages, read on
// 2026-11-26.
var presets = []mailPreset{
	{
		name: "fastmail", mailbox: "you@fastmail.com", passwordFrom: "fastmail.com: Settings, Privacy & Security, App passwords",
		smtp: mailServer{"smtp.fastmail.com", 465, "tls"}, imap: mailServer{"imap.fastmail.com", 993, "tls"},
	},
	{
		name: "gmail", mailbox: "you@gmail.com", passwordFrom: "myaccount.google.com/apppasswords (2-step verification must be on)",
		smtp: mailServer{"smtp.gmail.com", 587, "starttls"}, imap: mailServer{"imap.gmail.com", 993, "tls"},
	},
	{
		name: "icloud", mailbox: "you@icloud.com", passwordFrom: "account.apple.com: Sign-In and Security, App-Specific Passwords",
		smtp: mailServer{"smtp.mail.me.com", 587, "starttls"}, imap: mailServer{"imap.mail.me.com", 993, "tls"},
	},
	{
		name: "generic", mailbox: "you@example.org", passwordFrom: "your provider's settings",
		smtp: mailServer{"", 587, "starttls"}, imap: mailServer{"", 993, "tls"},
	},
}

// noMail is the choice of no mail at all.
const noMail = "none"

func presetNames() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return append(names, noMail)
}

// presetCalled is the preset with that name; ok is false for none.
func presetCalled(name string) (mailPreset, bool) {
	i := slices.IndexFunc(presets, func(p mailPreset) bool { return p.name == name })
	if i < 0 {
		return mailPreset{}, false
	}
	return presets[i], true
}

// systemZone is the time zone of this machine, if it is one of a place.
func systemZone() string {
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		link, _ := filepath.EvalSymlinks("/etc/localtime") // none: not known
		_, name, _ = strings.Cut(link, "zoneinfo/")
	}
	if _, err := time.LoadLocation(name); err != nil || !strings.Contains(name, "/") || strings.HasPrefix(name, "Etc/") {
		return ""
	}
	return name
}
