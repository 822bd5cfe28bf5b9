package parleyredis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

// tailing is a Tail on a goroutine of its own. Its fields are valid once done is closed.
type tailing struct {
	chunks []string
	err    error
	done   chan struct{}
}

func startTail(ctx context.Context, store *Store) *tailing {
	t := &tailing{done: make(chan struct{})}
	go func() {
		defer close(t.done)
		for chunk, err := range store.Tail(ctx, user, id) {
			if err != nil {
				t.err = err
				return
			}
			t.chunks = append(t.chunks, string(chunk))
		}
	}()
	return t
}

// TestTail_EndsWithoutTheHoldersWord takes the lock away from a holder that cannot end its log.
func TestTail_EndsWithoutTheHoldersWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := bubble(t)
		first, network := dial()
		second, _ := dial()
		l := lock(t, newStore(t, first, Options{}))
		require.NoError(t, l.Append(t.Context(), []byte("one"), []byte("two")))
		network.set(func(context.Context, string) error { return errReset }, nil)
		began := time.Now()
		reader := startTail(t.Context(), newStore(t, second, Options{}))
		<-reader.done
		assert.NoError(t, reader.err)
		assert.Equal(t, []string{"one", "two"}, reader.chunks)
		assert.LessOrEqual(t, time.Since(began), leaseTime+2*tailBlock)
	})
}

// add adds an entry to a stream.
func add(t *testing.T, client *redis.Client, log, id, name, value string) {
	t.Helper()
	args := &redis.XAddArgs{Stream: log, ID: id, Values: []string{name, value}}
	require.NoError(t, client.XAdd(t.Context(), args).Err())
}

// TestTail_ALogThatRedisLostIsAnError removes the log, or its end, under a reader.
func TestTail_ALogThatRedisLostIsAnError(t *testing.T) {
	for name, lose := range map[string]func(*testing.T, *redis.Client, string){
		"all": func(t *testing.T, client *redis.Client, log string) {
			require.NoError(t, client.Del(t.Context(), log).Err())
		},
		"the lock too": func(t *testing.T, client *redis.Client, _ string) {
			require.NoError(t, client.FlushAll(t.Context()).Err())
		},
		"a part": func(t *testing.T, client *redis.Client, log string) {
			require.NoError(t, client.XTrimMaxLen(t.Context(), log, 1).Err())
		},
		"a chunk in between": func(t *testing.T, client *redis.Client, log string) {
			add(t, client, log, "9-1", "chunk", "pnine")
		},
		"the last chunk": func(t *testing.T, client *redis.Client, log string) {
			add(t, client, log, "9-1", "end", "3")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, dial := bubble(t)
				client, _ := dial()
				store := newStore(t, client, Options{})
				l := lock(t, store)
				require.NoError(t, l.Append(t.Context(), []byte("one"), []byte("two")))
				reader := startTail(t.Context(), store)
				synctest.Wait()
				lose(t, client, l.(*lease).logName())
				<-reader.done
				assert.ErrorIs(t, reader.err, errLogLost)
				assert.Equal(t, []string{"one", "two"}, reader.chunks)
			})
		})
	}
}

func TestTail_WhatCannotBeReadIsAnErrorBehindTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := bubble(t)
		client, network := dial()
		store := newStore(t, client, Options{})
		l := lock(t, store)
		require.NoError(t, l.Append(t.Context(), []byte("one")))
		log := l.(*lease).logName()
		add(t, client, log, "2-1", "chunk", "?")
		reader := startTail(t.Context(), store)
		<-reader.done
		assert.ErrorIs(t, reader.err, errInvalid)
		assert.Equal(t, []string{"one"}, reader.chunks)

		for _, failing := range []string{"get", "xread", "xlen"} {
			reader = startTail(t.Context(), store)
			network.set(only(failing, serverError("NOPERM no")), nil)
			<-reader.done
			assert.Error(t, reader.err)
			network.set(nil, nil)
		}
	})
}

// TestTail_LooksAgainWhetherTheLockIsHeld lets the questions fail that a Tail asks while no chunk comes.
func TestTail_LooksAgainWhetherTheLockIsHeld(t *testing.T) {
	for _, failing := range []string{"get", "xlen"} {
		synctest.Test(t, func(t *testing.T) {
			_, dial := bubble(t)
			client, network := dial()
			store := newStore(t, client, Options{})
			l := lock(t, store)
			require.NoError(t, l.Append(t.Context(), []byte("one")))
			reader := startTail(t.Context(), store)
			time.Sleep(3 * tailBlock)
			network.set(only(failing, errReset), nil)
			time.Sleep(patience / 2)
			network.set(nil, nil) // a short outage is not noticed
			time.Sleep(3 * tailBlock)
			network.set(only(failing, errReset), nil)
			<-reader.done
			assert.ErrorIs(t, reader.err, errReset, failing)
			assert.Equal(t, []string{"one"}, reader.chunks)
		})
	}
}

// TestTail_ManyOfThemKeepNoLeaseFromBeingRenewed runs more Tails than the pool of the client has connections.
func TestTail_ManyOfThemKeepNoLeaseFromBeingRenewed(t *testing.T) {
	server := redisserver.Test(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), PoolSize: 10, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	store := newStore(t, client, Options{})
	l := lock(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers []*tailing
	for range 60 {
		readers = append(readers, startTail(ctx, store))
	}
	var want []string
	var slowest time.Duration
	for i := range 20 {
		want = append(want, fmt.Sprint("chunk ", i))
		began := time.Now()
		require.NoError(t, l.Append(ctx, []byte(want[i])))
		require.NoError(t, l.Save(ctx, recordOf("saved")))
		_, err := l.(*lease).renewOnce()
		require.NoError(t, err)
		slowest = max(slowest, time.Since(began))
		pause(ctx, 20*time.Millisecond)
	}
	l.Unlock()
	for _, reader := range readers {
		<-reader.done
		if assert.NoError(t, reader.err) && len(reader.chunks) > 0 { // it began before the lock was given back
			assert.Equal(t, strings.Join(want, " "), strings.Join(reader.chunks, " "))
		}
	}
	t.Logf("the slowest of 20 times Append, Save and renewal took %s beside 60 Tails", slowest)
	assert.Less(t, slowest, renewLimit)
}

func TestTail_LeavingTheLoopFreesEverything(t *testing.T) {
	client := connect(t, mini(t).Addr())
	store := newStore(t, client, Options{})
	l := lock(t, store)
	require.NoError(t, l.Append(t.Context(), []byte("one"), []byte("two")))
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			for chunk, err := range store.Tail(t.Context(), user, id) {
				assert.NoError(t, err)
				assert.Equal(t, "one", string(chunk))
				break
			}
		})
	}
	wait.Wait()
	assert.Empty(t, store.blocks)
}
