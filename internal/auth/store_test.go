package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

// A key must not change between versions, because replicas of an old and a new version run side by side.
func TestStoreKey(t *testing.T) {
	assert.Equal(t, "syntphony:096d63dc939c9c2f360e06e5eb7534aa",
		StoreKey("syntphony", "https://kc.example/token", "client"))
	keys := map[string]bool{}
	for _, parts := range [][]string{{}, {""}, {"a"}, {"a", ""}, {"", "a"}, {"a,b"}, {"a", "b"}, {"1:a,1:b"}} {
		key := StoreKey("v", parts...)
		assert.Len(t, key, 34)
		keys[key] = true
	}
	assert.Len(t, keys, 8)
}

func TestNewStore_NilIsNil(t *testing.T) {
	assert.Nil(t, NewStore(nil, "key", nil))
}

// breakages are the ways in which a user's store can fail.
var breakages = map[string]func(context.Context) error{
	"error":  func(context.Context) error { return memstore.ErrDown },
	"panics": func(context.Context) error { panic("boom") },
	"hangs":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	"with a URL": func(context.Context) error {
		return &url.Error{Op: "Get", URL: "redis://user:hush@host/", Err: memstore.ErrDown}
	},
}

// A store that fails costs a fetch of the client's own, never the call, and one warning a minute.
func TestStore_ThatFailsCostsNoCall(t *testing.T) {
	for name, broken := range breakages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				store := memstore.NewStore()
				store.Break(broken)
				s := &server{life: 20 * time.Second}
				tokens := sharedTokens(s.fetch, NewStore(store, "key", slog.New(slog.NewTextHandler(&log, nil))))
				start := time.Now()
				for time.Since(start) < 3*time.Minute {
					mustToken(t, tokens)
					time.Sleep(time.Second)
				}
				assert.GreaterOrEqual(t, len(s.fetches), 9)
				warnings := strings.Count(log.String(), "token store failed")
				assert.GreaterOrEqual(t, warnings, 2)
				assert.LessOrEqual(t, warnings, 4)
				assert.NotContains(t, log.String(), "hush")
				assert.Contains(t, log.String(), "key=key")
				store.Break(nil)
				time.Sleep(time.Minute)
				mustToken(t, tokens)
				synctest.Wait()
				assert.NotEmpty(t, store.Tokens()["key"], "it serves again once it works")
			})
		})
	}
}

// That a store has no lock is no failure.
func TestStore_WithoutALockIsNoReasonToWarn(t *testing.T) {
	var log bytes.Buffer
	store := NewStore(memstore.NewUnlocked(), "key", slog.New(slog.NewTextHandler(&log, nil)))
	mustToken(t, sharedTokens((&server{life: time.Hour}).fetch, store))
	assert.Empty(t, log.String())
}

func TestStore_WithoutALoggerIsSilent(t *testing.T) {
	store := memstore.NewStore()
	store.Break(breakages["error"])
	mustToken(t, sharedTokens((&server{life: time.Hour}).fetch, NewStore(store, "key", nil)))
}

// A token that a header cannot carry counts as missing.
func TestStore_TokenThatIsNoHeader(t *testing.T) {
	store := memstore.NewStore()
	require.NoError(t, store.Save(t.Context(), "key", parley.Token{AccessToken: "a\r\nX: 1"}))
	s := &server{life: time.Hour}
	assert.Equal(t, "Bearer token-1", mustToken(t, sharedTokens(s.fetch, NewStore(store, "key", nil))))
}

func TestStore_UnlockThatPanics(t *testing.T) {
	store := &badUnlock{memstore.NewStore()}
	s := &server{life: time.Hour}
	assert.Equal(t, "Bearer token-1", mustToken(t, sharedTokens(s.fetch, NewStore(store, "key", nil))))
}

type badUnlock struct{ *memstore.Store }

func (badUnlock) Lock(context.Context, string, time.Duration) (func(), error) {
	return func() { panic(errors.New("boom")) }, nil
}
