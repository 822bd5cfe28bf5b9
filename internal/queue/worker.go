package queue

import "sync"

// Worker calls a func for each item of a queue, one item at a time and in order, on a goroutine that exists only while
// items wait. The queue must have no other reader. A Worker is safe for concurrent use.
type Worker[T any] struct {
	queue *Queue[T]
	call  func(T)

	mu      sync.Mutex
	done    chan struct{} // closed when the goroutine ends; nil while no goroutine runs
	calling bool          // call is running
	stopped bool          // call is not called again
}

// NewWorker returns a Worker that calls call for the items of queue. If call panics or ends its goroutine, it is not
// called again.
func NewWorker[T any](queue *Queue[T], call func(T)) *Worker[T] {
	return &Worker[T]{queue: queue, call: call}
}

// Wake must be called after each change of the queue that may have added an item.
func (w *Worker[T]) Wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done == nil && !w.stopped && !w.queue.empty() {
		w.done = make(chan struct{})
		go w.run(w.done)
	}
}

func (w *Worker[T]) run(done chan struct{}) {
	defer close(done)
	for w.next() {
	}
}

// next handles one item. It takes the item under the mutex, so that a Wake that comes in between either finds the
// goroutine, which then sees the item, or starts a new one.
func (w *Worker[T]) next() bool {
	w.mu.Lock()
	item, ok := w.take()
	w.calling = ok
	if !ok {
		w.done = nil
	}
	w.mu.Unlock()
	if !ok {
		return false
	}
	defer func() {
		w.mu.Lock()
		w.calling = false
		w.mu.Unlock()
	}()
	w.call(item)
	return true
}

func (w *Worker[T]) take() (item T, ok bool) {
	if w.stopped {
		return item, false
	}
	item, ok, _ = w.queue.TryPop()
	return item, ok
}

// Stop makes the current call of the func the last one. It waits until the goroutine has ended. It does not wait while
// a call is running, because that call may be the caller of Stop.
func (w *Worker[T]) Stop() {
	w.mu.Lock()
	w.stopped = true
	done, calling := w.done, w.calling
	w.mu.Unlock()
	if done != nil && !calling {
		<-done
	}
}
