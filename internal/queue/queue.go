// Package queue provides bounded queues whose writers can wait for room. A writer that reads from a network connection
// thus passes the back pressure on to the peer.
package queue

import (
	"context"
	"sync"
)

// Buffer bounds the total number of items in its queues. It holds no memory while they are empty. A Buffer and its
// queues are safe for concurrent use.
type Buffer[T any] struct {
	limit int

	mu    sync.Mutex
	count int           // of the items in all queues
	room  chan struct{} // holds a token while there may be room; nil before a writer has waited for room
}

// NewBuffer returns a Buffer for limit items.
func NewBuffer[T any](limit int) *Buffer[T] {
	return &Buffer[T]{limit: limit}
}

// HasRoom reports whether fewer items wait than the limit allows.
func (b *Buffer[T]) HasRoom() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count < b.limit
}

// WaitRoom waits until there is room or ctx ends. Only one goroutine may wait at a time.
func (b *Buffer[T]) WaitRoom(ctx context.Context) {
	for {
		room := b.awaitRoom()
		if room == nil {
			return
		}
		select {
		case <-room:
		case <-ctx.Done():
			return
		}
	}
}

// awaitRoom returns nil if there is room, and otherwise the channel that holds a token when there may be room.
func (b *Buffer[T]) awaitRoom() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count < b.limit {
		return nil
	}
	if b.room == nil {
		b.room = make(chan struct{}, 1)
	}
	return b.room
}

// Queue is a first-in, first-out queue for any number of writers and readers.
type Queue[T any] struct {
	buffer *Buffer[T]

	// The mutex of buffer guards the fields below.
	ready   chan struct{} // holds a token while a reader may find an item or the end; nil before a reader has waited
	items   []T
	err     error     // set when the queue ended
	forward *Queue[T] // gets the items of this queue, and those that are pushed to it later
}

// NewQueue returns an empty queue of b.
func (b *Buffer[T]) NewQueue() *Queue[T] {
	return &Queue[T]{buffer: b}
}

// Push adds item even if there is no room. A writer that must keep the limit calls WaitRoom first. If the queue has
// ended, Push drops the item.
func (q *Queue[T]) Push(item T) {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	for q.forward != nil {
		q = q.forward
	}
	if q.err != nil {
		return
	}
	q.items = append(q.items, item)
	q.buffer.count++
	signal(q.ready)
}

// TryPop returns the first item. If the queue is empty, it reports false, and err is the error of End if the queue
// ended.
func (q *Queue[T]) TryPop() (item T, ok bool, err error) {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	if len(q.items) == 0 {
		q.wakeNext()
		return item, false, q.err
	}
	var zero T
	item, q.items[0] = q.items[0], zero
	if q.items = q.items[1:]; len(q.items) == 0 {
		q.items = nil
	}
	q.buffer.count--
	q.wakeNext()
	signal(q.buffer.room)
	return item, true, nil
}

// wakeNext wakes the next reader if there is another item, or if the queue has ended.
func (q *Queue[T]) wakeNext() {
	if len(q.items) > 0 || q.err != nil {
		signal(q.ready)
	}
}

// WaitRoom waits until the queue's Buffer has room or ctx ends. Only one goroutine may wait at a time.
func (q *Queue[T]) WaitRoom(ctx context.Context) { q.buffer.WaitRoom(ctx) }

func (q *Queue[T]) empty() bool {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	return len(q.items) == 0
}

// Ready returns a channel from which a reader receives when TryPop may return an item or an error. A reader that has
// received from it must call TryPop.
func (q *Queue[T]) Ready() <-chan struct{} {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	if q.ready == nil {
		q.ready = make(chan struct{}, 1)
		q.wakeNext() // no token was put for what came before
	}
	return q.ready
}

// Pop returns the first item. It waits for one until ctx ends. After End it returns the remaining items and then the
// error of End.
func (q *Queue[T]) Pop(ctx context.Context) (T, error) {
	for {
		item, ok, err := q.TryPop()
		if ok || err != nil {
			return item, err
		}
		select {
		case <-q.Ready():
		case <-ctx.Done():
			return item, ctx.Err()
		}
	}
}

// End makes the queue refuse further items. Pop returns the remaining items and then err, which must not be nil. Only
// the first call of End has an effect.
func (q *Queue[T]) End(err error) {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	q.end(err)
}

func (q *Queue[T]) end(err error) {
	if q.err == nil {
		q.err = err
		signal(q.ready)
	}
}

// Drop removes all items.
func (q *Queue[T]) Drop() {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	q.buffer.count -= len(q.items)
	q.items = nil
	signal(q.buffer.room)
}

// MoveItems moves the items of the queue to the end of other, which must be a queue of the same Buffer. If other has
// ended, the items are dropped.
func (q *Queue[T]) MoveItems(other *Queue[T]) {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	q.moveItems(other)
}

func (q *Queue[T]) moveItems(other *Queue[T]) {
	if other.err != nil {
		q.buffer.count -= len(q.items)
		signal(q.buffer.room)
	} else if len(q.items) > 0 {
		other.items = append(other.items, q.items...)
		signal(other.ready)
	}
	q.items = nil
}

// MoveTo ends the queue with err and moves its items to the end of other, which must be a queue of the same Buffer.
// Items that are pushed later follow them there. If other has ended, the items are dropped.
func (q *Queue[T]) MoveTo(other *Queue[T], err error) {
	q.buffer.mu.Lock()
	defer q.buffer.mu.Unlock()
	q.moveItems(other)
	q.forward = other
	q.end(err)
}

// signal puts a token into a channel that has room for one. It has no effect on a nil channel.
func signal(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}
