package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A secret is a text that no print, log or encoder shows; only reveal does.
// The zero value is "not set".
type secret struct{ text string }

const hidden = "[secret]"

// reveal returns the text itself, for the one call that needs it.
func (s secret) reveal() string { return s.text }

// set reports whether there is a text.
func (s secret) set() bool { return s.text != "" }

// Format answers every verb of fmt, %#v and %d among them.
func (s secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// String hides the text from what asks for a string without fmt.
func (s secret) String() string { return hidden }

// GoString hides the text from %#v.
func (s secret) GoString() string { return hidden }

// LogValue hides the text from slog.
func (s secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the text from JSON, TOML and the like.
func (s secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// errNoSecret is that a file for a secret holds none yet.
var errNoSecret = errors.New("is empty")

// awaited stands for a secret that is not written into its file yet. No
// configuration that loads holds it.
var awaited = secret{"not-written-into-its-file-yet"}

// readSecretFile reads a secret without the line end that editors add. The second
// result is a warning, "" if there is nothing to say.
//
// A file that every account can read gets a warning, not an error: container
// platforms mount secrets so (mode 0444), and to refuse them would push operators to
// environment variables, which more can read. The file of the keys has no such
// excuse, and the vault refuses it.
func readSecretFile(path string) (secret, string, error) {
	text, mode, err := readSmallFile(path)
	if err != nil {
		return secret{}, "", fmt.Errorf("cannot read the secret: %w", err)
	}
	value := strings.TrimRight(string(text), "\r\n")
	switch {
	case strings.TrimSpace(value) == "":
		return secret{}, "", fmt.Errorf("the file %s %w; write the secret into it", path, errNoSecret)
	case strings.ContainsAny(value, "\r\n\x00"):
		return secret{}, "", fmt.Errorf("the file %s has more than one line; it must hold the secret alone", path)
	}
	warning := ""
	if exposed(mode) {
		warning = fmt.Sprintf("the secret in %s can be read by every account of this machine; where you can, run: chmod 600 %s", path, path)
	}
	return secret{value}, warning, nil
}
