package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// twilioWith is a [twilio] section that is right, with more lines. The first of them
// stands on line 6.
func twilioWith(lines string) string {
	return fmt.Sprintf("[twilio]\naccount_sid = %q\nauth_token = %q\nfrom = '+12025550147'\n\n%s", accountSID, canary, lines)
}

// smtpWith is a [smtp] section that is right, with more lines. The first of them
// stands on line 5.
func smtpWith(lines string) string {
	return "[smtp]\nhost = 'smtp.example.org'\nfrom = 'hello@example.org'\n\n" + lines
}

// TestEveryMistakeNamesPlaceKeyAndMend holds one way to get each thing wrong. at is
// the place after the file's name.
func TestEveryMistakeNamesPlaceKeyAndMend(t *testing.T) {
	for _, c := range []struct{ name, text, at, key, mend string }{
		// The form of the file.
		{"no quotes", "[log]\nlevel = debug\n", ":2:", "", `key = "text"`},
		{"quote left open", "[log]\nlevel = \"debug\n", ":2:", "", "a setting is written"},
		{"colon instead of sign", "[smtp]\nhost: 'x'\n", ":2:", "", "a setting is written"},
		{"bracket left open", "[smtp\nhost = 'x'\n", ":1:", "", "a setting is written"},
		{"same key twice", "[log]\nlevel = 'info'\nlevel = 'debug'\n", ":3:", "", "level"},
		{"same section twice", "[log]\nlevel = 'info'\n[smtp]\n[log]\n", ":4:", "", "log"},
		{"not text at all", "\x00\x01\x02", ":1:", "", "a setting is written"},

		// Keys that do not exist.
		{"misspelt key", "[smtp]\n\nprot = 587\n", ":3:1: ", "smtp.prot", "did you mean port?"},
		{"hyphen in a key", "[twilio]\nauth-token = 'x'\n", ":2:1: ", "twilio.auth-token", "did you mean auth_token?"},
		{"capitals", "[smtp]\nHost = 'x'\n", ":2:1: ", "smtp.Host", "did you mean host?"},
		{"key of another section", "[server]\npublic_url = 'https://example.org'\n", ":2:1: ", "server.public_url", "[programme]"},
		{"nothing near", "[log]\nbananas = 3\n", ":2:1: ", "log.bananas", "[log] has format, level"},
		{"misspelt section", "[program]\nname = 'x'\n", ":1:2: ", "program", "did you mean [programme]?"},
		{"section of another program", "[kubernetes]\nname = 'x'\n", ":1:2: ", "kubernetes", "the sections are programme, database"},
		{"key outside every section", "host = 'x'\n", ":1:1: ", "host", "[smtp]"},
		{"section as a list", "[[smtp]]\nhost = 'x'\n", ":1:3: ", "smtp", "write [smtp] once"},
		{"section as a value", "smtp = 'x'\n", ":1:1: ", "smtp", "write [smtp] once"},
		{"unknown key in an inline table", "log = { level = 'info', lvl = 'x' }\n", ":1:25: ", "log.lvl", "did you mean level?"},
		{"unknown dotted key", "log.levle = 'info'\n", ":1:5: ", "log.levle", "did you mean level?"},

		// Values of the wrong type.
		{"number in quotes", "[smtp]\nport = \"587\"\n", ":2:1: ", "smtp.port", `"587" is not a whole number`},
		{"fraction", "[limits]\nsms_workers = 1.5\n", ":2:1: ", "limits.sms_workers", "1.5 is not a whole number"},
		{"truth instead of text", "[smtp]\ntls = true\n", ":2:1: ", "smtp.tls", "write it in quotes"},
		{"list that is none", "[server]\ntrusted_proxies = '10.0.0.0/8'\n", ":2:1: ", "server.trusted_proxies", "in brackets"},
		{"list of numbers", "[server]\ntrusted_proxies = [10]\n", ":2:1: ", "server.trusted_proxies", "in quotes"},

		// Values that cannot be.
		{"name too long", "[programme]\nname = 'The Society of Small Steps'\n", ":2:1: ", "programme.name", "at most 20"},
		{"name with an emoji", "[programme]\nname = 'Reach \U0001F331'\n", ":2:1: ", "programme.name", "plain letters"},
		{"name with a curly quote", "[programme]\nname = 'Ann’s steps'\n", ":2:1: ", "programme.name", "plain letters"},
		{"empty name", "[programme]\nname = ' '\n", ":2:1: ", "programme.name", `such as "Microreach"`},
		{"name with a line end", "[programme]\nname = \"a\\nb\"\n", ":2:1: ", "programme.name", "plain letters"},
		{"contact of two lines", "[programme]\ncontact = \"call\\nme\"\n", ":2:1: ", "programme.contact", "plain letters"},
		{"contact too long", "[programme]\ncontact = '" + strings.Repeat("x", 61) + "'\n", ":2:1: ", "programme.contact", "at most 60"},
		{"public address without scheme", "[programme]\npublic_url = 'example.org'\n", ":2:1: ", "programme.public_url", "https://checkins.example.org"},
		{"public address unencrypted", "[programme]\npublic_url = 'http://example.org'\n", ":2:1: ", "programme.public_url", "write https://"},
		{"public address with a query", "[programme]\npublic_url = 'https://example.org/?x=1'\n", ":2:1: ", "programme.public_url", "only scheme, host"},
		{"public address with a password", "[programme]\npublic_url = 'https://u:" + canary + "@example.org'\n", ":2:1: ", "programme.public_url", "only scheme, host"},
		{"locale in words", "[programme]\nlocale = 'English'\n", ":2:1: ", "programme.locale", `"en-GB"`},
		{"zone as an abbreviation", "[programme]\nzone = 'EST'\n", ":2:1: ", "programme.zone", "America/New_York"},
		{"zone as an offset", "[programme]\nzone = 'UTC+2'\n", ":2:1: ", "programme.zone", "name of a place"},
		{"zone misspelt", "[programme]\nzone = 'America/NewYork'\n", ":2:1: ", "programme.zone", "name of a place"},
		{"zone outside the zone data", "[programme]\nzone = '../etc/passwd'\n", ":2:1: ", "programme.zone", "name of a place"},
		{"country by custom", "[programme]\ncountry = 'UK'\n", ":2:1: ", "programme.country", `write "GB"`},
		{"country in words", "[programme]\ncountry = 'usa'\n", ":2:1: ", "programme.country", "ISO 3166"},
		{"texts to a country by custom", "[limits]\ncountries = ['US', 'UK']\n", ":2:1: ", "limits.countries", `write "GB"`},
		{"texts to a country in small letters", "[limits]\ncountries = ['us']\n", ":2:1: ", "limits.countries", "ISO 3166"},
		{"texts to a country without brackets", "[limits]\ncountries = 'US'\n", ":2:1: ", "limits.countries", `in brackets, such as ["US", "CA"]`},
		{"texts to a number", "[limits]\ncountries = [1]\n", ":2:1: ", "limits.countries", "in quotes"},
		{"database as a bare path", "[database]\nurl = 'microreach.db'\n", ":2:1: ", "database.url", `"sqlite:"`},
		{"database of another kind", "[database]\nurl = 'mysql://u:" + canary + "@h/d'\n", ":2:1: ", "database.url", `"postgres://"`},
		{"database with slashes", "[database]\nurl = 'sqlite://m.db'\n", ":2:1: ", "database.url", "no slashes"},
		{"database in memory", "[database]\nurl = 'sqlite::memory:'\n", ":2:1: ", "database.url", "forget"},
		{"database without a path", "[database]\nurl = 'sqlite:'\n", ":2:1: ", "database.url", "path is missing"},
		{"postgres without a name", "[database]\nurl = 'postgres://u:" + canary + "@h'\n", ":2:1: ", "database.url", "name of the database"},
		{"postgres with a raw percent", "[database]\nurl = 'postgres://u:" + canary + "%@h/d'\n", ":2:1: ", "database.url", "%25"},
		{"empty database", "[database]\nurl = ''\n", ":2:1: ", "database.url", "sqlite:microreach.db"},
		{"empty key file", "[keys]\nfile = ''\n", ":2:1: ", "keys.file", "microreach.keys"},
		{"listen without a port", "[server]\nlisten = 'localhost'\n", ":2:1: ", "server.listen", "127.0.0.1:8080"},
		{"listen as an address of the web", "[server]\nlisten = 'http://127.0.0.1:80'\n", ":2:1: ", "server.listen", "host and port"},
		{"listen with a port too high", "[server]\nlisten = ':80800'\n", ":2:1: ", "server.listen", "host and port"},
		{"listen with a service's name", "[server]\nlisten = ':http'\n", ":2:1: ", "server.listen", "host and port"},
		{"metrics beside the pages", "[server]\nmetrics_listen = '127.0.0.1:8080'\n", ":2:1: ", "server.metrics_listen", "port of their own"},
		{"proxy by name", "[server]\ntrusted_proxies = ['proxy.lan']\n", ":2:1: ", "server.trusted_proxies", "10.0.0.0/8"},
		{"everybody a proxy", "[server]\ntrusted_proxies = ['0.0.0.0/0']\n", ":2:1: ", "server.trusted_proxies", "everybody"},
		{"account of another kind", "[twilio]\naccount_sid = 'SK123'\nauth_token = 'x'\nfrom = '55512'\ninbound = 'poll'\n", ":2:1: ", "twilio.account_sid", `"AC" and 32 hex digits`},
		{"token without an account", "[twilio]\nauth_token = '" + canary + "'\n", ":1:2: ", "twilio.account_sid", "set twilio.account_sid"},
		{"no token for webhooks", "[twilio]\naccount_sid = '" + accountSID + "'\nfrom = '+12025550147'\napi_key_sid = '" + keySID + "'\napi_key_secret = '" + canary + "'\n[programme]\npublic_url = 'https://e.org'\n", ":1:2: ", "twilio.auth_token", "verified"},
		{"no way to sign in", "[twilio]\naccount_sid = '" + accountSID + "'\ninbound = 'poll'\nfrom = '+12025550147'\n", ":1:2: ", "twilio.auth_token", "api_key_sid"},
		{"token with a line end", "[twilio]\nauth_token = \"" + canary + "\\n\"\naccount_sid = '" + accountSID + "'\nfrom='+12025550147'\ninbound='poll'\n", ":2:1: ", "twilio.auth_token", "copy it again"},
		{"old token is the new one", twilioWith("inbound = 'poll'\nauth_token_old = '" + canary + "'\n"), ":7:1: ", "twilio.auth_token_old", "same as the new one"},
		{"key without its secret", twilioWith("inbound = 'poll'\napi_key_sid = '" + keySID + "'\n"), ":7:1: ", "twilio.api_key_sid", "set both or neither"},
		{"secret without its key", twilioWith("inbound = 'poll'\napi_key_secret = '" + canary + "'\n"), ":1:2: ", "twilio.api_key_sid", "set both or neither"},
		{"sender with a name", twilioWith("inbound = 'poll'\nmessaging_service_sid = 'Microreach'\n"), ":7:1: ", "twilio.messaging_service_sid", `"MG"`},
		{"sender without a plus", "[twilio]\nfrom = '(202) 555-0147'\naccount_sid = '" + accountSID + "'\nauth_token = 'x'\ninbound='poll'\n", ":2:1: ", "twilio.from", "+12025550147"},
		{"nothing to send from", "[twilio]\naccount_sid = '" + accountSID + "'\nauth_token = 'x'\ninbound='poll'\n", ":1:2: ", "twilio.from", "messaging_service_sid"},
		{"webhook without an address", twilioWith("inbound = 'webhook'\n"), ":6:1: ", "twilio.inbound", `inbound = "poll"`},
		{"inbound of another kind", twilioWith("inbound = 'push'\n"), ":6:1: ", "twilio.inbound", `"webhook" or "poll"`},
		{"twilio unencrypted", twilioWith("inbound = 'poll'\nbase_url = 'http://api.twilio.com'\n"), ":7:1: ", "twilio.base_url", "https://api.twilio.com"},
		{"mail server with a scheme", "[smtp]\nhost = 'smtp://example.org'\nfrom = 'a@example.org'\n", ":2:1: ", "smtp.host", "without scheme"},
		{"mail server with a port", "[smtp]\nhost = 'example.org:587'\nfrom = 'a@example.org'\n", ":2:1: ", "smtp.host", "without scheme, port"},
		{"mail without a server", "[smtp]\nfrom = 'a@example.org'\n", ":1:2: ", "smtp.host", "smtp.example.org"},
		{"port out of range", smtpWith("port = 70000\n"), ":5:1: ", "smtp.port", "1 to 65535"},
		{"tls of another kind", smtpWith("tls = 'ssl'\n"), ":5:1: ", "smtp.tls", `"starttls" or "tls" or "none"`},
		{"starttls on 465", smtpWith("port = 465\ntls = 'starttls'\n"), ":6:1: ", "smtp.tls", `tls = "tls"`},
		{"password in the clear", smtpWith("tls = 'none'\nusername = 'u'\npassword = '" + canary + "'\n"), ":5:1: ", "smtp.tls", "unencrypted"},
		{"user without a password", smtpWith("username = 'u'\n"), ":5:1: ", "smtp.username", "set both or neither"},
		{"password without a user", smtpWith("password = '" + canary + "'\n"), ":1:2: ", "smtp.username", "set both or neither"},
		{"nobody to send from", "[smtp]\nhost = 'h'\n", ":1:2: ", "smtp.from", "hello@example.org"},
		{"sender that is no mailbox", "[smtp]\nhost = 'h'\nfrom = 'example.org'\n", ":3:1: ", "smtp.from", "hello@example.org"},
		{"sender with a display name", "[smtp]\nhost = 'h'\nfrom = 'Steps <a@example.org>'\n", ":3:1: ", "smtp.from", `write only "a@example.org"`},
		{"header put into a mailbox", smtpWith("reply_to = \"a@example.org\\nBcc: b@example.org\"\n"), ":5:1: ", "smtp.reply_to", "no mailbox"},
		{"mail domain as a mailbox", smtpWith("domain = 'a@example.org'\n"), ":5:1: ", "smtp.domain", `"example.org"`},
		{"selector without its key", smtpWith("dkim_selector = 's1'\n"), ":5:1: ", "smtp.dkim_selector", "smtp.dkim_key_file"},
		{"selector with its zone", smtpWith("dkim_key_file = 'k'\ndkim_selector = 's1._domainkey'\n"), ":6:1: ", "smtp.dkim_selector", "only what stands before"},
		{"mail in without mail out", "[inbound_mail]\nlisten = ':2525'\n", ":2:1: ", "inbound_mail.listen", "[smtp] too"},
		{"socket for smtp", smtpWith("[inbound_mail]\nlisten = '/run/m.sock'\n"), ":6:1: ", "inbound_mail.listen", "host and port"},
		{"protocol of another kind", "[inbound_mail]\nprotocol = 'imap'\n", ":2:1: ", "inbound_mail.protocol", `"smtp" or "lmtp"`},
		{"hook with a short secret", smtpWith("[inbound_mail]\nhook_secret = 'short'\n"), ":6:1: ", "inbound_mail.hook_secret", "openssl rand"},
		{"hook without mail out", "[inbound_mail]\nhook_secret = '" + canary + "-0123456789'\n", ":2:1: ", "inbound_mail.hook_secret", "[smtp] too"},
		{"mailbox without mail out", "[imap]\nhost = 'imap.example.org'\nusername = 'u'\npassword = 'p'\n", ":2:1: ", "imap.host", "[smtp] too"},
		{"mailbox without a server", smtpWith("[imap]\nusername = 'u'\n"), ":5:2: ", "imap.host", "imap.example.org"},
		{"mailbox in the clear", smtpWith("[imap]\nhost = 'i'\nusername = 'u'\npassword = 'p'\ntls = 'none'\n"), ":9:1: ", "imap.tls", `"tls" or "starttls"`},
		{"starttls on 993", smtpWith("[imap]\nhost = 'i'\nusername = 'u'\npassword = 'p'\ntls = 'starttls'\n"), ":9:1: ", "imap.tls", "port = 143"},
		{"tls on 143", smtpWith("[imap]\nhost = 'i'\nusername = 'u'\npassword = 'p'\nport = 143\n"), ":5:2: ", "imap.tls", "port = 993"},
		{"nobody to sign in as", smtpWith("[imap]\nhost = 'i'\n"), ":5:2: ", "imap.username", "smtp.username"},
		{"mailbox without a password", smtpWith("[imap]\nhost = 'i'\nusername = 'u'\n"), ":7:1: ", "imap.username", "imap.password"},
		{"mailbox password alone", smtpWith("[imap]\nhost = 'i'\npassword = '" + canary + "'\n"), ":5:2: ", "imap.username", "set both"},
		{"token without a file", smtpWith("[imap]\nhost = 'i'\nusername = 'u'\nauth = 'xoauth2'\n"), ":5:2: ", "imap.token_file", "fresh"},
		{"mark of another kind", smtpWith("[imap]\nmark = 'read'\n"), ":6:1: ", "imap.mark", `"seen" or "flagged"`},
		{"moved to where it is", smtpWith("[imap]\nhost = 'i'\nusername = 'u'\npassword = 'p'\nmove_to = 'INBOX'\n"), ":9:1: ", "imap.move_to", "another folder"},
		{"no prompts", "[limits]\nprompts_per_day = 0\n", ":2:1: ", "limits.prompts_per_day", "1 to 24"},
		{"too many workers", "[limits]\nmail_workers = 1000\n", ":2:1: ", "limits.mail_workers", "1 to 64"},
		{"hours as a word", "[limits]\nstricter_hours = 'yes'\n", ":2:1: ", "limits.stricter_hours", "true or false"},
		{"format of another kind", "[log]\nformat = 'yaml'\n", ":2:1: ", "log.format", `"auto" or "text" or "json"`},
		{"level of another kind", "[log]\nlevel = 'trace'\n", ":2:1: ", "log.level", `"debug"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, "my.toml", c.text)
			_, err := loadConfig(path, noEnv)
			var e *configError
			if !errors.As(err, &e) {
				t.Fatalf("err = %v; want a *configError", err)
			}
			if len(e.mistakes) != 1 {
				t.Errorf("%d mistakes; want one:\n%v", len(e.mistakes), err)
			}
			for _, want := range []string{path + c.at, c.key, c.mend} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), canary) && c.key != "" {
				t.Errorf("the error shows a secret:\n%v", err)
			}
		})
	}
}

func TestMistakesAreToldTogetherInTheOrderOfTheFile(t *testing.T) {
	path := write(t, "my.toml", "[smtp]\nprot = 1\nhost = 'a b'\n[log]\nlevel = 3\n[lmits]\n")
	_, err := loadConfig(path, envOf(map[string]string{"MICROREACH_LIMITS_SMS_WORKERS": "many"}))
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{":1:2: smtp.from", ":2:1: smtp.prot", ":3:1: smtp.host", ":5:1: log.level", ":6:2: lmits", "environment variable MICROREACH_LIMITS_SMS_WORKERS: limits.sms_workers"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%v", len(lines), len(want), err)
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("line %d = %s; want %s", i+1, lines[i], want[i])
		}
	}
}

func TestMistakesInTheEnvironmentNameTheVariable(t *testing.T) {
	t.Chdir(t.TempDir())
	for variable, c := range map[string]struct{ value, mend string }{
		"MICROREACH_SMTP_PORT":              {"smtp", "digits only"},
		"MICROREACH_LIMITS_PROMPTS_PER_DAY": {"99", "1 to 24"},
		"MICROREACH_LIMITS_STRICTER_HOURS":  {"on", "neither true nor false"},
		"MICROREACH_SERVER_TRUSTED_PROXIES": {"10.0.0.0/8, everybody", `"everybody" is no network`},
		"MICROREACH_PROGRAMME_ZONE":         {"CET", "name of a place"},
		"MICROREACH_TWILIO_INBOUND":         {"hook", `"webhook"`},
		"MICROREACH_DATABASE_URL":           {canary, `"sqlite:"`},
		"MICROREACH_DATABASE_URL_FILE":      {"missing", "no such file"},
	} {
		t.Run(variable, func(t *testing.T) {
			_, err := loadConfig("", envOf(map[string]string{variable: c.value}))
			if err == nil || !strings.HasPrefix(err.Error(), "environment variable "+variable+": ") || !strings.Contains(err.Error(), c.mend) {
				t.Errorf("err = %v; want the variable and %q", err, c.mend)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestSecretAndItsFileTogetherAreAMistake(t *testing.T) {
	file := write(t, "secret", canary)
	inFile := "[database]\nurl = 'postgres://h/d'\n"
	for _, c := range []struct {
		name, text string
		env        map[string]string
		want       string
	}{
		{"both in the file", inFile + fmt.Sprintf("url_file = %q\n", file), nil, ":3:1: database.url_file: database.url is set too ("},
		{"file in the environment", inFile, map[string]string{"MICROREACH_DATABASE_URL_FILE": file}, "MICROREACH_DATABASE_URL_FILE: database.url_file: database.url is set too ("},
		{"secret in the environment", fmt.Sprintf("[database]\nurl_file = %q\n", file), map[string]string{"MICROREACH_DATABASE_URL": "postgres://h/d"}, "set too (environment variable MICROREACH_DATABASE_URL)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadConfig(write(t, "my.toml", c.text), envOf(c.env))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("err = %v; want only %q", err, c.want)
			}
		})
	}
}

func TestUnusableSecretFileIsAMistakeAtItsKey(t *testing.T) {
	for name, c := range map[string]struct{ path, want string }{
		"missing":     {"/nowhere/secret", "no such file"},
		"empty":       {write(t, "empty", "\n"), "is empty"},
		"two lines":   {write(t, "two", canary+"\n"+canary+"\n"), "more than one line"},
		"directory":   {t.TempDir(), "is a directory"},
		"far too big": {write(t, "big", strings.Repeat(canary, 100_000)), "right file?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, smtpWith(fmt.Sprintf("username = 'u'\npassword_file = %q\n", c.path)))
			if err == nil || !strings.Contains(err.Error(), ":6:1: smtp.password_file: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v; want the key and %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("more than one mistake, or a secret: %v", err)
			}
		})
	}
}

func TestGoodValuesAreAccepted(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                  "",
		"only comments":            "# nothing\n",
		"inline table":             "log = { level = 'warn' }\n",
		"dotted key":               "log.level = 'warn'\n",
		"windows line ends":        "[log]\r\nlevel = 'warn'\r\n",
		"name of 20 with accents":  "[programme]\nname = 'Kleine Schritte äöü!'\n",
		"no zone":                  "[programme]\nzone = ''\n",
		"UTC":                      "[programme]\nzone = 'UTC'\n",
		"loopback public address":  "[programme]\npublic_url = 'http://localhost:8080'\n",
		"address with a port":      "[programme]\npublic_url = 'https://[2001:db8::1]:8443'\n",
		"sqlite with options":      "[database]\nurl = 'sqlite:/var/lib/m.db?mode=rw'\n",
		"postgres over a socket":   "[database]\nurl = 'postgres:///microreach?host=/run/postgresql'\n",
		"all interfaces":           "[server]\nlisten = ':8080'\nmetrics_listen = '[::]:9090'\n",
		"any free port":            "[server]\nlisten = '127.0.0.1:0'\n",
		"proxies":                  "[server]\ntrusted_proxies = ['::1', 'fd00::/8', '192.0.2.7']\n",
		"short code":               "[twilio]\naccount_sid = '" + accountSID + "'\nauth_token = 'x'\nfrom = '55512'\ninbound = 'poll'\n",
		"service without a number": "[twilio]\naccount_sid = '" + accountSID + "'\nauth_token = 'x'\nmessaging_service_sid = '" + serviceSID + "'\ninbound = 'poll'\n",
		"key alone when polling":   "[twilio]\naccount_sid = '" + accountSID + "'\napi_key_sid = '" + keySID + "'\napi_key_secret = 'x'\nfrom = '55512'\ninbound = 'poll'\n",
		"mail server on the host":  "[smtp]\nhost = '127.0.0.1'\nport = 25\ntls = 'none'\nusername = 'u'\npassword = 'p'\nfrom = 'a@example.org'\n",
		"mailbox as for sending":   smtpWith("username = 'u'\npassword = 'p'\n[imap]\nhost = 'imap.example.org'\n"),
		"mailbox with a token":     smtpWith("[imap]\nhost = 'i'\nusername = 'u'\nauth = 'xoauth2'\ntoken_file = '/run/token'\n"),
		"socket for lmtp":          smtpWith("[inbound_mail]\nlisten = '/run/m.sock'\nprotocol = 'lmtp'\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(t, text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNearestWordIsSuggestedOnlyIfItCanBeMeant(t *testing.T) {
	words := []string{"port", "password", "from"}
	for word, want := range map[string]string{"prot": "port", "pasword": "password", "PASS-WORD": "password", "form": "from", "elephant": "", "x": "", "": ""} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzDocumentNeverPanicsAndKeepsThePlaces(f *testing.F) {
	full, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(full))
	f.Add("[[smtp]]\n[a.b]\nx.y = { z = [ { w = 1 } ] }\n")
	f.Add("\"smtp\".'port' = 1\n[smtp.tls]\n")
	f.Add("\"\" = 1\n\"a\\nb\" = 2\n[log]\nlevel = \"a\\nb\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := defaultConfig()
		b := newBinder(&c, "fuzz.toml")
		if b.document([]byte(text)) != nil {
			return
		}
		b.check()
		for _, m := range b.mistakes {
			if m.problem == "" || strings.Contains(m.String(), "\n") {
				t.Errorf("a mistake without words or of several lines: %q", m)
			}
		}
		for name, at := range b.places {
			if at.line < 1 || at.line > strings.Count(text, "\n")+1 || at.column < 1 {
				t.Errorf("%s is said to stand at %v", name, at)
			}
		}
	})
}
