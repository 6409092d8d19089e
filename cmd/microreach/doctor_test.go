package main

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// The secrets and addresses of a clinic: no line of doctor may hold one.
const (
	mailPassword = "canary-mail-password"
	twilioToken  = "canary-twilio-token"
	patient      = "+12125550147"
)

// clinic is a whole set-up that works, with a stand-in for everything outside. A
// test breaks one thing of it.
type clinic struct {
	*command
	mail   *emailtest.Server
	twilio twiliotest.Options // how Twilio will be, once doctor runs
	http   *httptest.Server   // the public address
	args   []string           // of doctor
}

// mailbox is one real IMAP server for all of a process.
var mailbox = sync.OnceValues(func() (*emailtest.Dovecot, error) { return emailtest.StartDovecot(emailtest.DovecotOptions{}) })

func openClinic(t *testing.T) *clinic {
	t.Helper()
	w := &clinic{command: newCommand(t), args: []string{"doctor", "--json"}}
	var err error
	if w.mail, err = leaktest.On(t).Mail(emailtest.Options{Username: "steps@own-steps.org", Password: mailPassword}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.mail.Close() })
	w.tls = &tls.Config{RootCAs: w.mail.RootCAs()}
	w.http = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(rw, "ok") }))
	t.Cleanup(w.http.Close)
	w.twilio = twiliotest.Options{AuthToken: twilioToken, Inbound: w.http.URL + "/twilio/inbound#rc=3&rp=ct,rt,5xx", Now: func() time.Time { return morning }}
	w.dns = map[string][]string{
		"own-steps.org":               {"v=spf1 include:example.net ~all", "something=else"},
		"_dmarc.own-steps.org":        {"v=DMARC1; p=none"},
		"s1._domainkey.own-steps.org": {"v=DKIM1; k=ed25519; p=" + w.signingKey("dkim.pem")},
	}
	w.write("mail-password", mailPassword+"\n")
	w.write("twilio-token", twilioToken+"\n")
	w.must("init", "--mail", "generic", "--mailbox", "steps@own-steps.org", "--smtp-host", "127.0.0.1", "--smtp-port", strconv.Itoa(w.mail.Port()),
		"--twilio", twiliotest.AccountSID, "--twilio-number", twiliotest.Number, "--public-url", w.http.URL, "--zone", "America/New_York", "--name", "Canary Person", "--sms", patient)
	w.set("SMTP_DKIM_SELECTOR", "s1")
	w.set("SMTP_DKIM_KEY_FILE", "dkim.pem")
	w.set("SERVER_LISTEN", "127.0.0.1:0")
	w.set("INBOUND_MAIL_LISTEN", "127.0.0.1:0")
	return w
}

// set sets a key of the configuration.
func (w *clinic) set(key, value string) { w.env["MICROREACH_"+key] = value }

// edit changes the configuration file.
func (w *clinic) edit(old, with string) {
	w.t.Helper()
	text := w.read("microreach.toml")
	if !strings.Contains(text, old) {
		w.t.Fatalf("%q is not in\n%s", old, text)
	}
	w.write("microreach.toml", strings.Replace(text, old, with, 1))
}

// signingKey writes a key and gives its public half.
func (w *clinic) signingKey(name string) string {
	w.t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(name, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
	return base64.StdEncoding.EncodeToString(public)
}

// readByIMAP lets answers come out of a real mailbox.
func (w *clinic) readByIMAP() {
	w.t.Helper()
	d, err := mailbox()
	if errors.Is(err, emailtest.ErrNoDovecot) {
		skiptest.Missing(w.t, err)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	delete(w.env, "MICROREACH_INBOUND_MAIL_LISTEN")
	w.set("IMAP_HOST", d.Host())
	w.set("IMAP_PORT", strconv.Itoa(d.TLSPort))
	w.set("IMAP_USERNAME", "steps")
	w.set("IMAP_PASSWORD", d.Password)
}

// diagnosis is what doctor prints.
type diagnosis struct {
	Findings []finding
	Warnings int
	Failed   int
}

// examine runs doctor.
func (w *clinic) examine() (code int, d diagnosis) {
	w.t.Helper()
	tw := leaktest.On(w.t).Twilio(w.twilio)
	if w.env["MICROREACH_TWILIO_BASE_URL"] == "" {
		w.set("TWILIO_BASE_URL", tw.URL)
	}
	code, out, errs := w.run(w.args...)
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		w.t.Fatalf("%v in %s%s", err, out, errs)
	}
	for _, canary := range []string{mailPassword, twilioToken, patient, "2125550147", "Canary"} {
		if strings.Contains(out+errs, canary) {
			w.t.Errorf("doctor tells %q:\n%s%s", canary, out, errs)
		}
	}
	return code, d
}

func TestAHealthySetUpHasNothingToMend(t *testing.T) {
	w := openClinic(t)
	w.readByIMAP()
	w.args = append(w.args, "--send-test")
	imap, err := mailbox()
	if err != nil {
		t.Fatal(err)
	}
	w.mail.Watch(func(m emailtest.Message) {
		if err := imap.Deliver("steps", m.Raw); err != nil {
			t.Error(err)
		}
	})
	code, d := w.examine()
	if code != exitOK || d.Failed != 0 {
		t.Errorf("exit %d, %+v", code, d)
	}
	seen := map[string]bool{}
	for _, f := range d.Findings {
		seen[f.Check] = true
		if f.Level == failed || f.Level == fine && f.Mend != "" || f.Level == warning && f.Mend == "" {
			t.Errorf("%+v", f)
		}
		if f.Level == warning && f.Check != "service" && f.Check != "crisis lines" && !strings.Contains(f.Text, "HELP and STOP") {
			t.Errorf("a warning: %+v", f)
		}
	}
	for _, c := range append((&doctor{}).checks(), check{name: "test message"}) {
		if !seen[c.name] {
			t.Errorf("nothing is said of %s", c.name)
		}
	}
	got := w.mail.Messages()
	if len(got) != 1 || !strings.Contains(got[0].Text, "this one arrived") || !strings.HasPrefix(got[0].To[0], "steps+test") {
		t.Errorf("the test message: %d mails", len(got))
	}
	if !strings.Contains(lines(d), "it came back") {
		t.Errorf("it is not said that it came back:\n%s", lines(d))
	}
}

func TestATestThatDoesNotComeBackIsTold(t *testing.T) {
	w := openClinic(t)
	w.readByIMAP()
	p := w.program()
	d := p.newDoctor(false)
	d.patience = 10 * time.Millisecond
	list := d.sendTest(t.Context())
	if len(list) != 2 || list[1].Level != warning || !strings.Contains(list[1].Mend, "you+word@") {
		t.Errorf("%+v", list)
	}
}

func TestDoctorIsReadByPeopleToo(t *testing.T) {
	w := openClinic(t)
	w.set("IMAP_HOST", "127.0.0.1")
	w.set("IMAP_PORT", "1")
	w.set("TWILIO_BASE_URL", "http://127.0.0.1:1")
	code, out, errs := w.run("doctor")
	if code != exitFailure || !strings.Contains(out, "\nfailed   mail in: no connection to 127.0.0.1 on port 1") || !strings.Contains(out, "\n         mend: check imap.host") || !strings.Contains(errs, "run microreach doctor again") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	code, out, _ = w.run("doctor", "--offline")
	if code != exitOK || strings.Contains(out, "mail in") || !strings.Contains(out, "ok       keys:") || !strings.Contains(out, "Left out") {
		t.Errorf("offline: exit %d\n%s", code, out)
	}
	if code, _, errs := w.run("doctor", "now"); code != exitUsage {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// Each of these breaks one thing: doctor finds it, names it, and says how to mend it.
var broken = []struct {
	name  string
	harm  func(*clinic)
	check string
	level level
	says  string
	mend  string
}{
	// the configuration
	{"an unknown key", func(w *clinic) { w.edit("[smtp]", "[smtp]\nhots = \"x\"") }, "configuration", failed, "smtp.hots", "did you mean host"},
	{"a broken file", func(w *clinic) { w.edit("[smtp]", "[smtp") }, "configuration", failed, "microreach.toml:", "key = "},
	{"no file", func(w *clinic) { w.args = append(w.args, "--config", "elsewhere.toml") }, "configuration", failed, "elsewhere.toml", "init"},
	{"nothing set up", func(w *clinic) {
		w.write("microreach.toml", "[programme]\n")
		delete(w.env, "MICROREACH_INBOUND_MAIL_LISTEN")
		delete(w.env, "MICROREACH_SMTP_DKIM_SELECTOR")
		delete(w.env, "MICROREACH_SMTP_DKIM_KEY_FILE")
	}, "configuration", failed, "neither mail nor texts", "[smtp]"},
	{"an empty password file", func(w *clinic) { w.write("mail-password", "\n") }, "configuration", failed, "mail-password is empty", "write the secret"},
	{"a password file that others can read", func(w *clinic) { w.chmod("mail-password", 0o644) }, "configuration", warning, "every account", "chmod 600"},
	{"nobody to reach", func(w *clinic) { w.textsOnly() }, "configuration", warning, "how to reach you", "programme.contact"},
	{"a country without crisis lines", func(w *clinic) { w.set("LIMITS_COUNTRIES", "US,JP") }, "words", failed, "JP", "programme.crisis_file"},
	{"a catalogue with a mistake", func(w *clinic) { w.write("own.toml", "[[practice]]\n"); w.set("PROGRAMME_CATALOGUE_FILE", "own.toml") }, "words", failed, "catalogue", "try catalogue"},
	{"a plan to join that is not there", func(w *clinic) { w.set("JOINING_PLAN", "juggling") }, "words", failed, "juggling", "small-reach-weekly"},
	{"old crisis lines", func(w *clinic) {
		w.write("lines.toml", "[US]\ntext = \"in the US call or text 988, or 911 in an emergency\"\nsafe = \"911 in an emergency, 988 to talk at any hour\"\nchecked_on = 2025-01-01\n")
		w.set("PROGRAMME_CRISIS_FILE", "lines.toml")
	}, "crisis lines", warning, "2025-01-01", "today's date"},

	// keys and database
	{"no key file", func(w *clinic) { w.remove("microreach.keys") }, "keys", failed, "no key file", "safe copy"},
	{"keys that others can read", func(w *clinic) { w.chmod("microreach.keys", 0o644) }, "keys", failed, "0644", "chmod 600"},
	{"half a key file", func(w *clinic) { w.write("microreach.keys", w.read("microreach.keys")[:700]) }, "keys", failed, "microreach.keys", "safe copy"},
	{"the keys of another database", func(w *clinic) {
		w.remove("microreach.keys")
		if err := vault.CreateFile(filepath.Join(w.dir, "microreach.keys")); err != nil {
			w.t.Fatal(err)
		}
	}, "database", failed, "cannot be read with these keys", "keys.file"},
	{"no database", func(w *clinic) { w.remove("microreach.db") }, "database", failed, "no file microreach.db", "microreach init"},
	{"a database that others can read", func(w *clinic) { w.chmod("microreach.db", 0o644) }, "database", warning, "every account", "chmod 600"},
	{"no directory for it", func(w *clinic) { w.set("DATABASE_URL", "sqlite:nowhere/microreach.db") }, "database", failed, "no directory nowhere", "database.url"},
	{"an empty database", func(w *clinic) { w.write("empty.db", ""); w.set("DATABASE_URL", "sqlite:empty.db") }, "database", failed, "another version", "microreach migrate"},
	{"another file for a database", func(w *clinic) {
		w.write("photo.db", strings.Repeat("not a database ", 100))
		w.set("DATABASE_URL", "sqlite:photo.db")
	}, "database", failed, "not a database", "database.url"},
	{"no PostgreSQL", func(w *clinic) { w.set("DATABASE_URL", "postgres://steps:canary-mail-password@127.0.0.1:1/steps") }, "database", failed, "refused", "database.url"},
	{"serve does not run", func(*clinic) {}, "service", warning, "has not run yet", "microreach serve"},
	{"a channel held back", func(w *clinic) { w.holdBack() }, "held back", failed, "20003", "outbox resume"},
	{"a port that is taken", func(w *clinic) { w.set("SERVER_LISTEN", w.http.Listener.Addr().String()) }, "ports", failed, "server.listen", "free port"},

	// the public address
	{"a public address that does not answer", func(w *clinic) { w.set("PROGRAMME_PUBLIC_URL", "http://127.0.0.1:1") }, "public address", warning, "does not reach", "microreach serve"},

	// mail out
	{"no mail server", func(w *clinic) { w.set("SMTP_PORT", "1") }, "mail out", failed, "refused", "smtp.host"},
	{"a mail server that is not there", func(w *clinic) { w.set("SMTP_HOST", "mail.invalid") }, "mail out", failed, "mail.invalid", "smtp.host"},
	{"a wrong mail password", func(w *clinic) { w.write("mail-password", "guess\n") }, "mail out", failed, "535", "app password"},
	{"no encryption", func(w *clinic) { w.otherMail(emailtest.Options{NoSTARTTLS: true}) }, "mail out", failed, "no encryption", "smtp.tls"},
	{"no signing in", func(w *clinic) { w.otherMail(emailtest.Options{}) }, "mail out", failed, "nobody sign in", "smtp.username"},
	{"a certificate of nobody", func(w *clinic) { w.tls = nil }, "mail out", failed, "certificate", "smtp.host"},
	{"TLS where there is none", func(w *clinic) { w.set("SMTP_TLS", "tls") }, "mail out", failed, "does not begin with encryption", "starttls"},
	{"a key that signs nothing", func(w *clinic) { w.write("dkim.pem", "nonsense") }, "mail out", failed, "no PEM block", "PEM"},

	// mail in
	{"nobody reads the answers", func(w *clinic) { delete(w.env, "MICROREACH_INBOUND_MAIL_LISTEN") }, "mail in", warning, "read by nobody", "imap.host"},
	{"a wrong mailbox password", func(w *clinic) { w.readByIMAP(); w.set("IMAP_PASSWORD", "guess") }, "mail in", failed, "does not let us in", "app password"},
	{"no such folder", func(w *clinic) { w.readByIMAP(); w.set("IMAP_FOLDER", "Answers") }, "mail in", failed, "Answers", "imap.folder"},
	{"no folder to move to", func(w *clinic) { w.readByIMAP(); w.set("IMAP_MOVE_TO", "Done") }, "mail in", failed, "Done", "imap.move_to"},
	{"no IMAP server", func(w *clinic) { w.readByIMAP(); w.set("IMAP_PORT", "1") }, "mail in", failed, "refused", "imap.port"},
	{"an IMAP server that is not trusted", func(w *clinic) { w.readByIMAP(); w.tls = nil }, "mail in", failed, "certificate", "imap.host"},

	// the domain
	{"no SPF", func(w *clinic) { w.dns["own-steps.org"] = []string{"x"} }, "mail domain", failed, "SPF: own-steps.org has no record", "v=spf1"},
	{"two SPF records", func(w *clinic) { w.dns["own-steps.org"] = []string{"v=spf1 -all", "v=spf1 ~all"} }, "mail domain", failed, "2 records", "one record"},
	{"SPF for everybody", func(w *clinic) { w.dns["own-steps.org"] = []string{"v=spf1 +all"} }, "mail domain", failed, "everybody", "-all"},
	{"no DKIM record", func(w *clinic) { delete(w.dns, "s1._domainkey.own-steps.org") }, "mail domain", failed, "DKIM: there is no record", "v=DKIM1; k=ed25519; p="},
	{"the record of another key", func(w *clinic) { w.signingKey("dkim.pem") }, "mail domain", failed, "not that of", "v=DKIM1"},
	{"no DMARC", func(w *clinic) { delete(w.dns, "_dmarc.own-steps.org") }, "mail domain", warning, "DMARC: own-steps.org has no record", "_dmarc.own-steps.org"},
	{"a DNS that is down", func(w *clinic) { w.dns["own-steps.org"] = nil }, "mail domain", warning, "does not answer about own-steps.org", "DNS"},
	{"bounces to another domain", func(w *clinic) {
		w.set("SMTP_REPLY_TO", "steps@elsewhere.com")
		delete(w.env, "MICROREACH_SMTP_DKIM_SELECTOR")
		delete(w.env, "MICROREACH_SMTP_DKIM_KEY_FILE")
	}, "mail domain", warning, "bounces go to elsewhere.com", "smtp.reply_to"},

	// Twilio
	{"Twilio out of reach", func(w *clinic) { w.set("TWILIO_BASE_URL", "http://127.0.0.1:1") }, "texts", failed, "does not answer", "online"},
	{"a wrong token", func(w *clinic) { w.write("twilio-token", "guess\n") }, "texts", failed, "are refused by Twilio", "console"},
	{"a suspended account", func(w *clinic) { w.twilio.Setup.Status = "suspended" }, "texts", failed, "not active", "console"},
	{"a trial account", func(w *clinic) { w.twilio.Setup.Type = "Trial" }, "texts", warning, "trial account", "upgrade"},
	{"a number of somebody else", func(w *clinic) { w.edit(twiliotest.Number, "+12025550199") }, "texts", failed, "twilio.from is none of this account's", "Active numbers"},
	{"a number without texts", func(w *clinic) { w.twilio.Setup.NoTexts = true }, "texts", failed, "takes no texts", "SMS"},
	{"no webhook", func(w *clinic) { w.twilio.Inbound = "" }, "texts", failed, "handed to nobody", "/twilio/inbound#rc=3"},
	{"a webhook to elsewhere", func(w *clinic) { w.twilio.Inbound = "https://old.example.org/sms" }, "texts", failed, "old.example.org", "/twilio/inbound#rc=3"},
	{"a webhook by GET", func(w *clinic) { w.twilio.Setup.Method = "GET" }, "texts", failed, "by GET", "(POST)"},
	{"a webhook that is tried once", func(w *clinic) { w.twilio.Inbound, _, _ = strings.Cut(w.twilio.Inbound, "#") }, "texts", warning, "after #", "#rc=3"},
	{"an application in between", func(w *clinic) { w.twilio.Setup.Application = "AP1" }, "texts", warning, "TwiML application", "take the application out"},
	{"the demo webhook of a new number", func(w *clinic) { w.poll(); w.twilio.Inbound = "https://demo.twilio.com/welcome/sms/reply" }, "texts", failed, "demo sentence", "empty the webhook"},
	{"a webhook besides polling", func(w *clinic) { w.poll() }, "texts", warning, "another program", "empty the webhook"},
	{"Twilio's own words for HELP", func(w *clinic) { w.edit(twiliotest.Number, "+12025550199"); w.twilio.Number = "+12025550199" }, "texts", warning, "HELP and STOP", "kit 10dlc"},
	{"a clock that is wrong", func(w *clinic) { w.twilio.Now = func() time.Time { return morning.Add(7 * time.Minute) } }, "clock", failed, "7m0s off", "NTP"},
	{"a clock that is a little wrong", func(w *clinic) { w.twilio.Now = func() time.Time { return morning.Add(-time.Minute) } }, "clock", warning, "1m0s off", "NTP"},
	{"a mail from the future", func(w *clinic) {
		w.readByIMAP()
		w.set("IMAP_USERNAME", "future")
		d, err := mailbox()
		if err == nil {
			err = d.DeliverAt("future", []byte("Subject: x\r\n\r\nx\r\n"), morning.Add(time.Hour))
		}
		if err != nil {
			w.t.Fatal(err)
		}
		w.mailOnly()
	}, "clock", failed, "1h0m0s ahead", "NTP"},
	{"nobody to send a test to", func(w *clinic) { w.textsOnly(); w.args = append(w.args, "--send-test") }, "test message", failed, "not known", "programme.contact"},
	{"a test that is refused", func(w *clinic) {
		w.textsOnly()
		w.set("PROGRAMME_CONTACT", "+12025550111")
		w.args = append(w.args, "--send-test")
		w.twilio.Faults = func(int) twiliotest.Fault { return twiliotest.Refuse(http.StatusBadRequest, 21608) }
	}, "test message", failed, "21608", "docs/api/errors"},
}

func TestDoctorFindsNamesAndMends(t *testing.T) {
	if testing.Short() {
		t.Skip("many set-ups of the same looks; a healthy one is looked at in the short run, too")
	}
	if len(broken) < 25 {
		t.Fatalf("only %d broken set-ups", len(broken))
	}
	for i, test := range broken {
		if testing.Short() && i%8 != 0 {
			continue // each of them runs the whole command
		}
		t.Run(test.name, func(t *testing.T) {
			w := openClinic(t)
			test.harm(w)
			code, d := w.examine()
			found := false
			for _, f := range d.Findings {
				if f.Level != fine && f.Mend == "" {
					t.Errorf("no mend: %+v", f)
				}
				found = found || f.Check == test.check && f.Level == test.level && strings.Contains(f.Text, test.says) && strings.Contains(f.Mend, test.mend)
			}
			if !found {
				t.Errorf("not found: %s %s, %q, mend %q, in\n%s", test.level, test.check, test.says, test.mend, lines(d))
			}
			if (d.Failed > 0) != (code == exitFailure) || test.level == failed && code != exitFailure {
				t.Errorf("exit %d with %d failed", code, d.Failed)
			}
		})
	}
}

func lines(d diagnosis) string {
	var b strings.Builder
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "%s %s: %s; %s\n", f.Level, f.Check, f.Text, f.Mend)
	}
	return b.String()
}

func (w *clinic) chmod(name string, mode os.FileMode) {
	w.t.Helper()
	if err := os.Chmod(filepath.Join(w.dir, name), mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *clinic) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// poll lets texts be fetched, without a public address.
func (w *clinic) poll() {
	w.edit(`public_url = "`+w.http.URL+`"`, "")
	w.set("TWILIO_INBOUND", "poll")
}

// textsOnly takes the mail out.
func (w *clinic) textsOnly() {
	w.t.Helper()
	text, _, _ := strings.Cut(w.read("microreach.toml"), "[smtp]")
	w.write("microreach.toml", text)
	for _, key := range []string{"INBOUND_MAIL_LISTEN", "SMTP_DKIM_SELECTOR", "SMTP_DKIM_KEY_FILE"} {
		delete(w.env, "MICROREACH_"+key)
	}
}

// mailOnly takes the texts out.
func (w *clinic) mailOnly() {
	w.t.Helper()
	text := w.read("microreach.toml")
	before, rest, _ := strings.Cut(text, "[twilio]")
	_, after, _ := strings.Cut(rest, "[smtp]")
	w.write("microreach.toml", before+"[smtp]"+after)
}

// otherMail exchanges the mail server.
func (w *clinic) otherMail(o emailtest.Options) {
	w.t.Helper()
	server, err := leaktest.On(w.t).Mail(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = server.Close() })
	w.set("SMTP_PORT", strconv.Itoa(server.Port()))
}

// holdBack lets Twilio refuse the account, as the service would note it.
func (w *clinic) holdBack() {
	w.t.Helper()
	p := w.program()
	core, _, err := p.openCore(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	ids, err := core.Store.Claim(w.t.Context(), checkins.SMS, morning, morning.Add(time.Minute), 1)
	if err != nil || len(ids) != 1 {
		w.t.Fatalf("claimed %v, %v", ids, err)
	}
	out, err := core.Store.Begin(w.t.Context(), ids[0], 3, morning, morning.Add(time.Minute))
	if err != nil {
		w.t.Fatal(err)
	}
	refused := &notifier.SendError{Outcome: checkins.OutcomeTemporary, Code: "20003", Hold: checkins.HoldChannel}
	err = core.Store.Settle(w.t.Context(), checkins.Settlement{
		Attempt: out.Attempt, Outcome: refused.Outcome, Code: refused.Code, Hold: refused.Hold, RetryAt: morning.Add(time.Minute), At: morning,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
