package service_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/leaktest"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// In these tests others misbehave: they quote in their errors what must not be
// logged. The watch over each test looks whether it was; see package leaktest.

// quoting is what a provider of texts may answer with.
var quoting = map[string]string{
	"an error":                `{"code": 21211, "message": "The 'To' number +12125550001 is not a valid phone number: (212) 555-0001", "status": 400}`,
	"a page":                  "<html><body>Cannot send a short text to ask how they are to +12125550001</body></html>",
	"a number for a word":     `{"sid": 12125550001, "status": "queued", "messages": [{"sid": "SM1", "error_code": "12125550001", "body": 12125550001}]}`,
	"a word for a number":     `{"sid": "SM1", "status": "queued", "error_code": "done canary word of Zelda's", "messages": [{"error_code": "+12125550001"}], "end": "+12125550001"}`,
	"a broken end":            `{"sid": "+12125550001 canary word`,
	"an address with a token": `{"messages": [], "next_page_uri": "/2010-04-01/Accounts/AC1/Messages.json?To=%2B12125550001&PageToken=\u007f", "sid": {"+12125550001": 1}}`,
}

func TestWhatATextProviderQuotesIsLoggedNowhere(t *testing.T) {
	for name, body := range quoting {
		for _, status := range []int{http.StatusCreated, http.StatusBadRequest, http.StatusInternalServerError} {
			t.Run(fmt.Sprintf("%s with %d", name, status), func(t *testing.T) {
				t.Parallel()
				p := newPost(t, sqlite(t, "quoted.db"), nil)
				who := p.person()
				p.pass(time.Hour)
				fault := twiliotest.Fault{Name: name, Lost: true, Status: status, Body: body, Type: "application/json"}
				p.twilio.Misbehave(fault)
				_ = p.Drain(t.Context()) // whatever it comes to
				p.twilio.MisbehaveList(fault, fault, fault)
				p.pass(10 * time.Minute)
				_ = p.Drain(t.Context())
				if m := p.prompt(who); m.State == checkins.Queued && m.Attempts == 0 {
					t.Error("nothing was sent, so nothing was quoted")
				}
				if status >= 400 && !strings.Contains(p.log.String(), "texts cannot be read") {
					t.Errorf("the list that cannot be read was not logged:\n%s", p.log)
				}
			})
		}
	}
}

// quotedMail is a service with one person whose mail goes to a server of a test.
func quotedMail(t *testing.T, o emailtest.Options, alter func(*service.Options)) (*service.Service, *emailtest.Server, *lockedBuffer) {
	t.Helper()
	out, err := leaktest.On(t).Mail(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	v, log := vault.Ephemeral(), &lockedBuffer{}
	core := coreOptions(sqlite(t, "quoted.db"), v, leaktest.On(t).Log(log))
	options := service.Options{
		Core: core, Clock: time.Now, Listen: "127.0.0.1:0",
		Mail: &service.Mail{SMTP: email.Options{
			Host: out.Host(), Port: out.Port(), TLS: email.TLSImplicit, TLSConfig: &tls.Config{RootCAs: out.RootCAs()}, Username: "answers", Password: "canary-smtp-password",
			From: mail.Address{Name: "Microreach", Address: robinsDoor}, Token: v.Token, Now: time.Now,
		}},
	}
	if alter != nil {
		alter(&options)
	}
	s, err := newService(t, options)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Enrol(t.Context(), checkins.Enrolment{
		Participant: checkins.Participant{ID: checkins.ParticipantID(newID()), Name: "Canary Robin", Zone: "UTC", Locale: "en", CreatedAt: time.Now(), Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}},
		Addresses:   []checkins.Address{{ID: checkins.AddressID(newID()), Channel: checkins.Email, Value: robin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, out, log
}

// inTheClear speaks to the mail server without TLS and password, so that it can
// misbehave at every step.
func inTheClear(o *service.Options) {
	o.Mail.SMTP.TLS, o.Mail.SMTP.Username, o.Mail.SMTP.Password = email.TLSNone, "", ""
}

func TestAWrongPasswordIsLoggedNowhere(t *testing.T) {
	s, _, log := quotedMail(t, emailtest.Options{TLS: true, Username: "answers", Password: "another one"}, nil)
	_ = s.Drain(t.Context()) // whatever it comes to
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("the refusal was not logged:\n%s", log)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatAMailServerQuotesIsLoggedNowhere(t *testing.T) {
	quoted := "<" + robin + ">: Hello Canary Robin, you were signed up for small reminders is no mail for answers with canary-smtp-password"
	for _, at := range []emailtest.Stage{emailtest.AtConnect, emailtest.AtMail, emailtest.AtRcpt, emailtest.AtData, emailtest.AtBody, emailtest.AtDot} {
		for _, code := range []string{"550 5.1.1 ", "421 4.3.0 ", "535 5.7.8 ", "554 ", "999 "} {
			t.Run(string(at)+" "+strings.TrimSpace(code), func(t *testing.T) {
				t.Parallel()
				s, out, log := quotedMail(t, emailtest.Options{}, inTheClear)
				out.Misbehave(emailtest.Fault{At: at, Reply: code + quoted})
				_ = s.Drain(t.Context()) // whatever it comes to
				if !strings.Contains(log.String(), "level=WARN") {
					t.Errorf("the refusal was not logged:\n%s", log)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// imapScript is a mail server that greets, takes what comes, and answers as told.
func imapScript(t *testing.T, answers map[string]string) (host string, port int, roots *x509.CertPool) {
	t.Helper()
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	t.Cleanup(certified.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerIMAP(c, answers)
		}
	}()
	roots = x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	address := l.Addr().(*net.TCPAddr)
	return address.IP.String(), address.Port, roots
}

func answerIMAP(c net.Conn, answers map[string]string) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	_, _ = io.WriteString(c, "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		verb, _, _ := strings.Cut(strings.ToUpper(rest), " ")
		if verb == "UID" {
			verb = strings.Join(strings.Fields(strings.ToUpper(rest))[:2], " ")
		}
		answer, told := answers[verb]
		if !told {
			answer = map[string]string{
				"CAPABILITY": "* CAPABILITY IMAP4rev1 UIDPLUS\r\nTAG OK",
				"SELECT":     "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n* FLAGS (\\Seen)\r\nTAG OK [READ-ONLY] x",
				"EXAMINE":    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n* FLAGS (\\Seen)\r\nTAG OK [READ-ONLY] x",
			}[verb]
		}
		if answer == "" {
			answer = "TAG OK done"
		}
		_, err = io.WriteString(c, strings.ReplaceAll(answer, "TAG", tag)+"\r\n")
		if err != nil || strings.HasPrefix(answer, "* BYE") {
			return
		}
	}
}

func TestWhatAnIMAPServerQuotesIsLoggedNowhere(t *testing.T) {
	quoted := "mailbox " + robin + " of Canary Robin is locked: done 7 with Zelda today"
	for name, answers := range map[string]map[string]string{
		"no at the login":          {"LOGIN": "TAG NO [AUTHENTICATIONFAILED] " + quoted},
		"bad at the login":         {"LOGIN": "TAG BAD " + quoted},
		"bye at the login":         {"LOGIN": "* BYE " + quoted},
		"no at the folder":         {"SELECT": "TAG NO " + quoted, "EXAMINE": "TAG NO " + quoted},
		"an alert":                 {"SELECT": "* OK [ALERT] " + quoted + "\r\nTAG NO " + quoted, "EXAMINE": "* NO " + quoted + "\r\nTAG NO x"},
		"no at the search":         {"UID SEARCH": "TAG NO [CANNOT] " + quoted, "UID FETCH": "TAG NO [CANNOT] " + quoted},
		"rubbish":                  {"LOGIN": quoted},
		"rubbish as an answer":     {"UID SEARCH": "* SEARCH " + quoted + "\r\nTAG OK", "UID FETCH": "* 1 FETCH (" + quoted + ")\r\nTAG OK"},
		"a broken envelope":        {"UID SEARCH": "* SEARCH 8\r\nTAG OK", "UID FETCH": "* 1 FETCH (UID 8 ENVELOPE (\"" + robin + "\" " + quoted + "))\r\nTAG OK"},
		"a literal with no length": {"UID SEARCH": "* SEARCH 8\r\nTAG OK", "UID FETCH": "* 1 FETCH (UID 8 BODY[HEADER] {" + robin + "}\r\n)\r\nTAG OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, port, roots := imapScript(t, answers)
			leaktest.On(t).Private(robin, "Canary Robin")
			leaktest.On(t).Wrote(quoted)
			s, _, log := quotedMail(t, emailtest.Options{}, func(o *service.Options) {
				inTheClear(o)
				o.Mail.IMAP = &email.ReaderOptions{
					Intake: email.Intake{Address: robinsDoor, Now: time.Now, Log: o.Core.Log}, Host: host, Port: port, TLSConfig: &tls.Config{RootCAs: roots},
					Username: robin, Secret: func() (string, error) { return "canary-imap-password", nil }, Holder: "test", Clock: time.Now,
				}
			})
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, "an error of reading", 20*time.Second, func() bool { return strings.Contains(log.String(), "reading the mailbox failed") })
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// spying makes the database quote a row in its errors, as constraints do. It ends with
// the test: databases are used again.
func spying(t *testing.T, address string) {
	t.Helper()
	driver, on, off := "pgx", []string{
		`CREATE FUNCTION quote_row() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''the row % is not allowed'', NEW USING DETAIL = ''Failing row contains '' || NEW; END' LANGUAGE plpgsql`,
		`CREATE TRIGGER spy BEFORE INSERT ON check_ins FOR EACH ROW EXECUTE FUNCTION quote_row()`,
	}, []string{`DROP TRIGGER spy ON check_ins`, `DROP FUNCTION quote_row`}
	if file, lite := strings.CutPrefix(address, "sqlite:"); lite {
		driver, address = "sqlite", file
		on, off = []string{`CREATE TRIGGER spy BEFORE INSERT ON check_ins BEGIN SELECT RAISE(ABORT, 'the row is not allowed'); END`}, []string{`DROP TRIGGER spy`}
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	run := func(statements []string) {
		for _, s := range statements {
			if _, err := db.ExecContext(context.WithoutCancel(t.Context()), s); err != nil {
				t.Error(err)
			}
		}
	}
	run(on)
	t.Cleanup(func() {
		run(off)
		_ = db.Close() // it has done its work
	})
}

func TestWhatADatabaseQuotesIsLoggedNowhere(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		var text string
		p := newPost(t, address, func(o *service.Options) { o.SMS.Poll, o.SMS.PollEvery = true, time.Second })
		who := p.person()
		number := p.state(who).Addresses[0].Value
		p.pass(time.Hour)
		p.drain()
		spying(t, address)
		text = "done 8 3, felt anxious about canary Zelda"
		leaktest.On(t).Wrote(text)
		err := p.Inbox.Receive(t.Context(), checkins.Incoming{Channel: checkins.SMS, ProviderID: "SM" + newID(), From: number, Text: text, At: p.Now()})
		if err == nil || !strings.Contains(err.Error(), "not allowed") {
			t.Fatalf("the database took the row: %v", err)
		}
		leaktest.On(t).Saw("an error", err.Error())
		if _, err := p.twilio.Text(t.Context(), number, twiliotest.Number, text); err != nil {
			t.Fatal(err)
		}
		p.pass(time.Minute)
		_ = p.Drain(t.Context()) // it cannot keep the text
		if !strings.Contains(p.log.String(), "not allowed") {
			t.Errorf("the error was not logged:\n%s", p.log)
		}
	})
}

// panicking reads numbers by failing with them.
type panicking struct{ checkins.Numbers }

// Read implements checkins.Numbers.
func (panicking) Read(typed string) (string, bool) { panic("no number: " + typed) }

func TestAPanicIsLoggedWithoutWhatItWasAbout(t *testing.T) {
	const typed = "+12125550001 done 7 canary word of Zelda"
	leaktest.On(t).Wrote(typed)
	tw := leaktest.On(t).Twilio(twiliotest.Options{})
	base, err := url.Parse(tw.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, _, log := quotedMail(t, emailtest.Options{}, func(o *service.Options) {
		o.Core.PublicURL, o.Core.NewToken = public, newID
		o.Core.Joining = checkins.Joining{Plan: "small-reach-weekly", Locale: "en", Zone: "UTC", PerDay: 5, Numbers: panicking{}}
		o.SMS = &service.SMS{Twilio: twilio.Options{AccountSID: twiliotest.AccountSID, AuthToken: twiliotest.AuthToken, From: tw.Number, BaseURL: base, PublicURL: public, Now: time.Now}, AuthTokens: []string{twiliotest.AuthToken}}
		inTheClear(o)
		o.Mail.SMTP.Thread = func(m checkins.Message) []string { panic("no thread for " + m.Words.Text) }
	})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "a mail on which it panics", 20*time.Second, func() bool { return strings.Contains(log.String(), "sending a message failed") })
	response, err := http.PostForm("http://"+s.WebAddress().String()+"/join", url.Values{"address": {typed}, "adult": {"yes"}, "agree": {"yes"}, "zone": {"UTC"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusInternalServerError || !strings.Contains(log.String(), "a request failed") {
		t.Errorf("the page answers %d, and the log says:\n%s", response.StatusCode, log)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "leaks_test.go"); n != 0 {
		t.Errorf("a path stands in the log %d times", n)
	}
	if !strings.Contains(log.String(), "panicking.Read:") {
		t.Errorf("the log does not tell the place:\n%s", log)
	}
}
