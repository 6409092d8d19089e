// Command microreach sends people the small acts of connection that they chose,
// at the pace that they set, and keeps what they answer.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are right where the system has no zone data

	"github.com/google/uuid"
)

func main() {
	os.Exit(run(context.Background(), program{
		Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
		NewToken: func() string { return strings.ToLower(rand.Text()) }, // at least 128 random bits
		NewCode:  newCode,
		Env:      os.LookupEnv, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Zone: systemZone(), User: systemUser(),
	}, os.Args[1:]))
}

// newCode is six random digits.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand ends the program itself before that
	}
	return fmt.Sprintf("%06d", n)
}
