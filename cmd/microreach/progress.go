package main

import (
	"fmt"
	"os"

	"github.com/mattn/go-isatty"
)

// progress tells on a terminal how far long work has come; elsewhere it is silent.
func (p *program) progress(steps *int) func(what string) {
	file, is := p.Err.(*os.File)
	if !is || !isatty.IsTerminal(file.Fd()) {
		return func(string) { *steps++ }
	}
	return func(what string) {
		*steps++
		_, _ = fmt.Fprintf(p.Err, "\r%-20s step %d", what, *steps)
	}
}
