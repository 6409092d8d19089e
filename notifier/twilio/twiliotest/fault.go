package twiliotest

import (
	"net/http"
	"strconv"
	"time"
)

// Fault is how one create goes wrong. The zero value is no fault. Make one with
// the functions below, and combine by setting fields.
type Fault struct {
	Name string // for a table of results

	Delay time.Duration // real time before the answer; the message is taken first
	Lost  bool          // the message is not taken
	Cut   bool          // the connection is cut in place of an answer

	Status     int    // of the answer, if it is not to be 201
	Code       int    // Twilio's error code, answered as Twilio does
	RetryAfter string // the header
	Type, Body string // the answer itself, in place of Twilio's JSON

	Callbacks Callbacks
	After     time.Duration // real time before the first callback
	FailWith  int           // the message is taken and ends undelivered with this code
}

// Callbacks is how the status callbacks of a message come.
type Callbacks int

// The ways. The zero value is once each and in order.
const (
	InOrder Callbacks = iota
	Reversed
	Twice
	Never
)

// Slow answers late. With d longer than the sender's patience the message is
// taken and the sender does not know.
func Slow(d time.Duration) Fault { return Fault{Name: "slow", Delay: d} }

// TooMany is 429 with a Retry-After in seconds; the message is not taken.
func TooMany(seconds int) Fault {
	return Fault{Name: "429", Lost: true, Status: http.StatusTooManyRequests, Code: 20429, RetryAfter: strconv.Itoa(seconds)}
}

// ServerError is 500 although the message was taken.
func ServerError() Fault {
	return Fault{Name: "500 after taking", Status: http.StatusInternalServerError, Code: 20500}
}

// ServerErrorLost is 500, and the message was not taken. Nobody outside can
// tell it from ServerError.
func ServerErrorLost() Fault {
	f := ServerError()
	f.Name, f.Lost = "500 before taking", true
	return f
}

// CutBefore cuts the connection before the message is taken.
func CutBefore() Fault { return Fault{Name: "cut before taking", Lost: true, Cut: true} }

// CutAfter takes the message and cuts the connection.
func CutAfter() Fault { return Fault{Name: "cut after taking", Cut: true} }

// HTML is an error page of some proxy; whether the message was taken is said by taken.
func HTML(status int, taken bool) Fault {
	return Fault{
		Name: "HTML " + strconv.Itoa(status), Lost: !taken, Status: status,
		Type: "text/html", Body: "<!DOCTYPE html><title>error</title><h1>upstream is unwell</h1>",
	}
}

// BrokenJSON takes the message and answers 201 with half an object.
func BrokenJSON() Fault {
	return Fault{Name: "broken JSON", Type: "application/json", Body: `{"sid": "SM00`}
}

// NoSID takes the message and answers 201 with an object that names no sid.
func NoSID() Fault {
	return Fault{Name: "201 without sid", Type: "application/json", Body: `{"status": "queued"}`}
}

// Refuse answers 4xx with an error code; the message is not taken.
func Refuse(status, code int) Fault {
	return Fault{Name: "code " + strconv.Itoa(code), Lost: true, Status: status, Code: code}
}

// Undeliverable takes the message and reports by callback that it ended
// undelivered with the code.
func Undeliverable(code int) Fault {
	return Fault{Name: "undelivered " + strconv.Itoa(code), FailWith: code}
}

// CallbacksLate holds all callbacks back for some real time.
func CallbacksLate(d time.Duration) Fault { return Fault{Name: "callbacks late", After: d} }

// CallbacksReversed sends the last status first.
func CallbacksReversed() Fault { return Fault{Name: "callbacks out of order", Callbacks: Reversed} }

// CallbacksTwice sends every callback twice.
func CallbacksTwice() Fault { return Fault{Name: "callbacks twice", Callbacks: Twice} }

// CallbacksNever sends none.
func CallbacksNever() Fault { return Fault{Name: "callbacks never", Callbacks: Never} }

// Misbehave lines up faults: each create takes the next one.
func (s *Server) Misbehave(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// nextFault is that of the create which is now at hand. The caller holds s.mu.
func (s *Server) nextFault() Fault {
	s.creates++
	if len(s.faults) > 0 {
		fault := s.faults[0]
		s.faults = s.faults[1:]
		return fault
	}
	if s.options.Faults != nil {
		return s.options.Faults(s.creates)
	}
	return Fault{}
}

// MisbehaveList lines up faults for the list: each page asked for takes the
// next one. Only those about the answer matter here.
func (s *Server) MisbehaveList(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listFaults = append(s.listFaults, faults...)
}

func (s *Server) nextListFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listFaults) == 0 {
		return Fault{}
	}
	fault := s.listFaults[0]
	s.listFaults = s.listFaults[1:]
	return fault
}
