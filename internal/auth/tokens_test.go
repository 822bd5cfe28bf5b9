package auth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestTokens_OneFetchForAHundredCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, takes: 700 * time.Millisecond}
		tokens := newTokens(s.fetch, 0)
		start := time.Now()
		var wg sync.WaitGroup
		var left, served atomic.Int32
		for i := range 100 {
			wg.Go(func() {
				ctx := t.Context()
				if i%10 == 0 { // among them the first caller
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
					defer cancel()
				}
				header, err := token(ctx, tokens)
				if i%10 == 0 {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
					assert.Equal(t, 50*time.Millisecond, time.Since(start))
					left.Add(1)
					return
				}
				assert.NoError(t, err)
				assert.Equal(t, "Bearer token-1", header)
				assert.Equal(t, 700*time.Millisecond, time.Since(start))
				served.Add(1)
			})
			if i == 0 {
				synctest.Wait() // the one that leaves is the one that began the fetch
			}
		}
		wg.Wait()
		assert.EqualValues(t, 10, left.Load())
		assert.EqualValues(t, 90, served.Load())
		assert.Len(t, s.fetches, 1)
	})
}

func TestTokens_AllCallersMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, takes: time.Second}
		tokens := newTokens(s.fetch, 0)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		_, err := token(ctx, tokens)
		require.ErrorIs(t, err, context.Canceled)
		time.Sleep(2 * time.Second)
		assert.Equal(t, "Bearer token-1", mustToken(t, tokens), "the fetch went on and serves who comes later")
		assert.Len(t, s.fetches, 1)
	})
}

func TestTokens_RefreshedAheadOfExpiry(t *testing.T) {
	for life, ahead := range map[time.Duration]time.Duration{
		time.Second:      500 * time.Millisecond, // never by more than half
		5 * time.Second:  2500 * time.Millisecond,
		20 * time.Second: 10 * time.Second,
		60 * time.Second: 10 * time.Second,
		time.Hour:        6 * time.Minute,  // a tenth
		0:                10 * time.Second, // 60 s assumed
		-time.Second:     10 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{life: life}
			tokens := newTokens(s.fetch, 0)
			require.Equal(t, "Bearer token-1", mustToken(t, tokens))
			lasts := life
			if life <= 0 {
				lasts = time.Minute
			}
			time.Sleep(lasts - ahead - time.Millisecond)
			assert.Equal(t, "Bearer token-1", mustToken(t, tokens))
			require.Len(t, s.fetches, 1)
			time.Sleep(time.Millisecond)
			assert.Equal(t, "Bearer token-1", mustToken(t, tokens), "the fetch delays no call")
			synctest.Wait()
			assert.Equal(t, "Bearer token-2", mustToken(t, tokens))
			assert.Len(t, s.fetches, 2)
		})
	}
}

// The token endpoint hangs when the token has to be refreshed. No call waits before the token expires. A call after
// that waits for the running fetch, and there is never a second fetch at the same time.
func TestTokens_RefreshThatHangsDelaysNobodyWhileTheTokenLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 300 * time.Second}
		tokens := newTokens(s.fetch, 0)
		start := time.Now()
		mustToken(t, tokens)
		s.takes = 50 * time.Second
		time.Sleep(270 * time.Second)
		for time.Since(start) < 300*time.Second {
			before := time.Now()
			require.Equal(t, "Bearer token-1", mustToken(t, tokens))
			require.Equal(t, before, time.Now())
			time.Sleep(100 * time.Millisecond)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := token(ctx, tokens)
		require.ErrorIs(t, err, context.DeadlineExceeded, "an expired token does not serve")
		assert.Equal(t, "Bearer token-2", mustToken(t, tokens))
		assert.Equal(t, 320*time.Second, time.Since(start))
		assert.Len(t, s.fetches, 2)
	})
}

func TestTokens_ExpiryCountsFromReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 20 * time.Second, takes: 15 * time.Second}
		tokens := newTokens(s.fetch, 0)
		mustToken(t, tokens)
		time.Sleep(9 * time.Second)
		assert.Equal(t, "Bearer token-1", mustToken(t, tokens))
	})
}

func TestTokens_FailingServerSeesOneFetchASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{fail: errors.New("down"), takes: 300 * time.Millisecond}
		tokens := newTokens(s.fetch, 0)
		for range 10_000 {
			_, err := token(t.Context(), tokens)
			require.ErrorIs(t, err, s.fail)
			time.Sleep(time.Millisecond)
		}
		for i := 1; i < len(s.fetches); i++ {
			assert.GreaterOrEqual(t, s.fetches[i].Sub(s.fetches[i-1]), s.takes+time.Second)
		}
		assert.Greater(t, len(s.fetches), 5)
	})
}

func TestTokens_RecoversAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, fail: errors.New("down")}
		tokens := newTokens(s.fetch, 0)
		_, err := token(t.Context(), tokens)
		require.Error(t, err)
		s.fail = nil
		_, err = token(t.Context(), tokens)
		require.Error(t, err)
		time.Sleep(time.Second)
		assert.Equal(t, "Bearer token-2", mustToken(t, tokens))
	})
}

// A token that has to be refreshed but has not expired is still used while the token server is down. A refused one
// never is.
func TestTokens_LivingTokenServesWhileItsRefreshFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 20 * time.Second}
		tokens := newTokens(s.fetch, 0)
		mustToken(t, tokens)
		s.fail = errors.New("down")
		time.Sleep(12 * time.Second)
		assert.Equal(t, "Bearer token-1", nextToken(t, tokens))
		assert.Equal(t, "Bearer token-1", nextToken(t, tokens))
		assert.Len(t, s.fetches, 2)
		again, err := refuse(t.Context(), tokens, "Bearer token-1")
		assert.False(t, again)
		require.ErrorIs(t, err, s.fail)
		time.Sleep(8 * time.Second)
		_, err = token(t.Context(), tokens)
		require.ErrorIs(t, err, s.fail)
	})
}

func TestTokens_RefusedTokenIsDroppedOnlyWhileCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour}
		tokens := newTokens(s.fetch, 0)
		first := mustToken(t, tokens)
		for range 3 { // three calls that were sent with it
			again, err := refuse(t.Context(), tokens, first)
			require.NoError(t, err)
			assert.True(t, again)
		}
		assert.Equal(t, "Bearer token-2", mustToken(t, tokens))
		assert.Len(t, s.fetches, 2)
	})
}

func TestTokens_RefusalsCauseOneFetchASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour}
		tokens := newTokens(s.fetch, 0)
		resent := 0
		for range 1000 {
			again, err := refuse(t.Context(), tokens, mustToken(t, tokens))
			require.NoError(t, err)
			if again {
				resent++
			}
			time.Sleep(3 * time.Millisecond)
		}
		assert.Equal(t, 3, resent)
		assert.Len(t, s.fetches, 1+3)
	})
}

func TestTokens_RefusalJoinsTheFetchUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 20 * time.Second}
		tokens := newTokens(s.fetch, 0)
		first := mustToken(t, tokens)
		s.takes = 2 * time.Second
		time.Sleep(11 * time.Second)
		go func() { _, _ = token(t.Context(), tokens) }()
		synctest.Wait()
		again, err := refuse(t.Context(), tokens, first)
		require.NoError(t, err)
		assert.True(t, again)
		assert.Equal(t, "Bearer token-2", mustToken(t, tokens))
		assert.Len(t, s.fetches, 2)
	})
}

func TestTokens_WithoutAnExpiryTheyLastUntilRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetches := 0
		tokens := newTokens(func(context.Context, string) (Token, error) {
			fetches++
			return Token{AccessToken: fmt.Sprint("session-", fetches)}, nil
		}, 0)
		first := mustToken(t, tokens)
		time.Sleep(1000 * time.Hour)
		assert.Equal(t, first, mustToken(t, tokens))
		again, err := refuse(t.Context(), tokens, first)
		require.NoError(t, err)
		assert.True(t, again)
		assert.Equal(t, "Bearer session-2", mustToken(t, tokens))
		assert.Equal(t, "[redacted], [redacted], session-3", tokens.Redact("session-1, session-2, session-3"))
	})
}

func TestTokens_RefuseUnusableTokens(t *testing.T) {
	for _, bad := range []string{"", "a\r\nX-Evil: 1", "nul\x00"} {
		tokens := newTokens(func(context.Context, string) (Token, error) { return Token{AccessToken: bad}, nil }, 0)
		_, err := token(t.Context(), tokens)
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.NotContains(t, err.Error(), "Evil")
	}
}

func TestTokens_ValidTokenCostsNoAllocation(t *testing.T) {
	s := &server{life: time.Hour}
	tokens := newTokens(s.fetch, 0)
	req := request()
	ctx := t.Context()
	_, err := tokens.Authorize(ctx, req)
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = tokens.Authorize(ctx, req) }))
}

func TestTokens_TokenOutsideOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour}
		tokens := newTokens(s.fetch, 0)
		first, err := tokens.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "token-1", first)
		tokens.Invalidate("another")
		assert.Equal(t, "Bearer token-1", mustToken(t, tokens))
		tokens.Invalidate(first)
		second, err := tokens.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "token-2", second)
		tokens.Invalidate(second)
		assert.Equal(t, "Bearer token-2", mustToken(t, tokens), "refused tokens cause one fetch a second at most")
		time.Sleep(time.Second)
		tokens.Invalidate(second)
		assert.Equal(t, "Bearer token-3", mustToken(t, tokens))
		s.fail = errors.New("down")
		time.Sleep(time.Second)
		tokens.Invalidate("token-3")
		_, err = tokens.Token(t.Context())
		require.ErrorIs(t, err, s.fail)
	})
}

// Random callers over random lives never cause two fetches at a time (fetch panics), an expired token, or a hang.
func TestTokens_RandomLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 3 * time.Second, takes: 40 * time.Millisecond}
		tokens := newTokens(s.fetch, time.Second)
		start := time.Now()
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				for range 200 {
					ctx, cancel := context.WithTimeout(t.Context(), rand.N(200*time.Millisecond))
					header, err := token(ctx, tokens)
					if err == nil && rand.N(20) == 0 {
						_, err = refuse(ctx, tokens, header)
					}
					if err != nil {
						assert.ErrorIs(t, err, context.DeadlineExceeded)
					}
					cancel()
					time.Sleep(rand.N(100 * time.Millisecond))
				}
			})
		}
		wg.Wait()
		time.Sleep(time.Second) // a refresh may be running for which no caller waits
		synctest.Wait()         // for the race detector, which does not know that the refresh has ended
		// Every 1.5 s a refresh happens before the expiry, and every second one is forced.
		assert.Less(t, len(s.fetches), int(2*time.Since(start).Seconds())+2)
	})
}
