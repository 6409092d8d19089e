package emailtest

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrNoDovecot says that there is no Dovecot that could be started here.
var ErrNoDovecot = errors.New("emailtest: Dovecot 2.3 or 2.4 is not installed; apt-get install dovecot-imapd dovecot-submissiond")

// dovecotKeeper runs Dovecot; see keep.
const dovecotKeeper = `
dir=$1 dovecot=$2
cd "$dir" || exit 1
trap '"$dovecot" -c "$dir/dovecot.conf" stop >/dev/null 2>&1; cd /; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
"$dovecot" -c "$dir/dovecot.conf" >log 2>&1 || { cat log; exit 1; }
echo ready
read -r line
`

// DovecotOptions say what kind of server it is.
type DovecotOptions struct {
	Password string // of every account; empty = one that Dovecot.Password tells
	NoIDLE   bool   // it knows only polling
	NoMove   bool   // it knows neither MOVE nor UIDPLUS
	// RelayTo is the host and port of a mail server; with it mail can be handed
	// in too, over STARTTLS by whoever signs in, and is passed on to there.
	RelayTo string
	// Introspect is the address of an OAuth 2 introspection endpoint; with it
	// XOAUTH2 is offered too. Empty: passwords only.
	Introspect string
}

// Dovecot is a real IMAP server on the loopback, with TLS on one port and
// STARTTLS on another. Any account exists, with the same password; its mail
// lies in a Maildir that can be read and written beside the server.
type Dovecot struct {
	Password       string
	TLSPort        int
	Port           int // where STARTTLS is offered
	SubmissionPort int // where mail is taken, with RelayTo

	dir     string
	version dovecotVersion
	owner   *syscall.Credential
	pool    *x509.CertPool
	keeper  *keeper
}

// StartDovecot starts a server; ErrNoDovecot where there is none. Where the
// process is root's, it runs as another user.
func StartDovecot(o DovecotOptions) (*Dovecot, error) {
	program, version, err := findDovecot()
	if err != nil {
		return nil, err
	}
	if o.RelayTo != "" && !takesMail() {
		return nil, ErrNoDovecot
	}
	d := &Dovecot{Password: cmp.Or(o.Password, "app-password"), version: version}
	if d.owner, err = plainUser(); err != nil {
		return nil, err
	}
	if d.dir, err = os.MkdirTemp("/tmp", "microreach-imap-"); err != nil { // short: sockets live in it
		return nil, fmt.Errorf("emailtest: %w", err)
	}
	if err := d.configure(o); err != nil {
		_ = os.RemoveAll(d.dir)
		return nil, fmt.Errorf("emailtest: set up Dovecot: %w", err)
	}
	if d.keeper, err = keep(dovecotKeeper, d.owner, d.dir, program); err != nil {
		_ = os.RemoveAll(d.dir)
		return nil, err
	}
	return d, d.awaitGreeting()
}

// findDovecot finds a Dovecot whose configuration we know how to write.
func findDovecot() (string, dovecotVersion, error) {
	for _, path := range []string{"dovecot", "/usr/sbin/dovecot", "/usr/local/sbin/dovecot"} {
		program, err := exec.LookPath(path)
		if err != nil {
			continue
		}
		said, err := exec.Command(program, "--version").Output()
		version, _, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
		if v := dovecotVersion(version); err == nil && v.isKnown() {
			return program, v, nil
		}
	}
	return "", "", ErrNoDovecot
}

// takesMail reports whether the part of Dovecot that takes mail is there, which
// is a package of its own.
func takesMail() bool {
	for _, pattern := range []string{"/usr/lib*/dovecot/submission-login", "/usr/libexec/dovecot/submission-login", "/usr/local/lib*/dovecot/submission-login"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 { // the patterns are well formed
			return true
		}
	}
	return false
}

// plainUser is nobody for root, else nil.
func plainUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("emailtest: there is no user to run Dovecot as: %w", err)
	}
	uid, errU := strconv.ParseUint(u.Uid, 10, 32)
	gid, errG := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errU, errG); err != nil {
		return nil, fmt.Errorf("emailtest: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// configure writes certificate and configuration, and gives all of it to the
// server's user.
func (d *Dovecot) configure(o DovecotOptions) error {
	certificate, pool, err := selfSigned()
	if err != nil {
		return err
	}
	d.pool = pool
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return err
	}
	for _, port := range []*int{&d.TLSPort, &d.Port, &d.SubmissionPort} {
		if *port, err = freePort(); err != nil {
			return err
		}
	}
	files := map[string]string{
		"cert.pem":     string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})),
		"key.pem":      string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
		"oauth2.conf":  "introspection_mode = get\nintrospection_url = " + o.Introspect + "\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n",
		"dovecot.conf": d.settings(o),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
		if err := d.give(filepath.Join(d.dir, name)); err != nil {
			return err
		}
	}
	if err := os.Chmod(d.dir, 0o755); err != nil {
		return err
	}
	return d.give(d.dir)
}

// give makes the server's user the owner of a path.
func (d *Dovecot) give(path string) error {
	if d.owner == nil {
		return nil
	}
	return os.Chown(path, int(d.owner.Uid), int(d.owner.Gid))
}

// awaitGreeting waits until the server speaks.
func (d *Dovecot) awaitGreeting() error {
	for range 100 {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(d.Host(), strconv.Itoa(d.Port)), time.Second)
		if err == nil {
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, err = io.ReadFull(conn, make([]byte, 4))
			_ = conn.Close()
			if err == nil {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.Join(errors.New("emailtest: Dovecot does not answer"), d.Close())
}

// Close stops the server and removes all mail.
func (d *Dovecot) Close() error {
	return d.keeper.end()
}

// Host is the loopback.
func (d *Dovecot) Host() string { return "127.0.0.1" }

// RootCAs holds the server's certificate.
func (d *Dovecot) RootCAs() *x509.CertPool { return d.pool }

// Maildir is where the mail of an account lies, for a mail server that delivers
// into it as the user nobody.
func (d *Dovecot) Maildir(account string) string { return filepath.Join(d.dir, "mail", account) }

// delivered numbers the files of this process.
var delivered atomic.Int64

// Deliver puts a mail into an account's INBOX as a mail server would: a file
// that appears in new.
func (d *Dovecot) Deliver(account string, raw []byte) error {
	return d.DeliverAt(account, raw, time.Now())
}

// DeliverAt is Deliver of a mail that arrived at another time.
func (d *Dovecot) DeliverAt(account string, raw []byte, at time.Time) error {
	name := fmt.Sprintf("%d.%d_%d.test", time.Now().UnixNano(), os.Getpid(), delivered.Add(1))
	box := filepath.Join(d.dir, "mail", account)
	for _, dir := range []string{filepath.Dir(box), box, filepath.Join(box, "tmp"), filepath.Join(box, "new"), filepath.Join(box, "cur")} {
		if err := d.folder(dir); err != nil {
			return fmt.Errorf("emailtest: deliver: %w", err)
		}
	}
	tmp := filepath.Join(box, "tmp", name)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return fmt.Errorf("emailtest: deliver: %w", err)
	}
	if err := errors.Join(os.Chtimes(tmp, at, at), d.give(tmp), os.Rename(tmp, filepath.Join(box, "new", name))); err != nil {
		return fmt.Errorf("emailtest: deliver: %w", err)
	}
	return nil
}

// folder makes a directory where there is none. It is the server's from its first
// moment, since somebody may be signing in just then.
func (d *Dovecot) folder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	made := filepath.Join(d.dir, fmt.Sprintf("folder%d", delivered.Add(1)))
	if err := errors.Join(os.Mkdir(made, 0o700), d.give(made)); err != nil {
		return err
	}
	if err := os.Rename(made, path); err != nil { // the server made it meanwhile, and has put something into it
		return os.Remove(made)
	}
	return nil
}

// Files lists a folder of an account as it lies on the disk, sorted: "new/…"
// for what no program has looked at, "cur/…:2,FLAGS" for the rest, where S is
// seen and F flagged. An empty folder name is the INBOX.
func (d *Dovecot) Files(account, folder string) ([]string, error) {
	box := filepath.Join(d.dir, "mail", account)
	if folder != "" {
		box = filepath.Join(box, "."+folder)
	}
	var list []string
	for _, part := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(box, part))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("emailtest: %w", err)
		}
		for _, e := range entries {
			list = append(list, part+"/"+e.Name())
		}
	}
	slices.Sort(list)
	return list, nil
}

// MakeFolder makes a folder beside the INBOX.
func (d *Dovecot) MakeFolder(account, folder string) error {
	box := filepath.Join(d.dir, "mail", account, "."+folder)
	for _, dir := range []string{box, filepath.Join(box, "tmp"), filepath.Join(box, "new"), filepath.Join(box, "cur")} {
		if err := errors.Join(os.Mkdir(dir, 0o700), d.give(dir)); err != nil {
			return fmt.Errorf("emailtest: make a folder: %w", err)
		}
	}
	return nil
}

// Renumber makes the server forget every UID of an account's INBOX, as a
// restored backup or a move to another server does.
func (d *Dovecot) Renumber(account string) error {
	var err error
	for _, pattern := range []string{"dovecot-uidlist", "dovecot.index*", "dovecot.list.index*"} { // not the note of the last UIDVALIDITY
		found, _ := filepath.Glob(filepath.Join(d.dir, "mail", account, pattern)) // the patterns are well formed
		for _, path := range found {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// Log is what the server wrote, for a test that fails.
func (d *Dovecot) Log() string {
	raw, _ := os.ReadFile(filepath.Join(d.dir, "log"))
	return string(raw)
}
