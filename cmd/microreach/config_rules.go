package main

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins/phone"
)

// A rule looks at the values after all sources are read. What it finds is told at
// the place of its key.
type rule struct {
	key     string
	problem func(*config) string // what is wrong and what to write; "" = nothing
}

// rules are all conditions on values. Their order is that of the example file.
var rules = []rule{
	{"programme.name", func(c *config) string { return nameProblem(c.Programme.Name) }},
	{"programme.public_url", func(c *config) string { return optional(c.Programme.PublicURL, publicURLProblem) }},
	{"programme.contact", func(c *config) string { return optional(c.Programme.Contact, contactProblem) }},
	{"programme.locale", func(c *config) string {
		return shape(c.Programme.Locale, localeShape, `a language; write it like "en" or "en-GB"`)
	}},
	{"programme.zone", func(c *config) string { return zoneProblem(c.Programme.Zone) }},
	{"programme.country", func(c *config) string { return countryProblem(c.Programme.Country) }},
	{"database.url", func(c *config) string { return databaseProblem(c.Database.URL.reveal()) }},
	{"keys.file", func(c *config) string {
		return required(c.Keys.File, `the path of the key file, such as "microreach.keys"`)
	}},

	{"server.listen", func(c *config) string { return listenProblem(c.Server.Listen) }},
	{"server.metrics_listen", func(c *config) string { return optional(c.Server.MetricsListen, listenProblem) }},
	{"server.metrics_listen", func(c *config) string {
		if c.Server.MetricsListen != "" && c.Server.MetricsListen == c.Server.Listen {
			return `this is server.listen too; give metrics a port of their own, such as "127.0.0.1:9090"`
		}
		return ""
	}},
	{"server.heartbeat_url", func(c *config) string { return heartbeatProblem(c.Server.HeartbeatURL) }},
	{"server.trusted_proxies", func(c *config) string { return proxiesProblem(c.Server.TrustedProxies) }},

	{"twilio.account_sid", func(c *config) string {
		return optionalShape(c.Twilio.AccountSID, accountShape, `an account SID; it is "AC" and 32 hex digits, on the first page of the Twilio console`)
	}},
	{"twilio.account_sid", twilioWithoutAccount},
	{"twilio.auth_token", func(c *config) string { return tokenProblem(c.Twilio.AuthToken) }},
	{"twilio.auth_token", twilioWithoutToken},
	{"twilio.auth_token_old", func(c *config) string { return oldTokenProblem(c.Twilio) }},
	{"twilio.api_key_sid", func(c *config) string {
		return optionalShape(c.Twilio.APIKeySID, keyShape, `an API key SID; it is "SK" and 32 hex digits`)
	}},
	{"twilio.api_key_sid", func(c *config) string {
		return both(c.Twilio.APIKeySID != "", "twilio.api_key_sid", c.Twilio.APIKeySecret.set(), "twilio.api_key_secret or its file")
	}},
	{"twilio.from", func(c *config) string {
		return optionalShape(c.Twilio.From, senderShape, `a number that people can answer; write it like "+12025550147", or a short code by its digits alone`)
	}},
	{"twilio.from", func(c *config) string {
		if c.Twilio.enabled() && c.Twilio.From == "" && c.Twilio.MessagingServiceSID == "" {
			return "nothing to send from; set twilio.from, or twilio.messaging_service_sid"
		}
		return ""
	}},
	{"twilio.messaging_service_sid", func(c *config) string {
		return optionalShape(c.Twilio.MessagingServiceSID, serviceShape, `a messaging service SID; it is "MG" and 32 hex digits`)
	}},
	{"twilio.inbound", func(c *config) string { return oneOf(c.Twilio.Inbound, "webhook", "poll") }},
	{"twilio.inbound", func(c *config) string {
		if c.Twilio.enabled() && c.Twilio.Inbound == "webhook" && c.Programme.PublicURL == "" {
			return `Twilio cannot call a webhook without a public address; set programme.public_url, or write inbound = "poll"`
		}
		return ""
	}},
	{"twilio.poll_seconds", func(c *config) string { return between(c.Twilio.PollSeconds, 1, 30) }},
	{"twilio.base_url", func(c *config) string { return baseURLProblem(c.Twilio.BaseURL) }},

	{"smtp.host", func(c *config) string { return optional(c.SMTP.Host, hostProblem) }},
	{"smtp.host", mailWithoutHost},
	{"smtp.port", func(c *config) string { return portProblem(c.SMTP.Port) }},
	{"smtp.tls", func(c *config) string { return oneOf(c.SMTP.TLS, "starttls", "tls", "none") }},
	{"smtp.tls", func(c *config) string { return tlsProblem(c.SMTP) }},
	{"smtp.username", func(c *config) string {
		return both(c.SMTP.Username != "", "smtp.username", c.SMTP.Password.set(), "smtp.password or its file")
	}},
	{"smtp.from", func(c *config) string { return optional(c.SMTP.From, mailboxProblem) }},
	{"smtp.from", func(c *config) string {
		if c.SMTP.enabled() && c.SMTP.From == "" {
			return `nobody to send from; write the mailbox, such as from = "hello@example.org"`
		}
		return ""
	}},
	{"smtp.reply_to", func(c *config) string { return optional(c.SMTP.ReplyTo, mailboxProblem) }},
	{"smtp.domain", func(c *config) string { return optional(c.SMTP.Domain, domainProblem) }},
	{"smtp.dkim_selector", func(c *config) string {
		return optionalShape(c.SMTP.DKIMSelector, selectorShape, `a selector; write only what stands before "._domainkey"`)
	}},
	{"smtp.dkim_selector", func(c *config) string {
		return both(c.SMTP.DKIMSelector != "", "smtp.dkim_selector", c.SMTP.DKIMKeyFile != "", "smtp.dkim_key_file")
	}},

	{"inbound_mail.listen", func(c *config) string { return inboundListenProblem(c.InboundMail) }},
	{"inbound_mail.listen", func(c *config) string {
		if c.InboundMail.Listen != "" && !c.SMTP.enabled() {
			return "mail is taken for the mailbox of smtp.from or smtp.reply_to; set up [smtp] too"
		}
		return ""
	}},
	{"inbound_mail.protocol", func(c *config) string { return oneOf(c.InboundMail.Protocol, "smtp", "lmtp") }},
	{"inbound_mail.domain", func(c *config) string { return optional(c.InboundMail.Domain, domainProblem) }},

	{"inbound_mail.hook_secret", func(c *config) string { return hookProblem(c) }},

	{"imap.host", func(c *config) string { return optional(c.IMAP.Host, hostProblem) }},
	{"imap.host", func(c *config) string {
		if c.IMAP.enabled() && !c.SMTP.enabled() {
			return "a mailbox is read for answers to mail that is sent; set up [smtp] too"
		}
		return ""
	}},
	{"imap.host", func(c *config) string {
		if i := c.IMAP; !i.enabled() && (i.Username != "" || i.Password.set() || i.TokenFile != "" || i.MoveTo != "") {
			return `a mailbox is set up without a server; write its name, such as host = "imap.example.org"`
		}
		return ""
	}},
	{"imap.port", func(c *config) string { return portProblem(c.IMAP.Port) }},
	{"imap.tls", func(c *config) string { return oneOf(c.IMAP.TLS, "tls", "starttls") }},
	{"imap.tls", func(c *config) string {
		switch {
		case c.IMAP.TLS == "starttls" && c.IMAP.Port == 993:
			return `port 993 is encrypted from the first byte; write tls = "tls", or port = 143`
		case c.IMAP.TLS == "tls" && c.IMAP.Port == 143:
			return `port 143 begins in the clear; write tls = "starttls", or port = 993`
		}
		return ""
	}},
	{"imap.username", imapSignInProblem},
	{"imap.auth", func(c *config) string { return oneOf(c.IMAP.Auth, "password", "xoauth2") }},
	{"imap.token_file", func(c *config) string {
		if c.IMAP.enabled() && c.IMAP.Auth == "xoauth2" && c.IMAP.TokenFile == "" {
			return "xoauth2 signs in with an access token; name the file in which another program keeps a fresh one"
		}
		return ""
	}},
	{"imap.folder", func(c *config) string { return required(c.IMAP.Folder, `the folder to read, such as "INBOX"`) }},
	{"imap.mark", func(c *config) string { return oneOf(c.IMAP.Mark, "seen", "flagged", "nothing") }},
	{"imap.move_to", func(c *config) string {
		if c.IMAP.MoveTo != "" && c.IMAP.MoveTo == c.IMAP.Folder {
			return "this is imap.folder itself; name another folder, or leave it empty"
		}
		return ""
	}},

	{"joining.word", func(c *config) string { return joinWordProblem(c.Joining.Word) }},
	{"joining.per_day", func(c *config) string { return between(c.Joining.PerDay, 1, 100000) }},
	{"joining.per_prefix", func(c *config) string { return between(c.Joining.PerPrefix, 1, 100000) }},
	{"limits.countries", func(c *config) string { return countriesProblem(c.Limits.Countries) }},
	{"limits.prompts_per_day", func(c *config) string { return between(c.Limits.PromptsPerDay, 1, 24) }},
	{"limits.sms_workers", func(c *config) string { return between(c.Limits.SMSWorkers, 1, 64) }},
	{"limits.mail_workers", func(c *config) string { return between(c.Limits.MailWorkers, 1, 64) }},
	{"limits.sms_per_second", func(c *config) string { return between(c.Limits.SMSPerSecond, 0, 1000) }},
	{"limits.mail_per_second", func(c *config) string { return between(c.Limits.MailPerSecond, 0, 1000) }},
	{"log.format", func(c *config) string { return oneOf(c.Log.Format, "auto", "text", "json") }},
	{"log.level", func(c *config) string { return oneOf(c.Log.Level, "debug", "info", "warn", "error") }},
}

// The forms of ids and names. Twilio's are from its REST reference; a host name is
// RFC 1123 §2.1, a selector RFC 6376 §3.1.
var (
	localeShape   = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)
	accountShape  = regexp.MustCompile(`^AC[0-9a-f]{32}$`)
	keyShape      = regexp.MustCompile(`^SK[0-9a-f]{32}$`)
	serviceShape  = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
	senderShape   = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$`)
	hostShape     = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$`)
	selectorShape = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$`)
)

func shape(value string, form *regexp.Regexp, what string) string {
	if form.MatchString(value) {
		return ""
	}
	return fmt.Sprintf("%q is not %s", value, what)
}

func optionalShape(value string, form *regexp.Regexp, what string) string {
	return optional(value, func(v string) string { return shape(v, form, what) })
}

func optional(value string, problem func(string) string) string {
	if value == "" {
		return ""
	}
	return problem(value)
}

func required(value, what string) string {
	if strings.TrimSpace(value) == "" {
		return "this is empty; write " + what
	}
	return ""
}

func oneOf(value string, allowed ...string) string {
	if slices.Contains(allowed, value) {
		return ""
	}
	return fmt.Sprintf("%q is none of the choices; write %q", value, allowed[0]) + orList(allowed[1:])
}

func orList(rest []string) string {
	text := ""
	for _, r := range rest {
		text += fmt.Sprintf(" or %q", r)
	}
	return text
}

func between(n, low, high int) string {
	if n < low || n > high {
		return fmt.Sprintf("%d is out of range; write a number from %d to %d", n, low, high)
	}
	return ""
}

// both says that of two settings that belong together one is missing.
func both(first bool, firstName string, second bool, secondName string) string {
	if first == second {
		return ""
	}
	if !first {
		firstName, secondName = secondName, firstName
	}
	return fmt.Sprintf("%s is set without %s; set both or neither", firstName, secondName)
}

func portProblem(port int) string {
	if port < 1 || port > 65535 {
		return fmt.Sprintf("%d is no port; write a number from 1 to 65535 (587 is usual)", port)
	}
	return ""
}

// maxName is what every text can spare for saying who writes.
const maxName = 20

// gsmBasic is the basic character set of 3GPP TS 23.038 §6.2.1 without line ends:
// a character outside it would turn every text of the programme into UCS-2.
const gsmBasic = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

func nameProblem(name string) string {
	if p := required(name, `the name that people see, such as "Microreach"`); p != "" {
		return p
	}
	return textProblem(name, maxName)
}

// maxContact leaves HELP, the longest text, within two segments.
const maxContact = 60

func contactProblem(contact string) string { return textProblem(contact, maxContact) }

// textProblem checks words that are put into texts.
func textProblem(text string, most int) string {
	for _, r := range text {
		if !strings.ContainsRune(gsmBasic, r) {
			return fmt.Sprintf("%q holds %q, which would make every text longer; use plain letters, digits and punctuation", text, r)
		}
	}
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Sprintf("%q has %d characters; write at most %d, as texts have little room", text, n, most)
	}
	if strings.TrimSpace(text) != text {
		return fmt.Sprintf("%q begins or ends with a space; write it without", text)
	}
	return ""
}

// publicURLProblem checks the address that links begin with.
func publicURLProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Sprintf("%q is no web address; write it like %q", address, "https://checkins.example.org")
	case u.User != nil || strings.ContainsAny(address, "?#"):
		return fmt.Sprintf("%q holds more than an address; write only scheme, host and perhaps a path", u.Redacted())
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Sprintf("%q is not encrypted; write https://, as links in messages open private pages", address)
	}
	return ""
}

// zoneProblem refuses abbreviations: EST has no summer time, and IST is three zones.
func zoneProblem(zone string) string {
	if zone == "" || zone == "UTC" {
		return ""
	}
	_, err := time.LoadLocation(zone)
	if err != nil || !strings.Contains(zone, "/") {
		return fmt.Sprintf("%q is no time zone; write the name of a place, such as %q, or %q", zone, "America/New_York", "UTC")
	}
	return ""
}

func countryProblem(code string) string {
	if phone.KnownCountry(code) {
		return ""
	}
	if code == "UK" {
		return `"UK" is no country code; write "GB"`
	}
	return fmt.Sprintf("%q is no country code; write two capital letters (ISO 3166), such as %q or %q", code, "US", "CA")
}

// joinWordProblem refuses words that Twilio or we read already.
func joinWordProblem(word string) string {
	switch {
	case word == "":
		return ""
	case !joinWordShape.MatchString(word):
		return fmt.Sprintf("%q is no word to join by; write 3 to 20 letters, such as %q", word, "STEPS")
	case slices.Contains(reservedWords, strings.ToUpper(word)):
		return fmt.Sprintf("%q means something else already; choose another word, such as %q", word, "STEPS")
	}
	return ""
}

var joinWordShape = regexp.MustCompile(`^[A-Za-z]{3,20}$`)

// reservedWords are read with their own meaning, by Twilio or by us.
var reservedWords = []string{
	"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP", "HELP", "INFO", "CRISIS",
	"PAUSE", "RESUME", "DONE", "LATER", "SKIP", "MENU", "WHEN", "UNDO", "FINISH", "SLOWER", "FASTER",
}

func countriesProblem(codes []string) string {
	for _, code := range codes {
		if p := countryProblem(code); p != "" {
			return p
		}
	}
	return ""
}

// databaseProblem never repeats the address: it may hold a password.
func databaseProblem(address string) string {
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case address == "":
		return `this is empty; write "sqlite:microreach.db" or a postgres:// address`
	case ok && scheme == "sqlite":
		return sqliteProblem(rest)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		u, err := url.Parse(address)
		if err != nil || !strings.HasPrefix(rest, "//") {
			return `this is no PostgreSQL address; write "postgres://user:password@host/database" (in a password, % and / as %25 and %2F)`
		}
		if strings.Trim(u.Path, "/") == "" && !u.Query().Has("dbname") {
			return `the name of the database is missing; write "postgres://user:password@host/database"`
		}
		return ""
	}
	return `unknown kind of database; write "sqlite:" and a path, or "postgres://" and the address`
}

func sqliteProblem(path string) string {
	switch {
	case strings.HasPrefix(path, "//"):
		return `a path needs no slashes before it; write "sqlite:microreach.db", or "sqlite:/var/lib/microreach/microreach.db"`
	case path == "":
		return `the path is missing; write "sqlite:microreach.db"`
	case path == ":memory:":
		return `a database in memory would forget every consent and STOP; write "sqlite:microreach.db"`
	}
	return ""
}

func listenProblem(address string) string {
	host, port, err := net.SplitHostPort(address)
	if _, errPort := strconv.ParseUint(port, 10, 16); err != nil || errPort != nil { // port 0: the system picks one
		return fmt.Sprintf("%q is no address to listen on; write host and port, such as %q", address, "127.0.0.1:8080")
	}
	if host != "" && hostProblem(host) != "" {
		return fmt.Sprintf("%q is no host; write one of this machine's addresses, such as %q, or %q for all", host, "127.0.0.1", "0.0.0.0")
	}
	return ""
}

// heartbeatProblem never repeats the address: its path is as good as a password.
func heartbeatProblem(address secret) string {
	if !address.set() {
		return ""
	}
	u, err := url.Parse(address.reveal())
	if err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return ""
	}
	return `this is no web address; write the one that your watchman gave you, such as "https://watch.example.org/ping/…"`
}

// inboundListenProblem allows the path of a socket for LMTP, which a mail server on
// the same machine prefers.
func inboundListenProblem(c inboundMailConfig) string {
	if c.Protocol == "lmtp" && strings.HasPrefix(c.Listen, "/") {
		return ""
	}
	return optional(c.Listen, listenProblem)
}

// proxiesProblem refuses a list that would let anybody claim any address
// (REQUIREMENTS E05).
func proxiesProblem(networks []netip.Prefix) string {
	for _, n := range networks {
		if n.Bits() == 0 {
			return fmt.Sprintf("%s is everybody, so anybody could forge an address; write the proxy's own, such as %q", n, "127.0.0.1")
		}
	}
	return ""
}

func baseURLProblem(address string) string {
	u, err := url.Parse(address)
	if err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())) {
		return ""
	}
	return fmt.Sprintf("%q cannot be Twilio's address; write %q (http:// only for a stand-in on this machine)", address, "https://api.twilio.com")
}

// loopback reports whether a host is certainly this machine.
func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// tokenProblem checks what can be known of a token without showing it. Its form is
// not published, so only what no token can hold is refused.
func tokenProblem(token secret) string {
	if strings.ContainsFunc(token.reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "the token holds a space or an unusual character; copy it again from the Twilio console"
	}
	return ""
}

func oldTokenProblem(c twilioConfig) string {
	if c.AuthTokenOld.set() && c.AuthTokenOld == c.AuthToken {
		return "the old token is the same as the new one; set it only while you change tokens"
	}
	return tokenProblem(c.AuthTokenOld)
}

func twilioWithoutAccount(c *config) string {
	t := c.Twilio
	if !t.enabled() && (t.AuthToken.set() || t.APIKeySID != "" || t.APIKeySecret.set() || t.From != "" || t.MessagingServiceSID != "") {
		return "texts are set up without an account; set twilio.account_sid, or take the other keys of [twilio] out"
	}
	return ""
}

// twilioWithoutToken requires the token for webhooks even beside an API key: only
// it verifies signatures, and without it anybody could pose as Twilio
// (REQUIREMENTS A27).
func twilioWithoutToken(c *config) string {
	t := c.Twilio
	switch {
	case !t.enabled() || t.AuthToken.set():
		return ""
	case t.Inbound == "webhook":
		return "the auth token is missing, so no webhook could be verified; set twilio.auth_token or twilio.auth_token_file"
	case !t.APIKeySecret.set():
		return "no way to sign in to Twilio; set twilio.auth_token (or its file), or twilio.api_key_sid with twilio.api_key_secret"
	}
	return ""
}

func mailWithoutHost(c *config) string {
	s := c.SMTP
	if !s.enabled() && (s.From != "" || s.Username != "" || s.Password.set() || s.DKIMSelector != "" || s.ReplyTo != "") {
		return `mail is set up without a server; write its name, such as host = "smtp.example.org"`
	}
	return ""
}

func tlsProblem(c smtpConfig) string {
	switch {
	case c.TLS == "starttls" && c.Port == 465:
		return `port 465 is encrypted from the first byte; write tls = "tls", or port = 587`
	case c.TLS == "none" && c.Password.set() && !loopback(c.Host):
		return `the password would travel unencrypted; write tls = "starttls" or tls = "tls"`
	}
	return ""
}

// leastHookSecret is below what nobody tries out.
const leastHookSecret = 16

func hookProblem(c *config) string {
	secret := c.InboundMail.HookSecret
	switch {
	case !secret.set():
		return ""
	case len(secret.reveal()) < leastHookSecret:
		return fmt.Sprintf("the secret is too short to keep others out; write at least %d characters, such as those of: openssl rand -hex 32", leastHookSecret)
	case !c.SMTP.enabled():
		return "mail is taken for the mailbox of smtp.from or smtp.reply_to; set up [smtp] too"
	}
	return ""
}

// imapSignInProblem asks for a user with a password, or for those of [smtp].
func imapSignInProblem(c *config) string {
	i := c.IMAP
	switch {
	case !i.enabled():
		return ""
	case i.Username == "" && i.Password.set():
		return "imap.password is set without imap.username; set both, or neither to sign in as in [smtp]"
	case i.Username == "" && c.SMTP.Username == "":
		return "nobody to sign in as; set imap.username, or smtp.username where both are the same"
	case i.Username != "" && i.Auth == "password" && !i.Password.set():
		return "imap.username is set without imap.password (or its file); set both, or neither to sign in as in [smtp]"
	}
	return ""
}

func hostProblem(host string) string {
	if _, err := netip.ParseAddr(host); err == nil || hostShape.MatchString(host) && len(host) <= 253 {
		return ""
	}
	return fmt.Sprintf("%q is no host name; write it alone, without scheme, port or path, such as %q", host, "smtp.example.org")
}

func domainProblem(domain string) string {
	if hostShape.MatchString(domain) && strings.Contains(strings.Trim(domain, "."), ".") {
		return ""
	}
	return fmt.Sprintf("%q is no mail domain; write it like %q", domain, "example.org")
}

func mailboxProblem(mailbox string) string {
	a, err := mail.ParseAddress(mailbox)
	switch {
	case err != nil:
		return fmt.Sprintf("%q is no mailbox; write it like %q", mailbox, "hello@example.org")
	case a.Name != "" || a.Address != mailbox:
		return fmt.Sprintf("%q holds more than a mailbox; write only %q, the name is programme.name", mailbox, a.Address)
	}
	return ""
}

// maxLinkBase leaves room for "/x/" and a token of 26 characters in a link of 64.
const maxLinkBase = 64 - 3 - 26

// advice is what works but could be better.
func advice(c *config) []string {
	var list []string
	if n := len(c.Programme.PublicURL); n > maxLinkBase {
		list = append(list, fmt.Sprintf("programme.public_url has %d characters; beyond %d, texts with a link take more than one segment", n, maxLinkBase))
	}
	if c.SMTP.enabled() && c.SMTP.TLS == "none" && !loopback(c.SMTP.Host) {
		list = append(list, "smtp.tls is \"none\": mail travels to the server unencrypted")
	}
	return list
}
