package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// defaultConfigPath is read when no --config is given, from the directory that the
// program is started in.
const defaultConfigPath = "microreach.toml"

// maxConfigSize bounds what is read of a configuration or secret file, so that a
// database named by mistake is refused at once.
const maxConfigSize = 256 << 10

// config is what an operator can set. It comes from config.example.toml's file
// format, over it the environment (MICROREACH_SECTION_KEY), under it defaultConfig.
// loadConfig returns only checked values. Printed in any way, secrets stay hidden.
type config struct {
	Programme   programmeConfig   `toml:"programme"`
	Database    databaseConfig    `toml:"database"`
	Keys        keysConfig        `toml:"keys"`
	Server      serverConfig      `toml:"server"`
	Twilio      twilioConfig      `toml:"twilio"`
	SMTP        smtpConfig        `toml:"smtp"`
	InboundMail inboundMailConfig `toml:"inbound_mail"`
	IMAP        imapConfig        `toml:"imap"`
	Joining     joiningConfig     `toml:"joining"`
	Limits      limitsConfig      `toml:"limits"`
	Backup      backupConfig      `toml:"backup"`
	Retention   retentionConfig   `toml:"retention"`
	Log         logConfig         `toml:"log"`

	// File is the path that was read; "" where there was no default file.
	File string `toml:"-"`
	// Warnings are sentences for the operator about what works but should be mended.
	Warnings []string `toml:"-"`
}

type programmeConfig struct {
	Name          string `toml:"name"`       // at most 20 GSM-7 characters
	PublicURL     string `toml:"public_url"` // "" = no public address; no slash at the end
	Contact       string `toml:"contact"`    // a mailbox, number or page, said in HELP; "" = smtp.from
	Locale        string `toml:"locale"`
	Zone          string `toml:"zone"`           // IANA name; "" = people are asked, commands use UTC
	Country       string `toml:"country"`        // ISO 3166; reads numbers without a country code, and says whom to call
	CrisisFile    string `toml:"crisis_file"`    // "" = only the lines that come with the program
	CatalogueFile string `toml:"catalogue_file"` // "" = only the practices that come with the program
}

type databaseConfig struct {
	URL     secret `toml:"url"` // may hold a password
	URLFile string `toml:"url_file"`
}

type keysConfig struct {
	File string `toml:"file"`
}

type serverConfig struct {
	Listen         string         `toml:"listen"`
	MetricsListen  string         `toml:"metrics_listen"` // "" = off
	HeartbeatURL   secret         `toml:"heartbeat_url"`  // asked for once a minute while all is well; unset = nowhere
	HeartbeatFile  string         `toml:"heartbeat_url_file"`
	TrustedProxies []netip.Prefix `toml:"trusted_proxies"`
}

// twilioConfig is off while AccountSID is "".
type twilioConfig struct {
	AccountSID          string `toml:"account_sid"`
	AuthToken           secret `toml:"auth_token"`
	AuthTokenFile       string `toml:"auth_token_file"`
	AuthTokenOld        secret `toml:"auth_token_old"` // accepted in signatures beside AuthToken
	AuthTokenOldFile    string `toml:"auth_token_old_file"`
	APIKeySID           string `toml:"api_key_sid"`
	APIKeySecret        secret `toml:"api_key_secret"`
	APIKeySecretFile    string `toml:"api_key_secret_file"`
	From                string `toml:"from"` // E.164 or short code
	MessagingServiceSID string `toml:"messaging_service_sid"`
	Inbound             string `toml:"inbound"`      // webhook or poll
	PollSeconds         int    `toml:"poll_seconds"` // with poll: how often texts are fetched
	BaseURL             string `toml:"base_url"`
}

// enabled reports whether texts are sent.
func (c twilioConfig) enabled() bool { return c.AccountSID != "" }

// smtpConfig is off while Host is "".
type smtpConfig struct {
	Host         string `toml:"host"`
	Port         int    `toml:"port"`
	TLS          string `toml:"tls"` // starttls, tls or none
	Username     string `toml:"username"`
	Password     secret `toml:"password"`
	PasswordFile string `toml:"password_file"`
	From         string `toml:"from"`     // a mailbox without a name: the name is the programme's
	ReplyTo      string `toml:"reply_to"` // "" = From
	Domain       string `toml:"domain"`   // "" = that of From
	DKIMSelector string `toml:"dkim_selector"`
	DKIMKeyFile  string `toml:"dkim_key_file"`
}

// enabled reports whether mail is sent.
func (c smtpConfig) enabled() bool { return c.Host != "" }

type inboundMailConfig struct {
	Listen   string `toml:"listen"`   // "" = off
	Protocol string `toml:"protocol"` // smtp or lmtp
	Domain   string `toml:"domain"`   // "" = that of the reply mailbox

	HookSecret     secret   `toml:"hook_secret"` // unset = the hook is off
	HookSecretFile string   `toml:"hook_secret_file"`
	AuthServers    []string `toml:"auth_servers"` // whose Authentication-Results are believed
}

// imapConfig is off while Host is "".
type imapConfig struct {
	Host         string `toml:"host"`
	Port         int    `toml:"port"`
	TLS          string `toml:"tls"`      // tls or starttls
	Username     string `toml:"username"` // "" = smtp.username, and its password
	Password     secret `toml:"password"`
	PasswordFile string `toml:"password_file"`
	Auth         string `toml:"auth"`       // password or xoauth2
	TokenFile    string `toml:"token_file"` // with xoauth2: read anew for each connection
	Folder       string `toml:"folder"`
	Mark         string `toml:"mark"`    // seen, flagged or nothing
	MoveTo       string `toml:"move_to"` // "" = answers stay
}

// enabled reports whether a mailbox is read.
func (c imapConfig) enabled() bool { return c.Host != "" }

// joiningConfig says how strangers may join by a text; closed while Plan is "".
type joiningConfig struct {
	Plan      string `toml:"plan"`       // one of the ready plans
	Word      string `toml:"word"`       // besides JOIN; "" = none
	PerDay    int    `toml:"per_day"`    // how many may be asked on one UTC date
	PerPrefix int    `toml:"per_prefix"` // of numbers alike but for the last four digits
}

type limitsConfig struct {
	PromptsPerDay int      `toml:"prompts_per_day"` // for each person, over all plans
	Countries     []string `toml:"countries"`       // ISO 3166; whose numbers are texted; none = programme.country
	StricterHours bool     `toml:"stricter_hours"`  // keep to the hours of people's states and countries
	SMSWorkers    int      `toml:"sms_workers"`
	MailWorkers   int      `toml:"mail_workers"`
	SMSPerSecond  int      `toml:"sms_per_second"`  // segments; 0 = no limit
	MailPerSecond int      `toml:"mail_per_second"` // 0 = no limit
}

type logConfig struct {
	Format string `toml:"format"` // auto, text or json
	Level  string `toml:"level"`  // debug, info, warn or error
}

// defaultConfig is what holds where nothing is set. config.example.toml shows the
// same values; a test compares the two.
func defaultConfig() config {
	return config{
		Programme:   programmeConfig{Name: "Microreach", Locale: "en", Country: "US"},
		Database:    databaseConfig{URL: secret{"sqlite:microreach.db"}},
		Keys:        keysConfig{File: "microreach.keys"},
		Server:      serverConfig{Listen: "127.0.0.1:8080"},
		Twilio:      twilioConfig{Inbound: "webhook", PollSeconds: 15, BaseURL: "https://api.twilio.com"},
		SMTP:        smtpConfig{Port: 587, TLS: "starttls"},
		InboundMail: inboundMailConfig{Protocol: "smtp"},
		IMAP:        imapConfig{Port: 993, TLS: "tls", Auth: "password", Folder: "INBOX", Mark: "seen"},
		Joining:     joiningConfig{PerDay: 50, PerPrefix: 5},
		Limits:      limitsConfig{PromptsPerDay: 3, SMSWorkers: 4, MailWorkers: 4, SMSPerSecond: 1},
		Backup:      backupConfig{StopsFile: "microreach.stops"},
		Retention:   retentionConfig{RawDays: 7, BodiesDays: 90, WordsDays: 365, DeliveryDays: 400, ProofDays: 1461},
		Log:         logConfig{Format: "auto", Level: "info"},
	}
}

// countries are those whose numbers are texted (REQUIREMENTS E07).
func (c config) countries() []string {
	if len(c.Limits.Countries) == 0 {
		return []string{c.Programme.Country}
	}
	return c.Limits.Countries
}

// zone is the programme's zone; UTC where none is set.
func (c config) zone() *time.Location {
	loc, err := time.LoadLocation(c.Programme.Zone) // checked by loadConfig; "" is UTC
	if err != nil {
		return time.UTC
	}
	return loc
}

// loadConfig reads the file at path and lays the environment over it. With path ""
// it reads defaultConfigPath, and a missing file means the defaults; a file that
// was asked for by name must exist.
//
// Mistakes come back together as a *configError, one per line, each with its place,
// its key and the mend. A variable set to "" counts as not set, because that is how
// container tools pass on what nobody set.
func loadConfig(path string, env func(string) (string, bool)) (config, error) {
	text, file, err := readConfigFile(path)
	if err != nil {
		return config{}, err
	}
	c, err := parseConfig(text, file, env)
	if err != nil {
		return config{}, err
	}
	return c, nil
}

// parseConfig is loadConfig of a text. Beside a *configError it returns what could
// be read: only the sections without a mistake can be relied on.
func parseConfig(text []byte, file configFile, env func(string) (string, bool)) (config, error) {
	c := defaultConfig()
	c.File = file.path
	b := newBinder(&c, file.path)
	if err := b.document(text); err != nil {
		return c, err
	}
	b.environment(env)
	b.secrets()
	if file.exposed && b.fileHoldsSecret() {
		b.warn("%s holds a secret and can be read by every account of this machine; run: chmod 600 %s", file.path, file.path)
	}
	c.Programme.PublicURL = strings.TrimRight(c.Programme.PublicURL, "/") // links put their own after it
	b.check()
	c.Warnings = b.warnings
	return c, b.err()
}

// configFile is what is known of the file apart from its text.
type configFile struct {
	path    string
	exposed bool // others than owner and group can read or write it
}

// readConfigFile reads the file, or nothing where the default file is missing.
func readConfigFile(path string) ([]byte, configFile, error) {
	asked := path != ""
	if !asked {
		path = defaultConfigPath
	}
	text, mode, err := readSmallFile(path)
	if !asked && errors.Is(err, fs.ErrNotExist) {
		return nil, configFile{}, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, configFile{}, fmt.Errorf("configuration: there is no file %s; check --config, or let \"microreach init\" write one: %w", path, err)
	}
	if err != nil {
		return nil, configFile{}, fmt.Errorf("configuration: %w", err)
	}
	return text, configFile{path: path, exposed: exposed(mode)}, nil
}

// exposed reports whether accounts outside the file's group can read or write it.
func exposed(mode fs.FileMode) bool { return mode.Perm()&0o006 != 0 }

// readSmallFile reads a regular file of at most maxConfigSize and its mode.
func readSmallFile(path string) ([]byte, fs.FileMode, error) {
	info, err := os.Stat(path) // before opening: opening a pipe would wait for its writer
	if err != nil {
		return nil, 0, err
	}
	if info.IsDir() {
		return nil, 0, fmt.Errorf("%s is a directory; name a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("%w; the account that runs this program must be able to read it", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigSize+1))
	if err != nil {
		return nil, 0, err
	}
	if len(text) > maxConfigSize {
		return nil, 0, fmt.Errorf("%s is larger than %d KiB; is it the right file?", path, maxConfigSize>>10)
	}
	return text, info.Mode(), nil
}

// parseTOML reads a document. A mistake of form comes with its place; the library's
// excerpt of the file is left out, as it may show a secret.
func parseTOML(text []byte, file string) (map[string]any, error) {
	var doc map[string]any
	err := toml.Unmarshal(text, &doc)
	var form *toml.DecodeError
	if errors.As(err, &form) {
		line, column := form.Position()
		return nil, &configError{[]mistake{{
			place:   place{file: file, line: line, column: column},
			problem: formProblem(form),
		}}}
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: reading %s: %w", file, err)
	}
	return doc, nil
}
