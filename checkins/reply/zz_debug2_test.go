package reply_test

import (
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/templates"
)

func init() { reply.ZZ = func() reply.Lexicon { l, _ := templates.Lexicon(); return l } }
