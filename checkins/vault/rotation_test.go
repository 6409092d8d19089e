package vault

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keyFile makes a key file and opens it.
func keyFile(t *testing.T) (string, *Vault) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := CreateFile(path); err != nil {
		t.Fatal(err)
	}
	v, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, v
}

func TestARunningVaultFollowsTheFile(t *testing.T) {
	path, v := keyFile(t)
	ids, first, err := Keys(path)
	if err != nil || !slices.Equal(ids, []string{first}) {
		t.Fatalf("%v, %v", ids, err)
	}
	old := v.Seal("a", "b", "c", plain)
	second, err := AddKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := v.Reload(); err != nil || !changed {
		t.Fatalf("Reload = %v, %v", changed, err)
	}
	if id, _ := KeyOf(v.Seal("a", "b", "c", plain)); id != first {
		t.Errorf("a key seals that was only added")
	}
	if err := UseKey(path, second); err != nil {
		t.Fatal(err)
	}
	other, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open("a", "b", "c", other.Seal("a", "b", "c", plain)); err != nil || got != plain {
		t.Errorf("a value of the new key, before the file was looked at: %q, %v", got, err)
	}
	if changed, _ := v.Reload(); !changed {
		if id, _ := KeyOf(v.Seal("a", "b", "c", plain)); id != second {
			t.Errorf("after UseKey %s seals", id)
		}
	}
	if changed, err := v.Reload(); changed || err != nil {
		t.Errorf("an unchanged file: %v, %v", changed, err)
	}
	if got, err := v.Open("a", "b", "c", old); err != nil || got != plain {
		t.Errorf("a value of the old key: %q, %v", got, err)
	}
	if err := RemoveKey(path, second); err == nil {
		t.Error("the key that seals was taken out")
	}
	if err := RemoveKey(path, first); err != nil || v.Has("00000000") {
		t.Errorf("RemoveKey: %v", err)
	}
	if _, err := v.Reload(); err != nil || v.Has(first) {
		t.Errorf("the old key is still there, %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(path + ".new"); err == nil {
		t.Error("a half file is left")
	}
}

func TestAFileOfAnotherDatabaseIsNotTakenUp(t *testing.T) {
	path, v := keyFile(t)
	sealed := v.Seal("a", "b", "c", plain)
	strange, _ := keyFile(t)
	if err := os.Rename(strange, path); err != nil {
		t.Fatal(err)
	}
	if changed, err := v.Reload(); changed || err == nil || !strings.Contains(err.Error(), "another lookup key") {
		t.Errorf("Reload = %v, %v", changed, err)
	}
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, err := v.Reload(); changed || err == nil {
		t.Errorf("of rubbish: Reload = %v, %v", changed, err)
	}
	if got, err := v.Open("a", "b", "c", sealed); err != nil || got != plain {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

func TestAHalfFileOfACrashIsOverwritten(t *testing.T) {
	path, _ := keyFile(t)
	if err := os.WriteFile(path+".new", []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := AddKey(path); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); err != nil {
		t.Error(err)
	}
}
