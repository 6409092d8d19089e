package service_test

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/checkins/store/storetest"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/twilio"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

var benchMessages = flag.Int("messages", 8000, "messages that a benchmark of delivery sends")

// benchWorkers is how many send at once, and over how many connections the raw
// client does.
const benchWorkers = 8

// BenchmarkDispatch sends -messages messages, each committed as sending before its
// first byte and settled after the answer, with the disk waited for. Beside it
// stand, of the same minute and the same machine, a client without any of our code
// over as many connections to the same peer, and how many rows a second the
// database commits one by one.
//
//	go test -run '^$' -bench Dispatch -benchtime 1x ./cmd/microreach/service
func BenchmarkDispatch(b *testing.B) {
	web, post := startPeer(b)
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run("sms/"+database, func(b *testing.B) {
			benchDispatch(b, database, checkins.SMS, textSender(b, web), func(n int) { rawTexts(b, web, n) })
		})
		b.Run("mail/"+database, func(b *testing.B) {
			benchDispatch(b, database, checkins.Email, mailSender(b, post), func(n int) { rawMails(b, post, n) })
		})
	}
}

func benchDispatch(b *testing.B, database string, channel checkins.Channel, sender notifier.Sender, raw func(n int)) {
	address := benchDatabase(b, database)
	core := benchCore(b, address)
	n := *benchMessages
	for b.Loop() {
		b.StopTimer()
		fill(b, core, channel, n)
		rawRate := rate(n, func() { raw(n) })
		commits := rate(n/4, func() { rawCommits(b, address, n/4) })
		d := &notifier.Dispatcher{
			Channel: channel, Queue: core.Store, Ledger: core.Store, Sender: sender, Witness: checkins.Witness{Decider: core.Store},
			Workers: benchWorkers, PerDay: 1000, Now: time.Now, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		}
		runtime.GC()
		before := cpu()
		b.StartTimer()
		var sent int
		ours := rate(n, func() {
			var err error
			if sent, err = d.Run(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
		if sent != n {
			b.Fatalf("%d of %d left", sent, n)
		}
		b.ReportMetric(ours, "msg/s")
		b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-µs/msg")
		b.ReportMetric(rawRate, "raw-msg/s")
		b.ReportMetric(100*ours/rawRate, "%-of-raw")
		b.ReportMetric(commits, "raw-commits/s")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkInbound posts -messages texts by eight senders at once, each signed, read
// and answered after the commit that holds its record and the reply to it. Beside it
// stands how many rows a second the database commits one by one.
//
//	go test -run '^$' -bench Inbound -benchtime 1x ./cmd/microreach/service
func BenchmarkInbound(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) {
			address := benchDatabase(b, database)
			core, n := benchCore(b, address), *benchMessages
			for b.Loop() {
				b.StopTimer()
				fill(b, core, checkins.SMS, n)
				asked(b, core, n)
				commits := rate(n/4, func() { rawCommits(b, address, n/4) })
				runtime.GC()
				before := cpu()
				b.StartTimer()
				var took []time.Duration
				ours := rate(n, func() { took = postAll(b, core, n) })
				slices.Sort(took)
				b.ReportMetric(ours, "texts/s")
				b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-µs/text")
				b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
				b.ReportMetric(commits, "raw-commits/s")
				b.ReportMetric(100*ours/commits, "%-of-commits")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// asked sends everybody what is due, so that there is something to answer.
func asked(b *testing.B, core *service.Core, n int) {
	b.Helper()
	d := &notifier.Dispatcher{
		Channel: checkins.SMS, Queue: core.Store, Ledger: core.Store, Sender: farEnd{}, Witness: checkins.Witness{Decider: core.Store},
		Workers: benchWorkers, PerDay: 1000, Now: time.Now, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if sent, err := d.Run(b.Context()); err != nil || sent != n {
		b.Fatalf("%d of %d left, %v", sent, n, err)
	}
}

// farEnd takes everything without a wire.
type farEnd struct{}

func (farEnd) Send(_ context.Context, out checkins.Outgoing) (string, error) {
	return "SM" + string(out.ID), nil
}

// postAll lets n people say how it was, and returns how long each waited for the
// answer to the webhook.
func postAll(b *testing.B, core *service.Core, n int) []time.Duration {
	b.Helper()
	here := &url.URL{Scheme: "https", Host: "reach.example"}
	hooks, err := twilio.Handler(twilio.HookOptions{
		PublicURL: here, AuthTokens: []string{"token"}, Receiver: core.Inbox, Witness: checkins.Witness{Decider: core.Store}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(hooks)
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: benchWorkers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	took := make([]time.Duration, n)
	var next atomic.Int64
	each(func() {
		for i := next.Add(1); i <= int64(n); i = next.Add(1) {
			form := url.Values{
				"MessageSid": {"SM" + newID()}, "From": {fmt.Sprintf("+1212%07d", i)}, "To": {"+15005550006"}, "Body": {"done 8 3, felt nervous"}, "NumMedia": {"0"},
			}
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+twilio.InboundPath, strings.NewReader(form.Encode()))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", twiliotest.Sign("token", here.String()+twilio.InboundPath, form))
			began := time.Now()
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body) // else the connection is not used again
			_ = resp.Body.Close()
			if took[i-1] = time.Since(began); resp.StatusCode != http.StatusOK {
				b.Errorf("a text was answered with %d", resp.StatusCode)
				return
			}
		}
	})
	return took
}

func rate(n int, do func()) float64 {
	began := time.Now()
	do()
	return float64(n) / time.Since(began).Seconds()
}

// cpu is what this process has used of the processors. PostgreSQL's part is not
// in it.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it knows no failure for itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchDatabase(tb testing.TB, kind string) string {
	tb.Helper()
	if kind == "postgres" {
		return storetest.DurablePostgres(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "bench.db")
}

func benchCore(tb testing.TB, database string) *service.Core {
	tb.Helper()
	core, err := service.OpenCore(context.Background(), coreOptions(database, vault.Ephemeral(), slog.New(slog.DiscardHandler)))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = core.Close() })
	return core
}

// benchText is a reminder of one segment.
const benchText = "Microreach: if it's safe and you want to, text one honest feeling to someone you trust. DONE, LATER, NOT TODAY or your own words."

// fill writes n messages that are due into the outbox, one to a person.
func fill(tb testing.TB, core *service.Core, channel checkins.Channel, n int) {
	tb.Helper()
	now := time.Now()
	var next atomic.Int64
	each(func() {
		for i := next.Add(1); i <= int64(n); i = next.Add(1) {
			who := checkins.Participant{ID: checkins.ParticipantID(newID()), Zone: "UTC", Locale: "en", CreatedAt: now}
			who.Hours.To = 24 * 60
			a := checkins.Address{ID: checkins.AddressID(newID()), Channel: channel, Value: fmt.Sprintf("+1212%07d", i), State: checkins.Active, StateSince: now}
			if channel == checkins.Email {
				a.Value = fmt.Sprintf("person%d@mail.example", i)
			}
			e := checkins.Effects{
				Participant: &who, Addresses: []checkins.Address{a},
				Consents: []checkins.Consent{{ID: checkins.ConsentID(newID()), Address: a.ID, Topic: checkins.ToMessages, Given: true, Route: checkins.ByOperator, At: now}},
				Messages: []checkins.Message{{
					ID: checkins.MessageID(newID()), Address: a.ID, Channel: channel, Kind: checkins.Prompt, State: checkins.Queued,
					Practice: "one-feeling", Asked: reply.AfterReach,
					Words: checkins.Words{Subject: "A small moment", Text: benchText}, DueAt: now, NotBefore: now, ExpiresAt: now.Add(time.Hour),
				}},
			}
			err := core.Store.Decide(context.Background(), checkins.Who{Channel: channel, Address: a.Value}, now, func(checkins.State) (checkins.Effects, error) { return e, nil })
			if err != nil {
				tb.Error(err)
				return
			}
		}
	})
}

// each runs do as often at once as there are workers, and waits.
func each(do func()) {
	var group sync.WaitGroup
	for range benchWorkers {
		group.Go(do)
	}
	group.Wait()
}

func textSender(tb testing.TB, web string) *twilio.Sender {
	tb.Helper()
	s, err := twilio.New(twilio.Options{
		AccountSID: "AC0", AuthToken: "token", From: "+15005550006", Now: time.Now, BaseURL: &url.URL{Scheme: "http", Host: web},
		PublicURL: &url.URL{Scheme: "https", Host: "reach.example"}, Workers: benchWorkers,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

func mailSender(tb testing.TB, post string) *email.Sender {
	tb.Helper()
	host, port, err := net.SplitHostPort(post)
	if err != nil {
		tb.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		tb.Fatal(err)
	}
	v := vault.Ephemeral()
	s, err := email.NewSender(email.Options{
		Host: host, Port: number, From: mail.Address{Name: "Microreach", Address: "reach@peer.example"}, Token: v.Token, Now: time.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// rawTexts does the same requests as the service, with net/http alone.
func rawTexts(tb testing.TB, web string, n int) {
	transport := &http.Transport{MaxIdleConnsPerHost: benchWorkers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	form := url.Values{
		"To": {"+12125550100"}, "From": {"+15005550006"}, "Body": {benchText}, "ValidityPeriod": {"3600"}, "SmartEncoded": {"true"},
		"StatusCallback": {"https://reach.example/twilio/status?attempt=01a9e0a0-0000-7000-8000-000000000000"},
	}.Encode()
	var next atomic.Int64
	each(func() {
		for next.Add(1) <= int64(n) {
			resp, err := client.Post("http://"+web+"/2010-04-01/Accounts/AC0/Messages.json", "application/x-www-form-urlencoded", strings.NewReader(form))
			if err != nil {
				tb.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}

// rawMails holds the same conversation as the service, a line at a time.
func rawMails(tb testing.TB, post string, n int) {
	text := "From: Microreach <reach@peer.example>\r\nTo: <person1@mail.example>\r\nSubject: A small moment\r\nDate: Wed, 04 Mar 2026 12:00:00 +0000\r\n" +
		"Message-ID: <0123456789012345678901@peer.example>\r\nReply-To: <reach+0123456789012345678901@peer.example>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=UTF-8\r\n\r\n" + benchText + "\r\n.\r\n"
	var next atomic.Int64
	each(func() {
		c, err := net.Dial("tcp", post)
		if err != nil {
			tb.Error(err)
			return
		}
		defer func() { _ = c.Close() }()
		in := bufio.NewReader(c)
		say := func(words string) {
			if _, err := io.WriteString(c, words); err != nil {
				tb.Error(err)
			}
			if _, err := in.ReadSlice('\n'); err != nil {
				tb.Error(err)
			}
		}
		say("") // the greeting
		say("HELO peer.example\r\n")
		for next.Add(1) <= int64(n) && !tb.Failed() {
			say("MAIL FROM:<reach+0123456789012345678901@peer.example>\r\n")
			say("RCPT TO:<person1@mail.example>\r\n")
			say("DATA\r\n")
			say(text)
		}
	})
}

// rawCommits inserts n rows, each in a transaction of its own: on SQLite by its
// one writer, on PostgreSQL by as many as the workers.
func rawCommits(tb testing.TB, database string, n int) {
	driver, address, workers := "pgx", database, benchWorkers
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		driver, address, workers = "sqlite", "file:"+path+".raw?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)", 1
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxIdleConns(workers)
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS raw (id INTEGER, words TEXT)"); err != nil {
		tb.Fatal(err)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if _, err := db.Exec("INSERT INTO raw VALUES (" + strconv.FormatInt(i, 10) + ", 'words')"); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}
