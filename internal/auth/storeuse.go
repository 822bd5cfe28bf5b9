package auth

import (
	"context"
	"errors"
	"time"
)

const (
	storeTimeout = 2 * time.Second // limits one use of a TokenStore, whose failure must not cost the call
	// How much longer a use may take, so that a store that heeds its context can return.
	storeGrace = 50 * time.Millisecond
)

var (
	errStoreHangs = errors.New("the store has not returned in time")
	errStoreExit  = errors.New("the use of the store was aborted: runtime.Goexit was called")
	errStoreBusy  = errors.New("the store has not returned from an earlier use")
)

// storeUse is one use of a user's TokenStore.
type storeUse[T any] struct {
	what   string        // names the method in warnings
	limit  time.Duration // of the use, storeTimeout if zero
	always bool          // the store is used even while an earlier use hangs
	f      func(context.Context) (T, error)
	late   func(T) // gets the value of a use that was abandoned; nil if the value needs no care
}

// use calls u.f, within its limit and half of the time that is left, and reports whether it succeeded. A panic counts
// as a failure. If the store ignores the end of its context, use returns without it. The store then counts as down
// until it returns, so that calls do not wait for it and do not pile up goroutines.
func use[T any](ctx context.Context, s *Store, u storeUse[T]) (value T, ok bool) {
	if u.limit == 0 {
		u.limit = storeTimeout
	}
	ctx, cancel := withHalf(ctx, u.limit)
	defer cancel()
	if s.hangs() && !u.always {
		s.warn(ctx, u.what, errStoreBusy)
		return value, false
	}
	call := &storeCall[T]{done: make(chan struct{}), err: errStoreExit}
	go call.run(ctx, u.f)
	if !call.wait(ctx) {
		s.leave(call.done, func() {
			if u.late != nil {
				u.late(call.value)
			}
		})
		s.warn(ctx, u.what, errStoreHangs)
		return value, false
	}
	if call.err != nil {
		s.warn(ctx, u.what, call.err)
	}
	return call.value, call.err == nil
}

// withHalf returns a context that ends after limit, and after half of the time that is left for ctx.
func withHalf(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	return context.WithTimeout(ctx, limit)
}

func (s *Store) hangs() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hanging > 0
}

// leave abandons a use of the store that has not returned. It calls late once it has.
func (s *Store) leave(done <-chan struct{}, late func()) {
	s.mu.Lock()
	s.hanging++
	s.mu.Unlock()
	go func() {
		<-done
		s.mu.Lock()
		s.hanging--
		s.mu.Unlock()
		late()
	}()
}

// storeCall is a call of a method of the store. Once done is closed, value and err are set.
type storeCall[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func (c *storeCall[T]) run(ctx context.Context, f func(context.Context) (T, error)) {
	defer func() {
		if value := recover(); value != nil {
			c.err = newPanicError("TokenStore", value)
		}
		close(c.done)
	}()
	c.value, c.err = f(ctx)
}

// wait reports whether the call returned before ctx ended or shortly after.
func (c *storeCall[T]) wait(ctx context.Context) bool {
	select {
	case <-c.done:
		return true
	case <-ctx.Done():
	}
	grace := time.NewTimer(storeGrace)
	defer grace.Stop()
	select {
	case <-c.done:
		return true
	case <-grace.C:
		return false
	}
}
