package auth

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

// deafStore is a store whose methods in hangs do not return until gate is closed. They ignore their context.
type deafStore struct {
	*memstore.Store
	gate     chan struct{}
	hangs    string
	uses     atomic.Int64 // of the methods that hang
	unlocked atomic.Int64
}

func (s *deafStore) hang(method string) {
	if method == s.hangs {
		s.uses.Add(1)
		<-s.gate
	}
}

func (s *deafStore) Load(ctx context.Context, key string) (parley.Token, error) {
	s.hang("load")
	return s.Store.Load(ctx, key)
}

func (s *deafStore) Save(ctx context.Context, key string, token parley.Token) error {
	s.hang("save")
	return s.Store.Save(ctx, key, token)
}

func (s *deafStore) Lock(context.Context, string, time.Duration) (func(), error) {
	s.hang("lock")
	return func() { s.hang("unlock"); s.unlocked.Add(1) }, nil
}

func TestStore_ThatIgnoresItsContextCostsNoCall(t *testing.T) {
	for _, method := range []string{"load", "save", "lock", "unlock"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				store := &deafStore{Store: memstore.NewStore(), gate: make(chan struct{}), hangs: method}
				s := &server{life: 20 * time.Second}
				tokens := sharedTokens(s.fetch, NewStore(store, "key", slog.New(slog.NewTextHandler(&log, nil))))
				start := time.Now()
				mustToken(t, tokens)
				assert.LessOrEqual(t, time.Since(start), tokens.timeout/2+storeGrace)
				for range 3 { // a store that hangs counts as down, and is not used again
					time.Sleep(20 * time.Second)
					start = time.Now()
					mustToken(t, tokens)
					assert.Less(t, time.Since(start), time.Second)
				}
				assert.EqualValues(t, 1, store.uses.Load(), "the goroutines do not pile up")
				assert.Contains(t, log.String(), errStoreHangs.Error())
				assert.Contains(t, log.String(), errStoreBusy.Error())

				close(store.gate)
				synctest.Wait()
				if method != "load" {
					assert.EqualValues(t, 1, store.unlocked.Load(), "no lock is kept, even one that came late")
				}
				time.Sleep(20 * time.Second)
				mustToken(t, tokens)
				assert.NotEmpty(t, store.Tokens()["key"], "it serves again once it has returned")
			})
		})
	}
}

// A store may need a moment to notice the end of its context. It does not count as down then.
func TestStore_ThatIsSlowToSeeTheEndOfItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewStore(memstore.NewStore(), "key", nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		assert.False(t, store.do(ctx, "save", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(storeGrace / 2)
			return ctx.Err()
		}))
		assert.Equal(t, time.Second/2+storeGrace/2, time.Since(start))
		assert.False(t, store.hangs())
		assert.True(t, store.save(t.Context(), parley.Token{AccessToken: "a"}))
	})
}

// A use that was abandoned yields no value, and neither does one while the store counts as down.
func TestStore_ThatHangsHasNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deaf := &deafStore{Store: memstore.NewStore(), gate: make(chan struct{}), hangs: "load"}
		store := NewStore(deaf, "key", nil)
		for range 2 {
			_, ok := store.load(t.Context())
			assert.False(t, ok)
		}
		assert.EqualValues(t, 1, deaf.uses.Load())
		close(deaf.gate)
		synctest.Wait()
	})
}

func TestStore_UseThatEndsItsGoroutine(t *testing.T) {
	store := NewStore(memstore.NewStore(), "key", nil)
	assert.False(t, store.do(t.Context(), "save", func(context.Context) error { runtime.Goexit(); return nil }))
	require.True(t, store.save(t.Context(), parley.Token{AccessToken: "a"}))
}

// deletes is a deafStore that hangs in Delete too.
type deletes struct{ *deafStore }

func (s deletes) Delete(ctx context.Context, key string, refused parley.Token) error {
	s.hang("delete")
	return s.Store.Delete(ctx, key, refused)
}

// A fetch for which the store hung does without the store from then on.
func TestStore_ThatHangsIsNotUsedAgainForThisFetch(t *testing.T) {
	for _, method := range []string{"load", "delete"} {
		synctest.Test(t, func(t *testing.T) {
			store := &deafStore{Store: memstore.NewStore(), gate: make(chan struct{})}
			s := &server{life: time.Hour}
			tokens := sharedTokens(s.fetch, NewStore(deletes{store}, "key", nil))
			require.Equal(t, "Bearer token-1", mustToken(t, tokens))
			tokens.Invalidate("token-1")
			store.Calls()
			store.hangs = method
			require.Equal(t, "Bearer token-2", mustToken(t, tokens))
			assert.EqualValues(t, 1, store.uses.Load(), "it hung in "+method)
			calls := store.Calls()
			assert.NotContains(t, calls, "load", method)
			assert.NotContains(t, calls, "save", method)
			close(store.gate)
			synctest.Wait()
		})
	}
}
