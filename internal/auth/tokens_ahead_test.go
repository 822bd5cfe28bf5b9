package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

// load is callers that each ask for a token every 100 ms, one shortly after the other.
type load struct {
	calls, waited, failed atomic.Int64
	longest               atomic.Int64 // the longest wait, as a time.Duration
}

func (l *load) run(ctx context.Context, a Authorizer, callers int, lasts time.Duration) {
	const every = 100 * time.Millisecond
	start := time.Now()
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			time.Sleep(every * time.Duration(i) / time.Duration(callers))
			for time.Since(start) < lasts {
				l.call(ctx, a)
				time.Sleep(every)
			}
		})
	}
	wg.Wait()
}

func (l *load) call(ctx context.Context, a Authorizer) {
	before := time.Now()
	_, err := token(ctx, a)
	l.calls.Add(1)
	if err != nil {
		l.failed.Add(1)
	}
	if wait := time.Since(before); wait > 0 {
		l.waited.Add(1)
		l.longest.Store(max(l.longest.Load(), int64(wait)))
	}
}

// settle waits for a fetch for which no call waits.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// credentials makes credentials whose tokens all live for one second and come from the same server.
func (s *server) credentials() map[string]func() Authorizer {
	source := ownSource(func() (*oauth2.Token, error) {
		next, err := s.fetch(context.Background(), "")
		return &oauth2.Token{AccessToken: next.AccessToken, Expiry: next.Expiry}, err
	})
	store := memstore.NewStore()
	return map[string]func() Authorizer{
		"own fetches": func() Authorizer { return newTokens(s.fetch, 0) },
		"shared":      func() Authorizer { return sharedTokens(s.fetch, NewStore(store, "key", nil)) },
		"TokenSource": func() Authorizer { return NewTokenSource(source, 0, nil) },
		"ReuseTokenSource": func() Authorizer {
			return NewTokenSource(oauth2.ReuseTokenSourceWithExpiry(nil, source, 600*time.Millisecond), 0, nil)
		},
	}
}

// Tokens live for a second. While the endpoint needs less than half of that, only the calls before the first token
// wait, each until it is there.
func TestTokens_RefreshAheadKeepsNoCallWaiting(t *testing.T) {
	const callers, lasts = 256, 5 * time.Second
	for _, takes := range []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond} {
		for name := range (&server{}).credentials() {
			t.Run(fmt.Sprint(name, " ", takes), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &server{life: time.Second, takes: takes}
					credential := s.credentials()[name]()
					mustToken(t, credential)
					var l load
					l.run(t.Context(), credential, callers, lasts)
					assert.EqualValues(t, callers*lasts/(100*time.Millisecond), l.calls.Load())
					assert.Zero(t, l.waited.Load())
					assert.Zero(t, l.failed.Load())
					settle()
					assert.LessOrEqual(t, len(s.fetches), 2+int(lasts/(500*time.Millisecond+takes)))
				})
			})
		}
	}
}

func TestTokens_FirstCallsShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Second, takes: 300 * time.Millisecond}
		tokens := newTokens(s.fetch, 0)
		var l load
		l.run(t.Context(), tokens, 256, 850*time.Millisecond)
		settle()
		assert.EqualValues(t, 256, l.waited.Load())
		assert.EqualValues(t, 300*time.Millisecond, l.longest.Load())
		assert.Len(t, s.fetches, 2)
	})
}

// The endpoint needs longer than the token has left. The calls wait for the fetch that is running, from the end of the
// token until the next one is there.
func TestTokens_EndpointSlowerThanTheTokenLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Second, takes: 700 * time.Millisecond}
		tokens := newTokens(s.fetch, 0)
		mustToken(t, tokens)
		var l load
		l.run(t.Context(), tokens, 256, 12*time.Second)
		settle()
		assert.EqualValues(t, 200*time.Millisecond, l.longest.Load(), "1 s of life, refreshed after 500 ms")
		assert.Len(t, s.fetches, 1+10, "one every 1.2 s")
		assert.EqualValues(t, 256*10, l.waited.Load())
	})
}

// A refresh ahead of time fails. It is repeated every second, and no call notices while the token lives.
func TestTokens_FailedRefreshAheadDisturbsNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 300 * time.Second, takes: 300 * time.Millisecond}
		tokens := newTokens(s.fetch, 0)
		mustToken(t, tokens)
		s.fail = errors.New("down")
		time.Sleep(270 * time.Second)
		var l load
		l.run(t.Context(), tokens, 64, 29*time.Second)
		settle()
		assert.Zero(t, l.waited.Load())
		assert.Zero(t, l.failed.Load())
		assert.Len(t, s.fetches, 1+23, "each takes 300 ms, and the next one follows after a second")
		s.fail = nil
		_, err := token(t.Context(), tokens)
		require.NoError(t, err)
	})
}

// A live token costs no lock: neither a fresh one, nor one that is being refreshed, nor one whose refresh failed.
func TestTokens_LiveTokenNeedsNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 20 * time.Second}
		tokens := newTokens(s.fetch, 0)
		mustToken(t, tokens)
		locked := func() {
			tokens.mu.Lock()
			defer tokens.mu.Unlock()
			assert.Equal(t, "Bearer token-1", mustToken(t, tokens))
			req := request()
			assert.Zero(t, testing.AllocsPerRun(10, func() { _, _ = tokens.Authorize(t.Context(), req) }))
		}
		locked()
		time.Sleep(10 * time.Second)
		locked() // it needs a refresh, which another call is about to start
		s.takes, s.fail = time.Second, errors.New("down")
		mustToken(t, tokens)
		locked() // the refresh is running
		assert.False(t, tokens.current.Load().needsRefresh(time.Now()), "no other call even tries to get the lock")
		time.Sleep(1500 * time.Millisecond)
		assert.False(t, tokens.current.Load().needsRefresh(time.Now()), "nor until a second after the failure")
		locked() // it failed
		settle()
		require.Len(t, s.fetches, 2)
	})
}

// Two calls find at the same moment that a token is needed. The second one has to look again
// when it has the lock.
func TestTokens_AnotherCallWasFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 20 * time.Second}
		tokens := newTokens(s.fetch, 0)
		mustToken(t, tokens)
		current, err := tokens.await(t.Context(), time.Now())
		require.NoError(t, err)
		assert.Equal(t, "token-1", current.AccessToken)
		time.Sleep(10 * time.Second)
		now := time.Now()
		for range 3 {
			tokens.refreshAhead(t.Context(), now)
			synctest.Wait()
		}
		assert.Equal(t, "Bearer token-2", mustToken(t, tokens))
		assert.Len(t, s.fetches, 2)
	})
}
