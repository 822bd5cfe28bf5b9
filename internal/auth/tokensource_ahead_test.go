package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// A source is called as long before the Expiry as a token of the client's own is refreshed.
func TestTokenSource_CalledAgainAheadOfExpiry(t *testing.T) {
	for life, ahead := range map[time.Duration]time.Duration{
		time.Second: 500 * time.Millisecond, 60 * time.Second: 10 * time.Second, time.Hour: 6 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			tokens := NewTokenSource(counted(&calls, numbered, life), 0, nil)
			mustToken(t, tokens)
			time.Sleep(life - ahead - time.Millisecond)
			assert.Equal(t, "Bearer own-1", nextToken(t, tokens))
			time.Sleep(time.Millisecond)
			assert.Equal(t, "Bearer own-2", nextToken(t, tokens))
			assert.Equal(t, 2, calls)
		})
	}
}

// A source may return the same token until it expires. It is then called a few times before that, and for
// each call only after the token has expired.
func TestTokenSource_ThatRepeatsItsTokenIsCalledAFewTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, start := 0, time.Now()
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
			calls++
			return &oauth2.Token{AccessToken: "same", Expiry: start.Add(time.Minute)}, nil
		}), 0, nil)
		for time.Since(start) < time.Minute {
			mustToken(t, tokens)
			time.Sleep(5 * time.Millisecond)
		}
		synctest.Wait()
		assert.Equal(t, 11, calls, "after 0, 50, 55, 57.5 s and so on")
		for range 3 {
			before := calls
			assert.Equal(t, "Bearer same", mustToken(t, tokens), "it serves the calls that wait for it")
			assert.Equal(t, before+1, calls)
		}
	})
}

// A source that hangs, fails or panics while the token lives delays no call. The panic is logged.
func TestTokenSource_TroubleAheadOfExpiryDelaysNoCall(t *testing.T) {
	for name, trouble := range map[string]func() error{
		"hangs":  func() error { time.Sleep(5 * time.Second); return nil },
		"fails":  func() error { return errors.New("down") },
		"panics": func() error { panic("boom with own-1") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				calls := 0
				source := ownSource(func() (*oauth2.Token, error) {
					if calls++; calls > 1 && calls < 4 {
						if err := trouble(); err != nil {
							return nil, err
						}
					}
					return &oauth2.Token{AccessToken: numbered(calls), Expiry: time.Now().Add(20 * time.Second)}, nil
				})
				tokens := NewTokenSource(source, 0, slog.New(slog.NewTextHandler(&log, nil)))
				mustToken(t, tokens)
				var l load
				l.run(t.Context(), tokens, 64, 19*time.Second)
				assert.Zero(t, l.waited.Load())
				assert.Zero(t, l.failed.Load())
				settle()
				assert.NotEqual(t, "Bearer own-1", mustToken(t, tokens))
				logged := strings.Contains(log.String(), "panic in the TokenSource: boom with [redacted]")
				assert.Equal(t, name == "panics", logged)
			})
		})
	}
}

// Two types of oauth2 repeat a token without Expiry for ever. They are called once, and again after a 401.
func TestTokenSource_ThatIsKnownToRepeatItsTokenIsCalledOnce(t *testing.T) {
	calls := 0
	inner := counted(&calls, numbered, 0)
	static := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "own-1"})
	for name, source := range map[string]oauth2.TokenSource{
		"static": static, "reused": oauth2.ReuseTokenSource(nil, inner),
		"reused with a token": oauth2.ReuseTokenSource(&oauth2.Token{AccessToken: "own-1"}, inner),
	} {
		t.Run(name, func(t *testing.T) {
			calls = 0
			tokens := NewTokenSource(source, 0, nil)
			require.Equal(t, "Bearer own-1", mustToken(t, tokens))
			req := request()
			assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = tokens.Authorize(t.Context(), req) }))
			again, err := tokens.Refresh(t.Context(), "own-1")
			require.NoError(t, err)
			assert.False(t, again, "the source returned the same token")
			assert.Equal(t, "Bearer own-1", mustToken(t, tokens))
			assert.LessOrEqual(t, calls, 1)
		})
	}
}

// Another source without Expiry may block at any call, so each of its calls has a goroutine of its own, but only one.
func TestTokenSource_WithoutExpiryCostsOneGoroutine(t *testing.T) {
	most := 0
	source := ownSource(func() (*oauth2.Token, error) {
		most = max(most, runtime.NumGoroutine())
		return &oauth2.Token{AccessToken: "same"}, nil
	})
	tokens := NewTokenSource(source, 0, nil)
	before := runtime.NumGoroutine()
	allocations := testing.AllocsPerRun(100, func() { mustToken(t, tokens) })
	assert.LessOrEqual(t, most, before+1)
	assert.LessOrEqual(t, allocations, 12.0)
}

// It hangs after it has returned tokens at once. The calls leave at their deadline all the same.
func TestTokenSource_WithoutExpiryThatHangsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
			if calls++; calls > 3 {
				time.Sleep(10 * time.Second)
			}
			return &oauth2.Token{AccessToken: numbered(calls)}, nil
		}), 0, nil)
		for n := 1; n <= 3; n++ {
			require.Equal(t, "Bearer "+numbered(n), mustToken(t, tokens))
		}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := token(ctx, tokens)
			cancel()
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		assert.Equal(t, "Bearer own-4", mustToken(t, tokens))
		assert.Equal(t, 4, calls)
	})
}
