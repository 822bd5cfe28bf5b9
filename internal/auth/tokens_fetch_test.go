package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/callopts"
)

// If code of the user panics, or ends the goroutine, all callers that wait get an error, and the next fetch works
// again.
func TestTokens_PanicIsTheErrorOfThoseWhoWait(t *testing.T) {
	sealed := errors.New("the vault is sealed")
	for want, end := range map[string]func(){
		"panic in the fetch of a token: boom":                func() { panic("boom") },
		"panic in the fetch of a token: the vault is sealed": func() { panic(sealed) },
		errAborted.Error():                                   runtime.Goexit,
	} {
		synctest.Test(t, func(t *testing.T) {
			fetches := 0
			tokens := newTokens(func(context.Context, string) (Token, error) {
				time.Sleep(time.Second)
				if fetches++; fetches == 1 {
					end()
				}
				return NewToken("token", time.Hour), nil
			}, 0)
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					_, err := token(t.Context(), tokens)
					assert.EqualError(t, err, want)
					assert.Equal(t, strings.Contains(want, "sealed"), errors.Is(err, sealed))
				})
			}
			wg.Wait()
			time.Sleep(time.Second)
			assert.Equal(t, "Bearer token", mustToken(t, tokens))
			assert.Equal(t, 2, fetches)
		})
	}
}

// If no caller waits, because the token is still valid, a panic is logged.
func TestTokens_PanicThatNobodyWaitsForIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		fetches := 0
		tokens := NewTokens(TokensConfig{
			Logger: slog.New(slog.NewTextHandler(&log, nil)), Fetcher: func(context.Context, string) (Token, error) {
				if fetches++; fetches == 2 {
					panic("boom with first-token")
				}
				return NewToken("first-token", 30*time.Second), nil
			},
		})
		mustToken(t, tokens)
		time.Sleep(25 * time.Second)
		assert.Equal(t, "Bearer first-token", nextToken(t, tokens))
		assert.Contains(t, log.String(),
			`level=ERROR msg=panic error="panic in the fetch of a token: boom with [redacted]"`)
	})
}

// A fetch keeps the values of the ctx that caused it and outlives it. The options of the call are not those of the
// fetch.
func TestTokens_FetchKeepsTheValuesOfItsCaller(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		tokens := newTokens(func(ctx context.Context, _ string) (Token, error) {
			time.Sleep(time.Second)
			assert.Equal(t, "span", ctx.Value(key{}))
			assert.Nil(t, callopts.From(ctx))
			return NewToken("token", time.Hour), ctx.Err()
		}, 0)
		ctx := parley.WithMaxRetries(context.WithValue(t.Context(), key{}, "span"), 7)
		ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		_, err := token(ctx, tokens)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, "Bearer token", mustToken(t, tokens))
	})
}

func TestTokens_FetchIsBounded(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		0: time.Minute, -1: time.Minute, time.Second: time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{takes: time.Hour}
			start := time.Now()
			_, err := token(t.Context(), newTokens(s.fetch, timeout))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, want, time.Since(start))
		})
	}
}
