package checkins

import (
	"fmt"
	"runtime"
	"strings"
)

// Panicked is the error that a panic comes to where it is recovered. It names the
// sort of value and the place in the code. Of the value itself it tells only what the
// runtime says (REQUIREMENTS C11): any other may quote what somebody wrote.
func Panicked(value any) error {
	what := fmt.Sprintf("%T", value)
	if fault, is := value.(runtime.Error); is {
		what = fault.Error()
	}
	return fmt.Errorf("this is a mistake in the program, please report it: panic: %s, at %s", what, panicPlace())
}

// panicPlace is the function and line that panicked: the first one below the runtime's
// own, as seen from the deferred call that recovers.
func panicPlace() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	thrown := false
	for {
		f, more := frames.Next()
		own := strings.HasPrefix(f.Function, "runtime.")
		if thrown && !own {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		thrown = thrown || f.Function == "runtime.gopanic" || own && strings.Contains(f.Function, "panic")
		if !more {
			return "an unknown place"
		}
	}
}
