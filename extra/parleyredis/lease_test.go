package parleyredis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream"
)

const (
	user = "ann@example.com"
	id   = "conversation-1"
)

var errReset = &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}

func lock(t *testing.T, store *Store) uistream.Lease {
	t.Helper()
	l, err := store.Lock(t.Context(), user, id)
	require.NoError(t, err)
	t.Cleanup(l.Unlock)
	return l
}

func recordOf(text string) uistream.Record {
	return uistream.Record{Data: fmt.Appendf(nil, "%q", text)}
}

// TestLease_ContextEndsTwoSecondsBeforeTheLock cuts a holder off in three ways: its commands fail, they are not
// answered, or only the renewals are lost on their way.
func TestLease_ContextEndsTwoSecondsBeforeTheLock(t *testing.T) {
	for name, before := range map[string]func(context.Context, string) error{
		"refused": func(context.Context, string) error { return errReset },
		"silent": func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"deaf": func(context.Context, string) error { // as go-redis is without ContextTimeoutEnabled
			time.Sleep(20 * time.Second)
			return errReset
		},
		"lost renewals": only("renew", errReset),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, dial := bubble(t)
				first, network := dial()
				second, _ := dial()
				began := time.Now()
				l := lock(t, newStore(t, first, Options{}))
				network.set(before, nil)

				<-l.Context().Done()
				assert.Equal(t, 8*time.Second, time.Since(began))
				assert.ErrorIs(t, context.Cause(l.Context()), uistream.ErrLocked)
				other := newStore(t, second, Options{})
				time.Sleep(1900 * time.Millisecond)
				_, err := other.Lock(t.Context(), user, id)
				assert.ErrorIs(t, err, uistream.ErrLocked)
				time.Sleep(200 * time.Millisecond)
				next := lock(t, other)
				network.set(nil, nil)
				assert.ErrorIs(t, l.Save(t.Context(), recordOf("late")), uistream.ErrLocked)
				assert.ErrorIs(t, l.Append(t.Context(), []byte("late")), uistream.ErrLocked)
				assert.NoError(t, next.Save(t.Context(), recordOf("next")))
				time.Sleep(30 * time.Second) // deaf commands return
			})
		})
	}
}

func TestLease_IsRenewedWhileItIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := bubble(t)
		first, network := dial()
		second, _ := dial()
		store, other := newStore(t, first, Options{}), newStore(t, second, Options{})
		l := lock(t, store)
		require.NoError(t, l.Append(t.Context(), []byte("one")))
		for range 10 {
			time.Sleep(19 * time.Second)
			// Two of three renewals get lost, for less than 8 seconds.
			network.set(only("renew", errReset), nil)
			time.Sleep(5 * time.Second)
			network.set(nil, nil)
			_, err := other.Lock(t.Context(), user, id)
			require.ErrorIs(t, err, uistream.ErrLocked)
			require.NoError(t, l.Context().Err())
		}
		require.NoError(t, l.Append(t.Context(), []byte("two")), "the log is kept as long as the lock")
		l.Unlock()
		assert.ErrorIs(t, context.Cause(l.Context()), context.Canceled)
		lock(t, other).Unlock()
	})
}

func TestLease_ALostLockEndsTheContextAtTheNextRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, dial := bubble(t)
		client, _ := dial()
		l := lock(t, newStore(t, client, Options{}))
		server.FlushAll()
		began := time.Now()
		<-l.Context().Done()
		assert.LessOrEqual(t, time.Since(began), renewPause)
		assert.ErrorIs(t, context.Cause(l.Context()), errLost)
	})
}

// TestSave_AnEarlierOneThatArrivesLateChangesNothing lets the caller of a Save leave before the command is sent.
func TestSave_AnEarlierOneThatArrivesLateChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := bubble(t)
		client, network := dial()
		store := newStore(t, client, Options{})
		l := lock(t, store)
		network.set(func(_ context.Context, text string) error {
			if text == "save" {
				time.Sleep(5 * time.Second)
			}
			return nil
		}, nil)
		client.Options().ContextTimeoutEnabled = false
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, l.Save(ctx, recordOf("first")), context.DeadlineExceeded)
		network.set(nil, nil)
		require.NoError(t, l.Save(t.Context(), recordOf("second")))
		time.Sleep(10 * time.Second)
		loaded, err := store.Load(t.Context(), user, id)
		require.NoError(t, err)
		assert.Equal(t, `"second"`, string(loaded.Data))
	})
}

func TestSave_ALostReplyIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := bubble(t)
		client, network := dial()
		store := newStore(t, client, Options{})
		l := lock(t, store)
		lost := 0
		network.set(nil, func(text string) error {
			if text == "save" || text == "append" {
				if lost++; lost%2 == 1 {
					return io.EOF
				}
			}
			return nil
		})
		require.NoError(t, l.Save(t.Context(), recordOf("first")))
		require.NoError(t, l.Append(t.Context(), []byte("one"), []byte("two")))
		require.NoError(t, l.Append(t.Context(), []byte("three")))
		assert.Equal(t, 6, lost)
		network.set(nil, nil)
		loaded, err := store.Load(t.Context(), user, id)
		require.NoError(t, err)
		assert.Equal(t, `"first"`, string(loaded.Data))
		assert.Equal(t, "one two three", tailed(t, store, l))
	})
}

// TestAppend_ChunksOfAFailedOneAreAppendedOnce fails an Append before or after the server had it. The caller then
// repeats the chunks, or goes on without them.
func TestAppend_ChunksOfAFailedOneAreAppendedOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		arrives bool
		next    string
	}{
		"not sent, repeated": {false, "two three four"},
		"not sent, left":     {false, "four"},
		"sent, repeated":     {true, "two three four"},
		"sent, left":         {true, "four"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, dial := bubble(t)
				client, network := dial()
				store := newStore(t, client, Options{})
				l := lock(t, store)
				require.NoError(t, l.Append(t.Context(), []byte("one")))
				if tt.arrives {
					network.set(nil, func(text string) error { return only("append", errReset)(nil, text) })
				} else {
					network.set(only("append", errReset), nil)
				}
				require.ErrorIs(t, l.Append(t.Context(), []byte("two"), []byte("three")), errReset)
				network.set(nil, nil)
				var chunks [][]byte
				for _, word := range strings.Fields(tt.next) {
					chunks = append(chunks, []byte(word))
				}
				require.NoError(t, l.Append(t.Context(), chunks...))
				assert.Equal(t, "one two three four", tailed(t, store, l))
			})
		})
	}
}

func TestAppend_ALogThatLostChunksIsNeverGivenAsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, dial := bubble(t)
		client, _ := dial()
		store := newStore(t, client, Options{})
		l := lock(t, store)
		require.NoError(t, l.Append(t.Context(), []byte("one"), []byte("two")))
		holder := l.(*lease)
		server.Del(holder.logName()) // as a failover to a replica that was behind may do
		for range 2 {
			assert.ErrorIs(t, l.Append(t.Context(), []byte("three")), errLogLost)
		}
		assert.NoError(t, l.Context().Err(), "the lock is still held")
		assert.NoError(t, l.Save(t.Context(), recordOf("saved")))
	})
}

func TestSave_ErrorsShowNoSecret(t *testing.T) {
	server := mini(t)
	store := newStore(t, connect(t, server.Addr()), Options{})
	l := lock(t, store)
	err := l.Save(t.Context(), uistream.Record{Data: []byte(`{"said":secret}`)})
	require.ErrorContains(t, err, "the record cannot be encoded")
	assert.NotContains(t, err.Error(), "secret")

	server.SetError("ERR unknown command 'EVALSHA', with args beginning with: 'secret'")
	defer server.SetError("")
	_, loadErr := store.Load(t.Context(), user, id)
	_, lockErr := store.Lock(t.Context(), user, id)
	for _, err := range []error{
		loadErr, lockErr, l.Save(t.Context(), recordOf("secret")), l.Append(t.Context(), []byte("secret")),
	} {
		require.ErrorContains(t, err, "redis responded: ERR unknown command")
		assert.NotContains(t, err.Error(), "secret")
		assert.NotContains(t, err.Error(), "ann@")
	}
}

// tailed returns what a Tail yields until it ends without an error. The lease is unlocked at the first chunk.
func tailed(t *testing.T, store *Store, l uistream.Lease) string {
	t.Helper()
	var words []string
	for chunk, err := range store.Tail(t.Context(), user, id) {
		require.NoError(t, err)
		l.Unlock()
		words = append(words, string(chunk))
	}
	return strings.Join(words, " ")
}
