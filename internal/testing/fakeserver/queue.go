package fakeserver

import (
	"slices"
	"sync"
)

// failures is a queue of failures. It is safe for concurrent use, and its zero value is empty.
type failures struct {
	mu    sync.Mutex
	queue []queued
}

// queued is a failure with the requests to which it applies. A nil match accepts every request.
type queued struct {
	match   func(Request) bool
	failure Failure
}

func (q *failures) add(n int, match func(Request) bool, f Failure) {
	f.Header = f.Header.Clone()
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		q.queue = append(q.queue, queued{match, f})
	}
}

// take removes and returns the first failure that applies to r.
func (q *failures) take(r Request) (Failure, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.queue, func(next queued) bool { return next.match == nil || next.match(r) })
	if i < 0 {
		return Failure{}, false
	}
	f := q.queue[i].failure
	q.queue = slices.Delete(q.queue, i, i+1)
	return f, true
}
