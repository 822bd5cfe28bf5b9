package syntphony_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/memstore"
	"github.com/seed-127a5941/parley/syntphony"
)

// revoking is a broker and a Keycloak that revokes its tokens again and again.
type revoking struct {
	issued  atomic.Int64
	revoked atomic.Int64 // the number of the last revoked token
	forms   atomic.Int64 // token requests
}

func (s *revoking) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	if strings.HasSuffix(r.URL.Path, "/token") {
		s.forms.Add(1)
		time.Sleep(50 * time.Millisecond)
		return response(200, fmt.Appendf(nil, `{"access_token":"token-%d","expires_in":300}`, s.issued.Add(1))), nil
	}
	time.Sleep(rand.N(50 * time.Millisecond))
	var number int64
	_, _ = fmt.Sscanf(r.Header.Get("Authorization"), "Bearer token-%d", &number)
	status := 200
	if number <= s.revoked.Load() {
		status = 401
	}
	time.Sleep(rand.N(50 * time.Millisecond))
	return response(status, []byte(minimalReply)), nil
}

// sharing returns a replica of a service: a client whose tokens are in store.
func (s *revoking) sharing(t *testing.T, store parley.TokenStore) *syntphony.Client {
	cfg := config("https://broker.example")
	cfg.TokenSource, cfg.TokenStore = nil, store
	cfg.Keycloak = syntphony.Keycloak{URL: "https://kc.example", Realm: "r", ClientID: "id", ClientSecret: testSecret}
	cfg.HTTPClient = &http.Client{Transport: s}
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	return client
}

// Two replicas share their tokens, 50 goroutines talk, and every 3 s the tokens are revoked. No call fails, unless the
// token of its resend was revoked too. Together the replicas fetch one token for each revocation.
func TestTokenStore_RevokedTokenCostsNoCallOnAnyReplica(t *testing.T) {
	t.Parallel()
	lasts := time.Minute
	if testing.Short() {
		lasts = 12 * time.Second
	}
	synctest.Test(t, func(t *testing.T) {
		server, store := &revoking{}, memstore.NewStore()
		replicas := [2]*syntphony.Client{server.sharing(t, store), server.sharing(t, store)}
		ctx, cancel := context.WithTimeout(t.Context(), lasts)
		defer cancel()
		var calls, twice atomic.Int64
		var wg sync.WaitGroup
		for n := range 50 {
			wg.Go(func() {
				for ctx.Err() == nil {
					revoked := server.revoked.Load()
					_, err := replicas[n%2].Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
					switch {
					case err == nil:
						calls.Add(1)
					case errors.Is(err, syntphony.ErrUnauthorized) && server.revoked.Load() > revoked+1:
						twice.Add(1)
					default:
						assert.NoError(t, err)
					}
				}
			})
		}
		revocations := 0
		for ctx.Err() == nil {
			time.Sleep(3 * time.Second)
			server.revoked.Store(server.issued.Load())
			revocations++
		}
		wg.Wait()
		assert.Greater(t, calls.Load(), int64(20_000*lasts/time.Minute))
		assert.LessOrEqual(t, server.forms.Load(), int64(revocations+1), "one fetch for both replicas")
		t.Logf("%d calls, %d revocations, %d fetches, %d calls revoked twice", calls.Load(), revocations,
			server.forms.Load(), twice.Load())
	})
}

func TestTokenStore_KeyAndToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, store := &revoking{}, memstore.NewStore()
		require.NoError(t, say(t, server.sharing(t, store)))
		require.NoError(t, say(t, server.sharing(t, store)))
		assert.EqualValues(t, 1, server.forms.Load())
		for key, token := range store.Tokens() {
			assert.Equal(t, "syntphony:504edb9956dddd973ff541237e670ed0", key,
				"replicas of another version must find it")
			assert.Equal(t, "token-1", token.AccessToken)
			assert.WithinDuration(t, time.Now().Add(300*time.Second), token.Expiry, time.Second)
		}
		assert.Len(t, store.Tokens(), 1)
	})
}

func TestTokenStore_NotBesideATokenSource(t *testing.T) {
	t.Parallel()
	cfg := config("https://broker.example")
	cfg.TokenStore = memstore.NewStore()
	_, err := syntphony.NewClient(cfg)
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	require.ErrorContains(t, err, "TokenStore")
}

// If the store is down, each replica fetches a token of its own.
func TestTokenStore_ThatIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, store := &revoking{}, memstore.NewStore()
		store.Break(func(context.Context) error { return memstore.ErrDown })
		for range 2 {
			client := server.sharing(t, store)
			for range 3 {
				require.NoError(t, say(t, client))
			}
		}
		assert.EqualValues(t, 2, server.forms.Load())
	})
}
