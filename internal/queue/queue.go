package queue

import (
	"context"
	"sync"
	"time"
)

// Queue is a bounded queue between one writer, which waits while it is full, and any number of readers. It holds no
// memory while it is empty.
type Queue[T any] struct {
	limit int
	ready chan struct{} // holds a token while there may be items
	room  chan struct{} // holds a token while there may be room
	ended chan struct{} // closed by End

	mu    sync.Mutex
	items []T
	err   error
}

// NewQueue returns a queue of at most limit items.
func NewQueue[T any](limit int) *Queue[T] {
	return &Queue[T]{
		limit: limit,
		ready: make(chan struct{}, 1), room: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// Push adds item, waiting while the queue is full. It reports false if the queue ended first. When it has waited for
// patience it calls stalled, once, and goes on waiting.
func (q *Queue[T]) Push(item T, patience time.Duration, stalled func()) bool {
	added, ended := q.tryPush(item)
	if added || ended {
		return added
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for !added && !ended {
		select {
		case <-q.room:
		case <-q.ended:
		case <-timer.C:
			stalled()
		}
		added, ended = q.tryPush(item)
	}
	return added
}

func (q *Queue[T]) tryPush(item T) (added, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return false, true
	}
	if len(q.items) >= q.limit {
		return false, false
	}
	q.add(item)
	return true, false
}

// Force adds items beyond the limit, unless the queue ended.
func (q *Queue[T]) Force(items ...T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil && len(items) > 0 {
		q.add(items...)
	}
}

func (q *Queue[T]) add(items ...T) {
	q.items = append(q.items, items...)
	signal(q.ready)
}

// Pop returns the first item, waiting for one until ctx ends. After End it returns what is left and then End's error.
func (q *Queue[T]) Pop(ctx context.Context) (T, error) {
	for {
		item, ok, err := q.TryPop()
		if ok || err != nil {
			return item, err
		}
		select {
		case <-q.ready:
		case <-q.ended:
		case <-ctx.Done():
			return item, ctx.Err()
		}
	}
}

// TryPop is Pop without the wait.
func (q *Queue[T]) TryPop() (item T, ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item, false, q.err
	}
	var zero T
	item, q.items[0] = q.items[0], zero
	q.items = q.items[1:]
	if len(q.items) == 0 {
		q.items = nil
	} else {
		signal(q.ready) // for the next reader
	}
	signal(q.room)
	return item, true, nil
}

// End makes the queue take no more. The first error counts.
func (q *Queue[T]) End(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
		close(q.ended)
	}
}

// Drain ends the queue and returns what is left in it.
func (q *Queue[T]) Drain(err error) []T {
	q.End(err)
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}

func signal(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

// Len returns the number of items that wait.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}
