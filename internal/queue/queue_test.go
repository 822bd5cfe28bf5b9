package queue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/internal/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errOver = errors.New("over")

// drain returns the items that wait in q.
func drain(q *queue.Queue[int]) (items []int) {
	for {
		item, ok, _ := q.TryPop()
		if !ok {
			return items
		}
		items = append(items, item)
	}
}

func TestBuffer_HoldsItsWriterBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := queue.NewBuffer[int](2)
		one, two := b.NewQueue(), b.NewQueue()
		pushed := 0
		go func() {
			for i := range 6 {
				b.WaitRoom(t.Context())
				[]*queue.Queue[int]{one, two}[i%2].Push(i)
				pushed++
			}
		}()
		synctest.Wait()
		assert.Equal(t, 2, pushed, "the limit is that of all queues together")
		assert.False(t, b.HasRoom())
		for i := range 6 {
			got, err := []*queue.Queue[int]{one, two}[i%2].Pop(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, i, got)
		}
		synctest.Wait()
		assert.Equal(t, 6, pushed)
		assert.True(t, b.HasRoom())
	})
}

func TestBuffer_WaitEndsWithCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewBuffer[int](1).NewQueue()
		q.Push(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		q.WaitRoom(ctx)
		assert.Error(t, ctx.Err())
	})
}

func TestQueue_EndFreesEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.NewBuffer[int](2).NewQueue()
		var errs []error
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := q.Pop(t.Context())
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			})
		}
		synctest.Wait()
		q.End(errOver)
		q.End(errors.New("later"))
		q.Push(1)
		all.Wait()
		assert.Equal(t, []error{errOver, errOver, errOver}, errs)
	})
}

func TestQueue_ItemsOutliveTheEnd(t *testing.T) {
	q := queue.NewBuffer[int](2).NewQueue()
	q.Push(1)
	q.End(errOver)
	<-q.Ready()
	got, err := q.Pop(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, got)
	_, err = q.Pop(t.Context())
	assert.Equal(t, errOver, err)
}

func TestQueue_PopEndsWithCtxAndManyReadersMissNothing(t *testing.T) {
	b := queue.NewBuffer[int](4)
	q := b.NewQueue()
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
		b.WaitRoom(t.Context())
		q.Push(i)
	}
	wg.Wait()
}

func TestQueue_MoveTo(t *testing.T) {
	b := queue.NewBuffer[int](4)
	from, to := b.NewQueue(), b.NewQueue()
	to.Push(0)
	from.Push(1)
	from.Push(2)
	from.MoveTo(to, errOver)
	from.Push(3) // late, and behind the items that moved
	assert.False(t, b.HasRoom(), "what moved counts")
	_, err := from.Pop(t.Context())
	assert.Equal(t, errOver, err)
	assert.Equal(t, []int{0, 1, 2, 3}, drain(to))
	assert.True(t, b.HasRoom())

	other := b.NewQueue()
	for range 4 {
		other.Push(1)
	}
	to.End(errOver)
	other.MoveTo(to, errOver)
	assert.True(t, b.HasRoom(), "what nobody can take any more is dropped")
	assert.Empty(t, drain(to))
}

// Items that are moved wake a reader that waits for them.
func TestQueue_MovedItemsWakeTheReader(t *testing.T) {
	for name, move := range map[string]func(from, to *queue.Queue[int]){
		"MoveTo":    func(from, to *queue.Queue[int]) { from.MoveTo(to, errOver) },
		"MoveItems": func(from, to *queue.Queue[int]) { from.MoveItems(to) },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := queue.NewBuffer[int](2)
			from, to := b.NewQueue(), b.NewQueue()
			from.Push(1)
			got := make(chan int, 1)
			go func() {
				item, err := to.Pop(t.Context())
				assert.NoError(t, err, name)
				got <- item
			}()
			synctest.Wait()
			move(from, to)
			assert.Equal(t, 1, <-got, name)
			assert.Empty(t, drain(from), name)
		})
	}
}

// Items that are dropped leave room for a writer that waits for it.
func TestQueue_DroppedItemsLeaveRoom(t *testing.T) {
	for name, drop := range map[string]func(q, ended *queue.Queue[int]){
		"Drop":                        func(q, _ *queue.Queue[int]) { q.Drop() },
		"Drop twice":                  func(q, _ *queue.Queue[int]) { q.Drop(); q.Drop() },
		"MoveTo a queue that ended":   func(q, ended *queue.Queue[int]) { q.MoveTo(ended, errOver) },
		"MoveItems to one that ended": func(q, ended *queue.Queue[int]) { q.MoveItems(ended) },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := queue.NewBuffer[int](2)
			q, ended := b.NewQueue(), b.NewQueue()
			ended.End(errOver)
			q.Push(1)
			q.Push(2)
			room := make(chan struct{})
			go func() {
				b.WaitRoom(t.Context())
				close(room)
			}()
			synctest.Wait()
			drop(q, ended)
			<-room
			assert.Empty(t, drain(q), name)
			other := b.NewQueue()
			other.Push(1)
			assert.True(t, b.HasRoom(), name)
			other.Push(2)
			assert.False(t, b.HasRoom(), name)
		})
	}
}

// A queue goes on after its items were moved or dropped. Only MoveTo ends it.
func TestQueue_GoesOnAfterItsItemsWereMoved(t *testing.T) {
	b := queue.NewBuffer[int](5)
	from, to := b.NewQueue(), b.NewQueue()
	from.Push(1)
	from.MoveItems(to)
	from.Push(2)
	from.Drop()
	from.Push(3)
	assert.Equal(t, []int{3}, drain(from))
	assert.Equal(t, []int{1}, drain(to))
}
