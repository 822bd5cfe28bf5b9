package queue_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/internal/queue"
)

func TestWorker_OneCallAtATimeInOrder(t *testing.T) {
	const items = 1000
	q := queue.NewBuffer[int](10).NewQueue()
	var got []int // without a lock, so that the race detector finds calls that overlap
	done := make(chan struct{})
	w := queue.NewWorker(q, func(i int) {
		got = append(got, i)
		if i == items-1 {
			close(done)
		}
	})
	for i := range items {
		q.WaitRoom(t.Context())
		q.Push(i)
		w.Wake()
	}
	<-done
	w.Stop()
	for i := range items {
		assert.Equal(t, i, got[i])
	}
}

func TestWorker_GoroutineExistsOnlyWhileItemsWait(t *testing.T) {
	q := queue.NewBuffer[int](10).NewQueue()
	before := runtime.NumGoroutine()
	called := make(chan struct{})
	w := queue.NewWorker(q, func(int) { <-called })
	w.Wake()
	assert.Equal(t, before, runtime.NumGoroutine())
	q.Push(1)
	w.Wake()
	w.Wake()
	assert.Equal(t, before+1, runtime.NumGoroutine())
	close(called)
	w.Stop()
}

func TestWorker_Stop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewBuffer[int](10).NewQueue()
		var calls atomic.Int64
		var w *queue.Worker[int]
		w = queue.NewWorker(q, func(i int) {
			calls.Add(1)
			if i == 1 {
				w.Stop() // from within
			}
			time.Sleep(time.Second)
		})
		for i := range 5 {
			q.Push(i)
		}
		w.Wake()
		time.Sleep(1500 * time.Millisecond)
		begun := time.Now()
		w.Stop()
		assert.Zero(t, time.Since(begun), "it does not wait for a call")
		time.Sleep(time.Minute)
		w.Wake()
		synctest.Wait()
		assert.EqualValues(t, 2, calls.Load())
	})
}

// Stop may come between two calls, at any moment.
func TestWorker_StopRacesWithWake(t *testing.T) {
	for range 1000 {
		q := queue.NewBuffer[int](10).NewQueue()
		w := queue.NewWorker(q, func(int) {})
		var all sync.WaitGroup
		all.Go(func() {
			for i := range 3 {
				q.Push(i)
				w.Wake()
			}
		})
		runtime.Gosched()
		w.Stop()
		all.Wait()
		w.Stop() // a goroutine that was between two calls has ended, or will end without another call
	}
}

func TestWorker_EndsWithACallThatEndsItsGoroutine(t *testing.T) {
	q := queue.NewBuffer[int](10).NewQueue()
	calls := 0
	w := queue.NewWorker(q, func(int) {
		calls++
		runtime.Goexit()
	})
	q.Push(1)
	w.Wake()
	q.Push(2)
	w.Wake()
	w.Stop()
	assert.LessOrEqual(t, calls, 1)
}
