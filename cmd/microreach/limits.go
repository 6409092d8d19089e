package main

import (
	"fmt"
	"log/slog"
)

// limitsTitle stands over the list of what this configuration cannot do.
const limitsTitle = "what is off here, or goes another way"

// sayLimits names, in one list at the start, whatever this configuration cannot
// do, so that nothing is silently missing.
func (p *program) sayLimits(cfg config, log *slog.Logger) {
	list := limits(cfg)
	if len(list) == 0 {
		return
	}
	if !p.plainLog(cfg.Log) {
		log.Warn(limitsTitle, "list", list)
		return
	}
	_, _ = fmt.Fprintf(p.Err, "%s:\n", limitsTitle)
	for _, l := range list {
		_, _ = fmt.Fprintf(p.Err, "  - %s\n", l)
	}
}

// limits lists what this configuration cannot do, or does in another way than
// with everything set up.
func limits(cfg config) (list []string) {
	add := func(when bool, format string, args ...any) {
		if when {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	texts, mail, public := cfg.Twilio.enabled(), cfg.SMTP.enabled(), cfg.Programme.PublicURL != ""
	polled, in := cfg.Twilio.Inbound == "poll", cfg.InboundMail
	add(!texts, "texts are off: [twilio] names no account")
	add(!mail, "mail is off: [smtp] names no host")
	add(!public && (texts || mail), "no links to pages: programme.public_url is empty, so joining, pauses and leaving go by reply, and the pages are at %s alone", cfg.Server.Listen)
	add(texts && polled, "texts that come in are fetched every %d s (twilio.poll_seconds), not at once", cfg.Twilio.PollSeconds)
	add(texts && !public, "Twilio cannot tell whether a text arrived: it stands as accepted; one of which nothing is known is looked for in Twilio's list after 2 and 10 minutes")
	add(mail && !public, "mail programs unsubscribe by a mail that is sent to us, not by one click on a page")
	add(mail && in.Listen == "" && !in.HookSecret.set() && !cfg.IMAP.enabled(), "answers to mail are not read: set imap.host, or inbound_mail.listen or hook_secret")
	add(in.HookSecret.set() && !public, "mail can be brought by HTTP only by whoever reaches %s", cfg.Server.Listen)
	add(cfg.Server.MetricsListen == "", "no metrics: server.metrics_listen is empty")
	add(!cfg.Server.HeartbeatURL.set(), "nobody is told when this program dies: server.heartbeat_url is empty")
	add(public && len(cfg.Server.TrustedProxies) == 0, "server.trusted_proxies is empty: behind a proxy all visitors of the pages count as one, and are turned away together when they are many; "+
		`name your proxy, such as ["127.0.0.1"]`)
	return list
}
