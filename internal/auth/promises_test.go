package auth

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

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
			calls := store.Calls()
			assert.NotContains(t, calls, "load", method)
			assert.NotContains(t, calls, "save", method)
			close(store.gate)
			synctest.Wait()
		})
	}
}
