package parleyredis

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

func TestMain(m *testing.M) {
	redis.SetLogger(silent{}) // go-redis logs each refused connection
	goleak.VerifyTestMain(m)
}

// silent is a logger of go-redis that discards its records.
type silent struct{}

// Printf discards the record.
func (silent) Printf(context.Context, string, ...any) {}

// mini starts a miniredis whose clock moves with the test's.
func mini(t *testing.T) *miniredis.Miniredis {
	t.Helper()
	server := miniredis.RunT(t)
	server.ClockTTL(true)
	return server
}

// connect returns a client that is closed with the test.
func connect(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, ReadTimeout: time.Second})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// backends runs a test on miniredis and on a real server.
func backends(t *testing.T, test func(t *testing.T, addr string)) {
	t.Run("miniredis", func(t *testing.T) { test(t, mini(t).Addr()) })
	t.Run("redis-server", func(t *testing.T) { test(t, redisserver.Test(t).Addr()) })
}

func newStore(t *testing.T, client redis.UniversalClient, opts Options) *Store {
	t.Helper()
	store, err := NewStore(client, opts)
	require.NoError(t, err)
	return store
}

func newTokenStore(t *testing.T, client redis.UniversalClient, opts Options) *TokenStore {
	t.Helper()
	store, err := NewTokenStore(client, opts)
	require.NoError(t, err)
	return store
}

// secretKey returns a key of 32 bytes for Options.Keys.
func secretKey(first byte) []byte {
	key := make([]byte, keySize)
	key[0] = first
	return key
}
