package pace

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests run where there is no zone database
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
