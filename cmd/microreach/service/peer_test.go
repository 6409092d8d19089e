package service_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// A test process that finds this variable is the far end of the benchmarks: a
// Twilio and a mail server that take everything, at once and without looking. They
// run in a process of their own so that their work is not counted as ours, and
// they do as little as they can, so that what is measured is not theirs.
const asPeer = "MICROREACH_TEST_PEER"

// peer serves until its standard input ends, and prints where.
func peer() int {
	web, err1 := net.Listen("tcp", "127.0.0.1:0")
	post, err2 := net.Listen("tcp", "127.0.0.1:0")
	if err1 != nil || err2 != nil {
		fmt.Fprintln(os.Stderr, err1, err2)
		return 1
	}
	var sids atomic.Int64
	go http.Serve(web, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:errcheck // ends with the process
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"sid":"SM%032d","status":"queued"}`, sids.Add(1))
	}))
	go func() {
		for {
			c, err := post.Accept()
			if err != nil {
				return
			}
			go takeMail(c)
		}
	}()
	fmt.Println(web.Addr(), post.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// takeMail is the least that a mail program needs to be told.
func takeMail(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReaderSize(c, 16<<10)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 peer.example")
	for data := false; ; {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch word := string(line[:min(4, len(line))]); {
		case data && string(line) != ".\r\n":
		case data:
			data = false
			say("250 2.0.0 taken")
		case word == "EHLO":
			say("250-peer.example\r\n250 8BITMIME")
		case word == "DATA":
			data = true
			say("354 go ahead")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.1.0 ok")
		}
	}
}

// startPeer runs the far end for as long as the benchmark does.
func startPeer(tb testing.TB) (web, post string) {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), asPeer+"=1")
	c.Stderr = os.Stderr
	in, err1 := c.StdinPipe()
	out, err2 := c.StdoutPipe()
	if err1 != nil || err2 != nil {
		tb.Fatal(err1, err2)
	}
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait() // it ends when its input does
	})
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	web, post, _ = strings.Cut(strings.TrimSpace(said), " ")
	return web, post
}
