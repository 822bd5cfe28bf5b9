package queue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/internal/queue"
)

func never() {}

func TestQueue_HoldsItsWriterBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewQueue[int](2)
		stalled := 0
		var pushed []bool
		go func() {
			for i := range 4 {
				pushed = append(pushed, q.Push(i, 10*time.Second, func() { stalled++ }))
			}
		}()
		synctest.Wait()
		assert.Len(t, pushed, 2)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		assert.Equal(t, 1, stalled)
		for i := range 4 {
			got, err := q.Pop(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, i, got)
		}
		synctest.Wait()
		assert.Equal(t, []bool{true, true, true, true}, pushed)
	})
}

func TestQueue_EndFreesEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := errors.New("end")
		q := queue.NewQueue[int](1)
		q.Push(1, time.Hour, never)
		pushed := make(chan bool, 1)
		go func() { pushed <- q.Push(2, time.Hour, never) }()
		synctest.Wait()
		q.End(end)
		q.End(errors.New("later"))
		assert.False(t, <-pushed)
		q.Force(3)
		got, err := q.Pop(t.Context())
		assert.NoError(t, err)
		assert.Equal(t, 1, got)
		_, err = q.Pop(t.Context())
		assert.Equal(t, end, err)
		assert.False(t, q.Push(4, time.Hour, never))
	})
}

func TestQueue_PopEndsWithCtxAndManyReadersMissNothing(t *testing.T) {
	q := queue.NewQueue[int](4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := q.Pop(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				_, err := q.Pop(t.Context())
				assert.NoError(t, err)
			}
		})
	}
	for i := range 800 {
		assert.True(t, q.Push(i, time.Hour, never))
	}
	wg.Wait()
	q.Force(1, 2, 3, 4, 5, 6)
	assert.Equal(t, []int{1, 2, 3, 4, 5, 6}, q.Drain(errors.New("over")))
}

func TestQueue_Len(t *testing.T) {
	q := queue.NewQueue[int](4)
	assert.Zero(t, q.Len())
	q.Force(1, 2)
	assert.Equal(t, 2, q.Len())
}
