package storetest

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// errNotInstalled is the one reason for which a test may skip.
var errNotInstalled = errors.New("PostgreSQL is not installed; install it (apt-get install postgresql) or put initdb and pg_ctl on the PATH")

const (
	superuser = "microreach"
	port      = "5432" // only part of the socket's name: the server listens on no network
	ready     = "ready"

	// maxSocketDir keeps "<dir>/.s.PGSQL.5432" within the 103 bytes that every
	// Unix allows for the path of a socket.
	maxSocketDir = 103 - len("/.s.PGSQL.5432")
)

// keeper runs the cluster for as long as its standard input stays open. Arguments:
// the cluster's directory, the directory of the binaries, the server's options.
// Until it has written "ready", what it writes explains a failure.
//
// Text is ordered by ICU's English, as on most servers in the world, so that no
// query comes to lean on byte order; releases before 15 and builds without ICU
// fall back to C.
const keeper = `
dir=$1 bin=$2 options=$3
cd "$dir" || exit 1
trap '"$bin/pg_ctl" -D data -m immediate -w stop >>log 2>&1; cd /; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

init() { "$bin/initdb" -D data -U ` + superuser + ` -A trust -E UTF8 -N "$@" >log 2>&1; }
init --locale=C --locale-provider=icu --icu-locale=en-US || { rm -rf data; init --locale=C; } || { cat log; exit 1; }
"$bin/pg_ctl" -D data -l log -w -t 120 -o "$options" start >>log 2>&1 </dev/null || { cat log; exit 1; }
echo ` + ready + `
exec >/dev/null
read -r line
`

// A cluster is a running server with its directory.
type cluster struct {
	dir      string
	keeper   int      // process id of the shell that looks after it
	lifeline *os.File // closed by the kernel when this process ends; nothing is ever written
}

// startCluster starts a server with the given settings ("name=value") on top of
// those of a new installation and returns when it accepts connections.
func startCluster(settings ...string) (*cluster, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := makeDir(owner)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	if err := c.start(bin, owner, settings); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

// start runs the keeper and waits for it to say that the server is ready.
func (c *cluster) start(bin string, owner *syscall.Credential, settings []string) error {
	hold, lifeline, err := os.Pipe()
	if err != nil {
		return err
	}
	defer hold.Close()
	says, said, err := os.Pipe()
	if err != nil {
		return err
	}
	defer says.Close()

	cmd := exec.Command("/bin/sh", "-c", keeper, "storetest", c.dir, bin, serverOptions(c.dir, settings))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = hold, said, said
	// Without the PG… variables of whoever runs the test, and with a home that exists.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "LC_ALL=C"}
	// A session of its own: an interrupt from the terminal must reach the test
	// only, so that the keeper is still there to clean up after it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}
	err = cmd.Start()
	said.Close()
	if err != nil {
		lifeline.Close()
		return fmt.Errorf("running /bin/sh: %w", err)
	}
	go cmd.Wait() // leaves no zombie where the keeper fails early

	if err := awaitReady(says); err != nil {
		lifeline.Close()
		return err
	}
	c.keeper, c.lifeline = cmd.Process.Pid, lifeline
	return nil
}

// awaitReady reads what the keeper says until "ready"; anything else is the log of
// a failure.
func awaitReady(r io.Reader) error {
	var log strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if lines.Text() == ready {
			return nil
		}
		fmt.Fprintln(&log, lines.Text())
	}
	return fmt.Errorf("the server did not start; its log:\n%s", log.String())
}

// serverOptions is the option string of the postmaster. No value holds a space.
func serverOptions(dir string, settings []string) string {
	all := append([]string{
		"listen_addresses=", "port=" + port, "unix_socket_directories=" + dir,
		"max_connections=300", // tests run side by side, each with its own pool
		"logging_collector=off",
	}, settings...)
	return "-c " + strings.Join(all, " -c ")
}

// findBinaries returns the directory that holds initdb and pg_ctl: the one on the
// PATH, else the newest release where distributions put them.
func findBinaries() (string, error) {
	var dirs []string
	if path, err := exec.LookPath("pg_ctl"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin", "/usr/libexec/postgresql*", "/usr/local/pgsql/bin"} {
		found, _ := filepath.Glob(pattern) // the patterns are well formed
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(release(b), release(a)) })
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		if executable(dir, "initdb") && executable(dir, "pg_ctl") && executable(dir, "postgres") {
			return dir, nil
		}
	}
	return "", errNotInstalled
}

// release reads the number out of a path such as /usr/lib/postgresql/17/bin; 0 if
// there is none.
func release(path string) float64 {
	number := strings.FieldsFunc(path, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if len(number) == 0 {
		return 0
	}
	n, _ := strconv.ParseFloat(number[0], 64)
	return n
}

func executable(dir, name string) bool {
	_, err := exec.LookPath(filepath.Join(dir, name))
	return err == nil
}

// serverUser is the user to run the server as: nil for the present one, and some
// unprivileged one for root, whom PostgreSQL refuses.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil && uid != 0 {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
}

// makeDir makes the cluster's directory and gives it to the server's user.
func makeDir(owner *syscall.Credential) (string, error) {
	base := os.TempDir()
	if len(base)+len("/microreach-pg-0123456789") > maxSocketDir || strings.ContainsAny(base, " '\"\\") || (owner != nil && !openToAll(base)) {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "microreach-pg-")
	if err != nil {
		return "", fmt.Errorf("making a directory for the server: %w", err)
	}
	if owner == nil {
		return dir, nil
	}
	if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("giving the server its directory: %w", err)
	}
	return dir, nil
}

// openToAll reports whether another user can reach dir and remove a directory of
// its own from it.
func openToAll(dir string) bool {
	want := os.FileMode(0o003)
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&want != want {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir, want = parent, 0o001
	}
}
