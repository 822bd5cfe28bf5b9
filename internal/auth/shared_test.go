package auth

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

// replicas are two clients of one token server with one store.
func replicas(s *server, store parley.TokenStore) (a, b *Tokens) {
	return sharedTokens(s.fetch, NewStore(store, "key", nil)), sharedTokens(s.fetch, NewStore(store, "key", nil))
}

func TestShared_OneFetchServesAllReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 300 * time.Second, takes: time.Second}
		a, b := replicas(s, memstore.NewStore())
		go func() { _, _ = token(t.Context(), a) }()
		assert.Equal(t, "Bearer token-1", mustToken(t, b), "the one waits for the lock while the other fetches")
		assert.Equal(t, "Bearer token-1", mustToken(t, a))
		time.Sleep(270 * time.Second)
		mustToken(t, a) // starts the refresh
		mustToken(t, b)
		time.Sleep(15 * time.Second)
		for range 3 {
			assert.Equal(t, "Bearer token-2", nextToken(t, a))
			assert.Equal(t, "Bearer token-2", nextToken(t, b))
		}
		assert.Len(t, s.fetches, 2)
	})
}

// A token that a server refused is deleted, unless another replica has replaced it already.
func TestShared_RefusedTokenIsReplacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 300 * time.Second, takes: 50 * time.Millisecond}
		store := memstore.NewStore()
		a, b := replicas(s, store)
		for n := 1; n < 10; n++ {
			old := fmt.Sprint("Bearer token-", n)
			require.Equal(t, old, mustToken(t, a))
			require.Equal(t, old, mustToken(t, b))
			for _, replica := range []*Tokens{a, b, a, b} {
				again, err := refuse(t.Context(), replica, old)
				require.NoError(t, err)
				require.True(t, again)
			}
			time.Sleep(3 * time.Second)
		}
		assert.Len(t, s.fetches, 10)
	})
}

// If the store cannot delete the refused token, the client does not take it a second time.
func TestShared_RefusedTokenIsNotLoadedAgain(t *testing.T) {
	s := &server{life: time.Hour}
	store := memstore.NewStore()
	a, _ := replicas(s, store)
	mustToken(t, a)
	stored := store.Tokens()["key"]
	require.NotEmpty(t, stored)
	a.Invalidate("token-1")
	require.NoError(t,
		store.Save(t.Context(), "key", parley.Token{AccessToken: "token-1", Expiry: stored.Expiry, RefreshToken: "r"}))
	assert.Equal(t, "Bearer token-2", mustToken(t, a))
}

func TestShared_ExpiredTokenIsNotUsed(t *testing.T) {
	s := &server{life: time.Hour}
	store := memstore.NewStore()
	require.NoError(t,
		store.Save(t.Context(), "key", parley.Token{AccessToken: "old", Expiry: time.Now().Add(-time.Second)}))
	a, _ := replicas(s, store)
	assert.Equal(t, "Bearer token-1", mustToken(t, a))
}

// Visitor sessions have no expiry: they serve every replica until one is refused.
func TestShared_TokensWithoutExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := 0
		open := func(context.Context, string) (Token, error) {
			opened++
			return Token{AccessToken: fmt.Sprint("session-", opened)}, nil
		}
		store := memstore.NewStore()
		a, b := sharedTokens(open, NewStore(store, "key", nil)), sharedTokens(open, NewStore(store, "key", nil))
		require.Equal(t, "Bearer session-1", mustToken(t, a))
		time.Sleep(1000 * time.Hour)
		require.Equal(t, "Bearer session-1", mustToken(t, b))
		for _, replica := range []*Tokens{b, a} {
			_, err := refuse(t.Context(), replica, "Bearer session-1")
			require.NoError(t, err)
			assert.Equal(t, "Bearer session-2", mustToken(t, replica))
		}
		assert.Equal(t, parley.Token{AccessToken: "session-2"}, store.Tokens()["key"])
	})
}

// sharing are two Keycloak clients with one store.
func sharing(t *testing.T, store parley.TokenStore, script ...reply) (a, b *Keycloak, s *tokenServer) {
	s = &tokenServer{t: t, script: script}
	cfg := KeycloakConfig{
		ClientID: "client", ClientSecret: clientSecret, Endpoint: s.post, Store: NewStore(store, "key", nil),
	}
	return NewKeycloak(cfg), NewKeycloak(cfg), s
}

// With a lock, the first replica uses the refresh token, whichever of the two got it, and each token is used once.
func TestShared_RefreshTokenIsUsedOnceUnderTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.NewStore()
		a, b, s := sharing(t, store, grants("a1", 30, "r1", 1800), grants("a2", 30, "r2", 1800),
			grants("a3", 30, "", 0), grants("a4", 30, "", 0))
		require.Equal(t, "Bearer a1", mustToken(t, a))
		assert.Equal(t, "r1", store.Tokens()["key"].RefreshToken)
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a2", mustToken(t, b))
		require.Equal(t, "Bearer a2", mustToken(t, a))
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a3", mustToken(t, a))
		require.Equal(t, "Bearer a3", mustToken(t, b))
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a4", mustToken(t, b))
		assert.Equal(t, []string{"client_credentials", "refresh_token r1", "refresh_token r2", "client_credentials"},
			s.grantTypes())
	})
}

// However a refresh ends, no replica uses its token again.
func TestShared_RefreshTokenIsGoneWhateverBecameOfIt(t *testing.T) {
	for name, lost := range map[string]reply{
		"invalid_grant": refuses(400, "invalid_grant", ""), "lost": {err: context.DeadlineExceeded},
		"5xx": {status: 503}, "hangs": {hangs: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b, s := sharing(t, memstore.NewStore(), grants("a1", 30, "r1", 1800), lost, reply{status: 503},
					grants("a3", 30, "", 0))
				require.Equal(t, "Bearer a1", mustToken(t, a))
				time.Sleep(30 * time.Second)
				_, err := token(t.Context(), a)
				require.Error(t, err, "client_credentials failed too")
				require.Equal(t, "Bearer a3", mustToken(t, b))
				assert.Equal(t, []string{
					"client_credentials", "refresh_token r1", "client_credentials", "client_credentials",
				}, s.grantTypes())
			})
		})
	}
}

// Without a lock, a refresh token stays with the client that got it.
func TestShared_WithoutALockRefreshTokensAreNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.NewUnlocked()
		a, b, s := sharing(t, store, grants("a1", 30, "r1", 1800), grants("a2", 30, "", 0), grants("a3", 30, "", 0))
		require.Equal(t, "Bearer a1", mustToken(t, a))
		assert.Equal(t, "a1", store.Tokens()["key"].AccessToken)
		assert.Empty(t, store.Tokens()["key"].RefreshToken)
		require.Equal(t, "Bearer a1", mustToken(t, b))
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a2", mustToken(t, a))
		require.Equal(t, "Bearer a2", mustToken(t, b))
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a3", mustToken(t, b))
		assert.Equal(t, []string{"client_credentials", "refresh_token r1", "client_credentials"}, s.grantTypes())
	})
}

// If the lock cannot be had, or the store is down, the stored refresh token is not used. One that was never stored is.
func TestShared_RefreshTokenNeedsTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.NewStore()
		a, _, s := sharing(t, store, grants("a1", 30, "r1", 1800), grants("a2", 30, "r2", 1800),
			grants("a3", 30, "", 0))
		require.Equal(t, "Bearer a1", mustToken(t, a))
		store.Break(breakages["error"])
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a2", mustToken(t, a))
		store.Break(nil)
		unlock, err := store.Lock(t.Context(), "key", time.Hour)
		require.NoError(t, err)
		time.Sleep(30 * time.Second)
		before := time.Now()
		require.Equal(t, "Bearer a3", mustToken(t, a))
		assert.Equal(t, 30*time.Second, time.Since(before), "half of the time is left for a fetch of its own")
		unlock()
		assert.Equal(t, []string{"client_credentials", "client_credentials", "refresh_token r2"}, s.grantTypes())
	})
}

// A lock that came late may end before a refresh does, so that another replica would use the token too.
func TestShared_RefreshTokenNeedsTheLockInTime(t *testing.T) {
	for _, tt := range []struct {
		held, slow time.Duration // how long another replica has the lock, and how long each use of the store takes
		want       string
	}{
		{25 * time.Second, 0, "refresh_token r1"},
		{29500 * time.Millisecond, time.Second, "client_credentials"}, // 30.5 s after the lock was asked for
	} {
		synctest.Test(t, func(t *testing.T) {
			store := memstore.NewStore()
			a, _, s := sharing(t, store, grants("a1", 30, "r1", 1800), grants("a2", 30, "", 0))
			require.Equal(t, "Bearer a1", mustToken(t, a))
			unlock, err := store.Lock(t.Context(), "key", time.Hour)
			require.NoError(t, err)
			store.Break(func(context.Context) error { time.Sleep(tt.slow); return nil })
			time.Sleep(30 * time.Second)
			time.AfterFunc(tt.held, unlock)
			require.Equal(t, "Bearer a2", mustToken(t, a))
			assert.Equal(t, []string{"client_credentials", tt.want}, s.grantTypes())
		})
	}
}

// Another replica, which does not know of the refusal yet, saves the refused token again.
func TestShared_ARefusedTokenThatComesBackIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour}
		store := memstore.NewStore()
		a, _ := replicas(s, store)
		require.Equal(t, "Bearer token-1", mustToken(t, a))
		first := store.Tokens()["key"]
		a.Invalidate("token-1")
		require.Equal(t, "Bearer token-2", mustToken(t, a))
		time.Sleep(time.Minute)
		a.Invalidate("token-2")
		require.NoError(t, store.Save(t.Context(), "key", first))
		assert.Equal(t, "Bearer token-3", mustToken(t, a))
	})
}

// A refresh token that was fetched while the store was down is the client's own, and it is used although the store
// works again.
func TestShared_ARefreshTokenThatWasNotStoredIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.NewStore()
		a, _, s := sharing(t, store, grants("a1", 30, "r1", 1800), grants("a2", 30, "", 0))
		store.Break(breakages["error"])
		require.Equal(t, "Bearer a1", mustToken(t, a))
		store.Break(nil)
		time.Sleep(30 * time.Second)
		require.Equal(t, "Bearer a2", mustToken(t, a))
		assert.Equal(t, []string{"client_credentials", "refresh_token r1"}, s.grantTypes())
	})
}
