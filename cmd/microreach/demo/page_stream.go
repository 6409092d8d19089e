package demo

import (
	"bytes"
	"errors"
	"net/http"
	"time"
)

// ping is how long a stream stays silent at most.
const ping = 10 * time.Second

// events tells the browser that the page has changed, each time that it has.
// What it has become, the browser then asks for like anybody else: there is
// one way to draw the page.
func (s *screen) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	stream := http.NewResponseController(w)
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	var last []byte
	var sent time.Time
	for {
		body, err := s.render(r.Context(), nil)
		if err != nil {
			return // the browser comes again
		}
		chunk := ": still here\n\n"
		if changed := !bytes.Equal(body, last); changed || s.real().Sub(sent) > ping {
			if changed {
				chunk, last = "event: change\ndata: \n\n", body
			}
			sent = s.real()
			deadline := sent.Add(2 * ping)
			err := errors.Join(stream.SetReadDeadline(deadline), stream.SetWriteDeadline(deadline))
			if _, writeErr := w.Write([]byte(chunk)); errors.Join(err, writeErr, stream.Flush()) != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.ended:
			return
		case <-ticker.C:
		}
	}
}
