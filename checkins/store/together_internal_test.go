package store

import (
	"runtime"
	"sync"
)

// AtOnce lets n callers of Begin, or of Settle, be ready before the first of them
// gets on, and returns when all have come to their end.
func (s *Store) AtOnce(n int, call func(i int)) {
	s.begins.lead <- struct{}{}
	s.settles.lead <- struct{}{}
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { call(i) })
	}
	for s.begins.count()+s.settles.count() < n {
		runtime.Gosched()
	}
	<-s.begins.lead
	<-s.settles.lead
	group.Wait()
}

func (g *together[T]) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
