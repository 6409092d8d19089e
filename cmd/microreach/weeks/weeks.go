// Package weeks tells eight weeks of one life as a plain text, to be read
// before anybody is enrolled: what a person who answers, who never does, who has
// a bad week or who leaves would get from us, word for word, and when.
//
// A life is a script in lives/: what Robin chose, and what Robin writes. The
// rest is the real thing: planner, dispatcher, inbox, words and a database on a
// throwaway file, with a clock that goes from one moment to the next and, in
// place of a provider, somebody who writes down what arrives. Ids are counted
// and clocks are virtual, so that a transcript changes only when the service
// does. The transcripts of all lives stand in testdata; a change of wording or
// of conduct is read there, in the place where a person would meet it.
package weeks

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/microreach/microreach/checkins"
)

// count is how many weeks a transcript tells.
const count = 8

// All is the name that stands for every life.
const All = "all"

// Tell writes the transcript of the named life over the channel; of every life
// for [All]. ErrNotFound: there is no life of that name.
func Tell(ctx context.Context, out io.Writer, name string, channel checkins.Channel) error {
	lives, err := Lives()
	if err != nil {
		return err
	}
	told := false
	for _, life := range lives {
		if name != life.Name && name != All {
			continue
		}
		story, err := Live(ctx, life, channel, count)
		if err != nil {
			return err
		}
		if told {
			_, _ = fmt.Fprint(out, "\n\n")
		}
		if told, err = true, story.Write(out); err != nil {
			return err
		}
	}
	if !told {
		return checkins.ErrNotFound
	}
	return nil
}

// Names lists the lives, for help and errors.
func Names() string {
	lives, err := Lives()
	if err != nil {
		return "" // Tell reports it
	}
	names := make([]string, len(lives))
	for i, l := range lives {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}
