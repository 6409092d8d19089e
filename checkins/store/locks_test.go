package store_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/store/storetest"
)

func TestALockHasOneHolderAndEndsWithIt(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		other := h
		if h.path == "" {
			other = h.twin(t, store.Rate{}) // on SQLite only one process serves
		}
		try := func(h *house, name string, want bool) func() {
			t.Helper()
			release, ok, err := h.TryLock(t.Context(), name)
			if err != nil || ok != want {
				t.Fatalf("lock %s: %v, %v; want %v", name, ok, err, want)
			}
			return release
		}
		release := try(h, "plan", true)
		try(other, "plan", false)
		try(h, "plan", false)
		try(other, "leases", true)()
		release()
		release = try(other, "plan", true)
		if h.path == "" { // as when its process dies
			h.raw(t).MustExec(`SELECT pg_terminate_backend(pid, 10000) FROM pg_locks
				WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			try(h, "plan", true)()
		}
		release()
		try(other, "plan", true)()
	})
}

func TestASQLiteFileIsServedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one file.db")
	first, second := open(t, "sqlite:"+path, path), open(t, "sqlite:"+path, path)
	release, err := first.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Serve(t.Context()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a second one: %v", err)
	}
	second.enrol(t, "+15005550400") // a command may work on it all the same
	release()
	release, err = second.Serve(t.Context())
	if err != nil {
		t.Errorf("after the first has gone: %v", err)
	}
	release()
}

func TestPostgreSQLIsServedByAnyNumber(t *testing.T) {
	url := storetest.Postgres(t)
	for range 3 {
		release, err := open(t, url, "").Serve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
}
