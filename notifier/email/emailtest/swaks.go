package emailtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// ErrNoSwaks says that swaks is not there.
var ErrNoSwaks = errors.New("emailtest: swaks is not installed; apt-get install swaks")

// Swaks runs swaks, a mail program that knows nothing of ours, against the
// server at addr, and returns the conversation. The error is that of a server
// that refused (an *exec.ExitError), or ErrNoSwaks.
func Swaks(ctx context.Context, addr string, args ...string) (conversation string, err error) {
	program, err := exec.LookPath("swaks")
	if err != nil {
		return "", ErrNoSwaks
	}
	command := exec.CommandContext(ctx, program, append([]string{"--server", addr, "--helo", "phone.example", "--timeout", "20s"}, args...)...)
	said, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("emailtest: swaks: %w", err)
	}
	return string(said), err
}
