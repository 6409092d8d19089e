package templates

import "github.com/microreach/microreach/checkins/reply"

func Lexicon() (reply.Lexicon, error) { return reply.Lexicon{}, nil }
