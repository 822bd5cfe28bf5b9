package parleyredis

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

func TestTokenLock_OneReplicaAtATime(t *testing.T) {
	backends(t, func(t *testing.T, addr string) {
		var holders, worst, turns atomic.Int64
		var wait sync.WaitGroup
		for range 4 {
			store := newTokenStore(t, connect(t, addr), Options{})
			for range 3 {
				wait.Go(func() {
					unlock, err := store.Lock(t.Context(), tokenKey, time.Minute)
					if assert.NoError(t, err) {
						worst.Store(max(worst.Load(), holders.Add(1)))
						turns.Add(1)
						pause(t.Context(), 5*time.Millisecond)
						holders.Add(-1)
						unlock()
						unlock()
					}
				})
			}
		}
		wait.Wait()
		assert.EqualValues(t, 1, worst.Load())
		assert.EqualValues(t, 12, turns.Load())
	})
}

func TestTokenLock_WaitsUntilItsContextEnds(t *testing.T) {
	store := newTokenStore(t, connect(t, mini(t).Addr()), Options{})
	unlock, err := store.Lock(t.Context(), tokenKey, time.Minute)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = store.Lock(ctx, tokenKey, time.Minute)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	other, err := store.Lock(t.Context(), tokenKey+"-other", time.Minute)
	require.NoError(t, err, "another key has a lock of its own")
	other()
	unlock()
	unlock, err = store.Lock(t.Context(), tokenKey, time.Minute)
	require.NoError(t, err)
	unlock()
}

func TestTokenLock_ALateUnlockFreesNobodyElses(t *testing.T) {
	server := mini(t)
	server.ClockTTL(false)
	store := newTokenStore(t, connect(t, server.Addr()), Options{})
	late, err := store.Lock(t.Context(), tokenKey, time.Second)
	require.NoError(t, err)
	server.FastForward(2 * time.Second)
	unlock, err := store.Lock(t.Context(), tokenKey, time.Minute)
	require.NoError(t, err, "the lock ends after its ttl")
	late()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = store.Lock(ctx, tokenKey, time.Minute)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	unlock()

	_, err = store.Lock(t.Context(), tokenKey, 0)
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
}

// TestTokenLock_ASilentServerDelaysNobody pauses the server: each call returns with its context, and a lock that comes
// too late is given back.
func TestTokenLock_ASilentServerDelaysNobody(t *testing.T) {
	server := redisserver.Test(t)
	store := newTokenStore(t, connect(t, server.Addr()), Options{})
	_, err := store.Load(t.Context(), tokenKey)
	require.NoError(t, err)
	require.NoError(t, server.Pause())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = store.Lock(ctx, tokenKey, time.Minute)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Error(t, store.Save(ctx, tokenKey, tokenOf("a", time.Hour, 0)))
	require.NoError(t, server.Resume())
}
