package reply

import (
	"strconv"
	"strings"
)

type Lexicon struct{}
type Reader struct{}

func New(Lexicon) *Reader { return &Reader{} }
func (r *Reader) Read(text string, c Context) Reading {
	t := strings.ToLower(strings.TrimSpace(text))
	f := strings.Fields(t)
	first := ""
	if len(f) > 0 {
		first = strings.Trim(f[0], ",.!")
	}
	rd := Reading{Intent: IntentCheckIn, Note: text}
	switch first {
	case "stop":
		rd.Intent = IntentStop
	case "start":
		rd.Intent = IntentStart
	case "yes":
		rd.Intent = IntentConfirm
	case "help":
		rd.Intent = IntentHelp
	case "pause":
		rd.Intent = IntentPause
	case "resume":
		rd.Intent = IntentResume
	case "later":
		rd.Intent = IntentLater
	case "done":
		rd.Outcome = OutcomeDone
	case "skip":
		rd.Outcome = OutcomeSkipped
	}
	for _, w := range f {
		if n, err := strconv.ParseFloat(strings.Trim(w, ",."), 64); err == nil {
			if rd.Rating != nil {
				rd.RatingBefore = rd.Rating
			}
			rd.Rating = &n
		}
	}
	return rd
}
