// Command microreach sends people the small acts of connection that they chose,
// at the pace that they set, and keeps what they answer.
package main

import (
	"context"
	"os"
	"time"
	_ "time/tzdata" // so that zones are right where the system has no zone data

	"github.com/google/uuid"
)

func main() {
	os.Exit(run(context.Background(), program{
		Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Env: os.LookupEnv, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	}, os.Args[1:]))
}
