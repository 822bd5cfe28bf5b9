package parleyredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

const (
	loadTime      = 5 * time.Second
	conversations = 4
	steps         = 6 // saves and chunks of a turn
)

// TestStore_UnderFaultsOfTheServer lets two replicas lock, save, append and read while the server is paused, killed and
// started again.
func TestStore_UnderFaultsOfTheServer(t *testing.T) {
	for _, fsync := range []string{"always", "everysec", ""} {
		t.Run("appendfsync "+fsync, func(t *testing.T) {
			t.Parallel()
			var flags []string
			if fsync != "" {
				flags = []string{"--appendonly", "yes", "--appendfsync", fsync}
			}
			l := &load{t: t, server: redisserver.Test(t, flags...)}
			for range conversations {
				l.ledgers = append(l.ledgers, newLedger())
			}
			l.run()
			l.report(fsync != "always") // with everysec, Redis may lose what it wrote in the last second
		})
	}
}

// load is what two replicas do with some conversations.
type load struct {
	t       *testing.T
	server  *redisserver.Server
	ledgers []*ledger

	turns, kills   atomic.Int64
	failed, locked atomic.Int64 // calls that failed because of the server, and because of the lock
}

func (l *load) run() {
	ctx, cancel := context.WithTimeout(l.t.Context(), loadTime)
	defer cancel()
	var wait sync.WaitGroup
	for range 2 {
		store := newStore(l.t, connect(l.t, l.server.Addr()), Options{})
		for range 4 {
			wait.Go(func() {
				for ctx.Err() == nil {
					l.turn(store, rand.IntN(conversations))
				}
			})
		}
		for c := range conversations {
			wait.Go(func() {
				for ctx.Err() == nil {
					l.read(ctx, store, c)
					pause(ctx, 5*time.Millisecond)
				}
			})
		}
	}
	for ctx.Err() == nil {
		l.fault(ctx)
	}
	wait.Wait()
}

// fault lets the server work for a while, and then pauses or kills it.
func (l *load) fault(ctx context.Context) {
	pause(ctx, time.Duration(300+rand.IntN(400))*time.Millisecond)
	down := time.Duration(rand.IntN(500)) * time.Millisecond
	if rand.IntN(3) == 0 {
		assert.NoError(l.t, l.server.Pause())
		pause(ctx, down)
		assert.NoError(l.t, l.server.Resume())
		return
	}
	l.kills.Add(1)
	assert.NoError(l.t, l.server.Kill())
	pause(ctx, down)
	assert.NoError(l.t, l.server.Restart())
}

// content is the Data of a record.
type content struct{ Turn, Step int }

// turn takes the lock of a conversation, loads its record, and saves and appends.
func (l *load) turn(store *Store, c int) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Second)
	defer cancel()
	name := fmt.Sprint("conversation-", c)
	lease, err := store.Lock(ctx, user, name)
	if err != nil {
		l.count(err)
		pause(ctx, 10*time.Millisecond)
		return
	}
	defer lease.Unlock()
	turn, book := int(l.turns.Add(1)), l.ledgers[c]
	began := time.Now()
	record, err := store.Load(ctx, user, name)
	if err != nil {
		l.count(err)
		return
	}
	var was content
	if record.Data != nil {
		require.NoError(l.t, json.Unmarshal(record.Data, &was))
	}
	book.note(func() { book.loads = append(book.loads, loaded{moment{began, time.Now()}, was.Turn, was.Step}) })
	for step := range steps {
		if err := l.step(ctx, lease, book, content{turn, step + 1}); errors.Is(err, uistream.ErrLocked) {
			return
		}
		pause(ctx, time.Duration(rand.IntN(10))*time.Millisecond)
	}
}

// step appends a chunk and saves. A chunk that failed is left to the next Append.
func (l *load) step(ctx context.Context, lease uistream.Lease, book *ledger, what content) error {
	err := lease.Append(ctx, fmt.Appendf(nil, "%d %d", what.Turn, what.Step-1))
	if err == nil {
		book.note(func() { book.appended[what.Turn] = what.Step })
	}
	l.count(err)
	raw, _ := json.Marshal(what) // of numbers
	began := time.Now()
	err = lease.Save(ctx, uistream.Record{Data: raw})
	book.note(func() {
		book.saves = append(book.saves, saved{moment{began, time.Now()}, what.Turn, what.Step, err == nil})
	})
	l.count(err)
	return err
}

func (l *load) read(ctx context.Context, store *Store, c int) {
	var r read
	for chunk, err := range store.Tail(ctx, user, fmt.Sprint("conversation-", c)) {
		if err != nil {
			r.err = err
			break
		}
		var turn, number int
		_, err := fmt.Sscan(string(chunk), &turn, &number)
		assert.NoError(l.t, err)
		r.turns, r.numbers = append(r.turns, turn), append(r.numbers, number)
	}
	l.ledgers[c].note(func() { l.ledgers[c].reads = append(l.ledgers[c].reads, r) })
}

func (l *load) count(err error) {
	switch {
	case errors.Is(err, uistream.ErrLocked):
		l.locked.Add(1)
	case err != nil:
		l.failed.Add(1)
	}
}

// report audits the ledgers, and requires that each conversation goes on.
func (l *load) report(forgets bool) {
	var saves, failedSaves, reads, whole, cut int
	for c, book := range l.ledgers {
		assert.Empty(l.t, book.audit(forgets))
		for _, s := range book.saves {
			if s.ok {
				saves++
			} else {
				failedSaves++
			}
		}
		for _, r := range book.reads {
			reads += len(r.numbers)
			if r.err == nil {
				whole++
			} else {
				cut++
			}
		}
		l.goesOn(fmt.Sprint("conversation-", c))
	}
	l.t.Logf("%d turns, %d kills: %d saves and %d that failed", l.turns.Load(), l.kills.Load(), saves, failedSaves)
	l.t.Logf("%d chunks in %d Tails that ended well and %d with an error", reads, whole, cut)
	l.t.Logf("%d calls failed because of the server and %d because of the lock", l.failed.Load(), l.locked.Load())
	assert.NotZero(l.t, l.kills.Load())
	assert.NotZero(l.t, saves)
	assert.NotZero(l.t, reads)
}

// goesOn requires that a conversation can be locked within the time of a lease.
func (l *load) goesOn(name string) {
	store := newStore(l.t, connect(l.t, l.server.Addr()), Options{})
	limit := time.Now().Add(leaseTime + 2*time.Second)
	for {
		lease, err := store.Lock(l.t.Context(), user, name)
		if err == nil {
			lease.Unlock()
			return
		}
		if time.Now().After(limit) {
			assert.NoError(l.t, err, "the conversation does not go on")
			return
		}
		pause(l.t.Context(), 50*time.Millisecond)
	}
}

// TestStore_AServerThatIsSilentForLongerThanALease pauses the server until the lock has expired.
func TestStore_AServerThatIsSilentForLongerThanALease(t *testing.T) {
	t.Parallel()
	server := redisserver.Test(t)
	store, other := newStore(t, connect(t, server.Addr()), Options{}), newStore(t, connect(t, server.Addr()), Options{})
	began := time.Now()
	l := lock(t, store)
	require.NoError(t, l.Save(t.Context(), recordOf("in time")))
	require.NoError(t, server.Pause())
	<-l.Context().Done()
	assert.Less(t, time.Since(began), leaseTime, "the Context ends before the lock")
	assert.ErrorIs(t, context.Cause(l.Context()), uistream.ErrLocked)
	pause(t.Context(), time.Until(began.Add(leaseTime+500*time.Millisecond)))
	require.NoError(t, server.Resume())

	require.ErrorIs(t, l.Save(t.Context(), recordOf("late")), uistream.ErrLocked, "though nobody else has the lock")
	next := lock(t, other)
	record, err := other.Load(t.Context(), user, id)
	require.NoError(t, err)
	assert.Equal(t, recordOf("in time").Data, record.Data)
	assert.NoError(t, next.Save(t.Context(), recordOf("next")))
}
