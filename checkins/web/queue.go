package web

import (
	"sync"

	"github.com/microreach/microreach/checkins"
)

// queue does, after the answer, what somebody asked for without a proof. Whether
// there was anything to do then shows in nothing that they see (E08).
type queue struct {
	work chan func()
	done chan struct{}

	mu     sync.RWMutex
	closed bool
}

// mostWaiting bounds what waits. What comes beyond is not done, and whoever asked
// can ask again.
const mostWaiting = 256

// newQueue begins the work. failed is told of what panicked: nobody waits for it.
func newQueue(failed func(error)) *queue {
	q := &queue{work: make(chan func(), mostWaiting), done: make(chan struct{})}
	go func() {
		defer close(q.done)
		for do := range q.work {
			if err := caught(do); err != nil {
				failed(err)
			}
		}
	}()
	return q
}

func caught(do func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = checkins.Panicked(p)
		}
	}()
	do()
	return nil
}

// add takes work, and reports whether there was room for it.
func (q *queue) add(do func()) bool {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return false
	}
	select {
	case q.work <- do:
		return true
	default:
		return false
	}
}

// close does what waits, and takes no more.
func (q *queue) close() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.work)
	}
	q.mu.Unlock()
	<-q.done
}
