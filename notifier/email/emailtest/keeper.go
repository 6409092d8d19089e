package emailtest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// keeper is a shell script that runs a server for as long as its standard
// input stays open. So the server outlives a killed test by an instant, and no
// longer.
type keeper struct {
	lifeline *os.File
	done     chan struct{}
}

// keep starts a script, as owner where that is not nil, and waits until it says
// "ready". What it says instead is the error. The first argument of the script
// is a directory that is its own, and that it removes at its end.
func keep(script string, owner *syscall.Credential, args ...string) (*keeper, error) {
	hold, lifeline, errIn := os.Pipe()
	says, said, errOut := os.Pipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, fmt.Errorf("emailtest: %w", err)
	}
	defer func() { _, _ = hold.Close(), says.Close() }()
	shell := exec.Command("/bin/sh", append([]string{"-c", script, "emailtest"}, args...)...)
	shell.Stdin, shell.Stdout, shell.Stderr = hold, said, said
	shell.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/usr/local/sbin", "HOME=" + args[0], "LC_ALL=C"}
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}
	err := shell.Start()
	_ = said.Close()
	if err != nil {
		_ = lifeline.Close()
		return nil, fmt.Errorf("emailtest: %w", err)
	}
	k := &keeper{lifeline: lifeline, done: make(chan struct{})}
	go func() {
		defer close(k.done)
		_ = shell.Wait()
	}()
	var log []string
	for lines := bufio.NewScanner(says); lines.Scan(); log = append(log, lines.Text()) {
		if lines.Text() == "ready" {
			return k, nil
		}
	}
	_ = k.end()
	return nil, errors.New("emailtest: the server did not start: " + strings.Join(log, "\n"))
}

// end stops the server and waits until nothing is left of it.
func (k *keeper) end() error {
	err := k.lifeline.Close()
	<-k.done
	return err
}

// freePort is a port of the loopback that nobody had a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
