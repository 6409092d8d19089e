package service

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
)

// stopsHead is the part of the list that people read.
const stopsHead = "# Microreach: who must be left alone, by keyed hashes that only the key file can make.\n" +
	"# Lines are only ever added. Keep the newest copy beside your backups: restore obeys it.\n"

// stopsEvery is how old the list may be.
const stopsEvery = 5 * time.Second

// StopList is the file beside the backups that says who must be left alone. It
// outlives the database, so that a STOP after the last backup still counts.
type StopList struct {
	Path  string
	known map[string]bool // lines that are in the file; nil = it was not read yet
}

// Update adds to the file what the database knows and the file does not, and
// returns when that is on the disk.
func (l *StopList) Update(ctx context.Context, s *store.Store) error {
	if l.known == nil {
		stops, _, err := ReadStops(l.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		l.known = make(map[string]bool, len(stops))
		for _, stop := range stops {
			l.known[stop.String()] = true
		}
	}
	stops, err := s.Stops(ctx)
	if err != nil {
		return err
	}
	var fresh []string
	for _, stop := range stops {
		if line := stop.String(); !l.known[line] {
			fresh = append(fresh, line)
		}
	}
	if err := l.add(fresh); err != nil {
		l.known = nil // what is in the file now has to be read again
		return fmt.Errorf("keep the list of who must be left alone: %w", err)
	}
	for _, line := range fresh {
		l.known[line] = true
	}
	return nil
}

// add writes lines at the end of the file. The first one stands on a line of its
// own even where a crash has left half a line before it. Without lines it only
// makes the file, so that it can be told from one that was lost.
func (l *StopList) add(lines []string) (err error) {
	if _, err := os.Stat(l.Path); err == nil && len(lines) == 0 {
		return nil
	}
	f, err := os.OpenFile(l.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	text := stopsHead
	if info.Size() > 0 {
		text = "\n"
	}
	if len(lines) > 0 {
		text += strings.Join(lines, "\n") + "\n"
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Sync()
}

// ReadStops reads the file at path. unread is how many of its lines are none that
// Update writes, such as half a line that a crash has left.
func ReadStops(path string) (stops []checkins.Stop, unread int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read the list of who must be left alone: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		stop, ok := checkins.ParseStop(line)
		if !ok {
			unread++
			continue
		}
		stops = append(stops, stop)
	}
	if err := lines.Err(); err != nil {
		return nil, 0, fmt.Errorf("read the list of who must be left alone: %w", err)
	}
	return stops, unread, nil
}
