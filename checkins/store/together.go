package store

import (
	"context"
	"slices"
	"sync"
)

// together lets callers who are ready at the same moment share a transaction and
// its statements. Whoever comes while none is under way takes along all who wait
// by then; nobody waits for anybody who is not there yet.
//
// Sharing is only ever a saving. A transaction for several passes over whatever
// row somebody else holds, and it is given up when one of them fails; in both
// cases those concerned go on by themselves, as if they had come alone.
type together[T any] struct {
	store *Store
	// do is the work for all members in one transaction. Those whose rows somebody
	// holds are left. What became of each stands in the member. It may run more than
	// once.
	do func(*tx, []*T) (left []*T, err error)

	lead    chan struct{} // held by the caller who is at work
	mu      sync.Mutex
	waiting []*waiting[T]
}

type waiting[T any] struct {
	member *T
	done   chan end // holds one
}

// end is what a shared transaction came to for one of its members.
type end struct {
	err   error
	alone bool // nothing was done for it: it goes by itself
}

// mostShared bounds the callers of one transaction, and with them the lengths of
// the lists in its statements, each of which the database prepares once.
const mostShared = 16

func newTogether[T any](s *Store, do func(*tx, []*T) ([]*T, error)) *together[T] {
	return &together[T]{store: s, do: do, lead: make(chan struct{}, 1)}
}

// run returns when the transaction of member has ended.
func (g *together[T]) run(ctx context.Context, member *T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiting[T]{member, make(chan end, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	for {
		select {
		case end := <-w.done:
			if end.alone {
				return g.alone(context.WithoutCancel(ctx), member)
			}
			return end.err
		case g.lead <- struct{}{}:
			if g.anybody() { // else who led before took all along
				g.commit(context.WithoutCancel(ctx)) // the others go on waiting when ctx has ended
			}
			<-g.lead
		}
	}
}

func (g *together[T]) anybody() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting) > 0
}

// take is who waits.
func (g *together[T]) take() []*waiting[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), mostShared)
	list := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return list
}

// commit does the work for all who wait when the transaction has begun.
func (g *together[T]) commit(ctx context.Context) {
	var list []*waiting[T]
	var left []*T
	err := g.store.in(ctx, func(t *tx) (err error) {
		if list == nil {
			list = g.take()
		}
		members := make([]*T, len(list))
		for i, w := range list {
			members[i] = w.member
		}
		left, err = g.do(t, members)
		return err
	})
	if list == nil {
		list = g.take() // it could not begin
	}
	for _, w := range list {
		w.done <- end{err, len(list) > 1 && (err != nil || slices.Contains(left, w.member))}
	}
}

func (g *together[T]) alone(ctx context.Context, member *T) error {
	return g.store.in(ctx, func(t *tx) error {
		_, err := g.do(t, []*T{member})
		return err
	})
}
