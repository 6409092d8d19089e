package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

var updateReadme = flag.Bool("update", false, "write the transcript of the first hour into the README")

// Who and what takes part in the first hour. All of it is personal or secret, and
// nowhere but where it belongs may any of it turn up.
const (
	hourMailbox  = "you@fastmail.com"
	hourPassword = "app-pass-word-9f3c"
	hourToken    = "twilio-token-77ab01"
	hourNumber   = "+12025550100"
	adasMailbox  = "ada@participant.net"
	adasWords    = "done 7, we talked until midnight"
	bensNumber   = "+12125550147"
	bensWords    = "done, he laughed at my joke"
	cleosNumber  = "+12125550166" // refused by Twilio, with an error that quotes it
	deasMailbox  = "dea@participant.net"
)

// canaries are what no log, metric or error may hold. The names of those who are
// only enrolled stand among them.
var canaries = []string{
	hourMailbox, hourPassword, hourToken, hourNumber[2:], adasMailbox, adasWords, "until midnight", bensNumber[2:], bensWords, "laughed",
	cleosNumber[2:], deasMailbox, "Ada", "Ben", "Cleo", "Dea", "participant.net", "Reply YES", "Text someone", "text someone",
}

// hour is a machine in its first hour: the real program, a real IMAP server and a
// real mail server behind the provider's door, and a stand-in for Twilio. Nothing of
// it listens anywhere but on the loopback, and nothing can reach the program.
type hour struct {
	t        *testing.T
	source   string // this package
	dir      string
	binary   string
	env      []string
	metrics  string
	zone     string
	provider *emailtest.Server // where mail is handed in, with TLS and a password
	post     *emailtest.OpenSMTPD
	imap     *emailtest.Dovecot
	twilio   *twiliotest.Server

	mu     sync.Mutex
	log    bytes.Buffer // of serve
	errors bytes.Buffer // of every command
	script strings.Builder
	ids    []string // as they came
	mails  int      // to Ada, seen so far
	texts  int      // to Ben, seen so far
}

// zoneByDay is a zone in which it is between ten and six now, so that no prompt is
// outside of hours.
func zoneByDay(now time.Time) string {
	for _, zone := range []string{"America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Pacific/Guam", "Asia/Tokyo", "Asia/Kolkata", "Europe/London", "Atlantic/South_Georgia"} {
		loc, err := time.LoadLocation(zone)
		if h := now.In(loc).Hour(); err == nil && h >= 10 && h < 18 {
			return zone
		}
	}
	return "UTC"
}

func startHour(t *testing.T) *hour {
	t.Helper()
	h := &hour{t: t, dir: t.TempDir(), zone: zoneByDay(time.Now()), metrics: freeAddress(t)}
	source, err := os.Getwd()
	h.must(err)
	h.source = source
	var building sync.WaitGroup
	building.Go(h.build)
	defer building.Wait() // also where a server is missing and the test ends
	h.servers()
	building.Wait()
	certificate, err := emailtest.CertificatePEM()
	h.must(err)
	h.file("trusted.pem", string(certificate))
	h.file("crisis.toml", "[US]\ntext = \"in the US call or text 988, or 911 in an emergency\"\nsafe = \"911 in an emergency, 988 to talk at any hour\"\nchecked_on = "+
		time.Now().UTC().Format(time.DateOnly)+"\n")
	h.env = []string{
		"PATH=/nowhere", "HOME=" + h.dir, "SSL_CERT_FILE=" + filepath.Join(h.dir, "trusted.pem"),
		"MICROREACH_SMTP_HOST=" + h.provider.Host(), "MICROREACH_SMTP_PORT=" + strconv.Itoa(h.provider.Port()),
		"MICROREACH_IMAP_HOST=" + h.imap.Host(), "MICROREACH_IMAP_PORT=" + strconv.Itoa(h.imap.TLSPort),
		"MICROREACH_TWILIO_BASE_URL=" + h.twilio.URL, "MICROREACH_TWILIO_POLL_SECONDS=1",
		"MICROREACH_SERVER_LISTEN=" + freeAddress(t), "MICROREACH_SERVER_METRICS_LISTEN=" + h.metrics, "MICROREACH_LOG_FORMAT=text",
		"MICROREACH_LOG_LEVEL=debug", "MICROREACH_LIMITS_SMS_PER_SECOND=0", "MICROREACH_PROGRAMME_CRISIS_FILE=crisis.toml",
	}
	return h
}

// build makes the real program.
func (h *hour) build() {
	h.t.Helper()
	h.binary = filepath.Join(h.t.TempDir(), "microreach")
	command := exec.CommandContext(h.t.Context(), "go", "build", "-o", h.binary, ".")
	if out, err := command.CombinedOutput(); err != nil {
		h.t.Errorf("go build: %v\n%s", err, out)
	}
}

// servers starts what is outside. The provider takes mail like Fastmail and gives
// it to a real mail server, which puts what is for the operator's domain into a
// real IMAP mailbox, and keeps the rest as if it had reached the others.
func (h *hour) servers() {
	h.t.Helper()
	imap, err := emailtest.StartDovecot(emailtest.DovecotOptions{Password: hourPassword})
	if errors.Is(err, emailtest.ErrNoDovecot) {
		skiptest.Missing(h.t, err)
	}
	h.must(err)
	h.imap = imap
	h.t.Cleanup(func() { _ = imap.Close() })
	post, err := emailtest.StartOpenSMTPDInto("fastmail.com", imap.Maildir(hourMailbox))
	if errors.Is(err, emailtest.ErrNoOpenSMTPD) {
		skiptest.Missing(h.t, err)
	}
	h.must(err)
	h.post = post
	h.t.Cleanup(func() { _ = post.Close() })
	h.provider, err = leaktest.On(h.t).Mail(emailtest.Options{TLS: true, Username: hourMailbox, Password: hourPassword})
	h.must(err)
	h.t.Cleanup(func() { _ = h.provider.Close() })
	h.provider.Watch(func(m emailtest.Message) {
		for _, to := range m.To {
			if err := emailtest.Submit(h.t.Context(), post.Addr(), m.From, to, m.Raw); err != nil {
				h.t.Error(err)
			}
		}
	})
	h.twilio = leaktest.On(h.t).Twilio(twiliotest.Options{AuthToken: hourToken, Number: hourNumber})
}

func (h *hour) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hour) file(name, text string) {
	h.t.Helper()
	h.must(os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600))
}

// quietly runs a command and gives what it prints.
func (h *hour) quietly(want int, args ...string) string {
	h.t.Helper()
	command := exec.CommandContext(h.t.Context(), h.binary, args...)
	command.Dir, command.Env = h.dir, h.env
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	h.errors.Write(errs.Bytes())
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || command.ProcessState.ExitCode() != want {
		h.t.Fatalf("microreach %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errs)
	}
	return out.String() + errs.String()
}

// run runs a command and writes it into the transcript.
func (h *hour) run(want int, args ...string) string {
	h.t.Helper()
	h.typed(args...)
	out := h.quietly(want, args...)
	for _, id := range uuids.FindAllString(out, -1) {
		if !slices.Contains(h.ids, id) {
			h.ids = append(h.ids, id)
		}
	}
	h.script.WriteString(out + "\n")
	return out
}

// typed writes a command line as it would be typed, broken before a flag where it
// gets long.
func (h *hour) typed(args ...string) {
	line := "$ microreach"
	for _, arg := range args {
		if strings.HasPrefix(arg, "--") && len(line)-strings.LastIndexByte(line, '\n') > 72 {
			line += " \\\n   "
		}
		if arg == h.zone {
			arg = shownZone // before the line is measured: another zone may be longer
		}
		line += " " + arg
	}
	h.script.WriteString(line + "\n")
}

// serve runs the service until the test ends it.
func (h *hour) serve() (stop func()) {
	h.t.Helper()
	command := exec.CommandContext(h.t.Context(), h.binary, "serve")
	command.Dir, command.Env, command.Stderr = h.dir, h.env, h
	h.must(command.Start())
	until(h.t, "the service's list of what is off", func() bool { return strings.Contains(h.logged(), "listening for HTTP") })
	h.script.WriteString("$ microreach serve &\n")
	for line := range strings.Lines(h.logged()) {
		if strings.HasPrefix(line, limitsTitle) || strings.HasPrefix(line, "  - ") {
			h.script.WriteString(line)
		}
	}
	h.gap()
	return sync.OnceFunc(func() {
		h.must(command.Process.Signal(syscall.SIGTERM))
		if err := command.Wait(); err != nil {
			h.t.Errorf("serve ended with %v", err)
		}
	})
}

// Write takes in the log of serve.
func (h *hour) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(p)
}

func (h *hour) logged() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.String()
}

// mail waits for the next mail to Ada, in her mailbox as the mail server keeps it.
func (h *hour) mail() emailtest.Message {
	h.t.Helper()
	var m emailtest.Message
	until(h.t, "a mail to Ada", func() bool {
		got := h.provider.Mailbox(adasMailbox)
		if len(got) <= h.mails {
			return false
		}
		m = got[h.mails]
		id := []byte(m.Header.Get("Message-ID"))
		return slices.ContainsFunc(h.post.Kept(), func(raw []byte) bool { return bytes.Contains(raw, id) })
	})
	h.mails++
	_, words, _ := strings.Cut(m.Text, "\n\n")
	words, _, _ = strings.Cut(words, "\n-- \n")
	h.said("Ada's mailbox", strings.TrimSpace(words))
	return m
}

// answers lets Ada answer a mail, by the same mail server.
func (h *hour) answers(m emailtest.Message, text string) {
	h.t.Helper()
	h.said("Ada answers", text)
	h.must(emailtest.Submit(h.t.Context(), h.post.Addr(), adasMailbox, m.ReplyTo(), m.Reply(text, time.Now())))
}

// text waits for the next text to Ben.
func (h *hour) text() {
	h.t.Helper()
	var body string
	until(h.t, "a text to Ben", func() bool {
		thread := slices.DeleteFunc(h.twilio.Thread(bensNumber), func(m twiliotest.Message) bool { return m.Direction == "inbound" })
		if len(thread) <= h.texts {
			return false
		}
		body = thread[h.texts].Body
		return true
	})
	h.texts++
	h.said("Ben's phone", body)
}

// writes lets Ben text back.
func (h *hour) writes(text string) {
	h.t.Helper()
	h.said("Ben texts", text)
	_, err := h.twilio.Text(h.t.Context(), bensNumber, hourNumber, text)
	h.must(err)
}

// said writes what somebody reads or writes into the transcript.
func (h *hour) said(who, words string) {
	for i, line := range strings.Split(words, "\n") {
		if i > 0 {
			who = ""
		}
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(&h.script, "    %-13s | %s\n", who, line)
		}
	}
}

// gap parts two steps.
func (h *hour) gap() { h.script.WriteString("\n") }

// until polls for what happens in another process.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-end:
			t.Fatalf("%s did not happen", what)
		}
	}
}

func TestTheFirstHourIsAsTheReadmeTellsIt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs it for some seconds")
	}
	h := startHour(t)
	defer func() {
		if t.Failed() {
			t.Logf("the log of serve:\n%s\nthe mail server:\n%s", h.logged(), h.post.Log())
		}
	}()
	h.run(exitOK, "init", "--mail", "fastmail", "--mailbox", hourMailbox, "--twilio", twiliotest.AccountSID, "--twilio-number", hourNumber,
		"--zone", h.zone, "--country", "US", "--name", "Ada", "--email", adasMailbox)
	h.script.WriteString("$ nano mail-password twilio-token\n\n")
	h.file("mail-password", hourPassword+"\n")
	h.file("twilio-token", hourToken+"\n")
	h.run(exitOK, "doctor", "--send-test")
	h.run(exitOK, "participant", "add", "--name", "Ben", "--sms", bensNumber, "--zone", h.zone, "--pace", "2/week", "--days", "mon,thu", "--at", "19:00")
	ada, ben := h.ids[0], h.ids[1]
	stop := h.serve()
	defer stop()

	question := h.mail()
	h.text()
	h.answers(question, "YES")
	h.writes("YES")
	h.mail()
	h.text()
	h.gap()

	h.run(exitOK, "send", "--now", ada)
	h.run(exitOK, "send", "--now", ben)
	prompt := h.mail()
	h.text()
	h.answers(prompt, adasWords)
	h.writes(bensWords)
	noted := h.mail()
	h.text()
	h.answers(noted, "pause")
	h.writes("pause for a week")
	paused := h.mail()
	h.text()
	h.gap()

	h.run(exitFailure, "send", "--now", ben)
	h.answers(paused, "resume")
	h.writes("resume")
	h.mail()
	h.text()
	h.gap()
	h.run(exitOK, "participant", "show", ben)

	h.goesWrong()
	metrics := h.scrape()
	stop()
	h.kept(ada, ben)
	h.tellsNobody(metrics)
	h.compare()
}

// goesWrong lets both providers refuse somebody, with errors that name them.
func (h *hour) goesWrong() {
	h.t.Helper()
	h.twilio.Misbehave(twiliotest.Refuse(http.StatusBadRequest, 21211))
	h.provider.Misbehave(emailtest.Fault{At: emailtest.AtRcpt, Reply: "550 5.1.1 <" + deasMailbox + "> is not here"})
	h.quietly(exitOK, "participant", "add", "--name", "Cleo", "--sms", cleosNumber, "--zone", h.zone)
	h.quietly(exitOK, "participant", "add", "--name", "Dea", "--email", deasMailbox, "--zone", h.zone)
	h.quietly(exitFailure, "participant", "add", "--name", "Ben", "--sms", bensNumber, "--zone", h.zone)
	h.quietly(exitFailure, "send", "--now", h.ids[1]+"x")
	for what, code := range map[string]string{"a number": "code=21211", "a mailbox": `code="550 5.1.1"`} {
		until(h.t, "the refusal of "+what, func() bool { return strings.Contains(h.logged(), code) })
	}
}

func (h *hour) scrape() string {
	h.t.Helper()
	response, err := http.Get("http://" + h.metrics + "/metrics")
	h.must(err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	h.must(err)
	for _, want := range []string{
		`microreach_inbound_total{channel="email"} 4`, `microreach_inbound_total{channel="sms"} 4`, "microreach_check_ins_total 2",
		`microreach_attempts_total{channel="email",kind="prompt",outcome="accepted"} 1`, `microreach_attempts_total{channel="sms",kind="opt_in",outcome="permanent"} 1`,
	} {
		if !strings.Contains(string(raw), want) {
			h.t.Errorf("the metrics do not say %s", want)
		}
	}
	return string(raw)
}

// kept reads the database with its keys, as only its owner can.
func (h *hour) kept(ada, ben string) {
	h.t.Helper()
	h.t.Chdir(h.dir)
	p := program{Now: time.Now, NewID: uuid.NewString, Err: io.Discard, Out: io.Discard, Env: func(name string) (string, bool) {
		for _, pair := range h.env {
			if value, is := strings.CutPrefix(pair, name+"="); is {
				return value, true
			}
		}
		return "", false
	}}
	core, _, err := p.openCore(h.t.Context())
	h.must(err)
	defer func() { _ = core.Close() }()
	for id, want := range map[string]string{ada: "done - 7 " + adasWords, ben: "done - - " + bensWords} {
		list, err := core.Store.Records(h.t.Context(), checkins.ParticipantID(id), 10)
		h.must(err)
		if len(list) != 1 {
			h.t.Errorf("%d records, not one", len(list))
			continue
		}
		r := list[0]
		if got := fmt.Sprintf("%s %s %s %s", r.Outcome, figure(r.RatingBefore), figure(r.Rating), r.Note); got != want {
			h.t.Errorf("recorded is %q, not %q", got, want)
		}
	}
}

func figure(f *float64) string {
	if f == nil {
		return "-"
	}
	return fmt.Sprint(*f)
}

// tellsNobody looks for what is personal or secret where it must not be.
func (h *hour) tellsNobody(metrics string) {
	h.t.Helper()
	places := map[string]string{"the log": h.logged(), "the metrics": metrics, "an error": h.errors.String()}
	for _, name := range []string{"microreach.db", "microreach.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(h.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			h.t.Fatal(err)
		}
		places[name] = string(raw)
	}
	for place, text := range places {
		if !strings.HasPrefix(place, "microreach.db") {
			leaktest.On(h.t).Saw(place, text)
		}
		for _, canary := range canaries {
			inDatabase := strings.HasPrefix(place, "microreach.db")
			if inDatabase && len(canary) < 5 {
				continue // sealed bytes may hold three letters by chance
			}
			if strings.Contains(text, canary) {
				h.t.Errorf("%s holds %q", place, canary)
			}
		}
	}
	if len(places["the log"]) < 1000 {
		h.t.Errorf("the log is suspiciously short:\n%s", places["the log"])
	}
}

var (
	uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	dates = regexp.MustCompile(`\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9]{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( [0-9]{4})?`)
	soon  = regexp.MustCompile(`\b(today|tomorrow) 19:00`)
	more  = regexp.MustCompile(`(?m)(^next   .*\n)(next   .*\n)+`)
	days  = regexp.MustCompile(`\b[0-9]{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}`)
)

// shownZone stands in the transcript for the zone in which it is day.
const shownZone = "America/New_York"

// transcript is the script without what differs from run to run: ids, dates, the
// zone in which it is day, and the addresses of the stand-ins, in whose place stand
// those of the real providers. Of a list of reminders the first is left.
func (h *hour) transcript() string {
	text := h.script.String()
	for i, id := range h.ids {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("0199d6c%d-…", i+2))
	}
	text = uuids.ReplaceAllString(text, "0199d6d0-…")
	text = dates.ReplaceAllStringFunc(text, func(date string) string {
		if strings.Count(date, " ") == 3 {
			return "Mon 9 Mar 2026"
		}
		return "Mon 9 Mar"
	})
	text = soon.ReplaceAllString(text, "Mon 9 Mar 19:00")
	text = more.ReplaceAllString(text, "${1}next   …\n")
	text = days.ReplaceAllString(text, "9 Mar 2026")
	return strings.NewReplacer(
		h.zone, shownZone,
		"127.0.0.1 lets us in on port "+strconv.Itoa(h.provider.Port()), "smtp.fastmail.com lets us in on port 465",
		"127.0.0.1 on port "+strconv.Itoa(h.imap.TLSPort), "imap.fastmail.com on port 993",
		"fetched every 1 s", "fetched every 15 s",
		h.variable("MICROREACH_SERVER_LISTEN"), "127.0.0.1:8080",
		twiliotest.AccountSID, "AC…",
	).Replace(text)
}

func (h *hour) variable(name string) string {
	for _, pair := range h.env {
		if value, is := strings.CutPrefix(pair, name+"="); is {
			return value
		}
	}
	return ""
}

// The transcript stands in the README between these lines.
const (
	transcriptBegins = "<!-- The transcript of a run: go test ./cmd/microreach -run FirstHour -update -->\n```console\n"
	transcriptEnds   = "```\n"
)

// compare holds the README's transcript to that of the run.
func (h *hour) compare() {
	h.t.Helper()
	path := filepath.Join(h.source, "..", "..", "README.md")
	raw, err := os.ReadFile(path)
	h.must(err)
	before, rest, begins := strings.Cut(string(raw), transcriptBegins)
	told, after, ends := strings.Cut(rest, transcriptEnds)
	if !begins || !ends {
		h.t.Fatal("the README has no place for the transcript")
	}
	got := strings.TrimSpace(h.transcript()) + "\n"
	if *updateReadme {
		h.must(os.WriteFile(path, []byte(before+transcriptBegins+got+transcriptEnds+after), 0o644))
		return
	}
	if told != got {
		h.t.Errorf("the README tells another first hour; run go test ./cmd/microreach -run FirstHour -update, and read the difference.\nREADME:\n%s\nrun:\n%s", told, got)
	}
}
