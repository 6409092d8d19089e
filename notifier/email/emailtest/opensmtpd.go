package emailtest

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrNoOpenSMTPD says that OpenSMTPD cannot be started here.
var ErrNoOpenSMTPD = errors.New("emailtest: OpenSMTPD is not installed, or this is not root, as whom alone it starts; apt-get install opensmtpd")

// openSMTPDKeeper runs the server; see keep.
const openSMTPDKeeper = `
dir=$1
smtpd -d -f "$dir/smtpd.conf" >"$dir/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server; rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }' EXIT
trap 'exit 1' HUP INT TERM
echo ready
read -r line
`

// OpenSMTPD is a real mail server on the loopback: it hands what is for one
// domain on, by LMTP or into a mailbox, and keeps the rest as files. It speaks no
// TLS: it keeps the private key in a process of its own and lends it to OpenSSL in
// a way that OpenSSL 3 ignores, so that the release in Debian 12 fails at every
// handshake ("missing private key"). Dovecot and Server do.
type OpenSMTPD struct {
	Port int

	dir    string
	turn   *os.File // its lock is that of the one server of this machine
	keeper *keeper
}

// StartOpenSMTPD starts the server, which hands mail for domain to the LMTP
// listener at lmtp. ErrNoOpenSMTPD where there is none. A machine runs one at a
// time, because its socket has a fixed place: whoever comes second waits.
func StartOpenSMTPD(domain, lmtp string) (*OpenSMTPD, error) {
	return startOpenSMTPD(domain, `lmtp "`+lmtp+`" rcpt-to`)
}

// StartOpenSMTPDInto is StartOpenSMTPD of a server that puts mail for domain,
// whatever stands before the @, into one Maildir, such as [Dovecot.Maildir].
func StartOpenSMTPDInto(domain, maildir string) (*OpenSMTPD, error) {
	return startOpenSMTPD(domain, `maildir "`+maildir+`"`)
}

func startOpenSMTPD(domain, action string) (*OpenSMTPD, error) {
	if _, err := exec.LookPath("smtpctl"); err != nil || os.Geteuid() != 0 {
		return nil, ErrNoOpenSMTPD
	}
	o := &OpenSMTPD{}
	var err error
	if o.turn, err = takeTurn(); err != nil {
		return nil, err
	}
	if o.dir, err = os.MkdirTemp("/tmp", "microreach-smtp-"); err != nil {
		return nil, errors.Join(fmt.Errorf("emailtest: %w", err), o.turn.Close())
	}
	if err := o.configure(domain, action); err != nil {
		_ = os.RemoveAll(o.dir)
		return nil, errors.Join(fmt.Errorf("emailtest: set up OpenSMTPD: %w", err), o.turn.Close())
	}
	if err := o.start(); err != nil {
		_ = os.RemoveAll(o.dir)
		return nil, errors.Join(err, o.turn.Close())
	}
	return o, nil
}

// takeTurn waits until no other test process runs the server. The lock ends with
// the file, and so with the process too.
func takeTurn() (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "microreach-opensmtpd.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("emailtest: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("emailtest: wait for the turn of this process: %w", err), f.Close())
	}
	return f, nil
}

func (o *OpenSMTPD) configure(domain, action string) error {
	var err error
	if o.Port, err = freePort(); err != nil {
		return err
	}
	settings := strings.NewReplacer("DIR", o.dir, "PORT", strconv.Itoa(o.Port), "DOMAIN", domain, "ACTION", action).Replace(`
table everybody { "@" = nobody }
listen on 127.0.0.1 port PORT hostname mail.test
action "answers" ACTION virtual <everybody>
action "keep" maildir "DIR/mail" virtual <everybody>
match from any for domain "DOMAIN" action "answers"
match from any for any action "keep"
`)
	if err := os.WriteFile(filepath.Join(o.dir, "smtpd.conf"), []byte(settings), 0o600); err != nil {
		return err
	}
	return errors.Join(os.Mkdir(filepath.Join(o.dir, "mail"), 0o700), os.Chmod(filepath.Join(o.dir, "mail"), 0o777), os.Chmod(o.dir, 0o755))
}

// start runs the server and waits until it takes connections.
func (o *OpenSMTPD) start() error {
	var err error
	if o.keeper, err = keep(openSMTPDKeeper, nil, o.dir); err != nil {
		return err
	}
	for range 100 {
		conn, err := net.DialTimeout("tcp", o.Addr(), time.Second)
		if err == nil {
			_ = conn.Close()
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	err = fmt.Errorf("emailtest: OpenSMTPD does not answer; is another one running? %s", o.Log())
	return errors.Join(err, o.Close())
}

// Close stops the server and removes what it kept.
func (o *OpenSMTPD) Close() error {
	return errors.Join(o.keeper.end(), o.turn.Close())
}

// Host is the loopback.
func (o *OpenSMTPD) Host() string { return "127.0.0.1" }

// Addr is where the server listens.
func (o *OpenSMTPD) Addr() string { return net.JoinHostPort(o.Host(), strconv.Itoa(o.Port)) }

// Kept is every mail that the server kept, as files.
func (o *OpenSMTPD) Kept() [][]byte {
	var mails [][]byte
	_ = filepath.WalkDir(filepath.Join(o.dir, "mail"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Base(filepath.Dir(path)) == "new" {
			if raw, err := os.ReadFile(path); err == nil {
				mails = append(mails, raw)
			}
		}
		return nil // what cannot be read is not there yet
	})
	return mails
}

// Log is what the server wrote, for a test that fails.
func (o *OpenSMTPD) Log() string {
	raw, _ := os.ReadFile(filepath.Join(o.dir, "log"))
	return string(raw)
}
