package parleyredis

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream/storetest"
)

func TestStore_KeepsThePromisesOfUistream(t *testing.T) {
	for name, opts := range map[string]Options{"plain": {}, "encrypted": {Keys: [][]byte{secretKey(1)}}} {
		t.Run(name, func(t *testing.T) {
			backends(t, func(t *testing.T, addr string) {
				storetest.TestStore(t, func(t *testing.T) storetest.Harness {
					return newHarness(t, connect(t, addr), opts)
				})
			})
		})
	}
}

// newHarness returns two stores that hold nothing, beside those of the other cases.
func newHarness(t *testing.T, client *redis.Client, opts Options) storetest.Harness {
	t.Parallel()
	opts.Prefix = t.Name() + ":"
	store := newStore(t, client, opts)
	return storetest.Harness{
		Store:   store,
		Replica: newStore(t, connect(t, client.Options().Addr), opts),
		Lose: func(user, id string) {
			require.NoError(t, client.Del(t.Context(), store.place(user, id).lock).Err())
		},
	}
}

// TestStore_WhatRedisHolds looks at every key: it expires, is in the slot of the conversation, and shows no user, no id
// and, with Options.Keys, nothing that was said.
func TestStore_WhatRedisHolds(t *testing.T) {
	for name, opts := range map[string]Options{
		"plain":     {Prefix: "bot:", TTL: time.Hour},
		"encrypted": {Prefix: "bot:", TTL: time.Hour, Keys: [][]byte{secretKey(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			server := mini(t)
			client := connect(t, server.Addr())
			store := newStore(t, client, opts)
			l := lock(t, store)
			require.NoError(t, l.Save(t.Context(), recordOf("what was said")))
			require.NoError(t, l.Append(t.Context(), []byte("what was said")))
			keys := client.Keys(t.Context(), "*").Val()
			require.Len(t, keys, 3)
			slots := map[string]bool{}
			for _, key := range keys {
				assert.True(t, strings.HasPrefix(key, "bot:chat:{"), key)
				_, tag, _ := strings.Cut(key, "{")
				tag, _, _ = strings.Cut(tag, "}")
				slots[tag] = true
				ttl := client.PTTL(t.Context(), key).Val()
				assert.True(t, ttl > 0 && ttl <= time.Hour, "%s lives for %s", key, ttl)
			}
			assert.Len(t, slots, 1)
			dump := server.Dump() + strings.Join(keys, " ")
			assert.NotContains(t, dump, "ann")
			assert.NotContains(t, dump, id)
			assert.Equal(t, opts.Keys == nil, strings.Contains(dump, "what was said"))
		})
	}
}

func TestStore_ADamagedRecordIsAnError(t *testing.T) {
	client := connect(t, mini(t).Addr())
	store := newStore(t, client, Options{})
	for _, damaged := range []string{"", "?", `p{"data":"secret`} {
		require.NoError(t, client.HSet(t.Context(), store.place(user, id).record, "record", damaged).Err())
		_, err := store.Load(t.Context(), user, id)
		require.ErrorIs(t, err, errInvalid, damaged)
		assert.NotContains(t, err.Error(), "secret")
	}
}

// TestLock_ThatComesTooLateIsGivenBack ends the context of a Lock while its command is under way.
func TestLock_ThatComesTooLateIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := bubble(t)
		client, network := dial()
		store := newStore(t, client, Options{})
		tokens := newTokenStore(t, client, Options{})
		network.set(nil, func(text string) error {
			if text == "lock" {
				time.Sleep(time.Second)
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var wait sync.WaitGroup
		wait.Go(func() {
			_, err := store.Lock(ctx, user, id)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		wait.Go(func() {
			_, err := tokens.Lock(ctx, tokenKey, time.Minute)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		wait.Wait()
		time.Sleep(2 * time.Second)
		assert.Empty(t, client.Keys(t.Context(), "*").Val())
	})
}
